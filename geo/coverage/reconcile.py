"""What places count of their own becomes people: they keep their proportions and sum to the official total.

For a village with an official total T, the people p of those of its places that have a figure (k of n places, P
together, their mean m = P / k), and weights w of its places (1, or what its buildings weigh)::

    filled = P + m (sum of w - k)
    p' = p T / filled                 where a place has a figure
    p' = w m T / filled               where it has none
    p' = w T / (sum of w)             where no place has one, or all are 0

Where there is no total, p stands; a place nobody counted in such a village keeps a missing figure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.model.arrays import Floats, Ints


@dataclass(frozen=True, eq=False)
class Scales:
    """By village, shape (v,): the official total (NaN where none), what a figure is multiplied with, and what a place
    of weight 1 without a figure gets; `scale` is NaN where every place gets the latter.
    """

    official: Floats
    scale: Floats
    each: Floats


def scales(official: Floats, counted: Floats, known: Floats | Ints, weight: Floats | Ints) -> Scales:
    """Return how the places of each village become people.

    Parameters
    ----------
    official
        Official totals, shape (v,); NaN where there is none.
    counted, known
        Sum of the places' own figures, and how many have one.
    weight
        Sum of the weights of all of its places; their number where each weighs 1.

    Examples
    --------
    >>> found = scales(np.array([90.0]), np.array([40.0]), np.array([2]), np.array([3]))
    >>> found.scale.tolist(), found.each.tolist()
    ([1.5], [30.0])
    """
    mean = np.divide(counted, known, out=np.full(len(counted), np.nan), where=np.asarray(known) > 0)
    filled = counted + np.where(np.asarray(known) > 0, mean, 0.0) * (weight - known)
    even = ~(filled > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(even, np.nan, official / filled)
        each = np.where(even, official / np.where(weight > 0, weight, np.nan), mean * scale)
    return Scales(official, scale, each)


def reconciled(people: Floats, village: Ints, by: Scales, weight: Floats | float = 1.0) -> Floats:
    """Return the people of places, shape (n,).

    Parameters
    ----------
    people
        What each place counts itself; NaN where nobody counted.
    village
        Position of its village in `by`.
    weight
        What a place without a figure weighs among those of its village.

    Examples
    --------
    >>> by = scales(np.array([90.0]), np.array([40.0]), np.array([2]), np.array([3]))
    >>> reconciled(np.array([10.0, 30.0, np.nan]), np.array([0, 0, 0]), by).tolist()
    [15.0, 45.0, 30.0]
    """
    official, scale, each = by.official[village], by.scale[village], by.each[village]
    scaled = np.where(np.isnan(scale) | np.isnan(people), each * weight, people * scale)
    found: Floats = np.where(np.isnan(official), people, scaled)
    return found
