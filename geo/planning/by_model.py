"""A plan by the model, looked over with the engine's eyes: what is chosen, and what the model proves of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np

from geo.model.arrays import Bools, Floats, Ints
from geo.planning.by_parts import parts_of
from geo.planning.by_price import settled, solve_by_price
from geo.planning.by_replay import HALF, Promise, Replay, exactly
from geo.planning.cover import Cover, Floor, Solution, lazy_greedy
from geo.planning.coverage_problem import Problem, problem_of, with_most
from geo.planning.coverage_problem import Wish as Wish
from geo.planning.exact import Order, Watch, least_lacking, solve
from geo.planning.improve import filled_up, greedy, polished
from geo.planning.kept import mended
from geo.planning.nearest import Ground, best_of, ground_of
from geo.planning.options import Options

#: Stop proving when the rest is below this share.
GAP = 1e-6
#: More choices than `LARGE` are solved by price, to this gap. Between the two the exact model takes `FIRST` of the
#: time; where that leaves a gap, the price gives it another start.
SMALL = 300
LARGE = 5000
LARGE_GAP = 1e-3
FIRST = 0.5
#: A plan of at most so many actions is looked over with the engine's own sharing.
POLISHED = 200
#: Of at most so many choices several plans are looked over, each found in another way.
STARTED = 400
#: How often a promise is sought again because the engine's sharing missed it.
AGAIN = 4
#: So long the model that shares nearest first is asked; on most grounds it ends in a second.
NEAREST_SECONDS = 10.0
#: What needs no action at all, by what a plan may choose from and by what its limit counts.
_FREE: WeakKeyDictionary[Options, dict[tuple[str, bool], float | None]] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Found:
    """Rows that were chosen, and what is proven of them: `bound` is the most any plan within the limit is worth, or the
    least any that keeps the target costs; None: nothing. `exact`: all there is was gone through.
    """

    chosen: Ints
    bound: float | None
    exact: bool = False
    redistributed: float | None = None


def modelled(
    options: Options,
    wish: Wish,
    cost: Floats,
    forced: Bools,
    replay: Replay,
    promises: tuple[Promise, ...],
    watch: Watch | None,
    *,
    look: bool = True,
) -> Found:
    """Solve the model, then look with the engine's eyes: exchange, add, and tell what the model proves of that."""
    watch = None if watch is None else _Remembering(watch)
    ground = None if promises or wish.limit is None else ground_of(replay)
    near = None if ground is None else _nearest(ground, wish, cost, forced, replay, watch)
    if near is not None and near.bound is not None and near.bound - replay.worth(near.chosen) <= LARGE_GAP * near.bound:
        return near
    problem = problem_of(options, wish, cost, forced)
    if len(cost) <= LARGE:
        problem = with_most(problem, replay.worth)
    asked = {(one.name, one.service) for one in promises}  # of one service's target the other's is no part
    problem = replace(problem, floors=tuple(one for one in problem.floors if (one.name, one.service) in asked))
    if promises:
        return _promised(problem, wish, cost, forced, replay, promises, watch)
    if wish.limit is None:  # the target is reached already
        return Found(np.flatnonzero(forced).astype(np.int64), float(cost[forced].sum()), exact=True)
    solved = _solved(problem, wish, watch)
    chosen = affordable(replay, rows_of(problem, solved), cost, wish.limit, forced)
    if look:
        chosen = looked_over(replay, chosen, cost, wish.limit, forced)
    bound = solved.bound - problem.served_now
    if near is not None and near.bound is not None:
        chosen, bound = max(chosen, near.chosen, key=replay.worth), min(bound, near.bound)
    return Found(chosen, bound, redistributed=free_of(options, problem, wish, forced))


def affordable(replay: Replay, rows: Ints, cost: Floats, limit: float, forced: Bools) -> Ints:
    """Rows within the limit to the rupiah: a solver's own arithmetic lets a little more through."""
    rows = rows.copy()
    while float(cost[rows].sum()) > limit * (1 + 1e-12) + 1e-6:
        free = rows[~forced[rows]]
        if not len(free):
            break
        worths = [replay.worth(rows[rows != row]) for row in free.tolist()]
        rows = rows[rows != free[int(np.argmax(worths))]]
    return rows


