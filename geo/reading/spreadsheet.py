"""XLSX: a sheet as text, where its header is, titles above it and heads over groups of columns."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from geo.model.errors import DataError
from geo.reading.archives import check_zip, parts_of
from geo.reading.headers import column_names, whole_header
from geo.reading.markup import look_through
from geo.reading.other_sheets import OLE, Ods, begins, check_ods, is_ods, with_lines
from geo.reading.raw_table import MAX_COLUMNS, Fault, RawTable, cell_text, some_columns
from geo.reading.several_tables import blocks, newest, of_one_kind, under_each_other, with_parent

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


def read_sheets(path: Path, options: dict[str, Any]) -> RawTable:
    """Read one sheet of a workbook (XLSX, ODS, XLS).

    It is the one of `options["sheet"]`, else the one that fits best (`options["fits"]`), else the first.
    """
    ending = path.suffix.lower()
    open_text = ending == ".ods" or is_ods(path)
    new = not open_text and begins(path) != OLE  # XLSX, whatever its ending says
    seen: Ods | None = None
    hidden_rows: dict[int, int] = {}
    if open_text:
        seen = check_ods(path, MAX_CELLS)
    elif new:
        check_zip(path)
        hidden_rows = _no_far_cells(path)
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_object(_source(path, seen, ending))
        if not book.sheet_names:
            raise DataError("error.empty_file", path=path.name)
        asked = options.get("sheet")
        if asked is not None and asked not in book.sheet_names:
            raise DataError("error.sheet", path=path.name, value=asked, known=", ".join(book.sheet_names))
        hidden = _hidden(book) if asked is None else []
        names = [asked] if asked is not None else [name for name in book.sheet_names if name not in hidden][:_SHEETS]
        sheets = {name: book.get_sheet_by_name(name) for name in names}
        for sheet in sheets.values():
            if sheet.height * sheet.width > MAX_CELLS:
                raise DataError("error.far_cell", path=path.name, rows=sheet.height, columns=sheet.width)
        grids = {name: sheet.to_python(skip_empty_area=False) for name, sheet in sheets.items()}
    except (CalamineError, OSError, ValueError) as error:
        raise error if isinstance(error, DataError) else DataError("error.unreadable", path=path.name) from error
    merges = {name: sheet.merged_cell_ranges or () for name, sheet in sheets.items()} | (seen.merges if seen else {})
    bad = {name: _bad_cells(path, book.sheet_names.index(name)) if new else _failed(seen, name) for name in grids}
    _say_errors(grids, {name: failed for name, (_, failed) in bad.items()})
    found = {name: _table(path, grid, options, merges[name]) for name, grid in grids.items()}
    tables = {name: table for name, table in found.items() if table is not None}
    tables = {name: with_parent(name, tables) for name in tables}
    if not tables:
        raise DataError("error.empty_file", path=path.name)
    joined = _chosen(tables, options)
    named = options.get("named", lambda _: {})
    whole = under_each_other([tables[one] for one in joined], joined, sheets=True, named=named)
    notes = list(whole.notes)
    if hidden:
        notes.append(Fault("sheets_hidden", "note", values={"sheets": ", ".join(hidden[:10])}))
    others = [other for other in book.sheet_names if other not in joined and other not in hidden]
    if others and "sheet" not in options:
        rows = sum(len(tables[other].cells) for other in others if other in tables)
        values = {"sheet": ", ".join(joined[:10]), "others": ", ".join(others[:10]), "count": rows}
        notes.append(Fault("sheet_taken", "note", values=values))
    unseen = {book.sheet_names[n]: rows for n, rows in hidden_rows.items()} | (seen.hidden if seen else {})
    for one in joined:
        notes += _told_of(one, bad[one][0], unseen.get(one, 0))
    elsewhere = tuple((other, _texts(grids[other])) for other in others if other in grids)
    return replace(whole, notes=tuple(notes), elsewhere=elsewhere)


def _told_of(sheet: str, valueless: list[str], unseen: int) -> list[Fault]:
    """Notes of a sheet's formulas that have no value, and of rows that nobody sees."""
    told = [Fault("rows_hidden", "note", values={"sheet": sheet, "count": unseen})] if unseen else []
    values = {"count": len(valueless), "cells": _some(valueless)}
    return [Fault("formula_without_value", "note", values=values), *told] if valueless else told


