"""Service ladders of the JMP and of Indonesia: water by people, sanitation and hygiene by households."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.coverage.standards import is_working, limits
from geo.coverage.states import eligible_sites
from geo.model.arrays import Floats
from geo.model.facts import facts
from geo.model.params import Params
from geo.model.sites import xy_of
from geo.reach.distance import Ways

WATER_RUNGS: tuple[str, ...] = tuple(facts("rungs")["water"]["order"])
SANITATION_RUNGS: tuple[str, ...] = tuple(facts("rungs")["sanitation"]["order"])
HYGIENE_RUNGS: tuple[str, ...] = tuple(facts("rungs")["hygiene"]["order"])
_HOUSEHOLDS = {
    "safely_managed": "hh_safe",
    "basic": "hh_own",
    "limited": "hh_shared",
    "unimproved": "hh_unimproved",
    "open": "hh_open",
}


def one_way_m(round_trip_min: float, params: Params) -> float:
    """Metres one way of a round trip on foot, queue included; 0 where the queue takes all of it.

    Examples
    --------
    >>> one_way_m(30, Params(queue_min=6))
    800.0
    """
    return max(round_trip_min - params.queue_min, 0.0) / 2 / 60 * params.walking_kmh * 1000 / params.detour


def water_rungs(
    places: pd.DataFrame, water: gpd.GeoDataFrame, safe_share: Floats, params: Params, ways: Ways
) -> Floats:
    """Return the people of each place by rung (of `WATER_RUNGS`), shape (places, rungs); they sum to its people.

    People with a connection are `basic`, or `safely_managed` as far as the village knows it (`safe_share`, of all its
    people). Others are taken to use the best they can walk to: an improved source within 30 minutes there and back is
    `basic`, within an hour `limited`; an unimproved one within the hour `unimproved`; surface water, or nothing,
    `none`; nothing recorded in an unmapped village, or where it is not known who has a
    connection, is `unknown`. Under a standard that asks for
    it (`separated`) a source within 10 m of excreta storage is not improved. The ladder knows no capacity, whatever the
    standard.

    Parameters
    ----------
    places
        With `people, piped_share, piped_counted, mapped`.
    water
        Points with `conflict_m`.
    safe_share
        Share of people with safely managed water, shape (places,); NaN unknown.
    params
        Speed, queue, detour, season; of the standard whether it asks for the 10 m.
    ways
        How far it is.
    """
    ladder = facts("rungs")["water"]
    near, far = (one_way_m(float(ladder[f"{name}_round_trip_min"]), params) for name in ("basic", "furthest"))
    xy = xy_of(places)
    works = is_working(water["status"], params.season)
    asked = replace(limits(params, "water"), improved_only=True)  # rungs ask for it under every standard
    improved = eligible_sites(water, "water", asked)
    surface = (water["technology"] == "surface_water").to_numpy(dtype=bool)
    sites = xy_of(water)
    best, other, river = (
        _nearest(ways, xy, sites[works & kind]) for kind in (improved, ~improved & ~surface, surface & ~improved)
    )
    people = places["people"].to_numpy(dtype=float)
    piped = people * np.nan_to_num(places["piped_share"].to_numpy(dtype=float))
    safe = np.minimum(people * safe_share, piped)
    # where nobody knows who has a connection, who reaches nothing may have one
    mapped = places["mapped"].to_numpy(dtype=bool) & places["piped_counted"].to_numpy(dtype=bool)
    rest = people - piped
    number = {name: k for k, name in enumerate(WATER_RUNGS)}
    best_first = ("basic", "limited", "unimproved", "none")
    reached = [best <= near, best <= far, other <= far, (river <= far) | mapped]
    rung = np.select(reached, [number[name] for name in best_first], number["unknown"])
    table = np.zeros((len(people), len(WATER_RUNGS)))
    table[np.arange(len(people)), rung] = rest
    table[:, number["safely_managed"]] = safe
    table[:, number["basic"]] += piped - np.nan_to_num(safe)
    table[np.isnan(people)] = np.nan
    return table


def _nearest(ways: Ways, xy: Floats, sites: Floats) -> Floats:
    if not len(sites):
        return np.full(len(xy), np.inf)
    _, metres = ways.nearest(xy, sites)
    return np.asarray(np.where(np.isnan(metres), np.inf, metres), dtype=float)


def household_counts(villages: pd.DataFrame) -> pd.DataFrame:
    """Households of each village by sanitation rung; missing stays missing.

    Where `hh_own` is not given, STBM's permanent and semi-permanent latrines stand for it (`hh_jsp` + `hh_jssp`).
    """
    table = pd.DataFrame({rung: _number(villages, column) for rung, column in _HOUSEHOLDS.items()})
    stbm = pd.concat([_number(villages, "hh_jsp"), _number(villages, "hh_jssp")], axis=1).sum(axis=1, min_count=1)
    table["basic"] = table["basic"].fillna(stbm)
    return table


def sanitation_ladder(villages: pd.DataFrame) -> pd.DataFrame:
    """Households by rung as ``sanitation_rung_*``, with what no rung accounts for as `unknown`; `odf` beside them.

    `odf`: ``verified`` (no open defecation and verified on a day), ``claimed`` (none, not verified), ``no``; missing
    where nobody counted. No counts at all: all missing, `unknown` too unless the households are known.
    """
    counts = household_counts(villages)
    households = _number(villages, "households")
    unknown = (households - counts.sum(axis=1)).clip(lower=0)
    table = counts.assign(unknown=unknown).add_prefix("sanitation_rung_")
    verified = villages["odf_verified_on"].notna() if "odf_verified_on" in villages else False
    odf = np.select(
        [counts["open"].isna(), counts["open"] > 0, np.asarray(verified)], ["", "no", "verified"], "claimed"
    )
    return table.assign(odf=pd.Series([state or None for state in odf.tolist()], index=villages.index, dtype=object))


def hygiene_ladder(villages: pd.DataFrame) -> pd.DataFrame:
    """Households with soap and water (`basic`), with a place but one missing (`limited`), without (`none`)."""
    basic, limited = _number(villages, "hh_handwashing"), _number(villages, "hh_handwashing_limited")
    households = _number(villages, "households")
    rest = (households - basic - limited).clip(lower=0)
    unknown = (households - basic.fillna(0) - limited.fillna(0)).clip(lower=0).where(rest.isna(), 0.0)
    columns = {"basic": basic, "limited": limited, "none": rest, "unknown": unknown}
    return pd.DataFrame(columns).add_prefix("hygiene_rung_")


def _number(table: pd.DataFrame, column: str) -> pd.Series:
    if column not in table:
        return pd.Series(np.nan, index=table.index, dtype="float64")
    return pd.to_numeric(table[column], errors="coerce").astype("float64")
