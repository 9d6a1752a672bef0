"""Distances: the boundary, exactness, and independence of place."""

from __future__ import annotations

import numpy as np
import pytest

from geo.reach.distance import GEOD, nearest, pairs_in_reach
from tests.builders import LAT, LON, offset


@pytest.mark.parametrize("metres", [1.0, 500.0, 1000.0, 20_000.0])
@pytest.mark.parametrize("azimuth", [0.0, 37.0, 90.0, 200.0])
def test_somebody_exactly_at_the_limit_is_inside(metres: float, azimuth: float) -> None:
    x, y, _ = GEOD.fwd(LON, LAT, azimuth, metres)
    here, there = np.array([[LON, LAT]]), np.array([[x, y]])
    assert len(pairs_in_reach(here, there, metres)) == 1
    assert len(pairs_in_reach(here, there, metres - 0.001)) == 0


def test_pairs_equal_brute_force_anywhere_on_earth() -> None:
    random = np.random.default_rng(1)
    for lon, lat in ((LON, LAT), (179.999, 0.0), (-70.0, 78.0), (20.0, -89.99)):
        places = np.column_stack([lon + random.normal(0, 0.02, 40), np.clip(lat + random.normal(0, 0.02, 40), -90, 90)])
        sites = np.column_stack([lon + random.normal(0, 0.02, 30), np.clip(lat + random.normal(0, 0.02, 30), -90, 90)])
        places[:, 0] = (places[:, 0] + 180) % 360 - 180
        sites[:, 0] = (sites[:, 0] + 180) % 360 - 180
        found = pairs_in_reach(places, sites, 1500.0)
        wanted = {
            (i, j) for i in range(40) for j in range(30) if round(GEOD.inv(*places[i], *sites[j])[2], 6) <= 1500.0
        }
        assert set(zip(found.place.tolist(), found.site.tolist(), strict=True)) == wanted
        index, metres = nearest(places, sites)
        for i in range(40):
            all_metres = [GEOD.inv(*places[i], *site)[2] for site in sites]
            assert metres[i] == pytest.approx(min(all_metres), abs=1e-6)
            assert all_metres[index[i]] == pytest.approx(min(all_metres), abs=1e-6)


def test_nothing_to_reach() -> None:
    none = np.empty((0, 2))
    assert len(pairs_in_reach(none, np.array([offset(0)]), 100.0)) == 0
    assert len(pairs_in_reach(np.array([offset(0)]), none, 100.0)) == 0
    assert np.isnan(nearest(np.array([offset(0)]), none)[1][0])
