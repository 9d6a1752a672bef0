"""Base maps of one's own: pictures of ground in a PMTiles or MBTiles file, read a tile at a time.

Both formats are others' (Protomaps' PMTiles 3, Mapbox' MBTiles 1.3); of them the pictures are shown (PNG, JPEG, WebP).
Vector tiles need a style and a drawing engine of their own: such a file is refused by name.
"""

from __future__ import annotations

import json
import re
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pmtiles.reader import Reader
from pmtiles.tile import Compression, MagicNumberNotFound, SpecVersionUnsupported, TileType

from geo.model.errors import DataError

ENDINGS = (".pmtiles", ".mbtiles")
_PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}
#: A directory or description of a PMTiles file, a tile: none is larger in a file that is well made.
_MOST_BYTES = 2_000_000
#: Steps of SQLite's machine for one question: a table of tiles answers in some hundred, a trap never.
_MOST_STEPS = 2_000_000
#: What readers of such files raise.
_BROKEN = (
    MagicNumberNotFound, SpecVersionUnsupported, sqlite3.Error, OSError, ValueError, EOFError, zlib.error,
    IndexError, KeyError, TypeError,
)  # fmt: skip


@dataclass(frozen=True)
class TileFile:
    """A file of tiles: west, south, east, north in degrees; zooms; whom its makers want named."""

    path: Path
    bounds: tuple[float, float, float, float]
    zooms: tuple[int, int]
    attribution: str


def ground_of(path: Path) -> TileFile:
    """Look at a file.

    Raises
    ------
    DataError
        If it is none of the two formats, broken, or holds no pictures.
    """
    try:
        if _starts(path, b"PMTiles"):
            return _pmtiles(path)
        if _starts(path, b"SQLite format 3\x00"):
            return _mbtiles(path)
    except DataError:
        raise
    except _BROKEN as error:
        raise DataError("error.tiles", path=path.name) from error
    raise DataError("error.tiles", path=path.name)


def tile_of(path: Path, zoom: int, column: int, row: int) -> tuple[bytes, str] | None:
    """Return a tile and its kind; None where the file has none.

    Parameters
    ----------
    path
        Looked at before by `ground_of`.
    zoom, column, row
        As web maps count: from the north-west.

    Raises
    ------
    DataError
        If the file is broken there.
    """
    if not 0 <= zoom <= 24 or not 0 <= column < 2**zoom or not 0 <= row < 2**zoom:
        return None
    try:
        if _starts(path, b"PMTiles"):
            with path.open("rb") as file:
                data = Reader(_Bytes(file)).get(zoom, column, row)
        else:
            with _database(path) as found:
                asked = "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?"
                cell = found.execute(asked, (zoom, column, 2**zoom - 1 - row)).fetchone()
                data = cell[0] if cell else None
    except _BROKEN as error:
        raise DataError("error.tiles", path=path.name) from error
    kind = None if not isinstance(data, bytes) else _kind(data)
    return None if data is None or kind is None else (data, kind)


def _starts(path: Path, mark: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(mark)) == mark


def _kind(data: bytes) -> str | None:
    return next((kind for mark, kind in _PICTURES.items() if data.startswith(mark)), None)


class _Bytes:
    """Reads parts of a file, none of them too large."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def __call__(self, offset: int, length: int) -> bytes:
        if length > _MOST_BYTES:
            raise ValueError(length)
        self._file.seek(offset)
        return bytes(self._file.read(length))


def _pmtiles(path: Path) -> TileFile:
    with path.open("rb") as file:
        reader = Reader(_Bytes(file))
        head = reader.header()
        if head["tile_type"] not in (TileType.PNG, TileType.JPEG, TileType.WEBP):
            raise DataError("error.tiles_vector", path=path.name)
        told = _Bytes(file)(head["metadata_offset"], head["metadata_length"])
        if head["internal_compression"] == Compression.GZIP:
            told = zlib.decompressobj(wbits=31).decompress(told, _MOST_BYTES)
        about = json.loads(told or b"{}")
    west, south, east, north = (head[f"{name}_e7"] / 1e7 for name in ("min_lon", "min_lat", "max_lon", "max_lat"))
    return TileFile(path, _on_earth(west, south, east, north), (head["min_zoom"], head["max_zoom"]), _plain(about))


def _mbtiles(path: Path) -> TileFile:
    with _database(path) as found:
        about = dict(found.execute("SELECT name, value FROM metadata LIMIT 100").fetchall())
        lowest, highest = found.execute("SELECT min(zoom_level), max(zoom_level) FROM tiles").fetchone()
        one = found.execute("SELECT tile_data FROM tiles LIMIT 1").fetchone()
    if one is None or lowest is None:
        raise DataError("error.tiles", path=path.name)
    if _kind(bytes(one[0])) is None:
        raise DataError("error.tiles_vector", path=path.name)
    west, south, east, north = (float(part) for part in str(about.get("bounds", "-180,-85,180,85")).split(","))
    return TileFile(path, _on_earth(west, south, east, north), (int(lowest), int(highest)), _plain(about))


def _on_earth(west: float, south: float, east: float, north: float) -> tuple[float, float, float, float]:
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError(west, south, east, north)
    return west, south, east, north


def _plain(about: dict[str, Any]) -> str:
    """Whom the makers want named, without the tags that such texts hold."""
    return re.sub(r"<[^>]*>", "", str(about.get("attribution") or about.get("name") or ""))[:200]


@contextmanager
def _database(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, to be read alone; a view in it that never ends is stopped."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as found:
        steps = 0

        def count() -> bool:
            nonlocal steps
            steps += 1000
            return steps > _MOST_STEPS

        found.set_progress_handler(count, 1000)
        yield found
