"""What somebody draws on the map: the length of a line, the people in an area; kept in the address."""

from __future__ import annotations

from typing import Any

import streamlit as st
from shapely.geometry import LineString, Polygon

from geo.analysis.drawn import drawing, drawn_as_text, from_text, length_m, within
from geo.model.errors import PlanningError
from geo.model.results import Analysis
from geo.model.sites import STATES
from layers.tools import drawn_feature
from texts import count, metres, state_text, t
from views.parts.cards import cards
from views.parts.text import refusal, small
from views.session import state

_SEEN, EPOCH = "drawn_seen", "drawn_epoch"


def drawn() -> LineString | Polygon | None:
    """Return what is drawn, as the state holds it."""
    text = state.get("drawn")
    return from_text(text) if text else None


def drawn_json() -> dict[str, Any] | None:
    """Return what is drawn as GeoJSON, for the page of very many."""
    found = drawn()
    return None if found is None else drawn_feature(found)


def take(content: Any, lang: str) -> bool:
    """Keep what the map's tool gives now; tell whether it is new."""
    geometry = (content or {}).get("geometry")
    if not geometry:
        return False
    try:
        text = drawn_as_text(drawing(geometry))
    except PlanningError as error:
        st.warning(refusal(error, lang))
        return False
    if text == st.session_state.get(_SEEN):
        return False
    st.session_state[_SEEN] = text
    state.put("drawn", text)
    return True


def drawn_part(analysis: Analysis, lang: str) -> None:
    """Say what the drawing holds."""
    found = drawn()
    if found is None:
        return
    with st.container(border=True, key="drawn"):
        if isinstance(found, LineString):
            st.markdown(t("draw.length", lang, far=metres(length_m(found), lang)))
        else:
            _area(analysis, found, lang)
        st.button(t("draw.clear", lang), on_click=_clear, key="drawn-clear")


def _area(analysis: Analysis, area: Polygon, lang: str) -> None:
    service = state.get("service")
    found = within(analysis, area, service)
    size = t("draw.hectares", lang, area=count(found.area_m2 / 10_000, lang, 1))
    shown = [(state_text(name, service, lang), count(found.states[name], lang), "") for name in STATES]
    cards([(t("draw.people", lang), count(found.people, lang), size), *shown])
    sites = ", ".join(f"{t(f'status.{name}', lang)} {count(many, lang)}" for name, many in found.sites.items())
    small(t("draw.sites", lang, sites=sites or "–"))
    small(t("draw.estimate", lang, places=count(found.places, lang), unknown=count(found.unknown, lang)))


def _clear() -> None:
    """The map is made anew: what its own tool has drawn goes with it."""
    state.put("drawn", "")
    st.session_state[EPOCH] = st.session_state.get(EPOCH, 0) + 1
