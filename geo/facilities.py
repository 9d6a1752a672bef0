"""What sanitation facilities and institutions need: tanks due for emptying, the way to the plant, toilets and water."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.conflicts import has_tank
from geo.coverage import xy_of
from geo.distance import Line, Ways
from geo.facts import facts
from geo.model import Params
from geo.standards import is_working


def with_emptying(sanitation: gpd.GeoDataFrame, params: Params) -> gpd.GeoDataFrame:
    """Add `emptying` and `plant_m` to facilities.

    `emptying` of a tank is ``due`` when it was last emptied more than five years before `params.as_of`, ``ok`` when it
    was since, ``unknown`` when no date is known; missing for what has no tank. `plant_m` is the distance of a tank to
    the nearest working treatment plant of the data, by line (a lorry goes there, nobody on foot); missing where there
    is none.
    """
    tank = has_tank(sanitation) if len(sanitation) else np.zeros(0, dtype=bool)
    emptied = pd.to_datetime(sanitation["emptied_on"], errors="coerce")
    years = (pd.Timestamp(params.as_of) - emptied).dt.days.to_numpy(dtype=float) / 365.25
    limit = float(facts("facilities")["rules"]["empty_after_years"])
    state = np.select([np.isnan(years), years > limit], ["unknown", "due"], "ok")
    plant = (sanitation["kind"] == "treatment_plant").to_numpy(dtype=bool) & is_working(
        sanitation["status"], params.season
    )
    metres = np.full(len(sanitation), np.nan)
    if plant.any() and tank.any():
        xy = xy_of(sanitation)
        metres[tank] = Line().nearest(xy[tank], xy[plant])[1] * params.detour
    emptying = pd.Series(state, index=sanitation.index, dtype=object).where(tank, None)
    return sanitation.assign(emptying=emptying, plant_m=metres)


def with_needs(
    institutions: gpd.GeoDataFrame, water: gpd.GeoDataFrame, params: Params, ways: Ways, reach_m: float
) -> gpd.GeoDataFrame:
    """Add to institutions what they have and lack.

    Columns: `water_m` (metres to the nearest working point that counts for the standard), `water_ok` (water present as
    stated; where nothing is stated, a point in reach; missing where nothing is stated and none is), `toilets_needed`
    and `toilets_short` (by boys and girls; missing where pupils or toilets are not known), `standard_met` (missing
    where something it asks for is not known).

    Source: data/institutions.toml.
    """
    works = (water["working"] & water["eligible"]).to_numpy(dtype=bool) if len(water) else np.zeros(0, dtype=bool)
    metres = np.full(len(institutions), np.nan)
    if works.any() and len(institutions):
        metres = ways.nearest(xy_of(institutions), xy_of(water)[works])[1] * params.detour
    stated = institutions["water"].astype(object)
    near = pd.Series(True, index=institutions.index, dtype=object).where(metres <= reach_m, None)
    water_ok = stated.where(stated.notna(), near)
    needed = {sex: _needed(institutions, sex) for sex in ("boys", "girls")}
    short = {
        sex: (needed[sex] - pd.to_numeric(institutions[f"toilets_{sex}"], errors="coerce")).clip(lower=0)
        for sex in ("boys", "girls")
    }
    asks_toilets = institutions["kind"].map(lambda kind: "boys_per_toilet" in facts("institutions").get(kind, {}))
    lacking = short["boys"] + short["girls"]
    met = [
        _met(ok, None if not asks else None if pd.isna(less) else float(less), asks)
        for ok, less, asks in zip(water_ok, lacking, asks_toilets, strict=True)
    ]
    return institutions.assign(
        water_m=metres,
        water_ok=water_ok.astype(object),
        toilets_needed=needed["boys"] + needed["girls"],
        toilets_short=lacking,
        standard_met=pd.Series(met, index=institutions.index, dtype=object),
    )


def _needed(institutions: gpd.GeoDataFrame, sex: str) -> pd.Series:
    """Toilets that the standard asks for boys or girls: pupils over pupils per toilet, rounded up; 0 without pupils."""
    per = institutions["kind"].map(lambda kind: facts("institutions").get(kind, {}).get(f"{sex}_per_toilet", np.nan))
    pupils = pd.to_numeric(institutions[sex], errors="coerce")
    return pd.Series(np.ceil(pupils / pd.to_numeric(per)), index=institutions.index)


def _met(water: object, short: float | None, asks_toilets: bool) -> bool | None:
    """Met where all is there, not met where something is known to be missing, else unknown."""
    if water is False or (short is not None and short > 0):
        return False
    if water is None or (asks_toilets and short is None):
        return None
    return True


def need_totals(institutions: pd.DataFrame) -> dict[str, int]:
    """Count institutions by what is known of them.

    Examples
    --------
    >>> columns = {"kind": ["school"], "standard_met": [False], "water_ok": [True], "toilets_short": [2.0]}
    >>> need_totals(pd.DataFrame(columns))["toilets_short"]
    2
    """
    met, water = institutions["standard_met"], institutions["water_ok"]
    return {
        "institutions": len(institutions),
        "met": sum(value is True for value in met),
        "not_met": sum(value is False for value in met),
        "unknown": sum(value is None or value is pd.NA for value in met),
        "without_water": sum(value is False for value in water),
        "toilets_short": int(institutions["toilets_short"].sum()),
    }
