"""Rows of a list that are none of its things: headings inside it, totals, signatures, its header once more.

A heading says something of the rows below it ("Desa A", "SUMUR BOR", "RUSAK"), and that is kept. All of it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from geo.cells.vocabulary import meant, normal
from geo.checking.proposals import columns_found, fit, likeliest, plain_names
from geo.model.facts import columns_of, facts
from geo.model.names import plain
from geo.reading.raw_table import Fault, RawTable, with_cells
from geo.reading.several_tables import under_each_other

#: A table of fewer columns has no row that is a heading: one text may be all that it says.
_COLUMNS = 3
#: What counts the rows and is no text: 12, IV, b), 1.200.
_COUNTER = re.compile(r"(?:[ivxlc]+|[a-z]|\d{1,6}|\d{1,3}(?:[.,]\d{3})+)[.)]?", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?\d[\d.,]*")
#: What stands before a heading ("II. ", "A) ") and behind it ("(12 unit)", ": 3"), and words that say no more.
_BEFORE = re.compile(r"^\s*(?:[ivxlc]+|[a-z]|\d{1,2})\s*[.)]\s+", re.IGNORECASE)
_BEHIND = re.compile(r"\s*[(:]\s*\d+[^)]*\)?\s*$")
_SAYING = re.compile(r"^(?:kondisi|status|keadaan|jenis|tipe|condition|type|nama)\s*[:=]?\s+", re.IGNORECASE)
#: How the last line of a letter says where and when it was written.
_SIGNED = re.compile(r"^[^\W\d][^,\d]{2,40},?\s*\d{1,2}\s+[^\W\d]{3,12}\s+\d{4}$")
#: A heading fills a column of which less than this part is filled.
_FILLED = 0.5

#: What a row says: the column of a heading and its word; `_ENDS` ends what was said and stays a row, `_OUT` is none.
Said = tuple[str, str]
_ENDS, _OUT = ("", "ends"), ("", "out")


def sections(raw: RawTable, table: str) -> RawTable | None:
    """Take out the rows that are headings, totals, signatures or the header once more; what headings say is kept."""
    if raw.geometry is not None or raw.cells.shape[1] < _COLUMNS or not len(raw.cells):
        return None
    below = _second_table(raw, table)
    raw = below or raw
    found = columns_found(raw, table)
    alone = _alone(raw.cells, found, table)
    sorts = _sorts(raw, table, alone, found)
    taken = [row for row, said in sorts.items() if said != _ENDS]
    if not taken:
        return below
    rest = raw.cells.drop(index=taken)
    starts = [int(str(note.values["numbers"]).split("–")[0]) for note in raw.notes if note.key == "part_joined"]
    for column, said in _said(raw.cells.index, sorts, starts).items():
        own = rest[column] if column in rest else pd.Series(None, index=rest.index, dtype=object)
        rest[column] = own.where(own.notna(), said[rest.index]).astype(object)
    rest = _own_ids(rest, found.get(facts("tables")[table]["key"]), taken)
    told = Fault("sections", "note", taken[0], values=_words(alone, taken))
    return replace(raw, cells=rest.where(rest.notna(), None), notes=(*raw.notes, told))


def _own_ids(rest: pd.DataFrame, key: str | None, taken: list[int]) -> pd.DataFrame:
    """Ids that count anew under each heading, with the number of the heading before them."""
    if key is None or key not in rest or not rest[key].duplicated().any():
        return rest
    part = np.searchsorted(np.array(sorted(taken)), rest.index.to_numpy())
    for _, mine in rest[key].groupby(part):
        if list(mine) != [str(n) for n in range(1, len(mine) + 1)]:
            return rest
    return rest.assign(**{key: [f"{n}/{one}" for n, one in zip(part, rest[key], strict=True)]})


def _said(rows: pd.Index, sorts: dict[int, Said], starts: list[int]) -> dict[str, pd.Series]:
    """What the headings say of each row, by column: until the next of that column, of one above it, or a total.

    The heading whose sort comes first stands above the others: under a new village the last one's kind of wells ends.
    A heading that nobody understands, and another sheet, end all of it.
    """
    levels = list(dict.fromkeys(column for column, _ in sorts.values() if column))
    said = {column: pd.Series(None, index=rows, dtype=object) for column in levels}
    ends = {row: _ENDS for row in starts if row in rows}
    for row, (column, value) in sorted({**ends, **sorts}.items()):
        ended = levels[levels.index(column) + 1 :] if column else levels
        for other in ended:
            said[other][row] = ""
        if column:
            said[column][row] = value
    return {column: (filled := cells.ffill()).where(filled != "", None) for column, cells in said.items()}


def _words(alone: pd.Series, taken: list[int]) -> dict[str, object]:
    """What is told of the rows that are taken out: how many, and the first of them."""
    texts = list(dict.fromkeys(str(alone[row]) for row in taken))
    return {"count": len(taken), "rows": "; ".join(texts[:8]) + (" …" if len(texts) > 8 else "")}


def _alone(cells: pd.DataFrame, found: dict[str, str], table: str) -> pd.Series:
    """Rows that hold one text and at most what counts rows (or, of a total, whatever it sums up): that text.

    A row with a position, or with a code of its own, is one of the list's things; so is one whose number continues
    those above and below it.
    """
    filled = cells.notna().sum(axis=1)
    if not (filled >= _COLUMNS).any():
        return pd.Series(dtype=object)
    thing = pd.Series(False, index=cells.index)
    if {"lat", "lon"} <= set(found):
        thing = cells[found["lat"]].notna() & cells[found["lon"]].notna()
    coded = pd.Series(False, index=cells.index)
    for name in ("village_code", "bps_code", "wkt"):
        if name in found:
            coded |= cells[found[name]].notna() & cells[found[name]].astype("str").str.contains(r"\d", na=False)
    thing |= coded
    totals, bare = pd.Series(False, index=cells.index), pd.Series(False, index=cells.index)
    sums = set(facts("sections")["sums"]) | set(facts("sections")["statistics"])
    for column in cells.columns[:_COLUMNS]:  # a million cells are brought down to their words once
        names = cells[column].map(lambda text: normal(text) if isinstance(text, str) else "")
        totals |= names.map(_is_sum).astype(bool)
        bare |= names.isin(sums)
    # the mean of all positions is no place; a village that is called Media, with a code or figures of its own, is one
    bare &= ~coded
    listed = cells[~bare]
    told_of = [one and _of_those_above(listed, cells.iloc[n], cells.index[n]) for n, one in enumerate(bare)]
    bare &= pd.Series(told_of, index=cells.index, dtype=bool)
    thing &= ~bare
    few = cells[((filled <= 2) | totals | bare) & ~thing]
    told: dict[int, str] = {}
    for row, values in zip(few.index, few.itertuples(index=False), strict=True):
        counts = _NUMBER if bare[row] else _COUNTER
        at = [n for n, text in enumerate(values) if isinstance(text, str) and not counts.fullmatch(text.strip())]
        if len(at) != 1:
            continue
        text = str(values[at[0]]).strip()
        numbers = [n for n, one in enumerate(values) if one is not None and n > at[0]]
        if (
            not numbers
            or _is_sum(normal(text))
            or normal(text) in sums
            or (at[0] == 0 and len(numbers) == 1 and table not in _PEOPLED)
        ):
            told[int(row)] = text
    counted = cells[cells.columns[0]]
    told = {row: text for row, text in told.items() if not _continues(counted, row)}
    return pd.Series(dict(sorted((_foot(cells, thing) | told).items())), dtype=object)


def _foot(cells: pd.DataFrame, thing: pd.Series) -> dict[int, str]:
    """Rows below the last thing with a position, from the first on in which one of several cells begins as a foot does.

    ("Mengetahui" beside "Cianjur, 5 Mei 2021", and the names below.)
    """
    if not thing.any():
        return {}
    entry = facts("sections")
    told: dict[int, str] = {}
    below = cells.iloc[int(np.flatnonzero(thing.to_numpy(bool)).max()) + 1 :]
    for row, values in zip(below.index, below.itertuples(index=False), strict=True):
        texts = [str(text).strip() for text in values if isinstance(text, str) and text.strip()]
        if told and (len(texts) * 2 > cells.shape[1] or any(_DEGREES.fullmatch(text) for text in texts)):
            return {}  # the list goes on: what looked like a foot was none
        ends = entry["closing"] + (entry["before_colon"] if texts and ":" in texts[0] else [])
        begins = bool(texts) and _begins(normal(texts[0]), ends) and len(texts) * 2 <= cells.shape[1]
        if begins or told:
            told[int(row)] = " ".join(texts)
    return told


#: A latitude or longitude in degrees.
_DEGREES = re.compile(r"[-+]?\d{1,3}[.,]\d{3,}")


def _of_those_above(listed: pd.DataFrame, row: pd.Series, at: int) -> bool:
    """Whether every number of a row is the sum, mean, middle, least, greatest or count of those above it."""
    found = 0
    for column in listed.columns:
        mine = _as_number(row[column])
        if mine is None:
            continue
        cells = listed.loc[listed.index < at, column]
        above = np.array([n for n in map(_as_number, cells) if n is not None], dtype=float)
        if len(above) < 2:
            return False
        said = (above.sum(), above.mean(), np.median(above), above.min(), above.max(), len(above), above.std(ddof=1))
        if not np.isclose(mine, said, rtol=2e-3, atol=6e-3).any():
            return False
        found += 1
    return found > 0


def _as_number(cell: object) -> float | None:
    text = cell.strip().replace(",", ".") if isinstance(cell, str) else ""
    return float(text) if re.fullmatch(r"[-+]?\d+(?:\.\d+)?", text) else None


#: Tables of places with people: a name with a number beside it is one of them.
_PEOPLED = ("villages", "settlements")


def _is_sum(name: str) -> bool:
    return _begins(name, facts("sections")["sums"]) or name.endswith(" total")


def _continues(counted: pd.Series, row: int) -> bool:
    """Whether a row's number is the one after the row before it, and the one before the row after it."""
    place = counted.index.get_loc(row)
    near = [counted.iloc[n] if 0 <= n < len(counted) else None for n in (place - 1, place, place + 1)]
    before, here, after = (int(one) if isinstance(one, str) and one.strip().isdigit() else None for one in near)
    return here is not None and before == here - 1 and after in (here + 1, None)


