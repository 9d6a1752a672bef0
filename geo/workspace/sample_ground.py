"""The seeded sample of ground for the shipped villages: roads, streams and heights, to try walking and order of visits.

Everything here is made up and says so (`data_source = sample`). Streams run down a slope, the land rises from them,
roads join the villages and their settlements. `python -m geo.workspace.sample_ground` writes it beside the others.
"""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.model.arrays import Floats
from geo.model.facts import DATA_DIR
from geo.reach.rasters import Grid, write_grid
from geo.workspace.shipped import SHIPPED_HEIGHTS, shipped_villages

_SEED = 320324
#: Metres above the sea at the upper end, fall per kilometre, rise per kilometre away from a stream; by kecamatan.
_LAND = {
    "32.03.18": (720.0, 22.0, 95.0), "35.07.33": (410.0, 7.0, 28.0),
    "36.01.09": (95.0, 5.0, 22.0), "18.10.05": (140.0, 4.0, 16.0),
}  # fmt: skip
#: The direction in which the land falls, east of north; Java's south coast lies south, Pandeglang's sea west.
_FALLS = {"32.03.18": 190.0, "35.07.33": 170.0, "36.01.09": 280.0, "18.10.05": 150.0}
#: A cell of the heights in degrees; ground around the outline that has heights too.
CELL, _MARGIN_M = 0.0025, 1_500.0
#: How far a bend leaves the straight line, as a part of its length; how many times each piece is bent.
_BEND, _TIMES = 0.11, 3
_TRUNKS, _BRANCHES = 2, 9
_DEGREE_M = 111_000.0


def ground(villages: gpd.GeoDataFrame, settlements: pd.DataFrame) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, Grid]:
    """Return roads, streams and heights of the shipped villages, the same for the same seed and NumPy.

    Parameters
    ----------
    villages
        With `village_code`, `name`, outline and `lat`, `lon` of the village's place.
    settlements
        With `village_code`, `name`, `lat`, `lon`.
    """
    roads: list[dict[str, Any]] = []
    streams: list[dict[str, Any]] = []
    west, south, east, north = villages.total_bounds + np.array([-1, -1, 1, 1]) * (_MARGIN_M / _DEGREE_M)
    shape = int(np.ceil((north - south) / CELL)), int(np.ceil((east - west) / CELL))
    west, north = round(float(west), 4), round(float(north), 4)
    heights = np.full(shape, np.nan)
    for code, group in villages.groupby(villages["village_code"].str[:8]):
        rng = np.random.default_rng([_SEED, int(str(code).replace(".", ""))])
        mine = settlements[settlements["village_code"].str.startswith(str(code))]
        outline = _in_one(group.geometry.to_numpy())
        found = _streams(rng, outline, _FALLS[str(code)])
        streams += [
            {"river_id": f"{code}-A{number}", "name": f"Ci {name}", "geometry": line}
            for number, (name, line) in enumerate(zip(_names(rng, mine["name"], len(found)), found, strict=True), 1)
        ]
        _raise(heights, west, north, outline, found, str(code))
        roads += _roads(rng, str(code), group, mine)
    tables = [gpd.GeoDataFrame(rows, crs="EPSG:4326").assign(data_source="sample") for rows in (roads, streams)]
    for table in tables:
        table["geometry"] = shapely.transform(table.geometry.to_numpy(), lambda xy: np.round(xy, 5))
    return tables[0], tables[1], Grid(np.round(heights, 1), west, north, CELL, CELL, None)


#: Degrees (a tenth of a metre) within which villages touch.
_SEAM = 1e-6


def _in_one(shapes: Any) -> shapely.Geometry:
    """The outline of villages that touch: whether a processor's last bits leave a seam between two, it is closed."""
    whole = shapely.union_all(shapely.buffer(shapes, _SEAM, join_style="mitre"))
    largest = max(shapely.get_parts(whole), key=lambda part: part.area)
    return shapely.buffer(shapely.Polygon(largest.exterior), -_SEAM, join_style="mitre")


def _names(rng: np.random.Generator, settlements: pd.Series, count: int) -> list[str]:
    words = sorted({str(name).removeprefix("Dusun ") for name in settlements})
    return [str(word) for word in rng.choice(words, count)]


def _bent(rng: np.random.Generator, start: Floats, end: Floats, times: int = _TIMES) -> Floats:
    """A way from one place to another with bends: the middle of each piece is moved aside, again and again."""
    xy = np.array([start, end], dtype=float)
    for _ in range(times):
        step = np.diff(xy, axis=0)
        aside = np.column_stack([-step[:, 1], step[:, 0]]) * rng.uniform(-_BEND, _BEND, (len(step), 1))
        middle = (xy[:-1] + xy[1:]) / 2 + aside
        whole = np.empty((2 * len(xy) - 1, 2))
        whole[::2], whole[1::2] = xy, middle
        xy = whole
    return xy


def _down(falls: float) -> Floats:
    """A step of one in the direction in which the land falls, to the east and to the north."""
    return np.array([np.sin(np.radians(falls)), np.cos(np.radians(falls))])


