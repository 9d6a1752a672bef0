"""The list of repairable sites: indicators, score, rank, how sure the rank is, and the facts of each "why"."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.areas import area_mask
from geo.candidates import Candidates
from geo.coverage import kind_column, site_id_column
from geo.distance import Floats
from geo.facts import facts
from geo.indicators import INDICATORS
from geo.model import Params
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
    params, rows = c.params, c.sites.iloc[c.rows]
    here = area_mask(rows["village_code"], params.area)
    rows = rows[here]
    columns = {name: indicator(c).to_numpy(dtype=float)[here] for name, indicator in INDICATORS.items()}
    table = pd.DataFrame(columns, index=c.index[here])
    scaled, weights = scaled_criteria(table), params.weight_of()
    score = weighted_score(scaled, weights)
    rank = rank_of_score(score)
    chance = needless((rows["status"] == "unknown").to_numpy(dtype=bool), columns["evidence"])
    close = topsis(table, weights)
    found = {"score": score, "rank": rank, "tied": rank.duplicated(keep=False)}
    found |= dict(_spread(scaled, chance, weights, params).items())
    found |= {"topsis": close, "topsis_rank": rank_of_score(close)}
    told = _site_facts(rows, c.service.name) | columns | {name: values.to_numpy() for name, values in found.items()}
    result = pd.DataFrame(told | {"number": np.flatnonzero(here)}, index=table.index)
    ids = np.asarray(table.index, dtype=object).astype(str)
    result = result.iloc[np.lexsort((ids, rank.to_numpy()))]
    result = _with_rivals(result, c).drop(columns="number").reset_index(names="site_id")
    return gpd.GeoDataFrame(result, geometry="geometry", crs=c.sites.crs)


def _spread(scaled: pd.DataFrame, chance: Floats, weights: dict[str, float], params: Params) -> pd.DataFrame:
    if not len(scaled):
        return pd.DataFrame({"rank_low": [], "rank_high": [], "top_n_share": []}, dtype=float)
    return rank_spread(scaled, chance, weights, Draws(params.draws, params.spread, params.top_n))


def _site_facts(rows: gpd.GeoDataFrame, service: str) -> dict[str, Any]:
    """What the inventory says of each site, one array a column."""
    id_column = site_id_column(service)
    kind = kind_column(service)
    kept = ("capacity_people", "reported_on", "photo_url", "data_source")
    return {
        "service": service,
        "point_id": rows[id_column].array if service == "water" else None,
        "facility_id": rows[id_column].array if service == "sanitation" else None,
        **{name: rows[name].array for name in ("name", "village_code", "status")},
        "technology": rows[kind].array,
        **{name: rows[name].array for name in kept},
        "cost_estimated": rows["rehab_cost_idr"].isna().to_numpy(),
        "lat": rows.geometry.y.to_numpy(),
        "lon": rows.geometry.x.to_numpy(),
        "geometry": rows.geometry.array,
    }


def _with_rivals(table: pd.DataFrame, c: Candidates) -> pd.DataFrame:
    rival_id: list[Any] = [None] * len(table)
    left = np.full(len(table), np.nan)
    for position, n in enumerate(table["number"].head(RIVALS_FOR).tolist()):
        rival = c.rival_of(n)
        if rival is not None:
            rival_id[position], left[position] = c.index[rival[0]], rival[1]
    return table.assign(rival_id=pd.Series(rival_id, index=table.index, dtype=object), gain_after_rival=left)
