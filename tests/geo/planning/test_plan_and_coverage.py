"""What a plan tells against the coverage that follows it, where both services are built; what is proven of a wish."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from shapely.geometry import Point

from exports.paper.plan_words import asked_words
from geo.analysis.analyse import analyse
from geo.coverage import sharing
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.planning.options import Options, options_of
from geo.planning.plans import Wish, best_plan, curve
from tests.builders import inputs, offset, point, settlement, village
from texts import LANGUAGES
from views.planning.result import proof

ALL = ("repair", "upgrade", "new", "latrine", "mck")


def gained_after(data: Inputs, params: Params, changes: Any) -> float:
    before, after = (analyse(data, params, done, priorities=False).totals for done in ((), changes))
    return sum(before[name]["gap"] - after[name]["gap"] for name in ("water", "sanitation"))


@pytest.mark.parametrize("actions", [("new", "latrine"), ("new", "mck"), ALL])
def test_no_plan_spoils_its_own_wells_under_the_ten_metre_rule(actions: tuple[str, ...]) -> None:
    data = inputs([settlement("a", offset(0), 100.0), settlement("b", offset(4000), 80.0)])
    found = best_plan(options_of(data, Params(standard="id"), actions=actions), Wish(limit=4e9))
    assert found.people_gained > 300
    assert gained_after(data, Params(standard="id"), found.changes()) == pytest.approx(found.people_gained)


def test_a_latrine_keeps_away_from_the_well_that_stands_there() -> None:
    data = inputs(
        [settlement("a", offset(0), 100.0)], [point("w", offset(0), technology="protected_well", capacity_people=500)]
    )
    params = Params(standard="id")
    found = best_plan(options_of(data, params, actions=("latrine",)), Wish(limit=4e9))
    assert found.people_gained == 100
    assert gained_after(data, params, found.changes()) == pytest.approx(100)


@pytest.mark.parametrize("seed", range(12))
def test_random_worlds_with_every_action(seed: int) -> None:
    random = np.random.default_rng(seed)
    people = [
        settlement(f"s{n}", offset(float(random.uniform(0, 6000))), float(random.integers(30, 200))) for n in range(5)
    ]
    points = [
        point(f"p{n}", offset(float(random.uniform(0, 6000))), str(random.choice(["functional", "non_functional"])),
              technology=str(random.choice(["protected_well", "borehole"])), capacity_people=float(random.integers(50, 200)))
        for n in range(3)
    ]  # fmt: skip
    toilets = [
        {
            "facility_id": f"t{n}",
            "kind": "shared_latrine",
            "status": "functional",
            "at": offset(float(random.uniform(0, 6000))),
        }
        for n in range(2)
    ]
    data, params = inputs(people, points, sanitation=toilets), Params(standard="id")
    for limit in (2e8, 1e9):
        found = best_plan(options_of(data, params, actions=ALL), Wish(limit=limit))
        assert gained_after(data, params, found.changes()) == pytest.approx(found.people_gained, abs=0.01)


def poor_and_rich() -> Options:
    """POOR serves 100 poor people for 15 million, RICH 120 others for 10."""
    data = inputs(
        [settlement("p", offset(0), 100.0), settlement("r", offset(60_000), 120.0, village_code="32.03.18.2002")],
        [point("POOR", offset(10), "non_functional", rehab_cost_idr=15e6),
         point("RICH", offset(60_010), "non_functional", rehab_cost_idr=10e6)],
        [village(poor_share=1.0), village("32.03.18.2002", poor_share=0.0, geometry=Point(offset(60_000)))],
    )  # fmt: skip
    return options_of(data, Params(standard="wpdx"))


@pytest.mark.parametrize("asked", [{"poor_weight": 2.0}, {"committed": ("POOR",)}, {"floor_share": 0.5}])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_proven_says_what_it_keeps(asked: dict[str, Any], lang: str) -> None:
    options = poor_and_rich()
    plain, wished = (best_plan(options, Wish(limit=15e6, **more)) for more in ({}, asked))
    assert plain.people_gained == 120
    assert not asked_words(plain.wish, lang)
    words = asked_words(wished.wish, lang)
    assert words
    assert words in proof(wished.as_dict(), lang)
    assert proof(wished.as_dict(), lang) != proof(plain.as_dict(), lang)


@pytest.mark.parametrize(
    ("asked", "limit"),
    list(itertools.product([{}, {"poor_weight": 2.0}, {"committed": ("POOR",)}, {"floor_share": 1.0}], [10e6, 15e6, 25e6])),
)  # fmt: skip
def test_no_plan_lies_below_the_curve_of_the_same_wish(asked: dict[str, Any], limit: float) -> None:
    options = poor_and_rich()
    if asked.get("committed") and limit < 15e6:
        return
    found = best_plan(options, Wish(limit=limit, **asked))
    for one in curve(options, Wish(limit=limit, **asked), 5, known=found):
        if one.limit == limit:
            assert one.people_gained == found.people_gained
        if one.limit <= limit and not asked:
            assert one.people_gained <= found.people_gained


def test_what_is_asked_often_is_compiled_and_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    people = [
        settlement(f"s{n}", offset(float(at)), float(random.integers(20, 90)))
        for n, at in enumerate(random.uniform(0, 4000, 25))
    ]
    points = [
        point(f"p{n}", offset(float(at)), "functional" if n % 3 == 0 else "non_functional", capacity_people=float(random.integers(20, 120)),
              rehab_cost_idr=float(random.integers(5, 20)) * 1e6)
        for n, at in enumerate(random.uniform(0, 4000, 24))
    ]  # fmt: skip
    data, params = inputs(people, points), Params(standard="wpdx")
    told = []
    for from_ in (10**9, 0):
        monkeypatch.setattr(sharing, "WALKED", from_)
        options = options_of(data, params)
        told.append([best_plan(options, Wish(limit=limit)) for limit in (2e7, 6e7, 1.2e8)])
    for slow, fast in zip(*told, strict=True):
        assert [step.site_id for step in fast.steps] == [step.site_id for step in slow.steps]
        assert fast.people_gained == pytest.approx(slow.people_gained)
        assert [step.gain_in_plan for step in fast.steps] == pytest.approx([step.gain_in_plan for step in slow.steps])
