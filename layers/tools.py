"""Tools on the map: drawing a line or an area, and one's own place. Their words are ours, not the plugins'."""

from __future__ import annotations

import json

import folium
from branca.element import MacroElement
from folium.plugins import Draw, LocateControl
from folium.template import Template
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from texts import t

#: Colour of what is drawn: like none of the states.
DRAWN = "#7b1fa2"
_LOOK = {"shapeOptions": {"color": DRAWN, "weight": 3}}
#: What may be drawn, as Leaflet.draw has it.
DRAW_OPTIONS: dict[str, object] = {
    "polyline": _LOOK | {"metric": True, "feet": False},
    "polygon": _LOOK | {"allowIntersection": False},
    "rectangle": _LOOK | {"showArea": False},
    "circle": False,
    "marker": False,
    "circlemarker": False,
}
#: What the drawing tool says, by its place in `L.drawLocal` and the key of our text.
_WORDS = {
    ("draw", "toolbar", "actions", "text"): "draw.cancel",
    ("draw", "toolbar", "actions", "title"): "draw.cancel",
    ("draw", "toolbar", "finish", "text"): "draw.finish",
    ("draw", "toolbar", "finish", "title"): "draw.finish",
    ("draw", "toolbar", "undo", "text"): "draw.undo",
    ("draw", "toolbar", "undo", "title"): "draw.undo",
    ("draw", "toolbar", "buttons", "polyline"): "draw.line",
    ("draw", "toolbar", "buttons", "polygon"): "draw.area",
    ("draw", "toolbar", "buttons", "rectangle"): "draw.box",
    ("draw", "handlers", "polyline", "error"): "draw.crossing",
    ("draw", "handlers", "polyline", "tooltip", "start"): "draw.start",
    ("draw", "handlers", "polyline", "tooltip", "cont"): "draw.on",
    ("draw", "handlers", "polyline", "tooltip", "end"): "draw.end_line",
    ("draw", "handlers", "polygon", "tooltip", "start"): "draw.start",
    ("draw", "handlers", "polygon", "tooltip", "cont"): "draw.on",
    ("draw", "handlers", "polygon", "tooltip", "end"): "draw.end_area",
    ("draw", "handlers", "rectangle", "tooltip", "start"): "draw.pull",
    ("draw", "handlers", "simpleshape", "tooltip", "end"): "draw.let_go",
}


class _Words(MacroElement):
    """Gives the drawing tool its words before it is made."""

    _template = Template("""{% macro script(this, kwargs) %}
        (function put(to, from) {
            for (const name in from) {
                if (typeof from[name] !== "object") { to[name] = from[name]; continue; }
                put(to[name] = to[name] || {}, from[name]);
            }
        })(L.drawLocal, {{ this.words }});
    {% endmacro %}""")

    def __init__(self, words: str) -> None:
        super().__init__()
        self._name = "Words"
        self.words = words


def map_words(lang: str) -> str:
    """Return what a map says besides its layers, as JSON for `views/canvas/frame.js`."""
    keys = {"map": "map.frame", "closer": "map.closer", "farther": "map.farther", "close": "detail.close"}
    keys |= {"layers": "control.layers", "keys": "draw.keys", "nowhere": "draw.not_here"}
    return json.dumps({name: t(key, lang) for name, key in keys.items()}, ensure_ascii=False)


def draw_words(lang: str) -> dict[str, object]:
    """Return what the drawing tool says, as `L.drawLocal` has it."""
    thousands, decimal = (".", ",") if lang == "id" else (",", ".")
    told: dict[str, object] = {"format": {"numeric": {"delimiters": {"thousands": thousands, "decimal": decimal}}}}
    for path, key in _WORDS.items():
        here = told
        for part in path[:-1]:
            here = here.setdefault(part, {})  # type: ignore[assignment]
        here[path[-1]] = t(key, lang)
    return told


def add_tools(bare: folium.Map, lang: str) -> None:
    """Put the tools on an empty map; their scripts are served with the map's own."""
    words = draw_words(lang)
    bare.add_child(_Words(json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")))
    edits = {"edit": False, "remove": False}
    drawing = Draw(position="topleft", draw_options=DRAW_OPTIONS, edit_options=edits)
    told = t("draw.here_told", lang, distance="{distance}", unit="{unit}")
    here = LocateControl(
        strings={"title": t("draw.here", lang), "popup": told, "metersUnit": "m"},
        locateOptions={"maxZoom": 16, "enableHighAccuracy": True},
        showPopup=True,
    )
    for tool in (drawing, here):
        tool.default_js, tool.default_css = [], []
        bare.add_child(tool)


def drawn_feature(found: BaseGeometry) -> dict[str, object]:
    """Return what was drawn as GeoJSON."""
    return {"type": "Feature", "geometry": mapping(found), "properties": {}}


def drawn_group(found: BaseGeometry) -> folium.FeatureGroup:
    """Return what was drawn, as a layer of its own."""
    group = folium.FeatureGroup(name="drawn", control=False)
    style = {"color": DRAWN, "weight": 3, "fillColor": DRAWN, "fillOpacity": 0.08, "dashArray": "6 4"}
    folium.GeoJson(drawn_feature(found), style_function=lambda _: style, interactive=False).add_to(group)
    return group
