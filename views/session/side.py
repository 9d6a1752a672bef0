"""The side bar of every page: name, area and language above a page's own controls, tour and member below them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from texts import LANGUAGES, t
from views.session import state
from views.session.cache import can_walk
from views.session.guide import guide_button
from views.session.who import signed_in_part


def settled(names: Mapping[str, str]) -> list[tuple[str, Any]]:
    """Choices that these data do not have, put right; return those that somebody asked for."""
    refused: list[tuple[str, Any]] = []
    first = state.DEFAULTS["area"]
    if state.get("area") not in names:
        refused += [("area", state.get("area"))] if state.get("area") != first else []
        state.put("area", first if first in names else next(iter(names)))
    if state.get("metric") == "walk" and not can_walk():
        refused.append(("metric", "walk"))
        state.put("metric", "line")
    return refused


def side_bar(areas: Mapping[str, str], lang: str) -> None:
    """Draw its head; `areas` are those of the data version, by code."""
    st.markdown("**:material/water_drop: Mata Air**", help=t("app.tagline", lang))
    st.selectbox(
        t("control.area", lang), list(areas), format_func=areas.get, help=t("control.area_help", lang),
        **state.bound("area"),
    )  # fmt: skip


def side_foot(lang: str) -> None:
    """What stands below the controls of the page."""
    labels = {"id": "Bahasa Indonesia", "en": "English"}
    st.selectbox("Bahasa / Language", LANGUAGES, format_func=labels.get, **state.bound("lang"))
    guide_button(lang, "guide-start")
    signed_in_part(lang)
