"""Plans over years: brute force over years and actions, the money of every year and source, the laws of time."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from shapely.geometry import box

from geo.analysis.analyse import analyse
from geo.model.changes import Change
from geo.model.errors import CallError
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.planning.coverage_problem import Wish
from geo.planning.options import options_of
from geo.planning.plans import best_plan
from geo.priorities.costs import shipped_costs
from geo.years import schedule
from geo.years.ground import ground_of
from geo.years.money import ANY, Grant, Purse, grants_of
from geo.years.plan import YearPlan, year_plan
from geo.years.wish import YearWish
from tests.builders import LAT, LON, inputs, offset, point, settlement, village

PARAMS = Params(standard="wpdx", radius_m=600.0, draws=50)


def ground(seed: int, *, choices: int = 6, capacity: bool = True, **more: object) -> Inputs:
    random = np.random.default_rng(seed)
    places = [
        settlement(f"s{i}", offset(*random.uniform(-1500, 1500, 2)), float(random.integers(10, 200))) for i in range(16)
    ]
    points = [
        point(
            f"p{j}", offset(*random.uniform(-1500, 1500, 2)), "functional" if j < 2 else "non_functional",
            technology="hand_pump", capacity_people=float(random.integers(40, 250)) if capacity else None,
            rehab_cost_idr=float(random.integers(2, 20)) * 1e6, **more,
        )
        for j in range(choices + 2)
    ]  # fmt: skip
    return inputs(places, points)


def served(data: Inputs, chosen: tuple[str, ...]) -> float:
    changes = tuple(Change("water", site, "functional") for site in chosen)
    return float(analyse(data, PARAMS, changes, priorities=False).totals["water"]["served"])


def by_hand(data: Inputs, wish: YearWish) -> float:
    """People-years of the best schedule, each one tried, its money counted by rules written down again."""
    cost = dict(zip(data.water_points["point_id"], data.water_points["rehab_cost_idr"], strict=True))
    broken = [one for one in cost if one not in ("p0", "p1")]
    base, known = served(data, ()), {}
    best = 0.0
    for when in itertools.product(range(wish.years + 1), repeat=len(broken)):  # the last number: never
        saved, paid = 0.0, True
        for number, year in enumerate(wish.span):
            bill = sum(cost[s] for s, n in zip(broken, when, strict=True) if n == number) * wish.prices(number)
            once = sum(g.idr for g in wish.grants if g.year == year and not g.carried)
            saved += sum(g.idr for g in wish.grants if g.year == year and g.carried) - max(0.0, bill - once)
            paid = paid and saved >= -1e-6
        if not paid:
            continue
        total = 0.0
        for number in range(wish.years):
            built = tuple(s for s, n in zip(broken, when, strict=True) if n <= number)
            if built not in known:
                known[built] = served(data, built) - base
            total += known[built]
        best = max(best, total)
    return best


@pytest.mark.parametrize("seed", range(4))
def test_few_choices_equal_every_schedule(seed: int) -> None:
    data = ground(seed, choices=4)
    random = np.random.default_rng(seed)
    grants = tuple(
        Grant(2027 + year, source, float(random.integers(0, 16)) * 1e6, carried=bool(random.integers(2)))
        for year in range(3)
        for source in ("APBD", "NGO")
    )
    wish = YearWish(2027, 3, grants, price_growth=(0.0, 0.1)[seed % 2])
    found = year_plan(data, PARAMS, wish)
    assert found.optimal
    assert found.people_years == pytest.approx(by_hand(data, wish), abs=1e-6)
    kept(found)


def kept(found: YearPlan) -> None:
    """No money of any year and source is spent twice, and each action is paid whole."""
    purse, spent = found.wish.purse, defaultdict(float)
    for step in found.steps:
        assert sum(step.paid_by.values()) == pytest.approx(step.cost_idr)
        for source, idr in step.paid_by.items():
            spent[step.year, source] += idr
    for one in found.accounts:
        assert one.granted_idr + one.brought_idr == pytest.approx(one.spent_idr + one.carried_idr + one.lost_idr)
        if not found.wish.pay_upkeep:
            assert one.spent_idr == pytest.approx(spent[one.year, one.source])
    assert purse.pays([sum(step.cost_idr for step in found.steps if step.year == year) for year in found.wish.span])
    gains = [year.gained for year in found.years]
    assert sum(step.gain_in_plan for step in found.steps) == pytest.approx(gains[-1], abs=1e-6)
    assert found.people_years == pytest.approx(sum(gains))


@pytest.mark.parametrize("seed", range(3))
def test_many_choices_keep_their_bound_and_their_money(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = ground(seed, choices=7)
    wish = YearWish(2027, 3, grants_of(["all:APBD=12e6", "2028:NGO=6e6+"], 2027, 3))
    best = year_plan(data, PARAMS, wish)
    monkeypatch.setattr(schedule, "MOST", 0)
    found = year_plan(data, PARAMS, wish)
    kept(found)
    assert found.people_years <= best.people_years + 1e-6 <= found.people_years_bound + 1e-3
    assert found.people_years >= 0.97 * best.people_years


@pytest.mark.parametrize("capacity", [True, False])
def test_one_year_is_a_plan(capacity: bool) -> None:
    for seed, choices in ((3, 6), (4, 14)):
        data = ground(seed, choices=choices, capacity=capacity)
        one = best_plan(options_of(data, PARAMS), Wish(limit=40e6))
        found = year_plan(data, PARAMS, YearWish(2027, 1, (Grant(2027, "APBD", 40e6),)))
        assert found.people_gained == pytest.approx(one.people_gained, abs=1e-6)
        assert found.cost_idr == pytest.approx(one.cost_idr)
        assert {step.site_id for step in found.steps} == {step.site_id for step in one.steps}
        assert found.optimal == one.optimal


def test_people_never_fall_where_nothing_is_expected_to_fail() -> None:
    found = year_plan(ground(5, choices=14), PARAMS, YearWish(2027, 5, grants_of(["all:APBD=15e6"], 2027, 5)))
    served_by = [year.served["water"] for year in found.years]
    assert served_by == sorted(served_by)
    assert served_by[-1] > served_by[0]
    kept(found)


def test_years_in_the_engines_own_figures() -> None:
    data = ground(6, choices=10)
    found = year_plan(data, PARAMS, YearWish(2027, 3, grants_of(["all:APBD=15e6"], 2027, 3)))
    for year in found.years:
        built = tuple(step.site_id for step in found.steps if step.year <= year.year)
        assert year.served["water"] == pytest.approx(served(data, built), abs=1e-6)
        assert year.without["water"] == pytest.approx(served(data, ()), abs=1e-6)


def test_promised_sites_come_in_their_year() -> None:
    data = ground(1)
    grants = grants_of(["all:APBD=40e6"], 2027, 3)
    found = year_plan(data, PARAMS, YearWish(2027, 3, grants, committed={"p4": 2028}))
    assert {step.site_id: step.year for step in found.steps}["p4"] == 2028
    with pytest.raises(CallError, match="not_a_choice"):
        year_plan(data, PARAMS, YearWish(2027, 3, grants, committed={"nowhere": 2028}))
    with pytest.raises(CallError, match="committed_year"):
        year_plan(data, PARAMS, YearWish(2027, 3, grants_of(["2027:APBD=40e6"], 2027, 3), committed={"p4": 2028}))


def test_a_target_comes_before_more_people_and_what_is_missing_is_told() -> None:
    data = ground(2)
    grants = grants_of(["all:APBD=6e6+"], 2027, 3)
    aimed = year_plan(data, PARAMS, YearWish(2027, 3, grants, targets={2029: 1.0}))
    assert aimed.missed[0].year == 2029
    assert aimed.missed[0].lacking > 0
    modest = served(data, ()) / sum(data.settlements["population"]) + 0.01
    assert not year_plan(data, PARAMS, YearWish(2027, 3, grants, targets={2029: modest})).missed


def test_upkeep_is_paid_and_prices_and_people_grow() -> None:
    data = ground(7)
    grants = grants_of(["all:APBD=20e6"], 2027, 3)
    free = year_plan(data, PARAMS, YearWish(2027, 3, grants))
    paying = year_plan(data, PARAMS, YearWish(2027, 3, grants, pay_upkeep=True))
    assert paying.people_years <= free.people_years
    for one in paying.years:
        spent = sum(a.spent_idr for a in paying.accounts if a.year == one.year)
        assert spent == pytest.approx(one.cost_idr + one.upkeep_standing_idr + one.upkeep_built_idr)
    assert paying.years[0].upkeep_standing_idr == 2 * 1_700_000  # two hand pumps of the sheet
    dear = year_plan(data, PARAMS, YearWish(2027, 3, grants, price_growth=0.5))
    assert dear.people_years <= free.people_years
    more = year_plan(data, PARAMS, YearWish(2027, 3, grants, population_growth=0.02))
    assert more.years[2].people["water"] == pytest.approx(free.years[2].people["water"] * 1.02**2)


def test_points_at_the_end_of_their_life_are_expected_to_stop_only_if_asked() -> None:
    line = shipped_costs().line("new", "hand_pump") or shipped_costs().line("repair", "hand_pump")
    data = ground(8, choices=3, installed_year=2029 - int(line.life_years))
    grants = grants_of(["all:APBD=60e6"], 2027, 5)
    steady = year_plan(data, PARAMS, YearWish(2027, 5, grants))
    worn = year_plan(data, PARAMS, YearWish(2027, 5, grants, wear=True))
    assert sum(year.worn_out for year in steady.years) == 0
    stops = next(number for number, year in enumerate(worn.years) if year.worn_out)
    assert worn.years[stops].without["water"] < worn.years[0].without["water"]
    again = [step for step in worn.steps if step.site_id in ("p0", "p1")]
    assert all(step.year >= worn.wish.span[stops] for step in again)


def test_money_is_read_and_lost_or_carried() -> None:
    purse = Purse((2027, 2028), grants_of(["2027:APBD=10", "2027:NGO=5+", "2028:APBDes=1"], 2027, 2))
    payments, accounts = purse.paid([[12.0], [4.0]])
    assert payments == [[{"APBD": 10.0, "NGO": 2.0}], [{"APBDes": 1.0, "NGO": 3.0}]]
    assert [(one.source, one.carried_idr, one.lost_idr) for one in accounts][:2] == [
        ("APBD", 0.0, 0.0),
        ("NGO", 3.0, 0.0),
    ]
    assert purse.pays([12.0, 4.0])
    assert not purse.pays([12.0, 4.1])
    for text in ("APBD=5", "2031:APBD=5", "2027:APBD=x", "2027:=5"):
        with pytest.raises(CallError):
            grants_of([text], 2027, 2)
    with pytest.raises(CallError):
        grants_of(["2027:APBD=-5"], 2027, 2)


def apart(people: dict[str, float], costs: dict[str, float], **more: dict) -> Inputs:
    """Places far apart, each with a broken point of its own."""
    places = [settlement(f"s-{name}", offset(1500.0 * n), count) for n, (name, count) in enumerate(people.items())]
    points = [
        point(name, offset(1500.0 * n, 10), "non_functional", rehab_cost_idr=costs[name]) | more.get(name, {})
        for n, name in enumerate(people)
    ]
    return inputs(places, points)


def test_beyond_few_a_promise_that_the_money_pays_for_is_kept_before_more_people() -> None:
    names = [f"p{n:02d}" for n in range(10)]
    data = apart(dict.fromkeys(names, 100.0) | {"p00": 60.0}, dict.fromkeys(names, 10e6))
    wish = YearWish(2027, 2, grants_of(["all:A=1e7"], 2027, 2), targets={2028: 0.2})
    found = year_plan(data, PARAMS, wish)
    assert not found.missed
    assert found.people_years == pytest.approx(300)
    dear = apart(dict.fromkeys(names, 100.0), dict.fromkeys(names, 10e6) | {"p05": 16e6})
    saved = YearWish(2027, 3, grants_of(["all:A=5500000+"], 2027, 3), committed={"p05": 2029})
    kept_for_it = year_plan(dear, PARAMS, saved)
    assert {step.site_id: step.year for step in kept_for_it.steps} == {"p05": 2029}


def test_no_plan_that_misses_a_promise_is_called_best_beyond_few() -> None:
    names = [f"p{n:02d}" for n in range(10)]
    data = apart(dict.fromkeys(names, 100.0), dict.fromkeys(names, 10e6))
    found = year_plan(data, PARAMS, YearWish(2027, 1, grants_of(["2027:A=25e6"], 2027, 1), targets={2027: 0.9}))
    assert found.missed
    assert found.missed[0].reachable
    assert found.missed[0].missing_idr == pytest.approx(65e6)
    assert not found.optimal


def test_the_money_that_a_target_lacks_is_what_reaches_it() -> None:
    """Money that was lost at a year's end counts for nothing; prices are those of the year; the rest of the plan stays."""
    one = apart({"p": 200.0}, {"p": 30e6})
    for later, lacks in ((5e6, 25e6), (10e6, 20e6), (29e6, 1e6)):
        grants = grants_of(["2027:A=2e7", f"2028:A={later}"], 2027, 2)
        (missed,) = year_plan(one, PARAMS, YearWish(2027, 2, grants, targets={2028: 0.9})).missed
        assert missed.missing_idr == pytest.approx(lacks, abs=2)
    rng = np.random.default_rng(14)
    seen = 0
    for _ in range(25):
        names = [f"p{n}" for n in range(6)]
        data = apart(dict(zip(names, rng.integers(50, 250, 6).astype(float), strict=True)),
                     dict(zip(names, rng.integers(3, 30, 6) * 1e6, strict=True)))  # fmt: skip
        asked = [
            f"{year}:A={int(rng.integers(0, 20)) * 1e6}{'+' if rng.random() < 0.5 else ''}"
            for year in range(2027, 2030)
        ]
        targets = {int(rng.integers(2027, 2030)): float(rng.uniform(0.5, 1))}
        wish = YearWish(2027, 3, grants_of(asked, 2027, 3), targets=targets, price_growth=0.05)
        for missed in year_plan(data, PARAMS, wish).missed:
            assert missed.missing_idr
            seen += 1
            more = (*wish.grants, Grant(missed.year, "more", missed.missing_idr))
            assert not year_plan(data, PARAMS, replace(wish, grants=more)).missed
    assert seen > 5


