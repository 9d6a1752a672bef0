"""Inventories as people have them: each shape in a small file of that shape, read without a mapping."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from pyproj import Transformer

from geo.checking.checked_table import Checked
from geo.checking.layouts import SHAPES
from geo.model.errors import DataError
from geo.workspace.importing import check_file

WPDX = """#wpdx_id,#lat_deg,#lon_deg,#status_id,#status_clean,#water_source_clean,#water_tech_clean,#facility_type,#install_year,#report_date,#management_clean,count
w1,-7.2,107.1,Yes,Functional,Borehole/Tubewell,Hand Pump - Afridev,Improved,2011,2019 Mar 04 12:00:00 AM,Community Management,1
w2,-7.21,107.11,Yes,Non-Functional,Protected Spring,,Improved,2009,2020 Jun 10 12:00:00 AM,Other,1
w3,-7.22,107.12,No,"Non-Functional, dry season",Unprotected Well,Rope and Bucket,Unimproved,,2018 Jan 01 12:00:00 AM,,1
w1,-7.2,107.1,No,Non-Functional,Borehole/Tubewell,Hand Pump - Afridev,Improved,2011,2015 Mar 04 12:00:00 AM,Community Management,1
w4,-7.23,107.13,Unknown,,Piped Water,Public Tapstand,Improved,,2021 Feb 03 01:30:00 PM,,1
"""

KOBO = """start;_uuid;grup_titik/nama_titik;grup_titik/kondisi;grup_titik/jenis_sarana;grup_titik/letak;grup_titik/_letak_altitude
2024-05-03T10:20:00.000+07:00;u1;Sumur Pak RT;baik;sumur bor;-7.2110 107.1020 812.0 4.5;812
2024-05-04T09:00:00.000+07:00;u2;Mata air atas;rusak berat;mata air terlindung;-7.2150 107.1100 830.5 6.0;830.5
"""

OSM = """@id,amenity,man_made,pump,natural,operational_status,toilets:disposal,name,lat,lon
1,water_point,borehole,manual,,operational,,A,-7.2,107.1
2,drinking_water,water_tap,,,needs_maintenace,,B,-7.21,107.1
3,,,,spring,,,C,-7.22,107.1
4,toilets,,,,closed,pitlatrine,D,-7.23,107.1
5,,water_well,powered,,abandoned,,E,-7.24,107.1
6,school,,,,,,F,-7.25,107.1
"""

HXL = """Kode,Nama,Lintang titik,Bujur titik,Keadaan,Alat
#loc+water+code,#loc+name,#geo+lat,#geo+lon,#status,#item+type
T1,Sumur timur,-7.2,107.1,functional,tap
T2,Sumur barat,-7.21,107.1,non_functional,hand_pump
"""


def read(folder: Path, text: str, table: str = "water_points", name: str = "titik.csv") -> Checked:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return check_file(path, table)


def keys(checked: Checked, severity: str) -> list[str]:
    return [fault.key for fault in checked.faults if fault.severity == severity]


def test_wpdx_as_downloaded(tmp_path: Path) -> None:
    found = read(tmp_path, WPDX)
    rows = found.rows.set_index("point_id")
    assert rows["status"].to_dict() == {
        "w1": "functional", "w2": "non_functional", "w3": "dry_season", "w4": "unknown"
    }  # fmt: skip
    assert rows["technology"].to_dict() == {
        "w1": "hand_pump", "w2": "protected_spring", "w3": "open_well", "w4": "tap"
    }  # fmt: skip
    assert str(rows.at["w4", "reported_on"].date()) == "2021-02-03"
    assert rows.at["w1", "installed_year"] == 2011
    assert (found.read, found.accepted, found.rejected) == (4, 4, 0)
    assert found.history is not None
    past = found.history.rows.iloc[0]
    assert (past["site_id"], past["status"], past["source_row"]) == ("w1", "non_functional", 5), "the older report"
    told = [fault for fault in found.faults if fault.key == "contradiction"]
    assert [(fault.value, fault.values["count"]) for fault in told] == [("Yes / Non-Functional", 1)]


@pytest.mark.parametrize("names", ["api", "v1"])
def test_wpdx_under_its_other_names(tmp_path: Path, names: str) -> None:
    text = WPDX.replace("#", "")
    if names == "v1":
        text = (
            text.replace("status_clean,", "condition,")
            .replace("_source_clean", "_source")
            .replace("_tech_clean", "_tech")
        )
    rows = read(tmp_path, text).rows.set_index("point_id")
    assert rows.at["w1", "technology"] == "hand_pump"
    assert rows.at["w2", "status"] == ("non_functional" if names == "api" else "functional")


def test_a_kobo_export_with_groups_and_a_geopoint(tmp_path: Path) -> None:
    found = read(tmp_path, KOBO)
    assert found.rejected == 0
    rows = found.rows.set_index("point_id")
    assert list(rows.index) == ["u1", "u2"]
    assert rows["status"].tolist() == ["functional", "non_functional"]
    assert rows["technology"].tolist() == ["borehole", "protected_spring"]
    assert rows.geometry.iloc[0].coords[0] == (107.102, -7.211)
    assert str(rows["reported_on"].iloc[0].date()) == "2024-05-03"
    assert "geopoint" in keys(found, "note")


def test_openstreetmap_water_and_toilets(tmp_path: Path) -> None:
    water = read(tmp_path, OSM)
    rows = water.rows.set_index("point_id")
    assert rows["technology"].to_dict() == {
        "1": "hand_pump", "2": "tap", "3": "unprotected_spring", "5": "borehole"
    }  # fmt: skip
    assert rows["status"].to_dict() == {"1": "functional", "2": "needs_repair", "3": "unknown", "5": "abandoned"}
    assert water.rejects["reason"].tolist() == ["amenity: other_thing"] * 2
    toilets = read(tmp_path, OSM, "sanitation")
    assert toilets.rows["facility_id"].tolist() == ["4"]
    assert toilets.rows[["kind", "status", "containment"]].iloc[0].tolist() == [
        "public_toilet",
        "not_in_use",
        "pitlatrine",
    ]
    assert (toilets.read, toilets.rejected) == (6, 5)


def test_openstreetmap_by_gdal_gathers_tags_in_one_column(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text(
        "osm_id,name,man_made,other_tags,lat,lon\n"
        """1,A,water_well,"\""pump\""=>\""manual\"",\""disused\""=>\""yes\""",-7.2,107.1\n"""
        """2,B,,"\""amenity\""=>\""drinking_water\"",\""note\""=>\""kata \\\""air\\\""\""",-7.2,107.2\n"""
        "3,C,water_tap,,-7.2,107.3\n"
    )
    rows = check_file(path, "water_points").rows.set_index("name")
    assert rows["technology"].to_dict() == {"A": "hand_pump", "B": "tap", "C": "tap"}
    assert rows["status"].to_dict() == {"A": "not_in_use", "B": "unknown", "C": "unknown"}


