"""What is counted beside the states: ladders by village, and totals of tanks, institutions, conflicts."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.distance import Ways
from geo.facilities import need_totals
from geo.ladders import (
    HYGIENE_RUNGS,
    SANITATION_RUNGS,
    WATER_RUNGS,
    hygiene_ladder,
    sanitation_ladder,
    water_rungs,
)
from geo.model import Inputs, Params
from geo.per_version import per_version
from geo.villages import grouped, sum_known, sums_by


def with_ladders(
    table: gpd.GeoDataFrame,
    inputs: Inputs,
    places: pd.DataFrame,
    water: gpd.GeoDataFrame,
    params: Params,
    ways: Ways,
) -> gpd.GeoDataFrame:
    """Add the ladders to a village table: ``rung_*`` (people), ``sanitation_rung_*, hygiene_rung_*`` (households), odf.

    The row of places outside every village has no household counts.
    """
    safe_share, households = _of_households(inputs)
    codes = places["village_code"].astype(object)
    rungs = water_rungs(places, water, safe_share.reindex(codes).set_axis(places.index), params, ways)
    number, index = grouped(codes)
    sums = sums_by(number, len(index), rungs.to_numpy(dtype=float))
    people = pd.DataFrame(sums, index=index, columns=list(rungs.columns)).add_prefix("rung_")
    mine = people.reindex(table["village_code"].fillna("")).set_axis(table.index)
    counted = households.reindex(table["village_code"]).set_axis(table.index)
    return table.join(mine).join(counted)


@per_version
def _of_households(inputs: Inputs) -> tuple[pd.Series, pd.DataFrame]:
    """Share of people with safely managed water, and the ladders counted in households, by village code."""
    villages = inputs.villages
    codes = villages["village_code"].to_numpy()
    safe = pd.to_numeric(villages["hh_water_safe"], errors="coerce")
    safe = safe / pd.to_numeric(villages["households"], errors="coerce")
    ladders = pd.concat([sanitation_ladder(villages), hygiene_ladder(villages)], axis=1)
    return safe.clip(0, 1).where(np.isfinite(safe)).set_axis(codes), ladders.set_axis(codes)


def needs_of(
    villages: pd.DataFrame, sanitation: pd.DataFrame, institutions: pd.DataFrame, found: pd.DataFrame
) -> dict[str, Any]:
    """Sum what is counted beside the states over the villages, facilities and institutions of an area.

    Each ladder holds its rungs (missing where no village knows them) and how many villages know any of them.
    """
    odf = villages["odf"]
    emptying = sanitation["emptying"]
    return {
        "water_rungs": _ladder(villages, "rung_", WATER_RUNGS)
        | {"villages_safe": int(villages["rung_safely_managed"].notna().sum())},
        "sanitation_rungs": _ladder(villages, "sanitation_rung_", SANITATION_RUNGS),
        "hygiene_rungs": _ladder(villages, "hygiene_rung_", HYGIENE_RUNGS),
        "odf": {state: int((odf == state).sum()) for state in ("verified", "claimed", "no")}
        | {"unknown": int((odf.isna() & villages["village_code"].notna()).sum())},
        "tanks": {state: int((emptying == state).sum()) for state in ("due", "ok", "unknown")}
        | {"furthest_plant_m": _most(sanitation["plant_m"])},
        "institutions": need_totals(institutions),
        "conflicts": len(found),
        "conflict_points": int(found["point_id"].nunique()),
    }


def _ladder(villages: pd.DataFrame, prefix: str, rungs: tuple[str, ...]) -> dict[str, Any]:
    columns = [f"{prefix}{rung}" for rung in rungs]
    values = villages[columns].to_numpy(dtype=float)
    known = (~np.isnan(values[:, :-1])).any(axis=1)
    sums = {rung: sum_known(values[:, k]) for k, rung in enumerate(rungs)}
    return sums | {"villages": int((known & villages["village_code"].notna()).sum())}


def _most(column: pd.Series) -> float | None:
    return float(column.max()) if column.notna().any() else None