def _sorts(raw: RawTable, table: str, alone: pd.Series, found: dict[str, str]) -> dict[int, Said]:
    """What each row says that holds one text alone: a heading's column and word, that it is out, or that it ends."""
    if alone.empty:
        return {}
    told = {name for name, column in found.items() if raw.cells[column].notna().mean() >= _FILLED}
    words = facts("sections")
    last = max((int(row) for row in raw.cells.index if row not in alone.index), default=0)
    closing = False
    sorts: dict[int, Said] = {}
    for at, text in alone.items():
        row, name = int(str(at)), normal(text)
        ends = words["closing"] + (words["before_colon"] if ":" in text else [])
        signed = _begins(name, ends) or bool(_SIGNED.match(text))
        closing = closing or (row > last and signed)
        if closing or _is_sum(normal(text)) or name in words["statistics"]:
            sorts[row] = _OUT
        else:
            sorts[row] = _place(text, table) or _of_kind(text, table, told) or _ENDS
    return sorts


def _begins(name: str, words: Iterable[str]) -> bool:
    return any(name == word or name.startswith(f"{word} ") for word in words)


def _bare(text: str) -> str:
    """A heading without what counts it before, and what it counts behind."""
    return _BEHIND.sub("", _BEFORE.sub("", text)).strip(" :.")


