"""Check a file once, at the door: every fault with its row and remedy, good rows typed, bad rows kept whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from geo.cells.cell_error import CellError
from geo.cells.cell_parsers import COUNTED, MISSING, PARSERS, SHEET_ERRORS, of_column
from geo.cells.heads import other_units
from geo.cells.numbers import bare_among_units
from geo.checking.checked_table import Checked, Findings, fill_keys, finished, rejects_of
from geo.checking.column_mapping import ColumnMapping
from geo.checking.notices import (
    examples,
    neighbour_faults,
    odd_counts,
    odd_places,
    persons_named,
    poor_positions,
    possible_duplicates,
)
from geo.checking.places import parts_joined, shapes_of
from geo.checking.proposals import of_another_thing, other_questions, persons_place, proposed, sources_of, wanted
from geo.checking.repeated import alike_ids, several_units
from geo.checking.sections import village_columns
from geo.model.errors import DataError
from geo.model.facts import columns_of, facts
from geo.model.progress import tell
from geo.model.tables import objects
from geo.reading.raw_table import Fault, RawTable, cell_text

#: Tables of places with people.
_PLACES = ("villages", "settlements")
#: Columns in which a row can say that there is nothing there.
_TELLING = ("kind", "technology", "status")


def check(raw: RawTable, table: str, mapping: ColumnMapping) -> Checked:
    """Check a raw table, in plain columns already (`geo.checking.layouts.understood`), against its declaration.

    Parameters
    ----------
    raw
        From `geo.reading.readers.read_any`, then `geo.checking.layouts.understood`.
    table
        Name of the table it is to become.
    mapping
        Which columns and values mean what, as far as the shapes leave it.

    Raises
    ------
    DataError
        If required columns, or any position, are missing from the file as a whole.
    """
    found = Findings(notes=[*raw.notes, *(fault for fault in raw.faults if fault.severity != "rejected")])
    for fault in [*(fault for fault, _ in raw.broken), *raw.faults]:
        if fault.severity == "rejected":
            found.reject(fault)
    sources = _sources(raw, table, mapping, found)
    text = _mapped(raw, table, mapping, sources, found)
    typed = _typed_columns(raw, text, table, mapping, sources, found)
    typed["geometry"] = shapes_of(raw, text, table, mapping, found)
    typed, joined = parts_joined(typed, found) if table == "villages" else (typed, 0)
    fill_keys(typed, table, found)
    tell("check", 7, 10)
    del text
    _check_values(typed, table, found, strict=bool(mapping.options.get("strict")))
    tell("check", 8, 10)
    bad = set(found.rejected)
    rows = finished(typed[~typed.index.isin(list(bad))] if bad else typed, table, raw.path)
    del typed
    tell("check", 9, 10)
    fixed = frozenset(found.fixed_rows() - bad)
    found.notes += [
        *poor_positions(raw),
        *possible_duplicates(rows, table),
        *persons_named(rows),
        *odd_places(rows),
        *alike_ids(rows[facts("tables")[table]["key"]].set_axis(rows["source_row"])),
        *several_units(raw.cells, table),
        *examples(rows, table),
    ]
    if table == "villages":
        found.notes += [*neighbour_faults(rows), *odd_counts(rows)]
    faults, rejects = tuple(found.faults()), rejects_of(raw, found.rejected)
    tell("check", 1, 1)
    return Checked(
        table, raw.path, rows, faults, rejects, raw.read, fixed, raw, sources, blanks=found.blanked(), joined=joined
    )


def _sources(raw: RawTable, table: str, mapping: ColumnMapping, found: Findings) -> dict[str, str]:
    """Our columns and the file's that hold them: as mapped, by our own name, else as proposed, which is told."""
    guessed = proposed(raw, table, mapping)
    if guessed:
        told = ", ".join(f"{source} → {name}" for name, source in guessed.items())
        found.notes.append(Fault("column_as", "note", values={"columns": told}))
    sources = sources_of(raw, table, mapping, guessed)
    if table == "villages" and mapping.options.get("codes") == "free" and "village_code" not in sources:
        name = sources.get("name")
        if name and raw.cells[name].notna().all() and raw.cells[name].is_unique:  # what they are called is their code
            sources["village_code"] = name
    others = of_another_thing(raw, table, {*sources.values(), *raw.used})
    if others:
        found.notes.append(Fault("state_of_other", "note", column="status", values={"columns": ", ".join(others)}))
    person = persons_place(sources) if table in ("water_points", "sanitation", "institutions") else None
    if person is not None:
        found.notes.append(Fault("persons_place", "note", column=person))
    others = other_units(raw.cells.columns, table, sources)
    if others:
        found.notes.append(Fault("heads_of_other_unit", "note", values={"columns": ", ".join(others)}))
    others = other_questions(raw, sources, guessed)
    if others:
        values = {"taken": sources["lat"], "others": ", ".join(others)}
        found.notes.append(Fault("gps_chosen", "note", column="lat/lon", values=values))
    for source in sources.values():
        if source not in raw.cells.columns and source not in raw.as_written.columns:
            known = ", ".join(map(str, raw.as_written.columns[:60]))
            raise DataError("error.mapped_column", path=raw.path, value=source, known=known)
    return sources


