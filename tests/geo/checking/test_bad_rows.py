"""Everything people do to a table: each is fixed visibly or rejected with its reason, and nothing is lost."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point, Polygon, box

from geo.checking.checked_table import Checked
from geo.model.errors import DataError
from geo.workspace.importing import check_file, read_tables
from texts import LANGUAGES, fault_text

HEADER = "point_id;name;village_code;status;technology;lat;lon;capacity_people;installed_year;reported_on;improved"
GOOD = "p{n};Sumur {n};32.03.18.2014;functional;hand_pump;-7.19;107.16;250;2012;2024-05-03;ya"

#: line of the file → (what happens, column, key)
CASES = {
    "a1;Baik;32.03.18.2014;functional;tap;-7.19;107.16;100;2010;2024-01-02;ya": None,
    "a2;Tertukar;32.03.18.2014;functional;tap;107.16;-7.19;100;2010;2024-01-02;ya": ("rejected", "swapped"),
    "a3;Koma;32.03.18.2014;functional;tap;-7,19;107,16;100;2010;2024-01-02;ya": ("fixed", "decimal_comma"),
    "a4;Status aneh;32.03.18.2014;kaput;tap;-7.19;107.16;100;2010;2024-01-02;ya": ("blanked", "unknown_value"),
    "a1;Rangkap;32.03.18.2014;functional;tap;-7.19;107.16;100;2010;2024-01-02;ya": ("rejected", "duplicate_id"),
    "a6;Tanpa tempat;32.03.18.2014;functional;tap;;;100;2010;2024-01-02;ya": ("rejected", "no_coordinates"),
    "a7;Lintang NA;32.03.18.2014;functional;tap;NA;107.16;100;2010;2024-01-02;ya": ("rejected", "no_coordinates"),
    'a8;"Kutip;32.03.18.2014;functional;tap;-7.19;107.16;100;2010;2024-01-02;ya': ("rejected", "unclosed_quote"),
    "a9;Pendek;32.03.18.2014;functional": ("rejected", "column_count"),
    "b1;Panjang;32.03.18.2014;functional;tap;-7.19;107.16;100;2010;2024-01-02;ya;lebih": ("rejected", "column_count"),
    "b2;Kosong NA;NA;NA;NA;-7.19;107.16;NA;NA;NA;NA": ("fixed", "missing_word"),
    "b3;Tanpa titik;3203182014;functional;tap;-7.19;107.16;100;2010;2024-01-02;ya": ("fixed", "code_dotted"),
    "b4;Kode salah;32.3.18;functional;tap;-7.19;107.16;100;2010;2024-01-02;ya": ("blanked", "bad_code"),
    "b5;Kode kecamatan;32.03.18;functional;tap;-7.19;107.16;100;2010;2024-01-02;ya": ("blanked", "bad_code"),
    "b6;Nol;32.03.18.2014;functional;tap;0;0;100;2010;2024-01-02;ya": ("rejected", "null_island"),
    "b7;UTM;32.03.18.2014;functional;tap;9204567;738912;100;2010;2024-01-02;ya": ("rejected", "out_of_range"),
    "b8;Minus;32.03.18.2014;functional;tap;-7.19;107.16;-5;2010;2024-01-02;ya": ("blanked", "range"),
    "b9;Ribuan;32.03.18.2014;functional;tap;-7.19;107.16;2.122;2010;2024-01-02;ya": ("fixed", "thousands"),
    "c1;Tahun;32.03.18.2014;functional;tap;-7.19;107.16;100;20100;2024-01-02;ya": ("blanked", "future_year"),
    "c2;Tahun pecah;32.03.18.2014;functional;tap;-7.19;107.16;100;2.46;2024-01-02;ya": ("blanked", "not_whole"),
    "c3;Tanggal;32.03.18.2014;functional;tap;-7.19;107.16;100;2010;31/02/2024;ya": ("blanked", "bad_date"),
    "c4;Hari dulu;32.03.18.2014;functional;tap;-7.19;107.16;100;2010;03/05/2024;ya": ("fixed", "day_first"),
    "c5;Sinonim;32.03.18.2014;Rusak Berat;tap;-7.19;107.16;100;2010;2024-01-02;ya": ("fixed", "synonym"),
    "c6;Teknologi;32.03.18.2014;functional;Pompa Tangan;-7.19;107.16;100;2010;2024-01-02;ya": ("fixed", "synonym"),
    "c7;Teknologi aneh;32.03.18.2014;functional;ajaib;-7.19;107.16;100;2010;2024-01-02;ya": (
        "blanked",
        "unknown_value",
    ),
    "c8;Boolean;32.03.18.2014;functional;tap;-7.19;107.16;100;2010;2024-01-02;mungkin": ("blanked", "bad_boolean"),
    "c9;Satuan;32.03.18.2014;functional;tap;-7.19;107.16;100 orang;2010;2024-01-02;ya": ("fixed", "unit_beside"),
    "d1;Derajat;32.03.18.2014;functional;tap;7°11'LS;107.16;100;2010;2024-01-02;ya": ("fixed", "dms"),
    "d1b;Menit 75;32.03.18.2014;functional;tap;7°75'LS;107.16;100;2010;2024-01-02;ya": ("rejected", "bad_number"),
    "d2;Tak hingga;32.03.18.2014;functional;tap;-7.19;107.16;1e999;2010;2024-01-02;ya": ("blanked", "bad_number"),
    "d3;Kendali\x07;32.03.18.2014;functional;tap;-7.19;107.16;100;2010;2024-01-02;ya": ("fixed", "control_characters"),
    "d4;Lintang 91;32.03.18.2014;functional;tap;-91;190;100;2010;2024-01-02;ya": ("rejected", "out_of_range"),
    "d5;Café Été;32.03.18.2014;functional;tap;-7.19;107.16;100;2010;2024-01-02;ya": None,
}


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    path = tmp_path_factory.mktemp("bad") / "buruk.csv"
    path.write_bytes("\n".join([HEADER, *CASES]).encode("latin-1"))
    return check_file(path, "water_points")


def test_read_is_accepted_plus_rejected(checked: Checked) -> None:
    assert checked.read == len(CASES) == checked.accepted + checked.rejected
    bad = [case for case in CASES.values() if case and case[0] == "rejected"]
    assert checked.rejected == len(bad)
    fixed = [case for case in CASES.values() if case and case[0] == "fixed"]
    assert checked.fixed == len(fixed)
    blanked = [case for case in CASES.values() if case and case[0] == "blanked"]
    assert checked.blanked == len(blanked)
    assert len(CASES) >= 30


@pytest.mark.parametrize(
    ("number", "line"), list(enumerate(CASES, start=2)), ids=[line.split(";")[1].strip('"') for line in CASES]
)
def test_each_row(checked: Checked, number: int, line: str) -> None:
    case = CASES[line]
    accepted = number in set(checked.rows["source_row"])
    assert accepted == (case is None or case[0] != "rejected")
    if case is not None and case[0] == "rejected":
        assert case[1] in {
            fault.key for fault in checked.faults if fault.row == number and fault.severity == "rejected"
        }
        kept = checked.rejects[checked.rejects["row"] == number].iloc[0]
        whole = (
            kept["raw_line"]
            if isinstance(kept["raw_line"], str)
            else ";".join(kept[c] if isinstance(kept[c], str) else "" for c in HEADER.split(";"))
        )
        assert whole == line
    elif case is not None:
        assert any(
            fault.key == case[1] and fault.severity == case[0] and fault.row <= number for fault in checked.faults
        )


def test_every_fault_has_words_and_a_remedy(checked: Checked) -> None:
    for fault in checked.faults:
        for lang in LANGUAGES:
            message, remedy = fault_text(fault, lang)
            assert message
            assert remedy


def test_what_was_read(checked: Checked) -> None:
    rows = checked.rows.set_index("point_id")
    assert rows.loc["a3"].geometry.equals(Point(107.16, -7.19))
    assert rows.loc["b2", "status"] == "unknown"
    assert rows.loc["b2", "village_code"] is None
    assert pd.isna(rows.loc["b2", "capacity_people"])
    assert rows.loc["b3", "village_code"] == "32.03.18.2014"
    assert rows.loc["b9", "capacity_people"] == 2122
    assert rows.loc["c4", "reported_on"] == pd.Timestamp("2024-05-03")
    assert rows.loc["c5", "status"] == "non_functional"
    assert rows.loc["d5", "name"] == "Café Été"
    assert any(fault.key == "encoding" for fault in checked.faults)


def test_shapes_are_checked_and_repaired_visibly(tmp_path: Path) -> None:
    bow = Polygon([(107.1, -7.2), (107.2, -7.1), (107.2, -7.2), (107.1, -7.1)])
    shapes = [box(107, -7, 107.1, -6.9), None, bow, Polygon(), Point(107, -7)]
    frame = gpd.GeoDataFrame(
        {"village_code": [f"32.03.18.200{n}" for n in range(5)], "name": list("abcde")},
        geometry=shapes,
        crs="EPSG:4326",
    )
    path = tmp_path / "desa.gpkg"
    frame.to_file(path, driver="GPKG", engine="pyogrio")
    done = check_file(path, "villages")
    assert (done.read, done.accepted, done.rejected, done.fixed) == (5, 3, 2, 1)
    assert done.rows.geometry.is_valid.all()
    assert {fault.key for fault in done.faults} >= {"empty_geometry", "geometry_repaired"}
    points = check_file(path, "water_points")
    assert {fault.key for fault in points.faults if fault.severity == "rejected"} >= {"geometry_type"}


def test_wrong_reference_system_is_converted_visibly(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"point_id": ["p"], "status": ["functional"]}, geometry=[Point(107.16, -7.19)], crs="EPSG:4326"
    )
    path = tmp_path / "utm.gpkg"
    frame.to_crs("EPSG:32748").to_file(path, driver="GPKG", engine="pyogrio")
    done = check_file(path, "water_points")
    assert done.rows.geometry.iloc[0].distance(Point(107.16, -7.19)) < 1e-8
    assert any(fault.key == "crs_changed" and "32748" in str(fault.values["crs"]) for fault in done.faults)


def test_points_far_from_every_village_are_proposed_not_moved(tmp_path: Path) -> None:
    villages = tmp_path / "desa.geojson"
    shape = json.loads(gpd.GeoSeries([box(35, -15, 36, -14)]).to_json())["features"][0]["geometry"]
    feature = {"type": "Feature", "geometry": shape, "properties": {"village_code": "32.03.18.2001", "name": "A"}}
    villages.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    points = tmp_path / "titik.csv"
    points.write_text(
        "point_id,status,lat,lon,village_code\na,functional,35.5,-14.5,\nb,functional,14.5,35.5,\nc,functional,-14.5,35.5,99.99.99.2001\n"
    )
    done = read_tables({"villages": villages, "water_points": points})["water_points"]
    assert {fault.key for fault in done.faults} >= {"looks_swapped", "lost_sign", "unknown_village"}
    assert (done.read, done.accepted, done.rejected) == (3, 1, 2)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("kosong.csv", b""),
        ("hanya_judul.csv", b"point_id,status,lat,lon\n"),
        ("biner.csv", b"\x00\x01\x02" * 100),
        ("tanpa_kolom.csv", b"a,b\n1,2\n"),
        ("tanpa_tempat.csv", b"point_id,status\np,functional\n"),
        ("rusak.geojson", b'{"type": "FeatureCollection", "features": ['),
        ("lain.geojson", b'{"type": "Topology"}'),
        (
            "tautan.geojson",
            b'{"type": "FeatureCollection", "crs": {"type": "link", "properties": {"href": "http://x"}}, "features": [{}]}',
        ),
        ("palsu.gpkg", b"<OGRVRTDataSource></OGRVRTDataSource>"),
        ("palsu.xlsx", b"PK\x03\x04 bukan zip"),
        ("palsu.zip", b"bukan zip"),
        ("aneh.docx", b"x"),
    ],
)
def test_a_file_that_is_no_table_says_so(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError):
        check_file(path, "water_points")


def test_every_fault_of_a_row_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    next_year = date.today().year + 1
    path.write_text(
        f"point_id,status,capacity_people,reported_on,installed_year,lat,lon\na,alien,-5,{next_year}-06-01,{next_year},,\n"
    )
    found = {(fault.key, fault.column) for fault in check_file(path, "water_points").faults}
    assert found >= {
        ("unknown_value", "status"), ("range", "capacity_people"), ("date_range", "reported_on"),
        ("future_year", "installed_year"), ("no_coordinates", "lat/lon"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "text", ["03/05/20188", "2024-05-03junk", "2018-05-03 25:99", "1024-01-01", "2999-01-01", "31/02/2024"]
)
def test_a_date_is_read_whole_or_not_at_all(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"point_id,reported_on,lat,lon\na,{text},-7.2,107.1\n")
    done = check_file(path, "water_points")
    assert (done.accepted, done.rejected, done.blanked) == (1, 0, 1)
    assert done.rows["reported_on"].isna().all()
    strict = check_file(path, "water_points", strict=True)
    assert (strict.accepted, strict.rejected, strict.blanked) == (0, 1, 0)


def test_a_bad_row_takes_no_id_away(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("point_id,status,lat,lon\na,baik,,107.1\na,baik,-7.2,107.1\na,baik,-7.3,107.1\n")
    done = check_file(path, "water_points")
    assert done.rows["source_row"].tolist() == [3]
    assert {(fault.key, fault.row) for fault in done.faults if fault.severity == "rejected"} == {
        ("no_coordinates", 2), ("duplicate_id", 4),
    }  # fmt: skip
