"""The compiled loops against their plain twins, on the same ground."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geo.analysis.analyse import analyse
from geo.coverage import sharing
from geo.coverage.sharing import Sharing, in_order
from geo.model.params import Params
from geo.priorities import indicators, uncertainty
from geo.reach import distance, threads
from geo.reach.distance import GEOD
from tests.builders import inputs, offset, point, settlement, village


def ground(seed: int, places: int = 400, sites: int = 60) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    centre = np.column_stack([random.uniform(107.0, 107.2, 8), random.uniform(-7.2, -7.0, 8)])
    xy = centre[random.integers(8, size=places)] + random.normal(0, 0.004, (places, 2))
    site_xy = centre[random.integers(8, size=sites)] + random.normal(0, 0.004, (sites, 2))
    site_xy[:5] = xy[:5]  # somebody at no distance at all
    xy[10:14] = xy[9]  # and ties
    return xy, site_xy


def plain_pairs(xy: np.ndarray, site_xy: np.ndarray, limit: float) -> dict[tuple[int, int], float]:
    i, j = (index.ravel() for index in np.meshgrid(np.arange(len(xy)), np.arange(len(site_xy)), indexing="ij"))
    metres = GEOD.inv(*xy[i].T, *site_xy[j].T)[2]
    return {
        (int(a), int(b)): float(m)
        for a, b, m in zip(i, j, metres, strict=True)
        if round(m, 6) <= limit
    }  # fmt: skip


@pytest.mark.parametrize(("seed", "limit"), [(1, 0.0), (2, 300.0), (3, 1000.0), (4, 7000.0)])
def test_pairs_are_those_of_the_geodesic(seed: int, limit: float) -> None:
    xy, site_xy = ground(seed)
    found = distance.compiled_pairs(xy, site_xy, limit)
    expected = plain_pairs(xy, site_xy, limit)
    assert len(found) == len(expected)
    for i, j, metres in zip(found.place, found.site, found.distance_m, strict=True):
        assert metres == pytest.approx(expected[int(i), int(j)], rel=1e-8, abs=2e-6)


def test_a_person_at_the_limit_is_inside_it() -> None:
    here = np.array([[107.15, -7.2]])
    lon, lat, _ = GEOD.fwd(107.15, -7.2, 37.0, 1000.0)
    beyond = GEOD.fwd(107.15, -7.2, 37.0, 1000.0005)[:2]
    sites = np.array([[lon, lat], beyond])
    assert distance.compiled_pairs(here, sites, 1000.0).site.tolist() == [0]
    assert distance.people_in_reach(here, sites, np.array([3.0, 5.0]), 1000.0).tolist() == [3.0]


def test_across_the_date_line() -> None:
    places, sites = np.array([[179.999, -17.0], [-179.999, -17.0]]), np.array([[-179.9995, -17.0]])
    assert sorted(distance.compiled_pairs(places, sites, 500.0).place.tolist()) == [0, 1]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nearest_is_the_trees(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    xy, site_xy = ground(seed)
    xy[-1] = (112.0, -2.0)  # far from everything
    there, metres = distance.nearest(xy, site_xy)
    monkeypatch.setattr(distance, "COMPILED_FROM", 1)
    index, compiled = distance.nearest(xy, site_xy)
    assert (index == there).all()
    assert compiled == pytest.approx(metres, rel=1e-8, abs=2e-6)


class Repairs:
    """A ground where six of ten sites work; `arguments` are those of `Sharing.gains` for the others."""

    def __init__(self, seed: int, median: float, working: float = 0.6, *, limitless: float = 0.0) -> None:
        xy, site_xy = ground(seed)
        random = np.random.default_rng(seed)
        self.people = np.round(random.lognormal(3, 1, len(xy)))
        free = random.random(60) < limitless if limitless else np.zeros(60, dtype=bool)
        self.capacity = np.where(free, np.inf, np.round(random.lognormal(median, 1, 60)))
        works = random.random(60) < working
        ids = np.array([f"{n:04d}" for n in range(len(xy))])
        self.pairs = in_order(distance.pairs_in_reach(xy, site_xy, 900.0), ids, ids)
        self.active = works[self.pairs.site]
        self.before = np.cumsum(self.active) - self.active
        mine = np.flatnonzero(~self.active)
        mine = mine[np.argsort(self.pairs.site[mine], kind="stable")]
        self.new = np.flatnonzero(~works)
        starts = np.searchsorted(self.pairs.site[mine], np.append(self.new, 60))
        none = np.zeros(len(self.new), dtype=bool)
        self.arguments = (starts, self.pairs.place[mine], self.before[mine], self.capacity[self.new], none)

    def shared(self, more: np.ndarray | None = None) -> Sharing:
        """Shared out over the sites that work, and over more pairs."""
        used = self.active if more is None else self.active | more
        return Sharing.of(self.pairs.only(used), self.people, self.capacity)


@pytest.mark.parametrize("seed", range(6))
def test_sharing_and_gains_equal_their_twins(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    of = Repairs(seed, 5, limitless=0.1)
    pairs, new = of.pairs, of.new
    plain = of.shared()
    plain_gains = plain.gains(*of.arguments)
    together = np.sort(np.flatnonzero(np.isin(pairs.site, new[:4])))
    several = (
        pairs.place[together],
        of.before[together],
        np.searchsorted(new[:4], pairs.site[together]),
        of.capacity[new[:4]],
    )
    plain_several = plain.with_sites(*several)
    monkeypatch.setattr(sharing, "COMPILED_FROM", 0)
    compiled = of.shared()
    compiled_gains = compiled.gains(*of.arguments)
    for name in ("flow", "left", "spare", "people_before", "spare_before"):
        assert (getattr(compiled, name) == getattr(plain, name)).all(), name
    for name in ("by_place", "by_site"):
        for ours, theirs in zip(getattr(compiled, name), getattr(plain, name), strict=True):
            assert (ours == theirs).all(), name
    assert compiled.with_sites(*several) == pytest.approx(plain_several)
    again = of.shared(np.isin(pairs.site, new[:4]))
    assert plain.left.sum() - again.left.sum() == pytest.approx(sum(plain_several.values()))
    assert any(len(plain_gains.one(c)) for c in range(len(new)))
    for c, site in enumerate(new):
        assert compiled_gains.one(c) == pytest.approx(plain_gains.one(c))
        again = of.shared(pairs.site == site)
        assert plain.left.sum() - again.left.sum() == pytest.approx(sum(plain_gains.one(c).values()))


@pytest.mark.parametrize(("seed", "working"), [*((seed, 0.6) for seed in range(40, 56)), (1, 0.0)])
def test_gains_of_sites_that_fill_up_equal_their_twins(
    seed: int, working: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A site that fills up takes less from who is served anyway once others changed: seed 48 tells a shortcut.

    And where no site works there are no pairs to follow.
    """
    of = Repairs(seed, 5.5, working)
    plain = of.shared().gains(*of.arguments)
    monkeypatch.setattr(sharing, "COMPILED_FROM", 0)
    compiled = of.shared().gains(*of.arguments)
    assert any(len(plain.one(c)) for c in range(len(of.new)))
    for c in range(len(of.new)):
        assert compiled.one(c) == pytest.approx(plain.one(c)), c


