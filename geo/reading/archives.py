"""Zips looked into before anything unpacks them, and one entry of them unpacked."""

from __future__ import annotations

import errno
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from geo.model.errors import DataError
from geo.reading.raw_table import RawTable

#: What a zip may hold: entries, bytes unpacked per byte, bytes unpacked.
MAX_ENTRIES = 2_000
MAX_RATIO = 200
MAX_UNPACKED = 2 * 1024**3
#: What a zip raises that is damaged, packed in a way Python does not know, or locked with a password.
BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def check_zip(path: Path) -> list[str]:
    """Look into a zip before anything unpacks it; return its entries.

    Raises
    ------
    DataError
        If it is damaged, holds too much, or names paths outside itself.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise DataError("error.unreadable", path=path.name) from error
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(sum(entry.compress_size for entry in entries), 1)
    if (
        len(entries) > MAX_ENTRIES
        or unpacked > MAX_UNPACKED
        or (unpacked > 10_000_000 and unpacked / packed > MAX_RATIO)
    ):
        raise DataError("error.zip_bomb", path=path.name)
    for entry in entries:
        # the parts of a workbook are never unpacked to disk, and Excel itself writes some with a leading "/"
        inside = entry.filename.removeprefix("/") if path.suffix.lower() == ".xlsx" else entry.filename
        parts = PurePosixPath(inside.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts:
            raise DataError("error.zip_names", path=path.name, value=entry.filename)
    return [entry.filename for entry in entries]


def unpacked(
    path: Path, entry: str, name: str, reader: Callable[[Path, dict[str, Any]], RawTable], options: dict[str, Any]
) -> RawTable:
    """Read one entry of a zip from a copy under a name of ours."""
    with tempfile.TemporaryDirectory() as folder:
        inner = Path(folder) / name
        try:
            with zipfile.ZipFile(path) as archive, archive.open(entry) as source, inner.open("wb") as target:
                shutil.copyfileobj(source, target)
        except BROKEN_ZIP as error:
            raise DataError("error.unreadable", path=path.name) from error
        except OSError as error:
            if error.errno != errno.EINVAL:  # a place in the file that there cannot be
                raise
            raise DataError("error.unreadable", path=path.name) from error
        return replace(reader(inner, options), path=path.name)