def test_two_reports_of_one_day_are_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "wpdx.csv"
    path.write_text(
        "wpdx_id,status_id,water_source_clean,report_date,lat_deg,lon_deg\n"
        "p,Yes,Borehole,2020 Jan 05 12:00:00 AM,-7.2,107.1\np,No,Borehole,2020 Mar 05 12:00:00 AM,-7.2,107.1\n"
        "p,Yes,Borehole,2020 Mar 05 12:00:00 AM,-7.2,107.1\n"
    )
    checked = check_file(path, "water_points")
    assert checked.rows["status"].tolist() == ["functional"]
    assert (checked.read, checked.rejected) == (1, 0), "earlier reports are no bad rows"
    assert {fault.row: fault.key for fault in checked.faults if fault.severity == "note" and fault.row} == {
        2: "older_kept", 3: "same_day_report"
    }  # fmt: skip
    assert checked.history is not None
    assert checked.history.rows[["report_id", "status", "source_row"]].to_numpy().tolist() == [
        ["p@2020-01-05:functional", "functional", 2], ["p@2020-03-05:non_functional", "non_functional", 3]
    ]  # fmt: skip


def test_hxl_tags_name_the_columns(tmp_path: Path) -> None:
    found = read(tmp_path, HXL)
    assert found.rows["point_id"].tolist() == ["T1", "T2"]
    assert found.rows["technology"].tolist() == ["tap", "hand_pump"]
    assert (found.read, found.rejected) == (2, 0)


