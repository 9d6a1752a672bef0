"""Plans by the engine's own sharing: what choices are worth is replayed, nearest first, never modelled.

Of a set S of choices, with gained_i(S) the people of place i served after S less before:

    value  V(S) = Σ_i counted_i · (1 + poor weight · poor share_i) · gained_i(S)
    tie    T(S) = Σ_i (1 − counted_i) · gained_i(S)          (people of unmapped villages, unless they count)

Choices that cannot take people from each other, directly or through full sites, lie in different parts of the ground:
V, T and what a promise asks for are sums over parts. Where the parts are small every subset of each is replayed, and
the best of all within a limit, or the cheapest that keeps a target, follows exactly from their sums: subsets that are
dearer and worth less than another are left out on the way (Nemhauser and Ullmann 1969).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

import numpy as np

from geo.model.areas import area_mask
from geo.model.arrays import Bools, Floats, Ints
from geo.planning.coverage_problem import Wish
from geo.planning.options import Options
from geo.priorities.candidates import Candidates

#: Of equal value, more people of unmapped villages are better: what one of them weighs.
TIE = 1e-6
#: Less than half a person is nobody.
HALF = 0.5
#: Parts of more choices than this, or so many subsets in all, are not gone through one by one.
MOST_CHOICES, MOST_SUBSETS = 10, 3_000
#: So many subsets are replayed at the most where each part is looked at by itself.
MOST_REPLAYED = 60_000
#: Sums of subsets that are kept at the most while parts are put together.
MOST_SUMS = 20_000
#: With floors, which villages on several parts may share, all choices together are gone through: so many at the most.
MOST_TOGETHER = 11


@dataclass(frozen=True, eq=False)
class Promise:
    """What a plan promises: so many people of some places (bool, one per place) of a service gained; who asks."""

    name: str
    service: str
    places: Bools
    people: float


@dataclass(frozen=True, eq=False)
class Sums:
    """Subsets worth keeping, cheapest first, each worth more than all cheaper ones: cost, value, and their rows."""

    cost: Floats
    value: Floats
    rows: Sequence[tuple[int, ...]]

    def best(self, limit: float) -> tuple[int, ...]:
        """The rows of the most worth within a limit."""
        return self.rows[int(np.searchsorted(self.cost, limit * (1 + 1e-12) + 1e-9, side="right")) - 1]

    def cheapest(self, value: float) -> tuple[int, ...]:
        """The rows of the least cost that are worth so much; the most worth of all where none is."""
        enough = np.flatnonzero(self.value >= value - HALF)
        return self.rows[int(enough[0]) if len(enough) else int(np.argmax(self.value >= self.value.max() - HALF))]


class _Joined(Sequence[tuple[int, ...]]):
    """Rows of subsets put together of parts, written out only for the one that is asked for."""

    def __init__(self, layers: list[tuple[Ints, Ints, Sequence[tuple[int, ...]]]], count: int) -> None:
        self.layers, self.size = layers, count

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, number: int) -> tuple[int, ...]:  # type: ignore[override]  # no slices: nobody asks for any
        number = range(self.size)[number]
        found: list[int] = []
        for before, added, rows in reversed(self.layers):
            found += rows[int(added[number])]
            number = int(before[number])
        return tuple(sorted(found))


@dataclass(eq=False)
class Replay:
    """A plan's choices under the engine's sharing; what is worked out is remembered.

    `parts` are rows of the table of options that can take people from each other, the largest part last.
    """

    options: Options
    poor_weight: float = 0.0
    count_unmapped: bool = False
    _gained: dict[tuple[int, ...], dict[int, float]] = field(default_factory=dict)

    @cached_property
    def parts(self) -> list[tuple[str, Ints]]:
        """Service and rows of each part."""
        table, found = self.options.table, []
        services, numbers = table["service"].to_numpy(), table["number"].to_numpy()
        for name, c in self.options.lists.items():
            mine = np.flatnonzero(services == name)
            by_number = dict(zip(numbers[mine].tolist(), mine.tolist(), strict=True))
            for part in c.parts_of(list(by_number)):
                found.append((name, np.sort(np.array([by_number[n] for n in part], dtype=np.int64))))
        return sorted(found, key=lambda one: (len(one[1]), one[0], one[1].tolist()))

    @cached_property
    def part_of(self) -> Ints:
        """The part of each row."""
        number = np.zeros(len(self.options.table), dtype=np.int64)
        for at, (_, rows) in enumerate(self.parts):
            number[rows] = at
        return number

    @cached_property
    def _numbers(self) -> list[int]:
        """The number of each row among the candidates of its service."""
        return [int(number) for number in self.options.table["number"].to_numpy()]

    @cached_property
    def _weights(self) -> dict[str, Floats]:
        return {name: self._weight(name, c) for name, c in self.options.lists.items()}

    def _weight(self, name: str, c: Candidates) -> Floats:
        worth: Floats = 1.0 + self.poor_weight * self.options.poor_share[name]
        return np.asarray(np.where(self.counted(c), worth, TIE), dtype=float)

    def weight_of(self, service: str) -> Floats:
        """What a person of each place of a service is worth."""
        return self._weights[service]

    def counted(self, c: Candidates) -> Bools:
        """Places whose people count: those of gap states, and the unmapped where that is asked for."""
        return np.ones(len(c.places), dtype=bool) if self.count_unmapped else c.gap_places

    def gained(self, part: int, rows: tuple[int, ...]) -> dict[int, float]:
        """People gained by place position if some rows of one part are carried out."""
        if rows not in self._gained:
            service, _ = self.parts[part]
            self._gained[rows] = self.options.lists[service].gain_of([self._numbers[row] for row in rows])
        return self._gained[rows]

    def value(self, part: int, rows: tuple[int, ...]) -> float:
        """Value of some rows of one part, a tie's worth of unmapped people included."""
        return self._sum(part, rows, self._weights[self.parts[part][0]])

    def _sum(self, part: int, rows: tuple[int, ...], weight: Floats) -> float:
        gained = self.gained(part, rows)
        return float(np.dot(np.fromiter(gained.values(), dtype=float), weight[list(gained)])) if gained else 0.0

    def split(self, rows: Ints) -> dict[int, tuple[int, ...]]:
        """Rows by part."""
        found: dict[int, list[int]] = {}
        for row in np.sort(rows).tolist():
            found.setdefault(int(self.part_of[row]), []).append(row)
        return {part: tuple(mine) for part, mine in found.items()}

    def worth(self, rows: Ints) -> float:
        """Value of a whole plan."""
        return sum(self.value(part, mine) for part, mine in self.split(rows).items())

    @property
    def replayed(self) -> int:
        """How many sets of choices were replayed so far."""
        return len(self._gained)

    def people(self, rows: Ints) -> float:
        """All people gained by a plan, unmapped ones too, each counting one."""
        return sum(sum(self.gained(part, mine).values()) for part, mine in self.split(rows).items())

    def people_counted(self, rows: Ints) -> float:
        """People gained by a plan that count, each counting one."""
        total = 0.0
        for part, mine in self.split(rows).items():
            counts = self.counted(self.options.lists[self.parts[part][0]])
            total += sum(people for i, people in self.gained(part, mine).items() if counts[i])
        return total

    def kept(self, promise: Promise, rows: Ints) -> float:
        """People gained of those a promise speaks of."""
        weight = promise.places.astype(float)
        mine = {part: own for part, own in self.split(rows).items() if self.parts[part][0] == promise.service}
        return sum(self._sum(part, own, weight) for part, own in mine.items())

    def lacks(self, promises: Sequence[Promise], rows: Ints) -> Floats:
        """By how many people each promise is missed."""
        return np.array([max(one.people - self.kept(one, rows), 0.0) for one in promises], dtype=float)

    @property
    def small(self) -> bool:
        """Whether every subset of every part can be gone through, and put together."""
        return self.small_parts and sum(2 ** len(rows) for _, rows in self.parts) <= MOST_SUBSETS

    @property
    def small_parts(self) -> bool:
        """Whether every subset of every part can be gone through."""
        sizes = [len(rows) for _, rows in self.parts]
        return max(sizes, default=0) <= MOST_CHOICES and sum(2**size for size in sizes) <= MOST_REPLAYED


