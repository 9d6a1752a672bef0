"""Shapes that inventories come in, each turned into plain columns before anything is checked, listed in `SHAPES`.

Each takes a raw table and the table it is to become, and returns it in plain columns with what there is to tell, or
None where the file has not that shape. The file's own columns stay beside the new ones, and no row is lost:
what is no row of the table is rejected with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomli_w

from geo.cells.cell_parsers import MISSING
from geo.cells.vocabulary import Word, asked_state, meant, normal, truth
from geo.checking import registers
from geo.checking.column_mapping import ColumnMapping
from geo.checking.grids import utm
from geo.checking.positions import geopoint, geopoint_of, grid_cell, shapes_in_cells
from geo.checking.proposals import columns_found, fit, likeliest, plain_names
from geo.checking.repeated import repeated
from geo.checking.sections import as_above, sections
from geo.checking.sides import code_parts, hemispheres, parts, sides
from geo.model.facts import columns_of, facts
from geo.model.names import plain
from geo.reading.raw_table import Fault, RawTable, with_cells
from geo.reading.readers import read_any

Shape = Callable[[RawTable, str], RawTable | None]


def hxl(raw: RawTable, table: str) -> RawTable | None:
    """A row of HXL tags under the header: taken out, and its tags name the columns that they are of."""
    if not len(raw.cells):
        return None
    first = raw.cells.iloc[0].dropna()
    if len(first) < 2 or not first.astype(str).str.strip().str.match(r"#\s*[a-zA-Z]").all():
        return None
    named: dict[str, str] = {}
    for column, tag in first.items():  # the first of columns that carry one tag
        name = _tagged(str(tag), [one for one in _own(table) if one not in raw.cells and one not in named.values()])
        if name is not None:
            named[str(column)] = name
    row = int(raw.cells.index[0])
    told = Fault("hxl_tags", "note", row, values={"columns": ", ".join(f"{a} → {b}" for a, b in named.items()) or "–"})
    return _without_first(raw, told, named)


def _tagged(tag: str, names: list[str]) -> str | None:
    """The column of ours that a tag means: all attributes of ours are in it, in whatever order; the closest."""
    parts = set(re.findall(r"[#+]\s*[a-z0-9_]+", tag.lower().replace(" ", "")))
    best: tuple[int, str] | None = None
    for name in names:
        own = facts("hxl")["tags"].get(name)
        asked = set(re.findall(r"[#+][a-z0-9_]+", own or ""))
        if asked and asked <= parts and (best is None or len(asked) > best[0]):
            best = len(asked), name
    return None if best is None else best[1]


def units(raw: RawTable, table: str) -> RawTable | None:
    """A row of units under the header ("derajat", "jiwa", "Rp"): taken out."""
    if len(raw.cells) < 2:
        return None
    first = [cell for cell in raw.cells.iloc[0].tolist() if isinstance(cell, str) and cell.strip()]
    words = [word for cell in first for word in normal(cell).split()]
    if len(first) < 2 or not words or not set(words) <= set(facts("vocab/units")["row"]["words"]):
        return None
    return _without_first(
        raw, Fault("units_row", "note", int(raw.cells.index[0]), values={"units": ", ".join(first)}), {}
    )


def _without_first(raw: RawTable, told: Fault, named: dict[str, str]) -> RawTable:
    """The table without its first row, some columns named anew."""
    geometry = None if raw.geometry is None else raw.geometry.iloc[1:]
    return replace(raw, cells=raw.cells.iloc[1:].rename(columns=named), geometry=geometry, notes=(*raw.notes, told))


def _own(table: str) -> list[str]:
    return [*columns_of(table), "lat", "lon"]


def numbered(raw: RawTable, table: str) -> RawTable | None:
    """A row under the header that only numbers the columns, 1, 2, 3 …: taken out."""
    if len(raw.cells) < 2 or raw.cells.shape[1] < 4:
        return None
    first = [str(cell).strip(" ().") for cell in raw.cells.iloc[0].tolist() if cell is not None]
    if len(first) < 4 or first != [str(n) for n in range(1, len(first) + 1)]:
        return None
    return _without_first(raw, Fault("numbered", "note", int(raw.cells.index[0])), {})


def ticks(raw: RawTable, table: str) -> RawTable | None:
    """A condition spread over columns of ticks: one tick is the status; none or several is told, and not known."""
    entry = facts("ticks")
    named = plain_names(raw.cells.columns)
    heads = {named[head]: status for head, status in entry.get(table, {}).items() if head in named}
    heads |= _other_states(raw, table, [column for column in map(str, raw.cells.columns) if column not in heads])
    known = columns_found(raw, table).get("status")
    if len(heads) < 2 or (known is not None and known not in heads and raw.cells[known].notna().any()):
        return None
    texts = raw.cells[list(heads)].apply(lambda column: registers.lower(column.str.replace("\ufe0f", "")))
    texts = texts.mask(texts.isin(list(MISSING)), None)
    total = np.array([_sums(row) for row in raw.cells.itertuples(index=False)], dtype=bool)
    texts.loc[total] = None  # "Jumlah 12 3 5" ticks nothing
    marked = texts.isin(entry["marks"])
    odd = ~(marked | texts.isna() | texts.isin(entry["none"]))
    if not marked.any().any() or odd.sum().sum() * 5 > texts.notna().sum().sum():
        return None
    told = [Fault("read_as", "note", values={"shape": " / ".join(heads)})]
    questions = registers.two_questions(heads, marked, texts.notna() & ~odd)
    if questions is not None:
        return with_cells(raw, {"status": questions}, *told, out_of=heads)
    count = marked.sum(axis=1).where(~odd.any(axis=1), -1)
    status = pd.Series(None, index=raw.cells.index, dtype=object)
    for column, ours in heads.items():
        status[(marked[column] & (count == 1)).to_numpy(bool)] = ours
    shown = marked | odd
    for key, rows in (("no_tick", count == 0), ("several_ticks", count > 1), ("odd_tick", count < 0)):
        told += [
            Fault(key, "note", int(row), "status", " / ".join(shown.columns[shown.loc[row]]) or None)
            for row in raw.cells.index[rows.to_numpy(bool)]
        ]
    return with_cells(raw, {"status": status}, *told, out_of=heads)


def _other_states(raw: RawTable, table: str, columns: list[str]) -> dict[str, str]:
    """Columns of ticks alone under another word for a state ("Tdk Berfungsi", "Kondisi Baik"), and that state."""
    marks = {*facts("ticks")["marks"], *facts("ticks")["none"]}
    found = {column: state for column in columns if (state := asked_state(column, table)) is not None}
    return {
        column: state
        for column, state in found.items()
        if registers.lower(raw.cells[column].dropna()).isin(marks).all()
    }


#: Column of ours that says what a thing is, and the choice of its words.
_KINDS = {"water_points": ("technology", "technology"), "sanitation": ("kind", "facility_kind")}


def kinds_ticked(raw: RawTable, table: str) -> RawTable | None:
    """What a thing is, spread over columns that are headed by kinds and hold ticks: the one that is ticked."""
    name, choices = _KINDS.get(table, ("", ""))
    if not name:
        return None
    heads = {column: word.value for column in map(str, raw.cells.columns) if (word := _kind_of(column, choices))}
    known = columns_found(raw, table).get(name) if len(heads) > 1 else None
    if len(heads) < 2 or (known is not None and raw.cells[known].notna().any()):
        return None
    texts = raw.cells[list(heads)].apply(lambda column: registers.lower(column.str.replace("\ufe0f", "")))
    texts = texts.mask(texts.isin(list(MISSING)), None)
    entry = facts("ticks")
    texts = texts[[one for one in texts if texts[one].dropna().isin([*entry["marks"], *entry["none"]]).all()]]
    marked = texts.isin(entry["marks"])
    count = marked.sum(axis=1)
    if texts.shape[1] < 2 or not (count == 1).any() or (count > 1).sum() > (count == 1).sum():
        return None
    kind = pd.Series(None, index=raw.cells.index, dtype=object)
    for column in texts:
        kind[(marked[column] & (count == 1)).to_numpy(bool)] = heads[column]
    told = [Fault("kinds_ticked", "note", values={"columns": ", ".join(texts)})]
    told += [
        Fault("several_ticks", "note", int(row), name, " / ".join(marked.columns[marked.loc[row]]))
        for row in raw.cells.index[(count > 1).to_numpy(bool)]
    ]
    return with_cells(raw, {name: kind}, *told, out_of=list(texts))


def _kind_of(column: str, choices: str) -> Word | None:
    """What a head names, if it is a word for a kind (of a group of columns its last part)."""
    word = meant(column, choices) or meant(column.rpartition("/")[2], choices)
    return None if word is None or word.value == "unknown" else word


#: What "no" means where "yes" means a state; of the others nothing is known.
_OPPOSITE = {
    "functional": "non_functional",
    "non_functional": "functional",
    "needs_repair": "functional",
    "not_in_use": "functional",
}


def answered(raw: RawTable, table: str) -> RawTable | None:
    """The state of a site as a question answered with yes or no ("Berfungsi?", "Broken?"), if nothing else says it."""
    if table not in ("water_points", "sanitation", "reports"):
        return None
    named = plain_names(raw.cells.columns)
    asked = [(yes, named[head]) for yes, heads in facts("ticks")["asked"].items() for head in heads if head in named]
    listed = {column for _, column in asked}
    told_by_head = {
        column: asked_state(column, table) for column in map(str, raw.cells.columns) if column not in listed
    }
    asked += [(yes, column) for column, yes in told_by_head.items() if yes is not None and column not in raw.used]
    if not asked:
        return None
    status = columns_found(raw, table).get("status")
    for yes, column in asked:
        if status not in (None, column) and raw.cells[status].notna().any():
            continue
        said = raw.cells[column].map(lambda text: truth(text, "status") if isinstance(text, str) else None)
        if said.notna().sum() == 0 or said.notna().sum() * 5 < raw.cells[column].notna().sum() * 4:
            continue
        values = {True: yes, False: _OPPOSITE.get(yes, "unknown")}
        told = Fault("asked", "note", None, column, values={"yes": values[True], "no": values[False]})
        state = said.map(values).where(said.notna(), raw.cells[column])
        return with_cells(raw, {"status": state}, told, out_of=[column])
    return None


#: How a row begins that sums up those above it.
_SUMS = frozenset(
    {"jumlah", "total", "subtotal", "sub total", "rata rata", "average", "grand total", "jml", "sum", "mean"}
)


def _sums(cells: Iterable[object]) -> bool:
    """Whether a row sums up others: so its first text says, and it has hardly any other."""
    texts = [cell for cell in cells if isinstance(cell, str) and re.search(r"[^\W\d]", cell)]
    return 0 < len(texts) <= 2 and normal(texts[0]) in _SUMS


#: Heads that say the state of a site besides its own column, maybe with the year in which it was seen.
_YEAR_IN_HEAD = re.compile(r"^(.*?)\s*\b((?:19|20)\d{2})$")


def several_states(raw: RawTable, table: str) -> RawTable | None:
    """Several columns that each say the state of a site: the first, or the newest, counts; the others fill its gaps.

    Where two say what cannot both be (one gives water, the other does not), that is told and the first stands.
    """
    if table not in ("water_points", "sanitation"):
        return None
    columns = _state_columns(raw, table)
    if len(columns) < 2:
        return None
    first, *others = columns
    status, told = raw.cells[first].copy(), []
    for other in others:
        mine, theirs = (cells.map(_state) for cells in (status, raw.cells[other]))
        fills = mine.isna() & theirs.notna()
        status = status.where(~fills, raw.cells[other])
        against = mine.notna() & theirs.notna() & (mine.isin(_GIVES) != theirs.isin(_GIVES))
        if fills.any():
            values = {"count": int(fills.sum()), "first": first}
            told.append(Fault("state_filled", "note", int(raw.cells.index[fills][0]), other, None, values))
        told += _against(raw, first, other, against)
    named = Fault("several_states", "note", values={"first": first, "others": ", ".join(others)})
    ours = raw.cells.drop(columns=[name for name in ("status",) if name in raw.cells])
    return with_cells(replace(raw, cells=ours), {"status": status}, named, *told, out_of=columns)


#: States in which a site serves somebody.
_GIVES = ("functional", "needs_repair", "dry_season")


def _state(text: object) -> str | None:
    word = meant(text, "status") if isinstance(text, str) else None
    return None if word is None or word.value == "unknown" else word.value


def _state_columns(raw: RawTable, table: str) -> list[str]:
    """Columns full of words for a state: as they are proposed, of heads with a year the newest first."""
    named = plain_names(raw.cells.columns)
    heads = [plain(one) for one in ("status", *facts("synonyms")[table]["status"])]
    found: list[tuple[int, int, str]] = []
    for name, column in named.items():
        year = _YEAR_IN_HEAD.match(name)
        bare = re.sub(r"\s+\d{1,3}$", "", year[1] if year else name)  # "kondisi_4" is a second head "kondisi"
        if bare in heads and column not in raw.used and _says_states(raw.cells[column]):
            found.append((-int(year[2]) if year else -10_000, heads.index(bare), column))
    return [column for _, _, column in sorted(found)]


def _says_states(cells: pd.Series) -> bool:
    texts = [text for text in cells.dropna().unique()[:50] if isinstance(text, str) and text.lower() not in MISSING]
    return bool(texts) and sum(_state(text) is not None for text in texts) * 2 > len(texts)


def _against(raw: RawTable, first: str, other: str, rows: pd.Series) -> list[Fault]:
    """One note for each pair of words that contradict each other."""
    pairs = raw.cells.loc[rows.to_numpy(bool), [first, other]]
    counts = pairs.groupby([first, other]).groups
    return [
        Fault("state_contradiction", "note", int(min(at)), f"{first} / {other}", f"{one} / {two}", {"count": len(at)})
        for (one, two), at in counts.items()
    ]


SHAPES: dict[str, Shape] = {
    "hxl": hxl,
    "units": units,
    "numbered": numbered,
    "sections": sections,
    "as_above": as_above,
    "parts": parts,
    "code_parts": code_parts,
    "sides": sides,
    "hemispheres": hemispheres,
    "shapes_in_cells": shapes_in_cells,
    "grid_cell": grid_cell,
    "geopoint": geopoint,
    "utm": utm,
    "wpdx": registers.wpdx,
    "codes_in_head": registers.codes_in_head,
    "labels_beside": registers.labels_beside,
    "other_said": registers.other_said,
    "other_tags": registers.other_tags,
    "osm": registers.osm,
    "sexes": registers.sexes,
    "ticks": ticks,
    "kinds_ticked": kinds_ticked,
    "answered": answered,
    "several_states": several_states,
}


def understood(raw: RawTable, table: str, mapping: ColumnMapping) -> tuple[RawTable, ColumnMapping]:
    """Return the raw table in plain columns, every shape it has one after another, and what is left of the mapping.

    Parameters
    ----------
    raw
        As read.
    table
        What it is to become.
    mapping
        One column named as latitude and longitude is a position in one, and is taken apart.
    """
    written = raw.cells
    both = mapping.columns.get("lat")
    if both and both == mapping.columns.get("lon") and both in raw.cells:
        apart = geopoint_of(raw, both)
        if apart is not None:
            rest = {name: source for name, source in mapping.columns.items() if name not in ("lat", "lon")}
            raw, mapping = apart, replace(mapping, columns=rest)
    for shape in SHAPES.values():
        raw = shape(raw, table) or raw
    raw = repeated(raw, table, mapping) or raw
    if raw.cells is written:
        return raw, mapping
    older = None if raw.older is None else replace(raw.older, written=written)
    return replace(raw, written=written, older=older), mapping


def read_for(path: Path, table: str, mapping: ColumnMapping) -> RawTable:
    """Read a file that is to become a table: of several sheets or layers the one that fits it."""
    return read_any(path, mapping.options | {"fits": partial(fit, table=table), "kind": likeliest})


def changed(before: RawTable, after: RawTable) -> set[str]:
    """Columns that a shape made or made anew."""
    same = before.cells.reindex(after.cells.index)
    return {
        str(name)
        for name in after.cells.columns
        if name not in same.columns or not same[name].equals(after.cells[name])
    }


def proposal(shaped: RawTable, table: str, sources: Mapping[str, str]) -> dict[str, Any]:
    """Return what would be read as what.

    Parameters
    ----------
    shaped
        The file in plain columns (`geo.checking.layouts.understood`).
    table
        What it is to become.
    sources
        Our columns and the file's.

    Returns
    -------
    dict
        `table`; the `likeliest` one; the file's `columns` with the first row's cells; `sources`; and as `mapping`
        the text of a mapping file for those columns that are the file's own.
    """
    raw = replace(shaped, cells=shaped.as_written, written=None)
    made = changed(raw, shaped)
    own = {ours: theirs for ours, theirs in sources.items() if theirs in raw.cells.columns and theirs not in made}
    first = raw.cells.head(1).to_dict("records")
    return {
        "table": table,
        "likeliest": likeliest(raw),
        "columns": {str(name): (first[0][name] if first else None) for name in raw.cells.columns},
        "sources": dict(sources),
        "mapping": tomli_w.dumps({table: {"columns": own}}),
    }
