"""Coverage per village and in total, with best and worst case beside every figure."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.areas import area_mask
from geo.coverage import Service, place_states, weighted_quantile, with_gap
from geo.model import STATES, Params

_KEPT = (
    "village_code",
    "bps_code",
    "name",
    "kind",
    "households",
    "population_source",
    "population_estimated",
    "surveyed_on",
)


def _sums(codes: pd.Series, states: pd.DataFrame) -> pd.DataFrame:
    return states.groupby(codes.fillna(""), dropna=False).sum(min_count=1)


def _best(codes: pd.Series, states: pd.DataFrame) -> pd.Series:
    return _sums(codes, (states["on_premises"] + states["served"] + states["unmapped"]).to_frame("best"))["best"]


def _tails(codes: pd.Series, service: Service) -> pd.DataFrame:
    """Median and 90th percentile of distance, and person-km, by village; NaN where no site works."""
    frame = pd.DataFrame({"code": codes.fillna(""), "metres": service.nearest_m, "people": service.people})
    rows = {}
    for code, part in frame.groupby("code"):
        metres, people = part["metres"].to_numpy(), part["people"].to_numpy()
        known = people > 0
        walked = float((metres * people)[known].sum() / 1000) if known.any() else np.nan
        rows[code] = (weighted_quantile(metres, people, 0.5), weighted_quantile(metres, people, 0.9), walked)
    names = ["distance_median_m", "distance_p90_m", "person_km"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=names)


def village_table(
    villages: gpd.GeoDataFrame, places: gpd.GeoDataFrame, service: Service, best: Service, params: Params
) -> gpd.GeoDataFrame:
    """Return one row per village of the area, and one without a code for places outside every village.

    Columns are the states, `population, gap, share`, `best_share, worst_share` (unknown sites working and unmapped
    people served, and the reverse), `population_counted` (what the settlements add up to before they are reconciled to
    the official total; missing where there are none), distance to the nearest working site (median, p90, metres) and
    `person_km`.
    A village whose population nobody knows has missing figures: never 0 % and never 100 %.
    """
    codes = places["village_code"].astype(object)
    states = place_states(places, service)
    table = with_gap(_sums(codes, states)).join(_tails(codes, service))
    best_people = _best(codes, place_states(places, best)).reindex(table.index)
    population = table["population"].where(table["population"] > 0)
    table["best_share"] = np.minimum(best_people / population, 1.0)
    table["worst_share"] = table["share"]
    # both figures are kept: the official total that counts, and what the settlements add up to
    counted = places["counted"].groupby(codes.fillna("")).sum(min_count=1)
    table["population_counted"] = counted.reindex(table.index)
    known = villages[[*_KEPT, "boundary", "data_source", "geometry"]]
    known = known[area_mask(known["village_code"], params.area)]
    rows = known.join(table, on="village_code").reset_index(drop=True)
    if params.area is None and "" in table.index:
        outside = gpd.GeoDataFrame(table.loc[[""]].assign(village_code=None), geometry=[None], crs=villages.crs)
        rows = pd.concat([rows.astype({"village_code": object}), outside], ignore_index=True)
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=villages.crs)


def total_row(table: pd.DataFrame, places: pd.DataFrame, service: Service) -> dict[str, Any]:
    """Sum a village table: states, share with best and worst case, and what stands behind it.

    `villages_without_population` counts villages that are in no sum. All figures are None when no village has a
    population: no data, no figure.
    """
    known = table[table["population"].notna()]
    total: dict[str, Any] = {name: _sum(known[name]) for name in ("population", *STATES, "gap", "person_km")}
    people = total["population"]
    for name in ("share", "best_share", "worst_share"):
        total[name] = _sum(known[name].fillna(0) * known["population"]) / people if people else None
    mine = places["village_code"].isin(set(table["village_code"].dropna()))
    if table["village_code"].isna().any():
        mine |= places["village_code"].isna()
    keep = mine.to_numpy()
    for name, share in (("distance_median_m", 0.5), ("distance_p90_m", 0.9)):
        metres = weighted_quantile(service.nearest_m[keep], service.people[keep], share)
        total[name] = None if np.isnan(metres) else metres
    named = table["village_code"].notna()
    total["villages"] = int(named.sum())
    total["villages_without_population"] = int((named & table["population"].isna()).sum())
    total["villages_mapped"] = int((named & table["surveyed_on"].notna()).sum())
    return total


def _sum(column: pd.Series) -> Any:
    return float(column.sum()) if column.notna().any() else None
