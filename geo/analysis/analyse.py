"""`analyse(inputs, params, changes) → Analysis`: the only way from data to maps, tables and files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.analysis.placed import codes_of, village_notices
from geo.analysis.replay import apply_changes, costs_of
from geo.coverage.conflicts import DOUBTS, conflicts, with_conflicts
from geo.coverage.demand import demand_places
from geo.coverage.facilities import emptying_of, needs_of_institutions
from geo.coverage.needs import ladder_figures, needs_of
from geo.coverage.standards import protection
from geo.coverage.states import (
    COUNTED,
    NOT_COUNTED,
    OWN_LEAST,
    OWN_MOST,
    Service,
    best_case,
    gap_of,
    in_season,
    share_out,
    state_arrays,
    why_not_counted,
    worst_case,
)
from geo.coverage.villages import SHARES, total_row, village_figures, village_rows
from geo.model.areas import area_mask, in_area, is_village_code, normalise_code
from geo.model.arrays import Floats
from geo.model.changes import Changes
from geo.model.errors import CallError
from geo.model.facts import facts
from geo.model.inputs import CODE_VERSION, Inputs
from geo.model.params import SEASONS, Params
from geo.model.per_version import per_version
from geo.model.results import Analysis, Notice
from geo.model.sites import REPAIRABLE, SAMPLE_SURVEY, SERVICES, STATES
from geo.model.tables import with_columns
from geo.priorities.costs import CostSheet
from geo.reach.elevation import read_elevation
from geo.reach.walking import Walk, ways_of


def analyse(inputs: Inputs, params: Params, changes: Changes = (), *, priorities: bool = True) -> Analysis:
    """Compute coverage and priorities.

    Everything is computed on the whole of the inputs, so people and points on both sides of a border count, and the
    rows of the area are reported.

    Parameters
    ----------
    inputs
        One data version.
    params
        Yardstick, reach, season, weights, area.
    changes
        From the forum's record, replayed in order.
    priorities
        False leaves the list of sites out (coverage alone is asked for).

    Raises
    ------
    CallError
        If the area has no village in these data, or a change names an unknown site.
    """
    inputs = apply_changes(inputs, changes)
    costs = costs_of(changes)
    check_area(inputs, params)
    places, notices = demand_places(inputs, assume_mapped=params.assume_mapped)
    sites, found = prepared_sites(inputs)
    ways = ways_of(inputs, params)
    services = {name: share_out(places, sites[name], name, params, ways) for name in SERVICES}
    best = {name: best_case(services[name], places, sites[name], params) for name in SERVICES}
    worst = {name: worst_case(services[name], places, sites[name], params) for name in SERVICES}
    seasons = {name: {s: in_season(services[name], sites[name], s) for s in SEASONS} for name in SERVICES}
    states_of = cache(partial(state_arrays, places))
    rows = village_rows(inputs, area=params.area, assume_mapped=params.assume_mapped)
    counted = places["counted"].to_numpy(dtype=float)
    figures = {
        name: village_figures(rows, counted, services[name], best[name], worst[name], seasons[name], states_of)
        for name in SERVICES
    }
    totals = {name: total_row(figures[name], rows, services[name], params) for name in SERVICES}
    lists = _lists(inputs, params, costs, places, sites, services) if priorities else []
    loads = {name: _load(services[name]) for name in SERVICES}
    emptying = emptying_of(inputs, as_of=params.as_of, season=params.season, detour=params.detour)
    water, facilities = with_columns(sites["water"], loads["water"]), sites["sanitation"]
    facilities = with_columns(facilities, loads["sanitation"] | emptying)
    ladders = ladder_figures(inputs, rows, places, sites["water"], params, ways)
    water, sanitation = _area_rows(water, params), _area_rows(facilities, params)
    notices = [
        *notices,
        *village_notices(inputs, params.area),
        *_site_notices(water, services["water"], inputs, places),
        *_no_heights(places, inputs, params),
    ]
    needed = needs_of_institutions(inputs, services["water"], params.detour)
    institutions = _area_rows(with_columns(placed_institutions(inputs), needed), params)
    if params.area is not None:
        found = found[found["point_id"].isin(set(water["point_id"]))].reset_index(drop=True)
    return Analysis(
        villages=with_columns(rows.table, figures["water"] | _of_sanitation(figures["sanitation"]) | ladders),
        places=_area_rows(_place_table(places, services, states_of), params),
        water_points=water.drop(columns=list(DOUBTS)),
        sanitation=sanitation,
        institutions=institutions,
        priorities=_concat(lists, inputs),
        totals=totals,
        notices=tuple(notice for notice in notices if _concerns(notice, params)),
        provenance=_provenance(inputs, params, changes) | {"reach_m": {n: s.rule.reach_m for n, s in services.items()}},
        conflicts=found,
        needs=needs_of(rows, ladders, sanitation, institutions, found)
        | {"not_listed": _not_listed(sites, services, params)},
        reach_areas={} if not isinstance(ways, Walk) else {n: _reached(s, ways) for n, s in services.items()},
    )


def _lists(
    inputs: Inputs,
    params: Params,
    costs: CostSheet,
    places: pd.DataFrame,
    sites: Mapping[str, gpd.GeoDataFrame],
    services: Mapping[str, Service],
) -> list[gpd.GeoDataFrame]:
    """The priorities of each service; what ranks them is loaded where a list is asked for."""
    from geo.priorities.candidates import Candidates
    from geo.priorities.ranking import priorities_of

    return [
        priorities_of(Candidates.of(services[name], sites[name], places, inputs.institutions, params, costs))
        for name in SERVICES
    ]


def _not_listed(
    sites: Mapping[str, gpd.GeoDataFrame], services: Mapping[str, Service], params: Params
) -> dict[str, dict[str, int]]:
    """Sites of the area that need a repair and are in no list, since the standard never counts them: how many, why."""
    found = {}
    for name, service in services.items():
        rows = sites[name]
        asked = area_mask(rows["village_code"], params.area) & rows["status"].isin(REPAIRABLE).to_numpy(dtype=bool)
        reasons = why_not_counted(rows[asked], name, service.rule)
        found[name] = {reason: int((reasons == reason).sum()) for reason in NOT_COUNTED if (reasons == reason).any()}
    return found


def _reached(service: Service, ways: Walk) -> shapely.Geometry:
    """The ground from which a working site can be reached within the standard's round trip on foot."""
    return ways.area(service.sites[service.working], service.rule.reach_m)