def _nearest(
    ground: Ground, wish: Wish, cost: Floats, forced: Bools, replay: Replay, watch: Watch | None
) -> Found | None:
    """The best by the model that shares as the engine does, from what a search finds; None: nothing in the time."""
    limit = float("inf") if wish.limit is None else wish.limit
    begin = polished(replay, greedy(replay, cost, limit, forced), cost, limit, forced)
    order = Order(budget=limit, seconds=min(wish.seconds / 2, NEAREST_SECONDS), gap=GAP, watch=watch)
    solved = best_of(ground, cost, forced, begin, order)
    if solved is None:
        return None
    rows, bound = solved
    best = max((begin, affordable(replay, rows, cost, limit, forced)), key=replay.worth)
    bound = min(bound, replay.worth(np.arange(len(cost), dtype=np.int64)))  # no choice gains more than all together
    return Found(best, max(bound, replay.worth(best)), redistributed=0.0)


def looked_over(replay: Replay, chosen: Ints, cost: Floats, limit: float, forced: Bools) -> Ints:
    """Return the best that exchanges make of a plan, of what a greedy search finds, and of the best repairs alone.

    Of a plan of many actions, or many choices, only the plan itself is looked over, if at all.
    """
    starts = [chosen] if len(chosen) <= POLISHED else []
    if len(cost) <= STARTED:
        starts.append(greedy(replay, cost, limit, forced))
        repairs = _best_repairs(replay, cost, limit, forced)
        starts += [] if repairs is None else [repairs]
    if not starts:
        return chosen
    ends = [polished(replay, one, cost, limit, forced) for one in starts]
    return max(ends, key=replay.worth)


def _best_repairs(replay: Replay, cost: Floats, limit: float, forced: Bools) -> Ints | None:
    """The best of what was promised and of repairs, where their ground falls into small parts; else None."""
    table = replay.options.table
    mine = (table["action"] == "repair").to_numpy(dtype=bool) | forced
    if mine.all() or not mine.any():
        return None
    rows = np.flatnonzero(mine)
    options = replace(replay.options, table=table.iloc[rows].reset_index(drop=True))
    alone = Replay(options, replay.poor_weight, replay.count_unmapped)
    if not alone.small_parts:
        return None
    best = exactly(alone, cost[rows], limit, forced[rows], ())
    return rows[parts_of(alone, cost[rows], limit, forced[rows]).best(limit) if best is None else best]


def rows_of(problem: Problem, solved: Solution) -> Ints:
    return np.flatnonzero(solved.chosen[: problem.choices]).astype(np.int64)


def _promised(
    problem: Problem,
    wish: Wish,
    cost: Floats,
    forced: Bools,
    replay: Replay,
    promises: tuple[Promise, ...],
    watch: Watch | None,
) -> Found:
    """Keep promises by the model; where the engine's sharing misses one, ask it for more, then add what mends."""
    solved = _with_floors(problem, wish, watch)
    bound = None if wish.limit is not None or np.isinf(solved.bound) else solved.bound
    if wish.limit is not None:
        bound = _most(problem, wish, cost, forced, replay)
    chosen = rows_of(problem, solved)
    for _ in range(AGAIN):
        lacking = replay.lacks(promises, chosen)
        if lacking.max(initial=0.0) <= HALF or (isinstance(watch, _Remembering) and watch.stopped):
            break
        short = {(one.name, one.service): lack for one, lack in zip(promises, lacking.tolist(), strict=True)}
        problem = replace(problem, floors=tuple(raised(floor, short) for floor in problem.floors))
        again = _with_floors(problem, wish, watch)
        if np.isinf(again.bound):  # stopped before there was another
            break
        better = rows_of(problem, again)
        if replay.lacks(promises, better).sum() < lacking.sum():
            chosen = better
    chosen = filled_up(replay, chosen, promises, cost, wish.limit)
    if wish.limit is None:
        return Found(chosen, bound)
    starts = [chosen]
    if len(cost) <= STARTED:
        starts.append(filled_up(replay, np.flatnonzero(forced), promises, cost, wish.limit))
        starts.append(greedy(replay, cost, wish.limit, forced))
    ends = [mended(replay, one, promises, cost, wish.limit, forced) for one in starts]
    best = min(ends, key=lambda rows: (round(replay.lacks(promises, rows).sum() / HALF), -replay.worth(rows)))
    return Found(best, bound)


