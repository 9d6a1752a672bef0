"""The side bar of every page: name, language, area, the tour, and who has signed in."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from texts import LANGUAGES, t
from views.parts.text import small
from views.session import state
from views.session.guide import guide_button
from views.session.who import signed_in_part


def side_bar(areas: Mapping[str, str], lang: str) -> None:
    """Draw it; `areas` are those of the data version, by code."""
    st.markdown("### :material/water_drop: Mata Air")
    small(t("app.tagline", lang))
    labels = {"id": "Bahasa Indonesia", "en": "English"}
    st.selectbox("Bahasa / Language", LANGUAGES, format_func=labels.get, **state.bound("lang"))
    st.selectbox(t("control.area", lang), list(areas), format_func=areas.get, **state.bound("area"))
    small(t("control.area_help", lang))
    guide_button(lang, "guide-start")
    signed_in_part(lang)
