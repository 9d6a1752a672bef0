"""Which of a file's columns is which of ours, where nobody has said it: by the names other inventories use.

A proposal never goes before a mapping file nor before a column that has our own name, and each one is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from geo.checking.cell_parsers import MISSING, PARSERS, CellError
from geo.checking.column_mapping import POSITION, ColumnMapping
from geo.model.facts import columns_of, facts
from geo.model.names import plain
from geo.reading.raw_table import RawTable

#: Our names that are also written otherwise, whatever the table.
ALIASES = {
    "lat": ("lat", "latitude", "lintang", "y"),
    "lon": ("lon", "lng", "long", "longitude", "bujur", "x"),
    "wkt": ("wkt", "geometry", "geom"),
}


def plain_names(columns: Iterable[object]) -> dict[str, str]:
    """Plain name → column, the first of equal ones; a group of a form (``group/question``) that several share is cut.

    Examples
    --------
    >>> plain_names(["titik/nama", "titik/kondisi", "No. HP/ID"])
    {'nama': 'titik/nama', 'kondisi': 'titik/kondisi', 'no hp id': 'No. HP/ID'}
    """
    names = [str(column) for column in columns]
    groups = Counter(name.rpartition("/")[0] for name in names if "/" in name)
    found: dict[str, str] = {}
    for name in names:
        group, _, last = name.rpartition("/")
        found.setdefault(plain(last if groups[group] > 1 and group not in names else name), name)
    dashed = Counter(name.split("-")[0] for name in names if "-" in name)
    for name in names:  # of a form by ODK Central: what no column is called by its whole name
        group, _, last = name.partition("-")
        if last and dashed[group] > 1:
            found.setdefault(plain(last), name)
    return found


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


def proposed(raw: RawTable, table: str, mapping: ColumnMapping) -> dict[str, str]:
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
    >>> proposed(RawTable("f", cells), "water_points", ColumnMapping())
    {'village_code': 'Kode Desa', 'status': 'functional_status'}
    """
    names = wanted(table)
    settled = {name: mapping.columns.get(name, _filled(name, raw)) for name in names}
    used = {source for source in settled.values() if source}
    by_plain = plain_names(raw.cells.columns)
    found: dict[str, str] = {}
    for name in names:
        if settled[name] is not None or name in mapping.constants or (name in POSITION and raw.geometry is not None):
            continue
        synonyms = [plain(name), *map(plain, facts("synonyms").get(table, {}).get(name, ()))]
        if name in ("lat", "lon"):  # of a question in a form: "_letak_latitude"
            synonyms += [key for key in by_plain if key.endswith(" latitude" if name == "lat" else " longitude")]
        for synonym in synonyms:
            source = by_plain.get(synonym)
            if source is not None and source not in used and _fits(raw.cells[source], columns_of(table).get(name)):
                found[name] = source
                used.add(source)
                break
    return found


def _filled(name: str, raw: RawTable) -> str | None:
    """The column of our own name, unless it is empty."""
    source = direct(name, raw.cells)
    return source if source is not None and raw.cells[source].notna().any() else None


#: So many different cells of a column are tried before it is proposed.
_TRIED = 50


def _fits(cells: pd.Series, column: dict[str, Any] | None) -> bool:
    """A column with content; and where dates or numbers are wanted, most of what it holds is such."""
    texts = [text for text in cells.dropna().unique()[:_TRIED] if text.strip().lower() not in MISSING]
    if column is None or column["type"] not in ("date", "number", "integer"):
        return bool(texts)
    return sum(map(partial(_readable, column=column), texts)) * 2 > len(texts)


def _readable(text: str, column: dict[str, Any]) -> bool:
    try:
        PARSERS[column["type"]](text.strip(), column, {})
    except CellError:
        return False
    return True


def sources_of(raw: RawTable, table: str, mapping: ColumnMapping, guessed: dict[str, str]) -> dict[str, str]:
    """Our columns and the file's that hold them: as mapped, by our own name, else as guessed."""
    found = {}
    for name in wanted(table):
        source = mapping.columns.get(name, guessed.get(name) or direct(name, raw.cells))
        if source and name not in mapping.constants:
            found[name] = source
    return found


def columns_found(raw: RawTable, table: str, mapping: ColumnMapping | None = None) -> dict[str, str]:
    """`sources_of` with what is proposed."""
    given = mapping or ColumnMapping()
    return sources_of(raw, table, given, proposed(raw, table, given))


def likeliest(raw: RawTable) -> str:
    """The table that a file most likely is: the one with the largest part of its own columns in the file.

    A required column that is missing counts against it; shapes decide where all else is equal (lines are roads).
    """

    def fit(table: str) -> float:
        columns = columns_of(table)
        found = {name for name, source in columns_found(raw, table).items() if _says(raw, source, columns.get(name))}
        required = [name for name, column in columns.items() if column.get("required")]
        missing = sum(name not in found for name in required)
        part = len(found & set(columns)) / float(np.sqrt(len(columns)))
        return part + 0.3 * (len(required) - missing) - 2.0 * missing + _of_shape(raw, table)

    return max(facts("tables"), key=fit)


def _says(raw: RawTable, source: str, column: dict[str, Any] | None) -> bool:
    """Tell whether a column of ours with a list of words holds any of them."""
    if column is None or column["type"] not in ("choice", "code"):
        return True
    texts = raw.cells[source].dropna().unique()[:_TRIED] if source in raw.cells else []
    return any(_readable(text, column) for text in texts)


def _of_shape(raw: RawTable, table: str) -> float:
    """A thousand less where the table takes none of the file's shapes."""
    if raw.geometry is None:
        return 0.0 if "Point" in facts("tables")[table]["geometry"] else -1000.0
    kinds = {shape.geom_type for shape in raw.geometry.dropna().head(200)}
    return 0.0 if not kinds or kinds & set(facts("tables")[table]["geometry"]) else -1000.0
