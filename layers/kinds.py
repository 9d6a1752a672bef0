"""How a canvas draws a layer: its rows, their classes, and what is told of them, as arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.model.results import Analysis
from geo.model.sites import STATES, STATUSES
from layers.view import View
from texts import count, percent, t
from texts.looks import VILLAGE_OPACITY, share_classes, share_colour, state_colour, status_look

#: A shape of fewer tolerances a side is drawn as its box.
_SPECK = 6
Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]


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


Part = tuple[dict[str, Any], dict[str, NDArray[Any]]]


@dataclass(frozen=True)
class Kind:
    """A kind of layer: its rows, which class each is of, and what is drawn of some rows.

    `classes` names the classes; what has none of them is of the last. `areas`: drawn as outlines, not as points.
    `few`: so few rows that all are sent, however many others there are.
    """

    rows: Callable[[Analysis, View], gpd.GeoDataFrame]
    of: Callable[[gpd.GeoDataFrame, View], pd.Series]
    classes: Sequence[Any]
    told: Callable[[gpd.GeoDataFrame, View], dict[str, Any]]
    areas: bool = False
    few: bool = False

    def numbers(self, rows: gpd.GeoDataFrame, view: View) -> NDArray[np.uint8]:
        """Return the number of each row's class."""
        known = {name: n for n, name in enumerate(self.classes)}
        return np.asarray(self.of(rows, view).map(known).fillna(len(self.classes) - 1), dtype=np.uint8)

    def part(self, rows: gpd.GeoDataFrame, view: View, outlines: Mapping[str, Shapes]) -> Part:
        """Return what is told of the layer, and its arrays; `outlines` are what is drawn of areas."""
        found: dict[str, NDArray[Any]] = {"class": self.numbers(rows, view)}
        told = self.told(rows, view)
        if not self.areas:
            return told, found | {"at": positions(rows)}
        for level, shapes in outlines.items():
            found |= rings(level, shapes)
        return told, found


def simplified(shapes: Shapes, tolerance: float) -> Shapes:
    """Return shapes as they are drawn, to a tolerance in degrees; points and specks become small boxes."""
    west, south, east, north = shapely.bounds(shapes).T
    speck = np.maximum(east - west, north - south) < tolerance * _SPECK
    drawn = np.empty(len(shapes), dtype=object)
    drawn[~speck] = shapely.simplify(shapes[~speck], tolerance, preserve_topology=False)
    speck |= shapely.is_empty(drawn) | (shapely.get_dimensions(drawn) < 2)
    more = np.where(east - west > 0, 0, max(tolerance * 4, 1e-6))
    drawn[speck] = shapely.box(west - more, south - more, east + more, north + more)[speck]
    return drawn


def positions(rows: gpd.GeoDataFrame) -> Floats:
    """Return where sites are, in world pixels."""
    return world(rows.geometry.x.to_numpy(), rows.geometry.y.to_numpy())


def rings(level: str, shapes: Shapes) -> dict[str, NDArray[Any]]:
    """Outlines one after another: corners in world pixels, where each ring ends, whose it is."""
    parts, whose = shapely.get_parts(shapes, return_index=True)
    found, part_of = shapely.get_rings(parts, return_index=True)
    corners, ring_of = shapely.get_coordinates(found, return_index=True)
    ends = np.searchsorted(ring_of, np.arange(len(found)), side="right")
    at = world(corners[:, 0], corners[:, 1])
    arrays = {"at": at, "ends": ends.astype(np.uint32), "whose": whose[part_of].astype(np.uint32)}
    return {f"{level}_{key}": array for key, array in arrays.items()}


def names_of(*columns: Sequence[Any]) -> str:
    """What is said of each row, a line each: the id first, by which a click is known."""
    rows = zip(*columns, strict=True)
    return "\n".join(" · ".join(str(cell).replace("\n", " ") for cell in row if cell is not None) for row in rows)


def of_sites(service: str) -> Kind:
    """Sites by status, as marks."""
    id_column = "point_id" if service == "water" else "facility_id"
    looks = [status_look(status) for status in STATUSES]

    def told(rows: gpd.GeoDataFrame, view: View) -> dict[str, Any]:
        words = {status: t(f"status.{status}", view.lang) for status in STATUSES}
        return {
            "kind": "marks",
            "square": service == "sanitation",
            "classes": [{"path": look["path"], "colour": look["colour"]} for look in looks],
            "names": names_of(rows[id_column], rows["status"].map(words)),
        }

    return Kind(
        lambda analysis, view: analysis.water_points if service == "water" else analysis.sanitation,
        lambda rows, view: rows["status"],
        STATUSES,
        told,
    )


def _settlements(rows: gpd.GeoDataFrame, view: View) -> dict[str, Any]:
    return {
        "kind": "rings",
        "classes": [{"colour": state_colour(state)} for state in _STATES],
        "names": names_of(rows["place_id"], rows["name"], rows["people"].map(lambda n: count(n, view.lang))),
    }


def _ranked(analysis: Analysis, view: View) -> gpd.GeoDataFrame:
    rows = analysis.priorities
    rows = rows[rows["service"] == view.service] if len(rows) else rows
    return rows.head(analysis.provenance["params"].top_n)


def _priorities(rows: gpd.GeoDataFrame, view: View) -> dict[str, Any]:
    return {
        "kind": "numbers",
        "classes": [{"colour": "#ffd92f"}],
        "ranks": [f"{'=' if row.tied else ''}{row.rank}" for row in rows.itertuples()],
        "names": names_of(rows["site_id"], [f"{t('map.rank', view.lang)} {rank}" for rank in rows["rank"]]),
    }


def _villages(rows: gpd.GeoDataFrame, view: View) -> dict[str, Any]:
    shares = rows[view.column("share")]
    return {
        "kind": "areas",
        "opacity": VILLAGE_OPACITY,
        "classes": [{"colour": colour} for colour in _COLOURS],
        "dashed": [n for n, boundary in enumerate(rows["boundary"]) if boundary == "approximate"],
        "names": names_of(rows["village_code"], rows["name"], shares.map(lambda share: percent(share, view.lang))),
    }


_STATES = (*STATES, "none")
_COLOURS = (*(colour for _, _, colour in share_classes()), share_colour(None))
#: How the canvas draws each layer that it draws; `layers.groups.LAYERS` names them.
VILLAGES = Kind(
    lambda analysis, view: analysis.villages[analysis.villages.geometry.notna()],
    lambda rows, view: rows[view.column("share")].map(share_colour),
    _COLOURS,
    _villages,
    areas=True,
)
SETTLEMENTS = Kind(
    lambda analysis, view: analysis.places[analysis.places["kind"] == "settlement"],
    lambda rows, view: rows[view.column("state")],
    _STATES,
    _settlements,
)
WATER_POINTS, SANITATION = of_sites("water"), of_sites("sanitation")
PRIORITIES = Kind(_ranked, lambda rows, view: pd.Series(0, index=rows.index), (0,), _priorities, few=True)
