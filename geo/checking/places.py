"""The place of every row in EPSG:4326: of the first of its places that reads, fixed visibly, or rejected and why.

Parts of one village are one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.cells.cell_error import CellError
from geo.cells.cell_parsers import MISSING
from geo.cells.position_text import INHABITED, angle, lived_at
from geo.cells.shape_text import shape_of
from geo.checking.checked_table import Findings
from geo.checking.column_mapping import ColumnMapping
from geo.model.arrays import Floats
from geo.model.facts import facts
from geo.reading.raw_table import Fault, RawTable, cell_text

#: Two places of one row that lie so far apart (degrees, a kilometre) are two places.
APART_DEG = 0.009
#: Degrees around 0, 0 in which there is only sea, and positions that nobody took.
_NOWHERE = 0.001


def check_coordinates(lat: float, lon: float) -> None:
    """Raise `CellError` where a position is no place on earth; a swap that would make it one is proposed.

    Examples
    --------
    >>> check_coordinates(-7.2, 107.1)
    >>> try:
    ...     check_coordinates(107.1, -7.2)
    ... except CellError as fault:
    ...     fault.key
    'swapped'
    """
    if abs(lat) <= 90 and abs(lon) <= 180:
        if not lived_at(lat) and lived_at(lon):
            raise CellError("swapped")  # nobody lives there, and people live at the other
        if abs(lat) < _NOWHERE and abs(lon) < _NOWHERE:
            raise CellError("null_island")
        return
    if abs(lon) <= 90 and abs(lat) <= 180:
        raise CellError("swapped")
    raise CellError("out_of_range")


def points_from_text(
    lat: pd.Series, lon: pd.Series, options: dict[str, Any]
) -> tuple[pd.Series, list[Fault], dict[int, list[Fault]]]:
    """Make points from two columns of text; return shapes, fixes, and the faults of each rejected row.

    Two columns that are swapped in every row, and could not be otherwise, are taken as they are meant.
    """
    shapes, fixes, rejected = _points(lat, lon, swap=bool(options.get("swap_lat_lon")))
    if shapes.isna().all() and _all_swapped(rejected):
        return _points(lat, lon, swap=True)
    return shapes, fixes, rejected


#: So many rows at least prove that two columns are swapped.
_PROOF = 2


def _all_swapped(rejected: dict[int, list[Fault]]) -> bool:
    """Whether all rows that have a place at all have latitude and longitude the wrong way round."""
    keys = [faults[0].key for faults in rejected.values()]
    return keys.count("swapped") >= _PROOF and set(keys) <= {"swapped", "no_coordinates", "empty_geometry"}


def _points(lat: pd.Series, lon: pd.Series, *, swap: bool) -> tuple[pd.Series, list[Fault], dict[int, list[Fault]]]:
    fixes: list[Fault] = []
    rejected: dict[int, list[Fault]] = {}
    place = np.full((len(lat), 2), np.nan)
    if not swap:
        place = _plain_places(lat, lon)
    rest = np.flatnonzero(np.isnan(place).any(axis=1)).tolist()
    rows, norths, easts = lat.index.tolist(), lat.tolist(), lon.tolist()
    for n in rest:
        row, north, east = rows[n], norths[n], easts[n]
        place[n] = np.nan
        try:
            place[n] = _place(row, north, east, swap, fixes)
        except CellError as fault:
            value = f"{north or '–'}, {east or '–'}"
            rejected[row] = [Fault(fault.key, "rejected", row, "lat/lon", value, fault.values)]
    shapes = shapely.points(place)
    shapes[np.isnan(place).any(axis=1)] = None
    return pd.Series(shapes, index=lat.index, dtype=object), fixes, rejected


def _plain_places(lat: pd.Series, lon: pd.Series) -> Floats:
    """Longitude and latitude where both are plain decimal degrees on earth, shape (n, 2); NaN where they are not."""
    place = np.full((len(lat), 2), np.nan)
    for k, (texts, least, most) in enumerate(((lon, -180.0, 180.0), (lat, *INHABITED))):
        written = texts.astype("str")
        plain = written.str.fullmatch(r"-?[0-9]{1,3}(\.[0-9]+)?").fillna(False).to_numpy(dtype=bool)
        place[plain, k] = written[plain].astype(float)
        place[~((place[:, k] >= least) & (place[:, k] <= most)), k] = np.nan
    place[(np.abs(place) < _NOWHERE).all(axis=1)] = np.nan
    return place


def _place(row: int, north: str | None, east: str | None, swap: bool, fixes: list[Fault]) -> tuple[float, float]:
    """Longitude and latitude of two texts."""
    values = []
    for name, text in (("lat", north), ("lon", east)):
        if text is None or text.strip().lower() in MISSING:
            raise CellError("no_coordinates")
        value, fix = _angle(text.strip(), axis="lon" if (name == "lat") == swap else "lat")
        if fix:
            fixes.append(Fault(fix, "fixed", row, name, text))
        values.append(value)
    if swap:
        values.reverse()
        fixes.append(Fault("swap_applied", "fixed", row, "lat/lon", f"{north}, {east}"))
    check_coordinates(values[0], values[1])
    return values[1], values[0]


def _angle(text: str, axis: str) -> tuple[float, str | None]:
    """A latitude or longitude as people write it."""
    value, _, fix = angle(text, axis)
    return value, fix


def checked_shapes(
    shapes: pd.Series, kinds: list[str], texts: pd.Series | None = None
) -> tuple[pd.Series, list[Fault], dict[int, list[Fault]]]:
    """Check shapes of a file: present, of a kind the table takes, on earth, valid (repaired visibly).

    Shapes that all have latitude before longitude, and could not lie as they are written, are turned.
    """
    result, fixes, rejected = _checked_each(shapes, kinds, texts)
    if result.isna().all() and _all_swapped(rejected):
        turned = [None if one is None or pd.isna(one) else shapely.transform(one, _other_way) for one in shapes]
        result, fixes, rejected = _checked_each(pd.Series(turned, index=shapes.index, dtype=object), kinds, texts)
        told = [(row, _where(shapes[row])) for row in result.index[result.notna()]]
        fixes += [Fault("swap_applied", "fixed", int(row), "geometry", words) for row, words in told]
    return result, fixes, rejected


def _other_way(places: Floats) -> Floats:
    return places[:, ::-1]


def _checked_each(
    shapes: pd.Series, kinds: list[str], texts: pd.Series | None
) -> tuple[pd.Series, list[Fault], dict[int, list[Fault]]]:
    result: list[Any] = []
    fixes: list[Fault] = []
    rejected: dict[int, list[Fault]] = {}
    for row, given in shapes.items():
        shape = None
        try:
            shape = _checked(row, given, kinds, fixes)
        except CellError as fault:
            words = _where(given) or _cut(texts, row)
            key = "bad_shape" if fault.key == "empty_geometry" and words else fault.key
            rejected[row] = [Fault(key, "rejected", row, "geometry", words, fault.values)]
        result.append(shape)
    return pd.Series(result, index=shapes.index, dtype=object), fixes, rejected


def _cut(texts: pd.Series | None, row: Any) -> str | None:
    """The text that was to be a shape, or its beginning."""
    text = None if texts is None else texts[row]
    return text[:60] if isinstance(text, str) else None


def _where(shape: Any) -> str | None:
    """Where a refused shape lies, as the file has it: latitude, longitude of its first corner."""
    if shape is None or pd.isna(shape) or shape.is_empty:
        return None
    west, south, _, _ = shape.bounds
    return f"{south:g}, {west:g}"


#: What may be the outline of a building or its ground, and how wide at the most, degrees (some 650 m): no village is.
_AREAS, _OUTLINE_DEG = ("Polygon", "MultiPolygon"), 0.006


def _checked(row: Any, shape: Any, kinds: list[str], fixes: list[Fault]) -> Any:
    if shape is None or pd.isna(shape) or shape.is_empty:
        raise CellError("empty_geometry")
    shape = shapely.force_2d(shape)
    while shape.geom_type in ("MultiPoint", "GeometryCollection") and len(shape.geoms) == 1:
        shape = shape.geoms[0]
    west, south, east, north = shape.bounds
    for lat, lon in ((south, west), (north, east)):
        check_coordinates(lat, lon)
    if kinds == ["Point"] and shape.geom_type in _AREAS and max(east - west, north - south) <= _OUTLINE_DEG:
        fixes.append(Fault("area_as_point", "fixed", row, "geometry", shape.geom_type))
        return shapely.point_on_surface(shapely.make_valid(shape))
    if shape.geom_type not in kinds:
        raise CellError("geometry_type", found=shape.geom_type, known=", ".join(kinds))
    if not shape.is_valid:
        reason = shapely.is_valid_reason(shape)
        parts = [p for p in shapely.get_parts(shapely.make_valid(shape)) if p.geom_type in ("Polygon", "MultiPolygon")]
        if not parts:
            raise CellError("empty_geometry")
        shape = shapely.union_all(parts)
        fixes.append(Fault("geometry_repaired", "fixed", row, "geometry", reason))
    return shape


def from_wkt(texts: pd.Series) -> pd.Series:
    """Read shapes written as text, in any usual form; what is none becomes missing, and is told as empty geometry."""
    return texts.map(lambda text: shape_of(text) if isinstance(text, str) else None).astype(object)


def shapes_of(raw: RawTable, text: pd.DataFrame, table: str, mapping: ColumnMapping, found: Findings) -> pd.Series:
    """The place of every row: of the first of its places that reads; what was passed over is told."""
    kinds = facts("tables")[table]["geometry"]
    shapes, left, passed = None, {}, 0
    for name in _place_order(raw, text, kinds):
        rows = text.index if shapes is None else pd.Index(list(left))
        if shapes is not None and not left:
            break
        given, fixes, bad = _places(name, raw, text.loc[rows], kinds, mapping)
        for fault in fixes:
            found.fix(fault.key, fault.column, fault.value, [int(fault.row or 0)])
        if shapes is None:
            shapes, left = given, bad
            continue
        read = [row for row in left if row not in bad]
        shapes = shapes.astype(object)
        for row in read:
            shapes[row] = given[row]
        passed += len(read)
        left = {row: _sayer(faults, bad[row]) for row, faults in left.items() if row in bad}
    for row, faults in left.items():
        if not any(fault.key in _TOLD for fault in found.rejected.get(row, [])):
            for fault in faults:
                found.reject(fault)
    if passed:
        found.notes.append(Fault("other_place", "note", values={"count": passed}))
    if kinds == ["Point"] and {"lat", "lon"} <= set(text.columns) and (raw.geometry is not None or "wkt" in text):
        found.notes += _elsewhere(raw, shapes, text, kinds, mapping)
    assert shapes is not None
    return shapes


#: Faults of a place that say more than that there is none.
_TOLD = ("link_without_place", "grid_zone", "grid_place", "code_without_place", "no_such_site")


def _elsewhere(
    raw: RawTable, shapes: pd.Series, text: pd.DataFrame, kinds: list[str], mapping: ColumnMapping
) -> list[Fault]:
    """Rows whose geometry says another place than their latitude and longitude: counted, the first told."""
    if raw.geometry is None:
        others, _, bad = checked_shapes(from_wkt(text["wkt"]), kinds, text["wkt"])
        if len(bad) == len(text) and text["wkt"].notna().any():  # a column that is called a geometry, and is none
            return [Fault("no_geometry", "note", None, "wkt", next(iter(text["wkt"].dropna()))[:60])]
    else:
        others, _, _ = points_from_text(text["lat"], text["lon"], mapping.options)
    key = "two_places" if raw.geometry is None else "shape_or_columns"
    far = text.index[shapely.distance(shapes.to_numpy(), others.to_numpy()) > APART_DEG]
    if not len(far):
        return []
    one, other = shapes[far[0]], others[far[0]]
    words = f"{one.y:.5f}, {one.x:.5f} / {other.y:.5f}, {other.x:.5f}"
    return [Fault(key, "note", int(far[0]), "lat/lon", words, {"count": len(far)})]


def _place_order(raw: RawTable, text: pd.DataFrame, kinds: list[str]) -> list[str]:
    """Where the places of rows may stand, the first to be believed first: an area's outline before its middle."""
    has = {"shape": raw.geometry is not None, "wkt": "wkt" in text, "pair": {"lat", "lon"} <= set(text.columns)}
    order = ["shape", "pair", "wkt"] if kinds == ["Point"] else ["shape", "wkt", "pair"]
    return [name for name in order if has[name]]


