"""The five states of every person: on premises, served, over capacity, out of reach, unmapped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage.sharing import DUST, Sharing, in_order
from geo.coverage.standards import Limits, capacities, is_working, limits, protection
from geo.model.arrays import Floats, Ints
from geo.model.params import Params
from geo.model.sites import REPAIRABLE, STATES, site_id_column, xy_of
from geo.reach.distance import Line, Pairs, Ways
from geo.reach.threads import taken

#: Kinds of sanitation facility that people use; storage and treatment plants are not used by walking to them.
USED_KINDS = ("public_toilet", "shared_latrine", "communal_septic")
#: Why a standard never counts a site (`why_not_counted`).
NOT_COUNTED = ("unimproved", "near_storage", "not_used", "unknown_kind")
#: Columns of places: the share of people with the service at home, the least and the most it can be (`village_shares`).
OWN = {"water": "piped_share", "sanitation": "own_toilet_share"}
OWN_LEAST = {"water": "piped_least", "sanitation": "own_toilet_least"}
#: Whether whoever is not told to have it at home is known not to.
COUNTED = {"water": "piped_counted", "sanitation": "toilets_counted"}
OWN_MOST = {"water": "piped_most", "sanitation": "own_toilet_most"}


@dataclass(frozen=True, eq=False)
class Piece:
    """A piece of a larger ground: how far around each site all places are there, and metres to the nearest of all."""

    edge_m: Floats
    nearest_m: Callable[[Floats], Floats]


@dataclass(frozen=True, eq=False)
class Service:
    """One service on one set of places: who can use what, and how it was shared out.

    `pairs` are all pairs in reach of sites that count or would count once repaired, in order; `active` says which of
    them belong to sites that work. `sharing` is over the active pairs only. `ways` tell how far it is.
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
    ways: Ways = field(default_factory=Line)
    piece: Piece | None = None


def eligible_sites(sites: pd.DataFrame, service: str, rule: Limits) -> NDArray[np.bool_]:
    """Sites that serve once they work. A source of unknown protection counts, and is reported."""
    return _none_of(_refused(sites, service, rule), len(sites))


def why_not_counted(sites: pd.DataFrame, service: str, rule: Limits) -> NDArray[np.object_]:
    """Why a standard never counts a site, repaired or not; None where it does.

    ``not_used``: a kind that nobody walks to; ``unknown_kind``: nobody stated it; ``unimproved``: a source that is not
    protected, where the standard asks for it; ``near_storage``: within 10 m of excreta storage, where it asks for that.

    Parameters
    ----------
    sites
        `water_points` with `conflict_m`, or `sanitation`.
    service
        ``water`` or ``sanitation``.
    rule
        Of the standard.

    Examples
    --------
    >>> sites = pd.DataFrame({"kind": ["public_toilet", "treatment_plant"]})
    >>> why_not_counted(sites, "sanitation", Limits(250.0, False, (), None)).tolist()
    [None, 'not_used']
    """
    reason = np.full(len(sites), None, dtype=object)
    for name, refused in reversed(_refused(sites, service, rule).items()):
        reason[refused] = name
    return reason


def _refused(sites: pd.DataFrame, service: str, rule: Limits) -> dict[str, NDArray[np.bool_]]:
    """Sites that a standard never counts, by reason, the foremost first."""
    if service == "sanitation":
        used, unknown = sites["kind"].isin(USED_KINDS), sites["kind"] == "unknown"
        return {
            "unknown_kind": np.asarray(unknown, dtype=bool),
            "not_used": ~np.asarray(used | unknown, dtype=bool),
        }
    refused = {}
    if rule.improved_only:
        refused["unimproved"] = protection(sites)[1]
    if rule.separated and "conflict_m" in sites:
        refused["near_storage"] = sites["conflict_m"].notna().to_numpy(dtype=bool)
    return refused


def possible_sites(sites: pd.DataFrame, service: str, rule: Limits) -> NDArray[np.bool_]:
    """Sites that may serve once they work, for all that is known of them: a facility of unknown kind may be walked to,
    one beside a well may be on a sewer.
    """
    if service == "sanitation":
        return np.asarray(sites["kind"].isin((*USED_KINDS, "unknown")), dtype=bool)
    refused = _refused(sites, service, rule)
    if "near_storage" in refused and "conflict_sure" in sites:
        refused["near_storage"] = sites["conflict_sure"].to_numpy(dtype=bool)
    return _none_of(refused, len(sites))


def sure_sites(sites: pd.DataFrame, service: str, rule: Limits) -> NDArray[np.bool_]:
    """Sites that serve once they work, whatever is not known of them: protected, and no well beside excreta storage."""
    refused = _refused(sites, service, rule)
    if "unimproved" in refused:
        refused["unimproved"] = ~protection(sites)[0]
    if "near_storage" in refused and "conflict_maybe" in sites:
        refused["near_storage"] = sites["conflict_maybe"].to_numpy(dtype=bool)
    return _none_of(refused, len(sites))


