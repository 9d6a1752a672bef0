"""Positions as people write them, latitude and longitude made of them: one column for both, easting and northing."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from geo.checking.column_mapping import ColumnMapping
from geo.checking.proposals import columns_found, plain_names
from geo.reading.raw_table import Fault, RawTable, with_cells


def placed(raw: RawTable, table: str, mapping: ColumnMapping | None = None) -> bool:
    """Tell whether the file has its positions already: shapes, or columns of latitude and longitude."""
    found = columns_found(raw, table, mapping)
    return raw.geometry is not None or any(
        set(pair) <= set(found)
        and all(found[name] in raw.cells and raw.cells[found[name]].notna().any() for name in pair)
        for pair in (("lat", "lon"), ("wkt",))
    )


#: So many cells of a column are looked at before all are.
_LOOK = 200
_DECIMALS = r"(-?\d{1,3}\.\d+)"
GEOPOINT = re.compile(rf"^\s*{_DECIMALS}(?:\s+|\s*[,;]\s+){_DECIMALS}(?:[\s,;]+-?\d+(?:\.\d+)?){{0,2}}\s*$")
_PLACES = ("gps", "lokasi", "location", "koordinat", "geopoint", "letak", "titik koordinat", "coordinates")


def geopoint(raw: RawTable, table: str) -> RawTable | None:
    """A position in one column, "latitude longitude altitude accuracy" as ODK and Kobo write it."""
    if placed(raw, table):
        return None
    named = plain_names(raw.cells.columns)
    first = [named[name] for name in _PLACES if name in named]
    for column in dict.fromkeys([*first, *map(str, raw.cells.columns)]):
        found = geopoint_of(raw, column)
        if found is not None:
            return found
    return None


def geopoint_of(raw: RawTable, column: str) -> RawTable | None:
    """The table with `lat` and `lon` out of one column; None where less than four fifths of it are positions."""
    texts = raw.cells[column].dropna().astype(str)
    if not texts.head(_LOOK).str.match(GEOPOINT).any():
        return None
    parts = texts.str.extract(GEOPOINT)
    lat, lon = pd.to_numeric(parts[0]), pd.to_numeric(parts[1])
    if parts[0].isna().mean() > 0.2 or ((lat.abs() > 90) | (lon.abs() > 180)).any():
        return None
    told = Fault("geopoint", "note", column=column, value=str(texts.iloc[0]))
    shaped = {}
    for name, part in (("lat", parts[0]), ("lon", parts[1])):
        whole = part.where(part.notna(), texts)  # what is no position is told as it stands
        shaped[name] = whole.reindex(raw.cells.index)
    given = raw.cells.drop(columns=[name for name in shaped if name in raw.cells and name != column])
    return with_cells(replace(raw, cells=given), shaped, told)


#: Easting and northing that a UTM zone can have, metres, with some room.
_UTM_NAMES = (
    ("easting", "timur", "x", "utm x", "koordinat x"),
    ("northing", "utara", "y", "utm y", "koordinat y"),
    ("zona", "zone", "utm zone", "zona utm"),
)
_EASTING, _NORTHING = (100_000, 900_000), (0, 10_000_000)


def utm(raw: RawTable, table: str) -> RawTable | None:
    """Easting, northing and zone (48S, 49 M): turned into degrees.

    "S" is taken as south, as people here write it; without a letter a northing over 5,000 km is south.
    """
    named = plain_names(raw.cells.columns)
    east, north, zone = (next((named[n] for n in names if n in named), None) for names in _UTM_NAMES)
    if raw.geometry is not None or not (east and north and zone):
        return None
    x, y = (pd.to_numeric(raw.cells[name], errors="coerce") for name in (east, north))
    likely = x.between(*_EASTING) & y.between(*_NORTHING)
    if not likely.any() or (likely.sum() * 2 < x.notna().sum()):
        return None
    degrees = _from_utm(x.where(likely), y.where(likely), raw.cells[zone])
    own = ("lat", "latitude", "lon", "longitude")
    given = {str(name).strip().lower(): raw.cells[name] for name in raw.cells.columns if str(name).lower() in own}
    shaped = {}
    for name, column, other in (("lat", north, "latitude"), ("lon", east, "longitude")):
        written = given.get(name, given.get(other))
        told = raw.cells[column] + " (UTM)"  # what cannot be turned stays, to be told
        rest = told if written is None else written.where(written.notna(), told)
        shaped[name] = degrees[name].where(degrees[name].notna(), rest)
    zones = ", ".join(sorted(raw.cells[zone].dropna().astype(str).unique())[:5])
    kept = raw.cells.drop(columns=[name for name in raw.cells.columns if str(name).strip().lower() in own])
    return with_cells(replace(raw, cells=kept), shaped, Fault("utm", "note", values={"zones": zones}))


def _from_utm(x: pd.Series, y: pd.Series, zone: pd.Series) -> dict[str, pd.Series]:
    """Latitude and longitude as text; missing where easting, northing or zone are."""
    from pyproj import Transformer

    texts = zone.astype("string").str.strip().str.extract(r"^(?:[Zz]on[ae]\s*)?(\d{1,2})\s*([A-Za-z]?)$")
    letter = texts[1].fillna("").str.upper()
    south = letter.eq("S") | letter.between("C", "M") | (letter.eq("") & y.gt(5_000_000))
    found = {name: pd.Series(None, index=x.index, dtype=object) for name in ("lat", "lon")}
    for number in sorted(texts[0].dropna().unique().tolist(), key=int):
        for is_south in (True, False):
            rows = (texts[0].eq(number) & (south == is_south) & x.notna() & y.notna()).fillna(False).to_numpy(bool)
            if not rows.any() or not 1 <= int(number) <= 60:
                continue
            crs = f"EPSG:{32700 + int(number) if is_south else 32600 + int(number)}"
            lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x[rows], y[rows])
            found["lon"][rows] = [repr(round(float(value), 7)) for value in lon]
            found["lat"][rows] = [repr(round(float(value), 7)) for value in lat]
    return found
