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
from geo.planning.by_replay import HALF, TIE, exactly
from geo.planning.plans import chosen
from geo.years.few import MOST, best_of_few, choices
from geo.years.ground import NEVER, Ground

#: So many exchanges are tried at the most, and with so many choices in the schedule.
TRIES, LOOKED_OVER = 1_500, 60
#: So often one choice is put off and the rest filled up anew.
SHAKES = 100
#: Told how many of the steps are done; True stops.
Told = Callable[[int, int], bool]


@dataclass(frozen=True, eq=False)
class Schedule:
    """Number of the year (from 0) of each choice, -1 for never; `bound`: worth over the years that no schedule exceeds.

    `exact`: every schedule was gone through; else `lack` tells by how many people promises are missed, and nobody knows
    whether that is the least.
    """

    when: Ints
    worth: float
    bound: float
    exact: bool
    lack: float = 0.0

    @property
    def gap(self) -> float:
        """Proven relative distance to the best."""
        beyond = self.bound - self.worth
        return beyond / self.bound if self.bound > 0 and beyond > HALF else 0.0


def scheduled(ground: Ground, told: Told | None = None) -> Schedule:
    """Find the schedule that keeps its promises and has most people-years, within the money of each year.

    Where promises are missed, schedules made without those, and without any, are looked at too: see `_regret`.

    Raises
    ------
    CallError
        If a site was promised that is no choice, or the money does not pay for what was promised in its year.
    """
    few = len(choices(ground)) <= MOST
    bound = 0.0 if few else float(_bounds(ground, told).sum())
    best = _best(ground, few=few)
    lack = ground.lack(best)
    if lack > HALF:
        others = [_best(other, few=few) for other in _without_missed(ground, best)]
        if few:  # the last of them keeps no promise but sites: none has more
            bound = ground.total(others[-1])
        best = max((best, *others), key=lambda when: _regret(ground, when))
        lack = ground.lack(best)
    worth = ground.total(best)
    if few and lack <= HALF:
        return Schedule(best, worth, worth, exact=True)
    return Schedule(best, worth, max(bound, worth), exact=False, lack=lack)


def _best(ground: Ground, *, few: bool) -> Ints:
    """The best schedule found: of few choices the best of all."""
    if few:
        found = best_of_few(ground)
        if found is None:
            raise _too_dear(ground)
        return found
    promised = _promised(ground)
    ways = (_backwards(ground), _forwards(ground), _year_by_year(ground, promised))
    tries = [_fitted(ground, promised, wanted) for wanted in ways]
    best = max((_filled(ground, when) for when in tries), key=lambda when: _rank(ground, when))
    return _without_idle(ground, _shaken(ground, _exchanged(ground, best)))


def _without_missed(ground: Ground, when: Ints) -> list[Ground]:
    """The ground without the targets and floors of the years in which a schedule misses some; and without any."""
    wish = ground.wish
    missed = {wish.span[number] for number in np.flatnonzero(ground.lacking(when) > HALF).tolist()}
    kept = [{year: share for year, share in of.items() if year not in missed} for of in (wish.targets, wish.floors)]
    wishes = [replace(wish, targets=kept[0], floors=kept[1])] if any(kept) else []
    return [replace(ground, wish=one) for one in (*wishes, replace(wish, targets={}, floors={}))]


def _regret(ground: Ground, when: Ints) -> float:
    """People-years of a schedule that misses promises, whoever they are missed by counted against it in every year."""
    return ground.total(when) - ground.wish.years * ground.lack(when)


def _rank(ground: Ground, when: Ints) -> tuple[float, float]:
    """What makes one schedule better than another: promises first, then people."""
    return -round(ground.lack(when) / HALF), ground.total(when)


def _too_dear(ground: Ground) -> CallError:
    cost = float(ground.cost[ground.due < NEVER].sum())
    return CallError("error.committed_year", cost=cost, budget=sum(one.idr for one in ground.wish.grants))


def _promised(ground: Ground) -> Ints:
    """What was promised in its year; what was promised to any, in the first year that pays for it."""
    when = np.where((ground.due >= 0) & (ground.due < NEVER), ground.due, -1)
    if not ground.pays(when):
        raise _too_dear(ground)
    for row in np.flatnonzero(ground.due == -1).tolist():
        for number in range(ground.wish.years):
            when[row] = number
            if ground.may(number)[row] and ground.pays(when):
                break
        else:
            raise _too_dear(ground)
    return when


