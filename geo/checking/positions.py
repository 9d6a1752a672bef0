"""Positions as files have them, made latitude and longitude: one cell for both, a map's grid, parts in columns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from geo.cells.cell_error import CellError
from geo.cells.grid import ZONE, from_grid
from geo.cells.numbers import Style, parse_measure, style_of
from geo.cells.position_text import angle, is_link, pair, shape_of
from geo.cells.vocabulary import normal
from geo.checking.column_mapping import ColumnMapping
from geo.checking.proposals import columns_found, plain_names, whose
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


#: Words of an axis that say no side.
_AXES = {
    "lat": frozenset({"lat", "latitude", "latitud", "lintang"}),
    "lon": frozenset({"lon", "long", "lng", "longitude", "longitud", "bujur"}),
}
#: So many cells of a column are looked at before all are.
_LOOK = 200
#: What is a position by itself, whatever its column is called: two numbers with decimals, or degrees with their sides.
_STRONG = re.compile(
    r"-?\d{1,3}[.,]\d{3,}\D+-?\d{1,3}[.,]\d{3,}|\d\s*[°º˚d].*\d\s*[°º˚d]|\b(?:LS|LU)\b.*\bB[TB]\b", re.IGNORECASE
)


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
    empty = raw.cells[found["lat"]].isna() & raw.cells[found["lon"]].isna()
    if not empty.any():
        return None
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
    return None


def _one_axis(column: str) -> bool:
    """Whether a head names latitude or longitude alone: its cells are no pairs, whatever their commas look like."""
    words = set(normal(column).split())
    return bool(_AXES["lat"] & words) != bool(_AXES["lon"] & words)


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
    lat, lon, faults = _apart(texts, column)
    told = Fault("geopoint", "note", column=column, value=str(texts.iloc[0]))
    shaped = {name: values.reindex(raw.cells.index) for name, values in (("lat", lat), ("lon", lon))}
    given = raw.cells.drop(columns=[name for name in shaped if name in raw.cells and name != column])
    return with_cells(replace(raw, cells=given), shaped, told, *faults)


def _is_position(text: str, named: bool) -> bool:
    if is_link(text):
        return "map" in text or text.startswith("geo:")
    try:
        lat, lon, _ = pair(text)
    except CellError:
        return False
    return abs(lat) <= 90 and abs(lon) <= 180 and (named or bool(_STRONG.search(text)))


def _apart(texts: pd.Series, column: str) -> tuple[pd.Series, pd.Series, list[Fault]]:
    """Latitude and longitude as texts; what is no position is told as it stands, a link without one by its own name."""
    lat, lon = texts.copy(), texts.copy()
    faults: list[Fault] = []
    kinds: dict[str, list[int]] = {}
    for row, text in texts.items():
        try:
            north, east, fix = pair(text)
        except CellError as fault:
            if fault.key == "link_without_place":
                faults.append(Fault(fault.key, "rejected", int(str(row)), column, text[:120]))
                lat[row] = lon[row] = None
            continue
        lat[row], lon[row] = repr(north), repr(east)
        if fix in ("longitude_first", "place_of_link"):
            kinds.setdefault(fix, []).append(int(str(row)))
    told = [Fault(key, "note", rows[0], column, values={"count": len(rows)}) for key, rows in kinds.items()]
    return lat, lon, [*faults, *told]


def sides(raw: RawTable, table: str) -> RawTable | None:
    """Columns headed LS, LU, BT, BB: the head says the side, where the cells do not say it themselves."""
    if raw.geometry is not None:
        return None
    heads = facts("places")["sides"]
    named = {normal(str(column)): str(column) for column in reversed(raw.cells.columns.tolist())}
    shaped: dict[str, pd.Series] = {}
    told = {}
    for axis in ("lat", "lon"):
        for head, side in heads[axis].items():
            if head in named and axis not in shaped and not _own(raw, axis, named[head]):
                shaped[axis] = raw.cells[named[head]].map(lambda text, side=side: _with_side(text, side))
                told[named[head]] = side
    if set(shaped) != {"lat", "lon"}:
        return None
    note = Fault("side_in_head", "note", values={"columns": ", ".join(f"{a}: {b}" for a, b in told.items())})
    own = raw.cells.drop(columns=[name for name in shaped if name in raw.cells and name not in told])
    return with_cells(replace(raw, cells=own), shaped, note, out_of=told)


#: No word for a side has more letters.
_LONGEST_SIDE = 40


def hemispheres(raw: RawTable, table: str) -> RawTable | None:
    """A column that says of each row on which side it lies (N/S, "lat_dir"): its word goes to the number beside it."""
    entry, shaped, told = facts("places")["hemispheres"], {}, {}
    headed = [column for column in map(str, raw.cells.columns) if normal(column) in entry["heads"]]
    if raw.geometry is not None or not headed:
        return None
    sources = columns_found(raw, table)
    if not {"lat", "lon"} <= set(sources):
        return None
    for column in headed:
        if column in sources.values():
            continue
        written = raw.cells[column].dropna().unique()
        plain = {text: normal(text) for text in written if isinstance(text, str) and len(text) < _LONGEST_SIDE}
        for axis in ("lat", "lon"):
            words = entry[axis]
            if axis in shaped or not len(written) or not all(plain.get(text) in words for text in written):
                continue
            sides_of = raw.cells[column].map({text: words[word] for text, word in plain.items()})
            both = zip(raw.cells[sources[axis]], sides_of, strict=True)
            cells = [text if side is None or side != side else _with_side(text, side) for text, side in both]
            shaped[axis] = pd.Series(cells, index=raw.cells.index, dtype=object)
            told[column] = axis
    if not shaped:
        return None
    note = Fault("side_in_column", "note", values={"columns": ", ".join(told)})
    made = {sources[axis]: cells for axis, cells in shaped.items()}
    return with_cells(raw, made, note, out_of=told)


def _own(raw: RawTable, axis: str, column: str) -> bool:
    """Whether another column carries the axis's plain name and says anything."""
    return any(
        normal(str(name)) in (axis, {"lat": "latitude", "lon": "longitude"}[axis])
        and str(name) != column
        and raw.cells[name].notna().any()
        for name in raw.cells.columns
    )


