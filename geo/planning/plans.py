"""Which actions for this money: the most people served within a limit, solved exactly, nobody counted twice.

The model (maximal coverage with capacity, `geo.planning.exact`) may share people better than "nearest first"; what is
reported as gained is what the engine's own sharing gives for the chosen sites: coverage after less before. Small
plans are solved to the proven best; large ones by a price on money (`geo.planning.by_price`), with the gap printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from geo.model.areas import area_mask
from geo.model.arrays import Bools, Ints
from geo.model.changes import Change, NewSite, Upgrade
from geo.model.errors import CallError
from geo.model.sites import SERVICES
from geo.planning.by_price import solve_by_price
from geo.planning.cover import Floor, Solution, lazy_greedy
from geo.planning.coverage_problem import Problem, problem_of
from geo.planning.coverage_problem import Wish as Wish
from geo.planning.exact import Order, Watch, least_lacking, solve
from geo.planning.improve import gap_sum, polished, topped_up
from geo.planning.options import Options, change_of

#: Stop proving when the rest is below this share.
GAP = 1e-6
#: More choices than `LARGE` are solved by price, to this gap; between the two, the price gives the exact model a start.
SMALL, LARGE, LARGE_GAP = 300, 5000, 1e-3
#: A plan of at most so many actions is looked over with the engine's own sharing.
POLISHED = 200
#: What needs no action at all, by what a plan may choose from and by what its limit counts.
_FREE: WeakKeyDictionary[Options, dict[str, float | None]] = WeakKeyDictionary()
#: How often a target is sought again because the engine's sharing missed it.
AGAIN = 4


@dataclass(frozen=True)
class Step:
    """One action of a plan: people it gains alone, and in this plan after the steps before it; its cost.

    `yearly_idr` is the life-cycle cost of a year: capital over its life, upkeep, major maintenance; None: unknown.
    """

    service: str
    action: str
    site_id: str
    technology: str
    village_code: str | None
    lat: float
    lon: float
    units: int
    capacity_people: float | None
    cost_idr: float
    cost_estimated: bool
    yearly_idr: float | None
    gain_alone: float
    gain_in_plan: float


@dataclass(frozen=True)
class Plan:
    """A plan: its steps, the people it gains (gap states to served), the cost, and how good it is proven to be.

    `gap` is the proven relative distance to the best of the model, which may send people past the nearest point; no
    plan within the limit gains more than `people_bound`, however people are shared. `unmapped_gained` are people of
    unmapped villages reached besides; `poor_gained` the poor among the gained, where a share is known; a person with
    both services gained counts in both, and `gained_by` tells them apart. `redistributed` of the people under the bound
    need no action at all, only to be led past the nearest point to one with room. `without_cost` counts sites left out
    because nobody knows their cost; `short` names the villages whose floor no choice can reach, and ``target`` where
    the target cannot be: `missed` tells by how many people, by service.
    """

    steps: tuple[Step, ...]
    wish: Wish
    people_gained: float
    unmapped_gained: float
    poor_gained: float
    people_bound: float | None
    cost_idr: float
    optimal: bool
    gap: float
    without_cost: int
    short: tuple[str, ...] = ()
    redistributed: float | None = None
    missed: Mapping[str, float] = field(default_factory=dict)

    @property
    def gained_by(self) -> dict[str, float]:
        """People gained, by service."""
        found = dict.fromkeys(SERVICES, 0.0)
        for step in self.steps:
            found[step.service] += step.gain_in_plan
        return found

    @property
    def budget_idr(self) -> float | None:
        """The budget, where money is the limit."""
        return self.wish.limit if self.wish.unit == "idr" else None

    def changes(self) -> tuple[Change | Upgrade | NewSite, ...]:
        """Return what carrying out the plan changes, in its order."""
        return tuple(change_of(vars(step)) for step in self.steps)

    def as_dict(self) -> dict[str, Any]:
        """Return the plan as plain values."""
        told = {name: value for name, value in vars(self).items() if name not in ("steps", "wish")}
        told |= {"gained_by": self.gained_by, "missed": dict(self.missed)}
        return {**vars(self.wish), "budget_idr": self.budget_idr, **told, "sites": [vars(step) for step in self.steps]}


def best_plan(options: Options, wish: Wish, watch: Watch | None = None) -> Plan:
    """Choose the actions that serve most people within a limit, or the cheapest that reach a target.

    Parameters
    ----------
    options
        From `geo.planning.options.options_of`: all services together.
    wish
        Limit or target, weights, floors, commitments.
    watch
        Told (seconds, value, bound) while it is sought; True stops the search, and the best so far is the answer.

    A floor that the limit or the ground does not allow is kept as far as they do, before anything else is sought.

    Raises
    ------
    CallError
        If a committed site is no choice, or the committed ones cost more than there is.
    """
    rows = options.table
    forced = rows["site_id"].isin(wish.committed).to_numpy(dtype=bool)
    for site_id in wish.committed:
        if site_id not in set(rows["site_id"]):
            raise CallError("error.unknown_site", site_id=site_id)
    cost = rows["cost_idr"].to_numpy(dtype=float) if wish.unit == "idr" else np.ones(len(rows))
    if wish.limit is not None and float(cost[forced].sum()) > wish.limit:
        raise CallError("error.committed_cost", cost=float(cost[forced].sum()), budget=wish.limit)
    if rows.empty:
        return Plan((), wish, 0.0, 0.0, 0.0, None, 0.0, True, 0.0, options.without_cost)
    problem = problem_of(options, wish, cost, forced)
    watch = None if watch is None else _Remembering(watch)
    found, short = _solved(problem, wish, watch)
    chosen = np.flatnonzero(found.chosen[: problem.choices]).astype(np.int64)
    for _ in range(AGAIN if wish.target_share is not None and not short else 0):
        missing = _missing(options, problem, chosen, wish)
        if not missing or (watch is not None and watch.stopped):
            break
        problem = replace(problem, floors=tuple(raised(floor, missing) for floor in problem.floors))
        again, short = _solved(problem, wish, watch)
        if np.isinf(again.bound):  # stopped before there was another
            break
        found = again
        chosen = np.flatnonzero(found.chosen[: problem.choices]).astype(np.int64)
    if wish.limit is not None and not problem.floors and len(chosen) <= POLISHED:
        chosen = polished(options, chosen, cost, wish.limit, wish.poor_weight, forced)
    missed = _missing(options, problem, chosen, wish) if wish.target_share is not None else {}
    for name, lack in missed.items():
        chosen = topped_up(options, chosen, name, lack, cost)
    if missed:
        missed = _missing(options, problem, chosen, wish)
    short = (*(name for name in short if name != "target"), *(["target"] if missed else []))
    bound = None if wish.limit is None or wish.poor_weight else found.bound - problem.served_now
    plan = _plan(options, wish, chosen, found, bound, short)
    free = None if bound is None else _redistributed(options, problem, wish.unit, forced)
    return replace(plan, missed=missed, redistributed=free)


def _redistributed(options: Options, problem: Problem, unit: str, forced: Bools) -> float | None:
    """People whom the model serves without any action, by leading them past the nearest point; None: not worked out.

    The same for every limit, so a curve works it out once.
    """
    if problem.cover.choices > LARGE or forced.any():
        return None
    known = _FREE.setdefault(options, {})
    if unit not in known:
        nothing = solve(problem.cover, Order(budget=0.0))
        known[unit] = None if nothing is None else max(nothing.value - problem.served_now, 0.0)
    return known[unit]


def _plan(
    options: Options,
    wish: Wish,
    chosen: Ints,
    found: Solution,
    bound: float | None = None,
    short: tuple[str, ...] = (),
) -> Plan:
    """Tell the chosen rows in the engine's own figures, with what the solver proved."""
    steps, gained, unmapped, poor = _told(options, chosen)
    return Plan(
        steps=steps,
        wish=wish,
        people_gained=gained,
        unmapped_gained=unmapped,
        poor_gained=poor,
        people_bound=None if bound is None else max(bound, gained),
        cost_idr=sum(step.cost_idr for step in steps),
        optimal=found.gap <= GAP * 10,
        gap=found.gap,
        without_cost=options.without_cost,
        short=short,
    )


