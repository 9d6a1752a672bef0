"""The oracles against figures worked out by hand on a line along the equator (1° = 111,319.49 m). No project code."""

import math

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

from . import bounds, demand, facts, indicators, ladders, maxflow, plans, rasters, scores, states, walking, worlds
from .ground import Place, Site, geodesic_m, reach_pairs

DEGREE_M = 6378137 * math.pi / 180


def spot(metres: float, north: float = 0.0) -> Point:
    """A spot so many metres east of 107° on the equator, `north` degrees north."""
    return Point(107 + metres / DEGREE_M, north)


def place(key: str, metres: float, people: float, **told: object) -> Place:
    """A place on the line."""
    return Place(key, str(told.pop("village", "A")), spot(metres).x, 0.0, people, **{"connected": 0.0} | told)


def site(key: str, metres: float, status: str = "functional", capacity: float = math.inf, **told: object) -> Site:
    """A site on the line."""
    return Site(key, spot(metres).x, 0.0, status, capacity=capacity, **told)


def line_ground(places: list[Place], sites: list[Site], reach_m: float = 1000.0, **told: object) -> states.Ground:
    """A ground on the line."""
    return states.Ground(places, sites, reach_m, **told)


def village(**told: object) -> dict[str, object]:
    """A village of 100 households and 400 people, mapped, nobody connected."""
    base = {
        "village_code": "A", "population": 400.0, "households": 100, "households_piped": 0, "surveyed_on": "2025-01-01",
        "poor_share": 0.5, "geometry": box(107, -0.01, 107.02, 0.01),
    }  # fmt: skip
    return base | told


def dusun(*rows: tuple[str, float, float | None], code: str = "A") -> pd.DataFrame:
    """Settlements (id, metres, people)."""
    told = [{"settlement_id": k, "village_code": code, "population": n, "geometry": spot(m)} for k, m, n in rows]
    return pd.DataFrame(told, columns=["settlement_id", "village_code", "population", "geometry"])


def water(*rows: dict[str, object]) -> pd.DataFrame:
    """Water points; `at` is metres on the line."""
    blank = {"status": "functional", "technology": "tap", "improved": None, "capacity_people": None}
    told = [{"point_id": f"w{n}"} | blank | row | {"geometry": spot(row["at"])} for n, row in enumerate(rows)]
    return pd.DataFrame(told)


NO_FACILITIES = pd.DataFrame(columns=["facility_id", "kind", "status", "containment", "capacity_people", "geometry"])


def test_yardsticks_as_the_files_say() -> None:
    assert facts.yardstick("wpdx").reach_m == 1000
    assert facts.yardstick("id").reach_m == 1000  # 30 min there and back at 4 km/h
    assert facts.yardstick("jmp", queue_min=6.0).reach_m == pytest.approx(800)
    assert facts.yardstick("unhcr").people["spring"] == 250
    assert facts.repair_cost_idr("needs_repair", "tap", None) == pytest.approx(3_200_000)
    assert facts.repair_cost_idr("needs_repair", "tap", 5.0) == 5.0


def test_boundary_is_in_reach_and_ties_go_by_id() -> None:
    pairs = reach_pairs([place("b", 1000, 1), place("a", 1000, 1)], [site("2", 0), site("10", 2000)], 1000)
    assert [(p, s) for _, p, s in pairs] == [("a", "10"), ("a", "2"), ("b", "10"), ("b", "2")]
    assert reach_pairs([place("a", 1000.00001, 1)], [site("2", 0)], 1000) == []
    assert reach_pairs([place("a", 600, 1)], [site("2", 0)], 1000, detour=1.7) == []


def test_nearest_first_splits_a_place() -> None:
    # a (100 m from x) takes 60 of x, then 40 of y; b (200 m from y) takes what is left of y: 10 of 50
    ground = line_ground(
        [place("a", 0, 100), place("b", 700, 50)], [site("x", 100, capacity=60), site("y", 500, capacity=50)]
    )
    rows = states.place_states(ground).set_index("place_id")
    # pairs: (100 a x) 60; (200 b y) 50; (500 a y) 0; (600 b x) 0
    assert rows.loc["a", ["served", "over_capacity"]].tolist() == pytest.approx([60, 40])
    assert rows.loc["b", ["served", "over_capacity"]].tolist() == pytest.approx([50, 0])
    assert states.loads(ground) == pytest.approx({"x": 60, "y": 50})


