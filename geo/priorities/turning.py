"""With which other weight a site would be among the first: tried one criterion after another, each order made."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from geo.priorities.ranking import rank_of_score, scaled_criteria, weighted_score

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
        return int(rank_of_score(weighted_score(scaled, given))[row])

    if rank_with(weights) <= first:
        return None
    changes = sorted(
        (round(abs(value - weights[name]), 9), n, value, name) for n, name in enumerate(scaled) for value in tried
    )
    for change, alike in itertools.groupby(changes, key=lambda one: one[0]):
        others = [(n, value, name, {**weights, name: value}) for _, n, value, name in alike if change]
        ranks = [(rank_with(other), n, value, name) for n, value, name, other in others if any(other.values())]
        if ranks and min(ranks)[0] <= first:
            rank, _, value, name = min(ranks)
            return Turned(name, weights[name], value, rank)
    return None
