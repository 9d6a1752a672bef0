"""Speed as a ratio to the obvious way, in one run: `make bench`. Not part of the tests.

Uses generated clustered ground the size of the Malawi inventory (11,409 points and settlements).
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geo.analysis.analyse import analyse
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.model.sites import REPAIRABLE
from geo.model.tables import empty_table
from geo.reach.distance import pairs_in_reach

COUNT = 11_409
CRS = "EPSG:32736"


def ground() -> Inputs:
    """Clustered points, each with the settlement that uses it."""
    rng = np.random.default_rng(11)
    centres = np.column_stack([rng.uniform(34.2, 35.9, 700), rng.uniform(-16.5, -13.5, 700)])
    xy = centres[rng.integers(700, size=COUNT)] + rng.normal(0, 0.012, (COUNT, 2))
    status = rng.choice(
        ["functional", "needs_repair", "non_functional", "abandoned", "unknown"], COUNT, p=[0.36, 0.3, 0.2, 0.06, 0.08]
    )
    shapes = gpd.points_from_xy(xy[:, 0], xy[:, 1])
    points = empty_table("water_points").drop(columns="geometry").reindex(range(COUNT))
    points = points.assign(point_id=[f"p{n:05d}" for n in range(COUNT)], status=status, technology="hand_pump")
    places = empty_table("settlements").drop(columns="geometry").reindex(range(COUNT))
    places = places.assign(
        settlement_id=[f"s{n:05d}" for n in range(COUNT)], population=rng.integers(20, 600, COUNT).astype(float)
    )
    tables = {
        "water_points": gpd.GeoDataFrame(points, geometry=shapes, crs="EPSG:4326"),
        "settlements": gpd.GeoDataFrame(places, geometry=shapes, crs="EPSG:4326"),
    }
    return Inputs.of(tables)


def obvious_pairs(data: Inputs, sites: gpd.GeoDataFrame, limit: float) -> pd.DataFrame:
    """Who is in reach of what, by geopandas: buffer in a projection, spatial join, distance."""
    flat = sites[["point_id", "geometry"]].to_crs(CRS)
    places = data.settlements[["settlement_id", "population", "geometry"]].to_crs(CRS)
    joined = gpd.sjoin(places, flat.assign(geometry=flat.buffer(limit)), predicate="within")
    there = flat.geometry.loc[joined["index_right"]].reset_index(drop=True)
    return joined.reset_index(drop=True).assign(metres=joined.geometry.reset_index(drop=True).distance(there))


def obvious_coverage(data: Inputs, working: set[str], limit: float, capacity: float) -> float:
    """People served, nearest first, over the joined table."""
    pairs = obvious_pairs(data, data.water_points[data.water_points["point_id"].isin(working)], limit)
    pairs = pairs.sort_values(["metres", "settlement_id", "point_id"])
    left = dict(zip(data.settlements["settlement_id"], data.settlements["population"], strict=True))
    spare = dict.fromkeys(working, capacity)
    for place, site in zip(pairs["settlement_id"], pairs["point_id"], strict=True):
        moved = min(left[place], spare[site])
        left[place] -= moved
        spare[site] -= moved
    return float(data.settlements["population"].sum() - sum(left.values()))


def clock(work: Callable[[], object]) -> tuple[float, object]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


@pytest.fixture(scope="module")
def data() -> Inputs:
    return ground()


def test_people_in_reach_of_every_point(data: Inputs) -> None:
    xy = np.column_stack([data.settlements.geometry.x, data.settlements.geometry.y])
    people = data.settlements["population"].to_numpy()
    ours, found = clock(lambda: pairs_in_reach(xy, xy, 1000.0))
    theirs, joined = clock(lambda: obvious_pairs(data, data.water_points, 1000.0))
    sums = np.bincount(found.site, weights=people[found.place], minlength=COUNT)
    print(
        f"\npeople in reach, {COUNT} x {COUNT}: {ours:.2f} s, buffer + sjoin {theirs:.2f} s, {theirs / ours:.1f} x; pairs {len(found)} and {len(joined)}"
    )
    assert abs(len(found) - len(joined)) < 0.01 * len(found)
    assert sums.sum() > 0


def test_coverage_and_priorities(data: Inputs) -> None:
    params = Params(standard="wpdx", assume_mapped=True)
    ours, result = clock(lambda: analyse(data, params))
    points = data.water_points
    working = set(points.loc[points["status"].isin(["functional", "needs_repair"]), "point_id"])
    base_time, base = clock(lambda: obvious_coverage(data, working, 1000.0, 500.0))
    served = result.totals["water"]["served"]
    print(f"\ncoverage: buffer + sjoin {base_time:.2f} s serves {base:.0f}, ours {served:.0f}")
    assert served == pytest.approx(base, rel=2e-3)
    broken = points.loc[points["status"].isin(REPAIRABLE) & ~points["point_id"].isin(working), "point_id"].tolist()
    tried = broken[:5]
    gain_time, gains = clock(lambda: [obvious_coverage(data, working | {p}, 1000.0, 500.0) - base for p in tried])
    rows = result.priorities.set_index("site_id")
    whole = base_time + gain_time / len(tried) * len(broken)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"coverage + priorities of {len(rows)} sites: {ours:.2f} s, {memory:.0f} MB peak; obvious way {base_time:.1f} s + {gain_time / len(tried):.2f} s a site = {whole:.0f} s: {whole / ours:.0f} x"
    )
    print(
        "coverage alone against one obvious coverage:",
        f"{base_time / clock(lambda: analyse(data, params, priorities=False))[0]:.1f} x",
    )
    for point_id, gain in zip(tried, gains, strict=True):
        assert rows.loc[point_id, "gain_people"] == pytest.approx(gain, abs=25)