def _none_of(refused: Mapping[str, NDArray[np.bool_]], size: int) -> NDArray[np.bool_]:
    counts = np.ones(size, dtype=bool)
    for mine in refused.values():
        counts &= ~mine
    return counts


def best_case(service: Service, places: pd.DataFrame, sites: pd.DataFrame, params: Params) -> Service:
    """Return the service with everything that is not known at its kindest; nobody can be served better.

    Sites of unknown status work, facilities of unknown kind are walked to, those beside a well are on a sewer where
    nobody knows, capacities nobody stated have no end, whose connections or own toilets nobody counted has them, and
    whoever lives in an unmapped village has a point of their own that nobody recorded. Fewer people and
    more capacity before a pair leave no place worse off after it, so each of these serves every place best at once.
    """
    own = places[OWN_MOST[service.name]].to_numpy(dtype=float)
    own = np.where(places["mapped"].to_numpy(dtype=bool) & ~np.isnan(own), own, 1.0)
    capacity = np.where(_unstated(sites, params), np.inf, service.capacity)
    works = is_working(sites["status"], params.season, unknown_works=True)
    eligible = possible_sites(sites, service.name, service.rule)
    return _case(service, works, eligible, service.people * (1.0 - own), capacity)


def worst_case(service: Service, places: pd.DataFrame, sites: pd.DataFrame, params: Params) -> Service:
    """Return the service with everything that is not known at its unkindest (`best_case`); nobody can be served less.

    Sites of unknown status are broken, capacities nobody stated are none, sources of unknown protection do not count
    where the standard asks for it, those of unknown technology are wells (beside excreta storage), and whose
    connections or own toilets nobody counted has none.
    """
    own = places[OWN_LEAST[service.name]].to_numpy(dtype=float)
    capacity = np.where(_unstated(sites, params), 0.0, service.capacity)
    eligible = sure_sites(sites, service.name, service.rule)
    works = is_working(sites["status"], params.season)
    return _case(service, works, eligible, service.people * (1.0 - np.where(np.isnan(own), 0.0, own)), capacity)


def _unstated(sites: pd.DataFrame, params: Params) -> NDArray[np.bool_]:
    """Sites whose own capacity nobody stated, where capacity counts: the standard's figure is an assumption."""
    stated = pd.to_numeric(sites["capacity_people"], errors="coerce").notna().to_numpy(dtype=bool)
    return np.asarray(~stated & params.capacity, dtype=bool)


def _case(
    service: Service, works: NDArray[np.bool_], eligible: NDArray[np.bool_], need: Floats, capacity: Floats
) -> Service:
    working = works & eligible
    active = taken(working, service.pairs.site)
    sharing = _shared(service.pairs.only(active), need, capacity, service.rule.reach_m, service.piece)
    return replace(service, working=working, active=active, need=need, capacity=capacity, sharing=sharing)


def surveyed(places: pd.DataFrame, service: str) -> NDArray[np.bool_]:
    """Places of which it is known who is not served: mapped, and it is known who has the service at home."""
    mapped, counted = places["mapped"].to_numpy(dtype=bool), places[COUNTED[service]].to_numpy(dtype=bool)
    return np.asarray(mapped & counted, dtype=bool)


def in_season(service: Service, sites: pd.DataFrame, season: str) -> Service:
    """Return the service as it is in a season: sites that fail in the dry one serve in the wet one only."""
    return _with_working(service, is_working(sites["status"], season))


def _with_working(service: Service, works: NDArray[np.bool_]) -> Service:
    working = works & service.eligible
    if (working == service.working).all():
        return service
    active = taken(working, service.pairs.site)
    pairs = service.pairs.only(active)
    sharing = _shared(pairs, service.need, service.capacity, service.rule.reach_m, service.piece)
    return replace(service, working=working, active=active, sharing=sharing)


def _shared(pairs: Pairs, need: Floats, capacity: Floats, limit_m: float, piece: Piece | None) -> Sharing:
    if piece is None:
        return Sharing.of(pairs, need, capacity)
    return Sharing.within(pairs, need, capacity, piece.edge_m, limit_m)


