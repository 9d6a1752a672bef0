"""What comes back under heads and in shapes of people's own: the same sites, never new ones in silence."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import Point

from geo.field.returned import Difference, differences, together
from geo.model.changes import Change
from geo.reading.readers import read_any
from tests.builders import inputs, point, village

HERE = inputs(
    [],
    [point("MA-001", (107.1, -7.1), "non_functional", name="Cipari"), point("MA-002", (107.2, -7.2), name="Cimuncang")],
    [village()],
)
ON = date(2026, 11, 20)


def back(tmp_path: Path, text: str, name: str = "f.csv") -> list[Difference]:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    found, _ = differences(HERE, read_any(path, {}), on=ON)
    return found


def brief(found: list[Difference]) -> list[tuple[str, str, str]]:
    return [(one.kind, one.site_id, one.new) for one in found if one.kind in ("status", "new")]


@pytest.mark.parametrize(
    "head",
    [
        "ID Titik,Kondisi",
        "Site ID,Status New",
        "ID titik,Status baru",
        "kode titik,Kondisi sekarang",
        "site_id,status_new",
    ],
)
def test_heads_of_their_own(tmp_path: Path, head: str) -> None:
    assert brief(back(tmp_path, f"{head}\nMA-001,baik\n")) == [("status", "MA-001", "functional")]


@pytest.mark.parametrize("written", ["'MA-001", '"=""MA-001"""', " ma-001 "])
def test_ids_as_spreadsheets_guard_them(tmp_path: Path, written: str) -> None:
    assert brief(back(tmp_path, f"site_id,status_new\n{written},baik\n")) == [("status", "MA-001", "functional")]


def test_ticks(tmp_path: Path) -> None:
    text = "site_id,Berfungsi,Rusak\nMA-001,v,\nMA-002,,v\n"
    assert brief(back(tmp_path, text)) == [("status", "MA-001", "functional"), ("status", "MA-002", "non_functional")]


@pytest.mark.parametrize(
    ("head", "cell"),
    [
        ("koordinat", '"-7.102, 107.1"'),
        ("letak", "48S 730200 9214300"),
        ("_gps_latitude,_gps_longitude", "-7.102,107.1"),
    ],
)
def test_a_place_in_any_form(tmp_path: Path, head: str, cell: str) -> None:
    (moved,) = [one for one in back(tmp_path, f"site_id,{head}\nMA-001,{cell}\n") if one.kind == "moved"]
    assert moved.site_id == "MA-001"


def test_months_first_are_proven_by_the_column(tmp_path: Path) -> None:
    found = back(tmp_path, "site_id,status_new,visited_on\nMA-001,baik,11/03/2026\nMA-002,rusak,10/28/2026\n")
    days = [change.reported_on for one in found for change in one.changes if isinstance(change, Change)]
    assert days == [date(2026, 11, 3), date(2026, 10, 28)]


def test_waypoints_of_a_phone(tmp_path: Path) -> None:
    gpx = (
        '<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">'
        '<wpt lat="-7.1" lon="107.1"><name>MA-001</name><desc>baik, sudah diperbaiki</desc></wpt>'
        '<wpt lat="-7.2" lon="107.2"><name>ma-002 rusak berat</name></wpt></gpx>'
    )
    found = back(tmp_path, gpx, "f.gpx")
    assert brief(found) == [("status", "MA-001", "functional"), ("status", "MA-002", "non_functional")]
    assert ("note", "MA-001", "baik, sudah diperbaiki") in [(one.kind, one.site_id, one.new) for one in found]


def test_a_new_site_where_one_is_known_is_doubtful(tmp_path: Path) -> None:
    text = "name,status,lat,lon\nLain,baik,-7.10001,107.1\nCimuncang,baik,-7.2004,107.2\nBaru,baik,-7.3,107.3\n"
    found = [one for one in back(tmp_path, text) if one.kind == "new"]
    assert [one.doubtful for one in found] == [True, True, False]
    assert "MA-001" in found[0].new


def test_the_key_of_an_answer_is_no_id(tmp_path: Path) -> None:
    (new,) = [
        one for one in back(tmp_path, "status,lat,lon,_uuid\nbaik,-7.3,107.3,0a1b2c3d-4444\n") if one.kind == "new"
    ]
    assert new.site_id == "baru-0a1b2c3d"


#: Fourteen sites, two of each of seven teams.
MANY = inputs(
    [], [point(f"MA-{n:03}", (107.1 + n / 100, -7.1), "non_functional") for n in range(14)], [village()]
)  # fmt: skip


def packages(tmp_path: Path) -> list[Path]:
    """Seven teams' GeoPackages of one morning: all sites in each, a team's own two edited; two teams beside each other
    saw one more site, and differently; two added a site at one place."""
    paths = []
    for team in range(7):
        rows = []
        for n in range(14):
            mine = n // 2 == team or (team == 6 and n == 0)
            status = "non_functional" if not mine else "needs_repair" if team == 6 and n == 0 else "functional"
            rows.append(
                {
                    "site_id": f"MA-{n:03}",
                    "status": status,
                    "visited_on": "2026-11-20",
                    "geometry": Point(107.1 + n / 100, -7.1),
                }
            )
        if team in (1, 2):
            rows.append(
                {
                    "site_id": None,
                    "status": "functional",
                    "visited_on": "2026-11-20",
                    "geometry": Point(107.5, -7.15 - team * 1e-5),
                }
            )
        path = tmp_path / f"regu-{team}.gpkg"
        gpd.GeoDataFrame(rows, crs="EPSG:4326").to_file(path, layer="sites", driver="GPKG")
        paths.append(path)
    return paths


def of_files(paths: list[Path]) -> list[Difference]:
    sent = sorted(MANY.water_points["point_id"])
    return together({path.name: differences(MANY, read_any(path, {}), on=ON, expected=sent)[0] for path in paths})


def test_seven_teams_in_any_order(tmp_path: Path) -> None:
    paths = packages(tmp_path)
    first = of_files(paths)
    for seed in range(5):
        shuffled = random.Random(seed).sample(paths, len(paths))
        assert of_files(shuffled) == first
    plain = [one for one in first if not one.doubtful]
    assert {one.site_id for one in plain} == {f"MA-{n:03}" for n in range(1, 14)}, "what one team alone saw merges"
    both = [(one.new, one.file, one.on) for one in first if one.site_id == "MA-000"]
    assert both == [("functional", "regu-0.gpkg", "2026-11-20"), ("needs_repair", "regu-6.gpkg", "2026-11-20")]
    assert all(one.doubtful for one in first if one.site_id == "MA-000"), "side by side, for somebody to decide"
    new = [one for one in first if one.kind == "new"]
    assert [one.doubtful for one in new] == [True, True], "one place, two teams"
    assert not [one for one in first if one.kind == "missing"]


def test_the_same_file_twice_is_once(tmp_path: Path) -> None:
    paths = packages(tmp_path)
    again = tmp_path / "salinan.gpkg"
    again.write_bytes(paths[3].read_bytes())
    once, twice = of_files([paths[3]]), of_files([paths[3], again])
    assert [(one.site_id, one.new) for one in twice] == [(one.site_id, one.new) for one in once]
    assert {one.file for one in twice} == {"regu-3.gpkg, salinan.gpkg"}
