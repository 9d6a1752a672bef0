"""Plans: brute force over all subsets, the engine's own figures, and the laws of a budget."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from geo.analysis.analyse import analyse
from geo.model.changes import Change
from geo.model.errors import CallError
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.planning import by_model, by_replay
from geo.planning.options import options_of
from geo.planning.plans import Plan, Wish, best_plan, curve
from tests.builders import inputs, offset, point, settlement, village

PARAMS = Params(standard="wpdx", radius_m=600.0, draws=50)


def ground(seed: int, *, capacity: bool) -> Inputs:
    random = np.random.default_rng(seed)
    places = [
        settlement(f"s{i}", offset(*random.uniform(-1500, 1500, 2)), float(random.integers(10, 200))) for i in range(18)
    ]
    points = [
        point(
            f"p{j}", offset(*random.uniform(-1500, 1500, 2)), "functional" if j < 3 else "non_functional", technology="unknown",
            capacity_people=float(random.integers(40, 250)) if capacity else None, rehab_cost_idr=float(random.integers(1, 30)) * 1e6,
        )
        for j in range(10)
    ]  # fmt: skip
    return inputs(places, points)


def served(data: Inputs, chosen: tuple[str, ...]) -> float:
    changes = tuple(Change("water", site, "functional") for site in chosen)
    return analyse(data, PARAMS, changes, priorities=False).totals["water"]["served"]


def solve(data: Inputs, budget: float, **more) -> Plan:
    return best_plan(options_of(data, PARAMS), Wish(limit=budget, **more))


@pytest.mark.parametrize("seed", range(3))
def test_equal_to_all_subsets_without_capacity(seed: int) -> None:
    data = ground(seed, capacity=False)
    costs = dict(zip(data.water_points["point_id"], data.water_points["rehab_cost_idr"], strict=True))
    broken = [f"p{j}" for j in range(3, 10)]
    base = served(data, ())
    value = {
        subset: served(data, subset) - base
        for size in range(len(broken) + 1)
        for subset in itertools.combinations(broken, size)
    }
    for budget in (0.0, 12e6, 30e6, 60e6):
        best = max(gain for subset, gain in value.items() if sum(costs[p] for p in subset) <= budget)
        found = solve(data, budget)
        assert found.optimal
        assert found.people_gained == pytest.approx(best, abs=1e-6)
        assert found.people_bound == pytest.approx(best, abs=0.5)
        assert found.cost_idr <= budget


@pytest.mark.parametrize("seed", range(5))
def test_people_gained_is_coverage_after_less_before(seed: int) -> None:
    data = ground(seed, capacity=True)
    found = solve(data, 50e6)
    chosen = tuple(step.site_id for step in found.steps)
    assert found.people_gained == pytest.approx(served(data, chosen) - served(data, ()), abs=1e-6)
    assert sum(step.gain_in_plan for step in found.steps) == pytest.approx(found.people_gained, abs=1e-6)
    assert all(step.gain_in_plan <= step.gain_alone + 1e-6 or step.gain_in_plan > 0 for step in found.steps)
    assert found.gap <= 1e-5


def test_a_larger_budget_never_serves_fewer() -> None:
    data = ground(9, capacity=False)
    gains = [solve(data, budget * 1e6).people_gained for budget in range(0, 120, 10)]
    assert gains == sorted(gains)
    assert gains[0] == 0


def test_committed_sites_are_in_and_too_dear_ones_refused() -> None:
    data = ground(2, capacity=False)
    dear = max(range(3, 10), key=lambda j: data.water_points["rehab_cost_idr"][j])
    found = solve(data, 60e6, committed=(f"p{dear}",))
    assert f"p{dear}" in {step.site_id for step in found.steps}
    with pytest.raises(CallError):
        solve(data, 1e5, committed=(f"p{dear}",))
    with pytest.raises(CallError):
        solve(data, 60e6, committed=("nobody",))
    with pytest.raises(CallError):
        solve(data, float("nan"))


def test_the_shipped_kecamatan_both_services(shipped: Inputs) -> None:
    found = best_plan(options_of(shipped, Params(area="32.03.18")), Wish(limit=500e6))
    assert found.optimal
    assert {step.service for step in found.steps} == {"water", "sanitation"}
    assert found.people_gained > 500
    assert found.cost_idr <= 500e6


def test_nothing_to_plan() -> None:
    found = solve(inputs([settlement("a", offset(0), 10)]), 1e6)
    assert (found.steps, found.people_gained) == ((), 0.0)


ALL = ("repair", "upgrade", "new", "latrine", "mck")


def gained_by_engine(data: Inputs, params: Params, found: Plan) -> float:
    """Served after less served before, both services, by whole analyses with the plan's changes replayed."""
    before = analyse(data, params, priorities=False).totals
    after = analyse(data, params, found.changes(), priorities=False).totals
    return sum(after[name]["served"] - before[name]["served"] for name in ("water", "sanitation"))


