"""A plan of the model looked over with the engine's own sharing: exchanged, filled up, freed of what adds nothing.

The exact model may send people past the nearest point where that serves more in all; the engine never does. Of plans
that are equal to the model, or nearly, one can be better in the village. Single additions and exchanges are tried, so
many replays at the most: the same plan on every machine and under any load.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np

from geo.model.arrays import Bools, Floats, Ints
from geo.planning.by_replay import HALF, TIE, Promise, Replay

#: So many replays are spent on looking for a better plan.
REPLAYS = 800


class _Look:
    """A plan under inspection, changed in place: `inside` are its rows."""

    def __init__(self, replay: Replay, chosen: Ints, cost: Floats, keep: Bools) -> None:
        self.replay, self.cost, self.keep = replay, cost, keep
        self.inside = np.zeros(len(cost), dtype=bool)
        self.inside[chosen] = True
        self.most = replay.replayed + REPLAYS

    @property
    def tired(self) -> bool:
        """Whether all replays are spent."""
        return self.replay.replayed >= self.most

    def rows(self, part: int, gone: int = -1, come: int = -1) -> tuple[int, ...]:
        """The plan's rows of a part after an exchange; −1 for nothing going, or coming."""
        mine = self.replay.parts[part][1]
        kept = {int(row) for row in mine[self.inside[mine]] if row != gone}
        return tuple(sorted(kept | ({come} if come >= 0 else set())))

    def value(self, part: int, gone: int = -1, come: int = -1) -> float:
        """What a part is worth after an exchange."""
        return self.replay.value(part, self.rows(part, gone, come))

    def exchange(self, gone: int, come: int) -> None:
        """Take a row out and put another in; −1 for none."""
        if gone >= 0:
            self.inside[gone] = False
        if come >= 0:
            self.inside[come] = True


def polished(replay: Replay, chosen: Ints, cost: Floats, limit: float, keep: Bools) -> Ints:
    """Return a plan that is worth at least as much by the engine's sharing, within the limit.

    Parameters
    ----------
    replay
        What choices are worth.
    chosen
        Rows of the table of options that are in the plan.
    cost, limit
        Of each row, and what may be spent, in the same unit.
    keep
        Rows that stay in, bool of shape (n,).
    """
    look = _Look(replay, chosen, cost, keep)
    while not look.tired:
        free = limit - float(cost[look.inside].sum())
        gone, come = _elsewhere(look, free)
        if come < 0:
            gone, come = _within(look, free)
        if come < 0:
            break
        look.exchange(gone, come)
    return np.flatnonzero(look.inside).astype(np.int64)


def _elsewhere(look: _Look, free: float) -> tuple[int, int]:
    """The best addition, or exchange between two parts: what goes is lost here, what comes is won there."""
    loses: list[tuple[float, int, int]] = [(0.0, -1, -1)]
    wins: list[tuple[float, int, int]] = []
    for part, (_, mine) in enumerate(look.replay.parts):
        now = look.value(part)
        inside = look.inside[mine]
        loses += [(now - look.value(part, gone=row), row, part) for row in mine[inside & ~look.keep[mine]].tolist()]
        wins += [(look.value(part, come=row) - now, row, part) for row in mine[~inside].tolist()]
    best = (_LEAST, -1, -1)
    for won, come, there in wins:
        for lost, gone, here in loses if won > best[0] else []:
            room = free + (float(look.cost[gone]) if gone >= 0 else 0.0)
            if here != there and won - lost > best[0] and look.cost[come] <= room:
                best = (won - lost, gone, come)
    return best[1], best[2]


#: What an exchange must win: half a person, or half an unmapped one where nobody else is lost.
_LEAST = TIE * HALF


def _within(look: _Look, free: float) -> tuple[int, int]:
    """The first exchange within a part that is worth more."""
    for part, (_, mine) in enumerate(look.replay.parts):
        now = look.value(part)
        for gone in mine[look.inside[mine] & ~look.keep[mine]].tolist():
            for come in mine[~look.inside[mine] & (look.cost[mine] <= free + look.cost[gone])].tolist():
                if look.tired:
                    return -1, -1
                if look.value(part, gone, come) > now + _LEAST:
                    return gone, come
    return -1, -1