def _chosen(tables: Mapping[str, RawTable], options: dict[str, Any]) -> list[str]:
    """The sheet that fits best, and those that go on where it ends."""
    fits, called = options.get("fits"), options.get("called", lambda _: 0.0)
    name = next(iter(tables))
    if fits is None or len(tables) < 2:
        return [newest(tables, name)]
    name = newest(tables, max(tables, key=lambda one: fits(tables[one]) + called(one)))
    if "sheet" in options:
        return [name]
    kind = options.get("kind", lambda _: "")
    joined = of_one_kind(tables, name, named=options.get("named", lambda _: {}))
    return [one for one in joined if one == name or kind(tables[one]) == kind(tables[name])]


_CELL = re.compile(r"^([A-Z]{1,3})(\d{1,7})(?: \((.+)\))?$")


def _say_errors(grids: Mapping[str, list[list[Any]]], failed: Mapping[str, list[str]]) -> None:
    """Say in the cells of failed formulas what a spreadsheet shows there ("#N/A"), in place: they are told as such."""
    for name, one in ((name, one) for name, cells in failed.items() for one in cells):
        grid, cell = grids[name], _CELL.match(one)
        if cell is not None:
            row, column = int(cell[2]) - 1, _column_number(cell[1]) - 1
            if row < len(grid) and column < len(grid[row]) and grid[row][column] in ("", None):
                grid[row][column] = cell[3] or "#VALUE!"


def _texts(grid: list[list[Any]]) -> list[list[str | None]]:
    """What another sheet says, its first rows."""
    return [[cell_text(cell) for cell in row] for row in grid[:_EXPLAINS]]


#: So many rows of another sheet may explain codes.
_EXPLAINS = 500


def _source(path: Path, seen: Ods | None, ending: str) -> str | io.BytesIO:
    """What calamine opens: it believes endings, and leaves out what parts the lines of an ODS's cells."""
    if seen is not None and (seen.broken_lines or b"<![CDATA[" in _content(path)):
        return io.BytesIO(with_lines(path))
    return io.BytesIO(path.read_bytes()) if ending == ".xls" and begins(path) != OLE else str(path)


