"""An analysis as arrays for one canvas: what a map of tens of thousands of sites is drawn from at once.

Objects one by one (`layers.groups`) have popups, keys and a name for who cannot see them, and take a second a thousand.
Beyond `LIMIT` features the page gets positions and classes instead, in world pixels (Web Mercator, zoom 0, 256 a side).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.looks import VILLAGE_OPACITY, share_classes, share_colour, state_colour, status_look
from geo.model import STATES, STATUSES, Analysis
from layers.groups import View
from texts import count, percent, t

#: So many features Leaflet draws one by one.
LIMIT = 2_000
#: Layers that are packed, in the order in which they are drawn.
PACKED = ("villages", "settlements", "water_points", "sanitation", "priorities")
#: Of the width of all: what two shapes of a village may differ by, seen from afar and from near.
_COARSE, _FINE = 1 / 2_000, 1 / 40_000
Floats = NDArray[np.float64]


def feature_count(analysis: Analysis, shown: Iterable[str]) -> int:
    """How many features the shown layers have."""
    tables = {
        "villages": analysis.villages,
        "settlements": analysis.places,
        "reach": analysis.water_points,
        "water_points": analysis.water_points,
        "sanitation": analysis.sanitation,
        "institutions": analysis.institutions,
    }
    return sum(len(tables[name]) for name in shown if name in tables)


def world(lon: Floats, lat: Floats) -> Floats:
    """Return positions in world pixels at zoom 0, two columns; places beyond the map's edge stay on it.

    Examples
    --------
    >>> world(np.array([0.0]), np.array([0.0])).tolist()
    [[128.0, 128.0]]
    """
    sine = np.sin(np.radians(np.clip(lat, -85.0511287798, 85.0511287798)))
    y = 128 - 128 / np.pi * np.arctanh(sine)
    return np.column_stack([(lon + 180) / 360 * 256, y])


def packed(analysis: Analysis, view: View, shown: Sequence[str]) -> dict[str, Any]:
    """Return what the canvas draws: ``plan`` (JSON: layers, their classes and names) and arrays as bytes by name."""
    plan: list[dict[str, Any]] = []
    arrays: dict[str, bytes] = {}
    for name in (name for name in PACKED if name in shown):
        told, found = _LAYERS[name](analysis, view)
        if told:
            plan.append({"name": name, **told})
            arrays |= {f"{name}_{key}": np.ascontiguousarray(array).tobytes() for key, array in found.items()}
    return {"plan": json.dumps(plan, ensure_ascii=False), **arrays}


Part = tuple[dict[str, Any], dict[str, NDArray[Any]]]


def _places(table: gpd.GeoDataFrame, classes: Sequence[Any], of: pd.Series) -> dict[str, NDArray[Any]]:
    """Points: their positions and classes; what has none of them is of the last."""
    known = {name: n for n, name in enumerate(classes)}
    number = of.map(known).fillna(len(classes) - 1).to_numpy(np.uint8)
    return {"at": world(table.geometry.x.to_numpy(), table.geometry.y.to_numpy()), "class": number}


def _lines(*columns: Sequence[Any]) -> str:
    rows = zip(*columns, strict=True)
    return "\n".join(" · ".join(str(cell).replace("\n", " ") for cell in row if cell is not None) for row in rows)


def _sites(service: str) -> Any:
    def pack(analysis: Analysis, view: View) -> Part:
        table = analysis.water_points if service == "water" else analysis.sanitation
        if table.empty:
            return {}, {}
        looks = [status_look(status) for status in STATUSES]
        words = {status: t(f"status.{status}", view.lang) for status in STATUSES}
        id_column = "point_id" if service == "water" else "facility_id"
        told = {
            "kind": "marks",
            "square": service == "sanitation",
            "classes": [{"path": look["path"], "colour": look["colour"]} for look in looks],
            "names": _lines(table[id_column], table["status"].map(words)),
        }
        return told, _places(table, STATUSES, table["status"])

    return pack


def _settlements(analysis: Analysis, view: View) -> Part:
    table = analysis.places[analysis.places["kind"] == "settlement"]
    if table.empty:
        return {}, {}
    states = [*STATES, "none"]
    told = {
        "kind": "rings",
        "classes": [{"colour": state_colour(state)} for state in states],
        "names": _lines(table["place_id"], table["name"], table["people"].map(lambda n: count(n, view.lang))),
    }
    return told, _places(table, states, table[view.column("state")])


def _priorities(analysis: Analysis, view: View) -> Part:
    rows = analysis.priorities
    rows = rows[rows["service"] == view.service] if len(rows) else rows
    rows = rows.head(analysis.provenance["params"].top_n)
    if rows.empty:
        return {}, {}
    told = {
        "kind": "numbers",
        "classes": [{"colour": "#ffd92f"}],
        "ranks": [f"{'=' if row.tied else ''}{row.rank}" for row in rows.itertuples()],
        "names": _lines(rows["site_id"], [f"{t('map.rank', view.lang)} {rank}" for rank in rows["rank"]]),
    }
    return told, _places(rows, [0], pd.Series(0, index=rows.index))


def _villages(analysis: Analysis, view: View) -> Part:
    table = analysis.villages[analysis.villages.geometry.notna()]
    if table.empty:
        return {}, {}
    shares = table[view.column("share")]
    colours = [colour for _, _, colour in share_classes()] + [share_colour(None)]
    number = np.array([colours.index(share_colour(share)) for share in shares], dtype=np.uint8)
    west, _, east, _ = table.total_bounds
    found: dict[str, NDArray[Any]] = {"class": number}
    for name, part in (("coarse", _COARSE), ("fine", _FINE)):
        found |= {f"{name}_{key}": array for key, array in _rings(table, (east - west) * part).items()}
    told = {
        "kind": "areas",
        "opacity": VILLAGE_OPACITY,
        "classes": [{"colour": colour} for colour in colours],
        "dashed": [n for n, boundary in enumerate(table["boundary"]) if boundary == "approximate"],
        "names": _lines(table["village_code"], table["name"], shares.map(lambda share: percent(share, view.lang))),
    }
    return told, found


def _rings(table: gpd.GeoDataFrame, tolerance: float) -> dict[str, NDArray[Any]]:
    """Outlines one after another: corners in world pixels, where each ring ends, whose it is; points become boxes."""
    shapes = table.geometry.to_numpy()
    flat = shapely.get_type_id(shapes) == 0
    shapes = np.where(flat, shapely.buffer(shapes, max(tolerance * 4, 1e-6), quad_segs=2), shapes)
    parts, whose = shapely.get_parts(shapely.simplify(shapes, tolerance), return_index=True)
    rings, part_of = shapely.get_rings(parts, return_index=True)
    corners, ring_of = shapely.get_coordinates(rings, return_index=True)
    ends = np.searchsorted(ring_of, np.arange(len(rings)), side="right")
    at = world(corners[:, 0], corners[:, 1])
    return {"at": at, "ends": ends.astype(np.uint32), "whose": whose[part_of].astype(np.uint32)}


_LAYERS = {
    "villages": _villages,
    "settlements": _settlements,
    "water_points": _sites("water"),
    "sanitation": _sites("sanitation"),
    "priorities": _priorities,
}
