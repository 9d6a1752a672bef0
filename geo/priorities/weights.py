"""How the members' judgements become weights: points, pairs (AHP), the combination of all, and TOPSIS beside the sum.

Source: Saaty (1980), The Analytic Hierarchy Process; Forman and Peniwati (1998) on combining members; Hwang and Yoon
(1981) for TOPSIS. The arithmetic of AHP is that of the package ahpy; TOPSIS is held to pymcdm by a test
(the package brings all of matplotlib along, half of a second at every list).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from geo.model.arrays import Floats
from geo.model.errors import CallError
from geo.model.facts import criteria

#: Judgements less consistent than this should be looked at again (Saaty).
INCONSISTENT = 0.10
METHODS = ("sliders", "points", "pairs")
POINTS = 100
Judgements = Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class Weights:
    """One member's weights of the criteria, each at least 0; how they were given, and the pairs behind them."""

    member: str
    organisation: str
    method: str
    weights: Mapping[str, float]
    pairs: Judgements = field(default_factory=dict)
    consistency: float | None = None

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise CallError("error.option", name="method", value=self.method, known=", ".join(METHODS))
        if not self.member.strip():
            raise CallError("error.nobody")
        _checked(self.weights)


def _checked(weights: Mapping[str, float]) -> None:
    known = criteria()
    for name, value in weights.items():
        if name not in known:
            raise CallError("error.option", name="weights", value=name, known=", ".join(known))
        if not 0 <= value < float("inf"):
            raise CallError("error.number", name=name, value=value)
    if not sum(weights.values()) > 0:
        raise CallError("error.no_weight")


def shares(weights: Mapping[str, float]) -> dict[str, float]:
    """Return the weights as shares that sum to 1.

    Examples
    --------
    >>> shares({"gain_people": 3.0, "evidence": 1.0})
    {'gain_people': 0.75, 'evidence': 0.25}
    """
    _checked(weights)
    total = sum(weights.values())
    return {name: float(value) / total for name, value in weights.items()}


def from_points(points: Mapping[str, float]) -> dict[str, float]:
    """Return weights from points that a member shared out over the criteria; exactly `POINTS` of them.

    Examples
    --------
    >>> from_points({"gain_people": 60, "evidence": 40})
    {'gain_people': 0.6, 'evidence': 0.4}
    """
    if abs(sum(points.values()) - POINTS) > 1e-9:
        raise CallError("error.points", total=sum(points.values()), points=POINTS)
    return shares(points)


def from_pairs(pairs: Judgements) -> tuple[dict[str, float], float]:
    """Return the weights that pairwise judgements mean (principal eigenvector), and their consistency ratio.

    Parameters
    ----------
    pairs
        For each pair (a, b) of criteria how many times a matters as much as b, 1/9 to 9; every pair once.

    Raises
    ------
    CallError
        If a judgement is out of range or a pair is missing.

    Examples
    --------
    >>> pairs = {("gain_people", "evidence"): 3, ("gain_people", "pressure"): 6, ("evidence", "pressure"): 2}
    >>> weights, ratio = from_pairs(pairs)
    >>> {name: round(value, 3) for name, value in weights.items()}, round(ratio, 3)
    ({'gain_people': 0.667, 'evidence': 0.222, 'pressure': 0.111}, 0.0)
    """

    import ahpy

    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    for value in pairs.values():
        if not 1 / 9 - 1e-9 <= value <= 9 + 1e-9:
            raise CallError("error.judgement", value=value)
    for a, b in itertools.combinations(names, 2):
        if ((a, b) in pairs) == ((b, a) in pairs):
            raise CallError("error.pair", a=a, b=b)
    if len(names) < 2:
        raise CallError("error.pair", a="–", b="–")
    compared = ahpy.Compare("weights", {pair: float(value) for pair, value in pairs.items()}, precision=9)
    found = {name: float(compared.target_weights[name]) for name in names}
    return shares(found), float(compared.consistency_ratio or 0.0)


def combined(members: Sequence[Weights]) -> tuple[dict[str, float], float | None]:
    """Return the weights of all members together, each counting once, and the consistency ratio where there is one.

    Where all judged the same pairs, their judgements are combined by the geometric mean, the one way in which a
    group's judgement of (a, b) stays the inverse of that of (b, a); else the mean of everybody's weights is taken.

    Examples
    --------
    >>> one = Weights("A", "", "points", {"gain_people": 1.0, "evidence": 0.0})
    >>> two = Weights("B", "", "points", {"gain_people": 0.0, "evidence": 1.0})
    >>> combined([one, two])
    ({'gain_people': 0.5, 'evidence': 0.5}, None)
    """
    if not members:
        raise CallError("error.no_weight")
    asked = {frozenset(frozenset(pair) for pair in member.pairs) for member in members}
    if len(asked) == 1 and all(member.pairs for member in members):
        order = list(members[0].pairs)
        means = {pair: float(np.exp(np.mean([np.log(_judged(m.pairs, pair)) for m in members]))) for pair in order}
        return from_pairs(means)
    each = [shares(member.weights) for member in members]
    names = list(dict.fromkeys(name for weights in each for name in weights))
    return {name: float(np.mean([weights.get(name, 0.0) for weights in each])) for name in names}, None


def _judged(pairs: Judgements, pair: tuple[str, str]) -> float:
    return float(pairs[pair]) if pair in pairs else 1.0 / float(pairs[pair[::-1]])


def _varies(values: Floats) -> bool:
    known = values[~np.isnan(values)]
    return bool(len(known) and known.min() < known.max())


def topsis(columns: Mapping[str, Any], weights: Mapping[str, float]) -> Floats:
    """Return the TOPSIS closeness of each row, 0 to 1: near the ideal in every criterion and far from the worst.

    Criteria without weight, or with one value for all, are left out; a missing value counts as the list's median, but
    a repair that gains nobody as the dearest per person.

    Examples
    --------
    >>> columns = {"gain_people": np.array([10.0, 90.0]), "evidence": np.array([0.5, 0.9])}
    >>> topsis(columns, {"gain_people": 1.0, "evidence": 1.0}).tolist()
    [0.0, 1.0]
    """
    filled = {name: np.array(columns[name], dtype=float) for name, weight in weights.items() if weight > 0}
    filled = {name: values for name, values in filled.items() if _varies(values)}
    if not filled:
        return np.zeros(len(next(iter(columns.values()))))
    if "cost_per_person_idr" in filled and "gain_people" in columns:
        dear = filled["cost_per_person_idr"]
        dear[np.asarray(columns["gain_people"]) == 0] = np.nanmax(dear)
    values = np.column_stack([np.where(np.isnan(one), np.nanmedian(one), one) for one in filled.values()])
    share = np.array([weights[name] for name in filled], dtype=float)
    rises = np.array([bool(criteria()[name]["higher_is_better"]) for name in filled])
    part = values / np.sqrt(np.sum(values**2, axis=0))
    weighed = np.where(rises, part, 1 - part) * (share / share.sum())
    to_best = np.sqrt(np.sum((weighed - weighed.max(axis=0)) ** 2, axis=1))
    to_worst = np.sqrt(np.sum((weighed - weighed.min(axis=0)) ** 2, axis=1))
    closeness: Floats = to_worst / (to_worst + to_best)
    return closeness
