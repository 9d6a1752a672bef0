"""The model that shares people as the engine does, nearest first: what it finds and proves is said of the engine.

Pairs of place and site in the order in which they are served (`geo.coverage.sharing`). After the turn of a pair whose
site is there, the place has nobody left or the site has no room left: each pair has a switch that says which. With the
people who flow along the pairs, whole sites and whole switches, the programme has the engine's sharing as its only
answer for a set of sites, so its best set is the best plan and its bound holds for the engine's figures. (A system of
inequalities for stable allocations: Baïou and Balinski 2002.) It has a switch a pair, so it is for small grounds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import highspy
import numpy as np
from scipy import sparse

from geo.model.arrays import Bools, Floats, Ints
from geo.planning.by_replay import Replay
from geo.planning.cover import touched
from geo.planning.coverage_problem import load_of
from geo.planning.exact import Order, run
from geo.priorities.candidates import Candidates

#: Grounds of more pairs than this are too large; nodes that the solver looks into at the most, a bound on its time
#: that is the same on every machine.
MOST_PAIRS, NODES = 1_000, 4_000
#: How nearly somebody is nobody, relative: what the solver's own arithmetic may be off by.
_ROUNDING = 1e-5
#: A proof that is nearer than so many people is one of the best plan.
_NOBODY = 0.1
#: What the solver's figures are good for, relative.
_SURE = 1e-5
_FEASIBLE = 2  # HiGHS: the primal solution keeps all rows
_KNOWN: WeakKeyDictionary[Replay, Ground | None] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class _Part:
    """One service: its pairs in order, places and sites numbered anew.

    `choice` of each site, −1 where it works already; `sure` places are served whatever is chosen; `now` people of each
    place are served now, `load` people each site serves now.
    """

    place: Ints
    site: Ints
    need: Floats
    worth: Floats
    sure: Bools
    now: Floats
    choice: Ints
    capacity: Floats
    load: Floats


@dataclass(frozen=True, eq=False)
class Ground:
    """All services: the programme's rows but for the budget (columns: choices, then people and switch of each pair)."""

    parts: tuple[_Part, ...]
    choices: int
    rows: sparse.csr_array
    lower: Floats
    upper: Floats
    most: Floats
    worth: Floats
    served_now: float

    @property
    def pairs(self) -> int:
        """Number of pairs."""
        return sum(len(part.place) for part in self.parts)


def ground_of(replay: Replay) -> Ground | None:
    """The programme of a plan's choices; None where there are too many pairs, or none at all."""
    if replay not in _KNOWN:
        _KNOWN[replay] = _ground(replay)
    return _KNOWN[replay]


def best_of(ground: Ground, cost: Floats, forced: Bools, begin: Ints, order: Order) -> tuple[Ints, float] | None:
    """Return the best rows within a limit, and the most that any are worth; None where nothing was found in the time.

    Parameters
    ----------
    ground
        From `ground_of`.
    cost, forced
        Of each row, in the unit of the limit; rows that are in, bool of shape (n,).
    begin
        Rows of a plan within the limit.
    order
        The budget; or, without one, what a unit of cost weighs (`price`): then the bound is of worth less that.
    """
    lp = _programme(ground, cost, order, forced)
    most = sum(float((part.need * part.worth)[~part.sure].sum()) for part in ground.parts)
    order = replace(order, gap=max(min(order.gap, _NOBODY / max(most, 1.0)), 1e-9) if order.gap <= 1e-6 else order.gap)
    solver = run(lp, order, _as_it_is(ground, begin), nodes=NODES)
    info = solver.getInfo()
    if info.primal_solution_status != _FEASIBLE or not np.isfinite(info.mip_dual_bound):
        return None
    chosen = np.asarray(solver.getSolution().col_value)[: ground.choices] > 0.5
    beyond = max(order.gap, _SURE) * abs(float(info.objective_function_value))  # what it no longer looks for
    return np.flatnonzero(chosen).astype(np.int64), beyond - float(info.mip_dual_bound) - ground.served_now


