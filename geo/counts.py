"""Counts by village without a place (STBM, population, households): they are added to the villages that are known.

What a file says of a village takes the place of what was known; what it does not say stays.
"""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pandas as pd

from geo.checked import Checked, with_rejects
from geo.errors import DataError
from geo.facts import columns_of
from geo.fields import PARSERS, CellError
from geo.mapping import Mapping
from geo.names import bare_name
from geo.positions import placed
from geo.proposals import columns_found
from geo.rawtable import Fault, RawTable
from geo.validate import check


def counts_checked(raw: RawTable, known: gpd.GeoDataFrame, mapping: Mapping) -> Checked | None:
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
    names = by_code["name"].map(bare_name)
    by_name = {text: list(codes) for text, codes in names.groupby(names).groups.items()}
    meant, faults = {}, []
    for row, cells in zip(raw.cells.index, raw.cells.to_dict("records"), strict=True):
        fit = _meant(cells.get(code) if code else None, cells.get(name) if name else None, set(by_code.index), by_name)
        if len(fit) == 1:
            meant[row] = fit[0]
            continue
        key = "village_ambiguous" if fit else "village_not_known"
        text = " ".join(str(cells[column]) for column in (code, name) if column and cells.get(column))
        faults.append(Fault(key, "rejected", int(row), code or name, text, {"codes": ", ".join(fit[:5])}))
    if not meant:
        raise DataError("error.no_village_known", path=raw.path, count=len(raw.cells))
    codes = pd.Series(meant, dtype=object)
    own = [column for column in (code, name, "village_code", "name") if column in raw.cells]
    cells = raw.cells.loc[codes.index].drop(columns=own)
    shaped = replace(
        raw,
        cells=cells.assign(village_code=codes, name=codes.map(by_code["name"])),
        written=raw.as_written,
        geometry=codes.map(by_code.geometry.astype(object)),
        notes=(*raw.notes, Fault("counts_of_known", "note", values={"count": len(codes)})),
    )
    return with_rejects(_filled(check(shaped, "villages", mapping), by_code), faults)


def _meant(code: str | None, name: str | None, codes: set[str], by_name: dict[str, list[str]]) -> list[str]:
    """Codes of the villages that a row can mean: by its code, else by its name."""
    if code:
        try:
            normal, _ = PARSERS["code"](code.strip(), {}, {})
        except CellError:
            normal = None
        if normal in codes:
            return [str(normal)]
    return by_name.get(bare_name(name), []) if name else []


def _filled(checked: Checked, known: pd.DataFrame) -> Checked:
    """Counts with everything else that is known of their villages (by code)."""
    rows = checked.rows
    before = known.reindex(rows["village_code"]).set_axis(rows.index)
    source = [f"{old}; {new}" for old, new in zip(before["data_source"], rows["data_source"], strict=True)]
    names = [name for name in columns_of("villages") if name not in ("village_code", "data_source")]
    columns = {name: rows[name].where(rows[name].notna(), before[name]).astype(known[name].dtype) for name in names}
    return replace(checked, rows=rows.assign(**columns, data_source=source), joins=True)
