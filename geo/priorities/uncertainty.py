"""How sure a rank is: seeded draws over weights, people, unknown statuses and the age of reports.

Each draw takes other weights (around the agreed ones, or anywhere: the whole simplex), other people at each site, and
asks of each site whether it needs the repair at all: one of unknown status does half of the time; a report's word
counts as much as its evidence 0.1^(age/20), and where it counts nothing the status is unknown. An undated report counts
as one of twenty years. These spreads are assumptions, shown as such.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.model.arrays import Floats, Singles
from geo.reach.threads import in_threads

#: σ of the logarithm of weights and of people; how often a site of unknown status needs no repair; evidence undated.
SIGMA_WEIGHT, SIGMA_PEOPLE, UNKNOWN_WORKS, UNDATED = 0.5, 0.2, 0.5, 0.1
SEED = 20261124
#: Of very long lists fewer are drawn than asked for, but not fewer than so many.
_LEAST = 50
#: The criterion that a repair for nobody has none of.
EACH = "cost_per_person_idr"
PEOPLE_CRITERIA = ("gain_people", "gain_poor", "health_burden", "relief_people", "person_km_saved")
#: Cells (draws × sites) of one block; from so many in all on compiled code is worth its start.
_CELLS, COMPILED_FROM = 50_000, 2_000_000
#: Scores this near to each other share a rank.
_SAME = np.float32(1e-6)


@dataclass(frozen=True)
class Draws:
    """How many draws, how weights are spread, and the N of "stays in the top N"."""

    number: int = 500
    spread: str = "around"
    top_n: int = 10


def needless(unknown: np.ndarray, evidence: Floats) -> Floats:
    """Return how likely each site works already, so that repairing it gains nobody, float64 of shape (n,).

    Examples
    --------
    >>> needless(np.array([True, False]), np.array([1.0, 1.0])).tolist()
    [0.5, 0.0]
    """
    trust = np.where(np.isnan(evidence), UNDATED, evidence)
    return np.asarray(UNKNOWN_WORKS * np.where(unknown, 1.0, 1.0 - trust), dtype=float)


def rank_spread(scaled: pd.DataFrame, needless_share: Floats, weights: dict[str, float], draws: Draws) -> pd.DataFrame:
    """Return `rank_low`, `rank_high` (90 % of the draws) and `top_n_share`, one row per site.

    What a site draws hangs on its id and the number of the draw, and on nothing else: neither the order of rows nor
    another site changes it. The weights of a draw are the same for all.

    Parameters
    ----------
    scaled
        Criteria scaled to 0–1, one column each; missing stays missing. Its index are the sites' ids.
    needless_share
        From `needless`.
    weights
        The agreed weight of each column.
    draws
        Number, spread, N.
    """
    count = len(scaled)
    weight = np.array([weights[name] for name in scaled.columns], dtype=np.float32)
    criteria = _Criteria.of(scaled, needless_share)
    number = min(draws.number, max(_LEAST, 60_000_000 // max(count, 1)))
    step = max(1, _CELLS // max(count, 1))
    ranks = np.empty((number, count), dtype=np.int32)
    begins = range(0, number, step)
    drawn = _weights(np.random.default_rng(SEED), weight, number, draws.spread)
    seeds = _seeds(scaled.index)

    def work(mine: slice) -> None:
        room = _Room(step, count, compiled=number * count >= COMPILED_FROM)
        for begin in begins[mine]:  # blocks small enough for a core's own cache
            block = slice(begin, begin + step)
            room.rank(room.scores(drawn[block], begin, seeds, criteria), ranks[block])

    in_threads(len(begins), work, least=2)
    low, high = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int32)
    share = np.empty(count)

    def sum_up(mine: slice) -> None:
        order = np.ascontiguousarray(ranks[:, mine].T)  # sorted along memory: four times as fast
        order.sort(axis=1)
        low[mine], high[mine] = order[:, int(0.05 * (number - 1))], order[:, int(np.ceil(0.95 * (number - 1)))]
        share[mine] = np.count_nonzero(order <= draws.top_n, axis=1) / number

    in_threads(count, sum_up, least=500)
    return pd.DataFrame({"rank_low": low, "rank_high": high, "top_n_share": share}, index=scaled.index)


@dataclass(frozen=True, eq=False)
class _Criteria:
    """Criteria as rows, shape (criteria, sites): of people (which vary from draw to draw) and others; what is known.

    `each` is the one of cost per person, shape (1, sites), which a repair for nobody loses, as in the list.
    """

    of_people: NDArray[np.bool_]
    people: Singles
    others: Singles
    known: Singles
    needless: Singles
    each: Singles
    is_each: NDArray[np.bool_]

    @classmethod
    def of(cls, scaled: pd.DataFrame, needless_share: Floats) -> _Criteria:
        rows = np.ascontiguousarray(scaled.to_numpy(dtype=np.float32).T)
        known = (~np.isnan(rows)).astype(np.float32)
        rows = np.nan_to_num(rows)
        of_people = np.array([name in PEOPLE_CRITERIA for name in scaled.columns], dtype=bool)
        is_each = np.array([name == EACH for name in scaled.columns], dtype=bool)
        each = rows[is_each] if is_each.any() else np.zeros((1, len(scaled)), dtype=np.float32)
        needless = needless_share.astype(np.float32)
        return cls(of_people, rows[of_people], rows[~of_people], known, needless, each, is_each)


class _Room:
    """Arrays of one block of draws, used again for the next: new ones would cost more than the arithmetic."""

    def __init__(self, draws: int, sites: int, *, compiled: bool) -> None:
        shape, self._compiled = (draws, sites), compiled
        self._factor, self._chance, self._score = (np.empty(shape, dtype=np.float32) for _ in range(3))
        self._key, self._yes, self._number = (
            np.empty(shape, dtype=np.int64),
            np.empty(shape, dtype=bool),
            np.arange(sites),
        )
        self._bits, self._more = self._key.view(np.uint64), np.empty(shape, dtype=np.uint64)

    def scores(self, drawn: Singles, begin: int, seeds: NDArray[np.uint64], of: _Criteria) -> Singles:
        """Score of each site in each draw from `begin` on; `drawn` are their weights, one row a draw."""
        size = len(drawn)
        factor, chance, score, yes = (part[:size] for part in (self._factor, self._chance, self._score, self._yes))
        bits = _mixed(seeds, begin, self._bits[:size], self._more[:size])
        np.take(_PEOPLE, np.bitwise_and(bits, np.uint64(0xFFFF), out=self._more[:size]), out=factor, mode="clip")
        np.multiply(np.right_shift(bits, np.uint64(40), out=bits), np.float32(2.0**-24), out=chance, casting="unsafe")
        np.multiply(factor, np.greater_equal(chance, of.needless, out=yes), out=factor)
        np.matmul(drawn[:, of.of_people], of.people, out=score)
        np.multiply(score, factor, out=score)
        np.add(score, np.matmul(drawn[:, ~of.of_people], of.others, out=factor), out=score)
        whole = np.matmul(drawn, of.known, out=factor)
        if of.is_each.any():  # who gains nobody in a draw has no cost per person there: the worst, as in the list
            np.less(chance, of.needless, out=yes)
            np.multiply(np.multiply(yes, of.each, out=chance), drawn[:, of.is_each], out=chance)
            np.maximum(np.subtract(score, chance, out=score), 0, out=score)
        score[np.less_equal(whole, 0, out=yes)] = 0
        return np.divide(score, whole, out=score, where=np.logical_not(yes, out=yes))

    def rank(self, score: Singles, ranks: NDArray[np.int32]) -> None:
        """Rank the sites of each draw into `ranks`; equal scores share the better rank. No score is negative.

        Bits of floats that are not negative are in the order of their values: with the site's number behind them they
        are sorted as whole numbers, three times as fast as `argsort`.
        """
        key = self._key[: len(score)]
        np.copyto(key, score.view(np.int32))
        np.left_shift(np.bitwise_xor(key, 0x7FFFFFFF, out=key), 32, out=key)  # the best first
        np.bitwise_or(key, self._number, out=key)
        key.sort(axis=1)
        if self._compiled:
            from geo.priorities import rank_kernels as kernels

            kernels.rank_sorted(key, score, _SAME, ranks)
        else:
            _rank_sorted(key, score, _SAME, ranks)


#: The middles of 32,768 equal parts of the left half of the normal distribution.
_LEFT = np.array([*map(NormalDist().inv_cdf, ((np.arange(32_768) + 0.5) / 65_536).tolist())])
#: Factors of people, one for each of 65,536 equal parts of the log-normal distribution.
_PEOPLE = np.exp(SIGMA_PEOPLE * np.concatenate([_LEFT, -_LEFT[::-1]])).astype(np.float32)
#: Constants of SplitMix64 (Steele, Lea and Flood 2014), a well-mixed number for any whole number.
_STEP, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def _seeds(ids: pd.Index) -> NDArray[np.uint64]:
    """A number for each site by its id."""
    return np.asarray(pd.util.hash_array(np.asarray(ids.astype(str), dtype=object)), dtype=np.uint64)


def _mixed(
    seeds: NDArray[np.uint64], begin: int, out: NDArray[np.uint64], room: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """64 random bits a site and draw, the draws counted from `begin`: SplitMix64 of the site's seed, into `out`."""
    draws = np.arange(begin + 1, begin + 1 + len(out), dtype=np.uint64) * _STEP
    np.add(draws[:, None], seeds, out=out)
    for shift, factor in ((30, _FIRST), (27, _SECOND)):
        np.bitwise_xor(out, np.right_shift(out, np.uint64(shift), out=room), out=out)
        np.multiply(out, factor, out=out)
    return np.bitwise_xor(out, np.right_shift(out, np.uint64(31), out=room), out=out)


def _rank_sorted(key: NDArray[np.int64], score: Singles, same: np.float32, ranks: NDArray[np.int32]) -> None:
    """The plain twin of `geo.priorities.rank_kernels.rank_sorted`."""
    site = key & 0xFFFFFFFF
    sorted_ = np.take_along_axis(score, site, axis=1)
    first = np.ones(score.shape, dtype=np.int32)
    fresh = sorted_[:, 1:] < sorted_[:, :-1] - same
    np.multiply(fresh, np.arange(2, score.shape[1] + 1, dtype=np.int32), out=first[:, 1:])
    np.maximum.accumulate(first, axis=1, out=first)
    np.put_along_axis(ranks, site, first, axis=1)


def _weights(random: np.random.Generator, weight: np.ndarray, size: int, spread: str) -> np.ndarray:
    """Weights of each draw: around the agreed ones, or uniform over the simplex of those that have a weight at all."""
    if spread == "around":
        normal = random.standard_normal((size, len(weight)), dtype=np.float32)
        return np.asarray(weight * np.exp(np.float32(SIGMA_WEIGHT) * normal))
    return np.where(weight > 0, random.standard_exponential((size, len(weight)), dtype=np.float32), np.float32(0))
