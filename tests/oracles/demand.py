"""Where the people are: settlements scaled to the official total, else the village spread over its polygon."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from .ground import Place, known

CELL_M = 250.0
METRES_A_DEGREE = 111_320.0
MOST_CELLS = 1000


def connected_share(village: Any) -> float | None:
    """households_piped / households, 1 where more are connected; None where either is not known (methods, States)."""
    piped, households = known(village.get("households_piped")), known(village.get("households"))
    if piped == 0:
        return 0.0
    if piped is None or households is None:
        return None
    return piped / max(piped, households)


def own_latrines(village: Any) -> float | None:
    """`hh_own`, or `hh_jsp + hh_jssp` where that is missing (methods, Ladders)."""
    own = known(village.get("hh_own"))
    stbm = [value for value in (known(village.get("hh_jsp")), known(village.get("hh_jssp"))) if value is not None]
    return own if own is not None or not stbm else sum(stbm)


@dataclass(frozen=True)
class Toilets:
    """Share of households with a toilet of their own (None: unknown), the most it can be, and whether all stand on rungs."""

    share: float | None
    most: float
    counted: bool


def toilets_of(village: Any) -> Toilets:
    """(`hh_safe` + `hh_own`) / households, at least those on rungs; what stands on no rung may have one (methods, States)."""
    own = [value for value in (known(village.get("hh_safe")), own_latrines(village)) if value is not None]
    others = [known(village.get(name)) for name in ("hh_shared", "hh_unimproved", "hh_open")]
    others = [value for value in others if value is not None]
    on_rungs, households = sum(own) + sum(others), known(village.get("households"))
    if households is None:
        stbm = known(village.get("hh_jsp")) is not None or known(village.get("hh_jssp")) is not None
        shared, unimproved, open_ = (known(village.get(name)) for name in ("hh_shared", "hh_unimproved", "hh_open"))
        complete = None not in (own_latrines(village), shared, open_) and (unimproved is not None or stbm)
        households = 0.0 if complete else -on_rungs - 1  # else nothing stands for them
    whole = max(households, on_rungs) if households >= 0 else 0.0
    if not own and not others:
        return Toilets(None, 1.0, True)  # nobody counted anything: as if this were not asked
    if not whole:
        return Toilets(None, 1.0, False)
    rest = (whole - on_rungs) / whole
    return Toilets(sum(own) / whole if own else None, sum(own) / whole + rest, rest <= 1e-9)


def reconciled(official: float | None, counted: list[float | None]) -> list[float | None]:
    """Counts scaled to the official total; a missing one is the village's average (methods, Reconciliation)."""
    if official is None:
        return list(counted)
    told = [value for value in counted if value is not None]
    if not told:
        return [official / len(counted)] * len(counted)
    filled = [sum(told) / len(told) if value is None else value for value in counted]
    whole = sum(filled)
    return [official * value / whole if whole else official / len(filled) for value in filled]


def grid_points(polygon: BaseGeometry) -> list[tuple[float, float]]:
    """Middles of cells in the polygon, row by row from the south-west (methods, Reconciliation)."""
    west, south, east, north = polygon.bounds
    narrow = math.cos(math.radians((south + north) / 2))
    step = max(CELL_M / METRES_A_DEGREE, math.sqrt(polygon.area * narrow / MOST_CELLS))
    lons, lats = np.arange(west + step / narrow / 2, east, step / narrow), np.arange(south + step / 2, north, step)
    inside = [(float(lon), float(lat)) for lat in lats for lon in lons if polygon.intersects(Point(lon, lat))]
    spot = polygon.representative_point()
    return inside or [(spot.x, spot.y)]


def spots_of(village: Any, settlements: pd.DataFrame) -> list[tuple[str, float, float, float | None]]:
    """(place id, lon, lat, counted) of a village: its settlements, else its polygon's cells, else its point."""
    mine = settlements[settlements["village_code"].astype(str) == str(village["village_code"])]
    if len(mine):
        rows = mine.to_dict("records")
        return [(str(r["settlement_id"]), r["geometry"].x, r["geometry"].y, known(r["population"])) for r in rows]
    shape, code = village["geometry"], str(village["village_code"])
    if shape.geom_type == "Point":
        return [(f"{code}#000", shape.x, shape.y, None)]
    return [(f"{code}#{number:03d}", lon, lat, None) for number, (lon, lat) in enumerate(grid_points(shape))]


def places_of(villages: pd.DataFrame, settlements: pd.DataFrame) -> list[Place]:
    """All demand places whose people somebody knows; the others are in no figure (methods, Reconciliation)."""
    places = []
    for village in villages.to_dict("records"):
        spots = spots_of(village, settlements)
        people = reconciled(known(village["population"]), [spot[3] for spot in spots])
        toilets = toilets_of(village)
        told = {
            "village_code": str(village["village_code"]),
            "connected": connected_share(village),
            "own_toilet": toilets.share,
            "own_toilet_most": toilets.most,
            "toilets_counted": toilets.counted,
            "connections_counted": not (
                known(village.get("households_piped")) and known(village.get("households")) is None
            ),
            "mapped": known(village["surveyed_on"]) is not None,
            "poor_share": known(village.get("poor_share")),
        }
        for (place_id, lon, lat, _), count in zip(spots, people, strict=True):
            if count is not None and not math.isnan(count):
                places.append(Place(place_id, lon=lon, lat=lat, people=float(count), **told))
    return places