def share_out(
    places: pd.DataFrame,
    sites: pd.DataFrame,
    service: str,
    params: Params,
    ways: Ways | None = None,
    piece: Piece | None = None,
    rule: Limits | None = None,
) -> Service:
    """Share the people of a service's places out over its working sites.

    Parameters
    ----------
    places
        From `geo.coverage.demand.demand_places`.
    sites
        `water_points` or `sanitation`.
    service
        ``water`` or ``sanitation``.
    params
        Standard, reach, season, capacity.
    ways
        How far it is; by line unless given.
    piece
        Where these places are a piece of a larger ground.
    rule
        Instead of the standard's (to compare standards).
    """
    rule = rule or limits(params, service)
    people = places["people"].to_numpy(dtype=float)
    own = places[OWN[service]].to_numpy(dtype=float)
    known = np.where(np.isnan(people), 0.0, people)
    need = known - known * np.where(np.isnan(own), 0.0, own)
    eligible = eligible_sites(sites, service, rule)
    working = is_working(sites["status"], params.season) & eligible
    useful = working | (eligible & sites["status"].isin(REPAIRABLE).to_numpy(dtype=bool))
    if (possible := possible_sites(sites, service, rule) & ~eligible).any():  # they count in the best case only
        useful |= possible & is_working(sites["status"], params.season, unknown_works=True)
    capacity = capacities(sites, service, rule) if params.capacity else np.full(len(sites), np.inf)
    xy, site_xy = xy_of(places), xy_of(sites)
    ids = sites[site_id_column(service)].to_numpy(dtype=object)
    ways = ways or Line()
    pairs = _pairs_of(ways, xy, site_xy, useful, rule.reach_m / params.detour)
    pairs = in_order(pairs, places["place_id"].array, ids)
    active = taken(working, pairs.site)
    used = pairs if active.all() else pairs.only(active)
    beyond = piece.nearest_m if piece is not None else lambda some: ways.nearest(some, site_xy[working])[1]
    metres = _nearest_m(used, xy, beyond)
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
        _shared(used, need, capacity, rule.reach_m, piece),
        metres * params.detour,
        ways,
        piece,
    )


def _nearest_m(active: Pairs, places: Floats, beyond: Callable[[Floats], Floats]) -> Floats:
    """Distance to the nearest working site: that of a pair in reach; `beyond` is asked only where there is none."""
    best = np.full(len(places), np.inf)
    np.minimum.at(best, active.place, active.distance_m)
    far = np.flatnonzero(np.isinf(best))
    if len(far):
        best[far] = beyond(places[far])
    return best


def _pairs_of(ways: Ways, xy: Floats, site_xy: Floats, useful: NDArray[np.bool_], limit: float) -> Pairs:
    rows: Ints = np.flatnonzero(useful).astype(np.int64)
    found = ways.pairs(xy, site_xy[rows], limit)
    return Pairs(found.place, taken(rows, found.site), found.distance_m)


def place_states(places: pd.DataFrame, service: Service) -> pd.DataFrame:
    """Return the people of each place by state; the states of a place sum to its people.

    A place whose population is unknown has missing figures, not zeros.
    """
    states = state_arrays(places, service)
    return pd.DataFrame(states, index=places.index, columns=list(STATES))


def state_arrays(places: pd.DataFrame, service: Service) -> Floats:
    """`place_states` as an array, shape (places, states)."""
    left = unserved_of(service)
    in_reach = np.zeros(len(places), dtype=bool)
    in_reach[service.sharing.pairs.place] = True
    mapped = surveyed(places, service.name)  # beside a full point, too, nobody knows what else the unmapped use
    states = np.column_stack(
        [
            service.people - service.need,
            service.need - left,
            np.where(mapped & in_reach, left, 0.0),
            np.where(mapped & ~in_reach, left, 0.0),
            np.where(mapped, 0.0, left),
        ]
    )
    states[places["people"].isna().to_numpy(dtype=bool)] = np.nan
    return states


def unserved_of(service: Service) -> Floats:
    """People of each place whom nothing serves, shape (places,)."""
    return np.where(service.sharing.left > DUST, service.sharing.left, 0.0)


def with_gap(states: pd.DataFrame) -> pd.DataFrame:
    """Add `population`, `gap` and `share` (of people with service) to a table of states.

    Examples
    --------
    >>> row = pd.DataFrame([[1.0, 5.0, 1.0, 2.0, 1.0]], columns=list(STATES))
    >>> with_gap(row)[["population", "gap", "share"]].iloc[0].tolist()
    [10.0, 3.0, 0.6]
    """
    return states.assign(**gap_of(states[list(STATES)].to_numpy(dtype=float)))


def gap_of(states: Floats) -> dict[str, Floats]:
    """Return `population`, `gap` and `share` of rows of states, shape (n, states) (`with_gap`)."""
    named = dict(zip(STATES, states.T, strict=True))
    population = states.sum(axis=1)
    return {
        "population": population,
        "gap": named["over_capacity"] + named["out_of_reach"],
        "share": (named["on_premises"] + named["served"]) / np.where(population > 0, population, np.nan),
    }


def weighted_quantiles(values: Floats, weights: Floats, shares: Sequence[float]) -> list[float]:
    """For each share the smallest value that at least so much of the weight does not exceed; NaN without weight.

    Examples
    --------
    >>> weighted_quantiles(np.array([100.0, 900.0]), np.array([9.0, 1.0]), (0.5, 0.95))
    [100.0, 900.0]
    """
    keep = (weights > 0) & ~np.isnan(values)
    if not keep.any():
        return [float("nan")] * len(shares)
    values, weights = values[keep], weights[keep]
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    turns = np.searchsorted(reached, np.asarray(shares) * reached[-1] * (1 - 1e-12))
    return [float(values[order[min(turn, len(order) - 1)]]) for turn in turns]
