"""An import looked at before it goes in: what was taken for what, where its rows lie, what it would change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import streamlit as st

from exports.tables.columns import describe
from geo.model.sites import IMPORT_OPTIONS
from texts import count, percent, t
from texts.looks import status_look
from views.bringing.assistant import put_option, put_scale
from views.parts.picture import picture
from views.parts.text import harmless, small
from views.session.buttons import asked, due
from views.session.cache import inputs, workspace
from views.session.worker import once, run_limited

#: So many villages and rows are looked at at once; beyond, what would change is worked out when asked for.
_VILLAGES, _ROWS = 3_000, 20_000
#: Size of the picture of where rows lie, and the room around them.
_WIDE, _TALL, _ROOM = 640, 420, 0.04
#: Outlines of so many villages are drawn.
_OUTLINES = 1_500


def samples_part(found: dict[str, Any], lang: str) -> None:
    """Each column that is read, with cells as they were read and those in doubt, side by side."""
    shown = [one for one in found.get("samples", []) if one["right"] or one["doubtful"]]
    if not shown:
        return
    heads = [t(f"look.{name}", lang) for name in ("column", "source", "right", "doubtful")]
    rows = [
        [_label(one["column"], lang), one["source"], _right(one, lang), _doubtful(one, lang)]
        for one in sorted(shown, key=lambda one: not one["doubtful"])
    ]
    doubts = sum(bool(one["doubtful"]) for one in shown)
    with st.expander(t("look.samples", lang, count=count(doubts, lang)), expanded=doubts > 0, key="look-samples"):
        st.table(pd.DataFrame(rows, columns=heads).set_index(heads[0]).map(harmless))


def _label(name: str, lang: str) -> str:
    return describe(name, lang).label


def _in_words(name: str, value: str, lang: str) -> str:
    return dict(describe(name, lang).choices).get(value, value)


def _right(one: dict[str, Any], lang: str) -> str:
    name = one["column"]
    pairs = [(written, _in_words(name, read, lang)) for written, read in one["right"]]
    return "; ".join(written if written == read else f"{written} → {read}" for written, read in pairs)


def _doubtful(one: dict[str, Any], lang: str) -> str:
    empty = t("look.empty", lang)
    return "; ".join(
        f"{written} → {_in_words(one['column'], read, lang) if read else empty}" for written, read, _ in one["doubtful"]
    )


def mends_part(table: str, faults: list[dict[str, Any]], lang: str) -> None:
    """One press that mends a kind of fault in every row: the order of dates, exchanged places, thousands, a table."""
    seen: dict[str, dict[str, Any]] = {}
    for fault in faults:
        seen.setdefault(fault["key"], fault)
    buttons = {label: act for key, find in _MENDS.items() if key in seen for label, act in find(seen[key], lang)}
    if not buttons:
        return
    small(t("look.mends", lang))
    with st.container(horizontal=True):
        for n, (label, act) in enumerate(buttons.items()):
            st.button(harmless(label), key=f"mend-{n}", on_click=act, args=(table,))


Mend = tuple[str, Callable[[str], None]]


def _dates(fault: dict[str, Any], lang: str) -> list[Mend]:
    return [
        (t(f"look.mend.{order}", lang), lambda table, order=order: put_option(table, "day_order", order))
        for order in ("day", "month")
    ]


def _exchanged(fault: dict[str, Any], lang: str) -> list[Mend]:
    return [(t("look.mend.swap", lang), lambda table: put_option(table, "swap_lat_lon", True))]


def _below(fault: dict[str, Any], lang: str) -> list[Mend]:
    row = int(fault["row"] or 1)
    return [(t("look.mend.below", lang, row=row), lambda table: put_option(table, "header_row", row))]


def _thousands(fault: dict[str, Any], lang: str) -> list[Mend]:
    column = str(fault["column"])
    label = t("look.mend.thousands", lang, column=_label(column, lang))
    return [(label, lambda table: put_scale(table, column, 1000.0))]


#: What may be mended by one press, by the key of the fault.
_MENDS: dict[str, Callable[[dict[str, Any], str], list[Mend]]] = {
    "date_two_ways": _dates,
    "day_first": _dates,
    "swapped": _exchanged,
    "looks_swapped": _exchanged,
    "second_table": _below,
    "decimal_counts": _thousands,
}


def places_part(places: dict[str, list[Any]], lang: str) -> None:
    """Where the rows lie that would go in, on the villages there are."""
    if not places.get("lat"):
        return
    with st.expander(t("look.places", lang), expanded=True, key="look-places"):
        svg, wide = rows_svg(places, inputs().villages)
        outside = _outside(places, inputs().villages)
        told = t("look.places_text", lang, count=count(len(places["lat"]), lang))
        if outside:
            told += " " + t("look.places_outside", lang, count=count(outside, lang))
        picture(svg.encode(), "svg+xml", told, wide)


def _outside(places: dict[str, list[Any]], villages: gpd.GeoDataFrame) -> int:
    """Rows in no village's outline, where there are outlines."""
    areas = villages[villages.geom_type.isin(["Polygon", "MultiPolygon"])]
    if areas.empty:
        return 0
    points = shapely.points(places["lon"], places["lat"])
    hit = areas.sindex.query(points, predicate="intersects")[0]
    return len(points) - len(set(hit.tolist()))


