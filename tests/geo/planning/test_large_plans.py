"""The large way of planning, through the same door as the small one."""

from __future__ import annotations

import pytest

from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.planning import by_model
from geo.planning.options import options_of
from geo.planning.plans import Wish, best_plan


def test_a_large_plan_is_near_the_exact_one_and_keeps_the_budget(
    shipped: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = options_of(shipped, Params(standard="sphere"), actions=("repair", "upgrade", "new", "latrine"))
    exact = best_plan(options, Wish(limit=2e9))
    monkeypatch.setattr(by_model, "LARGE", 100)
    monkeypatch.setattr(by_model, "POLISHED", 0)
    large = best_plan(options, Wish(limit=2e9))
    assert large.cost_idr <= 2e9
    assert large.people_bound >= exact.people_gained - 0.5
    assert large.gap == pytest.approx((large.people_bound - large.people_gained) / large.people_bound, abs=1e-6)
    assert not large.optimal
    assert large.people_gained >= 0.9 * exact.people_gained
    assert large.people_bound >= large.people_gained
