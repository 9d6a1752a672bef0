"""Leaflet and what Folium needs, served by this server: no page of Mata Air asks another host for anything."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import folium
import streamlit as st
import streamlit.components.v1 as components
from offlinefolium.elements import _res as offline_files  # the package's only way to its files

_NEEDED = {
    "js": ("leaflet@1.9.3/dist/leaflet.js", "jquery-3.7.1.min.js"),
    "css": ("leaflet@1.9.3/dist/leaflet.css",),
}
_STYLE = """
.leaflet-container { background: #eef2f4; font: inherit; }
.ma-icon { background: none; border: none; }
.ma-icon:focus-visible, path.leaflet-interactive:focus-visible { outline: 3px solid #01497c; outline-offset: 2px; }
.ma-popup table { border-collapse: collapse; margin-top: 4px; }
.ma-popup th { text-align: left; font-weight: 400; padding-right: 10px; color: #444; }
.ma-popup td { text-align: right; }
"""


def _files() -> Iterator[tuple[str, str, str]]:
    """Kind, name and content of what a map needs."""
    for kind, endings in _NEEDED.items():
        for ending in endings:
            yield kind, ending, offline_files[next(url for url in offline_files if url.endswith(ending))]
    yield "css", "mata-air", _STYLE


@st.cache_resource(show_spinner=False)
def _served() -> dict[str, list[tuple[str, str]]]:
    """Write the files out once and have Streamlit serve them; return names and addresses by kind."""
    folder = Path(tempfile.mkdtemp(prefix="mata-air-assets-"))
    links: dict[str, list[tuple[str, str]]] = {"js": [], "css": []}
    for kind, name, content in _files():
        file = f"{hashlib.sha256(content.encode()).hexdigest()[:12]}.{kind}"
        (folder / file).write_text(content, encoding="utf-8")
        links[kind].append((name, file))
    (folder / "index.html").write_text("", encoding="utf-8")
    components.declare_component("assets", path=str(folder))
    prefix = f"../{__name__}.assets/"
    return {kind: [(name, prefix + file) for name, file in files] for kind, files in links.items()}


def offline_content() -> list[tuple[str, str]]:
    """Return the same files themselves: kind and content, for a page that has no server."""
    return [(kind, content) for kind, _, content in _files()]


def offline_map(bounds: tuple[float, float, float, float]) -> folium.Map:
    """Return an empty map of some bounds (west, south, east, north) on a plain background, without outside links."""
    west, south, east, north = bounds
    plain = folium.Map(
        tiles=None, location=[(south + north) / 2, (west + east) / 2], zoom_start=12, control_scale=True, zoom_snap=0.25
    )
    plain.default_js, plain.default_css = _served()["js"], _served()["css"]
    plain.fit_bounds([[south, west], [north, east]])
    return plain
