"""Mata Air: router of the dashboard. Page settings, language, area, the marks on every page, and the PAGES table."""

from __future__ import annotations

import streamlit as st

import geo  # noqa: F401  first of all: cuts GDAL down before anything imports it
from geo.facts import DATA_DIR
from texts import LANGUAGES, t
from views import _state as state
from views._act import told
from views._cache import area_names, can_walk, inputs, prepare_workspace
from views._marks import banner
from views._style import STYLE
from views._text import small

#: Page and its file in `views/`. Without icons: all names fit side by side at 1280 px.
PAGES = {
    "map": "views/map.py",
    "service": "views/service.py",
    "priorities": "views/priorities.py",
    "plan": "views/plan.py",
    "forum": "views/forum.py",
    "costs": "views/costs.py",
    "data": "views/data.py",
    "export": "views/export.py",
    "methods": "views/methods.py",
    "report": "views/report.py",
}
#: Reached by a link or a picture code alone.
HIDDEN = ("report",)


def main() -> None:
    """Draw the chosen page."""
    st.set_page_config(page_title="Mata Air", page_icon=str(DATA_DIR / "icon.svg"), layout="wide")
    st.html(STYLE)
    prepare_workspace()
    refused = state.start()
    lang = state.get("lang")
    pages = [
        st.Page(
            file,
            title=t(f"page.{name}", lang),
            url_path=name,
            default=name == "map",
            visibility="hidden" if name in HIDDEN else "visible",
        )
        for name, file in PAGES.items()
    ]
    chosen = st.navigation(pages, position="top")
    names = area_names(inputs(), lang)
    if state.get("area") not in names:
        refused.append(("area", state.get("area")))
        state.put("area", state.DEFAULTS["area"] if state.DEFAULTS["area"] in names else next(iter(names)))
    if state.get("metric") == "walk" and not can_walk():
        refused.append(("metric", "walk"))
        state.put("metric", "line")
    with st.sidebar:
        st.markdown("### :material/water_drop: Mata Air")
        small(t("app.tagline", lang))
        labels = {"id": "Bahasa Indonesia", "en": "English"}
        st.selectbox("Bahasa / Language", LANGUAGES, format_func=labels.get, **state.bound("lang"))
        st.selectbox(t("control.area", lang), list(names), format_func=names.get, **state.bound("area"))
        small(t("control.area_help", lang))
    for name, value in refused:
        st.warning(t("app.refused", lang, name=name, value=value))
    with told():
        banner(lang)
        chosen.run()
    state.sync_url()


main()
