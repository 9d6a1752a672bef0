"""From files to a data version: check every table, look across tables, save what is good, keep what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.checking.checked_table import Checked, both
from geo.checking.column_mapping import mapping_for
from geo.checking.layouts import read_for, understood
from geo.checking.positions import placed
from geo.checking.validate import check
from geo.checking.village_counts import counts_checked
from geo.model.errors import DataError
from geo.model.facts import columns_of, facts
from geo.model.inputs import Inputs
from geo.model.sites import SITE_TABLES, TABLES
from geo.reach.elevation import read_elevation
from geo.workspace.against_known import against_known, against_villages
from geo.workspace.history import earlier_reports, joining, of_no_site, outdated, placed_by_id
from geo.workspace.population_grid import settlements_of
from geo.workspace.settings import codes_for, say_codes
from geo.workspace.versions import current, held, load, save

#: Files of settlements with these endings are grids of people.
RASTERS = (".tif", ".tiff")
#: Tables of sites, which reports are of.
_SITES = tuple(SITE_TABLES.values())


@dataclass(frozen=True, eq=False)
class Import:
    """What an import did: the new version, the checked tables, the tables kept or dropped, and how many rows of each
    table were `added`, are `gone` or `changed` since the version before.

    Of one that was only tried, `version` is empty, and `before` and `after` are the data there are and would be.
    """

    version: str
    tables: dict[str, Checked]
    kept: tuple[str, ...]
    dropped: tuple[str, ...]
    changed: dict[str, dict[str, int]]
    before: Inputs | None = None
    after: Inputs | None = None


def check_file(
    path: Path,
    table: str,
    mapping_path: Path | None = None,
    known: Inputs | None = None,
    *,
    strict: bool = False,
    codes: str | None = None,
    plain: bool = False,
) -> Checked:
    """Read a file and check it as a table; a GeoTIFF of people makes settlements, counts join the known villages.

    Parameters
    ----------
    path, table
        The file, and the table it is to become.
    mapping_path
        Mapping file (TOML).
    known
        The data version there is.
    strict
        A cell that cannot be read rejects its row; else it is left empty and told.
    codes
        What the codes of villages are (`geo.checking.column_mapping.CODES`); as the mapping says if left out.
    plain
        Columns are ours, and a row is what it says: none of what a sheet's other rows may say of it is looked for.
    """
    if table == "settlements" and path.suffix.lower() in RASTERS:
        return settlements_of(path, None)
    mapping = mapping_for(table, mapping_path)
    mapping = replace(mapping, options=mapping.options | {"strict": strict} | ({"codes": codes} if codes else {}))
    raw = read_for(path, table, mapping)
    if not plain:
        raw, mapping = understood(raw, table, mapping)
    if table == "villages" and known is not None:
        counts = counts_checked(raw, known.villages, mapping)
        if counts is not None:
            return counts
    elif table == "villages" and not placed(raw, table, mapping):
        raise DataError("error.counts_alone", path=path.name)
    if table == "reports" and known is not None and not placed(raw, table, mapping):
        raw = placed_by_id(raw, known, mapping)
    checked = check(raw, table, mapping)
    return joining(checked) if table == "reports" else replace(checked, history=earlier_reports(raw, table, mapping))


def read_tables(
    files: Mapping[str, Path],
    mapping_path: Path | None = None,
    known: Inputs | None = None,
    *,
    strict: bool = False,
    codes: str | None = None,
    plain: bool = False,
) -> dict[str, Checked]:
    """Read and check files by table name, then against the villages among them, else those `known` already.

    Points that may be one with a known one are told: what they mean depends on whether the rows join those there are.
    """
    grid = files["settlements"] if files.get("settlements", Path()).suffix.lower() in RASTERS else None
    rest = {table: path for table, path in files.items() if table != "settlements" or grid is None}
    checked = {
        table: check_file(path, table, mapping_path, known, strict=strict, codes=codes, plain=plain)
        for table, path in rest.items()
    }
    for past in [found.history for found in checked.values() if found.history is not None]:
        checked["reports"] = both(checked["reports"], past) if "reports" in checked else past
    villages = checked["villages"].rows if "villages" in checked else None if known is None else known.villages
    for table in checked:
        if villages is not None and len(villages) and "village_code" in columns_of(table) and table != "villages":
            checked[table] = against_villages(checked[table], villages)
        if known is not None:
            checked[table] = against_known(checked[table], known)
    if grid is not None:
        checked["settlements"] = settlements_of(grid, villages)
    if "reports" in checked:
        sites = [table.rows for name, table in checked.items() if name in _SITES]
        there = [] if known is None else [known.tables()[name] for name in _SITES]
        checked["reports"] = of_no_site(checked["reports"], [*sites, *there])
    return checked


def inputs_of(checked: Mapping[str, Checked], elevation: Path | None = None) -> Inputs:
    """Make inputs of checked tables (and a raster of heights) without a workspace."""
    tables = {name: table.rows for name, table in checked.items()}
    return Inputs.of(tables, sources={name: table.path for name, table in checked.items()}, elevation=elevation)


def import_files(
    workspace: Path,
    files: Mapping[str, Path],
    mapping_path: Path | None = None,
    surveyed_on: date | None = None,
    *,
    add: bool = False,
    elevation: Path | None = None,
    no_elevation: bool = False,
    strict: bool = False,
    codes: str | None = None,
    seen: Callable[[dict[str, Checked]], None] = lambda checked: None,
    dry_run: bool = False,
    plain: bool = False,
) -> Import:
    """Import files as a new data version.

    Good rows go in; bad rows stay in `Checked.rejects`. A table given takes the place of the current version's, or,
    with `add`, joins it: rows of the same id are replaced. Tables not given are kept, except that new villages drop
    sample rows: the sample belongs to the shipped areas only.

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
    add
        Join the rows to those there are.
    elevation
        Raster of heights (GeoTIFF); the old one is kept where none is given.
    no_elevation
        Leave the old heights out.
    strict
        Reject the whole row of a cell that cannot be read.
    codes
        What the codes of villages are from now on in this workspace; as it says already if left out.
    seen
        Told the checked tables before anything is refused or saved: faults and rejects are there in any case.
    dry_run
        Save nothing: return what there would be.
    plain
        As for `check_file`.

    Raises
    ------
    DataError
        If a file cannot be read, or not one row of a table is good.
    """
    old = load(workspace) if (workspace / "current").is_file() else None
    if elevation is not None:
        read_elevation(elevation)  # refused before anything is saved
    codes = codes_for(workspace, mapping_path, codes)
    checked = read_tables(files, mapping_path, old, strict=strict, codes=codes, plain=plain)
    seen(checked)
    checked = {
        name: replace(table, raw=None, history=None) for name, table in checked.items()
    }  # large files fill the memory twice
    for table in checked.values():
        if table.read and not table.accepted:
            raise DataError("error.nothing_accepted", path=table.path, count=table.read)
    made_up = old is not None and old.sample_heights and _anew(checked, add=add)  # they go with the sample's villages
    heights = elevation or (None if old is None or no_elevation or made_up else old.elevation)
    together = partial(_put_together, checked, heights=heights, surveyed_on=surveyed_on, add=add, elevation=elevation)
    if dry_run:
        tables, sources, kept, dropped = together(old)
        after = Inputs.of(tables, sources=sources, elevation=heights)
        return Import("", checked, kept, dropped, _changes(old, tables, checked), old, after)
    with held(workspace):  # another import may have ended meanwhile: what it brought stays
        if old is not None and current(workspace) != old.version:
            old = load(workspace)
        tables, sources, kept, dropped = together(old)
        version = save(workspace, tables, sources, heights)
        say_codes(workspace, codes)
        return Import(version, checked, kept, dropped, _changes(old, tables, checked))


def _changes(old: Inputs | None, tables: Mapping[str, gpd.GeoDataFrame], names: Iterable[str]) -> dict[str, Any]:
    return {} if old is None else {name: _changed(old.tables()[name], tables[name], name) for name in names}


def _anew(checked: Mapping[str, Checked], *, add: bool) -> bool:
    """Whether the villages there were are replaced: the sample that lay in them goes with them."""
    return "villages" in checked and not (add or checked["villages"].joins)


def _put_together(
    checked: dict[str, Checked],
    old: Inputs | None,
    *,
    heights: Path | None,
    surveyed_on: date | None,
    add: bool,
    elevation: Path | None,
) -> tuple[dict[str, gpd.GeoDataFrame], dict[str, str], tuple[str, ...], tuple[str, ...]]:
    """Checked tables with those of the version there is: tables, their sources, which were kept, which dropped."""
    tables = {name: table.rows for name, table in checked.items()}
    if surveyed_on is not None and "villages" in tables:
        surveyed = tables["villages"]["surveyed_on"].fillna(pd.Timestamp(surveyed_on))
        tables["villages"] = tables["villages"].assign(surveyed_on=surveyed)
    sources = {name: table.path for name, table in checked.items()}
    if elevation is not None:
        sources["elevation"] = elevation.name
    elif heights is not None and old is not None:
        sources["elevation"] = str(old.sources.get("elevation", heights.name))
    anew = _anew(checked, add=add)
    kept, dropped = [], ["elevation"] if heights is None and old is not None and old.sample_heights else []
    if old is not None:
        tables = _with_past(old, tables)
        for name, table in old.tables().items():
            if name in tables and (add or name not in checked or checked[name].joins):
                tables[name] = _joined(table, tables[name], name)
                sources[name] = " + ".join(filter(None, (str(old.sources.get(name, "")), sources.get(name))))
            if name in tables or table.empty:
                continue
            if anew and (table["data_source"] == "sample").any():
                dropped.append(name)
                continue
            tables[name] = table
            sources[name] = str(old.sources.get(name, ""))
            kept.append(name)
    ordered = {name: tables[name] for name in TABLES if name in tables}
    return ordered, sources, tuple(kept), tuple(dropped)


def _with_past(old: Inputs, tables: dict[str, gpd.GeoDataFrame]) -> dict[str, gpd.GeoDataFrame]:
    """The tables, and what newer rows of them took the place of joined to the reports."""
    past = outdated(old, tables)
    if past.empty:
        return tables
    return tables | {"reports": _joined(past, tables["reports"], "reports") if "reports" in tables else past}


def _changed(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, name: str) -> dict[str, int]:
    """Count rows by their id: added, gone, and those of both whose content or place differs."""
    key = facts("tables")[name]["key"]
    before, after = (_content(table, name).set_axis(table[key].to_numpy()) for table in (old, new))
    both = before.index.intersection(after.index)
    differ = (before[both].to_numpy() != after[both].to_numpy()).sum() if len(both) else 0
    return {"added": len(after) - len(both), "gone": len(before) - len(both), "changed": int(differ)}


def _content(table: gpd.GeoDataFrame, name: str) -> pd.Series:
    """One number for the content of each row, its place included, its source not."""
    columns = [column for column in columns_of(name) if column != "data_source"]
    text = table[columns].astype("string").fillna("")
    return pd.util.hash_pandas_object(text.assign(shape=table.geometry.to_wkb(hex=True)), index=False)


def _joined(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """The old rows that no new one has the id of, then the new ones."""
    key = facts("tables")[name]["key"]
    rest = old[~old[key].isin(set(new[key]))]
    if rest.empty:
        return new
    return gpd.GeoDataFrame(pd.concat([rest[new.columns], new], ignore_index=True), geometry="geometry", crs=new.crs)
