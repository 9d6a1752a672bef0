"""Rows of a list that are none of its things: headings inside it, totals, signatures, its header once more.

A heading says something of the rows below it ("Desa A", "SUMUR BOR", "RUSAK"), and that is kept. All of it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from geo.cells.vocabulary import meant, normal
from geo.checking.proposals import columns_found, fit, likeliest, plain_names
from geo.model.facts import columns_of, facts
from geo.model.names import plain
from geo.reading.raw_table import Fault, RawTable
from geo.reading.several_tables import under_each_other

#: A table of fewer columns has no row that is a heading: one text may be all that it says.
_COLUMNS = 3
#: What counts the rows and is no text: 12, IV, b), 1.2.
_COUNTER = re.compile(r"(?:[ivxlc]+|[a-z]|[\d.,/-]+)[.)]?", re.IGNORECASE)


def sections(raw: RawTable, table: str) -> RawTable | None:
    """Take out the rows that are headings, totals, signatures or the header once more; what headings say is kept."""
    if raw.geometry is not None or raw.cells.shape[1] < _COLUMNS or not len(raw.cells):
        return None
    below = _second_table(raw, table)
    raw = below or raw
    alone = _alone(raw.cells)
    sorts = _sorts(raw, table, alone)
    if not sorts:
        return below
    rest = raw.cells.drop(index=list(sorts))
    for column, said in _said(raw.cells.index, sorts).items():
        own = rest[column] if column in rest else pd.Series(None, index=rest.index, dtype=object)
        rest[column] = own.where(own.notna(), said[rest.index]).astype(object)
    told = Fault("sections", "note", next(iter(sorts)), values=_words(alone, sorts))
    return replace(raw, cells=rest.where(rest.notna(), None), notes=(*raw.notes, told))


def _said(rows: pd.Index, sorts: dict[int, tuple[str, str]]) -> dict[str, pd.Series]:
    """What the headings say of each row, by column: until the next of that column, of one above it, or a total.

    The heading whose sort comes first stands above the others: under a new village the last one's kind of wells ends.
    """
    levels = list(dict.fromkeys(column for column, _ in sorts.values() if column))
    said = {column: pd.Series(None, index=rows, dtype=object) for column in levels}
    for row, (column, value) in sorts.items():
        ended = levels[levels.index(column) + 1 :] if column else levels
        for other in ended:
            said[other][row] = ""
        if column:
            said[column][row] = value
    return {column: (filled := cells.ffill()).where(filled != "", None) for column, cells in said.items()}


def _words(alone: pd.Series, sorts: dict[int, tuple[str, str]]) -> dict[str, object]:
    """What is told of the rows that are taken out: how many, and the first of them."""
    texts = list(dict.fromkeys(str(alone[row]) for row in sorts))
    return {"count": len(sorts), "rows": "; ".join(texts[:8]) + (" …" if len(texts) > 8 else "")}


def _alone(cells: pd.DataFrame) -> pd.Series:
    """Rows that hold one text and at most what counts rows (or, of a total, whatever it sums up): that text."""
    filled = cells.notna().sum(axis=1)
    sums = tuple(facts("sections")["sums"])
    totals = pd.Series(False, index=cells.index)
    for column in cells.columns[:_COLUMNS]:
        totals |= cells[column].astype("str").str.strip().str.lower().str.startswith(sums).fillna(False).astype(bool)
    few = cells[(filled <= 2) | totals]
    if not (filled >= _COLUMNS).any():
        return pd.Series(dtype=object)
    found: dict[int, str] = {}
    for row, values in zip(few.index, few.itertuples(index=False), strict=True):
        texts = [text for text in values if isinstance(text, str) and not _COUNTER.fullmatch(text.strip())]
        if len(texts) == 1:
            found[int(row)] = texts[0].strip()
    return pd.Series(found, dtype=object)


def _sorts(raw: RawTable, table: str, alone: pd.Series) -> dict[int, tuple[str, str]]:
    """Of each row that is none of the list's things the column of which it says something, and what; "" for nothing."""
    if alone.empty:
        return {}
    found = columns_found(raw, table)
    told = {name: column for name, column in found.items() if raw.cells[column].notna().any()}
    words = facts("sections")
    last = max((int(row) for row in raw.cells.index if row not in alone.index), default=0)
    closing = False
    sorts: dict[int, tuple[str, str]] = {}
    for row, text in alone.items():
        name = normal(text)
        ends = words["closing"] + (words["before_colon"] if ":" in text else [])
        closing = closing or (int(str(row)) > last and _begins(name, ends))
        if closing or _begins(name, words["sums"]):
            sorts[int(str(row))] = "", ""
        elif (said := _place(name, text, words["places"]) or _of_kind(text, table, told)) is not None:
            sorts[int(str(row))] = said
    return sorts