def _with_side(text: object, side: str) -> object:
    """A cell with the side that its column's head says, unless it says one, or a minus, itself."""
    if not isinstance(text, str):
        return text
    try:
        value, own, _ = angle(text)
    except CellError:
        return text
    if own is not None or (value < 0 and side in ("LS", "BB")):
        return text
    return f"{text} {side}"  # a minus against it is told as the contradiction it is


def parts(raw: RawTable, table: str) -> RawTable | None:
    """Degrees, minutes and seconds in columns of their own ("LS derajat", "LS menit" …): put together."""
    if raw.geometry is not None:
        return None
    words = facts("places")
    found: dict[str, dict[str, str]] = {"lat": {}, "lon": {}}
    side: dict[str, str] = {}
    for column in map(str, raw.cells.columns):
        names = normal(column).split()
        part, word = next(
            ((part, head) for part, heads in words["parts"].items() for head in heads if head in names), (None, "")
        )
        axis, said = _axis([name for n, name in enumerate(names) if n != _last(names, word)])
        if part is not None and axis is not None:
            found[axis].setdefault(part, column)
            side.setdefault(axis, said)
    if any(not {"degrees", "minutes"} <= set(columns) for columns in found.values()):
        return None
    shaped = {axis: _put_together(raw.cells, columns, side[axis]) for axis, columns in found.items()}
    told = ", ".join(column for columns in found.values() for column in columns.values())
    used = [column for columns in found.values() for column in columns.values()]
    return with_cells(raw, shaped, Fault("read_as", "note", values={"shape": told}), out_of=used)


def _axis(names: list[str]) -> tuple[str | None, str]:
    """The axis that the words of a head name, and the side."""
    heads = facts("places")["sides"]
    named = [axis for axis, words in _AXES.items() if words & set(names)]
    for axis in named or ("lat", "lon"):
        for head, side in heads[axis].items():
            if head in names:
                return axis, side
    return (named[0], "") if named else (None, "")


def _last(names: list[str], word: str) -> int:
    """Where a word stands last ("s s": the seconds of the south)."""
    return len(names) - 1 - names[::-1].index(word) if word in names else -1


