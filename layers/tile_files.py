"""Base maps of one's own: ground in a PMTiles or MBTiles file, as pictures or as vectors, read a tile at a time.

Both formats are others' (Protomaps' PMTiles 3, Mapbox' MBTiles 1.3). Pictures are PNG, JPEG or WebP; vectors are
Mapbox' vector tiles, drawn in a plain style by the names of their layers (`layers.ground`).

The server itself opens no such file: `python -m layers.tile_files` does, in a process of its own that is asked.
Here every part that is unpacked has a bound, and of SQLite only what reading a table takes is allowed.

A question is a line of JSON on stdin: ``[path, zoom, column, row]``, or ``[path]`` for what the file says of itself. An
answer is a line of JSON on stdout with the length of what follows it: ``{"kind": "image/png", "size": 1234}`` and the
picture, ``{"size": 0}`` where there is none, ``{"about": …}``, or ``{"error": key, "values": …}``.
"""

from __future__ import annotations

import io
import json
import re
import sqlite3
import sys
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from pmtiles.tile import (
    Compression,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    TileType,
    deserialize_header,
    zxy_to_tileid,
)  # fmt: skip

from geo.model.errors import DataError
from geo.reading.limits import Limits, confine

ENDINGS = (".pmtiles", ".mbtiles")
_PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}
_VECTORS = "application/vnd.mapbox-vector-tile"
#: Layers of vector tiles that are drawn, and what such a layer may be called.
_MOST_LAYERS, _LAYER = 60, re.compile(r"[\w][\w .:-]{0,59}")
#: A directory or description of a PMTiles file, a tile: none is larger in a file that is well made.
_MOST_BYTES = 2_000_000
#: A directory unpacked (four numbers an entry: some 100,000 entries); its description.
_MOST_DIRECTORY, _MOST_DESCRIPTION = 1_000_000, 200_000
#: Directories lie in each other so deep at most (the format's own bound).
_DEEPEST = 4
_MOST_ZOOM = 24
#: The side of a picture in pixels: tiles have 256 or 512.
_MOST_SIDE = 2048
#: Steps of SQLite's machine for one question: a table of tiles answers in some hundred, a trap never.
_MOST_STEPS = 2_000_000
#: What the process may take: one picture or directory fits in it many times over.
LIMITS = Limits(memory=256 * 1024**2, seconds=10**8, written=0)
#: What readers of such files raise.
_BROKEN = (
    MagicNumberNotFound, SpecVersionUnsupported, sqlite3.Error, OSError, ValueError, EOFError, zlib.error,
    IndexError, KeyError, TypeError, OverflowError, RecursionError, MemoryError,
)  # fmt: skip


@dataclass(frozen=True)
class TileFile:
    """A file of tiles: west, south, east, north in degrees; zooms; whom its makers want named.

    `layers` names those of vector tiles; there are none where tiles are pictures.
    """

    path: Path
    bounds: tuple[float, float, float, float]
    zooms: tuple[int, int]
    attribution: str
    layers: tuple[str, ...] = ()


def ground_of(path: Path) -> TileFile:
    """Look at a file.

    Raises
    ------
    DataError
        If it is none of the two formats, broken, or holds neither pictures nor vectors.
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
    if not 0 <= zoom <= _MOST_ZOOM or not 0 <= column < 2**zoom or not 0 <= row < 2**zoom:
        return None
    try:
        if _starts(path, b"PMTiles"):
            data = _from_pmtiles(path, zxy_to_tileid(zoom, column, row))
        else:
            with _database(path) as found:
                asked = "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?"
                cell = found.execute(asked, (zoom, column, 2**zoom - 1 - row)).fetchone()
                data = cell[0] if cell else None
    except _BROKEN as error:
        raise DataError("error.tiles", path=path.name) from error
    if not isinstance(data, bytes) or len(data) > _MOST_BYTES:
        return None
    kind = _kind(data)
    if kind is None:
        plain = _vectors(data)
        return None if plain is None else (plain, _VECTORS)
    return (data, kind) if _small(data) else None


def _starts(path: Path, mark: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(mark)) == mark


def _vectors(data: bytes) -> bytes | None:
    """A vector tile, unpacked; None where it is none: each begins with a layer (field 3 of the message)."""
    try:
        plain = _unpacked(data, _MOST_BYTES, Compression.GZIP) if data.startswith(b"\x1f\x8b") else data
    except (ValueError, zlib.error):
        return None
    return plain if plain.startswith(b"\x1a") else None


def _layer_names(about: object) -> tuple[str, ...]:
    """Names of the layers that a file of vector tiles tells of."""
    told = about.get("vector_layers") if isinstance(about, dict) else None
    names = [one.get("id") for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    return tuple(name for name in names if isinstance(name, str) and _LAYER.fullmatch(name))[:_MOST_LAYERS]


def _kind(data: bytes) -> str | None:
    return next((kind for mark, kind in _PICTURES.items() if data.startswith(mark)), None)


def _small(data: bytes) -> bool:
    """Whether a picture says of itself that it is no larger than tiles are: a browser unpacks what it is given."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP"]) as picture:
            return max(picture.size) <= _MOST_SIDE
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        return False