def promises_of(options: Options, wish: Wish, *, untouched: bool = False) -> tuple[Promise, ...]:
    """What a wish promises, in people to be gained: a target a service, a floor a village; none that is kept already.

    Parameters
    ----------
    options
        What may be done.
    wish
        `target_share` of the people of the area, `floor_share` of those of each of its villages.
    untouched
        Of the services that have sites but no choice, which no plan can bring nearer, instead of those with choices.
    """
    found: list[Promise] = []
    for name, c in options.lists.items():
        chosen_from = bool((options.table["service"] == name).any())
        if chosen_from == untouched or not len(c.service.ids):
            continue
        inside = area_mask(c.places["village_code"], c.params.area)
        codes = c.places["village_code"].fillna("").to_numpy(dtype=str)
        if wish.target_share is not None:
            found.append(_promise("target", name, c, inside, wish.target_share))
        if wish.floor_share > 0:
            found += [
                _promise(str(code), name, c, inside & (codes == code), wish.floor_share)
                for code in np.unique(codes[inside])
            ]
    return tuple(one for one in found if one.people > HALF)


def _promise(name: str, service: str, c: Candidates, places: Bools, share: float) -> Promise:
    """A share of the people of some places served: less those served, or with their own, as things stand."""
    people, left = c.service.people[places].sum(), c.service.sharing.left[places].sum()
    return Promise(name, service, places, float(share * people - (people - left)))


