"""What a GeoPackage may hold before GDAL opens it: tables, their indexes, and the views that GDAL itself makes."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from geo.model.errors import DataError

#: So many tables, indexes and the like; the longest statement that makes one.
_MOST_ENTRIES, _MOST_BYTES = 5_000, 1_000_000
_TABLE = re.compile(r"CREATE TABLE\b", re.IGNORECASE)
_INDEX = re.compile(r"CREATE (UNIQUE )?INDEX\b", re.IGNORECASE)
_TRIGGER = re.compile(r"CREATE TRIGGER\b", re.IGNORECASE)
#: An index of places, by its five numbers: nothing that runs anything.
_RTREE = re.compile(r"""CREATE VIRTUAL TABLE ["\w\- .]+ USING rtree ?\(\w+, ?\w+, ?\w+, ?\w+, ?\w+\)""", re.IGNORECASE)
#: The views of the standard (OGC 12-128, annex on SQL/MM), word by word.
_VIEWS = {
    "st_spatial_ref_sys": "select srs_name, srs_id, organization, organization_coordsys_id, definition, description "
    "from gpkg_spatial_ref_sys",
    "spatial_ref_sys": "select srs_id as srid, organization as auth_name, organization_coordsys_id as auth_srid, "
    "definition as srtext from gpkg_spatial_ref_sys",
}


def only_tables(path: Path) -> None:
    """Refuse a GeoPackage that holds anything but tables.

    A view is a question that may have no end or make gigabytes of nothing; so may a column that is computed, or a table
    that a module of SQLite answers for. What each entry *is* counts, not what it is called.

    Raises
    ------
    DataError
        If it is no database, or with the names of what is not allowed.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as book:
            book.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)
            book.execute("PRAGMA trusted_schema = OFF")
            found = book.execute("SELECT type, name, sql FROM sqlite_master")
            entries = found.fetchmany(_MOST_ENTRIES + 1)
            strange = [str(name) for kind, name, sql in entries if not _known(kind, name, sql)]
            tables = [name for kind, name, _ in entries if kind == "table"]
            if not strange and len(entries) <= _MOST_ENTRIES:
                strange = [name for name in tables if _computed(book, name)]
    except sqlite3.Error as error:
        raise DataError("error.unreadable", path=path.name) from error
    if strange or len(entries) > _MOST_ENTRIES:
        raise DataError("error.gpkg_view", path=path.name, value=", ".join(name[:60] for name in strange[:5]) or "…")


def _known(kind: object, name: object, sql: object) -> bool:
    """Whether an entry is a table, an index, a trigger (nothing is ever written) or one of GDAL's own views."""
    if not isinstance(name, str):
        return False
    if sql is None:
        return kind == "index"  # one that SQLite makes for a key
    plain = " ".join(str(sql).split())
    if kind == "table":
        return bool(_TABLE.match(plain) or _RTREE.fullmatch(plain)) and not re.match(
            r"CREATE TABLE \S+ AS\b", plain, re.IGNORECASE
        )
    if kind == "view":
        return _view(plain).get(name.lower()) is not None
    return (kind == "index" and bool(_INDEX.match(plain))) or (kind == "trigger" and bool(_TRIGGER.match(plain)))


def _view(sql: str) -> dict[str, str]:
    """The name of a view, if its words are those of the standard."""
    found = re.fullmatch(r"create view \"?(\w+)\"? as (.*?);?", sql.lower())
    if found is None:
        return {}
    return {found[1]: found[2]} if _VIEWS.get(found[1]) == found[2].replace(" ,", ",") else {}


def _computed(book: sqlite3.Connection, table: str) -> bool:
    """Whether a table has columns that SQLite computes when they are read."""
    quoted = table.replace('"', '""')
    return any(column[6] in (2, 3) for column in book.execute(f'PRAGMA table_xinfo("{quoted}")'))
