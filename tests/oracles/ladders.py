"""Service ladders, schools, tanks, conflicts and ODF, village by village (DESIGN.md 3; methods, Ladders, Schools)."""

import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from .demand import own_latrines
from .facts import Yardstick, facts, line_limit_m
from .ground import WORKING, Place, Site, geodesic_m, known
from .states import connected_people

WATER_RUNGS = ["safely_managed", "basic", "limited", "unimproved", "none", "unknown"]


def water_rung(place: Place, sites: Sequence[Site], yard: Yardstick, season: str) -> str:
    """The best rung within a walk there and back of one who has no connection (methods, Ladders)."""
    told = facts("rungs")["water"]
    basic_m, furthest_m = (
        line_limit_m(told[name], yard.walking_kmh, yard.queue_min)
        for name in ("basic_round_trip_min", "furthest_round_trip_min")
    )
    found = {"unknown" if not place.mapped else "none"}
    for site in sites:
        metres = round(geodesic_m(place, site) * yard.detour, 6)
        if site.status in WORKING[season] and metres <= furthest_m:
            found.add(rung_of(site, metres <= basic_m))
    return next(rung for rung in WATER_RUNGS if rung in found)


def rung_of(site: Site, within_basic: bool) -> str:
    """What one working site offers; protection nobody knows counts as improved (methods, States)."""
    if site.protection is not False:
        return "basic" if within_basic else "limited"
    return "none" if site.technology == "surface_water" else "unimproved"


def safe_share(village: Any) -> float | None:
    """Households with safely managed water over all, no more than those connected; missing where nobody tested."""
    safe, households = known(village.get("hh_water_safe")), known(village.get("households"))
    if safe is None or not households:
        return None
    piped = known(village.get("households_piped"))
    return min(safe, piped if piped is not None else 0) / households


def water_ladder(
    village: Any,
    places: Sequence[Place],
    sites: Sequence[Site],
    yard: Yardstick,
    season: str,
    beside_storage: Collection[str] = (),
) -> dict[str, float | None]:
    """People on each rung in one village; `safely_managed` is missing where nobody tested it, all without people.

    beside_storage: sites within 10 m of excreta storage, where the standard asks for that: they are unimproved.
    """
    mine = [p for p in places if p.village_code == str(village["village_code"])]
    if not mine:
        return dict.fromkeys(WATER_RUNGS)
    sites = [replace(s, protection=False) if s.site_id in beside_storage else s for s in sites]
    rungs: dict[str, float | None] = dict.fromkeys(WATER_RUNGS, 0.0)
    people, home = sum(p.people for p in mine), sum(connected_people(p, "water") for p in mine)
    share = safe_share(village)
    safe = 0.0 if share is None else min(home, people * share)
    rungs["basic"] = home - safe
    for p in mine:
        rung = water_rung(p, sites, yard, season)
        rungs[rung] = (rungs[rung] or 0.0) + p.people - connected_people(p, "water")
    return rungs | {"safely_managed": None if share is None else safe}


def sanitation_ladder(village: Any) -> dict[str, float | None]:
    """Households on each rung; those of no count are `unknown` (DESIGN.md 2)."""
    counts = {
        "safely_managed": known(village.get("hh_safe")),
        "basic": own_latrines(village),
        "limited": known(village.get("hh_shared")),
        "unimproved": known(village.get("hh_unimproved")),
        "open": known(village.get("hh_open")),
    }
    return counts | {"unknown": uncounted(village, list(counts.values()))}


def uncounted(village: Any, counts: list[float | None]) -> float | None:
    """Households less those counted, never below 0; missing where nobody knows the households."""
    households = known(village.get("households"))
    return None if households is None else max(0.0, households - sum(c for c in counts if c is not None))


def hygiene_ladder(village: Any) -> dict[str, float | None]:
    """Households with handwashing, with parts of it, without, and of no count."""
    basic, limited = known(village.get("hh_handwashing")), known(village.get("hh_handwashing_limited"))
    rest = uncounted(village, [basic, limited])
    complete = basic is not None and limited is not None
    return {
        "basic": basic,
        "limited": limited,
        "none": rest if complete else None,
        "unknown": (0.0 if rest is not None else None) if complete else rest,
    }


def odf(village: Any) -> str | None:
    """verified: none open and `odf_verified_on` set; claimed: none counted, not verified; no (columns.toml)."""
    still_open = known(village.get("hh_open"))
    if still_open is None:
        return None
    if still_open > 0:
        return "no"
    return "claimed" if known(village.get("odf_verified_on")) is None else "verified"


def toilets_needed(pupils: float | None, per_toilet: int) -> int | None:
    """Pupils / pupils per toilet, rounded up (methods, Schools)."""
    return None if pupils is None else math.ceil(pupils / per_toilet)


def lacking(needed: int | None, have: float | None) -> float | None:
    """Toilets that are missing; none are needed for none, whoever counted them."""
    if needed == 0:
        return 0
    return None if needed is None or have is None else max(0, needed - have)


def all_hold(*answers: bool | None) -> bool | None:
    """True where all hold, False where one is known not to, else unknown."""
    return False if False in answers else None if None in answers else True


def water_ok(institution: Any, point_in_reach: bool) -> bool | None:
    """What the institution states; else true with a serving point in reach, else unknown."""
    stated = known(institution.get("water"))
    return bool(stated) if stated is not None else (True if point_in_reach else None)


def school_row(institution: Any, point_in_reach: bool = False) -> dict[str, Any]:
    """Toilets needed and lacking, boys and girls apart; met only where all is known and there (methods, Schools).

    What is known to fall short is not met, even where the rest is unknown.
    """
    told = facts("institutions")[str(institution["kind"])]
    needed, have = [], []
    for sex in ("boys", "girls"):
        if f"{sex}_per_toilet" in told:
            needed.append(toilets_needed(known(institution.get(sex)), told[f"{sex}_per_toilet"]))
            have.append(known(institution.get(f"toilets_{sex}")))
    short = [lacking(n, h) for n, h in zip(needed, have, strict=True)]
    enough = [None if lack is None else lack == 0 for lack in short]
    if have and (known(institution.get("people")) or 0) > 0 and not any(one is None or one for one in have):
        enough.append(False)  # somebody is there, and not one toilet
    return {
        "toilets_needed": None if not needed or None in needed else sum(needed),
        "toilets_short": None if not short or None in short else sum(short),
        "standard_met": all_hold(water_ok(institution, point_in_reach), *enough),
    }


def is_tank(facility: Any) -> bool:
    """A kind that has a tank, or a containment that says so (facilities.toml)."""
    told = facts("facilities")
    words = str(known(facility.get("containment")) or "").lower()
    return bool(told[str(facility["kind"])]["tank"]) or any(word in words for word in told["rules"]["tank_words"])


def emptying(facility: Any, today: pd.Timestamp) -> str | None:
    """due: emptied more than five years ago; ok; unknown: no date (methods, tanks)."""
    if not is_tank(facility):
        return None
    last = known(facility.get("emptied_on"))
    if last is None:
        return "unknown"
    limit = pd.Timestamp(last) + pd.DateOffset(years=facts("facilities")["rules"]["empty_after_years"])
    return "due" if today > limit else "ok"
