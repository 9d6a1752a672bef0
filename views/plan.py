"""Rencana / Plan: the actions that serve most people within a limit, what more would bring, and scenarios compared."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from geo.model.errors import PlanningError
from geo.model.results import Analysis
from geo.planning.plans import Plan, Wish
from texts import count, percent, t
from views.onmap.draw_map import draw
from views.onmap.screen import BESIDE, headroom, screen
from views.parts.text import refusal, small
from views.planning.result import curve_chart, fewest, figures, notes, table
from views.planning.scenarios import compare_part, save_part
from views.planning.search import searched
from views.planning.wish import wish, wish_controls
from views.session import cache, jobs, state
from views.session.buttons import told
from views.session.controls import controls

#: "How many actions for 80 %?"
_MOST = 0.8
_CURVE = (0, 0.25, 0.5, 1.0, 1.5, 2.0, 4.0)


def page() -> None:
    """Draw the page."""
    lang = state.get("lang")
    controls(lang, service=False)
    wish_controls(cache.analysis(state.params()), lang)
    _plan_part()


@st.fragment
@told()
def _plan_part() -> None:
    lang = state.get("lang")
    params = state.params()
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
    if found.steps:
        table(found, analysis, lang)
    notes(found, villages, lang)
    if not found.steps:
        return
    more = st.container()
    _visits(wanted, asked_for, lang)
    save_part(found, wanted[0], lang)
    with more, st.spinner(t("plan.solving", lang)):  # the plan itself does not wait for these
        points = _points(wanted, asked_for)
        if points:
            curve_chart(points, asked_for.unit, lang)
        fewest(cache.fewest(*wanted, _MOST), _MOST, lang)


def _points(asked: tuple, asked_for: Wish) -> list[tuple[float, Plan]]:
    """The curve: the same wish with less and with more, nobody promised, no floor; none while a target is sought."""
    if asked_for.limit is None:
        return []
    bare = replace(asked_for, committed=(), floor_share=0.0)
    limits = sorted({float(round(part * asked_for.limit)) for part in _CURVE})
    found: list[tuple[float, Plan]] = []
    for limit in limits:
        plan = cache.plan(*asked, replace(bare, limit=limit))
        if found and found[-1][1].people_gained > plan.people_gained:
            plan = found[-1][1]  # who has more can still take the smaller plan
        found.append((limit, plan))
    return found


def _map(found: Plan | None, analysis: Analysis, lang: str) -> None:
    shown = ["villages", "settlements", "water_points", "sanitation", "planned"]
    draw(analysis, shown, lang, key="plan", over=True, planned=() if found is None else found.steps)


def _visits(asked: tuple, asked_for: Wish, lang: str) -> None:
    """Survei ulang: the visits that would most likely change this plan, worked out when asked for."""
    if not st.toggle(t("plan.visits", lang), help=t("plan.visits.help", lang), key="plan-visits"):
        return
    with st.spinner(t("plan.solving", lang)):
        found = cache.visits(*asked, asked_for)
    if not found:
        small(t("plan.visits.none", lang))
    for visit in found:
        words = {"chance": percent(visit.chance, lang), "people": count(visit.people, lang)}
        st.text("• " + t("plan.visit", lang, site=visit.site_id, **words))


if __name__ == "__main__":
    page()
