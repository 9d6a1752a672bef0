"""Every budget at once: exact where it is gone through, bounded where it is not, and an order that is kept."""

from __future__ import annotations

import itertools
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.planning import by_replay
from geo.planning.coverage_problem import Wish, problem_of
from geo.planning.options import options_of
from geo.planning.plans import best_plan, replay_of
from geo.years.best import curve_of
from geo.years.frontier import Frontier, frontier
from geo.years.swept import swept
from geo.years.worths import Replayed, Summed
from tests.bench.grounds import cover_of
from tests.builders import inputs, offset, point, settlement
from tests.geo.years.test_years import PARAMS, ground, served


def laws(found: Frontier) -> None:
    people = [one.people_gained for one in found.budgets]
    assert people == sorted(people)
    for one in found.budgets:
        assert one.order_people <= one.people_gained + 1e-9 <= one.people_bound + 2e-9
        assert one.cost_idr <= one.budget_idr + 1e-6
    assert people[-1] == pytest.approx(found.most_people)
    assert found.order[-1]["people"] == pytest.approx(found.most_people, abs=0.5)
    assert [step["turn"] for step in found.order] == list(range(1, len(found.order) + 1))
    assert all(share.least_idr <= share.budget_idr for share in found.shares)


@pytest.mark.parametrize("seed", range(3))
def test_equal_to_all_subsets(seed: int) -> None:
    data = ground(seed, choices=6)
    found = frontier(options_of(data, PARAMS), budgets=12)
    laws(found)
    cost = dict(zip(data.water_points["point_id"], data.water_points["rehab_cost_idr"], strict=True))
    broken = [one for one in cost if one not in ("p0", "p1")]
    base = served(data, ())
    value = {
        chosen: served(data, chosen) - base
        for size in range(len(broken) + 1)
        for chosen in itertools.combinations(broken, size)
    }
    for one in found.budgets:
        best = max(gain for chosen, gain in value.items() if sum(cost[p] for p in chosen) <= one.budget_idr)
        assert one.people_gained == pytest.approx(best, abs=1e-6)
        assert one.people_bound == pytest.approx(best, abs=1e-3)
        prefix, spent = [], 0.0
        for step in found.order:
            spent += step["cost_idr"]
            if spent > one.budget_idr:
                break
            prefix.append(step["site_id"])
        assert one.order_people == pytest.approx(value[tuple(sorted(prefix, key=broken.index))], abs=1e-3)
    wanted = [share for share in found.shares if share.share == 1.0]
    least = min(sum(cost[p] for p in chosen) for chosen, gain in value.items() if gain >= wanted[0].people - 0.5)
    assert wanted[0].least_idr == pytest.approx(least)


def test_beyond_going_through_all_the_bound_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    options = options_of(ground(11, choices=12), PARAMS)
    exact = frontier(options, budgets=10)
    monkeypatch.setattr(by_replay, "MOST_CHOICES", 0)
    found = frontier(options, budgets=10)
    laws(found)
    for one, best in zip(found.budgets, exact.budgets, strict=False):
        assert one.people_bound >= best.people_gained * (1 - 1e-9) if one.budget_idr >= best.budget_idr else True
        assert one.people_gained >= 0.8 * best.people_gained


def test_a_budget_of_the_frontier_is_a_plan() -> None:
    options = options_of(ground(2, choices=10), PARAMS)
    for one in frontier(options, budgets=6).budgets[1:]:
        assert best_plan(options, Wish(limit=one.budget_idr)).people_gained == pytest.approx(
            one.people_gained, abs=1e-6
        )


