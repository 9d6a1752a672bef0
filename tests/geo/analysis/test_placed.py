"""Sites whose village nobody wrote: an area that holds every village holds every site, and what is guessed is told."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely.geometry import Point, box

from geo.analysis.analyse import analyse
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.planning.coverage_problem import Wish
from geo.planning.options import options_of
from geo.planning.plans import best_plan
from texts import LANGUAGES, notice_text

LON, LAT, KM = 107.1, -7.19, 1 / 111.0


def world(*, polygon: bool = False) -> Inputs:
    """Two villages 2 km apart, a broken pump at each and one 20 km away; none of them says whose it is."""
    spots = [Point(LON, LAT), Point(LON + 2 * KM, LAT)]
    shapes = [box(p.x - KM, p.y - KM, p.x + KM, p.y + KM) for p in spots] if polygon else spots
    villages = gpd.GeoDataFrame(
        {"village_code": ["32.03.18.2001", "32.03.19.2001"], "name": ["A", "B"], "population": [300.0, 500.0],
         "surveyed_on": ["2026-01-01"] * 2}, geometry=shapes, crs="EPSG:4326",
    )  # fmt: skip
    places = gpd.GeoDataFrame(
        {"settlement_id": ["a", "b"], "village_code": villages["village_code"], "population": [300.0, 500.0]},
        geometry=spots, crs="EPSG:4326",
    )  # fmt: skip
    at = [LON + 0.002, LON + 2 * KM, LON + 20 * KM]
    points = gpd.GeoDataFrame(
        {"point_id": ["p1", "p2", "far"], "status": ["non_functional"] * 3, "technology": ["hand_pump"] * 3},
        geometry=gpd.points_from_xy(at, [LAT] * 3), crs="EPSG:4326",
    )  # fmt: skip
    return Inputs.of({"villages": villages, "settlements": places, "water_points": points})


@pytest.mark.parametrize("polygon", [False, True])
def test_an_area_has_the_sites_of_its_villages(*, polygon: bool) -> None:
    inputs = world(polygon=polygon)
    for area, ids in ((None, {"p1", "p2", "far"}), ("32.03", {"p1", "p2"}), ("32.03.18", {"p1"}), ("32.03.19", {"p2"})):
        params = Params(standard="wpdx", area=area)
        assert set(analyse(inputs, params).priorities["site_id"]) == ids
        plan = best_plan(options_of(inputs, params, ()), Wish(limit=1e9))
        assert {step.site_id for step in plan.steps} == ids - {"far"}


def test_a_guess_is_told() -> None:
    told = {notice.key: notice.ids for notice in analyse(world(), Params(standard="wpdx", area="32.03.18")).notices}
    assert told["problem.nearest_village"] == ("p1",)
    assert "problem.without_village" not in told  # 20 km away is another's
    firm = {notice.key for notice in analyse(world(polygon=True), Params(standard="wpdx", area="32.03.18")).notices}
    assert "problem.nearest_village" not in firm


def test_what_lies_in_no_village_is_told_beside_the_area() -> None:
    inputs = world(polygon=True)
    points = inputs.water_points.copy()
    points.loc[points["point_id"] == "far", "geometry"] = Point(LON, LAT + 3 * KM)
    moved = Inputs.of({"villages": inputs.villages, "settlements": inputs.settlements, "water_points": points})
    (notice,) = [one for one in analyse(moved, Params(standard="wpdx", area="32.03.18")).notices
                 if one.key == "problem.without_village"]  # fmt: skip
    assert notice.ids == ("far",)
    for lang in LANGUAGES:
        assert "far" in notice_text(notice, lang)
    assert not [one for one in analyse(moved, Params(standard="wpdx")).notices if one.key == "problem.without_village"]
