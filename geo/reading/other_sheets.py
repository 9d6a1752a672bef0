"""Spreadsheets that are no XLSX: ODS (LibreOffice) and XLS (Excel until 2003), looked through before they are read.

Both are read by calamine as XLSX is; an ODS can say in a few bytes that a sheet has millions of cells.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from geo.model.errors import DataError
from geo.reading.archives import check_zip, parts_of
from geo.reading.markup import look_through
from geo.reading.raw_table import MAX_COLUMNS

#: How an XLS (a compound file of OLE), and any zip, begins.
OLE, ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"


def begins(path: Path, size: int = 8) -> bytes:
    """The first bytes of a file."""
    with path.open("rb") as file:
        return file.read(size)


@dataclass
class Ods:
    """What is seen of an ODS before it is read, by sheet: merged cells, failed and valueless formulas, hidden rows; and
    whether its texts hold what the reader would lose."""

    merges: dict[str, list[tuple[tuple[int, int], tuple[int, int]]]] = field(default_factory=dict)
    failed: dict[str, list[str]] = field(default_factory=dict)
    valueless: dict[str, list[str]] = field(default_factory=dict)
    hidden: dict[str, int] = field(default_factory=dict)
    broken_lines: bool = False


def check_ods(path: Path, most: int) -> Ods:
    """Refuse an ODS that is none, or whose sheets reach over more than `most` cells once repeated ones are laid out."""
    check_zip(path)
    with zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if "content.xml" not in {entry.filename for entry in entries}:
        raise DataError("error.unreadable", path=path.name)
    seen = _Repeated(path, most)
    for entry in entries:
        if entry.filename == "content.xml":
            look_through(path, parts_of(path, entry), seen.seen, nested=False)
            continue
        for part in parts_of(path, entry):  # what it unpacks to has to be what it says
            if entry.filename == "META-INF/manifest.xml" and b"encryption-data" in part:
                raise DataError("error.locked", path=path.name)
    return seen.told


def is_ods(path: Path) -> bool:
    """Whether a zip is an ODS, whatever its name ends in."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "content.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return False


def with_lines(path: Path) -> bytes:
    """The file anew, line breaks and tabs inside its cells as blanks: the reader leaves them out and joins the rest."""
    made = io.BytesIO()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as anew:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            content = b"".join(parts_of(path, entry))
            if entry.filename == "content.xml":
                content = _TABS.sub(b" ", _BREAKS.sub(b" ", content))
                content = _CDATA.sub(lambda found: escape(found[1].decode("utf-8", "replace")).encode(), content)
            anew.writestr(entry.filename, content)
    return made.getvalue()


#: Breaks, tabs and literal text as ODS writes them.
_BREAKS = re.compile(rb"<text:line-break\s*(?:/>|>\s*</text:line-break\s*>)")
_TABS = re.compile(rb"<text:tab\b[^<>]*(?:/>|>\s*</text:tab\s*>)")
_CDATA = re.compile(rb"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
#: Attributes of a cell that the reader takes for a value.
_VALUES = frozenset({"value-type", "value", "date-value", "time-value", "boolean-value", "string-value"})
#: So many blanks may be written as one sign.
_MOST_BLANKS = 10_000


class _Repeated:
    """How far the filled cells of each sheet reach, cells and rows that are written once for many laid out."""

    def __init__(self, path: Path, most: int) -> None:
        self.path, self.most, self.told = path, most, Ods()
        self.sheet, self.sheets = "", 0
        self.before = self.times = self.rows = self.wide = self.column = 0

    def seen(self, name: str, attributes: list[str]) -> None:
        """Take note of a sheet, a row or a cell."""
        local = name.rpartition(":")[2]
        if local in ("line-break", "tab"):
            self.told.broken_lines = True
        if local not in ("table", "table-row", "table-cell", "covered-table-cell", "s"):
            return
        said = {key.rpartition(":")[2]: value for key, value in zip(attributes[::2], attributes[1::2], strict=True)}
        if local == "table":
            self.sheets += self.rows * self.wide
            self.sheet = said.get("name", "")
            self.before = self.times = self.rows = self.wide = self.column = 0
        elif local == "table-row":
            self.before += self.times
            self.times, self.column = self._number(said.get("number-rows-repeated")), 0
            if said.get("visibility") in ("collapse", "filter"):
                self.told.hidden[self.sheet] = self.told.hidden.get(self.sheet, 0) + self.times
        elif local == "s":
            if self._number(said.get("c")) > _MOST_BLANKS:
                raise DataError("error.unreadable", path=self.path.name)
        else:
            self._cell(said, "error" in attributes)

    def _cell(self, said: dict[str, str], failed: bool) -> None:
        first = self.column
        self.column += self._number(said.get("number-columns-repeated"))
        if _VALUES & set(said):
            self._reach()
        tall = self._number(said.get("number-rows-spanned"))
        if tall > 1:
            merge = (self.before, first), (self.before + tall - 1, first)
            self.told.merges.setdefault(self.sheet, []).append(merge)
        if failed:
            self._note(self.told.failed, first)
        elif "formula" in said and not _VALUES & set(said):
            self._note(self.told.valueless, first)

    def _note(self, kind: dict[str, list[str]], column: int) -> None:
        from xlsxwriter.utility import xl_rowcol_to_cell

        cells = kind.setdefault(self.sheet, [])
        if len(cells) < _MOST_CELLS:
            cells.append(xl_rowcol_to_cell(self.before, column))

    def _reach(self) -> None:
        """A filled cell: all rows up to it, and those that repeat its own, are laid out as wide as it reaches."""
        self.rows = max(self.rows, self.before + self.times)
        self.wide = max(self.wide, self.column)
        if self.sheets + self.rows * self.wide > self.most or self.wide > MAX_COLUMNS:
            raise DataError("error.far_cell", path=self.path.name, rows=self.rows, columns=self.wide)

    def _number(self, text: str | None) -> int:
        if text is None:
            return 1
        if not (text.isascii() and text.isdigit() and 0 < len(text) < 10):
            raise DataError("error.unreadable", path=self.path.name)
        return int(text)


#: So many cells are named at the most.
_MOST_CELLS = 10_000
