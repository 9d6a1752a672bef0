"""The tables of a data version by name, an empty one, and columns put beside a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.model.facts import columns_of


def with_columns(table: gpd.GeoDataFrame, columns: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Return a table with new columns behind its own, as `assign` does one by one (each as dear as all here together).

    Parameters
    ----------
    table
        Stays as it is.
    columns
        Arrays by name, or one value for all rows; none of these names is in the table. Texts are given as arrays of
        objects: missing ones stay None.

    Examples
    --------
    >>> table = gpd.GeoDataFrame({"a": [1]}, geometry=gpd.points_from_xy([107.0], [-7.0]))
    >>> with_columns(table, {"b": [2.0], "c": "x"}).columns.tolist()
    ['a', 'geometry', 'b', 'c']
    """
    kept = {name: _as_given(values, table.index) for name, values in columns.items()}
    more = pd.DataFrame(kept, index=table.index)
    beside: gpd.GeoDataFrame = pd.concat([table, more], axis=1)  # of the first one's kind, with its geometry
    return beside


def _as_given(values: Any, index: pd.Index) -> Any:
    """Arrays of objects stay such (pandas would take them for texts and turn None into NaN)."""
    if isinstance(values, np.ndarray) and values.dtype == object:
        return pd.Series(values, index=index, dtype=object)
    return values


def empty_table(table: str) -> gpd.GeoDataFrame:
    """Return a table without rows but with all its declared columns.

    Examples
    --------
    >>> len(empty_table("roads"))
    0
    """
    names = [*columns_of(table), "source_row"]
    return gpd.GeoDataFrame({name: pd.Series(dtype=object) for name in names}, geometry=[], crs="EPSG:4326")


def objects(values: list[Any], index: pd.Index) -> pd.Series:
    """A column of plain Python objects in which missing is None (pandas would infer text and NaN)."""
    return pd.Series(values, index=index, dtype=object)


def coerce(values: pd.Series, kind: str) -> pd.Series:
    """Give a column its type in memory: numbers float64, dates datetime64, everything else object with None."""
    if kind in ("integer", "number"):
        return pd.to_numeric(values, errors="coerce").astype("float64")
    if kind == "date":
        return pd.to_datetime(values, errors="coerce").astype("datetime64[s]")
    if kind == "boolean":
        return objects([None if gone else bool(v) for v, gone in _with_gaps(values)], values.index)
    return objects([None if gone else v for v, gone in _with_gaps(values)], values.index)


def _with_gaps(values: pd.Series) -> Iterator[tuple[Any, bool]]:
    """Each value, and whether it is missing."""
    return zip(values.tolist(), values.isna().tolist(), strict=True)
