"""The one-way road: `Inputs`, `Changes` and `Params` go in, an `Analysis` comes out. All are frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.model.areas import normalise_code
from geo.model.changes import SERVICES as SERVICES
from geo.model.changes import STATUSES as STATUSES
from geo.model.changes import Change as Change
from geo.model.changes import Changes as Changes
from geo.model.errors import CallError
from geo.model.facts import columns_of, facts, standard_keys

CODE_VERSION = "0.1.0"
#: The source of a row that is none of real data.
SAMPLE = "sample"
#: How the source of a row ends whose facts are real and whose survey columns are sample.
SAMPLE_SURVEY = "; survey columns: sample"
#: The table with the sites of a service.
SITE_TABLES = {"water": "water_points", "sanitation": "sanitation"}
TABLES = ("villages", "settlements", "water_points", "sanitation", "institutions", "reports", "roads", "buildings")
STATES = ("on_premises", "served", "over_capacity", "out_of_reach", "unmapped")
SEASONS = ("wet", "dry")
METRICS = ("line", "walk")
REPAIRABLE = ("needs_repair", "not_in_use", "dry_season", "non_functional", "unknown")


def empty_table(table: str) -> gpd.GeoDataFrame:
    """Return a table without rows but with all its declared columns.

    Examples
    --------
    >>> len(empty_table("roads"))
    0
    """
    names = [*columns_of(table), "source_row"]
    return gpd.GeoDataFrame({name: pd.Series(dtype=object) for name in names}, geometry=[], crs="EPSG:4326")


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
    buildings: gpd.GeoDataFrame
    version: str = "unsaved"
    sources: Mapping[str, str] = field(default_factory=dict)
    elevation: Path | None = None

    @classmethod
    def of(cls, tables: Mapping[str, gpd.GeoDataFrame], **more: Any) -> Inputs:
        """Build inputs from those tables that exist; the others are empty, not missing."""
        full = {name: tables.get(name) for name in TABLES}
        return cls(**{name: empty_table(name) if table is None else table for name, table in full.items()}, **more)

    def tables(self) -> dict[str, gpd.GeoDataFrame]:
        """Return the tables by name."""
        return {name: getattr(self, name) for name in TABLES}


@dataclass(frozen=True)
class Params:
    """What a user may turn: yardstick, reach, season, capacity, weights.

    `radius_m` is the reach of water points in metres (None: the standard's); `weights` are pairs of criterion and
    weight; `as_of` is the day ages are counted to. Unknown names are refused.
    """

    area: str | None = None
    standard: str = "id"
    radius_m: float | None = None
    metric: str = "line"
    season: str = "wet"
    capacity: bool = True
    detour: float = 1.0
    walking_kmh: float = 4.0
    queue_min: float = 0.0
    assume_mapped: bool = False
    top_n: int = 10
    draws: int = 2000
    spread: str = "around"
    weights: tuple[tuple[str, float], ...] = ()
    as_of: date = field(default_factory=date.today)

    def __post_init__(self) -> None:
        if self.area is not None:
            object.__setattr__(self, "area", normalise_code(self.area))
        _one_of("standard", self.standard, standard_keys())
        _one_of("metric", self.metric, list(METRICS))
        _one_of("season", self.season, list(SEASONS))
        _one_of("spread", self.spread, ["around", "simplex"])
        for name in ("walking_kmh", "detour"):
            _at_least(name, getattr(self, name), above=0)
        for name, value in (("queue_min", self.queue_min), *self.weights):
            _at_least(name, value, above=-1e-300)
        if self.radius_m is not None:
            _at_least("radius_m", self.radius_m, above=0)
        for name, _ in self.weights:
            _one_of("weights", name, list(facts("criteria")))

    def weight_of(self) -> dict[str, float]:
        """Return the weight of every criterion: the shipped one unless set."""
        shipped = {name: float(entry["weight"]) for name, entry in facts("criteria").items()}
        return shipped | {name: float(value) for name, value in self.weights}

    def with_(self, **changes: Any) -> Params:
        """Return a copy with some values changed."""
        return replace(self, **changes)


def _one_of(name: str, value: object, known: list[str]) -> None:
    if value not in known:
        raise CallError("error.option", name=name, value=value, known=", ".join(known))


def _at_least(name: str, value: float, *, above: float) -> None:
    if not (value > above and value < float("inf")):
        raise CallError("error.number" if above == 0 else "error.not_negative", name=name, value=value)


@dataclass(frozen=True)
class Problem:
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
    the states: ladders, open defecation, tanks, institutions, conflicts; `reach_areas` the ground in reach of working
    sites on foot, by service (empty by line: circles tell it).
    """

    villages: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    water_points: gpd.GeoDataFrame
    sanitation: gpd.GeoDataFrame
    institutions: gpd.GeoDataFrame
    priorities: gpd.GeoDataFrame
    totals: Mapping[str, Mapping[str, Any]]
    problems: tuple[Problem, ...]
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