def _place(text: str, table: str) -> Said | None:
    """The place that a heading names: the column for it, and its name; in a list of such places it is one of them."""
    bare = _bare(text)
    name = normal(bare)
    for column, words in facts("sections")["places"].items():
        if (table == "villages" and column != "kecamatan") or (table == "settlements" and column == "dusun"):
            continue
        for word in words:
            if name.startswith(f"{word} ") and len(name.split()) <= 6:
                return column, re.sub(rf"^\W*{word}\W+", "", bare, flags=re.IGNORECASE).strip(" :.")
            if name.endswith(f" {word}") and word.isascii() and word in _LAST:
                return column, re.sub(rf"\W+{word}\W*$", "", bare, flags=re.IGNORECASE).strip(" :.")
    return None


#: Words for a place that English puts behind its name.
_LAST = frozenset({"ward", "parish", "village", "district", "sub county", "subcounty", "hamlet"})


def _of_kind(text: str, table: str, told: set[str]) -> Said | None:
    """The column of ours, which the file hardly fills, whose word a heading is."""
    bare = _SAYING.sub("", _bare(text))
    words = bare.split()
    asked = facts("ticks")["asked_words"]
    things = {*asked["beside"], *asked.get(table, ())}
    rest = " ".join(words[next((n for n, one in enumerate(words) if normal(one) not in things), len(words)) :])
    for name, declared in columns_of(table).items():
        if declared["type"] == "choice" and name not in told and name in ("status", "technology", "kind"):
            for said in (bare, rest) if name == "status" else (bare,):  # "Sarana berfungsi"
                word = meant(said, declared["choices"]) if said else None
                if word is not None and word.value != "unknown":
                    return name, said
    return None


