"""A file held against what is known already: the villages its points lie in, and the points that are there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.checking.checked_table import Checked, with_rejects
from geo.checking.notices import duplicates_of_known
from geo.checking.sections import village_columns
from geo.model.facts import facts
from geo.model.inputs import Inputs
from geo.model.names import bare_name
from geo.model.sites import SAMPLE
from geo.reach.villages_at import village_at
from geo.reading.raw_table import Fault

#: Points further than this from every village (degrees, a coarse sieve only) are looked at for a swap or a lost sign.
_MARGIN = 0.5


def stated_villages(checked: Checked) -> pd.Series:
    """Return what each row of the file says of its village, its code or its name, by row number; missing: nothing."""
    if checked.raw is None:
        return pd.Series(dtype=object)
    cells = checked.raw.as_written
    made = [name for name in village_columns(checked.raw.cells) if name not in cells]  # of headings in a list
    cells = cells.join(checked.raw.cells[made]) if made else cells
    wanted = [checked.sources.get("name") if checked.table == "villages" else None, checked.sources.get("village_code")]
    wanted += village_columns(cells)
    told = pd.Series(None, index=cells.index, dtype=object)
    for column in wanted:
        if column is not None and column in cells:
            told = told.where(told.notna(), cells[column])
    return told


def against_villages(checked: Checked, villages: gpd.GeoDataFrame) -> Checked:
    """Reject points that lie in these villages only after a swap or a change of sign; tell what villages contradict.

    Notes: codes that no village has, and rows that name one village and lie in another.
    """
    checked, named = _by_name(checked, villages)
    rows = checked.rows
    faults: list[Fault] = list(named)
    if len(rows) and (rows.geom_type == "Point").all():
        faults = _misplaced(rows, villages.total_bounds)
    bad = {fault.row for fault in faults if fault.row is not None and fault.severity == "rejected"}
    keep = ~rows["source_row"].isin(bad)
    unknown = rows["village_code"].notna() & ~rows["village_code"].isin(set(villages["village_code"])) & keep
    if unknown.any():
        codes = sorted(set(rows.loc[unknown, "village_code"]))
        values = {"count": int(unknown.sum()), "codes": ", ".join(codes[:10])}
        faults.append(Fault("unknown_village", "note", column="village_code", values=values))
    kept = rows[keep]
    middle = kept.geometry.representative_point()
    lies_in = village_at(kept.set_geometry(middle), villages)
    faults += _elsewhere(checked, kept, lies_in, villages)
    faults += _outside(kept, middle, lies_in, villages)
    return with_rejects(checked, faults) if faults else checked


def _by_name(checked: Checked, villages: gpd.GeoDataFrame) -> tuple[Checked, list[Fault]]:
    """Rows without a code that say their village by its name get its code, where one village alone can be meant.

    Of several villages of one name it is the one in which the row lies.
    """
    rows = checked.rows
    if checked.table == "villages" or "village_code" not in rows or rows.empty:
        return checked, []
    bare = rows["village_code"].isna()
    stated = stated_villages(checked).dropna()
    bare &= rows["source_row"].isin(stated.index)
    if not bare.any():
        return checked, []
    by_name: dict[str, set[str]] = {}
    for code, name in zip(villages["village_code"], villages["name"], strict=True):
        by_name.setdefault(bare_name(name), set()).add(code)
    codes = rows["village_code"].copy().astype(object)
    lies_in = village_at(rows.set_geometry(rows.geometry.representative_point()), villages)
    for index in rows.index[bare]:
        meant = by_name.get(bare_name(stated[rows.at[index, "source_row"]]), set())
        if len(meant) == 1:
            codes[index] = next(iter(meant))
        elif lies_in[index] in meant:
            codes[index] = lies_in[index]
    found = codes.notna() & bare
    if not found.any():
        return checked, []
    told = Fault("village_by_name", "note", column="village_code", values={"count": int(found.sum())})
    return replace(checked, rows=rows.assign(village_code=codes)), [told]


def against_known(checked: Checked, known: Inputs) -> Checked:
    """Note points that may be one with a point that is there already; rows of the sample are nobody's points."""
    table = known.tables()[checked.table]
    real = table[table["data_source"] != SAMPLE]
    faults = [*duplicates_of_known(checked.rows, real, checked.table), *_same_id_elsewhere(checked, real)]
    return replace(checked, faults=(*checked.faults, *faults)) if faults else checked


