"""Ladders, conflicts, tanks, institutions, seasons, the best sharing and the yardsticks, on hand-drawn ground."""

from __future__ import annotations

from datetime import date
from itertools import pairwise, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.analysis.analyse import analyse
from geo.analysis.maxflow import most_of
from geo.analysis.standards_compared import REASONS, compare
from geo.coverage.conflicts import conflicts, stores_excreta
from geo.coverage.ladders import WATER_RUNGS, hygiene_ladder, sanitation_ladder
from geo.model.errors import CallError
from geo.model.params import Params
from geo.model.sites import STATES
from geo.model.tables import empty_table
from tests.builders import inputs, offset, point, settlement, table, village
from texts import not_listed_text

DAY = date(2026, 11, 25)


def facility(facility_id: str, at: tuple[float, float], kind: str = "excreta_storage", **more):
    return {"facility_id": facility_id, "at": at, "kind": kind, "status": "functional"} | more


def rungs(data, **more) -> dict[str, float]:
    found = analyse(data, Params(**({"standard": "wpdx"} | more))).needs["water_rungs"]
    return {name: found[name] for name in WATER_RUNGS}


def test_each_rung_of_water() -> None:
    places = [
        settlement("near", offset(0), 100), settlement("far", offset(3000), 200), settlement("pond", offset(-8000), 40),
        settlement("river", offset(0, 9000), 30), settlement("bare", offset(0, -9000), 20),
        settlement("dark", offset(0, -9500), 10, village_code="32.03.18.2002"),
    ]  # fmt: skip
    points = [
        point("pump", offset(1000)), point("pool", offset(-8100), technology="open_well"),
        point("brook", offset(0, 9100), technology="surface_water"), point("dead", offset(0, -9000), "non_functional"),
    ]  # fmt: skip
    villages = [village(), village("32.03.18.2002", surveyed_on=None)]
    found = rungs(inputs(places, points, villages))
    assert found == {
        "safely_managed": None, "basic": 100.0, "limited": 200.0, "unimproved": 40.0, "none": 50.0, "unknown": 10.0
    }  # fmt: skip
    slow = rungs(inputs(places, points, villages), queue_min=10.0)
    assert slow["basic"] == 0.0, "a queue takes its minutes from the half hour"
    assert slow["limited"] == 100.0
    assert sum(value or 0 for value in slow.values()) == 400.0


def test_connections_are_basic_and_safe_only_as_far_as_known() -> None:
    places = [settlement("a", offset(0), 400)]
    plain = village(households=100, households_piped=50)
    assert rungs(inputs(places, [], [plain]))["basic"] == 200.0
    tested = rungs(inputs(places, [], [plain | {"hh_water_safe": 20}]))
    assert (tested["safely_managed"], tested["basic"], tested["none"]) == (80.0, 120.0, 200.0)
    boasted = rungs(inputs(places, [], [plain | {"hh_water_safe": 90}]))
    assert boasted["safely_managed"] == 200.0, "no more are safe than are connected"


def test_a_source_at_ten_metres_conflicts_and_does_not_count_for_the_national_standard() -> None:
    from tests.builders import LAT, LON

    place = [settlement("a", offset(50), 100)]
    latrine = facility("s", (LON, LAT), "shared_latrine")
    at = dict(zip(("inside", "beyond"), (offset(0, 9.9999), offset(0, 10.01)), strict=True))
    for where, counts in (("inside", False), ("beyond", True)):
        data = inputs(place, [point("p", at[where])], sanitation=[latrine])
        result = analyse(data, Params(standard="id"))
        assert result.totals["water"]["served"] == (100.0 if counts else 0.0), where
        assert len(result.conflicts) == (0 if counts else 1)
        assert result.needs["conflicts"] == (0 if counts else 1)
        assert any(problem.key == "problem.conflict" for problem in result.notices) is not counts
        assert rungs(data, standard="id")["basic"] == (100.0 if counts else 0.0)
        assert rungs(data, standard="wpdx")["basic"] == 100.0, "the ladder asks what the standard asks"
        assert analyse(data, Params(standard="wpdx")).totals["water"]["served"] == 100.0
    tap = analyse(inputs(place, [point("p", at["inside"], technology="tap")], sanitation=[latrine]), Params())
    assert len(tap.conflicts) == 0, "a tap takes its water elsewhere"
    sewer = inputs(place, [point("p", at["inside"])], sanitation=[latrine | {"containment": "Sewer kota"}])
    assert not stores_excreta(sewer.sanitation).any()
    assert len(conflicts(sewer.water_points, sewer.sanitation)) == 0
    assert len(conflicts(empty_table("water_points"), empty_table("sanitation"))) == 0