def test_relief_of_overloaded_points_is_the_same_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain and compiled; and once by hand from the definition, pair by pair."""
    random = np.random.default_rng(31)
    places = [
        settlement(f"s{i:03d}", offset(*random.uniform(-900, 900, 2)), float(random.integers(40, 300)))
        for i in range(60)
    ]
    status = ["functional", "non_functional", "needs_repair"]
    points = [
        point(f"p{j:02d}", offset(*random.uniform(-900, 900, 2)), str(random.choice(status)), capacity_people=300.0)
        for j in range(25)
    ]
    data = inputs(places, points, [village(surveyed_on="2026-01-01")])
    params = Params(standard="wpdx", draws=50)
    plain = analyse(data, params).priorities.set_index("site_id")["relief_people"]
    monkeypatch.setattr(indicators, "COMPILED_FROM", 0)
    compiled = analyse(data, params).priorities.set_index("site_id")["relief_people"]
    assert compiled.to_numpy() == pytest.approx(plain.to_numpy())
    assert (plain > 0).sum() > 3

    xy, sites = data.settlements.get_coordinates().to_numpy(), data.water_points.get_coordinates().to_numpy()
    near = 1 / np.maximum(GEOD.inv(*np.repeat(xy, 25, axis=0).T, *np.tile(sites, (60, 1)).T)[2].reshape(60, 25), 50)
    near[near < 1 / 1000] = 0
    works = data.water_points["status"].isin(["functional", "needs_repair"]).to_numpy()
    people, total = data.settlements["population"].to_numpy(), (near * works).sum(axis=1)
    users = np.divide(people[:, None] * near * works, total[:, None], out=np.zeros((60, 25)), where=total[:, None] > 0)
    excess = np.maximum(users.sum(axis=0) - 300, 0)
    for j, site_id in enumerate(data.water_points["point_id"]):
        if not works[j]:
            share = np.divide(near[:, j], total + near[:, j], out=np.zeros(60), where=near[:, j] > 0)
            assert plain[site_id] == pytest.approx(np.minimum(share @ users, excess).sum())


def test_ranks_of_draws_are_the_same_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(5)
    names = ["gain_people", "evidence", "cost_per_person_idr"]
    table = pd.DataFrame(np.round(random.random((300, 3)), 1), columns=names)  # many equal ones
    table.iloc[::7, 1] = np.nan
    asked = table, random.random(300) * 0.5, dict.fromkeys(names, 1.0), uncertainty.Draws(400)
    plain = uncertainty.rank_spread(*asked)
    monkeypatch.setattr(uncertainty, "COMPILED_FROM", 0)
    pd.testing.assert_frame_equal(uncertainty.rank_spread(*asked), plain)
    assert plain["rank_low"].nunique() > 50


def test_many_values_are_taken_by_all_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "TAKEN_FROM", 10)
    monkeypatch.setenv("MATA_AIR_THREADS", "3")
    random = np.random.default_rng(6)
    for values in (random.random(50), random.random(50) > 0.5, random.integers(9, size=50)):
        rows = random.integers(50, size=1001)
        assert (threads.taken(values, rows) == values[rows]).all()
        assert threads.taken(values, rows[:0]).dtype == values.dtype
