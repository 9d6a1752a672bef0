"""What is counted beside the states: ladders by village, and totals of tanks, institutions, conflicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.coverage.demand import demand_places
from geo.coverage.facilities import need_totals
from geo.coverage.ladders import (
    HYGIENE_RUNGS,
    SANITATION_RUNGS,
    WATER_RUNGS,
    hygiene_ladder,
    sanitation_ladder,
    water_rungs,
)
from geo.coverage.villages import VillageRows, sum_known, sums_by, village_rows
from geo.model.arrays import Floats
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.model.per_version import per_version
from geo.reach.distance import Ways


def ladder_figures(
    inputs: Inputs, rows: VillageRows, places: pd.DataFrame, water: gpd.GeoDataFrame, params: Params, ways: Ways
) -> dict[str, Any]:
    """Return the ladders of each row of the table of villages, arrays by name.

    They are ``rung_*`` (people), ``sanitation_rung_*, hygiene_rung_*`` (households) and odf.
    The row of places outside every village has no household counts.
    """
    safe_share = _safe_share(inputs, assume_mapped=params.assume_mapped)
    counted = _of_households(inputs, area=params.area, assume_mapped=params.assume_mapped)
    rungs = rows.of_groups(sums_by(rows.number, rows.size, water_rungs(places, water, safe_share, params, ways)))
    return {f"rung_{name}": people for name, people in zip(WATER_RUNGS, rungs.T, strict=True)} | counted


@per_version
def _safe_share(inputs: Inputs, *, assume_mapped: bool) -> Floats:
    """Share of people with safely managed water of each place; missing where the village does not know it."""
    villages = inputs.villages
    safe = pd.to_numeric(villages["hh_water_safe"], errors="coerce")
    safe = safe / pd.to_numeric(villages["households"], errors="coerce")
    safe = safe.clip(0, 1).where(np.isfinite(safe)).set_axis(villages["village_code"].to_numpy())
    places, _ = demand_places(inputs, assume_mapped=assume_mapped)
    return np.asarray(safe.reindex(places["village_code"].astype(object)), dtype=float)


@per_version
def _of_households(inputs: Inputs, *, area: str | None, assume_mapped: bool) -> dict[str, Any]:
    """The ladders counted in households, by row of the table of villages."""
    villages = inputs.villages
    ladders = pd.concat([sanitation_ladder(villages), hygiene_ladder(villages)], axis=1)
    ladders = ladders.set_axis(villages["village_code"].to_numpy())
    counted = ladders.reindex(village_rows(inputs, area=area, assume_mapped=assume_mapped).table["village_code"])
    return {name: column.to_numpy() for name, column in counted.items()}


def needs_of(
    rows: VillageRows,
    figures: Mapping[str, Any],
    sanitation: pd.DataFrame,
    institutions: pd.DataFrame,
    found: pd.DataFrame,
) -> dict[str, Any]:
    """Sum what is counted beside the states over the villages, facilities and institutions of an area.

    Each ladder holds its rungs (missing where no village knows them) and how many villages know any of them.
    """
    odf = pd.Series(figures["odf"])
    emptying = sanitation["emptying"]
    return {
        "water_rungs": _ladder(rows, figures, "rung_", WATER_RUNGS)
        | {"villages_safe": int((~np.isnan(figures["rung_safely_managed"])).sum())},
        "sanitation_rungs": _ladder(rows, figures, "sanitation_rung_", SANITATION_RUNGS),
        "hygiene_rungs": _ladder(rows, figures, "hygiene_rung_", HYGIENE_RUNGS),
        "odf": {state: int((odf == state).sum()) for state in ("verified", "claimed", "no")}
        | {"unknown": int((odf.isna() & rows.named).sum())},
        "tanks": {state: int((emptying == state).sum()) for state in ("due", "ok", "unknown")}
        | {"furthest_plant_m": _most(sanitation["plant_m"])},
        "institutions": need_totals(institutions),
        "conflicts": len(found),
        "conflict_points": int(found["point_id"].nunique()),
    }


def _ladder(rows: VillageRows, figures: Mapping[str, Any], prefix: str, rungs: tuple[str, ...]) -> dict[str, Any]:
    values = np.column_stack([np.asarray(figures[f"{prefix}{rung}"], dtype=float) for rung in rungs])
    known = (~np.isnan(values[:, :-1])).any(axis=1)
    sums = {rung: sum_known(values[:, k]) for k, rung in enumerate(rungs)}
    return sums | {"villages": int((known & rows.named).sum())}


def _most(column: pd.Series) -> float | None:
    return float(column.max()) if column.notna().any() else None
