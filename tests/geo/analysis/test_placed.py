"""Sites whose village nobody wrote: an area that holds every village holds every site, and what is guessed is told."""

from __future__ import annotations

import pytest
from shapely.geometry import Point, box

from geo.analysis.analyse import analyse
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.planning.coverage_problem import Wish
from geo.planning.options import options_of
from geo.planning.plans import best_plan
from tests.builders import LAT, LON, inputs, point, settlement, village
from texts import LANGUAGES, notice_text

KM = 1 / 111.0


def world(*, polygon: bool = False, far: tuple[float, float] = (LON + 20 * KM, LAT)) -> Inputs:
    """Two villages 2 km apart, a broken pump at each and one far away; none of them says whose it is."""
    spots = [Point(LON, LAT), Point(LON + 2 * KM, LAT)]
    shapes = [box(p.x - KM, p.y - KM, p.x + KM, p.y + KM) for p in spots] if polygon else spots
    codes = ["32.03.18.2001", "32.03.19.2001"]
    villages = [village(code, geometry=shape) for code, shape in zip(codes, shapes, strict=True)]
    places = [
        settlement(name, (spot.x, spot.y), people, village_code=code)
        for name, spot, people, code in zip("ab", spots, (300.0, 500.0), codes, strict=True)
    ]
    at = {"p1": (LON + 0.002, LAT), "p2": (LON + 2 * KM, LAT), "far": far}
    return inputs(places, [point(name, where, "non_functional") for name, where in at.items()], villages)


@pytest.mark.parametrize("polygon", [False, True])
def test_an_area_has_the_sites_of_its_villages(*, polygon: bool) -> None:
    data = world(polygon=polygon)
    for area, ids in ((None, {"p1", "p2", "far"}), ("32.03", {"p1", "p2"}), ("32.03.18", {"p1"}), ("32.03.19", {"p2"})):
        params = Params(standard="wpdx", area=area)
        assert set(analyse(data, params).priorities["site_id"]) == ids
        plan = best_plan(options_of(data, params), Wish(limit=1e9))
        assert {step.site_id for step in plan.steps} == ids - {"far"}


def test_a_guess_is_told() -> None:
    told = {notice.key: notice.ids for notice in analyse(world(), Params(standard="wpdx", area="32.03.18")).notices}
    assert told["problem.nearest_village"] == ("p1",)
    assert "problem.without_village" not in told  # 20 km away is another's
    firm = {notice.key for notice in analyse(world(polygon=True), Params(standard="wpdx", area="32.03.18")).notices}
    assert "problem.nearest_village" not in firm


def test_what_lies_in_no_village_is_told_beside_the_area() -> None:
    moved = world(polygon=True, far=(LON, LAT + 3 * KM))
    (notice,) = [one for one in analyse(moved, Params(standard="wpdx", area="32.03.18")).notices
                 if one.key == "problem.without_village"]  # fmt: skip
    assert notice.ids == ("far",)
    for lang in LANGUAGES:
        assert "far" in notice_text(notice, lang)
    assert not [one for one in analyse(moved, Params(standard="wpdx")).notices if one.key == "problem.without_village"]
