"""Which actions for this money: the most people served within a limit, solved exactly, nobody counted twice.

What is sought, promised and proven is said of the engine's own sharing, nearest first: people after less people before.
Where few choices can take people from each other all are replayed (`geo.planning.by_replay`): the best is exact.
Else a model that may share better than nearest first chooses and gives a bound (`geo.planning.by_model`), the engine's
sharing looks it over (`geo.planning.improve`), and the gap between the two is printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from geo.model.arrays import Bools, Floats, Ints
from geo.model.changes import Change, NewSite, Upgrade
from geo.model.errors import CallError
from geo.model.sites import SERVICES
from geo.planning.by_model import GAP, Found, modelled
from geo.planning.by_parts import parts_of
from geo.planning.by_replay import HALF, Promise, Replay, exactly, promises_of
from geo.planning.coverage_problem import Wish as Wish
from geo.planning.exact import Watch
from geo.planning.improve import without_idle
from geo.planning.options import Options, change_of

#: Choices under the engine's sharing, by what a poor person and an unmapped one count.
_REPLAYS: WeakKeyDictionary[Options, dict[tuple[float, bool], Replay]] = WeakKeyDictionary()


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

    What is proven holds among plans that keep what the wish asks for (promised sites, floors, the weight of the poor):
    `gap` is the relative distance to the best of the model, which may send people past the nearest point; no such
    plan within the limit gains more than `people_bound`, however people are shared. `unmapped_gained` are people of
    unmapped villages reached besides; `poor_gained` the poor among the gained where a share is known, None where none
    is; a person with
    both services gained counts in both, and `gained_by` tells them apart. `redistributed` of the people under the bound
    need no action at all, only to be led past the nearest point to one with room. `without_cost` counts sites left out
    because nobody knows their cost; `short` names the villages whose floor no choice can reach, and ``target`` where
    the target cannot be: `missed` tells by how many people, by service.
    """

    steps: tuple[Step, ...]
    wish: Wish
    people_gained: float
    unmapped_gained: float
    poor_gained: float | None
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
            raise CallError("error.not_a_choice", site_id=site_id)
    cost = rows["cost_idr"].to_numpy(dtype=float) if wish.unit == "idr" else np.ones(len(rows))
    if wish.limit is not None and float(cost[forced].sum()) > wish.limit:
        if wish.unit == "actions":
            raise CallError("error.committed_count", count=int(forced.sum()), most=int(wish.limit))
        raise CallError("error.committed_cost", cost=float(cost[forced].sum()), budget=wish.limit)
    promises = promises_of(options, wish)
    replay, found = chosen(options, wish, cost, forced, promises, watch)
    kept = without_idle(replay, found.chosen, cost, forced, promises, "most" if wish.limit is not None else "least")
    return _plan(options, wish, replay, replace(found, chosen=kept), cost, promises)


def chosen(
    options: Options,
    wish: Wish,
    cost: Floats,
    forced: Bools,
    promises: tuple[Promise, ...],
    watch: Watch | None = None,
    *,
    look: bool = True,
) -> tuple[Replay, Found]:
    """Choose rows of the options, and tell what is proven of them.

    Parameters
    ----------
    options, wish, watch
        As for `best_plan`.
    cost, forced
        Of each row, in the unit of the limit; rows that are in, bool of shape (n,).
    promises
        From `geo.planning.by_replay.promises_of`.
    look
        Whether the model's plan is looked over with the engine's sharing; where only its bound is wanted, it need not.
    """
    replay = replay_of(options, wish)
    if not _any_left(cost, forced, wish.limit):
        return replay, Found(np.flatnonzero(forced).astype(np.int64), None, exact=True)
    best = exactly(replay, cost, wish.limit, forced, promises)
    if best is None and wish.limit is not None and not promises and replay.small_parts:
        parts = parts_of(replay, cost, wish.limit, forced)
        return replay, Found(parts.best(wish.limit), parts.bound(wish.limit))
    if best is None:
        return replay, modelled(options, wish, cost, forced, replay, promises, watch, look=look)
    return replay, Found(best, None, exact=True)


