"""What a plan still needs where the engine's own sharing falls short of the model's."""

from __future__ import annotations

import heapq

import numpy as np

from geo.planning.options import Options
from geo.priorities.candidates import Candidates
from geo.reach.distance import Floats, Ints


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
