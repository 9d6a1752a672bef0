"""Plans and ranks, timed: each size as DESIGN and docs/performance.md name it, and spopt on its own problem."""

from __future__ import annotations

import resource
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geo.model.inputs import Inputs
from geo.model.params import SPREADS, Params
from geo.planning.by_price import solve_by_price
from geo.planning.cover import lazy_greedy
from geo.planning.exact import Order, solve
from geo.planning.options import options_of
from geo.planning.plans import Wish, best_plan
from geo.priorities.uncertainty import Draws, rank_spread
from geo.workspace.shipped import shipped_tables
from geo.years.frontier import frontier
from geo.years.ground import ground_of
from geo.years.money import grants_of
from geo.years.plan import plan_of
from geo.years.schedule import scheduled
from geo.years.swept import swept
from geo.years.wish import YearWish
from geo.years.worths import Summed
from tests.bench.grounds import cover_of, regency


def told(what: str, seconds: float, **more: object) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{what}: {seconds:.2f} s, {peak:.0f} MB so far; " + ", ".join(f"{k} {v}" for k, v in more.items()))


def test_kecamatan_every_action() -> None:
    tables, sources = shipped_tables()
    data = Inputs.of(tables, version="shipped", sources=sources)
    actions = ("repair", "upgrade", "new", "latrine", "mck")
    began = time.perf_counter()
    options = options_of(data, Params(area="32.03.18"), actions=actions)
    found = best_plan(options, Wish(limit=500e6))
    took = time.perf_counter() - began
    told("kecamatan", took, choices=len(options.table), gap=found.gap, people=found.people_gained)
    free = found.redistributed or 0.0  # people under the bound who need no action: no plan's figure holds them
    assert found.optimal or found.people_bound - free >= found.people_gained
    assert took < 1


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_regency_proven(share: float) -> None:
    cover = cover_of(5500, 2600)
    budget = float(cover.cost.sum()) * share
    began = time.perf_counter()
    begin = solve_by_price(cover, budget, gap=1e-4)
    found = solve(cover, Order(budget=budget), begin)
    told(f"regency, {share:.0%} of all cost", time.perf_counter() - began, groups=len(cover.people), gap=found.gap)
    assert found.gap <= 1e-5


@pytest.mark.parametrize(("name", "places", "sites"), [("province", 60_000, 24_000), ("Indonesia", 1_300_000, 500_000)])
@pytest.mark.parametrize("share", [0.1, 0.3])
def test_large_to_a_thousandth(name: str, places: int, sites: int, share: float) -> None:
    cover = cover_of(places, sites)
    budget = float(cover.cost.sum()) * share
    began = time.perf_counter()
    greedy = lazy_greedy(cover, budget)
    middle = time.perf_counter()
    found = solve_by_price(cover, budget, gap=1e-3)
    took = time.perf_counter() - middle
    more = {
        "groups": len(cover.people),
        "gap": f"{found.gap:.5f}",
        "greedy": f"{greedy.value / found.bound:.4f} of the bound",
    }
    told(f"{name}, {share:.0%} of all cost", took, **more, greedy_seconds=f"{middle - began:.2f}")
    assert found.gap <= 1e-3


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of pulp, inside spopt
def test_spopt_on_its_own_problem() -> None:
    """spopt's MCLP (p sites, no budget, pulp's CBC) against the exact model with a budget of p actions."""
    spopt = pytest.importorskip("spopt.locate.coverage")
    import pulp

    cover = cover_of(1500, 400)
    groups, sites, p = len(cover.people), cover.choices, 30
    distance = np.ones((groups, sites))
    distance[cover.group, cover.owner] = 0.0
    began = time.perf_counter()
    theirs = spopt.MCLP.from_cost_matrix(distance, cover.people, 0.5, p).solve(pulp.PULP_CBC_CMD(msg=False))
    their_time = time.perf_counter() - began
    counted = type(cover)(
        cover.start, cover.group, cover.people, cover.worth, np.ones(sites), cover.capacity, cover.fixed
    )
    began = time.perf_counter()
    ours = solve(counted, Order(budget=float(p)))
    our_time = time.perf_counter() - began
    told("spopt MCLP", their_time, ours=f"{our_time:.2f} s", ratio=f"{their_time / our_time:.1f}")
    assert ours.value == pytest.approx(pulp.value(theirs.problem.objective), rel=1e-6)


