"""The list of repairable sites: indicators, score, rank, how sure the rank is, and the facts of each "why"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.model.areas import area_mask
from geo.model.arrays import Floats, Ints
from geo.model.facts import criteria
from geo.model.params import Params
from geo.model.sites import kind_column, site_id_column
from geo.priorities.candidates import Candidates
from geo.priorities.indicators import INDICATORS
from geo.priorities.uncertainty import Draws, needless, rank_spread
from geo.priorities.weights import topsis

#: Sites of a list for which the rival ("if B is repaired first") is worked out: those a meeting reads.
RIVALS_FOR = 100

#: Less than half a person is nobody.
HALF = 0.5


def scale(values: Floats, *, higher_is_better: bool, log: bool = False) -> Floats:
    """Scale a criterion to 0–1 over the list, or over log(1 + value); missing stays missing; all equal gives 0.

    Examples
    --------
    >>> scale(np.array([10.0, 30.0, np.nan]), higher_is_better=True).tolist()
    [0.0, 1.0, nan]
    >>> scale(np.array([10.0, 30.0]), higher_is_better=False).tolist()
    [1.0, 0.0]
    """
    if log:
        values = np.log1p(np.maximum(values, 0.0))
    known = values[~np.isnan(values)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 0.0)
    if not high > low:
        return np.where(np.isnan(values), values, 0.0)
    scaled: Floats = (values - low) / (high - low)
    return scaled if higher_is_better else 1.0 - scaled


def scaled_criteria(columns: Mapping[str, Any]) -> dict[str, Floats]:
    """Return the criteria of `data/indicators.toml` scaled over the list, one array each.

    A repair that gains nobody has no cost per person: there it scores 0, the worst, instead of being left out.

    Parameters
    ----------
    columns
        The indicators by name: arrays, or a table with those columns.
    """
    scaled = {
        name: scale(
            np.asarray(columns[name], dtype=float),
            higher_is_better=entry["higher_is_better"],
            log=entry["scale"] == "log",
        )
        for name, entry in criteria().items()
    }
    nobody = (np.asarray(columns["gain_people"]) == 0) & ~np.isnan(np.asarray(columns["cost_idr"], dtype=float))
    scaled["cost_per_person_idr"] = np.where(nobody, 0.0, scaled["cost_per_person_idr"])
    return scaled


def weighted_score(scaled: Mapping[str, Floats], weights: Mapping[str, float]) -> Floats:
    """Weighted mean of the scaled criteria; a missing criterion is left out and the rest weigh accordingly.

    Examples
    --------
    >>> scaled = {"a": np.array([1.0, 0.0]), "b": np.array([np.nan, 1.0])}
    >>> weighted_score(scaled, {"a": 1.0, "b": 3.0}).tolist()
    [1.0, 0.75]
    """
    weight = np.array([weights[name] for name in scaled])
    values = np.column_stack(list(scaled.values()))
    known = ~np.isnan(values)
    total = known @ weight
    summed = np.where(known, values, 0.0) @ weight
    score: Floats = np.divide(summed, total, out=np.zeros(len(values)), where=total > 0)
    return score


def rank_of_score(score: Floats) -> Ints:
    """Rank 1 is the best; equal scores (to 1e-9) share a rank.

    Examples
    --------
    >>> rank_of_score(np.array([0.2, 0.9, 0.2])).tolist()
    [2, 1, 2]
    """
    worse = -np.round(score, 9)
    return np.searchsorted(np.sort(worse), worse).astype(np.int64) + 1


def shared_ranks(rank: Ints) -> NDArray[np.bool_]:
    """Tell which ranks more than one site has.

    Examples
    --------
    >>> shared_ranks(np.array([1, 2, 2])).tolist()
    [False, True, True]
    """
    return np.bincount(rank)[rank] > 1 if len(rank) else np.zeros(0, dtype=bool)


def scored(scaled: Mapping[str, Floats], weights: Mapping[str, float]) -> dict[str, Any]:
    """Return `score`, `rank` and `tied` of a list, by its scaled criteria and what each weighs."""
    score = weighted_score(scaled, weights)
    rank = rank_of_score(score)
    return {"score": score, "rank": rank, "tied": shared_ranks(rank)}


def priorities_of(c: Candidates) -> pd.DataFrame:
    """Return one row per repairable site of the area, best first.

    Columns: the ids, name, village, status; every indicator; `score`, `rank`, `rank_low`, `rank_high`, `top_n_share`,
    `tied`, `topsis`, `topsis_rank`; `cost_estimated`; and for the sentence `rival_id`, `gain_after_rival`.
    """
    params, rows = c.params, c.table
    here = area_mask(rows["village_code"], params.area)
    rows = rows if here.all() else rows[here]
    ids = np.asarray(c.index, dtype=object)[here]
    columns = {name: indicator(c).to_numpy(dtype=float)[here] for name, indicator in INDICATORS.items()}
    scaled, weights = scaled_criteria(columns), params.weight_of()
    found = scored(scaled, weights)
    rank = found["rank"]
    chance = needless((rows["status"] == "unknown").to_numpy(dtype=bool), columns["evidence"])
    close = topsis(columns, weights)
    by_id = np.argsort(ids.astype(str), kind="stable")  # sums of other orders differ in their last bits
    sorted_ = pd.DataFrame({name: values[by_id] for name, values in scaled.items()}, index=ids[by_id])
    spread = _spread(sorted_, chance[by_id], weights, params)
    back = np.argsort(by_id, kind="stable")
    found |= {name: values.to_numpy()[back] for name, values in spread.items()}
    found["rank_low"], found["rank_high"] = np.minimum(found["rank_low"], rank), np.maximum(found["rank_high"], rank)
    found |= {"topsis": close, "topsis_rank": rank_of_score(close)}
    load = c.load_now[here]
    found |= {"load_now": load, "no_gain": no_gain_reasons(c, columns, here)}
    order = np.lexsort((ids.astype(str), rank))
    points = rows["geometry"].array
    placed = {"lat": points.y, "lon": points.x, "geometry": points}
    told = {"site_id": ids} | site_facts(rows, c.service.name) | placed | columns | found
    told = {name: values if _is_one(values) else values[order] for name, values in told.items()}
    return pd.DataFrame(told | _rivals(np.flatnonzero(here)[order], c))


def no_gain_reasons(c: Candidates, columns: Mapping[str, Floats], here: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Why a repair gains nobody, None where it gains somebody: what the states and loads around the site say.

    ``nobody`` lives in reach; the site ``works``; all in reach have their ``own`` service; it has ``no_capacity``; only
    ``unmapped`` people gain; all in reach are ``served``; else it gains nobody ``alone``.

    Parameters
    ----------
    c
        The repairable sites.
    columns
        Their indicators, of those that are `here`.
    here
        Which of them are listed, bool of shape (candidates,).
    """
    service, place = c.service, c.pairs.place
    need, left = (c.per_site(people[place])[here] for people in (service.need, service.sharing.left))
    tests = {
        "nobody": columns["local_population"] < HALF,
        "works": c.works_already[here],
        "own": need < HALF,
        "no_capacity": service.capacity[c.rows[here]] <= 0,
        "unmapped": columns["gain_unmapped"] >= HALF,
        "served": left < HALF,
    }
    reason: NDArray[np.object_] = np.select(list(tests.values()), list(tests), "alone").astype(object)
    reason[columns["gain_people"] >= HALF] = None
    return reason


def _is_one(values: Any) -> bool:
    return values is None or isinstance(values, str)


def _spread(scaled: pd.DataFrame, chance: Floats, weights: dict[str, float], params: Params) -> pd.DataFrame:
    if not len(chance):
        return pd.DataFrame({"rank_low": [], "rank_high": [], "top_n_share": []}, dtype=float)
    return rank_spread(scaled, chance, weights, Draws(params.draws, params.spread, params.top_n))


def site_facts(rows: pd.DataFrame, service: str) -> dict[str, Any]:
    """Return what the inventory says of each site, one array (or, where all are alike, one value) a column.

    Parameters
    ----------
    rows
        Sites of a service, of its table.
    """
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
    }


def _rivals(numbers: Ints, c: Candidates) -> dict[str, Any]:
    """For the first sites of a list the one that would take most of each one's gain, and what it would leave."""
    rival_id, left = np.full(len(numbers), None, dtype=object), np.full(len(numbers), np.nan)
    for position, n in enumerate(numbers[:RIVALS_FOR].tolist()):
        rival = c.rival_of(n)
        if rival is not None:
            rival_id[position], left[position] = c.index[rival[0]], rival[1]
    return {"rival_id": pd.Series(rival_id, dtype=object), "gain_after_rival": left}
