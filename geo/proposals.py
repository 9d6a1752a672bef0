"""Which of a file's columns is which of ours, where nobody has said it: by the names other inventories use.

A proposal never goes before a mapping file nor before a column that has our own name, and each one is told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import numpy as np

from geo.facts import columns_of, facts
from geo.mapping import POSITION, Mapping
from geo.rawtable import RawTable

#: Our names that are also written otherwise, whatever the table.
ALIASES = {
    "lat": ("lat", "latitude", "lintang", "y"),
    "lon": ("lon", "lng", "long", "longitude", "bujur", "x"),
    "wkt": ("wkt", "geometry", "geom"),
}


def plain(name: str) -> str:
    """Bring a column name down to what is compared: without case, accents, punctuation, "#" and the groups of a form.

    Examples
    --------
    >>> plain("#status_id"), plain("grup_titik/Kondisi Sarana"), plain("Désa")
    ('status id', 'kondisi sarana', 'desa')
    """
    last = name.strip().rsplit("/", 1)[-1] or name
    letters = unicodedata.normalize("NFKD", last)
    ascii_ = "".join(letter for letter in letters if not unicodedata.combining(letter)).lower()
    return " ".join(re.findall(r"[a-z0-9]+", ascii_))


def wanted(table: str) -> list[str]:
    """Names of ours that a file of this table can have: declared columns and the position."""
    return [*columns_of(table), *POSITION]


def direct(name: str, columns: Iterable[str]) -> str | None:
    """The column that carries our own name (or a usual name of a position), or None."""
    lower = {str(column).strip().lower(): str(column) for column in reversed(list(columns))}
    for alias in ALIASES.get(name, (name,)):
        if alias in lower:
            return lower[alias]
    return None


def proposed(raw: RawTable, table: str, mapping: Mapping) -> dict[str, str]:
    """Return our column → the file's, for those that neither the mapping nor their own name settles.

    Parameters
    ----------
    raw
        As read.
    table
        What it is to become.
    mapping
        Goes before every proposal.

    Examples
    --------
    >>> import pandas as pd
    >>> cells = pd.DataFrame({"Kode Desa": ["32.03.18.2001"], "functional_status": ["baik"], "lat": ["-7.2"]})
    >>> proposed(RawTable("f", cells), "water_points", Mapping())
    {'village_code': 'Kode Desa', 'status': 'functional_status'}
    """
    columns = [str(column) for column in raw.cells.columns]
    names = wanted(table)
    settled = {name: mapping.columns.get(name, direct(name, columns)) for name in names}
    used = {source for source in settled.values() if source}
    by_plain: dict[str, str] = {}
    for column in columns:
        by_plain.setdefault(plain(column), column)
    found: dict[str, str] = {}
    for name in names:
        if settled[name] is not None or name in mapping.constants or (name in POSITION and raw.geometry is not None):
            continue
        for synonym in (plain(name), *map(plain, facts("synonyms").get(table, {}).get(name, ()))):
            source = by_plain.get(synonym)
            if source is not None and source not in used and raw.cells[source].notna().any():
                found[name] = source
                used.add(source)
                break
    return found


def sources_of(raw: RawTable, table: str, mapping: Mapping, guessed: dict[str, str]) -> dict[str, str]:
    """Our columns and the file's that hold them: as mapped, by our own name, else as guessed."""
    found = {}
    for name in wanted(table):
        source = mapping.columns.get(name, direct(name, raw.cells) or guessed.get(name))
        if source and name not in mapping.constants:
            found[name] = source
    return found


def likeliest(raw: RawTable) -> str:
    """The table that a file most likely is: the one with the largest part of its own columns in the file.

    A required column that is missing counts against it; shapes decide where all else is equal (lines are roads).
    """

    def fit(table: str) -> float:
        columns = columns_of(table)
        found = sources_of(raw, table, Mapping(), proposed(raw, table, Mapping()))
        required = [name for name, column in columns.items() if column.get("required")]
        missing = sum(name not in found for name in required)
        part = len(set(found) & set(columns)) / float(np.sqrt(len(columns)))
        return part + 0.3 * (len(required) - missing) - 2.0 * missing + _of_shape(raw, table)

    return max(facts("tables"), key=fit)


def _of_shape(raw: RawTable, table: str) -> float:
    """A thousand less where the table takes none of the file's shapes."""
    if raw.geometry is None:
        return 0.0 if "Point" in facts("tables")[table]["geometry"] else -1000.0
    kinds = {shape.geom_type for shape in raw.geometry.dropna().head(200)}
    return 0.0 if not kinds or kinds & set(facts("tables")[table]["geometry"]) else -1000.0
