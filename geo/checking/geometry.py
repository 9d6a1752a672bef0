"""Positions as files have them, into checked shapes in EPSG:4326: fixed visibly, or rejected with the reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from geo.cells.cell_error import CellError
from geo.cells.cell_parsers import MISSING
from geo.cells.position_text import INHABITED, angle, lived_at, shape_of
from geo.model.arrays import Floats
from geo.reading.raw_table import Fault

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
    """Make points from two columns of text; return shapes, fixes, and the faults of each rejected row."""
    fixes: list[Fault] = []
    rejected: dict[int, list[Fault]] = {}
    swap = bool(options.get("swap_lat_lon"))
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
    """Check shapes of a file: present, of a kind the table takes, on earth, valid (repaired visibly)."""
    result: list[Any] = []
    fixes: list[Fault] = []
    rejected: dict[int, list[Fault]] = {}
    for row, given in shapes.items():
        shape = None
        try:
            shape = _checked(row, given, kinds, fixes)
        except CellError as fault:
            rejected[row] = [
                Fault(fault.key, "rejected", row, "geometry", _where(given) or _cut(texts, row), fault.values)
            ]
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


def _checked(row: Any, shape: Any, kinds: list[str], fixes: list[Fault]) -> Any:
    if shape is None or pd.isna(shape) or shape.is_empty:
        raise CellError("empty_geometry")
    shape = shapely.force_2d(shape)
    if shape.geom_type == "MultiPoint" and len(shape.geoms) == 1:
        shape = shape.geoms[0]
    west, south, east, north = shape.bounds
    for lat, lon in ((south, west), (north, east)):
        check_coordinates(lat, lon)
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