def greedy(replay: Replay, cost: Floats, limit: float, keep: Bools) -> Ints:
    """What adds most for its cost by the engine's sharing, again and again, within a limit; what is kept is in.

    A choice is looked at again only when its turn comes (lazy greedy).
    """
    inside = dict(replay.split(np.flatnonzero(keep)).items())
    free = limit - float(cost[keep].sum())

    def adds(row: int) -> float:
        part = int(replay.part_of[row])
        mine = inside.get(part, ())
        more = replay.value(part, tuple(sorted((*mine, row)))) - replay.value(part, mine)
        return -more / max(float(cost[row]), 1.0)

    waiting = [(adds(row), row) for row in np.flatnonzero(~keep & (cost <= free)).tolist()]
    heapq.heapify(waiting)
    while waiting:
        _, row = heapq.heappop(waiting)
        if cost[row] > free:
            continue
        rate = adds(row)
        if waiting and rate > waiting[0][0] + 1e-15:
            heapq.heappush(waiting, (rate, row))
        elif rate < 0:
            part = int(replay.part_of[row])
            inside[part], free = tuple(sorted((*inside.get(part, ()), row))), free - float(cost[row])
    return np.array(sorted(row for rows in inside.values() for row in rows), dtype=np.int64)


def without_idle(
    replay: Replay, chosen: Ints, cost: Floats, keep: Bools, promises: Sequence[Promise], aim: str
) -> Ints:
    """Take out what adds nothing, the dearest first: its money serves others, or is saved.

    Parameters
    ----------
    replay, chosen, cost, keep
        As for `polished`.
    promises
        What the plan promises: none of them is missed by more for it.
    aim
        ``most``: a row is idle if nobody is gained less without it; ``least``: if no promise is missed by more.
    """
    inside = replay.split(chosen)
    rows, lost = chosen, 0.0
    for row in sorted(chosen[~keep[chosen]].tolist(), key=lambda row: (-cost[row], row)):
        part = int(replay.part_of[row])  # what a row takes or gives stays within its part
        mine, rest = inside[part], tuple(one for one in inside[part] if one != row)
        if promises and (replay.lacks(promises, rows[rows != row]) > replay.lacks(promises, rows) + TIE).any():
            continue
        fewer = sum(replay.gained(part, mine).values()) - sum(replay.gained(part, rest).values())
        less = replay.value(part, mine) - replay.value(part, rest)  # what is lost that counts
        if aim == "least" or max(fewer, less) + lost < HALF:
            rows, inside[part], lost = rows[rows != row], rest, lost + max(fewer, 0.0)
    return rows


def filled_up(replay: Replay, chosen: Ints, promises: Sequence[Promise], cost: Floats, limit: float | None) -> Ints:
    """Add choices until no promise is missed, those that mend most for their cost first, as far as the limit goes.

    The model may share people better than nearest first, so that a plan it holds for enough is not: this adds the rest.
    What a choice mends is looked at again only when its turn comes (lazy greedy).

    Parameters
    ----------
    replay, chosen
        As for `polished`.
    promises
        What is to be kept.
    cost, limit
        Of each choice, and what may be spent; None: as much as it takes.
    """
    rows = chosen
    lacking = float(replay.lacks(promises, rows).sum())
    waiting = [(-np.inf, row, -1) for row in np.setdiff1d(np.arange(len(cost)), chosen).tolist()]
    heapq.heapify(waiting)
    while waiting and lacking > HALF:
        _, row, looked = heapq.heappop(waiting)
        if limit is not None and float(cost[rows].sum() + cost[row]) > limit:
            continue
        more = np.sort(np.append(rows, row))
        mended = lacking - float(replay.lacks(promises, more).sum())
        if mended < HALF:
            continue
        if looked == len(rows):
            rows, lacking = more, lacking - mended
        else:
            heapq.heappush(waiting, (-mended / max(float(cost[row]), 1.0), row, len(rows)))
    return rows