def _bounds(ground: Ground, told: Told | None) -> Floats:
    """The most that can be reached by the end of each year, were it the only one that counts."""
    found = np.zeros(ground.wish.years)
    for number in range(ground.wish.years):
        cost, forced = _free(ground, number), ground.must(number) | ground.alive[number]
        wish = ground.wish.within(max(float(ground.reachable[number]), float(cost[forced].sum())))
        replay, best = chosen(ground.options[number], wish, cost, forced, (), look=False)
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


@dataclass(frozen=True, eq=False)
class _Wanted:
    """What should be built by the end of a year, and what of it keeps its promises."""

    rows: Bools
    first: Bools


def _wanted(ground: Ground, number: int, among: Bools, forced: Bools, limit: float | None = None) -> _Wanted:
    """The best plan of a year's money so far: among some choices, with others in; promises of the year first.

    `limit`: rupiah for all of it, in the first year's prices; all that can have been spent by then unless told.
    """
    rows = np.flatnonzero((among & ground.ever) | forced).astype(np.int64)
    options = replace(ground.options[number], table=ground.table.iloc[rows].reset_index(drop=True))
    cost = _free(ground, number)[rows]
    most = float(ground.reachable[number]) if limit is None else limit
    limit = max(most, float(cost[forced[rows]].sum()))
    wish, promises = ground.wish, ground.promises(number)
    nothing = np.zeros(len(among), dtype=bool)
    replay, found = chosen(options, wish.within(limit), cost, forced[rows], ())
    if replay.lacks(promises, found.chosen).max(initial=0.0) <= HALF:
        return _Wanted(_as_rows(ground, number, rows, found.chosen), nothing)
    together = exactly(replay, cost, limit, forced[rows], promises)
    if together is not None:
        wanted = _as_rows(ground, number, rows, together)
        return _Wanted(wanted, wanted)
    keep, year = forced.copy(), wish.span[number]
    if year in wish.targets:
        asked = wish.within(None, target_share=wish.targets[year])
        targets = tuple(one for one in promises if one.name == "target")
        _, found = chosen(options, asked, cost, keep[rows], targets)
        if float(cost[found.chosen].sum()) <= limit:
            keep[rows[found.chosen]] = True
    first = keep.copy()
    floors = tuple(one for one in promises if one.name != "target")
    if floors:
        asked = wish.within(limit, floor_share=wish.floors[year])
        _, found = chosen(options, asked, cost, keep[rows], floors)
        first[rows[found.chosen]] = True
    else:
        _, found = chosen(options, wish.within(limit), cost, keep[rows], ())
    return _Wanted(_as_rows(ground, number, rows, found.chosen), first & ~ground.alive[number])


def _as_rows(ground: Ground, number: int, rows: Ints, chosen_rows: Ints) -> Bools:
    inside = np.zeros(len(ground.table), dtype=bool)
    inside[rows[chosen_rows]] = True
    return np.asarray(inside & ~ground.alive[number], dtype=bool)


def _backwards(ground: Ground) -> list[_Wanted]:
    """What should be built by the end of each year: the best of the last, then the best of each among the next's."""
    found: list[_Wanted] = []
    among = np.ones(len(ground.table), dtype=bool)
    for number in reversed(range(ground.wish.years)):
        found.insert(0, _wanted(ground, number, among, ground.must(number) | ground.alive[number]))
        among = found[0].rows
    return found


def _forwards(ground: Ground) -> list[_Wanted]:
    """The best of the first year, then the best of each that has those of the year before."""
    found: list[_Wanted] = []
    before = np.zeros(len(ground.table), dtype=bool)
    everything = np.ones(len(ground.table), dtype=bool)
    for number in range(ground.wish.years):
        found.append(_wanted(ground, number, everything, before | ground.must(number) | ground.alive[number]))
        before = found[-1].rows
    return found


def _year_by_year(ground: Ground, promised: Ints) -> list[_Wanted]:
    """The best of each year's own money beside what was built before; what is promised to later years is kept."""
    when, found, pool = promised.copy(), [], 0.0
    for number in range(ground.wish.years):
        built = (when >= 0) & (when <= number)
        bill, owed = ground.bill(number, when), ground.owed(number, when)
        left = max(ground.wish.purse.after(number, pool, bill, owed) + _fleeting_left(ground, number, bill + owed), 0.0)
        limit = float(ground.cost[built].sum()) + left / ground.wish.prices(number)
        among = (when < 0) & ground.may(number)
        found.append(_wanted(ground, number, among, built | ground.alive[number], limit))
        for row in np.flatnonzero(found[-1].rows & (when < 0)).tolist():
            when[row] = number
            if not ground.pays(when):
                when[row] = -1
        pool = max(ground.wish.purse.after(number, pool, ground.bill(number, when), ground.owed(number, when)), 0.0)
    return found


