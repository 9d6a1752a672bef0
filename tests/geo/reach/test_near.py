"""The nearest other place of each: few are compared each with each, many by a tree, and both say the same."""

from __future__ import annotations

import numpy as np
import pytest

from geo.reach import near


@pytest.mark.parametrize("count", [1, 2, 40, 300])
def test_few_and_many_are_found_alike(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(count)
    ball = near.on_ball(np.column_stack([random.uniform(107, 107.01, count), random.uniform(-7.01, -7, count)]))
    each = near.neighbour(ball, 60.0)
    monkeypatch.setattr(near, "_FEW", 0)
    assert near.neighbour(ball, 60.0).tolist() == each.tolist()
    assert ((each == count) | (each != np.arange(count))).all()
