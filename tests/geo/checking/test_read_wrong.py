"""What a stranger's second trial of files found: read wrong in silence, or told as its opposite."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geo.cells.vocabulary import likely, meant
from geo.checking.checked_table import Checked
from geo.workspace.importing import check_file


def checked(tmp_path: Path, text: str, table: str = "water_points", name: str = "f.csv") -> Checked:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return check_file(path, table)


def told(found: Checked, key: str) -> list[tuple[int | None, str | None]]:
    return [(fault.row, fault.value) for fault in found.faults if fault.key == key]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("T. Berfungsi", "non_functional"), ("T/ Berfungsi", "non_functional"), ("T:Baik", "unknown"),
        ("K. Baik", meant("kurang baik", "status").value), ("N. Functional", "non_functional"),
        ("a. Baik", "functional"), ("b. Rusak Berat", "non_functional"), ("3. Baik", "functional"),
    ],
)  # fmt: skip
def test_a_letter_that_shortens_a_negation_is_no_numbering(text: str, status: str) -> None:
    assert meant(text, "status").value == status


@pytest.mark.parametrize("text", ["Non-Functional due to breakdown", "Bukan berfungsi baik", "Hardly functional"])
def test_the_opposite_of_what_is_said_is_not_proposed(text: str) -> None:
    assert "functional" not in likely(text, "status")


def test_numbers_that_a_geojson_holds_as_text_are_read_as_people_wrote_them(tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [107.1 + n / 100, -7.2]},
         "properties": {"village_code": f"32.03.18.200{n}", "name": f"Desa {n}", "population": population}}
        for n, population in enumerate(["2.431", "1.200", "1.870", "980"], start=1)
    ]  # fmt: skip
    found = checked(tmp_path, json.dumps({"type": "FeatureCollection", "features": features}), "villages", "v.geojson")
    assert found.rows["population"].tolist() == [2431.0, 1200.0, 1870.0, 980.0]
    for one, value in zip(features, [2431, 1200.5, 1870, 980], strict=True):
        one["properties"]["population"] = value
    found = checked(tmp_path, json.dumps({"type": "FeatureCollection", "features": features}), "villages", "v.geojson")
    assert found.rows["population"].tolist() == [2431.0, 1200.5, 1870.0, 980.0]


def test_a_column_full_of_decimals_is_told_where_people_are_counted(tmp_path: Path) -> None:
    lines = [
        f"32.03.18.200{n},D{n},{people},-7.2{n},107.1{n}" for n, people in enumerate(["2.46", "3.12", "1.5", "850"], 1)
    ]
    found = checked(tmp_path, "kode desa,nama desa,jumlah penduduk,lat,lon\n" + "\n".join(lines), "villages")
    assert told(found, "decimal_counts") == [(2, "2.46")]


def test_two_columns_of_the_state_fill_each_other_and_contradictions_are_told(tmp_path: Path) -> None:
    text = ("id,nama,status,kondisi,lat,lon\n1,A,berfungsi,rusak berat,-7.2101,107.1201\n2,B,tidak berfungsi,rusak,-7.2202,107.1302\n"
            "3,C,,rusak ringan,-7.2404,107.1504\n4,D,,,-7.2504,107.1604\n")  # fmt: skip
    found = checked(tmp_path, text)
    assert found.rows["status"].tolist() == ["functional", "non_functional", "needs_repair", "unknown"]
    assert told(found, "state_contradiction") == [(2, "berfungsi / rusak berat")]
    assert [row for row, _ in told(found, "state_filled")] == [4]
    assert not any(
        "kondisi" in str(fault.values.get("columns")) for fault in found.faults if fault.key == "ignored_columns"
    )


def test_of_two_heads_with_a_year_the_newest_counts(tmp_path: Path) -> None:
    text = (
        "id,nama,Kondisi 2019,Kondisi 2023,lat,lon\n1,A,baik,rusak berat,-7.21,107.12\n2,B,rusak berat,,-7.22,107.13\n"
    )
    assert checked(tmp_path, text).rows["status"].tolist() == ["non_functional", "non_functional"]


def test_wpdx_says_its_state_in_words_where_no_clean_column_is(tmp_path: Path) -> None:
    text = (
        "#row_id,#lat_deg,#lon_deg,#report_date,#status_id,#water_source,#water_tech,#status\n"
        "101,-1.6,36.9,2019-03-02,Yes,Borehole,Hand Pump,\n"
        "102,-1.7,36.9,2019-03-02,Yes,Protected Well,Hand Pump,Functional but not in use\n"
        "103,-1.8,36.9,2019-03-02,No,Borehole,Hand Pump,Functional\n"
    )
    found = checked(tmp_path, text)
    assert found.rows["status"].tolist() == [
        "functional",
        meant("Functional but not in use", "status").value,
        "functional",
    ]
    assert told(found, "contradiction") == [(4, "No / Functional")]


def test_positions_that_are_hardly_meant_are_told_and_stay(tmp_path: Path) -> None:
    good = [f"{n},A{n},baik,{-7.2 - n / 1000:.4f},{107.1 + n / 1000:.4f}" for n in range(1, 31)]
    odd = [
        "91,Y,baik,-72.101,107.11",
        "92,Z,baik,0,107.11",
        "93,W,baik,-7,107",
        "94,U,baik,-0.721,107.11",
        "95,T,baik,7.2110,107.11",
    ]
    found = checked(tmp_path, "id,nama,kondisi,lat,lon\n" + "\n".join(good + odd))
    assert (found.accepted, len(told(found, "coordinate_zero")), len(told(found, "whole_degrees"))) == (35, 1, 1)
    assert {row for row, _ in told(found, "far_from_others")} == {32, 35, 36}
    few = ["1,A,baik,-7.21,107.11", "2,B,baik,-7.22,107.12", "3,C,baik,-7.23,107.13", "4,D,baik,7.22,107.12"]
    assert len(told(checked(tmp_path, "id,nama,kondisi,lat,lon\n" + "\n".join(few)), "other_hemisphere")) == 1
    clean = checked(tmp_path, "id,nama,kondisi,lat,lon\n" + "\n".join(good))
    assert not any(
        told(clean, key) for key in ("far_from_others", "other_hemisphere", "coordinate_zero", "whole_degrees")
    )


def test_a_northing_of_the_south_beside_a_zone_of_the_north_is_south(tmp_path: Path) -> None:
    found = checked(tmp_path, "id,nama,kondisi,easting,northing,zona\n5,E,rusak,734250,9202400,48N\n")
    assert found.rows.geometry.y.round(2).tolist() == [-7.21]
    assert not any(fault.key == "ignored_columns" for fault in found.faults)


def test_counts_of_a_village_that_contradict_each_other_are_told_at_the_door(tmp_path: Path) -> None:
    text = "village_code,name,population,households,hh_open,lat,lon\n3203182004,D,3000,7000,8000,-7.24,107.14\n3203182005,E,3000,700,800,-7.25,107.14\n"
    found = checked(tmp_path, text, "villages")
    assert told(found, "more_than_households") == [(2, "8000"), (3, "800")]
    assert told(found, "more_households_than_people") == [(2, "7000")]


def test_parts_of_a_village_that_differ_are_told_in_every_column(tmp_path: Path) -> None:
    def part(x: float, name: str, hh_open: int) -> dict:
        ring = [[x, -7.2], [x + 0.01, -7.2], [x + 0.01, -7.19], [x, -7.19], [x, -7.2]]
        return {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]},
                "properties": {"village_code": "32.03.18.2001", "name": name, "hh_open": hh_open, "households": 400}}  # fmt: skip

    text = json.dumps(
        {"type": "FeatureCollection", "features": [part(107.1, "Sukamanah", 5), part(107.3, "Cibeber", 300)]}
    )
    found = checked(tmp_path, text, "villages", "v.geojson")
    assert found.rows["households"].tolist() == [400.0]
    assert found.rows["hh_open"].isna().all()
    assert told(found, "parts_differ") == [(1, "5 / 300")]
    assert told(found, "parts_named") == [(1, "Sukamanah / Cibeber")]


def test_made_ids_are_counted_of_rows_that_go_in(tmp_path: Path) -> None:
    found = checked(tmp_path, "nama,kondisi,lat,lon\nA,baik,-7.21,107.11\nB,baik,kosong sekali,107.12\n")
    assert [fault.values["count"] for fault in found.faults if fault.key == "ids_made"] == [1]


@pytest.mark.parametrize(
    ("head", "column", "value"),
    [
        ("Jumlah Pemakai (Jiwa)", "capacity_people", 120.0), ("Biaya (Rp)", "rehab_cost_idr", 120.0),
        ("Tahun Pembuatan", "installed_year", None), ("Kapasitas (KK)", "capacity_people", None),
        ("Biaya (Rp juta)", "rehab_cost_idr", 120e6), ("Biaya (USD ribu)", "rehab_cost_idr", None),
    ],
)  # fmt: skip
def test_a_unit_in_the_head_is_understood_and_another_unit_is_not(
    tmp_path: Path, head: str, column: str, value: float | None
) -> None:
    found = checked(tmp_path, f"id,nama,kondisi,{head},lat,lon\n1,A,baik,120,-7.21,107.11\n")
    assert found.rows[column].astype(object).where(found.rows[column].notna(), None).tolist() == [value]


@pytest.mark.parametrize("head", ["état", "estado", "hali", "Keberfungsian", "Kondisi Sarana", "status_group"])
def test_heads_of_other_languages_and_registers_name_the_state(tmp_path: Path, head: str) -> None:
    found = checked(tmp_path, f"id,nama,{head},lat,lon\n1,A,rusak,-7.21,107.11\n")
    assert found.rows["status"].tolist() == ["non_functional"]


def test_a_manager_with_a_telephone_number_is_told(tmp_path: Path) -> None:
    found = checked(
        tmp_path,
        "id,nama,kondisi,manager,lat,lon\n1,A,baik,Siti 0812-3456-7890,-7.21,107.11\n2,B,baik,KPSPAMS,-7.22,107.12\n",
    )
    assert [row for row, _ in told(found, "person_named")] == [2]
