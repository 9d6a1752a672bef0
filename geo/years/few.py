"""The best of all schedules where there are few choices: every set of every year is gone through.

A state is a set of choices built by the end of a year, with what can be carried on. Of the ways that lead to the same
set those are kept that no other way beats in what promises miss, in people so far, and in money left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from geo.model.arrays import Ints
from geo.planning.by_replay import HALF, TIE
from geo.years.ground import Ground
from geo.years.money import NOTHING

#: So many choices at the most: sets of sets are 3 to this power, a year.
MOST = 8


@dataclass(frozen=True)
class _Way:
    """How a set was reached: by how much promises were missed, worth so far, money left, all that was spent."""

    lack: float
    worth: float
    pool: float
    spent: float
    when: tuple[int, ...]

    def beats(self, other: _Way) -> bool:
        """Is it as good in everything?"""
        return (
            self.lack <= other.lack + TIE
            and self.worth >= other.worth - TIE / 2
            and self.pool >= other.pool - NOTHING
            and (self.spent <= other.spent + NOTHING or self.worth > other.worth + TIE / 2)
        )


def best_of_few(ground: Ground) -> Ints | None:
    """Return the best schedule, the number of the year of each row or -1; None where nothing keeps what was promised.

    Promises are missed by as little as can be, then most worth over the years is sought, then the least money.
    """
    n, years = len(ground.table), ground.wish.years
    free = choices(ground)
    ways: dict[int, list[_Way]] = {0: [_Way(0.0, 0.0, 0.0, 0.0, (-1,) * n)]}
    for number in range(years):
        ways = _year(ground, number, free, ways)
        if not ways:
            return None
    last = [way for kept in ways.values() for way in kept]
    least = min(way.lack for way in last)
    best = max((way for way in last if way.lack <= least + HALF), key=lambda way: (round(way.worth / TIE), -way.spent))
    return np.array(best.when, dtype=np.int64)


def choices(ground: Ground) -> list[int]:
    """Rows that may be carried out in any year."""
    return [int(row) for row in np.flatnonzero(ground.ever)]


def _year(ground: Ground, number: int, free: list[int], ways: dict[int, list[_Way]]) -> dict[int, list[_Way]]:
    """What can be reached by the end of a year from what was reached by its beginning."""
    may, must, promises = ground.may(number), ground.must(number), ground.promises(number)
    replay, alive = ground.replay(number), ground.alive[number]
    known: dict[int, tuple[float, float]] = {}
    found: dict[int, list[_Way]] = {}
    for before, kept in ways.items():
        for added in _subsets([bit for bit, row in enumerate(free) if may[row] and not before >> bit & 1]):
            after = before | added
            built = np.zeros(len(may), dtype=bool)
            built[[row for bit, row in enumerate(free) if after >> bit & 1]] = True
            if (must & ~built).any():
                continue
            if after not in known:
                rows = np.flatnonzero(built | alive).astype(np.int64)
                lack = float(replay.lacks(promises, rows).sum()) if promises else 0.0
                known[after] = lack, ground.worth(number, built)
            for way in kept:
                reached = _added(ground, number, free, added, way, known[after])
                if reached is not None:
                    _keep(found.setdefault(after, []), reached)
    return found


def _added(
    ground: Ground, number: int, free: list[int], added: int, way: _Way, told: tuple[float, float]
) -> _Way | None:
    """A way one year longer; None where the money does not pay for it."""
    when = list(way.when)
    for bit, row in enumerate(free):
        if added >> bit & 1:
            when[row] = number
    bill, owed = ground.bill(number, np.array(when)), ground.owed(number, np.array(when))
    pool = ground.wish.purse.after(number, way.pool, bill, owed)
    if pool < -NOTHING:
        return None
    return _Way(way.lack + told[0], way.worth + told[1], pool, way.spent + bill, tuple(when))


def _keep(kept: list[_Way], way: _Way) -> None:
    if any(one.beats(way) for one in kept):
        return
    kept[:] = [one for one in kept if not way.beats(one)]
    kept.append(way)


def _subsets(bits: list[int]) -> Iterator[int]:
    for number in range(1 << len(bits)):
        yield sum(1 << bit for place, bit in enumerate(bits) if number >> place & 1)
