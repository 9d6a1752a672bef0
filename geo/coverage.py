"""The five states of every person: on premises, served, over capacity, out of reach, unmapped."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.distance import Floats, Ints, Pairs, nearest, pairs_in_reach
from geo.model import REPAIRABLE, STATES, Params
from geo.sharing import DUST, Sharing, order_of, rank_of
from geo.standards import Limits, capacities, is_improved, is_working, limits

#: Kinds of sanitation facility that people use; storage and treatment plants are not used by walking to them.
USED_KINDS = ("public_toilet", "shared_latrine", "communal_septic")


@dataclass(frozen=True, eq=False)
class Service:
    """One service on one set of places: who can use what, and how it was shared out.

    `pairs` are all pairs in reach of sites that count or would count once repaired, in order; `active` says which of
    them belong to sites that work. `sharing` is over the active pairs only.
    """

    name: str
    rule: Limits
    places: Floats
    people: Floats
    need: Floats
    sites: Floats
    ids: NDArray[np.object_]
    capacity: Floats
    working: NDArray[np.bool_]
    eligible: NDArray[np.bool_]
    pairs: Pairs
    active: NDArray[np.bool_]
    sharing: Sharing
    nearest_m: Floats


def site_id_column(service: str) -> str:
    """Name of the id column of a service's sites.

    Examples
    --------
    >>> site_id_column("water")
    'point_id'
    """
    return "point_id" if service == "water" else "facility_id"


def _xy(table: gpd.GeoDataFrame) -> Floats:
    return np.column_stack([table.geometry.x, table.geometry.y]) if len(table) else np.empty((0, 2))


def _eligible(sites: gpd.GeoDataFrame, service: str, rule: Limits) -> NDArray[np.bool_]:
    """Sites that serve once they work. A source of unknown protection counts, and is reported."""
    if service == "sanitation":
        return np.asarray(sites["kind"].isin(USED_KINDS), dtype=bool)
    if not rule.improved_only:
        return np.ones(len(sites), dtype=bool)
    return np.asarray(is_improved(sites).map(lambda value: value is not False), dtype=bool)


def best_case(service: Service, sites: gpd.GeoDataFrame, params: Params) -> Service:
    """Return the service as it would be if every site of unknown status worked."""
    working = is_working(sites["status"], params.season, unknown_works=True) & service.eligible
    if (working == service.working).all():
        return service
    active = working[service.pairs.site]
    sharing = Sharing.of(service.pairs.only(active), service.need, service.capacity)
    return replace(service, working=working, active=active, sharing=sharing)


def share_out(places: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, service: str, params: Params) -> Service:
    """Share the people of a service's places out over its working sites.

    Parameters
    ----------
    places
        From `geo.demand.demand_places`.
    sites
        `water_points` or `sanitation`.
    service
        ``water`` or ``sanitation``.
    params
        Standard, reach, season, capacity.
    """
    rule = limits(params, service)
    people = places["people"].to_numpy(dtype=float)
    own = places["piped_share" if service == "water" else "own_toilet_share"].to_numpy(dtype=float)
    known = np.where(np.isnan(people), 0.0, people)
    need = known - known * np.where(np.isnan(own), 0.0, own)
    eligible = _eligible(sites, service, rule)
    working = is_working(sites["status"], params.season) & eligible
    useful = working | (eligible & sites["status"].isin(REPAIRABLE).to_numpy(dtype=bool))
    capacity = capacities(sites, service, rule) if params.capacity else np.full(len(sites), np.inf)
    xy, site_xy = _xy(places), _xy(sites)
    ids = sites[site_id_column(service)].to_numpy(dtype=object)
    pairs = _ordered_pairs(xy, site_xy, useful, rule.reach_m / params.detour, places, ids)
    active = working[pairs.site]
    sharing = Sharing.of(pairs.only(active), need, capacity)
    _, metres = nearest(xy, site_xy[working])
    return Service(
        service,
        rule,
        xy,
        known,
        need,
        site_xy,
        ids,
        capacity,
        working,
        eligible,
        pairs,
        active,
        sharing,
        metres * params.detour,
    )


def _ordered_pairs(
    xy: Floats,
    site_xy: Floats,
    useful: NDArray[np.bool_],
    limit: float,
    places: gpd.GeoDataFrame,
    ids: NDArray[np.object_],
) -> Pairs:
    rows: Ints = np.flatnonzero(useful).astype(np.int64)
    found = pairs_in_reach(xy, site_xy[rows], limit)
    pairs = Pairs(found.place, rows[found.site], found.distance_m)
    order = order_of(pairs, rank_of(places["place_id"].to_numpy(dtype=object)), rank_of(ids))
    return Pairs(pairs.place[order], pairs.site[order], pairs.distance_m[order])


def place_states(places: gpd.GeoDataFrame, service: Service) -> pd.DataFrame:
    """Return the people of each place by state; the states of a place sum to its people.

    A place whose population is unknown has missing figures, not zeros.
    """
    left = np.where(service.sharing.left > DUST, service.sharing.left, 0.0)
    in_reach = np.zeros(len(places), dtype=bool)
    in_reach[service.pairs.place[service.active]] = True
    mapped = places["mapped"].to_numpy(dtype=bool)
    states = pd.DataFrame(
        {
            "on_premises": service.people - service.need,
            "served": service.need - left,
            "over_capacity": np.where(in_reach, left, 0.0),
            "out_of_reach": np.where(~in_reach & mapped, left, 0.0),
            "unmapped": np.where(~in_reach & ~mapped, left, 0.0),
        },
        index=places.index,
    )
    return states.where(places["people"].notna(), np.nan)


def with_gap(states: pd.DataFrame) -> pd.DataFrame:
    """Add `population`, `gap` and `share` (of people with service) to a table of states.

    Examples
    --------
    >>> row = pd.DataFrame([[1.0, 5.0, 1.0, 2.0, 1.0]], columns=list(STATES))
    >>> with_gap(row)[["population", "gap", "share"]].iloc[0].tolist()
    [10.0, 3.0, 0.6]
    """
    population = states[list(STATES)].sum(axis=1, min_count=len(STATES))
    gap = states["over_capacity"] + states["out_of_reach"]
    share = (states["on_premises"] + states["served"]) / population.where(population > 0)
    return states.assign(population=population, gap=gap, share=share)


def weighted_quantile(values: Floats, weights: Floats, share: float) -> float:
    """Smallest value that at least `share` of the weight does not exceed; NaN without weight.

    Examples
    --------
    >>> weighted_quantile(np.array([100.0, 900.0]), np.array([9.0, 1.0]), 0.9)
    100.0
    """
    keep = (weights > 0) & ~np.isnan(values)
    if not keep.any():
        return float("nan")
    order = np.argsort(values[keep], kind="stable")
    reached = np.cumsum(weights[keep][order])
    turn = int(np.searchsorted(reached, share * reached[-1] * (1 - 1e-12)))
    return float(values[keep][order][min(turn, len(order) - 1)])