def _begins(name: str, words: Iterable[str]) -> bool:
    return any(name == word or name.startswith(f"{word} ") for word in words)


def _place(name: str, text: str, places: dict[str, list[str]]) -> tuple[str, str] | None:
    """The place that a heading names: the column for it, and its name."""
    for column, words in places.items():
        for word in words:
            if name.startswith(f"{word} ") and len(name.split()) <= 6:
                return column, re.sub(rf"^\W*{word}\W+", "", text, flags=re.IGNORECASE).strip(" :.")
    return None


def _of_kind(text: str, table: str, told: dict[str, str]) -> tuple[str, str] | None:
    """The column of ours, which the file does not fill, whose word a heading is."""
    for name, declared in columns_of(table).items():
        if declared["type"] == "choice" and name not in told and name in ("status", "technology", "kind"):
            word = meant(text, declared["choices"])
            if word is not None and word.value != "unknown":
                return name, text
    return None


def _second_table(raw: RawTable, table: str) -> RawTable | None:
    """The header once more further down: taken out; under other heads another table begins, which is told or joined."""
    lat = columns_found(raw, table).get("lat")
    if lat is None:
        return None
    heads = _heads(raw, lat)
    if not heads:
        return None
    names = [plain(str(name)) for name in raw.cells.columns]
    same = [row for row in heads if [plain(str(cell or "")) for cell in raw.cells.loc[row]] == names]
    other = [row for row in heads if row not in same]
    notes = [Fault("header_again", "note", same[0], values={"count": len(same)})] if same else []
    cells = raw.cells.drop(index=same)
    if not other:
        return replace(raw, cells=cells, notes=(*raw.notes, *notes))
    begin = other[0]
    first = replace(raw, cells=cells[cells.index < begin], notes=(*raw.notes, *notes))
    header = [str(cell or f"column {n}") for n, cell in enumerate(cells.loc[begin].tolist(), start=1)]
    below = cells[cells.index > begin].set_axis(header, axis=1)
    below = below.loc[:, ~below.columns.duplicated()]
    second = replace(raw, cells=below.loc[:, below.notna().any()], notes=())
    if not len(second.cells) or not len(first.cells):
        return None
    if likeliest(second) == likeliest(first) == table or fit(second, table) >= fit(first, table):
        return under_each_other([first, second], ["", f"{begin}"])
    title = first.cells.index[-1]
    if len(first.cells) > 1 and first.cells.loc[title].notna().sum() == 1:  # what the second table is called
        first = replace(first, cells=first.cells.drop(index=title))
    values = {"heads": ", ".join(header[:8]), "count": len(below)}
    return replace(first, notes=(*first.notes, Fault("second_table", "note", int(begin), values=values)))


def _heads(raw: RawTable, lat: str) -> list[int]:
    """Rows in which the column of latitude holds the head of such a column."""
    mine = raw.cells[lat]
    texts = mine[mine.notna() & ~mine.astype("str").str.contains(r"\d", regex=True, na=False)]
    known = {plain(lat), *map(plain, facts("sections")["latitude"])}
    return [int(row) for row, text in texts.items() if plain(str(text)) in known]


def village_columns(cells: pd.DataFrame) -> list[str]:
    """Columns of a file that tell the village of a row by its name.

    Examples
    --------
    >>> village_columns(pd.DataFrame(columns=["id", "Nama Desa", "lat"]))
    ['Nama Desa']
    """
    named = plain_names(cells.columns)
    return [named[name] for name in facts("sections")["village"] if name in named]