@per_version
def prepared_sites(inputs: Inputs) -> tuple[dict[str, gpd.GeoDataFrame], pd.DataFrame]:
    """Return the sites of each service with their village and what stands too near, and the list of conflicts."""
    found = conflicts(inputs.water_points, inputs.sanitation)
    water = inputs.water_points.assign(village_code=codes_of(inputs, "water_points")[0])
    facilities = inputs.sanitation.assign(village_code=codes_of(inputs, "sanitation")[0])
    return {"water": with_conflicts(water, found, inputs.sanitation), "sanitation": facilities}, found


@per_version
def placed_institutions(inputs: Inputs) -> gpd.GeoDataFrame:
    """Return the institutions with their village."""
    return inputs.institutions.assign(village_code=codes_of(inputs, "institutions")[0])


def check_area(inputs: Inputs, params: Params) -> None:
    """Refuse an area without a village in these data."""
    if params.area is not None and not area_mask(inputs.villages["village_code"], params.area).any():
        if all(map(is_village_code, inputs.villages["village_code"].dropna())):
            normalise_code(params.area)  # where codes are the ministry's, what is none is told as such
        raise CallError("error.area_without_data", value=params.area)


def _of_sanitation(figures: Mapping[str, Floats]) -> dict[str, Floats]:
    """What stands of sanitation beside the figures of water."""
    return {f"sanitation_{name}": figures[name] for name in (*STATES, "gap", *SHARES)}


def _place_table(
    places: gpd.GeoDataFrame, services: Mapping[str, Service], states_of: Callable[[Service], Floats]
) -> gpd.GeoDataFrame:
    water, sanitation = states_of(services["water"]), states_of(services["sanitation"])
    columns: dict[str, Any] = dict(zip(STATES, water.T, strict=True)) | gap_of(water)
    columns |= {f"sanitation_{name}": people for name, people in zip(STATES, sanitation.T, strict=True)}
    columns |= {"nearest_m": services["water"].nearest_m, "state": _main_state(water)}
    shown = places.drop(columns=[*OWN_LEAST.values(), *OWN_MOST.values(), *COUNTED.values()])
    return with_columns(shown, columns | {"sanitation_state": _main_state(sanitation)})


def _main_state(states: Floats) -> NDArray[np.object_]:
    """The state most people of a place are in (of equals the worse); "none" where the population is unknown or 0."""
    people = np.nan_to_num(states)
    main: NDArray[np.object_] = np.array(STATES[::-1], dtype=object)[people[:, ::-1].argmax(axis=1)]
    main[~(people.sum(axis=1) > 0)] = "none"
    return main


