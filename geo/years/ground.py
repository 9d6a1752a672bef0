"""The ground of each year: the same choices, people as they have grown, points that are at the end of their life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.analysis.placed import codes_of
from geo.analysis.replay import apply_changes, costs_of
from geo.coverage.standards import is_working
from geo.coverage.states import share_out
from geo.model.areas import area_mask
from geo.model.arrays import Bools, Floats, Ints
from geo.model.changes import Changes, CostChange
from geo.model.errors import CallError
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.model.sites import SERVICES, kind_column, site_id_column
from geo.planning.by_replay import Promise, Replay, promises_of
from geo.planning.options import Options, options_of
from geo.planning.plans import replay_of
from geo.priorities.candidates import Candidates
from geo.priorities.costs import CostSheet, cost_name
from geo.years.wish import YearWish

#: Tables whose rows are built and age.
_BUILT = {"water": "water_points", "sanitation": "sanitation"}
#: The number of a year that never comes: of choices that nobody promised.
NEVER = 10_000


@dataclass(frozen=True, eq=False)
class Ground:
    """The choices of all years and what they are worth in each.

    `options` of each year have the same rows; `alive` (years, rows) tells which of them still work by themselves in a
    year; `standing_idr` is the upkeep of what works now and still works in each year, in the first year's prices, and
    `standing_unknown` the number of sites for which nobody knows it; `worn_out` how many points reach the end of their
    life in each year. `asked` are the actions that may be carried out.
    """

    wish: YearWish
    options: tuple[Options, ...]
    alive: np.ndarray
    standing_idr: tuple[float, ...]
    standing_unknown: int
    worn_out: tuple[int, ...]
    asked: tuple[str, ...]

    @property
    def table(self) -> pd.DataFrame:
        """The choices."""
        return self.options[0].table

    @cached_property
    def cost(self) -> Floats:
        """Rupiah of each choice, in the first year's prices."""
        return np.asarray(self.table["cost_idr"], dtype=float)

    @cached_property
    def upkeep(self) -> Floats:
        """Rupiah a year to keep each choice going once it is built; 0 where nobody knows it."""
        return np.asarray(self.table["upkeep_idr"].fillna(0.0), dtype=float)

    @cached_property
    def due(self) -> Ints:
        """Number of the year (from 0) to which each choice was promised; -1: to any; `NEVER`: to none."""
        found = np.full(len(self.table), NEVER, dtype=np.int64)
        ids = self.table["site_id"].to_numpy(dtype=object)
        for site_id, year in self.wish.committed.items():
            mine = ids == site_id
            if not mine.any():
                raise CallError("error.not_a_choice", site_id=site_id)
            found[mine] = -1 if year is None else year - self.wish.first
        return found

    def must(self, number: int) -> Bools:
        """Choices that are in by the end of a year: promised to it or to one before; all promised in the last."""
        last = number == self.wish.years - 1
        return np.asarray((self.due >= 0) & (self.due <= number) | (last & (self.due == -1)), dtype=bool)

    def may(self, number: int) -> Bools:
        """Choices that may be carried out in a year: neither working by themselves nor promised to another year."""
        free = (self.due == NEVER) | (self.due == -1) | (self.due == number)
        return np.asarray(free & self._asked & ~self.alive[number], dtype=bool)

    @cached_property
    def ever(self) -> Bools:
        """Choices that may be carried out in any year."""
        return np.asarray(np.any([self.may(number) for number in range(self.wish.years)], axis=0), dtype=bool)

    @cached_property
    def _asked(self) -> Bools:
        return np.asarray(self.table["action"].isin(self.asked), dtype=bool)

    def replay(self, number: int) -> Replay:
        """The engine's own sharing in a year."""
        return replay_of(self.options[number], self.wish.within(0.0))

    @cached_property
    def base(self) -> Floats:
        """Worth of what still works by itself, each year."""
        return np.array([self.replay(number).worth(np.flatnonzero(row)) for number, row in enumerate(self.alive)])

    def worth(self, number: int, built: Bools) -> float:
        """Worth of what was built by the end of a year, more than nothing built."""
        rows = np.flatnonzero(built | self.alive[number]).astype(np.int64)
        return self.replay(number).worth(rows) - float(self.base[number])

    def adds(self, number: int, built: Bools, row: int) -> float:
        """Worth of a row in a year beside what is built, itself left out: its own part of the ground tells."""
        replay = self.replay(number)
        part = int(replay.part_of[row])
        mine = replay.parts[part][1]
        there = mine[(built | self.alive[number])[mine] & (mine != row)].tolist()
        return replay.value(part, tuple(sorted((*there, row)))) - replay.value(part, tuple(there))

    def total(self, when: Ints) -> float:
        """Worth over all years of a schedule: the number of the year of each choice, -1 for never."""
        return sum(self.worth(number, (when >= 0) & (when <= number)) for number in range(self.wish.years))

    def bill(self, number: int, when: Ints) -> float:
        """Rupiah of a year's actions, in its own prices."""
        return float(self.cost[when == number].sum()) * self.wish.prices(number)

    def owed(self, number: int, when: Ints) -> float:
        """Rupiah of upkeep to be paid out of a year's money, in its own prices; nothing where that is not asked."""
        if not self.wish.pay_upkeep:
            return 0.0
        built = float(self.upkeep[(when >= 0) & (when < number)].sum())
        return (self.standing_idr[number] + built) * self.wish.prices(number)

    def pays(self, when: Ints) -> bool:
        """Whether the money of each year pays for a schedule."""
        years = range(self.wish.years)
        bills, upkeep = [self.bill(n, when) for n in years], [self.owed(n, when) for n in years]
        return self.wish.purse.pays(bills, upkeep)

    @cached_property
    def reachable(self) -> Floats:
        """The most that can have been spent on actions by the end of each year, in the first year's prices."""
        wish, total, found = self.wish, np.zeros(self.wish.years), []
        for number in range(wish.years):
            owed = self.standing_idr[number] * wish.prices(number) if wish.pay_upkeep else 0.0
            fleeting, lasting = wish.purse.fleeting(number), wish.purse.lasting(number)
            over = max(owed - fleeting, 0.0)
            found.append((max(fleeting - owed, 0.0), max(lasting - over, 0.0)))
        for number in range(wish.years):
            for year, (fleeting, lasting) in enumerate(found[: number + 1]):
                cheapest = min(wish.prices(later) for later in range(year, number + 1))
                total[number] += fleeting / wish.prices(year) + lasting / cheapest
        return total

    def lack(self, when: Ints) -> float:
        """By how many people a schedule misses what was promised, all years together."""
        return float(self.lacking(when).sum())

    def lacking(self, when: Ints) -> Floats:
        """By how many people a schedule misses what was promised to the end of each year."""
        found = np.zeros(self.wish.years)
        for number in range(self.wish.years):
            if promises := self.promises(number):
                built = (when >= 0) & (when <= number)
                found[number] = self.replay(number).lacks(promises, np.flatnonzero(built | self.alive[number])).sum()
        return found

    def promises(self, number: int, *, untouched: bool = False) -> tuple[Promise, ...]:
        """What was promised to the end of a year, in people to be gained; or what no choice touches."""
        year, wish = self.wish.span[number], self.wish
        asked = []
        if year in wish.targets:
            asked.append(wish.within(None, target_share=wish.targets[year]))
        if year in wish.floors:
            asked.append(wish.within(0.0, floor_share=wish.floors[year]))
        return tuple(p for one in asked for p in promises_of(self.options[number], one, untouched=untouched))


