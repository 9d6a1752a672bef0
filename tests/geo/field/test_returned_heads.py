"""What comes back under heads and in shapes of people's own: the same sites, never new ones in silence."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from geo.field.returned import Difference, differences
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