def _content(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return b"".join(parts_of(path, archive.getinfo("content.xml")))


def _failed(seen: Ods | None, sheet: str) -> tuple[list[str], list[str]]:
    """Cells of an ODS whose formula has no value, and those whose formula failed; of an XLS nobody knows."""
    return ([], []) if seen is None else (seen.valueless.get(sheet, []), seen.failed.get(sheet, []))


def _hidden(book: Any) -> list[str]:
    """Sheets that whoever opens the workbook does not see; none where all are."""
    from python_calamine import SheetVisibleEnum

    names = [one.name for one in book.sheets_metadata if one.visible != SheetVisibleEnum.Visible]
    return names if len(names) < len(book.sheet_names) else []


Merges = Sequence[tuple[tuple[int, int], tuple[int, int]]]


def _unmerge(grid: list[list[str | None]], merges: Merges, first: int) -> None:
    """Say in each row what is merged over several of one column below the header, in place."""
    for (top, left), (bottom, right) in merges:
        if left == right and first <= top and bottom - top < _MERGED and bottom < len(grid) and left < len(grid[top]):
            for row in range(top + 1, bottom + 1):
                grid[row][left] = grid[top][left]


#: Cells merged over more rows than this are a sheet's frame, no value of each row.
_MERGED = 200
#: So many sheets of a workbook are looked at.
_SHEETS = 30


def _table(path: Path, cells: list[list[Any]], options: dict[str, Any], merges: Merges) -> RawTable | None:
    """One sheet as a table; None where it has no row below a header."""
    grid = [[cell_text(cell) for cell in row] for row in cells]
    grid = [[None if cell is not None and not cell.strip() else cell for cell in row] for row in grid]
    start = int(options["header_row"]) - 1 if "header_row" in options else header_row(grid)
    if len(grid) <= start:
        return None
    one = [cell or "" for cell in grid[start]], start + 1
    header, first = one if "header_row" in options else whole_header(grid, start)
    some_columns(path.name, header)
    _unmerge(grid, merges, first)
    parts = blocks(header)
    tables = [_part(path, grid[first:], header, part, first + 1) for part in parts]
    notes = []
    if first > 1 and "header_row" not in options:
        notes.append(Fault("header_found", "note", start + 1, values={"rows": f"{start + 1}–{first}"}))
    tables = [tables[0], *(table for table in tables[1:] if len(table.cells))]
    if len(tables) > 1 and len(tables[0].cells):
        from xlsxwriter.utility import xl_col_to_name

        names = [f"{xl_col_to_name(begin)}–{xl_col_to_name(end - 1)}" for begin, end in parts]
        beside = under_each_other(tables, names[: len(tables)])
        return replace(beside, notes=(*notes, *beside.notes))
    return replace(tables[0], notes=tuple(notes))


def _part(path: Path, rows: list[list[str | None]], header: list[str], part: tuple[int, int], first: int) -> RawTable:
    """The rows of some columns that say anything there, numbered as in the sheet."""
    begin, end = part
    kept = {n: row[begin:end] for n, row in enumerate(rows, start=first) if any(row[begin:end])}
    names = column_names(header[begin:end])
    return RawTable(path.name, pd.DataFrame(list(kept.values()), columns=names, index=list(kept), dtype=object))


_CELL_WITHOUT = re.compile(
    rb"<c\b[^<>]*?\br=[\"']([A-Z]{1,3}[0-9]{1,7})[\"'][^<>]*>\s*<f\b[^<>]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>"
)


#: A picture in a cell (`vm`) is no failed formula, though programs that know none show an error there.
_CELL_FAILED = re.compile(
    rb"<c\b(?=[^<>]*\bt=[\"']e[\"'])(?![^<>]*\bvm=)[^<>]*?\br=[\"']([A-Z]{1,3}[0-9]{1,7})[\"'][^<>]*>(?:\s*<f\b[^<>]*?(?:/>|>[^<]*</f>))?\s*<v>([^<]*)</v>"
)


def _bad_cells(path: Path, number: int) -> tuple[list[str], list[str]]:
    """Cells of a sheet that hold a formula and no value, and those whose formula failed, with what is shown there."""
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if re.fullmatch(r"/?xl/worksheets/[^/]+\.xml", name)]
        sheets.sort(key=lambda name: int(re.sub(r"\D", "", name.rpartition("/")[2]) or 0))
        if number >= len(sheets):
            return [], []
        with archive.open(sheets[number]) as sheet:
            text = sheet.read(_LOOKED_AT)
            found = [cell.decode() for cell in _CELL_WITHOUT.findall(text)]
            failed = [f"{cell.decode()} ({said.decode()})" for cell, said in _CELL_FAILED.findall(text)]
    return found, failed


def _some(cells: list[str]) -> str:
    return ", ".join(cells[:12]) + (" …" if len(cells) > 12 else "")


#: So much of a sheet is looked through for formulas without a value, bytes.
_LOOKED_AT = 50_000_000


#: More cells than this between the first and the furthest are no table (calamine makes room for all of them), nor is
#: more text than this once every cell has its own copy of the words it shares.
MAX_CELLS, MAX_TEXT = 12_000_000, 400_000_000
#: A sheet has so many rows and columns at most.
_ROWS, _COLUMNS = 1_048_576, 16_384
#: Pictures and the like: no reader takes them for a part of a sheet.
_NO_SHEETS = ("xl/media/", "xl/embeddings/", "docprops/", "xl/printersettings/")


