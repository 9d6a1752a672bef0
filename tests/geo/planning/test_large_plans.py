"""The large way of planning, through the same door as the small one."""

from __future__ import annotations

import pytest

from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.planning import by_model, by_replay
from geo.planning.options import options_of
from geo.planning.plans import Wish, best_plan
from tests.geo.planning.test_plans import PARAMS, ground


def test_a_large_plan_is_near_the_exact_one_and_keeps_the_budget(
    shipped: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = options_of(shipped, Params(standard="sphere"), actions=("repair", "upgrade", "new", "latrine"))
    exact = best_plan(options, Wish(limit=2e9))
    monkeypatch.setattr(by_model, "ground_of", lambda replay: None)
    monkeypatch.setattr(by_model, "LARGE", 100)
    monkeypatch.setattr(by_model, "POLISHED", 0)
    large = best_plan(options, Wish(limit=2e9))
    assert large.cost_idr <= 2e9
    assert large.people_bound >= exact.people_gained - 0.5
    assert large.gap == pytest.approx((large.people_bound - large.people_gained) / large.people_bound, abs=1e-6)
    assert not large.optimal
    assert large.people_gained >= 0.9 * exact.people_gained
    assert large.people_bound >= large.people_gained


@pytest.mark.parametrize("seed", range(3))
def test_many_small_parts_are_bounded_by_the_engines_own_figures(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Corners of parts: never above the exact best, never below it by more than the bound says, within the money."""
    data = ground(seed + 20, capacity=True)
    options = options_of(data, PARAMS)
    costs = [step.cost_idr for step in best_plan(options, Wish(limit=1e12)).steps]
    for part in (0.2, 0.5, 0.8):
        limit = part * sum(costs)
        exact = best_plan(options, Wish(limit=limit))
        with monkeypatch.context() as patch:
            patch.setattr(by_replay, "MOST_SUBSETS", 0)
            found = best_plan(options, Wish(limit=limit))
        assert found.cost_idr <= limit
        assert found.people_gained <= exact.people_gained + 1e-6 <= found.people_bound + 1e-3
        assert found.people_bound <= exact.people_gained * 1.35 + 1
        assert found.optimal or found.gap > 0
