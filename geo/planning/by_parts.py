"""The best within a limit where the ground falls into many small parts: their corners, dearest people last.

Of each part every subset is replayed (`geo.planning.by_replay`). Its concave hull (people by money) has corners; put
together by what a rupiah adds, the corners of all parts are the best for the money they cost (the multiple-choice
knapsack; Sinha and Zoltners 1979), and the line between two of them bounds every choice in between. The engine's own
figures all the way: the bound allows no sharing that the engine would not do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from geo.model.arrays import Bools, Floats, Ints
from geo.planning.by_replay import TIE, Replay, Sums, sums_of_part


@dataclass(frozen=True, eq=False)
class Parts:
    """The subsets worth keeping of each part, cheapest first; the first holds what is forced."""

    sums: Sequence[Sums]

    @cached_property
    def _steps(self) -> tuple[Floats, Floats, Ints, Ints]:
        """Corner to corner of all parts, most worth for its cost first: cost, worth, part, and the corner reached."""
        rows = []
        for part, one in enumerate(self.sums):
            corners = hull(one)
            for before, after in pairwise(corners):
                rows.append((one.cost[after] - one.cost[before], one.value[after] - one.value[before], part, after))
        table = np.array(rows, dtype=float).reshape(len(rows), 4)
        cost, worth, part_of, corner = table.T
        order = np.lexsort((part_of, -worth / np.maximum(cost, 1e-9)))
        return cost[order], worth[order], part_of[order].astype(np.int64), corner[order].astype(np.int64)

    @cached_property
    def least(self) -> tuple[float, float]:
        """Cost and worth of what is forced."""
        return sum(float(one.cost[0]) for one in self.sums), sum(float(one.value[0]) for one in self.sums)

    def bound(self, limit: float) -> float:
        """The most that any choice within a limit is worth."""
        cost, worth, _, _ = self._steps
        spent, value = self.least
        reached = np.cumsum(cost)
        whole = int(np.searchsorted(reached, limit - spent, side="right"))
        value += float(worth[:whole].sum())
        if whole < len(cost):
            left = limit - spent - (float(reached[whole - 1]) if whole else 0.0)
            value += float(worth[whole] * max(left, 0.0) / max(cost[whole], 1e-9))
        return value

    def least_for(self, worth: float) -> float:
        """The least money that any choice of so much worth costs."""
        cost, adds, _, _ = self._steps
        reached = self.least[1] + np.cumsum(adds)
        whole = int(np.searchsorted(reached, worth - TIE))
        spent = self.least[0] + float(cost[:whole].sum())
        if whole >= len(cost):
            return spent
        before = float(reached[whole - 1]) if whole else self.least[1]
        return spent + float(cost[whole] * max(worth - before, 0.0) / max(adds[whole], 1e-9))

    def order(self) -> Ints:
        """Every row that a corner has, in the order in which the corners come."""
        _, _, part_of, corner = self._steps
        found: dict[int, None] = {}
        for part, number in zip(part_of.tolist(), corner.tolist(), strict=True):
            found |= dict.fromkeys(self.sums[part].rows[number])
        return np.array(list(found), dtype=np.int64)

    def best(self, limit: float) -> Ints:
        """Rows of a choice within the limit: corners while they are affordable, then what else the rest pays for."""
        cost, _, part_of, corner = self._steps
        at = np.zeros(len(self.sums), dtype=np.int64)
        left = limit - self.least[0] + 1e-6
        stuck = np.zeros(len(self.sums), dtype=bool)
        for n in range(len(cost)):
            part = part_of[n]
            if not stuck[part] and cost[n] <= left:
                at[part], left = corner[n], left - cost[n]
            else:
                stuck[part] = True
        self._spend(at, left)
        rows = [row for part, one in enumerate(self.sums) for row in one.rows[int(at[part])]]
        return np.array(sorted(rows), dtype=np.int64)

    def _spend(self, at: Ints, left: float) -> None:
        """Put another subset in a part's place while one is worth more and the rest pays for it (in place)."""
        while True:
            best, found = TIE, None
            for part, one in enumerate(self.sums):
                now = int(at[part])
                most = int(np.searchsorted(one.cost, one.cost[now] + left, side="right")) - 1
                gain = float(one.value[most] - one.value[now]) if most > now else 0.0
                if gain > best:
                    best, found = gain, (part, most)
            if found is None:
                return
            part, most = found
            left -= float(self.sums[part].cost[most] - self.sums[part].cost[int(at[part])])
            at[part] = most


def parts_of(replay: Replay, cost: Floats, limit: float, forced: Bools) -> Parts:
    """Go through the subsets of each part that a limit pays for.

    Parameters
    ----------
    replay
        What choices are worth; its parts are small (`Replay.small_parts`).
    cost, limit
        Of each row, and what may be spent, in the same unit.
    forced
        Rows that are in, bool of shape (n,).
    """
    return Parts([sums_of_part(replay, part, cost, forced, None, limit) for part in range(len(replay.parts))])


def hull(sums: Sums) -> list[int]:
    """The subsets that are best at some price: the corners of the concave hull."""
    found: list[int] = []
    for number in range(len(sums.cost)):
        while len(found) > 1 and _bends_up(sums, found[-2], found[-1], number):
            found.pop()
        found.append(number)
    return found


def _bends_up(sums: Sums, first: int, middle: int, last: int) -> bool:
    steep = (sums.value[middle] - sums.value[first]) * (sums.cost[last] - sums.cost[middle])
    return bool(steep <= (sums.value[last] - sums.value[middle]) * (sums.cost[middle] - sums.cost[first]))
