"""What a plan may choose from: repairs, upgrades of overloaded points, new points and toilets where the gap is.

Every choice is a site that does not work yet: a broken one, a second one beside a full one (an upgrade is as if its
capacity stood twice in one place), or a new one at a place with a gap. So coverage, gains and plans need one engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.analysis.analyse import check_area, prepared_sites
from geo.analysis.replay import apply_changes, costs_of, new_row, with_rows
from geo.coverage.conflicts import separation_m
from geo.coverage.demand import demand_places
from geo.coverage.states import Service, share_out
from geo.model.areas import area_mask
from geo.model.arrays import Floats, Ints
from geo.model.changes import ACTIONS, Change, Changes, NewSite, Upgrade
from geo.model.errors import CallError
from geo.model.facts import facts
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.model.sites import kind_column, site_id_column, xy_of
from geo.priorities.candidates import Candidates
from geo.priorities.costs import CostLine, CostSheet, cost_name
from geo.reach.distance import pairs_in_reach
from geo.reach.walking import ways_of

#: Fewer people left than this are no reason for a new point; candidate places keep this share of the reach apart.
MIN_PEOPLE, APART = 15.0, 0.25
#: Rings around a place's middle on which a new site may stand instead, metres; what is added to the rule's distance.
_RINGS_M, _MARGIN_M = (15.0, 30.0, 60.0), 1.0
_METRES_A_DEGREE = 111_320.0
#: Ends the id of an upgrade's row, so that it comes right after its point in every order.
_UPGRADE = "\x01"
_COLUMNS = (
    "service",
    "number",
    "action",
    "site_id",
    "technology",
    "village_code",
    "place",
    "lat",
    "lon",
    "cost_idr",
    "yearly_idr",
    "upkeep_idr",
    "units",
    "capacity_people",
    "cost_estimated",
)


@dataclass(frozen=True, eq=False)
class Options:
    """All choices: candidates by service, and `table` with one row per choice (columns `_COLUMNS`).

    `without_cost` counts sites left out because nobody knows their cost.
    """

    lists: Mapping[str, Candidates]
    table: pd.DataFrame
    params: Params
    actions: tuple[str, ...]
    without_cost: int

    @cached_property
    def poor_share(self) -> dict[str, np.ndarray]:
        """Share of poor people of each place, by service; 0 where nobody knows it."""
        return {name: c.places["poor_share"].fillna(0.0).to_numpy(dtype=float) for name, c in self.lists.items()}


def options_of(
    inputs: Inputs,
    params: Params,
    changes: Changes = (),
    *,
    actions: Sequence[str] = ("repair",),
    technology: Mapping[str, str] | None = None,
) -> Options:
    """Collect what a plan for the area may choose from.

    Parameters
    ----------
    inputs, params, changes
        As for `geo.analysis.analyse.analyse`.
    actions
        Of `geo.model.changes.ACTIONS`.
    technology
        What is built by ``new``, ``latrine``, ``mck``; the cost sheet's choice unless given.

    Raises
    ------
    CallError
        If an action is not known, or the sheet has no cost for what is to be built.
    """
    for action in actions:
        if action not in ACTIONS:
            raise CallError("error.option", name="--actions", value=action, known=", ".join(ACTIONS))
    costs = costs_of(changes)
    inputs = apply_changes(inputs, changes)
    check_area(inputs, params)
    places, _ = demand_places(inputs, assume_mapped=params.assume_mapped)
    ways = ways_of(inputs, params)
    built = dict(facts("costs")["new_technology"]) | dict(technology or {})
    lists: dict[str, Candidates] = {}
    rows: list[dict[str, Any]] = []
    without = 0
    tables = prepared_sites(inputs)[0]
    stand = {name: xy_of(table) for name, table in tables.items()}
    for name, prepared in tables.items():
        sites = prepared
        service = share_out(places, sites, name, params, ways)
        others = np.vstack([np.empty((0, 2)), *(xy for other, xy in stand.items() if other != name)])
        added = _proposed(service, sites, places, params, costs, actions, built, others)
        if added:
            stand[name] = np.vstack([stand[name], xy_of(with_rows(sites.head(0), [one["row"] for one in added]))])
            sites = with_rows(sites, [entry["row"] for entry in added])
            service = share_out(places, sites, name, params, ways)
        c = Candidates.of(service, sites, places, inputs.institutions, params, costs)
        lists[name] = c
        mine, bare = _table(c, {entry["row"][site_id_column(name)]: entry for entry in added}, actions)
        rows += mine
        without += bare
    return Options(lists, pd.DataFrame(rows, columns=list(_COLUMNS)), params, tuple(actions), without)


def _proposed(
    service: Service,
    sites: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    params: Params,
    costs: CostSheet,
    actions: Sequence[str],
    built: Mapping[str, str],
    others: Floats,
) -> list[dict[str, Any]]:
    """What may be built for a service; `others` are where sites of the other one stand or are proposed."""
    found: list[dict[str, Any]] = []
    if "upgrade" in actions:
        found += _upgrades(service, sites, params, costs)
    for action in actions:
        if ACTIONS[action] == service.name:
            found += _new_sites(service, places, params, costs, action, built[action], set(service.ids), others)
    return found


def _upgrades(service: Service, sites: gpd.GeoDataFrame, params: Params, costs: CostSheet) -> list[dict[str, Any]]:
    """A second one beside each working point of limited capacity whose people are left over."""
    left = service.sharing.left[service.pairs.place] > MIN_PEOPLE / 2
    full = np.zeros(len(sites), dtype=bool)
    full[service.pairs.site[service.active & left]] = True
    full &= service.working & np.isfinite(service.capacity) & area_mask(sites["village_code"], params.area)
    kind, id_column = _names(service.name)
    found = []
    for row in np.flatnonzero(full).tolist():
        technology, site_id = str(sites[kind].iloc[row]), str(service.ids[row])
        line = costs.line("upgrade", technology)
        if line is None or line.capacity_people is None:
            continue
        shape = sites.geometry.iloc[row]
        site = NewSite(
            service.name, site_id, technology, shape.x, shape.y, line.capacity_people, sites["village_code"].iloc[row]
        )
        entry = new_row(site) | {id_column: site_id + _UPGRADE, "status": "non_functional"}
        if service.name == "water":
            entry["improved"] = sites["improved"].iloc[row]
        found.append({"row": entry, "action": "upgrade", "line": line, "units": 1, "place": None})
    return found


def _new_sites(
    service: Service,
    places: gpd.GeoDataFrame,
    params: Params,
    costs: CostSheet,
    action: str,
    technology: str,
    taken: set[Any],
    others: Floats,
) -> list[dict[str, Any]]:
    """Places worth a new one: those with most people in a gap, a quarter of the reach apart.

    It stands beside the middle of its place where a site of the other service would be too near: no plan builds a
    latrine that spoils a well, nor a well beside a latrine.
    """
    line = costs.line(action, technology)
    if line is None:
        raise CallError("error.no_cost_line", action=action, technology=technology)
    left = np.where(area_mask(places["village_code"], params.area), service.sharing.left, 0.0)
    worth = np.flatnonzero(left >= MIN_PEOPLE)
    worth = worth[np.lexsort((places["place_id"].to_numpy(dtype=str)[worth], -left[worth]))]
    if action == "new":
        worth = _apart(service.places[worth], worth, service.rule.reach_m * APART)
    found = []
    for i in worth.tolist():
        site_id = f"{action}-{places['place_id'].iloc[i]}"
        if site_id in taken:
            continue
        each = line.capacity_people
        units = max(1, int(np.ceil(left[i] / each))) if each is not None and action != "new" else 1
        capacity = None if each is None else each * units
        lon, lat = service.places[i].tolist()
        beside = _clear(lon, lat, others)
        if beside is None:
            continue
        lon, lat = beside
        site = NewSite(service.name, site_id, technology, lon, lat, capacity, places["village_code"].iloc[i])
        entry = new_row(site) | {"status": "non_functional", "name": places["name"].iloc[i]}
        found.append({"row": entry, "action": action, "line": line, "units": units, "place": places["name"].iloc[i]})
    return found


def _clear(lon: float, lat: float, others: Floats) -> tuple[float, float] | None:
    """The nearest spot, of the middle and rings around it, that keeps the rule's distance; None: none of them does."""
    least = separation_m() + _MARGIN_M
    metres = np.array([_METRES_A_DEGREE * np.cos(np.radians(lat)), _METRES_A_DEGREE])
    away = (others - (lon, lat)) * metres
    away = away[np.hypot(*away.T) < least + _RINGS_M[-1]]
    for ring in (0.0, *_RINGS_M):
        for turn in np.linspace(0.0, 2 * np.pi, 8, endpoint=False) if ring else (0.0,):
            step = ring * np.array([np.sin(turn), np.cos(turn)])
            if not len(away) or float(np.hypot(*(away - step).T).min()) > least:
                east, north = (step / metres).tolist()
                return lon + east, lat + north
    return None