def test_five_states_and_their_share() -> None:
    places = [
        place("a", 0, 100, connected=0.25),
        place("far", 5000, 40),
        place("u", 5000, 30, village="B", mapped=False),
        place("v", 100, 20, village="B", mapped=False),
    ]
    ground = line_ground(places, [site("x", 0, capacity=50), site("broken", 5000, "non_functional")])
    total = states.total_states(ground)
    assert total[states.STATES].tolist() == pytest.approx([25, 50, 25, 40, 50])
    assert total["people"] == 190
    assert total["share"] == pytest.approx(75 / 190)
    assert total["gap"] == 65


def test_seasons_and_statuses() -> None:
    for status, wet, dry in [
        ("functional", 10, 10), ("needs_repair", 10, 10), ("dry_season", 10, 0), ("not_in_use", 0, 0),
        ("non_functional", 0, 0), ("abandoned", 0, 0), ("unknown", 0, 0),
    ]:  # fmt: skip
        for season, served in (("wet", wet), ("dry", dry)):
            ground = line_ground([place("a", 0, 10)], [site("x", 5, status)], season=season)
            assert states.total_states(ground)["served"] == served, (status, season)


def test_a_water_row_under_each_standard() -> None:
    rows = water(
        {"at": 0, "technology": "open_well"}, {"at": 0, "technology": "unknown"}, {"at": 0, "capacity_people": 7}
    )
    seen = {
        key: [states.water_site(r, NO_FACILITIES, facts.yardstick(key)) for r in rows.to_dict("records")]
        for key in ("jmp", "wpdx", "unhcr")
    }
    assert [s.eligible for s in seen["jmp"]] == [False, True, True]
    assert [s.capacity for s in seen["jmp"]] == [math.inf, math.inf, 7]
    assert [s.capacity for s in seen["wpdx"]] == [400, math.inf, 7]
    assert [s.capacity for s in seen["unhcr"]] == [250, math.inf, 7]
    stated = water({"at": 0, "technology": "open_well", "improved": True}).to_dict("records")[0]
    assert states.water_site(stated, NO_FACILITIES, facts.yardstick("jmp")).eligible


def test_a_well_ten_metres_from_storage_does_not_count_under_id() -> None:
    def counts(metres: float, technology: str, kind: str, containment: str | None) -> bool:
        facility = pd.DataFrame(
            [{"facility_id": "f", "kind": kind, "containment": containment, "geometry": spot(metres)}]
        )
        row = water({"at": 0, "technology": technology}).to_dict("records")[0]
        return states.water_site(row, facility, facts.yardstick("id")).eligible

    assert not counts(10, "protected_well", "excreta_storage", None)
    assert counts(10.0001, "protected_well", "excreta_storage", None)
    assert counts(5, "tap", "excreta_storage", None)
    assert counts(5, "protected_well", "public_toilet", "Perpipaan kota")
    assert counts(5, "protected_well", "treatment_plant", None)


def test_reconciliation() -> None:
    assert demand.reconciled(400, [100, 300]) == [100, 300]
    assert demand.reconciled(800, [100, 300]) == [200, 600]
    assert demand.reconciled(400, [100, 300, None]) == pytest.approx([400 / 6, 200, 400 / 3])
    assert demand.reconciled(None, [100, None]) == [100, None]
    assert demand.reconciled(90, [None, None, None]) == [30, 30, 30]
    assert demand.reconciled(None, [None]) == [None]


