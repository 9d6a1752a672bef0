"""Counts by village without a place (STBM, population, households): they are added to the villages that are known.

What a file says of a village takes the place of what was known; what it does not say stays.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.cells.cell_error import CellError
from geo.cells.cell_parsers import PARSERS
from geo.cells.heads import two_sexes
from geo.cells.numbers import parse_number, style_of
from geo.checking.checked_table import Checked, with_rejects
from geo.checking.column_mapping import ColumnMapping
from geo.checking.positions import placed
from geo.checking.proposals import columns_found, plain_names
from geo.checking.validate import check
from geo.model.areas import normalise_code
from geo.model.errors import DataError
from geo.model.facts import columns_of, facts
from geo.model.names import bare_name
from geo.reading.raw_table import Fault, RawTable, with_cells


def counts_checked(raw: RawTable, known: gpd.GeoDataFrame, mapping: ColumnMapping) -> Checked | None:
    """Check a table of counts as villages, with all that is known of those it names; None where it has places itself.

    Parameters
    ----------
    raw
        In plain columns.
    known
        The villages there are.
    mapping
        Goes before every proposal.

    Raises
    ------
    DataError
        If no row names a village that is known.
    """
    if placed(raw, "villages", mapping) or known.empty or raw.cells.empty:
        return None
    found = columns_found(raw, "villages", mapping)
    code, name = (found.get(column) for column in ("village_code", "name"))
    if code is None and name is None and "bps_code" not in found:
        return None
    raw, code = _by_bps(raw, code, found.get("bps_code"), known)
    by_code = known.drop_duplicates("village_code").set_index("village_code")
    meant, faults = _villages_meant(raw, code, name, by_code["name"], mapping.options)
    if not meant and all(fault.key == "village_not_known" for fault in faults):
        raise DataError("error.no_village_known", path=raw.path, count=len(raw.cells))
    codes_of = pd.Series(meant, dtype=object)
    own = [column for column in (code, name, "village_code", "name") if column in raw.cells]
    cells = raw.cells.loc[codes_of.index].drop(columns=own)
    shaped = replace(
        raw,
        cells=cells.assign(village_code=codes_of, name=codes_of.map(by_code["name"])),
        written=raw.as_written,
        geometry=codes_of.map(by_code.geometry.astype(object)),
        typed=False,
    )
    found_rows = _filled(check(shaped, "villages", mapping), by_code)
    if found_rows.accepted and not set(found_rows.sources) - {"village_code", "name", "bps_code", "wkt", "lat", "lon"}:
        columns = ", ".join(map(str, raw.as_written.columns[:40]))
        raise DataError("error.no_counts", path=raw.path, columns=columns)
    note = Fault("counts_of_known", "note", values={"count": found_rows.accepted})
    return with_rejects(replace(found_rows, faults=(note, *found_rows.faults)), faults)


def _villages_meant(
    raw: RawTable, code: str | None, name: str | None, known: pd.Series, options: dict[str, Any]
) -> tuple[dict[int, str], list[Fault]]:
    """The village code of each row that means one village alone, and what is wrong with the others."""
    names = known.map(bare_name)
    by_name = {text: list(codes) for text, codes in names.groupby(names).groups.items()}
    called = raw.cells[name].map(bare_name, na_action="ignore") if name else pd.Series(None, index=raw.cells.index)
    codes = [_code(text, options) for text in raw.cells[code]] if code else [None] * len(raw.cells)
    within = _kecamatan(raw, called, by_name)
    column = code or name
    meant: dict[int, str] = {}
    faults: list[Fault] = []
    lines: dict[int, str] = {}
    for row, given, text in zip(raw.cells.index.tolist(), codes, called.tolist(), strict=True):
        if given is None and not isinstance(text, str) and row in within and _counts_nothing(raw.cells.loc[row]):
            lines[int(row)] = " ".join(str(cell) for cell in raw.cells.loc[row] if isinstance(cell, str))
            continue  # the line of a kecamatan above its villages
        key, fit = _meant(given, text if isinstance(text, str) else None, names, by_name, within.get(row))
        if key is None:
            meant[row] = fit[0]
            continue
        told = " ".join(str(raw.cells.at[row, one]) for one in (code, name) if one and raw.cells.at[row, one])
        faults.append(Fault(key, "rejected", int(row), column, told, {"codes": ", ".join(fit[:5])}))
    if lines:
        told_rows = {"count": len(lines), "rows": "; ".join(list(lines.values())[:8])}
        faults.append(Fault("sections", "note", next(iter(lines)), values=told_rows))
    rows_of: dict[str, list[int]] = {}
    for row, one in meant.items():
        rows_of.setdefault(one, []).append(row)
    for one, rows in rows_of.items():
        if len(rows) == 1:
            continue
        values = {"rows": ", ".join(map(str, rows[:10])), "count": len(rows)}
        for row in rows:  # of parts of a village (RW) none is the village
            faults.append(Fault("village_parts", "rejected", int(row), column, str(known[one]), values))
            del meant[row]
    return meant, faults


def _by_bps(raw: RawTable, code: str | None, bps: str | None, known: gpd.GeoDataFrame) -> tuple[RawTable, str | None]:
    """Rows that only tell a BPS code, with the code of the known village that carries it."""
    if code is not None or bps is None or known["bps_code"].isna().all():
        return raw, code
    of_bps = (
        known.dropna(subset="bps_code").drop_duplicates("bps_code", keep=False).set_index("bps_code")["village_code"]
    )
    digits = raw.cells[bps].map(
        lambda text: re.sub(r"\D", "", text.removesuffix(".0")) if isinstance(text, str) else None
    )
    of_bps.index = of_bps.index.astype(str).str.replace(r"\D", "", regex=True)
    codes = digits.map(of_bps.to_dict()).astype(object)
    return replace(raw, cells=raw.cells.assign(village_code=codes.where(codes.notna(), None))), "village_code"


#: Names of a column that tells the kecamatan of a row.
_KECAMATAN = (
    "kecamatan", "nama kecamatan", "kec", "kecamatan distrik", "district", "sub district", "subdistrict", "clean adm3",
    "adm3",
)  # fmt: skip


def _kecamatan(raw: RawTable, called: pd.Series, by_name: dict[str, list[str]]) -> dict[int, str]:
    """The code of the kecamatan of each row, where the file names several and the names of their villages settle which.

    A kecamatan is the one in which all of its villages lie whose name only one village has; none, or several: not
    known, and its rows stay with "?".
    """
    named = plain_names(raw.cells.columns)
    heads = facts("places")["code_parts"]["whole_district"]
    by_code = next((named[name] for name in heads if name in named), None)
    if by_code is not None:
        parts = raw.cells[by_code].map(_parted, na_action="ignore")
        return {int(row): one for row, one in parts.items() if isinstance(one, str)}
    column = next((named[name] for name in _KECAMATAN if name in named), None)
    said = None if column is None else raw.cells[column].map(bare_name, na_action="ignore")
    if said is None or not said.notna().any():
        return {}
    blank = said.isna()
    said = said.ffill()  # a sheet's merged cell says it for all rows that it spans
    told = {one: called[(said == one) & ~blank] for one in said.dropna().unique()}
    spans = {one: called[said == one] for one in told}
    settled = {one: _lies_in([by_name.get(name, []) for name in spans[one]]) for one in told}
    settled |= {
        one: _lies_in([by_name.get(name, []) for name in told[one]])
        for one, code in settled.items()
        if code is None and len(told[one]) > 1
    }
    if len(settled) < 2 and None in settled.values():
        return {}
    found = {int(row): settled.get(one) or "?" for row, one in said.items() if isinstance(one, str)}
    for row in said.index[blank]:  # a name that one village alone has tells more than a cell left blank
        fit = by_name.get(called[row], []) if isinstance(called[row], str) else []
        if len(fit) == 1 and not fit[0].startswith(f"{found.get(int(row), '')}."):
            found.pop(int(row), None)
    return found


def _parted(text: object) -> str | None:
    """The dotted code of a kecamatan that a cell holds ("320318", "32.03.18"); None where it is none."""
    digits = re.sub(r"\D", "", str(text).removesuffix(".0"))
    return normalise_code(digits) if len(digits) == len("320318") else None


def _lies_in(fits: list[list[str]]) -> str | None:
    """The kecamatan of which most of these villages are, and all whose name one village alone has; of two at least."""
    alone = {fit[0].rpartition(".")[0] for fit in fits if len(fit) == 1}
    if len(alone) != 1:
        return None
    code = alone.pop()
    there = sum(any(one.startswith(f"{code}.") for one in fit) for fit in fits)
    return code if there >= 2 and there * 2 > len(fits) else None


def _counts_nothing(row: pd.Series) -> bool:
    """Whether a row has no number but one that counts rows."""
    return not any(isinstance(cell, str) and re.search(r"\d{2}", cell) for cell in row)


def _code(text: object, options: dict[str, Any]) -> str | None:
    """The village code a cell holds, in its dotted form; None where it is none."""
    try:
        return None if not isinstance(text, str) else str(PARSERS["code"](text.strip(), {}, options)[0])
    except CellError:
        return None


def _meant(
    code: str | None, name: str | None, names: pd.Series, by_name: dict[str, list[str]], within: str | None
) -> tuple[str | None, list[str]]:
    """What is wrong with a row's village, or None and the one code that is meant.

    A code goes before a name: one that nobody has is no village, whatever the name; and a code whose village is called
    otherwise, by a name that another village has, is a contradiction. `within` is the kecamatan that the row names
    ("?": one that its villages do not settle; None: the file names one at most).
    """
    if code is not None:
        if code not in names.index:
            return "village_not_known", []
        others = by_name.get(name, []) if name else []
        return ("village_contradiction", [code, *others]) if others and code not in others else (None, [code])
    fit = by_name.get(name, []) if name else []
    if within not in (None, "?"):
        there = [one for one in fit if one.startswith(f"{within}.")]
        return (None, there) if len(there) == 1 else ("village_by_name" if fit else "village_not_known", fit)
    if len(fit) == 1:
        return ("village_by_name", fit) if within == "?" else (None, fit)
    return "village_ambiguous" if fit else "village_not_known", fit


def _filled(checked: Checked, known: pd.DataFrame) -> Checked:
    """Counts with everything else that is known of their villages (by code)."""
    rows = checked.rows
    before = known.reindex(rows["village_code"]).set_axis(rows.index)
    source = [f"{old}; {new}" for old, new in zip(before["data_source"], rows["data_source"], strict=True)]
    names = [name for name in columns_of("villages") if name not in ("village_code", "data_source")]
    columns = {name: rows[name].where(rows[name].notna(), before[name]).astype(known[name].dtype) for name in names}
    filled = rows.assign(**columns, data_source=source)
    official = rows["population"].notna()  # an official figure that came in is no estimate of ours any more
    filled["population_estimated"] = filled["population_estimated"].where(
        ~official | rows["population_estimated"].notna(), False
    )
    told = rows["population_source"].where(rows["population_source"].notna(), checked.path)
    filled["population_source"] = filled["population_source"].where(~official, told)
    return replace(checked, rows=filled, joins=True)


def sexes(raw: RawTable, table: str) -> RawTable | None:
    """Men and women counted in two columns, and no sum of them: all people are both."""
    if table not in ("villages", "settlements") or "population" in columns_found(raw, table):
        return None
    both = two_sexes(raw.cells.columns)
    if both is None:
        return None
    parts = [counted(raw.cells[column]) for column in both]
    whole = parts[0] + parts[1]
    if not whole.notna().any():
        return None
    people = whole.map(lambda value: None if value != value else f"{value:.0f}")
    told = Fault("sexes", "note", None, "population", values={"columns": " + ".join(both)})
    return with_cells(raw, {"population": people.astype(object)}, told, out_of=both)


def counted(cells: pd.Series) -> pd.Series:
    """People of a column, as numbers; missing where a cell holds none."""
    style = style_of(cells.dropna().astype(str), whole=True)

    def number(text: object) -> float:
        try:
            return parse_number(str(text), grouped=True, style=style)[0] if isinstance(text, str) else float("nan")
        except CellError:
            return float("nan")

    return cells.map(number).astype(float)
