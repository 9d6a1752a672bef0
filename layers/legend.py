"""The legend of the layers shown, as HTML."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable

from geo.model.sites import STATES, STATUSES
from layers.groups import CONFLICT, PLANNED, REACH
from layers.markup import DARK, GROUND, escape, institution_svg, marker_svg
from texts import state_text, t
from texts.looks import VILLAGE_OPACITY, need_colour, share_classes, share_colour, state_colour, status_look

_KEY = "display:inline-flex;align-items:center;gap:5px;margin:0 16px 4px 0"
#: Lines on the map, as `views/canvas/dark.css` has them in a dark page.
_LINE, _PALE = "#333333", "#aab4bc"


def _in_both(name: str, before: str, light: str, dark: str) -> str:
    """A style as on the map, in a light page and a dark one; a browser that knows no `light-dark` has the light one."""
    return f"{name}:{before}{light};{name}:{before}light-dark({light},{dark});"


def _key(picture: str, text: str) -> str:
    return f'<span style="{_KEY}">{picture}{escape(text)}</span>'


def swatch(colour: str, text: str, opacity: float = 1.0) -> str:
    """A coloured box and what it means."""
    colour += f"{round(opacity * 255):02x}"
    box = "display:inline-block;width:16px;height:14px;border:1px solid #333;border-radius:2px;"
    box += _in_both("background", f"linear-gradient({colour},{colour}),", GROUND, DARK)
    return _key(f'<span style="{box}"></span>', text)


def _ring(colour: str, text: str) -> str:
    ring = "display:inline-block;box-sizing:content-box;width:7px;height:7px;border-radius:50%;background:white;"
    ring += f"border:4px solid {colour};" + _in_both("outline", "1px solid ", _LINE, _PALE)
    return _key(f'<span style="{ring}"></span>', text)


def _picture(svg: str) -> str:
    """An SVG as an image: a page's own HTML filter drops inline SVG."""
    named = svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    source = f"data:image/svg+xml;base64,{b64encode(named.encode()).decode()}"
    halo = " drop-shadow(0 0 0.8px light-dark(transparent,#e8eef2))" * 3  # pale round it in a dark page, as on the map
    return f'<img alt="" width="16" height="16" style="filter:{halo}" src="{source}">'


def block(title: str, entries: list[str]) -> str:
    """The entries of a layer under its name."""
    return f'<div style="margin-bottom:4px"><strong>{escape(title)}</strong><div>{"".join(entries)}</div></div>'


def _shares(lang: str) -> list[str]:
    classes = [
        swatch(colour, f"{low * 100:.0f}–{high * 100:.0f} %", VILLAGE_OPACITY) for low, high, colour in share_classes()
    ]
    ground = "display:inline-flex;align-items:center;width:26px;height:14px;padding:0 2px;"
    ground += _in_both("background", "", GROUND, DARK)
    edge = "width:22px;" + _in_both("border-top", "2px dashed ", _LINE, _PALE)
    dashed = f'<span style="{ground}"><span style="{edge}"></span></span>'
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
    base += _in_both("box-shadow", "0 0 0 2px ", GROUND, DARK) + _in_both("background", "", GROUND, DARK)
    return _key(f'<span style="{base}{style}"></span>', text)


def legend_html(shown: Iterable[str], lang: str, service: str = "water", *, walked: bool = False) -> str:
    """Return the legend of the layers that are shown, in the words of the service looked at.

    `walked`: reach is the ground walked over, not a circle.
    """
    reach = _in_both("border", "1.5px solid ", REACH, "#7cc4f0") + f"background:{REACH}26"
    circle = _circle(reach, t("legend.reach", lang))
    rings = [_ring(state_colour(name), state_text(name, service, lang)) for name in STATES]
    parts: dict[str, list[str]] = {
        "villages": _shares(lang),
        "settlements": [*rings, _ring(state_colour("none"), t("legend.no_data", lang))],
        "reach": [swatch(REACH, t("legend.reach_walked", lang), 0.18) if walked else circle],
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
            _circle(_in_both("border", "4px solid ", PLANNED, "#ffffff"), t("legend.planned", lang)),
            _circle(_in_both("border", "4px dashed ", PLANNED, "#ffffff"), t("legend.planned_new", lang)),
        ],
    }
    wanted = set(shown)
    return "".join(block(t(f"layer.{name}", lang), entries) for name, entries in parts.items() if name in wanted)