def test_ticks_under_a_head_of_two_rows_below_a_title(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    rows = [
        ["DATA SARANA AIR BERSIH KECAMATAN", None, None, None, None, None, None, None],
        [None] * 8,
        ["No", "Nama titik", "Lintang", "Bujur", "Kondisi", None, None, "Jenis sarana"],
        [None, None, None, None, "Baik", "Rusak ringan", "Rusak berat", None],
        [1, "Sumur A", -7.2, 107.1, "√", None, None, "sumur bor"],
        [2, "Sumur B", -7.21, 107.1, None, None, "x", "sumur gali"],
        [3, "Sumur C", -7.22, 107.1, "√", "√", None, "sumur gali"],
        [4, "Sumur D", -7.23, 107.1, None, None, None, "PAH"],
        [5, "Dusun E", -7.24, 107.1, None, None, None, "Tidak ada"],
    ]
    for row in rows:
        sheet.append(row)
    sheet.merge_cells("A1:H1")
    sheet.merge_cells("E3:G3")
    path = tmp_path / "kantor.xlsx"
    book.save(path)
    found = check_file(path, "water_points")
    assert found.rows["status"].tolist() == ["functional", "non_functional", "unknown", "unknown"]
    assert found.rows["technology"].tolist() == ["borehole", "open_well", "open_well", "rainwater"]
    assert keys(found, "note").count("several_ticks") == 1
    assert keys(found, "note").count("no_tick") == 2
    assert found.rejects["reason"].tolist() == ["technology: no_facility"]
    assert found.rejects["row"].tolist() == [9]
    assert "header_found" in keys(found, "note")


def test_utm_with_a_zone(tmp_path: Path) -> None:
    places = [(107.1, -7.2), (109.2, -7.3), (98.7, 3.6)]
    lines = ["nama,status,technology,easting,northing,zona"]
    for name, (lon, lat), zone, code in zip("abc", places, ("48S", "49 M", "47N"), (32748, 32749, 32647), strict=True):
        x, y = Transformer.from_crs("EPSG:4326", f"EPSG:{code}", always_xy=True).transform(lon, lat)
        lines.append(f"{name},functional,tap,{x:.3f},{y:.3f},{zone}")
    found = read(tmp_path, "\n".join(lines) + "\nd,functional,tap,x,9200000,48S\n")
    assert found.rows.geometry.x.round(6).tolist() == [place[0] for place in places]
    assert found.rows.geometry.y.round(6).tolist() == [place[1] for place in places]
    assert [fault.value for fault in found.faults if fault.severity == "rejected"] == ["x, 9200000 (48S)"]


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        ("7°12'36\" LS", "107°07'30\" BT"),
        ("S 7 12 36", "E 107 7 30"),
        ("7° 12,6' LS", "107° 7,5' BT"),
        ("-7 12 36", "107 7 30"),
    ],
)
def test_degrees_minutes_seconds(tmp_path: Path, lat: str, lon: str) -> None:
    table = pd.DataFrame(
        {"name": ["a"], "status": ["functional"], "technology": ["tap"], "lintang": [lat], "bujur": [lon]}
    )
    path = tmp_path / "t.csv"
    table.to_csv(path, index=False)
    found = check_file(path, "water_points")
    assert found.rejected == 0, found.faults
    assert (round(found.rows.geometry.y[0], 6), round(found.rows.geometry.x[0], 6)) == (-7.21, 107.125)
    assert "dms" in keys(found, "fixed")


