"""Small inputs drawn by hand, and a brute-force engine to hold the real one against."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
from pyproj import Geod
from shapely.geometry import Point, box

from geo.model.facts import columns_of
from geo.model.inputs import Inputs
from geo.model.tables import coerce

GEOD = Geod(ellps="WGS84")
LON, LAT = 107.15, -7.2


def offset(east_m: float, north_m: float = 0.0, lon: float = LON, lat: float = LAT) -> tuple[float, float]:
    """A place so many metres east and north of the origin, along geodesics."""
    x, y, _ = GEOD.fwd(lon, lat, 90.0 if east_m >= 0 else 270.0, abs(east_m))
    x, y, _ = GEOD.fwd(x, y, 0.0 if north_m >= 0 else 180.0, abs(north_m))
    return float(x), float(y)


def table(name: str, rows: Sequence[Mapping[str, Any]]) -> gpd.GeoDataFrame:
    """A typed table of rows that each have `at` (lon, lat) or `geometry`."""
    columns = columns_of(name)
    shapes = [row.get("geometry") or Point(row["at"]) for row in rows]
    data = {
        column: coerce(pd.Series([row.get(column, entry.get("default")) for row in rows], dtype=object), entry["type"])
        for column, entry in columns.items()
    }
    frame = pd.DataFrame(data).assign(source_row=range(1, len(rows) + 1))
    return gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326")


def village(code: str = "32.03.18.2001", **more: Any) -> dict[str, Any]:
    """A village of 10 km around the origin, its inventory completed unless told."""
    shape = box(LON - 0.05, LAT - 0.05, LON + 0.05, LAT + 0.05)
    return {"village_code": code, "name": f"Desa {code[-4:]}", "surveyed_on": "2026-01-01", "geometry": shape} | more


def settlement(settlement_id: str, at: tuple[float, float], population: float | None, **more: Any) -> dict[str, Any]:
    return {"settlement_id": settlement_id, "at": at, "population": population, "village_code": "32.03.18.2001"} | more


def point(point_id: str, at: tuple[float, float], status: str = "functional", **more: Any) -> dict[str, Any]:
    return {"point_id": point_id, "at": at, "status": status, "technology": "hand_pump"} | more


def inputs(
    settlements: Sequence[Mapping[str, Any]],
    points: Sequence[Mapping[str, Any]] = (),
    villages: Sequence[Mapping[str, Any]] | None = None,
    **more: Sequence[Mapping[str, Any]],
) -> Inputs:
    tables = {
        "settlements": settlements,
        "water_points": points,
        "villages": [village()] if villages is None else villages,
    }
    return Inputs.of({name: table(name, rows) for name, rows in {**tables, **more}.items() if rows})


def brute_served(
    people: Mapping[str, float],
    where: Mapping[str, tuple[float, float]],
    points: Mapping[str, tuple[tuple[float, float], float]],
    limit_m: float,
) -> dict[str, float]:
    """Served people per place: every pair measured one by one, sorted, and shared out; nothing shared with the engine."""
    pairs = []
    for place, (name, (at, _)) in itertools.product(where, points.items()):
        metres = round(GEOD.inv(*where[place], *at)[2], 6)
        if metres <= limit_m:
            pairs.append((metres, place, name))
    left, spare = dict(people), {name: capacity for name, (_, capacity) in points.items()}
    for _, place, name in sorted(pairs):
        moved = min(left[place], spare[name])
        left[place] -= moved
        spare[name] -= moved
    return {place: people[place] - left[place] for place in people}


def at_once(work: Callable[..., object], calls: Iterable[tuple[object, ...]]) -> None:
    """Do something many times at the same moment, each in a thread of its own; wait for all."""
    threads = [threading.Thread(target=work, args=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def as_shown(text: object) -> str:
    """A text for Markdown as a reader sees it: without what keeps its signs from being marks."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", str(text)).replace("\u2060", "")
