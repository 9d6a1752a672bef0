"""The forum's changes, replayed in order over a data version: new inputs, the old ones stay as they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point

from geo.model.changes import Changes, CostChange, Move, NewSite, Note, Photo, SiteChange, Upgrade
from geo.model.errors import CallError
from geo.model.inputs import Inputs
from geo.model.sites import SITE_TABLES, kind_column, site_id_column
from geo.priorities.costs import CostSheet, shipped_costs

#: How the source of a row begins that a plan or a decision put there.
PLANNED = "rencana / plan"


def apply_changes(inputs: Inputs, changes: Changes) -> Inputs:
    """Return the inputs with statuses, capacities and new sites replayed in order; costs are `costs_of`.

    Raises
    ------
    CallError
        If a change names a site that this data version does not have, or a new site one that it has.
    """
    tables = inputs.tables()
    for change in changes:
        if isinstance(change, CostChange):
            continue
        name = SITE_TABLES[change.service]
        tables[name] = _applied(tables[name], change)
    changed = any(table is not getattr(inputs, name) for name, table in tables.items())
    return replace(inputs, **tables) if changed else inputs


def costs_of(changes: Changes) -> CostSheet:
    """Return the cost sheet: the shipped one with the forum's lines in place of its own."""
    return shipped_costs().with_changes(change for change in changes if isinstance(change, CostChange))


def _applied(table: gpd.GeoDataFrame, change: SiteChange) -> gpd.GeoDataFrame:
    column = site_id_column(change.service)
    hit = table[column] == change.site_id
    if isinstance(change, NewSite):
        if hit.any():
            raise CallError("error.site_exists", site_id=change.site_id)
        return with_rows(table, [new_row(change)])
    if not hit.any():
        raise CallError("error.unknown_site", site_id=change.site_id)
    table = table.copy()
    if isinstance(change, Upgrade):
        extra = table["extra_people"] if "extra_people" in table else pd.Series(0.0, index=table.index)
        table["extra_people"] = extra.fillna(0.0).where(~hit, extra.fillna(0.0) + change.people)
        return table
    if isinstance(change, Move):
        shapes = [Point(change.lon, change.lat) if yes else old for yes, old in zip(hit, table.geometry, strict=True)]
        return table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=table.crs))
    if isinstance(change, Photo):
        table.loc[hit, "photo_url"] = change.photo_url
        return table
    if isinstance(change, Note):
        notes = table["note"] if "note" in table else pd.Series(None, index=table.index, dtype=object)
        table["note"] = notes.astype(object).mask(hit, change.note)
        return table
    table.loc[hit, "status"] = change.status
    if change.reported_on is not None:
        table.loc[hit, "reported_on"] = pd.Timestamp(change.reported_on)
    return table


def new_row(change: NewSite) -> dict[str, Any]:
    """Return a new site as a row of its table."""
    return {
        site_id_column(change.service): change.site_id,
        kind_column(change.service): change.technology,
        "name": change.name,
        "village_code": change.village_code,
        "status": "functional",
        "capacity_people": change.capacity_people,
        "data_source": PLANNED,
        "source_row": 0,
        "geometry": Point(change.lon, change.lat),
    }


def with_rows(table: gpd.GeoDataFrame, rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Return the table with rows added; what they do not say is missing. Types stay those of the table."""
    if not rows:
        return table
    names = [name for name in dict.fromkeys([*table.columns, *(k for row in rows for k in row)]) if name != "geometry"]
    both = {}
    for name in names:
        old = table[name].tolist() if name in table else [None] * len(table)
        values = pd.Series([*old, *(row.get(name) for row in rows)], dtype=object)
        typed = name in table and len(table) and table[name].dtype != object
        both[name] = values.astype(table[name].dtype) if typed else values
    shapes = [*table.geometry, *(row["geometry"] for row in rows)]
    return gpd.GeoDataFrame(both, geometry=shapes, crs=table.crs or "EPSG:4326")
