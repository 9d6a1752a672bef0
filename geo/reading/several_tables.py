"""Several tables of one kind in one workbook: sheets with the same heads, or a second table beside the first.

They become one table, whose rows are numbered on; which rows of the file these are is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import pandas as pd

from geo.model.facts import facts
from geo.model.names import plain
from geo.reading.raw_table import Fault, RawTable

#: The column that says of each row in which sheet it stood.
SHEET = "sheet"
#: So many heads make a table, when it stands beside another.
_HEADS = 3
#: Heads of columns that only count the rows.
_COUNTERS = frozenset({"", "no", "nomor", "no urut", "nr", "number", "id", "s n", "sl no"})
#: Of these, the heads under which an id may stand.
_NAMING = frozenset({"id", "number", "nr"})
#: Part of the texts of a column that two sheets share, from which on both tell the same things (two years of one list).
_SAME = 0.3


def blocks(header: list[str]) -> list[tuple[int, int]]:
    """Return the columns (first, behind the last) of each table that stands beside others under the same heads.

    Examples
    --------
    >>> blocks(["Nama", "Lat", "Lon", "", "Nama", "Lat", "Lon"]), blocks(["Nama", "Lat", "Lon", "Lat"])
    ([(0, 3), (4, 7)], [(0, 4)])
    """
    names = [plain(name) for name in header]
    whole = [(0, len(names))]
    begin = next((n for n, name in enumerate(names) if name), 0)
    starts = [n for n, name in enumerate(names) if name and name == names[begin]]
    if len(starts) < 2:
        return whole
    ends = [*starts[1:], len(names)]
    parts = [_trimmed(names, first, end) for first, end in zip(starts, ends, strict=True)]
    heads = [names[first:end] for first, end in parts]
    alike = all(one == heads[0] for one in heads) and len(heads[0]) >= _HEADS and len(set(heads[0])) == len(heads[0])
    return parts if alike else whole


def _trimmed(names: list[str], first: int, end: int) -> tuple[int, int]:
    while end > first and not names[end - 1]:
        end -= 1
    return first, end


#: Our names of a table's columns, and the file's.
Named = Callable[[RawTable], Mapping[str, str]]


def under_each_other(
    tables: list[RawTable],
    told_as: list[str],
    *,
    one_sheet: bool = False,
    sheets: bool = False,
    named: Named = lambda table: {},
) -> RawTable:
    """Put tables of the same heads under each other; rows of the second and later ones are numbered on.

    Parameters
    ----------
    tables
        The first keeps its numbers of rows.
    told_as
        What each is called in the note: a sheet's name, or letters of columns.
    one_sheet
        Whether they stand under each other in the file: then all keep their numbers.
    sheets
        Whether what they are called may say what they hold: kept as a column of its own, where they are several.
    named
        Which of a table's columns is which of ours: the same of a thing in other words stands under the first's head.
    """
    first = tables[0]
    last = int(first.cells.index.max()) if len(first.cells) else 0
    parts, notes = [first.cells], list(first.notes)
    for table, name in zip(tables[1:], told_as[1:], strict=True):
        own = table.cells.index
        cells = table.cells.rename(columns=_as_in(first, table, named))
        for column in (one for one in cells if _counts_up(first.cells, one) and _counts_up(cells, one)):
            cells[column] = f"{name}/" + cells[column].astype(str)
            notes.append(Fault("part_numbers", "note", None, str(column), None, {"part": name}))
        numbers = list(own) if one_sheet else list(range(last + 1, last + 1 + len(cells)))
        values = {"part": name, "count": len(cells), "rows": _span(own), "numbers": _span(pd.Index(numbers))}
        notes += [note for note in table.notes if note.row is None and note not in notes]
        parts.append(cells.set_axis(pd.Index(numbers), axis=0))
        notes.append(Fault("part_joined", "note", None, values=values))
        last += len(cells)
    if sheets and len(tables) > 1 and SHEET not in first.cells:
        parts = [part.assign(**{SHEET: name}) for part, name in zip(parts, told_as, strict=True)]
    cells = pd.concat(parts)
    shapes = first.geometry
    if shapes is not None:
        shapes = pd.concat([table.geometry for table in tables if table.geometry is not None]).set_axis(cells.index)
    whole = replace(first, cells=cells.where(cells.notna(), None), geometry=shapes, notes=tuple(notes))
    return replace(whole, texts=first.texts.union(*(table.texts for table in tables)))


def _counts_up(cells: pd.DataFrame, column: object) -> bool:
    """Whether a column that may name its things only counts them: 1, 2, 3 … in every table anew."""
    if column not in cells or plain(str(column)) not in _NAMING:
        return False
    return list(cells[column]) == [str(n) for n in range(1, len(cells) + 1)]


def _as_in(first: RawTable, other: RawTable, named: Named = lambda table: {}) -> dict[str, str]:
    """The other's columns by the names that the first gives them."""
    known = {plain(str(name)): str(name) for name in first.cells.columns}
    same = {str(name): known.get(plain(str(name)), str(name)) for name in other.cells.columns}
    mine, theirs = named(first), named(other)
    meant = {theirs[one]: mine[one] for one in theirs if one in mine and mine[one] not in same.values()}
    return same | {name: column for name, column in meant.items() if same.get(name) == name}