def rows_svg(places: dict[str, list[Any]], villages: gpd.GeoDataFrame) -> tuple[str, int]:
    """Return a map of rows over the outlines of villages, as one SVG without any tile, and how wide it is.

    Parameters
    ----------
    places
        `lat`, `lon` (degrees) and `status` (None: none is told), of equal length.
    villages
        Drawn where they lie among the rows, EPSG:4326.
    """
    x, y = np.asarray(places["lon"], float), np.asarray(places["lat"], float)
    west, east, south, north = x.min(), x.max(), y.min(), y.max()
    room = max(east - west, north - south, 0.01) * _ROOM + 0.002
    box = (west - room, south - room, east + room, north + room)
    slim = max(float(np.cos(np.radians((south + north) / 2))), 0.01)
    scale = min(_WIDE / ((box[2] - box[0]) * slim), _TALL / (box[3] - box[1]))
    wide, tall = (box[2] - box[0]) * slim * scale, (box[3] - box[1]) * scale

    def turned(xy: np.ndarray) -> np.ndarray:
        return np.column_stack([(xy[:, 0] - box[0]) * slim * scale, (box[3] - xy[:, 1]) * scale])

    near = villages.cx[box[0] : box[2], box[1] : box[3]]
    areas = near[near.geom_type.isin(["Polygon", "MultiPolygon"])].head(_OUTLINES)
    parts = []
    for shape in areas.geometry:
        drawn = shapely.simplify(shapely.transform(shape, turned), 0.7)
        for ring in shapely.get_rings(shapely.get_parts(drawn)):
            line = "L".join(f"{a:.0f} {b:.0f}" for a, b in shapely.get_coordinates(ring))
            parts.append(f'<path d="M{line}Z" fill="none" stroke="#8a9299"/>')
    for (a, b), status in zip(turned(np.column_stack([x, y])), places["status"], strict=True):
        colour = status_look(status)["colour"] if status else "#08519c"
        parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{colour}" stroke="#ffffff"/>')
    size = f'viewBox="0 0 {wide:.0f} {tall:.0f}" width="{wide:.0f}" height="{tall:.0f}"'
    ground = '<rect width="100%" height="100%" fill="#f4f2ec"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{ground}{"".join(parts)}</svg>', round(wide)


def effect_part(path: Path, table: str, arguments: list[str], accepted: int, lang: str, epoch: str) -> None:
    """The figures that the import would change most, before anything goes in."""
    few = accepted <= _ROWS and len(inputs().villages) <= _VILLAGES
    if not few:
        st.button(t("look.do_effect", lang), **asked("do-effect"))
        if not due("do-effect"):
            return
    option = "--" + IMPORT_OPTIONS.get(table, table)
    asking = ["import", "--workspace", str(workspace()), option, str(path), *arguments]
    told = once([lang, inputs().version, asking], lambda: run_limited([*asking, "--dry-run"], lang, epoch))
    if not told["effect"]:
        small(t("look.no_effect", lang))
        return
    heads = [t(f"look.{name}", lang) for name in ("figure", "before", "after")]
    rows = [
        [_figure(row, lang), *(_value(row, row[side], lang) for side in ("before", "after"))] for row in told["effect"]
    ]
    st.markdown(t("look.effect", lang))
    st.table(pd.DataFrame(rows, columns=heads).set_index(heads[0]))


def _figure(row: dict[str, Any], lang: str) -> str:
    name, service = row["figure"], row["service"]
    if name in ("villages", "sites", "working"):
        return t(f"look.figure.{name}" if service is None else f"look.figure.{name}.{service}", lang)
    label = _label(name, lang)
    return label if service is None else f"{label} ({t(f'service.{service}', lang)})"


def _value(row: dict[str, Any], value: float | None, lang: str) -> str:
    if value is None:
        return "–"
    return percent(value, lang) if row["figure"].endswith("share") else count(value, lang)
