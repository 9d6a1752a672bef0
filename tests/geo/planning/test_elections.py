"""What was chosen in an election, against the engine's own coverage before and after."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geo.analysis.analyse import analyse
from geo.model.changes import Change
from geo.model.params import Params
from geo.planning.elections import brought, optimum
from geo.planning.options import options_of
from tests.builders import inputs, offset, point, settlement

PARAMS = Params(standard="wpdx", draws=5)
A, B, C = (("water", "repair", key) for key in "ABC")


def ground() -> object:
    """A and B lie side by side before 300 people and serve 200 each; C serves another 100 alone."""
    points = [
        point("A", offset(0), "non_functional", capacity_people=200, rehab_cost_idr=10e6),
        point("B", offset(20), "non_functional", capacity_people=200, rehab_cost_idr=10e6),
        point("C", offset(9000), "non_functional", capacity_people=200, rehab_cost_idr=5e6),
    ]
    return inputs([settlement("a", offset(10), 300.0), settlement("c", offset(9010), 100.0)], points)


@pytest.mark.parametrize("chosen", [(A,), (A, B), (A, C), (A, B, C), ()])
def test_as_the_coverage_before_and_after_says(chosen: tuple[tuple[str, str, str], ...]) -> None:
    data = ground()
    found = brought(options_of(data, PARAMS), chosen)
    before, after = (
        analyse(data, PARAMS, changes, priorities=False).totals["water"]["served"]
        for changes in ((), tuple(Change("water", key, "functional") for _, _, key in chosen))
    )
    assert found.people_gained == pytest.approx(after - before)
    assert sum(found.by_village.values()) == pytest.approx(found.people_gained)
    assert found.poor_gained is None  # nobody told how many are poor: not nobody
    assert not found.missing


def test_the_poor_where_they_are_told_and_what_is_not_there() -> None:
    data = ground()
    data = replace(data, villages=data.villages.assign(poor_share=0.5))
    found = brought(options_of(data, PARAMS), (A, B, ("water", "repair", "gone")))
    assert (found.people_gained, found.poor_gained) == (300.0, 150.0)
    assert found.missing == (("water", "repair", "gone"),)


def test_the_best_for_the_money_of_the_ballot_at_its_own_costs() -> None:
    options = options_of(ground(), PARAMS)
    best = optimum(options, {A: 6e6, B: 6e6, C: 1e6}, 7e6)
    assert {step.site_id for step in best.steps} in ({"A", "C"}, {"B", "C"})
    assert (best.people_gained, best.cost_idr) == (300.0, 7e6)
    assert {step.site_id for step in optimum(options, {B: 6e6, C: 1e6}, 6e6).steps} == {"B"}