def _fleeting_left(ground: Ground, number: int, paid: float) -> float:
    """What is left of a year's money that is lost at its end."""
    return max(ground.wish.purse.fleeting(number) - paid, 0.0)


def _fitted(ground: Ground, promised: Ints, wanted: list[_Wanted]) -> Ints:
    """A schedule that pays: what promises need in the last year that pays for it in time, then what each year wants.

    Of what a year wants the best for its cost comes first, while the money lasts.
    """
    when, rate = promised.copy(), _rate(ground)
    for number, one in enumerate(wanted):
        for row in np.flatnonzero(one.first & (when < 0)).tolist():
            for year in reversed(range(number + 1)):
                when[row] = year if ground.may(year)[row] else -1
                if when[row] >= 0 and ground.pays(when):
                    break
                when[row] = -1
    for number, one in enumerate(wanted):
        mine = np.flatnonzero(one.rows & (when < 0) & ground.may(number))
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


def _filled(ground: Ground, when: Ints, without: int = -1) -> Ints:
    """Spend what is left: build sooner what a sooner year pays for, then what is not built at all, if people gain.

    What was put off (`without`) does not come back before everything else has had its turn.
    """
    when, rate = when.copy(), _rate(ground)
    for number in range(ground.wish.years):
        later = (when > number) & (ground.due >= NEVER)
        mine = np.flatnonzero((later | (when < 0)) & ground.may(number))
        order = mine[np.lexsort((-rate[mine], ~later[mine], mine == without))]
        for row in order[: 4 * LOOKED_OVER].tolist():
            before, when[row] = when[row], number
            if not ground.pays(when) or not _gains(ground, when, row, int(before)):
                when[row] = before
    return when


def _gains(ground: Ground, when: Ints, row: int, before: int) -> bool:
    """Whether a row's year gains people against the year it had before."""
    end = ground.wish.years if before < 0 else before
    for number in range(int(when[row]), end):
        if ground.adds(number, (when >= 0) & (when <= number), row) > TIE / 2:
            return True
    return False


def _exchanged(ground: Ground, when: Ints) -> Ints:
    """Exchange the years of two choices, or one that is built for one that is not, while that is better."""
    if not 0 < int((when >= 0).sum()) <= LOOKED_OVER:
        return when
    tries, best = 0, _rank(ground, when)
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
                rank = _rank(ground, swapped)
                if rank[0] > best[0] or (rank[0] == best[0] and rank[1] > best[1] + TIE):
                    when, best, better = swapped, rank, True
                    break
                if tries >= TRIES:
                    return when
            if better:
                break
    return when


def _shaken(ground: Ground, when: Ints) -> Ints:
    """Build one choice later, or not at all, and spend anew what that leaves, while that is better.

    A dear action that waits a year may make room for several cheap ones that gain more by then.
    """
    if not 0 < int((when >= 0).sum()) <= LOOKED_OVER:
        return when
    best, rate, tries, better = _rank(ground, when), _rate(ground), 0, True
    while better and tries < SHAKES:
        better = False
        mine = np.flatnonzero((when >= 0) & (ground.due >= NEVER))
        for row in mine[np.argsort(rate[mine], kind="stable")].tolist():  # what brings least for its cost first
            for year in (*range(int(when[row]) + 1, ground.wish.years), -1):
                if tries >= SHAKES:
                    break
                moved = when.copy()
                moved[row] = year
                if not _allowed(ground, moved, row) or not ground.pays(moved):
                    continue
                tries += 1
                tried = _filled(ground, moved, without=row if year < 0 else -1)
                rank = _rank(ground, tried)
                if rank[0] > best[0] or (rank[0] == best[0] and rank[1] > best[1] + TIE):
                    when, best, better = tried, rank, True
                    break
            if better:
                break
    return when


def _without_idle(ground: Ground, when: Ints) -> Ints:
    """Leave out what adds nothing in any year; what was promised stays."""
    when = when.copy()
    lack = ground.lack(when)
    for row in np.flatnonzero((when >= 0) & (ground.due >= NEVER)).tolist():
        if not _gains(ground, when, row, -1):
            year, when[row] = when[row], -1
            if lack or any(ground.promises(number) for number in range(ground.wish.years)):
                when[row] = -1 if ground.lack(when) <= lack + HALF else year
    return when


def _allowed(ground: Ground, when: Ints, *rows: int) -> bool:
    return all(when[row] < 0 or bool(ground.may(int(when[row]))[row]) for row in rows)
