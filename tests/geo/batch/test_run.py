"""Tiles against the whole: the same figures to the person, whatever the tiles, the workers and what happens to them."""

from __future__ import annotations

import json
import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from geo.analysis.analyse import analyse
from geo.batch import sorting
from geo.batch.prepare import BatchJob, prepare
from geo.batch.run import run, run_tile
from geo.batch.tiles import EDGES, Box, cells_at, split
from geo.model.errors import CallError, DataError
from geo.model.params import Params
from geo.model.sites import STATES
from geo.workspace.importing import inputs_of, read_tables
from tests.bench.nation import write_nation

PARAMS = {"standard": "wpdx"}


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_nation(tmp_path_factory.mktemp("nation"), 6_000, 500, seed=3)


@pytest.fixture(scope="module")
def whole(nation: dict[str, Path]):
    files = {"villages": nation["villages"], "settlements": nation["settlements"], "water_points": nation["water"]}
    return analyse(inputs_of(read_tables(files)), Params(**PARAMS))


def job(nation: dict[str, Path], out: Path, per_tile: int = 700, **more: str) -> BatchJob:
    files = {"villages": nation["villages"], "settlements": nation["settlements"], "water_points": nation["water"]}
    return BatchJob(str(out), {name: str(path) for name, path in (files | more).items()}, PARAMS, per_tile)


def result(out: Path, name: str) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(path) for path in sorted((out / name).rglob("*.parquet"))], ignore_index=True)


def holds_the_same(out: Path, told: dict, whole) -> None:
    villages = result(out, "villages").set_index("village_code").sort_index()
    expected = whole.villages.set_index("village_code").sort_index()
    assert list(villages.index) == list(expected.index)
    figures = ("distance_median_m", "distance_p90_m", "person_km", "share", "best_share", "worst_share")
    for name in (*STATES, "gap", "population", *figures):
        assert villages[name].to_numpy() == pytest.approx(
            expected[name].to_numpy(dtype=float), abs=1e-4, nan_ok=True
        ), name
    sites = result(out, "priorities").set_index("site_id").sort_index()
    listed = whole.priorities.set_index("site_id").sort_index()
    assert list(sites.index) == list(listed.index)
    for name in (
        "gain_people",
        "gain_poor",
        "local_population",
        "potential_users",
        "relief_people",
        "person_km_saved",
        "score",
    ):
        assert sites[name].to_numpy(dtype=float) == pytest.approx(
            listed[name].to_numpy(dtype=float), abs=1e-4, nan_ok=True
        ), name
    assert (sites["rank"] == listed["rank"]).mean() > 0.99  # equal scores to 1e-9 may round either way
    for name in ("point_id", "name", "status", "technology", "capacity_people", "data_source", "cost_estimated"):
        assert sites[name].astype(object).where(sites[name].notna(), None).tolist() == (
            listed[name].astype(object).where(listed[name].notna(), None).tolist()
        ), name
    for name in (*STATES, "population", "gap", "person_km", "share", "best_share", "worst_share"):
        assert told["total"][name] == pytest.approx(whole.totals["water"][name], abs=1e-3)
    assert told["total"]["distance_p90_m"] == pytest.approx(whole.totals["water"]["distance_p90_m"], abs=1.0)


@pytest.mark.parametrize("per_tile", [300, 2_000, 10_000])
def test_tiles_give_the_figures_of_the_whole(nation, whole, per_tile: int, tmp_path: Path) -> None:
    told = run(job(nation, tmp_path, per_tile), "none", 1)
    assert (told["tiles"] == 1) == (per_tile == 10_000)
    holds_the_same(tmp_path, told, whole)
    assert not (tmp_path / "work").exists()


def test_rows_in_no_order_are_sorted_first(whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "_PART", 70)  # several row groups a tile, each in a box of its own
    shuffled = write_nation(tmp_path / "in", 6_000, 500, seed=3, shuffled=True)
    table = pd.read_parquet(shuffled["settlements"])
    table.to_parquet(shuffled["settlements"], row_group_size=500)
    this = job(shuffled, tmp_path / "out")
    prepare(this)
    assert (this.work / "places.arrow").is_file()
    holds_the_same(tmp_path / "out", run(this, "none", 1), whole)


