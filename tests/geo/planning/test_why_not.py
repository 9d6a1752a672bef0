"""Why not mine: every answer is held against a plan made with it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pytest
from shapely.geometry import box

from geo.model.called import called
from geo.model.errors import CallError
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.planning.options import Options, options_of
from geo.planning.plans import Wish, best_plan
from geo.planning.why_not import no_choice, why_not, why_not_any, why_not_village
from tests.builders import LAT, LON, inputs, offset, point, settlement, village
from texts import LANGUAGES, t, why_not_text


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


def test_the_money_that_is_enough_is_the_least_to_a_fiftieth(shipped: Inputs) -> None:
    """With a fiftieth less the site is not chosen: no step of eight coarse ones is told as what it takes."""
    options, wish = ground(), Wish(limit=1e6)
    told = why_not(options, wish, "B")
    assert told.limit_enough == pytest.approx(20e6, rel=0.02)
    assert told.limit_enough >= 20e6
    less = best_plan(options, replace(wish, limit=told.limit_enough * 0.979))
    assert "B" not in {step.site_id for step in less.steps}
    assert why_not(options, Wish(limit=1, unit="actions"), "B").limit_enough == 2


def test_a_site_that_is_no_choice_has_a_reason_in_the_data() -> None:
    points = [
        point("works", offset(0), "needs_repair"), point("gone", offset(100), "abandoned"),
        point("bare", offset(200), "non_functional", technology=None),
        point("open", offset(300), "non_functional", technology="surface_water"),
        point("pond", offset(350), "functional", technology="surface_water"),
        point("far", offset(0, 9000), "non_functional"), point("broken", offset(400), "non_functional"),
    ]  # fmt: skip
    far = village("32.03.18.2002", geometry=box(LON - 0.05, LAT + 0.06, LON + 0.05, LAT + 0.1))
    data = inputs([settlement("a", offset(10), 300.0)], points, [village(), far])
    params = Params(standard="id", area="32.03.18.2001", draws=5)
    options = options_of(data, params)
    assert no_choice(options, "broken") is None
    assert no_choice(options, "nowhere") is None
    told = {name: no_choice(options, name) for name in ("works", "gone", "bare", "open", "pond", "far")}
    assert {name: one.reason for name, one in told.items() if one} == {
        "works": "works", "gone": "gone", "bare": "no_cost", "open": "not_counted", "pond": "not_counted",
        "far": "elsewhere",
    }  # fmt: skip
    assert told["open"].since == "unimproved"
    assert "tidak terlindung" in why_not_text(told["open"], "idr", "id")
    assert "10 m" not in why_not_text(told["open"], "idr", "id"), "the true reason alone"
    built = options_of(data, params, actions=("new",))
    assert no_choice(built, "broken").reason == "not_asked"
    for name in told:
        for lang in ("id", "en"):
            assert name in why_not_text(why_not_any(options, Wish(limit=1e6), name), "idr", lang)


def test_a_village_is_told_what_would_help_its_best_site_in() -> None:
    options = ground()
    mine = why_not_village(options, Wish(limit=1e6), "32.03.18.2001")
    assert (mine.actions, mine.gap, mine.unmapped) == (
        0,
        {"water": 500.0, "sanitation": 500.0},
        {"water": 0.0, "sanitation": 0.0},
    )
    assert mine.site is not None
    assert (mine.site.site_id, mine.site.gain_alone) == ("A", 300.0)
    assert mine.site.limit_enough == pytest.approx(10e6, rel=0.02)
    assert why_not_village(options, Wish(limit=50e6), "32.03.18.2001").actions == 2
    text = why_not_text(mine, "idr", "en", "Sukamaju")
    assert "Sukamaju: no action of this plan stands here" in text
    assert "A (cost" in text


@pytest.mark.parametrize(
    ("surveyed_on", "works", "says"),
    [("2026-01-01", True, "served"), (None, False, "unmapped"), ("2026-01-01", False, "nothing")],
)
def test_a_village_without_any_choice_is_told_why(surveyed_on: str | None, works: bool, says: str) -> None:
    status = "functional" if works else "abandoned"
    toilets = [{"facility_id": "t", "at": offset(20), "kind": "public_toilet", "status": status}]
    data = inputs(
        [settlement("a", offset(10), 300.0)], [point("p", offset(0), status)], [village(surveyed_on=surveyed_on)],
        sanitation=toilets,
    )  # fmt: skip
    told = why_not_village(options_of(data, Params(standard="wpdx", draws=5)), Wish(limit=1e6), "32.03.18.2001")
    words = {"served": "have the service", "unmapped": "inventory is not complete", "nothing": "Allow other actions"}
    assert words[says] in why_not_text(told, "idr", "en")


def test_a_village_of_whom_nobody_knows_is_answered_as_the_plan_counts() -> None:
    """Where unmapped people count, the best site of their village is told; else that complete data may change it."""
    data = inputs(
        [settlement("a", offset(10), 300.0)], [point("p", offset(0), "non_functional", rehab_cost_idr=5e6)],
        [village(surveyed_on=None)],
    )  # fmt: skip
    options = options_of(data, Params(standard="wpdx", draws=5))
    counted = why_not_village(options, Wish(limit=1e6, count_unmapped=True), "32.03.18.2001")
    assert counted.site is not None
    assert (counted.site.site_id, counted.site.gain_alone) == ("p", 300.0)
    assert "this plan counts them" in why_not_text(counted, "idr", "en")
    plain = why_not_village(options, Wish(limit=1e6), "32.03.18.2001")
    assert plain.site is None
    assert "Complete data may change that" in why_not_text(plain, "idr", "en")


def test_a_village_outside_the_area_is_told_so() -> None:
    far = village("32.03.18.2002", geometry=box(LON - 0.05, LAT + 0.06, LON + 0.05, LAT + 0.1))
    places = [settlement("a", offset(10), 300.0), settlement("b", offset(0, 9000), 9.0, village_code="32.03.18.2002")]
    data = inputs(places, [point("p", offset(0), "non_functional")], [village(), far])
    options = options_of(data, Params(standard="wpdx", area="32.03.18.2001", draws=5))
    told = why_not_village(options, Wish(limit=1e6), "32.03.18.2002")
    assert told.outside
    assert "outside the area" in why_not_text(told, "idr", "en", "Desa Lain")


def test_nobody_known_to_live_there_is_not_everybody_served() -> None:
    data = inputs(
        [settlement("a", offset(0), None)], [point("p", offset(10), "non_functional")], [village(population=None)]
    )
    told = why_not_village(options_of(data, Params(standard="wpdx", draws=5)), Wish(limit=1e9), "32.03.18.2001")
    assert told.unknown
    for lang in LANGUAGES:
        said = why_not_text(told, "idr", lang, "Pagelaran")
        assert said == t("why_not.village.unknown", lang, village="Pagelaran")
    known = inputs([settlement("a", offset(0), 10)], [point("p", offset(10), "functional")], [village(population=10)])
    served = why_not_village(options_of(known, Params(standard="wpdx", draws=5)), Wish(limit=1e9), "32.03.18.2001")
    assert not served.unknown


def test_a_site_is_called_by_its_name_and_what_is_new_by_its_settlement(shipped: Inputs) -> None:
    first = shipped.water_points.iloc[0]
    assert called(shipped, first["point_id"]) == f"{first['name']} ({first['point_id']})"
    place = shipped.settlements.iloc[0]
    new = f"new-{place['settlement_id']}"
    assert called(shipped, new) == f"{place['name']} ({new})"
    assert called(shipped, "nobody-knows") == "nobody-knows"
    told = why_not_text(SimpleNamespace(site_id=new, gain_alone=0.0, cost_idr=1e6, chosen=True), "idr", "en", "",
                        partial(called, shipped))  # fmt: skip
    assert place["name"] in told