def test_sites_the_standard_never_counts_are_told_with_the_reason() -> None:
    from tests.builders import LAT, LON

    points = [
        point("well", offset(100), "non_functional", technology="open_well"), point("pump", offset(0, 5), "unknown"),
        point("good", offset(200), "non_functional"), point("pond", offset(300), "functional", technology="open_well"),
    ]  # fmt: skip
    toilets = [facility("s", (LON, LAT)), facility("b", offset(500), "school_toilet", status="non_functional")]
    data = inputs([settlement("a", offset(50), 100)], points, sanitation=toilets)
    found = analyse(data, Params(standard="id"))
    assert set(found.priorities["site_id"]) == {"good"}
    told = found.needs["not_listed"]
    assert told == {"water": {"unimproved": 1, "near_storage": 1}, "sanitation": {"not_used": 1}}
    sentence = not_listed_text(told["water"], "id")
    assert "1 sumber tidak terlindung" in sentence
    assert analyse(data, Params(standard="wpdx")).needs["not_listed"]["water"] == {}
    assert analyse(data, Params(standard="id", area="32.03.18")).needs["not_listed"] == told


def test_person_km_are_of_those_who_walk_and_a_repair_saves_of_the_same() -> None:
    places = [settlement("a", offset(0), 400)]
    points = [point("far", offset(900)), point("near", offset(100), "non_functional")]
    for piped in (0, 50, 100):
        data = inputs(places, points, [village(households=100, households_piped=piped)])
        found = analyse(data, Params(standard="wpdx"))
        walkers = 400 * (100 - piped) / 100
        assert found.totals["water"]["person_km"] == pytest.approx(walkers * 0.9, rel=1e-3)
        assert found.priorities.set_index("site_id").at["near", "person_km_saved"] == pytest.approx(
            walkers * 0.8, rel=1e-3
        )
        assert found.totals["water"]["distance_median_m"] == pytest.approx(900, rel=1e-3), "of where people live"


def test_the_most_is_never_less_than_what_is_served() -> None:
    """People are rounded down to thousandths for the flow; the village's total puts thirds into its places."""
    places = [settlement(name, offset(100 * n), 1) for n, name in enumerate("abc")]
    points = [point("p", offset(50), capacity_people=200), point("q", offset(150), capacity_people=200)]
    found = most_of(inputs(places, points, [village(population=100)]), Params(standard="wpdx"))["water"]
    assert found["served"] == pytest.approx(100.0, abs=1e-9)
    assert found["most"] >= found["served"]


def test_sanitation_ladder_odf_and_stbm() -> None:
    rows = [
        village("32.03.18.2001", households=100, hh_safe=5, hh_own=40, hh_shared=20, hh_unimproved=10, hh_open=15),
        village("32.03.18.2002", households=50, hh_jsp=20, hh_jssp=10, hh_shared=20, hh_open=0),
        village("32.03.18.2003", households=50, hh_own=50, hh_open=0, odf_verified_on="2025-06-01"),
        village("32.03.18.2004", households=30),
        village("32.03.18.2005"),
    ]
    ladder = sanitation_ladder(table("villages", rows)).rename(
        columns=lambda name: name.replace("sanitation_rung_", "")
    )
    assert ladder["basic"].tolist()[:3] == [40.0, 30.0, 50.0]
    assert ladder["unknown"].tolist()[:4] == [10.0, 0.0, 0.0, 30.0]
    assert np.isnan(ladder["unknown"].iloc[4]), "no households known: no figure"
    assert ladder["odf"].tolist() == ["no", "claimed", "verified", None, None]
    data = inputs([settlement("a", offset(0), 10)], [], rows)
    needs = analyse(data, Params()).needs
    assert needs["odf"] == {"verified": 1, "claimed": 1, "no": 1, "unknown": 2}
    assert needs["sanitation_rungs"]["open"] == 15.0
    assert needs["sanitation_rungs"]["villages"] == 3
    wash = hygiene_ladder(table("villages", [rows[0] | {"hh_handwashing": 60, "hh_handwashing_limited": 30}, rows[3]]))
    assert wash["hygiene_rung_none"].iloc[0] == 10.0
    assert np.isnan(wash["hygiene_rung_none"].iloc[1])
    assert wash["hygiene_rung_unknown"].tolist() == [0.0, 30.0]


