"""What the oracles stand on: places where people live, sites that serve them, and the distances between."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pyproj import Geod

EARTH = Geod(ellps="WGS84")
WORKING = {"wet": {"functional", "needs_repair", "dry_season"}, "dry": {"functional", "needs_repair"}}


@dataclass(frozen=True)
class Place:
    """A demand place: people, the connected share of its village (None: unknown), and whether its village is mapped."""

    place_id: str
    village_code: str
    lon: float
    lat: float
    people: float
    connected: float | None = None
    own_toilet: float | None = None
    mapped: bool = True
    own_toilet_most: float | None = None
    toilets_counted: bool = True
    connections_counted: bool = True
    poor_share: float | None = None


@dataclass(frozen=True)
class Site:
    """A water point or a sanitation facility as a standard sees it. `protection`: None where nobody knows it."""

    site_id: str
    lon: float
    lat: float
    status: str
    technology: str = "unknown"
    eligible: bool = True
    protection: bool | None = True
    capacity: float = math.inf
    capacity_from: str = "own"
    own_cost_idr: float | None = None
    reported_on: pd.Timestamp | None = None
    #: Whether it counts with all that is not known at its unkindest, and at its kindest; None: as `eligible`.
    counts_surely: bool | None = None
    counts_maybe: bool | None = None


def known(value: Any) -> Any:
    """The value, or None where it is missing (missing is null, never 0: DESIGN.md 2)."""
    return None if value is None or pd.isna(value) else value


def text_or(value: Any, other: str) -> str:
    """A choice column as text, or its default where it is missing (data/tables.toml)."""
    return other if known(value) is None else str(value)


def geodesic_m(a: Any, b: Any) -> float:
    """WGS84 geodesic between two things with lon and lat, rounded to a micrometre (methods, States)."""
    return round(EARTH.inv(a.lon, a.lat, b.lon, b.lat)[2], 6)


def serves(site: Site, season: str) -> bool:
    """A site serves when it works in the season and the standard lets it count (methods, States)."""
    return site.eligible and site.status in WORKING[season]


def reach_pairs(
    places: Iterable[Place], sites: Iterable[Site], reach_m: float, detour: float = 1.0
) -> list[tuple[float, str, str]]:
    """Pairs in reach, the boundary included, in order of (distance, place id, site id) (methods, States)."""
    sites = list(sites)
    pairs = [(round(geodesic_m(p, s) * detour, 6), p.place_id, s.site_id) for p in places for s in sites]
    return sorted(pair for pair in pairs if pair[0] <= reach_m)
