"""Readers: one function per format, listed in `READERS`. Each returns a `RawTable` and lets nothing fall silently."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from geo.model.errors import CallError, DataError
from geo.model.progress import tell
from geo.reading.delimited import read_csv
from geo.reading.raw_table import RawTable
from geo.reading.spreadsheet import read_xlsx
from geo.reading.vector import read_geojson, read_gpkg, read_gpx, read_kml, read_kmz, read_parquet, read_zip

READERS: dict[str, Callable[[Path, dict[str, Any]], RawTable]] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".txt": read_csv,
    ".xlsx": read_xlsx,
    ".geojson": read_geojson,
    ".json": read_geojson,
    ".gpkg": read_gpkg,
    ".zip": read_zip,
    ".gpx": read_gpx,
    ".kml": read_kml,
    ".kmz": read_kmz,
    ".parquet": read_parquet,
}


def read_any(path: Path, options: dict[str, Any] | None = None) -> RawTable:
    """Read a file by its ending.

    Raises
    ------
    CallError
        If there is no such file.
    DataError
        If its ending is unknown, or its content is not what the ending says.
    """
    if not path.is_file():
        raise CallError("error.no_file", path=str(path))
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError("error.format", path=path.name, known=", ".join(READERS))
    tell("read", 0, 1)
    raw = reader(path, options or {})
    tell("read", 1, 1)
    if raw.read == 0:
        raise DataError("error.empty_file", path=path.name)
    return raw
