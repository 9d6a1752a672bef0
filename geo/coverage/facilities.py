"""What sanitation facilities and institutions need: tanks due for emptying, the way to the plant, toilets and water."""

from __future__ import annotations

from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.coverage.conflicts import has_tank
from geo.coverage.standards import is_working
from geo.coverage.states import Service
from geo.model.arrays import Floats
from geo.model.facts import facts
from geo.model.inputs import Inputs
from geo.model.per_version import per_version
from geo.model.sites import xy_of
from geo.reach.distance import Line


@per_version
def emptying_of(inputs: Inputs, *, as_of: date, season: str, detour: float) -> dict[str, Any]:
    """Return `emptying` and `plant_m` of each facility, arrays by name.

    `emptying` of a tank is ``due`` when it was last emptied more than five years before `as_of`, ``ok`` when it was
    since, ``unknown`` when no date is known; missing for what has no tank. `plant_m` is the distance of a tank to the
    nearest working treatment plant of the data, by line (a lorry goes there, nobody on foot); missing where there is
    none.
    """
    sanitation = inputs.sanitation
    tank = has_tank(sanitation) if len(sanitation) else np.zeros(0, dtype=bool)
    emptied = pd.to_datetime(sanitation["emptied_on"], errors="coerce")
    years = (pd.Timestamp(as_of) - emptied).dt.days.to_numpy(dtype=float) / 365.25
    limit = float(facts("facilities")["rules"]["empty_after_years"])
    state = np.select([~tank, np.isnan(years), years > limit], ["", "unknown", "due"], "ok")
    plant = (sanitation["kind"] == "treatment_plant").to_numpy(dtype=bool) & is_working(sanitation["status"], season)
    metres = np.full(len(sanitation), np.nan)
    if plant.any() and tank.any():
        xy = xy_of(sanitation)
        metres[tank] = Line().nearest(xy[tank], xy[plant])[1] * detour
    words = state.astype(object)
    words[~tank] = None
    return {"emptying": words, "plant_m": metres}


def needs_of_institutions(inputs: Inputs, water: Service, detour: float) -> dict[str, Any]:
    """Return what institutions have and lack, arrays by name.

    They are `water_m` (metres to the nearest working point that counts for the standard), `water_ok` (water present as
    stated; where nothing is stated, a point in reach; missing where nothing is stated and none is), `toilets_needed`
    and `toilets_short` (by boys and girls; missing where pupils or toilets are not known), `standard_met` (False
    where something it asks for is surely missing; missing where something is not known).

    Source: data/institutions.toml.

    Parameters
    ----------
    inputs
        One data version.
    water
        Water as it is: which points work and count, how far it is, the reach.
    detour
        Metres on the way for a metre by line.
    """
    institutions = inputs.institutions
    needed, short, surely_short, asks_toilets = _toilets(inputs)
    metres = np.full(len(institutions), np.nan)
    if water.working.any() and len(institutions):
        metres = water.ways.nearest(xy_of(institutions), water.sites[water.working])[1] * detour
    stated = institutions["water"].astype(object)
    water_ok = np.full(len(institutions), None, dtype=object)
    water_ok[metres <= water.rule.reach_m] = True
    water_ok[stated.notna()] = stated.dropna().to_numpy(dtype=object)
    met = [
        False if less else _met(ok, None if np.isnan(lacking) else lacking, asks)
        for ok, lacking, less, asks in zip(water_ok.tolist(), short.tolist(), surely_short, asks_toilets, strict=True)
    ]
    return {
        "water_m": metres,
        "water_ok": water_ok,
        "toilets_needed": needed,
        "toilets_short": short,
        "standard_met": np.array(met, dtype=object),
    }


@per_version
def _toilets(inputs: Inputs) -> tuple[Floats, Floats, list[bool], list[bool]]:
    """Toilets needed and missing of each institution, whether some are surely missing, and whether any are asked for.

    Too few for the boys is too few, also where the girls were not counted; for no girls none are needed. Not one toilet
    is too few where there is anybody, also where nobody told boys from girls or counted them at all.
    """
    institutions = inputs.institutions
    needed = {sex: _needed(institutions, sex) for sex in ("boys", "girls")}
    short = {
        sex: (needed[sex] - pd.to_numeric(institutions[f"toilets_{sex}"], errors="coerce"))
        .clip(lower=0)
        .where(needed[sex] != 0, 0.0)
        for sex in ("boys", "girls")
    }
    asks = ["boys_per_toilet" in facts("institutions").get(kind, {}) for kind in institutions["kind"]]
    both = needed["boys"] + needed["girls"], short["boys"] + short["girls"]
    none = institutions[["toilets_boys", "toilets_girls"]].apply(pd.to_numeric, errors="coerce").eq(0).all(axis=1)
    people = pd.to_numeric(institutions["people"], errors="coerce")
    none &= (people != 0) & pd.Series(asks, none.index)
    surely = ((short["boys"] > 0) | (short["girls"] > 0) | none).tolist()
    return both[0].to_numpy(dtype=float), both[1].to_numpy(dtype=float), surely, asks


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
