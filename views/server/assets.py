"""Leaflet and what Folium needs, served by this server: no page of Mata Air asks another host for anything."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import folium
import streamlit as st
import streamlit.components.v1 as components
from offlinefolium.elements import _res as offline_files  # the package's only way to its files

from layers.markup import DARK, GROUND

_NEEDED = {
    "js": ("leaflet@1.9.3/dist/leaflet.js", "jquery-3.7.1.min.js"),
    "css": ("leaflet@1.9.3/dist/leaflet.css",),
}
#: For the tools on the map, asked for with them alone.
_TOOLS = {
    "js": ("leaflet.draw/1.0.2/leaflet.draw.js", "L.Control.Locate.min.js"),
    "css": ("leaflet.draw/1.0.2/leaflet.draw.css", "L.Control.Locate.min.css"),
}
#: For a base map of vector tiles, asked for with it alone.
_VECTOR: dict[str, tuple[str, ...]] = {"js": ("Leaflet.VectorGrid.bundled.js",), "css": ()}
_STYLE = """
.leaflet-container { background: GROUND; font: inherit; }
.ma-fill body { overflow: hidden; margin: 0; }
.ma-fill .leaflet-container, .ma-fill .float-container, .ma-fill .float-child { height: 100vh !important; }
.ma-icon { background: none; border: none; }
.ma-icon:focus-visible, path.leaflet-interactive:focus-visible { outline: 3px solid #01497c; outline-offset: 2px; }
path.leaflet-interactive:focus:not(:focus-visible) { outline: none; }
.ma-icon.ma-chosen { outline: 3px solid #c51b7d; outline-offset: 3px; border-radius: 50%; }
.ma-name { pointer-events: none; width: 0; height: 0; }
.ma-name > span { position: absolute; transform: translate(-50%, -50%); white-space: nowrap; visibility: hidden;
  font: 600 12px/1.1 sans-serif; color: #16202a; text-shadow: 0 0 2px #fff, 0 0 2px #fff, 0 0 3px #fff, 0 0 4px #fff; }
.ma-cross { position: absolute; left: calc(50% - 12px); top: calc(50% - 12px); width: 24px; height: 24px; z-index: 850;
  display: none; pointer-events: none; border: 2px solid #16202a; border-radius: 50%;
  outline: 2px solid #ffffff; }
path.ma-chosen { stroke: #c51b7d !important; stroke-width: 4 !important; }
.leaflet-control-locate a::before { content: "\\25CE"; font-size: 20px; line-height: 28px; color: #333; }
.leaflet-control-locate.active a::before { color: #01497c; }
.ma-note { background: #fff8e1; color: #1a1a1a; border: 1px solid #8a6d00; padding: 4px 8px; max-width: 260px; }
.ma-popup table { border-collapse: collapse; margin-top: 4px; }
.ma-popup th { text-align: left; font-weight: 400; padding-right: 10px; color: #444; }
.ma-popup td { text-align: right; }
""".replace("GROUND", GROUND)
_PARTS = Path(__file__).parents[1] / "canvas"
#: A press on a map partly below the screen must not scroll the page under the finger: the click would be lost. A
#: vector tile that does not come, or comes when its map is gone, is an empty one.
_SCRIPT = """
L.Map.addInitHook(function () {
  const box = this.getContainer();
  box.focus = function () { HTMLElement.prototype.focus.call(box, { preventScroll: true }); };
  const grid = L.VectorGrid && L.VectorGrid.Protobuf && L.VectorGrid.Protobuf.prototype;
  if (grid && !grid.maEmpty) {
    const get = grid._getVectorTilePromise;
    grid._getVectorTilePromise = function () { return get.apply(this, arguments).catch(() => ({ layers: [] })); };
    grid.maEmpty = true;
  }
});
"""


def _files(needed: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str, str]]:
    """Kind, name and content of what a map needs."""
    for kind, endings in needed.items():
        for ending in endings:
            yield kind, ending, offline_files[next(url for url in offline_files if url.endswith(ending))]
    if needed is _NEEDED:
        yield "js", "mata-air", _SCRIPT + (_PARTS / "frame.js").read_text(encoding="utf-8")
        yield "css", "mata-air", _STYLE + (_PARTS / "dark.css").read_text(encoding="utf-8").replace("DARK", DARK)


@st.cache_resource(show_spinner=False)
def _served() -> dict[str, dict[str, list[tuple[str, str]]]]:
    """Write the files out once and have Streamlit serve them; return names and addresses, of the map and its tools."""
    folder = Path(tempfile.mkdtemp(prefix="mata-air-assets-"))
    prefix = f"../{__name__}.assets/"
    links: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for part, needed in (("map", _NEEDED), ("tools", _TOOLS), ("vector", _VECTOR)):
        links[part] = {"js": [], "css": []}
        for kind, name, content in _files(needed):
            file = f"{hashlib.sha256(content.encode()).hexdigest()[:12]}.{kind}"
            (folder / file).write_text(content, encoding="utf-8")
            links[part][kind].append((name, prefix + file))
    (folder / "index.html").write_text("", encoding="utf-8")
    components.declare_component("assets", path=str(folder))
    return links


def offline_content(*, tools: bool = False) -> list[tuple[str, str]]:
    """Return the same files themselves: kind and content, for a page that has no server."""
    parts = (_NEEDED, _TOOLS, _VECTOR) if tools else (_NEEDED,)
    return [(kind, content) for needed in parts for kind, _, content in _files(needed)]


def offline_map(bounds: tuple[float, float, float, float], *, tools: bool = False, vector: bool = False) -> folium.Map:
    """Return an empty map of some bounds (west, south, east, north) on a plain background, without outside links.

    ``tools`` brings the scripts of `layers.tools` along, ``vector`` what draws vector tiles.
    """
    west, south, east, north = bounds
    plain = folium.Map(
        tiles=None, location=[(south + north) / 2, (west + east) / 2], zoom_start=12, control_scale=True, zoom_snap=0.25
    )
    wanted = ("map", *(("tools",) if tools else ()), *(("vector",) if vector else ()))
    parts = [_served()[part] for part in wanted]
    plain.default_js, plain.default_css = ([link for part in parts for link in part[kind]] for kind in ("js", "css"))
    plain.options["min_zoom"] = 0  # a base map that begins closer does not keep the reader from looking farther
    plain.fit_bounds([[south, west], [north, east]])
    return plain
