"""OpenStreetMap over the net: what it has becomes files that import like any other; no connection is told at once."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import Point
from typer.testing import CliRunner

from cli.geo import app
from geo.fetching import openstreetmap
from geo.fetching.openstreetmap import ASKED, around, download
from geo.model.errors import CallError, DataError
from geo.workspace.importing import check_file, import_files
from geo.workspace.shipped import shipped_tables
from geo.workspace.versions import load, save
from tests.overpass import Town, serving

X, Y = 107.15, -7.2


@pytest.fixture
def villages() -> gpd.GeoDataFrame:
    table = shipped_tables()[0]["villages"].iloc[:2].copy()
    return table.assign(name=["Sukamaju", "Sukamaju"], geometry=[Point(X, Y), Point(X + 0.02, Y)])


@pytest.fixture
def town() -> Town:
    town = Town()
    town.node(X, Y, man_made="water_well", pump="manual", name="Sumur RW 03", operational_status="broken")
    town.node(X + 0.001, Y, natural="spring", name="Mata air Ciomas")
    town.node(X + 0.002, Y, amenity="drinking_water")
    town.node(X + 1, Y, amenity="drinking_water", name="elsewhere")
    town.node(X, Y + 0.001, amenity="cafe", name="not asked for")
    town.way(
        square(X + 0.003, Y, 0.0001), closed=True, amenity="toilets", toilets__disposal="pitlatrine", building="yes"
    )
    town.way(square(X + 0.004, Y, 0.0002), closed=True, amenity="school", name="SDN 1")
    town.node(X + 0.005, Y, healthcare="midwife", name="Bidan desa")
    town.way([(X, Y), (X + 0.005, Y + 0.001)], highway="path", name="Jalan setapak")
    town.way([(X, Y), (X, Y - 0.002)], waterway="river")
    for n, name in ((0, "Entah di mana"), (1, "Desa SUKAMAJU")):
        ring = town.way(square(X + n * 0.02, Y, 0.004), closed=True)
        town.relation(ring, type="boundary", boundary="administrative", admin_level="7", name=name)
    return town


def square(x: float, y: float, half: float) -> list[tuple[float, float]]:
    return [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]


@pytest.mark.parametrize(
    ("word", "status"),
    [("disused", "not_in_use"), ("abandoned", "abandoned"), ("removed", "abandoned"), ("proposed", "unknown")],
)
def test_words_of_the_life_of_a_thing(villages: gpd.GeoDataFrame, tmp_path: Path, word: str, status: str) -> None:
    """Disused can be used again with little work; only what was left to fall down or taken away is abandoned."""
    town = Town()
    town.node(X, Y, man_made="water_well", name="Sumur", operational_status=word)
    with serving(town) as server:
        found = download(around(villages, None), tmp_path, ["water_points"], server=server)
    assert check_file(found["water_points"].path, "water_points").rows["status"].tolist() == [status]


def test_each_table_as_a_file_that_imports(town: Town, villages: gpd.GeoDataFrame, tmp_path: Path) -> None:
    with serving(town) as server:
        found = download(around(villages, None), tmp_path, server=server, villages=villages)
    assert list(found) == list(ASKED)
    water = check_file(found["water_points"].path, "water_points").rows.set_index("name")
    assert len(water) == 3, "another place's tap and the café are not there"
    assert water.loc["Sumur RW 03", ["technology", "status"]].tolist() == ["hand_pump", "non_functional"]
    assert water.loc["Mata air Ciomas", ["technology", "status"]].tolist() == ["unprotected_spring", "unknown"]
    assert water["data_source"].str.contains("OpenStreetMap contributors (ODbL", regex=False).all()
    assert water["point_id"].str.startswith("node/").all()
    toilets = check_file(found["sanitation"].path, "sanitation").rows
    assert toilets[["kind", "containment"]].to_numpy().tolist() == [["public_toilet", "pitlatrine"]]
    assert toilets.geometry.iloc[0].distance(Point(X + 0.003, Y)) < 1e-4
    assert found["sanitation"].areas == 1
    kinds = check_file(found["institutions"].path, "institutions").rows.set_index("name")["kind"]
    assert kinds.to_dict() == {"SDN 1": "school", "Bidan desa": "health_post"}
    roads = check_file(found["roads"].path, "roads").rows
    assert roads["name"].tolist() == ["Jalan setapak"]


def test_a_boundary_goes_to_the_village_of_its_name_and_loses_nothing(
    town: Town, villages: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    save(tmp_path / "ws", {"villages": villages}, {"villages": "test"})
    before = load(tmp_path / "ws").villages
    with serving(town) as server:
        found = download(around(before, None), tmp_path, ("villages",), before, server)["villages"]
    assert found.rows == 1
    assert found.unnamed == ("Entah di mana",), "a name that is no village's is told, not guessed"
    import_files(tmp_path / "ws", {"villages": found.path}, add=True)
    after = load(tmp_path / "ws").villages.set_index("village_code")
    assert set(after.index) == set(before["village_code"])
    drawn = after.loc[before["village_code"].iloc[1]]
    assert (drawn.geometry.geom_type, drawn["boundary"]) == ("Polygon", "approximate")
    assert "OpenStreetMap" in drawn["data_source"]
    kept = before.set_index("village_code")
    for name in ("population", "households", "population_estimated", "surveyed_on", "hh_open"):
        assert after[name].equals(kept[name].loc[after.index]), name


def test_nothing_there_is_no_file(villages: gpd.GeoDataFrame, tmp_path: Path) -> None:
    with serving(Town()) as server:
        found = download(around(villages, None), tmp_path, ("water_points",), server=server)
    assert (found["water_points"].path, found["water_points"].rows) == (None, 0)


def test_no_connection_is_told_at_once(villages: gpd.GeoDataFrame, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="osm_offline"):
        download(around(villages, None), tmp_path, server="http://127.0.0.1:9/api")
    assert not list(tmp_path.iterdir())


NODE = b'{"type": "node", "id": 1, "lat": %s, "lon": 107.15, "tags": {"highway": "path"}}'


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>busy</html>"),
        (400, b"<html>bad</html>"),
        (504, b"x"),
        (429, b"x"),
        (200, b"[]"),
        (200, b'{"remark": "timed out"}'),
        (200, b'{"elements": [], "remark": "runtime error: Query timed out"}'),
        (200, b'{"elements": [' + NODE % b"-7.2" + b'], "remark": "runtime error: Query ran out of memory"}'),
        (200, b'{"elements": "x"}'),
        (200, b'{"elements": [' + NODE % b'"a"' + b"]}"),
        (200, b'{"elements": [5]}'),
    ],
)
def test_another_answer_is_told(
    town: Town, villages: gpd.GeoDataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, body: bytes
) -> None:
    monkeypatch.setattr(openstreetmap, "_PAUSE_S", 0.01)
    with serving(town, status=status, body=body) as server, pytest.raises(DataError, match="osm_answer"):
        download(around(villages, None), tmp_path, ("roads",), server=server)


def test_an_area_without_villages(villages: gpd.GeoDataFrame) -> None:
    with pytest.raises(CallError, match="area_without_data"):
        around(villages, "99.99.99")


def test_the_command(town: Town, tmp_path: Path) -> None:
    with serving(town) as server:
        call = ["--lang", "en", "osm", "--bbox", f"{X - 0.01},{Y - 0.01},{X + 0.01},{Y + 0.01}", "--server", server]
        done = CliRunner().invoke(app, [*call, "--table", "roads", "--out", str(tmp_path), "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["tables"]["roads"]["rows"] == 1
    assert Path(told["tables"]["roads"]["file"]).is_file()
    for bad, key in (("1,2,3", "bbox"), ("5,1,4,2", "bbox")):
        with pytest.raises(CallError, match=key):
            CliRunner().invoke(app, ["osm", "--bbox", bad, "--out", str(tmp_path)], catch_exceptions=False)
    with pytest.raises(CallError, match="osm_where"):
        CliRunner().invoke(app, ["osm", "--out", str(tmp_path)], catch_exceptions=False)