def exactly(
    replay: Replay, cost: Floats, limit: float | None, forced: Bools, promises: Sequence[Promise]
) -> Ints | None:
    """The best choices by the engine's own sharing; None where there are too many to go through.

    Promises are missed by as little as can be, all together, before anything else; then the most value within the
    limit, or without one the least cost.

    Parameters
    ----------
    replay
        What choices are worth.
    cost, limit
        Of each choice, and what may be spent, in the same unit; None: the cheapest is sought.
    forced
        Rows that are in, bool of shape (n,).
    promises
        From `promises_of`.
    """
    if not replay.small:
        return None
    if limit is not None and not promises:
        sums = _all_sums(replay, cost, forced, None, limit)
        return None if sums is None else _array(sums.best(limit))
    if limit is None and all(one.name == "target" for one in promises):
        return _targets(replay, cost, forced, promises)
    return _together(replay, cost, limit, forced, promises)


def every_budget(replay: Replay, cost: Floats) -> Sums | None:
    """The best choices for every budget at once, by the engine's own sharing; None where there are too many.

    Parameters
    ----------
    replay
        What choices are worth.
    cost
        Rupiah of each.
    """
    if not replay.small or not len(cost):
        return None
    return _all_sums(replay, cost, np.zeros(len(cost), dtype=bool), None, float("inf"))


def _targets(replay: Replay, cost: Floats, forced: Bools, promises: Sequence[Promise]) -> Ints | None:
    """The cheapest for the target of each service, which share no part of the ground."""
    rows: list[int] = np.flatnonzero(forced).tolist()
    for promise in promises:
        sums = _all_sums(replay, cost, forced, promise, float("inf"))
        if sums is None:
            return None
        rows += sums.cheapest(promise.people)
    return _array(sorted(set(rows)))


