"""Coverage per village and in total, with best and worst case beside every figure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.areas import area_mask
from geo.coverage import Service, state_arrays, weighted_quantile, with_gap
from geo.distance import Floats, Ints
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


_BEST = [STATES.index(name) for name in ("on_premises", "served", "unmapped")]
_WITH_SERVICE = [STATES.index(name) for name in ("on_premises", "served")]
#: Shares of people that villages and totals carry.
SHARES = ("share", "best_share", "worst_share", "share_wet", "share_dry")


def sums_by(number: Ints, count: int, values: Floats) -> Floats:
    """Sum the rows of values (n, k) by group number; missing where every row of a group is.

    Examples
    --------
    >>> sums_by(np.array([0, 0, 1]), 2, np.array([[1.0], [2.0], [np.nan]])).tolist()
    [[3.0], [nan]]
    """
    missing = np.isnan(values)
    filled = np.where(missing, 0.0, values)
    sums: Floats = np.column_stack(
        [np.bincount(number, weights=column, minlength=count) for column in filled.T]
    ).astype(float)
    if missing.any():
        known = [np.bincount(number, weights=column, minlength=count) for column in (~missing).T]
        sums[np.column_stack(known) == 0] = np.nan
    return sums


def grouped(codes: pd.Series) -> tuple[Ints, pd.Index]:
    """Number the village of each place (missing: a village without a name), and the villages in that order."""
    number, index = pd.factorize(codes.astype(object).fillna(""), sort=True)
    return number.astype(np.int64), pd.Index(index)


def tails(number: Ints, index: pd.Index, metres: Floats, people: Floats) -> pd.DataFrame:
    """Median and 90th percentile of distance, and person-km, by village; missing where no site works or nobody lives.

    Parameters
    ----------
    number, index
        Which village each place is in, shape (n,), and the villages' codes.
    metres
        Distance to the nearest working site, shape (n,); NaN where there is none.
    people
        Shape (n,).

    Examples
    --------
    >>> tails(np.array([0, 0]), pd.Index(["a"]), np.array([100.0, 900.0]), np.array([9.0, 1.0])).loc["a"].tolist()
    [100.0, 100.0, 1.8]
    """
    known = (people > 0) & ~np.isnan(metres)
    order = np.lexsort((metres[known], number[known]))
    owner, far, weight = number[known][order], metres[known][order], people[known][order]
    reached = np.cumsum(weight)
    first = np.searchsorted(owner, np.arange(len(index)))
    last = np.searchsorted(owner, np.arange(len(index)), side="right")
    before = np.r_[0.0, reached][first]
    total = np.r_[0.0, reached][last] - before
    found = {}
    for name, share in (("distance_median_m", 0.5), ("distance_p90_m", 0.9)):
        turn = np.searchsorted(reached, before + share * total * (1 - 1e-9))
        turn = np.clip(turn, first, np.maximum(last - 1, first))
        found[name] = np.where(last > first, np.r_[far, np.nan][np.minimum(turn, len(far))], np.nan)
    walked = np.bincount(number, weights=np.where(people > 0, metres * people, 0.0), minlength=len(index)) / 1000
    found["person_km"] = np.where(np.bincount(number[people > 0], minlength=len(index)) > 0, walked, np.nan)
    return pd.DataFrame(found, index=index)


def village_table(
    villages: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    service: Service,
    best: Service,
    params: Params,
    seasons: Mapping[str, Service],
) -> gpd.GeoDataFrame:
    """Return one row per village of the area, and one without a code for places outside every village.

    Columns are the states, `population, gap, share`, `best_share, worst_share` (unknown sites working and unmapped
    people served, and the reverse), `share_wet, share_dry` (the same in either season), `population_counted` (what the
    settlements add up to before they are reconciled to the official total; missing where there are none), distance to
    the nearest working site (median, p90, metres) and `person_km`.
    A village whose population nobody knows has missing figures: never 0 % and never 100 %.
    """
    number, index = grouped(places["village_code"])

    @cache
    def summed(one: Service) -> Floats:
        return sums_by(number, len(index), state_arrays(places, one))

    states = pd.DataFrame(summed(service), index=index, columns=list(STATES))
    table = with_gap(states).join(tails(number, index, service.nearest_m, service.people))
    best_case = summed(best)[:, _BEST].sum(axis=1)
    population = table["population"].where(table["population"] > 0)
    table["best_share"] = np.minimum(best_case / population, 1.0)
    table["worst_share"] = table["share"]
    for season, other in seasons.items():
        table[f"share_{season}"] = summed(other)[:, _WITH_SERVICE].sum(axis=1) / population
    # both figures are kept: the official total that counts, and what the settlements add up to
    table["population_counted"] = sums_by(number, len(index), places[["counted"]].to_numpy(float))[:, 0]
    known = villages[[*_KEPT, "boundary", "data_source", "geometry"]]
    known = known[area_mask(known["village_code"], params.area)]
    rows = known.join(table, on="village_code").reset_index(drop=True)
    if params.area is None and "" in table.index:
        outside = gpd.GeoDataFrame(table.loc[[""]].assign(village_code=None), geometry=[None], crs=villages.crs)
        rows = pd.concat([rows.astype({"village_code": object}), outside], ignore_index=True)
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=villages.crs)


def total_row(table: pd.DataFrame, places: pd.DataFrame, service: Service, params: Params) -> dict[str, Any]:
    """Sum a village table: states, share with best and worst case, and what stands behind it.

    `villages_without_population` counts villages that are in no sum. All figures are None when no village has a
    population: no data, no figure.
    """
    columns = ("population", *STATES, "gap", "person_km")
    rows = table.loc[table["population"].notna(), [*columns, *SHARES]].to_numpy(dtype=float)
    total: dict[str, Any] = {name: sum_known(rows[:, k]) for k, name in enumerate(columns)}
    people = total["population"]
    for k, name in enumerate(SHARES, start=len(columns)):
        total[name] = float(np.nansum(rows[:, k] * rows[:, 0])) / people if people else None
    mine = places["village_code"].isin(set(table["village_code"].dropna()))
    if table["village_code"].isna().any():
        mine |= places["village_code"].isna()
    keep = mine.to_numpy()
    for name, share in (("median", 0.5), ("p90", 0.9)):
        metres = weighted_quantile(service.nearest_m[keep], service.people[keep], share)
        minutes = 2 * metres / 1000 / params.walking_kmh * 60 + params.queue_min
        total[f"distance_{name}_m"] = None if np.isnan(metres) else metres
        total[f"round_trip_{name}_min"] = None if np.isnan(metres) else minutes
    named = table["village_code"].notna()
    total["villages"] = int(named.sum())
    total["villages_without_population"] = int((named & table["population"].isna()).sum())
    total["villages_mapped"] = int((named & table["surveyed_on"].notna()).sum())
    return total


def sum_known(values: Floats) -> float | None:
    """Sum what is known; None where nothing is."""
    return float(np.nansum(values)) if (~np.isnan(values)).any() else None
