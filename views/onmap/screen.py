"""The frame of a page whose map is the page: the map, and at its right a panel that can be closed or widened.

On a phone the panel lies below the map and is drawn up over it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from texts import t
from views.session import state

#: How the panel may stand.
CLOSED, BESIDE, WIDE = "closed", "beside", "wide"


@dataclass(frozen=True)
class Screen:
    """Where the map goes and where the panel's content goes: None while the panel is closed."""

    map: DeltaGenerator
    panel: DeltaGenerator | None
    wide: bool


def screen(page: str, lang: str, *, opens: str) -> Screen:
    """Draw the frame of a page. `opens` tells how its panel first stands; what is newly chosen or drawn opens it."""
    stands = _stands(page, opens)
    frame = st.container(key=f"screen-{page}", horizontal=True, gap=None)
    box = frame.container(key=f"mapbox-{page}")
    box.html('<span class="ma-box" hidden></span>')  # a container without anything takes no place
    if stands == CLOSED:
        with box.container(key="over-open"):
            st.button(
                t(f"panel.open.{page}", lang), key=f"open-{page}", on_click=_put, args=(page, BESIDE),
                icon=":material/left_panel_open:",
            )  # fmt: skip
        return Screen(box, None, wide=False)
    wide = stands == WIDE
    panel = frame.container(key=f"panel-{stands}-{page}")
    _head(panel, page, lang, wide=wide)
    return Screen(box, panel, wide)


def headroom() -> DeltaGenerator:
    """Return the place above the map, for the strip of figures: as high from the beginning as with them."""
    place = st.container(key="strip")
    place.html('<span class="ma-box" hidden></span>')
    return place


def _head(panel: DeltaGenerator, page: str, lang: str, *, wide: bool) -> None:
    """What the panel holds, and the buttons that widen and close it."""
    with panel.container(key="panelhead", horizontal=True):
        st.markdown(f"**{t(f'panel.open.{page}', lang)}**")
        other, icon = (BESIDE, "collapse_content") if wide else (WIDE, "expand_content")
        word = t("panel.narrow" if wide else "panel.wide", lang)
        looks: dict[str, Any] = {"type": "tertiary", "on_click": _put}
        st.button(word, key=f"wide-{page}", args=(page, other), icon=f":material/{icon}:", help=word, **looks)
        shut = t("panel.close", lang)
        st.button(shut, key=f"close-{page}", args=(page, CLOSED), icon=":material/close:", help=shut, **looks)


def _stands(page: str, opens: str) -> str:
    """How the panel stands now."""
    key, seen, chosen = f"panel-{page}", f"panel-for-{page}", (state.get("site"), state.get("drawn"))
    found = str(st.session_state.setdefault(key, opens))
    if st.session_state.get(seen, ("", "")) != chosen:
        st.session_state[seen] = chosen
        if any(chosen) and found == CLOSED:
            st.session_state[key] = found = BESIDE
    return found


def _put(page: str, stands: str) -> None:
    st.session_state[f"panel-{page}"] = stands
