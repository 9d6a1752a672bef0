"""Of very many sites what lies in view: nothing is lost, nobody counted twice, and near to it all is as it is."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import Transformer

from geo.analysis.analyse import analyse
from geo.model.params import Params
from geo.model.results import Analysis
from geo.model.sites import STATUSES
from layers import in_view
from layers.in_view import CELL, EACH, RING, InView, too_many
from layers.kinds import world
from layers.packed import kinds, packed
from layers.view import View
from tests.builders import LAT, LON, inputs, offset, point, settlement, village

WORLD = (0.0, 0.0, 256.0, 256.0)
VIEW = View("id")


def drawn(found: dict[str, Any], layer: str, key: str, kind: type[np.generic] = np.float64) -> np.ndarray[Any, Any]:
    return np.frombuffer(found[f"{layer}_{key}"], dtype=kind)


def plan(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {layer["name"]: layer for layer in json.loads(found["plan"])}


@pytest.fixture(scope="module")
def crowd() -> Analysis:
    """Two villages of 10 km, 400 homes and 900 points in rows; two of three points work."""
    homes = [settlement(f"s{n}", offset(400 * (n % 20) - 4000, 400 * (n // 20) - 4000), n) for n in range(400)]
    status = ["functional", "needs_repair", "functional"]
    points = [
        point(f"p{n}", offset(300 * (n % 30) - 4400, 300 * (n // 30) - 4400), status[n % 3], name=f"Sumur {n}")
        for n in range(900)
    ]
    there = shapely.transform(village()["geometry"], lambda at: np.add(at, [0.1, 0.0]))
    round_one = shapely.Point(LON + 0.1, LAT).buffer(0.04, quad_segs=64)
    assert there.covers(round_one)
    villages = [village(), village("32.03.18.2002", geometry=round_one)]
    return analyse(inputs(homes, points, villages), Params(), ())


def test_few_are_sent_as_the_whole_map_sends_them(crowd: Analysis) -> None:
    shown = ("settlements", "water_points")
    found, whole = InView(crowd, VIEW, shown).part(WORLD, 18), packed(crowd, VIEW, shown)
    assert found == whole


def test_only_what_is_in_view_is_sent(crowd: Analysis) -> None:
    at = world(crowd.water_points.geometry.x.to_numpy(), crowd.water_points.geometry.y.to_numpy())
    west, north = at.min(axis=0)
    middle = at[:, 0].mean()
    box = (west, north, middle, 256.0)
    found = InView(crowd, VIEW, ("villages", "water_points")).part(box, 14)
    inside = at[:, 0] <= middle
    assert 300 < inside.sum() < 600
    assert np.array_equal(drawn(found, "water_points", "at").reshape(-1, 2), at[inside])
    ids = [line.split(" · ")[0] for line in plan(found)["water_points"]["names"].split("\n")]
    assert ids == crowd.water_points["point_id"][inside].tolist()
    assert plan(found)["villages"]["names"].startswith("32.03.18.2001 ·")
    assert "\n" not in plan(found)["villages"]["names"], "the other village lies beyond"
    assert plan(InView(crowd, VIEW, tuple(kinds())[:-1]).part((1.0, 1.0, 2.0, 2.0), 14)) == {}


@pytest.mark.parametrize("zoom", [6, 11, 14])
def test_a_crowd_is_counted_by_class_and_nobody_is_lost(
    crowd: Analysis, zoom: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_view, "EACH", 100)
    found = InView(crowd, VIEW, ("water_points",)).part(WORLD, zoom)
    told = plan(found)["water_points"]
    assert told["kind"] == "counts"
    assert told["names"] == ""
    counts = drawn(found, "water_points", "counts", np.uint32).reshape(-1, len(STATUSES))
    by_status = dict(zip(STATUSES, counts.sum(axis=0).tolist(), strict=True))
    assert by_status == dict.fromkeys(STATUSES, 0) | {"functional": 600, "needs_repair": 300}
    at = drawn(found, "water_points", "at").reshape(-1, 2)
    cells = np.floor(at / (CELL / 2**zoom))
    assert len(np.unique(cells, axis=0)) == len(at), "one circle a cell"
    off = abs(at / (CELL / 2**zoom) - cells - 0.5)
    assert (off <= 1 / 6 + 1e-6).all(), "circles of neighbours do not cover each other's numbers"


def test_from_afar_a_ring_stands_for_most_people(monkeypatch: pytest.MonkeyPatch) -> None:
    homes = [settlement(f"s{n}", offset(10.0 * n), 1) for n in range(20)]
    homes += [settlement("far", offset(4000.0), 90), settlement("unknown", offset(4010.0), None)]
    data = inputs(homes, [point("p", offset(0))])
    analysis = analyse(data, Params(), ())
    monkeypatch.setattr(in_view, "EACH", 5)
    found = InView(analysis, VIEW, ("settlements",)).part(WORLD, 5)
    colours = [look["colour"] for look in plan(found)["settlements"]["classes"]]
    states = packed(analysis, VIEW, ("settlements",))
    each = dict(zip(analysis.places["place_id"], drawn(states, "settlements", "class", np.uint8), strict=True))
    assert each["s0"] != each["far"]
    assert drawn(found, "settlements", "class", np.uint8).tolist() == [each["far"]], "90 people beside 20"
    assert len(colours) == len(plan(states)["settlements"]["classes"])
    apart = InView(analysis, VIEW, ("settlements",)).part(WORLD, 14)
    side = RING / 2**14
    assert len(drawn(apart, "settlements", "class", np.uint8)) == len(
        np.unique(np.floor(drawn(states, "settlements", "at").reshape(-1, 2) / side), axis=0)
    )


@pytest.mark.parametrize("zoom", [8, 12, 16])
def test_outlines_differ_by_no_more_than_a_pixel(crowd: Analysis, zoom: int) -> None:
    layer = InView(crowd, VIEW, ("villages",))
    found = layer.part(WORLD, zoom)
    at = drawn(found, "villages", "fine_at").reshape(-1, 2)
    ends = drawn(found, "villages", "fine_ends", np.uint32).tolist()
    back = Transformer.from_crs("EPSG:3857", "EPSG:4326", always_xy=True)
    half = 20_037_508.342789244
    lon, lat = back.transform((at[:, 0] / 128 - 1) * half, (1 - at[:, 1] / 128) * half)
    pixel = 360 / 256 / 2**zoom
    for n, shape in enumerate(crowd.villages.geometry):
        ring = shapely.Polygon(np.column_stack([lon, lat])[0 if n == 0 else ends[n - 1] : ends[n]])
        assert shapely.hausdorff_distance(ring, shape) < pixel
    assert layer.part(WORLD, zoom) == found, "a level that was seen is kept"
    if zoom == 8:
        assert len(at) < 30, "of 260 corners of the round village few are seen from afar"


def test_villages_seen_from_afar_have_a_colour_and_no_name(crowd: Analysis, monkeypatch: pytest.MonkeyPatch) -> None:
    near = InView(crowd, VIEW, ("villages",)).part(WORLD, 9)
    monkeypatch.setattr(in_view, "EACH", 1)
    far = InView(crowd, VIEW, ("villages",)).part(WORLD, 9)
    assert plan(far)["villages"]["names"] == ""
    assert {key: value for key, value in far.items() if key != "plan"} == {
        key: value for key, value in near.items() if key != "plan"
    }


def test_a_point_alone_and_a_speck_are_drawn() -> None:
    speck = shapely.Point(LON + 0.2, LAT).buffer(1e-5)
    data = inputs(
        [settlement("s", offset(0), 10)], [point("p", offset(50))],
        villages=[village(geometry=shapely.Point(LON, LAT)), village("32.03.18.2002", geometry=speck)],
    )  # fmt: skip
    found = InView(analyse(data, Params(), ()), VIEW, ("villages",)).part(WORLD, 10)
    assert drawn(found, "villages", "fine_whose", np.uint32).tolist() == [0, 1]
    ends = drawn(found, "villages", "fine_ends", np.uint32)
    at = drawn(found, "villages", "fine_at").reshape(-1, 2)
    for ring in np.split(at, ends[:-1]):
        assert (np.ptp(ring, axis=0) > 0).all()


def test_when_a_page_holds_no_more(crowd: Analysis, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = ("villages", "settlements", "water_points", "priorities", "reach")
    assert too_many(crowd, VIEW, shown) == ()
    monkeypatch.setattr(in_view, "WHOLE", 1_299)
    assert too_many(crowd, VIEW, shown) == ("villages", "settlements", "water_points")
    assert too_many(crowd, VIEW, ("villages", "water_points")) == ()
    monkeypatch.setattr(in_view, "WHOLE_VILLAGES", 1)
    assert too_many(crowd, VIEW, ("villages",)) == ("villages",)
    assert EACH > 1
    assert isinstance(crowd.villages, gpd.GeoDataFrame)