class _Bytes:
    """Reads parts of a file, none of them too large."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def __call__(self, offset: int, length: int) -> bytes:
        if length > _MOST_BYTES:
            raise ValueError(length)
        self._file.seek(offset)
        return bytes(self._file.read(length))


def _unpacked(data: bytes, most: int, packing: Compression) -> bytes:
    """What a part of a PMTiles file holds; more than `most` bytes are none that a well made file has."""
    if packing == Compression.NONE:
        plain = data
    elif packing == Compression.GZIP:
        unpacking = zlib.decompressobj(wbits=31)
        plain = unpacking.decompress(data, most + 1)
        if len(plain) <= most and not unpacking.eof:
            raise ValueError("cut off")
    else:
        raise ValueError(packing)
    if len(plain) > most:
        raise ValueError(len(plain))
    return plain


@dataclass(frozen=True, eq=False)
class _Directory:
    """Entries of a directory in order of their tiles: first tile, number of tiles (0: a directory), bytes, where."""

    tile: array[int]
    run: array[int]
    length: array[int]
    offset: array[int]


def _numbers(data: bytes) -> array[int]:
    """The numbers of a directory, each in as many bytes as it takes."""
    found, number, shift = array("Q"), 0, 0
    for byte in data:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            found.append(number)
            number = shift = 0
        elif shift > 63:
            raise ValueError(shift)
    if shift:
        raise EOFError
    return found


def _directory(data: bytes) -> _Directory:
    count, *rest = _numbers(data)
    if len(rest) != 4 * count:
        raise ValueError(count)
    steps, run, length, said = (rest[part * count : (part + 1) * count] for part in range(4))
    tile, offset, last = array("Q"), array("Q"), 0
    for n, (step, where) in enumerate(zip(steps, said, strict=True)):
        last += step
        tile.append(last)
        offset.append(offset[n - 1] + length[n - 1] if n and where == 0 else where - 1)
    return _Directory(tile, array("Q", run), array("Q", length), offset)


@lru_cache(maxsize=16)
def _directory_at(path: Path, changed: int, offset: int, length: int, packing: Compression) -> _Directory:
    """A directory of a file as it stood at `changed`; the same one answers for many tiles."""
    with path.open("rb") as file:
        return _directory(_unpacked(_Bytes(file)(offset, length), _MOST_DIRECTORY, packing))


def _from_pmtiles(path: Path, tile: int) -> bytes | None:
    """The bytes of a tile by its number; None where there is none."""
    changed = path.stat().st_mtime_ns
    with path.open("rb") as file:
        part = _Bytes(file)
        head = deserialize_header(part(0, 127))
        where = (head["root_offset"], head["root_length"])
        for _ in range(_DEEPEST):
            found = _directory_at(path, changed, *where, head["internal_compression"])
            n = bisect_right(found.tile, tile) - 1
            if n < 0:
                return None
            if found.run[n]:
                if tile - found.tile[n] >= found.run[n]:
                    return None
                return part(head["tile_data_offset"] + found.offset[n], found.length[n])
            where = (head["leaf_directory_offset"] + found.offset[n], found.length[n])
    raise ValueError("directories in directories")


def _pmtiles(path: Path) -> TileFile:
    with path.open("rb") as file:
        part = _Bytes(file)
        head = deserialize_header(part(0, 127))
        if head["tile_type"] not in (TileType.PNG, TileType.JPEG, TileType.WEBP, TileType.MVT):
            raise DataError("error.tiles_kind", path=path.name)
        root = part(head["root_offset"], head["root_length"])
        _directory(_unpacked(root, _MOST_DIRECTORY, head["internal_compression"]))
        told = part(head["metadata_offset"], head["metadata_length"])
        about = json.loads(_unpacked(told, _MOST_DESCRIPTION, head["internal_compression"]) if told else b"{}")
    west, south, east, north = (head[f"{name}_e7"] / 1e7 for name in ("min_lon", "min_lat", "max_lon", "max_lat"))
    names = _layer_names(about)
    if head["tile_type"] == TileType.MVT and not names:
        raise DataError("error.tiles_kind", path=path.name)
    zooms = _zooms(head["min_zoom"], head["max_zoom"])
    return TileFile(path, _on_earth(west, south, east, north), zooms, _plain(about),
                    names if head["tile_type"] == TileType.MVT else ())  # fmt: skip


def _mbtiles(path: Path) -> TileFile:
    with _database(path) as found:
        asked = "SELECT name, value FROM metadata WHERE name IN ('bounds', 'attribution', 'name', 'json') LIMIT 8"
        about = dict(found.execute(asked).fetchall())
        lowest, highest = found.execute("SELECT min(zoom_level), max(zoom_level) FROM tiles").fetchone()
        one = found.execute("SELECT tile_data FROM tiles LIMIT 1").fetchone()
    if one is None or lowest is None or not isinstance(one[0], bytes):
        raise DataError("error.tiles", path=path.name)
    names: tuple[str, ...] = ()
    if _kind(one[0]) is None:
        told = str(about.get("json") or "")
        names = _layer_names(json.loads(told)) if told and len(told) <= _MOST_DESCRIPTION else ()
        if not names or _vectors(one[0]) is None:
            raise DataError("error.tiles_kind", path=path.name)
    west, south, east, north = (float(part) for part in str(about.get("bounds", "-180,-85,180,85")).split(","))
    return TileFile(path, _on_earth(west, south, east, north), _zooms(lowest, highest), _plain(about), names)


def _on_earth(west: float, south: float, east: float, north: float) -> tuple[float, float, float, float]:
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError(west, south, east, north)
    return west, south, east, north


def _zooms(lowest: object, highest: object) -> tuple[int, int]:
    if not (isinstance(lowest, int) and isinstance(highest, int) and 0 <= lowest <= highest <= _MOST_ZOOM):
        raise ValueError(lowest, highest)
    return lowest, highest


def _plain(about: object) -> str:
    """Whom the makers want named, without the tags that such texts hold."""
    if not isinstance(about, dict):
        raise TypeError(type(about).__name__)
    return re.sub(r"<[^>]*>", "", str(about.get("attribution") or about.get("name") or ""))[:200]


@contextmanager
def _database(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, to be read alone; a view in it that never ends is stopped, one that makes large values fails.

    The views of such files join two tables; they call no function and do not count up.
    """
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as found:
        found.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)
        found.set_authorizer(_permitted)
        steps = 0

        def count() -> bool:
            nonlocal steps
            steps += 1000
            return steps > _MOST_STEPS

        found.set_progress_handler(count, 1000)
        yield found


