"""XLSX: a sheet as text, where its header is, titles above it and heads over groups of columns."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd

from geo.model.errors import DataError
from geo.reading.archives import BROKEN_ZIP, check_zip
from geo.reading.delimited import column_names
from geo.reading.raw_table import Fault, RawTable, cell_text

#: The header of a sheet is looked for in so many rows.
_HEADER_WITHIN = 20


def header_row(grid: list[list[str | None]]) -> int:
    """Where the header is: the first row at least half as full as the fullest near the top.

    Examples
    --------
    >>> header_row([["Data titik air", None, None], ["id", "lat", "lon"], ["a", "1", "2"]])
    1
    """
    full = [sum(cell is not None for cell in row) for row in grid[:_HEADER_WITHIN]]
    return next((n for n, count in enumerate(full) if count >= 2 and count * 2 >= max(full)), 0)


def whole_header(grid: list[list[str | None]], start: int) -> tuple[list[str], int]:
    """Names of the columns, and where the rows begin; heads of groups (merged cells) stand over those of their columns.

    A second row is part of the header where it only fills cells that the first leaves empty, or the first of a group.

    Examples
    --------
    >>> whole_header([["Nama", "Kondisi", None], [None, "baik", "rusak"], ["A", "x", None]], 0)
    (['Nama', 'baik', 'rusak'], 2)
    """
    names = [cell or "" for cell in grid[start]]
    below = grid[start + 1] if start + 1 < len(grid) else []
    filled = [n for n, cell in enumerate(below) if cell is not None]
    last = max((n for n, name in enumerate(names) if name), default=0)
    groups = {n for n in range(last + 1) if names[n] and (n == len(names) - 1 or not names[n + 1])}
    fits = all(not names[n] or n in groups for n in filled) and any(not names[n] for n in filled)
    if len(filled) < 2 or not fits or any(re.fullmatch(r"[-\d.,]+", below[n] or "") for n in filled):
        return names, start + 1
    return [(below[n] or name) if n in filled else name for n, name in enumerate(names)], start + 2


def read_xlsx(path: Path, options: dict[str, Any]) -> RawTable:
    """Read one sheet of an XLSX workbook (`sheet`, else the first); its first row is the header."""
    check_zip(path)
    _no_far_cells(path)
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        if not book.sheet_names:
            raise DataError("error.empty_file", path=path.name)
        name = options.get("sheet") or book.sheet_names[0]
        if name not in book.sheet_names:
            raise DataError("error.sheet", path=path.name, value=name, known=", ".join(book.sheet_names))
        cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError) as error:
        raise error if isinstance(error, DataError) else DataError("error.unreadable", path=path.name) from error
    grid = [[cell_text(cell) for cell in row] for row in cells]
    start = int(options["header_row"]) - 1 if "header_row" in options else header_row(grid)
    if len(grid) <= start:
        raise DataError("error.empty_file", path=path.name)
    one = [cell or "" for cell in grid[start]], start + 1
    header, first = one if "header_row" in options else whole_header(grid, start)
    rows = {n: row for n, row in enumerate(grid[first:], start=first + 1) if any(row)}
    frame = pd.DataFrame(list(rows.values()), columns=column_names(header), index=list(rows), dtype=object)
    notes = []
    if first > 1 and "header_row" not in options:
        notes.append(Fault("header_found", "note", start + 1, values={"rows": f"{start + 1}–{first}"}))
    others = [other for other in book.sheet_names if other != name]
    if others and "sheet" not in options:
        notes.append(Fault("sheet_taken", "note", values={"sheet": name, "others": ", ".join(others[:10])}))
    return RawTable(path.name, frame, notes=tuple(notes))


#: More cells than this between the first and the furthest are no table (calamine makes room for all of them).
MAX_CELLS = 40_000_000
_FAR_COLUMN = re.compile(rb'<c r="([A-Z]{2,3})[0-9]')
_ROW = re.compile(rb' r="[A-Z]{0,3}([0-9]{5,7})"')


def _no_far_cells(path: Path) -> None:
    """Refuse a workbook whose furthest cell would make a sheet that fills the memory."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.lower().startswith(("xl/worksheets/", "/xl/worksheets/")) or not name.lower().endswith(".xml"):
                continue
            column = row = 1
            rest = b""
            try:
                with archive.open(name) as sheet:
                    while part := sheet.read(1 << 20):
                        text = rest + part
                        column = max(column, *map(_column_number, set(_FAR_COLUMN.findall(text))), 1)
                        row = max(row, *(int(number) for number in _ROW.findall(text)), 1)
                        rest = text[-40:]
            except BROKEN_ZIP as error:
                raise DataError("error.unreadable", path=path.name) from error
            if max(column, 26) * row > MAX_CELLS:
                raise DataError("error.far_cell", path=path.name, rows=row, columns=column)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number
