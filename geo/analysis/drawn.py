"""A line or an area that somebody drew on the map: its length, its size, and the people in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon, shape
from shapely.geometry.base import BaseGeometry

from geo.model.errors import CallError
from geo.model.results import Analysis
from geo.model.sites import STATES, state_column
from geo.reach.distance import GEOD

#: A drawing is kept in an address: of more corners, those that matter least go.
MOST_CORNERS = 20


@dataclass(frozen=True)
class Within:
    """What lies in an area: `people` and `states` sum the places whose middle is in it, `unknown` counts those without
    a population, `sites` counts points or facilities by status."""

    area_m2: float
    people: float
    unknown: int
    places: int
    states: Mapping[str, float]
    sites: Mapping[str, int]


def drawing(content: Mapping[str, object]) -> LineString | Polygon:
    """Read what a map's drawing tool gives (GeoJSON geometry), with no more corners than an address holds.

    Raises
    ------
    CallError
        If it is neither a line nor an area, crosses itself, or lies nowhere on earth.
    """
    try:
        found = shape(content)
    except (ValueError, TypeError, KeyError, AttributeError, shapely.errors.ShapelyError) as error:
        raise CallError("error.drawing") from error
    return _checked(_fewer(found))


def _checked(found: BaseGeometry) -> LineString | Polygon:
    on_earth = not found.is_empty and bool((np.abs(found.bounds) <= (180, 90, 180, 90)).all())
    if not isinstance(found, (LineString, Polygon)) or not found.is_valid or not on_earth:
        raise CallError("error.drawing")
    return found


def _fewer(found: BaseGeometry) -> BaseGeometry:
    step = 1e-5
    while shapely.get_num_coordinates(found) > MOST_CORNERS + 1 and step < 1:
        found = shapely.simplify(found, step)
        step *= 2
    return found


def drawn_as_text(found: LineString | Polygon) -> str:
    """Return a drawing as an address holds it: a letter, then its corners to a metre.

    Examples
    --------
    >>> drawn_as_text(LineString([(107.1, -7.2), (107.123456, -7.2)]))
    'L107.1 -7.2;107.12346 -7.2'
    >>> from_text(drawn_as_text(Polygon([(0, 0), (1, 0), (0, 1)]))).equals(Polygon([(0, 0), (1, 0), (0, 1)]))
    True
    """
    area = isinstance(found, Polygon)
    corners = [*(found.exterior.coords[:-1] if area else found.coords)]
    return ("A" if area else "L") + ";".join(f"{_short(x)} {_short(y)}" for x, y, *_ in corners)


def _short(degrees: float) -> str:
    return f"{degrees:.5f}".rstrip("0").rstrip(".")


def from_text(text: str) -> LineString | Polygon:
    """Read a drawing from an address.

    Raises
    ------
    CallError
        If it is none.
    """
    try:
        corners = [tuple(float(part) for part in pair.split(" ")) for pair in text[1:].split(";")]
        whole = all(len(corner) == 2 and all(map(math.isfinite, corner)) for corner in corners)
        if text[:1] not in ("A", "L") or not whole:
            raise ValueError(text)
        return _checked(Polygon(corners) if text[0] == "A" else LineString(corners))
    except (ValueError, shapely.errors.ShapelyError) as error:
        raise CallError("error.drawing") from error


def length_m(line: LineString) -> float:
    """Return the length of a line over the ellipsoid."""
    return float(GEOD.geometry_length(line))


def within(analysis: Analysis, area: Polygon, service: str) -> Within:
    """Sum what lies in an area."""
    places = analysis.places
    inside = places[shapely.covers(area, np.asarray(places.geometry))] if len(places) else places
    inside = inside[inside["kind"] == "settlement"] if "kind" in inside else inside
    sites = analysis.water_points if service == "water" else analysis.sanitation
    mine = sites[shapely.covers(area, np.asarray(sites.geometry))]
    states = {name: float(inside[state_column(service, name)].sum()) for name in STATES}
    return Within(
        abs(GEOD.geometry_area_perimeter(area)[0]),
        float(inside["population"].sum()),
        int(inside["population"].isna().sum()),
        len(inside),
        states,
        {str(status): int(number) for status, number in mine["status"].value_counts().items()},
    )