def _span(numbers: pd.Index) -> str:
    return f"{numbers[0]}–{numbers[-1]}" if len(numbers) > 1 else str(numbers[0])


def of_one_kind(
    tables: Mapping[str, RawTable], taken: str, least: int = _HEADS, named: Named = lambda table: {}
) -> list[str]:
    """Return the sheets (layers) that go on where the one that is taken ends, itself first: same heads, other things.

    Heads are the same that `named` says are, and one may have a column that the other has not. Sheets that are called
    by different years, or share texts that tell one thing from another, are the same list again; things that lie
    elsewhere are other things.
    """
    mine = _heads(tables[taken], named)
    rest = {name: _heads(table, named) for name, table in tables.items() if name != taken and len(table.cells)}
    others = [name for name, theirs in rest.items() if _alike(mine, theirs)]
    years = {year for name in (taken, *others) for year in re.findall(r"(?:19|20)\d{2}", name)}
    if len(mine) < least or len(years) > 1:
        return [taken]
    found = [taken]
    for name in others:
        if _other_things(name) != _other_things(taken):
            continue
        if not any(_same_things(tables[one], tables[name]) for one in found):
            found.append(name)
    return found


#: Words in the name of a sheet or layer that say what else it holds, or that it holds no inventory.
_OTHER = re.compile(
    r"\b(?:mck|toilet|toilets|jamban|wc|sanitasi|sanitation|latrine|latrines|sekolah|school|schools|permukiman|settlements?"
    r"|usulan|rencana|proposed|planned|plan|dihapus|deleted|backup|lama|old|template|contoh|example|draft|arsip|archive"
    r"|legenda|legend|kode|codes?|choices|kamus|dictionary|rekap|summary|salinan|copy)\b"
)


def _other_things(name: str) -> frozenset[str]:
    return frozenset(_OTHER.findall(plain(name)))


def newest(tables: Mapping[str, RawTable], taken: str) -> str:
    """Return the sheet of the newest year among those with the heads of the one that is taken, itself or itself."""
    mine = _heads(tables[taken])

    def year(name: str) -> int:
        return max((int(one) for one in re.findall(r"(?:19|20)\d{2}", name)), default=0)

    alike = [one for one, table in tables.items() if len(table.cells) and _heads(table) == mine and year(one)]
    return max(alike, key=year) if year(taken) and alike else taken


def _heads(table: RawTable, named: Named = lambda table: {}) -> frozenset[str]:
    ours = {column: name for name, column in named(table).items()}
    names = {str(name): plain(str(name)) for name in table.cells.columns}
    return frozenset(
        f"#{ours[name]}" if name in ours else told
        for name, told in names.items()
        if told not in _COUNTERS and not told.startswith("column ")
    )


