"""Photos of sites, kept in the workspace by content: `photos/<hash>.jpg`, made small, without place and camera data."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import struct
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from geo.model.errors import DataError
from geo.reading.archives import check_zip, parts_of
from geo.reading.raw_table import Fault

#: The long side of a kept photo, pixels; the largest file and picture that are looked at.
SIDE, MAX_BYTES, MAX_PIXELS = 1600, 25_000_000, 120_000_000
#: The same for pictures that can only be unpacked whole: PNG, WebP, JPEG in passes. Others are made small on the way.
MAX_WHOLE = 26_000_000
_ENDINGS = (".jpg", ".jpeg", ".png", ".webp")


def keep_photo(folder: Path, data: bytes, name: str) -> str:
    """Keep a picture and return the name that a row may hold, ``photos/<hash>.jpg``.

    It is turned upright, made at most `SIDE` pixels wide or tall and written again, so that neither the place nor the
    telephone it was taken with goes along. The same file always has the same name.

    Raises
    ------
    DataError
        If it is no picture, or too large to be looked at.
    """
    from PIL import Image

    kept = f"{hashlib.sha256(data).hexdigest()[:16]}.jpg"
    own = folder / PurePosixPath(name).name
    if own.is_file() and own.read_bytes() == data:  # one of ours that went out and came back
        return f"photos/{own.name}"
    path = folder / kept
    if path.is_file():
        return f"photos/{kept}"
    if len(data) > MAX_BYTES:
        raise DataError("error.photo", path=name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # our own bounds come next
            picture = Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP"])
            by_parts = picture.format == "JPEG" and not picture.info.get("progressive")
            if picture.width * picture.height > (MAX_PIXELS if by_parts else MAX_WHOLE):
                raise DataError("error.photo", path=name)
            if by_parts:
                picture.draft("RGB", (SIDE, SIDE))
                picture.thumbnail((SIDE, SIDE))
            upright = _upright(picture)
        upright.thumbnail((SIDE, SIDE))
        upright.info.clear()  # comments and texts of a camera or a program would be written again
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{kept}.{os.getpid()}.part"
        upright.save(part, "JPEG", quality=82)
        os.replace(part, path)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, struct.error) as error:
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EACCES, errno.EROFS)
        raise error if full or isinstance(error, DataError) else DataError("error.photo", path=name) from error
    return f"photos/{kept}"


def _upright(picture: Any) -> Any:
    """The picture as it was held; one whose camera data are damaged as it is."""
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(picture).convert("RGB")
    except (SyntaxError, KeyError, TypeError, struct.error):
        return picture.convert("RGB")


def keep_photos(folder: Path, found: Iterable[tuple[str, bytes | None]]) -> tuple[dict[str, str | None], list[Fault]]:
    """Keep pictures by file name, one at a time; one that cannot be read is told and has no name (None).

    Parameters
    ----------
    folder
        Where they are kept.
    found
        File names and bytes, from `photos_in`; None for bytes that are too many.
    """
    kept: dict[str, str | None] = {}
    faults = []
    for name, data in found:
        try:
            kept[name] = None if data is None else keep_photo(folder, data, name)
        except DataError:
            kept[name] = None
        if kept[name] is None:
            faults.append(Fault("photo", "rejected", column="photo", value=name))
    return kept, faults


def photos_in(path: Path) -> Iterator[tuple[str, bytes | None]]:
    """Yield the pictures of a zip by file name (without folder), each read when its turn comes; other files have none.

    Raises
    ------
    DataError
        If the zip is damaged, or holds more than it should.
    """
    if path.suffix.lower() != ".zip":
        return
    check_zip(path)
    with zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if entry.filename.lower().endswith(_ENDINGS)]
    for entry in entries:
        data = b"".join(parts_of(path, entry)) if entry.file_size <= MAX_BYTES else None
        yield PurePosixPath(entry.filename).name, data
