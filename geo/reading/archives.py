"""Zips looked into before anything unpacks them, and one entry of them unpacked."""

from __future__ import annotations

import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from geo.model.errors import DataError
from geo.reading.raw_table import RawTable

#: What a zip may hold: entries, bytes unpacked per byte, bytes unpacked.
MAX_ENTRIES = 2_000
MAX_RATIO = 200
MAX_UNPACKED = 1024**3
#: Folders in folders, and letters of a name.
MAX_DEPTH, MAX_NAME = 20, 500
_STORED, _DEFLATED, _ENCRYPTED = 0, 8, 1
_PART = 1 << 20
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
        deep = len(inside) > MAX_NAME or len(parts.parts) > MAX_DEPTH
        if parts.is_absolute() or ".." in parts.parts or deep:
            raise DataError("error.zip_names", path=path.name, value=entry.filename[:100])
    return [entry.filename for entry in entries]


def parts_of(path: Path, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Unpack an entry piece by piece, as it lies in the file: what it unpacks to in truth is what counts.

    Other readers go on where Python's stops, at the size that the zip says; so that size has to be true.

    Raises
    ------
    DataError
        If it is damaged, locked, packed in a way that is not known, or unpacks to more than it says.
    """
    if entry.compress_type not in (_STORED, _DEFLATED) or entry.flag_bits & _ENCRYPTED:
        raise DataError("error.unreadable", path=path.name)
    left, made = entry.compress_size, 0
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS) if entry.compress_type == _DEFLATED else None
    if entry.header_offset < 0:
        raise DataError("error.unreadable", path=path.name)
    with path.open("rb") as file:
        file.seek(entry.header_offset)
        head = file.read(30)
        if len(head) < 30 or head[:4] != b"PK\x03\x04":
            raise DataError("error.unreadable", path=path.name)
        file.seek(int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), os.SEEK_CUR)
        while left > 0 and (packed := file.read(min(_PART, left))):
            left -= len(packed)
            while packed:
                try:
                    piece = packed if unpacking is None else unpacking.decompress(packed, _PART)
                except zlib.error as error:
                    raise DataError("error.unreadable", path=path.name) from error
                packed = b"" if unpacking is None else unpacking.unconsumed_tail
                made += len(piece)
                if made > entry.file_size:
                    raise DataError("error.zip_bomb", path=path.name)
                yield piece
    if made != entry.file_size or (unpacking is not None and not unpacking.eof):
        raise DataError("error.unreadable", path=path.name)


def unpack(path: Path, entry: str, target: Path) -> None:
    """Write one entry of a zip, which `check_zip` has looked into, to a file under a name of ours."""
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(entry)
    with target.open("wb") as file:
        for piece in parts_of(path, info):
            file.write(piece)


def unpacked(
    path: Path, entry: str, name: str, reader: Callable[[Path, dict[str, Any]], RawTable], options: dict[str, Any]
) -> RawTable:
    """Read one entry of a zip from a copy under a name of ours."""
    with tempfile.TemporaryDirectory() as folder:
        inner = Path(folder) / name
        unpack(path, entry, inner)
        return replace(reader(inner, options), path=path.name)
