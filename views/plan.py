"""Rencana / Plan: the actions that serve most people within a limit, what more would bring, and scenarios compared."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from geo.model.errors import PlanningError
from geo.model.results import Analysis
from geo.planning.plans import Plan, Wish
from texts import count, percent, t
from views.onmap.draw_map import draw
from views.parts.text import marked, refusal, small
from views.planning.result import curve_chart, fewest, headline, proof_key, proof_values, table
from views.planning.scenarios import compare_part, save_part
from views.planning.wish import arguments, wish, wish_controls
from views.session import cache, jobs, state
from views.session.buttons import asked, due, told
from views.session.controls import controls

#: "How many actions for 80 %?"
_MOST = 0.8
_CURVE = (0, 0.25, 0.5, 1.0, 1.5, 2.0, 4.0)


def page() -> None:
    """Draw the page."""
    _plan_part()
    compare_part(state.get("lang"))


@st.fragment
@told()
def _plan_part() -> None:
    lang = state.get("lang")
    params = state.params()
    analysis = cache.analysis(params)
    controls(lang, service=False)
    wish_controls(analysis, lang)
    wanted = tuple(state.get("actions").split(","))
    asked = (params, wanted, state.get("tech"))
    try:
        asked_for = wish()
        choices = cache.options(*asked)
        if len(choices.table) > jobs.LARGE:
            _searched(asked_for, lang)
            state.sync_url()
            return
        with st.spinner(t("plan.solving", lang)):
            found = cache.plan(*asked, asked_for)
    except PlanningError as error:
        st.error(refusal(error, lang))
        return
    villages = dict(zip(analysis.villages["village_code"], analysis.villages["name"], strict=True))
    headline(found, villages, lang)
    if found.steps:
        left, right = st.columns([3, 2])
        with left:
            table(found, analysis, lang)
            more = st.container()
        with right:
            _map(found, analysis, lang)
            _visits(asked, asked_for, lang)
        save_part(found, params, lang)
        with more, st.spinner(t("plan.solving", lang)):  # the plan itself does not wait for these
            points = _points(asked, asked_for)
            if points:
                curve_chart(points, asked_for.unit, lang)
            fewest(cache.fewest(*asked, _MOST), _MOST, lang)
    state.sync_url()


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


def _map(found: Plan, analysis: Analysis, lang: str) -> None:
    shown = ["villages", "settlements", "water_points", "sanitation", "planned"]
    draw(analysis, shown, lang, key="plan", height=480, planned=found.steps)


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


def _searched(asked_for: Wish, lang: str) -> None:
    """A large plan: started on request, with its progress, a cancel, and its figures at the end."""
    job: jobs.PlanJob | None = st.session_state.get("plan-job")
    told = arguments(asked_for)
    left, right = st.columns(2)
    running = job is not None and job.running
    left.button(t("plan.start", lang), width="stretch", **asked("plan-start", disabled=running))
    if due("plan-start"):
        told = ["--workspace", str(cache.workspace()), "--data-version", cache.inputs().version, *told]
        st.session_state["plan-job"] = job = jobs.start(told, cache.changes(), lang)
    if job is None:
        small(t("plan.large", lang))
        return
    stop = {"on_click": job.cancel, "key": "plan-cancel"}
    right.button(t("plan.cancel", lang), disabled=not job.running, width="stretch", **stop)
    _progress(job, lang)


@st.fragment(run_every=1.0)
def _progress(job: jobs.PlanJob, lang: str) -> None:
    if job.running:
        told = job.progress()
        words = {name: count(told.get(name), lang) for name in ("seconds", "people", "bound")}
        cost = {"cost": count(told.get("cost", told.get("actions")), lang), "least": count(told.get("least"), lang)}
        st.info(
            marked("plan.progress_cost", lang, **words, **cost)
            if "least" in told
            else marked("plan.progress", lang, **words)
        )
        return
    try:
        found = job.result()
    except PlanningError as error:
        st.error(refusal(error, lang))
        return
    figures = {name: count(found[name], lang) for name in ("people_gained", "cost_idr")}
    st.success(marked("plan.found", lang, sites=count(len(found["sites"]), lang), **figures))
    small(t(proof_key(found), lang, **proof_values(found["gap"], lang)))
    st.dataframe(found["sites"], hide_index=True, key="plan-found", alt=t("page.plan", lang))


if __name__ == "__main__":
    page()