def _streams(rng: np.random.Generator, outline: shapely.Geometry, falls: float) -> list[shapely.Geometry]:
    """Trunks that cross the outline down its slope, and branches that join them further down."""
    west, south, east, north = outline.bounds
    middle, size = np.array([(west + east) / 2, (south + north) / 2]), max(east - west, north - south)
    down = _down(falls)
    across = np.array([-down[1], down[0]])
    found = []
    for n in range(_TRUNKS):
        beside = middle + across * size * ((n + 0.5) / _TRUNKS - 0.5 + rng.uniform(-0.06, 0.06))
        found.append(_bent(rng, beside - down * size * 0.6, beside + down * size * 0.6, 5))
    along = np.vstack(found)
    for _ in range(_BRANCHES):
        begin = np.array([rng.uniform(west, east), rng.uniform(south, north)])
        way = along - begin
        ahead = way @ down
        # it meets a trunk below where it begins, the sooner the better
        cost = np.hypot(way[:, 0], way[:, 1]) + np.where(ahead > 0.15 * size, 0.0, 10.0 * size)
        found.append(_bent(rng, begin, along[int(np.argmin(cost))], 4))
    lines = shapely.intersection(np.array([shapely.LineString(xy) for xy in found], dtype=object), outline)
    parts = [part for line in lines for part in shapely.get_parts(line) if part.geom_type == "LineString"]
    return [part for part in parts if part.length * _DEGREE_M > 400]


def _raise(heights: Floats, west: float, north: float, outline: shapely.Geometry, streams: list[shapely.Geometry],
           code: str) -> None:  # fmt: skip
    """Write the heights of one kecamatan into the grid: they fall in one direction and rise from the streams."""
    top, fall, rise = _LAND[code]
    around = outline.buffer(_MARGIN_M / _DEGREE_M)
    lon = west + (np.arange(heights.shape[1]) + 0.5) * CELL
    lat = north - (np.arange(heights.shape[0]) + 0.5) * CELL
    left, low, right, high = around.bounds
    columns, rows = np.flatnonzero((lon > left) & (lon < right)), np.flatnonzero((lat > low) & (lat < high))
    x, y = (axis.ravel() for axis in np.meshgrid(lon[columns], lat[rows]))
    down = _down(_FALLS[code])
    km = (x * down[0] + y * down[1]) * _DEGREE_M / 1000
    away = shapely.distance(shapely.points(x, y), shapely.union_all(streams)) * _DEGREE_M / 1000
    ground = top - fall * (km - km.min()) + rise * away**0.8
    known = shapely.contains_xy(around, x, y)
    heights[np.ix_(rows, columns)] = np.where(known, np.maximum(ground, 1.0), np.nan).reshape(len(rows), len(columns))


def _roads(
    rng: np.random.Generator, code: str, villages: gpd.GeoDataFrame, settlements: pd.DataFrame
) -> list[dict[str, Any]]:
    """Roads between villages that no third one lies between, then a way from each settlement to the nearest of them."""
    places = villages[["lon", "lat"]].to_numpy(dtype=float)
    names = villages["name"].tolist()
    rows: list[dict[str, Any]] = []
    vertices = places
    for a, b in _neighbours(places):
        xy = _bent(rng, places[a], places[b])
        rows.append({"road_id": f"{code}-J{len(rows) + 1}", "name": f"Jalan {names[a]}–{names[b]}", "geometry": xy})
        vertices = np.vstack([vertices, np.round(xy[1:-1], 5)])
    left = settlements[["lon", "lat"]].to_numpy(dtype=float)
    called = settlements["name"].tolist()
    while len(left):
        metres = np.hypot(*(left[:, None, :] - vertices[None, :, :]).transpose(2, 0, 1))
        one, vertex = np.unravel_index(int(np.argmin(metres)), metres.shape)
        if metres[one, vertex] > 0:
            xy = _bent(rng, vertices[vertex], left[one], 2)
            rows.append({"road_id": f"{code}-J{len(rows) + 1}", "name": f"Jalan {called[one]}", "geometry": xy})
            vertices = np.vstack([vertices, np.round(xy[1:], 5)])
        left = np.delete(left, one, axis=0)
        del called[one]
    return [row | {"geometry": shapely.LineString(np.round(row["geometry"], 5))} for row in rows]


def _neighbours(places: Floats) -> list[tuple[int, int]]:
    """Pairs that no third place is nearer to both of (the relative neighbourhood graph: it joins all)."""
    apart = np.hypot(*(places[:, None, :] - places[None, :, :]).transpose(2, 0, 1))
    pairs = []
    for a in range(len(places)):
        for b in range(a + 1, len(places)):
            others = np.maximum(apart[a], apart[b])
            others[[a, b]] = np.inf
            if not (others < apart[a, b]).any():
                pairs.append((a, b))
    return pairs


def build() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, Grid]:
    """Return the roads, streams and heights of the shipped villages and the settlements of their sample."""
    villages = shipped_villages()
    places = pd.read_csv(DATA_DIR / "areas" / "villages.csv", dtype={"village_code": str}).set_index("village_code")
    at = places.reindex(villages["village_code"])[["lon", "lat"]].round(5).set_axis(villages.index)
    settlements = pd.read_csv(DATA_DIR / "sample" / "settlements.csv", dtype={"village_code": str})
    return ground(villages.assign(lon=at["lon"], lat=at["lat"]), settlements)


def _write() -> None:
    roads, rivers, heights = build()
    for name, lines in (("roads", roads), ("rivers", rivers)):
        told = json.loads(lines.to_json(drop_id=True))
        rows = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in told["features"])
        text = f'{{"type": "FeatureCollection", "features": [\n{rows}\n]}}\n'
        (DATA_DIR / "sample" / f"{name}.geojson").write_text(text, encoding="utf-8")
    write_grid(SHIPPED_HEIGHTS, heights.values, heights)


if __name__ == "__main__":
    _write()