@pytest.mark.parametrize("standard", ["id", "sphere"])
@pytest.mark.parametrize(
    "wish",
    [
        Wish(limit=500e6),
        Wish(limit=12, unit="actions"),
        Wish(limit=900e6, poor_weight=2.0),
        Wish(limit=500e6, floor_share=0.6),
    ],
)
def test_every_action_counts_people_once(shipped: Inputs, standard: str, wish: Wish) -> None:
    params = Params(area="32.03.18", standard=standard)
    found = best_plan(options_of(shipped, params, actions=ALL), wish)
    assert found.people_gained + found.unmapped_gained == pytest.approx(
        gained_by_engine(shipped, params, found), abs=1e-4
    )
    assert sum(step.gain_in_plan for step in found.steps) == pytest.approx(found.people_gained, abs=1e-6)
    spent = sum(step.cost_idr for step in found.steps) if wish.unit == "idr" else len(found.steps)
    assert spent <= wish.limit
    assert found.people_gained > 0
    if found.people_bound is not None:
        assert found.people_bound >= found.people_gained - 1e-6


def test_more_kinds_of_action_serve_more(shipped: Inputs) -> None:
    params = Params(area="32.03.18", standard="sphere")
    only = best_plan(options_of(shipped, params), Wish(limit=800e6))
    more = best_plan(options_of(shipped, params, actions=ALL), Wish(limit=800e6))
    assert more.people_gained > only.people_gained
    assert {step.action for step in more.steps} - {"repair"}


def test_an_upgrade_is_its_capacity_and_no_more() -> None:
    """100 people around a tap for 60: an upgrade by 100 serves the other 40, as a point of capacity 160 would."""
    data = inputs([settlement("a", offset(0), 100.0)], [point("p", offset(10), capacity_people=60.0, technology="tap")])
    found = best_plan(options_of(data, PARAMS, actions=["upgrade"]), Wish(limit=1e9))
    assert [(step.action, step.site_id, step.gain_in_plan) for step in found.steps] == [("upgrade", "p", 40.0)]
    assert gained_by_engine(data, PARAMS, found) == pytest.approx(40)
    twice = analyse(data, PARAMS, (*found.changes(), *found.changes()), priorities=False)
    assert twice.water_points.set_index("point_id").loc["p", "capacity"] == 260


def test_a_new_point_stands_where_the_gap_is() -> None:
    data = inputs(
        [settlement("far", offset(3000), 120.0), settlement("near", offset(0), 50.0)], [point("p", offset(10))]
    )
    found = best_plan(options_of(data, PARAMS, actions=["new"]), Wish(limit=1, unit="actions"))
    step = found.steps[0]
    assert (step.action, step.site_id, step.gain_in_plan) == ("new", "new-far", 120.0)
    assert gained_by_engine(data, PARAMS, found) == pytest.approx(120)
    assert best_plan(options_of(data, PARAMS, found.changes(), actions=["new"]), Wish(limit=1e9)).steps == ()
    cheap = options_of(data, PARAMS, actions=["new"], technology={"new": "rainwater"})
    assert best_plan(cheap, Wish(limit=1e9)).steps[0].gain_in_plan == 40
    with pytest.raises(CallError):
        options_of(data, PARAMS, actions=["new"], technology={"new": "moon"})
    with pytest.raises(CallError):
        options_of(data, PARAMS, actions=["dance"])


def test_latrines_come_in_as_many_units_as_the_place_needs() -> None:
    data = inputs([settlement("a", offset(0), 90.0)])
    found = best_plan(options_of(data, PARAMS, actions=["latrine"]), Wish(limit=1e9))
    assert [(step.units, step.capacity_people, step.gain_in_plan) for step in found.steps] == [(5, 100.0, 90.0)]
    assert found.cost_idr == 5 * 12_000_000
    assert found.steps[0].yearly_idr == pytest.approx(5 * (12e6 / 12 + 1.2e6))


def test_a_target_is_reached_at_least_cost_or_missed_by_the_least() -> None:
    data = ground(4, capacity=False)
    options = options_of(data, PARAMS)
    base = analyse(data, PARAMS, priorities=False).totals["water"]
    everything = served(data, tuple(f"p{j}" for j in range(3, 10)))
    share = (base["served"] + 0.5 * (everything - base["served"])) / base["population"]
    found = best_plan(options, Wish(target_share=share))
    assert found.short == ()
    assert base["served"] + found.people_gained >= share * base["population"] - 0.5
    costs = dict(zip(data.water_points["point_id"], data.water_points["rehab_cost_idr"], strict=True))
    cheapest = min(
        sum(costs[p] for p in subset)
        for size in range(8)
        for subset in itertools.combinations([f"p{j}" for j in range(3, 10)], size)
        if served(data, subset) >= share * base["population"] - 1e-6
    )
    assert found.cost_idr == pytest.approx(cheapest)
    fewest = best_plan(options, Wish(target_share=share, unit="actions"))
    assert len(fewest.steps) <= len(found.steps)
    beyond = best_plan(options, Wish(target_share=1.0))
    assert beyond.short == ("target",)
    assert beyond.people_gained == pytest.approx(everything - base["served"], abs=1e-3)
    assert best_plan(options, Wish(target_share=0.0)).steps == ()


