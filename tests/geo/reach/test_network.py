"""Ways along roads, on hand-drawn ground and against a brute-force search."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString

from geo.field.route import Tour, parse_place, visiting_order
from geo.model.errors import CallError
from geo.reach.network import Network, straight_m
from geo.workspace.importing import check_file, import_files
from geo.workspace.versions import load
from tests.builders import offset


def roads(*lines: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    shapes = [LineString([offset(*corner) for corner in line]) for line in lines]
    return gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4326")


def test_along_two_legs_and_off_the_road() -> None:
    network = Network.of(roads([(0, 0), (1000, 0), (1000, 1000)]))
    assert network is not None
    xy = np.array([offset(0, 0), offset(1000, 1000), offset(500, 30)])
    metres = network.between(xy, detour=9.0)
    assert metres[0, 1] == pytest.approx(2000, rel=1e-3)
    assert metres[0, 2] == pytest.approx(530, abs=50), "off the road straight to its nearest vertex, at most 50 m off"
    assert np.allclose(metres, metres.T)
    assert np.diag(metres).max() < 1e-6 or np.allclose(np.diag(metres), 0)


def test_lines_join_only_where_they_share_a_vertex() -> None:
    crossing = Network.of(roads([(0, 0), (1000, 0)], [(500, -500), (500, 500)]))
    joined = Network.of(roads([(0, 0), (500, 0), (1000, 0)], [(500, -500), (500, 0), (500, 500)]))
    assert crossing is not None
    assert joined is not None
    ends = np.array([offset(0, 0), offset(500, 500)])
    assert joined.between(ends, detour=9.0)[0, 1] == pytest.approx(1000, rel=1e-3)
    # not joined: no road leads there, so the straight way counts, with its detour
    assert crossing.between(ends, detour=9.0)[0, 1] == pytest.approx(straight_m(ends)[0, 1] * 9.0)


def test_equal_to_a_search_written_out() -> None:
    random = np.random.default_rng(4)
    corners = [(random.uniform(-3000, 3000), random.uniform(-3000, 3000)) for _ in range(12)]
    lines = [[corners[i], corners[j]] for i, j in random.integers(0, 12, (18, 2)) if i != j]
    network = Network.of(roads(*lines))
    assert network is not None
    far = np.full((len(network.nodes),) * 2, np.inf)
    np.fill_diagonal(far, 0.0)
    coo = network.metres.tocoo()
    far[coo.row, coo.col] = coo.data
    for k in range(len(far)):  # Floyd and Warshall
        far = np.minimum(far, far[:, [k]] + far[[k], :])
    used = sorted({corner for line in lines for corner in line})
    xy = np.array([offset(*corner) for corner in used])
    node, off = network.snap(xy)
    assert off.max() < 0.2
    straight = straight_m(xy) * 3
    wanted = np.minimum(off[:, None] + far[np.ix_(node, node)] + off[None, :], straight)
    assert np.allclose(network.between(xy, detour=3.0), wanted)


def test_a_tour_goes_over_the_bridge() -> None:
    """Two banks of a river, one bridge in the east: by line the far bank is near, by road it comes last."""
    network = Network.of(roads([(0, 0), (4000, 0), (4000, 300), (0, 300)]))
    lon, lat = zip(*[offset(500, 0), offset(500, 300), offset(3500, 0)], strict=True)
    plan = Tour(start=offset(0, 0), end=offset(0, 300), detour=9.0, kmh=5, visit_min=0, effort=40_000)
    found = visiting_order(np.array(lon), np.array(lat), plan, network)
    assert found["visit"].tolist() == [1, 3, 2]
    assert found["leg_km"].sum() == pytest.approx(7.8, abs=0.1)


def test_no_roads_no_network() -> None:
    assert Network.of(roads()) is None


def test_roads_come_in_by_import(tmp_path: Path) -> None:
    path = tmp_path / "jalan.geojson"
    frame = roads([(0, 0), (1000, 0)], [(0, 0), (0, 500)]).assign(road_id=["a", "b"], name=["Jalan Desa", None])
    path.write_text(json.dumps(json.loads(frame.to_json())))
    assert check_file(path, "roads").counts()["accepted"] == 2
    import_files(tmp_path / "ws", {"roads": path})
    again = load(tmp_path / "ws").roads
    assert again["name"].tolist() == ["Jalan Desa", None]
    network = Network.of(again)
    assert network is not None


@pytest.mark.parametrize("text", ["", "1", "1,2,3", "91, 0", "abc, def"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(CallError):
        parse_place(text)