def _ground(replay: Replay) -> Ground | None:
    table = replay.options.table
    services, numbers = table["service"].to_numpy(), table["number"].to_numpy(dtype=np.int64)
    parts = []
    for name, c in replay.options.lists.items():
        mine = np.flatnonzero(services == name).astype(np.int64)
        part = _part(c, replay.weight_of(name), mine, numbers[mine])
        if part is None:
            return None
        parts.append(part)
    if not 0 < sum(len(part.place) for part in parts) <= MOST_PAIRS:
        return None
    return _rows(tuple(parts), len(table))


def _part(c: Candidates, worth: Floats, mine: Ints, numbers: Ints) -> _Part | None:
    """The pairs of a service that a choice can change anything of; None where they are too many."""
    service, pairs = c.service, c.service.pairs
    choice = np.full(len(service.ids), -1, dtype=np.int64)
    choice[c.rows[numbers]] = mine
    around = np.bincount(pairs.site, weights=service.need[pairs.place], minlength=len(service.ids))
    room = service.working & (service.capacity >= around * (1 - 1e-12))
    full = service.working & ~room & (around > 0)
    wanted = ((choice >= 0) | full | room)[pairs.site] & (service.need[pairs.place] > 0)
    wanted &= service.capacity[pairs.site] > 0
    if int((wanted & ~room[pairs.site]).sum()) > 20 * MOST_PAIRS:
        return None
    sure, kept = np.zeros(len(service.need), dtype=bool), []
    for at in np.flatnonzero(wanted).tolist():  # behind a site with room for all around, nobody is left
        place, site = int(pairs.place[at]), int(pairs.site[at])
        if not sure[place]:
            if room[site]:
                sure[place] = True
            else:
                kept.append(at)
    rows = np.array(kept, dtype=np.int64)
    rows = rows[touched(pairs.place[rows], pairs.site[rows], choice >= 0)]
    places, of_place = np.unique(pairs.place[rows], return_inverse=True)
    sites, of_site = np.unique(pairs.site[rows], return_inverse=True)
    need = service.need[places]
    return _Part(
        of_place.astype(np.int64),
        of_site.astype(np.int64),
        need,
        worth[places],
        sure[places],
        need - service.sharing.left[places],
        choice[sites],
        service.capacity[sites],
        load_of(c)[sites],
    )


class _Rows:
    """Rows of the programme as they are written."""

    def __init__(self) -> None:
        self.row: list[int] = []
        self.column: list[int] = []
        self.value: list[float] = []
        self.low: list[float] = []
        self.high: list[float] = []

    def put(self, columns: list[int], values: list[float], low: float, high: float) -> None:
        """Σ value × column between low and high."""
        self.row += [len(self.low)] * len(columns)
        self.column += columns
        self.value += values
        self.low.append(low)
        self.high.append(high)


def _rows(parts: tuple[_Part, ...], choices: int) -> Ground:
    rows, most, worth, now = _Rows(), [np.ones(choices)], [np.zeros(choices)], 0.0
    first = choices
    for part in parts:
        count = len(part.place)
        _turns(rows, part, first)
        _sums(rows, part, first)
        most += [np.minimum(part.need[part.place], part.capacity[part.site]), np.ones(count)]
        worth += [np.where(part.sure, 0.0, part.worth)[part.place], np.zeros(count)]
        now += float((part.now * part.worth)[~part.sure].sum())
        first += 2 * count
    shape = (len(rows.low), first)
    matrix = sparse.csr_array((rows.value, (rows.row, rows.column)), shape=shape)
    sides = np.array(rows.low), np.array(rows.high)
    return Ground(parts, choices, matrix, *sides, np.concatenate(most), np.concatenate(worth), now)


