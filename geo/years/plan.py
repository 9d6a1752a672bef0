"""The plan over years in the engine's own figures: people, money and promises of each year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from geo.model.areas import area_mask
from geo.model.arrays import Bools, Ints
from geo.model.changes import Change, Changes, NewSite, Upgrade
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.planning.by_replay import HALF, Promise
from geo.planning.options import change_of
from geo.planning.plans import chosen
from geo.years.ground import Ground, ground_of
from geo.years.money import Account
from geo.years.schedule import Schedule, Told, scheduled
from geo.years.wish import YearWish

#: Who receives upkeep in a year's list of what was paid.
UPKEEP = "upkeep"


@dataclass(frozen=True)
class YearStep:
    """One action: its year, what it costs in that year's prices and who pays, the people it gains after those before.

    `yearly_idr` is the life-cycle cost of a year (capital over its life, upkeep, major maintenance), `upkeep_idr` the
    part of it that keeps it going, both in the first year's prices; None: unknown. `gain_alone`: people it would gain
    if nothing else were done.
    """

    year: int
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
    upkeep_idr: float | None
    gain_alone: float
    gain_in_plan: float
    paid_by: Mapping[str, float]


@dataclass(frozen=True)
class Promised:
    """A target or floor of a year: the share asked of whom, people still missing, rupiah that would reach it.

    `reachable` tells whether all choices together would keep it. `missing_idr` is how much more money in that year, in
    its prices, lets the plan keep the target as well, everything else built as planned; None where that is not found,
    and for floors, where nobody works it out.
    """

    year: int
    kind: str
    service: str
    village_code: str | None
    lacking: float
    reachable: bool
    missing_idr: float | None


@dataclass(frozen=True)
class Year:
    """One year: actions, people, money.

    `people` of the area and `served` of them by its end, by service; `gained` by all that is built by its end;
    `without` served if nothing is built. Upkeep of what stands and of what was built before, in the year's prices;
    `unpaid_idr` of it could not be paid.
    """

    year: int
    actions: int
    people: Mapping[str, float]
    served: Mapping[str, float]
    without: Mapping[str, float]
    gained: float
    unmapped_gained: float
    cost_idr: float
    upkeep_standing_idr: float
    upkeep_built_idr: float
    unpaid_idr: float
    worn_out: int


@dataclass(frozen=True)
class YearPlan:
    """A plan over years.

    `people_years` are people gained, added up over the years; no schedule within the money has more than
    `people_years_bound`. `missed` are promises that are not kept; `actions` what might be carried out.
    """

    wish: YearWish
    steps: tuple[YearStep, ...]
    years: tuple[Year, ...]
    accounts: tuple[Account, ...]
    missed: tuple[Promised, ...]
    people_years: float
    people_years_bound: float | None
    optimal: bool
    gap: float
    without_cost: int
    standing_unknown: int
    actions: tuple[str, ...] = ("repair",)

    @property
    def people_gained(self) -> float:
        """People gained by the end of the last year."""
        return self.years[-1].gained

    @property
    def cost_idr(self) -> float:
        """Rupiah of all actions, each in its year's prices."""
        return sum(step.cost_idr for step in self.steps)

    @property
    def upkeep_idr(self) -> float:
        """Rupiah of upkeep of all years, of what stands and of what is built, each in its year's prices."""
        return sum(one.upkeep_standing_idr + one.upkeep_built_idr for one in self.years)

    @property
    def unpaid_idr(self) -> float:
        """Rupiah of that upkeep that could not be paid; nothing where it is not paid out of this money."""
        return sum(one.unpaid_idr for one in self.years)

    def changes(self, by: int | None = None) -> tuple[Change | Upgrade | NewSite, ...]:
        """Return what carrying out the plan changes, by the end of a year or of all."""
        return tuple(change_of(vars(step)) for step in self.steps if by is None or step.year <= by)

    def as_dict(self) -> dict[str, Any]:
        """Return the plan as plain values."""
        wish = vars(self.wish) | {"grants": [vars(one) for one in self.wish.grants]}
        plain = {name: value for name, value in vars(self).items() if name not in ("wish", "actions")}
        for name in ("steps", "years", "accounts", "missed"):
            plain[name] = [dict(vars(one)) for one in plain[name]]
        plain["sites"] = plain.pop("steps")
        whole = {"people_gained": self.people_gained, "cost_idr": self.cost_idr}
        return {"asked": wish, "span": list(self.wish.span), **whole, **plain}


