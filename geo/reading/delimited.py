"""Delimited text: encoding, separator and quotes found out, and read strictly; nothing falls silently."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from geo.model.errors import DataError
from geo.model.progress import tell
from geo.reading.raw_table import Fault, RawTable

MAX_RECORD_LINES = 100
_DELIMITERS = ",;\t|"
#: So many rows are read between two words of progress.
_TOLD_ROWS = 20_000
csv.field_size_limit(1_000_000)
#: The header is looked for among so many lines.
_HEAD = 20
_SEPARATOR = re.compile(r'^\ufeff?"?sep=([,;\t|])"?\s*$', re.IGNORECASE)


def decode(data: bytes) -> tuple[str, str]:
    """Return a text file's text and the name of its encoding.

    UTF-16 by its mark, UTF-8 (with or without mark) if it is that, else Windows-1252, which is reported to the reader.

    Examples
    --------
    >>> decode("Desa Cé".encode("latin-1"))
    ('Desa Cé', 'cp1252')
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace"), "utf-16"
    unmarked = _unmarked_utf16(data)
    if unmarked is not None:
        return data.decode(unmarked, errors="replace"), "utf-16"
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), "cp1252"


def _unmarked_utf16(data: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of a plain text is zero."""
    head = data[:4096]
    if len(head) < 4:
        return None
    for name, zeros, letters in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
        if zeros.count(0) > 0.9 * len(zeros) and letters.count(0) == 0:
            return name
    return None


def read_csv(path: Path, options: dict[str, Any]) -> RawTable:
    """Read delimited text strictly: a row with too few or too many cells, or an unclosed quote, is kept as broken.

    After an unclosed quote only that line is lost to it; reading goes on with the next.
    """
    data = path.read_bytes()
    marked = data[:2] in (b"\xff\xfe", b"\xfe\xff") or _unmarked_utf16(data) is not None
    if b"\x00" in data[:4096] and not marked:
        raise DataError("error.not_text", path=path.name)
    text, encoding = decode(data)
    if options.get("encoding"):
        text, encoding = data.decode(options["encoding"], errors="replace"), "utf-8"
    lines = text.splitlines(keepends=True)
    lines = _joined_soft_breaks(lines)
    start, delimiter, titles = _head(lines, path, options)
    lines[:start] = ["\n"] * start  # what stands above the header is not read; rows keep their numbers
    records = _records(lines, delimiter)
    header_line, header = next(records)
    if isinstance(header, str):
        raise DataError("error.header", path=path.name, row=header_line)
    trailing = len(header) > 1 and not header[-1].strip()
    header = header[:-1] if trailing else header
    names = column_names(header)
    rows, numbers, broken, blank = [], [], [], []
    for number, record in records:
        if number % _TOLD_ROWS == 0:
            tell("read", number, len(lines))
        if not record:
            blank.append(number)
        elif isinstance(record, str):
            broken.append((Fault("unclosed_quote", "rejected", number), record))
        elif len(record) == len(names) + 1 and not record[-1].strip():  # a separator behind the last cell
            rows.append([cell or None for cell in record[:-1]])
            numbers.append(number)
        elif len(record) != len(names):
            raw = "".join(lines[number - 1 : number])
            values = {"found": len(record), "expected": len(names)}
            broken.append((Fault("column_count", "rejected", number, values=values), raw.rstrip("\r\n")))
        else:
            rows.append([cell or None for cell in record])
            numbers.append(number)
    cells = pd.DataFrame(rows, columns=names, index=numbers, dtype=object)
    notes = [Fault("encoding", "note", values={"encoding": "Windows-1252"})] if encoding == "cp1252" else []
    if titles:
        notes.append(Fault("header_found", "note", header_line, values={"rows": str(header_line)}))
    if blank:
        notes.append(Fault("blank_rows", "note", blank[0], values={"count": len(blank)}))
    return RawTable(path.name, cells, None, tuple(broken), tuple(notes))


def _head(lines: list[str], path: Path, options: dict[str, Any]) -> tuple[int, str, int]:
    """Which line the header is on (from 0), the separator, and how many lines of titles stand above."""
    start = int(options.get("header_row", 1)) - 1
    start = next((n for n in range(start, len(lines)) if lines[n].strip()), len(lines))
    if start == len(lines):
        raise DataError("error.empty_file", path=path.name)
    said = _SEPARATOR.match(lines[start])  # Excel's own first line, "sep=;"
    if said is not None and start + 1 < len(lines):
        return start + 1, str(options.get("delimiter") or said[1]), 0
    first = lines[start : start + _HEAD]
    delimiter = options.get("delimiter") or max(_DELIMITERS, key=lambda one: max(line.count(one) for line in first))
    titles = 0 if "header_row" in options else _titles(first, delimiter)
    return start + titles, str(delimiter), titles


def _titles(first: list[str], delimiter: str) -> int:
    """How many of the first lines are titles or blank, with one cell at most, before a line of several cells."""
    for n, line in enumerate(first):
        try:
            cells = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            return 0
        if sum(bool(cell.strip()) for cell in cells) > 1:
            return n
    return 0


def _joined_soft_breaks(lines: list[str]) -> list[str]:
    """`str.splitlines` also breaks at form feeds and the like; put such pieces back together."""
    if all(line.endswith(("\n", "\r")) for line in lines[:-1]):
        return lines
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$", "".join(lines))


def _records(lines: list[str], delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Yield (line number, cells), or (line number, raw line) where the line's quotes do not close; no cells: all empty.

    A record over several lines that has no closing quote, or not as many cells as the header, is taken to be one broken
    line; reading goes on with the line after it.
    """
    start, width = 0, 0
    while start < len(lines):
        began = [start]
        reader = csv.reader(_feed(lines, start, began), delimiter=delimiter, strict=True)
        base = start
        start = len(lines)
        while True:
            first = began[0]
            try:
                record = next(reader)
            except StopIteration:
                break
            except csv.Error:
                record = None
            after = base + reader.line_num
            if record is None or (width and after - first > 1 and len(record) != width):
                yield first + 1, lines[first].rstrip("\r\n")
                start = first + 1
                break
            began[0] = after
            if any(cell.strip() for cell in record):
                width = width or len(record)
                yield first + 1, record
            elif width and record:
                yield first + 1, []


def _feed(lines: list[str], start: int, began: list[int]) -> Iterator[str]:
    """Feed lines to the csv reader; a record longer than `MAX_RECORD_LINES` is an unclosed quote."""
    for position in range(start, len(lines)):
        if position - began[0] > MAX_RECORD_LINES:
            raise csv.Error("record too long")
        yield lines[position]


def column_names(header: list[str]) -> list[str]:
    """Name every column: an empty head by its position, the second of equal ones by its position too."""
    names: list[str] = []
    for position, cell in enumerate(header, start=1):
        name = cell.strip() or f"column_{position}"
        names.append(name if name not in names else f"{name}_{position}")
    return names
