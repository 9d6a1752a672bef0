"""The signs of the legend, as HTML: of each layer a function from what is looked at to its entries."""

from __future__ import annotations

from base64 import b64encode

from geo.model.sites import STATES, STATUSES
from layers.features import CONFLICT, PLANNED, REACH
from layers.markup import DARK, GROUND, escape, institution_svg, marker_svg
from layers.view import View
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


def ring(colour: str, text: str) -> str:
    """A coloured ring and what it means."""
    style = "display:inline-block;box-sizing:content-box;width:7px;height:7px;border-radius:50%;background:white;"
    style += f"border:4px solid {colour};" + _in_both("outline", "1px solid ", _LINE, _PALE)
    return _key(f'<span style="{style}"></span>', text)


def _picture(svg: str) -> str:
    """An SVG as an image: a page's own HTML filter drops inline SVG."""
    named = svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    source = f"data:image/svg+xml;base64,{b64encode(named.encode()).decode()}"
    halo = " drop-shadow(0 0 0.8px light-dark(transparent,#e8eef2))" * 3  # pale round it in a dark page, as on the map
    return f'<img alt="" width="16" height="16" style="filter:{halo}" src="{source}">'


def shares(view: View) -> list[str]:
    """Villages: the colour of each share."""
    classes = [
        swatch(colour, f"{low * 100:.0f}–{high * 100:.0f} %", VILLAGE_OPACITY) for low, high, colour in share_classes()
    ]
    ground = "display:inline-flex;align-items:center;width:26px;height:14px;padding:0 2px;"
    ground += _in_both("background", "", GROUND, DARK)
    edge = "width:22px;" + _in_both("border-top", "2px dashed ", _LINE, _PALE)
    dashed = f'<span style="{ground}"><span style="{edge}"></span></span>'
    bare = swatch(share_colour(None), t("legend.no_data", view.lang), VILLAGE_OPACITY)
    return [*classes, bare, _key(dashed, t("boundary.approximate", view.lang))]


def statuses(view: View, *, square: bool) -> list[str]:
    """Sites: the picture of each status."""
    entries = []
    for status in STATUSES:
        look = status_look(status)
        picture = _picture(marker_svg(look["path"], look["colour"], 16, square=square))
        entries.append(_key(picture, t(f"status.{status}", view.lang)))
    return entries


def _circle(style: str, text: str) -> str:
    base = "display:inline-block;box-sizing:border-box;width:18px;height:18px;border-radius:50%;margin:2px;"
    base += _in_both("box-shadow", "0 0 0 2px ", GROUND, DARK) + _in_both("background", "", GROUND, DARK)
    return _key(f'<span style="{base}{style}"></span>', text)


def states(view: View) -> list[str]:
    """Settlements: the ring of each state."""
    rings = [ring(state_colour(name), state_text(name, view.service, view.lang)) for name in STATES]
    return [*rings, ring(state_colour("none"), t("legend.no_data", view.lang))]


def reach(view: View) -> list[str]:
    """How far a site reaches: a circle, or the ground walked over."""
    if view.walked:
        return [swatch(REACH, t("legend.reach_walked", view.lang), 0.18)]
    style = _in_both("border", "1.5px solid ", REACH, "#7cc4f0") + f"background:{REACH}26"
    return [_circle(style, t("legend.reach", view.lang))]


def institutions(view: View) -> list[str]:
    """Schools and health posts, three ways each."""
    return [
        _key(
            _picture(institution_svg(need_colour(key), health=kind == "health_post")),
            f"{t(f'institution.{kind}', view.lang)}: {t(f'needs.{key}', view.lang)}",
        )
        for kind in ("school", "health_post")
        for key in ("is_met", "not_met", "not_known")
    ]


def conflicts(view: View) -> list[str]:
    """A source too near to excreta storage."""
    return [_circle(f"border:4px solid {CONFLICT}", t("needs.conflict", view.lang))]


def priorities(view: View) -> list[str]:
    """A number of the list."""
    return [_circle("border:2px solid #1a1a1a;background:#ffd92f", t("legend.priorities", view.lang))]


def planned(view: View) -> list[str]:
    """A site of a plan, and a new one."""
    return [
        _circle(_in_both("border", "4px solid ", PLANNED, "#ffffff"), t("legend.planned", view.lang)),
        _circle(_in_both("border", "4px dashed ", PLANNED, "#ffffff"), t("legend.planned_new", view.lang)),
    ]