class _Remembering:
    """A watch that keeps saying stop once it has said so."""

    def __init__(self, watch: Watch) -> None:
        self.watch, self.stopped = watch, False

    def __call__(self, seconds: float, value: float, bound: float) -> bool:
        self.stopped = self.stopped or self.watch(seconds, value, bound)
        return self.stopped


def _missing(options: Options, problem: Problem, chosen: Ints, wish: Wish) -> dict[str, float]:
    """By how many people the engine's own sharing misses the target, by service: the model may share better."""
    missing = {}
    for name in {floor.service for floor in problem.floors}:
        c = options.lists[name]
        rows = options.table.iloc[chosen]
        gained = c.gain_of(rows.loc[rows["service"] == name, "number"].tolist())
        inside = area_mask(c.places["village_code"], c.params.area)
        people, left = float(c.service.people[inside].sum()), float(c.service.sharing.left[inside].sum())
        served = people - left + sum(count for i, count in gained.items() if inside[i])
        lack = (wish.target_share or 0.0) * people - served
        if lack > 0.5:
            missing[name] = lack
    return missing


def raised(floor: Floor, by: dict[str, float]) -> Floor:
    """Return the floor with what its service misses on top."""
    return replace(floor, people=floor.people + by.get(floor.service, 0.0))


def _solved(problem: Problem, wish: Wish, watch: Watch | None) -> tuple[Solution, tuple[str, ...]]:
    cover = problem.cover
    demand = Order(budget=wish.limit, seconds=wish.seconds, gap=GAP, watch=watch)
    if problem.floors:
        return _with_floors(problem, demand)
    if wish.limit is None:  # the target is reached already
        return Solution(cover.fixed, 0.0, 0.0), ()
    if cover.choices > LARGE:
        return solve_by_price(cover, wish.limit, seconds=wish.seconds, gap=LARGE_GAP, watch=watch), ()
    begin = lazy_greedy(cover, wish.limit)
    if cover.choices > SMALL:
        priced = solve_by_price(cover, wish.limit, seconds=wish.seconds / 2, gap=1e-4, watch=watch)
        begin = max(begin, priced, key=lambda found: found.value)
    found = solve(cover, demand, begin)
    if found is None or found.value < begin.value - 1e-6:
        return Solution(begin.chosen, begin.value, min(begin.bound, found.bound if found else begin.bound)), ()
    return found, ()


