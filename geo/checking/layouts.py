"""Shapes that inventories come in, each turned into plain columns before anything is checked, listed in `SHAPES`.

Each takes a raw table and the table it is to become, and returns it in plain columns with what there is to tell, or
None where the file has not that shape. The file's own columns stay beside the new ones, and no row is lost:
what is no row of the table is rejected with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomli_w

from geo.cells.cell_error import CellError
from geo.cells.heads import called
from geo.cells.numbers import parse_number
from geo.cells.vocabulary import normal
from geo.checking import codes, registers, states
from geo.checking.column_mapping import ColumnMapping
from geo.checking.grids import utm
from geo.checking.positions import geopoint, geopoint_of, grid_cell, shapes_in_cells
from geo.checking.proposals import columns_found, fit, likeliest
from geo.checking.repeated import repeated
from geo.checking.sections import as_above, sections
from geo.checking.sides import heads_of_axes, hemispheres, parts, second_place, sides
from geo.checking.village_counts import counted, sexes
from geo.model.facts import columns_of, facts
from geo.model.names import plain
from geo.reading.raw_table import Fault, RawTable, with_cells
from geo.reading.readers import read_any

Shape = Callable[[RawTable, str], RawTable | None]


def hxl(raw: RawTable, table: str) -> RawTable | None:
    """A row of HXL tags under the header: taken out, and its tags name the columns that they are of."""
    tagged = {str(one): str(one) for one in raw.cells.columns if re.match(r"#\s*[a-zA-Z]", str(one))}
    if len(tagged) * 2 > raw.cells.shape[1]:  # the tags are the only heads
        named = _by_tags(raw, table, tagged)
        return replace(raw, cells=raw.cells.rename(columns=named)) if named else None
    if not len(raw.cells):
        return None
    first = raw.cells.iloc[0].dropna()
    if len(first) < 2 or not first.astype(str).str.strip().str.match(r"#\s*[a-zA-Z]").all():
        return None
    named = _by_tags(raw, table, {str(column): str(tag) for column, tag in first.items()})
    row = int(raw.cells.index[0])
    told = Fault("hxl_tags", "note", row, values={"columns": ", ".join(f"{a} → {b}" for a, b in named.items()) or "–"})
    return _without_first(raw, told, named)


def _by_tags(raw: RawTable, table: str, tags: Mapping[str, str]) -> dict[str, str]:
    """Columns by the names of ours that their tags mean; of columns that carry one tag the first."""
    named: dict[str, str] = {}
    for column, tag in tags.items():
        name = _tagged(tag, [one for one in _own(table) if one not in raw.cells and one not in named.values()])
        if name is not None:
            named[column] = name
    return named


#: How others tag the name of a village, which is of the place in ours.
_OF_VILLAGE = {"#adm4", "+name"}


def _tagged(tag: str, names: list[str]) -> str | None:
    """The column of ours that a tag means: all attributes of ours are in it, in whatever order; the closest."""
    parts = set(re.findall(r"[#+]\s*[a-z0-9_]+", tag.lower().replace(" ", "")))
    best: tuple[int, str] | None = None
    for name in names:
        own = facts("hxl")["also"].get(name) if parts == _OF_VILLAGE else facts("hxl")["tags"].get(name)
        asked = set(re.findall(r"[#+][a-z0-9_]+", own or ""))
        if asked and asked <= parts and (best is None or len(asked) > best[0]):
            best = len(asked), name
    return None if best is None else best[1]


def units(raw: RawTable, table: str) -> RawTable | None:
    """A row of units under the header ("derajat", "jiwa", "juta Rp"): taken out, each joined to the head above it."""
    if len(raw.cells) < 2:
        return None
    found = {
        str(column): cell.strip()
        for column, cell in raw.cells.iloc[0].items()
        if isinstance(cell, str) and cell.strip()
    }
    words = [word for cell in found.values() for word in normal(cell).split()]
    entry = facts("vocab/units")
    measured = {*entry["factors"], *(word for some in entry["units"].values() for word in some)}
    if (
        not words
        or not set(words) <= measured | set(entry["row"]["words"])
        or (len(found) < 2 and not _only_unit(raw, found))
    ):
        return None
    # a head with its unit behind it is read as any such head: "luas" over "(Ha)" is "luas (Ha)"
    named = {
        column: f"{column} ({cell.strip('()[] ')})"
        for column, cell in found.items()
        if set(normal(cell).split()) <= measured and not column.rstrip().endswith(")")
    }
    told = Fault("units_row", "note", int(raw.cells.index[0]), values={"units": ", ".join(found.values())})
    return _without_first(raw, told, named)


def _only_unit(raw: RawTable, found: dict[str, str]) -> bool:
    """Whether a row that says one word says a unit: in brackets, or above numbers."""
    if len(found) != 1 or raw.cells.shape[1] < 3:
        return False
    ((column, cell),) = found.items()
    below = raw.cells[column].iloc[1:6].dropna().astype(str)
    return cell.startswith(("(", "[")) or (len(below) > 0 and bool(below.str.match(r"\s*\d").all()))


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


def ladder(raw: RawTable, table: str) -> RawTable | None:
    """Households by the JMP's rungs of sanitation ("Safely managed", "Basic", "Limited", "Unimproved") in columns.

    Bare rungs may be those of water: they are taken beside open defecation, or where the heads speak of sanitation.
    """
    if table != "villages":
        return None
    entry = facts("ticks")["ladder"]
    heads: dict[str, tuple[str, bool]] = {}
    for column in map(str, raw.cells.columns):
        words = normal(re.sub(r"\bhh\b", " ", column.replace("_", " "))).split()
        if "%" in column or {"persen", "percent", *entry["water"]} & set(words):
            continue
        bare = " ".join(word for word in words if word not in entry["beside"])
        ours = next((name for name, rungs in entry["rungs"].items() if bare in rungs), None)
        if ours is not None and ours not in raw.cells:
            heads.setdefault(ours, (column, bool(set(words) & set(entry["sanitation"]))))
    names = [normal(str(one)) for one in raw.cells.columns]
    of_water = any(word in name for name in names for word in ("surface water", "air permukaan"))
    beside_open = "hh_open" in heads or "hh_open" in columns_found(raw, table)
    sure = any(said for _, said in heads.values()) or (beside_open and not of_water)
    rungs = {ours: column for ours, (column, _) in heads.items()}
    numbers = all(raw.cells[column].dropna().astype(str).str.match(r"\s*\d").all() for column in rungs.values())
    if len(set(rungs) - {"hh_open"}) < 2 or not sure or not numbers:
        return None
    told = Fault("column_as", "note", values={"columns": ", ".join(f"{col} → {ours}" for ours, col in rungs.items())})
    return with_cells(raw, {ours: raw.cells[column] for ours, column in rungs.items()}, told, out_of=rungs.values())


def latest_of_two(raw: RawTable, table: str) -> RawTable | None:
    """A thing told twice, as it was and as it is now ("Baseline JSP", "Kemajuan JSP"): that of now is read."""
    words = facts("ticks")["times"]
    then, now = (_of_a_time(raw, words[time]) for time in ("before", "now"))
    there = {plain(str(one)) for one in raw.cells.columns}
    pairs = {rest: column for rest, column in now.items() if rest in then and plain(rest) not in there}
    if not pairs or not set(
        columns_found(replace(raw, cells=raw.cells[[*pairs.values()]].set_axis([*pairs], axis=1)), table)
    ):
        return None
    values = {"columns": ", ".join(pairs.values()), "others": ", ".join(then[rest] for rest in pairs)}
    told = Fault("latest_of_two", "note", values=values)
    used = [*pairs.values(), *(then[rest] for rest in pairs)]
    return with_cells(raw, {rest: raw.cells[column] for rest, column in pairs.items()}, told, out_of=used)


def _of_a_time(raw: RawTable, words: list[str]) -> dict[str, str]:
    """What heads say beside words for a time, before or behind them, and the columns under these heads."""
    found: dict[str, str] = {}
    for column in map(str, raw.cells.columns):
        for word in words:
            at = re.match(rf"(?i)\W*{word}\W+(?P<rest>\S.*)$|^(?P<before>.*\S)\W+{word}\W*$", column)
            if at is not None:
                found.setdefault((at["rest"] or at["before"]).strip(" -:/_"), column)
                break
    return found


#: Households of a row are on the rungs told in per cent where these make up a whole, by so much; of so many rungs.
_WHOLE, _RUNGS = (98.5, 101.5), 3


def in_per_cent(raw: RawTable, table: str) -> RawTable | None:
    """Rungs of sanitation in per cent of the households that the file counts: as households.

    Only in rows whose rungs make up a whole; a share of what nobody says stays unread, and is told.
    """
    if table != "villages":
        return None
    found = columns_found(raw, table)
    rungs = {name: column for name, column in _rungs_in_per_cent(raw).items() if name not in found}
    if not rungs:
        return None
    columns = ", ".join(rungs.values())
    parts = raw.cells[list(rungs.values())].apply(lambda cells: cells.map(_per_cent)).astype(float)
    parts = parts * (100 if parts.max(axis=None) <= 1 and parts.sum(axis=1).max() <= 1.02 else 1)
    whole = parts.sum(axis=1, min_count=_RUNGS).between(*_WHOLE)
    bare = pd.Series(np.nan, raw.cells.index)
    households = counted(raw.cells[found["households"]]) if "households" in found else bare
    mine = whole & households.notna()
    if mine.sum() * 2 <= parts.notna().any(axis=1).sum():
        told = Fault("per_cent_of_what", "note", values={"columns": columns})
        return replace(raw, faults=(*raw.faults, told), used=raw.used | set(rungs.values()))
    shared = _shared_out(parts[mine].fillna(0.0).to_numpy() / 100, households[mine].to_numpy(float))
    shaped = {name: pd.Series(None, index=raw.cells.index, dtype=object) for name in rungs}
    for n, name in enumerate(rungs):
        shaped[name][mine] = [str(int(one)) for one in shared[:, n]]
        shaped[name] = shaped[name].where(parts.iloc[:, n].notna(), None)
    told = Fault("rungs_in_per_cent", "note", values={"columns": columns, "count": int(mine.sum()), "of": len(mine)})
    return with_cells(raw, shaped, told, out_of=rungs.values())


def _rungs_in_per_cent(raw: RawTable) -> dict[str, str]:
    """Columns whose heads name a rung of sanitation and per cent, by the rung."""
    known = facts("synonyms")["villages"]
    names = {
        name: {plain(name), *map(plain, known[name])} for name in known if name.startswith("hh_") and name in _PARTS
    }
    found: dict[str, str] = {}
    for column in map(str, raw.cells.columns):
        words = plain(column.replace("%", " persen ")).split()
        if not _PER_CENT & set(words):
            continue
        bare = " ".join(word for word in words if word not in _PER_CENT)
        for name, synonyms in names.items():
            if bare in synonyms:
                found.setdefault(name, column)
    return found


#: Parts of all households, and words for shares of a hundred.
_PARTS = frozenset({"hh_safe", "hh_own", "hh_shared", "hh_unimproved", "hh_open", "hh_jsp", "hh_jssp"})
_PER_CENT = frozenset(
    {"persen", "persentase", "prosentase", "percent", "percentage", "pct", "pourcentage", "porcentaje"}
)


def _per_cent(text: object) -> float:
    bare = text.replace("%", " ").strip() if isinstance(text, str) else ""
    try:
        number = parse_number(bare, grouped=False)[0] if bare else np.nan
    except CellError:
        return np.nan
    return number if 0 <= number <= 100 else np.nan


def _shared_out(shares: np.ndarray, households: np.ndarray) -> np.ndarray:
    """Whole households by shares of them (rows × rungs); the largest rests are rounded up, none is made or lost."""
    exact = shares / shares.sum(axis=1, keepdims=True) * households[:, None]
    whole: np.ndarray = np.floor(exact + 1e-9)
    rest = np.rint(households - whole.sum(axis=1)).astype(int)
    order = np.argsort(-(exact - whole), axis=1, kind="stable")
    up = np.arange(exact.shape[1])[None, :] < rest[:, None]
    np.put_along_axis(whole, order, np.take_along_axis(whole, order, axis=1) + up, axis=1)
    return whole


SHAPES: dict[str, Shape] = {
    "hxl": hxl,
    "units": units,
    "numbered": numbered,
    "legend_lines": codes.legend_lines,
    "true_or_false": states.true_or_false,
    "sections": sections,
    "as_above": as_above,
    "latest_of_two": latest_of_two,
    "parts": parts,
    "code_parts": codes.code_parts,
    "sides": sides,
    "heads_of_axes": heads_of_axes,
    "hemispheres": hemispheres,
    "second_place": second_place,
    "shapes_in_cells": shapes_in_cells,
    "grid_cell": grid_cell,
    "geopoint": geopoint,
    "utm": utm,
    "wpdx": registers.wpdx,
    "codes_in_head": codes.codes_in_head,
    "legends": codes.legends,
    "labels_beside": codes.labels_beside,
    "other_said": codes.other_said,
    "kind_of_source": codes.kind_of_source,
    "other_tags": registers.other_tags,
    "osm": registers.osm,
    "factors": registers.factors,
    "sexes": sexes,
    "pupils": registers.pupils,
    "kind_in_head": codes.kind_in_head,
    "ladder": ladder,
    "in_per_cent": in_per_cent,
    "ticks": states.ticks,
    "kinds_ticked": codes.kinds_ticked,
    "answered": states.answered,
    "several_states": states.several_states,
    "qualified": states.qualified,
    "seasons": states.seasons,
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
    asked = {"fits": partial(fit, table=table), "called": partial(called, table=table), "kind": likeliest}
    return read_any(path, mapping.options | asked | {"named": partial(columns_found, table=table)})


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
