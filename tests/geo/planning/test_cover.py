"""The cover problem on arrays: greedy, bounds, reductions, exact model, price; against all subsets."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.planning import by_price as pricing
from geo.planning.by_price import solve_by_price
from geo.planning.cover import Cover, Floor, components, lazy_greedy, reduced
from geo.planning.exact import Order, least_lacking, solve


def drawn(seed: int, choices: int = 9, groups: int = 14, *, tight: bool = False, poor: bool = False) -> Cover:
    random = np.random.default_rng(seed)
    reach = [np.sort(random.choice(groups, random.integers(0, 5), replace=False)) for _ in range(choices)]
    start = np.concatenate([[0], np.cumsum([len(r) for r in reach])]).astype(np.int64)
    group = np.concatenate(reach).astype(np.int64)
    people = random.integers(1, 100, groups).astype(float)
    worth = random.choice([1.0, 3.0], groups) if poor else np.ones(groups)
    capacity = random.integers(10, 120, choices).astype(float) if tight else np.full(choices, np.inf)
    return Cover(
        start,
        group,
        people,
        worth,
        random.integers(1, 20, choices).astype(float),
        capacity,
        np.zeros(choices, dtype=bool),
    )


def spread(cover: Cover, seed: int, copies: int) -> Cover:
    """Many independent copies with other people and costs, side by side: as a large ground falls apart."""
    random = np.random.default_rng(seed)
    start = np.concatenate([[0], *(cover.start[1:] + k * cover.start[-1] for k in range(copies))])
    group = np.concatenate([cover.group + k * len(cover.people) for k in range(copies)])
    people = random.integers(1, 100, copies * len(cover.people)).astype(float)
    cost = random.integers(1, 20, copies * cover.choices).astype(float)
    size = copies * cover.choices
    return Cover(start, group, people, np.ones(len(people)), cost, np.full(size, np.inf), np.zeros(size, dtype=bool))


def most(cover: Cover, subset: tuple[int, ...]) -> float:
    """The most people a subset can serve: a small transport problem, by brute flow (augmenting one by one)."""
    from scipy.optimize import linprog

    pairs = [(j, g) for j in subset for g in cover.group[cover.start[j] : cover.start[j + 1]].tolist()]
    if not pairs:
        return 0.0
    rows, limits = [], []
    for j in subset:
        rows.append([1.0 if a == j else 0.0 for a, _ in pairs])
        limits.append(min(float(cover.capacity[j]), 1e9))
    for g in range(len(cover.people)):
        rows.append([1.0 if b == g else 0.0 for _, b in pairs])
        limits.append(float(cover.people[g]))
    worth = [-float(cover.worth[g]) for _, g in pairs]
    return -float(linprog(worth, A_ub=rows, b_ub=limits, method="highs").fun)


def every(cover: Cover, budget: float) -> float:
    values = [0.0]
    for size in range(1, cover.choices + 1):
        for subset in itertools.combinations(range(cover.choices), size):
            if cover.cost[list(subset)].sum() <= budget:
                values.append(most(cover, subset))
    return max(values)


@pytest.mark.parametrize("poor", [False, True])
@pytest.mark.parametrize("tight", [False, True])
@pytest.mark.parametrize("seed", range(2))
def test_the_exact_model_equals_all_subsets(seed: int, tight: bool, poor: bool) -> None:
    cover = drawn(seed, 8, 10, tight=tight, poor=poor)
    for budget in (0.0, 15.0, 40.0):
        best = every(cover, budget)
        found = solve(cover, Order(budget=budget))
        assert found.value == pytest.approx(best, abs=1e-2)
        assert most(cover, tuple(np.flatnonzero(found.chosen))) == pytest.approx(best, abs=1e-2)
        assert cover.cost[found.chosen].sum() <= budget
        greedy = lazy_greedy(cover, budget)
        assert greedy.value <= best + 1e-6 <= greedy.bound + 2e-6
        priced = solve_by_price(cover, budget, gap=0.0)
        assert greedy.value <= priced.value <= best + 1e-6 <= priced.bound + 1e-3


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), tight=st.booleans(), price=st.floats(0.1, 30))
def test_what_is_surely_in_or_out_is_so_in_a_best_plan(seed: int, tight: bool, price: float) -> None:
    cover = drawn(seed, 7, 9, tight=tight)
    into, out = reduced(cover, price)
    assert not (into & out).any()
    best = solve(cover, Order(price=price, gap=0.0)).value
    free = np.flatnonzero(~into & ~out)
    kept = max(
        most(cover, subset) - price * float(cover.cost[list(subset)].sum())
        for size in range(len(free) + 1)
        for more in itertools.combinations(free.tolist(), size)
        for subset in [tuple(sorted({*np.flatnonzero(into).tolist(), *more}))]
    )
    assert kept == pytest.approx(best, abs=1e-5)


def test_by_price_many_parts_near_the_proven_best() -> None:
    cover = spread(drawn(3, 12, 16), 5, 150)
    budget = float(cover.cost.sum()) * 0.2
    exact = solve(cover, Order(budget=budget, gap=1e-6))
    priced = solve_by_price(cover, budget, gap=1e-3)
    assert priced.gap <= 1e-3
    assert priced.value <= exact.bound + 1e-6
    assert priced.bound >= exact.value - 1e-6
    assert cover.cost[priced.chosen].sum() <= budget
    warm = solve(cover, Order(budget=budget), priced)
    assert warm.value == pytest.approx(exact.value, rel=1e-5)


def test_a_search_can_be_stopped_and_the_best_so_far_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    cover = spread(drawn(3, 12, 16), 5, 150)
    budget = float(cover.cost.sum()) * 0.2
    told: list[tuple[float, float, float]] = []

    def watch(seconds: float, value: float, bound: float) -> bool:
        told.append((seconds, value, bound))
        return True

    found = solve_by_price(cover, budget, gap=0.0, watch=watch)
    assert told
    assert found.value == lazy_greedy(cover, budget).value
    assert found.bound >= found.value > 0
    monkeypatch.setattr(pricing, "PASSES", 1)
    assert solve_by_price(cover, budget, gap=0.0).gap < found.gap


def test_fixed_choices_are_in_and_committed_cost_counts() -> None:
    cover = drawn(1)
    fixed = np.zeros(9, dtype=bool)
    fixed[4] = True
    forced = Cover(cover.start, cover.group, cover.people, cover.worth, cover.cost, cover.capacity, fixed)
    for found in (solve(forced, Order(budget=30.0)), lazy_greedy(forced, 30.0), solve_by_price(forced, 30.0)):
        assert found.chosen[4]
        assert forced.cost[found.chosen].sum() <= 30


def test_floors_are_kept_or_missed_by_the_least() -> None:
    cover = drawn(2)
    groups = np.arange(14) < 7
    can = float(cover.people[np.unique(cover.group)][np.isin(np.unique(cover.group), np.flatnonzero(groups))].sum())
    floor = Floor("village", "water", groups, can)
    found = solve(cover, Order(floors=(floor,)))
    covered = np.unique(
        np.concatenate([cover.group[cover.start[j] : cover.start[j + 1]] for j in np.flatnonzero(found.chosen)])
    )
    assert cover.people[covered[groups[covered]]].sum() == pytest.approx(can)
    far = Floor("village", "water", groups, can + 50)
    assert least_lacking(cover, Order(floors=(far,)))[0] == pytest.approx(50, abs=1e-3)
    assert solve(cover, Order(floors=(far,))) is None


def test_parts_that_share_nobody_are_told_apart() -> None:
    cover = spread(drawn(0, 1, 4), 1, 3)
    part = components(cover, np.ones(3, dtype=bool), np.ones(len(cover.people), dtype=bool))
    assert len(set(part.tolist())) == 3
