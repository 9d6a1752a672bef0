"""Distances on foot, over roads and slope, on hand-drawn ground and against searches written out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from geo.analysis.analyse import analyse
from geo.model.errors import CallError, DataError
from geo.model.params import Params
from geo.reach.distance import GEOD
from geo.reach.elevation import Elevation, read_elevation, tobler
from geo.reach.walking import Walk
from geo.workspace.importing import import_files
from geo.workspace.versions import load
from tests.builders import LAT, LON, inputs, offset, point, settlement
from tests.geo.reach.test_network import roads

FLAT = gpd.GeoDataFrame(geometry=[], crs="EPSG:4326")


def hill(rows: int = 40, columns: int = 40, seed: int = 2) -> Elevation:
    """Rough ground of about 33 m cells around the origin."""
    random = np.random.default_rng(seed)
    slope = np.linspace(0, 60, columns)[None, :] + random.normal(0, 3, (rows, columns))
    return Elevation(slope, LON - 0.006, LAT + 0.006, 0.0003, 0.0003)


def raster(path: Path, values: np.ndarray, *, crs: str = "EPSG:4326", nodata: float | None = None) -> Path:
    place = from_origin(LON - 0.006, LAT + 0.006, 0.0003, 0.0003)
    rows, columns = values.shape
    options = {"driver": "GTiff", "width": columns, "height": rows, "count": 1, "dtype": "float32"}
    with rasterio.open(path, "w", crs=crs, transform=place, nodata=nodata, **options) as file:
        file.write(values.astype("float32"), 1)
    return path


def test_along_the_road_and_straight_where_there_is_none() -> None:
    walk = Walk.of(roads([(0, 0), (1000, 0), (1000, 1000)], [(5000, 0), (5000, 500)]))
    assert walk is not None
    sites = np.array([offset(1000, 1000)])
    places = np.array([offset(0, 0), offset(1030, 1000), offset(5000, 500), offset(3000, 3000)])
    found = dict(
        zip(
            *(getattr(walk.pairs(places, sites, 9000.0), name).tolist() for name in ("place", "distance_m")),
            strict=True,
        )
    )
    line = GEOD.inv(*places[2], *sites[0])[2]
    assert found[0] == pytest.approx(2000, rel=1e-3), "two legs, not the diagonal of 1,414 m"
    assert found[1] == pytest.approx(30, abs=0.5), "nearer to the point than to the road"
    assert found[2] == pytest.approx(line, rel=1e-6), "on a road that leads nowhere: straight"
    off = GEOD.inv(*places[3], *sites[0])[2]
    assert found[3] == pytest.approx(off, abs=1), "its nearest road is where the point is: straight to it"
    assert walk.nearest(places, sites)[1] == pytest.approx([found[n] for n in range(4)])


def test_the_limit_is_part_of_the_reach() -> None:
    walk = Walk.of(roads([(0, 0), (1000, 0), (1000, 1000)]))
    assert walk is not None
    places, sites = np.array([offset(0, 0)]), np.array([offset(1000, 1000)])
    metres = float(walk.pairs(places, sites, 3000.0).distance_m[0])
    assert len(walk.pairs(places, sites, metres)) == 1
    assert len(walk.pairs(places, sites, metres - 1e-5)) == 0


def floyd(steps: np.ndarray) -> np.ndarray:
    far = steps.copy()
    for k in range(len(far)):
        far = np.minimum(far, far[:, [k]] + far[[k], :])
    return far


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_over_slope_equal_to_a_search_written_out(seed: int) -> None:
    ground = hill(12, 11, seed)
    walk = Walk.of(FLAT, ground)
    assert walk is not None
    size = len(walk.nodes)
    assert size == 12 * 11
    steps = np.full((size, size), np.inf)
    np.fill_diagonal(steps, 0.0)
    for a in range(size):  # each step measured one by one
        for b in range(size):
            (r, c), (i, j) = divmod(a, 11), divmod(b, 11)
            if a != b and max(abs(r - i), abs(c - j)) == 1:
                run = GEOD.inv(*walk.nodes[a], *walk.nodes[b])[2]
                slope = (ground.heights[i, j] - ground.heights[r, c]) / run
                steps[a, b] = run * np.exp(3.5 * (abs(slope + 0.05) - 0.05))
    far = floyd(steps)
    random = np.random.default_rng(seed)
    chosen = random.choice(size, 9, replace=False)
    places, sites = walk.nodes[chosen[:6]], walk.nodes[chosen[6:]]
    pairs = walk.pairs(places, sites, 250.0)
    expected = {
        (i, j): (far[a, b] + far[b, a]) / 2
        for i, a in enumerate(chosen[:6])
        for j, b in enumerate(chosen[6:])
        if (far[a, b] + far[b, a]) / 2 <= 250.0
    }
    assert expected
    found = {(int(i), int(j)): m for i, j, m in zip(pairs.place, pairs.site, pairs.distance_m, strict=True)}
    assert found == pytest.approx(expected, rel=1e-4)


def test_the_way_up_is_not_the_way_down() -> None:
    ground = hill()
    walk = Walk.of(FLAT, ground)
    assert walk is not None
    low, high = walk.snap(np.array([[LON - 0.005, LAT]]))[0], walk.snap(np.array([[LON + 0.005, LAT]]))[0]
    from scipy.sparse.csgraph import dijkstra

    up = dijkstra(walk.steps, indices=low)[0, high[0]]
    down = dijkstra(walk.steps, indices=high)[0, low[0]]
    assert up > 1.05 * down
    assert tobler(np.array([0.0]))[0] == 1.0


def test_roads_take_the_slope_of_the_ground() -> None:
    lines = roads([(-500, 0), (500, 0)])
    flat, steep = (
        Walk.of(lines),
        Walk.of(lines, Elevation(np.tile(np.linspace(0, 260, 40), (40, 1)), LON - 0.006, LAT + 0.006, 0.0003, 0.0003)),
    )
    assert flat is not None
    assert steep is not None
    ends = np.array([offset(-500, 0)]), np.array([offset(500, 0)])
    level = float(flat.pairs(*ends, 5000.0).distance_m[0])
    climb = float(steep.pairs(*ends, 5000.0).distance_m[0])
    # 20 %: up costs exp(3.5 x 0.2), down exp(3.5 x 0.1), and the mean of both counts
    assert climb / level == pytest.approx((np.exp(0.7) + np.exp(0.35)) / 2, rel=0.06)


def test_coverage_on_foot_and_its_minutes() -> None:
    data = inputs(
        [settlement("s", offset(0, 0), 100)], [point("p", offset(700, 700))],
        roads=[{"road_id": "r", "geometry": roads([(0, 0), (700, 0), (700, 700)]).geometry[0]}],
    )  # fmt: skip
    line = analyse(data, Params(standard="wpdx")).totals["water"]
    walk = analyse(data, Params(standard="wpdx", metric="walk", walking_kmh=3.0, queue_min=10)).totals["water"]
    assert (line["served"], walk["served"]) == (100.0, 0.0)
    assert walk["distance_median_m"] == pytest.approx(1400, abs=2)
    assert walk["round_trip_median_min"] == pytest.approx(2 * 1.4 / 3 * 60 + 10, abs=0.1)
    with pytest.raises(CallError, match="no_ways"):
        analyse(inputs([settlement("s", offset(0, 0), 100)]), Params(metric="walk"))


def test_reach_area_holds_what_is_in_reach() -> None:
    import shapely

    walk = Walk.of(roads([(0, 0), (3000, 0)]))
    assert walk is not None
    area = walk.area(np.array([offset(0, 0)]), 1000.0)
    assert shapely.contains_xy(area, *offset(900, 0))
    assert not shapely.contains_xy(area, *offset(1200, 0))
    assert walk.area(np.empty((0, 2)), 1000.0).is_empty
    assert area.geom_type == "Polygon", "cells that touch are one area"


def test_reach_area_tells_of_every_place_what_its_distance_tells() -> None:
    """Beside the road as on it: a place some way off walks straight to the road, or to the point."""
    import shapely

    walk = Walk.of(roads([(0, 0), (3000, 0)], [(1500, -1500), (1500, 1500)]))
    assert walk is not None
    sites = np.array([offset(0, 0), offset(1500, 700)])
    area = walk.area(sites, 800.0)
    random = np.random.default_rng(3)
    places = np.array([offset(*at) for at in random.uniform(-1500, 3000, (400, 2))])
    metres = walk.nearest(places, sites)[1]
    inside = shapely.contains_xy(area, places[:, 0], places[:, 1])
    sure = np.abs(metres - 800.0) > 130.0  # a cell is 60 m wide, and its middle decides for all of it
    assert (inside == (metres <= 800.0))[sure].all()
    assert 0 < inside[sure].sum() < sure.sum()


def test_heights_are_part_of_a_version(tmp_path: Path) -> None:
    heights = raster(tmp_path / "h.tif", hill().heights)
    villages = tmp_path / "v.csv"
    villages.write_text(f"village_code,name,population,lat,lon\n32.03.18.2001,A,100,{LAT},{LON}\n")
    water = tmp_path / "w.csv"
    water.write_text(f"point_id,status,technology,lat,lon\np,functional,tap,{LAT + 0.002},{LON}\n")
    first = import_files(tmp_path / "w", {"villages": villages, "water_points": water}, elevation=heights)
    again = import_files(tmp_path / "w", {"water_points": water})
    assert again.version == first.version, "heights are kept by later imports"
    data = load(tmp_path / "w")
    assert data.elevation is not None
    assert analyse(data, Params(metric="walk", assume_mapped=True)).totals["water"]["served"] == 100.0
    without = import_files(tmp_path / "x", {"villages": villages, "water_points": water})
    assert without.version != first.version


def test_bad_rasters_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "vrt.tif").write_text("<VRTDataset rasterXSize='1' rasterYSize='1'></VRTDataset>")
    with pytest.raises(DataError, match="raster_format"):
        read_elevation(tmp_path / "vrt.tif")
    with pytest.raises(DataError, match="raster_crs"):
        read_elevation(raster(tmp_path / "utm.tif", np.ones((4, 4)), crs="EPSG:32748"))
    with pytest.raises(DataError, match="raster_empty"):
        read_elevation(raster(tmp_path / "empty.tif", np.full((4, 4), -9999.0)))
    (tmp_path / "cut.tif").write_bytes(raster(tmp_path / "ok.tif", hill().heights).read_bytes()[:90])
    with pytest.raises(DataError, match="unreadable"):
        read_elevation(tmp_path / "cut.tif")


def test_on_the_command_line(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from cli.geo import app

    (tmp_path / "v.csv").write_text(f"village_code,name,population,lat,lon\n32.03.18.2001,A,100,{LAT},{LON}\n")
    (tmp_path / "w.csv").write_text(f"point_id,status,technology,lat,lon\np,functional,tap,{LAT + 0.002},{LON}\n")
    heights = raster(tmp_path / "h.tif", hill().heights)
    call = ["coverage", "--villages", "v.csv", "--water", "w.csv", "--metric", "walk", "--elevation", str(heights)]
    call = [str(tmp_path / word) if word.endswith(".csv") else word for word in call]
    told = CliRunner().invoke(app, [*call, "--assume-mapped", "--out", str(tmp_path / "o.csv"), "--json"])
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["total"]["served"] == 100.0


def test_people_outside_the_heights_are_told(tmp_path: Path) -> None:
    """Heights of half an area: the walk of the others is flat, and it is said of how many."""
    heights = raster(tmp_path / "h.tif", hill().heights)
    there = read_elevation(heights)
    inside = (float(np.median(there.lon)), float(np.median(there.lat)))
    data = inputs(
        [settlement("a", inside, 300), settlement("b", (inside[0] + 1.0, inside[1]), 500)], [point("p", inside)]
    )
    data = replace(data, elevation=heights)
    told = [one for one in analyse(data, Params(metric="walk")).notices if one.key == "problem.no_heights"]
    assert [one.values for one in told] == [{"count": 1, "people": 500.0}]
    assert not [one for one in analyse(data, Params()).notices if one.key == "problem.no_heights"]
