"""Weights: textbook cases of AHP, points, combinations, TOPSIS against its definition."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.model.errors import CallError
from geo.priorities.weights import INCONSISTENT, Weights, combined, from_pairs, from_points, shares, topsis

A, B, C, D = "gain_people", "crucialness", "evidence", "pressure"


def test_saatys_drinks_textbook_case() -> None:
    """Saaty (2008), relative consumption of drinks: weights .177 .019 .042 .116 .190 .129 .327, ratio 0.022."""
    names = ["gain_people", "crucialness", "evidence", "pressure", "relief_people", "institutions", "gain_poor"]
    rows = {
        (0, 1): 9, (0, 2): 5, (0, 3): 2, (0, 4): 1, (0, 5): 1, (0, 6): 1 / 2,
        (1, 2): 1 / 3, (1, 3): 1 / 9, (1, 4): 1 / 9, (1, 5): 1 / 9, (1, 6): 1 / 9,
        (2, 3): 1 / 3, (2, 4): 1 / 4, (2, 5): 1 / 3, (2, 6): 1 / 9,
        (3, 4): 1 / 2, (3, 5): 1, (3, 6): 1 / 3,
        (4, 5): 2, (4, 6): 1 / 2,
        (5, 6): 1 / 3,
    }  # fmt: skip
    found, ratio = from_pairs({(names[a], names[b]): value for (a, b), value in rows.items()})
    assert [round(found[name], 3) for name in names] == [0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327]
    assert ratio == pytest.approx(0.022, abs=0.002)
    assert ratio < INCONSISTENT


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.2, 1.0), min_size=3, max_size=5))
def test_consistent_judgements_give_back_their_weights(weights: list[float]) -> None:
    names = [A, B, C, D, "institutions"][: len(weights)]
    pairs = {(a, b): x / y for (a, x), (b, y) in itertools.combinations(zip(names, weights, strict=True), 2)}
    found, ratio = from_pairs(pairs)
    assert [found[n] for n in names] == pytest.approx([w / sum(weights) for w in weights], abs=1e-3)
    assert ratio == pytest.approx(0, abs=1e-2)


def test_a_circle_is_inconsistent() -> None:
    _, ratio = from_pairs({(A, B): 9, (B, C): 9, (A, C): 1 / 9})
    assert ratio > INCONSISTENT


@pytest.mark.parametrize("pairs", [{}, {(A, B): 10}, {(A, B): 3, (B, C): 3}, {(A, B): 3, (B, A): 3}])
def test_bad_judgements_are_refused(pairs: dict[tuple[str, str], float]) -> None:
    with pytest.raises(CallError):
        from_pairs(pairs)


def test_points_must_be_a_hundred() -> None:
    assert from_points({A: 30, B: 70})[B] == 0.7
    for wrong in ({A: 30, B: 60}, {A: 0}, {A: -10, B: 110}):
        with pytest.raises(CallError):
            from_points(wrong)
    with pytest.raises(CallError):
        shares({"beauty": 1.0})


def test_members_are_combined_by_mean_or_geometric_mean() -> None:
    one = Weights("A", "", "pairs", {A: 0.9, B: 0.1}, {(A, B): 9.0})
    two = Weights("B", "", "pairs", {A: 0.5, B: 0.5}, {(B, A): 1.0})
    found, ratio = combined([one, two])
    assert found[A] / found[B] == pytest.approx(3.0, rel=1e-4), "the geometric mean of 9 and 1"
    assert ratio == pytest.approx(0.0)
    three = Weights("C", "", "points", {C: 1.0})
    found, ratio = combined([one, three])
    assert ratio is None
    assert (found[A], found[C]) == (0.45, 0.5)
    with pytest.raises(CallError):
        combined([])
    for wrong in ({"member": " "}, {"method": "dice"}, {"weights": {A: 0.0}}):
        with pytest.raises(CallError):
            Weights(**({"member": "A", "organisation": "", "method": "points", "weights": {A: 1.0}} | wrong))


def test_topsis_by_its_definition() -> None:
    random = np.random.default_rng(4)
    table = pd.DataFrame({A: random.uniform(1, 100, 12), "cost_per_person_idr": random.uniform(1, 9, 12)})
    weights = {A: 3.0, "cost_per_person_idr": 1.0}
    share = np.array([0.75, 0.25])
    scaled = table.to_numpy() / np.sqrt((table.to_numpy() ** 2).sum(axis=0)) * share
    best = np.array([scaled[:, 0].max(), scaled[:, 1].min()])
    worst = np.array([scaled[:, 0].min(), scaled[:, 1].max()])
    to_best, to_worst = (np.sqrt(((scaled - ideal) ** 2).sum(axis=1)) for ideal in (best, worst))
    assert topsis(dict(table.items()), weights) == pytest.approx(to_worst / (to_best + to_worst), abs=1e-6)
    assert topsis(dict(table.assign(**{A: np.nan}).items()), {A: 1.0}).tolist() == [0.0] * 12


def test_topsis_equals_pymcdm() -> None:
    from pymcdm.methods import TOPSIS
    from pymcdm.normalizations import vector_normalization

    random = np.random.default_rng(7)
    table = pd.DataFrame({A: random.uniform(1, 100, 40), "cost_per_person_idr": random.uniform(1, 9, 40)})
    theirs = TOPSIS(vector_normalization)(table.to_numpy(), np.array([0.6, 0.4]), np.array([1, -1]))
    assert topsis(dict(table.items()), {A: 3.0, "cost_per_person_idr": 2.0}) == pytest.approx(theirs, abs=1e-12)


def test_a_repair_for_nobody_is_the_dearest_per_person() -> None:
    gain, cost = np.array([40.0, 0.0, 0.0, 400.0]), np.array([900_000.0, np.nan, np.nan, 20_000.0])
    closeness = topsis(
        {"gain_people": gain, "cost_per_person_idr": cost}, {"gain_people": 5.0, "cost_per_person_idr": 2.0}
    )
    assert pd.Series(closeness).rank(ascending=False).tolist() == [2.0, 3.5, 3.5, 1.0]
