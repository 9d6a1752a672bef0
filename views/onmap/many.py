"""A map of very many sites: one canvas, drawn by the page itself from arrays that come over its own connection.

Beyond what a page should hold at once it asks for what is in view (`views.onmap.in_view`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st
import streamlit.components.v1 as components

from geo.model.results import Analysis
from layers.in_view import InView
from layers.markup import inlined
from layers.packed import packed
from layers.tools import DRAW_OPTIONS, DRAWN
from layers.view import View
from texts import t
from views.onmap.in_view import offered
from views.server.assets import offline_content

_PAGE = """<!doctype html>
<html lang="id"><head><meta charset="utf-8"><title>Mata Air</title>
<style>
body { margin: 0; font-family: sans-serif; }
#map { width: 100%; }
#map:focus-visible { outline: 3px solid #01497c; outline-offset: -3px; }
#tip { position: absolute; z-index: 900; display: none; pointer-events: none; max-width: 260px; padding: 3px 7px;
  background: #ffffff; color: #1a1a1a; border: 1px solid #555555; border-radius: 4px; font-size: 13px; }
#late { position: absolute; z-index: 900; display: none; left: 60px; right: 60px; top: 10px; padding: 4px 9px;
  background: #fff3cd; color: #1a1a1a; border: 1px solid #7a5b00; border-radius: 4px; font-size: 14px; }
</style>"""


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    """Write the page out once: Leaflet inside, no other host, nothing of anybody's data."""
    folder = Path(tempfile.mkdtemp(prefix="mata-air-canvas-"))
    files = inlined(offline_content(tools=True))
    script = (Path(__file__).parents[1] / "canvas" / "map.js").read_text(encoding="utf-8")
    parts = '<div id="map"></div><div id="cross" class="ma-cross" aria-hidden="true"></div>'
    parts += '<div id="tip" role="status"></div><div id="late" role="alert"></div>'
    body = f"<body>{parts}<script>{script}</script></body></html>"
    (folder / "index.html").write_text(f"{_PAGE}{files}</head>{body}", encoding="utf-8")
    return components.declare_component("canvas_map", path=str(folder))


@st.cache_data(show_spinner=False, max_entries=8)
def _packed(_analysis: Analysis, key: tuple[Any, ...], view: View, shown: tuple[str, ...]) -> dict[str, Any]:
    return packed(_analysis, view, shown)


def canvas_map(
    analysis: Analysis,
    view: View,
    shown: tuple[str, ...],
    bounds: tuple[float, float, float, float],
    *,
    key: str,
    height: int,
    goal: tuple[float, float, int] | None,
    around: Mapping[str, Any],
    asked: tuple[str, ...],
) -> tuple[str, Any]:
    """Draw the map; return the id of what was clicked last (empty before the first click), and what was drawn last.

    `around` holds the words of the tools, the shape that is drawn, and the tiles under the map, each None where there
    is none. `asked` are the layers that the page asks for by what is in view; the others are sent.
    """
    west, south, east, north = bounds
    made = tuple(analysis.provenance.get(name) for name in ("version", "params", "changes", "filter", "as_at"))
    source = None
    if asked:
        again = st.session_state.get(f"again-{key}", 0)
        source = _source((*made, view, asked), lambda: InView(analysis, view, asked), again, view.lang)
    clicked = _component()(
        **_packed(analysis, made, view, tuple(name for name in shown if name not in asked)),
        source=source,
        bounds=[[south, west], [north, east]],
        goal=goal,
        height=height,
        lang=view.lang,
        label=t("map.many", view.lang),
        colour=DRAWN,
        draw=DRAW_OPTIONS,
        **around,
        key=key,
        default=None,
    )
    if not clicked or clicked["at"] == st.session_state.get(f"clicked-{key}"):
        return "", None
    st.session_state[f"clicked-{key}"] = clicked["at"]
    if clicked.get("again"):  # the map was no longer ready: it is by now
        st.session_state[f"again-{key}"] = clicked["at"]
        st.rerun()
    return str(clicked.get("name", "")).split(" · ")[0].strip(), clicked.get("drawn")


def _source(key: tuple[Any, ...], make: Callable[[], InView], again: int, lang: str) -> dict[str, Any]:
    """Where the page asks for what is in view, and what it says if no answer comes."""
    words = {"failed": t("map.view_failed", lang), "waiting": t("map.view_waiting", lang)}
    return {"url": offered(key, make), "again": again, **words}
