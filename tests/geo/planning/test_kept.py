"""Floors beyond what is gone through: against every subset replayed; several starts; what one service's target costs."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.planning.by_replay import HALF, MOST_TOGETHER, promises_of
from geo.planning.options import Options, options_of
from geo.planning.plans import Wish, best_plan, replay_of
from geo.years.money import ANY, Grant
from geo.years.plan import year_plan
from geo.years.wish import YearWish
from tests.builders import inputs, offset, point, settlement, village

#: Points of a world, of which one works: more than floors let all be gone through.
POINTS = MOST_TOGETHER + 2


def world(seed: int) -> Options:
    rng = np.random.default_rng(seed)
    codes = [f"32.03.18.200{n + 1}" for n in range(3)]
    places = [
        settlement(
            f"s{n}", offset(*rng.uniform(-1500, 1500, 2)), float(rng.integers(30, 600)), village_code=codes[n % 3]
        )
        for n in range(6)
    ]
    points = [
        point(
            f"p{n:02d}", offset(*rng.uniform(-1500, 1500, 2)), "functional" if n == 0 else "non_functional",
            technology="hand_pump", capacity_people=float(rng.choice([60.0, 120, 250, 400])),
            rehab_cost_idr=float(rng.integers(1, 30)) * 1e6,
        )
        for n in range(POINTS)
    ]  # fmt: skip
    return options_of(
        inputs(places, points, [village(code) for code in codes]), Params(standard="wpdx", radius_m=1000.0)
    )


@pytest.mark.parametrize("seed", range(6))
def test_floors_are_kept_as_the_best_of_all_subsets_keeps_them(seed: int) -> None:
    options = world(seed)
    rng = np.random.default_rng(seed)
    wish = Wish(limit=float(rng.choice([20, 40, 60])) * 1e6, floor_share=float(rng.choice([0.2, 0.3, 0.5])), seconds=20)
    cost = options.table["cost_idr"].to_numpy(dtype=float)
    if len(cost) <= MOST_TOGETHER:
        pytest.skip("all of them are gone through")
    replay, promises = replay_of(options, wish), promises_of(options, wish)
    best = (np.inf, 0.0)
    for size in range(len(cost) + 1):
        for rows in combinations(range(len(cost)), size):
            if cost[list(rows)].sum() <= wish.limit:
                mine = np.array(rows, dtype=np.int64)
                lack = float(np.round(replay.lacks(promises, mine).sum() / HALF))
                best = min(best, (lack, -round(replay.worth(mine), 3)))
    found = best_plan(options, wish)
    ids = [step.site_id for step in found.steps]
    rows = np.flatnonzero(options.table["site_id"].isin(ids)).astype(np.int64)
    assert round(replay.lacks(promises, rows).sum() / HALF) == best[0]
    assert replay.worth(rows) >= -best[1] - HALF
    if found.optimal:
        assert best[0] * HALF <= replay.lacks(promises, np.arange(len(cost))).sum() + HALF


def test_more_kinds_of_action_never_gain_less_than_repairs_alone(shipped: Inputs) -> None:
    params = Params(area="32.03.18")
    alone = best_plan(options_of(shipped, params), Wish(limit=1e8, seconds=10))
    every = best_plan(
        options_of(shipped, params, actions=("repair", "upgrade", "new", "latrine")), Wish(limit=1e8, seconds=10)
    )
    assert every.people_gained >= alone.people_gained - HALF


def test_what_one_services_target_takes_has_nothing_of_the_others(shipped: Inputs) -> None:
    params = Params(area="32.03.18")
    actions = ("repair", "upgrade", "latrine")
    wish = YearWish(first=2027, years=1, grants=(Grant(2027, ANY, 0.0),), targets={2027: 0.8}, seconds=5)
    missed = {one.service: one for one in year_plan(shipped, params, wish, actions=actions).missed}
    both = options_of(shipped, params, actions=actions).table
    for service, one in missed.items():
        if one.missing_idr is not None:
            assert one.missing_idr <= both.loc[both["service"] == service, "cost_idr"].sum() + 1