def test_places_know_their_village() -> None:
    rows = pd.DataFrame(
        [
            village(households_piped=25),
            village(village_code="B", population=None),
            village(village_code="C", geometry=spot(9)),
        ]
    )
    places = demand.places_of(rows, dusun(("s1", 0, 100.0), ("s2", 10, 100.0)))
    assert [(p.place_id, p.people, p.connected, p.mapped) for p in places] == [
        ("s1", 200, 0.25, True),
        ("s2", 200, 0.25, True),
        ("C#000", 400, 0.0, True),
    ]
    assert demand.connected_share(village(households_piped=101)) == 1.0
    assert demand.toilets_of(village(hh_safe=10, hh_own=15, hh_open=25)) == demand.Toilets(0.25, 0.75, counted=False)
    assert demand.toilets_of(village(hh_safe=10, hh_own=15, hh_open=75)) == demand.Toilets(0.25, 0.25, counted=True)
    counted = {"hh_own": 15, "hh_open": 25, "hh_shared": 0}
    assert demand.toilets_of(village(households=None, **counted)) == demand.Toilets(None, 1.0, counted=False)
    whole = demand.Toilets(0.375, 0.375, counted=True)
    assert demand.toilets_of(village(households=None, **counted, hh_unimproved=0)) == whole
    assert demand.toilets_of(village(households=None, hh_jsp=10, hh_jssp=5, hh_shared=0, hh_open=25)) == whole
    assert demand.toilets_of(village(households=None, hh_own=15)) == demand.Toilets(None, 1.0, counted=False)
    assert demand.toilets_of(village()) == demand.Toilets(None, 1.0, counted=True)
    assert demand.connected_share(village(households_piped=None)) is None
    assert demand.connected_share(village(households=None)) == 0.0


def test_a_polygon_spreads_its_people() -> None:
    side = 1000 / DEGREE_M
    rows = pd.DataFrame([village(geometry=box(107, 0, 107 + side, side))])
    places = demand.places_of(rows, dusun())
    assert len(places) == 16
    assert sum(p.people for p in places) == pytest.approx(400)


def test_distances_by_people() -> None:
    ground = line_ground([place("a", 100, 60), place("b", 400, 30), place("c", 2000, 10)], [site("x", 0)])
    figures = states.distance_figures(ground)
    assert figures == pytest.approx({"distance_median_m": 100, "distance_p90_m": 400, "person_km": 6 + 12 + 20})
    piped = line_ground([place("a", 100, 60, connected=0.5)], [site("x", 0)])
    assert states.distance_figures(piped)["person_km"] == pytest.approx(3)


def test_gain_by_replay() -> None:
    places = [place("a", 0, 100, poor_share=0.5), place("u", 50, 30, village="B", mapped=False, poor_share=0.1)]
    ground = line_ground(places, [site("x", 0, "non_functional", 110), site("y", 900, "functional", 40)], reach_m=920)
    # before: pairs (850 u y) 30, (900 a y) 10: a 90 over; after: (0 a x) 100, (50 u x) 10, (850 u y) 20
    assert indicators.gain_of_repair(ground, "x") == indicators.Gain(
        pytest.approx(90), pytest.approx(0), pytest.approx(45)
    )
    alone = line_ground(places, [site("x", 0, "unknown", 110)])
    assert indicators.gain_of_repair(alone, "x") == indicators.Gain(
        pytest.approx(100), pytest.approx(10), pytest.approx(50)
    )


def test_gain_after_a_rival() -> None:
    ground = line_ground([place("a", 0, 100)], [site("x", 0, "unknown", 60), site("y", 0, "unknown", 70)])
    assert indicators.gain_after(ground, "x", "y") == pytest.approx(30)


def test_wpdx_measures() -> None:
    places = [place("a", 0, 100, connected=0.5), place("b", 300, 40)]
    sites = [site("x", 100, "non_functional", 20), site("y", 0, "functional", 50), site("z", 400, "not_in_use")]
    ground = line_ground(places, sites, reach_m=350)
    x = sites[0]
    assert indicators.local_population(ground, x) == 140
    # a: x 1/100, y 1/50: a third; b: x 1/200, y 1/300: 3 of 5
    assert indicators.users(ground, x, indicators.serving_sites(ground)) == pytest.approx(100 / 3 + 24)
    # y before: all 140, 90 too many; x draws 100/3 + 24
    assert indicators.relief_people(ground, x) == pytest.approx(100 / 3 + 24)
    # b walks 200 m in place of 300 m; a has y nearer
    assert indicators.person_km_saved(ground, x) == pytest.approx(40 * 0.1)
    row = indicators.indicators_of(
        ground, x, pd.DataFrame({"geometry": [spot(450), spot(451)]}), pd.Timestamp("2026-01-01")
    )
    assert row["institutions"] == 1
    assert row["crucialness"] == pytest.approx((100 / 3 + 24) / 140)
    assert row["pressure"] == pytest.approx((100 / 3 + 24) / 20)


