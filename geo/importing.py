"""From files to a data version: check every table, look across tables, save what is good, keep what is not."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.errors import DataError
from geo.mapping import mapping_for
from geo.model import TABLES, Inputs
from geo.rawtable import Fault
from geo.readers import read_any
from geo.validate import Checked, check
from geo.workspace import load, save

#: Points further than this from every village (degrees, a coarse sieve only) are looked at for a swap or a lost sign.
_MARGIN = 0.5


@dataclass(frozen=True, eq=False)
class Import:
    """What an import did: the new version, the checked tables, and the tables kept or dropped."""

    version: str
    tables: dict[str, Checked]
    kept: tuple[str, ...]
    dropped: tuple[str, ...]


def check_file(path: Path, table: str, mapping_path: Path | None = None) -> Checked:
    """Read a file and check it as a table."""
    mapping = mapping_for(table, mapping_path)
    return check(read_any(path, mapping.options), table, mapping)


def read_tables(files: MappingType[str, Path], mapping_path: Path | None = None) -> dict[str, Checked]:
    """Read and check files by table name, then across tables."""
    checked = {table: check_file(path, table, mapping_path) for table, path in files.items()}
    villages = checked["villages"].rows if "villages" in checked else None
    if villages is not None and len(villages):
        for table in checked:
            if table not in ("villages", "roads"):
                checked[table] = _against_villages(checked[table], villages)
    return checked


def inputs_of(checked: MappingType[str, Checked]) -> Inputs:
    """Make inputs of checked tables without a workspace."""
    tables = {name: table.rows for name, table in checked.items()}
    return Inputs.of(tables, sources={name: table.path for name, table in checked.items()})


def import_files(
    workspace: Path, files: MappingType[str, Path], mapping_path: Path | None = None, surveyed_on: date | None = None
) -> Import:
    """Import files as a new data version.

    Good rows go in; bad rows stay in `Checked.rejects`. Tables not given are kept from the current version, except that
    new villages drop sample rows: the sample belongs to the shipped areas only.

    Parameters
    ----------
    workspace
        Folder; made if missing.
    files
        Path by table name.
    mapping_path
        Mapping file (TOML).
    surveyed_on
        Declares the inventory of these villages completed on that day where the file does not say.

    Raises
    ------
    DataError
        If a file cannot be read, or not one row of a table is good.
    """
    checked = read_tables(files, mapping_path)
    for table in checked.values():
        if table.read and not table.accepted:
            raise DataError("error.nothing_accepted", path=table.path, count=table.read)
    tables = {name: table.rows for name, table in checked.items()}
    if surveyed_on is not None and "villages" in tables:
        surveyed = tables["villages"]["surveyed_on"].fillna(pd.Timestamp(surveyed_on))
        tables["villages"] = tables["villages"].assign(surveyed_on=surveyed)
    sources = {name: table.path for name, table in checked.items()}
    kept, dropped = [], []
    if (workspace / "current").is_file():
        old = load(workspace)
        for name, table in old.tables().items():
            if name in tables or table.empty:
                continue
            if "villages" in checked and (table["data_source"] == "sample").any():
                dropped.append(name)
                continue
            tables[name] = table
            sources[name] = str(old.sources.get(name, ""))
            kept.append(name)
    version = save(workspace, {name: tables[name] for name in TABLES if name in tables}, sources)
    return Import(version, checked, tuple(kept), tuple(dropped))


def _against_villages(checked: Checked, villages: gpd.GeoDataFrame) -> Checked:
    """Reject points that lie in these villages only after a swap or a change of sign; note unknown village codes."""
    rows = checked.rows
    faults: list[Fault] = []
    if len(rows) and (rows.geom_type == "Point").all():
        faults = _misplaced(rows, villages.total_bounds)
    bad = {fault.row for fault in faults}
    keep = ~rows["source_row"].isin(bad)
    unknown = rows["village_code"].notna() & ~rows["village_code"].isin(set(villages["village_code"])) & keep
    if unknown.any():
        codes = sorted(set(rows.loc[unknown, "village_code"]))
        values = {"count": int(unknown.sum()), "codes": ", ".join(codes[:10])}
        faults.append(Fault("unknown_village", "note", column="village_code", values=values))
    if not faults:
        return checked
    moved = [
        _reject_row(rows[rows["source_row"] == fault.row].iloc[0], fault) for fault in faults if fault.row is not None
    ]
    rejects = pd.concat([checked.rejects, pd.DataFrame(moved)], ignore_index=True) if moved else checked.rejects
    return replace(checked, rows=rows[keep].reset_index(drop=True), faults=(*checked.faults, *faults), rejects=rejects)


def _misplaced(rows: gpd.GeoDataFrame, bounds: np.ndarray) -> list[Fault]:
    x, y = rows.geometry.x.to_numpy(), rows.geometry.y.to_numpy()
    near = shapely.box(bounds[0] - _MARGIN, bounds[1] - _MARGIN, bounds[2] + _MARGIN, bounds[3] + _MARGIN)
    inside = shapely.contains_xy(near, x, y)
    proposals = {"looks_swapped": (y, x), "lost_sign": (x, -y), "lost_sign_lon": (-x, y)}
    faults, told = [], inside.copy()
    for key, (east, north) in proposals.items():
        hit = shapely.contains_xy(near, east, north) & ~told
        told |= hit
        for row, lon, lat in zip(rows["source_row"][hit], x[hit], y[hit], strict=True):
            faults.append(Fault(key, "rejected", int(row), "lat/lon", f"{lat}, {lon}"))
    return faults


def _reject_row(row: pd.Series, fault: Fault) -> dict[str, object]:
    cells = {str(name): value for name, value in row.drop("geometry").items()}
    return (
        {"row": fault.row, "reason": f"lat/lon: {fault.key}", "raw_line": None}
        | cells
        | {"geometry_wkt": row.geometry.wkt}
    )