def _mapped(
    raw: RawTable, table: str, mapping: ColumnMapping, sources: dict[str, str], found: Findings
) -> pd.DataFrame:
    """Text under our names; words for "no value" become missing; values translated by the mapping."""
    columns: dict[str, pd.Series] = {}
    names = wanted(table)
    for n, name in enumerate(names):
        tell("check", n, 3 * len(names))
        if name in mapping.constants:
            columns[name] = pd.Series(mapping.constants[name], index=raw.cells.index, dtype=object)
        elif name in sources:
            columns[name] = _cleaned(_cells(raw, name, sources[name], mapping), name, mapping.values.get(name), found)
    used = set(sources.values()) | {fault.column for fault in raw.faults if fault.severity == "note"} | raw.used
    used |= {"source_row", "sheet"} | (set() if table == "villages" else set(village_columns(raw.cells)))
    ignored = [str(name) for name in raw.cells.columns if name not in used and raw.cells[name].notna().any()]
    if ignored:
        found.notes.append(Fault("ignored_columns", "note", values={"columns": ", ".join(ignored)}))
    asked = [name for name, one in columns_of(table).items() if one.get("required") or one.get("expected")]
    missing = [name for name in asked if name not in columns]
    if missing == ["village_code"] and "bps_code" in columns:  # its rows say what they lack
        columns["village_code"], missing = pd.Series(None, index=raw.cells.index, dtype=object), []
    if missing:
        raise DataError("error.missing_columns", path=raw.path, table=table, columns=", ".join(missing))
    if raw.geometry is None and not ({"lat", "lon"} <= set(columns) or "wkt" in columns):
        raise DataError("error.no_position", path=raw.path)
    text = pd.DataFrame(columns, index=raw.cells.index, dtype=object)
    return _without_absent(text, table, found)


def _cells(raw: RawTable, name: str, source: str, mapping: ColumnMapping) -> pd.Series:
    """The cells of a column: as the file has them where a mapping names it, else as a shape made them."""
    if mapping.columns.get(name) == source and source in raw.as_written:
        return raw.as_written[source].reindex(raw.cells.index)
    return raw.cells[source]


def _without_absent(text: pd.DataFrame, table: str, found: Findings) -> pd.DataFrame:
    """Rows that say "tidak ada" where a thing is named or its kind or state is told are no things: rejected as such."""
    absent = frozenset(facts("ticks")["absent"])
    if table in ("water_points", "sanitation", "institutions"):
        for name in _TELLING:
            if name in text:
                words = absent - {"not available"} if name == "status" else absent
                hit = text[name].map(lambda cell, words=words: isinstance(cell, str) and cell.lower() in words)
                for row in text.index[hit.to_numpy(bool)]:
                    found.reject(Fault("no_facility", "rejected", int(row), name, str(text.at[row, name])))
                text[name] = text[name].where(~hit, None)
    return text


def _cleaned(cells: pd.Series, name: str, values: dict[str, str] | None, found: Findings) -> pd.Series:
    """Cells without blanks around; words for "no value" become missing, and those of a mapping what it says."""
    written = cells.astype("str")
    stripped = written.str.strip()
    gone = stripped.str.lower().isin(MISSING)
    changed = (stripped != written).to_numpy(bool) & stripped.notna().to_numpy()
    result = cells.copy()  # the very texts of the file: copies of a million would fill the memory
    result[changed] = stripped[changed].astype(object)
    if values is not None:
        mapped = stripped.isin(list(values))
        result[mapped.to_numpy()] = stripped[mapped].map(values)
        gone &= ~mapped
    words = gone & (stripped != "")
    for text in stripped[words].unique():
        rows = cells.index[(words & (stripped == text)).to_numpy(bool)]
        found.fix("missing_word", name, str(cells[rows[0]]), rows.tolist())
    return result.where(stripped.notna() & ~gone, None)


