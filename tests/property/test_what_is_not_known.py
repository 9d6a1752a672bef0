"""Best and worst case, sentences and plans hold on worlds drawn at random, whatever is filled in for what is not known."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from shapely.geometry import box

from exports.tables.sheet import with_why
from geo.analysis.analyse import analyse
from geo.model.changes import Change
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.model.results import Analysis
from geo.planning.by_replay import MOST_CHOICES
from geo.planning.options import options_of
from geo.planning.plans import Wish, best_plan, curve
from tests.builders import inputs, offset, point, settlement, village

WPDX = Params(standard="wpdx")
WEST, EAST = box(107.0, -7.4, 107.15, -7.0), box(107.15, -7.4, 107.3, -7.0)


def world(seed: int, sites: int = 6, fill: np.random.Generator | None = None) -> Inputs:
    """Two villages, eight places, some points; what nobody knows is filled in at random where `fill` is given."""
    random = np.random.default_rng(seed)
    piped = [None if random.random() < 0.5 else float(random.integers(0, 60)) for _ in range(2)]
    mapped = ["2026-01-01", None if random.random() < 0.5 else "2026-01-01"]
    if fill is not None:
        piped = [float(fill.integers(0, 101)) if known is None else known for known in piped]
    villages = [
        village(
            f"32.03.18.200{n + 1}", geometry=shape, surveyed_on=mapped[n], households=100.0, households_piped=piped[n]
        )
        for n, shape in enumerate((WEST, EAST))
    ]
    places = []
    for n in range(8):
        east, north = random.uniform(-2500, 2500, 2)
        code = "32.03.18.2001" if east < 0 else "32.03.18.2002"
        places.append(settlement(f"s{n}", offset(east, north), float(random.integers(20, 400)), village_code=code))
    points = [_point(n, random, fill) for n in range(sites)]
    return inputs(places, points, villages)


def _point(n: int, random: np.random.Generator, fill: np.random.Generator | None) -> dict[str, Any]:
    status = "functional" if n < 2 else str(random.choice(["non_functional", "unknown", "unknown", "dry_season"]))
    east, north = random.uniform(-2500, 2500, 2)
    capacity = None if random.random() < 0.4 else float(random.integers(0, 300))
    if fill is not None:
        status = str(fill.choice(["functional", "non_functional"])) if status == "unknown" else status
        capacity = float(fill.integers(0, 2000)) if capacity is None else capacity
    cost = float(random.integers(1, 20)) * 1e6
    return point(f"p{n}", offset(east, north), status, capacity_people=capacity, rehab_cost_idr=cost)


@pytest.mark.parametrize("season", ["wet", "dry"])
@pytest.mark.parametrize("seed", range(5))
def test_any_filling_in_lies_between_best_and_worst(seed: int, season: str) -> None:
    params = WPDX.with_(season=season)
    unknown = analyse(world(seed), params, priorities=False)
    low, high = unknown.totals["water"]["worst_share"], unknown.totals["water"]["best_share"]
    assert low <= unknown.totals["water"]["share"] <= high
    for filling in range(6):
        filled = analyse(world(seed, fill=np.random.default_rng(filling)), params, priorities=False)
        total = filled.totals["water"]
        assert low - 1e-9 <= total["share"] <= high + 1e-9
        assert total["worst_share"] >= low - 1e-9, "knowing more never widens"
        assert total["best_share"] <= high + 1e-9


def test_an_unknown_point_that_works_never_lowers_the_best_case() -> None:
    data = inputs(
        [settlement("a", offset(0), 100.0)],
        [point("p", offset(100), "unknown", capacity_people=10.0)],
        [village(surveyed_on=None)],
    )
    before = analyse(data, WPDX, priorities=False).totals["water"]
    after = analyse(data, WPDX, (Change("water", "p", "functional"),), priorities=False).totals["water"]
    assert before["best_share"] == after["best_share"] == 1.0
    assert (after["served"], after["unmapped"], after["over_capacity"]) == (10.0, 90.0, 0.0)


@pytest.mark.parametrize(
    ("counts", "share", "worst", "best"),
    [
        ({"hh_own": 50.0}, 0.05, 0.05, 1.0),
        ({"hh_open": 10.0}, 0.0, 0.0, 0.99),
        ({"hh_own": 600.0, "hh_open": 400.0}, 0.6, 0.6, 0.6),
        ({"hh_own": 900.0, "hh_open": 600.0}, 0.6, 0.6, 0.6),
    ],
)
def test_households_nobody_counted_may_have_a_toilet(
    counts: dict[str, float], share: float, worst: float, best: float
) -> None:
    data = inputs([settlement("a", offset(0), 100.0)], [], [village(households=1000.0, **counts)])
    result = analyse(data, WPDX, priorities=False)
    total = result.totals["sanitation"]
    assert (total["share"], total["worst_share"], total["best_share"]) == pytest.approx((share, worst, best))
    told = {notice.key for notice in result.notices}
    assert ("problem.rungs_exceed" in told) == (sum(counts.values()) > 1000)


def test_more_connections_than_households_are_told() -> None:
    data = inputs([settlement("a", offset(0), 100.0)], [], [village(households=100.0, households_piped=250.0)])
    result = analyse(data, WPDX, priorities=False)
    assert "problem.connections_exceed" in {notice.key for notice in result.notices}
    bare = inputs([settlement("a", offset(0), 100.0)], [], [village(households=None, households_piped=250.0)])
    result = analyse(bare, WPDX, priorities=False)
    assert "problem.connections_without_households" in {notice.key for notice in result.notices}
    total = result.totals["water"]
    assert (total["worst_share"], total["best_share"]) == (0.0, 1.0)
    assert (total["unmapped"], total["gap"]) == (100.0, 0.0)  # anybody may be one of the 250
    none = inputs([settlement("a", offset(0), 100.0)], [], [village(households=None, households_piped=0.0)])
    total = analyse(none, WPDX, priorities=False).totals["water"]
    assert (total["unmapped"], total["gap"]) == (0.0, 100.0)


def _around(analysis: Analysis, data: Inputs, site_id: str) -> dict[str, float]:
    """People around a site by brute force: all, with need, left; and what the site serves."""
    from pyproj import Geod

    at = data.water_points.set_index("point_id").geometry[site_id]
    found = dict.fromkeys(("people", "own", "left"), 0.0)
    for place in analysis.places.itertuples():
        if Geod(ellps="WGS84").inv(at.x, at.y, place.geometry.x, place.geometry.y)[2] <= 1000:
            found["people"] += place.people
            found["own"] += place.on_premises
            found["left"] += place.over_capacity + place.out_of_reach + place.unmapped
    return found


@pytest.mark.parametrize("season", ["wet", "dry"])
@pytest.mark.parametrize("seed", range(6))
def test_why_a_site_gains_nobody_is_true(seed: int, season: str) -> None:
    data, params = world(seed), WPDX.with_(season=season)
    analysis = analyse(data, params)
    working = analysis.water_points.set_index("point_id")["working"]
    for row in analysis.priorities.itertuples():
        around = _around(analysis, data, row.site_id)
        truth = {
            "nobody": around["people"] < 0.5,
            "works": bool(working[row.site_id]),
            "own": around["people"] - around["own"] < 0.5,
            "no_capacity": row.capacity_people == 0,
            "unmapped": row.gain_unmapped >= 0.5,
            "served": around["left"] < 0.5,
            "alone": True,
            None: row.gain_people >= 0.5,
        }
        reason = row.no_gain if isinstance(row.no_gain, str) else None
        assert truth[reason], (row.site_id, reason)
    for lang in ("id", "en"):
        assert with_why(analysis.priorities, lang)["why"].str.len().gt(20).all()


@pytest.mark.parametrize("unmapped", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_plans_equal_all_subsets_replayed(seed: int, unmapped: bool) -> None:
    """The headline, the bound, the target and the curve are those of the best of all subsets, each analysed anew."""
    data = world(seed + 100, sites=7)
    options = options_of(data, WPDX)
    broken = options.table["site_id"].tolist()
    assert 1 <= len(broken) <= MOST_CHOICES
    cost = dict(zip(data.water_points["point_id"], data.water_points["rehab_cost_idr"], strict=True))
    totals = {
        subset: analyse(
            data, WPDX, tuple(Change("water", one, "functional") for one in subset), priorities=False
        ).totals
        for size in range(len(broken) + 1)
        for subset in itertools.combinations(broken, size)
    }
    before = totals[()]["water"]

    def gained(subset: tuple[str, ...]) -> float:
        after = totals[subset]["water"]
        return after["served"] - before["served"] if unmapped else before["gap"] - after["gap"]

    spent = {subset: sum(cost[one] for one in subset) for subset in totals}
    for budget in (5e6, 15e6, 40e6):
        wish = Wish(limit=budget, count_unmapped=unmapped)
        plan = best_plan(options, wish)
        best = max(gained(subset) for subset in totals if spent[subset] <= budget)
        assert plan.optimal
        assert plan.people_gained == pytest.approx(best, abs=0.01)
        assert plan.people_bound == pytest.approx(best, abs=0.01)
        assert gained(tuple(sorted(step.site_id for step in plan.steps))) == pytest.approx(best, abs=0.01)
        along = curve(options, wish, 5, known=plan)
        assert all(one.people_gained <= plan.people_gained + 0.01 for one in along if one.limit <= budget)
    for target in (0.5, 0.8):
        plan = best_plan(options, Wish(target_share=target, count_unmapped=unmapped))
        share = {subset: total["water"]["share"] for subset, total in totals.items()}
        enough = [spent[subset] for subset in totals if share[subset] >= target - 1e-9]
        chosen = tuple(sorted(step.site_id for step in plan.steps))
        assert bool(plan.missed) == (not enough)
        if enough:
            assert plan.cost_idr == pytest.approx(min(enough))
        else:
            assert share[chosen] == pytest.approx(max(share.values()), abs=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_a_rank_lies_in_its_range_and_no_order_of_rows_matters(seed: int) -> None:
    data = world(seed, sites=12)
    turned = Inputs.of(
        {name: table.iloc[::-1].reset_index(drop=True) for name, table in data.tables().items()}, version=data.version
    )
    listed, other = (analyse(one, WPDX).priorities.set_index("site_id").sort_index() for one in (data, turned))
    assert (listed["rank_low"] <= listed["rank"]).all()
    assert (listed["rank"] <= listed["rank_high"]).all()
    for name in ("rank", "rank_low", "rank_high", "top_n_share"):
        assert listed[name].tolist() == other[name].tolist()


@pytest.mark.parametrize(
    ("counts", "known"),
    [
        ({"hh_own": 50.0}, False), ({"hh_own": 50.0, "hh_shared": 0.0}, False), ({"hh_own": 50.0, "hh_open": 50.0}, False),
        ({"hh_own": 50.0, "hh_shared": 0.0, "hh_unimproved": 0.0, "hh_open": 50.0}, True),
        ({"hh_jsp": 30.0, "hh_jssp": 20.0, "hh_shared": 0.0, "hh_open": 50.0}, True),
    ],
)  # fmt: skip
def test_some_rungs_are_no_count_of_households(counts: dict[str, float], known: bool) -> None:
    """Where nobody told how many households there are, only a count of all rungs says it."""
    data = inputs([settlement("a", offset(0), 100.0)], [], [village(**counts)])
    total = analyse(data, WPDX, priorities=False).totals["sanitation"]
    found = (total["worst_share"], total["best_share"])
    assert found == pytest.approx((0.5, 0.5) if known else (0.0, 1.0))


@pytest.mark.parametrize(
    ("told", "key"),
    [({"population": 100, "population_year": 2015, "surveyed_on": "2025-03-01"}, "counted_long_before"),
     ({"households": 100.0, "households_piped": 10.0, "hh_water_safe": 50.0}, "safe_exceeds"),
     ({"households": 100.0, "hh_handwashing": 180.0}, "handwashing_exceeds")],
)  # fmt: skip
def test_counts_that_do_not_fit_each_other_are_told(told: dict[str, object], key: str) -> None:
    result = analyse(inputs([settlement("a", offset(0), 100.0)], [], [village(**told)]), WPDX, priorities=False)
    assert f"problem.{key}" in {notice.key for notice in result.notices}
    fits = analyse(inputs([settlement("a", offset(0), 100.0)]), WPDX, priorities=False)
    assert f"problem.{key}" not in {notice.key for notice in fits.notices}
