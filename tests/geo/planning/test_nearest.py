"""The model that shares as the engine does: equal to all subsets; and bounds of the coarser model that hold."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from geo.model.params import Params
from geo.planning import by_model, by_replay
from geo.planning.coverage_problem import Wish, problem_of, with_most
from geo.planning.exact import Order
from geo.planning.nearest import best_of, ground_of
from geo.planning.options import Options, options_of
from geo.planning.plans import best_plan, replay_of
from geo.years.best import curve_of, finder
from tests.builders import inputs, offset, point, settlement

PARAMS = Params(standard="wpdx", radius_m=600.0)
LIMITS = (0.0, 8e6, 16e6, 30e6, 1e9)


def world(seed: int) -> Options:
    """Places along a road, some points full, some with room, eight broken ones whose people overlap."""
    draw = np.random.default_rng(seed)
    places = [
        settlement(f"s{n}", offset(float(at)), float(people), village_code="32.03.18.2001")
        for n, (at, people) in enumerate(zip(draw.uniform(0, 3000, 16), draw.integers(20, 200, 16), strict=True))
    ]
    works = [point(f"w{n}", offset(float(at)), capacity_people=float(room))
             for n, (at, room) in enumerate(zip(draw.uniform(0, 3000, 5), draw.integers(40, 260, 5), strict=True))]  # fmt: skip
    broken = [
        point(
            f"b{n}", offset(float(at)), "non_functional", capacity_people=float(room), rehab_cost_idr=float(cost) * 1e6
        )
        for n, (at, room, cost) in enumerate(
            zip(draw.uniform(0, 3000, 8), draw.integers(40, 260, 8), draw.integers(2, 12, 8), strict=True)
        )
    ]
    return options_of(inputs(places, [*works, *broken]), PARAMS)


def best_by_all(options: Options, limit: float) -> float:
    """The most of all subsets, each replayed by the engine."""
    replay, cost = replay_of(options, Wish(limit=limit)), options.table["cost_idr"].to_numpy(dtype=float)
    rows = range(len(cost))
    sets = [np.array(one, dtype=np.int64) for size in range(len(cost) + 1) for one in combinations(rows, size)]
    return max(replay.worth(one) for one in sets if cost[one].sum() <= limit + 1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_the_plan_and_its_bound_are_those_of_all_subsets(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    options = world(seed)
    rights = {limit: best_by_all(options, limit) for limit in LIMITS}
    monkeypatch.setattr(by_replay, "MOST_CHOICES", 0)
    for limit, right in rights.items():
        found = best_plan(options, Wish(limit=limit))
        assert found.people_gained == pytest.approx(right, abs=0.5)
        assert found.people_bound is None or right - 1e-3 <= found.people_bound <= right + 0.6
        assert found.optimal


@pytest.mark.parametrize("seed", range(12))
def test_bounds_of_the_coarser_model_hold(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    options = world(seed)
    rights = {limit: best_by_all(options, limit) for limit in LIMITS}
    replay, cost = replay_of(options, Wish(limit=0.0)), options.table["cost_idr"].to_numpy(dtype=float)
    problem = with_most(problem_of(options, Wish(limit=0.0), cost, cost < 0), replay.worth)
    curve = curve_of(problem.cover)
    monkeypatch.setattr(by_replay, "MOST_CHOICES", 0)
    monkeypatch.setattr(by_model, "ground_of", lambda replay: None)
    for limit, right in rights.items():
        found = best_plan(options, Wish(limit=limit))
        assert found.people_gained <= right + 1e-3
        assert found.people_bound is None or found.people_bound >= right - 1e-3
        assert curve.bound(limit) - problem.served_now >= right - 1e-3
        if limit == LIMITS[-1]:  # all that is paid for is done: nothing is beyond it
            assert found.people_bound is None or found.people_bound == pytest.approx(right, abs=0.6)


@pytest.mark.parametrize("seed", range(4))
def test_a_price_bounds_every_budget(seed: int) -> None:
    options = world(seed)
    replay, cost = replay_of(options, Wish(limit=0.0)), options.table["cost_idr"].to_numpy(dtype=float)
    ground = ground_of(replay)
    assert ground is not None
    assert ground.pairs > 0
    nothing = np.zeros(len(cost), dtype=bool)
    for price in (1e-6, 5e-6, 2e-5):
        solved = best_of(ground, cost, nothing, np.empty(0, dtype=np.int64), Order(price=price))
        assert solved is not None
        rows, bound = solved
        assert replay.worth(rows) - price * cost[rows].sum() == pytest.approx(bound, abs=0.6)
        for limit in LIMITS:
            assert best_by_all(options, limit) <= bound + price * limit + 1e-3


@pytest.mark.parametrize("seed", range(3))
def test_every_budget_is_proven(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    options = world(seed)
    rights = {limit: best_by_all(options, limit) for limit in LIMITS}
    wish, cost = Wish(limit=0.0), options.table["cost_idr"].to_numpy(dtype=float)
    found = finder(replay_of(options, wish), None, options, wish, cost, 24)
    monkeypatch.setattr(by_replay, "MOST_CHOICES", 0)
    found = finder(replay_of(options, wish), None, options, wish, cost, 24)
    for limit, right in rights.items():
        worth = replay_of(options, wish).worth(found.best(limit))
        assert worth <= right + 1e-3 <= found.bound(limit) + 2e-3
        assert worth >= 0.99 * right


def test_no_plan_costs_more_than_its_limit() -> None:
    """A solver lets a little more through than the limit, the more the dearer a choice is that nobody pays for."""
    places = [settlement("a", offset(0.0), 1000.0)]
    broken = [
        point(f"p{n}", offset(10.0 + n), "non_functional", capacity_people=100.0, rehab_cost_idr=1e7) for n in range(11)
    ]
    dear = point("z", offset(50.0), "non_functional", capacity_people=30.0, rehab_cost_idr=1e12)
    options = options_of(inputs(places, [*broken, dear]), PARAMS)
    for limit in (19_999_995.0, 19_500_000.0):
        found = best_plan(options, Wish(limit=limit))
        assert (found.cost_idr, found.people_gained) == (1e7, pytest.approx(100.0))
    assert found.optimal


def test_what_is_left_out_as_idle_is_nobody_in_all() -> None:
    """Eight points of less than half a person each are more than three people together."""
    places = [settlement(f"s{n}", offset(1000.0 * n), 0.4) for n in range(8)]
    broken = [point(f"p{n}", offset(1000.0 * n + 5), "non_functional", rehab_cost_idr=1e6) for n in range(8)]
    found = best_plan(options_of(inputs(places, broken), PARAMS), Wish(limit=1e9))
    assert found.people_gained >= 2.7