def test_a_worn_point_serves_until_its_end_also_where_repairs_are_not_asked() -> None:
    line = shipped_costs().line("new", "hand_pump") or shipped_costs().line("repair", "hand_pump")
    data = inputs(
        [settlement("s", offset(0), 100.0)],
        [point("p", offset(50), installed_year=2029 - int(line.life_years), rehab_cost_idr=5e6)],
    )
    for actions in (("repair",), ("new",)):
        found = year_plan(data, PARAMS, YearWish(2027, 4, wear=True), actions=actions)
        assert [year.without["water"] for year in found.years] == [100.0, 100.0, 0.0, 0.0]
    paying = YearWish(2027, 4, grants_of(["all:A=2e7"], 2027, 4), wear=True, pay_upkeep=True)
    told = year_plan(data, PARAMS, paying)
    assert [year.upkeep_standing_idr for year in told.years] == [1_700_000, 1_700_000, 0.0, 0.0]
    assert [(step.site_id, step.year) for step in told.steps] == [("p", 2029)]


def test_promises_to_any_year_and_upkeep_that_is_not_covered() -> None:
    data = apart({"p1": 100.0, "p2": 50.0}, {"p1": 10e6, "p2": 10e6})
    once = YearWish(2027, 3, grants_of(["2027:A=2e7"], 2027, 3), committed={"p1": None})
    assert {step.site_id: step.year for step in year_plan(data, PARAMS, once).steps}["p1"] == 2027
    working = inputs([settlement("s", offset(0), 100.0)], [point("p", offset(50))])
    short = year_plan(working, PARAMS, YearWish(2027, 2, grants_of(["2027:A=1e6"], 2027, 2), pay_upkeep=True))
    assert [year.unpaid_idr for year in short.years] == [700_000, 1_700_000]


