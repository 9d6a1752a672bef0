"""The map as it is on the screen, to print and to pass on: PDF, PNG, and one HTML file that needs no app."""

from __future__ import annotations

import streamlit as st

from exports.paper.map_paper import KINDS, PAPERS, Look, Signs, map_paper, not_drawn
from exports.tables.sheet import about
from geo.analysis.privacy import coarsened
from geo.model.results import Analysis
from layers.groups import LAYERS, feature_groups
from layers.legend import legend_html
from layers.saved import saved_html
from layers.view import View
from texts import t
from views.parts.text import small
from views.server.assets import offline_content, offline_map
from views.session import state
from views.session.cache import area_names, inputs

_MIME = {"pdf": "application/pdf", "png": "image/png"}


def keep_part(analysis: Analysis, shown: list[str], lang: str) -> None:
    """What the file is made of is computed once somebody asks for it; households' places are moved in it."""
    service = state.get("service")
    area = area_names(inputs(), lang)[state.get("area")]
    title = t("paper.title", lang, service=t(f"service.{service}", lang), area=area)
    walked = state.get("metric") == "walk"
    with st.expander(t("paper.head", lang), key="keep-fold", on_change="rerun") as fold:
        if not fold.open:
            return
        small(t("paper.help", lang))
        missing = [name for name in not_drawn(shown) if LAYERS[name].paper is None]
        if missing:
            small(t("paper.not_drawn", lang, names=", ".join(t(LAYERS[name].key, lang) for name in missing)))
        names = {paper: paper.upper() for paper in PAPERS}
        paper = st.segmented_control(
            t("paper.size", lang), list(PAPERS), default="a4", required=True, format_func=names.get, key="paper-size"
        )
        look = Look(service, tuple(shown), lang, str(paper))
        with st.container(horizontal=True):
            for kind in KINDS:
                st.download_button(
                    t(f"paper.{kind}", lang),
                    lambda kind=kind: _paper(coarsened(analysis), look, kind, title),
                    file_name=f"mata-air-{state.get('area')}-{paper}.{kind}",
                    mime=_MIME[kind],
                    on_click="ignore",
                    key=f"paper-{kind}",
                )
            st.download_button(
                t("paper.html", lang),
                lambda: _html(coarsened(analysis), look, title, walked=walked),
                file_name=f"mata-air-{state.get('area')}.html",
                mime="text/html",
                on_click="ignore",
                key="paper-html",
            )


def _paper(analysis: Analysis, look: Look, kind: str, title: str) -> bytes:
    """The map on paper, with the layers that bring their own drawing for it."""
    view = View(look.lang, look.service)
    layers = [layer for name, layer in LAYERS.items() if name in look.shown]
    more = [Signs(t(one.key, look.lang), *one.paper(analysis, view)) for one in layers if one.paper is not None]
    return map_paper(analysis, look, kind, title, more)


def _html(analysis: Analysis, look: Look, title: str, *, walked: bool) -> str:
    """Made when it is asked for, outside of the session: nothing of that is read here."""
    groups = feature_groups(analysis, View(look.lang, look.service), look.shown)
    legend = legend_html(look.shown, look.lang, look.service, walked=walked)
    told, files = about(analysis, look.lang), offline_content()
    return saved_html(offline_map(analysis.bounds()), groups, legend, title, told, files, look.lang)
