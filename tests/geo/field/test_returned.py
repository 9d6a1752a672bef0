"""Out to the field and back: what came back differs in just what was changed there, and accepted twice changes nothing."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import gpxpy
import openpyxl
import pandas as pd
import pyogrio
import pytest
from shapely.geometry import Point

from exports.formats import EXPORTS, export, file_name
from exports.tables.sheet import sheet_of, with_why
from geo.analysis.analyse import analyse
from geo.analysis.replay import apply_changes
from geo.field.returned import differences
from geo.model.changes import Change, Move, NewSite, Photo
from geo.model.errors import DataError
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.reading.raw_table import RawTable
from geo.reading.readers import read_any
from tests.builders import inputs, offset, point, settlement

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def data() -> Inputs:
    points = [
        point(
            f"p{n}",
            offset(200 * n),
            "non_functional",
            name=f"Sumur {n}",
            reported_on="2026-03-01",
            photo_url="DCIM/a.jpg",
        )
        for n in range(4)
    ]
    toilets = [{"facility_id": "s1", "at": offset(50), "status": "needs_repair", "kind": "public_toilet"}]
    return inputs([settlement("a", offset(0), 100.0)], points, sanitation=toilets)


def sent(data: Inputs, name: str, folder: Path) -> Path:
    analysis = analyse(data, Params(standard="wpdx"))
    path = folder / file_name("keluar", name)
    path.write_bytes(export(sheet_of(analysis, with_why(analysis.priorities, "id"), "Titik", "id"), name))
    return path


def table(rows: list[dict[str, str | None]]) -> RawTable:
    frame = pd.DataFrame(rows, dtype=object)
    frame.index = pd.RangeIndex(2, 2 + len(frame))
    return RawTable("kembali.csv", frame.where(frame.notna(), None))


def accepted(data: Inputs, found: list) -> Inputs:
    return apply_changes(data, tuple(change for one in found for change in one.changes))


@pytest.mark.parametrize("name", ["xlsx", "csv", "geojson", "gpkg", "gpx", "kml", "shp"])
def test_what_was_not_touched_comes_back_without_a_difference(name: str, data: Inputs, tmp_path: Path) -> None:
    assert name in EXPORTS
    found, faults = differences(data, read_any(sent(data, name, tmp_path)), on=TODAY)
    assert found == []
    assert [fault for fault in faults if fault.severity == "rejected"] == []


def test_an_engineer_edits_the_geopackage(data: Inputs, tmp_path: Path) -> None:
    path = sent(data, "gpkg", tmp_path)
    frame = pyogrio.read_dataframe(path, layer="mata_air")
    frame.loc[frame["site_id"] == "p1", "status"] = "functional"
    frame.loc[frame["site_id"] == "p2", "geometry"] = Point(offset(430))
    back = tmp_path / "kembali.gpkg"
    pyogrio.write_dataframe(frame, back, layer="mata_air", driver="GPKG")
    found, _ = differences(data, read_any(back), on=TODAY)
    assert [(d.kind, d.site_id) for d in sorted(found, key=lambda d: d.site_id)] == [("status", "p1"), ("moved", "p2")]
    after = accepted(data, found)
    site = after.water_points.set_index("point_id")
    assert (site.loc["p1", "status"], site.loc["p1", "reported_on"].date()) == ("functional", TODAY)
    assert site.loc["p2"].geometry.x == pytest.approx(offset(430)[0])
    assert data.water_points.set_index("point_id").loc["p1", "status"] == "non_functional"
    assert differences(after, read_any(back), on=TODAY)[0] == [], "doing it twice changes nothing"


def test_an_engineer_edits_the_spreadsheet(data: Inputs, tmp_path: Path) -> None:
    path = sent(data, "xlsx", tmp_path)
    book = openpyxl.load_workbook(path)
    page = book["mata_air"]
    header = [cell.value for cell in page[1]]
    for row in page.iter_rows(min_row=2):
        if row[header.index("site_id")].value == "s1":
            row[header.index("status")].value = "Rusak berat"
            row[header.index("reported_on")].value = "2026-05-06"
    page.append([None] * len(header))
    for column, value in {
        "site_id": "baru1",
        "name": "Keran Pak RT",
        "status": "baik",
        "technology": "keran umum",
        "lat": offset(900)[1],
        "lon": offset(900)[0],
    }.items():
        page.cell(page.max_row, header.index(column) + 1, value)
    book.save(path)
    found, _ = differences(data, read_any(path), on=TODAY)
    kinds = {d.kind: d for d in found}
    assert kinds["status"].changes == (Change("sanitation", "s1", "non_functional", date(2026, 5, 6)),)
    lon, lat = offset(900)
    site = kinds["new"].changes[0]
    assert isinstance(site, NewSite)
    assert (site.service, site.site_id, site.technology) == ("water", "baru1", "tap")
    assert (site.lon, site.lat) == pytest.approx((lon, lat))
    after = accepted(data, found)
    assert after.water_points["point_id"].tolist()[-1] == "baru1"
    assert differences(after, read_any(path), on=TODAY)[0] == []


def test_a_receiver_brings_a_new_waypoint(data: Inputs, tmp_path: Path) -> None:
    path = sent(data, "gpx", tmp_path)
    book = gpxpy.parse(path.read_text(encoding="utf-8"))
    lon, lat = offset(1500)
    book.waypoints.append(gpxpy.gpx.GPXWaypoint(lat, lon, name="WPT001"))
    path.write_text(book.to_xml(), encoding="utf-8")
    found, _ = differences(data, read_any(path), on=TODAY)
    assert [(d.kind, d.service, d.site_id) for d in found] == [("new", "water", f"baru-{lat:.5f}-{lon:.5f}")]
    after = accepted(data, found)
    assert after.water_points["status"].tolist()[-1] == "unknown"
    assert differences(after, read_any(path), on=TODAY)[0] == []


def test_a_kobo_export_with_groups_and_its_own_columns(data: Inputs) -> None:
    lon, lat = offset(200, 40)
    back = table(
        [
            {"kunjungan/site_id": "p1", "kunjungan/status": "rusak ringan", "kunjungan/tanggal": "24/11/2026", "_location_latitude": f"{lat}".replace(".", ","), "_location_longitude": str(lon), "foto": "DCIM/b.jpg"},
            {"kunjungan/site_id": "p2", "kunjungan/status": "entahlah", "kunjungan/tanggal": "kemarin", "_location_latitude": "107", "_location_longitude": "-7", "foto": None},
            {"kunjungan/site_id": "x9", "kunjungan/status": "baik", "kunjungan/tanggal": None, "_location_latitude": None, "_location_longitude": None, "foto": None},
        ]
    )  # fmt: skip
    found, faults = differences(data, back, on=TODAY)
    assert [(d.kind, d.site_id) for d in found] == [("status", "p1"), ("moved", "p1"), ("photo", "p1")]
    assert [type(d.changes[0]) for d in found] == [Change, Move, Photo]
    assert {(fault.row, fault.key) for fault in faults} == {
        (3, "swapped"), (3, "unknown_value"), (3, "bad_date"), (4, "returned_unknown"),
    }  # fmt: skip
    assert accepted(data, found).water_points.set_index("point_id").loc["p1", "photo_url"] == "DCIM/b.jpg"


def test_a_newer_report_stands_against_the_file(data: Inputs) -> None:
    newer = apply_changes(data, (Change("water", "p1", "abandoned", date(2026, 10, 1)),))
    back = table([{"site_id": "p1", "status": "functional", "visited_on": "2026-06-01"}])
    found, _ = differences(newer, back, on=TODAY)
    assert [(d.kind, d.old, d.new, d.newer) for d in found] == [("status", "abandoned", "functional", "2026-10-01")]


def test_what_went_out_and_did_not_come_back_is_missing(data: Inputs) -> None:
    back = table([{"site_id": "p1", "status": "non_functional"}])
    found, _ = differences(data, back, on=TODAY, expected=["p1", "p2", "s1", "ghost"])
    assert [(d.kind, d.site_id) for d in found] == [("missing", "p2"), ("missing", "s1")]
    after = accepted(data, found)
    assert differences(after, back, on=TODAY, expected=["p1", "p2", "s1"])[0] == []


def test_a_file_without_ids_and_places_is_refused(data: Inputs, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        differences(data, table([{"nama": "Sumur"}]), on=TODAY)
    for name in ("a.gpx", "a.kml"):
        path = tmp_path / name
        path.write_text('<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]><gpx>&x;</gpx>')
        with pytest.raises(DataError, match="doctype"):
            read_any(path)
        path.write_bytes(io.BytesIO(b"\x00\x01 no xml at all").getvalue())
        with pytest.raises(DataError):
            read_any(path)


def test_what_is_doubtful_is_marked(data: Inputs) -> None:
    """A lost minus sign, two rows against each other, a missing site: shown, and not taken without a look."""
    lon, lat = offset(0)
    back = table(
        [
            {"site_id": "p0", "status": "functional", "lat": str(-lat), "lon": str(lon), "visited_on": None},
            {"site_id": "p1", "status": "functional", "lat": None, "lon": None, "visited_on": None},
            {"site_id": "p1", "status": "abandoned", "lat": None, "lon": None, "visited_on": None},
            {"site_id": "p2", "status": "functional", "lat": None, "lon": None, "visited_on": "2999-01-01"},
        ]
    )
    found, faults = differences(data, back, on=TODAY, expected=["p0", "p1", "p2", "p3"])
    told = {(d.kind, d.site_id, d.new[:10]): d.doubtful for d in found}
    assert [doubt for (kind, _, _), doubt in told.items() if kind == "moved"] == [True]
    assert told["status", "p0", "functional"] is False
    assert told["status", "p1", "functional"] is told["status", "p1", "abandoned"] is True
    assert told["missing", "p3", ""] is True
    assert ("date_range", 5) in {(fault.key, fault.row) for fault in faults}


def test_a_place_that_the_receiver_was_not_sure_of_is_doubtful(data: Inputs) -> None:
    """Moved by some 60 m: surely, hardly surely, and as a form says it, all four in one cell."""
    lon, lat = offset(0)
    moved = f"{lat + 60 / 111_000:.6f}"
    for accuracy, doubtful in (("4,5", False), ("45.0", True), (None, False)):
        back = table([{"site_id": "p0", "lat": moved, "lon": str(lon), "accuracy": accuracy}])
        (one,) = [d for d in differences(data, back, on=TODAY)[0] if d.kind == "moved"]
        assert one.doubtful is doubtful, accuracy
        assert ("±" in one.new) is (accuracy is not None)
    both = table([{"site_id": "p0", "location": f"{moved} {lon} 700.0 48.0"}])
    (one,) = [d for d in differences(data, both, on=TODAY)[0] if d.kind == "moved"]
    assert one.doubtful
    twice = table([{"site_id": "p0", "lat": moved, "lon": f"{lon + extra:.7f}"} for extra in (0, 1e-6)])
    assert not any(d.doubtful for d in differences(data, twice, on=TODAY)[0] if d.kind == "moved")


def test_a_new_site_keeps_its_name_and_a_guarded_id_is_itself(data: Inputs) -> None:
    lon, lat = offset(2500)
    back = table(
        [
            {
                "site_id": "'=n1",
                "name": "Sumur Baru",
                "status": "baik",
                "technology": "tap",
                "lat": str(lat),
                "lon": str(lon),
            }
        ]
    )
    found, _ = differences(data, back, on=TODAY)
    after = accepted(data, found).water_points
    assert after[["point_id", "name"]].to_numpy().tolist()[-1] == ["=n1", "Sumur Baru"]
