"""The figures of a list of repairs, each by replaying the whole sharing or summing over all pairs (DESIGN.md 5)."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from .facts import repair_cost_idr
from .ground import Place, Site, geodesic_m, known, serves
from .states import Ground, connected_people, place_states

REPAIRABLE = {"needs_repair", "not_in_use", "dry_season", "non_functional", "unknown"}
NEAREST_COUNTED_M = 50.0
DAYS_A_YEAR = 365.25


@dataclass(frozen=True)
class Gain:
    """People newly served, by the state they were in."""

    people: float
    unmapped: float
    poor: float | None


def repaired(ground: Ground, *site_ids: str) -> Ground:
    """The ground with these sites functional."""
    return replace(
        ground, sites=[replace(s, status="functional") if s.site_id in site_ids else s for s in ground.sites]
    )


def newly_served(before: Ground, after: Ground) -> pd.DataFrame:
    """Per place the people more served, and whether they came out of `unmapped`."""
    old, new = place_states(before).set_index("place_id"), place_states(after).set_index("place_id")
    more = (new["on_premises"] + new["served"]) - (old["on_premises"] + old["served"])
    return pd.DataFrame({"more": more, "was_unmapped": old["rest"] == "unmapped"})


def gain(before: Ground, after: Ground) -> Gain:
    """People moved out of a gap state, out of `unmapped`, and the poor among the first (village's poor share)."""
    moved = newly_served(before, after)
    out_of_gap = moved.loc[~moved["was_unmapped"], "more"].to_dict()
    shares = {p.place_id: p.poor_share for p in before.places}
    # unknown where somebody gains in a village whose poor nobody counted (assumed)
    blind = any(shares[place] is None and more > 1e-9 for place, more in out_of_gap.items())
    poor = None if blind else sum(more * (shares[place] or 0.0) for place, more in out_of_gap.items())
    return Gain(sum(out_of_gap.values()), float(moved.loc[moved["was_unmapped"], "more"].sum()), poor)


def gain_of_repair(ground: Ground, site_id: str) -> Gain:
    """Gain if this one were repaired, alone, capacity counted (DESIGN.md 5)."""
    return gain(ground, repaired(ground, site_id))


def gain_after(ground: Ground, site_id: str, rival_id: str) -> float:
    """The gain of both sites together less the rival's alone (methods, Gains)."""
    both = gain(ground, repaired(ground, site_id, rival_id)).people
    return both - gain_of_repair(ground, rival_id).people


def distance_m(ground: Ground, place: Place, site: Site) -> float:
    """Geodesic times the detour factor."""
    return round(geodesic_m(place, site) * ground.detour, 6)


def places_in_reach(ground: Ground, site: Site) -> list[Place]:
    """Places within the reach of a site."""
    return [p for p in ground.places if distance_m(ground, p, site) <= ground.reach_m]


def local_population(ground: Ground, site: Site) -> float:
    """All people in reach, connections or not."""
    return sum(p.people for p in places_in_reach(ground, site))


def nearness(ground: Ground, place: Place, site: Site) -> float:
    """1 / max(d, 50 m)."""
    return 1 / max(distance_m(ground, place, site), NEAREST_COUNTED_M)


def draw(ground: Ground, place: Place, site: Site, others: Iterable[Site]) -> float:
    """w_cj: a site's nearness over that of all `others` in reach of the place, and its own (DESIGN.md 5)."""
    rivals = [o for o in others if o.site_id != site.site_id and distance_m(ground, place, o) <= ground.reach_m]
    own = nearness(ground, place, site)
    return own / (own + sum(nearness(ground, place, o) for o in rivals))


def users(ground: Ground, site: Site, others: list[Site]) -> float:
    """Σ people_c × w_cj over the places in reach of the site."""
    return sum(p.people * draw(ground, p, site, others) for p in places_in_reach(ground, site))


def serving_sites(ground: Ground) -> list[Site]:
    """Sites that serve now: "working points" is read as those the standard counts (assumed)."""
    return [s for s in ground.sites if serves(s, ground.season)]


def relief_people(ground: Ground, site: Site) -> float:
    """What the repaired site draws from overloaded sites, up to each one's excess (methods, WPdx measures)."""
    others = [s for s in serving_sites(ground) if s.site_id != site.site_id]
    if serves(site, ground.season):
        return 0.0
    taken = 0.0
    for other in others:
        before, after = users(ground, other, others), users(ground, other, [*others, site])
        taken += min(before - after, max(0.0, before - other.capacity))
    return taken


def person_km_saved(ground: Ground, site: Site) -> float | None:
    """One-way walking saved by people in reach without the service at home; unknown where one who walks has nothing to walk to."""
    others = [s for s in serving_sites(ground) if s.site_id != site.site_id]
    if serves(site, ground.season):
        return 0.0
    walkers = [p for p in places_in_reach(ground, site) if p.people - connected_people(p, ground.service) > 0]
    if not others:
        return None if walkers else 0.0
    saved = 0.0
    for p in walkers:
        before = min(distance_m(ground, p, other) for other in others)
        alone = p.people - connected_people(p, ground.service)
        saved += alone * max(0.0, before - distance_m(ground, p, site)) / 1000
    return saved


def institutions_in_reach(ground: Ground, site: Site, institutions: pd.DataFrame) -> int:
    """Schools and health posts in reach."""
    spots = [Place("", "", g.x, g.y, 0) for g in institutions["geometry"]] if len(institutions) else []
    return sum(distance_m(ground, spot, site) <= ground.reach_m for spot in spots)


def report_age_years(reported_on: Any, today: pd.Timestamp) -> float | None:
    """Years since the report, of 365.25 days (assumed); unknown where undated."""
    return None if known(reported_on) is None else (today - pd.Timestamp(reported_on)).days / DAYS_A_YEAR


def evidence(age_years: float | None) -> float | None:
    """0.1^(age/20); unknown where undated (assumed for the column; draws take twenty years)."""
    return None if age_years is None else 0.1 ** (age_years / 20)


def ratio(part: float | None, whole: float | None) -> float | None:
    """A ratio, or nothing where it has no meaning."""
    return None if part is None or not whole or math.isinf(whole) else part / whole


def indicators_of(ground: Ground, site: Site, institutions: pd.DataFrame, today: pd.Timestamp) -> dict[str, Any]:
    """The row of one repairable site."""
    gained = gain_of_repair(ground, site.site_id)
    near, drawn = local_population(ground, site), users(ground, site, serving_sites(ground))
    cost = repair_cost_idr(site.status, site.technology, site.own_cost_idr)
    age = report_age_years(site.reported_on, today)
    return {
        "site_id": site.site_id,
        "gain_people": gained.people,
        "gain_unmapped": gained.unmapped,
        "gain_poor": gained.poor,
        "local_population": near,
        "potential_users": drawn,
        "crucialness": ratio(drawn, near),
        "pressure": ratio(drawn, site.capacity),
        "relief_people": relief_people(ground, site),
        "person_km_saved": person_km_saved(ground, site),
        "institutions": institutions_in_reach(ground, site, institutions),
        "cost_idr": cost,
        "cost_per_person_idr": None if gained.people < 1e-9 else ratio(cost, gained.people),
        "report_age_years": age,
        "evidence": evidence(age),
    }


def indicators(ground: Ground, institutions: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    """One row per repairable site, by site id."""
    rows = [indicators_of(ground, s, institutions, today) for s in ground.sites if s.status in REPAIRABLE]
    return pd.DataFrame(rows).set_index("site_id").sort_index() if rows else pd.DataFrame()
