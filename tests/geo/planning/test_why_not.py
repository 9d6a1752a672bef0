"""Why not mine: every answer is held against a plan made with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geo.model.errors import CallError
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.planning.options import Options, options_of
from geo.planning.plans import Wish, best_plan
from geo.planning.why_not import why_not
from tests.builders import inputs, offset, point, settlement


def ground() -> Options:
    """Three broken points: A serves 300 for 10 million, B 200 for 10, C nobody for 5."""
    points = [
        point("A", offset(0), "non_functional", capacity_people=300, rehab_cost_idr=10e6),
        point("B", offset(5000), "non_functional", capacity_people=200, rehab_cost_idr=10e6),
        point("C", offset(20000), "non_functional", capacity_people=200, rehab_cost_idr=5e6),
    ]
    people = [settlement("a", offset(10), 300.0), settlement("b", offset(5010), 200.0)]
    return options_of(inputs(people, points), Params(standard="wpdx", draws=5))


def test_what_is_chosen_is_told_so_and_what_helps_nobody_too() -> None:
    options = ground()
    assert why_not(options, Wish(limit=10e6), "A").chosen
    idle = why_not(options, Wish(limit=10e6), "C")
    assert (idle.chosen, idle.gain_alone, idle.cost_enough, idle.limit_enough) == (False, 0.0, None, None)


def test_the_cost_and_the_money_that_would_be_enough_really_are() -> None:
    options = ground()
    told = why_not(options, Wish(limit=12e6), "B")
    assert (told.chosen, told.gain_alone) == (False, 200.0)
    assert told.cost_enough == pytest.approx(2e6, abs=0.25e6)
    assert told.cost_enough <= 2e6
    assert told.limit_enough is not None
    assert "B" in {step.site_id for step in best_plan(options, Wish(limit=told.limit_enough)).steps}


def test_answers_hold_on_the_shipped_kecamatan(shipped: Inputs) -> None:
    options = options_of(shipped, Params(area="32.03.18", draws=5))
    wish = Wish(limit=100e6)
    plan = best_plan(options, wish)
    inside = {step.site_id for step in plan.steps}
    asked = [site for site in options.table["site_id"] if site not in inside][:4]
    for site in asked:
        told = why_not(options, wish, site, plan)
        assert not told.chosen
        if told.limit_enough is not None:
            bigger = best_plan(options, replace(wish, limit=told.limit_enough))
            assert site in {step.site_id for step in bigger.steps}
        if told.cost_enough is not None:
            table = options.table.copy()
            mine = table["site_id"] == site
            table.loc[mine, "cost_idr"] *= told.cost_enough / told.cost_idr
            cheaper = best_plan(replace(options, table=table), wish)
            assert site in {step.site_id for step in cheaper.steps}


def test_a_site_that_is_no_choice_and_a_wish_without_a_limit_are_refused() -> None:
    with pytest.raises(CallError, match="not_a_choice"):
        why_not(ground(), Wish(limit=1e6), "Z")
    with pytest.raises(CallError, match="limit_or_target"):
        why_not(ground(), Wish(target_share=0.5), "A")
