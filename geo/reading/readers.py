"""Readers: one function per format, listed in `READERS`. Each returns a `RawTable` and lets nothing fall silently."""

from __future__ import annotations

import csv
import errno
import re
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from geo.model.errors import CallError, DataError, PlanningError
from geo.model.progress import tell
from geo.reading.archives import check_zip, unpacked
from geo.reading.delimited import read_csv
from geo.reading.descriptions import rows_of_page
from geo.reading.gpx import read_gpx
from geo.reading.limits import reading
from geo.reading.other_sheets import OLE, ZIP, begins
from geo.reading.raw_table import Fault, RawTable, some_columns
from geo.reading.spreadsheet import read_sheets
from geo.reading.vector import read_geojson, read_gpkg, read_kml, read_kmz, read_parquet, read_zip


def read_xls(path: Path, options: dict[str, Any]) -> RawTable:
    """Read a file that is called XLS: Excel's old format, its new one, or text, whichever it is."""
    first = begins(path)
    if first == OLE or first[:4] == ZIP:
        return read_sheets(path, options)
    said = begins(path, 2000).lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if b"schemas-microsoft-com:office:spreadsheet" in said and b"<worksheet" in said:
        raise DataError("error.old_xml", path=path.name)
    if said.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<style")):
        return read_page(path, options)
    return read_csv(path, options)


def read_workbook(path: Path, options: dict[str, Any]) -> RawTable:
    """Read a workbook; text that is called one is read as text, and that is told."""
    first = begins(path, 4096)
    if first.startswith((ZIP, OLE)) or b"\0" in first or not first.strip():
        return read_sheets(path, options)
    raw = read_xls(path, options)
    return replace(raw, notes=(Fault("text_called_sheet", "note", values={"ending": path.suffix}), *raw.notes))


def read_page(path: Path, options: dict[str, Any]) -> RawTable:
    """Read the tables of a page of HTML that is called XLS, as many office programs write them."""
    content = path.read_bytes()
    if len(content) > _LARGEST_PAGE:
        raise DataError("error.unreadable", path=path.name)
    declared = re.search(rb"charset\s*=\s*[\"']?([\w-]+)", content[:4000])
    try:
        text = content.decode(declared[1].decode() if declared else "utf-8-sig")
    except (LookupError, UnicodeDecodeError):
        text = content.decode("cp1252", errors="replace")
    rows = rows_of_page(text)
    if not rows:
        raise DataError("error.empty_file", path=path.name)
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "page.csv"
        with plain.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        return replace(read_csv(plain, options), path=path.name)


#: No page of a larger size is read, bytes.
_LARGEST_PAGE = 50_000_000


def read_archive(path: Path, options: dict[str, Any]) -> RawTable:
    """Read a zip: shapes as `read_zip` has them, else the table in it that fits best (a data package, a zipped CSV)."""
    entries = [name for name in check_zip(path) if "__MACOSX" not in name]
    tables = [name for name in entries if Path(name).suffix.lower() in _TABLES]
    if not tables or any(name.lower().endswith((".shp", ".gpkg")) for name in entries):
        return read_zip(path, options)
    fits, asked = options.get("fits"), options.get("layer")
    tables = [name for name in tables if asked in (None, Path(name).stem)][:_MOST_TABLES]
    if not tables:
        raise DataError("error.layer", path=path.name, value=asked, known=", ".join(entries[:20]))
    found = {name: unpacked(path, name, f"inner{Path(name).suffix.lower()}", _inner, options) for name in tables}
    called = options.get("called", lambda _: 0.0)
    taken = max(found, key=lambda name: fits(found[name]) + called(name)) if fits is not None else tables[0]
    others = [name for name in tables if name != taken]
    told = Fault("layer_taken", "note", values={"layer": taken, "others": ", ".join(others[:10])})
    return replace(found[taken], notes=(*found[taken].notes, *([told] if others and asked is None else [])))


def _inner(path: Path, options: dict[str, Any]) -> RawTable:
    return READERS[path.suffix.lower()](path, {name: value for name, value in options.items() if name != "layer"})


#: Tables that are looked for in a zip, and how many at the most.
_TABLES, _MOST_TABLES = (".csv", ".tsv", ".xlsx", ".ods", ".geojson"), 20


READERS: dict[str, Callable[[Path, dict[str, Any]], RawTable]] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".txt": read_csv,
    ".xlsx": read_workbook,
    ".ods": read_workbook,
    ".xls": read_xls,
    ".geojson": read_geojson,
    ".json": read_geojson,
    ".geojsonl": read_geojson,
    ".jsonl": read_geojson,
    ".ndjson": read_geojson,
    ".gpkg": read_gpkg,
    ".zip": read_archive,
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
    with reading():
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