def _alike(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether two tables have the same heads, but for one that only one of them has."""
    return mine == theirs or (len(mine ^ theirs) == 1 and len(mine & theirs) > _HEADS)


def _same_things(first: RawTable, second: RawTable) -> bool:
    """Whether some column that tells things apart holds much of the same in both; none where all lie elsewhere."""
    if _elsewhere(first, second):
        return False
    one, other, named = first.cells, second.cells, _as_in(first, second)
    for theirs, mine in named.items():
        if mine not in one or plain(mine) in _COUNTERS - {"id"}:
            continue
        here, there = (set(cells.dropna()) for cells in (one[mine], other[theirs]))
        if any(len(texts) < 0.8 * cells.notna().sum() for texts, cells in ((here, one[mine]), (there, other[theirs]))):
            continue
        if min(len(one), len(other)) < 2:  # of one thing alone no word tells that it is another
            return _mostly_alike(one, other.rename(columns=named))
        telling = [text for text in here & there if re.search(r"[^\W\d]", str(text))]
        if len(telling) > _SAME * max(min(len(here), len(there)), 1):
            return True
    return False


#: A thing that was measured again is found so near, degrees (some 200 m).
_AGAIN_DEG = 0.002


def _elsewhere(one: RawTable, other: RawTable) -> bool:
    """Whether the places of both tables can be read, and few of one lie near any of the other."""
    mine, theirs = _places(one), _places(other)
    if not mine or not theirs or len(mine) < len(one.cells) or len(theirs) < len(other.cells):
        return False
    more, fewer = (mine, theirs) if len(mine) >= len(theirs) else (theirs, mine)
    near = {(round(x / _AGAIN_DEG) + i, round(y / _AGAIN_DEG) + j) for x, y in more for i in _BESIDE for j in _BESIDE}
    again = sum((round(x / _AGAIN_DEG), round(y / _AGAIN_DEG)) in near for x, y in fewer)
    return again <= _SAME * len(fewer)


_BESIDE = (-1, 0, 1)


def _places(table: RawTable) -> list[tuple[float, float]]:
    """Longitude and latitude of the rows that say them in plain degrees."""
    if table.geometry is not None:
        middle = [shape.centroid for shape in table.geometry if shape is not None and not shape.is_empty]
        return [(point.x, point.y) for point in middle]
    heads = {plain(str(name)): str(name) for name in reversed(table.cells.columns.tolist())}
    columns = [next((heads[one] for one in facts("sections")[axis] if one in heads), None) for axis in _AXES]
    if None in columns:
        return []
    numbers = table.cells[columns].apply(
        lambda cells: pd.to_numeric(cells.astype(str).str.strip().str.replace(",", ".", regex=False), errors="coerce")
    )
    return [(float(x), float(y)) for x, y in numbers.dropna().itertuples(index=False, name=None)]


_AXES = ("longitude", "latitude")


def _mostly_alike(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether the only row of a table says what the first of the other says, in more than half of the columns."""
    both = [name for name in one if name in other]
    if not len(one) or not len(other):
        return False
    shorter, longer = (one, other) if len(one) <= len(other) else (other, one)
    alike = (longer[both] == shorter[both].iloc[0]).sum(axis=1).max()
    return bool(alike * 2 > len(both))


#: How a form's sheet of repeated answers names the answer that each belongs to, and the column there that it names.
_PARENTS = (("_parent_index", "_index"), ("_submission__id", "_id"), ("parent_key", "key"))
#: What names the answer of the parent, and not the thing that is repeated in it.
_OF_PARENT = frozenset({"_id", "_index", "_uuid", "id", "key", "instanceid"})
#: Words in heads of a position: a sheet that has one needs none of another's.
_PLACES = re.compile(r"\b(?:lat|latitude|lintang|gps|koordinat|geopoint|easting|x|geom|geometry|wkt)\b")


def with_parent(name: str, tables: Mapping[str, RawTable]) -> RawTable:
    """The sheet of repeated answers of a form with what was asked once before them, where it has no place of its own.

    Parameters
    ----------
    name
        Of the sheet.
    tables
        All sheets by name.
    """
    child = tables[name]
    heads = {str(one).strip().lower(): str(one) for one in child.cells}
    if any(_PLACES.search(plain(one)) for one in heads):
        return child
    for mine, theirs in _PARENTS:
        if mine not in heads:
            continue
        for other, parent in tables.items():
            known = {str(one).strip().lower(): str(one) for one in parent.cells}
            if other == name or theirs not in known or mine in known:
                continue
            rows = parent.cells.dropna(subset=known[theirs])
            if not rows[known[theirs]].is_unique or not child.cells[heads[mine]].isin(rows[known[theirs]]).any():
                continue
            taken = [one for low, one in known.items() if low not in heads and low not in _OF_PARENT]
            by_key = rows.set_index(known[theirs], drop=False)[taken]
            more = by_key.reindex(child.cells[heads[mine]].tolist()).set_axis(child.cells.index)
            cells = pd.concat([child.cells, more], axis=1)
            told = Fault("parent_joined", "note", values={"sheet": name, "parent": other, "column": heads[mine]})
            return replace(child, cells=cells.where(cells.notna(), None), notes=(*child.notes, told))
    return child
