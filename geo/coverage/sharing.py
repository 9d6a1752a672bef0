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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.model.arrays import Floats, Ints
from geo.reach.distance import Pairs
from geo.reach.threads import in_threads, taken

DUST = 1e-9  # people below this are of floating point, and no people
#: From so many pairs on the compiled twins (`geo/coverage/sharing_kernels.py`) are worth their start.
COMPILED_FROM = 50_000
WALKED = 200_000  # the same where few are asked again and again: so many new ones in all, some 3 s
#: From so many new sites on their gains are looked for by all cores.
GAINS_IN_THREADS = 500
#: Bounds this near to each other (people) are one figure.
SURE = 1e-6


def in_order(pairs: Pairs, place_ids: Any, site_ids: Any) -> Pairs:
    """Return the pairs in the order in which they are served: distance, then place id, then site id (as text).

    Ids are arrays with `take`; only those of pairs equally far are looked at.

    Examples
    --------
    >>> pairs = Pairs(np.array([1, 0]), np.array([0, 0]), np.array([5.0, 5.0]))
    >>> in_order(pairs, np.array(["a", "b"]), np.array(["x"])).place.tolist()
    [0, 1]
    """
    order, metres = _by_metres(pairs.distance_m)
    same = metres[1:] == metres[:-1]
    tied = np.flatnonzero(np.r_[same, False] | np.r_[False, same])
    if len(tied):
        rows = order[tied]
        place = np.asarray(place_ids.take(pairs.place[rows]), dtype=object).astype(str)
        site = np.asarray(site_ids.take(pairs.site[rows]), dtype=object).astype(str)
        order[tied] = rows[np.lexsort((pairs.place[rows], site, place, metres[tied]))]
    return Pairs(taken(pairs.place, order), taken(pairs.site, order), metres)


def _by_metres(metres: Floats) -> tuple[Ints, Floats]:
    """Order of distances, and the distances in that order.

    Whole micrometres with their position behind them sort as numbers, twice as fast.
    """
    bits = max(len(metres) - 1, 1).bit_length()
    if len(metres) >= COMPILED_FROM and metres.max() * 1e6 < 2.0 ** (63 - bits):
        micro = np.rint(metres * 1e6)
        if np.array_equal(micro / 1e6, metres):
            key = micro.astype(np.int64) << bits
            key |= np.arange(len(key))
            key.sort()
            return key & ((1 << bits) - 1), (key >> bits) / 1e6
    order = np.argsort(metres).astype(np.int64)
    return order, metres[order]


