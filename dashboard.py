"""Mata Air: router of the dashboard. Page settings, language, area, the marks on every page, and the PAGES table."""

from __future__ import annotations

import streamlit as st
from starlette.middleware import Middleware

import geo  # noqa: F401  first of all: cuts GDAL down before anything imports it
from geo.model.facts import DATA_DIR
from texts import t
from views.bringing.openrosa import ROUTES as FORMS
from views.bringing.survey import ROUTES as SURVEY
from views.community.report_form import ROUTES
from views.onmap.in_view import ROUTES as VIEWS
from views.parts.sheets import SCREENS
from views.parts.style import style
from views.parts.text import marked
from views.public.pages import ROUTES as PUBLIC
from views.server.gate import Gate, ready
from views.session import state
from views.session.banner import banner
from views.session.buttons import told
from views.session.cache import area_names, inputs, prepare_workspace
from views.session.guide import guide_part, wanted_page
from views.session.side import settled, side_bar, side_foot
from views.session.who import recognise

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
    "guide": "views/guide.py",
}


def main() -> None:
    """Draw the chosen page."""
    st.set_page_config("Mata Air", str(DATA_DIR / "icon.svg"), layout="wide", initial_sidebar_state=256)
    prepare_workspace()
    refused = state.start()
    with told():
        recognise()
    lang = state.get("lang")
    pages = [
        st.Page(at, title=t(f"page.{name}", lang), url_path=name, default=name == "map") for name, at in PAGES.items()
    ]
    chosen = state.arrive(st.navigation(pages, position="top"))
    st.html(style(lang, screen=(chosen.url_path or "map") in SCREENS))
    if page := wanted_page():
        st.switch_page(PAGES[page])
    names = area_names(inputs(), lang)
    refused += settled(names)
    with st.sidebar:
        side_bar(names, lang)
    for name, value in refused:
        st.warning(marked("app.refused", lang, name=name, value=value))
    with told():
        banner(lang)
        guide_part(lang)
        chosen.run()
    with st.sidebar:
        side_foot(lang)
    state.sync_url()


if __name__ == "__main__":  # as Streamlit runs it for every page
    main()
else:  # as `streamlit run` imports it: what it serves, with the gate before everything
    app = st.App(
        __file__, middleware=[Middleware(Gate)], routes=[*ROUTES, *FORMS, *SURVEY, *VIEWS, *PUBLIC], lifespan=ready
    )
