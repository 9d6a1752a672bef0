"""What a reader hands over before anything is checked: text cells, geometries, and rows broken beyond columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from geo.model.errors import DataError

#: Texts by row.
Grid = Sequence[Sequence[str | None]]

#: No table has more columns than this, nor a column a longer name.
MAX_COLUMNS, MAX_NAME = 2_000, 1_000


def some_columns(path: str, names: Sequence[str]) -> None:
    """Refuse a table whose columns are too many, or named by whole pages.

    Raises
    ------
    DataError
        With how many there are.
    """
    if len(names) > MAX_COLUMNS or max(map(len, names), default=0) > MAX_NAME:
        raise DataError("error.columns", path=path, count=len(names), most=MAX_COLUMNS)


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one cell, row or file.

    `severity` is ``rejected`` (the row stays out), ``fixed`` (read differently than written) or ``note``. `row` is the
    line or record number in the file (1 = first line; None = the whole file). The sentences are `fault.<key>` and
    `remedy.<key>` of the catalogues, filled with `values`.
    """

    key: str
    severity: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class RawTable:
    """A file as read: `cells` holds text or None in every column, indexed by row number in the file; `geometry` (if the
    format has one) shares the index; `broken` are rows that could not even be split into columns, as raw text. `faults`
    are of single rows; `written` are the cells as the file has them, where `cells` were brought into plain columns;
    `typed` that its numbers are numbers and not texts that people wrote (a file with shapes, unless they were added),
    but for the columns of `texts`; `used` are columns of the file out of which a shape made others;
    `older` are earlier reports of rows that are here; `elsewhere` are the first rows of other sheets, by name, and
    lines of the list itself that are none of its things.
    """

    path: str
    cells: pd.DataFrame
    geometry: pd.Series | None = None
    broken: tuple[tuple[Fault, str], ...] = ()
    notes: tuple[Fault, ...] = ()
    faults: tuple[Fault, ...] = ()
    written: pd.DataFrame | None = None
    typed: bool | None = None
    older: RawTable | None = None
    texts: frozenset[str] = frozenset()
    used: frozenset[str] = frozenset()
    elsewhere: tuple[tuple[str, Grid], ...] = ()

    @property
    def as_written(self) -> pd.DataFrame:
        """The cells as the file has them."""
        return self.cells if self.written is None else self.written

    @property
    def read(self) -> int:
        """Rows in the file, broken ones included."""
        return len(self.cells) + len(self.broken)


def with_cells(raw: RawTable, columns: Mapping[str, pd.Series], *faults: Fault, out_of: Iterable[str] = ()) -> RawTable:
    """Return the table with more columns (or others of those names), made out of some of it, and more to tell.

    A column of the file that is called as one of the new ones but for its capitals makes room for it.
    """
    cells = raw.cells.assign(**{name: values.astype(object) for name, values in columns.items()})
    instead = [str(one) for one in raw.cells if one not in columns and str(one).strip().lower() in columns]
    cells = cells.drop(columns=instead) if instead else cells
    used = raw.used | set(out_of) | set(instead)
    return replace(raw, cells=cells.where(cells.notna(), None), faults=(*raw.faults, *faults), used=used)


def cell_text(value: Any) -> str | None:
    """Turn a typed cell into text, exactly: no rounding, whole floats without ``.0``; missing is None.

    Examples
    --------
    >>> cell_text(12.0), cell_text(0.1), cell_text(True), cell_text(None), cell_text(" a ")
    ('12', '0.1', 'true', None, ' a ')
    >>> cell_text(["sumur bor"]), cell_text(["a", "b"])
    ('sumur bor', 'a; b')
    """
    if value is None or value is pd.NaT:
        return None
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return "true" if value else "false"
    if hasattr(value, "isoformat"):
        text = str(value.isoformat())
        return text.removesuffix("T00:00:00")
    if isinstance(value, float) or type(value).__name__.startswith("float"):
        number = float(value)
        if number != number:
            return None
        text = str(int(number)) if number.is_integer() and abs(number) <= 2**53 else repr(number)
        # a number, not a text with a thousands point: 12.345 is told from "12.345"
        return f"{text}0" if re.fullmatch(r"-?\d{1,3}\.\d{3}", text) else text
    if isinstance(value, (list, tuple)) or type(value).__name__ == "ndarray":
        return "; ".join(told for told in map(cell_text, value) if told) or None
    return str(value)