def test_a_mapping_goes_before_every_shape_and_name(tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text('[water_points.columns]\nstatus = "#status_id"\nmanager = ""\n', encoding="utf-8")
    path = tmp_path / "w.csv"
    path.write_text(WPDX, encoding="utf-8")
    rows = check_file(path, "water_points", mapping).rows.set_index("point_id")
    assert rows.at["w2", "status"] == "functional", "what the mapping names, not what WPdx's rule would take"
    assert rows["manager"].isna().all(), "an empty name leaves a column out"


def test_no_shape_changes_a_plain_table(tmp_path: Path) -> None:
    found = read(tmp_path, "point_id,status,technology,lat,lon\np,functional,tap,-7.2,107.1\n")
    assert found.raw is not None
    assert all(shape(found.raw, "water_points") is None for shape in SHAPES.values())
    assert [fault.key for fault in found.faults] == []


def test_fixes_stand_village_by_village(tmp_path: Path) -> None:
    from exports.tables.fixes import fix_list, fixes_file

    text = "name,desa,status,technology,lat,lon\na,Kertasana,baik,tap,-7.2,107.1\nb,Buniwangi,ambruk,tap,-7.21,107.1\n"
    text += "=c,Kertasana,baik,tap,,\nd,,baik,tap,-7.2,107.3\n"
    found = read(tmp_path, text)
    rows = fix_list({"water_points": found}, "id")
    assert rows["village"].tolist()[:2] == ["Buniwangi", "Kertasana"]
    assert rows.loc[rows["village"] == "Buniwangi", ["row", "column", "value"]].iloc[0].tolist() == [
        3,
        "status",
        "ambruk",
    ]
    for ending in (".csv", ".xlsx"):
        path = tmp_path / f"f{ending}"
        path.write_bytes(fixes_file({"water_points": found}, "en", ending))
        back = pd.read_csv(path) if ending == ".csv" else pd.read_excel(path, engine="openpyxl")
        assert len(back) == len(rows)
        assert back["Village"].tolist()[:2] == ["Buniwangi", "Kertasana"]


def test_an_import_tells_what_changed(tmp_path: Path) -> None:
    from geo.workspace.importing import import_files

    villages = tmp_path / "v.csv"
    villages.write_text("village_code,name,population,lat,lon\n32.03.18.2001,A,100,-7.2,107.1\n", encoding="utf-8")
    path = tmp_path / "w.csv"
    head = "point_id,status,technology,lat,lon\n"
    path.write_text(
        head + "a,functional,tap,-7.2,107.1\nb,functional,tap,-7.2,107.11\nc,functional,tap,-7.2,107.12\n",
        encoding="utf-8",
    )
    first = import_files(tmp_path / "ws", {"villages": villages, "water_points": path})
    assert first.changed == {}
    path.write_text(
        head + "a,functional,tap,-7.2,107.1\nb,abandoned,tap,-7.2,107.11\nd,functional,tap,-7.2,107.12\n",
        encoding="utf-8",
    )
    again = import_files(tmp_path / "ws", {"water_points": path})
    assert again.changed == {"water_points": {"added": 1, "gone": 1, "changed": 1}}


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("kode,nama,penduduk,lat,lon\n32.03.18.2001,Kertasana,2122,-7.2,107.1\n", "villages"),
        ("point_id,status,technology,lat,lon\na,functional,tap,-7.2,107.1\n", "water_points"),
        (
            "nama sekolah,npsn,jenis,murid laki-laki,murid perempuan,lat,lon\nSDN 1,20203,SD,80,75,-7.2,107.1\n",
            "institutions",
        ),
    ],
)
def test_the_likeliest_table(tmp_path: Path, text: str, table: str) -> None:
    from geo.checking.proposals import likeliest
    from geo.reading.readers import read_any

    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    assert likeliest(read_any(path)) == table


def test_the_words_of_a_column_tell_the_table(tmp_path: Path) -> None:
    from geo.checking.proposals import likeliest
    from geo.reading.readers import read_any

    for word, table in (("sumur gali", "water_points"), ("jamban bersama", "sanitation"), ("madrasah", "institutions")):
        path = tmp_path / "t.csv"
        path.write_text(f"id,nama,jenis,kondisi,lat,lon\n1,A,{word},baik,-7.2,107.1\n", encoding="utf-8")
        assert likeliest(read_any(path)) == table


