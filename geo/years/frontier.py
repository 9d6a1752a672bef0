"""Every budget at once: people by money from nothing to saturation, a bound above, and one order good at each budget.

Where the parts that can take people from each other are small, the best of every budget follows exactly from replays
(`geo.planning.by_replay`). Else a price on money instead of a budget makes the ground fall apart
(`geo.planning.by_price`): the best choices at a price are the best of all that cost no more, and their worth plus price
× (budget − cost) is a bound for every budget, so some prices draw the whole frontier (Everett 1963).

The order to build in takes what thriftier plans choose before what dearer ones add, or the choice that adds most for
its cost, again and again: the one that loses less against the best of each budget, which is told.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np

from geo.model.arrays import Floats, Ints
from geo.planning.by_model import STARTED
from geo.planning.by_replay import HALF, Replay, every_budget
from geo.planning.coverage_problem import Wish
from geo.planning.options import Options
from geo.planning.plans import replay_of
from geo.years.best import PRICES, Best, by_level, finder
from geo.years.worths import Along, Summed

#: Of so few choices every order is tried.
_PERMUTED = 6
#: Shares of what all choices together bring, of which it is told what they cost.
SHARES = (0.8, 0.95, 1.0)


@dataclass(frozen=True)
class Budget:
    """One budget: the best plan found for it, the most that any plan brings, and what the order brings.

    People gained that count. `gap` is the proven relative distance of the best plan to the best of all, `order_gap` the
    order's to the best plan found; `people_bound` and `gap` are None where the poor weigh more: what is bounded is
    worth then, not people. `worth` is what the plan sought: people, the poor among them 1 + weight each; where they
    weigh more, people may fall as money grows, worth never does.
    """

    budget_idr: float
    people_gained: float
    cost_idr: float
    actions: int
    people_bound: float | None
    gap: float | None
    order_people: float
    order_gap: float
    worth: float


@dataclass(frozen=True)
class Share:
    """What a share of the people that can be gained costs in the order; no plan does it for less than `least_idr`.

    None where the poor weigh more: the bound is one of worth then, not of people.
    """

    share: float
    people: float
    budget_idr: float
    least_idr: float | None


@dataclass(frozen=True)
class Frontier:
    """The frontier: budgets, shares, the knee, the order of building as rows of the table of options.

    `knee` is the budget after which people come dearer than on the average of the whole: where the curve stands
    farthest above the straight line from nothing to all. `redistributed` of the people under the bounds would need no
    action; None: not worked out.
    """

    budgets: tuple[Budget, ...]
    shares: tuple[Share, ...]
    knee: Budget
    order: tuple[dict[str, Any], ...]
    most_people: float
    redistributed: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the frontier as plain values."""
        return {
            "budgets": [vars(one) for one in self.budgets],
            "shares": [vars(one) for one in self.shares],
            "knee": vars(self.knee),
            "most_people": self.most_people,
            "redistributed": self.redistributed,
            "sites": list(self.order),
        }


def frontier(
    options: Options, *, budgets: int = 20, poor_weight: float = 0.0, count_unmapped: bool = False, prices: int = PRICES
) -> Frontier:
    """Return people by money for so many budgets, with bounds, and the order to build in.

    People are the engine's own, nearest first; bounds that are not exact are the model's, which may share better.

    Parameters
    ----------
    options
        From `geo.planning.options.options_of`.
    budgets
        How many, from nothing to the cost of all that adds anybody.
    poor_weight, count_unmapped
        As in `geo.planning.plans.Wish`: what is sought.
    prices
        How finely the frontier is drawn.
    """
    wish = Wish(limit=0.0, poor_weight=poor_weight, count_unmapped=count_unmapped)
    cost = options.table["cost_idr"].to_numpy(dtype=float)
    replay = replay_of(options, wish)
    exact = every_budget(replay, cost)
    found = finder(replay, exact, options, wish, cost, prices)
    most = float(cost[found.everything].sum())
    limits = np.linspace(0.0, most, budgets + 1).tolist()
    bests = [found.best(limit) for limit in limits]
    worths, orders = found.worths, list(found.orders)
    if not isinstance(worths, Summed):  # whose own order is the greedy one
        orders.insert(0, _greedy(replay, cost, found.everything))
    if len(cost) <= STARTED:
        orders.append(_with_rest(by_level(cost, [one.tolist() for one in bests]), found.everything))
    if len(found.everything) <= _PERMUTED:
        orders += [np.array(one, dtype=np.int64) for one in permutations(found.everything.tolist())]
    along = min((worths.along(one) for one in orders), key=lambda one: _loss(one, found, limits))
    rows: list[Budget] = []
    for budget, best in zip(limits, bests, strict=True):
        rows.append(_budget(wish, cost, (budget, best), found, along, rows[-1] if rows else None))
    steps = _steps(options, along)
    between = [(float(step["spent_idr"]), float(step["people"])) for step in steps]
    if exact is not None:  # every step of the curve is known
        between = list(zip(exact.cost.tolist(), exact.value.tolist(), strict=True))
    looked = _highest(between, rows[-1])
    knees = [_budget(wish, cost, (limit, found.best(limit)), found, along, None) for limit in looked]
    shares, most = _shares(found, steps, weighted=poor_weight > 0), rows[-1].people_gained
    return Frontier(tuple(rows), shares, _knee([*rows, *knees]), steps, most, found.redistributed)


