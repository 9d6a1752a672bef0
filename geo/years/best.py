"""What finds the best plan of each budget, by how the ground falls apart, and what bounds it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from geo.model.arrays import Bools, Floats, Ints
from geo.planning.by_model import STARTED, affordable, free_of, looked_over
from geo.planning.by_parts import Parts, hull, parts_of
from geo.planning.by_price import Priced, at_price
from geo.planning.by_replay import HALF, Replay, Sums
from geo.planning.cover import Cover, lazy_greedy
from geo.planning.coverage_problem import Wish, problem_of
from geo.planning.exact import Order
from geo.planning.improve import greedy, polished
from geo.planning.nearest import Ground, best_of, ground_of
from geo.planning.options import Options
from geo.planning.plans import chosen
from geo.years.swept import Swept, swept
from geo.years.worths import Replayed, Summed, Worths

#: Prices that are tried, from one at which nothing is worth its cost to one at which all is.
PRICES = 24
#: Of so many choices each budget's plan is sought where what prices find is farther than this from what is proven.
MOST_PLANNED, GOOD_GAP = 60, 0.005
#: So long one budget, or one price, is sought where a ground is small; its nodes end it first.
SECONDS = 5.0
#: On grounds of so many pairs at the most every price is answered by the model that shares nearest first.
MOST_DRAWN = 600


@dataclass(frozen=True, eq=False)
class Curve:
    """The frontier of a cover: sets chosen at prices, bounds that hold for every budget, the order of building."""

    cover: Cover
    priced: list[Priced]
    order: Ints

    def bound(self, budget: float) -> float:
        """The most that any choices within a budget are worth."""
        lines = [one.bound + one.price * budget for one in self.priced]
        return min([*lines, float((self.cover.people * self.cover.worth)[self.reached].sum())])

    @property
    def reached(self) -> Bools:
        """Groups that anybody reaches."""
        found = np.zeros(len(self.cover.people), dtype=bool)
        found[self.cover.group] = True
        return found

    def within(self, budget: float) -> Bools:
        """The best choices found for a budget: those of the lowest price that it pays for, then what is affordable."""
        paid = [one for one in self.priced if one.cost <= budget * (1 + 1e-12)]
        begun = max(paid, key=lambda one: one.cost).chosen if paid else None
        if budget >= float(self.cover.cost.sum()):
            return np.ones(self.cover.choices, dtype=bool)
        found = lazy_greedy(self.cover, budget, begun)
        plain = lazy_greedy(self.cover, budget)
        return found.chosen if found.value >= plain.value else plain.chosen


def curve_of(cover: Cover, prices: int = PRICES, stop: Callable[[], bool] = lambda: False) -> Curve:
    """Draw the frontier of a cover some of whose choices are short of room.

    Parameters
    ----------
    cover
        Choices and what they reach.
    prices
        How many prices are tried; more draw it finer.
    stop
        Asked between prices; True ends the search with those that are done.
    """
    free = np.flatnonzero(~cover.fixed & (cover.most > 0))
    if not len(free):
        return Curve(cover, [], np.empty(0, dtype=np.int64))
    rate = cover.most[free] / np.maximum(cover.cost[free], 1e-9)
    whole = lazy_greedy(cover, float(cover.cost.sum()))
    low, high = max(min(float(rate.min()), whole.rate or np.inf) * 0.5, 1e-12), float(rate.max())
    found: list[Priced] = []
    for price in np.geomspace(high, low, prices).tolist():
        one = None if stop() else at_price(cover, price, stop)
        if one is None:
            break
        found.append(one)
    return Curve(cover, found, _order(cover, found, whole.order))


def _order(cover: Cover, priced: list[Priced], greedy: Ints | None) -> Ints:
    """What dearer prices choose first; within a price, and after the last, as the greedy takes it."""
    place = np.full(cover.choices, cover.choices, dtype=np.int64)
    if greedy is not None:
        place[greedy] = np.arange(len(greedy))
    level = np.full(cover.choices, len(priced), dtype=np.int64)
    for number, one in reversed(list(enumerate(priced))):
        level[one.chosen] = number
    adds = ~cover.fixed & ((place < cover.choices) | (level < len(priced)))
    rows = np.flatnonzero(adds).astype(np.int64)
    return rows[np.lexsort((place[rows], level[rows]))]


def finder(replay: Replay, exact: Sums | None, options: Options, wish: Wish, cost: Floats, prices: int) -> Best:
    """Return what finds the best of each budget, by how the ground falls apart.

    Parameters
    ----------
    replay, options, wish
        What is sought, under the engine's sharing.
    exact
        Sums of subsets where all were gone through.
    cost
        Rupiah of each choice.
    prices
        How finely a ground of large parts is drawn.
    """
    if exact is not None:
        return _Exact(exact, cost, Replayed(replay, cost))
    if replay.small_parts and len(cost):
        parts = parts_of(replay, cost, float("inf"), np.zeros(len(cost), dtype=bool))
        return _ByParts(parts, Replayed(replay, cost))
    ground = ground_of(replay) if len(cost) else None
    if ground is not None and ground.pairs <= MOST_DRAWN:
        return _Nearest(ground, replay, cost, prices)
    modelled = _Modelled(options, wish, cost, prices, replay)
    return _Planned(modelled, options, wish, replay, cost) if len(cost) <= MOST_PLANNED else modelled


class _ByParts:
    """The corners of many small parts, and the lines between them."""

    redistributed: float | None = None

    def __init__(self, parts: Parts, worths: Worths) -> None:
        self.parts, self.worths = parts, worths
        self.everything = parts.best(float("inf"))
        self.orders = [parts.order()]

    def best(self, budget: float) -> Ints:
        return self.parts.best(budget)

    def bound(self, budget: float) -> float:
        return self.parts.bound(budget)

    def least(self, people: float) -> float:
        """No plan has so many people for less."""
        return self.parts.least_for(people)


class _Exact:
    """Every budget's best, gone through."""

    redistributed: float | None = None

    def __init__(self, sums: Sums, cost: Floats, worths: Worths) -> None:
        self.worths = worths
        last = int(np.argmax(sums.value >= sums.value[-1] - HALF)) + 1  # what only reaches unmapped people ends nothing
        self.sums = Sums(sums.cost[:last], sums.value[:last], sums.rows)
        self.everything = np.array(sorted(sums.rows[last - 1]), dtype=np.int64)
        self.orders = [by_level(cost, [self.sums.rows[number] for number in hull(self.sums)])]

    def best(self, budget: float) -> Ints:
        return np.array(sorted(self.sums.best(budget)), dtype=np.int64)

    def bound(self, budget: float) -> float:
        at = int(np.searchsorted(self.sums.cost, budget * (1 + 1e-12) + 1e-9, side="right")) - 1
        return float(self.sums.value[at])

    def least(self, people: float) -> float:
        """The least money for so many people."""
        return float(self.sums.cost[int(np.argmax(self.sums.value >= people - HALF))])


