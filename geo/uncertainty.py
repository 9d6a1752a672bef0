"""How sure a rank is: seeded draws over weights, people, unknown statuses and the age of reports.

Each draw takes other weights (around the agreed ones, or anywhere: the whole simplex), other people at each site, and
asks of each site whether it needs the repair at all: one of unknown status does half of the time; a report's word
counts as much as its evidence 0.1^(age/20), and where it counts nothing the status is unknown. An undated report counts
as one of twenty years. These spreads are assumptions, shown as such.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.distance import Floats
from geo.threads import in_threads

SPREADS = ("around", "simplex")
#: σ of the logarithm of weights and of people; how often a site of unknown status needs no repair; evidence undated.
SIGMA_WEIGHT, SIGMA_PEOPLE, UNKNOWN_WORKS, UNDATED = 0.5, 0.2, 0.5, 0.1
SEED = 20261124
PEOPLE_CRITERIA = ("gain_people", "gain_poor", "health_burden", "relief_people", "person_km_saved")
#: Cells (draws × sites) of one block.
_CELLS = 250_000


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

    Parameters
    ----------
    scaled
        Criteria scaled to 0–1, one column each; missing stays missing.
    needless_share
        From `needless`.
    weights
        The agreed weight of each column.
    draws
        Number, spread, N.
    """
    count = len(scaled)
    weight = np.array([weights[name] for name in scaled.columns], dtype=np.float32)
    values = scaled.to_numpy(dtype=np.float32)
    known = (~np.isnan(values)).astype(np.float32)
    values = np.where(known, values, 0)
    people = np.array([name in PEOPLE_CRITERIA for name in scaled.columns])
    number = max(50, min(draws.number, 60_000_000 // max(count, 1)))
    step = max(1, _CELLS // max(count, 1))
    ranks = np.empty((number, count), dtype=np.int32)
    chance = needless_share.astype(np.float32)

    def draw(begin: int) -> None:
        """One block of draws: small enough for a core's own cache, with a seed of its own."""
        random = np.random.default_rng([SEED, begin] if begin else SEED)
        size = min(step, number - begin)
        drawn = _weights(random, weight, size, draws.spread)
        factor = np.exp(np.float32(SIGMA_PEOPLE) * random.standard_normal((size, count), dtype=np.float32))
        factor *= random.random((size, count), dtype=np.float32) >= chance
        score = (drawn[:, people] @ values[:, people].T) * factor + drawn[:, ~people] @ values[:, ~people].T
        whole = drawn @ known.T
        ranks[begin : begin + size] = _ranks(np.divide(score, whole, out=np.zeros_like(score), where=whole > 0))

    begins = range(0, number, step)

    def work(mine: slice) -> None:
        for begin in begins[mine]:
            draw(begin)

    in_threads(len(begins), work, least=2)
    order = np.sort(ranks, axis=0)
    low, high = order[int(0.05 * (number - 1))], order[int(np.ceil(0.95 * (number - 1)))]
    share = (ranks <= draws.top_n).mean(axis=0)
    return pd.DataFrame({"rank_low": low, "rank_high": high, "top_n_share": share}, index=scaled.index)


def _weights(random: np.random.Generator, weight: np.ndarray, size: int, spread: str) -> np.ndarray:
    """Weights of each draw: around the agreed ones, or uniform over the simplex of those that have a weight at all."""
    if spread == "around":
        normal = random.standard_normal((size, len(weight)), dtype=np.float32)
        return np.asarray(weight * np.exp(np.float32(SIGMA_WEIGHT) * normal))
    return np.where(weight > 0, random.standard_exponential((size, len(weight)), dtype=np.float32), np.float32(0))


def _ranks(score: np.ndarray) -> np.ndarray:
    """Rank of each site in each draw; equal scores share the better rank. Scores are float32 and not negative.

    Bits of floats that are not negative are in the order of their values: with the site's number behind them they are
    sorted as whole numbers, three times as fast as `argsort`.
    """
    key = (score.view(np.int32).astype(np.int64) ^ 0x7FFFFFFF) << 32  # the best first
    key |= np.arange(score.shape[1])
    key.sort(axis=1)
    sorted_ = ((key >> 32) ^ 0x7FFFFFFF).astype(np.int32).view(np.float32)
    key &= 0xFFFFFFFF
    first = np.empty(score.shape, dtype=np.int32)
    first[:, 0] = 1
    fresh = sorted_[:, 1:] < sorted_[:, :-1] - np.float32(1e-6)
    np.multiply(fresh, np.arange(2, score.shape[1] + 1, dtype=np.int32), out=first[:, 1:])
    np.maximum.accumulate(first, axis=1, out=first)
    ranks = np.empty_like(first)
    np.put_along_axis(ranks, key, first, axis=1)
    return ranks
