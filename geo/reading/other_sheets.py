"""Spreadsheets that are no XLSX: ODS (LibreOffice) and XLS (Excel until 2003), looked through before they are read.

Both are read by calamine as XLSX is; an ODS can say in a few bytes that a sheet has millions of cells.
"""

from __future__ import annotations

import zipfile
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


def check_ods(path: Path, most: int) -> None:
    """Refuse an ODS that is none, or whose sheets reach over more than `most` cells once repeated ones are laid out."""
    check_zip(path)
    with zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if "content.xml" not in {entry.filename for entry in entries}:
        raise DataError("error.unreadable", path=path.name)
    for entry in entries:
        if entry.filename == "content.xml":
            look_through(path, parts_of(path, entry), _Repeated(path, most).seen)
            continue
        for _ in parts_of(path, entry):  # what it unpacks to has to be what it says
            pass


class _Repeated:
    """How far the filled cells of each sheet reach, cells and rows that are written once for many laid out."""

    def __init__(self, path: Path, most: int) -> None:
        self.path, self.most = path, most
        self.before = self.times = self.rows = self.wide = self.column = 0

    def seen(self, name: str, attributes: list[str]) -> None:
        """Take note of a sheet, a row or a cell."""
        local = name.rpartition(":")[2]
        if local not in ("table", "table-row", "table-cell", "covered-table-cell"):
            return
        said = {key.rpartition(":")[2]: value for key, value in zip(attributes[::2], attributes[1::2], strict=True)}
        if local == "table":
            self.before = self.times = self.rows = self.wide = self.column = 0
        elif local == "table-row":
            self.before += self.times
            self.times, self.column = self._number(said.get("number-rows-repeated")), 0
        else:
            self.column += self._number(said.get("number-columns-repeated"))
            if "value-type" in said:
                self._reach()

    def _reach(self) -> None:
        """A filled cell: all rows up to it, and those that repeat its own, are laid out as wide as it reaches."""
        self.rows = max(self.rows, self.before + self.times)
        self.wide = max(self.wide, self.column)
        if self.rows * self.wide > self.most or self.wide > MAX_COLUMNS:
            raise DataError("error.far_cell", path=self.path.name, rows=self.rows, columns=self.wide)

    def _number(self, text: str | None) -> int:
        if text is None:
            return 1
        if not (text.isascii() and text.isdigit() and 0 < len(text) < 10):
            raise DataError("error.unreadable", path=self.path.name)
        return int(text)