def _typed_columns(
    raw: RawTable,
    text: pd.DataFrame,
    table: str,
    mapping: ColumnMapping,
    sources: dict[str, str],
    found: Findings,
) -> pd.DataFrame:
    columns: dict[str, pd.Series] = {}
    options = mapping.options | {"typed": raw.geometry is not None if raw.typed is None else raw.typed}
    count = len(columns_of(table))
    for n, (name, declared) in enumerate(columns_of(table).items()):
        tell("check", count + n, 3 * count)
        if name not in text:
            columns[name] = pd.Series(declared.get("default"), index=text.index, dtype=object)
            continue
        mine = options | {"typed": options["typed"] and sources.get(name) not in raw.texts}
        own = mine | of_column(_whole(raw, sources.get(name), text[name]), declared, mine)
        if name in mapping.scale:  # the mapping says what the numbers are
            own = own | {"per_cent": False}
        values = _typed(text[name], name, {**declared, "name": name}, own, found)
        if name in mapping.scale:
            factor = mapping.scale[name]
            values = objects([None if v is None else v * factor for v in values], values.index)
        if "default" in declared:
            default = declared["default"]
            values = objects([default if v is None else v for v in values], values.index)
        columns[name] = values
    return pd.DataFrame(columns, index=text.index)


def _whole(raw: RawTable, source: str | None, cells: pd.Series) -> pd.Series:
    """All cells of a column as the file has them, where these are some of its rows (the earlier reports of sites)."""
    return raw.as_written[source] if source in raw.as_written and len(raw.as_written) > len(cells) else cells


#: So many odd words of a column get proposals: likeness is looked for through all words that are known.
_PROPOSED = 300


def _typed(
    cells: pd.Series, name: str, declared: dict[str, Any], options: dict[str, Any], found: Findings
) -> pd.Series:
    """Parse a column; a cell that cannot be read is left empty and told, or rejects its row where it must be there."""
    strict = bool(declared.get("required") or declared.get("strict") or options.get("strict"))
    parse = PARSERS[declared["type"]]
    number, texts = pd.factorize(cells)
    values: list[Any] = []
    odd: list[tuple[int, str, CellError | str]] = []
    read: dict[int, str] = {}
    for n, text in enumerate(texts):
        try:
            if text.lower() in SHEET_ERRORS:
                raise CellError("sheet_error")
            value, fix = parse(text, declared, options if len(odd) < _PROPOSED else options | {"propose": False})
        except CellError as fault:
            value, fix = None, None
            odd.append((n, text, fault))
        values.append(value)
        if fix:
            odd.append((n, text, fix))
            read[n] = cell_text(value) or ""
    if declared["type"] in ("number", "integer") and declared.get("unit"):
        other = {n for n, _, told in odd if isinstance(told, CellError) and told.key == "other_unit"}
        doubtful = bare_among_units(texts, values, other)
        odd = [one for one in odd if one[0] not in doubtful]
        odd += [(n, texts[n], CellError("bare_unit", unit=str(declared["unit"]))) for n in sorted(doubtful)]
        values = [None if n in doubtful else value for n, value in enumerate(values)]
    order = np.argsort(number, kind="stable")
    firsts = np.searchsorted(number[order], np.arange(len(texts) + 1))
    for n, text, told in odd:
        rows = cells.index[order[firsts[n] : firsts[n + 1]]].tolist()
        if isinstance(told, str):
            found.fix(told, name, text, rows, read[n])
            continue
        put = found.reject if strict else found.blank
        for row in rows:
            put(Fault(told.key, "rejected", row, name, text, told.values))
    return pd.Series([None if n < 0 else values[n] for n in number.tolist()], index=cells.index, dtype=object)


def _check_values(typed: pd.DataFrame, table: str, found: Findings, *, strict: bool) -> None:
    """Ranges, required cells and unique keys, all faults at once."""
    key = facts("tables")[table]["key"]
    for name, declared in columns_of(table).items():
        if declared.get("required") or name == key:
            _check_required(typed, name, found)
        if declared.get("unit") == "IDR" or (table in _PLACES and declared.get("unit") in COUNTED):
            _check_lost_thousands(typed, name, found, places=table != "villages")
        elif declared.get("unit") == "people":
            _check_fractions(typed, name, found)
        if name == "rehab_cost_idr":
            _check_small_costs(typed, name, found)
        if "min" in declared:
            _check_range(typed, name, declared, found, strict=strict)
    # a bad row takes no id away from a good one
    _check_unique(typed.loc[~typed.index.isin(list(found.rejected)), key], key, found)


