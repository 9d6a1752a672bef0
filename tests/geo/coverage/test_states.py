"""The five states on hand-drawn ground."""

from __future__ import annotations

import pytest
from shapely.geometry import box

from geo.analysis.analyse import analyse
from geo.model.changes import Change
from geo.model.errors import CallError
from geo.model.params import Params
from geo.model.sites import STATES
from tests.builders import LAT, LON, inputs, offset, point, settlement, table, village

PARAMS = Params(standard="wpdx", radius_m=500.0)


def water(data, params=PARAMS, changes=()):
    return analyse(data, params, changes).totals["water"]


def states(total) -> dict[str, float]:
    return {name: total[name] for name in STATES}


def test_each_state_and_their_sum() -> None:
    data = inputs(
        [
            settlement("a", offset(0), 100),
            settlement("b", offset(300), 300),
            settlement("c", offset(3000), 50),
            settlement("d", offset(4000), 70, village_code="32.03.18.2002"),
        ],
        [point("p", offset(0), capacity_people=200.0)],
        [village(households=100, households_piped=10), village("32.03.18.2002", surveyed_on=None)],
    )
    total = water(data)
    assert states(total) == pytest.approx(
        {"on_premises": 45.0, "served": 200.0, "over_capacity": 160.0, "out_of_reach": 45.0, "unmapped": 70.0}
    )
    assert sum(states(total).values()) == pytest.approx(total["population"]) == pytest.approx(520.0)
    assert total["gap"] == pytest.approx(205.0)
    assert total["worst_share"] <= total["share"] <= total["best_share"]
    assert total["best_share"] == pytest.approx((45 + 200 + 70) / 520)


def test_boundary_included() -> None:
    data = inputs([settlement("a", offset(500.0), 10)], [point("p", offset(0))])
    assert water(data)["served"] == 10
    assert water(data, PARAMS.with_(radius_m=499.999))["out_of_reach"] == 10


def test_point_of_an_unmapped_village_still_serves() -> None:
    data = inputs([settlement("a", offset(0), 10)], [point("p", offset(100))], [village(surveyed_on=None)])
    assert water(data)["served"] == 10


@pytest.mark.parametrize(
    ("status", "wet", "dry"),
    [("functional", 10, 10), ("needs_repair", 10, 10), ("dry_season", 10, 0), ("not_in_use", 0, 0), ("non_functional", 0, 0), ("abandoned", 0, 0), ("unknown", 0, 0)],
)  # fmt: skip
def test_what_works_when(status: str, wet: float, dry: float) -> None:
    data = inputs([settlement("a", offset(0), 10)], [point("p", offset(100), status)])
    assert water(data)["served"] == wet
    assert water(data, PARAMS.with_(season="dry"))["served"] == dry


def test_unknown_works_in_the_best_case_only() -> None:
    total = water(inputs([settlement("a", offset(0), 10)], [point("p", offset(100), "unknown")]))
    assert (total["share"], total["worst_share"], total["best_share"]) == (0.0, 0.0, 1.0)


def test_improved_where_the_standard_asks() -> None:
    data = inputs([settlement("a", offset(0), 10)], [point("p", offset(100), technology="open_well")])
    assert water(data)["served"] == 10
    assert water(data, Params(standard="jmp"))["out_of_reach"] == 10
    stated = inputs([settlement("a", offset(0), 10)], [point("p", offset(100), technology="open_well", improved=True)])
    assert water(stated, Params(standard="jmp"))["served"] == 10


def test_unknown_protection_is_counted_and_reported() -> None:
    data = inputs([settlement("a", offset(0), 10)], [point("p", offset(100), technology="unknown")])
    result = analyse(data, Params(standard="jmp"))
    assert result.totals["water"]["served"] == 10
    assert "problem.unknown_improved" in {problem.key for problem in result.notices}


def test_capacity_of_the_standard_and_without() -> None:
    data = inputs([settlement("a", offset(0), 600)], [point("p", offset(100))])
    assert water(data, Params(standard="sphere"))["served"] == 500
    assert water(data, Params(standard="sphere", capacity=False))["served"] == 600


def test_no_population_no_figure() -> None:
    data = inputs([settlement("a", offset(0), None)], [point("p", offset(100))])
    result = analyse(data, PARAMS)
    assert result.totals["water"]["share"] is None
    assert result.totals["water"]["population"] is None
    assert result.villages["share"].isna().all()
    assert result.totals["water"]["villages_without_population"] == 1


def test_village_without_settlements_is_spread_over_its_polygon() -> None:
    result = analyse(inputs([], [point("p", offset(0))], [village(population=1000.0)]), PARAMS)
    total = result.totals["water"]
    assert total["population"] == pytest.approx(1000.0)
    assert 500 < len(result.places) <= 1100
    assert total["served"] == pytest.approx(1000 * 3.1416 * 0.25 / 122, rel=0.5), "the share of the area in reach"


def test_settlements_scaled_to_the_official_total_and_mismatch_reported() -> None:
    rows = [settlement("a", offset(0), 100), settlement("b", offset(3000), 300)]
    result = analyse(inputs(rows, [point("p", offset(0))], [village(population=800.0)]), PARAMS)
    assert result.places["people"].tolist() == [200.0, 600.0]
    assert result.places["counted"].tolist() == [100.0, 300.0]
    assert {"counted": 400.0, "official": 800.0} in [dict(problem.values) for problem in result.notices]
    close = analyse(inputs(rows, [], [village(population=480.0)]), PARAMS)
    assert "problem.population_mismatch" not in {problem.key for problem in close.notices}