def free_of(options: Options, problem: Problem, wish: Wish, forced: Bools) -> float | None:
    """Return people whom the model serves without any action, led past the nearest point; None: not worked out.

    The same for every limit, so a curve works it out once.
    """
    if problem.cover.choices > LARGE or forced.any() or wish.poor_weight:
        return None
    known = _FREE.setdefault(options, {})
    key = wish.unit, wish.count_unmapped
    if key not in known:
        nothing = solve(problem.cover, Order(budget=0.0))
        free = None if nothing is None else nothing.value - problem.served_now
        known[key] = None if free is None else free if free > HALF else 0.0
    return known[key]


class _Remembering:
    """A watch that keeps saying stop once it has said so."""

    def __init__(self, watch: Watch) -> None:
        self.watch, self.stopped = watch, False

    def __call__(self, seconds: float, value: float, bound: float) -> bool:
        self.stopped = self.stopped or self.watch(seconds, value, bound)
        return self.stopped


def _most(problem: Problem, wish: Wish, cost: Floats, forced: Bools, replay: Replay) -> float:
    """The most that any plan within the limit is worth, whether it keeps the promises or not."""
    best = exactly(replay, cost, wish.limit, forced, ())
    if best is not None:
        return replay.worth(best)
    return _solved(problem, wish, None).bound - problem.served_now


def raised(floor: Floor, by: Mapping[tuple[str, str], float]) -> Floor:
    """Return the floor with what is missed of it on top."""
    return replace(floor, people=floor.people + by.get((floor.name, floor.service), 0.0))


def _solved(problem: Problem, wish: Wish, watch: Watch | None) -> Solution:
    """The model's best within the limit."""
    cover, limit, began = problem.cover, float(wish.limit or 0.0), time.monotonic()
    if cover.choices > LARGE:
        return solve_by_price(cover, limit, seconds=wish.seconds, gap=LARGE_GAP, watch=watch)
    begin = lazy_greedy(cover, limit)
    if cover.choices > SMALL:
        begin = settled(cover, begin)
    share = FIRST if cover.choices > SMALL else 1.0
    found = _from(cover, begin, Order(budget=limit, seconds=wish.seconds * share, gap=GAP, watch=watch))
    if found.gap <= LARGE_GAP or cover.choices <= SMALL:
        return found
    left = wish.seconds - (time.monotonic() - began)
    priced = solve_by_price(cover, limit, seconds=left / 2, gap=1e-4, watch=watch)
    found = max(found, priced, key=lambda one: one.value).bounded(min(found.bound, priced.bound))
    left = max(wish.seconds - (time.monotonic() - began), 0.5)  # half a second for the bound at the root
    return _from(cover, found, Order(budget=limit, seconds=left, gap=GAP, watch=watch))


def _from(cover: Cover, begin: Solution, order: Order) -> Solution:
    """What the exact model finds from a solution, with the lower of their bounds."""
    found = solve(cover, order, begin)
    return begin if found is None else found.bounded(min(begin.bound, found.bound))


def _with_floors(problem: Problem, wish: Wish, watch: Watch | None) -> Solution:
    """First miss the floors by as little as can be, then seek the most people, or the least cost, with just that."""
    order = Order(budget=wish.limit, seconds=wish.seconds, gap=GAP, watch=watch, floors=problem.floors)
    lacking = least_lacking(problem.cover, order)
    pairs = zip(problem.floors, lacking, strict=True)
    kept = tuple(replace(floor, people=max(floor.people - lack, 0.0)) for floor, lack in pairs)
    found = solve(problem.cover, replace(order, floors=kept))
    return found or Solution(problem.cover.fixed, 0.0, float("inf"))  # stopped before anything was found