def year_plan(
    inputs: Inputs,
    params: Params,
    wish: YearWish,
    changes: Changes = (),
    *,
    actions: Sequence[str] = ("repair",),
    technology: Mapping[str, str] | None = None,
    told: Told | None = None,
) -> YearPlan:
    """Plan over years: which action in which year from whose money.

    Parameters
    ----------
    inputs, params, changes, actions, technology
        As for `geo.planning.options.options_of`.
    wish
        Years, money, promises, assumptions.
    told
        Told how many years' bounds are worked out, of how many; True stops, and the bound is not known.

    Raises
    ------
    CallError
        If a promised site is no choice, or is not paid for in its year.
    """
    ground = ground_of(inputs, params, wish, changes, actions=actions, technology=technology)
    return plan_of(ground, scheduled(ground, told))


def plan_of(ground: Ground, schedule: Schedule) -> YearPlan:
    """Tell a schedule in the engine's own figures."""
    wish, when = ground.wish, schedule.when
    bills, order = [], []
    for number in range(wish.years):
        mine = _in_order(ground, when, number)
        owed = [ground.owed(number, when)] if wish.pay_upkeep else []
        bills.append([*owed, *(float(ground.cost[row]) * wish.prices(number) for row, _ in mine)])
        order.append(mine)
    payments, accounts = wish.purse.paid(bills)
    steps, years = [], []
    for number, mine in enumerate(order):
        paid = payments[number]
        unpaid = max(bills[number][0] - sum(paid[0].values()), 0.0) if wish.pay_upkeep else 0.0
        paid = paid[1:] if wish.pay_upkeep else paid
        steps += [_step(ground, number, row, gain, by) for (row, gain), by in zip(mine, paid, strict=True)]
        years.append(_year(ground, when, number, unpaid))
    finite = np.isfinite(schedule.bound) and not wish.poor_weight
    gained = sum(one.gained for one in years)
    bound = gained if schedule.gap == 0 else max(schedule.bound, gained)  # worth has ties beside people
    return YearPlan(
        wish=wish,
        steps=tuple(steps),
        years=tuple(years),
        accounts=tuple(accounts),
        missed=tuple(_missed(ground, when)),
        people_years=gained,
        people_years_bound=bound if finite else None,
        optimal=schedule.exact or (schedule.gap <= 1e-5 and schedule.lack <= HALF),
        gap=schedule.gap if np.isfinite(schedule.bound) else 1.0,
        without_cost=ground.options[0].without_cost,
        standing_unknown=ground.standing_unknown,
        actions=ground.asked,
    )


def _built(when: Ints, number: int) -> Bools:
    return np.asarray((when >= 0) & (when <= number), dtype=bool)


def _people(ground: Ground, number: int, rows: Ints) -> tuple[float, float, dict[str, float]]:
    """People gained that count, of unmapped villages besides, and those of the area by service."""
    replay, options = ground.replay(number), ground.options[number]
    counted = unmapped = 0.0
    inside: dict[str, float] = dict.fromkeys(options.lists, 0.0)
    areas = {name: area_mask(c.places["village_code"], c.params.area) for name, c in options.lists.items()}
    for part, mine in replay.split(rows).items():
        service = replay.parts[part][0]
        c = options.lists[service]
        counts, area = replay.counted(c), areas[service]
        for i, people in replay.gained(part, mine).items():
            counted += people if counts[i] else 0.0
            unmapped += 0.0 if c.gap_places[i] else people
            inside[service] += people if area[i] else 0.0
    return counted, unmapped, inside


def _in_order(ground: Ground, when: Ints, number: int) -> list[tuple[int, float]]:
    """The rows of a year, most people for the money first, and what each adds to those before it."""
    before = _built(when, number - 1) | ground.alive[number]
    left: list[int] = np.flatnonzero(when == number).tolist()
    alone = {row: _alone(ground, number, before, row) for row in left}
    left.sort(key=lambda row: (-alone[row] / max(float(ground.cost[row]), 1.0), str(ground.table["site_id"].iloc[row])))
    found = []
    for row in left:
        found.append((row, _alone(ground, number, before, row)))
        before[row] = True
    return found


def _alone(ground: Ground, number: int, before: Bools, row: int) -> float:
    """People a row gains after those before it, as far as its own part of the ground tells."""
    replay = ground.replay(number)
    part = int(replay.part_of[row])
    service, mine = replay.parts[part]
    counted = replay.counted(ground.options[number].lists[service])
    rows = tuple(int(one) for one in mine[before[mine]])
    with_it = replay.gained(part, tuple(sorted((*rows, row))))
    without = replay.gained(part, rows)
    return sum(p for i, p in with_it.items() if counted[i]) - sum(p for i, p in without.items() if counted[i])


