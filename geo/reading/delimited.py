"""Delimited text: encoding, separator and quotes found out, and read strictly; nothing falls silently."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from geo.model.errors import DataError
from geo.model.facts import facts
from geo.model.names import plain
from geo.model.progress import tell
from geo.reading.headers import column_names, whole_header
from geo.reading.raw_table import Fault, RawTable, some_columns

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
    once, twice = _once(text)
    lines = _joined_soft_breaks(once.splitlines(keepends=True))
    lines = _in_single_quotes(lines)
    lines, quoted = _unquoted(lines)
    start, delimiter, titles = _head(lines, path, options)
    lines[:start] = ["\n"] * start  # what stands above the header is not read; rows keep their numbers
    records = _records(lines, delimiter)
    header_line, header, records = _header(records, path)
    names = column_names(header)
    read = _Rows(names, delimiter, _named(header))
    for number, record in records:
        if number % _TOLD_ROWS == 0:
            tell("read", number, len(lines))
        read.take(number, record, lines)
    cells = pd.DataFrame(read.rows, columns=names, index=read.numbers, dtype=object)
    bare = names[read.named :]  # heads without a name at the end are columns where a row has something there
    kept = read.named + max((n for n, name in enumerate(bare, 1) if cells[name].notna().any()), default=0)
    cells, header = cells.iloc[:, :kept], header[:kept]
    below = _head_in_two_rows(header, read)
    if below is not None:
        cells = cells.iloc[1:].set_axis(column_names(below), axis=1)
        titles = True
    notes = [Fault("encoding", "note", values={"encoding": "Windows-1252"})] if encoding == "cp1252" else []
    notes += [Fault("encoded_twice", "note")] if twice else []
    if titles:
        notes.append(Fault("header_found", "note", header_line, values={"rows": str(header_line)}))
    if quoted:
        notes.append(Fault("lines_quoted", "note"))
    return RawTable(path.name, cells, None, tuple(read.broken), (*notes, *read.notes()))


def _head_in_two_rows(header: list[str], read: _Rows) -> list[str] | None:
    """The names of columns whose heads stand in two rows, as a sheet with merged cells is kept as text; else None."""
    bare = [name.strip() or None for name in header]
    last = max((n for n, name in enumerate(bare) if name), default=0)
    if not read.rows or None not in bare[:last]:
        return None
    first = [cell.strip() or None if isinstance(cell, str) else None for cell in read.rows[0]]
    names, rows = whole_header([bare, first], 0)
    return names if rows == 2 else None


#: So many different texts are remembered at a time.
_TEXTS = 50_000


@dataclass
class _Rows:
    """Records as they are taken in: whole rows, broken lines, empty ones, and those put together again."""

    names: list[str]
    delimiter: str
    named: int
    rows: list[list[str | None]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    broken: list[tuple[Fault, str]] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)
    joined: list[int] = field(default_factory=list)
    degrees: list[int] = field(default_factory=list)
    _texts: dict[str, str] = field(default_factory=dict)

    def take(self, number: int, record: list[str] | str, lines: list[str]) -> None:
        width = len(self.names)
        if not record:
            self.blank.append(number)
        elif isinstance(record, str):
            self.broken.append((Fault("unclosed_quote", "rejected", number), record))
        elif len(record) == width:
            self._put(number, record)
        elif len(record) > width and not any(cell.strip() for cell in record[width:]):  # separators behind the last
            self._put(number, record[:width])
        elif self.named <= len(record) < width:
            self._put(number, [*record, *[""] * (width - len(record))])
        elif len(record) > width and (whole := _rejoined(record, width, self.delimiter)) is not None:
            self.joined.append(number)
            self._put(number, whole)
        elif (whole := _degrees_joined(record, self.names, self.delimiter)) is not None:
            self.degrees.append(number)
            self._put(number, whole)
        else:
            values = {"found": len(record), "expected": width}
            line = lines[number - 1].rstrip("\r\n")
            self.broken.append((Fault("column_count", "rejected", number, values=values), line))

    def _put(self, number: int, record: list[str]) -> None:
        once = self._texts  # a text that many cells hold is kept once
        if len(once) > _TEXTS:
            once.clear()
        self.rows.append([once.setdefault(cell, cell) if cell else None for cell in record])
        self.numbers.append(number)

    def notes(self) -> list[Fault]:
        """What there is to tell of rows joined again and of empty ones."""
        found = []
        if self.joined:
            count = {"count": len(self.joined)}
            found.append(Fault("cells_joined", "fixed", self.joined[0], self.names[-1], values=count))
        if self.degrees:
            count = {"count": len(self.degrees)}
            found.append(Fault("degrees_joined", "fixed", self.degrees[0], "lat/lon", values=count))
        if self.blank:
            found.append(Fault("blank_rows", "note", self.blank[0], values={"count": len(self.blank)}))
        return found


#: Letters beyond ASCII that were written as UTF-8, read as Windows-1252, and written as UTF-8 again: "Ã©" for "é".
_TWICE = re.compile(r"[\u00c2-\u00c5][\u0080-\u00bf\u0152-\u02dc\u2013-\u2122]")


def _once(text: str) -> tuple[str, bool]:
    """A text that was encoded twice, as it was meant, and whether it was.

    Examples
    --------
    >>> _once("Ã‰tat;MarchÃ©"), _once("État"), _once("São João")
    (('État;Marché', True), ('État', False), ('São João', False))
    """
    if not _TWICE.search(text):
        return text, False
    try:
        return text.encode("cp1252").decode("utf-8"), True
    except UnicodeError:
        return text, False


#: A line whose cells all stand in single quotes.
_SINGLE = re.compile(r"^'[^'\"]*'(?:[,;\t|]'[^'\"]*')+\s*$")


def _in_single_quotes(lines: list[str]) -> list[str]:
    """Lines whose cells all stand in single quotes, with the usual ones."""
    full = [line for line in lines if line.strip()]
    if len(full) < 2 or not all(_SINGLE.match(line) for line in full):
        return lines
    return [line.replace("'", '"') for line in lines]


def _unquoted(lines: list[str]) -> tuple[list[str], bool]:
    """Lines that stand in quotes as a whole (a table pasted into one column), without them."""
    full = [line.strip() for line in lines if line.strip()]
    whole = re.compile(r'^"(?:[^"]|"")*"[,;\t]*$')
    if len(full) < 2 or not all(whole.match(line) and any(sign in line[1:-1] for sign in _DELIMITERS) for line in full):
        return lines, False
    return [
        line.strip().rstrip(",;\t")[1:-1].replace('""', '"') + "\n" if line.strip() else line for line in lines
    ], True


#: A cell that goes on behind a separator of its own: an address with commas in it, corners of a shape.
_GOES_ON = re.compile(r"^\s*(?:https?://|-?\d{1,3}\.\d+\s+-?\d{1,3}\.\d+)")


def _rejoined(record: list[str], width: int, delimiter: str) -> list[str] | None:
    """A row with too many cells as it was meant, where an address or a shape was cut by the separator; else None."""
    surplus = len(record) - width
    for n in range(width):
        if not _GOES_ON.match(record[n]):
            continue
        parts = record[n : n + surplus + 1]
        address = record[n].lstrip().startswith("http") and not any(" " in part.strip() for part in parts)
        corners = all(_GOES_ON.match(part) or not part.strip() for part in parts)
        if len(parts) == surplus + 1 and (address or corners):
            return [*record[:n], delimiter.join(parts), *record[n + surplus + 1 :]]
    return None


#: Degrees before a decimal comma, digits behind it, degrees with a decimal point.
_WHOLE, _BEHIND = re.compile(r"[-−+]?\d{1,3}"), re.compile(r"\d{1,9}")
_POINTED = re.compile(r"[-−+]?\d{1,3}\.\d+")


@lru_cache(maxsize=8)
def _of_degrees(names: tuple[str, ...]) -> tuple[int | None, list[int]]:
    """Where a latitude stands with its longitude behind it, and which columns may hold a position in one."""
    heads = [plain(name) for name in names]
    lat, lon = (set(facts("sections")[axis]) for axis in ("latitude", "longitude"))
    pair = next((n for n, two in enumerate(pairwise(heads)) if two[0] in lat and two[1] in lon), None)
    words = set(facts("places")["place"])
    return pair, [n for n, head in enumerate(heads) if set(head.split()) & words and head not in lat | lon]


def _degrees_joined(record: list[str], names: list[str], delimiter: str) -> list[str] | None:
    """A row cut at the decimal commas of its two degrees, or inside a position of one column, as it was meant.

    ("1,baik,-7,19,107,1" under "id,kondisi,lat,lon": two cells more than heads, both at the degrees.)
    """
    surplus, (pair, single) = len(record) - len(names), _of_degrees(tuple(names))
    if surplus == 2 and pair is not None and delimiter == ",":
        parts = [part.strip() for part in record[pair : pair + 4]]
        if all(shape.fullmatch(part) for shape, part in zip((_WHOLE, _BEHIND) * 2, parts, strict=True)):
            return [*record[:pair], ",".join(parts[:2]), ",".join(parts[2:]), *record[pair + 4 :]]
    for n in single if surplus == 1 else ():
        parts = [part.strip() for part in record[n : n + 2]]
        pointed = parts if delimiter == "," else [part.replace(",", ".") for part in parts]
        if all(_POINTED.fullmatch(part) for part in pointed):
            return [*record[:n], ", ".join(pointed), *record[n + 2 :]]
    return None


_Records = Iterator[tuple[int, list[str] | str]]


def _header(records: _Records, path: Path) -> tuple[int, list[str], _Records]:
    """The line and the cells of the header, and the records below it."""
    line, header = next(records, (0, None))
    if header is None:  # separators and nothing between them
        raise DataError("error.empty_file", path=path.name)
    if isinstance(header, str):
        raise DataError("error.header", path=path.name, row=line)
    some_columns(path.name, header)
    return line, header, records


def _named(header: list[str]) -> int:
    """How many columns there are up to the last head with a name: separators behind it may make none."""
    return max((n for n, cell in enumerate(header, 1) if cell.strip()), default=len(header))


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
    delimiter = options.get("delimiter") or _delimiter(first)
    titles = 0 if "header_row" in options else _titles(first, delimiter)
    return start + titles, str(delimiter), titles


_QUOTED = re.compile(r'"(?:[^"]|"")*"')


#: Letters of a line that are looked at for its separator: what takes quotes away fills a hundred bytes a letter.
_LOOKED_AT = 250_000


def _delimiter(first: list[str]) -> str:
    """The separator of which most lines have equally many outside quotes; of equal ones that with more."""
    bare = [_QUOTED.sub("", line[:_LOOKED_AT]) for line in first if line.strip()]

    def fit(sign: str) -> tuple[int, int]:
        counts = [line.count(sign) for line in bare]
        usual = max((count for count in counts if count), key=counts.count, default=0)
        return (counts.count(usual) if usual else 0, usual)

    return max(_DELIMITERS, key=fit)


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
            again = _without_blanks(lines[first], delimiter) if record is None else None
            if again is not None and len(again) == width:
                yield first + 1, again
                start = first + 1
                break
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


def _without_blanks(line: str, delimiter: str) -> list[str] | None:
    """The cells of a line with blanks between a closing quote and the separator; None if that is not what is wrong."""
    closed = re.sub(rf'"[ \t]+(?={re.escape(delimiter)}|[\r\n]*$)', '"', line)
    try:
        return next(csv.reader([closed], delimiter=delimiter, strict=True), None) if closed != line else None
    except csv.Error:
        return None


def _feed(lines: list[str], start: int, began: list[int]) -> Iterator[str]:
    """Feed lines to the csv reader; a record longer than `MAX_RECORD_LINES` is an unclosed quote."""
    for position in range(start, len(lines)):
        if position - began[0] > MAX_RECORD_LINES:
            raise csv.Error("record too long")
        yield lines[position]