def test_a_service_without_a_choice_misses_its_target_too() -> None:
    data = inputs([settlement("s", offset(0), 100.0)], [point("p", offset(50), capacity_people=30.0)])
    found = year_plan(data, PARAMS, YearWish(2027, 1, grants_of(["2027:A=1e7"], 2027, 1), targets={2027: 1.0}))
    assert [(one.service, one.lacking, one.reachable) for one in found.missed] == [("water", 70.0, False)]


def test_a_dear_action_waits_where_cheap_ones_gain_more_by_then(shipped: Inputs) -> None:
    """The schedule of the shipped kecamatan is no worse than the one that a stranger found by hand."""
    wish = YearWish(
        first=2027,
        years=3,
        grants=tuple(Grant(year, ANY, 4e8) for year in (2027, 2028, 2029)),
        targets={2028: 0.8},
        price_growth=-0.02,
        wear=True,
        poor_weight=1.0,
        seconds=10,
    )
    params = Params(area="32.03.18", as_of=date(2026, 11, 28))
    found = year_plan(shipped, params, wish, actions=("repair", "upgrade", "new", "latrine"))
    assert found.years[0].gained > 2000  # 1,102 when two latrine blocks took the first year's money


@pytest.mark.parametrize("stated", ["32.03.18.2001", None])
def test_a_point_belongs_to_the_area_it_lies_in_whatever_it_states(stated: str | None) -> None:
    """A hand pump of 2013 lasts fifteen years: it stops in 2028, in an area too, and costs upkeep until then."""
    data = inputs(
        [settlement("a", offset(0), 100.0)],
        [point("x", offset(50.0), installed_year=2013, rehab_cost_idr=5e6, village_code=stated)],
        [village(), village("32.03.18.2002", geometry=box(LON + 0.06, LAT, LON + 0.07, LAT + 0.01))],
    )
    wish = YearWish(2027, 3, tuple(Grant(2027 + n, "APBD", 1e7, carried=False) for n in range(3)), wear=True)
    everywhere, there = (year_plan(data, PARAMS.with_(area=area), wish) for area in (None, "32.03.18.2001"))
    assert [year.worn_out for year in there.years] == [0, 1, 0]
    assert there.years[0].upkeep_standing_idr > 0
    assert (there.people_years, there.years) == (everywhere.people_years, everywhere.years)
    assert not year_plan(data, PARAMS.with_(area="32.03.18.2002"), wish).people_years


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("choices", [6, 13])
def test_a_promise_that_is_missed_does_not_spoil_the_years(seed: int, choices: int) -> None:
    """Whoever it is missed by counts against a schedule in every year; without the promise no schedule does better."""
    data = ground(seed, choices=choices)
    grants = grants_of(["all:APBD=9e6"], 2027, 3)
    plain = year_plan(data, PARAMS, YearWish(2027, 3, grants))
    for asked in ({"targets": {2027: 1.0}}, {"floors": {2028: 0.9}}, {"targets": {2029: 1.0}, "floors": {2027: 0.1}}):
        wish = YearWish(2027, 3, grants, **asked)
        found = year_plan(data, PARAMS, wish)
        kept(found)

        def regret(plan: YearPlan, wish: YearWish = wish) -> float:
            first = ground_of(data, PARAMS, wish)
            row = {site: n for n, site in enumerate(first.table["site_id"])}
            when = np.full(len(row), -1)
            for step in plan.steps:
                when[row[step.site_id]] = wish.span.index(step.year)
            return first.total(when) - wish.years * first.lack(when)

        if found.missed:
            assert regret(found) >= regret(plain) - 1e-6
            assert not found.optimal, "nothing keeps it: nothing is proven of what does"
            assert found.people_years_bound >= plain.people_years - 1e-3