def _with_floors(problem: Problem, demand: Order) -> tuple[Solution, tuple[str, ...]]:
    """First miss the floors by as little as can be, then seek the most people, or the least cost, with just that."""
    lacking = least_lacking(problem.cover, replace(demand, floors=problem.floors))
    pairs = list(zip(problem.floors, lacking, strict=True))
    short = tuple(dict.fromkeys(floor.name for floor, lack in pairs if lack > 0.5))
    kept = tuple(replace(floor, people=max(floor.people - lack, 0.0)) for floor, lack in pairs)
    found = solve(problem.cover, replace(demand, floors=kept))
    if found is None:  # stopped before anything was found
        found = Solution(problem.cover.fixed, 0.0, float("inf"))
    return found, short


@dataclass(frozen=True)
class CurvePoint:
    """What a limit brings: people gained and what it costs, and how near the best it is proven to be."""

    limit: float
    people_gained: float
    cost_idr: float
    actions: int
    gap: float


def curve(options: Options, wish: Wish, points: int = 10, most: float | None = None) -> list[CurvePoint]:
    """Return the limit–people curve: plans for evenly spaced limits from 0 to `most` (else what everything costs)."""
    if most is None:
        cost = options.table["cost_idr"] if wish.unit == "idr" else options.table["cost_idr"] * 0 + 1
        most = float(cost.sum())
    found: list[CurvePoint] = []
    for limit in np.linspace(0.0, most, points + 1).tolist() if wish.unit == "idr" else _counts(most, points):
        plan = best_plan(options, replace(wish, limit=limit, target_share=None, committed=(), floor_share=0.0))
        point = CurvePoint(limit, plan.people_gained, plan.cost_idr, len(plan.steps), plan.gap)
        if found and found[-1].people_gained > point.people_gained:  # who has more can still take the smaller plan
            point = replace(found[-1], limit=limit)
        found.append(point)
    return found


