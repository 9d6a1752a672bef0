"""With which other weight a site would be among the first: tried one criterion after another, each order made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from geo.priorities.ranking import scaled_criteria, weighted_score

#: Weights that are tried: those that the page's sliders have.
TRIED = tuple(np.arange(0.0, 10.01, 0.5).tolist())


@dataclass(frozen=True)
class Turned:
    """One criterion's weight, as it is and as it would have to be, and the rank that the site has then."""

    criterion: str
    weight: float
    enough: float
    rank: int


def weight_enough(
    columns: Mapping[str, Any], weights: Mapping[str, float], row: int, first: int, tried: Sequence[float] = TRIED
) -> Turned | None:
    """Return the least change of one criterion's weight with which a site of the list is among the first.

    Parameters
    ----------
    columns
        The list's indicators by name: arrays, or a table with those columns.
    weights
        As they are, by criterion.
    row
        Position of the site in the list.
    first
        Among so many.

    Returns
    -------
    None where no single weight of those tried is enough, or the site is among the first already. Of equal changes the
    one with the better rank, then the first criterion.
    """
    scaled = scaled_criteria(columns)

    def rank_with(given: Mapping[str, float]) -> int:
        score = np.round(weighted_score(scaled, given), 9)
        return int((score > score[row]).sum()) + 1

    if rank_with(weights) <= first:
        return None
    best: tuple[tuple[float, int], Turned] | None = None
    for name in scaled:
        for value in tried:
            change, other = round(abs(value - weights[name]), 9), {**weights, name: value}
            if change == 0 or not any(other.values()) or (best is not None and change > best[0][0]):
                continue
            rank = rank_with(other)
            if rank <= first and (best is None or (change, rank) < best[0]):
                best = (change, rank), Turned(name, weights[name], value, rank)
    return None if best is None else best[1]
