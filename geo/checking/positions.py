"""Positions as files have them, made latitude and longitude: one cell for both, shapes as text, a map's grid."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from geo.cells.cell_error import CellError
from geo.cells.grid import grid_parts, without_zone
from geo.cells.heads import whose
from geo.cells.place_codes import is_short
from geo.cells.position_text import is_link, lived_at, pair
from geo.cells.shape_text import shape_of
from geo.cells.vocabulary import normal
from geo.checking.column_mapping import ColumnMapping
from geo.checking.grids import angle_or_nan
from geo.checking.places import APART_DEG
from geo.checking.proposals import columns_found
from geo.checking.sides import AXES, NOUGHT
from geo.model.errors import DataError
from geo.model.facts import facts
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
#: What is a position by itself, whatever its column is called: two numbers with decimals, or degrees with their sides.
_STRONG = re.compile(
    r"-?\d{1,3}[.,]\d{3,}\D+-?\d{1,3}[.,]\d{3,}|\d\s*[°º˚d].*\d\s*[°º˚d]|\b(?:LS|LU)\b.*\bB[TB]\b", re.IGNORECASE
)


#: What an address has that shows a place.
_OF_MAPS = re.compile(r"map|^geo:|waze|here\.com|goo\.gl|osm\.org", re.IGNORECASE)


def place_columns(names: Iterable[str]) -> list[str]:
    """Columns in the order in which they may hold the place of the thing itself; those of persons come last.

    Examples
    --------
    >>> place_columns(["gps_rumah", "nama", "gps_titik_air"])
    ['gps_titik_air', 'gps_rumah', 'nama']
    """
    return sorted(names, key=lambda name: whose(normal(name)) if _says_place(name) else 3)


def _says_place(column: str) -> bool:
    return bool(set(normal(column).split()) & set(facts("places")["place"]))


def geopoint(raw: RawTable, table: str) -> RawTable | None:
    """A position in one column, in any usual form: two numbers, degrees with their sides, a map's link."""
    if placed(raw, table):
        return _filled_up(raw, table)
    for column in place_columns(map(str, raw.cells.columns)):
        if _one_axis(column):
            continue
        found = geopoint_of(raw, column, named=_says_place(column))
        if found is not None:
            return found
    return None


def _filled_up(raw: RawTable, table: str) -> RawTable | None:
    """Rows without latitude and longitude that have a position in a cell of its own, with that; None where none has."""
    found = columns_found(raw, table)
    if raw.geometry is not None or not {"lat", "lon"} <= set(found) or found["lat"] == found["lon"]:
        return None
    both = raw.cells[[found["lat"], found["lon"]]]
    empty = (both.isna() | both.isin(NOUGHT)).all(axis=1)
    against = _against(raw, found, empty)
    if not empty.any():
        return replace(raw, notes=(*raw.notes, against)) if against else None
    raw = replace(raw, notes=(*raw.notes, against)) if against else raw
    for column in filter(_says_place, place_columns(map(str, raw.cells.columns))):
        texts = raw.cells.loc[empty, column].dropna().astype(str)
        mine = texts[[_is_position(text, named=True) for text in texts]]
        if len(mine) and column not in (found["lat"], found["lon"]):
            lat, lon, faults = _apart(mine, column)
            both = {
                found[name]: raw.cells[found[name]].where(
                    ~raw.cells.index.isin(mine.index), told.reindex(raw.cells.index)
                )
                for name, told in (("lat", lat), ("lon", lon))
            }
            values = {"count": len(mine)}
            note = Fault("place_of_other_column", "note", int(mine.index[0]), column, str(mine.iloc[0]), values)
            return with_cells(raw, both, note, *faults)
    return raw if against else None


