"""The controls of a plan: limit or target, actions, what counts more, what is promised."""

from __future__ import annotations

import streamlit as st

from geo.model.changes import ACTIONS
from geo.model.params import Params
from geo.model.results import Analysis
from geo.planning.plans import Wish
from geo.priorities.costs import shipped_costs
from geo.years.wish import MOST_YEARS
from texts import money, t
from views.parts.fold import fold
from views.parts.narrow import narrowed
from views.parts.text import marked
from views.session import state
from views.session.cache import SECONDS

MILLION = 1_000_000


def wish_controls(analysis: Analysis, lang: str) -> None:
    """Draw the controls; their values go to the state."""
    names = {name: t(f"action.{name}", lang) for name in ACTIONS}
    chosen = ", ".join(names[name] for name in state.get("actions").split(",") if name in names)
    with st.sidebar:
        with fold("fold-wish", t("group.wish", lang), f"{_limited(lang)} · {chosen}", opened=True):
            units = {name: t(f"plan.unit.{name}", lang) for name in ("idr", "actions", "target")}
            st.selectbox(t("plan.unit", lang), list(units), format_func=units.get, **state.bound("unit"))
            _limit(lang)
            if state.get("unit") == "idr":
                help_text = t("years.horizon.help", lang)
                st.number_input(t("years.horizon", lang), 1, MOST_YEARS, help=help_text, **state.bound("horizon"))
            st.pills(
                t("plan.actions", lang), list(names), selection_mode="multi", format_func=names.get, wrap=True,
                help=t("plan.help", lang), **state.bound("actions"),
            )  # fmt: skip
        with st.expander(t("plan.more", lang), key="plan-more"):
            _more(analysis, lang)


def _limited(lang: str) -> str:
    """The limit or the target in words."""
    unit = state.get("unit")
    if unit == "idr":
        told = money(float(state.get("budget")) * MILLION, lang)
        return told if int(state.get("horizon")) == 1 else t("plan.each_year", lang, money=told)
    return state.get("number") if unit == "actions" else f"{state.get('target')} %"


def _limit(lang: str) -> None:
    unit = state.get("unit")
    if unit == "idr":
        name = "plan.budget" if int(state.get("horizon")) == 1 else "plan.budget_yearly"
        st.number_input(t(name, lang), 0, 1_000_000, step=50, **state.bound("budget"))
    elif unit == "actions":
        st.number_input(t("plan.number", lang), 0, 10_000, **state.bound("number"))
    else:
        st.number_input(t("plan.target", lang), 0, 100, step=5, **state.bound("target"))


def _more(analysis: Analysis, lang: str) -> None:
    st.slider(t("plan.poor", lang), 0, 10, help=t("plan.poor.help", lang), **state.bound("poor"))
    st.toggle(t("plan.count_unmapped", lang), help=t("plan.count_unmapped.help", lang), **state.bound("unmapped"))
    built = [line.technology for line in shipped_costs().lines if line.action == "new"]
    names = {name: t(f"technology.{name}", lang) for name in built}
    st.selectbox(t("plan.technology", lang), built, format_func=names.get, **state.bound("tech"))
    st.slider(t("plan.floor", lang), 0, 100, step=5, help=t("plan.floor.help", lang), **state.bound("floor"))
    sites = analysis.priorities["site_id"].tolist() if len(analysis.priorities) else []
    wanted = [site for site in state.get("commit").split(",") if site]
    known = [site for site in wanted if site in sites]
    if len(known) < len(wanted):
        st.warning(marked("plan.commit_gone", lang, sites=", ".join(site for site in wanted if site not in sites)))
    state.keep("commit", ",".join(known))
    label = t("plan.commit", lang)
    st.multiselect(
        label,
        narrowed(dict(zip(sites, sites, strict=True)), known, label, "commit", lang),
        help=t("plan.commit.help", lang),
        placeholder=t("control.choose", lang),
        **state.bound("commit"),
    )


def wish() -> Wish:
    """Return the wish that the state asks for."""
    unit = state.get("unit")
    limits = {"idr": float(state.get("budget")) * MILLION, "actions": float(state.get("number")), "target": None}
    return Wish(
        limit=limits[unit],
        unit="actions" if unit == "actions" else "idr",
        target_share=float(state.get("target")) / 100 if unit == "target" else None,
        poor_weight=float(state.get("poor")),
        floor_share=float(state.get("floor")) / 100,
        committed=tuple(part for part in state.get("commit").split(",") if part),
        seconds=SECONDS,
        count_unmapped=state.get("unmapped") == "yes",
    )


def arguments(found: Wish) -> list[str]:
    """Return the wish and the parameters as arguments of `python -m geo plan`, for a search in its own process."""
    limit = "--max-actions" if found.unit == "actions" else "--budget"
    told = ["--target-share", str(found.target_share)] if found.limit is None else [limit, f"{found.limit:.0f}"]
    told += [
        "--actions",
        state.get("actions"),
        "--technology",
        f"new={state.get('tech')}",
        "--poor-weight",
        str(found.poor_weight),
    ]
    told += ["--floor-share", str(found.floor_share)]
    told += [part for site in found.committed for part in ("--commit", site)]
    told += ["--count-unmapped"] if found.count_unmapped else []
    return told + _of_analysis(state.params())


def _of_analysis(params: Params) -> list[str]:
    """Every parameter of the analysis as arguments."""
    told = ["--standard", params.standard, "--season", params.season, "--metric", params.metric]
    told += ["--walking-kmh", str(params.walking_kmh), "--queue-min", str(params.queue_min)]
    told += ["--detour", str(params.detour), "--as-of", params.as_of.isoformat()]
    told += ["--area", params.area] if params.area else []
    told += ["--radius", str(params.radius_m)] if params.radius_m else []
    told += ["--assume-mapped"] if params.assume_mapped else []
    told += ["--spread", params.spread, "--top-n", str(params.top_n), "--draws", str(params.draws)]
    told += [part for name, value in params.weights for part in ("--weight", f"{name}={value:g}")]
    return told + ([] if params.capacity else ["--no-capacity"])