def fewest_for(options: Options, share: float, *, seconds: float = 60.0) -> Plan:
    """Return the plan of fewest actions that gains a share of the people that all of them would: "how many for 80 %?".

    Nearest first, the plan may gain a little less than the model sees; its own figure tells.
    """
    cost = np.ones(len(options.table))
    wish = Wish(limit=float(len(cost)), unit="actions", seconds=seconds)
    if not len(cost):
        return best_plan(options, wish)
    problem = problem_of(options, wish, cost, cost < 0)
    everything, nothing = (solve(problem.cover, Order(budget=budget)) for budget in (float(len(cost)), 0.0))
    most, now = (0.0 if found is None else found.value for found in (everything, nothing))
    whole = np.ones(len(problem.cover.people), dtype=bool)
    floor = Floor("target", "", whole, now + share * (most - now) - 1e-6)
    found = solve(problem.cover, Order(floors=(floor,), seconds=seconds))
    chosen = np.flatnonzero(found.chosen[: problem.choices]) if found else np.arange(len(cost))
    return _plan(options, wish, chosen.astype(np.int64), found or Solution(problem.cover.fixed, 0.0, np.inf))


def _counts(most: float, points: int) -> list[float]:
    return sorted({float(round(value)) for value in np.linspace(0.0, most, points + 1)})


def _told(options: Options, chosen: Ints) -> tuple[tuple[Step, ...], float, float, float]:
    """The plan in the engine's own figures: each step after the ones before it, so that the steps sum to the plan."""
    steps: list[Step] = []
    gained = unmapped = poor = 0.0
    for name, c in options.lists.items():
        rows = options.table.iloc[chosen]
        rows = rows[rows["service"] == name]
        by_number = dict(zip(rows["number"].tolist(), rows.index.tolist(), strict=True))
        share = options.poor_share[name]
        for part in c.parts_of(list(by_number)):
            alone = {n: gap_sum(c, c.gain_of([n])) for n in part}
            before: list[int] = []
            reached = 0.0
            all_: dict[int, float] = {}
            for n in sorted(alone, key=lambda n: (-alone[n], str(c.index[n]))):
                before.append(n)
                all_ = c.gain_of(before)
                now = gap_sum(c, all_)
                steps.append(_step(options.table.loc[by_number[n]], alone[n], now - reached))
                reached = now
            gained += reached
            unmapped += max(sum(all_.values()) - reached, 0.0)
            poor += sum(people * share[i] for i, people in all_.items() if c.gap_places[i])
    steps.sort(key=lambda step: (step.service != "water", -step.gain_in_plan, step.site_id))
    return tuple(steps), gained, unmapped, poor


def _step(row: pd.Series, alone: float, in_plan: float) -> Step:
    people, yearly = row["capacity_people"], row["yearly_idr"]
    return Step(
        service=row["service"],
        action=row["action"],
        site_id=row["site_id"],
        technology=row["technology"],
        village_code=row["village_code"],
        lat=float(row["lat"]),
        lon=float(row["lon"]),
        units=int(row["units"]),
        capacity_people=None if people is None or people != people else float(people),
        cost_idr=float(row["cost_idr"]),
        cost_estimated=bool(row["cost_estimated"]),
        yearly_idr=None if yearly != yearly else float(yearly),
        gain_alone=alone,
        gain_in_plan=in_plan,
    )
