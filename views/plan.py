"""Rencana / Plan: the repairs that serve most people within a budget, and what more money would bring."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from geo.errors import PlanningError
from geo.model import Analysis
from geo.plans import Plan
from texts import count, error_text, money, percent, t
from views import _state as state
from views._cache import analysis as cached_analysis
from views._cache import plan as cached_plan
from views._cards import cards
from views._charts import line
from views._controls import controls
from views._map import draw
from views._text import small

_MILLION = 1_000_000
_CURVE = (0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)


def page() -> None:
    """Draw the page."""
    _plan_part()


@st.fragment
def _plan_part() -> None:
    lang = state.get("lang")
    controls(lang)
    small(t("plan.help", lang))
    millions = st.number_input(t("plan.budget", lang), 0, 1_000_000, step=50, **state.bound("budget"))
    params = state.params()
    analysis = cached_analysis(params)
    try:
        with st.spinner(t("plan.solving", lang)):
            found = cached_plan(params, millions * _MILLION)
            curve = [(share * millions, cached_plan(params, share * millions * _MILLION)) for share in _CURVE]
    except PlanningError as error:
        st.error(error_text(error, lang))
        return
    _headline(found, lang)
    if found.steps:
        left, right = st.columns([3, 2])
        with left:
            _table(found, analysis, lang)
            _curve(curve, lang)
        with right:
            shown = ["villages", "settlements", "water_points", "sanitation", "chosen"]
            chosen = frozenset(step.site_id for step in found.steps)
            draw(analysis, shown, lang, key="plan", height=480, picked=chosen)
    state.sync_url()


def _headline(found: Plan, lang: str) -> None:
    each = money(found.cost_idr / found.people_gained if found.people_gained else None, lang)
    cards(
        [
            (t("plan.gained", lang), count(found.people_gained, lang), ""),
            (t("plan.sites", lang), count(len(found.steps), lang), ""),
            (t("map.cost", lang), money(found.cost_idr, lang), ""),
            (t("plan.each", lang), each, ""),
        ]
    )
    proof = "plan.optimal" if found.optimal else "plan.not_optimal"
    small(t(proof, lang, gap=percent(found.gap, lang)))
    if found.unmapped_gained >= 1:
        small(t("plan.unmapped", lang, count=count(found.unmapped_gained, lang)))


def _table(found: Plan, analysis: Analysis, lang: str) -> None:
    rows = analysis.priorities.set_index("site_id")
    villages = dict(zip(analysis.villages["village_code"], analysis.villages["name"], strict=True))
    lines = []
    for step in found.steps:
        site = rows.loc[step.site_id]
        kind = "technology" if step.service == "water" else "kind"
        lines.append(
            {
                "ID": step.site_id,
                t("map.village", lang): villages.get(site["village_code"], "–"),
                t("map.kind", lang): t(f"{kind}.{site['technology']}", lang),
                t("plan.in_plan", lang): round(step.gain_in_plan),
                t("plan.alone", lang): round(step.gain_alone),
                t("map.cost", lang): money(step.cost_idr, lang),
                t("map.status", lang): t(f"status.{site['status']}", lang),
            }
        )
    st.dataframe(pd.DataFrame(lines), hide_index=True, height=380, key="plan-table", alt=t("page.plan", lang))


def _curve(points: list[tuple[float, Plan]], lang: str) -> None:
    st.markdown(t("plan.curve", lang))
    budget, people = t("plan.budget", lang), t("plan.gained", lang)
    table = pd.DataFrame({budget: [b for b, _ in points], people: [round(p.people_gained) for _, p in points]})
    line(table, budget, people, t("plan.curve", lang))


if __name__ == "__main__":
    page()
