"""The controls every figure hangs on: service, yardstick, radius, season, capacity."""

from __future__ import annotations

import streamlit as st

from geo.facts import facts, standard_keys
from geo.model import SEASONS, SERVICES
from geo.standards import limits
from texts import t
from views import _state as state


def controls(lang: str) -> None:
    """Draw the controls in a row; their values go to the state."""
    columns = st.columns([1.7, 1.7, 1.6, 1.2, 1.1], vertical_alignment="bottom")
    with columns[0]:
        options = {name: t(f"service.{name}", lang) for name in SERVICES}
        st.segmented_control(
            t("control.service", lang),
            SERVICES,
            format_func=options.get,
            required=True,
            wrap=True,
            **state.bound("service"),
        )
    with columns[1]:
        names = {key: t(f"standard.{key}", lang) for key in standard_keys()}
        st.selectbox(t("control.standard", lang), list(names), format_func=names.get, **state.bound("standard"))
    with columns[2]:
        _radius(lang)
    with columns[3]:
        seasons = {name: t(f"season.{name}", lang) for name in SEASONS}
        st.selectbox(t("control.season", lang), SEASONS, format_func=seasons.get, **state.bound("season"))
    with columns[4]:
        words = {"yes": t("control.counted", lang), "no": t("control.not_counted", lang)}
        st.selectbox(t("control.capacity", lang), list(words), format_func=words.get, **state.bound("capacity"))


def _radius(lang: str) -> None:
    """Reach of water points in metres; the standard's own until it is moved."""
    own = limits(state.params().with_(radius_m=None), "water").reach_m
    key = "w_radius"
    if key not in st.session_state:
        st.session_state[key] = int(float(state.get("radius") or own))

    def changed() -> None:
        value = st.session_state[key]
        st.session_state["s_radius"] = "" if value == own else str(value)

    st.slider(t("control.radius", lang), 50, 3000, step=50, key=key, on_change=changed)


def standard_notes(lang: str) -> list[str]:
    """Return what must be said beside the chosen standard."""
    return [t(key, lang) for key in facts("standards")[state.get("standard")].get("note_keys", [])]
