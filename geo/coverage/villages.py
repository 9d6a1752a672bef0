"""Coverage per village and in total, with best and worst case beside every figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage.demand import demand_places
from geo.coverage.states import Service, gap_of, unserved_of, weighted_quantiles
from geo.model.areas import area_mask
from geo.model.arrays import Floats, Ints
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.model.per_version import per_version
from geo.model.sites import STATES
from geo.reach.distance import order_in_rows

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


@dataclass(frozen=True, eq=False)
class VillageRows:
    """The rows of a table of villages, and where the sums over their places stand.

    Rows are the villages of an area and, for the whole ground, one without a code for places outside every village.

    Attributes
    ----------
    table
        What is known of each village beside the figures.
    number
        For each place, which group of `size` it belongs to.
    at
        For each row its group, -1 where no place lies there.
    """

    table: gpd.GeoDataFrame
    number: Ints
    size: int
    at: Ints

    def of_groups(self, values: Floats) -> Floats:
        """Figures by group, shape (size,) or (size, k), in the order of the rows; missing where no place lies."""
        found: Floats = np.concatenate([values, np.full((1, *values.shape[1:]), np.nan)])[self.at]
        return found

    @cached_property
    def here(self) -> NDArray[np.bool_]:
        """Places that lie in one of the rows, bool."""
        listed = np.zeros(self.size, dtype=bool)
        listed[self.at[self.at >= 0]] = True
        found: NDArray[np.bool_] = listed[self.number]
        return found

    @cached_property
    def named(self) -> NDArray[np.bool_]:
        """Rows that are villages, bool."""
        return np.asarray(self.table["village_code"].notna(), dtype=bool)

    @cached_property
    def surveyed(self) -> NDArray[np.bool_]:
        """Rows that are villages whose inventory is completed, bool."""
        return np.asarray(self.named & self.table["surveyed_on"].notna().to_numpy(), dtype=bool)


@per_version
def _groups(inputs: Inputs, *, assume_mapped: bool) -> tuple[Ints, pd.Index]:
    """Number of the village of each place, and the villages in that order; one without a name is outside all."""
    places, _ = demand_places(inputs, assume_mapped=assume_mapped)
    codes = places["village_code"].astype(object)
    number, index = pd.factorize(codes.where(codes.notna(), ""), sort=True)
    return number.astype(np.int64), pd.Index(index)


@per_version
def village_rows(inputs: Inputs, *, area: str | None, assume_mapped: bool) -> VillageRows:
    """Return the rows of the table of villages, and which places belong to each."""
    number, groups = _groups(inputs, assume_mapped=assume_mapped)
    villages = inputs.villages
    table = villages[[*_KEPT, "boundary", "data_source", "geometry"]]
    table = table[area_mask(table["village_code"], area)].reset_index(drop=True)
    at = groups.get_indexer(table["village_code"].to_numpy(dtype=object)).astype(np.int64)
    if area is None and "" in groups:
        outside = gpd.GeoDataFrame({"village_code": pd.Series([None], dtype=object)}, geometry=[None], crs=villages.crs)
        table = pd.concat([table.astype({"village_code": object}), outside], ignore_index=True)
        at = np.append(at, groups.get_indexer(np.array([""], dtype=object)))
    table = gpd.GeoDataFrame(table, geometry="geometry", crs=villages.crs)
    return VillageRows(table, number, len(groups), at)


def tails(number: Ints, index: pd.Index, metres: Floats, people: Floats, walkers: Floats) -> pd.DataFrame:
    """Median and 90th percentile of distance, and person-km, by village; missing where no site works or nobody lives.

    Distances are of all people: how far it is from where they live. Person-km are of those who walk, as in
    `person_km_saved`: whoever has the service at home walks nowhere.

    Parameters
    ----------
    number, index
        Which village each place is in, shape (n,), and the villages' codes.
    metres
        Distance to the nearest working site, shape (n,); NaN where there is none.
    people, walkers
        All of a place, and those without the service at home, shape (n,).

    Examples
    --------
    >>> metres, people = np.array([100.0, 900.0]), np.array([9.0, 1.0])
    >>> tails(np.array([0, 0]), pd.Index(["a"]), metres, people, np.array([4.0, 1.0])).loc["a"].tolist()
    [100.0, 100.0, 1.3]
    """
    return pd.DataFrame(tails_of(number, len(index), metres, people, walkers), index=index)


def tails_of(number: Ints, size: int, metres: Floats, people: Floats, walkers: Floats) -> dict[str, Floats]:
    """`tails` as arrays of shape (size,)."""
    known = (people > 0) & ~np.isnan(metres)
    order = order_in_rows(metres[known], number[known], stable=False)
    owner, far, weight = number[known][order], metres[known][order], people[known][order]
    reached = np.cumsum(weight)
    first = np.searchsorted(owner, np.arange(size))
    last = np.searchsorted(owner, np.arange(size), side="right")
    before = np.r_[0.0, reached][first]
    total = np.r_[0.0, reached][last] - before
    found = {}
    for name, share in (("distance_median_m", 0.5), ("distance_p90_m", 0.9)):
        turn = np.searchsorted(reached, before + share * total * (1 - 1e-9))
        turn = np.clip(turn, first, np.maximum(last - 1, first))
        found[name] = np.where(last > first, np.r_[far, np.nan][np.minimum(turn, len(far))], np.nan)
    walked = np.bincount(number, weights=np.where(walkers > 0, metres * walkers, 0.0), minlength=size) / 1000
    found["person_km"] = np.where(np.bincount(number[people > 0], minlength=size) > 0, walked, np.nan)
    return found


def figures_of(states: Floats, best: Floats, worst: Floats) -> dict[str, Floats]:
    """Return the figures of groups of people from their sums: the states, `population, gap, share`, and both cases.

    Parameters
    ----------
    states
        People by state, shape (n, states).
    best, worst
        People without service in the best and the worst case, shape (n,).

    Examples
    --------
    >>> found = figures_of(np.array([[1.0, 5.0, 1.0, 2.0, 1.0]]), np.array([2.0]), np.array([5.0]))
    >>> found["best_share"].tolist(), found["share"].tolist(), found["worst_share"].tolist()
    ([0.8], [0.6], [0.5])
    """
    figures = dict(zip(STATES, states.T, strict=True)) | gap_of(states)
    population = np.where(figures["population"] > 0, figures["population"], np.nan)
    best_share, worst_share = (np.clip(1.0 - unserved / population, 0.0, 1.0) for unserved in (best, worst))
    figures["best_share"] = np.maximum(best_share, figures["share"])  # apart by rounding alone
    figures["worst_share"] = np.minimum(worst_share, figures["share"])
    return figures


def village_figures(
    rows: VillageRows,
    counted: Floats,
    service: Service,
    best: Service,
    worst: Service,
    seasons: Mapping[str, Service],
    states_of: Callable[[Service], Floats],
) -> dict[str, Floats]:
    """Return the figures of each row of the table of villages, arrays by name.

    They are the states, `population, gap, share`, `best_share, worst_share` (all that is not known at its kindest, and
    at its unkindest), `share_wet, share_dry` (the same in either season), `population_counted` (what the
    settlements add up to before they are reconciled to the official total; missing where there are none), distance to
    the nearest working site (median, p90, metres; of all people), `person_km` (of those without the service at home).
    A village whose population nobody knows has missing figures: never 0 % and never 100 %.

    Parameters
    ----------
    rows
        From `village_rows`.
    counted
        What each place's settlement counts itself, shape (places,).
    service, best, worst, seasons
        The service as it is, in the best and the worst case (`geo.coverage.states`), and in each season.
    states_of
        States of all places under a service, shape (places, states).
    """

    @cache
    def summed(one: Service) -> Floats:
        return sums_by(rows.number, rows.size, states_of(one))

    unserved = np.column_stack([unserved_of(best), unserved_of(worst)])
    unserved[np.isnan(states_of(service)[:, 0])] = np.nan
    figures = figures_of(summed(service), *sums_by(rows.number, rows.size, unserved).T)
    population = np.where(figures["population"] > 0, figures["population"], np.nan)
    figures |= tails_of(rows.number, rows.size, service.nearest_m, service.people, service.need)
    for season, other in seasons.items():
        figures[f"share_{season}"] = summed(other)[:, _WITH_SERVICE].sum(axis=1) / population
    # both figures are kept: the official total that counts, and what the settlements add up to
    figures["population_counted"] = sums_by(rows.number, rows.size, counted[:, None])[:, 0]
    return dict(zip(figures, rows.of_groups(np.column_stack(list(figures.values()))).T, strict=True))


def total_row(figures: Mapping[str, Floats], rows: VillageRows, service: Service, params: Params) -> dict[str, Any]:
    """Sum the figures of villages: states, share with best and worst case, and what stands behind it.

    `villages_without_population` counts villages that are in no sum. All figures are None when no village has a
    population: no data, no figure.
    """
    total = totals_of(figures)
    known = ~np.isnan(figures["population"])
    far = weighted_quantiles(service.nearest_m[rows.here], service.people[rows.here], (0.5, 0.9))
    for name, metres in zip(("median", "p90"), far, strict=True):
        minutes = 2 * metres / 1000 / params.walking_kmh * 60 + params.queue_min
        total[f"distance_{name}_m"] = None if np.isnan(metres) else metres
        total[f"round_trip_{name}_min"] = None if np.isnan(metres) else minutes
    total["villages"] = int(rows.named.sum())
    total["villages_without_population"] = int((rows.named & ~known).sum())
    total["villages_mapped"] = int(rows.surveyed.sum())
    return total


def totals_of(figures: Mapping[str, Floats]) -> dict[str, Any]:
    """Sum the figures of villages: states, gap, person-km, and those `SHARES` that are there, weighted by people.

    Villages without a population are in no sum; every figure is None where no village has one. `person_km` is None
    where somebody has nothing to walk to: a sum without them is none.
    """
    known = ~np.isnan(figures["population"])
    summed = [name for name in ("population", *STATES, "gap", "person_km") if name in figures]
    total: dict[str, Any] = {name: sum_known(figures[name][known]) for name in summed}
    if "person_km" in total and np.isnan(figures["person_km"][known & (figures["population"] > 0)]).any():
        total["person_km"] = None
    people, each = total["population"], figures["population"][known]
    for name in SHARES:
        if name in figures:
            total[name] = float(np.nansum(figures[name][known] * each)) / people if people else None
    return total


def sum_known(values: Floats) -> float | None:
    """Sum what is known; None where nothing is."""
    return float(np.nansum(values)) if (~np.isnan(values)).any() else None
