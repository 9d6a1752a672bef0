"""One self-contained HTML file of a map: opened and passed on without the app and without internet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import folium

from layers.markup import escape, inlined
from layers.tools import map_words

_STYLE = """
html, body { margin: 0; height: 100%; font-family: sans-serif; }
body { display: flex; flex-direction: column; }
header, footer { padding: 8px 12px; }
header h1 { font-size: 1.2rem; margin: 0; }
footer { font-size: .85rem; max-height: 32vh; overflow: auto; }
.folium-map { position: relative !important; flex: 1; width: 100% !important; height: auto !important;
  min-height: 50vh; }
"""
#: The browser itself keeps the file from asking anybody for anything.
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"


def saved_html(
    bare: folium.Map,
    groups: Sequence[folium.FeatureGroup],
    legend: str,
    title: str,
    about: Mapping[str, str],
    files: Sequence[tuple[str, str]],
    lang: str,
) -> str:
    """Return the page: title, map with switches, legend, and what the figures were made from.

    Parameters
    ----------
    bare
        An empty map, framed; it becomes part of the page.
    legend
        HTML of the legend.
    about
        Label → text.
    files
        Kind (``js`` or ``css``) and content of what Leaflet needs.
    """
    bare.default_js, bare.default_css = [], []
    for group in groups:
        group.add_to(bare)
    folium.LayerControl(collapsed=True).add_to(bare)
    page: str = bare.get_root().render()
    inside = inlined((kind, text if kind == "js" else _without_links(text)) for kind, text in files)
    head = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><title>{escape(title)}</title>'
    told = "<br>".join(f"{escape(label)}: {escape(text)}" for label, text in about.items() if text)
    words = inlined([("js", f"window.maWords = {map_words(lang)};")])
    page = page.replace("<head>", f"<head>{head}{words}{inside}<style>{_STYLE}</style>", 1)
    page = page.replace("<html>", f'<html lang="{lang}">', 1)
    page = page.replace("<body>", f"<body><header><h1>{escape(title)}</h1></header>", 1)
    return page.replace("</body>", f"<footer>{legend}<p>{told}</p></footer></body>", 1)


def _without_links(css: str) -> str:
    """A style sheet that names no file: Leaflet's own pictures are of things that are not on this map."""
    return re.sub(r"url\((?!['\"]?data:)[^)]*\)", "none", css)