def _any_left(cost: Floats, forced: Bools, limit: float | None) -> bool:
    """Whether there is a choice beside those that are in which the limit still pays for."""
    left = np.inf if limit is None else limit - cost[forced].sum()
    return bool((~forced & (cost <= left)).any())


def replay_of(options: Options, wish: Wish) -> Replay:
    """The choices under the engine's sharing, remembered between plans of the same options."""
    known = _REPLAYS.setdefault(options, {})
    key = wish.poor_weight, wish.count_unmapped
    if key not in known:
        known[key] = Replay(options, *key)
    return known[key]


def _plan(
    options: Options, wish: Wish, replay: Replay, found: Found, cost: Floats, promises: tuple[Promise, ...]
) -> Plan:
    """Tell the chosen rows in the engine's own figures, with what is proven of them."""
    steps, gained, unmapped, poor = _told(options, replay, found.chosen)
    lacking = dict(zip(promises, replay.lacks(promises, found.chosen).tolist(), strict=True))
    lacking |= {one: one.people for one in promises_of(options, wish, untouched=True)}
    lacking = {one: lack for one, lack in lacking.items() if lack > HALF}
    value = replay.worth(found.chosen) if wish.limit is not None else float(cost[found.chosen].sum())
    gap = _gap(wish, found, value)
    bound = None
    if wish.limit is not None and not wish.poor_weight:
        bound = gained if found.exact and not promises else None if found.bound is None else max(found.bound, gained)
    return Plan(
        steps=steps,
        wish=wish,
        people_gained=gained,
        unmapped_gained=unmapped,
        poor_gained=poor,
        people_bound=bound,
        cost_idr=sum(step.cost_idr for step in steps),
        optimal=found.exact
        or (gap <= (GAP * 10 if wish.limit is None else 0.0) and _least_lacking(replay, promises, found.chosen)),
        gap=gap,
        without_cost=options.without_cost,
        short=tuple(dict.fromkeys(one.name for one in lacking)),
        redistributed=found.redistributed,
        missed={one.service: lack for one, lack in lacking.items() if one.name == "target"},
    )


def _least_lacking(replay: Replay, promises: tuple[Promise, ...], chosen: Ints) -> bool:
    """Whether no choice at all would miss the promises by less: who misses them by more may be able to do better."""
    every = np.arange(len(replay.options.table), dtype=np.int64)
    return float(replay.lacks(promises, chosen).sum() - replay.lacks(promises, every).sum()) <= HALF


def _gap(wish: Wish, found: Found, value: float) -> float:
    """Proven relative distance to the best: of worth within a limit, of cost without one. Half a person is nothing."""
    if found.exact:
        return 0.0
    if found.bound is None or not np.isfinite(found.bound):
        return 1.0
    if wish.limit is None:
        return max(value - found.bound, 0.0) / value if value > 0 else 0.0
    beyond = found.bound - value
    return beyond / found.bound if beyond > HALF else 0.0


@dataclass(frozen=True)
class CurvePoint:
    """What a limit brings: people gained and what it costs, and how near the best it is proven to be."""

    limit: float
    people_gained: float
    cost_idr: float
    actions: int
    gap: float


def curve(
    options: Options, wish: Wish, points: int = 10, most: float | None = None, known: Plan | None = None
) -> list[CurvePoint]:
    """Return the limit–people curve: plans for evenly spaced limits from 0 to `most` (else what everything costs).

    Each keeps what the wish asks for beside its limit: promised sites (the curve begins with what they cost), floor,
    weight of the poor. Where nothing is asked for, who has more can still take the smaller plan: people never fall.
    A plan that is `known` counts too.
    """
    if most is None:
        cost = options.table["cost_idr"] if wish.unit == "idr" else options.table["cost_idr"] * 0 + 1
        most = float(cost.sum())
    found: list[CurvePoint] = []
    asks = bool(wish.committed or wish.floor_share or wish.poor_weight)
    forced = options.table[options.table["site_id"].isin(wish.committed)]
    least = float(forced["cost_idr"].sum()) if wish.unit == "idr" else float(len(forced))
    most = max(most, least)
    for limit in np.linspace(least, most, points + 1).tolist() if wish.unit == "idr" else _counts(least, most, points):
        point = _point(limit, best_plan(options, replace(wish, target_share=None, limit=limit)))
        if known is not None and _spent(known) <= limit and known.people_gained > point.people_gained and not asks:
            point = _point(limit, known)
        if found and found[-1].people_gained > point.people_gained and not asks:
            point = replace(found[-1], limit=limit)
        found.append(point)
    return found