def _upkeep(ground: Ground, when: Ints, number: int) -> tuple[float, float]:
    """Upkeep of a year, in its prices: of what stands, and of what was built in the years before."""
    price = ground.wish.prices(number)
    return ground.standing_idr[number] * price, float(ground.upkeep[_built(when, number - 1)].sum()) * price


def _year(ground: Ground, when: Ints, number: int, unpaid: float) -> Year:
    built, alive = _built(when, number), ground.alive[number]
    counted, unmapped, inside = _people(ground, number, np.flatnonzero(built | alive))
    before, unmapped_before, anyway = _people(ground, number, np.flatnonzero(alive))
    people, base = {}, {}
    for name, c in ground.options[number].lists.items():
        area = area_mask(c.places["village_code"], c.params.area)
        people[name] = float(c.service.people[area].sum())
        base[name] = float((c.service.people - c.service.sharing.left)[area].sum())
    standing, own = _upkeep(ground, when, number)
    return Year(
        year=ground.wish.span[number],
        actions=int((when == number).sum()),
        people=people,
        served={name: base[name] + inside[name] for name in people},
        without={name: base[name] + anyway[name] for name in people},
        gained=counted - before,
        unmapped_gained=unmapped - unmapped_before,
        cost_idr=float(ground.cost[when == number].sum()) * ground.wish.prices(number),
        upkeep_standing_idr=standing,
        upkeep_built_idr=own,
        unpaid_idr=unpaid,
        worn_out=ground.worn_out[number],
    )


def _step(ground: Ground, number: int, row: int, gain: float, paid: Mapping[str, float]) -> YearStep:
    told = ground.table.iloc[row]
    people, upkeep, yearly = told["capacity_people"], told["upkeep_idr"], told["yearly_idr"]
    return YearStep(
        year=ground.wish.span[number],
        service=told["service"],
        action=told["action"],
        site_id=told["site_id"],
        technology=told["technology"],
        village_code=told["village_code"],
        lat=float(told["lat"]),
        lon=float(told["lon"]),
        units=int(told["units"]),
        capacity_people=None if people is None or people != people else float(people),
        cost_idr=float(told["cost_idr"]) * ground.wish.prices(number),
        cost_estimated=bool(told["cost_estimated"]),
        yearly_idr=None if yearly != yearly else float(yearly),
        upkeep_idr=None if upkeep != upkeep else float(upkeep),
        gain_alone=_alone(ground, number, ground.alive[number], row),
        gain_in_plan=gain,
        paid_by=dict(paid),
    )


def _missed(ground: Ground, when: Ints) -> list[Promised]:
    """Promises of each year that its schedule does not keep, and what they would take."""
    found = []
    for number, year in enumerate(ground.wish.span):
        promises, replay = ground.promises(number), ground.replay(number)
        rows = np.flatnonzero(_built(when, number) | ground.alive[number]).astype(np.int64)
        every = np.flatnonzero(ground.ever | ground.alive[number]).astype(np.int64)
        lacks = zip(replay.lacks(promises, rows).tolist(), replay.lacks(promises, every).tolist(), strict=True)
        told = [(one, lack, least <= HALF) for one, (lack, least) in zip(promises, lacks, strict=True)]
        told += [(one, one.people, False) for one in ground.promises(number, untouched=True)]
        for one, lack, reachable in told:
            if lack > HALF:
                target = one.name == "target"
                money = _missing(ground, when, number, one) if target and reachable else None
                village = None if target else one.name
                kind = "target" if target else "floor"
                found.append(Promised(year, kind, one.service, village, lack, reachable, money))
    return found


def _missing(ground: Ground, when: Ints, number: int, target: Promise) -> float | None:
    """How many more rupiah in a year let a schedule keep a target as well: of the cheapest way found on top of it."""
    wish, there = ground.wish, _built(when, number) | ground.alive[number]
    asked = wish.within(None, target_share=wish.targets[wish.span[number]])
    free = ground.may(number) & ((when < 0) | (when > number))  # what is planned for later may come sooner
    cost = np.where(there, 0.0, np.where(free, ground.cost, 2 * float(ground.cost.sum()) + 1.0))
    replay, found = chosen(ground.options[number], asked, cost, there.copy(), (target,))
    more = np.setdiff1d(found.chosen, np.flatnonzero(there))
    if not free[more].all() or replay.lacks((target,), found.chosen).max(initial=0.0) > HALF:
        return None
    after = when.copy()
    after[more] = number
    years = range(wish.years)
    bills, upkeep = [ground.bill(n, after) for n in years], [ground.owed(n, after) for n in years]
    return wish.purse.lacks(number, bills, upkeep)
