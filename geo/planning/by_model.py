"""A plan by the model, looked over with the engine's eyes: what is chosen, and what the model proves of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np

from geo.model.arrays import Bools, Floats, Ints
from geo.planning.by_price import settled, solve_by_price
from geo.planning.by_replay import HALF, Promise, Replay, exactly
from geo.planning.cover import Cover, Floor, Solution, lazy_greedy
from geo.planning.coverage_problem import Problem, problem_of
from geo.planning.coverage_problem import Wish as Wish
from geo.planning.exact import Order, Watch, least_lacking, solve
from geo.planning.improve import filled_up, polished
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
#: How often a promise is sought again because the engine's sharing missed it.
AGAIN = 4
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
) -> Found:
    """Solve the model, then look with the engine's eyes: exchange, add, and tell what the model proves of that."""
    problem = problem_of(options, wish, cost, forced)
    watch = None if watch is None else _Remembering(watch)
    if promises:
        return _promised(problem, wish, cost, forced, replay, promises, watch)
    if wish.limit is None:  # the target is reached already
        return Found(np.flatnonzero(forced).astype(np.int64), float(cost[forced].sum()), exact=True)
    solved = _solved(problem, wish, watch)
    chosen = rows_of(problem, solved)
    if len(chosen) <= POLISHED:
        chosen = polished(replay, chosen, cost, wish.limit, forced)
    bound = solved.bound - problem.served_now
    return Found(chosen, bound, redistributed=_redistributed(options, problem, wish, forced))


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
    return Found(filled_up(replay, chosen, promises, cost, wish.limit), bound)


def _redistributed(options: Options, problem: Problem, wish: Wish, forced: Bools) -> float | None:
    """People whom the model serves without any action, by leading them past the nearest point; None: not worked out.

    The same for every limit, so a curve works it out once.
    """
    if problem.cover.choices > LARGE or forced.any() or wish.poor_weight:
        return None
    known = _FREE.setdefault(options, {})
    key = wish.unit, wish.count_unmapped
    if key not in known:
        nothing = solve(problem.cover, Order(budget=0.0))
        known[key] = None if nothing is None else max(nothing.value - problem.served_now, 0.0)
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
    """The better of a solution and what the exact model finds from it, with the lower of their bounds."""
    found = solve(cover, order, begin)
    if found is None:
        return begin
    better = found if found.value >= begin.value - 1e-6 else begin
    return better.bounded(min(begin.bound, found.bound))


def _with_floors(problem: Problem, wish: Wish, watch: Watch | None) -> Solution:
    """First miss the floors by as little as can be, then seek the most people, or the least cost, with just that."""
    order = Order(budget=wish.limit, seconds=wish.seconds, gap=GAP, watch=watch, floors=problem.floors)
    lacking = least_lacking(problem.cover, order)
    pairs = zip(problem.floors, lacking, strict=True)
    kept = tuple(replace(floor, people=max(floor.people - lack, 0.0)) for floor, lack in pairs)
    found = solve(problem.cover, replace(order, floors=kept))
    return found or Solution(problem.cover.fixed, 0.0, float("inf"))  # stopped before anything was found
