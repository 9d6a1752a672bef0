"""Things that a file tells more than once, or several in one row.

Of several dated reports of one site the newest is the site, the others are its history; ids that differ only in their
writing and rows that stand for several units are told.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from geo.cells.cell_error import CellError
from geo.cells.dates import Order, day_order, parse_date
from geo.cells.position_text import angle
from geo.checking.column_mapping import ColumnMapping
from geo.checking.proposals import columns_found
from geo.model.facts import facts
from geo.model.names import plain
from geo.reading.raw_table import Fault, RawTable

#: Reports of one site are not farther from each other than this, degrees (some 200 m).
_NEAR_DEG = 0.0018


def repeated(raw: RawTable, table: str, mapping: ColumnMapping | None = None) -> RawTable | None:
    """Take the older of several dated reports of one id at one place out of the sites.

    Beside two that are dated one without a date is history too. Where dates of an id are equal, or its places lie
    apart, its rows stay: they are no history but a contradiction, which the check tells.
    """
    if table not in ("water_points", "sanitation") or raw.older is not None:
        return None
    found = columns_found(raw, table, mapping)
    key, day = found.get(facts("tables")[table]["key"]), found.get("reported_on")
    if key is None or day is None or not {key, day} <= set(raw.cells.columns):
        return None
    ids = raw.cells[key]
    again = ids.notna() & ids.duplicated(keep=False)
    order = day_order(raw.cells[day].dropna().astype(str).unique())
    if not again.any():
        return None
    rows = pd.DataFrame({"id": ids[again].astype(str), "day": raw.cells.loc[again, day].map(lambda t: _day(t, order))})
    places = _places(raw, found, rows.index)
    older: list[int] = []
    for _, mine in rows.groupby("id"):
        at = places.loc[mine.index]
        apart = (at.max() - at.min()).max() > _NEAR_DEG
        dated = mine["day"].dropna()
        if len(dated) < min(2, len(mine)) or dated.duplicated().any() or at.isna().any(axis=None) or apart:
            continue
        older += [int(row) for row in mine.index if row != mine["day"].idxmax()]
    rest = taken_out(raw, sorted(older))
    told = rows[rows["id"].isin(rows.loc[older, "id"])]  # of the others nobody knows which row is the newest
    return rest if rest is None else _with_last_state(raw, rest, told, (found.get("status"), day))


def _with_last_state(raw: RawTable, rest: RawTable, rows: pd.DataFrame, told: tuple[str | None, str]) -> RawTable:
    """Sites whose newest report tells no state keep the last that is known, with its day; how many is told."""
    status, day = told
    if status not in raw.cells:
        return rest
    said = raw.cells.loc[rows.index, status]
    known = rows[said.notna()].sort_values("day", kind="stable").drop_duplicates("id", keep="last")
    state = pd.Series(known.index, index=known["id"])
    bare = [row for row in rows.index if row in rest.cells.index and said[row] is None and rows.at[row, "id"] in state]
    if not bare:
        return rest
    cells = rest.cells.copy()
    before = state[rows.loc[bare, "id"]].to_numpy()
    cells.loc[bare, [status, day]] = raw.cells.loc[before, [status, day]].to_numpy()
    note = Fault("state_of_before", "note", int(bare[0]), status, str(cells.at[bare[0], status]), {"count": len(bare)})
    return replace(rest, cells=cells, faults=(*rest.faults, note))


def taken_out(raw: RawTable, older: list[int]) -> RawTable | None:
    """Take the rows of earlier reports out of a table, and keep them beside it; None where there are none."""
    if not older:
        return None
    past = RawTable(raw.path, raw.cells.loc[older], typed=raw.typed)
    rest = raw.cells.drop(index=older)
    shapes = raw.geometry
    if shapes is not None:
        past, shapes = replace(past, geometry=shapes.loc[older]), shapes.drop(index=older)
    told = Fault("older_kept", "note", min(older), values={"count": len(older)})
    return replace(raw, cells=rest, geometry=shapes, older=past, faults=(*raw.faults, told))


def _day(text: object, order: Order) -> float:
    if order == "unproven" and not re.search(r"\d{4}[-/.]\d|[^\W\d]{3}", str(text)):
        return np.nan  # which of two numbers is the month nobody knows; a month in words is one
    try:
        return float(parse_date(str(text).strip(), order=order)[0].toordinal())
    except CellError:
        return np.nan


def _places(raw: RawTable, found: dict[str, str], rows: pd.Index) -> pd.DataFrame:
    """Longitude and latitude of some rows; missing where they cannot be read."""
    if raw.geometry is not None:
        middle = [None if one is None or one.is_empty else one.centroid for one in raw.geometry.loc[rows]]
        both = [(np.nan, np.nan) if one is None else (one.x, one.y) for one in middle]
        return pd.DataFrame(both, columns=["lon", "lat"], index=rows)
    if not {"lat", "lon"} <= set(found):
        return pd.DataFrame({"lon": np.nan, "lat": np.nan}, index=rows)
    return pd.DataFrame({name: raw.cells.loc[rows, found[name]].map(_degrees) for name in ("lon", "lat")}, index=rows)


def _degrees(text: object) -> float:
    try:
        return angle(str(text))[0]
    except CellError:
        return np.nan


def alike_ids(ids: pd.Series) -> list[Fault]:
    """Return a note for ids that differ only in letters' case, zeros before them or ".0" behind: perhaps one thing.

    Examples
    --------
    >>> alike_ids(pd.Series(["A1", "a1", "01", "1.0", "7"], index=[2, 3, 4, 5, 6]))[0].values
    {'count': 2, 'ids': 'A1 / a1; 01 / 1.0'}
    """
    texts = ids[ids.map(lambda one: isinstance(one, str))]
    bare = texts.str.casefold().str.replace(r"[.,]0+$", "", regex=True).str.replace(r"^0+(?=\d+$)", "", regex=True)
    again = texts[bare.duplicated(keep=False)]
    groups = [list(dict.fromkeys(one)) for _, one in again.groupby(bare[again.index], sort=False)]
    groups = [one for one in groups if len(one) > 1]
    if not groups:
        return []
    named = "; ".join(" / ".join(one[:4]) for one in groups[:5]) + (" …" if len(groups) > 5 else "")
    row = int(str(texts.index[texts.isin(groups[0])][0]))
    return [Fault("ids_alike", "note", row, str(ids.name or ""), groups[0][0], {"count": len(groups), "ids": named})]


def several_units(cells: pd.DataFrame, table: str) -> list[Fault]:
    """Return a note for rows that count more than one unit under a head like "Jumlah unit": each is one site here."""
    if table not in ("water_points", "sanitation"):
        return []
    heads = set(facts("ticks")["several_units"]["heads"])
    for column in map(str, cells.columns):
        if plain(column) in heads:
            bare = cells[column].astype(str).str.replace(r"(?i)\s*(?:unit|buah|bh)\.?\s*$", "", regex=True)
            numbers = pd.to_numeric(bare, errors="coerce")
            more = numbers[(numbers > 1) & (numbers % 1 == 0)]
            if len(more):
                values = {"count": len(more), "units": f"{more.sum():.0f}"}
                return [
                    Fault(
                        "several_units",
                        "note",
                        int(str(more.index[0])),
                        column,
                        str(cells.at[more.index[0], column]),
                        values,
                    )
                ]
    return []
