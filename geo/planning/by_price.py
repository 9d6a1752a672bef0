"""Plans beyond the exact model's reach: a price per rupiah takes the budget away, and the ground falls apart.

With a price on money instead of a budget, choices that share nobody have nothing to do with each other. What is
surely worth its price, and what is surely not, is decided by arithmetic (`geo.planning.cover.reduced`); the
independent rests are solved exactly, in batches, on all cores. The sum, plus price × budget, is a proven bound for
every plan within the budget (Lagrangian relaxation); the price that makes the plan cost the budget gives the
tightest.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from geo.model.arrays import Bools, Ints
from geo.planning.cover import Cover, Solution, components, lazy_greedy, reduced
from geo.planning.exact import Order, Watch, solve

#: Choices solved together; how near a batch is solved to its best.
BATCH, BATCH_GAP = 500, 2e-4
PASSES = 12
#: What two plans differ in is solved exactly up to so many choices, in so many seconds.
FREE, BETWEEN_SECONDS = 4000, 10.0


@dataclass(frozen=True, eq=False)
class Priced:
    """The best choices at a price for money: no choices within a budget are worth more than bound + price × budget."""

    price: float
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
    ends = began + seconds
    greedy = lazy_greedy(cover, budget)
    best = settled(cover, greedy)
    price = greedy.rate
    dear: Priced | None = None  # the dearest plan that is affordable, and the cheapest that is not
    cheap: Priced | None = None
    before: Priced | None = None

    def stop() -> bool:
        now = time.monotonic()
        return now > ends or (watch is not None and watch(now - began, best.value, best.bound))

    for _ in range(PASSES):
        if stop() or best.gap <= gap or price <= 0:
            break
        priced = at_price(cover, price, stop, ends)
        if priced is None:
            break
        if priced.cost > budget:
            cheap = priced
        else:
            dear = priced
        chosen = _trimmed(cover, priced.chosen, budget)
        if dear is not None and cheap is not None:
            chosen = _between(cover, dear.chosen, cheap.chosen, budget, ends)
        better = settled(cover, lazy_greedy(cover, budget, chosen))
        value, chosen = max((best.value, best.chosen), (better.value, better.chosen), key=lambda pair: pair[0])
        best = Solution(chosen, value, max(min(best.bound, priced.bound + price * budget), value))
        price = _next_price(priced, before, dear, cheap, budget)
        before = priced
    return best


def _next_price(last: Priced, before: Priced | None, dear: Priced | None, cheap: Priced | None, budget: float) -> float:
    """Dearer if the plan cost too much, cheaper if money was left; between two, where their costs meet the budget."""
    if dear is None or cheap is None:
        used = min(max(last.cost / budget if budget else 1.0, 0.25), 4.0)
        answer = 0.67  # by how much the cost falls when the price rises, both in logarithms
        if before is not None and min(before.cost, last.cost) > 0 and before.price != last.price:
            answer = abs(np.log(last.cost / before.cost) / np.log(last.price / before.price))
        return float(last.price * used ** min(1.1 / max(answer, 0.1), 8.0))
    share = (cheap.cost - budget) / max(cheap.cost - dear.cost, 1e-9)
    return float(cheap.price * (dear.price / cheap.price) ** min(max(share, 0.1), 0.9))


def _between(cover: Cover, dear: Bools, cheap: Bools, budget: float, ends: float) -> Bools:
    """The best plan that has what both plans have, and of what only one has as much as the budget allows."""
    common, free = dear & cheap, dear ^ cheap
    if not free.any() or int(free.sum()) > FREE:
        return dear
    taken = np.zeros(len(cover.people), dtype=bool)
    taken[cover.group[(common & cover.ample)[cover.owner]]] = True
    open_ = free | (common & ~cover.ample)
    part = components(cover, open_, ~taken)
    kept = np.flatnonzero(open_ & np.isin(part, np.unique(part[free]))).astype(np.int64)
    rest = common.copy()
    rest[kept] = False
    reached = np.zeros(len(cover.people), dtype=bool)
    for j in kept.tolist():
        reached[cover.group[cover.start[j] : cover.start[j + 1]]] = True
    piece = replace(cover.only(kept, reached & ~taken), fixed=common[kept])
    money = budget - float(cover.cost[rest].sum())
    found = solve(piece, Order(budget=money, gap=BATCH_GAP, seconds=min(BETWEEN_SECONDS, _until(ends))))
    if found is None:
        return dear
    chosen = rest
    chosen[kept] = found.chosen
    return chosen


def settled(cover: Cover, found: Solution) -> Solution:
    """The solution with its people shared as well as can be, by the model: the greedy does only nearly so."""
    rows = np.flatnonzero(found.chosen).astype(np.int64)
    if cover.ample[rows].all():
        return found
    open_ = cover.only(rows, np.ones(len(cover.people), dtype=bool))
    best = solve(replace(open_, fixed=np.ones(len(rows), dtype=bool)), Order(budget=float("inf")))
    if best is None or (cover.present is None and best.value < found.value):
        return found
    return Solution(found.chosen, best.value, found.bound)


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


def _until(ends: float) -> float:
    """Seconds that a solver may still take: a tenth at the least, for its bound at the root."""
    return max(ends - time.monotonic(), 0.1)


def at_price(cover: Cover, price: float, stop: Callable[[], bool], ends: float = float("inf")) -> Priced | None:
    """Solve the problem without a budget at a price; None if it was stopped before the end.

    `ends` is the moment (`time.monotonic`) at which solvers stop; what they know by then is still a bound.
    """
    into, out = reduced(cover, price)
    taken = np.zeros(len(cover.people), dtype=bool)
    taken[cover.group[(into & cover.ample)[cover.owner]]] = True
    open_ = ~out & ~(into & cover.ample)
    part = components(cover, open_, ~taken)
    chosen = into.copy()
    bound = float((cover.people * cover.worth)[taken].sum()) - price * float(cover.cost[into & cover.ample].sum())
    tight_in = into & ~cover.ample
    jobs = _batches(part)
    demand = Order(price=price, gap=BATCH_GAP)

    def work(choices: Ints) -> tuple[Ints, Solution | None]:
        if stop():
            return choices, None
        reached = np.zeros(len(cover.people), dtype=bool)
        for j in choices.tolist():
            reached[cover.group[cover.start[j] : cover.start[j + 1]]] = True
        piece = cover.only(choices, reached & ~taken)
        mine = replace(demand, seconds=min(demand.seconds, _until(ends)))
        return choices, solve(replace(piece, fixed=tight_in[choices]), mine)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for choices, found in pool.map(work, jobs):
            if found is None:
                return None
            chosen[choices] = found.chosen
            bound += found.bound
    return Priced(price, chosen, bound, float(cover.cost[chosen].sum()))


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