def test_relief_stops_at_the_excess() -> None:
    sites = [site("x", 0, "non_functional"), site("y", 0, "functional", 90)]
    assert indicators.relief_people(line_ground([place("a", 0, 100)], sites), sites[0]) == pytest.approx(10)


def test_age_and_evidence() -> None:
    age = indicators.report_age_years(pd.Timestamp("2006-01-01"), pd.Timestamp("2026-01-01"))
    assert age == pytest.approx(20, abs=0.01)
    assert indicators.evidence(20) == pytest.approx(0.1)
    assert indicators.evidence(indicators.report_age_years(None, pd.Timestamp("2026-01-01"))) is None


def test_scores() -> None:
    table = {"gain_people": [0, 50, 100], "cost_per_person_idr": [None, 10, 30], "evidence": [0.2, None, 0.4]}
    weights = {"gain_people": 3, "cost_per_person_idr": 1, "evidence": 0}
    assert scores.scores(table, weights) == pytest.approx([0, (1.5 + 1) / 4, 3 / 4])
    assert scores.scores(table, {"gain_people": 1, "evidence": 1}) == pytest.approx([0, 0.5, 1])
    assert scores.shared_ranks([0.5, 0.9, 0.5, None, 0.1]) == [2, 1, 2, None, 4]
    assert scores.tied([0.5, 0.9, 0.5]) == [True, False, True]


def test_topsis() -> None:
    # one criterion: (v - min) / (max - min); two opposite ones of equal weight: the middle is in the middle
    assert scores.topsis({"gain_people": [0, 50, 100]}, {"gain_people": 2}) == pytest.approx([0, 0.5, 1])
    table = {"gain_people": [3, 4], "cost_per_person_idr": [4, 3]}
    assert scores.topsis(table, {"gain_people": 1, "cost_per_person_idr": 1}) == pytest.approx([0, 1])
    assert scores.topsis({"gain_people": [0, None, 100]}, {"gain_people": 1})[1] == pytest.approx(0.5)


def bounds_of_line(
    places: pd.DataFrame, settlements: pd.DataFrame, points: pd.DataFrame, standard: str = "wpdx"
) -> dict[str, list[float]]:
    ground = states.water_ground(
        demand.places_of(places, settlements), points, NO_FACILITIES, facts.yardstick(standard), "wet"
    )
    by_argument = bounds.bounds(ground)
    pd.testing.assert_frame_equal(by_argument, bounds.bounds_by_enumeration(ground))
    return {str(key): row.tolist() for key, row in by_argument.iterrows()}


def test_bounds_of_statuses_and_capacities() -> None:
    points = water(
        {"at": 0, "status": "unknown", "capacity_people": 100},
        {"at": 0, "technology": "unknown"},
        {"at": 0, "capacity_people": 40},
    )
    rows, settlements = pd.DataFrame([village()]), dusun(("s", 0, 400.0))
    assert bounds_of_line(rows, settlements, points)["A"] == pytest.approx([0.1, 1])
    assert bounds_of_line(rows, settlements, points.iloc[[0, 2]])["A"] == pytest.approx([0.1, 0.35])
    assert bounds_of_line(rows, settlements, points.iloc[[1]], "jmp")["A"] == pytest.approx([0, 1])