def _with_rest(order: Ints, everything: Ints) -> Ints:
    """An order with what it leaves out behind it."""
    return np.concatenate([order, np.setdiff1d(everything, order)])


def _greedy(replay: Replay, cost: Floats, rows: Ints) -> Ints:
    """What adds most for its cost, again and again, by the engine's sharing; a choice is looked at when it comes up."""
    inside: dict[int, tuple[int, ...]] = {}

    def adds(row: int) -> float:
        part = int(replay.part_of[row])
        mine = inside.get(part, ())
        return replay.value(part, tuple(sorted((*mine, row)))) - replay.value(part, mine)

    heap = [(-adds(row) / max(float(cost[row]), 1.0), row) for row in rows.tolist()]
    heapq.heapify(heap)
    found: list[int] = []
    while heap:
        _, row = heapq.heappop(heap)
        rate = -adds(row) / max(float(cost[row]), 1.0)
        if heap and rate > heap[0][0] + 1e-15:
            heapq.heappush(heap, (rate, row))
            continue
        part = int(replay.part_of[row])
        inside[part] = tuple(sorted((*inside.get(part, ()), row)))
        found.append(row)
    return np.array(found, dtype=np.int64)


def _loss(along: Along, found: Best, limits: Sequence[float]) -> float:
    """People an order has less than the best, added up over the budgets."""
    return sum(found.bound(limit) - along.worth_of(along.paid(limit)) for limit in limits)


def _budget(
    wish: Wish,
    cost: Floats,
    planned: tuple[float, Ints],
    found: Best,
    along: Along,
    before: Budget | None,
) -> Budget:
    budget, best = planned
    mine = along.paid(budget)
    (worth, people), ordered = found.worths.figures(best), along.people_of(mine)
    if along.worth_of(mine) > worth:
        best, worth, people = along.first(mine), along.worth_of(mine), ordered
    spent, actions = float(cost[best].sum()), len(best)
    least = before is not None and (before.worth > worth if wish.poor_weight else before.people_gained > people)
    if before is not None and least:  # who has more can still take the smaller plan
        people, spent, actions, worth = before.people_gained, before.cost_idr, before.actions, before.worth
    bound = None if wish.poor_weight else max(found.bound(budget), people)
    gap = None if bound is None else (bound - people) / bound if bound - people > HALF else 0.0
    return Budget(
        budget_idr=budget,
        people_gained=people,
        cost_idr=spent,
        actions=actions,
        people_bound=bound,
        gap=gap,
        order_people=ordered,
        order_gap=(people - ordered) / people if people - ordered > HALF else 0.0,
        worth=worth,
    )


#: Columns of a choice that the order tells.
_TOLD = ("service", "action", "site_id", "technology", "village_code", "lat", "lon", "cost_idr", "cost_estimated")


def _steps(options: Options, along: Along) -> tuple[dict[str, Any], ...]:
    """The order as rows: each with the people and the money up to and with it."""
    told = options.table.iloc[along.rows][list(_TOLD)].to_dict("records")
    found: list[dict[str, Any]] = []
    before = 0.0
    for number, (row, spent) in enumerate(zip(told, along.spent.tolist(), strict=True), start=1):
        people = along.people_of(number)
        step = {str(name): value for name, value in row.items()}
        found.append(step | {"turn": number, "gain_in_order": people - before, "people": people, "spent_idr": spent})
        before = people
    most = max((step["people"] for step in found), default=0.0)
    return tuple(found[: 1 + next((n for n, step in enumerate(found) if step["people"] >= most - HALF), -1)])


def _shares(best: Best, steps: tuple[dict[str, Any], ...], *, weighted: bool) -> tuple[Share, ...]:
    """What shares of all that can be gained cost: in the order, and at the least."""
    if not steps:
        return ()
    most, found = max(float(step["people"]) for step in steps), []
    for share in SHARES:
        first = next(step for step in steps if step["people"] >= share * most - HALF)
        least = None if weighted else min(best.least(share * most), float(first["spent_idr"]))
        found.append(Share(share, share * most, float(first["spent_idr"]), least))
    return tuple(found)


#: So many of the highest steps between the budgets that are shown are looked at for the knee.
_BETWEEN = 5


def _highest(steps: list[tuple[float, float]], last: Budget) -> list[float]:
    """The budgets of some steps (money, people) at which the curve stands highest above the straight line."""
    if last.people_gained <= 0 or last.budget_idr <= 0:
        return []
    inner = {money: people for money, people in steps if 0 < money < last.budget_idr}
    return sorted(inner, key=lambda money: money / last.budget_idr - inner[money] / last.people_gained)[:_BETWEEN]


def _knee(rows: list[Budget]) -> Budget:
    """The budget at which the curve stands farthest above the straight line from nothing to all."""
    last = max(rows, key=lambda one: one.budget_idr)
    if last.budget_idr <= 0 or last.people_gained <= 0:
        return last
    return max(rows, key=lambda one: one.people_gained / last.people_gained - one.budget_idr / last.budget_idr)