class _Modelled:
    """The best that prices find, looked over with the engine's sharing where few choose; bounds of the model."""

    curve: Curve | Swept
    worths: Worths

    def __init__(self, options: Options, wish: Wish, cost: Floats, prices: int, replay: Replay) -> None:
        nothing = np.zeros(len(cost), dtype=bool)
        problem = problem_of(options, wish, cost, nothing)
        self.served_now, self.n = problem.served_now, problem.choices
        if len(cost) > MOST_PLANNED and Summed.fits(problem.cover):
            self.curve, self.worths = swept(problem.cover), Summed(problem.cover)
        else:
            self.curve, self.worths = curve_of(problem.cover, prices), Replayed(replay, cost)
        order = self.curve.order[self.curve.order < self.n]
        self.everything, self.orders = np.sort(order), [order]
        self.replay, self.cost, self.nothing = replay, cost, nothing
        self.redistributed = free_of(options, problem, wish, nothing) if len(cost) <= STARTED else None
        self._before: Ints = np.empty(0, dtype=np.int64)

    def best(self, budget: float) -> Ints:
        found = np.flatnonzero(self.curve.within(budget)[: self.n]).astype(np.int64)
        if len(self.cost) > STARTED:
            return found
        # what a smaller budget had is a beginning, too: asked in their order, more money goes on from there
        begun = [found, self._before] if float(self.cost[self._before].sum()) <= budget else [found]
        looked = [looked_over(self.replay, one, self.cost, budget, self.nothing) for one in begun]
        self._before = max([found, *looked], key=self.replay.worth)
        return self._before

    def bound(self, budget: float) -> float:
        if not (self.cost <= budget).any():  # nothing is paid for, so nobody is gained
            return 0.0
        return self.curve.bound(budget) - self.served_now

    def least(self, people: float) -> float:
        """No plan has so many people for less."""
        priced = [one for one in self.curve.priced if one.price > 0]
        return max([0.0, *((people + self.served_now - one.bound) / one.price for one in priced)])


