"""The controls every figure hangs on: service, yardstick, radius, season, capacity."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from geo.coverage.standards import limits
from geo.model.facts import facts, standard_keys
from geo.model.params import METRICS, SEASONS
from geo.model.sites import SERVICES
from texts import count, metres, t
from views.parts.text import small
from views.session import state
from views.session.cache import can_walk


def controls(lang: str, *, service: bool = True) -> None:
    """Draw the controls in a row; their values go to the state. `service` false: both services are meant."""
    columns = st.columns([1.7, 1.7, 1.4, 1.4, 1.3] if service else [1.7, 1.4, 1.4, 1.3], vertical_alignment="bottom")
    if service:
        _service(columns[0], lang)
    first = int(service)
    with columns[first]:
        names = {key: t(f"standard.{key}", lang) for key in standard_keys()}
        st.selectbox(t("control.standard", lang), list(names), format_func=names.get, **state.bound("standard"))
    with columns[first + 1]:
        _radius(lang, disabled=service and state.get("service") == "sanitation")
    with columns[first + 2]:
        seasons = {name: t(f"season.{name}", lang) for name in SEASONS}
        st.selectbox(t("control.season", lang), SEASONS, format_func=seasons.get, **state.bound("season"))
    with columns[first + 3]:
        words = {"yes": t("control.counted", lang), "no": t("control.not_counted", lang)}
        st.selectbox(t("control.capacity", lang), list(words), format_func=words.get, **state.bound("capacity"))
    _walking(lang)


def _walking(lang: str) -> None:
    """By line or on foot, and how fast people walk and how long they queue (a round trip in minutes hangs on it)."""
    ways = can_walk()
    if not ways:
        state.keep("metric", "line")
    words = {name: t(f"metric.{name}", lang) for name in METRICS}
    if any(state.get(name) != state.DEFAULTS[name] for name in ("metric", "speed", "queue")):
        speed, queue = count(int(state.get("speed")) / 10, lang, 1), state.get("queue")
        reach = metres(limits(state.params(), "water").reach_m, lang)
        metric = words[state.get("metric")]
        small(t("control.walking_now", lang, metric=metric, speed=speed, queue=queue, reach=reach))
    with st.expander(t("control.walking", lang), key="walking", on_change="rerun") as fold:
        if fold.open:  # made once it is unfolded
            _choices(words, lang, ways=ways)


def _choices(words: dict[str, str], lang: str, *, ways: bool) -> None:
    columns = st.columns(3, vertical_alignment="bottom")
    with columns[0]:
        st.selectbox(
            t("control.metric", lang), METRICS, format_func=words.get, disabled=not ways, **state.bound("metric")
        )
    with columns[1]:
        speeds = {tenths: count(tenths / 10, lang, 1) for tenths in range(10, 81, 5)}
        st.select_slider(t("control.speed", lang), list(speeds), format_func=speeds.get, **state.bound("speed"))
    with columns[2]:
        st.slider(t("control.queue", lang), 0, 60, **state.bound("queue"))
    if not ways:
        small(t("control.no_ways", lang))


def _service(column: DeltaGenerator, lang: str) -> None:
    with column:
        options = {name: t(f"service.{name}", lang) for name in SERVICES}
        st.segmented_control(
            t("control.service", lang),
            SERVICES,
            format_func=options.get,
            required=True,
            wrap=True,
            **state.bound("service"),
        )


def _radius(lang: str, *, disabled: bool = False) -> None:
    """Reach of water points in metres; the standard's own until it is moved."""
    own = limits(state.params().with_(radius_m=None), "water").reach_m
    key, step = "w_radius", 50
    nearest = round(own / step) * step  # a standard in minutes seldom falls on a step: what it is stands below
    if key not in st.session_state:
        st.session_state[key] = int(float(state.get("radius") or nearest))

    def changed() -> None:
        value = st.session_state.get(key, nearest)
        st.session_state["s_radius"] = "" if value == nearest else str(value)

    if own < 50 and not state.get("radius"):
        st.session_state.pop(key, None)
        st.text(t("control.no_reach", lang, reach=metres(own, lang)))
        return
    st.slider(t("control.radius", lang), 50, 3000, step=step, key=key, on_change=changed, disabled=disabled)


def standard_notes(lang: str) -> list[str]:
    """Return what must be said beside the chosen standard."""
    return [t(key, lang) for key in facts("standards")[state.get("standard")].get("note_keys", [])]