def _against(raw: RawTable, found: dict[str, str], empty: pd.Series) -> Fault | None:
    """A note of rows whose position in one cell is another than their latitude and longitude."""
    for column in filter(_says_place, map(str, raw.cells.columns)):
        if column in found.values() or _one_axis(column) or whose(normal(column)) == 2:
            continue
        texts = raw.cells.loc[~empty, column].dropna().astype(str)
        head = texts.head(_LOOK)
        if sum(_is_position(text, named=True) for text in head) * 2 <= len(head):
            continue  # "lokasi" is an address more often than a position
        lat, lon = (raw.cells.loc[texts.index, found[name]].tolist() for name in ("lat", "lon"))
        told = zip(texts.index, texts, lat, lon, strict=True)
        far = [(row, f"{y}, {x} / {text[:60]}") for row, text, y, x in told if _far(text, y, x)]
        if far:
            return Fault("two_places", "note", int(str(far[0][0])), column, far[0][1], {"count": len(far)})
    return None


def _far(text: str, lat: object, lon: object) -> bool:
    """Whether a cell says a place far from a latitude and longitude."""
    try:
        north, east, fix = pair(text)
    except CellError:
        return False
    apart = abs(angle_or_nan(lat) - north) + abs(angle_or_nan(lon) - east)
    return fix != "place_of_link" and apart > APART_DEG


def _one_axis(column: str) -> bool:
    """Whether a head names latitude or longitude alone: its cells are no pairs, whatever their commas look like."""
    words = set(normal(column).split())
    return bool(AXES["lat"] & words) != bool(AXES["lon"] & words)


def geopoint_of(raw: RawTable, column: str, *, named: bool = True) -> RawTable | None:
    """The table with `lat` and `lon` out of one column; None where not half of its first cells are positions.

    Parameters
    ----------
    raw
        As read.
    column
        The one to take apart.
    named
        Whether its name says that it holds places; else each cell itself must.
    """
    texts = raw.cells[column].dropna().astype(str)
    head = texts.head(_LOOK)
    fits = [_is_position(text, named) for text in head]
    if not fits or sum(fits) * 2 < len(fits) or all(shape_of(text) is not None for text in head):
        return None
    lat, lon, faults = _apart(texts, column, turned=_longitude_first(column, head))
    if _says_south(column):
        lat = lat.where(texts.str.contains(r"[^\W\d]|-").fillna(True) | lat.isna(), "-" + lat.astype(str))
    told = Fault("geopoint", "note", column=column, value=str(texts.iloc[0]))
    shaped = {name: values.reindex(raw.cells.index) for name, values in (("lat", lat), ("lon", lon))}
    given = raw.cells.drop(columns=[name for name in shaped if name in raw.cells and name != column])
    return with_cells(replace(raw, cells=given), shaped, told, *faults)


def _says_south(column: str) -> bool:
    """Whether a head says that its positions lie south ("Koordinat LS/BT"), for cells that do not say it."""
    words = set(normal(column).split())
    return bool(words & {"ls", "selatan", "south"}) and bool(words & {"bt", "bb", "timur", "barat", "east", "west"})


#: Two whole numbers of a place that is told otherwise.
_TWO_COUNTS = re.compile(r"^[^\d°º]*\d{1,3}[^\d.,°º]+[^\d°º]*\d{1,3}[^\d°º.,]*$|^\s*\d{1,3}\s*,\s+\d{1,3}\s*$")


def _is_position(text: str, named: bool) -> bool:
    if is_link(text):
        return bool(_OF_MAPS.search(text))
    if is_short(text):
        return True
    if _TWO_COUNTS.match(text):  # "RT 2 / RW 5"
        return False
    try:
        lat, lon, fix = pair(text)
    except CellError:
        return False
    return abs(lat) <= 90 and abs(lon) <= 180 and (named or bool(_STRONG.search(text)) or fix in ("plus_code", "mgrs"))


def _longitude_first(column: str, texts: pd.Series) -> bool:
    """Whether a column writes longitude before latitude: its head says so, or its cells prove it and none the opposite.

    Arrays under "coordinates" are GeoJSON's, whose rule is longitude first; "X, Y" is longitude and latitude.

    Cells that name their own sides prove nothing of the others.
    """
    words = normal(column).split()
    arrays = texts.str.match(r"\s*\[").mean() > 0.5 if len(texts) else False
    if (words[-1:] == ["coordinates"] and ("geometry" in words or arrays)) or (words[-1:] == ["geometry"] and arrays):
        return True  # GeoJSON's rule
    if {"x", "y"} <= set(words) <= {"x", "y", *facts("places")["axis_words"]}:
        return words.index("x") < words.index("y")
    north, east = ([n for n, word in enumerate(words) if word in AXES[axis]] for axis in ("lat", "lon"))
    if north and east:
        return east[0] < north[0]
    proven = set()
    for text in texts:
        try:
            _, lon, fix = pair(text)
        except CellError:
            continue
        if fix == "longitude_first":
            proven.add("longitude")
        elif not is_link(text) and not lived_at(lon):
            proven.add("latitude")
    return proven == {"longitude"}