def test_bounds_of_connections_and_inventory() -> None:
    rows = pd.DataFrame(
        [
            village(households_piped=None),
            village(village_code="B", surveyed_on=None, geometry=box(107.05, 0, 107.06, 0.01)),
        ]
    )
    settlements = pd.concat(
        [dusun(("s", 0, 300.0), ("t", 4700, 100.0)), dusun(("u", 6000, 400.0), code="B")], ignore_index=True
    )
    found = bounds_of_line(rows, settlements, water({"at": 0, "capacity_people": 100}))
    assert found == pytest.approx(
        {"A": pytest.approx([0.25, 1]), "B": pytest.approx([0, 1]), "total": pytest.approx([0.125, 1])}
    )
    rows["households_piped"] = 0
    assert bounds_of_line(rows, settlements, water({"at": 0, "capacity_people": 100}))["A"] == pytest.approx(
        [0.25, 0.25]
    )


@pytest.mark.parametrize("service", ["water", "sanitation"])
def test_enumeration_agrees_on_seeded_worlds(service: str) -> None:
    recipe = worlds.Recipe(villages=2, settlements=2, points=3, facilities=3, missing=0.2)
    for seed in range(8):
        w, yard = worlds.world(seed, recipe), facts.yardstick("jmp")
        places = demand.places_of(w.villages, w.settlements)
        if service == "water":
            ground = states.water_ground(places, w.water, w.sanitation, yard, "wet")
        else:
            ground = states.sanitation_ground(places, w.sanitation, yard, "wet")
        if ground.places:
            pd.testing.assert_frame_equal(bounds.bounds(ground), bounds.bounds_by_enumeration(ground))


def plan_ground() -> states.Ground:
    places = [
        place("a", 0, 100, poor_share=0.0),
        place("b", 5000, 60, village="B", poor_share=1.0),
        place("c", 9000, 10, village="C"),
    ]
    broken = [("x", 0, 80, 10e6), ("y", 0, 50, 6e6), ("z", 5000, 100, 8e6), ("o", 9000, 100, 5e6)]
    return line_ground(places, [site(k, at, "non_functional", room, own_cost_idr=cost) for k, at, room, cost in broken])


def test_best_plan() -> None:
    ground = plan_ground()
    actions = plans.repairs(ground)
    best = plans.best_plan(ground, actions, 18e6)
    assert best is not None
    assert (best.chosen, best.people_gained) == (("repair:x", "repair:z"), pytest.approx(140))
    assert plans.curve(ground, actions, [0, 5e6, 6e6, 8e6, 14e6, 16e6, 24e6, 29e6]) == pytest.approx(
        [0, 10, 50, 60, 110, 110, 160, 170]
    )
    assert plans.most_by_count(ground, actions, 4) == pytest.approx([0, 80, 140, 160, 170])
    poor = plans.best_plan(ground, actions, 10e6, plans.Wishes(poor_weight=1))
    assert poor is not None
    assert poor.chosen == ("repair:z",)
    floor = plans.best_plan(ground, actions, 18e6, plans.Wishes(floors={"C": 1.0}))
    assert floor is not None
    assert (floor.chosen, floor.people_gained) == (("repair:o", "repair:x"), pytest.approx(90))
    forced = plans.best_plan(ground, actions, 18e6, plans.Wishes(committed=frozenset({"repair:o"})))
    assert forced is not None
    assert forced.chosen == ("repair:o", "repair:x")
    assert plans.cheapest_plan(ground, actions, 0.6).cost_idr == 14e6
    steps = plans.steps_of(ground, actions)
    assert steps == pytest.approx({"repair:x": 80, "repair:z": 60, "repair:y": 20, "repair:o": 10})


def test_unmapped_people_break_ties() -> None:
    places = [place("a", 0, 50), place("b", 5000, 50, village="B"), place("u", 5000, 30, village="U", mapped=False)]
    ground = line_ground(
        places, [site("x", 0, "unknown", own_cost_idr=1e6), site("z", 5000, "unknown", own_cost_idr=1e6)]
    )
    best = plans.best_plan(ground, plans.repairs(ground), 1e6)
    assert best is not None
    assert (best.chosen, best.people_gained, best.unmapped_gained) == (
        ("repair:z",),
        pytest.approx(50),
        pytest.approx(30),
    )