def _point(limit: float, plan: Plan) -> CurvePoint:
    return CurvePoint(limit, plan.people_gained, plan.cost_idr, len(plan.steps), plan.gap)


def _spent(plan: Plan) -> float:
    return plan.cost_idr if plan.wish.unit == "idr" else float(len(plan.steps))


def fewest_for(options: Options, share: float, *, seconds: float = 60.0) -> Plan:
    """Return the plan of fewest actions that gains a share of the people that all of them would: "how many for 80 %?".

    People are those of the engine's own sharing, as every plan tells them. The number is found by halving; `optimal`
    says that one action less is proven not to be enough.

    Parameters
    ----------
    options
        All services together.
    share
        Of the people that all actions together gain, 0 to 1.
    seconds
        For all plans that are tried.
    """
    count = len(options.table)
    wish = Wish(limit=float(count), unit="actions", seconds=seconds)
    if not count:
        return best_plan(options, wish)
    _, most, _, _ = _told(options, replay_of(options, wish), np.arange(count, dtype=np.int64))
    target, each = share * most - HALF, seconds / max(count.bit_length(), 1)
    enough, below, less = best_plan(options, replace(wish, seconds=each)), 0, None
    if enough.people_gained < target:  # not even the best plan that was found gains what all together do
        return replace(enough, optimal=False)
    above = len(enough.steps)
    while above - below > 1:
        half = (above + below) // 2
        tried = best_plan(options, Wish(limit=float(half), unit="actions", seconds=each))
        if tried.people_gained >= target:
            enough, above = tried, min(half, len(tried.steps))
        else:
            below, less = half, tried
    proven = below == 0 or (less is not None and less.people_bound is not None and less.people_bound < target)
    return replace(enough, optimal=proven)


def _counts(least: float, most: float, points: int) -> list[float]:
    return sorted({float(round(value)) for value in np.linspace(least, most, points + 1)})


def _told(options: Options, replay: Replay, chosen: Ints) -> tuple[tuple[Step, ...], float, float, float | None]:
    """The plan in the engine's own figures: each step after the ones before it, so that the steps sum to the plan."""
    steps: list[Step] = []
    gained = unmapped = 0.0
    poor: float | None = None  # where nobody tells how many are poor
    for part, rows in replay.split(chosen).items():
        service = replay.parts[part][0]
        c = options.lists[service]
        counted, share = replay.counted(c), c.places["poor_share"].to_numpy(dtype=float)
        alone = {row: _counted(counted, replay.gained(part, (row,))) for row in rows}
        before: tuple[int, ...] = ()
        reached = 0.0
        for row in sorted(rows, key=lambda row: (-alone[row], str(options.table["site_id"].iloc[row]))):
            before = tuple(sorted((*before, row)))
            now = _counted(counted, replay.gained(part, before))
            steps.append(_step(options.table.iloc[row], alone[row], now - reached))
            reached = now
        people = replay.gained(part, rows)
        gained += reached
        unmapped += sum(count for i, count in people.items() if not c.gap_places[i])
        known = [count * share[i] for i, count in people.items() if counted[i] and share[i] == share[i]]
        if known:
            poor = (poor or 0.0) + sum(known)
    steps.sort(key=lambda step: (step.service != "water", -step.gain_in_plan, step.site_id))
    return tuple(steps), gained, unmapped, poor if gained + unmapped >= HALF else 0.0


def _counted(counted: Bools, gained: Mapping[int, float]) -> float:
    """People gained among those that count."""
    return sum(people for i, people in gained.items() if counted[i])


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
