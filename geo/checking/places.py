"""The place of every row: of the first of its places that reads; parts of one village as one."""

from __future__ import annotations

from typing import Any

import pandas as pd
import shapely

from geo.checking.column_mapping import ColumnMapping
from geo.checking.findings import Findings
from geo.checking.geometry import APART_DEG, checked_shapes, from_wkt, points_from_text
from geo.model.facts import facts
from geo.reading.raw_table import Fault, RawTable, cell_text


def shapes_of(raw: RawTable, text: pd.DataFrame, table: str, mapping: ColumnMapping, found: Findings) -> pd.Series:
    """The place of every row: of the first of its places that reads; what was passed over is told."""
    kinds = facts("tables")[table]["geometry"]
    shapes, left, passed = None, {}, 0
    for name in _place_order(raw, text, kinds):
        rows = text.index if shapes is None else pd.Index(list(left))
        if shapes is not None and not left:
            break
        given, fixes, bad = _places(name, raw, text.loc[rows], kinds, mapping)
        for fault in fixes:
            found.fix(fault.key, fault.column, fault.value, [int(fault.row or 0)])
        if shapes is None:
            shapes, left = given, bad
            continue
        read = [row for row in left if row not in bad]
        shapes = shapes.astype(object)
        for row in read:
            shapes[row] = given[row]
        passed += len(read)
        left = {row: _sayer(faults, bad[row]) for row, faults in left.items() if row in bad}
    for row, faults in left.items():
        if not any(fault.key in _TOLD for fault in found.rejected.get(row, [])):
            for fault in faults:
                found.reject(fault)
    if passed:
        found.notes.append(Fault("other_place", "note", values={"count": passed}))
    if kinds == ["Point"] and {"lat", "lon"} <= set(text.columns) and (raw.geometry is not None or "wkt" in text):
        found.notes += _elsewhere(raw, shapes, text, kinds, mapping)
    assert shapes is not None
    return shapes


#: Faults of a place that say more than that there is none.
_TOLD = ("link_without_place", "grid_zone", "grid_place", "code_without_place")


def _elsewhere(
    raw: RawTable, shapes: pd.Series, text: pd.DataFrame, kinds: list[str], mapping: ColumnMapping
) -> list[Fault]:
    """Rows whose geometry says another place than their latitude and longitude: counted, the first told."""
    if raw.geometry is None:
        others, _, bad = checked_shapes(from_wkt(text["wkt"]), kinds, text["wkt"])
        if len(bad) == len(text) and text["wkt"].notna().any():  # a column that is called a geometry, and is none
            return [Fault("no_geometry", "note", None, "wkt", next(iter(text["wkt"].dropna()))[:60])]
    else:
        others, _, _ = points_from_text(text["lat"], text["lon"], mapping.options)
    key = "two_places" if raw.geometry is None else "shape_or_columns"
    far = text.index[shapely.distance(shapes.to_numpy(), others.to_numpy()) > APART_DEG]
    if not len(far):
        return []
    one, other = shapes[far[0]], others[far[0]]
    words = f"{one.y:.5f}, {one.x:.5f} / {other.y:.5f}, {other.x:.5f}"
    return [Fault(key, "note", int(far[0]), "lat/lon", words, {"count": len(far)})]


def _place_order(raw: RawTable, text: pd.DataFrame, kinds: list[str]) -> list[str]:
    """Where the places of rows may stand, the first to be believed first: an area's outline before its middle."""
    has = {"shape": raw.geometry is not None, "wkt": "wkt" in text, "pair": {"lat", "lon"} <= set(text.columns)}
    order = ["shape", "pair", "wkt"] if kinds == ["Point"] else ["shape", "wkt", "pair"]
    return [name for name in order if has[name]]


def _places(
    name: str, raw: RawTable, text: pd.DataFrame, kinds: list[str], mapping: ColumnMapping
) -> tuple[pd.Series, list[Fault], dict[int, list[Fault]]]:
    if name == "shape":
        assert raw.geometry is not None
        return checked_shapes(raw.geometry.loc[text.index], kinds)
    if name == "wkt":
        return checked_shapes(from_wkt(text["wkt"]), kinds, text["wkt"])
    return points_from_text(text["lat"], text["lon"], mapping.options)


def _sayer(first: list[Fault], second: list[Fault]) -> list[Fault]:
    """Of two places that cannot be read, what is wrong with the one that is not just empty."""
    empty = ("no_coordinates", "empty_geometry")
    return second if first[0].key in empty and second[0].key not in empty else first


def parts_joined(typed: pd.DataFrame, found: Findings) -> tuple[pd.DataFrame, int]:
    """Rows of one village that each hold a part of its area, as one; what they say differently is left empty."""
    good = ~typed.index.isin(list(found.rejected)) & typed["village_code"].notna()
    area = typed["geometry"].map(lambda shape: shape is not None and shape.geom_type in ("Polygon", "MultiPolygon"))
    again = (
        good
        & area
        & typed["village_code"].duplicated(keep=False)
        & typed["village_code"].where(good & area).duplicated(keep=False)
    )
    if not again.any():
        return typed, 0
    typed = typed.copy()
    gone: list[int] = []
    for code, rows in typed[again].groupby("village_code").groups.items():
        first, rest = int(rows[0]), [int(row) for row in rows[1:]]
        if not _apart(typed.loc[rows, "geometry"].tolist()):
            continue  # one over the other: the same village twice
        typed.at[first, "geometry"] = shapely.union_all(typed.loc[rows, "geometry"].tolist())
        for name in typed.columns.difference(["geometry", "village_code", "data_source", "name"]):
            told = typed.loc[rows, name].dropna().unique()
            if len(told) == 1 and typed.at[first, name] is None:
                typed.at[first, name] = told[0]
            if len(told) > 1:
                values = " / ".join(cell_text(one) or "" for one in told)
                found.blank(Fault("parts_differ", "rejected", first, name, values, {"code": str(code)}))
                typed.at[first, name] = None
        names = typed.loc[rows, "name"].dropna().unique() if "name" in typed else []
        if len(names) > 1:
            where = {"code": str(code), "rows": ", ".join(map(str, rows[:5]))}
            found.notes.append(Fault("parts_named", "note", first, "name", " / ".join(map(str, names)), where))
        gone += rest
    if gone:
        codes = sorted({str(code) for code in typed.loc[gone, "village_code"]})
        found.notes.append(
            Fault("parts_joined", "note", gone[0], values={"count": len(gone), "codes": ", ".join(codes[:5])})
        )
    return typed.drop(index=gone), len(gone)


def _apart(shapes: list[Any]) -> bool:
    """Whether areas lie beside each other: less than a hundredth of them is shared."""
    whole = sum(shape.area for shape in shapes)
    return bool(whole > 0 and shapely.union_all(shapes).area > 0.99 * whole)