#: So far from where its id is known a thing is most likely another, degrees (some 5 km).
_ELSEWHERE_DEG = 0.045


def _same_id_elsewhere(checked: Checked, known: gpd.GeoDataFrame) -> list[Fault]:
    """A note on rows whose id is that of a known thing far away: joined to the data they would take its place."""
    key = facts("tables")[checked.table]["key"]
    if key == "village_code" or key not in checked.rows or known.empty or checked.rows.empty:
        return []
    there = known.drop_duplicates(key).set_index(key).geometry.representative_point()
    rows = checked.rows[checked.rows[key].isin(there.index)]
    here = rows.geometry.representative_point()
    far = shapely.distance(here.to_numpy(), there.loc[rows[key]].to_numpy()) > _ELSEWHERE_DEG
    if not far.any():
        return []
    first = rows[far].iloc[0]
    values = {"count": int(far.sum())}
    return [Fault("id_elsewhere", "note", int(first["source_row"]), key, str(first[key]), values)]


def _misplaced(rows: gpd.GeoDataFrame, bounds: np.ndarray) -> list[Fault]:
    x, y = rows.geometry.x.to_numpy(), rows.geometry.y.to_numpy()
    near = shapely.box(bounds[0] - _MARGIN, bounds[1] - _MARGIN, bounds[2] + _MARGIN, bounds[3] + _MARGIN)
    inside = shapely.contains_xy(near, x, y)
    proposals = {"looks_swapped": (y, x), "lost_sign": (x, -y), "lost_sign_lon": (-x, y), "lost_signs": (-x, -y)}
    faults, told = [], inside.copy()
    for key, (east, north) in proposals.items():
        hit = shapely.contains_xy(near, east, north) & ~told
        told |= hit
        for row, lon, lat in zip(rows["source_row"][hit], x[hit], y[hit], strict=True):
            faults.append(Fault(key, "rejected", int(row), "lat/lon", f"{lat}, {lon}"))
    return faults


def _outside(
    rows: gpd.GeoDataFrame, middle: gpd.GeoSeries, lies_in: pd.Series, villages: gpd.GeoDataFrame
) -> list[Fault]:
    """One note on rows far from every village (often a wrong coordinate system), one on those in no boundary."""
    if rows.empty:
        return []
    west, south, east, north = villages.total_bounds
    x, y = middle.x.to_numpy(), middle.y.to_numpy()
    far = (x < west - _MARGIN) | (x > east + _MARGIN) | (y < south - _MARGIN) | (y > north + _MARGIN)
    drawn = bool((villages.geom_type != "Point").any())
    nowhere = lies_in.isna().to_numpy() & ~far & drawn
    found = []
    for key, hit in (("far_away", far), ("in_no_village", nowhere)):
        if hit.any():
            first = int(np.flatnonzero(hit)[0])
            where = f"{y[first]:.4f}, {x[first]:.4f}"
            row = int(rows["source_row"].iloc[first])
            found.append(Fault(key, "note", row, "lat/lon", where, {"count": int(hit.sum())}))
    return found


def _elsewhere(checked: Checked, rows: gpd.GeoDataFrame, lies_in: pd.Series, villages: gpd.GeoDataFrame) -> list[Fault]:
    """Rows whose stated village, code or name, is another than the one they lie in."""
    if rows.empty or not (rows.geom_type == "Point").all():
        return []
    stated = stated_villages(checked).dropna()
    rows = rows[rows["source_row"].isin(stated.index)]
    if rows.empty:
        return []
    by_code = villages.drop_duplicates("village_code").set_index("village_code")
    by_name: dict[str, set[str]] = {}
    for code, name in zip(villages["village_code"], villages["name"], strict=True):
        by_name.setdefault(bare_name(name), set()).add(code)
    faults = []
    for row, code, found in zip(rows["source_row"], rows["village_code"], lies_in[rows.index], strict=True):
        text = str(stated[row])
        meant = {code} if code in by_code.index else by_name.get(bare_name(text), set())
        if not isinstance(found, str) or not meant or found in meant:
            continue
        key = "village_conflict_near" if by_code.at[found, "boundary"] == "approximate" else "village_conflict"
        names = {"stated": _told(sorted(meant)[0], by_code), "found": _told(found, by_code)}
        faults.append(Fault(key, "note", int(row), checked.sources.get("village_code"), text, names))
    return faults


def _told(code: str, by_code: pd.DataFrame) -> str:
    name: Any = by_code.at[code, "name"]
    return f"{name} ({code})"
