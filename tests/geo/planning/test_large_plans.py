"""The large way of planning, through the same door as the small one."""

from __future__ import annotations

import pytest

from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.planning import plans
from geo.planning.options import options_of
from geo.planning.plans import Wish, best_plan


def test_a_large_plan_is_near_the_exact_one_and_keeps_the_budget(
    shipped: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = options_of(shipped, Params(standard="sphere"), actions=("repair", "upgrade", "new", "latrine"))
    exact = best_plan(options, Wish(limit=2e9))
    monkeypatch.setattr(plans, "LARGE", 100)
    monkeypatch.setattr(plans, "POLISHED", 0)
    large = best_plan(options, Wish(limit=2e9))
    assert large.gap <= 1e-3
    assert large.cost_idr <= 2e9
    assert large.people_gained >= 0.9 * exact.people_gained
    assert large.people_bound >= large.people_gained
