"""What HTML says: a placemark's description ("Kondisi: Rusak") as columns, a page that is called a workbook as rows."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pandas as pd

#: A description is looked at this far, and tells no more things than this.
_LETTERS, _THINGS = 20_000, 200
#: A line that says something of a thing: its name, a colon or an equals sign, its value.
_SAID = re.compile(r"^([^:=]{1,60}?)\s*[:=]\s*(\S.{0,500})$")
#: What ends a line of text.
_BREAKS = frozenset({"br", "p", "div", "li", "tr", "table", "h1", "h2", "h3", "h4"})


class _Lines(HTMLParser):
    """The rows of tables in a text, and its lines."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.cells: list[str] | None = None
        self.lines: list[str] = [""]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.cells = []
        elif tag in ("td", "th") and self.cells is not None:
            self.cells.append("")
        if tag in _BREAKS:
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr" and self.cells is not None:
            self.rows.append([" ".join(cell.split()) for cell in self.cells])
            self.cells = None
        if tag in _BREAKS:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if self.cells:
            self.cells[-1] += data
        else:
            first, *rest = data.split("\n")
            self.lines[-1] += first
            self.lines += rest


def said_in(text: str) -> dict[str, str]:
    """What a description says, by name: rows of two cells in its tables, else its lines with a colon.

    Examples
    --------
    >>> said_in("<table><tr><td>Kondisi</td><td>Rusak</td></tr></table>"), said_in("Jenis: Sumur bor<br>Kondisi = baik")
    ({'Kondisi': 'Rusak'}, {'Jenis': 'Sumur bor', 'Kondisi': 'baik'})
    >>> said_in("Kondisi: baik; Jenis: sumur bor"), said_in("Catatan: retak; bocor")
    ({'Kondisi': 'baik', 'Jenis': 'sumur bor'}, {'Catatan': 'retak; bocor'})
    >>> said_in("https://example.org"), said_in("Sumur di tepi jalan")
    ({}, {})
    """
    reader = _Lines()
    reader.feed(text[:_LETTERS])
    reader.close()
    pairs = [(row[0].rstrip(" :"), row[1]) for row in reader.rows if len(row) == 2]
    if not pairs:
        pieces = [piece for line in reader.lines for piece in _pieces(line)]
        lines = [_SAID.match(piece.strip()) for piece in pieces]
        pairs = [(line[1].strip(), line[2].strip()) for line in lines if line is not None]
    return {name: value for name, value in pairs[:_THINGS] if name and value and name.lower() not in ("http", "https")}


def _pieces(line: str) -> list[str]:
    """The things that one line says, each with its name: "Kondisi: baik; Jenis: sumur bor"."""
    parts = re.split(r"\s*[;|]\s*", line)
    return parts if len(parts) > 1 and all(_SAID.match(part.strip()) for part in parts if part.strip()) else [line]


def rows_of_page(text: str) -> list[list[str]]:
    """Return the rows of the tables of a page, as offices save them under the name .xls.

    Examples
    --------
    >>> rows_of_page("<table><tr><th>id</th><th>lat</th></tr><tr><td>a</td><td>-7,2</td></tr></table>")
    [['id', 'lat'], ['a', '-7,2']]
    """
    reader = _Lines()
    reader.feed(text)
    reader.close()
    return reader.rows


def with_described(frame: pd.DataFrame) -> pd.DataFrame:
    """Add what the descriptions of a KML's placemarks say as columns; a column that is there and filled stays."""
    source = next((name for name in frame if str(name).lower() == "description"), None)
    if source is None:
        return frame
    said = [said_in(text) if isinstance(text, str) else {} for text in frame[source]]
    names = list(dict.fromkeys(name for one in said for name in one))[:_THINGS]
    there = {str(name).lower(): name for name in frame if frame[name].notna().any()}
    columns = {name: [one.get(name) for one in said] for name in names if name.lower() not in there}
    filled = {}
    for name in names:
        known = there.get(name.lower())
        if known is not None and known != source and frame[known].isna().any():  # row by row: what is filled stays
            words = pd.Series([one.get(name) for one in said], index=frame.index, dtype=object)
            filled[known] = frame[known].astype(object).where(frame[known].notna(), words)
    rest = frame.drop(columns=[name for name in frame if str(name) in columns]).assign(**filled)
    return rest.assign(**columns) if columns else rest
