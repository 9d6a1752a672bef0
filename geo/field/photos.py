"""Photos of sites, kept in the workspace by content: `photos/<hash>.jpg`, made small, without place and camera data."""

from __future__ import annotations

import hashlib
import io
import os
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from geo.model.errors import DataError
from geo.reading.archives import check_zip
from geo.reading.raw_table import Fault

#: The long side of a kept photo, pixels; the largest file and picture that are looked at.
SIDE, MAX_BYTES, MAX_PIXELS = 1600, 25_000_000, 60_000_000
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
    from PIL import Image, ImageOps

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
            warnings.simplefilter("error")
            picture = Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP"])
            if picture.width * picture.height > MAX_PIXELS:
                raise DataError("error.photo", path=name)
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError) as error:
        raise error if isinstance(error, DataError) else DataError("error.photo", path=name) from error
    upright.thumbnail((SIDE, SIDE))
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{kept}.{os.getpid()}.part"
    upright.save(part, "JPEG", quality=82)
    os.replace(part, path)
    return f"photos/{kept}"


def keep_photos(folder: Path, found: Mapping[str, bytes]) -> tuple[dict[str, str | None], list[Fault]]:
    """Keep pictures by file name; one that cannot be read is told, has no name (None), and holds nothing else up."""
    kept: dict[str, str | None] = {}
    faults = []
    for name, data in found.items():
        try:
            kept[name] = keep_photo(folder, data, name)
        except DataError:
            kept[name] = None
            faults.append(Fault("photo", "rejected", column="photo", value=name))
    return kept, faults


def photos_in(path: Path) -> dict[str, bytes]:
    """Return the pictures of a zip by file name (without folder); other files have none.

    Raises
    ------
    DataError
        If the zip is damaged, or holds more than it should.
    """
    if path.suffix.lower() != ".zip":
        return {}
    names = [name for name in check_zip(path) if name.lower().endswith(_ENDINGS)]
    with zipfile.ZipFile(path) as archive:
        sized = [name for name in names if archive.getinfo(name).file_size <= MAX_BYTES]
        return {PurePosixPath(name).name: archive.read(name) for name in sized}