@pytest.mark.parametrize("per_tile", [300, 10_000])
def test_places_on_lines_and_sites_among_no_places(nation, per_tile: int, tmp_path: Path) -> None:
    """A file's round degrees lie on the lines of the grid, and a broken pump may stand where nobody is in its cell."""
    random = np.random.default_rng(7)
    places = pd.read_parquet(nation["settlements"])
    round_ones = random.random(len(places)) < 0.2
    for name in ("lon", "lat"):
        places.loc[round_ones, name] = (places.loc[round_ones, name] * 20).round() / 20
    points = pd.read_parquet(nation["water"])
    moved = random.random(len(points)) < 0.5
    for name in ("lon", "lat"):
        points[name] += np.where(moved, random.uniform(-0.15, 0.15, len(points)), 0)
    far = points.iloc[[0]].assign(point_id="far", status="non_functional", lon=141.0, lat=-9.0)
    points = pd.concat([points, far], ignore_index=True)
    changed = {"settlements": tmp_path / "settlements.parquet", "water": tmp_path / "water.parquet"}
    places.to_parquet(changed["settlements"], row_group_size=700)
    points.to_parquet(changed["water"])
    mine = nation | changed
    files = {"villages": mine["villages"], "settlements": mine["settlements"], "water_points": mine["water"]}
    told = run(job(mine, tmp_path / "out", per_tile), "none", 1)
    holds_the_same(tmp_path / "out", told, analyse(inputs_of(read_tables(files)), Params(**PARAMS)))
    assert "far" in set(result(tmp_path / "out", "priorities")["site_id"])


@pytest.mark.parametrize("column", ["bbox", "geometry"])
def test_places_are_found_by_the_covering_column_or_their_points(nation, whole, column: str, tmp_path: Path) -> None:
    places = pd.read_parquet(nation["settlements"])
    points = gpd.points_from_xy(places["lon"], places["lat"])
    shaped = gpd.GeoDataFrame(places.drop(columns=["lon", "lat"]), geometry=points, crs="EPSG:4326")
    (tmp_path / "in").mkdir()
    half = len(shaped) // 2
    for name, part in (("a", shaped[:half]), ("b", shaped[half:])):  # a folder of files is one dataset
        part.to_parquet(tmp_path / "in" / f"{name}.parquet", write_covering_bbox=column == "bbox")
    told = run(job(nation | {"settlements": tmp_path / "in"}, tmp_path / "out"), "none", 1)
    holds_the_same(tmp_path / "out", told, whole)


def test_a_second_run_goes_on_where_the_first_stopped(nation, whole, tmp_path: Path) -> None:
    this = job(nation, tmp_path)
    count = len(prepare(this).tiles)
    assert count > 4
    for number in range(3):
        run_tile(str(this.work), json.dumps(PARAMS), number)
    stamps = {path: path.stat().st_mtime_ns for path in (this.work / "sums").iterdir()}
    assert len(stamps) == 3
    seen = []

    def progress(done: int, all_: int) -> None:
        seen.append(done)
        assert {path: path.stat().st_mtime_ns for path in stamps} == stamps

    holds_the_same(tmp_path, run(this, "none", 1, progress), whole)
    assert seen == list(range(1, count + 1))


def test_a_worker_killed_changes_nothing(nation, whole, tmp_path: Path) -> None:
    this = job(nation, tmp_path, 200)
    killed = threading.Event()

    def progress(done: int, all_: int) -> None:
        if not killed.is_set():
            killed.set()
            workers = [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and _is_worker(int(pid))]
            os.kill(workers[0], signal.SIGKILL)

    told = run(this, "local", 2, progress)
    assert killed.is_set()
    holds_the_same(tmp_path, told, whole)