def _second_table(raw: RawTable, table: str) -> RawTable | None:
    """The header once more further down: taken out; under other heads another table begins, which is told or joined."""
    found = columns_found(raw, table)
    if not {"lat", "lon"} <= set(found):
        return None
    heads = _heads(raw, found["lat"], found["lon"]) or _heads_of_others(raw, found["lat"], found["lon"])
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
    placed = {"lat", "lon"} <= set(columns_found(second, table))  # a table of sums has none
    if placed and (likeliest(second) == likeliest(first) == table or fit(second, table) >= fit(first, table)):
        return under_each_other(
            [first, second], ["", f"{begin}"], one_sheet=True, named=partial(columns_found, table=table)
        )
    title = first.cells.index[-1]
    if len(first.cells) > 1 and first.cells.loc[title].notna().sum() == 1:  # what the second table is called
        first = replace(first, cells=first.cells.drop(index=title))
    values = {"heads": ", ".join(header[:8]), "count": len(below)}
    return replace(first, notes=(*first.notes, Fault("second_table", "note", int(begin), values=values)))


def _heads(raw: RawTable, lat: str, lon: str) -> list[int]:
    """Rows in which the column of latitude holds the head of such a column, or both do of the other one."""
    mine = raw.cells[lat]
    texts = mine[mine.notna() & ~mine.astype("str").str.contains(r"\d", regex=True, na=False)]
    known = {plain(lat), *map(plain, facts("sections")["latitude"])}
    turned = {plain(lon), *map(plain, facts("sections")["longitude"])}
    other = raw.cells.loc[texts.index, lon].map(lambda text: plain(str(text)) in known)
    said = texts.map(lambda text: plain(str(text)))
    return [int(row) for row in texts.index[(said.isin(known) | (said.isin(turned) & other)).to_numpy(bool)]]


def _heads_of_others(raw: RawTable, lat: str, lon: str) -> list[int]:
    """The row with which a list of other things begins: words alone, two of them where degrees stood, none below.

    A row of words whose position is none ("tidak ada") is one of the list's things as long as a position follows, and
    wherever both cells say the same.
    """
    cells = raw.cells
    degrees = cells[lat].astype("str").str.contains(r"\d[.,°º]|\d{3}", regex=True, na=False).to_numpy(bool)
    last = int(degrees.nonzero()[0].max()) if degrees.any() else -1
    for row in cells.index[last + 1 :] if degrees.any() else []:
        texts = [str(text).strip() for text in cells.loc[row].dropna()]
        both = [str(cells.at[row, axis] or "").strip().lower() for axis in (lat, lon)]
        words = len(texts) > 2 and all(re.fullmatch(r"[^\d]{2,}", text) for text in texts)
        words &= not any(one.split()[0] in facts("sections")["none_of_it"] for one in both if one)
        below = cells.loc[cells.index > row, [lat, lon]].dropna(how="all")
        if words and all(both) and both[0] != both[1] and len(below):
            return [int(row)]
    return []


def village_columns(cells: pd.DataFrame) -> list[str]:
    """Columns of a file that tell the village of a row by its name.

    Examples
    --------
    >>> village_columns(pd.DataFrame(columns=["id", "Nama Desa", "lat"]))
    ['Nama Desa']
    """
    named = plain_names(cells.columns)
    return [named[name] for name in facts("sections")["village"] if name in named]


def as_above(raw: RawTable, table: str) -> RawTable | None:
    """Cells that say "as above" (sda, idem, a ditto mark) say what the cell above says; the first row has none above.

    "SDA" in capitals is an office for water, except among words of a choice.
    """
    if raw.geometry is not None or len(raw.cells) < 2:
        return None
    found = columns_found(raw, table)
    own = columns_of(table)
    chosen = {source for name, source in found.items() if own.get(name, {}).get("choices") or name == "village_code"}
    words, key = frozenset(facts("sections")["ditto"]), found.get(facts("tables")[table]["key"])
    filled: dict[str, pd.Series] = {}
    first: tuple[int, str, str] | None = None
    count = 0
    for column in map(str, raw.cells.columns):
        cells = raw.cells[column]
        says = cells.isin([text for text in cells.dropna().unique() if _says_above(text, column in chosen, words)])
        if column == key or not says.any():
            continue
        above = cells.mask(says).groupby(cells.isna().cumsum()).ffill()
        known = says & above.notna()  # a row above that says nothing is nothing to repeat
        if known.any():
            filled[column] = cells.where(~known, above)
            row = int(cells.index[known.to_numpy(bool)][0])
            first, count = first or (row, column, str(cells[row])), count + int(known.sum())
    if first is None:
        return None
    row, column, text = first
    return with_cells(raw, filled, Fault("ditto", "note", row, column, text, {"count": count}))


#: No word for "as above" has more letters.
_LONGEST_DITTO = 30


def _says_above(text: object, chosen: bool, words: frozenset[str]) -> bool:
    if not isinstance(text, str) or len(text) > _LONGEST_DITTO or (text.strip() == "SDA" and not chosen):
        return False
    return re.sub(r"[\s.]", "", text).casefold() in words
