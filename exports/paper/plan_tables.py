"""The tables of a plan over years: years, money by source, actions, the frontier, rows as government offices ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from exports.paper.blocks import Rows
from exports.tables.sheet import without_personal
from geo.model.results import Analysis
from geo.model.sites import SERVICES
from geo.years.followed import Followed, by_year
from geo.years.frontier import Frontier
from geo.years.money import ANY
from geo.years.plan import YearPlan, YearStep
from texts import count, day, percent, t
from texts import money as rupiah


def _number(value: Any) -> float | None:
    return None if value is None or value != value else float(value)


def table_of(
    title: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[Any]],
    lang: str,
    note: str,
    *,
    money: Sequence[int] = (),
    share: Sequence[int] = (),
) -> Rows:
    """A table of texts and numbers: numbers are written as the language writes them.

    Parameters
    ----------
    title, heads, note
        Of the table.
    rows
        Texts, numbers, None for what nobody knows.
    lang
        Language.
    money, share
        Columns (from 0) that hold rupiah and shares.
    """
    cells, values = [], []
    for row in rows:
        told = []
        for n, value in enumerate(row):
            if isinstance(value, str):
                told.append(value)
            elif n in money:
                told.append(rupiah(value, lang))
            elif n in share:
                told.append(percent(value, lang))
            else:
                told.append(count(value, lang))
        cells.append(told)
        values.append([value if isinstance(value, str) else _number(value) for value in row])
    return Rows(title, list(heads), cells, values, note, tuple(money), tuple(share))


def _heads(lang: str, *names: str) -> list[str]:
    return [t(f"doc.head.{name}", lang) for name in names]


def villages_rows(analysis: Analysis, lang: str, note: str) -> Rows:
    """The villages with their people, where the figures come from, and when they were surveyed."""
    rows: list[list[Any]] = []
    for row in analysis.villages.drop(columns="geometry").to_dict("records"):
        if not isinstance(row["village_code"], str):
            continue
        surveyed, source = row["surveyed_on"], row["population_source"]
        when = day(pd.Timestamp(surveyed), lang) if pd.notna(surveyed) else t("doc.not_surveyed", lang)
        told = source if isinstance(source, str) else "–"
        rows.append([str(row["name"]), row["village_code"], row["population"], row["households"], told, when])
    heads = _heads(lang, "village", "code", "population", "households", "source", "surveyed")
    return table_of(t("doc.table.villages", lang), heads, rows, lang, note)


def years_rows(plan: YearPlan, lang: str, note: str) -> Rows:
    """A row a year: actions, cost, people served by its end and how many more than without the plan."""
    served = [t("doc.head.served_of", lang, service=t(f"service.{service}", lang)) for service in SERVICES]
    heads = [
        *_heads(lang, "year", "actions", "cost", "gained"),
        *served,
        *_heads(lang, "upkeep_standing", "upkeep_built"),
    ]
    rows = [
        [
            str(one.year), float(one.actions), one.cost_idr, one.gained,
            *(one.served[s] / one.people[s] if one.people.get(s) else None for s in SERVICES),
            one.upkeep_standing_idr, one.upkeep_built_idr,
        ]
        for one in plan.years
    ]  # fmt: skip
    return table_of(t("doc.table.years", lang), heads, rows, lang, note, money=(2, 6, 7), share=(4, 5))


def accounts(plan: YearPlan, lang: str, note: str) -> Rows:
    """A row a year and source: what came, what was brought over, spent, carried on, lost."""
    heads = _heads(lang, "year", "source_of_money", "granted", "brought", "spent", "carried", "lost")
    rows = [
        [str(a.year), source_name(a.source, lang), a.granted_idr, a.brought_idr, a.spent_idr, a.carried_idr, a.lost_idr]
        for a in plan.accounts
    ]
    return table_of(t("doc.table.money", lang), heads, rows, lang, note, money=(2, 3, 4, 5, 6))


def _village_names(analysis: Analysis) -> dict[str, str]:
    rows = analysis.villages
    return {
        code: str(name) for code, name in zip(rows["village_code"], rows["name"], strict=True) if isinstance(code, str)
    }


def source_name(source: str, lang: str) -> str:
    """A source of money as it is called; money of which nobody said whose it is, in words."""
    return t("doc.any_source", lang) if source == ANY else source


def _what(step: YearStep, lang: str) -> str:
    action = t(f"action.{step.action}", lang)
    kind = t(f"{'technology' if step.service == 'water' else 'kind'}.{step.technology}", lang)
    return action if kind.lower() in action.lower() else f"{action}: {kind}"


def place_words(analysis: Analysis, step: Any, lang: str) -> str:
    """What the site of an action is called: its number, of a new one the settlement for which it is."""
    if step.action in ("repair", "upgrade"):
        return str(step.site_id)
    place = str(step.site_id).removeprefix(f"{step.action}-")
    rows = analysis.places
    named = rows.loc[rows["place_id"].astype(str) == place, "name"].dropna()
    return t("doc.new_at", lang, place=str(named.iloc[0]) if len(named) else place)


def _paid(step: YearStep, lang: str) -> str:
    return ", ".join(f"{source_name(source, lang)} {rupiah(idr, lang)}" for source, idr in step.paid_by.items())


def _remarks(analysis: Analysis, step: YearStep, lang: str) -> str:
    """What has to be said beside the figures of an action: whom it serves where it gains nobody, and an estimate."""
    found = []
    if step.gain_in_plan < _HALF:
        sites = analysis.priorities
        rows = sites[(sites["service"] == step.service) & (sites["site_id"] == step.site_id)] if len(sites) else sites
        people = float(rows["gain_unmapped"].iloc[0]) if len(rows) else 0.0
        known = people >= _HALF
        found.append(t("doc.gains_unmapped", lang, count=count(people, lang)) if known else t("doc.gains_nobody", lang))
    return "; ".join([*found, *([t("doc.cost_is_estimate", lang)] if step.cost_estimated else [])])


#: From here on somebody is gained.
_HALF = 0.5


def step_rows(analysis: Analysis, year: int, steps: Sequence[YearStep], lang: str, note: str) -> Rows:
    """The actions of a year: site, village, what is done, people, cost and who pays."""
    names = _village_names(analysis)
    heads = _heads(lang, "site", "village", "what", "gained", "cost", "paid_by", "note")
    rows = [
        [
            place_words(analysis, step, lang), names.get(step.village_code or "", "–"), _what(step, lang),
            step.gain_in_plan, step.cost_idr,
            _paid(step, lang), _remarks(analysis, step, lang),
        ]
        for step in steps
    ]  # fmt: skip
    return table_of(t("doc.table.steps", lang, year=str(year)), heads, rows, lang, note, money=(4,))


def frontier_rows(found: Frontier, lang: str, note: str) -> Rows:
    """A row a budget: the best found, its bound, and what the one order brings."""
    heads = _heads(lang, "budget", "gained", "actions", "bound", "order")
    rows = [
        [one.budget_idr, one.people_gained, float(one.actions), one.people_bound, one.order_people]
        for one in found.budgets
    ]
    return table_of(t("doc.table.frontier", lang), heads, rows, lang, note, money=(0,))


def before_rows(analysis: Analysis, rows: Sequence[Followed], lang: str, note: str) -> list[Rows]:
    """An earlier plan by year, planned beside done, and its actions with what became of each."""
    heads = _heads(lang, "year", "actions", "done", "not_seen", "cost", "done_cost", "gained", "done_gained")
    years = [
        [
            str(one.year or "–"), float(one.planned), float(one.done), float(one.not_seen),
            one.planned_idr, one.done_idr, one.planned_people, one.done_people,
        ]
        for one in by_year(rows)
    ]  # fmt: skip
    names = _village_names(analysis)
    each = [
        [
            str(one.year or "–"), one.site_id, names.get(one.village_code or "", "–"), t(f"action.{one.action}", lang),
            one.cost_idr, t(f"doc.became.{one.became}", lang),
        ]
        for one in rows
    ]  # fmt: skip
    whole = table_of(t("doc.table.before", lang), heads, years, lang, note, money=(4, 5))
    heads = _heads(lang, "year", "site", "village", "what", "cost", "state")
    return [whole, table_of(t("doc.table.before_each", lang), heads, each, lang, note, money=(4,))]


def sites_by_year(analysis: Analysis, plan: YearPlan, lang: str, note: str) -> Rows:
    """Every listed site with its rank and the year in which the plan repairs it, or none."""
    year_of = {
        (step.service, step.site_id): str(step.year)
        if step.action == "repair"
        else f"{step.year} ({t(f'action.{step.action}', lang).lower()})"
        for step in plan.steps
    }
    names = _village_names(analysis)
    heads = _heads(
        lang, "service", "rank", "site", "village", "status", "gained_alone", "cost_repair", "estimated", "year"
    )
    rows: list[list[Any]] = [
        [
            t(f"service.{one['service']}", lang), float(one["rank"]), str(one["site_id"]),
            names.get(one["village_code"], "–"), t(f"status.{one['status']}", lang), one["gain_people"],
            one["cost_idr"], t("doc.yes" if one["cost_estimated"] else "doc.no", lang),
            year_of.get((one["service"], str(one["site_id"])), "–"),
        ]
        for one in analysis.priorities.drop(columns="geometry").to_dict("records")
    ]  # fmt: skip
    return table_of(t("doc.table.sites", lang), heads, rows, lang, note, money=(6,))


def decision_rows(analysis: Analysis, plan: YearPlan, lang: str, note: str) -> list[Rows]:
    """Rows for RPJMDes and RKP Desa, by village, and for T-D.4 of Permendagri 86/2017; what nobody knows is empty."""
    if not plan.steps:
        return []
    names = _village_names(analysis)
    village = [
        [
            names.get(step.village_code or "", "–"), str(step.year), _what(step, lang),
            place_words(analysis, step, lang), float(step.units), step.gain_in_plan, step.cost_idr,
            ", ".join(source_name(one, lang) for one in step.paid_by), t("doc.to_fill", lang),
            _remarks(analysis, step, lang),
        ]
        for step in sorted(plan.steps, key=lambda one: (one.village_code or "", one.year))
    ]  # fmt: skip
    heads = _heads(
        lang, "village", "year", "what", "place", "volume", "users", "cost", "source_of_money", "way", "note"
    )
    rkp = table_of(t("doc.table.rkp", lang), heads, village, lang, note, money=(6,))
    office = [
        [
            str(n), _what(step, lang),
            f"{place_words(analysis, step, lang)}, {names.get(step.village_code or '', '–')}", step.gain_in_plan,
            step.cost_idr, str(step.year), _remarks(analysis, step, lang),
        ]
        for n, step in enumerate(plan.steps, 1)
    ]  # fmt: skip
    heads = _heads(lang, "number", "what", "place", "users", "cost", "year", "note")
    return [rkp, table_of(t("doc.table.td4", lang), heads, office, lang, note, money=(4,))]


def programme_rows(analysis: Analysis, rows: Sequence[Mapping[str, Any]], lang: str, note: str) -> Rows:
    """The programme beside the sites: activities of every sector by year, who leads, for whom, what it answers."""
    names = _village_names(analysis)
    heads = _heads(lang, "year", "sector", "what", "village", "who", "target", "cost", "answers", "state")
    cells: list[list[Any]] = [
        [
            str(one["year"]) if one["until"] == one["year"] else f"{one['year']}–{one['until']}",
            t(f"sector.{one['sector']}", lang), without_personal(one["activity"]), names.get(one["village_code"], "–"),
            without_personal(one["partner"]), without_personal(one["target"]) or "–", one["amount_idr"],
            t(f"bottleneck.{one['against'][0]}", lang) if one["against"] else "–", t(f"stage.{one['stage']}", lang),
        ]
        for one in rows
    ]  # fmt: skip
    return table_of(t("doc.table.programme", lang), heads, cells, lang, note, money=(6,))


def held_rows(analysis: Analysis, rows: Sequence[Mapping[str, Any]], lang: str, note: str) -> Rows:
    """Bottlenecks that no activity answers yet: village, what holds it back, in words."""
    names = _village_names(analysis)
    cells = [
        [names.get(one["village_code"], "–"), t(f"bottleneck.{one['kind']}", lang), without_personal(one["note"])]
        for one in rows
    ]
    return table_of(t("doc.table.held", lang), _heads(lang, "village", "bottleneck", "note"), cells, lang, note)