def test_own_latrines_of_stbm_count_as_own_toilets() -> None:
    data = inputs([settlement("a", offset(0), 100)], [], [village(hh_jsp=30, hh_jssp=20, hh_shared=30, hh_open=20)])
    assert analyse(data, Params()).totals["sanitation"]["on_premises"] == pytest.approx(50.0)


def test_tanks_due_and_the_way_to_the_plant() -> None:
    rows = [
        facility("old", offset(0), emptied_on="2021-11-24"), facility("new", offset(10), emptied_on="2021-11-26"),
        facility("dark", offset(20)), facility("pit", offset(30), "public_toilet"),
        facility("septic", offset(40), "public_toilet", containment="Tangki septik", emptied_on="2010-01-01"),
        facility("plant", offset(1000), "treatment_plant"), facility("broken", offset(60), "treatment_plant", status="non_functional"),
    ]  # fmt: skip
    result = analyse(inputs([settlement("a", offset(0), 10)], sanitation=rows), Params(as_of=DAY))
    told = result.sanitation.set_index("facility_id")
    assert told["emptying"].to_dict() == {
        "old": "due", "new": "ok", "dark": "unknown", "pit": None, "septic": "due", "plant": None, "broken": None
    }  # fmt: skip
    assert told["plant_m"]["old"] == pytest.approx(1000, abs=0.01)
    assert np.isnan(told["plant_m"]["pit"])
    assert result.needs["tanks"] == {"due": 2, "ok": 1, "unknown": 1, "furthest_plant_m": pytest.approx(1000, abs=0.01)}


def test_schools_against_the_standard() -> None:
    def school(name: str, **more):
        return {"institution_id": name, "kind": "school", "at": offset(0), "boys": 61, "girls": 50, "water": True,
                "toilets_boys": 2, "toilets_girls": 1} | more  # fmt: skip

    rows = [
        school("good"), school("short", toilets_boys=1), school("dry", water=False), school("dark", toilets_girls=None),
        school("well", water=None), school("nothing", water=None, at=offset(5000)), school("girls", boys=0, toilets_boys=0),
        school("lads", toilets_boys=0, girls=None), school("none", boys=None, girls=None, people=90, toilets_boys=0, toilets_girls=0),
        school("empty", boys=None, girls=None, people=0, toilets_boys=0, toilets_girls=0),
        school("nobody", boys=None, girls=None, toilets_boys=0, toilets_girls=0),
        {"institution_id": "post", "kind": "health_post", "at": offset(0), "water": True},
    ]  # fmt: skip
    data = inputs([settlement("a", offset(0), 10)], [point("p", offset(300))], institutions=rows)
    result = analyse(data, Params(standard="sphere"))
    told = result.institutions.set_index("institution_id")
    assert told["standard_met"].to_dict() == {
        "good": True, "short": False, "dry": False, "dark": None, "well": True, "nothing": None, "girls": True, "post": True,
        "lads": False, "none": False, "empty": None, "nobody": False,
    }  # fmt: skip
    assert told["toilets_needed"]["good"] == 3
    assert told["toilets_short"]["short"] == 1
    assert told["water_m"]["well"] == pytest.approx(300, abs=0.01)
    needs = result.needs["institutions"]
    assert (needs["met"], needs["not_met"], needs["unknown"], needs["without_water"]) == (4, 5, 3, 1)


def test_both_seasons_stand_beside_each_other() -> None:
    data = inputs(
        [settlement("a", offset(0), 60), settlement("b", offset(3000), 40)],
        [point("p", offset(0), "dry_season"), point("q", offset(3000))],
    )
    for season in ("wet", "dry"):
        total = analyse(data, Params(standard="wpdx", season=season)).totals["water"]
        assert (total["share_wet"], total["share_dry"]) == (1.0, 0.4)
        assert total["share"] == total[f"share_{season}"]
        alone = analyse(data, Params(standard="wpdx", season="dry" if season == "wet" else "wet")).totals["water"]
        assert alone["share"] == total["share_dry" if season == "wet" else "share_wet"]


