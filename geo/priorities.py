"""The list of repairable sites: indicators, score, rank, how sure the rank is, and the facts of each "why"."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.areas import area_mask
from geo.candidates import Candidates
from geo.coverage import site_id_column
from geo.distance import Floats
from geo.facts import facts
from geo.indicators import INDICATORS
from geo.uncertainty import Draws, needless, rank_spread
from geo.weights import topsis

#: Sites of a list for which the rival ("if B is repaired first") is worked out: those a meeting reads.
RIVALS_FOR = 100


def scale(values: pd.Series, *, higher_is_better: bool, log: bool = False) -> pd.Series:
    """Scale a criterion to 0–1 over the list, or over log(1 + value); missing stays missing; all equal gives 0.

    Examples
    --------
    >>> scale(pd.Series([10.0, 30.0, None]), higher_is_better=True).tolist()
    [0.0, 1.0, nan]
    >>> scale(pd.Series([10.0, 30.0]), higher_is_better=False).tolist()
    [1.0, 0.0]
    """
    if log:
        values = np.log1p(values.clip(lower=0))
    low, high = values.min(), values.max()
    if not high > low:
        return values.where(values.isna(), 0.0)
    scaled = (values - low) / (high - low)
    return scaled if higher_is_better else 1.0 - scaled


def scaled_criteria(table: pd.DataFrame) -> pd.DataFrame:
    """Return the criteria of `data/criteria.toml` scaled over the list, one column each.

    A repair that gains nobody has no cost per person: there it scores 0, the worst, instead of being left out.
    """
    scaled = pd.DataFrame(
        {
            name: scale(table[name], higher_is_better=entry["higher_is_better"], log=entry["scale"] == "log")
            for name, entry in facts("criteria").items()
        }
    )
    nobody = (table["gain_people"] == 0) & table["cost_idr"].notna()
    scaled.loc[nobody, "cost_per_person_idr"] = 0.0
    return scaled


def weighted_score(scaled: pd.DataFrame, weights: dict[str, float]) -> pd.Series:
    """Weighted mean of the scaled criteria; a missing criterion is left out and the rest weigh accordingly.

    Examples
    --------
    >>> scaled = pd.DataFrame({"a": [1.0, 0.0], "b": [None, 1.0]})
    >>> weighted_score(scaled, {"a": 1.0, "b": 3.0}).tolist()
    [1.0, 0.75]
    """
    weight = np.array([weights[name] for name in scaled.columns])
    values = scaled.to_numpy(dtype=float)
    return pd.Series(_scores(values, weight), index=scaled.index)


def _scores(values: Floats, weight: Floats) -> Floats:
    known = ~np.isnan(values)
    total = known @ weight
    summed = np.where(known, values, 0.0) @ weight
    return np.divide(summed, total, out=np.zeros(len(values)), where=total > 0)


def rank_of_score(score: pd.Series) -> pd.Series:
    """Rank 1 is the best; equal scores (to 1e-9) share a rank.

    Examples
    --------
    >>> rank_of_score(pd.Series([0.2, 0.9, 0.2])).tolist()
    [2, 1, 2]
    """
    return score.round(9).rank(method="min", ascending=False).astype(int)


def priorities_of(c: Candidates) -> gpd.GeoDataFrame:
    """Return one row per repairable site of the area, best first.

    Columns: the ids, name, village, status; every indicator; `score`, `rank`, `rank_low`, `rank_high`, `top_n_share`,
    `tied`, `topsis`, `topsis_rank`; `cost_estimated`; and for the sentence `rival_id`, `gain_after_rival`.
    """
    sites, params = c.sites, c.params
    rows = sites.iloc[c.rows]
    table = pd.DataFrame({name: indicator(c) for name, indicator in INDICATORS.items()})
    number = pd.Series(np.arange(len(c.rows)), index=c.index)
    here = area_mask(rows["village_code"], params.area)
    table, number, rows = table[here], number[here], rows[here]
    scaled = scaled_criteria(table)
    weights = params.weight_of()
    table["score"] = weighted_score(scaled, weights)
    table["rank"] = rank_of_score(table["score"])
    table["tied"] = table["rank"].duplicated(keep=False)
    unknown = (rows["status"] == "unknown").to_numpy(dtype=bool)
    if len(table):
        chance = needless(unknown, table["evidence"].to_numpy(dtype=float))
        table = table.join(rank_spread(scaled, chance, weights, Draws(params.draws, params.spread, params.top_n)))
        table["topsis"] = topsis(table, weights)
        table["topsis_rank"] = rank_of_score(table["topsis"])
    else:
        table = table.assign(rank_low=0, rank_high=0, top_n_share=0.0, topsis=0.0, topsis_rank=0)
    facts_ = _site_facts(rows, c.service.name).set_index(table.index)
    result = facts_.join(table).assign(number=number)
    result["sort_id"] = result.index.astype(str)
    result = result.sort_values(["rank", "sort_id"]).drop(columns="sort_id")
    result = _with_rivals(result, c).drop(columns="number").reset_index(names="site_id")
    return gpd.GeoDataFrame(result, geometry="geometry", crs=sites.crs)


def _site_facts(rows: gpd.GeoDataFrame, service: str) -> pd.DataFrame:
    id_column = site_id_column(service)
    return pd.DataFrame(
        {
            "service": service,
            "point_id": rows[id_column] if service == "water" else None,
            "facility_id": rows[id_column] if service == "sanitation" else None,
            "name": rows["name"],
            "village_code": rows["village_code"],
            "status": rows["status"],
            "technology": rows["technology"] if service == "water" else rows["kind"],
            "capacity_people": rows["capacity_people"],
            "reported_on": rows["reported_on"],
            "photo_url": rows["photo_url"],
            "data_source": rows["data_source"],
            "cost_estimated": rows["rehab_cost_idr"].isna(),
            "lat": rows.geometry.y,
            "lon": rows.geometry.x,
            "geometry": rows.geometry,
        }
    )


def _with_rivals(table: pd.DataFrame, c: Candidates) -> pd.DataFrame:
    rival_id: list[Any] = [None] * len(table)
    left = np.full(len(table), np.nan)
    for position, n in enumerate(table["number"].head(RIVALS_FOR).tolist()):
        rival = c.rival_of(n)
        if rival is not None:
            rival_id[position], left[position] = c.index[rival[0]], rival[1]
    return table.assign(rival_id=pd.Series(rival_id, index=table.index, dtype=object), gain_after_rival=left)