def test_a_large_ground_is_bounded_at_every_budget_and_its_order_is_near() -> None:
    cover = cover_of(6000, 3000, seed=5)
    curve = curve_of(cover, 20)
    worth = cover.people * cover.worth

    def value(rows: np.ndarray) -> float:
        reached = np.zeros(len(worth), dtype=bool)
        for row in rows.tolist():
            reached[cover.group[cover.start[row] : cover.start[row + 1]]] = True
        return float(worth[reached].sum())

    spent = np.cumsum(cover.cost[curve.order])
    for budget in np.linspace(0.05, 0.9, 12) * cover.cost.sum():
        best = value(np.flatnonzero(curve.within(budget)))
        bound = curve.bound(budget)
        assert bound >= best - 1e-6
        assert best >= 0.98 * bound
        prefix = curve.order[: int(np.searchsorted(spent, budget, side="right"))]
        assert value(prefix) >= 0.97 * best


@pytest.mark.parametrize("seed", range(6))
def test_swept_bounds_hold_and_its_plans_are_near_them(seed: int) -> None:
    """Whatever places pay is a bound: held against the linear relaxation, which no plan exceeds either."""
    random = np.random.default_rng(seed)
    cover = cover_of(int(random.integers(300, 1500)), int(random.integers(61, 400)), seed=seed, reach_m=1500.0)
    if seed % 2:  # some are in whatever they cost, and some places weigh more
        fixed = random.random(cover.choices) < 0.05
        cover = replace(cover, fixed=fixed, worth=random.choice([1.0, 1.5], len(cover.people)))
    found, gaps = swept(cover), []
    worth, spent = cover.people * cover.worth, float(cover.cost[cover.fixed].sum())
    reach = sparse.csr_array(
        (np.ones(len(cover.group)), cover.group, cover.start), shape=(cover.choices, len(cover.people))
    )
    rows = sparse.vstack([
        sparse.hstack([-reach.T, sparse.eye_array(len(worth))]),
        sparse.csr_array(np.concatenate([cover.cost, np.zeros(len(worth))])[None, :]),
    ])  # fmt: skip
    least = np.concatenate([cover.fixed, np.zeros(len(worth))])
    for share in np.linspace(0.02, 1.0, 9):
        budget = spent + share * float(cover.cost[found.order].sum())
        limits = np.concatenate([np.zeros(len(worth)), [budget]])
        aim = np.concatenate([np.zeros(cover.choices), -worth])
        relaxed = linprog(aim, A_ub=rows, b_ub=limits, bounds=np.column_stack([least, np.ones(len(least))]))
        plan = found.within(budget)
        assert plan[cover.fixed].all()
        assert cover.cost[plan].sum() <= budget * (1 + 1e-9)
        value = float(worth[reach[np.flatnonzero(plan)].sum(axis=0) > 0].sum())
        assert value <= -relaxed.fun + 1e-6 <= found.bound(budget) + 2e-6
        gaps.append(1 - value / found.bound(budget))
    assert np.mean(gaps[1:]) < 0.015  # of the first, a few choices are all there is money for


def test_summed_worth_is_the_replayed_one() -> None:
    random = np.random.default_rng(4)
    where = [offset(*random.uniform(0, 6000, 2)) for _ in range(150)]
    places = [settlement(f"s{n}", at, float(random.integers(20, 300))) for n, at in enumerate(where)]
    where = [offset(*random.uniform(0, 6000, 2)) for _ in range(90)]
    points = [
        point(f"p{n}", at, "functional" if n < 8 else "non_functional", rehab_cost_idr=float(random.integers(4, 20) * 1e6))
        for n, at in enumerate(where)
    ]  # fmt: skip
    options = options_of(inputs(places, points), replace(PARAMS, capacity=False))
    cost, nothing = options.table["cost_idr"].to_numpy(dtype=float), np.zeros(len(options.table), dtype=bool)
    cover = problem_of(options, Wish(limit=0.0), cost, nothing).cover
    assert Summed.fits(cover)
    summed, replayed = Summed(cover), Replayed(replay_of(options, Wish(limit=0.0)), cost)
    order = random.permutation(len(cost))
    ours, theirs = summed.along(order), replayed.along(order)
    for count in range(0, len(cost) + 1, 9):
        rows = np.sort(order[:count])
        (worth, people), (same_worth, same_people) = summed.figures(rows), replayed.figures(rows)
        assert worth == pytest.approx(same_worth, abs=1e-3)
        assert people == pytest.approx(same_people, abs=1e-6)
        assert ours.people_of(count) == pytest.approx(theirs.people_of(count), abs=1e-6)
    found = frontier(options, budgets=12)
    laws(found)
    assert max(one.gap or 0.0 for one in found.budgets[2:]) < 0.05