def _load(service: Service) -> dict[str, Any]:
    """`working`, `eligible`, `capacity` (people; missing = not limited) and `load_people` of each site."""
    load = np.bincount(service.sharing.pairs.site, weights=service.sharing.flow, minlength=len(service.ids))
    capacity = np.where(np.isfinite(service.capacity), service.capacity, np.nan)
    return {
        "working": service.working,
        "eligible": service.eligible,
        "capacity": capacity,
        "load_people": load.astype(float),
    }


def _area_rows(table: gpd.GeoDataFrame, params: Params) -> gpd.GeoDataFrame:
    if params.area is None:
        return table
    return table[area_mask(table["village_code"], params.area)].reset_index(drop=True)


def _site_notices(water: gpd.GeoDataFrame, service: Service, inputs: Inputs, places: gpd.GeoDataFrame) -> list[Notice]:
    """What is assumed about points that say too little: counted, so that it can be reported."""
    found = {
        "problem.unlimited_capacity": water["working"] & water["capacity"].isna(),
        "problem.unknown_status": water["status"] == "unknown",
    }
    if service.rule.separated:
        found["problem.conflict"] = water["conflict_m"].notna()
    if service.rule.improved_only:
        improved, unimproved = protection(water)
        found["problem.unknown_improved"] = pd.Series(~(improved | unimproved), index=water.index)
    notices = [
        Notice(key, "water_points", tuple(water.loc[hit.astype(bool), "point_id"]), {"count": int(hit.sum())})
        for key, hit in found.items()
        if hit.any()
    ]
    missing = inputs.villages["population"].isna()
    if missing.any():
        peopled = set(places.loc[places["people"].notna(), "village_code"])
        bare = missing & ~inputs.villages["village_code"].isin(peopled)
        if bare.any():
            codes = tuple(inputs.villages.loc[bare, "village_code"])
            notices.append(Notice("problem.no_population", "villages", codes, {"count": len(codes)}))
    return notices


def _no_heights(places: gpd.GeoDataFrame, inputs: Inputs, params: Params) -> list[Notice]:
    """People whose walk is taken as flat, or as straight, since the heights do not reach them."""
    if params.metric != "walk" or inputs.elevation is None or places.empty:
        return []
    heights = read_elevation(inputs.elevation)
    missing = np.isnan(heights.at(np.column_stack([places.geometry.x, places.geometry.y])))
    if not missing.any():
        return []
    people = float(places.loc[missing, "people"].sum())
    ids = tuple(sorted(set(places.loc[missing, "village_code"].dropna())))
    return [Notice("problem.no_heights", "settlements", ids, {"count": int(missing.sum()), "people": people})]


def _concerns(notice: Notice, params: Params) -> bool:
    if params.area is None or notice.table in ("water_points", "sanitation", "buildings"):
        return True
    return any(in_area(code, params.area) for code in notice.ids)


def _concat(lists: list[pd.DataFrame], inputs: Inputs) -> gpd.GeoDataFrame:
    if not lists:
        return gpd.GeoDataFrame(geometry=[], crs=inputs.villages.crs)
    filled = [part for part in lists if len(part)] or lists[:1]
    return gpd.GeoDataFrame(pd.concat(filled, ignore_index=True), geometry="geometry", crs=inputs.villages.crs)


@per_version
def sample_tables(inputs: Inputs) -> tuple[str, ...]:
    """Name the tables that hold sample rows, or (villages) sample survey columns."""
    tables = inputs.tables().items()
    found = tuple(name for name, table in tables if any(map(is_sample_source, table["data_source"].unique())))
    return (*found, "elevation") if inputs.sample_heights else found


def is_sample_source(source: object) -> bool:
    return isinstance(source, str) and (source == "sample" or source.endswith(SAMPLE_SURVEY))


@per_version
def _origin(inputs: Inputs) -> dict[str, Any]:
    """What a data version says of where it comes from."""
    sources = set().union(*(table["data_source"].dropna().unique() for table in inputs.tables().values()))
    return {
        "data_sources": sorted(str(source) for source in sources),
        "sample": bool(sample_tables(inputs)),
        "sample_tables": sample_tables(inputs),
        "estimated_population": bool(inputs.villages["population_estimated"].fillna(False).astype(bool).any()),
    }


def _provenance(inputs: Inputs, params: Params, changes: Changes) -> dict[str, Any]:
    entry = facts("standards")[params.standard]
    return {
        "version": inputs.version,
        "sources": dict(inputs.sources),
        **_origin(inputs),
        "standard_source": entry["source"],
        "standard_verified": bool(entry["verified"]),
        "params": params,
        "changes": changes,
        "code_version": CODE_VERSION,
    }
