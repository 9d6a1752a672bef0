"""The sample's roads, streams and heights: made up from their seed, marked, and such that walking can be tried."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
import shapely
from PIL import Image

from geo.analysis.analyse import analyse, sample_tables
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.reach.elevation import Elevation, heights_within, read_elevation
from geo.reach.walking import Walk
from geo.workspace.sample_ground import build
from geo.workspace.shipped import SHIPPED_HEIGHTS
from layers.ground import hillshade, lines_group


def test_it_comes_from_its_seed_and_says_so(shipped: Inputs) -> None:
    roads, rivers, heights = build()
    for made, table in ((roads, shipped.roads), (rivers, shipped.rivers)):
        assert shapely.equals_exact(made.geometry.to_numpy(), table.geometry.to_numpy(), 1e-9).all()
        assert made["name"].tolist() == table["name"].tolist()
        assert set(table["data_source"]) == {"sample"}
    kept = read_elevation(SHIPPED_HEIGHTS)
    np.testing.assert_allclose(kept.heights, heights.values, atol=0.05)
    assert {"roads", "rivers", "elevation"} <= set(sample_tables(shipped))
    assert {"roads", "rivers", "elevation"} <= set(analyse(shipped, Params()).provenance["sample_tables"])


def test_every_settlement_is_on_a_road_and_every_village_is_joined_to_the_others(shipped: Inputs) -> None:
    walk = Walk.of(shipped.roads)
    assert walk is not None
    xy = np.column_stack([shipped.settlements.geometry.x, shipped.settlements.geometry.y])
    _, off = walk.snap(xy)
    assert off.max() < 60
    node, _ = walk.snap(xy)
    kecamatan = shipped.settlements["village_code"].str[:8].to_numpy()
    for code in np.unique(kecamatan):
        assert len(np.unique(walk._component[node[kecamatan == code]])) == 1, code


def test_streams_run_down_and_heights_are_known_where_people_are(shipped: Inputs) -> None:
    ground = read_elevation(SHIPPED_HEIGHTS)
    for table in (shipped.settlements, shipped.water_points):
        heights = ground.at(np.column_stack([table.geometry.x, table.geometry.y]))
        assert not np.isnan(heights).any()
    ends = np.array([[line.coords[0], line.coords[-1]] for line in shipped.rivers.geometry])
    fall = ground.at(ends[:, 0]) - ground.at(ends[:, 1])
    assert (fall > -8).all(), "a stream climbs"
    assert np.median(fall) > 0


def test_on_foot_reaches_fewer_than_by_line(shipped: Inputs) -> None:
    by_line = analyse(shipped, Params(area="32.03.18")).totals["water"]
    on_foot = analyse(shipped, Params(area="32.03.18", metric="walk")).totals["water"]
    assert on_foot["served"] < by_line["served"]
    assert on_foot["population"] == by_line["population"]


def test_a_slope_to_the_light_is_lighter_and_one_away_darker() -> None:
    """A ridge from south to north: its west side is lit from the north-west, its east side lies in shadow."""
    x = np.linspace(-1, 1, 60)
    ridge = np.tile(400 * (1 - np.abs(x)), (40, 1))
    made = hillshade(Elevation(ridge, 107.0, -7.0, 0.002, 0.002))
    assert made.bounds == pytest.approx((107.0, -7.08, 107.12, -7.0))
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(made.address.split(",")[1]))).convert("LA"))
    half = picture.shape[1] // 2
    west, east = picture[:, 20 : half - 20], picture[:, half + 20 : -20]
    assert (west[..., 0][west[..., 1] > 0] == 255).mean() > 0.95
    assert (east[..., 0][east[..., 1] > 0] == 0).mean() > 0.95
    flat = hillshade(Elevation(np.full((30, 30), 12.0), 107.0, -7.0, 0.002, 0.002))
    assert (
        np.asarray(Image.open(io.BytesIO(base64.b64decode(flat.address.split(",")[1]))).convert("LA"))[..., 1].max()
        == 0
    )


def test_only_the_window_is_read_and_nothing_where_no_height_is_known() -> None:
    found = heights_within(SHIPPED_HEIGHTS, (107.1, -7.2, 107.2, -7.1), 400)
    assert found is not None
    assert max(found.heights.shape) <= 42
    whole = read_elevation(SHIPPED_HEIGHTS)
    inner = np.array([[107.15, -7.15], [107.12, -7.18]])
    assert found.at(inner) == pytest.approx(whole.at(inner), abs=1e-6)
    assert heights_within(SHIPPED_HEIGHTS, (110.0, -7.2, 110.1, -7.1), 400) is None
    assert heights_within(SHIPPED_HEIGHTS, (120.0, 2.0, 120.1, 2.1), 400) is None
    coarse = heights_within(SHIPPED_HEIGHTS, (104.8, -8.3, 112.7, -5.3), 50)
    assert coarse is not None
    assert max(coarse.heights.shape) <= 50


def test_the_map_draws_streams_roads_and_outlines(shipped: Inputs) -> None:
    analysis = analyse(shipped, Params(area="32.03.18"))
    drawn = list(lines_group(analysis.villages, shipped.roads, shipped.rivers)._children.values())
    assert len(drawn) == 3
    near = [len(part.data["features"]) for part in drawn]
    assert 0 < near[0] < len(shipped.rivers)
    assert 0 < near[1] < len(shipped.roads)
    bare = Inputs.of({name: table for name, table in shipped.tables().items() if name not in ("roads", "rivers")})
    assert len(lines_group(analysis.villages, bare.roads, bare.rivers)._children) == 1
