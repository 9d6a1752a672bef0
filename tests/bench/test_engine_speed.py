"""The engine against the obvious ways, each pair in one run: `make bench`.

MATA_AIR_BENCH_NATION=1 adds 2·10⁷ places × 10⁶ points (about 5 minutes with its generation, 8 GB of disk for a moment).
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geo.analysis.analyse import analyse
from geo.model.areas import area_mask
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.reach import distance
from geo.reach.distance import GEOD, compiled_pairs, nearest, people_in_reach
from geo.reach.elevation import Elevation
from geo.reach.walking import Walk
from geo.workspace.shipped import shipped_tables
from tests.bench import postgis
from tests.bench.nation import write_nation
from tests.bench.test_speed import ground

UTM = "EPSG:32748"


def clock(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def best(work: Callable[[], Any], times: int = 3) -> tuple[float, Any]:
    """The shortest of several runs (both ways are asked the same: other work on the machine only adds)."""
    runs = [clock(work) for _ in range(times)]
    return min(seconds for seconds, _ in runs), runs[-1][1]


def machine() -> str:
    """How fast this machine is today: what seconds are worth."""
    return f"(10 million turns of a plain loop: {best(lambda: sum(k * k for k in range(10_000_000)))[0]:.2f} s)"


def clustered(count: int, seed: int, clusters: int = 3000) -> np.ndarray:
    """Places in clusters over some 1,000 km."""
    centre = np.random.default_rng(9)
    middle = np.column_stack([centre.uniform(102, 108, clusters), centre.uniform(-8, -1, clusters)])
    random = np.random.default_rng(seed)
    return middle[random.integers(clusters, size=count)] + random.normal(0, 0.02, (count, 2))


def regency(count: int, seed: int) -> np.ndarray:
    """Places in 400 hamlets over some 55 km: about as close as in a Javanese regency."""
    centre = np.random.default_rng(10)
    middle = np.column_stack([centre.uniform(107.0, 107.5, 400), centre.uniform(-7.4, -6.9, 400)])
    random = np.random.default_rng(seed)
    return middle[random.integers(400, size=count)] + random.normal(0, 0.004, (count, 2))


def flat(xy: np.ndarray, **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(*xy.T), crs="EPSG:4326").to_crs(UTM)


def warm() -> None:
    """Compile before anything is timed."""
    xy = clustered(25_000, 1)
    nearest(xy, xy[:50])
    compiled_pairs(xy, xy[:50], 500.0)
    people_in_reach(xy[:50], xy, np.ones(len(xy)), 500.0)


def test_nearest_against_sjoin_nearest() -> None:
    warm()
    places, points = clustered(1_000_000, 2), clustered(34_000, 3)
    ours, (index, metres) = best(lambda: nearest(places, points))
    project, (a, b) = clock(lambda: (flat(places), flat(points)))
    theirs, joined = best(lambda: gpd.sjoin_nearest(a, b, distance_col="metres"), 2)
    tree, _ = clock(lambda: distance._tree_nearest(places, points))
    exact = GEOD.inv(*places.T, *points[index].T)[2]
    error = np.abs(metres - exact) / np.maximum(exact, 1.0)
    print(
        f"\nnearest, 1e6 x 34,000: {ours:.2f} s; sjoin_nearest {theirs:.1f} s: {theirs / ours:.0f} x, with its projection ({project:.1f} s) {(theirs + project) / ours:.0f} x; k-d tree + geodesic {tree:.2f} s: {tree / ours:.1f} x; relative error {error.max():.1e}"
    )
    assert error.max() < 1e-6
    assert len(joined) >= len(places)
    assert theirs + project > 20 * ours


def test_people_in_reach_against_buffer_and_sjoin() -> None:
    warm()
    places, points = regency(100_000, 4), regency(5_000, 5)
    people = np.random.default_rng(6).integers(1, 60, len(places)).astype(float)
    ours, sums = best(lambda: people_in_reach(points, places, people, 1000.0))

    def obvious() -> Any:
        a, b = flat(places, people=people), flat(points, n=range(len(points)))
        joined = gpd.sjoin(a, b.assign(geometry=b.buffer(1000.0)), predicate="within")
        return joined, joined.groupby("n")["people"].sum()

    theirs, (joined, _) = best(obvious)
    by_pair = compiled_pairs(places, points, 1000.0)
    brute = np.zeros(len(points))
    for j in range(0, len(points), 50):  # every place to every fiftieth point, one by one
        far = GEOD.inv(
            places[:, 0], places[:, 1], np.full(len(places), points[j, 0]), np.full(len(places), points[j, 1])
        )[2]
        brute[j] = people[np.round(far, 6) <= 1000.0].sum()
        assert sums[j] == brute[j]
    assert (sums == np.bincount(by_pair.site, weights=people[by_pair.place], minlength=len(points))).all()
    print(
        f"\npeople in reach, 1e5 x 5,000: {ours:.3f} s; buffer + sjoin {theirs:.2f} s: {theirs / ours:.0f} x; pairs {len(by_pair)} and {len(joined)}"
    )
    assert theirs > 30 * ours


def test_against_pysal_access() -> None:
    warm()
    places, points = regency(20_000, 4), regency(1_000, 5)
    people = np.random.default_rng(6).integers(1, 60, len(places)).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from access import Access

        demand = flat(places, person=[f"s{n}" for n in range(len(places))], people=people)
        supply = flat(points, point=[f"p{n}" for n in range(len(points))], room=300.0)

        def theirs() -> Any:
            model = Access(
                demand_df=demand, demand_index="person", demand_value="people", supply_df=supply, supply_index="point",
                supply_value="room",
            )  # fmt: skip
            model.create_euclidean_distance(threshold=1000)
            return model.two_stage_fca(cost="euclidean", max_cost=1000)

        theirs_s, _ = clock(theirs)
    ours, found = clock(lambda: compiled_pairs(places, points, 1000.0))
    sums, _ = clock(lambda: np.bincount(found.site, weights=people[found.place], minlength=len(points)))
    print(
        f"\nwho is in reach of what, 20,000 x 1,000: {ours + sums:.3f} s; PySAL access (distances + 2SFCA) {theirs_s:.1f} s: {theirs_s / (ours + sums):.0f} x"
    )


@pytest.mark.skipif(
    not postgis.there(), reason="2026-11-25: needs Debian's postgresql-15-postgis-3 (make bench installs it)"
)
def test_against_postgis() -> None:
    warm()
    places, points = regency(100_000, 4), regency(5_000, 5)
    people = np.random.default_rng(6).integers(1, 60, len(places)).astype(float)
    ours, sums = clock(lambda: people_in_reach(points, places, people, 1000.0))
    with postgis.cluster() as psql:

        def run(sql: str, given: str | None = None) -> str:
            return subprocess.run([*psql, "-c", sql], input=given, text=True, check=True, capture_output=True).stdout

        run(
            "create extension postgis; create table place (id int, people float, lon float, lat float); create table point (id int, lon float, lat float)"
        )
        rows = pd.DataFrame({"id": range(len(places)), "people": people, "lon": places[:, 0], "lat": places[:, 1]})
        run("copy place from stdin csv", rows.to_csv(index=False, header=False))
        run(
            "copy point from stdin csv",
            rows.iloc[:0].to_csv(index=False, header=False)
            + pd.DataFrame({"id": range(len(points)), "lon": points[:, 0], "lat": points[:, 1]}).to_csv(
                index=False, header=False
            ),
        )
        for table in ("place", "point"):
            run(f"alter table {table} add g geography(point)")
            run(" ".join(["update", table, "set g = st_makepoint(lon, lat)::geography"]))
            run(f"create index on {table} using gist (g)")
            run(f"vacuum analyze {table}")
        query = (
            "select point.id, sum(people) from point join place on st_dwithin(point.g, place.g, 1000) group by point.id"
        )
        theirs, told = clock(lambda: run(query))
    found = np.zeros(len(points))
    for line in told.split():
        number, total = line.split("|")
        found[int(number)] = float(total)
    print(
        f"\npeople in reach, 1e5 x 5,000: {ours:.3f} s; PostGIS ST_DWithin (geography, index built before) {theirs:.1f} s: {theirs / ours:.0f} x; points that differ {int((found != sums).sum())}"
    )
    assert theirs > ours


def test_states_and_priorities_by_size() -> None:
    tables, _ = shipped_tables()
    one = Inputs.of(
        {
            name: rows[area_mask(rows["village_code"], "32.03.18")].reset_index(drop=True)
            for name, rows in tables.items()
        }
    )
    analyse(one, Params())
    print(f"\n{machine()}")
    print(
        f"analyse, one kecamatan ({len(one.settlements)} places, {len(one.water_points)} points), both services: {best(lambda: analyse(one, Params()), 5)[0]:.3f} s"
    )
    regency = regency_inputs()
    analyse(regency, Params(standard="wpdx", assume_mapped=True))
    seconds, result = best(lambda: analyse(regency, Params(standard="wpdx", assume_mapped=True)))
    print(
        f"analyse, regency (1e5 places, 5,000 points), both services, ranks of {len(result.priorities)} sites: {seconds:.2f} s"
    )
    assert len(result.priorities) > 0


def regency_inputs() -> Inputs:
    """100,000 places and 5,000 points, in the tables of `test_speed.ground`."""
    from tests.bench import test_speed

    data = ground()
    random = np.random.default_rng(11)
    xy, site_xy = regency(100_000, 7), regency(5_000, 8)
    places = (
        data.settlements.drop(columns="geometry").reindex(np.arange(100_000) % test_speed.COUNT).reset_index(drop=True)
    )
    places = places.assign(
        settlement_id=[f"s{n:06d}" for n in range(100_000)], population=random.integers(2, 60, 100_000).astype(float)
    )
    points = data.water_points.drop(columns="geometry").iloc[:5_000].reset_index(drop=True)
    return Inputs.of(
        {
            "settlements": gpd.GeoDataFrame(places, geometry=gpd.points_from_xy(*xy.T), crs="EPSG:4326"),
            "water_points": gpd.GeoDataFrame(points, geometry=gpd.points_from_xy(*site_xy.T), crs="EPSG:4326"),
        }
    )


def batch(files: dict[str, Path], out: Path, workers: int, scheduler: str = "local") -> dict[str, Any]:
    call = [
        sys.executable,
        "-m",
        "geo",
        "batch",
        "--villages",
        files["villages"],
        "--settlements",
        files["settlements"],
    ]
    call += [
        "--water",
        files["water"],
        "--standard",
        "wpdx",
        "--out",
        out,
        "--workers",
        str(workers),
        "--scheduler",
        scheduler,
        "--json",
    ]
    seconds, done = clock(
        lambda: subprocess.run([str(word) for word in call], check=True, capture_output=True, text=True)
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told | {"whole_s": seconds}


@pytest.mark.parametrize(
    ("places", "points"), [(10_000, 500), (100_000, 5_000), (1_000_000, 50_000), (20_000_000, 1_000_000)]
)
def test_batch_grows_with_the_ground(places: int, points: int, tmp_path: Path) -> None:
    if places > 1_000_000 and not os.environ.get("MATA_AIR_BENCH_NATION"):
        pytest.skip("2026-11-25: set MATA_AIR_BENCH_NATION=1 for the nation")
    files = write_nation(tmp_path / "in", places, points)
    two = batch(files, tmp_path / "two", 2)
    print(
        f"\nbatch, {places} places x {points} points, 2 workers: {two['whole_s']:.1f} s {two['steps_s']}, {two['tiles']} tiles, worker {two['worker_peak_mb']} MB, parent {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB"
    )
    if places >= 1_000_000:
        one = batch(files, tmp_path / "one", 1)
        print(
            f"one worker {one['whole_s']:.1f} s {one['steps_s']}: tiles {one['steps_s']['tiles'] / two['steps_s']['tiles']:.2f} x"
        )
        assert one["total"] == two["total"]


def test_walking() -> None:
    random = np.random.default_rng(0)
    heights = np.cumsum(random.normal(0, 0.6, (1000, 1000)), axis=0) + random.normal(0, 1, (1000, 1000))
    build, walk = clock(
        lambda: Walk.of(gpd.GeoDataFrame(geometry=[], crs="EPSG:4326"), Elevation(heights, 107.0, -7.0, 0.0003, 0.0003))
    )
    assert walk is not None
    sites = np.column_stack([random.uniform(107.0, 107.3, 500), random.uniform(-7.3, -7.0, 500)])
    node, off = walk.snap(sites)
    from geo.reach.walking import _from_all

    back = walk._back
    once, _ = clock(lambda: _from_all(back, node, off))
    places = np.column_stack([random.uniform(107.0, 107.3, 5_000), random.uniform(-7.3, -7.0, 5_000)])
    pairs_s, pairs = clock(lambda: walk.pairs(places, sites, 1000.0))
    isotropic = Walk(walk.nodes, (walk.steps + walk.steps.T) / 2)
    there, level = walk.from_sites(node, off), isotropic.from_sites(node, off)
    minutes = there / 4000 * 60
    near = (minutes > 25) & (minutes < 35)
    wrong = np.mean((there[near] / 4000 * 60 <= 30) != (level[near] / 4000 * 60 <= 30)) if near.any() else 0.0
    print(
        f"\nslope grid, 1e6 cells: graph {build:.1f} s, search one way from 500 sites {once:.2f} s; pairs of 5,000 x 500 {pairs_s:.1f} s ({len(pairs)}); the mean cost instead of direction misjudges {wrong:.1%} of cells around 30 minutes"
    )
    from shapely import linestrings

    x, y = 107 + np.arange(1000) * 4e-4, -7 - np.arange(1000) * 4e-4
    lines = [linestrings(np.column_stack([x, np.full(1000, at)])) for at in y] + [
        linestrings(np.column_stack([np.full(1000, at), y])) for at in x
    ]
    roads = gpd.GeoDataFrame(geometry=lines, crs="EPSG:4326")
    build, walk = clock(lambda: Walk.of(roads))
    assert walk is not None
    sites = np.column_stack([random.uniform(107.0, 107.4, 5_000), random.uniform(-7.4, -7.0, 5_000)])
    node, off = walk.snap(sites)
    once, _ = clock(lambda: _from_all(walk.steps, node, off))
    print(
        f"road network, {len(walk.nodes)} nodes: graph {build:.1f} s, nearest of 5,000 points for all nodes {once:.2f} s"
    )
