"""Which action in which year: the most people over the years, and what is proven of it.

Where there are few choices all schedules are gone through (`geo.years.few`). Else the best plan of each year's money so
far is sought by itself, which bounds what any schedule can have reached by then; and two schedules are built from such
plans, one from the last year backwards (each year's choices among those of the next) and one forwards, made to fit the
money of each year, filled up, and looked over by exchanges. The better one is the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from geo.model.arrays import Bools, Floats, Ints
from geo.model.errors import CallError
from geo.planning.by_replay import HALF, TIE
from geo.planning.plans import chosen
from geo.years.few import best_of_few
from geo.years.ground import NEVER, Ground

#: So many exchanges are tried at the most, and with so many choices in the schedule.
TRIES, LOOKED_OVER = 1_500, 60
#: Told how many of the steps are done; True stops.
Told = Callable[[int, int], bool]


@dataclass(frozen=True, eq=False)
class Schedule:
    """Number of the year (from 0) of each choice, -1 for never; `bound`: worth over the years that no schedule exceeds.

    `exact`: every schedule was gone through.
    """

    when: Ints
    worth: float
    bound: float
    exact: bool

    @property
    def gap(self) -> float:
        """Proven relative distance to the best."""
        beyond = self.bound - self.worth
        return beyond / self.bound if self.bound > 0 and beyond > HALF else 0.0


def scheduled(ground: Ground, told: Told | None = None) -> Schedule:
    """Find the schedule of most people-years within the money of each year.

    Raises
    ------
    CallError
        If a site was promised that is no choice, or the money does not pay for what was promised in its year.
    """
    promised = np.where(ground.due >= NEVER, -1, np.where(ground.due < 0, ground.wish.years - 1, ground.due))
    if not ground.pays(promised):
        cost = float(ground.cost[promised >= 0].sum())
        raise CallError("error.committed_cost", cost=cost, budget=float(ground.reachable[-1]))
    few = best_of_few(ground)
    if few is not None:
        worth = ground.total(few)
        return Schedule(few, worth, worth, exact=True)
    bounds = _bounds(ground, told)
    tries = [_fitted(ground, promised, _backwards(ground)), _fitted(ground, promised, _forwards(ground))]
    best = max((_filled(ground, when) for when in tries), key=ground.total)
    best = _without_idle(ground, _exchanged(ground, best))
    worth = ground.total(best)
    return Schedule(best, worth, max(float(bounds.sum()), worth), exact=False)


def _bounds(ground: Ground, told: Told | None) -> Floats:
    """The most that can be reached by the end of each year, were it the only one that counts."""
    found = np.zeros(ground.wish.years)
    for number in range(ground.wish.years):
        cost, forced = _free(ground, number), ground.must(number) | ground.alive[number]
        wish = ground.wish.within(max(float(ground.reachable[number]), float(cost[forced].sum())))
        replay, best = chosen(ground.options[number], wish, cost, forced, ())
        value = replay.worth(best.chosen) if best.exact or best.bound is None else best.bound
        found[number] = value - ground.base[number]
        if told is not None and told(number + 1, ground.wish.years):
            found[number + 1 :] = np.inf
            break
    return found


def _free(ground: Ground, number: int) -> Floats:
    """What each choice costs by the end of a year: nothing where it works by itself, too much where it may not be."""
    ever = np.any([ground.may(before) for before in range(number + 1)], axis=0) | ground.must(number)
    dear = np.where(ever, ground.cost, 2 * float(ground.cost.sum()) + 1.0)
    return np.asarray(np.where(ground.alive[number], 0.0, dear), dtype=float)


def _wanted(ground: Ground, number: int, among: Bools, forced: Bools) -> Bools:
    """The best plan of a year's money so far: among some choices, with others in; promises of the year first."""
    rows = np.flatnonzero(among | forced).astype(np.int64)
    options = replace(ground.options[number], table=ground.table.iloc[rows].reset_index(drop=True))
    cost = _free(ground, number)[rows]
    limit = max(float(ground.reachable[number]), float(cost[forced[rows]].sum()))
    keep = forced.copy()
    wish = ground.wish
    year = wish.span[number]
    if year in wish.targets:
        asked = wish.within(None, target_share=wish.targets[year])
        promises = tuple(one for one in ground.promises(number) if one.name == "target")
        _, found = chosen(options, asked, cost, keep[rows], promises)
        if float(cost[found.chosen].sum()) <= limit:
            keep[rows[found.chosen]] = True
    if year in wish.floors:
        promises = tuple(one for one in ground.promises(number) if one.name != "target")
        asked = wish.within(limit, floor_share=wish.floors[year])
        _, found = chosen(options, asked, cost, keep[rows], promises)
    else:
        _, found = chosen(options, wish.within(limit), cost, keep[rows], ())
    inside = np.zeros(len(among), dtype=bool)
    inside[rows[found.chosen]] = True
    return np.asarray(inside & ~ground.alive[number], dtype=bool)