@pytest.mark.parametrize("spread", SPREADS)
def test_ten_thousand_draws_of_five_hundred_sites(spread: str) -> None:
    random = np.random.default_rng(0)
    names = [
        "gain_people",
        "crucialness",
        "pressure",
        "relief_people",
        "person_km_saved",
        "gain_poor",
        "institutions",
        "evidence",
    ]
    scaled = pd.DataFrame({name: random.random(500) for name in names})
    began = time.perf_counter()
    rank_spread(scaled, np.full(500, 0.1), dict.fromkeys(names, 1.0), Draws(10_000, spread))
    told(f"Monte Carlo, {spread}", time.perf_counter() - began)


def test_five_years_of_a_regency() -> None:
    """Beside the obvious way: the best plan of each year's money, one year after the other."""
    data, params = regency(), Params(standard="wpdx", radius_m=500.0)
    wish = YearWish(2027, 5, grants_of(["all:APBD=3e9", "all:DAK=1e9+"], 2027, 5))
    began = time.perf_counter()
    ground = ground_of(data, params, wish)
    found = plan_of(ground, scheduled(ground))
    took = time.perf_counter() - began
    began = time.perf_counter()
    changes: tuple[Any, ...] = ()
    gained, total = 0.0, 0.0
    for _ in range(5):
        one = best_plan(options_of(data, params, changes), Wish(limit=4e9))
        changes, gained = (*changes, *one.changes()), gained + one.people_gained
        total += gained
    obvious = time.perf_counter() - began
    print(f"\nfive years, {len(ground.table)} choices: {took:.1f} s, gap {found.gap:.2%}; year by year {obvious:.1f} s")
    print(f"people-years {found.people_years:.0f} against {total:.0f} year by year")
    assert found.gap <= 0.01
    assert found.people_years >= total * 0.999


def test_every_budget_of_a_regency() -> None:
    options = options_of(regency(), Params(standard="wpdx", radius_m=500.0))
    began = time.perf_counter()
    found = frontier(options, budgets=200)
    took = time.perf_counter() - began
    gaps = [one.gap or 0.0 for one in found.budgets[1:]]
    orders = [one.order_gap for one in found.budgets[1:]]
    print(f"\n200 budgets, {len(options.table)} choices: {took:.1f} s, gap at most {max(gaps):.2%}")
    print(f"one order costs at most {max(orders):.2%}, {sum(orders) / len(orders):.2%} on average")


def test_every_budget_of_a_country_without_capacities() -> None:
    """The anchor's size, 186,719 candidates; beside the obvious way: one greedy order, which proves nothing."""
    cover = cover_of(1_300_000, 186_719, reach_m=3200.0)
    swept(cover_of(2000, 500))  # what is compiled is kept
    began = time.perf_counter()
    lazy_greedy(cover, float(cover.cost.sum()))
    greedy = time.perf_counter() - began
    began = time.perf_counter()
    found = swept(cover)
    budgets = np.linspace(0, float(cover.cost[found.order].sum()), 201)[1:]
    plans = [found.within(budget) for budget in budgets]
    took = time.perf_counter() - began
    summed = Summed(cover)
    best = np.array([summed.figures(np.flatnonzero(plan))[0] for plan in plans])
    bound = np.array([found.bound(budget) for budget in budgets])
    along = summed.along(found.order)
    ordered = np.array([along.worth_of(along.paid(budget)) for budget in budgets])
    gaps, orders = 1 - best / bound, 1 - ordered / best
    more = {"gap": f"{gaps.max():.4f}", "order": f"{orders.max():.4f}", "greedy alone": f"{greedy:.1f} s"}
    told(f"200 budgets, {cover.choices} choices, {len(cover.group)} pairs", took, **more)
    assert gaps.max() <= 0.005
    assert orders.max() <= 0.02
    assert took <= 20