def _permitted(action: int, _: object, name: object, *__: object) -> int:
    """What SQLite may do in a question to a file of tiles: read, and find the least and the greatest."""
    fine = action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ)
    fine = fine or (action == sqlite3.SQLITE_FUNCTION and name in ("min", "max"))
    return sqlite3.SQLITE_OK if fine else sqlite3.SQLITE_DENY


def answer(question: list[Any]) -> tuple[dict[str, Any], bytes]:
    """Answer one question.

    Examples
    --------
    >>> answer(["/nowhere/a.pmtiles"])[0]["error"]
    'error.tiles'
    """
    path, *place = Path(question[0]), *question[1:]
    try:
        if not place:
            found = ground_of(path)
            about = [list(found.bounds), list(found.zooms), found.attribution, list(found.layers)]
            return {"about": about, "size": 0}, b""
        tile = tile_of(path, *place)
    except DataError as error:
        return {"error": error.key, "values": error.values, "size": 0}, b""
    except OSError:
        return {"error": "error.tiles", "values": {"path": path.name}, "size": 0}, b""
    data, kind = tile or (b"", "")
    return {"kind": kind, "size": len(data)}, data


def serve(asked: BinaryIO, told: BinaryIO) -> None:
    """Answer until nobody asks any more."""
    for line in asked:
        head, data = answer(json.loads(line))
        told.write(json.dumps(head).encode() + b"\n" + data)
        told.flush()


if __name__ == "__main__":
    confine(LIMITS, with_parent=False)  # asked by threads that come and go; no more questions end it
    serve(sys.stdin.buffer, sys.stdout.buffer)
