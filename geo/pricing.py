"""Plans beyond the exact model's reach: a price per rupiah takes the budget away, and the ground falls apart.

With a price on money instead of a budget, choices that share nobody have nothing to do with each other. What is surely
worth its price, and what is surely not, is decided by arithmetic (`geo.cover.reduced`); the independent rests are
solved exactly, in batches, on all cores. The sum, plus price × budget, is a proven bound for every plan within the
budget (Lagrangian relaxation); the price that makes the plan cost the budget gives the tightest.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from geo.cover import Bools, Cover, Solution, components, lazy_greedy, reduced
from geo.distance import Ints
from geo.exact import Demand, Watch, solve

#: Choices solved together; how near a batch is solved to its best.
BATCH, BATCH_GAP = 500, 2e-4
PASSES = 6


@dataclass(frozen=True, eq=False)
class _Priced:
    chosen: Bools
    bound: float
    cost: float


def solve_by_price(
    cover: Cover, budget: float, *, seconds: float = 60.0, gap: float = 1e-3, watch: Watch | None = None
) -> Solution:
    """Find a plan within the budget and a bound, to the gap or as far as the time goes.

    Parameters
    ----------
    cover, budget
        The problem; costs and budget in the same unit.
    seconds, gap
        When to stop.
    watch
        Told (seconds, value, bound) between batches; True stops the search.
    """
    began = time.monotonic()
    best = lazy_greedy(cover, budget)
    price = _last_rate(cover, best, budget)
    low, high = 0.0, np.inf

    def stop() -> bool:
        spent = time.monotonic() - began
        return spent > seconds or (watch is not None and watch(spent, best.value, best.bound))

    for _ in range(PASSES):
        if stop() or best.gap <= gap or price <= 0:
            break
        priced = _at_price(cover, price, stop)
        if priced is None:
            break
        bound = priced.bound + price * budget
        better = lazy_greedy(cover, budget, _trimmed(cover, priced.chosen, budget))
        value, chosen = max((best.value, best.chosen), (better.value, better.chosen), key=lambda pair: pair[0])
        best = Solution(chosen, value, max(min(best.bound, bound), value))
        if priced.cost > budget:
            low = price
        else:
            high = price
        price = _next_price(price, priced.cost / budget if budget else 1.0, low, high)
    return best


def _next_price(price: float, used: float, low: float, high: float) -> float:
    """Dearer if the plan cost too much, cheaper if money was left; between what is known of both sides."""
    guess = price * min(max(used, 0.25), 4.0) ** 1.5
    if high < np.inf and low > 0:
        return float(np.clip(guess, low + 0.1 * (high - low), high - 0.1 * (high - low)))
    return float(guess)


def _last_rate(cover: Cover, greedy: Solution, budget: float) -> float:
    """About what the last rupiah of the greedy plan brought: the price to begin with."""
    cost = cover.cost * greedy.chosen
    adds = np.where(greedy.chosen & ~cover.fixed, cover.most, 0.0)
    order = np.argsort(-np.divide(adds, cost, out=np.zeros_like(adds), where=cost > 0))
    tail = lazy_greedy(cover, 0.9 * budget)
    spent = float(cost.sum()) - float(cover.cost[tail.chosen].sum())
    if spent > 0 and greedy.value > tail.value:
        return (greedy.value - tail.value) / spent
    rates = adds[order][cost[order] > 0] / cost[order][cost[order] > 0]
    return float(rates[-1]) if len(rates) else 0.0


def _trimmed(cover: Cover, chosen: Bools, budget: float) -> Bools:
    """Give up what is worth least for its cost until the rest is affordable."""
    chosen = chosen.copy()
    over = float(cover.cost[chosen].sum()) - budget
    if over <= 0:
        return chosen
    reach = np.bincount(cover.group[chosen[cover.owner]], minlength=len(cover.people))
    alone = np.where(reach == 1, cover.people * cover.worth, 0.0)[cover.group]
    loses = np.minimum(np.bincount(cover.owner, weights=alone, minlength=cover.choices), cover.most)
    may = np.flatnonzero(chosen & ~cover.fixed & (cover.cost > 0))
    order = may[np.argsort(loses[may] / cover.cost[may], kind="stable")]
    gone = order[: int(np.searchsorted(np.cumsum(cover.cost[order]), over)) + 1]
    chosen[gone] = False
    return chosen


def _at_price(cover: Cover, price: float, stop: Callable[[], bool]) -> _Priced | None:
    """Solve the problem without a budget at a price; None if it was stopped before the end."""
    into, out = reduced(cover, price)
    taken = np.zeros(len(cover.people), dtype=bool)
    taken[cover.group[(into & cover.ample)[cover.owner]]] = True
    open_ = ~out & ~(into & cover.ample)
    part = components(cover, open_, ~taken)
    chosen = into.copy()
    bound = float((cover.people * cover.worth)[taken].sum()) - price * float(cover.cost[into & cover.ample].sum())
    tight_in = into & ~cover.ample
    jobs = _batches(part)
    demand = Demand(price=price, gap=BATCH_GAP)

    def work(choices: Ints) -> tuple[Ints, Solution | None]:
        if stop():
            return choices, None
        reached = np.zeros(len(cover.people), dtype=bool)
        for j in choices.tolist():
            reached[cover.group[cover.start[j] : cover.start[j + 1]]] = True
        piece = cover.only(choices, reached & ~taken)
        return choices, solve(replace(piece, fixed=tight_in[choices]), demand)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for choices, found in pool.map(work, jobs):
            if found is None:
                return None
            chosen[choices] = found.chosen
            bound += found.bound
    return _Priced(chosen, bound, float(cover.cost[chosen].sum()))


def _batches(part: Ints) -> list[Ints]:
    """Whole parts together, up to `BATCH` choices or one large part."""
    members = np.flatnonzero(part >= 0)
    members = members[np.argsort(part[members], kind="stable")]
    if not len(members):
        return []
    ends = np.flatnonzero(np.diff(part[members])) + 1
    batches, begin = [], 0
    for end in [*ends.tolist(), len(members)]:
        if end - begin >= BATCH or end == len(members):
            batches.append(members[begin:end])
            begin = end
    return batches
