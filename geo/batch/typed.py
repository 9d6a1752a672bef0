"""Large tables that are typed already: GeoParquet checked by column instead of by cell.

The same declarations as for any file (`data/tables.toml`), a million rows in a second. A row that breaks one is kept
whole among the rejects, with its reason; nothing is mended.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import shapely

from geo.model.errors import CallError, DataError
from geo.model.facts import columns_of, facts
from geo.model.tables import coerce
from geo.workspace.importing import check_file


@dataclass(frozen=True, eq=False)
class Typed:
    """Good rows (points with `lon` and `lat`), and bad ones whole with `row` (from 1) and `reason`."""

    rows: gpd.GeoDataFrame
    rejects: pd.DataFrame


def read_typed(path: Path, table: str) -> Typed:
    """Read a table: Parquet by column, any other file through its reader.

    Raises
    ------
    DataError
        If the file is no Parquet though it says so, lacks its key or a place, or has no good row.
    """
    if not path.exists():
        raise CallError("error.no_file", path=str(path))
    if path.suffix.lower() != ".parquet" and not path.is_dir():
        checked = check_file(path, table)
        found = Typed(checked.rows, checked.rejects)
    else:
        found = _from_parquet(path, table)
    if not len(found.rows):
        raise DataError("error.nothing_accepted", path=path.name, count=len(found.rejects))
    if table in ("villages", "roads"):
        return found
    shapes = found.rows.geometry
    return Typed(found.rows.assign(lon=shapes.x, lat=shapes.y), found.rejects)


def _from_parquet(path: Path, table: str) -> Typed:
    try:
        raw = pq.read_table(path)
    except (OSError, ValueError) as error:
        raise DataError("error.unreadable", path=path.name) from error
    frame = raw.drop_columns([name for name in ("bbox",) if name in raw.column_names]).to_pandas()
    key = facts("tables")[table]["key"]
    if key not in frame:
        raise DataError("error.no_column", path=path.name, column=key, known=", ".join(map(str, frame.columns)))
    shapes = _shapes(frame, path, required=table != "villages")
    columns = columns_of(table)
    typed, faults = {}, pd.Series("", index=frame.index)
    for name, entry in columns.items():
        given = frame[name] if name in frame else _missing(frame.index, entry["type"])
        text = entry["type"] in ("text", "code", "choice")
        typed[name] = given if name not in frame else given.astype("str") if text else coerce(given, entry["type"])
        faults = _told(faults, _faulty(typed[name], given, entry), name)
        if "default" in entry:
            typed[name] = typed[name].where(typed[name].notna(), entry["default"])
        if entry.get("required"):
            faults = _told(faults, typed[name].isna(), name)
    if "data_source" in typed:  # as an import says it
        typed["data_source"] = typed["data_source"].astype(object).where(typed["data_source"].notna(), path.name)
    faults = _told(faults, typed[key].isna() | pd.Series(typed[key]).duplicated(), key)
    if table != "villages":
        faults = _told(faults, pd.Series(_nowhere(shapes), index=frame.index), "geometry")
    good = (faults == "").to_numpy()
    rows = gpd.GeoDataFrame(pd.DataFrame(typed)[good], geometry=shapes[good], crs="EPSG:4326").reset_index(drop=True)
    rows["source_row"] = np.flatnonzero(good) + 1
    bad = frame[~good].assign(row=np.flatnonzero(~good) + 1, reason=faults[~good])
    return Typed(rows, bad.reset_index(drop=True))


def _missing(index: pd.Index, kind: str) -> pd.Series:
    types = {"number": "float64", "integer": "float64", "date": "datetime64[s]"}
    return pd.Series(None, index=index, dtype=types.get(kind, "object"))


def _shapes(frame: pd.DataFrame, path: Path, *, required: bool) -> np.ndarray:
    if "geometry" in frame:
        return np.asarray(shapely.from_wkb(frame.pop("geometry").to_numpy(), on_invalid="ignore"))
    if {"lon", "lat"} <= set(frame.columns):
        return np.asarray(shapely.points(frame["lon"].to_numpy(float), frame["lat"].to_numpy(float)))
    if required:
        raise DataError("error.no_position", path=path.name)
    return np.full(len(frame), None, dtype=object)


def _nowhere(shapes: np.ndarray) -> np.ndarray:
    x, y = shapely.get_x(shapes), shapely.get_y(shapes)
    return np.asarray(~((np.abs(x) <= 180) & (np.abs(y) <= 90)), dtype=bool)


def _faulty(values: pd.Series, given: pd.Series, entry: dict[str, object]) -> pd.Series:
    """Values that were given and are not what the column declares."""
    wrong = given.notna() & values.isna()
    if entry["type"] in ("number", "integer"):
        low, high = float(str(entry.get("min", "-inf"))), float(str(entry.get("max", "inf")))
        wrong |= (values < low) | (values > high)
    if entry["type"] == "choice":
        wrong |= values.notna() & ~values.isin(list(facts("choices")[str(entry["choices"])]))
    return wrong


def _told(faults: pd.Series, wrong: pd.Series, name: str) -> pd.Series:
    if not wrong.any():
        return faults
    return faults.where(~wrong.to_numpy(), faults + f"{name}; ")