def _backwards(ground: Ground) -> list[Bools]:
    """What should be built by the end of each year: the best of the last, then the best of each among the next's."""
    found: list[Bools] = []
    among = np.ones(len(ground.table), dtype=bool)
    for number in reversed(range(ground.wish.years)):
        forced = ground.must(number) | ground.alive[number]
        among = _wanted(ground, number, among, forced)
        found.insert(0, among)
    return found


def _forwards(ground: Ground) -> list[Bools]:
    """The best of the first year, then the best of each that has those of the year before."""
    found: list[Bools] = []
    before = np.zeros(len(ground.table), dtype=bool)
    everything = np.ones(len(ground.table), dtype=bool)
    for number in range(ground.wish.years):
        before = _wanted(ground, number, everything, before | ground.must(number) | ground.alive[number])
        found.append(before)
    return found


def _fitted(ground: Ground, promised: Ints, wanted: list[Bools]) -> Ints:
    """A schedule that pays: what is wanted by each year, best for its cost first, while the money lasts."""
    when = promised.copy()
    rate = _rate(ground)
    for number, inside in enumerate(wanted):
        mine = np.flatnonzero(inside & (when < 0) & ground.may(number))
        for row in mine[np.argsort(-rate[mine], kind="stable")].tolist():
            when[row] = number
            if not ground.pays(when):
                when[row] = -1
    return when


def _rate(ground: Ground) -> Floats:
    """People each choice gains alone, for its cost."""
    gain = np.zeros(len(ground.table))
    numbers = ground.table["number"].to_numpy(dtype=np.int64)
    for name, c in ground.options[0].lists.items():
        mine = np.flatnonzero((ground.table["service"] == name).to_numpy(dtype=bool))
        gain[mine] = c.gain[numbers[mine]]
    return np.asarray(gain / np.maximum(ground.cost, 1.0), dtype=float)


def _filled(ground: Ground, when: Ints) -> Ints:
    """Spend what is left: build sooner what a sooner year pays for, then what is not built at all, if people gain."""
    when, rate = when.copy(), _rate(ground)
    for number in range(ground.wish.years):
        later = (when > number) & (ground.due >= NEVER)
        mine = np.flatnonzero((later | (when < 0)) & ground.may(number))
        order = mine[np.lexsort((-rate[mine], ~later[mine]))]
        for row in order[: 4 * LOOKED_OVER].tolist():
            before, when[row] = when[row], number
            if not ground.pays(when) or not _gains(ground, when, row, int(before)):
                when[row] = before
    return when


def _gains(ground: Ground, when: Ints, row: int, before: int) -> bool:
    """Whether a row's year gains people against the year it had before."""
    end = ground.wish.years if before < 0 else before
    for number in range(int(when[row]), end):
        built = (when >= 0) & (when <= number)
        without = built.copy()
        without[row] = False
        if ground.worth(number, built) > ground.worth(number, without) + TIE / 2:
            return True
    return False


def _exchanged(ground: Ground, when: Ints) -> Ints:
    """Exchange the years of two choices, or one that is built for one that is not, while that is better."""
    if not 0 < int((when >= 0).sum()) <= LOOKED_OVER:
        return when
    tries, best = 0, ground.total(when)
    better = True
    while better and tries < TRIES:
        better = False
        for one in np.flatnonzero((when >= 0) & (ground.due >= NEVER)).tolist():
            for other in np.flatnonzero((when != when[one]) & (ground.due >= NEVER)).tolist():
                swapped = when.copy()
                swapped[one], swapped[other] = when[other], when[one]
                if not _allowed(ground, swapped, one, other) or not ground.pays(swapped):
                    continue
                tries += 1
                worth = ground.total(swapped)
                if worth > best + TIE:
                    when, best, better = swapped, worth, True
                    break
                if tries >= TRIES:
                    return when
            if better:
                break
    return when


def _without_idle(ground: Ground, when: Ints) -> Ints:
    """Leave out what adds nothing in any year; what was promised stays."""
    when = when.copy()
    for row in np.flatnonzero((when >= 0) & (ground.due >= NEVER)).tolist():
        if not _gains(ground, when, row, -1):
            when[row] = -1
    return when


def _allowed(ground: Ground, when: Ints, *rows: int) -> bool:
    return all(when[row] < 0 or bool(ground.may(int(when[row]))[row]) for row in rows)