def test_upgrades_and_new_points() -> None:
    ground = line_ground([place("a", 0, 300), place("b", 5000, 400)], [site("x", 0, capacity=100, technology="tap")])
    more, new = plans.upgrade(ground.sites[0]), plans.new_site("new", "n", spot(5000).x, 0, units=1)
    assert plans.valued(ground, [more], plans.Wishes()).people_gained == pytest.approx(100)
    both = plans.valued(ground, [more, new], plans.Wishes())
    assert (both.people_gained, both.cost_idr) == (pytest.approx(350), 130e6)


def test_water_ladder() -> None:
    yard = facts.yardstick("jmp")
    row = village(population=500, households_piped=20, hh_water_safe=5)
    places = [
        place(k, m, 100, connected=0.2) for k, m in [("a", 0), ("b", 2000), ("c", 10_000), ("d", 20_000), ("e", 30_000)]
    ]
    sites = [
        site("x", 0),
        site("well", 11_000, protection=False, technology="open_well"),
        site("river", 20_000, protection=False, technology="surface_water"),
    ]
    found = ladders.water_ladder(row, places, sites, yard, "wet")
    assert found == {"safely_managed": 25, "basic": 75 + 80, "limited": 80, "unimproved": 80, "none": 160, "unknown": 0}
    beside = ladders.water_ladder(row, places, sites, yard, "wet", beside_storage={"x"})
    assert (beside["basic"], beside["limited"], beside["unimproved"]) == (75, 0, 240)
    assert ladders.water_ladder(village(village_code="B"), places, sites, yard, "wet")["basic"] is None
    assert ladders.water_ladder(village(), places[:1], [], yard, "wet")["safely_managed"] is None
    assert ladders.water_rung(place("e", 0, 1, mapped=False), [], yard, "wet") == "unknown"
    assert ladders.water_rung(place("e", 1000.1, 1), sites[:1], yard, "wet") == "limited"


def test_household_ladders_and_odf() -> None:
    row = village(
        hh_safe=10, hh_jsp=20, hh_jssp=5, hh_shared=10, hh_open=3, hh_handwashing=40, hh_handwashing_limited=10
    )
    assert ladders.sanitation_ladder(row) == {
        "safely_managed": 10,
        "basic": 25,
        "limited": 10,
        "unimproved": None,
        "open": 3,
        "unknown": 52,
    }
    assert ladders.hygiene_ladder(row) == {"basic": 40, "limited": 10, "none": 50, "unknown": 0}
    assert ladders.hygiene_ladder(village(hh_handwashing=40)) == {
        "basic": 40,
        "limited": None,
        "none": None,
        "unknown": 60,
    }
    assert [
        ladders.odf(village(hh_open=n, odf_verified_on=d))
        for n, d in [(0, "2024-01-01"), (0, None), (1, "2024-01-01"), (None, None)]
    ] == ["verified", "claimed", "no", None]


def test_schools_and_tanks() -> None:
    school = {"kind": "school", "boys": 61, "girls": 50, "water": True, "toilets_boys": 2, "toilets_girls": 1}
    assert ladders.school_row(school) == {"toilets_needed": 3, "toilets_short": 0, "standard_met": True}
    assert ladders.school_row(school | {"toilets_boys": 1})["toilets_short"] == 1
    assert ladders.school_row(school | {"water": None})["standard_met"] is None
    assert ladders.school_row(school | {"water": None}, point_in_reach=True)["standard_met"] is True
    assert ladders.school_row(school | {"water": None, "toilets_boys": 0})["standard_met"] is False
    assert ladders.school_row(school | {"girls": None}) == {
        "toilets_needed": None,
        "toilets_short": None,
        "standard_met": None,
    }
    assert ladders.school_row({"kind": "health_post", "water": True})["standard_met"] is True
    today = pd.Timestamp("2026-01-01")
    tank = {"kind": "communal_septic", "containment": None, "emptied_on": "2021-01-01"}
    assert ladders.emptying(tank, today) == "ok"
    assert ladders.emptying(tank | {"emptied_on": "2020-12-31"}, today) == "due"
    assert ladders.emptying(tank | {"emptied_on": None}, today) == "unknown"
    assert ladders.emptying({"kind": "shared_latrine", "containment": "cubluk"}, today) is None


