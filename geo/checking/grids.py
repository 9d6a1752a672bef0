"""Places by easting and northing: the columns that hold them, their zone, and what they are in degrees."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from geo.cells.cell_error import CellError
from geo.cells.grid import EASTING, NORTHING, ZONE, from_grid, systems_of
from geo.cells.numbers import Style, parse_measure, style_of
from geo.cells.position_text import angle, lived_at
from geo.checking.places import APART_DEG
from geo.checking.proposals import columns_found, plain_names
from geo.model.errors import DataError
from geo.model.facts import facts
from geo.model.names import plain
from geo.reading.raw_table import Fault, RawTable, with_cells

_METRES = re.compile(r"^\s*(?:[ENXY]|mE|mN)\s*[:=]?\s*(?=\d{5})|\s*m?\s*[ENSTUB]?\s*$", re.IGNORECASE)


def utm(raw: RawTable, table: str) -> RawTable | None:
    """Easting, northing and zone (48S, 49 M, TM-3 48.2): turned into degrees.

    "S" is taken as south, as people here write it; without a letter a northing over 5,000 km is south. A zone in the
    heads of the columns ("X (UTM 48S)") is that of every row.
    """
    if raw.geometry is not None:
        return None
    columns = _grid_columns(raw)
    if columns is None:
        return None
    east, north, zone = columns
    turned = _turned(raw, east, north)
    if turned:
        east, north = north, east
    if zone is None:
        _no_zone(raw, table, east, north)
        return None
    zoned = {str(name) for name in raw.cells.columns if raw.cells[name] is zone or raw.cells[name].equals(zone)}
    x, y = (_metres(raw.cells[name]) for name in (east, north))
    likely = x.between(*EASTING) & y.between(*NORTHING)
    if not likely.any() or (likely.sum() * 2 < raw.cells[east].notna().sum()):
        return None
    degrees = from_grid(x.where(likely), y.where(likely), zone)
    own = ("lat", "latitude", "lon", "longitude")
    given = {str(name).strip().lower(): raw.cells[name] for name in raw.cells.columns if str(name).lower() in own}
    written = [given.get(name, given.get(other)) for name, other in (("lat", "latitude"), ("lon", "longitude"))]
    grid = pd.DataFrame({"x": raw.cells[east], "y": raw.cells[north], "zone": zone})
    shaped, faults = _beside_grid(degrees, written, grid)
    zones = ", ".join(sorted(zone.dropna().astype(str).unique())[:5])
    read = int(degrees["lat"].notna().sum())
    kept = raw.cells.drop(columns=[name for name in raw.cells.columns if str(name).strip().lower() in own])
    told = [Fault("utm", "note", values={"zones": zones, "count": read, "of": int(raw.cells[east].notna().sum())})]
    told += [Fault("grid_turned", "note", values={"east": east, "north": north})] if turned else []
    return with_cells(replace(raw, cells=kept), shaped, *told, *faults, out_of={east, north, *zoned})


def _turned(raw: RawTable, east: str, north: str) -> bool:
    """Whether the column of easting holds northings and the other way round."""
    x, y = _metres(raw.cells[east]).dropna(), _metres(raw.cells[north]).dropna()
    return bool(len(x)) and bool((x.between(EASTING[1] + 1, NORTHING[1]) & y.between(*EASTING)).all())


def _no_zone(raw: RawTable, table: str, east: str, north: str) -> None:
    """Refuse a grid without a zone, if nothing else says where its things are.

    Raises
    ------
    DataError
        With what to add.
    """
    x, y = (_metres(raw.cells[name]) for name in (east, north))
    likely = x.between(*EASTING) & y.between(*NORTHING) & (y > EASTING[0])
    found = columns_found(raw, table)
    others = {found[name] for name in ("lat", "lon", "wkt") if name in found} - {east, north}
    if likely.any() and likely.sum() * 2 >= x.notna().sum() and not others:
        raise DataError("error.no_zone", path=raw.path, columns=f"{east}, {north}")


def _beside_grid(
    degrees: dict[str, pd.Series], written: list[pd.Series | None], grid: pd.DataFrame
) -> tuple[dict[str, pd.Series], list[Fault]]:
    """Latitude and longitude of each row: as written where they are, else out of the grid; and what there is to tell.

    A grid position that lies where nobody lives, or that no zone places, is none.
    """
    turned = pd.DataFrame({name: pd.to_numeric(degrees[name], errors="coerce") for name in ("lat", "lon")})
    nowhere = turned["lat"].notna() & ~turned["lat"].map(lived_at)
    none = pd.Series(None, index=grid.index, dtype=object)
    has = grid["x"].notna() & grid["y"].notna()
    own = [none if one is None else one for one in written]
    given = own[0].notna() & own[1].notna()
    faults = []
    bad = grid[has & ~given & (turned["lat"].isna() | nowhere)]
    zoned = systems_of(bad["zone"], pd.Series(NORTHING[1] / 2, index=bad.index)).notna()
    for (row, x, y, zone), known in zip(bad.itertuples(), zoned, strict=True):
        words = f"{x}, {y} ({zone if isinstance(zone, str) else '–'})"
        faults.append(Fault("grid_place" if known else "grid_zone", "rejected", int(row), "lat/lon", words))
    read = own[0].map(angle_or_nan), own[1].map(angle_or_nan)
    apart = given & ~nowhere & ((read[0] - turned["lat"]).abs() + (read[1] - turned["lon"]).abs() > APART_DEG)
    if apart.any():
        row = grid.index[apart][0]
        words = f"{own[0][row]}, {own[1][row]} / {turned.at[row, 'lat']:.5f}, {turned.at[row, 'lon']:.5f}"
        faults.append(Fault("two_places", "note", int(row), "lat/lon", words, {"count": int(apart.sum())}))
    shaped = {}
    for name, mine in zip(("lat", "lon"), own, strict=True):
        told = degrees[name].where(~nowhere, None)
        shaped[name] = mine.where(given, told.where(told.notna(), None))
    return shaped, faults


def angle_or_nan(text: object) -> float:
    """Degrees of a cell; not a number where it holds none."""
    try:
        return angle(text)[0] if isinstance(text, str) else float("nan")
    except CellError:
        return float("nan")


def _grid_columns(raw: RawTable) -> tuple[str, str, pd.Series | None] | None:
    """Columns of easting and northing, and the zone of each row, if the file says it."""
    named = plain_names(raw.cells.columns)
    bare = {_SYSTEM_OF.sub("", name): column for name, column in reversed(named.items())}
    bare |= {_METRES_OF.sub("", _ZONE_OF.sub("", name)).strip(): column for name, column in reversed(named.items())}
    bare |= {_ZONE_WITHIN.sub("", name).strip(): column for name, column in reversed(named.items())}
    bare |= named
    heads = facts("places")["grid"]
    east, north = (next((bare[n] for n in heads[axis] if n in bare), None) for axis in ("easting", "northing"))
    zone = next((named[n] for n in heads["zone"] if n in named), None)
    if not (east and north):
        return None
    if zone is not None:
        return east, north, raw.cells[zone]
    head = _ZONE_IN.search(east) or _ZONE_IN.search(north) or _ZONE_WITHIN.search(plain(east))
    if head is None or not ZONE.match(head[1].strip()):
        return east, north, None
    return east, north, pd.Series(head[1].strip(), index=raw.cells.index, dtype=object)


#: The zone in a head ("Easting (m) Zona 48S", "X (TM-3 48.1)"), in one that is plain, and the unit of one.
_ZONE_IN = re.compile(r"(\d{1,2}(?:[.,][12](?!\d))?\s*[A-Za-z]?)\)?\s*$")
_ZONE_WITHIN = re.compile(r"\b(?:utm|zona|zone)\s+(?:utm\s+)?(\d{1,2}\s?[a-z]?)\b")
_ZONE_OF = re.compile(r"(?:\s+(?:utm|zona|zone|zn|wgs ?84|tm ?3))*\s*\d{1,2}(?: [12])?\s*[a-z]?$")
_SYSTEM_OF = re.compile(r"\s+(?:utm|tm ?3)$")
_METRES_OF = re.compile(r"\s+(?:m|meter|metres?|meters?)$")


def _metres(cells: pd.Series) -> pd.Series:
    """Metres as numbers: with thousands signs as the column has them, "mE" and "m" taken off."""
    texts = cells.map(lambda text: _METRES.sub("", text) if isinstance(text, str) else None)
    style = style_of(texts.dropna())

    def number(text: object) -> float | None:
        try:
            return parse_measure(str(text), "length", grouped=False, style=style)[0] if isinstance(text, str) else None
        except CellError:
            return _grouped(str(text))

    read = pd.to_numeric(texts.map(number), errors="coerce")
    small = read.lt(1000) & texts.notna()  # "734.102" is no easting of 734 metres
    again = texts[small].map(lambda text: _grouped(str(text)))
    read[small] = pd.to_numeric(again, errors="coerce")
    return read


def _grouped(text: str) -> float | None:
    try:
        return parse_measure(text, "length", grouped=True, style=Style())[0]
    except CellError:
        return None