def _put_together(cells: pd.DataFrame, columns: dict[str, str], side: str) -> pd.Series:
    def one(row: tuple[object, ...]) -> str | None:
        texts = [str(cell).strip() if isinstance(cell, str) else "" for cell in row]
        if not texts[0]:
            return None
        signs = "°'\""
        return " ".join(f"{text}{sign}" for text, sign in zip(texts, signs, strict=False) if text) + (
            f" {side}" if side else ""
        )

    taken = [columns[part] for part in ("degrees", "minutes", "seconds") if part in columns]
    return pd.Series([one(row) for row in cells[taken].itertuples(index=False)], index=cells.index, dtype=object)


#: Names of easting, northing and zone.
_UTM_NAMES = (
    ("easting", "timur", "x", "utm x", "koordinat x", "x utm", "utm e", "utm easting", "mt"),
    ("northing", "utara", "y", "utm y", "koordinat y", "y utm", "utm n", "utm northing", "mu"),
    ("zona", "zone", "utm zone", "zona utm", "utm zona"),
)
#: Easting and northing that a UTM or TM-3 zone can have, metres, with some room.
_EASTING, _NORTHING = (50_000, 950_000), (0, 10_000_000)
_METRES = re.compile(r"\s*m?\s*[ENSTUB]?\s*$", re.IGNORECASE)


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
    zoned = {str(name) for name in raw.cells.columns if raw.cells[name] is zone or raw.cells[name].equals(zone)}
    x, y = (_metres(raw.cells[name]) for name in (east, north))
    likely = x.between(*_EASTING) & y.between(*_NORTHING)
    if not likely.any() or (likely.sum() * 2 < raw.cells[east].notna().sum()):
        return None
    degrees = from_grid(x.where(likely), y.where(likely), zone)
    own = ("lat", "latitude", "lon", "longitude")
    given = {str(name).strip().lower(): raw.cells[name] for name in raw.cells.columns if str(name).lower() in own}
    shaped = {}
    for name, column, other in (("lat", north, "latitude"), ("lon", east, "longitude")):
        written = given.get(name, given.get(other))
        told = raw.cells[column] + " (UTM)"  # what cannot be turned stays, to be told
        rest = told if written is None else written.where(written.notna(), told)
        shaped[name] = degrees[name].where(degrees[name].notna(), rest)
    zones = ", ".join(sorted(zone.dropna().astype(str).unique())[:5])
    read = int(degrees["lat"].notna().sum())
    kept = raw.cells.drop(columns=[name for name in raw.cells.columns if str(name).strip().lower() in own])
    told = Fault("utm", "note", values={"zones": zones, "count": read, "of": int(raw.cells[east].notna().sum())})
    return with_cells(replace(raw, cells=kept), shaped, told, out_of={east, north, *zoned})


def _grid_columns(raw: RawTable) -> tuple[str, str, pd.Series] | None:
    """Columns of easting and northing, and the zone of each row."""
    named = plain_names(raw.cells.columns)
    bare = {
        re.sub(r"\s*(?:utm|zona?e?)?\s*\d{1,2}\s*[a-z]?$", "", name).strip(): column
        for name, column in reversed(named.items())
    } | named
    east, north = (next((bare[n] for n in names if n in bare), None) for names in _UTM_NAMES[:2])
    zone = next((named[n] for n in _UTM_NAMES[2] if n in named), None)
    if not (east and north):
        return None
    if zone is not None:
        return east, north, raw.cells[zone]
    head = re.search(r"(\d{1,2}\s*[A-Za-z]?)\)?\s*$", east)
    if head is None or not ZONE.match(head[1]):
        return None
    return east, north, pd.Series(head[1].strip(), index=raw.cells.index, dtype=object)


def _metres(cells: pd.Series) -> pd.Series:
    """Metres as numbers: with thousands signs as the column has them, "mE" and "m" taken off."""
    texts = cells.map(lambda text: _METRES.sub("", text) if isinstance(text, str) else None)
    style = style_of(texts.dropna())

    def number(text: object) -> float | None:
        try:
            return parse_measure(str(text), "length", grouped=False, style=style)[0] if isinstance(text, str) else None
        except CellError:
            return None

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