def test_walking() -> None:
    bend = spot(500, 0.01)
    roads = pd.DataFrame({"geometry": [LineString([spot(0), bend, spot(1000)]), LineString([spot(9000), spot(9500)])]})
    graph = walking.network(roads)
    a, b = place("a", 0, 1), site("b", 1000)
    half = geodesic_m(a, Place("", "", bend.x, bend.y, 0))
    assert walking.walk_m(graph, a, b) == pytest.approx(2 * half, abs=0.3)
    assert walking.walk_m(graph, a, site("c", 9500)) == pytest.approx(9500, abs=0.1), "no road leads: straight"
    assert walking.walk_m(graph, a, site("d", 1)) == pytest.approx(1, abs=0.1), "nearer than the road"
    assert walking.round_trip_min(1000, 4, 5) == pytest.approx(35)
    assert walking.tobler(0) == 1
    assert walking.tobler(-0.05) == pytest.approx(math.exp(-0.175))
    uphill = walking.network(pd.DataFrame({"geometry": [LineString([spot(0), spot(1000)])]}))
    steep = walking.network(
        pd.DataFrame({"geometry": [LineString([spot(0), spot(1000)])]}),
        {node: 0.1 * geodesic_m(a, Place("", "", *node, 0)) for node in uphill.nodes},
    )
    expected = 1000 * (walking.tobler(0.1) + walking.tobler(-0.1)) / 2
    assert walking.walk_m(steep, a, b) == pytest.approx(expected, rel=1e-4)


def test_streets_are_a_network() -> None:
    roads = worlds.street_grid(np.random.default_rng(1), 4, 5, closed=0.0)
    crossings = {node for node in walking.network(roads).nodes if walking.network(roads).degree(node) > 4}
    assert len(crossings) == 20 - 4, "corners have two streets"


def test_max_flow_serves_more_than_nearest_first() -> None:
    # a is nearer to x (which b alone needs) than to y: nearest first leaves b out
    ground = line_ground(
        [place("a", 0, 50), place("b", -900, 50)],
        [site("x", 10, capacity=50), site("y", 500, capacity=50)],
        reach_m=950,
    )
    assert states.total_states(ground)["served"] == pytest.approx(50)
    assert maxflow.most_served(ground) == pytest.approx(100)


def test_max_flow_is_never_less() -> None:
    for seed in range(15):
        w = worlds.world(seed)
        ground = states.water_ground(
            demand.places_of(w.villages, w.settlements), w.water, w.sanitation, facts.yardstick("wpdx"), "wet"
        )
        assert maxflow.most_served(ground) >= states.total_states(ground)["served"] - 0.01


def test_raster_sums() -> None:
    grid = np.array([[10.0, 20.0], [-99.0, 40.0]])
    whole, part = box(0, 0, 2, 2), box(0.5, 0.5, 1.5, 1.5)
    found = rasters.people_by_polygon(
        grid, (0.0, 2.0), (1.0, 1.0), {"all": whole, "middle": part, "away": box(5, 5, 6, 6)}
    )
    assert found == pytest.approx({"all": 70, "middle": 2.5 + 5 + 10, "away": 0})


def test_worlds_are_the_same_for_a_seed() -> None:
    pd.testing.assert_frame_equal(worlds.world(3).water, worlds.world(3).water)
    many = pd.concat([worlds.world(seed).water for seed in range(30)])
    assert set(many["status"]) == set(worlds.STATUSES)
    assert set(many["technology"]) == set(worlds.TECHNOLOGIES)


def test_not_one_toilet_where_somebody_is() -> None:
    school = {"kind": "school", "water": True, "people": 200, "toilets_boys": 0, "toilets_girls": 0}
    assert ladders.school_row(school)["standard_met"] is False
    assert ladders.school_row(school | {"people": None})["standard_met"] is None
    assert ladders.school_row(school | {"toilets_girls": 3})["standard_met"] is None