@dataclass(frozen=True, eq=False)
class Known:
    """Which pairs, places and sites are settled whatever lies beyond the edge of the piece that was looked at."""

    pairs: NDArray[np.bool_]
    places: NDArray[np.bool_]
    sites: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Gains:
    """What each of many new sites adds alone: site c gains ``people[start[c] : start[c + 1]]`` at ``place[…]``.

    `doubtful` sites met something that lies at the edge of a piece of a larger ground (None: this is the whole).
    """

    start: Ints
    place: Ints
    people: Floats
    doubtful: NDArray[np.bool_] | None = None

    @classmethod
    def of(cls, found: list[dict[int, float]]) -> Gains:
        """Collect gains by place position, one dict a site."""
        start = np.concatenate([[0], np.cumsum([len(gained) for gained in found])]).astype(np.int64)
        place = np.array([i for gained in found for i in gained], dtype=np.int64)
        return cls(start, place, np.array([people for gained in found for people in gained.values()], dtype=float))

    @cached_property
    def owner(self) -> Ints:
        """The site of each entry."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start)).astype(np.int64)

    def one(self, c: int) -> dict[int, float]:
        """Gain of one site by place position."""
        mine = slice(self.start[c], self.start[c + 1])
        return dict(zip(self.place[mine].tolist(), self.people[mine].tolist(), strict=True))

    def per_site(self, worth: Floats) -> Floats:
        """Sum people times the worth of their place over each site."""
        weights = self.people * worth[self.place]
        return np.bincount(self.owner, weights=weights, minlength=len(self.start) - 1).astype(float)


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
    known: Known | None = None

    @classmethod
    def within(cls, pairs: Pairs, people: Floats, capacity: Floats, edge_m: Floats, limit_m: float) -> Sharing:
        """Share out on a piece of a larger ground, and say what is certain (`known`).

        Parameters
        ----------
        pairs, people, capacity
            As in `of`; every site in reach of a place of the piece is there.
        edge_m
            Per site, how far all places are there; beyond, others may have used its capacity.
        limit_m
            Reach: how far pairs can be apart.
        """
        from geo.coverage import sharing_kernels as kernels

        count = len(pairs)
        left, spare = np.stack([people, people]).astype(float), np.stack([capacity, capacity]).astype(float)
        flows, had, could, sure = np.zeros(count), np.empty(count), np.empty(count), np.empty(count, dtype=bool)
        kernels.share_between(pairs.place, pairs.site, pairs.distance_m, left, spare, edge_m, flows, had, could, sure)
        limited = np.isfinite(spare[1])
        gap = np.where(limited, np.where(limited, spare[1], 0.0) - np.where(limited, spare[0], 0.0), 0.0)
        places = left[1] - left[0] <= SURE
        sites = ((gap <= SURE) & (edge_m >= limit_m)) | ~limited
        return cls(pairs, flows, left[1], spare[1], had, could, Known(sure, places, sites))

    @classmethod
    def of(cls, pairs: Pairs, people: Floats, capacity: Floats) -> Sharing:
        """Share out the people over pairs that are already in order (`in_order`).

        Parameters
        ----------
        pairs
            In reach, as `in_order` has them; only sites that work.
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
        count = len(pairs)
        if count >= COMPILED_FROM:
            from geo.coverage import sharing_kernels as kernels

            left_of, spare_of = people.astype(float), capacity.astype(float)
            flows, had, could = np.zeros(count), np.empty(count), np.empty(count)
            kernels.share(pairs.place, pairs.site, left_of, spare_of, flows, had, could)
            return cls(pairs, flows, left_of, spare_of, had, could)
        left, spare = people.tolist(), capacity.tolist()
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
    def live(self) -> Ints:
        """Pairs at whose turn somebody was left to serve: at the others nothing ever changes when sites are added."""
        return np.flatnonzero(self.people_before > DUST).astype(np.int64)

    @cached_property
    def by_place(self) -> tuple[Ints, Ints]:
        """Positions of the live pairs by place, in order (`grouped`)."""
        start, where = grouped(taken(self.pairs.place, self.live), len(self.left))
        return start, taken(self.live, where)

    @cached_property
    def by_site(self) -> tuple[Ints, Ints]:
        """Positions of the live pairs by site, in order (`grouped`)."""
        start, where = grouped(taken(self.pairs.site, self.live), len(self.spare))
        return start, taken(self.live, where)

    def gains(self, starts: Ints, places: Ints, turns: Ints, capacities: Floats, skip: NDArray[np.bool_]) -> Gains:
        """Return what each new site would add alone: `with_sites` for each, compiled where there are many.

        Parameters
        ----------
        starts
            Where the new pairs of each site begin, shape (c + 1,).
        places, turns
            As in `with_sites`, ordered by site, then turn.
        capacities
            People each new site can serve, shape (c,).
        skip
            Sites that add nothing (they work already), shape (c,).
        """
        if self.known is not None or len(self.pairs) + len(places) >= COMPILED_FROM:
            return self._compiled_gains(starts, places, turns, capacities, skip)
        found = []
        for c, skipped in enumerate(skip.tolist()):
            mine = slice(starts[c], starts[c + 1])
            owner = np.zeros(starts[c + 1] - starts[c], dtype=np.int64)
            one = capacities[c : c + 1]
            found.append({} if skipped else self.with_sites(places[mine], turns[mine], owner, one))
        return Gains.of(found)

    def _compiled_gains(
        self, starts: Ints, places: Ints, turns: Ints, capacities: Floats, skip: NDArray[np.bool_]
    ) -> Gains:
        """`gains` by compiled code, parts of the sites at the same time."""
        from geo.coverage import sharing_kernels as kernels

        parts: dict[int, tuple[Ints, Ints, Floats, NDArray[np.bool_]]] = {}
        compiled = self._compiled
        (place, site, _, people_before, _, left, spare), _, (_, place_sure, site_sure) = compiled
        waits = kernels.waiting(place, site, people_before, left, spare, place_sure, site_sure)

        def work(mine: slice) -> None:
            edges = starts[mine.start : mine.stop + 1]
            pairs = slice(edges[0], edges[-1])
            given = (edges - edges[0], places[pairs], turns[pairs], capacities[mine], skip[mine], waits)
            parts[mine.start] = kernels.gains(*given, *compiled)

        in_threads(len(skip), work, least=GAINS_IN_THREADS)
        found = [parts[key] for key in sorted(parts)]
        start = np.cumsum(np.concatenate([[0], *(np.diff(part[0]) for part in found)])).astype(np.int64)
        place, people, doubtful = (np.concatenate([part[k] for part in found]) for k in (1, 2, 3))
        return Gains(start, place, people, None if self.known is None else doubtful)

    def _put_in_order(self, mine: slice) -> None:
        for name in ("by_place", "by_site")[mine]:
            getattr(self, name)

    @cached_property
    def _compiled(self) -> tuple[Any, Any, Any]:
        """What the compiled twins take: the sharing as it is, its live pairs by place and site, what is certain."""
        from geo.coverage import sharing_kernels as kernels

        _ = self.live  # before both threads ask for it
        in_threads(2, self._put_in_order, least=2)
        old = (self.pairs.place, self.pairs.site, self.flow, self.people_before, self.spare_before)
        ones = np.ones(max(len(self.pairs), len(self.left), len(self.spare)), dtype=bool)
        known = self.known or Known(ones, ones, ones)
        last = kernels.last_turn(*self.by_place, self.left, known.places, len(self.pairs))
        after = (*self.by_place, *self.by_site, last)
        return (*old, self.left, self.spare), after, (known.pairs, known.places, known.sites)

    @cached_property
    def _walked(self) -> list[int]:  # new pairs looked at so far
        return [0]

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
        self._walked[0] += len(places)
        if len(self.pairs) >= COMPILED_FROM or self._walked[0] >= WALKED:
            from geo.coverage import sharing_kernels as kernels

            gained, people = kernels.gain_together(places, turns, owner, capacities, *self._compiled)
            return dict(zip(gained.tolist(), people.tolist(), strict=True))
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
        following = _first_from(turn, i, *self.by_place)
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
            _push(_first_from(k + 1, i, *self.by_place), heap, queued)
        if extra > DUST and np.isfinite(self.spare[j]) and self.spare[j] <= DUST:
            _push(_first_from(k + 1, j, *self.by_site), heap, queued)


