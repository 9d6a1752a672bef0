"""A plan that promises something, looked over with the engine's own sharing: promises first, then people.

Additions and exchanges of single choices are weighed all at once: what a choice brings to each promise is worked out
once a round, and sums over the parts of the ground that cannot take people from each other. So many replays and rounds
at the most: the same plan on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from geo.model.arrays import Bools, Floats, Ints
from geo.planning.by_replay import HALF, TIE, Promise, Replay

#: So many replays, and rounds, are spent on looking for a better plan; pairs within one part are tried up to so many.
REPLAYS, ROUNDS, PAIRS = 3_000, 60, 400


class Kept:
    """What sets of choices bring to each promise, by part; what is worked out is remembered."""

    def __init__(self, replay: Replay, promises: Sequence[Promise]) -> None:
        self.replay = replay
        self.needs = np.array([one.people for one in promises], dtype=float)
        self._of_places: dict[str, csr_matrix] = {}
        for name, c in replay.options.lists.items():
            speaks = [one.places if one.service == name else np.zeros(len(c.places), dtype=bool) for one in promises]
            self._of_places[name] = csr_matrix(np.array(speaks, dtype=float).reshape(len(promises), len(c.places)).T)
        self._known: dict[tuple[int, tuple[int, ...]], Floats] = {}

    def brings(self, part: int, rows: tuple[int, ...]) -> Floats:
        """People of each promise gained by some rows of one part, float of shape (promises,)."""
        key = part, rows
        if key not in self._known:
            gained = self.replay.gained(part, rows)
            of_places = self._of_places[self.replay.parts[part][0]]
            people = np.fromiter(gained.values(), dtype=float)
            self._known[key] = np.asarray(people @ of_places[list(gained)] if gained else np.zeros(len(self.needs)))
        return self._known[key]

    def lack(self, brought: Floats) -> Floats:
        """People missing from the promises, by what is brought to each; float of shape (…,)."""
        return np.asarray(np.maximum(self.needs - brought, 0.0).sum(axis=-1))


def mended(replay: Replay, chosen: Ints, promises: Sequence[Promise], cost: Floats, limit: float, keep: Bools) -> Ints:
    """Return a plan that misses the promises by no more, and where it misses as much is worth no less.

    Parameters
    ----------
    replay, cost, limit, keep
        As for `geo.planning.improve.polished`.
    chosen
        Rows of the table of options that are in the plan.
    promises
        What is to be kept before anything else.
    """
    kept = Kept(replay, promises)
    inside = np.zeros(len(cost), dtype=bool)
    inside[chosen] = True
    most = replay.replayed + REPLAYS
    for _ in range(ROUNDS):
        if replay.replayed >= most:
            break
        move = _best_move(kept, inside, cost, limit, keep, most)
        if move is None:
            break
        gone, come = move
        inside[gone], inside[come] = False, True
    return np.flatnonzero(inside).astype(np.int64)


@dataclass(frozen=True, eq=False)
class _Single:
    """One choice taken out or put in: its row (-1: none), part, cost, what it brings to promises, and is worth."""

    row: int
    part: int
    cost: float
    brings: Floats
    worth: float


def _best_move(
    kept: Kept, inside: Bools, cost: Floats, limit: float, keep: Bools, most: int
) -> tuple[list[int], list[int]] | None:
    """The addition or exchange that mends the promises most, then adds most worth; None where none does."""
    replay = kept.replay
    rows = replay.split(np.flatnonzero(inside))
    brought = sum((kept.brings(part, mine) for part, mine in rows.items()), np.zeros(len(kept.needs)))
    free = limit * (1 + 1e-12) + 1e-9 - float(cost[inside].sum())
    goes = [_Single(-1, -1, 0.0, np.zeros(len(kept.needs)), 0.0)]
    comes: list[_Single] = []
    for row in range(len(cost)):
        if keep[row] and inside[row]:
            continue
        part = int(replay.part_of[row])
        now = rows.get(part, ())
        then = tuple(one for one in now if one != row) if inside[row] else tuple(sorted((*now, row)))
        brings = kept.brings(part, then) - kept.brings(part, now)
        worth = replay.value(part, then) - replay.value(part, now)
        (goes if inside[row] else comes).append(_Single(row, part, float(cost[row]), brings, worth))
    if not comes:
        return None
    found = _across(kept, brought, goes, comes, free)
    best, move = (float(round(float(kept.lack(brought)) / HALF)), -TIE * HALF), None
    for rank, pair in [found, *_within(kept, brought, rows, goes, comes, free, most)]:
        if rank < best:
            best, move = rank, pair
    return move


Ranked = tuple[tuple[float, float], tuple[list[int], list[int]]]


def _across(kept: Kept, brought: Floats, goes: list[_Single], comes: list[_Single], free: float) -> Ranked:
    """The best addition, or exchange between two parts."""
    brings = np.array([one.brings for one in comes])
    worth, costs = np.array([one.worth for one in comes]), np.array([one.cost for one in comes])
    parts = np.array([one.part for one in comes])
    best: Ranked = ((float("inf"), 0.0), ([], []))
    for gone in goes:
        lack = np.round(kept.lack(brought + gone.brings + brings) / HALF)
        gain = worth + gone.worth
        allowed = (costs <= free + gone.cost) & (parts != gone.part)
        if not allowed.any():
            continue
        order = np.lexsort((-gain, np.where(allowed, lack, np.inf)))
        first = int(order[0])
        rank = (float(lack[first]), -float(gain[first]))
        if rank < best[0]:
            best = rank, ([gone.row] if gone.row >= 0 else [], [comes[first].row])
    return best


def _within(
    kept: Kept,
    brought: Floats,
    rows: dict[int, tuple[int, ...]],
    goes: list[_Single],
    comes: list[_Single],
    free: float,
    most: int,
) -> list[Ranked]:
    """Exchanges within a part, each replayed: the likeliest first."""
    pairs = [
        (gone, come)
        for gone in goes
        if gone.row >= 0
        for come in comes
        if come.part == gone.part and come.cost <= free + gone.cost
    ]
    pairs.sort(key=lambda pair: -(pair[0].worth + pair[1].worth))
    found: list[Ranked] = []
    for gone, come in pairs[:PAIRS]:
        if kept.replay.replayed >= most:
            break
        now = rows[gone.part]
        then = tuple(sorted((*(one for one in now if one != gone.row), come.row)))
        lack = float(kept.lack(brought + kept.brings(gone.part, then) - kept.brings(gone.part, now)))
        worth = kept.replay.value(gone.part, then) - kept.replay.value(gone.part, now)
        found.append(((round(lack / HALF), -worth), ([gone.row], [come.row])))
    return found
