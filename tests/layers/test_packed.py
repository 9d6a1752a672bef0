"""Maps of very many: positions, classes and names are those of the analysis."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pyproj import Transformer

from geo.analysis.analyse import analyse
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.model.results import Analysis
from geo.model.sites import STATUSES
from layers.kinds import world
from layers.packed import feature_count, kinds, packed
from layers.view import View
from tests.builders import inputs, offset, point, settlement, village
from texts.looks import share_colour


@pytest.fixture(scope="module")
def analysis(shipped: Inputs) -> Analysis:
    return analyse(shipped, Params(area="32.03.18"), ())


def test_world_pixels_are_those_of_web_mercator() -> None:
    lon, lat = np.array([107.1, -170.0, 0.0]), np.array([-7.2, 60.0, 0.0])
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform(lon, lat)
    half = 20_037_508.342789244
    assert np.allclose(world(lon, lat), np.column_stack([(x / half + 1) * 128, (1 - y / half) * 128]), atol=1e-9)
    assert np.isfinite(world(np.array([0.0]), np.array([90.0]))).all()


def test_sites_keep_their_place_class_and_name(analysis: Analysis) -> None:
    found = packed(analysis, View("id"), tuple(kinds()))
    plan = {layer["name"]: layer for layer in json.loads(found["plan"])}
    assert list(plan) == list(kinds())
    points = analysis.water_points
    at = np.frombuffer(found["water_points_at"]).reshape(-1, 2)
    assert np.array_equal(at, world(points.geometry.x.to_numpy(), points.geometry.y.to_numpy()))
    classes = np.frombuffer(found["water_points_class"], dtype=np.uint8)
    assert [STATUSES[n] for n in classes] == points["status"].tolist()
    assert [line.split(" · ")[0] for line in plan["water_points"]["names"].split("\n")] == points["point_id"].tolist()
    ranks = plan["priorities"]["ranks"]
    assert ranks[0] == "1"
    assert len(ranks) == 10


def test_villages_keep_their_rings_and_colours(analysis: Analysis) -> None:
    found = packed(analysis, View("id"), ["villages"])
    (plan,) = json.loads(found["plan"])
    table = analysis.villages[analysis.villages.geometry.notna()]
    classes = np.frombuffer(found["villages_class"], dtype=np.uint8)
    assert [plan["classes"][n]["colour"] for n in classes] == [share_colour(share) for share in table["share"]]
    for level in ("coarse", "fine"):
        ends = np.frombuffer(found[f"villages_{level}_ends"], dtype=np.uint32)
        whose = np.frombuffer(found[f"villages_{level}_whose"], dtype=np.uint32)
        at = np.frombuffer(found[f"villages_{level}_at"]).reshape(-1, 2)
        assert ends[-1] == len(at)
        assert set(whose) == set(range(len(table)))
        for n, shape in enumerate(table.geometry):
            first = 0 if n == 0 else int(ends[n - 1])
            west, south, east, north = shape.bounds
            box = world(np.array([west, east]), np.array([south, north]))
            mine = at[first : int(ends[n])]
            assert np.allclose(mine.min(axis=0), [box[0, 0], box[1, 1]], atol=1e-3)
            assert np.allclose(mine.max(axis=0), [box[1, 0], box[0, 1]], atol=1e-3)


def test_villages_known_as_points_alone_and_names_with_lines() -> None:
    data = inputs(
        [settlement("s", offset(0), 10)], [point("p", offset(50), name="A\nB")],
        villages=[village(geometry=village()["geometry"].centroid)],
    )  # fmt: skip
    found = packed(analyse(data, Params(), ()), View("id"), tuple(kinds()))
    plan = {layer["name"]: layer for layer in json.loads(found["plan"])}
    assert len(plan["water_points"]["names"].split("\n")) == 1
    assert len(found["villages_coarse_at"]) > 3 * 16, "a point is drawn as a small shape"
    assert feature_count(analyse(data, Params(), ()), View("id"), ["villages", "water_points", "unheard"]) == 2
