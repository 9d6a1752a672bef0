"""The columns that the field fills in, and the photos that go along."""

from __future__ import annotations

import uuid
from pathlib import Path

import geopandas as gpd
import pandas as pd

from exports.tables.sheet import Sheet
from geo.model.facts import facts

#: Namespace of the keys: the same site has the same key in every export.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://mata-air.example/site")
#: What stands first in a form or a spreadsheet that people fill in.
_FIRST = ("day", "team", "visit", "site_id", "name", "village_code", "service", "technology", "status")
#: What is asked for in the field; the key is given.
ASKED = {*facts("columns")["field"]} - {"uuid"}


def site_uuid(service: str, site_id: str) -> str:
    """The key of a site in other tools.

    Examples
    --------
    >>> site_uuid("water", "CJ001A01") == site_uuid("water", "CJ001A01") != site_uuid("sanitation", "CJ001A01")
    True
    """
    return str(uuid.uuid5(_NAMESPACE, f"{service}/{site_id}"))


def photo_file(sheet: Sheet, photo_url: object) -> Path | None:
    """The picture that a row names, if the workspace keeps it."""
    if sheet.photos is None or not isinstance(photo_url, str) or not photo_url.startswith("photos/"):
        return None
    path = sheet.photos / Path(photo_url).name
    return path if path.is_file() else None


def with_field(sheet: Sheet) -> gpd.GeoDataFrame:
    """Return the rows with the columns to fill in, those that people look for first; villages stay as they are."""
    rows = sheet.rows
    if "site_id" not in rows:
        return rows
    keys = [site_uuid(str(s), str(i)) for s, i in zip(rows["service"], rows["site_id"], strict=True)]
    urls = rows["photo_url"] if "photo_url" in rows else pd.Series(None, index=rows.index, dtype=object)
    photos = [None if (found := photo_file(sheet, url)) is None else f"DCIM/{found.name}" for url in urls]
    given = {"uuid": keys, "photo": photos}
    added = {
        name: pd.Series(given.get(name, [None] * len(rows)), index=rows.index, dtype=object)
        for name in facts("columns")["field"]
    }
    rows = rows.assign(**added)
    front = [name for name in (*_FIRST, *added) if name in rows]
    return rows[[*front, *(name for name in rows.columns if name not in front)]]
