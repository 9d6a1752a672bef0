"""The controls every figure hangs on: service, yardstick, radius, season, capacity."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from geo.coverage.standards import limits
from geo.model.facts import facts, standard_keys
from geo.model.params import METRICS, SEASONS
from geo.model.sites import SERVICES
from texts import count, metres, t
from views.parts.fold import fold
from views.parts.text import small
from views.session import state
from views.session.cache import can_walk

#: Draws what a page has besides in a group.
Part = Callable[[], None]


def _nothing() -> None:
    """A page that has nothing besides."""


def controls(lang: str, *, service: bool = True, what: Part = _nothing, when: Part = _nothing) -> None:
    """Draw the controls into the side bar, grouped: what, by which yardstick, when; their values go to the state.

    `service` false: both services are meant. `what` and `when` draw what a page has besides in these groups.
    Call it outside of fragments: those may not draw into the side bar.
    """
    with st.sidebar:
        if service:
            with fold("fold-what", t("group.what", lang), t(f"service.{state.get('service')}", lang), opened=True):
                _service(lang)
                what()
        own = limits(state.params(), "water").reach_m
        told = f"{t('standard.' + state.get('standard'), lang)} · {metres(own, lang)}"
        with fold("fold-yardstick", t("group.yardstick", lang), told):
            _yardstick(lang, sanitation=service and state.get("service") == "sanitation")
        year = "" if state.get("year") == "0" else f" · {state.get('year')}"
        with fold("fold-when", t("group.when", lang), t(f"season.{state.get('season')}", lang) + year):
            seasons = {name: t(f"season.{name}", lang) for name in SEASONS}
            st.selectbox(t("control.season", lang), SEASONS, format_func=seasons.get, **state.bound("season"))
            st.date_input(
                t("control.as_of", lang), max_value="today", format="DD/MM/YYYY", help=t("control.as_of.help", lang),
                **state.bound("as_of"),
            )  # fmt: skip
            when()


def _yardstick(lang: str, *, sanitation: bool) -> None:
    """Standard, reach, capacity and how distance is measured."""
    names = {key: t(f"standard.{key}", lang) for key in standard_keys()}
    st.selectbox(t("control.standard", lang), list(names), format_func=names.get, **state.bound("standard"))
    _radius(lang, disabled=sanitation)
    words = {"yes": t("control.counted", lang), "no": t("control.not_counted", lang)}
    st.selectbox(t("control.capacity", lang), list(words), format_func=words.get, **state.bound("capacity"))
    st.toggle(t("control.mapped", lang), help=t("control.mapped.help", lang), **state.bound("mapped"))
    if state.get("mapped") == "yes":
        small(t("control.mapped_now", lang))
    _walking(lang)


def _walking(lang: str) -> None:
    """By line or on foot, and how fast people walk and how long they queue (a round trip in minutes hangs on it)."""
    ways = can_walk()
    if not ways:
        state.keep("metric", "line")
    words = {name: t(f"metric.{name}", lang) for name in METRICS}
    if any(state.get(name) != state.DEFAULTS[name] for name in ("metric", "speed", "queue", "detour")):
        speed, queue = count(int(state.get("speed")) / 10, lang, 1), state.get("queue")
        detour = count(int(state.get("detour")) / 10, lang, 1)
        reach = metres(limits(state.params(), "water").reach_m, lang)
        metric = words[state.get("metric")]
        small(t("control.walking_now", lang, metric=metric, speed=speed, queue=queue, detour=detour, reach=reach))
    with st.expander(t("control.walking", lang), key="walking", on_change="rerun") as fold:
        if fold.open:  # made once it is unfolded
            _choices(words, lang, ways=ways)


def _choices(words: dict[str, str], lang: str, *, ways: bool) -> None:
    st.selectbox(t("control.metric", lang), METRICS, format_func=words.get, disabled=not ways, **state.bound("metric"))
    speeds = {tenths: count(tenths / 10, lang, 1) for tenths in range(10, 81, 5)}
    st.select_slider(t("control.speed", lang), list(speeds), format_func=speeds.get, **state.bound("speed"))
    st.slider(t("control.queue", lang), 0, 60, **state.bound("queue"))
    longer = {tenths: count(tenths / 10, lang, 1) for tenths in range(10, 31)}
    st.select_slider(
        t("control.detour", lang), list(longer), format_func=longer.get, help=t("control.detour.help", lang),
        **state.bound("detour"),
    )  # fmt: skip
    if not ways:
        small(t("control.no_ways", lang))


def _service(lang: str) -> None:
    options = {name: t(f"service.{name}", lang) for name in SERVICES}
    st.segmented_control(
        t("control.service", lang), SERVICES, format_func=options.get, required=True, wrap=True,
        **state.bound("service"),
    )  # fmt: skip


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
