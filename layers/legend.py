"""The legend of the layers shown, as HTML."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable

from geo.looks import VILLAGE_OPACITY, need_colour, share_classes, share_colour, state_colour, status_look
from geo.model import STATES, STATUSES
from layers.groups import CONFLICT, PLANNED
from layers.markup import GROUND, escape, institution_svg, marker_svg
from texts import state_text, t

_KEY = "display:inline-flex;align-items:center;gap:5px;margin:0 16px 4px 0"


def _key(picture: str, text: str) -> str:
    return f'<span style="{_KEY}">{picture}{escape(text)}</span>'


def swatch(colour: str, text: str, opacity: float = 1.0) -> str:
    """A coloured box and what it means."""
    colour += f"{round(opacity * 255):02x}"
    box = "display:inline-block;width:16px;height:14px;border:1px solid #333;border-radius:2px;"
    box += f"background:linear-gradient({colour},{colour}),{GROUND}"  # as on the map, whatever the page's own colour
    return _key(f'<span style="{box}"></span>', text)


def _ring(colour: str, text: str) -> str:
    ring = "display:inline-block;box-sizing:content-box;width:7px;height:7px;border-radius:50%;background:white;"
    ring += f"outline:1px solid #333;border:4px solid {colour}"
    return _key(f'<span style="{ring}"></span>', text)


def _picture(svg: str) -> str:
    """An SVG as an image: a page's own HTML filter drops inline SVG."""
    named = svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return f'<img alt="" width="16" height="16" src="data:image/svg+xml;base64,{b64encode(named.encode()).decode()}">'


def block(title: str, entries: list[str]) -> str:
    """The entries of a layer under its name."""
    return f'<div style="margin-bottom:4px"><strong>{escape(title)}</strong><div>{"".join(entries)}</div></div>'


def _shares(lang: str) -> list[str]:
    classes = [
        swatch(colour, f"{low * 100:.0f}–{high * 100:.0f} %", VILLAGE_OPACITY) for low, high, colour in share_classes()
    ]
    ground = f"display:inline-flex;align-items:center;width:26px;height:14px;padding:0 2px;background:{GROUND}"
    dashed = f'<span style="{ground}"><span style="width:22px;border-top:2px dashed #333"></span></span>'
    bare = swatch(share_colour(None), t("legend.no_data", lang), VILLAGE_OPACITY)
    return [*classes, bare, _key(dashed, t("boundary.approximate", lang))]


def _statuses(lang: str, square: bool) -> list[str]:
    entries = []
    for status in STATUSES:
        look = status_look(status)
        picture = _picture(marker_svg(look["path"], look["colour"], 16, square=square))
        entries.append(_key(picture, t(f"status.{status}", lang)))
    return entries


def _circle(style: str, text: str) -> str:
    base = "display:inline-block;box-sizing:border-box;width:18px;height:18px;border-radius:50%;margin:2px;"
    base += f"box-shadow:0 0 0 2px {GROUND};background:{GROUND};"
    return _key(f'<span style="{base}{style}"></span>', text)


def legend_html(shown: Iterable[str], lang: str, service: str = "water", *, walked: bool = False) -> str:
    """Return the legend of the layers that are shown, in the words of the service looked at.

    `walked`: reach is the ground walked over, not a circle.
    """
    circle = _circle("border:1.5px solid #3388ff;background:#3388ff26", t("legend.reach", lang))
    rings = [_ring(state_colour(name), state_text(name, service, lang)) for name in STATES]
    parts: dict[str, list[str]] = {
        "villages": _shares(lang),
        "settlements": [*rings, _ring(state_colour("none"), t("legend.no_data", lang))],
        "reach": [swatch("#0571b0", t("legend.reach_walked", lang), 0.18) if walked else circle],
        "water_points": _statuses(lang, False),
        "sanitation": _statuses(lang, True),
        "institutions": [
            _key(
                _picture(institution_svg(need_colour(key), health=kind == "health_post")),
                f"{t(f'institution.{kind}', lang)}: {t(f'needs.{key}', lang)}",
            )
            for kind in ("school", "health_post")
            for key in ("is_met", "not_met", "not_known")
        ],
        "conflicts": [_circle(f"border:4px solid {CONFLICT}", t("needs.conflict", lang))],
        "priorities": [_circle("border:2px solid #1a1a1a;background:#ffd92f", t("legend.priorities", lang))],
        "planned": [
            _circle(f"border:4px solid {PLANNED}", t("legend.planned", lang)),
            _circle(f"border:4px dashed {PLANNED}", t("legend.planned_new", lang)),
        ],
    }
    wanted = set(shown)
    return "".join(block(t(f"layer.{name}", lang), entries) for name, entries in parts.items() if name in wanted)
