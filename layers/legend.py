"""The legend of the layers shown, as HTML."""

from __future__ import annotations

from collections.abc import Iterable

from layers.groups import LAYERS
from layers.markup import escape
from layers.view import View
from texts import t

#: What is coloured by state stands before what lies over it.
_FIRST = ("villages", "settlements")


def block(title: str, entries: list[str]) -> str:
    """The entries of a layer under its name."""
    return f'<div style="margin-bottom:4px"><strong>{escape(title)}</strong><div>{"".join(entries)}</div></div>'


def legend_html(shown: Iterable[str], lang: str, service: str = "water", *, walked: bool = False) -> str:
    """Return the legend of the layers that are shown, in the words of the service looked at.

    `walked`: reach is the ground walked over, not a circle.
    """
    view, wanted = View(lang, service, walked=walked), set(shown)
    layers = [LAYERS[name] for name in sorted(LAYERS, key=lambda name: name not in _FIRST) if name in wanted]
    return "".join(block(t(layer.key, lang), layer.legend(view)) for layer in layers)