def _apart(texts: pd.Series, column: str, *, turned: bool = False) -> tuple[pd.Series, pd.Series, list[Fault]]:
    """Latitude and longitude as texts; what is no position is told as it stands, a link without one by its own name.

    `turned`: two numbers that say nothing of their sides are longitude and latitude.
    """
    lat, lon = texts.copy(), texts.copy()
    faults: list[Fault] = []
    kinds: dict[str, list[int]] = {}
    for row, text in texts.items():
        try:
            north, east, fix = pair(text)
        except CellError as fault:
            if fault.key in ("link_without_place", "code_without_place"):
                faults.append(Fault(fault.key, "rejected", int(str(row)), column, text[:120]))
                lat[row] = lon[row] = None
            continue
        if turned and fix in (None, "decimal_comma") and abs(east) <= 90 and not re.search(r"[A-Za-z°]", text):
            north, east, fix = east, north, "longitude_first"
        lat[row], lon[row] = repr(north), repr(east)
        if fix in ("longitude_first", "place_of_link", "plus_code", "mgrs"):
            kinds.setdefault(fix, []).append(int(str(row)))
    told = [Fault(key, "note", rows[0], column, values={"count": len(rows)}) for key, rows in kinds.items()]
    return lat, lon, [*faults, *told]


def _first(cells: pd.Series) -> str | None:
    """The first cell that holds anything, without a look at those below it."""
    at = cells.first_valid_index()
    return None if at is None or not isinstance(cells[at], str) else str(cells[at])


def shapes_in_cells(raw: RawTable, table: str) -> RawTable | None:
    """A column of shapes as text (WKT, WKB, GeoJSON), whatever its head: `wkt`, where nothing else says the place."""
    for column in place_columns(map(str, raw.cells.columns)):
        first = _first(raw.cells[column])
        if first is None or shape_of(first) is None:
            continue
        if placed(raw, table):
            return None
        texts = raw.cells[column].dropna().head(20)
        if all(isinstance(text, str) and shape_of(text) is not None for text in texts):
            told = Fault("column_as", "note", values={"columns": f"{column} → wkt"})
            cells = raw.cells.drop(columns=[name for name in ("wkt",) if name in raw.cells and name != column])
            return with_cells(replace(raw, cells=cells), {"wkt": raw.cells[column]}, told, out_of=[column])
    return None


def grid_cell(raw: RawTable, table: str) -> RawTable | None:
    """Zone, easting and northing in one cell: taken apart for `utm`."""
    for column in map(str, raw.cells.columns):
        first = _first(raw.cells[column])
        if first is not None and _says_place(column) and without_zone(first) and not placed(raw, table):
            raise DataError("error.no_zone", path=raw.path, columns=column)
        if first is None or grid_parts(first) is None:
            continue
        if placed(raw, table):
            return None
        texts = raw.cells[column].dropna().astype(str)
        parts_of = [grid_parts(text) for text in texts]
        if sum(one is not None for one in parts_of) * 2 <= len(parts_of):
            continue
        shaped = {}
        for place, name in enumerate(("utm zone", "utm easting", "utm northing")):
            found = [None if one is None else one[place] for one in parts_of]
            shaped[name] = pd.Series(found, index=texts.index, dtype=object).reindex(raw.cells.index)
            shaped[name] = shaped[name].where(shaped[name].notna(), None)
        own = raw.cells.drop(columns=[name for name in shaped if name in raw.cells])
        told = Fault("geopoint", "note", column=column, value=str(texts.iloc[0]))
        return with_cells(replace(raw, cells=own), shaped, told, out_of=[column])
    return None