def ground_of(
    inputs: Inputs,
    params: Params,
    wish: YearWish,
    changes: Changes = (),
    *,
    actions: Sequence[str] = ("repair",),
    technology: Mapping[str, str] | None = None,
) -> Ground:
    """Collect the choices of all years.

    Parameters
    ----------
    inputs, params, changes, actions, technology
        As for `geo.planning.options.options_of`.
    wish
        The years and what is assumed of them.
    """
    inputs = apply_changes(inputs, changes)
    sheet = costs_of(changes)
    standing, unknown = _standing(inputs, params, sheet)
    ends: dict[tuple[str, str], int] = {}
    gone = np.zeros(wish.years)
    if wish.wear:
        inputs, ends, gone = _worn(inputs, params, wish, sheet)
    choices = tuple(dict.fromkeys((*actions, "repair"))) if ends else tuple(actions)
    costs = tuple(change for change in changes if isinstance(change, CostChange))
    first = options_of(inputs, params, costs, actions=choices, technology=technology)
    keys = zip(first.table["service"], first.table["site_id"], first.table["action"], strict=True)
    last = np.array([ends.get((service, site), -1) if action == "repair" else -1 for service, site, action in keys])
    alive = np.array([last >= number for number in range(wish.years)]).reshape(wish.years, len(first.table))
    years = [first if wish.people(number) == 1 else _grown(first, wish.people(number)) for number in range(wish.years)]
    worn = tuple(sum(1 for end in ends.values() if end + 1 == number) for number in range(wish.years))
    by_year = tuple((standing - gone).tolist())
    return Ground(wish, tuple(years), alive, by_year, unknown, worn, tuple(actions))


