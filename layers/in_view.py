"""More sites than a page should hold: of hundreds of thousands, what lies in view, as coarse as the zoom allows.

Up to `EACH` sites of a layer are sent one by one. Beyond, those of one cell of `CELL` pixels are counted by class; of
settlements each `RING` pixels show the state of most people there. Outlines are simplified to half a pixel.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.model.results import Analysis
from layers.kinds import Floats, Kind, Part, Shapes, rings, simplified, world
from layers.packed import WHOLE, WHOLE_VILLAGES, as_arguments, kinds
from layers.view import View

#: So many of a layer are sent one by one; the side of a cell in which more are counted, and of one ring's, in pixels.
EACH, CELL, RING = 20_000, 46, 8
#: Zoom levels of a web map.
ZOOMS = range(23)
_HALF_A_PIXEL = 0.5


def too_many(analysis: Analysis, view: View, shown: Iterable[str]) -> tuple[str, ...]:
    """Return the shown layers if they are more than one page should hold at once; empty if all can be sent."""
    known = {name: kind for name, kind in kinds().items() if name in shown and not kind.few}
    rows = {name: len(kind.rows(analysis, view)) for name, kind in known.items()}
    areas = sum(rows[name] for name, kind in known.items() if kind.areas)
    return tuple(rows) if areas > WHOLE_VILLAGES or sum(rows.values()) - areas > WHOLE else ()


class InView:
    """Layers of an analysis, asked for by what is in view."""

    def __init__(self, analysis: Analysis, view: View, shown: Sequence[str]) -> None:
        self._view = view
        known = kinds()
        self._layers = {name: _Layer(known[name], known[name].rows(analysis, view), view) for name in shown}

    def part(self, box: tuple[float, float, float, float], zoom: int) -> dict[str, Any]:
        """Return what `packed` does, of a box in world pixels (west, north, east, south) at a zoom level."""
        found = {name: layer.part(box, zoom, self._view) for name, layer in self._layers.items()}
        return as_arguments({name: part for name, part in found.items() if part is not None})


class _Layer:
    """One layer: where its rows lie, and of which class they are."""

    def __init__(self, kind: Kind, rows: gpd.GeoDataFrame, view: View) -> None:
        self._kind, self._rows = kind, rows
        self._class = kind.numbers(rows, view)
        bounds = rows.geometry.bounds.to_numpy()
        self._corners = np.hstack([world(bounds[:, 0], bounds[:, 3]), world(bounds[:, 2], bounds[:, 1])])
        self._drawn: dict[int, Shapes] = {}
        self._people = rows["people"].fillna(0).to_numpy(float) if "people" in rows else None

    def part(self, box: tuple[float, float, float, float], zoom: int, view: View) -> Part | None:
        west, north, east, south = box
        corners = self._corners
        seen = np.flatnonzero(
            (corners[:, 2] >= west) & (corners[:, 0] <= east) & (corners[:, 3] >= north) & (corners[:, 1] <= south)
        )
        if not len(seen):
            return None
        told = self._kind.told(self._rows.iloc[:0], view)
        if self._kind.areas:
            outlines = {"fine": self._outlines(seen, zoom)}
            if len(seen) <= EACH:
                return self._kind.part(self._rows.iloc[seen], view, outlines)
            return told, {"class": self._class[seen], **rings("fine", outlines["fine"])}
        if len(seen) <= EACH:
            return self._kind.part(self._rows.iloc[seen], view, {})
        at, number = self._corners[seen, :2], self._class[seen]
        side = (CELL if told["kind"] == "marks" else RING) / 2**zoom
        if told["kind"] == "marks":
            return _counted(told, at, number, side)
        return _most(told, at, number, np.ones(len(seen)) if self._people is None else self._people[seen], side)

    def _outlines(self, seen: NDArray[np.int64], zoom: int) -> Shapes:
        """The shapes of some rows as they are drawn at a zoom level; worked out when they are first seen."""
        if zoom not in self._drawn:
            self._drawn[zoom] = np.full(len(self._rows), None, dtype=object)
        drawn = self._drawn[zoom]
        new = seen[shapely.is_missing(drawn[seen])]
        if len(new):
            drawn[new] = simplified(self._rows.geometry.to_numpy()[new], 360 / 256 / 2**zoom * _HALF_A_PIXEL)
        return drawn[seen]


def _cells(at: Floats, side: float) -> tuple[NDArray[np.int64], int]:
    """Number the cells that hold anything; the cells are the same wherever the view begins."""
    column, row = np.floor(at / side).astype(np.int64).T
    _, number = np.unique(column * 2**31 + row, return_inverse=True)
    return number, int(number.max()) + 1


def _counted(told: dict[str, Any], at: Floats, number: NDArray[np.uint8], side: float) -> Part:
    """How many of each class lie in each cell, and about where their middle is."""
    cell, many = _cells(at, side)
    classes = len(told["classes"])
    counts = np.bincount(cell * classes + number, minlength=many * classes).reshape(many, classes)
    whole = counts.sum(axis=1)
    middle = np.column_stack([np.bincount(cell, at[:, n], many) / whole for n in (0, 1)])
    # kept near the middle of its cell: else circles of neighbours cover each other's numbers
    centre = (np.floor(middle / side) + 0.5) * side
    middle = np.clip(middle, centre - side / 6, centre + side / 6)
    return told | {"kind": "counts"}, {"at": middle, "counts": counts.astype(np.uint32)}


def _most(told: dict[str, Any], at: Floats, number: NDArray[np.uint8], people: Floats, side: float) -> Part:
    """The class of most people of each cell, at the place of those who are most of it."""
    cell, many = _cells(at, side)
    classes = len(told["classes"])
    weight = np.bincount(cell * classes + number, people + 1e-9, many * classes).reshape(many, classes)
    most = weight.argmax(axis=1)
    mine = number == most[cell]
    heads = np.bincount(cell[mine], minlength=many)
    middle = np.column_stack([np.bincount(cell[mine], at[mine, n], many) / heads for n in (0, 1)])
    return told | {"names": "", "ranks": []}, {"at": middle, "class": most.astype(np.uint8)}
