"""The visiting order: the shortest by brute force for a handful, and the laws of a day."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from pyproj import Geod

from geo.field.route import Tour, visiting_order
from geo.model.errors import CallError, DataError
from tests.builders import offset

GEOD = Geod(ellps="WGS84")


def places(seed: int, count: int, spread: float = 6000.0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    xy = np.array([offset(*random.uniform(-spread, spread, 2)) for _ in range(count)])
    return xy[:, 0], xy[:, 1]


def length(lon: list[float], lat: list[float]) -> float:
    return float(GEOD.line_length(lon, lat))


@pytest.mark.parametrize("seed", range(3))
def test_the_shortest_of_all_orders(seed: int) -> None:
    lon, lat = places(seed, 6)
    start, end = offset(-8000), offset(8000)
    found = visiting_order(lon, lat, Tour(start=start, end=end, visit_min=0, effort=40_000))
    assert sorted(found["visit"]) == [1, 2, 3, 4, 5, 6]
    assert set(found["day"]) == {1}

    def whole(order: tuple[int, ...]) -> float:
        return length([start[0], *lon[list(order)], end[0]], [start[1], *lat[list(order)], end[1]])

    mine = tuple(np.argsort(found["visit"].to_numpy()).tolist())
    best = min(whole(order) for order in itertools.permutations(range(6)))
    assert whole(mine) == pytest.approx(best, rel=1e-3)
    legs = found["leg_km"].sum() * 1000 / 1.4
    assert legs <= whole(mine) + 1


def test_a_day_is_no_longer_than_a_day_and_teams_share_it() -> None:
    lon, lat = places(7, 24)
    tour = Tour(hours=4, visit_min=30, teams=2, effort=40_000)
    found = visiting_order(lon, lat, tour)
    for _, part in found.groupby(["day", "team"]):
        assert sorted(part["visit"]) == list(range(1, len(part) + 1))
        on_the_way = part["leg_km"].sum() / tour.kmh
        assert on_the_way + len(part) * 0.5 <= 4.0 + 1e-6
    assert set(found["team"]) == {1, 2}
    assert found["day"].max() == -(-found.groupby(["day", "team"]).ngroups // 2)
    assert visiting_order(lon, lat, tour).equals(found), "the same order again"


def test_what_cannot_be() -> None:
    lon, lat = places(1, 4)
    with pytest.raises(DataError):
        visiting_order(lon + np.array([0, 0, 0, 3.0]), lat, Tour(start=offset(0), hours=2))
    with pytest.raises(DataError):
        visiting_order(np.zeros(700), np.zeros(700), Tour())
    for wrong in ({"teams": 0}, {"kmh": -1.0}, {"start": (500.0, 0.0)}):
        with pytest.raises(CallError):
            Tour(**wrong)
    assert visiting_order(np.empty(0), np.empty(0), Tour()).empty