def _apart(xy: np.ndarray, positions: Ints, metres: float) -> Ints:
    """Keep the first of every two that are nearer to each other than so many metres."""
    near = pairs_in_reach(xy, xy, metres)
    beside: dict[int, list[int]] = {}
    for a, b in zip(near.place.tolist(), near.site.tolist(), strict=True):
        beside.setdefault(a, []).append(b)
    kept = np.zeros(len(positions), dtype=bool)
    for n in range(len(positions)):
        kept[n] = not any(kept[m] for m in beside.get(n, []) if m != n)
    return positions[kept]


def _names(service: str) -> tuple[str, str]:
    return kind_column(service), site_id_column(service)


def _table(
    c: Candidates, added: Mapping[str, dict[str, Any]], actions: Sequence[str]
) -> tuple[list[dict[str, Any]], int]:
    """One row per choice of a service, and how many were left out for want of a cost."""
    name = c.service.name
    kind, _ = _names(name)
    sites = c.sites.iloc[c.rows]
    costs = c.costs.repair_idr(sites, kind)
    inside = area_mask(sites["village_code"], c.params.area)
    rows: list[dict[str, Any]] = []
    without = 0
    values = zip(c.index, sites[kind], sites["village_code"], sites["rehab_cost_idr"].isna(), strict=True)
    for n, (site_id, technology, village, estimated) in enumerate(values):
        entry = added.get(site_id)
        if entry is None and ("repair" not in actions or c.works_already[n] or not inside[n]):
            continue
        line: CostLine | None = entry["line"] if entry else c.costs.line("repair", cost_name(name, technology))
        units = entry["units"] if entry else 1
        cost = entry["line"].cost_idr * units if entry else float(costs[n])
        if np.isnan(cost):
            without += 1
            continue
        capacity = float(c.service.capacity[c.rows[n]])
        lon, lat = c.service.sites[c.rows[n]].tolist()
        upkeep = np.nan if line is None else (line.upkeep_idr + line.major_idr) * units
        yearly = np.nan if line is None else cost / line.life_years + upkeep
        rows.append(
            {
                "service": name,
                "number": n,
                "action": entry["action"] if entry else "repair",
                "site_id": str(site_id).removesuffix(_UPGRADE),
                "technology": technology,
                "village_code": village,
                "place": entry["place"] if entry else None,
                "lat": lat,
                "lon": lon,
                "cost_idr": cost,
                "yearly_idr": yearly,
                "upkeep_idr": upkeep,
                "units": units,
                "capacity_people": capacity if np.isfinite(capacity) else None,
                "cost_estimated": True if entry else bool(estimated),
            }
        )
    return rows, without


def change_of(row: Mapping[str, Any]) -> Change | Upgrade | NewSite:
    """Return the change that carrying out a choice makes."""
    if row["action"] == "repair":
        return Change(row["service"], row["site_id"], "functional")
    if row["action"] == "upgrade":
        return Upgrade(row["service"], row["site_id"], float(row["capacity_people"]))
    people = row["capacity_people"]
    return NewSite(
        row["service"],
        row["site_id"],
        row["technology"],
        float(row["lon"]),
        float(row["lat"]),
        None if people is None or people != people else float(people),
        row["village_code"],
    )