def brute_most(need: dict[str, int], capacity: dict[str, int], reach: set[tuple[str, str]]) -> int:
    """Augmenting paths, one person at a time."""
    flow = dict.fromkeys(reach, 0)
    total = 0

    def push(place: str, seen: set[str]) -> bool:
        for site in [s for p, s in reach if p == place and s not in seen]:
            seen.add(site)
            if sum(flow[p, s] for p, s in reach if s == site) < capacity[site]:
                flow[place, site] += 1
                return True
            for other in [p for p, s in reach if s == site and flow[p, s] > 0 and p != place]:
                if push(other, seen):
                    flow[other, site] -= 1
                    flow[place, site] += 1
                    return True
        return False

    for place, people in need.items():
        for _ in range(people):
            total += push(place, set())
    return total


def test_nearest_first_is_not_always_the_most() -> None:
    data = inputs(
        [settlement("both", offset(0), 100), settlement("one", offset(-900), 100)],
        [point("left", offset(-100), capacity_people=100), point("right", offset(200), capacity_people=100)],
    )
    params = Params(standard="wpdx")
    assert analyse(data, params).totals["water"]["served"] == pytest.approx(100.0)
    found = most_of(data, params)["water"]
    assert found["most"] == pytest.approx(200.0, abs=0.01)
    assert found["missed"] == pytest.approx(100.0, abs=0.01)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_the_most_equals_augmenting_paths(data) -> None:
    spots = st.tuples(st.integers(-8, 8).map(lambda n: n * 150.0), st.integers(-2, 2).map(lambda n: n * 150.0))
    places = data.draw(st.lists(st.tuples(spots, st.integers(1, 12)), min_size=1, max_size=5))
    points = data.draw(st.lists(st.tuples(spots, st.integers(1, 15)), min_size=1, max_size=4))
    ground = inputs(
        [settlement(f"s{n}", offset(*at), people) for n, (at, people) in enumerate(places)],
        [point(f"p{n}", offset(*at), capacity_people=room) for n, (at, room) in enumerate(points)],
    )
    from tests.builders import GEOD

    reach = {
        (f"s{n}", f"p{m}")
        for (n, (a, _)), (m, (b, _)) in product(enumerate(places), enumerate(points))
        if round(GEOD.inv(*offset(*a), *offset(*b))[2], 6) <= 500.0
    }
    most = brute_most(
        {f"s{n}": people for n, (_, people) in enumerate(places)},
        {f"p{m}": room for m, (_, room) in enumerate(points)},
        reach,
    )
    found = most_of(ground, Params(standard="wpdx", radius_m=500.0))["water"]
    assert found["most"] == pytest.approx(most, abs=0.02)
    assert found["served"] <= found["most"] + 0.02


def test_yardsticks_side_by_side_and_their_reasons(shipped) -> None:
    keys = ("jmp", "wpdx", "sphere", "unhcr", "id")
    found = compare(shipped, Params(area="32.03.18"), keys=keys)
    for row in found.states.to_dict("records"):
        alone = analyse(shipped, Params(area="32.03.18", standard=row["standard"]), priorities=False).totals["water"]
        for name in (*STATES, "gap", "share"):
            assert row[name] == pytest.approx(alone[name]), (row["standard"], name)
    served = found.states.set_index("standard")["served"]
    assert len(found.reasons) == 4
    for (one, other), row in zip(pairwise(keys), found.reasons.to_dict("records"), strict=True):
        assert (row["standard"], row["against"]) == (one, other)
        assert row["difference"] == pytest.approx(served[other] - served[one])
        assert sum(row[name] for name in REASONS) == pytest.approx(row["difference"])
    assert found.reasons.iloc[1]["improved"] == 0.0, "wpdx and sphere ask the same of a source"
    assert found.reasons.iloc[1]["reach"] < 0
    with pytest.raises(CallError, match="two_standards"):
        compare(shipped, Params(), keys=("jmp",))
    with pytest.raises(CallError, match="option"):
        compare(shipped, Params(), keys=("jmp", "moon"))


def test_ladders_sum_to_the_people_of_every_village(shipped) -> None:
    villages = analyse(shipped, Params(), priorities=False).villages
    known = villages["population"].notna()
    rows = villages.loc[known, [f"rung_{name}" for name in WATER_RUNGS]].sum(axis=1)
    assert rows.to_numpy() == pytest.approx(villages.loc[known, "population"].to_numpy())
    assert villages.loc[~known, "rung_basic"].isna().all()
    assert pd.api.types.is_float_dtype(villages["sanitation_rung_open"])
