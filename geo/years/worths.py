"""What choices are worth by the engine's own sharing: replayed, or summed where all have room for all they reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geo.model.arrays import Floats, Ints
from geo.planning import cover_kernels as kernels
from geo.planning.by_replay import Replay
from geo.planning.cover import Cover
from geo.planning.coverage_problem import UNCOUNTED


@dataclass(frozen=True)
class Along:
    """An order of choices: what its first so many are worth, and the people gained by them that count."""

    rows: Ints
    spent: Floats
    worth_of: Callable[[int], float]
    people_of: Callable[[int], float]

    def paid(self, budget: float) -> int:
        """How many of the order a budget pays for: in its order, and nothing out of it."""
        return int(np.searchsorted(self.spent, budget * (1 + 1e-12) + 1e-6, side="right"))

    def first(self, count: int) -> Ints:
        """The first so many rows, sorted."""
        return np.sort(self.rows[:count])


class Replayed:
    """Worth by replays (`geo.planning.by_replay`), whatever the capacities."""

    def __init__(self, replay: Replay, cost: Floats) -> None:
        self.replay, self.cost = replay, cost

    def figures(self, rows: Ints) -> tuple[float, float]:
        """What some rows are worth, and the people gained by them that count."""
        return self.replay.worth(rows), self.replay.people_counted(rows)

    def along(self, order: Ints) -> Along:
        return Along(
            order,
            np.cumsum(self.cost[order]),
            lambda count: self.replay.worth(np.sort(order[:count])),
            lambda count: self.replay.people_counted(np.sort(order[:count])),
        )


class Summed:
    """Worth by who is reached: the same as replays where no capacity is ever short, and at once for any number."""

    def __init__(self, cover: Cover) -> None:
        self.cover = cover
        self.whole = cover.people * cover.worth
        self.counted = np.where(cover.worth > UNCOUNTED, cover.people, 0.0)

    @staticmethod
    def fits(cover: Cover) -> bool:
        """Whether the cover has no capacity that could be short, and nothing that stands full already."""
        return bool(cover.ample.all()) and not cover.fixed.any()

    def figures(self, rows: Ints) -> tuple[float, float]:
        """What some rows are worth, and the people gained by them that count."""
        inside = np.zeros(self.cover.choices, dtype=bool)
        inside[rows] = True
        reached = kernels.reached(self.cover.start, self.cover.group, inside, len(self.whole)) > 0
        return float(self.whole[reached].sum()), float(self.counted[reached].sum())

    def along(self, order: Ints) -> Along:
        worth, people = (self._in_order(order, each) for each in (self.whole, self.counted))
        return Along(
            order,
            np.cumsum(self.cover.cost[order]),
            lambda count: float(worth[count]),
            lambda count: float(people[count]),
        )

    def _in_order(self, order: Ints, each: Floats) -> Floats:
        times = np.zeros(len(each), dtype=np.int32)
        added = kernels.gained_in_order(self.cover.start, self.cover.group, each, order, times)
        return np.concatenate([[0.0], np.cumsum(added)])


Worths = Replayed | Summed
