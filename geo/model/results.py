"""What comes out: an `Analysis`, and the notices beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd


@dataclass(frozen=True)
class Notice:
    """Something in the data that the reader should know: a text key, where, and the figures of its sentence."""

    key: str
    table: str
    ids: tuple[str, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Analysis:
    """Everything that maps, tables and files are made from.

    `villages` has one row per village (and one without a code for places outside every village), `places` one per
    demand place, `water_points` and `sanitation` one per site with its load, `priorities` one per repairable site,
    `totals` the sums by service, `conflicts` the sources too near to excreta storage, `needs` what is counted beside
    the states: ladders, open defecation, tanks, institutions, conflicts, and `not_listed`: by service and reason the
    sites in need of repair that the standard never counts; `reach_areas` the ground in reach of working
    sites on foot, by service (empty by line: circles tell it).
    """

    villages: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    water_points: gpd.GeoDataFrame
    sanitation: gpd.GeoDataFrame
    institutions: gpd.GeoDataFrame
    priorities: gpd.GeoDataFrame
    totals: Mapping[str, Mapping[str, Any]]
    notices: tuple[Notice, ...]
    provenance: Mapping[str, Any]
    conflicts: gpd.GeoDataFrame
    needs: Mapping[str, Any]
    reach_areas: Mapping[str, Any]

    def bounds(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north of the area's villages, or of its sites where there are none."""
        for table in (self.villages, self.places, self.water_points):
            shapes = table[table.geometry.notna()]
            if len(shapes):
                west, south, east, north = shapes.total_bounds
                return float(west), float(south), float(east), float(north)
        return 95.0, -11.0, 141.0, 6.0