def _places(
    name: str, raw: RawTable, text: pd.DataFrame, kinds: list[str], mapping: ColumnMapping
) -> tuple[pd.Series, list[Fault], dict[int, list[Fault]]]:
    if name == "shape":
        assert raw.geometry is not None
        return checked_shapes(raw.geometry.loc[text.index], kinds)
    if name == "wkt":
        return checked_shapes(from_wkt(text["wkt"]), kinds, text["wkt"])
    return points_from_text(text["lat"], text["lon"], mapping.options)


def _sayer(first: list[Fault], second: list[Fault]) -> list[Fault]:
    """Of two places that cannot be read, what is wrong with the one that is not just empty."""
    empty = ("no_coordinates", "empty_geometry")
    return second if first[0].key in empty and second[0].key not in empty else first


def parts_joined(typed: pd.DataFrame, found: Findings) -> tuple[pd.DataFrame, int]:
    """Rows of one village that each hold a part of its area, as one; what they say differently is left empty."""
    good = ~typed.index.isin(list(found.rejected)) & typed["village_code"].notna()
    area = typed["geometry"].map(lambda shape: shape is not None and shape.geom_type in ("Polygon", "MultiPolygon"))
    again = (
        good
        & area
        & typed["village_code"].duplicated(keep=False)
        & typed["village_code"].where(good & area).duplicated(keep=False)
    )
    if not again.any():
        return typed, 0
    typed = typed.copy()
    gone: list[int] = []
    for code, rows in typed[again].groupby("village_code").groups.items():
        first, rest = int(rows[0]), [int(row) for row in rows[1:]]
        if not _apart(typed.loc[rows, "geometry"].tolist()):
            continue  # one over the other: the same village twice
        typed.at[first, "geometry"] = shapely.union_all(typed.loc[rows, "geometry"].tolist())
        for name in typed.columns.difference(["geometry", "village_code", "data_source", "name"]):
            told = typed.loc[rows, name].dropna().unique()
            if len(told) == 1 and typed.at[first, name] is None:
                typed.at[first, name] = told[0]
            if len(told) > 1:
                values = " / ".join(cell_text(one) or "" for one in told)
                found.blank(Fault("parts_differ", "rejected", first, name, values, {"code": str(code)}))
                typed.at[first, name] = None
        names = typed.loc[rows, "name"].dropna().unique() if "name" in typed else []
        if len(names) > 1:
            where = {"code": str(code), "rows": ", ".join(map(str, rows[:5]))}
            found.notes.append(Fault("parts_named", "note", first, "name", " / ".join(map(str, names)), where))
        gone += rest
    if gone:
        codes = sorted({str(code) for code in typed.loc[gone, "village_code"]})
        found.notes.append(
            Fault("parts_joined", "note", gone[0], values={"count": len(gone), "codes": ", ".join(codes[:5])})
        )
    return typed.drop(index=gone), len(gone)


def _apart(shapes: list[Any]) -> bool:
    """Whether areas lie beside each other: less than a hundredth of them is shared."""
    whole = sum(shape.area for shape in shapes)
    return bool(whole > 0 and shapely.union_all(shapes).area > 0.99 * whole)
