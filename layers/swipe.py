"""Two scenarios on one map, with a handle that is moved across."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from geo.model.results import Analysis
from layers.groups import LAYERS
from layers.markup import escape, inlined
from layers.view import View

_SCRIPT = Path(__file__).with_name("swipe.js")
_SHOWN = ("villages", "planned")
_STYLE = """
body { margin: 0; font: 15px sans-serif; color: #1a1a1a; background: #ffffff; }
#whole { position: relative; }
#line { position: absolute; top: 0; bottom: 0; width: 3px; margin-left: -1.5px; background: #16202a; z-index: 800;
  pointer-events: none; }
#names { display: flex; gap: 10px; justify-content: space-between; padding: 4px; }
#names b { overflow-wrap: anywhere; } #names b:last-child { text-align: right; }
input { display: block; box-sizing: border-box; width: 100%; margin: 0 0 6px; min-height: 26px; }
"""


def swipe_html(
    sides: Sequence[tuple[str, Analysis, View]], files: Sequence[tuple[str, str]], height: int, title: str
) -> str:
    """Return a page of its own: nothing in it is loaded from elsewhere.

    Parameters
    ----------
    sides
        Left and right: name, analysis, and what is looked at.
    files
        Kind (``js`` or ``css``) and content of what Leaflet needs.
    height
        Of the map, pixels.
    title
        What the handle is for.
    """
    (left, first, view), (right, _, _) = sides
    content = [
        {
            "type": "FeatureCollection",
            "features": [feature for name in _SHOWN for feature in LAYERS[name].features(found, seen)],
        }
        for _, found, seen in sides
    ]
    west, south, east, north = first.bounds()
    told = json.dumps({"bounds": [[south, west], [north, east]], "sides": content}, ensure_ascii=False)
    return (
        f'<!doctype html><html lang="{view.lang}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style>{inlined(files)}</head><body>"
        f'<div id="names"><b>{escape(left)}</b><b>{escape(right)}</b></div>'
        f'<input id="handle" type="range" min="0" max="100" value="50" aria-label="{escape(title)}">'
        f'<div id="whole"><div id="map" style="height:{height}px"></div><div id="line"></div></div>'
        f'<script id="told" type="application/json">{told.replace("<", chr(92) + "u003c")}</script>'
        f"<script>{_SCRIPT.read_text(encoding='utf-8')}</script></body></html>"
    )
