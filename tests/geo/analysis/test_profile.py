"""A village's profile: what it counts is what the tables hold, and what nobody knows stays unknown."""

from __future__ import annotations

import pytest

from geo.analysis.analyse import analyse
from geo.analysis.profile import age_groups, around, profile_of, village_codes, villages_of_sites
from geo.model.area_names import area_line, area_name, list_date
from geo.model.errors import CallError
from geo.model.inputs import Inputs
from geo.model.params import Params
from tests.builders import inputs, offset, point, settlement


def test_a_profile_counts_what_stands_in_the_village_and_names_what_would_help() -> None:
    points = [
        point("new", offset(0), installed_year=2024, capacity_people=100),
        point("old", offset(300), "non_functional", installed_year=1999, capacity_people=150),
        point("nobody knows", offset(-300), "abandoned"),
        point("to come", offset(100), installed_year=2031, capacity_people=100),
    ]
    data = inputs([settlement("s", offset(10), 400.0)], points)
    found = profile_of(analyse(data, Params(standard="sphere", draws=5)), "32.03.18.2001")
    assert found.status["water"] == {"functional": 2, "non_functional": 1, "abandoned": 1}
    assert found.status["sanitation"] == {}
    assert found.age == {"to_5": 1, "older": 1, "unknown": 2}
    assert found.first["site_id"].tolist() == ["old"]
    assert found.row["served"] + found.row["over_capacity"] == pytest.approx(400.0)


def test_an_age_falls_into_one_group_at_its_very_year() -> None:
    ages = {5: "to_5", 6: "to_10", 10: "to_10", 11: "to_20", 20: "to_20", 21: "older"}
    for years, group in ages.items():
        params = Params(draws=5)
        data = inputs(
            [settlement("s", offset(10), 4.0)], [point("p", offset(0), installed_year=params.as_of.year - years)]
        )
        assert profile_of(analyse(data, params), "32.03.18.2001").age == {group: 1}
        assert group in age_groups()


def test_every_shipped_village_has_a_profile_whose_sites_are_those_of_the_tables(shipped: Inputs) -> None:
    analysis = analyse(shipped, Params(area="32.03.18", draws=5))
    where = villages_of_sites(analysis)
    sites = 0
    for code in village_codes(analysis):
        found = profile_of(analysis, code)
        sites += sum(len(table) for table in found.sites.values())
        assert sum(found.status["water"].values()) == sum(found.age.values()) == len(found.sites["water"])
        frame = around(analysis, code)
        assert set(found.sites["water"]["point_id"]) <= set(frame.water_points["point_id"])
        assert len(frame.villages) < len(analysis.villages)
    assert sites == len(where) > 100
    with pytest.raises(CallError, match="no_village"):
        profile_of(analysis, "32.03.18.2999")


def test_areas_have_the_names_of_the_ministry_s_list_and_those_of_the_shipped_table(shipped: Inputs) -> None:
    assert list_date() >= "2024"
    assert area_line("3203182001") == "Pagelaran, Kab. Cianjur, Jawa Barat"
    assert area_name("00.00") is None
    assert {area_name(code[:8]) for code in shipped.villages["village_code"]} == {"Pagelaran"}
    regencies = {area_name(code[:5]) for code in shipped.villages["village_code"]}
    assert regencies == {"Kab. Cianjur", "Kab. Malang", "Kab. Pandeglang", "Kab. Pringsewu"}
