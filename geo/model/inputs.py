"""The one-way road: `Inputs`, `Changes` and `Params` go in, an `Analysis` comes out. All are frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd

from geo.model.sites import SAMPLE_FILE, TABLES
from geo.model.tables import empty_table

CODE_VERSION = "0.1.0"


@dataclass(frozen=True, eq=False)
class Inputs:
    """The validated tables of one data version. They are read, never written.

    `reports` are the earlier reports of sites, their history. `version` is the hash of the content; `sources` names the
    files the rows came from; `elevation` is a raster of heights for walking over slope, where there is one.
    """

    villages: gpd.GeoDataFrame
    settlements: gpd.GeoDataFrame
    water_points: gpd.GeoDataFrame
    sanitation: gpd.GeoDataFrame
    institutions: gpd.GeoDataFrame
    reports: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    rivers: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    version: str = "unsaved"
    sources: Mapping[str, str] = field(default_factory=dict)
    elevation: Path | None = None

    @classmethod
    def of(cls, tables: Mapping[str, gpd.GeoDataFrame], **more: Any) -> Inputs:
        """Build inputs from those tables that exist; the others are empty, not missing."""
        full = {name: tables.get(name) for name in TABLES}
        return cls(**{name: empty_table(name) if table is None else table for name, table in full.items()}, **more)

    @property
    def sample_heights(self) -> bool:
        """Whether the heights are made up, as the file that they came from says."""
        return self.elevation is not None and self.sources.get("elevation", "").endswith(SAMPLE_FILE)

    def tables(self) -> dict[str, gpd.GeoDataFrame]:
        """Return the tables by name."""
        return {name: getattr(self, name) for name in TABLES}
