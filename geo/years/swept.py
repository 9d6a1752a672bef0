"""Every budget of a large cover without capacities at once: sweeps over what places pay find bounds and plans alike.

At a price λ on money, let every group g of places pay some part p_g of its worth w_g to each choice that reaches it.
Whatever they pay, no choices within a budget B are worth more than

    Σ_g (w_g − p_g) + Σ_j max(Σ_{g in reach of j} p_g − λ cost_j, 0) + λ B

(weak duality of the linear relaxation), so any payments prove something of every budget. Good ones are found one group
at a time: a choice is wanted with odds exp((paid − λ cost) / heat), and each group in turn pays what makes the choices
that reach it be wanted once in all, as rows and columns are scaled in turn by Sinkhorn (1967), while the heat falls.
What is paid its cost is then nearly the best set at that price. It is mended greedily; what lies between the sets of
two prices is filled up from the thriftier one, or given up from the dearer one, whichever is worth more.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from geo.model.arrays import Bools, Floats, Ints
from geo.planning import cover_kernels as kernels
from geo.planning.by_price import Priced
from geo.planning.cover import Cover

#: So many prices are tried, half as many where more pairs than `_MANY` are gone through at each.
PRICES, _MANY = 80, 2_000_000
#: The first price is one at which this part of all money is spent.
_FIRST_BUDGET = 0.0025
#: Heats, as parts of what a middling choice costs at the price, each with its number of sweeps: of a first price, and
#: of one that begins with what was paid at the price before.
_FIRST = ((0.1, 4), (0.05, 4), (0.02, 4), (0.01, 3))
_NEXT = ((0.02, 3), (0.01, 2))
#: Exponents beyond this are as good as it.
_FAR = 600.0
#: Costs below this (rupiah) are as good as nothing.
_LEAST = 1e-9
#: Money left over that is worth another look: a part of the budget.
_LEFT = 1e-3


@dataclass(frozen=True, eq=False)
class _Way:
    """Plans along a way: a set of choices (the rows of `begun`), then rows that come, or go, one after the other.

    `spent` and `value` stand after so many of them; both are one longer than `rows`.
    """

    begun: Ints
    rows: Ints
    comes: bool
    spent: Floats
    value: Floats

    def best(self, budget: float) -> int:
        """How many rows have come, or gone, in the best plan that a budget pays for; −1: none does."""
        limit = budget * (1 + 1e-12) + 1e-6
        if self.comes:
            return int(np.searchsorted(self.spent, limit, side="right")) - 1
        after = int(np.searchsorted(-self.spent, -limit, side="left"))
        return after if after < len(self.spent) else -1

    def plan(self, count: int, choices: int) -> Bools:
        """The plan after so many rows."""
        inside = np.zeros(choices, dtype=bool)
        inside[self.begun] = True
        inside[self.rows[:count]] = self.comes
        return inside


@dataclass(frozen=True, eq=False)
class Swept:
    """The frontier of a cover whose choices have room for all they reach: as `geo.years.best.Curve`."""

    cover: Cover
    priced: list[Priced]
    order: Ints
    ways: list[_Way] = field(repr=False)

    def bound(self, budget: float) -> float:
        """The most that any choices within a budget are worth."""
        lines = [one.bound + one.price * budget for one in self.priced]
        return min([*lines, float(self.ways[0].value[-1])])

    def within(self, budget: float) -> Bools:
        """The best choices found for a budget."""
        ends = [(way, count) for way in self.ways if (count := way.best(budget)) >= 0]
        way, count = max(ends, key=lambda end: float(end[0].value[end[1]]))
        inside = way.plan(count, self.cover.choices)
        spent = float(self.cover.cost[inside].sum())
        if budget - spent > _LEFT * budget:
            worth, cost = _arrays(self.cover)
            times = kernels.reached(self.cover.start, self.cover.group, inside, len(worth))
            kernels.filled(self.cover.start, self.cover.group, worth, cost, inside, times, spent, budget, 0.0)
        return inside


def _arrays(cover: Cover) -> tuple[Floats, Floats]:
    return cover.people * cover.worth, np.maximum(cover.cost, _LEAST)


def swept(cover: Cover) -> Swept:
    """Draw the frontier of a cover all of whose choices are ample.

    Parameters
    ----------
    cover
        Choices and what they reach; those that are fixed are in every plan.

    Examples
    --------
    >>> reach = np.array([0, 2, 4, 5]), np.array([0, 1, 1, 2, 0])
    >>> ones = np.ones(3)
    >>> found = swept(Cover(*reach, np.array([50.0, 40.0, 30.0]), ones, ones, ones * np.inf, ones == 0))
    >>> [np.flatnonzero(found.within(budget)).tolist() for budget in (0.5, 1.0, 3.0)]
    [[], [0], [0, 1]]
    >>> bool(120 <= found.bound(2.0) < 121)
    True
    """
    worth, cost = _arrays(cover)
    inside = cover.fixed.copy()
    times = kernels.reached(cover.start, cover.group, inside, len(worth))
    spent, value = float(cover.cost[inside].sum()), float(worth[times > 0].sum())
    order, gains = kernels.filled(cover.start, cover.group, worth, cost, inside, times, spent, np.inf, 0.0)
    greedy = _Way(
        np.flatnonzero(cover.fixed).astype(np.int64),
        order,
        True,
        spent + np.concatenate([[0.0], np.cumsum(cost[order])]),
        value + np.concatenate([[0.0], np.cumsum(gains)]),
    )
    if not len(order):
        return Swept(cover, [], order, [greedy])
    many = len(cover.group) > _MANY
    chosen = _prices(greedy, gains / cost[order], PRICES // 2 if many else PRICES)
    rates = _rates(cover, greedy, gains / cost[order])
    turned = _turned(cover)
    cores = min(os.cpu_count() or 1, len(chosen))
    with ThreadPoolExecutor(cores) as pool:
        runs = pool.map(lambda some: _at_prices(cover, turned, some, rates), np.array_split(chosen, cores))
        priced = [one for run in runs for one in run]
        mended = list(pool.map(lambda one: _mended(cover, one), priced))
        sets = sorted(mended, key=lambda one: one.cost)
        costs = [spent, *(one.cost for one in sets), float(greedy.spent[-1])]
        ways = [way for some in pool.map(lambda *its: _ways(cover, *its), sets, costs, costs[2:]) for way in some]
    return Swept(cover, mended, order, [greedy, *ways])


def _turned(cover: Cover) -> tuple[Ints, Ints]:
    """The rows of groups over choices."""
    ones = np.ones(len(cover.group), dtype=np.int8)
    by_group = sparse.csr_array((ones, cover.group, cover.start), shape=(cover.choices, len(cover.people))).tocsc()
    return by_group.indptr.astype(np.int64), by_group.indices.astype(np.int64)


def _prices(greedy: _Way, rate: Floats, prices: int) -> Floats:
    """Prices from high to low between which the greedy frontier bends alike: the lines' corners lose alike much.

    Between two prices whose logarithms lie d apart, the corner of their lines stands λ B · d² / 8 above a smooth curve,
    up to how fast money answers a price: so steps of equal √(λ B / V) · d.
    """
    weight = np.sqrt(np.minimum(rate * greedy.spent[1:] / np.maximum(greedy.value[1:], _LEAST), 1.0))
    step = np.maximum(-np.diff(np.log(rate), prepend=np.log(rate[0])), 0.0) * weight
    first = int(np.searchsorted(greedy.spent[1:], greedy.spent[-1] * _FIRST_BUDGET))
    bent = np.cumsum(step)
    at = np.searchsorted(bent, np.linspace(bent[min(first, len(bent) - 1)], bent[-1], prices))
    return np.unique(rate[np.minimum(at, len(rate) - 1)])[::-1]


def _rates(cover: Cover, greedy: _Way, rate: Floats) -> Floats:
    """What each group's choice added per rupiah when the greedy first reached it; nothing where none does."""
    found = np.zeros(len(cover.people))
    for j, its in zip(greedy.rows[::-1].tolist(), rate[::-1].tolist(), strict=True):
        found[cover.group[cover.start[j] : cover.start[j + 1]]] = its
    return found