def _check_required(typed: pd.DataFrame, name: str, found: Findings) -> None:
    """A cell that must be there and is empty; one that could not be read is not missing besides."""
    for row in typed.index[typed[name].isna()].tolist():
        if any(fault.column == name for fault in found.rejected.get(row, [])):
            continue
        bps = typed.at[row, "bps_code"] if name == "village_code" and "bps_code" in typed else None
        told = bps if isinstance(bps, str) else None
        found.reject(Fault("bps_code_only" if told else "required", "rejected", int(row), name, told))


#: A count of so few where so many, or so many times as many, are usual reads like one whose thousands were lost.
_FEW, _MANY, _TIMES = 99, 500, 50


def _check_lost_thousands(typed: pd.DataFrame, name: str, found: Findings, *, places: bool) -> None:
    """A place of 2.46 people (a grid's cell may have them): a number that lost its point, and is not known then."""
    numbers = pd.to_numeric(typed[name], errors="coerce")
    lost = numbers.notna() & numbers.between(0, 1000, inclusive="left") & (numbers % 1 != 0)
    whole = numbers.between(1, _FEW, inclusive="both") & ~lost
    others = numbers[~lost & ~whole].dropna()
    many = lost.any() if others.empty else others.median() >= _MANY
    if not lost.any():
        whole &= numbers * _TIMES <= others.median()
        if whole.any() and whole.sum() * 3 < numbers.notna().sum() + 3:
            first = numbers[whole].index[0]
            values = {"count": int(whole.sum()), "typical": f"{numbers[~whole].median():.0f}"}
            found.notes.append(Fault("few_counted", "note", int(str(first)), name, cell_text(numbers[first]), values))
        return
    most = lost.sum() * 2 > numbers.notna().sum() > 3
    if most and (places or numbers.max() >= _MANY):  # an estimate with decimals, or all lost
        first, values = numbers[lost].index[0], {"count": int(lost.sum()), "of": int(numbers.notna().sum())}
        found.notes.append(Fault("decimal_counts", "note", int(str(first)), name, cell_text(numbers[first]), values))
        return
    if many:  # "3" between "2.46" and "3.12" was 3,000
        lost |= whole
    for row, value in numbers[lost].items():
        found.blank(Fault("lost_thousands", "rejected", int(str(row)), name, cell_text(value)))
    typed.loc[lost, name] = None


#: Room for fewer people than this is for whole ones (1.25 was 1,250); no repair costs less than so many rupiah.
_ROOM, _SMALL_COST = 10, 50_000


def _check_fractions(typed: pd.DataFrame, name: str, found: Findings) -> None:
    """Room for 1.25 people: thousands that lost their point, or litres; not known then, nor are whole neighbours."""
    numbers = pd.to_numeric(typed[name], errors="coerce")
    lost = numbers.between(0, _ROOM, inclusive="neither") & (numbers % 1 != 0)
    if lost.any() and lost.sum() * 2 > numbers.notna().sum():
        lost |= numbers.between(1, _ROOM)
    for row, value in numbers[lost].items():
        found.blank(Fault("lost_thousands", "rejected", int(str(row)), name, cell_text(value)))
    typed.loc[lost, name] = None


def _check_small_costs(typed: pd.DataFrame, name: str, found: Findings) -> None:
    """A repair for a few thousand rupiah: thousands of rupiah, or a fee; it would be the cheapest of all."""
    numbers = pd.to_numeric(typed[name], errors="coerce")
    small = numbers.between(0, _SMALL_COST, inclusive="neither")
    if small.any():
        first, values = numbers[small].index[0], {"count": int(small.sum())}
        found.notes.append(Fault("small_cost", "note", int(str(first)), name, cell_text(numbers[first]), values))


def _check_range(typed: pd.DataFrame, name: str, declared: dict[str, Any], found: Findings, *, strict: bool) -> None:
    """A number that cannot be: the cell is left empty (in place), or the row rejected where it must be there."""
    numbers = pd.to_numeric(typed[name], errors="coerce")
    limits = {end: declared[end] for end in ("min", "max")}
    outside = numbers.notna() & ~numbers.between(*limits.values())
    put = found.reject if strict or declared.get("required") else found.blank
    for row, value in numbers[outside].items():
        put(Fault("range", "rejected", int(row), name, cell_text(value), limits))
    if outside.any() and put == found.blank:
        typed.loc[outside, name] = None


def _check_unique(cells: pd.Series, name: str, found: Findings) -> None:
    """A second row of an id is kept out, whole: which of the two is right, nobody but the file's owner can say."""
    given = cells.dropna()
    first = dict(zip(given[::-1], given.index[::-1], strict=True))
    for row, value in given[given.duplicated()].items():
        found.reject(Fault("duplicate_id", "rejected", int(row), name, str(value), {"first": int(first[value])}))
