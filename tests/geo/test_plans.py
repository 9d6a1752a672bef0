"""Plans: brute force over all subsets, the engine's own figures, and the laws of a budget."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from geo.analysis import analyse, candidate_lists
from geo.errors import CallError
from geo.model import Change, Inputs, Params
from geo.plans import Plan, best_plan
from tests.builders import inputs, offset, point, settlement

PARAMS = Params(standard="wpdx", radius_m=600.0, draws=50)


def ground(seed: int, *, capacity: bool) -> Inputs:
    random = np.random.default_rng(seed)
    places = [
        settlement(f"s{i}", offset(*random.uniform(-1500, 1500, 2)), float(random.integers(10, 200))) for i in range(18)
    ]
    points = [
        point(
            f"p{j}", offset(*random.uniform(-1500, 1500, 2)), "functional" if j < 3 else "non_functional", technology="unknown",
            capacity_people=float(random.integers(40, 250)) if capacity else None, rehab_cost_idr=float(random.integers(1, 30)) * 1e6,
        )
        for j in range(10)
    ]  # fmt: skip
    return inputs(places, points)


def served(data: Inputs, chosen: tuple[str, ...]) -> float:
    changes = tuple(Change("water", site, "functional") for site in chosen)
    return analyse(data, PARAMS, changes, priorities=False).totals["water"]["served"]


def solve(data: Inputs, budget: float, **more) -> Plan:
    return best_plan(candidate_lists(data, PARAMS), budget, **more)


@pytest.mark.parametrize("seed", range(3))
def test_equal_to_all_subsets_without_capacity(seed: int) -> None:
    data = ground(seed, capacity=False)
    costs = dict(zip(data.water_points["point_id"], data.water_points["rehab_cost_idr"], strict=True))
    broken = [f"p{j}" for j in range(3, 10)]
    base = served(data, ())
    value = {
        subset: served(data, subset) - base
        for size in range(len(broken) + 1)
        for subset in itertools.combinations(broken, size)
    }
    for budget in (0.0, 12e6, 30e6, 60e6):
        best = max(gain for subset, gain in value.items() if sum(costs[p] for p in subset) <= budget)
        found = solve(data, budget)
        assert found.optimal
        assert found.people_gained == pytest.approx(best, abs=1e-6)
        assert found.cost_idr <= budget


@pytest.mark.parametrize("seed", range(5))
def test_people_gained_is_coverage_after_less_before(seed: int) -> None:
    data = ground(seed, capacity=True)
    found = solve(data, 50e6)
    chosen = tuple(step.site_id for step in found.steps)
    assert found.people_gained == pytest.approx(served(data, chosen) - served(data, ()), abs=1e-6)
    assert sum(step.gain_in_plan for step in found.steps) == pytest.approx(found.people_gained, abs=1e-6)
    assert all(step.gain_in_plan <= step.gain_alone + 1e-6 or step.gain_in_plan > 0 for step in found.steps)
    assert found.gap <= 1e-5


def test_a_larger_budget_never_serves_fewer() -> None:
    data = ground(9, capacity=False)
    gains = [solve(data, budget * 1e6).people_gained for budget in range(0, 120, 10)]
    assert gains == sorted(gains)
    assert gains[0] == 0


def test_committed_sites_are_in_and_too_dear_ones_refused() -> None:
    data = ground(2, capacity=False)
    dear = max(range(3, 10), key=lambda j: data.water_points["rehab_cost_idr"][j])
    found = solve(data, 60e6, committed=[f"p{dear}"])
    assert f"p{dear}" in {step.site_id for step in found.steps}
    with pytest.raises(CallError):
        solve(data, 1e5, committed=[f"p{dear}"])
    with pytest.raises(CallError):
        solve(data, 60e6, committed=["nobody"])
    with pytest.raises(CallError):
        solve(data, float("nan"))


def test_the_shipped_kecamatan_both_services(shipped: Inputs) -> None:
    found = best_plan(candidate_lists(shipped, Params(area="32.03.18")), 500e6)
    assert found.optimal
    assert {step.service for step in found.steps} == {"water", "sanitation"}
    assert found.people_gained > 500
    assert found.cost_idr <= 500e6


def test_nothing_to_plan() -> None:
    found = solve(inputs([settlement("a", offset(0), 10)]), 1e6)
    assert (found.steps, found.people_gained) == ((), 0.0)
