"""Other spellings of the same: positions, grids, kinds by ticks, heads that no list has, years in dates, shares, sheets."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

from geo.cells.position_text import pair
from geo.checking.checked_table import Checked
from geo.workspace.importing import check_file
from tests.geo.checking.test_read_wrong import checked, told


def places(found: Checked) -> list[tuple[float, float]]:
    return [(round(shape.y, 4), round(shape.x, 4)) for shape in found.rows.geometry]


@pytest.mark.parametrize(
    "text",
    [
        "-7,2102 107,1403", "-7,2102;107,1403", "-7,2102, 107,1403", "-7,2102 107,1403 612,5", "-7.2102 107.1403 612m",
        "-7.2102, 107.1403, 612 mdpl", "7.2102S107.1403E", "7.2102 S 107.1403 E", "S 7o 12' 36.72'' E 107o 8' 25.08''",
        "7*12'36.72\" S, 107*8'25.08\" E",
    ],
)  # fmt: skip
def test_a_position_in_one_cell(text: str) -> None:
    lat, lon, _ = pair(text)
    assert (round(lat, 4), round(lon, 4)) == (-7.2102, 107.1403)


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("letak", ["48S 737010 9202345", "48S 737020 9202355"]),
        ("letak", ["737010 9202345 48S", "737020, 9202355 zona 48 S"]),
        ("utm", ["Zona 48S X=737010 Y=9202345", "zona 48S; x: 737020; y: 9202355"]),
        ("koordinat utm", ["737.010 mT, 9.202.345 mU (48 S)", "737.020 mT, 9.202.355 mU (48 S)"]),
    ],
)
def test_a_grid_in_one_cell(tmp_path: Path, head: str, cells: list[str]) -> None:
    rows = "".join(f"{n}|{cell}|baik\n" for n, cell in enumerate(cells))
    found = checked(tmp_path, f"id|{head}|kondisi\n{rows}")
    assert len(found.rows) == 2
    assert places(found)[0] == pytest.approx((-7.211, 107.1465), abs=1e-3)


@pytest.mark.parametrize(
    "heads",
    ["Eastings,Northings,Zone", "Easting (m),Northing (m),Zona", "GPS Easting,GPS Northing,GPS Zone", "E,N,Zone"],
)
def test_columns_of_a_grid_under_other_heads(tmp_path: Path, heads: str) -> None:
    found = checked(tmp_path, f"id,{heads},status\n1,737010,9202345,48S,functional\n2,737020,9202355,48S,functional\n")
    assert places(found)[0] == pytest.approx((-7.211, 107.1465), abs=1e-3)


@pytest.mark.parametrize(
    ("head", "cells", "first"),
    [
        ("place (long, lat)", ["-0.7, 9.3", "-0.8, 9.4"], (9.3, -0.7)),
        ("location", ["-72.4, 18.6", "-72.5, 18.7"], (18.6, -72.4)),
        ("location", ["107.2, -7.1", "9.1, 8.2"], (-7.1, 107.2)),
        ("place (lat, long)", ["9.3, -0.7", "9.4, -0.8"], (9.3, -0.7)),
    ],
)
def test_longitude_first_is_said_by_the_head_or_proven(
    tmp_path: Path, head: str, cells: list[str], first: tuple[float, float]
) -> None:
    rows = "".join(f'{n};"{cell}";baik\n' for n, cell in enumerate(cells))
    found = checked(tmp_path, f'id;"{head}";status\n{rows}')
    assert places(found)[0] == first
    if head == "location" and cells[1].startswith("9.1"):
        assert places(found)[1] == (8.2, 9.1), "one row proves it for the column"


@pytest.mark.parametrize("head", ["wkt_geom", "geom_wkt", "lokasi", ".geo", "Geometri"])
def test_shapes_as_text_under_any_head(tmp_path: Path, head: str) -> None:
    found = checked(tmp_path, f"id;{head};status\n1;POINT (107.2 -7.1);baik\n2;POINT (107.3 -7.2);rusak\n")
    assert places(found) == [(-7.1, 107.2), (-7.2, 107.3)]


def test_what_a_program_in_python_wrote(tmp_path: Path) -> None:
    cell = "{'type': 'Point', 'coordinates': [107.2, -7.1]}"
    found = checked(tmp_path, f'id;geometry;status\n1;"{cell}";baik\n')
    assert places(found) == [(-7.1, 107.2)]


@pytest.mark.parametrize(
    ("table", "column", "heads", "kinds"),
    [
        (
            "sanitation",
            "kind",
            "MCK,IPAL Komunal,Jamban Komunal",
            ["public_toilet", "communal_septic", "shared_latrine"],
        ),
        ("water_points", "technology", "Sumur Gali,Sumur Bor,Kran Umum", ["open_well", "borehole", "tap"]),
    ],
)
def test_kinds_that_are_ticked(tmp_path: Path, table: str, column: str, heads: str, kinds: list[str]) -> None:
    rows = "1,-7.1,107.2,v,,\n2,-7.2,107.2,,x,\n3,-7.3,107.2,,,1\n4,-7.4,107.2,v,v,\n"
    found = checked(tmp_path, f"id,lat,lon,{heads}\n{rows}", table)
    assert found.rows[column].tolist()[:3] == kinds
    assert found.rows[column].tolist()[3] in (None, "unknown")
    assert [row for row, _ in told(found, "several_ticks")] == [5]


def test_a_state_ticked_under_another_word(tmp_path: Path) -> None:
    text = "id,lat,lon,Berfungsi,Tdk Berfungsi,Rusak\n1,-7.1,107.2,v,,\n2,-7.2,107.2,,v,\n3,-7.3,107.2,,,v\n"
    assert checked(tmp_path, text).rows["status"].tolist() == ["functional", "non_functional", "non_functional"]


@pytest.mark.parametrize(
    ("head", "taken"),
    [
        ("Working status of the pump point", False), ("WP_Functionality", True), ("Kondisi Sarana Air Minum", True),
        ("Hali ya chanzo", True), ("Etat de fonctionnement", True), ("Kondisi jalan", False), ("previous status", False),
        ("kondisi tahun lalu", False), ("Kondisi rumah", False),
    ],
)  # fmt: skip
def test_heads_that_no_list_has(tmp_path: Path, head: str, taken: bool) -> None:
    """Of the pump, the road, the house or last year nothing follows for the point."""
    found = checked(tmp_path, f"id,lat,lon,{head}\n1,-7.1,107.2,baik\n2,-7.2,107.2,rusak berat\n")
    expected = ["functional", "non_functional"] if taken else ["unknown", "unknown"]
    assert found.rows["status"].fillna("unknown").tolist() == expected


def test_a_year_in_a_date(tmp_path: Path) -> None:
    text = "id,lat,lon,status,date installed\n1,-7.1,107.2,baik,21/06/1997\n2,-7.2,107.2,baik,1988\n3,-7.3,107.2,baik,Jun-2012\n4,-7.4,107.2,baik,1998/99\n"
    found = checked(tmp_path, text)
    assert found.rows["installed_year"].tolist() == [1997, 1988, 2012, 1999]
    assert len(told(found, "year_of_date")) == 3


def test_shares_in_per_cent_are_so_for_the_whole_column(tmp_path: Path) -> None:
    head = "kode desa;nama;lat;lon;penduduk;persentase miskin\n"
    rows = [f"32.03.18.20{n:02};D{n};-7.{n};107.1;1000;{share}\n" for n, share in enumerate(["13,5", "0,6", "9"], 1)]
    found = checked(tmp_path, head + "".join(rows), "villages")
    assert found.rows["poor_share"].tolist() == pytest.approx([0.135, 0.006, 0.09])
    shares = checked(tmp_path, head + rows[1] + rows[1].replace("2002", "2003"), "villages")
    assert shares.rows["poor_share"].tolist() == pytest.approx([0.6, 0.6]), "nothing over 1: shares"
    mapping = tmp_path / "m.toml"
    mapping.write_text("[villages.scale]\npoor_share = 0.01\n", encoding="utf-8")
    scaled = check_file(tmp_path / "f.csv", "villages", mapping)
    assert scaled.rows["poor_share"].tolist() == pytest.approx([0.006, 0.006]), (
        "a mapping that says it is not said twice"
    )


def book(path: Path, sheets: dict[str, tuple[list[list[object]], bool]]) -> Path:
    with xlsxwriter.Workbook(path) as made:
        for name, (rows, hidden) in sheets.items():
            sheet = made.add_worksheet(name)
            for n, row in enumerate(rows):
                sheet.write_row(n, 0, row)
            if hidden:
                sheet.hide()
        made.get_worksheet_by_name(next(name for name, (_, hidden) in sheets.items() if not hidden)).activate()
    return path


_HEAD: list[object] = ["ID", "Nama", "Lat", "Lon", "Kondisi"]


def test_a_hidden_sheet_is_not_what_is_meant(tmp_path: Path) -> None:
    old = [_HEAD, *([f"A{n}", "x", -7.1 - n / 100, 107.2, "Rusak"] for n in range(5))]
    new = [_HEAD, ["A1", "x", -7.11, 107.2, "Baik"]]
    found = check_file(book(tmp_path / "a.xlsx", {"Arsip": (old, True), "Isi": (new, False)}), "water_points")
    assert found.rows["status"].tolist() == ["functional"]
    assert len(told(found, "sheets_hidden")) == 1


def test_of_two_years_the_newer_is_taken(tmp_path: Path) -> None:
    sheets = {
        year: ([_HEAD, ["A1", "x", -7.11, 107.2, state]], False)
        for year, state in (("2021", "Rusak"), ("2025", "Baik"))
    }
    assert check_file(book(tmp_path / "a.xlsx", sheets), "water_points").rows["status"].tolist() == ["functional"]


def test_a_sheet_of_toilets_is_not_joined_to_wells(tmp_path: Path) -> None:
    head = [*_HEAD, "Jenis"]
    wells = [
        head,
        ["A1", "Cipari", -7.11, 107.2, "Baik", "Sumur Gali"],
        ["A2", "Cimuncang", -7.12, 107.2, "Baik", "PMA"],
    ]
    toilets = [
        head,
        ["S1", "Pasar", -7.21, 107.2, "Rusak", "MCK"],
        ["S2", "Balai", -7.22, 107.2, "Rusak", "IPAL Komunal"],
    ]
    path = book(tmp_path / "a.xlsx", {"Air": (wells, False), "Sanitasi": (toilets, False)})
    assert check_file(path, "water_points").rows["point_id"].tolist() == ["A1", "A2"]
    assert check_file(path, "sanitation").rows["facility_id"].tolist() == ["S1", "S2"]


def test_a_track_of_one_point_takes_nothing_along(tmp_path: Path) -> None:
    gpx = (
        '<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">'
        '<wpt lat="-7.3" lon="107.3"><name>MA-1</name></wpt>'
        '<trk><name>t</name><trkseg><trkpt lat="-7.4" lon="107.4"/></trkseg></trk></gpx>'
    )
    assert places(checked(tmp_path, gpx, name="f.gpx")) == [(-7.3, 107.3)]


def test_a_blank_behind_a_closing_quote(tmp_path: Path) -> None:
    found = checked(
        tmp_path, 'id,lat,lon,status,manager\n1,-7.1,107.2,baik,"BPSPAM, RT 2" \n2,-7.2,107.2,rusak,"Desa"\n'
    )
    assert found.rows["manager"].tolist() == ["BPSPAM, RT 2", "Desa"]
    broken = checked(
        tmp_path, 'id,lat,lon,status,manager\n1,-7.1,107.2,baik,"BPSPAM, RT 2\n2,-7.2,107.2,rusak,"Desa"\n'
    )
    assert len(broken.rows) + len(broken.rejects) == 2, "a quote that never closes stays a fault"


def test_of_two_places_that_of_the_water(tmp_path: Path) -> None:
    text = "id,school_latitude,school_longitude,well_latitude,well_longitude,status\n1,-7.1,107.1,-7.2,107.2,baik\n"
    assert places(checked(tmp_path, text)) == [(-7.2, 107.2)]
    assert isinstance(checked(tmp_path, text).rows, pd.DataFrame)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lines.geojson", '{"type":"Feature","properties":{"id":"a","status":"baik"},"geometry":{"type":"Point","coordinates":[107.2,-7.1]}}\n{"type":"Feature","properties":{"id":"b","status":"rusak"},"geometry":{"type":"Point","coordinates":[107.3,-7.2]}}\n'),
        ("list.json", '[{"type":"Feature","properties":{"id":"a","status":"baik"},"geometry":{"type":"Point","coordinates":[107.2,-7.1]}}, {"type":"Feature","properties":{"id":"b","status":"rusak"},"geometry":{"type":"Point","coordinates":[107.3,-7.2]}}]'),
        ("records.json", '[{"id":"a","lat":-7.1,"lon":107.2,"status":"baik"},{"id":"b","lat":-7.2,"lon":107.3,"status":"rusak"}]'),
        ("kobo.json", '{"count":2,"results":[{"_id":"a","_geolocation":[-7.1,107.2],"sumber":{"kondisi":"baik"}},{"_id":"b","_geolocation":[-7.2,107.3],"sumber":{"kondisi":"rusak"}}]}'),
    ],
)  # fmt: skip
def test_json_that_is_no_collection(tmp_path: Path, name: str, text: str) -> None:
    found = checked(tmp_path, text, name=name)
    assert places(found) == [(-7.1, 107.2), (-7.2, 107.3)]
    assert found.rows["status"].tolist() == ["functional", "non_functional"]


def test_heads_in_two_rows_as_text(tmp_path: Path) -> None:
    """As a sheet with merged cells is kept as CSV."""
    text = "No,Nama,lat,lon,Jenis Sarana Air,,,Kondisi,,\n,,,,SGL,SPT,PMA,B,RR,RB\n1,Cipari,-7.1,107.2,x,,,v,,\n2,Lebak,-7.2,107.3,,,x,,,v\n"
    found = checked(tmp_path, text)
    assert found.rows["technology"].tolist() == ["open_well", "protected_spring"]
    assert found.rows["status"].tolist() == ["functional", "non_functional"]
    assert found.rows["source_row"].tolist() == [3, 4], "rows keep the numbers of the file"
    plain = checked(
        tmp_path, "id,lat,lon,status,,manager\n1,-7.1,107.2,baik,,Desa\n2,-7.2,107.3,rusak,,Desa\n", name="g.csv"
    )
    assert len(plain.rows) == 2, "an empty head alone makes no second row of heads"


def test_rungs_of_stbm_that_are_more_than_the_households(tmp_path: Path) -> None:
    head = "kode desa,nama,lat,lon,jumlah kk,jsp,jssp,sharing,babs\n"
    text = head + "32.03.18.2001,A,-7.1,107.1,300,250,40,10,0\n32.03.18.2002,B,-7.2,107.1,300,2500,40,10,0\n"
    assert told(checked(tmp_path, text, "villages"), "more_than_households") == [(3, "2550")]