def test_people_are_people_where_the_poor_weigh_more() -> None:
    data = ground(3, choices=6)
    data = replace(data, villages=data.villages.assign(poor_share=0.5))
    plain, weighed = (frontier(options_of(data, PARAMS), budgets=5, poor_weight=weight) for weight in (0.0, 2.0))
    assert weighed.most_people == pytest.approx(plain.most_people)
    assert all(one.people_bound is None and one.gap is None for one in weighed.budgets)
    assert all(share.least_idr is None for share in weighed.shares)


def test_no_plan_of_a_few_choices_is_above_its_curve() -> None:
    """Where prices find little, the plan of each budget is sought: what is drawn is what `plan` proves."""
    random = np.random.default_rng(8)
    where = {f"s{n}": offset(float(random.uniform(0, 2500)), float(random.uniform(0, 2500))) for n in range(25)}
    places = [settlement(name, at, float(random.integers(20, 300))) for name, at in where.items()]
    points = [
        point(f"p{n}", offset(float(random.uniform(0, 2500)), float(random.uniform(0, 2500))), "non_functional",
              rehab_cost_idr=float(random.integers(4, 20) * 1e6))
        for n in range(12)
    ]  # fmt: skip
    options = options_of(inputs(places, points), PARAMS)
    found = frontier(options, budgets=6)
    for one in found.budgets[1:]:
        plan = best_plan(options, Wish(limit=one.budget_idr))
        assert one.people_gained >= plan.people_gained - 0.5
        assert one.people_bound is not None
        assert plan.people_gained <= one.people_bound + 0.5
    knee, last = found.knee, found.budgets[-1]
    if last.budget_idr > knee.budget_idr:
        beyond = (last.people_gained - knee.people_gained) / (last.budget_idr - knee.budget_idr)
        assert beyond <= last.people_gained / last.budget_idr + 1e-12


@pytest.mark.parametrize("seed", range(8))
def test_no_order_of_few_choices_loses_less_in_all(seed: int) -> None:
    options = options_of(ground(seed, choices=5), PARAMS)
    found = frontier(options, budgets=8)
    replay, cost = replay_of(options, Wish(limit=0.0)), options.table["cost_idr"].to_numpy(dtype=float)
    rows = np.flatnonzero(options.table["site_id"].isin([step["site_id"] for step in found.order]))
    if len(rows) > 5:
        pytest.skip("not all orders are tried")

    def loses(order: tuple[int, ...]) -> float:
        spent, lost = np.cumsum(cost[list(order)]), 0.0
        for one in found.budgets:
            mine = np.sort(
                np.array(order[: int(np.searchsorted(spent, one.budget_idr + 1e-6, side="right"))], dtype=int)
            )
            lost += one.people_gained - replay.people_counted(mine)
        return lost

    mine = sum(one.people_gained - one.order_people for one in found.budgets)
    assert mine <= min(map(loses, permutations(rows.tolist()))) + 0.5


def test_nobody_is_gained_for_less_than_the_cheapest_costs(shipped: Inputs) -> None:
    options = options_of(shipped, Params(area="32.03.18"), actions=("repair", "upgrade", "new", "latrine"))
    found = frontier(options, budgets=5)
    assert found.budgets[0].people_bound == 0
    assert found.redistributed is not None
    weighed = frontier(options, budgets=5, poor_weight=2.0)
    assert [one.worth for one in weighed.budgets] == sorted(one.worth for one in weighed.budgets)
