"""Capacity shared out nearest first, and what one more point would change.

Rule (DESIGN.md 4): pairs in reach in order of (distance, place id, point id); each pair takes as many people as the
place still has and the point still can; a place's people may be split between points.

Adding a point can only free capacity elsewhere and can only lower the people left over: with fewer people left and
more capacity left before a pair, the same holds after it. So coverage never falls when a point is added, and the
effect of one repair can be followed along the changed pairs only (`Sharing.with_sites`), without doing all again.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geo.distance import Floats, Ints, Pairs

#: People below this are dust of floating point, not people.
DUST = 1e-9


def order_of(pairs: Pairs, place_rank: Ints, site_rank: Ints) -> Ints:
    """Return the order in which pairs are served: distance, then place id, then site id.

    Examples
    --------
    >>> pairs = Pairs(np.array([1, 0]), np.array([0, 0]), np.array([5.0, 5.0]))
    >>> order_of(pairs, np.array([0, 1]), np.array([0])).tolist()
    [1, 0]
    """
    return np.lexsort((site_rank[pairs.site], place_rank[pairs.place], pairs.distance_m))


def rank_of(ids: NDArray[np.object_]) -> Ints:
    """Return the rank of each id as text (equal ids by row).

    Examples
    --------
    >>> rank_of(np.array(["b", "a"], dtype=object)).tolist()
    [1, 0]
    """
    rank = np.empty(len(ids), dtype=np.int64)
    rank[np.argsort(ids.astype(str), kind="stable")] = np.arange(len(ids))
    return rank


@dataclass(frozen=True, eq=False)
class Sharing:
    """The people of each place shared out over the points in reach.

    `pairs` are in order; `flow` is people per pair; `left` people per place not served, `spare` capacity per site not
    used; `people_before` and `spare_before` what stood at each pair when its turn came.
    """

    pairs: Pairs
    flow: Floats
    left: Floats
    spare: Floats
    people_before: Floats
    spare_before: Floats

    @classmethod
    def of(cls, pairs: Pairs, people: Floats, capacity: Floats) -> Sharing:
        """Share out the people over pairs that are already in order.

        Parameters
        ----------
        pairs
            In reach, ordered by `order_of`; only sites that work.
        people
            Per place, shape (n,).
        capacity
            People per site, shape (m,); infinite where nothing limits it.

        Examples
        --------
        >>> pairs = Pairs(np.array([0, 1]), np.array([0, 0]), np.array([10.0, 20.0]))
        >>> shared = Sharing.of(pairs, np.array([60.0, 60.0]), np.array([100.0]))
        >>> shared.flow.tolist(), shared.left.tolist()
        ([60.0, 40.0], [0.0, 20.0])
        """
        left, spare = people.tolist(), capacity.tolist()
        count = len(pairs)
        flow, people_before, spare_before = [0.0] * count, [0.0] * count, [0.0] * count
        for k, (i, j) in enumerate(zip(pairs.place.tolist(), pairs.site.tolist(), strict=True)):
            has, can = left[i], spare[j]
            people_before[k], spare_before[k] = has, can
            if has > DUST and can > DUST:
                moved = has if has <= can else can
                flow[k] = moved
                left[i], spare[j] = has - moved, can - moved
        return cls(
            pairs,
            np.asarray(flow, dtype=float),
            np.asarray(left, dtype=float),
            np.asarray(spare, dtype=float),
            np.asarray(people_before, dtype=float),
            np.asarray(spare_before, dtype=float),
        )

    @cached_property
    def next_of_place(self) -> Ints:
        """Per pair, the next pair of the same place; -1 at the end."""
        return _next_same(self.pairs.place)

    @cached_property
    def next_of_site(self) -> Ints:
        """Per pair, the next pair of the same site; -1 at the end."""
        return _next_same(self.pairs.site)

    @cached_property
    def first_of_place(self) -> dict[int, Ints]:
        """Positions of the pairs of each place."""
        return _positions(self.pairs.place)

    def with_sites(self, places: Ints, turns: Ints, owner: Ints, capacities: Floats) -> dict[int, float]:
        """Return who would be served besides, if more sites worked: people by place position.

        Follows only the pairs whose turn changes; the result equals sharing all out again (tested against it).

        Parameters
        ----------
        places
            Places in reach of the new sites, one per new pair, in order.
        turns
            For each new pair, how many of `pairs` come before it.
        owner
            For each new pair, its site's position in `capacities`.
        capacities
            People each new site can serve.
        """
        fewer: dict[int, float] = {}  # people a place needs less, at this moment of the sharing
        more: dict[int, float] = {}  # capacity a site has more, at this moment
        heap = [(turn, -1, n) for n, turn in enumerate(turns.tolist())]  # ascending already: a heap
        queued: set[int] = set()
        free = capacities.tolist()
        while heap:
            turn, kind, n = heapq.heappop(heap)
            if kind < 0:
                j = int(owner[n])
                free[j] = self._new_pair(int(places[n]), turn, free[j], fewer, heap, queued)
            else:
                self._old_pair(turn, fewer, more, heap, queued)
        return {place: people for place, people in fewer.items() if people > DUST}

    def _new_pair(
        self,
        i: int,
        turn: int,
        free: float,
        fewer: dict[int, float],
        heap: list[tuple[int, int, int]],
        queued: set[int],
    ) -> float:
        mine = self.first_of_place.get(i)
        k = -1 if mine is None else int(np.searchsorted(mine, turn))
        following = -1 if mine is None or k >= len(mine) else int(mine[k])
        had = float(self.people_before[following]) if following >= 0 else float(self.left[i])
        moved = min(had - fewer.get(i, 0.0), free)
        if moved <= DUST:
            return free
        fewer[i] = fewer.get(i, 0.0) + moved
        _push(following, heap, queued)
        return free - moved

    def _old_pair(
        self,
        k: int,
        fewer: dict[int, float],
        more: dict[int, float],
        heap: list[tuple[int, int, int]],
        queued: set[int],
    ) -> None:
        i, j = int(self.pairs.place[k]), int(self.pairs.site[k])
        less, extra = fewer.get(i, 0.0), more.get(j, 0.0)
        old = float(self.flow[k])
        new = max(min(float(self.people_before[k]) - less, float(self.spare_before[k]) + extra), 0.0)
        if new != old:
            fewer[i] = less = less + (new - old)
            more[j] = extra = extra + (old - new)
        if less > DUST and self.people_before[k] > old + DUST:
            _push(int(self.next_of_place[k]), heap, queued)
        if extra > DUST and np.isfinite(self.spare[j]) and self.spare[j] <= DUST:
            _push(int(self.next_of_site[k]), heap, queued)


def _push(k: int, heap: list[tuple[int, int, int]], queued: set[int]) -> None:
    if k >= 0 and k not in queued:
        queued.add(k)
        heapq.heappush(heap, (k, 1, 0))


def _next_same(of: Ints) -> Ints:
    """For each pair, the position of the next pair with the same place (or site); -1 at the end."""
    by = np.argsort(of, kind="stable")
    following = np.full(len(of), -1, dtype=np.int64)
    same = of[by][1:] == of[by][:-1]
    following[by[:-1][same]] = by[1:][same]
    return following


def _positions(of: Ints) -> dict[int, Ints]:
    """Positions of the pairs of each place, ascending."""
    if len(of) == 0:
        return {}
    by = np.argsort(of, kind="stable")
    values, starts = np.unique(of[by], return_index=True)
    return dict(zip(values.tolist(), np.split(by, starts[1:]), strict=True))