def _is_worker(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return int(status.rsplit(")", 1)[1].split()[1]) == os.getpid() and b"spawn_main" in command


def test_a_scheduler_elsewhere_does_the_same(nation, whole, tmp_path: Path) -> None:
    from distributed import LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0", silence_logs="ERROR") as cluster:
        told = run(job(nation, tmp_path), cluster.scheduler_address, 1)
    holds_the_same(tmp_path, told, whole)


def test_no_scheduler_at_the_address_is_said(nation, tmp_path: Path) -> None:
    with pytest.raises(CallError, match="scheduler"):
        run(job(nation, tmp_path), "nowhere", 1)


def test_bad_rows_are_counted_and_kept_and_bare_villages_spread(nation, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    places = pd.read_parquet(nation["settlements"])
    places.loc[0, "population"] = -5
    places.loc[1, "lat"] = 91.0
    places.to_parquet(folder / "settlements.parquet")
    points = pd.read_parquet(nation["water"])
    points.loc[3, "status"] = "purple"
    points.loc[5, "point_id"] = points.loc[4, "point_id"]
    points.to_parquet(folder / "water.parquet")
    villages = pd.read_parquet(nation["villages"]).drop(columns=["lon", "lat"])
    shapes = [None] * len(villages) + [box(120.0, -3.0, 120.02, -2.98)]
    more = pd.concat(
        [villages, pd.DataFrame([{"village_code": "73.01.01.2001", "name": "Kosong", "population": 900.0}])]
    )
    gpd.GeoDataFrame(more.reset_index(drop=True), geometry=shapes, crs="EPSG:4326").to_parquet(
        folder / "villages.parquet"
    )
    files = {name: folder / f"{name}.parquet" for name in ("villages", "settlements", "water")}
    told = run(job(files, tmp_path / "out"), "none", 1)
    assert told["places_rejected"] == 2
    assert told["rejected"] == {"villages": 0, "water_points": 2, "settlements": 2}
    settled = pd.read_parquet(tmp_path / "out" / "rejects-settlements.parquet")
    assert settled[["row", "reason"]].values.tolist() == [[1, "population"], [2, "geometry"]]
    rejects = pd.read_parquet(tmp_path / "out" / "rejects-water_points.parquet")
    assert rejects["row"].tolist() == ["4", "6"]
    assert rejects["reason"].tolist() == ["status; ", "point_id; "]
    assert told["villages_spread"] == 1
    spread = result(tmp_path / "out", "villages").set_index("village_code").loc["73.01.01.2001"]
    assert spread["population"] == pytest.approx(900.0)


def test_a_missing_column_is_named(nation, tmp_path: Path) -> None:
    bad = tmp_path / "settlements.parquet"
    pd.read_parquet(nation["settlements"]).drop(columns="population").to_parquet(bad)
    with pytest.raises(DataError, match="population"):
        run(job(nation | {"settlements": bad}, tmp_path / "out"), "none", 1)


def test_tiles_cover_every_place_once() -> None:
    random = np.random.default_rng(1)
    cells = random.poisson(3, (30, 20))
    tiles = split(cells, (5600, 1640), 60)
    x, y = np.meshgrid(np.arange(30), np.arange(20), indexing="ij")
    lon, lat = 100.0 + (x.ravel() + 0.5) * 0.05, -8.0 + (y.ravel() + 0.5) * 0.05
    times = sum(tile.holds(lon, lat).astype(int) for tile in tiles)
    assert (times[cells.ravel() > 0] == 1).all()
    assert all(cells.ravel()[tile.holds(lon, lat)].sum() <= 60 for tile in tiles)


def test_a_place_on_the_line_of_a_cell_lies_in_a_tile() -> None:
    """Every edge of the grid as a file writes it: 107.1 is no 107.10000000000002."""
    for axis, low in (("lon", 180), ("lat", 90)):
        written = np.round(np.arange(2 * low * 20 + 1) / 20 - low, 2)
        written = np.concatenate([written, np.nextafter(written, -np.inf)[1:], np.nextafter(written, np.inf)[:-1]])
        edges, cells = EDGES[axis], cells_at(written, axis)
        assert (edges[cells] <= written).all()
        assert (written < edges[cells + 1]).all()


@pytest.mark.parametrize("place", [(107.1, -7.19), (106.75, -7.05), (107.3, -6.9), (180.0, -90.0), (-180.0, 90.0)])
def test_a_place_alone_on_a_line_lies_in_its_tile(place: tuple[float, float]) -> None:
    lon, lat = (np.array([value]) for value in place)
    (tile,) = split(np.ones((1, 1), dtype=int), (cells_at(lon, "lon")[0], cells_at(lat, "lat")[0]), 10)
    assert tile.holds(lon, lat).all()


def test_the_edge_of_a_box_is_never_taken_too_far() -> None:
    tile, total = Box(107.0, -7.1, 107.1, -7.0), Box(100.0, -10.0, 110.0, 0.0)
    assert tile.edge_m(np.array([107.05]), np.array([-7.05]), total)[0] == pytest.approx(5_500, abs=60)
    assert tile.edge_m(np.array([106.9]), np.array([-7.05]), total)[0] == 0.0
    assert np.isinf(tile.edge_m(np.array([107.05]), np.array([-7.05]), tile)[0])


def test_the_day_of_the_reports_age_is_taken_and_told(nation, tmp_path: Path) -> None:
    """The command hands it over as text: ages are counted to that day, and the files say so."""
    plain = job(nation, tmp_path)
    run(replace(plain, params={**plain.params, "as_of": "2026-11-01"}), None, 1)
    sites = result(tmp_path, "priorities")
    assert set(sites["parameters"].str.extract(r"as_of=([0-9-]+)")[0]) == {"2026-11-01"}
    dated = sites[sites["reported_on"].notna()]
    assert (dated["report_age_years"] >= 0).all()
