"""The search of a large plan in a process of its own: started on request, with progress and a way to stop it."""

from __future__ import annotations

import streamlit as st

from geo.model.errors import PlanningError
from geo.planning.plans import Wish
from texts import count, t
from views.parts.text import marked, refusal, small
from views.planning.result import proof
from views.planning.wish import arguments
from views.session import cache, jobs
from views.session.buttons import asked, due


def searched(asked_for: Wish, lang: str) -> None:
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
    small(proof(found, lang))
    st.dataframe(found["sites"], hide_index=True, key="plan-found", alt=t("page.plan", lang))