def _at_prices(cover: Cover, turned: tuple[Ints, Ints], prices: Floats, rates: Floats) -> list[Priced]:
    """Bounds at some prices from high to low, and what is paid its cost at each."""
    worth, cost = _arrays(cover)
    free = ~cover.fixed
    middling = float(np.median(cost[free]))
    most = worth.copy()  # whom a fixed choice reaches pays nobody
    most[cover.group[cover.fixed[cover.owner]]] = 0.0
    begin, choice = turned
    found: list[Priced] = []
    # as the greedy shares a choice's cost among those whom it reached first
    pays = np.where(rates > 0, np.minimum(worth * prices[0] / np.where(rates > 0, rates, 1.0), worth), worth)
    before = float(prices[0])
    for price in prices.tolist():
        pays = np.where(pays < most, pays * (price / before), most)
        for part, sweeps in _NEXT if found else _FIRST:
            heat = part * price * middling
            paid = kernels.paid(cover.start, cover.group, pays)
            odds = np.exp(np.clip((paid - price * cost) / heat, -_FAR, _FAR))
            odds[cover.fixed] = 0.0
            for _ in range(sweeps):
                kernels.sweep(begin, choice, most, pays, odds, heat)
        over = np.where(free, kernels.paid(cover.start, cover.group, pays) - price * cover.cost, 0.0)
        bound = float((worth - pays).sum() + np.maximum(over, 0.0).sum()) - price * float(cover.cost[cover.fixed].sum())
        chosen = cover.fixed | (over > 0)
        found.append(Priced(price, chosen, bound, float(cover.cost[chosen].sum())))
        before = price
    return found


def _mended(cover: Cover, priced: Priced) -> Priced:
    """The same choices without what is not worth its price, and with what is."""
    worth, cost = _arrays(cover)
    inside = priced.chosen.copy()
    times = kernels.reached(cover.start, cover.group, inside, len(worth))
    state = (cover.start, cover.group, worth, cost)
    kernels.given_up(*state, cover.fixed, inside, times, 0.0, np.inf, priced.price)
    kernels.filled(*state, inside, times, 0.0, np.inf, priced.price)
    return Priced(priced.price, inside, priced.bound, float(cover.cost[inside].sum()))


def _ways(cover: Cover, one: Priced, least: float, most: float) -> list[_Way]:
    """From a set of choices up to what a dearer one costs, and down to what a thriftier one does."""
    worth, cost = _arrays(cover)
    state = (cover.start, cover.group, worth, cost)
    begun = np.flatnonzero(one.chosen).astype(np.int64)
    found = []
    for comes in (True, False):
        inside = one.chosen.copy()
        times = kernels.reached(cover.start, cover.group, inside, len(worth))
        value = float(worth[times > 0].sum())
        if comes:
            rows, change = kernels.filled(*state, inside, times, one.cost, max(most, one.cost), 0.0)
        else:
            rows, change = kernels.given_up(*state, cover.fixed, inside, times, one.cost, least, 0.0)
        sign = 1.0 if comes else -1.0
        spent = one.cost + sign * np.concatenate([[0.0], np.cumsum(cover.cost[rows])])
        found.append(_Way(begun, rows, comes, spent, value + sign * np.concatenate([[0.0], np.cumsum(change)])))
    return found
