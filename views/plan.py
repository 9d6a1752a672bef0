"""Rencana / Plan: the actions that serve most people within a limit, what more would bring, and scenarios compared."""

from __future__ import annotations

import streamlit as st

from geo.model.errors import PlanningError
from geo.model.results import Analysis
from geo.planning.plans import Plan, Wish
from geo.years.plan import YearPlan
from texts import money, t
from views.onmap.draw_map import draw
from views.onmap.screen import BESIDE, headroom, screen
from views.onmap.search import search
from views.parts.text import refusal
from views.planning.result import (
    chosen_part,
    curve_chart,
    curve_points,
    fewest,
    figures,
    notes,
    table,
    visits_part,
    why_not_part,
)
from views.planning.scenarios import compare_part, save_part
from views.planning.search import searched
from views.planning.wish import wish, wish_controls
from views.planning.years import over_years, year_controls, year_figures, year_panel, year_wish
from views.session import cache, jobs, state
from views.session.buttons import told
from views.session.controls import controls

#: "How many actions for 80 %?"
_MOST = 0.8


def page() -> None:
    """Draw the page."""
    lang = state.get("lang")
    controls(lang, service=False)
    wish_controls(cache.analysis(state.params()), lang)
    if over_years():
        with st.sidebar, st.expander(t("years.horizon", lang), key="years-more"):
            year_controls(lang)
        _years_part()
    else:
        _plan_part()


@st.fragment
@told()
def _years_part() -> None:
    """A plan over years: figures above the map, year by year in the panel."""
    lang, params = state.get("lang"), state.params()
    analysis = cache.analysis(params)
    wanted = (params, tuple(state.get("actions").split(",")), state.get("tech"))
    found: YearPlan | None = None
    with headroom():
        try:
            if len(cache.options(*wanted).table) > jobs.LARGE:
                st.info(t("years.large", lang))
            else:
                with st.spinner(t("plan.solving", lang)):
                    found = cache.years(*wanted, year_wish())
                year_figures(found, lang)
        except PlanningError as error:
            st.error(refusal(error, lang))
    frame = screen("plan", lang, opens=BESIDE)
    with frame.map:
        _map(found, analysis, lang)
    if frame.panel is not None and found is not None:
        with frame.panel:
            year_panel(found, cache.frontier(*wanted, found.wish), analysis, lang)
    state.sync_url()


@st.fragment
@told()
def _plan_part() -> None:
    lang, params = state.get("lang"), state.params()
    analysis = cache.analysis(params)
    wanted = (params, tuple(state.get("actions").split(",")), state.get("tech"))
    top = headroom()
    found, large = None, False
    with top:
        try:
            asked_for = wish()
            large = len(cache.options(*wanted).table) > jobs.LARGE
            if not large:
                with st.spinner(t("plan.solving", lang)):
                    found = cache.plan(*wanted, asked_for)
                figures(found, lang)
        except PlanningError as error:
            st.error(refusal(error, lang))
    frame = screen("plan", lang, opens=BESIDE)
    with frame.map:
        with st.container(key="over-search"):
            search(analysis, lang)
        _map(found, analysis, lang)
    if frame.panel is not None:
        with frame.panel:
            if large:
                searched(asked_for, lang)
            elif found is not None:
                _panel(found, wanted, asked_for, analysis, lang)
            compare_part(lang)
    state.sync_url()


def _panel(found: Plan, wanted: tuple, asked_for: Wish, analysis: Analysis, lang: str) -> None:
    """The plan's actions, what it cannot do, what more would bring, and the form that saves it."""
    villages = dict(zip(analysis.villages["village_code"], analysis.villages["name"], strict=True))
    if state.get("site"):
        chosen_part(found, analysis, state.get("site"), lang)
    if found.steps:
        table(found, analysis, lang)
    notes(found, villages, lang)
    if not found.steps:
        least = cache.options(*wanted).table["cost_idr"].min()
        if asked_for.unit == "idr" and asked_for.limit is not None and asked_for.limit < least:
            st.info(t("plan.too_little", lang, cost=money(least, lang)))
        return
    more = st.container()
    visits_part(wanted, asked_for, lang)
    save_part(found, wanted[0], lang)
    why_not_part(wanted, asked_for, found, lang)
    with more, st.spinner(t("plan.solving", lang)):  # the plan itself does not wait for these
        points = curve_points(wanted, asked_for)
        if points:
            curve_chart(points, asked_for.unit, lang)
        fewest(cache.fewest(*wanted, _MOST), _MOST, lang)


def _map(found: Plan | YearPlan | None, analysis: Analysis, lang: str) -> None:
    shown = ["villages", "settlements", "water_points", "sanitation", "planned"]
    draw(
        analysis,
        shown,
        lang,
        key="plan",
        over=True,
        chosen=state.get("site"),
        planned=() if found is None else found.steps,
    )


if __name__ == "__main__":
    page()