def test_unknown_settlement_counts_as_an_average_one_of_an_official_total() -> None:
    rows = [settlement("a", offset(0), 100), settlement("b", offset(3000), None)]
    result = analyse(inputs(rows, [], [village(population=300.0)]), PARAMS)
    assert result.places["people"].tolist() == [150.0, 150.0]


def test_places_outside_every_village_have_a_row_of_their_own() -> None:
    far = settlement("x", (100.0, 0.0), 5, village_code=None)
    data = inputs([settlement("a", offset(0), 10), far], [point("p", offset(0))])
    result = analyse(data, PARAMS)
    assert result.totals["water"]["unmapped"] == 5
    assert result.villages["village_code"].isna().sum() == 1
    assert analyse(data, PARAMS.with_(area="32.03.18")).totals["water"]["population"] == 10
    assert analyse(data, PARAMS.with_(assume_mapped=True)).totals["water"]["out_of_reach"] == 5


def test_points_across_the_border_serve_and_rows_do_not_depend_on_the_area() -> None:
    villages = [village(), village("32.03.19.2001")]
    rows = [settlement("a", offset(0), 100), settlement("b", offset(200), 100, village_code="32.03.19.2001")]
    data = inputs(rows, [point("p", offset(100), capacity_people=150.0, village_code="32.03.19.2001")], villages)
    whole = analyse(data, PARAMS).villages.set_index("village_code")["served"]
    for code in ("32.03.18", "32.03.19"):
        part = analyse(data, PARAMS.with_(area=code)).villages.set_index("village_code")["served"]
        assert part.to_dict() == {k: v for k, v in whole.to_dict().items() if k.startswith(code)}


def test_changes_replay_and_leave_the_inputs_alone() -> None:
    data = inputs([settlement("a", offset(0), 10)], [point("p", offset(100), "non_functional")])
    assert water(data)["served"] == 0
    assert water(data, changes=(Change("water", "p", "functional"),))["served"] == 10
    assert water(data, changes=(Change("water", "p", "functional"), Change("water", "p", "abandoned")))["served"] == 0
    assert data.water_points["status"].tolist() == ["non_functional"]
    with pytest.raises(CallError):
        water(data, changes=(Change("water", "nobody", "functional"),))


def test_inputs_are_never_written() -> None:
    data = inputs([settlement("a", offset(0), 10)], [point("p", offset(100), "non_functional")])
    before = {name: frame.copy() for name, frame in data.tables().items()}
    analyse(data, PARAMS)
    for name, frame in data.tables().items():
        assert frame.equals(before[name]), name


@pytest.mark.parametrize(
    "wrong",
    [{"standard": "who"}, {"season": "autumn"}, {"area": "../x"}, {"radius_m": -5}, {"radius_m": float("nan")}, {"metric": "fly"}, {"weights": (("beauty", 1.0),)}],
)  # fmt: skip
def test_unknown_names_are_refused(wrong: dict) -> None:
    with pytest.raises(CallError):
        Params(**wrong)


@pytest.mark.parametrize(("area", "key"), [("11.01", "error.area_without_data"), ("Pagelaran", "error.area_code")])
def test_area_without_data_is_refused(area: str, key: str) -> None:
    with pytest.raises(CallError) as told:
        analyse(inputs([settlement("a", offset(0), 10)]), Params(area=area))
    assert told.value.key == key


def test_sanitation_counts_households_with_their_own_toilet() -> None:
    toilet = {
        "facility_id": "s",
        "kind": "public_toilet",
        "status": "functional",
        "capacity_people": 30.0,
        "at": offset(50),
    }
    plant = {"facility_id": "i", "kind": "treatment_plant", "status": "functional", "at": offset(50)}
    data = inputs(
        [settlement("a", offset(0), 100)], [], [village(hh_safe=10, hh_own=40, hh_shared=30, hh_unimproved=0, hh_open=20)],
        sanitation=[toilet, plant],
    )  # fmt: skip
    total = analyse(data, Params()).totals["sanitation"]
    assert (total["on_premises"], total["served"], total["over_capacity"]) == (50.0, 30.0, 20.0)


def test_empty_inputs_answer_without_figures() -> None:
    total = analyse(inputs([], [], [village()]), PARAMS).totals["water"]
    assert total["population"] is None
    assert len(table("water_points", [])) == 0


def test_a_village_counted_by_its_settlements_is_not_called_bare() -> None:
    bare = [village(), village("32.03.18.2002", geometry=box(LON + 0.06, LAT - 0.05, LON + 0.1, LAT + 0.05))]
    found = analyse(inputs([settlement("a", offset(0), 50.0)], [point("p", offset(0))], bare), Params())
    (problem,) = [one for one in found.notices if one.key == "problem.no_population"]
    assert problem.ids == ("32.03.18.2002",)


def test_the_counted_population_stands_beside_the_official_one() -> None:
    places = [settlement("a", offset(0), 30.0), settlement("b", offset(100), 50.0)]
    bare = village("32.03.18.2002", population=10.0, geometry=box(LON + 0.06, LAT - 0.05, LON + 0.1, LAT + 0.05))
    found = analyse(inputs(places, [point("p", offset(0))], [village(population=100.0), bare]), Params()).villages
    assert found["population"].tolist() == pytest.approx([100.0, 10.0])
    assert found["population_counted"].fillna(-1).tolist() == [80.0, -1.0]
