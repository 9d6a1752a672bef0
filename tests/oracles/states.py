"""The five states of every person by nearest-first sharing, replayed pair by pair (DESIGN.md 4; methods, States)."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from .facts import Yardstick, facts, technology_fact
from .ground import Place, Site, geodesic_m, known, reach_pairs, serves, text_or

STATES = ["on_premises", "served", "over_capacity", "out_of_reach", "unmapped"]
# kinds that serve people at a walk (methods, States)
SHARED_KINDS = {"public_toilet", "shared_latrine", "communal_septic"}


@dataclass(frozen=True)
class Ground:
    """One service under one standard: places, sites, reach, season."""

    places: list[Place]
    sites: list[Site]
    reach_m: float
    detour: float = 1.0
    season: str = "wet"
    service: str = "water"
    improved_only: bool = False


def stores_excreta(facility: Any) -> bool:
    """A kind with excreta in the ground where it stands, and not on a sewer (facilities.toml; methods, Conflicts)."""
    rules = facts("facilities")["rules"]
    containment = text_or(facility.get("containment"), "").lower()
    on_sewer = any(word in containment for word in rules["sewer_words"])
    return bool(facts("facilities").get(str(facility["kind"]), {}).get("storage")) and not on_sewer


def nearest_storage_m(spot: Any, sanitation: pd.DataFrame) -> float:
    """Metres to the nearest excreta storage; infinite where there is none."""
    rows = [row for row in sanitation.to_dict("records") if stores_excreta(row)]
    there = [Place("", "", row["geometry"].x, row["geometry"].y, 0) for row in rows]
    return min((geodesic_m(spot, other) for other in there), default=math.inf)


def in_conflict(spot: Any, technology: str, sanitation: pd.DataFrame) -> bool:
    """A well or spring within 10 m of excreta storage, the boundary included (methods, Conflicts)."""
    limit = facts("facilities")["rules"]["separation_m"]
    return bool(technology_fact(technology, "ground")) and nearest_storage_m(spot, sanitation) <= limit


def surely_stores(facility: Any) -> bool:
    """A store of excreta whatever is not known of it: a tank by its kind, or its containment is stated."""
    tank = bool(facts("facilities").get(str(facility["kind"]), {}).get("tank"))
    return stores_excreta(facility) and (tank or text_or(facility.get("containment"), "").strip() != "")


def surely_in_conflict(spot: Any, technology: str, sanitation: pd.DataFrame) -> bool:
    """A conflict that no filling-in takes away."""
    sure = sanitation[[surely_stores(row) for row in sanitation.to_dict("records")]]
    return in_conflict(spot, technology, sure)


def maybe_in_conflict(spot: Any, technology: str, sanitation: pd.DataFrame) -> bool:
    """A conflict that some filling-in makes: a point of unknown technology may be a well."""
    return in_conflict(spot, "open_well" if technology == "unknown" else technology, sanitation)


def water_site(row: dict[str, Any], sanitation: pd.DataFrame, yard: Yardstick) -> Site:
    """A row of `water_points` as the standard sees it: improved and apart from storage if asked, with a capacity."""
    technology = text_or(row.get("technology"), "unknown")
    told = known(row.get("improved"))
    protection = bool(told) if told is not None else technology_fact(technology, "improved")
    place = Place("", "", row["geometry"].x, row["geometry"].y, 0)
    apart = not (yard.separated and in_conflict(place, technology, sanitation))
    apart_surely = not (yard.separated and maybe_in_conflict(place, technology, sanitation))
    apart_maybe = not (yard.separated and surely_in_conflict(place, technology, sanitation))
    figure = yard.people.get(str(technology_fact(technology, "people_class")))
    capacity, source = capacity_of(known(row.get("capacity_people")), figure, yard.with_capacity)
    return Site(
        site_id=str(row["point_id"]),
        lon=place.lon,
        lat=place.lat,
        status=text_or(row.get("status"), "unknown"),
        technology=technology,
        eligible=apart and not (yard.improved_only and protection is False),
        counts_surely=apart_surely and (not yard.improved_only or protection is True),
        counts_maybe=apart_maybe and not (yard.improved_only and protection is False),
        protection=protection,
        capacity=capacity,
        capacity_from=source,
        own_cost_idr=known(row.get("rehab_cost_idr")),
        reported_on=known(row.get("reported_on")),
    )


def capacity_of(own: float | None, figure: float | None, limited: bool) -> tuple[float, str]:
    """Its own, else the standard's figure, else unlimited (DESIGN.md 4), and which of them it was."""
    if not limited:
        return math.inf, "off"
    if own is not None:
        return float(own), "own"
    return (math.inf, "nobody") if figure is None else (float(figure), "standard")


def facility_site(row: dict[str, Any], yard: Yardstick) -> Site:
    """A row of `sanitation` as a site that people walk to."""
    capacity, source = capacity_of(known(row.get("capacity_people")), yard.sanitation_people, yard.with_capacity)
    return Site(
        site_id=str(row["facility_id"]),
        lon=row["geometry"].x,
        lat=row["geometry"].y,
        status=text_or(row.get("status"), "unknown"),
        technology=str(row["kind"]),
        eligible=str(row["kind"]) in SHARED_KINDS,
        counts_surely=str(row["kind"]) in SHARED_KINDS,
        counts_maybe=str(row["kind"]) in {*SHARED_KINDS, "unknown"},
        capacity=capacity,
        capacity_from=source,
        own_cost_idr=known(row.get("rehab_cost_idr")),
        reported_on=known(row.get("reported_on")),
    )


