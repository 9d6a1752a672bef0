"""A plan over years on the page: its controls, figures, table year by year, what every budget brings, the documents."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from exports.paper.blocks import MEDIA, WRITERS
from exports.paper.plan_document import Material, plan_document
from exports.paper.plan_pictures import people_by_money
from exports.paper.plan_tables import held_rows, programme_rows
from exports.paper.plan_words import asked_words, frontier_lines, missed_lines, recorded_words
from forum.partners import recorded_of
from geo.analysis.analyse import analyse
from geo.analysis.profile import ids_in
from geo.model.results import Analysis
from geo.years.frontier import Frontier
from geo.years.money import ANY, Grant
from geo.years.plan import YearPlan
from geo.years.wish import YearWish
from texts import count, money, percent, t
from views.parts.cards import Figure, strip
from views.parts.table import worded
from views.parts.text import plain, small
from views.planning.result import unknown_reached
from views.planning.wish import MILLION
from views.session import cache, state
from views.session.record import record


def over_years() -> bool:
    """Whether a plan over years is asked for: more than one, and money is the limit."""
    return state.get("unit") == "idr" and int(state.get("horizon")) > 1


def year_wish() -> YearWish:
    """Return the plan over years that the state asks for."""
    first, years = state.params().as_of.year + 1, int(state.get("horizon"))
    budget, carried = float(state.get("budget")) * MILLION, state.get("carry") == "yes"
    aim = float(state.get("aim")) / 100
    floor = float(state.get("floor")) / 100
    last = first + years - 1
    return YearWish(
        first=first,
        years=years,
        grants=tuple(Grant(year, ANY, budget, carried) for year in range(first, last + 1)),
        targets={last: aim} if aim else {},
        floors={last: floor} if floor else {},
        committed={site: None for site in state.get("commit").split(",") if site},
        price_growth=int(state.get("rise")) / 1000,
        population_growth=int(state.get("grow")) / 1000,
        pay_upkeep=state.get("upkeep") == "yes",
        wear=state.get("wear") == "yes",
        poor_weight=float(state.get("poor")),
        count_unmapped=state.get("unmapped") == "yes",
        seconds=cache.SECONDS,
    )


def year_controls(lang: str) -> None:
    """What is asked and assumed of the years."""
    st.number_input(t("years.aim", lang), 0, 100, step=5, help=t("years.aim.help", lang), **state.bound("aim"))
    for name in ("carry", "upkeep", "wear"):
        st.toggle(t(f"years.{name}", lang), help=t(f"years.{name}.help", lang), **state.bound(name))
    for name, most in (("rise", 300), ("grow", 100)):
        st.number_input(t(f"years.{name}", lang), 0, most, help=t("years.growth.help", lang), **state.bound(name))


def year_figures(found: YearPlan, lang: str) -> None:
    """The figures of a plan over years, in one strip."""
    last = found.years[-1]
    span = f"{found.wish.span[0]}–{found.wish.span[-1]}"
    shown = [
        Figure(
            t("plan.gained", lang), count(last.gained, lang), t("years.by", lang, year=str(last.year)), str(last.year)
        ),
        Figure(t("years.people_years", lang), count(found.people_years, lang), _proof(found, lang)),
        Figure(t("plan.sites", lang), count(len(found.steps), lang), span, span),
        Figure(t("map.cost", lang), money(found.cost_idr, lang)),
    ]
    for service in last.people:
        if last.people[service] > 0:
            share, without = (one[service] / last.people[service] for one in (last.served, last.without))
            words = {"service": t(f"service.{service}", lang), "year": str(last.year)}
            note = t("years.without", lang, share=percent(without, lang))
            shown.append(Figure(t("years.served", lang, **words), percent(share, lang), note, note))
    strip(shown)


def _proof(found: YearPlan, lang: str) -> str:
    if found.people_years_bound is None and not found.optimal:
        return t("years.unproven", lang)
    asked = asked_words(found.wish, lang)
    words = {"bound": count(found.people_years_bound, lang), "part": percent(1 - found.gap, lang)}
    if asked:
        return t(f"years.asked.{'best' if found.optimal else 'gap'}", lang, asked=asked, **words)
    return t("years.best" if found.optimal else "years.gap", lang, **words)


def year_panel(found: YearPlan, frontier: Frontier, analysis: Analysis, lang: str) -> None:
    """Year by year, the actions, what is missed, every budget at once, and the documents."""
    rows = [
        {
            t("doc.head.year", lang): str(one.year),
            t("doc.head.actions", lang): one.actions,
            t("doc.head.cost", lang): one.cost_idr,
            t("doc.head.gained", lang): round(one.gained),
            t("doc.head.upkeep_standing", lang): one.upkeep_standing_idr,
            t("doc.head.upkeep_built", lang): one.upkeep_built_idr,
        }
        for one in found.years
    ]
    rupiah = [t(f"doc.head.{name}", lang) for name in ("cost", "upkeep_standing", "upkeep_built")]
    words = dict.fromkeys(rupiah, lambda v: money(v, lang)) | {t("doc.head.gained", lang): lambda v: count(v, lang)}
    table = worded(pd.DataFrame(rows), words)
    st.dataframe(table, hide_index=True, placeholder="–", key="years-table", alt=t("doc.table.years", lang))
    small(_proof(found, lang))
    for line in missed_lines(found, lang, analysis):
        st.warning(plain(line))
    if found.unpaid_idr > 1:
        words = {"unpaid": money(found.unpaid_idr, lang), "upkeep": money(found.upkeep_idr, lang)}
        st.warning(plain(t("years.unpaid" if found.steps else "years.unpaid_nothing", lang, **words)))
    for line in unknown_reached(found, found.years[-1].unmapped_gained, lang):
        small(line)
    if found.steps:
        _actions(found, analysis, lang)
    told = recorded_of(record(cache.workspace()).standing(), *ids_in(analysis))
    _beside(told, analysis, lang)
    _documents(found, frontier, told, analysis, lang)
    with st.expander(t("doc.choices", lang), key="years-frontier"):
        _every_budget(frontier, lang)


def _actions(found: YearPlan, analysis: Analysis, lang: str) -> None:
    villages = dict(zip(analysis.villages["village_code"], analysis.villages["name"], strict=True))
    rows = [
        {
            t("doc.head.year", lang): str(step.year),
            "ID": step.site_id,
            t("plan.in_plan", lang): round(step.gain_in_plan),
            t("plan.action", lang): t(f"action.{step.action}", lang),
            t("map.village", lang): villages.get(step.village_code, "–"),
            t("map.cost", lang): step.cost_idr,
        }
        for step in found.steps
    ]
    words = {t("plan.in_plan", lang): lambda v: count(v, lang), t("map.cost", lang): lambda v: money(v, lang)}
    st.dataframe(
        worded(pd.DataFrame(rows), words),
        hide_index=True,
        height=300,
        placeholder="–",
        key="years-actions",
        alt=t("page.plan", lang),
    )


def _every_budget(found: Frontier, lang: str) -> None:
    weighted = any(one.people_bound is None for one in found.budgets)
    small(t("doc.frontier_weighted" if weighted else "years.frontier", lang))
    if not found.order:
        small(t("doc.frontier_empty", lang))
        return
    st.image(people_by_money(found, lang), alt=t("doc.frontier_alt", lang))
    for line in frontier_lines(found, lang):
        small(line)


def _documents(
    found: YearPlan, frontier: Frontier, told: dict[str, list[dict[str, Any]]], analysis: Analysis, lang: str
) -> None:
    """The master plan, each file made once it is asked for."""
    st.markdown(f"**{t('years.document', lang)}**")
    data, changes, params = cache.inputs(), cache.changes(), state.params()
    name = cache.area_names(data, lang).get(state.get("area"), state.get("area"))

    def written(ending: str) -> bytes:
        after = analyse(data, params, (*changes, *found.changes()), priorities=False)
        made = Material(analysis, after, found, frontier, name, lang, date.today(), **recorded_words(told, lang))
        return WRITERS[ending](plan_document(made))

    with st.container(horizontal=True):
        for ending in WRITERS:
            st.download_button(
                plain(ending.upper()),
                lambda ending=ending: written(ending),
                file_name=f"mata-air-rencana-induk-{state.get('area')}.{ending}",
                mime=MEDIA[ending],
                on_click="ignore",
                key=f"document-{ending}",
                icon=":material/download:",
            )


def _beside(told: dict[str, list[dict[str, Any]]], analysis: Analysis, lang: str) -> None:
    """The programme beside the sites, by year, and what no activity answers yet."""
    others, held = told["programme"], told["held"]
    if not others and not held:
        return
    words = {"count": count(len(others), lang), "held": count(len(held), lang)}
    with st.expander(t("years.programme", lang, **words), key="years-programme"):
        for rows, key in ((programme_rows(analysis, others, lang, ""), "years-others"),
                          (held_rows(analysis, held, lang, ""), "years-held")):  # fmt: skip
            if rows.cells:
                table = pd.DataFrame([list(row) for row in rows.cells], columns=list(rows.heads))
                st.dataframe(table, hide_index=True, key=key, alt=rows.title)