class _Nearest:
    """The best by the model that shares as the engine does (`geo.planning.nearest`).

    Prices draw the curve and its bound; where they leave a gap, a budget is solved by itself.
    """

    redistributed: float | None = 0.0

    def __init__(self, ground: Ground, replay: Replay, cost: Floats, prices: int) -> None:
        self.ground, self.replay, self.cost = ground, replay, cost
        self.worths: Worths = Replayed(replay, cost)
        self.nothing = np.zeros(len(cost), dtype=bool)
        self.priced = self._at_prices(prices)
        sets = [np.flatnonzero(one.chosen) for one in self.priced]
        every = np.arange(len(cost), dtype=np.int64)
        short = replay.worth(sets[-1]) < replay.worth(every) - HALF
        self.everything = every if short else sets[-1].astype(np.int64)
        self.orders = [by_level(cost, [one.tolist() for one in sets])]
        self._known: dict[float, tuple[Ints, float]] = {}
        self._before: Ints = np.empty(0, dtype=np.int64)

    def _at_prices(self, prices: int) -> list[Priced]:
        """The best at prices from one at which nothing is worth its cost to one at which half a person is."""
        alone = np.array([self.replay.worth(np.array([row])) for row in range(len(self.cost))])
        high = float((alone / np.maximum(self.cost, 1.0)).max(initial=0.0))
        low = HALF / max(float(self.cost.max(initial=1.0)), 1.0) / max(len(self.cost), 1)
        begin, found = np.empty(0, dtype=np.int64), []
        for price in np.geomspace(max(high, 2 * low), low, prices).tolist():
            order = Order(price=price, seconds=SECONDS, gap=GOOD_GAP / 20)
            solved = best_of(self.ground, self.cost, self.nothing, begin, order)
            if solved is None:
                continue
            begin, bound = solved
            inside = self.nothing.copy()
            inside[begin] = True
            found.append(Priced(price, inside, bound, float(self.cost[inside].sum())))
        every = np.ones(len(self.cost), dtype=bool)
        if not found:
            found = [Priced(0.0, every, self.replay.worth(np.flatnonzero(every)), float(self.cost.sum()))]
        return found

    def best(self, budget: float) -> Ints:
        return self._of(budget)[0]

    def bound(self, budget: float) -> float:
        return self._of(budget)[1]

    def least(self, people: float) -> float:
        """No plan has so many people for less."""
        room = max(HALF, 1e-5 * people)  # what bounds are good for; a small price makes much of it
        return max([0.0, *((people - room - one.bound) / one.price for one in self.priced if one.price > 0)])

    def _of(self, budget: float) -> tuple[Ints, float]:
        if budget not in self._known:
            self._known[budget] = self._looked_for(budget)
        return self._known[budget]

    def _looked_for(self, budget: float) -> tuple[Ints, float]:
        """The best set that a price found and the budget pays for, filled up; if that is not proven good, its own."""
        if not (self.cost <= budget).any():  # nothing is paid for, so nobody is gained
            return np.empty(0, dtype=np.int64), 0.0
        bound = min(one.bound + one.price * budget for one in self.priced)
        paid = [np.flatnonzero(one.chosen) for one in self.priced if one.cost <= budget * (1 + 1e-12)]
        begun = [np.empty(0, dtype=np.int64), *paid[-1:]]
        begun += [self._before] if float(self.cost[self._before].sum()) <= budget else []
        filled = [greedy(self.replay, self.cost, budget, self._mask(rows)) for rows in begun]
        rows = polished(self.replay, max(filled, key=self.replay.worth), self.cost, budget, self.nothing)
        worth = self.replay.worth(rows)
        if bound - worth > max(GOOD_GAP * bound, HALF):
            order = Order(budget=budget, seconds=SECONDS, gap=GOOD_GAP / 4)
            solved = best_of(self.ground, self.cost, self.nothing, rows, order)
            if solved is not None:
                found = affordable(self.replay, solved[0], self.cost, budget, self.nothing)
                rows, bound = max(rows, found, key=self.replay.worth), min(bound, solved[1])
                worth = self.replay.worth(rows)
        self._before = rows
        return rows, max(bound, worth)

    def _mask(self, rows: Ints) -> Bools:
        inside = self.nothing.copy()
        inside[rows] = True
        return inside


class _Planned:
    """What prices find where that is proven good, else the plan of each budget, as `plan` finds and proves it."""

    def __init__(self, modelled: _Modelled, options: Options, wish: Wish, replay: Replay, cost: Floats) -> None:
        self.modelled, self.options, self.wish, self.replay, self.cost = modelled, options, wish, replay, cost
        self.everything, self.orders = modelled.everything, modelled.orders
        self.redistributed, self.worths = modelled.redistributed, modelled.worths
        self._known: dict[float, tuple[Ints, float]] = {}

    def best(self, budget: float) -> Ints:
        return self._of(budget)[0]

    def bound(self, budget: float) -> float:
        return self._of(budget)[1]

    def least(self, people: float) -> float:
        """No plan has so many people for less."""
        return self.modelled.least(people)

    def _of(self, budget: float) -> tuple[Ints, float]:
        if budget not in self._known:
            self._known[budget] = self._looked_for(budget)
        return self._known[budget]

    def _looked_for(self, budget: float) -> tuple[Ints, float]:
        rows, bound = self.modelled.best(budget), self.modelled.bound(budget)
        worth = self.replay.worth(rows)
        if bound - worth <= max(GOOD_GAP * bound, HALF):
            return rows, bound
        nothing = np.zeros(len(self.cost), dtype=bool)
        _, plan = chosen(self.options, replace(self.wish, limit=budget), self.cost, nothing, ())
        found = self.replay.worth(plan.chosen)
        known = found if plan.exact else plan.bound
        bound = bound if known is None else min(bound, known)
        return (plan.chosen, max(bound, found)) if found >= worth else (rows, max(bound, worth))


Best = _Exact | _ByParts | _Modelled | _Planned | _Nearest


def by_level(cost: Floats, sets: Sequence[Sequence[int]]) -> Ints:
    """Return rows in the order of the first of some sets that stays with them; cheaper ones first within one."""
    level: dict[int, int] = {}
    for number in reversed(range(len(sets))):
        for row in sets[number]:
            level[row] = number
    return np.array(sorted(level, key=lambda row: (level[row], cost[row], row)), dtype=np.int64)