def _standing(inputs: Inputs, params: Params, sheet: CostSheet) -> tuple[float, int]:
    """Upkeep and major maintenance of what works in the area, rupiah a year, and for how many nobody knows them."""
    total, unknown = 0.0, 0
    for service in SERVICES:
        sites = _sites(inputs, service)
        works = is_working(sites["status"], params.season) & _inside(inputs, service, params)
        for technology in sites[kind_column(service)][works]:
            line = sheet.line("repair", cost_name(service, technology))
            total += 0.0 if line is None else line.upkeep_idr + line.major_idr
            unknown += line is None
    return total, unknown


def _inside(inputs: Inputs, service: str, params: Params) -> Bools:
    """Which sites belong to the area: by the village that they lie in, as everywhere else."""
    return area_mask(codes_of(inputs, _BUILT[service])[0], params.area)


def _sites(inputs: Inputs, service: str) -> gpd.GeoDataFrame:
    table: gpd.GeoDataFrame = getattr(inputs, _BUILT[service])
    return table


def _worn(
    inputs: Inputs, params: Params, wish: YearWish, sheet: CostSheet
) -> tuple[Inputs, dict[tuple[str, str], int], Floats]:
    """Water points of the area whose life ends within the years are choices; the last year (from 0) each still works.

    Also the upkeep that each year no longer has for them. Life is the sheet's for a new one of the technology, else for
    a repair. A point whose year of building, life or cost of repair is unknown, or that has outlived its life already,
    is not expected to stop.
    """
    sites = inputs.water_points.copy()
    works = is_working(sites["status"], params.season) & _inside(inputs, "water", params)
    built = pd.to_numeric(sites["installed_year"], errors="coerce").to_numpy(dtype=float)
    ends: dict[tuple[str, str], int] = {}
    rows, gone = [], np.zeros(wish.years)
    costs = sheet.repair_idr(sites, "technology")
    for row in np.flatnonzero(works & ~np.isnan(built) & ~np.isnan(costs)).tolist():
        technology = sites["technology"].iloc[row]
        line = sheet.line("new", technology) or sheet.line("repair", technology)
        if line is None:
            continue
        stops = int(built[row] + line.life_years) - wish.first  # the number of the first year without it
        if 0 <= stops < wish.years:
            ends["water", str(sites[site_id_column("water")].iloc[row])] = stops - 1
            rows.append(row)
            kept = sheet.line("repair", technology)
            gone[stops:] += 0.0 if kept is None else kept.upkeep_idr + kept.major_idr
    status = sites["status"].to_numpy(dtype=object).copy()
    status[rows] = "non_functional"
    return replace(inputs, water_points=sites.assign(status=status)), ends, gone


def _grown(options: Options, factor: float) -> Options:
    """The same choices with more people at every place."""
    return replace(options, lists={name: _grown_list(c, factor) for name, c in options.lists.items()})


def _grown_list(c: Candidates, factor: float) -> Candidates:
    places = c.places.assign(people=c.places["people"] * factor)
    service = share_out(places, c.sites, c.service.name, c.params, c.service.ways, c.service.piece, c.service.rule)
    return Candidates.of(service, c.sites, places, c.institutions, c.params, c.costs)
