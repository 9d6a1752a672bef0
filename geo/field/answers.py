"""Answers of telephones as rows of a table that the import reads, and the pictures that never came along."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence

from geo.field.inbox import Submission


def pictures_lost(given: Sequence[Submission], photos: Mapping[str, Mapping[str, str]]) -> list[dict[str, str]]:
    """Return the pictures that submissions name and that are not kept: they never came, or could not be read."""
    return [
        {"device": one.device, "at": one.at, "photo": name}
        for one in given
        for name in dict.fromkeys(value for value in one.answers.values() if _PICTURE.search(value))
        if name not in photos.get(one.instance, {})
    ]


#: How the name of a picture ends that a form gave it.
_PICTURE = re.compile(r"^[^/\\]+\.(?:jpe?g|png|webp|heic|heif|gif|bmp|tiff?)$", re.IGNORECASE)


#: The question of our forms for the place, and what it becomes in a table.
_PLACE, _PARTS = "location", ("lat", "lon", "location-accuracy")


def _placed(answers: Mapping[str, str]) -> dict[str, str]:
    """Answers with the place in columns of its own: a geopoint is latitude, longitude, height, metres of accuracy.

    Read by itself, as the protocol writes it, so that no other submission's place decides how this one is read; what is
    no geopoint stands as it was sent where a latitude belongs, and is told there.
    """
    found: dict[str, str] = {}
    for name, value in answers.items():
        if name != _PLACE:
            found[name] = value
            continue
        parts = value.split()
        read = 2 <= len(parts) <= 4 and all(map(_NUMBER.fullmatch, parts))
        lat, lon, accuracy = (parts[0], parts[1], parts[3] if len(parts) == 4 else "") if read else (value, "", "")
        found |= dict(zip(_PARTS, (lat, lon, accuracy), strict=True))
    return found


#: What ends a line in some reader: a row of the table is a line of its file.
_LINES = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def blank_rows(table: bytes) -> list[int]:
    """Return the rows of an `as_table` without anything in them: what never came is left out of it."""
    rows = csv.reader(io.StringIO(table.decode("utf-8")))
    return [number for number, row in enumerate(rows, start=1) if not any(row)]


def as_table(given: Sequence[Submission], photos: Mapping[str, Mapping[str, str]]) -> bytes:
    """Return submissions of one form as a CSV that the import reads; row n + 2 of it is the nth.

    Parameters
    ----------
    photos
        Of each instance the names under which its pictures are kept.
    """
    said = [_placed(one.answers) for one in given]
    names = list(dict.fromkeys(name for answers in said for name in answers))
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(names)
    for one, answers in zip(given, said, strict=True):
        kept = photos.get(one.instance, {})
        lost = {name for name in one.answers.values() if _PICTURE.search(name)} | set(one.files)
        values = (_LINES.sub(" ", answers.get(name, "")) for name in names)
        writer.writerow([kept.get(value, "" if value in lost else value) for value in values])
    return buffer.getvalue().encode("utf-8")