def test_propose_writes_a_mapping_that_reads_the_file(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from cli.geo import app

    path, out = tmp_path / "w.csv", tmp_path / "m.toml"
    path.write_text(KOBO, encoding="utf-8")
    done = CliRunner().invoke(app, ["propose", str(path), "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    assert 'status = "grup_titik/kondisi"' in out.read_text(encoding="utf-8")
    assert check_file(path, "water_points", out).accepted == 2


def test_points_that_may_be_one_are_told_once_and_kept(tmp_path: Path) -> None:
    rows = ["point_id,status,technology,lat,lon", "a,functional,tap,-7.2,107.1", "b,functional,tap,-7.2,107.1002",
            "c,functional,hand_pump,-7.2,107.1001", "d,functional,tap,-7.21,107.1", "e,functional,tap,-7.21,107.1",
            "f,functional,tap,-7.21,107.1"]  # fmt: skip
    found = read(tmp_path, "\n".join(rows) + "\n")
    assert found.accepted == 6
    told = [(fault.value, fault.values["other"]) for fault in found.faults if fault.key == "possible_duplicate"]
    assert ("b", "a") in told
    assert ("a", "b") not in told, "each pair once"
    assert {pair[0] for pair in told} | {pair[1] for pair in told} == {"a", "b", "d", "e", "f"}, "c is of another kind"
    far = next(
        fault.values["far"] for fault in found.faults if fault.value == "b" and fault.key == "possible_duplicate"
    )
    assert far == 22


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("id;koordinat latitude;koordinat longitude;debit;kondisi\n1;-7,2101;107,1201;0,5;baik\n", (-7.2101, 107.1201)),
        ("point_id,lat_deg,lon_deg,debit,status\n1,-7.21,107.12,\"0,5\",baik\n", (-7.21, 107.12)),
        ("grup/nama,grup/masalah,grup/lokasi,grup/kondisi\nA,1 3,-7.2101 107.1 600 4,baik\n", (-7.2101, 107.1)),
        ("id,rt rw,lat_deg,lon_deg,kondisi\n1,01 02,-7.21,107.12,baik\n", (-7.21, 107.12)),
        ("id,timur,utara,zona\n1,734000,9201000,48\n", (-7.223, 107.119)),
        ("id,lat,lon,x,y,zona\n1,-7.21,107.12,5,6,1\n", (-7.21, 107.12)),
        ("_id,_Lokasi_latitude,_Lokasi_longitude\n1,-7.21,107.12\n", (-7.21, 107.12)),
        ("id,lintang,bujur\n1,7.2113 LS,107.12 BT\n", (-7.2113, 107.12)),
    ],
)  # fmt: skip
def test_the_right_column_is_the_position(tmp_path: Path, text: str, place: tuple[float, float]) -> None:
    found = read(tmp_path, text)
    assert found.accepted == 1, found.faults
    assert (round(found.rows.geometry.y[0], 3), round(found.rows.geometry.x[0], 3)) == (
        round(place[0], 3),
        round(place[1], 3),
    )


def test_a_mapping_can_name_the_column_of_positions(tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text('[water_points.columns]\nlat = "b"\nlon = "b"\n', encoding="utf-8")
    path = tmp_path / "w.csv"
    path.write_text("id,a,b\n1,-6.5 106.5 3 3,-7.21 107.12 600 4\n", encoding="utf-8")
    assert check_file(path, "water_points", mapping).rows.geometry.iloc[0].coords[0] == (107.12, -7.21)


def test_a_row_that_numbers_the_columns_is_no_point(tmp_path: Path) -> None:
    text = "No,Nama,Lintang,Bujur,baik,rusak berat\n1,2,3,4,5,6\n1,Sumur A,-7.21,107.12,√,\n2,Sumur B,-7.22,107.12,,v\n"
    found = read(tmp_path, text)
    assert found.rows["name"].tolist() == ["Sumur A", "Sumur B"]
    assert found.rows["status"].tolist() == ["functional", "non_functional"]


def test_an_odd_cell_among_ticks_is_told_and_costs_no_other_row(tmp_path: Path) -> None:
    rows = [f"{n},-7.2{n},107.1,√,,," for n in range(9)] + ["9,-7.3,107.1,lihat catatan,,,"]
    found = read(tmp_path, "id,lat,lon,baik,rusak ringan,rusak berat,x\n" + "\n".join(rows) + "\n")
    assert found.rows["status"].tolist() == ["functional"] * 9 + ["unknown"]
    assert keys(found, "note").count("odd_tick") == 1


def test_a_condition_of_another_question_is_no_status(tmp_path: Path) -> None:
    found = read(tmp_path, "id,nama,kondisi,jalan/baik,jalan/rusak,lat,lon\n1,A,rusak berat,1,0,-7.21,107.12\n")
    assert found.rows["status"].tolist() == ["non_functional"]


def test_who_provided_the_data_is_no_source_of_water(tmp_path: Path) -> None:
    text = "#source," + WPDX.splitlines()[0] + "\nMinistry," + WPDX.splitlines()[1] + "\n"
    assert read(tmp_path, text).rows["source"].tolist() == ["Borehole/Tubewell"]


def test_what_propose_writes_reads_as_without_it(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from cli.geo import app

    text = (
        "status,"
        + WPDX.splitlines()[0]
        + "\n"
        + "\n".join("raw words," + line for line in WPDX.splitlines()[1:])
        + "\n"
    )
    path, out = tmp_path / "w.csv", tmp_path / "m.toml"
    path.write_text(text, encoding="utf-8")
    assert CliRunner().invoke(app, ["propose", str(path), "--as", "water_points", "--out", str(out)]).exit_code == 0
    with_it, without = check_file(path, "water_points", out).rows, check_file(path, "water_points").rows
    assert with_it[["status", "technology"]].equals(without[["status", "technology"]])


def test_a_mapping_of_one_column_leaves_the_shape_its_rest(tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text('[water_points.columns]\nstatus = "#status_clean"\n', encoding="utf-8")
    path = tmp_path / "w.csv"
    path.write_text(WPDX, encoding="utf-8")
    found = check_file(path, "water_points", mapping)
    assert found.rows.set_index("point_id").at["w1", "technology"] == "hand_pump"


def test_equal_tags_and_columns_of_our_own_names_stop_nothing(tmp_path: Path) -> None:
    tags = "Kode,Kondisi,Kondisi 2,Y,X\n#loc+water+code,#status,#status,#geo+lat,#geo+lon\n1,baik,rusak,-7.21,107.12\n"
    assert read(tmp_path, tags).rows["status"].tolist() == ["functional"]
    from exports.tables.faults import rejects_csv

    found = read(tmp_path, "row,reason,file,table,lat,lon\nA1,belum,b,c,,\n")
    back = pd.read_csv(io.BytesIO(rejects_csv({"water_points": found}, "id")))
    assert back[["row", "row_", "reason_", "file_", "table_"]].iloc[0].tolist() == [2, "A1", "belum", "b", "c"]


@pytest.mark.parametrize("line", ['encoding = "foo"', 'delimiter = ";;"', 'header_row = "a"', "header_row = 0"])
def test_a_mapping_that_no_reader_can_take_is_refused(tmp_path: Path, line: str) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text(f"[water_points.options]\n{line}\n", encoding="utf-8")
    path = tmp_path / "w.csv"
    path.write_text(KOBO, encoding="utf-8")
    with pytest.raises(DataError, match="mapping_value"):
        check_file(path, "water_points", mapping)


def test_a_number_of_a_sheet_has_no_thousands_point(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["settlement_id", "population", "lat", "lon"])
    book.active.append(["a", 12.345, -7.2, 107.1])
    book.active.append(["b", "12.345", -7.2, 107.1])
    book.save(tmp_path / "s.xlsx")
    found = check_file(tmp_path / "s.xlsx", "settlements")
    assert found.rows["population"].isna().tolist() == [True, False]  # nobody counts 12.345 people: told, left empty
    assert found.rows["population"].iloc[1] == 12345.0


def test_an_empty_column_of_our_name_gives_way(tmp_path: Path) -> None:
    found = read(tmp_path, "id,status,kondisi,lat,lon\n1,,rusak,-7.21,107.12\n")
    assert found.rows["status"].tolist() == ["non_functional"]


def test_a_guess_that_fits_no_cell_is_not_made(tmp_path: Path) -> None:
    found = read(tmp_path, "id,lat,lon,start\n1,-7.2,107.1,kemarin\n")
    assert found.accepted == 1


@pytest.mark.parametrize("title", ["DATA SARANA AIR,,,\n", "\n"])
def test_a_header_further_down_a_csv(tmp_path: Path, title: str) -> None:
    path, mapping = tmp_path / "w.csv", tmp_path / "m.toml"
    path.write_text(title + "id,status,lat,lon\n1,baik,-7.2,107.1\n", encoding="utf-8")
    mapping.write_text("[water_points.options]\nheader_row = 2\n", encoding="utf-8")
    found = check_file(path, "water_points", mapping)
    assert (found.accepted, found.rows["source_row"].tolist()) == (1, [3])


def test_a_person_named_in_a_text_is_told_and_an_office_is_not(tmp_path: Path) -> None:
    text = "id,name,status,lat,lon\n1,Sumur Pak Ujang,baik,-7.2,107.1\n2,Sumur Pak RT,baik,-7.21,107.1\n3,Bu Siti Aminah,baik,-7.22,107.1\n"
    found = read(tmp_path, text)
    assert found.accepted == 3
    assert [fault.row for fault in found.faults if fault.key == "person_named"] == [2, 4]


def test_overlaps_and_gaps_of_villages_are_told(tmp_path: Path) -> None:
    import geopandas as gpd
    from shapely import Polygon, box

    ring = Polygon(box(107.0, -7.1, 107.2, -7.0).exterior, [box(107.05, -7.06, 107.06, -7.05).exterior])
    shapes = [ring, box(107.19, -7.1, 107.3, -7.0), box(107.3, -7.1, 107.4, -7.0)]
    codes = [f"32.03.18.200{n}" for n in (1, 2, 3)]
    frame = gpd.GeoDataFrame({"village_code": codes, "name": list("abc")}, geometry=shapes, crs="EPSG:4326")
    frame.to_file(tmp_path / "v.geojson")
    found = check_file(tmp_path / "v.geojson", "villages")
    assert found.accepted == 3
    told = {fault.key: fault for fault in found.faults}
    assert (told["overlap"].value, told["overlap"].values) == (codes[0], {"other": codes[1], "percent": "9"})
    assert told["boundary_gaps"].values["count"] == 1
    assert float(told["boundary_gaps"].values["km2"]) == pytest.approx(1.23, abs=0.01)


def test_words_that_offices_write(tmp_path: Path) -> None:
    """Letters for the condition, money with its sign, days with the month in words; ODK Central's groups."""
    path = tmp_path / "kantor.csv"
    path.write_text(
        "Kode titik;Kondisi;Biaya;Tanggal;Lintang;Bujur\n"
        "1;B;Rp 15.000.000;5 Maret 2024;-7,2;107,1\n2;RR;Rp. 1.500.000,-;05-Agt-2023;-7,2;107,2\n"
        "3;RB;;1 Nopember 2022;-7,2;107,3\n4;RS;-;30 Februari 2022;-7,2;107,4\n"
    )
    found = check_file(path, "water_points")
    rows = found.rows.set_index("point_id")
    assert rows["status"].tolist() == ["functional", "needs_repair", "non_functional", "needs_repair"]
    assert rows["rehab_cost_idr"].tolist()[:2] == [15_000_000, 1_500_000]
    assert [str(day.date()) for day in rows["reported_on"][:3]] == ["2024-03-05", "2023-08-05", "2022-11-01"]
    assert rows["reported_on"].isna().tolist() == [False, False, False, True]
    assert [(one.key, one.row, one.value) for one in found.faults if one.severity == "blanked"] == [
        ("bad_date", 5, "30 Februari 2022")
    ]
    path.write_text(
        "titik-nama,titik-kondisi,titik-letak-Latitude,titik-letak-Longitude,meta-instanceID,meta-instanceName\n"
        "Sumur A,baik,-7.2,107.1,uuid:1,a\n"
    )
    row = check_file(path, "water_points").rows.iloc[0]
    assert (row["name"], row["status"], row["point_id"], row.geometry.y) == ("Sumur A", "functional", "uuid:1", -7.2)
