"""A last look at a plan with the engine's own eyes: would another choice serve more, when people go to the nearest?

The exact model may send people past the nearest point where that serves more in all; the engine never does. Of plans
that are equal to the model, or nearly, one can be better in the village. Single additions and exchanges are tried.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from geo.model.arrays import Bools, Floats, Ints
from geo.planning.options import Options
from geo.priorities.candidates import Candidates

SECONDS = 0.25


@dataclass(eq=False)
class _Look:
    """A plan under inspection: what each part of the ground is worth with it, remembered until the part changes."""

    options: Options
    worth: float
    parts: list[Bools]
    inside: Bools
    known: dict[tuple[int, ...], float] = field(default_factory=dict)

    def value(self, rows: Bools) -> float:
        """People served by some rows of one part, the poor counting more."""
        key = tuple(np.flatnonzero(rows).tolist())
        if key not in self.known:
            self.known[key] = _value(self.options, key, self.worth)
        return self.known[key]

    def with_(self, part: Bools, gone: int, come: int) -> float:
        """What a part is worth after an exchange; −1 for nothing going, or coming."""
        rows = self.inside & part
        if gone >= 0:
            rows[gone] = False
        if come >= 0:
            rows[come] = True
        return self.value(rows)


def polished(options: Options, chosen: Ints, cost: Floats, limit: float, worth: float, keep: Bools) -> Ints:
    """Return a plan that serves at least as many people by the engine's sharing, within the limit.

    Parameters
    ----------
    options
        All choices.
    chosen
        Rows of the table that are in the plan.
    cost, limit
        Of each row, and what may be spent, in the same unit.
    worth
        What a poor person counts more.
    keep
        Rows that stay in, bool of shape (n,).
    """
    until = time.monotonic() + SECONDS
    inside = np.zeros(len(options.table), dtype=bool)
    inside[chosen] = True
    look = _Look(options, worth, _parts(options), inside)
    _drop_idle(look, cost, keep)
    while time.monotonic() < until:
        free = limit - float(cost[inside].sum())
        gone, come = _elsewhere(look, cost, free, keep)
        if come < 0:
            gone, come = _within(look, cost, free, keep, until)
        if gone < 0 and come < 0:
            break
        if gone >= 0:
            inside[gone] = False
        if come >= 0:
            inside[come] = True
    return np.flatnonzero(inside).astype(np.int64)


def _drop_idle(look: _Look, cost: Floats, keep: Bools) -> None:
    """Take out, the dearest first, what serves nobody besides the rest of the plan: its money serves others."""
    for part in look.parts:
        rows = np.flatnonzero(part & look.inside & ~keep)
        for row in rows[np.argsort(-cost[rows], kind="stable")].tolist():
            if look.with_(part, row, -1) > look.with_(part, -1, -1) - 0.5:
                look.inside[row] = False


def _elsewhere(look: _Look, cost: Floats, free: float, keep: Bools) -> tuple[int, int]:
    """The best addition, or exchange between two parts: what goes is lost here, what comes is won there."""
    loses: list[tuple[float, int, int]] = [(0.0, -1, -1)]
    wins: list[tuple[float, int, int]] = []
    for number, part in enumerate(look.parts):
        now = look.with_(part, -1, -1)
        for row in np.flatnonzero(part & look.inside & ~keep).tolist():
            loses.append((now - look.with_(part, row, -1), row, number))
        for row in np.flatnonzero(part & ~look.inside).tolist():
            wins.append((look.with_(part, -1, row) - now, row, number))
    best = (0.5, -1, -1)
    for won, come, there in wins:
        for lost, gone, here in loses if won > best[0] else []:
            room = free + (float(cost[gone]) if gone >= 0 else 0.0)
            if here != there and won - lost > best[0] and cost[come] <= room:
                best = (won - lost, gone, come)
    return best[1], best[2]


def _within(look: _Look, cost: Floats, free: float, keep: Bools, until: float) -> tuple[int, int]:
    """The first exchange within a part that serves more."""
    for part in look.parts:
        now = look.with_(part, -1, -1)
        for gone in np.flatnonzero(look.inside & part & ~keep).tolist():
            for come in np.flatnonzero(part & ~look.inside & (cost <= free + cost[gone])).tolist():
                if time.monotonic() > until:
                    return -1, -1
                if look.with_(part, gone, come) > now + 0.5:
                    return gone, come
    return -1, -1


def _parts(options: Options) -> list[Bools]:
    """Choices by the parts of ground in which they can take people from each other, those with most first."""
    table = options.table
    found = []
    for name, c in options.lists.items():
        mine = np.flatnonzero((table["service"] == name).to_numpy(dtype=bool))
        by_number = dict(zip(table["number"].to_numpy()[mine].tolist(), mine.tolist(), strict=True))
        for numbers in c.parts_of(list(by_number)):
            part = np.zeros(len(table), dtype=bool)
            part[[by_number[n] for n in numbers]] = True
            found.append(part)
    return sorted(found, key=lambda part: int(part.sum()))


def _value(options: Options, rows: tuple[int, ...], worth: float) -> float:
    total = 0.0
    table = options.table
    for name, c in options.lists.items():
        numbers = [int(table["number"].iloc[row]) for row in rows if table["service"].iloc[row] == name]
        total += _worth(c, c.gain_of(numbers), options.poor_share[name], worth)
    return total


def _worth(c: Candidates, gained: Mapping[int, float], poor: Floats, worth: float) -> float:
    return sum(people * (1.0 + worth * float(poor[i])) for i, people in gained.items())


def gap_sum(c: Candidates, gained: dict[int, float]) -> float:
    """People of gap states among those gained, by place position."""
    return sum(people for i, people in gained.items() if c.gap_places[i])


def topped_up(options: Options, chosen: Ints, service: str, lack: float, cost: Floats) -> Ints:
    """Add choices of a service until `lack` more people are served, most people for the cost first.

    The model may share people better than nearest first, so that a plan it holds for enough is not: this adds the rest.
    Gains are looked at again only when their turn comes (lazy greedy).

    Parameters
    ----------
    options
        What the plan may choose from.
    chosen
        Positions in `options.table` that are in already.
    service
        The one whose target is missed.
    lack
        By how many people.
    cost
        Of each choice, in the unit of the limit.
    """
    c = options.lists[service]
    rows = options.table
    mine = rows.index[(rows["service"] == service).to_numpy()].to_numpy()
    numbers = rows["number"].to_numpy()
    taken = [int(n) for n in chosen if n in set(mine.tolist())]
    now = gap_sum(c, c.gain_of([int(numbers[n]) for n in taken]))
    start = now
    waiting = [(-np.inf, int(n), -1) for n in mine if n not in set(taken)]
    heapq.heapify(waiting)
    added: list[int] = []
    while waiting and now - start < lack - 0.5:
        _, n, looked = heapq.heappop(waiting)
        gain = gap_sum(c, c.gain_of([int(numbers[k]) for k in (*taken, *added, n)])) - now
        if gain < 0.5:
            continue
        if looked == len(added):
            added.append(n)
            now += gain
        else:
            heapq.heappush(waiting, (-min(gain, lack) / max(float(cost[n]), 1.0), n, len(added)))
    return np.sort(np.concatenate([chosen, np.array(added, dtype=np.int64)])).astype(np.int64)
