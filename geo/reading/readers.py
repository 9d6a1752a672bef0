"""Readers: one function per format, listed in `READERS`. Each returns a `RawTable` and lets nothing fall silently."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

from geo.model.errors import CallError, DataError, PlanningError
from geo.model.progress import tell
from geo.reading.delimited import read_csv
from geo.reading.other_sheets import OLE, ZIP, begins
from geo.reading.raw_table import RawTable, some_columns
from geo.reading.spreadsheet import read_sheets
from geo.reading.vector import read_geojson, read_gpkg, read_gpx, read_kml, read_kmz, read_parquet, read_zip


def read_xls(path: Path, options: dict[str, Any]) -> RawTable:
    """Read a file that is called XLS: Excel's old format, its new one, or text, whichever it is."""
    first = begins(path)
    return read_sheets(path, options) if first == OLE or first[:4] == ZIP else read_csv(path, options)


READERS: dict[str, Callable[[Path, dict[str, Any]], RawTable]] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".txt": read_csv,
    ".xlsx": read_sheets,
    ".ods": read_sheets,
    ".xls": read_xls,
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
    raw = _read(reader, path, options or {})
    some_columns(path.name, [str(name) for name in raw.cells.columns])
    tell("read", 1, 1)
    if raw.read == 0:
        raise DataError("error.empty_file", path=path.name)
    return raw


def _read(reader: Callable[[Path, dict[str, Any]], RawTable], path: Path, options: dict[str, Any]) -> RawTable:
    """Read a file; what a library raises over a file is told as what it is, a fault of the file's."""
    try:
        return reader(path, options)
    except (PlanningError, MemoryError):
        raise
    except RecursionError as error:
        raise DataError("error.nested", path=path.name) from error
    except OSError as error:
        if error.errno in _OUR_DISK:
            raise
        raise DataError("error.reader", path=path.name, detail=_in_short(error)) from error
    except Exception as error:
        raise DataError("error.reader", path=path.name, detail=_in_short(error)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a library in Rust that gave up
            raise
        raise DataError("error.reader", path=path.name, detail=_in_short(error)) from error


#: No room, no right, no more open files: nothing of the file's.
_OUR_DISK = (errno.ENOSPC, errno.EACCES, errno.EMFILE, errno.EIO, errno.EROFS, errno.EFBIG)


def _in_short(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error)[:120]}"