def _all_sums(replay: Replay, cost: Floats, forced: Bools, promise: Promise | None, limit: float) -> Sums | None:
    """The subsets of all parts (of the promise's service) worth keeping; None where they are too many."""
    cost_now, value_now = np.zeros(1), np.zeros(1)
    layers: list[tuple[Ints, Ints, Sequence[tuple[int, ...]]]] = []
    for part, (service, _) in enumerate(replay.parts):
        if promise is not None and service != promise.service:
            continue
        mine = sums_of_part(replay, part, cost, forced, promise, limit)
        kept = _merged(cost_now, value_now, mine, limit)
        if kept is None:
            return None
        cost_now, value_now, before, added = kept
        layers.append((before, added, mine.rows))
    return Sums(cost_now, value_now, _Joined(layers, len(cost_now)) if layers else [()])


def sums_of_part(replay: Replay, part: int, cost: Floats, forced: Bools, promise: Promise | None, limit: float) -> Sums:
    rows = replay.parts[part][1].tolist()
    must = [row for row in rows if forced[row]]
    free = [row for row in rows if not forced[row]]
    weight = None if promise is None else promise.places.astype(float)
    subsets = [tuple(sorted((*must, *more))) for size in range(len(free) + 1) for more in combinations(free, size)]
    subsets = [one for one in subsets if float(cost[list(one)].sum()) <= limit * (1 + 1e-12) + 1e-9]
    values = [replay.value(part, one) if weight is None else replay._sum(part, one, weight) for one in subsets]
    costs = [float(cost[list(one)].sum()) for one in subsets]
    return _worth_keeping(np.array(costs), np.array(values), subsets)


def _worth_keeping(cost: Floats, value: Floats, rows: list[tuple[int, ...]]) -> Sums:
    """Drop whatever costs as much as another, or more, and is not worth more."""
    order = np.lexsort((np.array([len(one) for one in rows]), -value, cost))
    highest = np.maximum.accumulate(value[order])
    better = np.r_[True, value[order][1:] > highest[:-1] + TIE / 2]
    kept = order[better]
    return Sums(cost[kept], value[kept], [rows[n] for n in kept.tolist()])


def _merged(cost_now: Floats, value_now: Floats, other: Sums, limit: float) -> tuple[Floats, Floats, Ints, Ints] | None:
    """Cost, worth, and from which of both each comes, of the sums worth keeping; None where they are too many."""
    cost = (cost_now[:, None] + other.cost[None, :]).ravel()
    value = (value_now[:, None] + other.value[None, :]).ravel()
    within = np.flatnonzero(cost <= limit * (1 + 1e-12) + 1e-9)
    if len(within) > MOST_SUMS * 50:
        return None
    order = within[np.lexsort((-value[within], cost[within]))]
    highest = np.maximum.accumulate(value[order])
    kept = order[np.r_[True, value[order][1:] > highest[:-1] + TIE / 2]]
    if len(kept) > MOST_SUMS:
        return None
    size = len(other.rows)
    return cost[kept], value[kept], (kept // size).astype(np.int64), (kept % size).astype(np.int64)


def _together(
    replay: Replay, cost: Floats, limit: float | None, forced: Bools, promises: Sequence[Promise]
) -> Ints | None:
    """All subsets of all choices, one by one."""
    free = np.flatnonzero(~forced).tolist()
    if len(free) > MOST_TOGETHER:
        return None
    must = np.flatnonzero(forced).tolist()
    best: tuple[float, ...] | None = None
    chosen: Ints = _array(must)
    for size in range(len(free) + 1):
        for more in combinations(free, size):
            rows = _array(sorted((*must, *more)))
            spent = float(cost[rows].sum())
            if limit is not None and spent > limit * (1 + 1e-12) + 1e-9:
                continue
            lacking = float(replay.lacks(promises, rows).sum())
            value = replay.worth(rows) if limit is not None else 0.0
            key = (round(lacking / HALF), -round(value, 6), spent, float(len(rows)))
            if best is None or key < best:
                best, chosen = key, rows
    return chosen


def _array(rows: Sequence[int]) -> Ints:
    return np.array(sorted(rows), dtype=np.int64)
