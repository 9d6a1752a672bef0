"""Scores, TOPSIS and shared ranks over a list of sites, column by column (DESIGN.md 5; methods, Score; Weights)."""

import math
import statistics
from collections.abc import Mapping, Sequence

from .facts import criteria

Values = Sequence[float | None]


def scale_values(values: Values, *, higher_is_better: bool = True, log: bool = False) -> list[float | None]:
    """Min-max over the list, 1 the best; all equal: 0 (assumed); missing stays missing."""
    shown = [None if v is None or math.isnan(v) else (math.log(v) if log else v) for v in values]
    told = [v for v in shown if v is not None]
    low, high = min(told, default=0.0), max(told, default=0.0)
    scaled = [None if v is None else (0.0 if high == low else (v - low) / (high - low)) for v in shown]
    return [None if v is None else v if higher_is_better or high == low else 1 - v for v in scaled]


def is_missing(value: float | None) -> bool:
    """Whether a criterion says nothing of a site."""
    return value is None or math.isnan(value)


def scaled_criteria(table: Mapping[str, Values], weights: Mapping[str, float]) -> dict[str, list[float | None]]:
    """Each weighted criterion scaled over the list; a repair for nobody scores 0 on cost per person (methods)."""
    told = criteria()
    scaled = {}
    for name, weight in weights.items():
        if weight > 0:
            fact = told[name]
            scaled[name] = scale_values(
                table[name], higher_is_better=fact["higher_is_better"], log=fact["scale"] == "log"
            )
    if "cost_per_person_idr" in scaled:
        nobody = [not is_missing(g) and abs(g) < 1e-9 for g in table["gain_people"]]
        pairs = zip(scaled["cost_per_person_idr"], nobody, strict=True)
        scaled["cost_per_person_idr"] = [0.0 if none else value for value, none in pairs]
    return scaled


def scores(table: Mapping[str, Values], weights: Mapping[str, float]) -> list[float | None]:
    """Weighted mean of the scaled criteria; a missing one is left out and the rest weigh accordingly."""
    scaled = scaled_criteria(table, weights)
    count = len(next(iter(table.values())))
    result: list[float | None] = []
    for row in range(count):
        told = [(weights[name], value) for name in scaled if (value := scaled[name][row]) is not None]
        whole = sum(weight for weight, _ in told)
        result.append(sum(weight * value for weight, value in told) / whole if whole else None)
    return result


def shared_ranks(values: Values, digits: int = 9) -> list[int | None]:
    """1 + how many are better: equal ones share the best rank among them (assumed), the next one skips."""
    rounded = [None if v is None else round(v, digits) for v in values]
    told = [v for v in rounded if v is not None]
    return [None if v is None else 1 + sum(other > v for other in told) for v in rounded]


def tied(values: Values, digits: int = 9) -> list[bool]:
    """Whether another site has the same rank."""
    ranks = shared_ranks(values, digits)
    return [rank is not None and ranks.count(rank) > 1 for rank in ranks]


def with_median(values: Values) -> list[float]:
    """Missing values as the list's median (methods, Weights)."""
    told = [v for v in values if v is not None and not math.isnan(v)]
    middle = statistics.median(told) if told else 0.0
    return [middle if v is None or math.isnan(v) else v for v in values]


def nobody_dearest(table: Mapping[str, Values]) -> dict[str, Values]:
    """A repair for nobody counts as the list's dearest per person (methods, Weights)."""
    dear = table.get("cost_per_person_idr")
    told = [] if dear is None else [v for v in dear if not is_missing(v)]
    if not told or dear is None or "gain_people" not in table:
        return dict(table)
    pairs = zip(dear, table["gain_people"], strict=True)
    return dict(table) | {"cost_per_person_idr": [max(told) if gain == 0 else v for v, gain in pairs]}


def topsis(table: Mapping[str, Values], weights: Mapping[str, float]) -> list[float]:
    """Nearness to the ideal: d⁻ / (d⁺ + d⁻) of vector-normalised, weighted columns (Hwang and Yoon 1981)."""
    table = nobody_dearest(table)
    ideal_gap, worst_gap = [], []
    for name, weight in weights.items():
        if weight > 0:
            column = with_median(table[name])
            length = math.sqrt(sum(v * v for v in column))
            shown = [weight * v / length if length else 0.0 for v in column]
            up = criteria()[name]["higher_is_better"]
            best, worst = (max(shown), min(shown)) if up else (min(shown), max(shown))
            ideal_gap.append([(v - best) ** 2 for v in shown])
            worst_gap.append([(v - worst) ** 2 for v in shown])
    to_best = [math.sqrt(sum(row)) for row in zip(*ideal_gap, strict=True)]
    to_worst = [math.sqrt(sum(row)) for row in zip(*worst_gap, strict=True)]
    return [w / (b + w) if b + w else 0.0 for b, w in zip(to_best, to_worst, strict=True)]


def initial_weights() -> dict[str, float]:
    """The weights at the start (data/indicators.toml)."""
    return {name: fact["weight"] for name, fact in criteria().items()}
