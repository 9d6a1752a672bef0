"""Maximal coverage with capacity as plain arrays: which choices reach which groups of people, at what cost.

A group is a set of places with the same choices in reach: the problem then needs no more than their sum. The greedy
here is the lazy one (Minoux 1978): a choice is looked at again only when it comes up, since what it adds can only have
fallen. Its bound is the one of Leskovec et al. (2007): value so far plus the best fractional fill of what is left.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from geo.model.arrays import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class Present:
    """What stands before anything is chosen: bounds of what choices can change.

    Who is served stays served, whatever is chosen; and a site that works serves no more people than it does now, since
    others only take people from it (`geo.coverage.sharing`). So the people served in a part of the ground are at most
    those of now and those whom its new sites serve. `served` people of each group now; `part` of each group; which
    choices are `new` (the others work already); `slack` by part: people served now of groups that were left out; `most`
    by part: what all its choices together make its people worth.
    """

    served: Floats
    part: Ints
    new: Bools
    slack: Floats
    most: Floats


@dataclass(frozen=True, eq=False)
class Cover:
    """Choices and the groups they reach.

    `start` and `group` are rows of choices over groups (compressed, nearest group first); `people` of each group and
    what a person of it is worth (1 unless the poor weigh more); `cost` and `capacity` (people; infinite where nothing
    limits it) of each choice; `fixed` choices are taken whatever they cost (what works already, what was promised).
    `present` bounds what can change where sites stand already that are full.
    """

    start: Ints
    group: Ints
    people: Floats
    worth: Floats
    cost: Floats
    capacity: Floats
    fixed: Bools
    present: Present | None = None

    @property
    def choices(self) -> int:
        """Number of choices."""
        return len(self.cost)

    @cached_property
    def owner(self) -> Ints:
        """The choice of each pair."""
        return np.repeat(np.arange(self.choices), np.diff(self.start)).astype(np.int64)

    @cached_property
    def ample(self) -> Bools:
        """Choices that can serve everybody in their reach."""
        reach = np.bincount(self.owner, weights=self.people[self.group], minlength=self.choices)
        return np.asarray(self.capacity >= reach * (1 - 1e-12), dtype=bool)

    @cached_property
    def most(self) -> Floats:
        """The most a choice can add, alone: worth of the people in reach, or of its capacity."""
        reach = np.bincount(self.owner, weights=(self.people * self.worth)[self.group], minlength=self.choices)
        best = np.zeros(self.choices)
        np.maximum.at(best, self.owner, self.worth[self.group])
        seats = np.where(self.ample, np.inf, self.capacity) * np.where(best > 0, best, 1.0)
        return np.asarray(np.minimum(reach, seats), dtype=float)

    def only(self, choices: Ints, groups: Bools) -> Cover:
        """Return the part with some choices and groups; both keep their order."""
        number = np.cumsum(groups).astype(np.int64) - 1
        parts = [self.group[self.start[j] : self.start[j + 1]] for j in choices.tolist()]
        kept = [number[part[groups[part]]] for part in parts]
        start = np.concatenate([[0], np.cumsum([len(part) for part in kept])]).astype(np.int64)
        group = np.concatenate(kept) if kept else np.empty(0, dtype=np.int64)
        return Cover(
            start,
            group.astype(np.int64),
            self.people[groups],
            self.worth[groups],
            self.cost[choices],
            self.capacity[choices],
            self.fixed[choices],
            None if self.present is None else self._present(self.present, choices, groups),
        )

    def _present(self, whole: Present, choices: Ints, groups: Bools) -> Present:
        """What bounds the part: sites may serve in it whom they serve now in groups that are left out."""
        mine = np.zeros(self.choices, dtype=bool)
        mine[choices] = True
        left_out = np.unique(self.group[mine[self.owner] & ~groups[self.group]])
        slack = whole.slack.copy()
        np.add.at(slack, whole.part[left_out], whole.served[left_out])
        most = np.full(len(whole.most), np.inf)
        return Present(whole.served[groups], whole.part[groups], whole.new[choices], slack, most)


@dataclass(frozen=True, eq=False)
class Floor:
    """At least so many people of some groups (bool of shape (g,)) of a service should be served; `name`: who asks."""

    name: str
    service: str
    groups: Bools
    people: float


@dataclass(frozen=True, eq=False)
class Solution:
    """Chosen choices, their worth, and a proven bound that no choice within the budget can exceed.

    `rate` is what the last choice of a greedy solution added per unit of cost, `order` the order in which it took them.
    """

    chosen: Bools
    value: float
    bound: float
    rate: float = 0.0
    order: Ints | None = None

    @property
    def gap(self) -> float:
        """Proven relative distance to the best."""
        if np.isinf(self.bound):
            return 1.0
        return max(self.bound - self.value, 0.0) / self.bound if self.bound > 0 else 0.0

    def bounded(self, bound: float) -> Solution:
        """The same with another bound, which no value exceeds."""
        return replace(self, bound=max(bound, self.value))


class _Filling:
    """People left and what each opening takes, in plain lists: faster than arrays one element at a time."""

    def __init__(self, cover: Cover) -> None:
        self.start, self.group = cover.start.tolist(), cover.group.tolist()
        self.left, self.worth = cover.people.tolist(), cover.worth.tolist()
        self.capacity = np.where(cover.ample, np.inf, cover.capacity).tolist()
        self.ample = cover.ample.tolist()

    def gain(self, j: int) -> float:
        """What opening j would add now."""
        free, total, left, worth = self.capacity[j], 0.0, self.left, self.worth
        for g in self.group[self.start[j] : self.start[j + 1]]:
            has = left[g]
            if has > 0.0:
                taken = has if has <= free else free
                total += taken * worth[g]
                free -= taken
                if free <= 0.0:
                    break
        return total

    def open(self, j: int) -> float:
        """Open j: it takes the people in its order."""
        total, free = 0.0, self.capacity[j]
        for g in self.group[self.start[j] : self.start[j + 1]]:
            taken = min(self.left[g], free)
            if taken > 0.0:
                self.left[g] -= taken
                free -= taken
                total += taken * self.worth[g]
        return total


def lazy_greedy(cover: Cover, budget: float, begun: Bools | None = None) -> Solution:
    """Take the choice that adds most per rupiah, again and again, until nothing more is affordable.

    Parameters
    ----------
    cover
        The problem.
    budget
        In the unit of `cover.cost`.
    begun
        Choices taken already, bool of shape (n,).

    Examples
    --------
    >>> people, cost = np.array([50.0, 40.0, 30.0]), np.array([1.0, 1.0, 1.0])
    >>> start, group = np.array([0, 2, 4, 5]), np.array([0, 1, 1, 2, 0])
    >>> one = np.ones(3)
    >>> problem = Cover(start, group, people, one, cost, one * np.inf, one == 0)
    >>> found = lazy_greedy(problem, 2.0)
    >>> found.chosen.tolist(), found.value, found.bound
    ([True, True, False], 120.0, 120.0)
    """
    filling = _Filling(cover)
    chosen = cover.fixed.copy() if begun is None else begun | cover.fixed
    order: list[int] = []
    first = np.flatnonzero(chosen)
    value = sum(filling.open(j) for j in first[np.argsort(cover.ample[first], kind="stable")].tolist())
    spent = float(cover.cost[chosen].sum())
    cost = cover.cost.tolist()
    rest = np.flatnonzero(~chosen & (cover.most > 0) & (cover.cost <= budget - spent))
    price = np.maximum(cover.cost[rest], 1e-9)
    heap = list(zip((-cover.most[rest] / price).tolist(), rest.tolist(), strict=True))
    heapq.heapify(heap)
    last = 0.0
    while heap:
        _, j = heapq.heappop(heap)
        if spent + cost[j] > budget:
            continue
        gain = filling.gain(j)
        if gain <= 1e-9:
            continue
        rate = -gain / max(cost[j], 1e-9)
        if heap and rate > heap[0][0]:
            heapq.heappush(heap, (rate, j))
            continue
        value += filling.open(j)
        spent += cost[j]
        chosen[j] = True
        order.append(j)
        last = -rate
    bound = max(_online_bound(cover, filling, chosen, value, budget), value)
    return Solution(chosen, value, bound, last, np.array(order, dtype=np.int64))


def _online_bound(cover: Cover, filling: _Filling, chosen: Bools, value: float, budget: float) -> float:
    """Value plus the best fractional fill of the whole budget; with limited capacities, the fill of single worths."""
    if bool((cover.ample | cover.fixed).all()) and not (cover.fixed & ~cover.ample).any():
        left = np.array(filling.left) * cover.worth
        adds = np.bincount(cover.owner, weights=left[cover.group], minlength=cover.choices).astype(float)
        return value + _fractional(adds[~chosen], cover.cost[~chosen], budget - float(cover.cost[cover.fixed].sum()))
    open_ = ~cover.fixed
    sure = float(cover.most[cover.fixed].sum())
    return sure + _fractional(cover.most[open_], cover.cost[open_], budget - float(cover.cost[cover.fixed].sum()))


def _fractional(adds: Floats, cost: Floats, budget: float) -> float:
    free = cost <= 0
    total = float(adds[free].sum())
    adds, cost = adds[~free], cost[~free]
    order = np.argsort(-adds / cost, kind="stable")
    spent = np.cumsum(cost[order])
    whole = int(np.searchsorted(spent, budget, side="right"))
    total += float(adds[order][:whole].sum())
    if whole < len(order):
        rest = budget - (float(spent[whole - 1]) if whole else 0.0)
        total += float(adds[order][whole] * max(rest, 0.0) / cost[order][whole])
    return total


def reduced(cover: Cover, price: float) -> tuple[Bools, Bools]:
    """Tell which choices are surely out, and surely in, when people are worth 1 each and a rupiah costs `price`.

    Out: even all it reaches and nobody else has taken is not worth its cost. In: those whom it alone can still reach
    are worth it. Both follow from diminishing returns, so they can be decided for all choices at once, round by round.
    """
    worth = cover.people * cover.worth
    charge = price * cover.cost
    into = cover.fixed.copy()
    out = np.zeros(cover.choices, dtype=bool)
    limited = np.where(cover.ample, np.inf, cover.most)
    while True:
        open_ = ~into & ~out
        taken = np.zeros(len(worth), dtype=bool)
        taken[cover.group[(into & cover.ample)[cover.owner]]] = True
        free = np.where(taken, 0.0, worth)[cover.group]
        most = np.minimum(np.bincount(cover.owner, weights=free, minlength=cover.choices), limited)
        drop = open_ & (most <= charge)
        out |= drop
        reach = np.bincount(cover.group[~out[cover.owner]], minlength=len(worth))
        alone = np.where(reach[cover.group] == 1, free, 0.0)
        least = np.minimum(np.bincount(cover.owner, weights=alone, minlength=cover.choices), limited)
        take = open_ & ~drop & (least >= charge)
        into |= take
        if not (drop.any() or take.any()):
            return into, out


def components(cover: Cover, choices: Bools, groups: Bools) -> Ints:
    """Number the independent parts that some choices and groups fall into, per choice; -1 for the other choices."""
    keep = choices[cover.owner] & groups[cover.group]
    n = cover.choices
    size = n + len(cover.people)
    edges = sparse.coo_array(
        (np.ones(int(keep.sum()), dtype=np.int8), (cover.owner[keep], n + cover.group[keep])), shape=(size, size)
    )
    _, label = connected_components(edges, directed=False)
    return np.where(choices, label[:n], -1).astype(np.int64)


def touched(place: Ints, site: Ints, may_come: Bools) -> Bools:
    """Tell which pairs of place and site lie in a part of the ground in which some site may come.

    What is full elsewhere no choice changes. `may_come` is a bool of each site.

    Examples
    --------
    >>> touched(np.array([0, 1, 2]), np.array([0, 0, 1]), np.array([True, False])).tolist()
    [True, True, False]
    """
    if not len(place):
        return np.zeros(0, dtype=bool)
    first = int(place.max()) + 1
    size = first + len(may_come)
    edges = sparse.coo_array((np.ones(len(place), dtype=np.int8), (place, first + site)), shape=(size, size))
    _, label = connected_components(edges, directed=False)
    open_ = np.zeros(size, dtype=bool)
    open_[label[first + np.flatnonzero(may_come)]] = True
    return np.asarray(open_[label[place]], dtype=bool)
