"""Sheets, layers and repeated answers that are one list; what a placemark's description says."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
from shapely.geometry import LineString, Point

from geo.checking.checked_table import Checked
from geo.model.errors import DataError
from geo.workspace.importing import check_file

Rows = list[tuple[object, ...]]


def workbook(path: Path, sheets: dict[str, Rows]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def places(found: Checked) -> list[tuple[float, float]]:
    return [(round(p.y, 4), round(p.x, 4)) for p in found.rows.geometry]


HEADS = ("kode", "Kondisi", "Lat", "Lon")


def test_a_sheet_a_village_is_one_list(tmp_path: Path) -> None:
    sheets: dict[str, Rows] = {
        "Desa A": [HEADS, ("a", "Baik", -7.1, 107.1)],
        "Desa B": [HEADS, ("b", "Rusak", -7.2, 107.1)],
        "Desa C": [HEADS, ("c", "Rusak", -7.3, 107.1)],
    }
    found = check_file(workbook(tmp_path / "f.xlsx", sheets), "water_points")
    assert found.accepted == found.read == 3
    assert found.rows["status"].tolist() == ["functional", "non_functional", "non_functional"]


def test_a_sheet_that_says_the_same_again_is_no_second_list(tmp_path: Path) -> None:
    rows: Rows = [HEADS, ("Sumur Asri", "Baik", -7.1, 107.1), ("Sumur Lama", "Rusak", -7.2, 107.1)]
    found = check_file(workbook(tmp_path / "f.xlsx", {"Data": rows, "Salinan": rows}), "water_points")
    assert found.read == 2


def test_layers_of_the_same_fields_are_one_list(tmp_path: Path) -> None:
    path = tmp_path / "f.gpkg"
    for layer, ids, lat in (("desa_a", ["a"], -7.1), ("desa_b", ["b", "c"], -7.2)):
        places = [Point(107.1 + n / 10, lat) for n in range(len(ids))]
        frame = gpd.GeoDataFrame({"kode": ids, "kondisi": ["baik"] * len(ids)}, geometry=places, crs="EPSG:4326")
        frame.to_file(path, layer=layer)
    lines = gpd.GeoDataFrame({"jalan": ["x"]}, geometry=[LineString([(0, 0), (1, 1)])], crs="EPSG:4326")
    lines.to_file(path, layer="jalan")
    found = check_file(path, "water_points")
    assert found.accepted == found.read == 3
    assert [(round(p.y, 1), round(p.x, 1)) for p in found.rows.geometry] == [
        (-7.1, 107.1),
        (-7.2, 107.1),
        (-7.2, 107.2),
    ]
    assert {"part_joined", "layer_taken"} <= {fault.key for fault in found.faults}


def test_repeated_answers_take_their_place_from_what_was_asked_before(tmp_path: Path) -> None:
    sheets: dict[str, Rows] = {
        "Survey": [
            ("_id", "_index", "_gps_latitude", "_gps_longitude"),
            (11, 1, -7.21, 107.12),
            (12, 2, -7.22, 107.13),
        ],
        "titik_air": [
            ("kondisi", "jenis", "_index", "_parent_index", "_submission__id"),
            ("baik", "sumur_bor", 1, 1, 11),
            ("rusak", "sumur_gali", 2, 1, 11),
            ("baik", "pma", 3, 2, 12),
        ],
    }
    found = check_file(workbook(tmp_path / "f.xlsx", sheets), "water_points")
    assert found.accepted == found.read == 3
    assert places(found) == [(-7.21, 107.12), (-7.21, 107.12), (-7.22, 107.13)]
    assert found.rows["technology"].tolist() == ["borehole", "open_well", "protected_spring"]
    assert "parent_joined" in {fault.key for fault in found.faults}


@pytest.mark.parametrize(
    "text",
    [
        "<![CDATA[<table><tr><td>Kondisi</td><td>Rusak</td></tr><tr><td>Jenis</td><td>Sumur Bor</td></tr></table>]]>",
        "Kondisi: Rusak&lt;br/&gt;Jenis: Sumur Bor",
        "Kondisi = Rusak\nJenis = Sumur Bor",
    ],
)
def test_what_a_description_says(text: str, tmp_path: Path) -> None:
    path = tmp_path / "f.kml"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark>'
        f"<name>Sumur A</name><description>{text}</description>"
        "<Point><coordinates>107.12,-7.21</coordinates></Point></Placemark></Document></kml>",
        encoding="utf-8",
    )
    found = check_file(path, "water_points")
    assert found.rows[["status", "technology"]].to_numpy().tolist() == [["non_functional", "borehole"]]


def test_a_grid_without_a_zone_asks_for_it(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("id,kondisi,GPS Easting,GPS Northing\na,baik,690000,8220000\n", encoding="utf-8")
    with pytest.raises(DataError) as raised:
        check_file(path, "water_points")
    assert raised.value.key == "error.no_zone"


def test_headings_say_the_village_of_the_rows_below(tmp_path: Path) -> None:
    rows: Rows = [
        ("No", "Nama Sarana", "Kondisi", "Lintang", "Bujur"),
        ("Desa Sukamaju",),
        (1, "Sumur 1", "Baik", -7.1, 107.1),
        ("Desa Mekarsari",),
        (1, "Sumur 2", "Rusak", -7.2, 107.1),
        ("Jumlah", 2),
    ]
    found = check_file(workbook(tmp_path / "f.xlsx", {"Data": rows}), "water_points")
    assert found.accepted == found.read == 2
    assert found.raw is not None
    assert found.raw.cells["desa"].tolist() == ["Sukamaju", "Mekarsari"]
