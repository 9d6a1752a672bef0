"""A plan in figures, a table, and the curve of what more would bring."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from geo.model import Analysis
from geo.plans import Plan
from texts import count, money, percent, t
from views._cards import cards
from views._charts import line
from views._text import small
from views._wish import MILLION


def headline(found: Plan, lang: str) -> None:
    """The figures of a plan, how good it is proven to be, and what it could not do."""
    each = money(found.cost_idr / found.people_gained if found.people_gained >= 1 else None, lang)
    yearly = [step.yearly_idr for step in found.steps if step.yearly_idr is not None]
    people = sum(step.gain_in_plan for step in found.steps if step.yearly_idr is not None)
    a_year = money(sum(yearly) / people if people >= 1 else None, lang)
    poor = t("plan.poor_gained", lang, n=count(found.poor_gained, lang))
    cards(
        [
            (t("plan.gained", lang), count(found.people_gained, lang), poor),
            (t("plan.sites", lang), count(len(found.steps), lang), _kinds(found, lang)),
            (t("map.cost", lang), money(found.cost_idr, lang), _estimated(found, lang)),
            (t("plan.each", lang), each, t("plan.yearly", lang, each=a_year)),
        ]
    )
    small(t("plan.optimal" if found.optimal else "plan.not_optimal", lang, gap=percent(found.gap, lang)))
    if found.people_bound is not None and found.people_bound > found.people_gained + found.unmapped_gained + 1:
        small(t("plan.bound", lang, people=count(found.people_bound, lang)))
    if found.unmapped_gained >= 1:
        small(t("plan.unmapped", lang, count=count(found.unmapped_gained, lang)))
    if found.without_cost:
        small(t("plan.without_cost", lang, count=count(found.without_cost, lang)))
    if found.short:
        key = "plan.short_target" if found.short == ("target",) else "plan.short"
        st.warning(t(key, lang, who=", ".join(found.short[:8])))


def _kinds(found: Plan, lang: str) -> str:
    kinds = pd.Series([step.action for step in found.steps], dtype=object).value_counts()
    return ", ".join(f"{t(f'action.{name}', lang)} {count(number, lang)}" for name, number in kinds.items())


def _estimated(found: Plan, lang: str) -> str:
    number = sum(step.cost_estimated for step in found.steps)
    return t("plan.estimated", lang, count=count(number, lang)) if number else ""


def table(found: Plan, analysis: Analysis, lang: str) -> None:
    """The actions of a plan; gain alone and in this plan side by side."""
    villages = dict(zip(analysis.villages["village_code"], analysis.villages["name"], strict=True))
    lines = []
    for step in found.steps:
        kind = "technology" if step.service == "water" else "kind"
        units = f" × {count(step.units, lang)}" if step.units > 1 else ""
        lines.append(
            {
                "ID": step.site_id,
                t("plan.in_plan", lang): round(step.gain_in_plan),
                t("plan.action", lang): t(f"action.{step.action}", lang) + units,
                t("map.village", lang): villages.get(step.village_code, "–"),
                t("map.cost", lang): money(step.cost_idr, lang),
                t("plan.alone", lang): round(step.gain_alone),
                t("map.kind", lang): t(f"{kind}.{step.technology}", lang),
                t("plan.year_cost", lang): money(step.yearly_idr, lang),
            }
        )
    st.dataframe(pd.DataFrame(lines), hide_index=True, height=380, key="plan-table", alt=t("page.plan", lang))


def curve_chart(points: list[tuple[float, Plan]], unit: str, lang: str) -> None:
    """What less and more money, or fewer and more actions, would bring."""
    st.markdown(t("plan.curve", lang))
    limit = t("plan.budget" if unit == "idr" else "plan.number", lang)
    people = t("plan.gained", lang)
    rows = [(value / MILLION if unit == "idr" else value, round(found.people_gained)) for value, found in points]
    line(pd.DataFrame(rows, columns=[limit, people]), limit, people, t("plan.curve", lang), lang)


def fewest(found: Plan, share: float, lang: str) -> None:
    """How few actions bring most of what all of them would."""
    words = {"actions": count(len(found.steps), lang), "people": count(found.people_gained, lang)}
    small(t("plan.fewest", lang, share=percent(share, lang), cost=money(found.cost_idr, lang), **words))
