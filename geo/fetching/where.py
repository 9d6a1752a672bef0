"""The ground of an area: its known villages, a box that was given, or what OpenStreetMap knows by its name."""

from __future__ import annotations

import re
from typing import Any

import geopandas as gpd
import shapely

from geo.fetching.openstreetmap import around, ask_overpass
from geo.model.area_names import area_name, kecamatan_of
from geo.model.areas import area_mask
from geo.model.errors import CallError, DataError

#: Administrative levels of OpenStreetMap in Indonesia (wiki.openstreetmap.org), by the number of dots in a code.
_LEVELS = {0: "4", 1: "5", 2: "6"}
#: Words before a name, in the ministry's list or in OpenStreetMap.
_BEFORE = r"(Provinsi|Kabupaten|Kab\.|Kota|Kecamatan|Kec\.) "
#: Degrees that a window may be wide or high: a regency with its islands, no country.
WIDEST = 4.0


def ground_of(area: str, villages: gpd.GeoDataFrame | None, server: str) -> shapely.Geometry:
    """Return the ground to fetch for an area.

    Parameters
    ----------
    area
        Code of a regency, kecamatan or village.
    villages
        Those known; the area's among them decide, if every kecamatan of it is there. Else OpenStreetMap is asked for
        the name that the ministry's list gives to the code.
    server
        Address of an Overpass API.

    Raises
    ------
    CallError
        If nothing is known of the code, or the area is too large.
    DataError
        If OpenStreetMap does not answer, or does not know just one area of that name.
    """
    if villages is not None and _whole(area, villages):
        return checked(around(villages, area))
    name = area_name(area)
    if name is None or area.count(".") not in _LEVELS:
        raise CallError("error.fetch.where", value=area)
    return checked(_by_name(area, name, server))


def _whole(area: str, villages: gpd.GeoDataFrame) -> bool:
    """Whether the villages known are the area's, and not those of some of its kecamatan only."""
    mine = villages["village_code"][area_mask(villages["village_code"], area)].astype(str)
    kecamatan = {code.rpartition(".")[0] for code in mine}
    return bool(kecamatan) and kecamatan >= set(kecamatan_of(area))


def checked(ground: shapely.Geometry) -> shapely.Geometry:
    """Return the ground, unless it is too large for a window.

    Raises
    ------
    CallError
        If it is.
    """
    west, south, east, north = ground.bounds
    if east - west > WIDEST or north - south > WIDEST:
        raise CallError("error.fetch.wide", most=WIDEST)
    return ground


def _by_name(area: str, name: str, server: str) -> shapely.Geometry:
    """The box of the one area of that name and level, inside the regency (or province) that the code lies in."""
    within = area.rpartition(".")[0]
    outer = f"area{_named(area_name(within) or '', _LEVELS[within.count('.')])}->.outer;" if within else ""
    inside = "(area.outer)" if within else ""
    query = f"[out:json][timeout:60];{outer}rel{inside}{_named(name, _LEVELS[area.count('.')])};out bb tags;"
    found = [one["bounds"] for one in ask_overpass(server, query)["elements"] if _bounded(one)]
    if len(found) != 1:
        raise DataError("error.fetch.name", value=area, name=name, count=len(found))
    box = found[0]
    return shapely.box(box["minlon"], box["minlat"], box["maxlon"], box["maxlat"])


def _named(name: str, level: str) -> str:
    """The part of a query that asks for a name with or without the word before it, whatever its case.

    Kab. Bandung and Kota Bandung share a name: a city keeps its word, anything else must not have it.
    """
    bare = re.sub(r"([.^$*+?()\[\]{}|])", r"\\\\\1", re.sub(rf"^{_BEFORE}", "", name).replace('"', ""))
    words = "Kota " if name.startswith("Kota ") else "((Kabupaten|Kab\\\\.|Kecamatan|Provinsi) )?"
    return f'["boundary"="administrative"]["admin_level"="{level}"]["name"~"^{words}{bare}$",i]'


def _bounded(element: dict[str, Any]) -> bool:
    box = element.get("bounds")
    edges = ("minlon", "minlat", "maxlon", "maxlat")
    return isinstance(box, dict) and all(isinstance(box.get(edge), (int, float)) for edge in edges)