def _turns(rows: _Rows, part: _Part, first: int) -> None:
    """After each turn the place has nobody left, as its switch says, or the site, if it is there, has no room left."""
    by_place: dict[int, list[int]] = {}
    by_site: dict[int, list[int]] = {}
    count = len(part.place)
    for at, (i, j) in enumerate(zip(part.place.tolist(), part.site.tolist(), strict=True)):
        people, switch, x, room = first + at, first + count + at, int(part.choice[j]), float(part.capacity[j])
        here, there = by_place.setdefault(i, []), by_site.setdefault(j, [])
        here.append(people)
        there.append(people)
        need = float(part.need[i])
        rows.put([*here, switch], [*([1 / need] * len(here)), -1.0], -_ROUNDING, np.inf)
        full = [*there, switch] if np.isfinite(room) else [switch]
        share = [*([1 / room] * len(there)), 1.0] if np.isfinite(room) else [1.0]
        if x >= 0:
            rows.put([*full, x], [*share, -1.0], -_ROUNDING, np.inf)
            rows.put([people, x], [1.0, -min(need, room)], -np.inf, 0.0)
        else:
            rows.put(full, share, 1 - _ROUNDING, np.inf)


def _sums(rows: _Rows, part: _Part, first: int) -> None:
    """No more people than a place has, nor fewer served than now; no more than a site has room for, or serves now."""
    column = first + np.arange(len(part.place))
    for i, need in enumerate(part.need.tolist()):
        mine = column[part.place == i].tolist()
        least = -np.inf if part.sure[i] else float(part.now[i]) * (1 - _ROUNDING)
        rows.put(mine, [1.0] * len(mine), least, need)
    for j, room in enumerate(part.capacity.tolist()):
        if not np.isfinite(room):
            continue
        mine, x = column[part.site == j].tolist(), int(part.choice[j])
        if x >= 0:
            rows.put([*mine, x], [*([1.0] * len(mine)), -room], -np.inf, 0.0)
        else:
            rows.put(mine, [1.0] * len(mine), -np.inf, float(part.load[j]) * (1 + _ROUNDING) + _ROUNDING)


def _programme(ground: Ground, cost: Floats, order: Order, forced: Bools) -> highspy.HighsLp:
    """The programme with its budget, or its price, as HiGHS takes it."""
    n, width = ground.choices, ground.rows.shape[1]
    limit = float("inf") if order.budget is None else order.budget
    paid = forced | (cost <= limit * (1 + 1e-12) + 1e-9)
    unit = max(float(cost[paid].max(initial=1.0)), 1.0)
    budget = sparse.csr_array(
        (np.where(paid, cost, 0.0) / unit, (np.zeros(n, dtype=int), np.arange(n))), shape=(1, width)
    )
    rows = sparse.vstack([ground.rows, budget]).tocsr()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = width, rows.shape[0]
    hair = order.price * cost + 1e-4 * cost / max(float(cost.sum()), 1.0)  # of equal plans the cheaper one
    lp.col_cost_ = np.concatenate([hair, np.zeros(width - n)]) - ground.worth
    lp.col_lower_ = np.concatenate([forced.astype(float), np.zeros(width - n)])
    lp.col_upper_ = np.concatenate([paid.astype(float), ground.most[n:]])
    lp.row_lower_ = np.append(ground.lower, -np.inf)
    lp.row_upper_ = np.append(ground.upper, limit * (1 + 1e-12) / unit)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = rows.indptr.astype(np.int32), rows.indices.astype(np.int32)
    lp.a_matrix_.value_ = rows.data
    whole, some = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
    kinds = [whole] * n
    for part in ground.parts:
        kinds += [some] * len(part.place) + [whole] * len(part.place)
    lp.integrality_ = kinds
    return lp


def _as_it_is(ground: Ground, rows: Ints) -> Floats:
    """All columns as the engine shares people out with some rows: what the solver begins with."""
    there = np.zeros(ground.choices)
    there[rows] = 1.0
    columns = [there]
    for part in ground.parts:
        left = part.need.tolist()
        comes = np.where(part.choice >= 0, there[np.maximum(part.choice, 0)], 1.0)
        spare = np.where(comes > 0, part.capacity, 0.0).tolist()
        people, nobody = [], []
        for i, j in zip(part.place.tolist(), part.site.tolist(), strict=True):
            moved = min(left[i], spare[j])
            left[i], spare[j] = left[i] - moved, spare[j] - moved
            people.append(moved)
            nobody.append(float(left[i] <= _ROUNDING * part.need[i]))
        columns += [np.array(people), np.array(nobody)]
    return np.concatenate(columns)