def water_ground(
    places: list[Place], water: pd.DataFrame, sanitation: pd.DataFrame, yard: Yardstick, season: str
) -> Ground:
    """The ground of the water service under a standard."""
    sites = [water_site(row, sanitation, yard) for row in water.to_dict("records")]
    return Ground(places, sites, yard.reach_m, yard.detour, season, "water", yard.improved_only)


def sanitation_ground(places: list[Place], sanitation: pd.DataFrame, yard: Yardstick, season: str) -> Ground:
    """The ground of the sanitation service under a standard."""
    sites = [facility_site(row, yard) for row in sanitation.to_dict("records")]
    return Ground(places, sites, yard.sanitation_reach_m, yard.detour, season, "sanitation")


def connected_people(place: Place, service: str) -> float:
    """People with the service at home; an unknown share counts none (the bounds say what it may be)."""
    share = place.connected if service == "water" else place.own_toilet
    return place.people * (share or 0.0)


def share_out(
    people: dict[str, float], capacity: dict[str, float], pairs: Iterable[tuple[float, str, str]]
) -> tuple[dict[tuple[str, str], float], dict[str, float]]:
    """(people by (place, site), people left by place): each pair in turn takes all it can (DESIGN.md 4)."""
    left, room, flows = dict(people), dict(capacity), {}
    for _, place, site in pairs:
        taken = min(left[place], room[site])
        left[place] -= taken
        room[site] -= taken
        if taken > 0:
            flows[place, site] = taken
    return flows, left


def state_of_rest(place: Place, with_sites: set[str], service: str) -> str:
    """Where the people go whom no pair served (methods, States; decision 0002)."""
    if not place.mapped or not (place.toilets_counted if service == "sanitation" else place.connections_counted):
        return "unmapped"
    return "over_capacity" if place.place_id in with_sites else "out_of_reach"


def place_states(ground: Ground) -> pd.DataFrame:
    """One row a place: its people in the five states, and which state its rest is in."""
    serving = [site for site in ground.sites if serves(site, ground.season)]
    pairs = reach_pairs(ground.places, serving, ground.reach_m, ground.detour)
    home = {p.place_id: connected_people(p, ground.service) for p in ground.places}
    need = {p.place_id: p.people - home[p.place_id] for p in ground.places}
    _, left = share_out(need, {s.site_id: s.capacity for s in serving}, pairs)
    with_sites = {place for _, place, _ in pairs}
    rows = []
    for p in ground.places:
        row = dict.fromkeys(STATES, 0.0) | {"on_premises": home[p.place_id]}
        row["served"] = need[p.place_id] - left[p.place_id]
        rest = state_of_rest(p, with_sites, ground.service)
        row[rest] += left[p.place_id]
        rows.append({"place_id": p.place_id, "village_code": p.village_code, "people": p.people, "rest": rest} | row)
    return pd.DataFrame(rows, columns=["place_id", "village_code", "people", "rest", *STATES])


def with_shares(sums: pd.DataFrame) -> pd.DataFrame:
    """Gap and share of sums of states. The share is of all people, the unmapped among them."""
    out = sums.copy()
    out["gap"] = out["over_capacity"] + out["out_of_reach"]
    out["share"] = ((out["on_premises"] + out["served"]) / out["people"]).where(out["people"] > 0)
    return out


def village_states(ground: Ground) -> pd.DataFrame:
    """One row a village (index `village_code`), states, gap and share; villages of unknown population are not in it."""
    return with_shares(place_states(ground).groupby("village_code")[["people", *STATES]].sum())


def total_states(ground: Ground) -> pd.Series:
    """The states of all villages together."""
    sums = place_states(ground)[["people", *STATES]].sum().to_frame().T
    return with_shares(sums).iloc[0]


def loads(ground: Ground) -> dict[str, float]:
    """People served by each serving site (`load_people`)."""
    serving = [site for site in ground.sites if serves(site, ground.season)]
    pairs = reach_pairs(ground.places, serving, ground.reach_m, ground.detour)
    need = {p.place_id: p.people - connected_people(p, ground.service) for p in ground.places}
    flows, _ = share_out(need, {s.site_id: s.capacity for s in serving}, pairs)
    return {s.site_id: sum(taken for (_, site), taken in flows.items() if site == s.site_id) for s in serving}


def nearest_m(ground: Ground) -> dict[str, float]:
    """Metres from each place to the nearest site that serves, whatever the reach; missing where there is none."""
    serving = [site for site in ground.sites if serves(site, ground.season)]
    return {
        p.place_id: min((geodesic_m(p, s) * ground.detour for s in serving), default=math.nan) for p in ground.places
    }


def weighted_quantile(values: list[float], weights: list[float], part: float) -> float:
    """The smallest value within which at least `part` of the weight lies, no interpolation."""
    ranked = sorted((v, w) for v, w in zip(values, weights, strict=True) if w > 0 and not math.isnan(v))
    goal, so_far = part * sum(w for _, w in ranked), 0.0
    for value, weight in ranked:
        so_far += weight
        if so_far >= goal * (1 - 1e-12):
            return value
    return math.nan


def distance_figures(ground: Ground, village_code: str | None = None) -> dict[str, float]:
    """Median and 90th percentile of the distance of all people, and person-km of those who walk (methods, States)."""
    metres = nearest_m(ground)
    mine = [p for p in ground.places if village_code in (None, p.village_code)]
    values = [metres[p.place_id] for p in mine]
    weights = [p.people for p in mine]
    walkers = [p.people - connected_people(p, ground.service) for p in mine]
    walked = [v * w / 1000 for v, w in zip(values, walkers, strict=True) if w > 0]
    return {
        "distance_median_m": weighted_quantile(values, weights, 0.5),
        "distance_p90_m": weighted_quantile(values, weights, 0.9),
        "person_km": sum(walked),
    }
