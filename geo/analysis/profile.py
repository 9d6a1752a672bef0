"""A village's profile: what an analysis tells of one village, for its board, its page and the public."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.model.errors import CallError
from geo.model.results import Analysis
from geo.model.sites import SERVICES, STATUSES, site_id_column

#: Ages of a point in whole years: up to and with the first, and so on; older; nobody knows.
AGE_YEARS = (5, 10, 20)
#: So many sites of the list are named as what would help most.
_FIRST = 3


@dataclass(frozen=True, eq=False)
class Profile:
    """What is known of one village.

    `row` is that of the table of villages, by column; `sites` the water points and facilities that stand in it, by
    service; `status` and `age` count them (statuses of `STATUSES` that occur; ages as `age_groups` names them);
    `institutions` and `conflicts` are the rows of the village; `first` the sites of the priority list that stand in it
    and serve somebody anew, the first ranks of each service.
    """

    code: str
    name: str
    row: Mapping[str, Any]
    sites: Mapping[str, gpd.GeoDataFrame]
    status: Mapping[str, Mapping[str, int]]
    age: Mapping[str, int]
    institutions: gpd.GeoDataFrame
    conflicts: gpd.GeoDataFrame
    first: gpd.GeoDataFrame


def age_groups() -> tuple[str, ...]:
    """Names of the ages of points, from new to old, then those nobody knows.

    Examples
    --------
    >>> age_groups()
    ('to_5', 'to_10', 'to_20', 'older', 'unknown')
    """
    return (*(f"to_{years}" for years in AGE_YEARS), "older", "unknown")


def profile_of(analysis: Analysis, code: str) -> Profile:
    """Return the profile of a village of the analysis.

    Parameters
    ----------
    analysis
        Of any area that holds the village.
    code
        Of the village, dotted.

    Raises
    ------
    CallError
        If no village of that code is in it.
    """
    rows = analysis.villages[analysis.villages["village_code"] == code]
    if rows.empty:
        raise CallError("error.no_village", value=code)
    row = pd.DataFrame(rows.drop(columns="geometry")).iloc[0].to_dict()
    sites = {"water": _of(analysis.water_points, code), "sanitation": _of(analysis.sanitation, code)}
    year = analysis.provenance["params"].as_of.year
    return Profile(
        code=code,
        name=str(row["name"]),
        row=row,
        sites=sites,
        status={service: _statuses(sites[service]) for service in SERVICES},
        age=_ages(sites["water"], year),
        institutions=_of(analysis.institutions, code),
        conflicts=_of(analysis.conflicts, code),
        first=_first(_of(analysis.priorities, code)),
    )


def _of(table: gpd.GeoDataFrame, code: str) -> gpd.GeoDataFrame:
    return table[table["village_code"] == code] if len(table) else table


def _statuses(sites: gpd.GeoDataFrame) -> dict[str, int]:
    counts = sites["status"].value_counts() if len(sites) else {}
    return {status: int(counts[status]) for status in STATUSES if status in counts}


def _ages(points: gpd.GeoDataFrame, year: int) -> dict[str, int]:
    """How many points are how old; a year to come is no age."""
    if not len(points):
        return {}
    ages = year - pd.to_numeric(points["installed_year"], errors="coerce").to_numpy(dtype=float)
    group = np.searchsorted(AGE_YEARS, ages, side="left").astype(int)
    group[~(ages >= 0)] = len(AGE_YEARS) + 1
    found = np.bincount(group, minlength=len(AGE_YEARS) + 2)
    return {name: int(number) for name, number in zip(age_groups(), found, strict=True) if number}


def _first(listed: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if not len(listed):
        return listed
    helps = listed[listed["gain_people"] > 0]
    return helps.sort_values(["service", "rank"], ascending=[False, True]).groupby("service", sort=False).head(_FIRST)


def village_codes(analysis: Analysis) -> list[str]:
    """Codes of the villages of an analysis, in its order."""
    return [code for code in analysis.villages["village_code"] if isinstance(code, str)]


def villages_of_sites(analysis: Analysis) -> dict[str, str]:
    """Code of the village in which each site stands, by ``service:site_id``; one outside all is left out."""
    found: dict[str, str] = {}
    for service, table in (("water", analysis.water_points), ("sanitation", analysis.sanitation)):
        for site, code in zip(table[site_id_column(service)], table["village_code"], strict=True):
            if isinstance(code, str):
                found[f"{service}:{site}"] = code
    return found


def ids_in(analysis: Analysis) -> tuple[set[str], set[str]]:
    """Return the ids of an analysis's sites, and the codes of its villages."""
    sites = set(analysis.water_points["point_id"]) | set(analysis.sanitation["facility_id"])
    return sites, set(analysis.villages["village_code"].dropna())


def around(analysis: Analysis, code: str, spare: float = 0.1) -> Analysis:
    """Return the analysis with what lies in a village's frame alone, for a map of it.

    Parameters
    ----------
    spare
        Of the village's width and height, kept on each side.
    """
    shape = analysis.villages.loc[analysis.villages["village_code"] == code].geometry.iloc[0]
    if shape is None or shape.is_empty:
        return analysis
    west, south, east, north = shape.bounds
    wide, tall = (max(east - west, 0.005) * spare, max(north - south, 0.005) * spare)
    box = (slice(west - wide, east + wide), slice(south - tall, north + tall))
    names = ("villages", "places", "water_points", "sanitation", "institutions")
    kept: dict[str, Any] = {name: getattr(analysis, name) for name in names}
    return replace(analysis, **{name: table.cx[box] if len(table) else table for name, table in kept.items()})
