"""Text into HTML and into Folium's scripts, made harmless."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

#: Colour of the map where no tiles lie under it, in a light page and a dark one, and of the legend behind its signs.
GROUND, DARK = "#eef2f4", "#1c2429"
#: `& < > " '` for HTML; backtick, dollar and backslash because Folium puts popups into JavaScript template literals,
#: braces because it takes scripts for templates of its own, which run in the server.
_ENTITIES = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "'": "&#39;",
        "`": "&#96;",
        "$": "&#36;",
        "\\": "&#92;",
        "{": "&#123;",
        "}": "&#125;",
    }
)


def escape(value: Any) -> str:
    """Return a value as text that neither HTML, a script's literals nor Folium's templates can run; missing is a dash.

    Examples
    --------
    >>> escape("<b>${alert(1)}`")
    '&lt;b&gt;&#36;&#123;alert(1)&#125;&#96;'
    >>> escape(None)
    '–'
    """
    if value is None or value != value:
        return "–"
    return str(value).translate(_ENTITIES)


def attribute(value: Any) -> str:
    """Return a value for a script to set as an attribute: no markup is read there, so what could be code is dropped.

    Examples
    --------
    >>> attribute("p1`${x}")
    'p1{x}'
    """
    return "".join(character for character in str(value) if character not in "`$\\<>")


def inlined(files: Iterable[tuple[str, str]]) -> str:
    """Return scripts and styles (kind ``js`` or ``css``, and content) as a page that loads nothing has them."""
    return "".join(f"<script>{text}</script>" if kind == "js" else f"<style>{text}</style>" for kind, text in files)


def popup_html(title: str, rows: list[tuple[str, str]]) -> str:
    """Return a popup: a title and label–value lines, all escaped."""
    lines = "".join(f"<tr><th>{escape(label)}</th><td>{escape(text)}</td></tr>" for label, text in rows)
    return f'<div class="ma-popup"><strong>{escape(title)}</strong><table>{lines}</table></div>'


def marker_svg(path: str, colour: str, size: int, *, square: bool = False) -> str:
    """Return the picture of a status: its own shape and colour; facilities stand on a white plate."""
    plate = '<rect x="0" y="0" width="16" height="16" rx="3" fill="white" stroke="#222" />' if square else ""
    inner = f'<path d="{path}" fill="{colour}" stroke="#1a1a1a" stroke-width="1"/>'
    shrunk = f'<g transform="translate(3 3) scale(0.625)">{inner}</g>' if square else inner
    return f'<svg width="{size}" height="{size}" viewBox="0 0 16 16" aria-hidden="true">{plate}{shrunk}</svg>'


def institution_svg(colour: str, *, health: bool) -> str:
    """A school (a house) or a health post (a cross on a plate) in a colour."""
    path = "M7 3 H11 V7 H15 V11 H11 V15 H7 V11 H3 V7 H7 Z" if health else "M9 2 L16 8 H14 V15 H4 V8 H2 Z"
    return (
        '<svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">'
        '<rect x="0.5" y="0.5" width="17" height="17" rx="3" fill="#ffffff" stroke="#333333"/>'
        f'<path d="{path}" fill="{colour}" stroke="#1a1a1a"/></svg>'
    )
