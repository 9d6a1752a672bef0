"""What is drawn on the map: lengths and sums against others' arithmetic, and an address that holds it."""

from __future__ import annotations

import math

import pytest
from pyproj import Geod
from shapely.geometry import LineString, Polygon, box, mapping

from geo.analysis.analyse import analyse
from geo.analysis.drawn import MOST_CORNERS, drawing, drawn_as_text, from_text, length_m, within
from geo.model.errors import CallError
from geo.model.params import Params
from geo.model.sites import STATES
from tests.builders import LAT, LON, inputs, offset, point, settlement, village


def test_people_and_sites_in_an_area_by_hand() -> None:
    data = inputs(
        [settlement("a", offset(0), 100.0), settlement("b", offset(900), 50.0), settlement("c", offset(100), None)],
        [point("p", offset(10)), point("q", offset(20), "non_functional"), point("r", offset(900), "non_functional")],
        [village()],
    )
    found = analyse(data, Params())
    area = box(LON - 0.002, LAT - 0.002, LON + 0.002, LAT + 0.002)
    mine = within(found, area, "water")
    assert (mine.people, mine.places, mine.unknown) == (100.0, 2, 1)
    assert sum(mine.states.values()) == pytest.approx(100.0)
    assert mine.sites == {"functional": 1, "non_functional": 1}
    geod = Geod(ellps="WGS84")
    assert mine.area_m2 == pytest.approx(abs(geod.geometry_area_perimeter(area)[0]))
    everything = within(found, box(LON - 1, LAT - 1, LON + 1, LAT + 1), "water")
    assert everything.people == found.totals["water"]["population"]
    assert {name: everything.states[name] for name in STATES} == {
        name: found.totals["water"][name] or 0.0 for name in STATES
    }
    nothing = within(found, box(0, 0, 1, 1), "sanitation")
    assert (nothing.people, nothing.places, nothing.sites) == (0.0, 0, {})


def test_the_length_is_that_over_the_ellipsoid() -> None:
    line = LineString([(LON, LAT), (LON + 0.1, LAT), (LON + 0.1, LAT + 0.1)])
    geod = Geod(ellps="WGS84")
    legs = sum(geod.inv(*a, *b)[2] for a, b in zip(line.coords[:-1], line.coords[1:], strict=True))
    assert length_m(line) == pytest.approx(legs)


def test_an_address_holds_a_drawing_of_many_corners() -> None:
    round_ = Polygon([(LON + math.cos(a / 50) * 0.1, LAT + math.sin(a / 50) * 0.1) for a in range(314)])
    found = drawing(mapping(round_))
    text = drawn_as_text(found)
    assert len(text) <= 400
    assert len(found.exterior.coords) <= MOST_CORNERS + 1
    assert found.symmetric_difference(round_).area < 0.05 * round_.area
    assert drawn_as_text(from_text(text)) == text


BAD = [
    "",
    "A",
    "A1 2",
    "A1 2;3 4",
    "L1 2",
    "Lx y;1 2",
    "Z1 2;3 4",
    "A0 0;1 1;1 0;0 1",
    "L0 0;400 0",
    "Lnan nan;1 1",
    "A1 2 3;4 5 6;7 8 9",
]


@pytest.mark.parametrize("text", BAD)
def test_an_address_with_nonsense(text: str) -> None:
    with pytest.raises(CallError, match="drawing"):
        from_text(text)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "Polygon"},
        {"type": "LineString", "coordinates": [[1, 2]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
    ],
)
def test_a_tool_that_gives_nonsense(content: dict[str, object]) -> None:
    with pytest.raises(CallError, match="drawing"):
        drawing(content)
