"""Changes, their record, the cost sheet, and scenarios."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.analysis.analyse import analyse
from geo.analysis.replay import apply_changes, costs_of
from geo.analysis.scenarios import Scenario, from_content, only_in, outcome_of, who_differs
from geo.model.changes import ACTIONS, Change, CostChange, NewSite, Upgrade, as_record, from_record
from geo.model.errors import CallError, DataError
from geo.model.facts import facts
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.priorities.costs import shipped_costs
from tests.builders import inputs, offset, point, settlement

COST = CostChange("repair", "hand_pump", 5e6, None, 9, 1e5, 2e5, 2026, "HSPK 2026", "32.03")
EVERY = (
    Change("water", "p", "functional", date(2026, 2, 3)),
    Upgrade("water", "p", 40.0),
    NewSite("sanitation", "mck-a", "public_toilet", 107.0, -7.0, 100.0, "32.03.18.2001"),
    COST,
)
PARAMS = Params(standard="wpdx", radius_m=600.0)


@pytest.mark.parametrize("change", EVERY, ids=lambda change: type(change).__name__)
def test_a_change_is_written_down_and_read_again(change: object) -> None:
    assert from_record(as_record(change)) == change


@given(lon=st.floats(-180, 180), lat=st.floats(-90, 90), people=st.none() | st.floats(0, 1e6), name=st.text(min_size=1))
def test_any_new_site_reads_back(lon: float, lat: float, people: float | None, name: str) -> None:
    site = NewSite("water", name, "tap", lon, lat, people)
    assert from_record(as_record(site)) == site


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "rumour"},
        {"kind": "status", "service": "water", "site_id": "p", "status": "sparkling"},
        {"kind": "status", "service": "water", "site_id": "p"},
        {"kind": "upgrade", "service": "fire", "site_id": "p", "people": 3},
        {"kind": "upgrade", "service": "water", "site_id": "p", "people": -3},
        {"kind": "new", "service": "water", "site_id": "n", "technology": "tap", "lon": 200, "lat": 0},
        as_record(COST) | {"life_years": 0},
        as_record(COST) | {"source": " "},
        as_record(COST) | {"cost_idr": float("nan")},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(CallError):
        from_record(wrong)


def test_replay_leaves_the_inputs_alone_and_adds_up() -> None:
    data = inputs([settlement("a", offset(0), 100.0)], [point("p", offset(10), "non_functional", capacity_people=30.0)])
    after = apply_changes(data, EVERY)
    assert data.water_points["status"].tolist() == ["non_functional"]
    assert after.water_points["status"].tolist() == ["functional"]
    assert after.sanitation["facility_id"].tolist() == ["mck-a"]
    totals = analyse(data, PARAMS, EVERY, priorities=False).totals
    assert totals["water"]["served"] == 70
    for change in (
        Change("water", "x", "functional"),
        Upgrade("water", "x", 1.0),
        NewSite("water", "p", "tap", 107, -7),
    ):
        with pytest.raises(CallError):
            apply_changes(data, (change,))


def test_an_upgrade_on_top_of_the_standards_own_figure() -> None:
    data = inputs([settlement("a", offset(0), 700.0)], [point("p", offset(10))])
    sphere = Params(standard="sphere")
    assert analyse(data, sphere, priorities=False).totals["water"]["served"] == 500
    assert analyse(data, sphere, (Upgrade("water", "p", 150.0),), priorities=False).totals["water"]["served"] == 650


def test_the_forums_cost_goes_into_the_list(shipped: Inputs) -> None:
    params = Params(area="35.07.33")
    before = analyse(shipped, params).priorities
    after = analyse(shipped, params, (COST,)).priorities
    mine = (before["technology"] == "hand_pump") & (before["status"] == "non_functional") & before["cost_estimated"]
    ids = before.loc[mine, "site_id"]
    assert len(ids)
    assert set(after.set_index("site_id").loc[ids, "cost_idr"]) == {5e6}
    line = costs_of((COST,)).line("repair", "hand_pump")
    assert (line.source, line.verified, line.yearly_idr) == ("HSPK 2026", True, 5e6 / 9 + 3e5)
    with pytest.raises(CallError):
        costs_of((CostChange("dance", "tap", 1, None, 1, 0, 0, 2026, "x", "y"),))


def test_the_shipped_sheet_knows_every_action_and_technology() -> None:
    lines = shipped_costs().lines
    assert {line.action for line in lines} == set(ACTIONS)
    repaired = {line.technology for line in lines if line.action == "repair"}
    assert repaired == set(facts("technologies")) | set(facts("choices")["facility_kind"])
    for line in lines:
        assert line.life_years > 0
        assert line.yearly_idr > 0
        assert line.source
        assert line.year >= 2020
    assert not facts("washcost")["verified"]


def test_scenarios_are_kept_compared_and_told_apart(shipped: Inputs) -> None:
    params = Params(area="32.03.18", weights=(("evidence", 2.0),), radius_m=900.0)
    broken = shipped.water_points[shipped.water_points["status"] == "non_functional"]
    mine = broken[broken["village_code"].str.startswith("32.03.18")]["point_id"].tolist()
    one = Scenario("A", shipped.version, params, tuple(Change("water", p, "functional") for p in mine[:6]), 10e6)
    two = Scenario("B", shipped.version, params, tuple(Change("water", p, "functional") for p in mine[3:15]), 30e6)
    assert from_content(one.as_content()) == one
    assert only_in(one, two) == tuple(mine[:3])
    outcomes = [outcome_of(shipped, scenario) for scenario in (one, two)]
    for found in outcomes:
        before = analyse(shipped, params, priorities=False).totals["water"]["served"]
        assert found.figures["water"]["gained"] == pytest.approx(found.analysis.totals["water"]["served"] - before)
        assert 0 < found.figures["water"]["poor_share_served"] < 1
        assert found.figures["water"]["worst_village"].startswith("32.03.18")
    table = who_differs(outcomes, "water")
    served = [found.analysis.totals["water"]["served"] for found in outcomes]
    assert (table["0"] - table["1"]).sum() == pytest.approx(served[0] - served[1])
    assert who_differs([outcomes[0], outcomes[0]], "water").empty
    with pytest.raises(DataError):
        from_content({"name": "old"})
