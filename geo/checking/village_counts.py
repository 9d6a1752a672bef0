"""Counts by village without a place (STBM, population, households): they are added to the villages that are known.

What a file says of a village takes the place of what was known; what it does not say stays.
"""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pandas as pd

from geo.checking.cell_parsers import PARSERS, CellError
from geo.checking.checked_table import Checked, with_rejects
from geo.checking.column_mapping import ColumnMapping
from geo.checking.positions import placed
from geo.checking.proposals import columns_found, plain_names
from geo.checking.validate import check
from geo.model.errors import DataError
from geo.model.facts import columns_of
from geo.model.names import bare_name
from geo.reading.raw_table import Fault, RawTable


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
    if code is None and name is None:
        return None
    by_code = known.drop_duplicates("village_code").set_index("village_code")
    meant, faults = _villages_meant(raw, code, name, by_code["name"])
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
    note = Fault("counts_of_known", "note", values={"count": found_rows.accepted})
    return with_rejects(replace(found_rows, faults=(note, *found_rows.faults)), faults)


def _villages_meant(
    raw: RawTable, code: str | None, name: str | None, known: pd.Series
) -> tuple[dict[int, str], list[Fault]]:
    """The village code of each row that means one village alone, and what is wrong with the others."""
    names = known.map(bare_name)
    by_name = {text: list(codes) for text, codes in names.groupby(names).groups.items()}
    called = raw.cells[name].map(bare_name, na_action="ignore") if name else pd.Series(None, index=raw.cells.index)
    codes = [_code(text) for text in raw.cells[code]] if code else [None] * len(raw.cells)
    several = _kecamatan(raw)
    column = code or name
    meant: dict[int, str] = {}
    faults: list[Fault] = []
    for row, given, text in zip(raw.cells.index.tolist(), codes, called.tolist(), strict=True):
        key, fit = _meant(given, text if isinstance(text, str) else None, names, by_name, several=several)
        if key is None:
            meant[row] = fit[0]
            continue
        told = " ".join(str(raw.cells.at[row, one]) for one in (code, name) if one and raw.cells.at[row, one])
        faults.append(Fault(key, "rejected", int(row), column, told, {"codes": ", ".join(fit[:5])}))
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


#: Names of a column that tells the kecamatan of a row.
_KECAMATAN = ("kecamatan", "nama kecamatan", "kec", "district", "clean adm3", "adm3")


def _kecamatan(raw: RawTable) -> bool:
    """Tell whether the file names several kecamatan: a village's name alone is not enough then."""
    named = plain_names(raw.cells.columns)
    column = next((named[name] for name in _KECAMATAN if name in named), None)
    return column is not None and raw.cells[column].map(bare_name, na_action="ignore").nunique() > 1


def _code(text: object) -> str | None:
    """The village code a cell holds, in its dotted form; None where it is none."""
    try:
        return None if not isinstance(text, str) else str(PARSERS["code"](text.strip(), {}, {})[0])
    except CellError:
        return None


def _meant(
    code: str | None, name: str | None, names: pd.Series, by_name: dict[str, list[str]], *, several: bool
) -> tuple[str | None, list[str]]:
    """What is wrong with a row's village, or None and the one code that is meant.

    A code goes before a name: one that nobody has is no village, whatever the name; and a code whose village is called
    otherwise, by a name that another village has, is a contradiction.
    """
    if code is not None:
        if code not in names.index:
            return "village_not_known", []
        others = by_name.get(name, []) if name else []
        return ("village_contradiction", [code, *others]) if others and code not in others else (None, [code])
    fit = by_name.get(name, []) if name else []
    if len(fit) == 1:
        return ("village_by_name", fit) if several else (None, fit)
    return "village_ambiguous" if fit else "village_not_known", fit


def _filled(checked: Checked, known: pd.DataFrame) -> Checked:
    """Counts with everything else that is known of their villages (by code)."""
    rows = checked.rows
    before = known.reindex(rows["village_code"]).set_axis(rows.index)
    source = [f"{old}; {new}" for old, new in zip(before["data_source"], rows["data_source"], strict=True)]
    names = [name for name in columns_of("villages") if name not in ("village_code", "data_source")]
    columns = {name: rows[name].where(rows[name].notna(), before[name]).astype(known[name].dtype) for name in names}
    filled = rows.assign(**columns, data_source=source)
    counted = rows["population"].notna()  # an official figure that came in is no estimate of ours any more
    filled["population_estimated"] = filled["population_estimated"].where(
        ~counted | rows["population_estimated"].notna(), False
    )
    told = rows["population_source"].where(rows["population_source"].notna(), checked.path)
    filled["population_source"] = filled["population_source"].where(~counted, told)
    return replace(checked, rows=filled, joins=True)