class _Extent:
    """How far the cells of a sheet reach, and how many take their words from the workbook's list.

    A million cells pass through here: what is said again and again (letters of columns, numbers of rows) is known then.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.row = self.column = self.furthest_row = self.furthest_column = self.shared = 0
        self._columns: dict[str, int] = {}
        self._said = ""
        self.hidden = 0

    def seen(self, name: str, attributes: list[str]) -> None:
        """Take note of a row or a cell; one that does not say its place follows the one before."""
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            self._cell(attributes)
        elif name == "row":
            of_row = dict(zip(attributes[::2], attributes[1::2], strict=True))
            self._in_row(of_row.get("r", str(self.row + 1)))
            self.hidden += of_row.get("hidden") in ("1", "true")
            self.column = 0

    def _cell(self, attributes: list[str]) -> None:
        self.column += 1
        for n in range(0, len(attributes), 2):
            name, value = attributes[n], attributes[n + 1]
            if name == "r":
                letters = value.rstrip("0123456789")
                number = value[len(letters) :]
                self.column = self._columns.get(letters) or self._known(letters)
                if number != self._said:
                    self._in_row(number)
            elif name == "t" and value == "s":
                self.shared += 1
        if self.column > self.furthest_column:
            self.furthest_column = self.column
        if self.row > self.furthest_row:
            self.furthest_row = self.row

    def _known(self, letters: str) -> int:
        plain = letters.strip("$").upper()
        if not (plain.isascii() and plain.isalpha() and len(plain) <= len("XFD")):
            raise DataError("error.unreadable", path=self.path.name)
        self._columns[letters] = number = _column_number(plain)
        if number > _COLUMNS:
            raise DataError("error.unreadable", path=self.path.name)
        return number

    def _in_row(self, said: str) -> None:
        number = int(said) if said.isascii() and said.isdigit() and len(said) <= len(str(_ROWS)) else 0
        if not 0 < number <= _ROWS:
            raise DataError("error.unreadable", path=self.path.name)
        self.row, self._said = number, said
        self.furthest_row = max(self.furthest_row, number)


def _no_far_cells(path: Path) -> dict[int, int]:
    """Refuse a workbook whose furthest cell, or whose shared words, would fill the memory.

    Every part that may be a sheet is read as XML: what a cell says of its place counts, however it is spelt, and one
    that cannot be understood is refused. Returned are the hidden rows of each sheet, by its number.
    """
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    longest, shared = 0, 0
    hidden: dict[int, int] = {}
    for entry in entries:
        name = entry.filename.lower().removeprefix("/")
        if entry.is_dir() or name.startswith(_NO_SHEETS) or not name.endswith((".xml", ".rels")):
            for _ in parts_of(path, entry):  # what it unpacks to has to be what it says
                pass
            continue
        extent = _Extent(path)
        look_through(path, parts_of(path, entry), extent.seen, nested=False)
        rows, columns = extent.furthest_row, extent.furthest_column
        if rows * max(columns, 1) > MAX_CELLS or columns > MAX_COLUMNS:
            raise DataError("error.far_cell", path=path.name, rows=rows, columns=columns)
        shared = max(shared, extent.shared)
        sheet = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", name)
        if sheet is not None:
            hidden[int(sheet[1]) - 1] = extent.hidden
        if name.endswith("sharedstrings.xml"):
            longest = _longest(path, entry)
    if longest * shared > MAX_TEXT and longest > _LONG_TEXT:
        raise DataError("error.shared_words", path=path.name, count=shared, letters=longest)
    return hidden


#: Words of a workbook's list up to this long are as people write them (some 400,000 cells of such are a large file).
_LONG_TEXT = 1000


def _longest(path: Path, entry: zipfile.ZipInfo) -> int:
    """Letters of the longest text in a workbook's list of words."""
    from xml.parsers import expat

    longest = letters = 0

    def start(name: str, _: object) -> None:
        nonlocal letters
        if name.rpartition(":")[2] == "si":
            letters = 0

    def text(data: str) -> None:
        nonlocal letters, longest
        letters += len(data)
        longest = max(longest, letters)

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.CharacterDataHandler = start, text
    for part in parts_of(path, entry):
        parser.Parse(part, False)
    return longest


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number