def test_the_poor_and_the_floor_change_the_plan() -> None:
    """Two equal villages' worth of money: 100 people who are not poor, or 80 who all are."""
    from shapely.geometry import box

    west = box(107.0, -7.3, 107.15, -7.1)
    east = box(107.15, -7.3, 107.3, -7.1)
    rich = {
        "village_code": "32.03.18.2001",
        "name": "A",
        "surveyed_on": "2026-01-01",
        "geometry": west,
        "poor_share": 0.0,
    }
    poor = {
        "village_code": "32.03.18.2002",
        "name": "B",
        "surveyed_on": "2026-01-01",
        "geometry": east,
        "poor_share": 1.0,
    }
    data = inputs(
        [settlement("a", offset(-3000), 100.0), settlement("b", offset(3000), 80.0, village_code="32.03.18.2002")],
        [point("pa", offset(-3000), "non_functional", rehab_cost_idr=10e6), point("pb", offset(3000), "non_functional", rehab_cost_idr=10e6)],
        [rich, poor],
    )  # fmt: skip
    options = options_of(data, PARAMS)

    def first(**more: float) -> str:
        return best_plan(options, Wish(limit=10e6, **more)).steps[0].site_id

    assert (first(), first(poor_weight=1.0)) == ("pa", "pb")
    floored = best_plan(options, Wish(limit=20e6, floor_share=1.0))
    assert {step.site_id for step in floored.steps} == {"pa", "pb"}
    assert best_plan(options, Wish(limit=10e6, floor_share=1.0)).short != ()


def test_the_curve_rises_and_ends_where_everything_is_done() -> None:
    data = ground(5, capacity=True)
    options = options_of(data, PARAMS)
    points = curve(options, Wish(limit=0.0), 6)
    gains = [p.people_gained for p in points]
    assert gains == sorted(gains)
    assert gains[0] == 0
    assert gains[-1] == pytest.approx(served(data, tuple(f"p{j}" for j in range(3, 10))) - served(data, ()), abs=1e-6)
    counted = curve(options, Wish(limit=0, unit="actions"), 4)
    assert [p.actions <= p.limit for p in counted] == [True] * len(counted)


@pytest.mark.parametrize("wrong", [{}, {"limit": 1.0, "target_share": 0.5}, {"limit": -1.0}, {"limit": 1.0, "unit": "cows"}, {"target_share": 1.5}, {"limit": 1.0, "floor_share": 2.0}])  # fmt: skip
def test_a_wish_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(CallError):
        Wish(**wrong)


def test_a_target_out_of_reach_is_approached_as_far_as_the_actions_go() -> None:
    """The model may share people better than nearest first; the plan still takes what the engine gains from."""
    data = ground(1, capacity=True)
    options = options_of(data, PARAMS)
    everything = best_plan(options, Wish(limit=1e12))
    found = best_plan(options, Wish(target_share=1.0))
    assert found.short == ("target",)
    assert found.people_gained == pytest.approx(everything.people_gained, abs=1.0)
    total = analyse(data, PARAMS, found.changes(), priorities=False).totals["water"]
    assert found.missed["water"] == pytest.approx(total["population"] - total["served"] - total["on_premises"], abs=1.0)
    assert sum(found.gained_by.values()) == pytest.approx(found.people_gained)


def test_what_needs_no_action_is_not_in_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty people go to a full near point while the far one has room: no choice leads them there."""
    places = [settlement("a", offset(0), 60.0), settlement("b", offset(300), 60.0)]
    points = [
        point("near", offset(10), capacity_people=60.0),
        point("far", offset(-400), capacity_people=60.0),
        point("broken", offset(5000), "non_functional", capacity_people=10.0, rehab_cost_idr=1e6),
    ]
    data = inputs(places, points)
    replayed = best_plan(options_of(data, PARAMS), Wish(limit=1e7))
    assert (replayed.people_bound, replayed.redistributed, replayed.optimal) == (0.0, None, True)
    monkeypatch.setattr(by_replay, "MOST_CHOICES", 0)
    monkeypatch.setattr(by_model, "ground_of", lambda replay: None)
    modelled = best_plan(options_of(data, PARAMS), Wish(limit=1e7))
    assert (modelled.redistributed, modelled.optimal) == (0.0, True)
    assert modelled.people_bound == pytest.approx(0.0, abs=1e-3)


def test_poor_people_that_nobody_counted_are_not_none() -> None:
    places, broken = [settlement("a", offset(0), 100)], [point("x", offset(50), "non_functional", rehab_cost_idr=1e6)]
    unknown = solve(inputs(places, broken), 1e7)
    counted = solve(inputs(places, broken, [village(poor_share=0.25)]), 1e7)
    assert (unknown.people_gained, unknown.poor_gained) == (100, None)
    assert solve(inputs(places, broken), 0.0).poor_gained == 0, "of nobody nobody is poor"
    assert counted.poor_gained == 25