def _push(k: int, heap: list[tuple[int, int, int]], queued: set[int]) -> None:
    if k >= 0 and k not in queued:
        queued.add(k)
        heapq.heappush(heap, (k, 1, 0))


def _first_from(turn: int, n: int, start: Ints, where: Ints) -> int:
    """The first pair of number n from a turn on (`grouped`); -1 where there is none."""
    mine = where[start[n] : start[n + 1]]
    at = int(np.searchsorted(mine, turn))
    return int(mine[at]) if at < len(mine) else -1


def grouped(of: Ints, size: int) -> tuple[Ints, Ints]:
    """Say where the pairs of each place (or site) lie.

    Returns
    -------
    start, where
        The pairs of number n, in order, are ``where[start[n] : start[n + 1]]``.

    Examples
    --------
    >>> start, where = grouped(np.array([1, 0, 1]), 2)
    >>> start.tolist(), where.tolist()
    ([0, 1, 3], [1, 0, 2])
    """
    if len(of) >= COMPILED_FROM:
        from geo.coverage import sharing_kernels as kernels

        found: tuple[Ints, Ints] = kernels.grouped(of, size)
        return found
    where = np.argsort(of, kind="stable").astype(np.int64)
    start = np.concatenate([[0], np.cumsum(np.bincount(of, minlength=size))]).astype(np.int64)
    return start, where
