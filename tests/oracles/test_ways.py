"""Distances on foot beside networkx, and sums of a grid beside rectangles cut one by one."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import Polygon, box

from geo.reach.walking import Walk
from geo.workspace.population_grid import settlements_of
from tests.geo.workspace.test_population import raster

from . import rasters, walking, worlds
from .engine import WORLDS
from .ground import Place, Site

seeds = pytest.mark.parametrize("seed", range(WORLDS))


@seeds
def test_pairs_on_foot(seed: int) -> None:
    random = np.random.default_rng(seed)
    roads = worlds.street_grid(random, 5, 6)
    spots = np.column_stack(
        [worlds.WEST + random.uniform(-0.002, 0.012, 12), worlds.SOUTH + random.uniform(-0.002, 0.01, 12)]
    )
    places = [Place(f"p{n}", "", *xy, 1.0) for n, xy in enumerate(spots[:7].tolist())]
    sites = [Site(f"s{n}", *xy, "functional") for n, xy in enumerate(spots[7:].tolist())]
    walk = Walk.of(roads)
    assert walk is not None
    reach = float(random.choice([400.0, 900.0, 1500.0]))
    pairs = walk.pairs(spots[:7], spots[7:], reach)
    theirs = {
        (f"p{place}", f"s{site}"): metres
        for place, site, metres in zip(
            pairs.place.tolist(), pairs.site.tolist(), pairs.distance_m.tolist(), strict=True
        )
    }
    mine = {(p, s): metres for metres, p, s in walking.walking_pairs(walking.network(roads), places, sites, reach)}
    assert theirs == pytest.approx(mine, abs=1e-4)


@seeds
def test_sums_of_a_population_grid(seed: int, tmp_path: Path) -> None:
    random = np.random.default_rng(seed)
    grid = np.where(random.random((8, 10)) < 0.15, -9999.0, random.integers(0, 90, (8, 10)).astype(float))
    path = raster(tmp_path / "people.tif", grid, nodata=-9999)
    corner, step = corner_of(path)
    middle = corner[0] + step[0] * random.uniform(3, 7), corner[1] - step[1] * random.uniform(2, 6)
    west, east = corner[0] + step[0] * 0.3, corner[0] + step[0] * 9.6
    north, south = corner[1] - step[1] * 0.4, corner[1] - step[1] * 7.7
    shapes = {
        "32.03.18.2001": Polygon([(west, north), (middle[0], north), middle, (west, south)]),
        "32.03.18.2002": Polygon([(middle[0], north), (east, north), (east, south), (west, south), middle]),
    }
    named = {"village_code": list(shapes), "name": ["A", "B"]}
    villages = gpd.GeoDataFrame(named, geometry=list(shapes.values()), crs="EPSG:4326")
    rows = settlements_of(path, villages).rows
    mine = rasters.people_by_polygon(grid, corner, step, shapes)
    theirs = rows.groupby("village_code")["population"].sum()
    assert {code: float(theirs[code]) for code in shapes} == pytest.approx(mine, rel=1e-5)
    whole = box(corner[0], corner[1] - 8 * step[1], corner[0] + 10 * step[0], corner[1])
    assert float(rows["population"].sum()) == pytest.approx(rasters.people_in(grid, corner, step, whole), rel=1e-5)


def corner_of(path: Path) -> tuple[tuple[float, float], tuple[float, float]]:
    """North-west corner and size of a cell, degrees."""
    import rasterio

    with rasterio.open(path) as file:
        place = file.transform
    return (place.c, place.f), (place.a, -place.e)
