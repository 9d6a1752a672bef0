"""Sheets, layers and repeated answers that are one list; what a placemark's description says."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pytest
from shapely.geometry import LineString, Point

from geo.checking.checked_table import Checked
from geo.model.errors import DataError
from geo.reading.readers import read_any
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


def _shapes(folder: Path, name: str, **columns: list[Any]) -> None:
    at = [Point(107.1 + n / 100 + len(name) / 1000, -7.2) for n in range(len(next(iter(columns.values()))))]
    gpd.GeoDataFrame(columns, geometry=at, crs=4326).to_file(folder / f"{name}.shp")


def _zipped(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for one in sorted(folder.iterdir()):
            archive.write(one, f"data/{one.name}")
    return path


def test_of_several_shapefiles_in_a_zip_the_fitting_is_taken_and_its_like_go_on_where_it_ends(tmp_path: Path) -> None:
    folder = tmp_path / "shapes"
    folder.mkdir()
    _shapes(folder, "desa", kode=["32.03.18.2001"], nama=["Satu"], penduduk=[1200])
    kinds = {"kondisi": ["baik", "rusak", "baik"], "jenis": ["sumur gali", "pompa tangan", "sumur gali"]}
    _shapes(folder, "utara", id=["a", "b", "e"], nama=["Sumur Timur", "Pompa Balai", "Sumur RW 3"], **kinds)
    _shapes(folder, "selatan", id=["c", "d", "f"], nama=["Sumur Masjid", "Pompa Pasar", "Sumur Pak RT"], **kinds)
    path = _zipped(tmp_path / "data.zip", folder)
    checked = check_file(path, "water_points")
    assert sorted(checked.rows["point_id"]) == list("abcdef")
    assert "desa" in next(one for one in checked.faults if one.key == "layer_taken").values["others"]
    villages = check_file(path, "villages")
    assert list(villages.rows["name"]) == ["Satu"]
    (folder / "selatan.shx").unlink()
    rest = check_file(_zipped(tmp_path / "rest.zip", folder), "water_points")
    assert len(rest.rows) == 6, "an index that is missing is made anew"
    with pytest.raises(DataError):
        read_any(path)  # nobody says what is sought: the first would be a guess


def test_a_track_of_one_point_is_a_mark_and_one_of_two_marks_is_told(tmp_path: Path) -> None:
    marks = {"Sumur 1": ["-7.2,107.1"], "Sumur 2": ["-7.21,107.12"], "Dua": ["-7.22,107.13", "-7.23,107.14"]}
    tracks = ""
    for name, at in marks.items():
        parts = "".join(
            '<trkseg><trkpt lat="{}" lon="{}"/></trkseg>'.format(*one.split(",")) for one in at
        )  # a mark a segment, as a logger writes a press of its button
        tracks += f"<trk><name>{name}</name>{parts}</trk>"
    path = tmp_path / "t.gpx"
    path.write_text(f'<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">{tracks}</gpx>')
    found = check_file(path, "water_points")
    assert list(found.rows["name"]) == ["Sumur 1", "Sumur 2"]
    assert places(found) == [(-7.2, 107.1), (-7.21, 107.12)]
    assert [one.key for one in found.faults if one.severity == "rejected"] == ["empty_geometry"]
    assert not any(one.key == "layer_taken" for one in found.faults), "its points are no other layer"
    route = '<rte><name>Mata air</name><rtept lat="-7.3" lon="107.2"/></rte>'
    path.write_text(f'<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">{route}</gpx>')
    assert places(check_file(path, "water_points")) == [(-7.3, 107.2)]


def test_what_is_cut_or_too_much_in_a_zip_of_shapefiles_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "shapes"
    folder.mkdir()
    kinds = {"kondisi": ["baik", "rusak", "baik"], "jenis": ["sumur gali", "pompa tangan", "sumur gali"]}
    for name in ("utara", "selatan"):
        _shapes(folder, name, id=[f"{name}{n}" for n in range(3)], nama=[f"{name} {n}" for n in range(3)], **kinds)
    (folder / "selatan.prj").unlink()
    told = check_file(_zipped(tmp_path / "a.zip", folder), "water_points")
    assert "crs_missing" in {one.key for one in told.faults}, "of each part it is said"
    cut = folder / "selatan.shp"
    cut.write_bytes(cut.read_bytes()[:120])
    with pytest.raises(DataError, match="selatan"):
        check_file(_zipped(tmp_path / "b.zip", folder), "water_points")
    for n in range(45):
        for ending in ("shp", "dbf", "shx"):
            (folder / f"x{n}.{ending}").write_bytes((folder / f"utara.{ending}").read_bytes())
    cut.unlink()
    with pytest.raises(DataError, match="shapefile_zip"):
        check_file(_zipped(tmp_path / "c.zip", folder), "water_points")


def test_a_layer_that_is_called_as_those_of_gpx_is_told_as_any_other(tmp_path: Path) -> None:
    one = gpd.GeoDataFrame({"id": ["a"], "nama": ["A"], "kondisi": ["baik"]}, geometry=[Point(107.1, -7.2)], crs=4326)
    one.to_file(tmp_path / "a.gpkg", layer="titik")
    one.rename(columns={"kondisi": "lain"}).to_file(tmp_path / "a.gpkg", layer="track_points")
    faults = check_file(tmp_path / "a.gpkg", "water_points").faults
    assert next(fault for fault in faults if fault.key == "layer_taken").values["others"] == "track_points"


def test_a_sheet_a_village_with_the_same_names_elsewhere(tmp_path: Path) -> None:
    head = ("No", "Nama", "Kondisi", "Lat", "Long")
    wells = [(n, f"Sumur {n}", "baik" if n % 2 else "rusak", -7.2 - n / 50, 107.1) for n in range(1, 6)]
    other = [(n, name, state, lat - 0.3, lon) for n, name, state, lat, lon in wells]
    found = check_file(
        workbook(tmp_path / "desa.xlsx", {"Sukamaju": [head, *wells], "Cibeber": [head, *other]}), "water_points"
    )
    assert (found.read, found.accepted) == (10, 10)
    again = [(n, name, "baik", lat + 0.0001, lon) for n, name, _, lat, lon in wells]  # measured once more
    found = check_file(
        workbook(tmp_path / "lagi.xlsx", {"Satu": [head, *wells], "Dua": [head, *again]}), "water_points"
    )
    assert found.read == 5


def test_sheets_that_say_the_same_in_other_words_or_with_a_column_more(tmp_path: Path) -> None:
    first = [("Nama", "Kondisi", "Jenis", "Lat", "Long"), ("A", "baik", "SGL", -7.2, 107.1)]
    second = [("Nama Sarana", "Status", "Tipe", "Lintang", "Bujur"), ("B", "rusak", "SPT", -7.4, 107.1)]
    third = [("Nama", "Kondisi", "Jenis", "Lat", "Long", "Ket"), ("C", "baik", "PMA", -7.6, 107.1, "di tepi jalan")]
    path = workbook(tmp_path / "kata.xlsx", {"Desa A": first, "Desa B": second, "Desa C": third})
    found = check_file(path, "water_points")
    assert found.rows[["name", "status", "technology"]].to_numpy().tolist() == [
        ["A", "functional", "open_well"], ["B", "non_functional", "hand_pump"], ["C", "functional", "protected_spring"],
    ]  # fmt: skip


def test_sheets_that_are_called_by_what_they_hold(tmp_path: Path) -> None:
    head = ("Nama", "Kondisi", "Lat", "Long")
    sheets = {
        "SGL": [head, ("A", "baik", -7.2, 107.1), ("B", "rusak", -7.3, 107.1)],
        "PMA": [head, ("C", "baik", -7.4, 107.1), ("D", "baik", -7.5, 107.1)],
    }
    found = check_file(workbook(tmp_path / "jenis.xlsx", sheets), "water_points")
    assert found.rows["technology"].tolist() == ["open_well", "open_well", "protected_spring", "protected_spring"]


def test_a_layer_that_is_called_as_others_things_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "lapis.gpkg"
    toilets = {"kode": ["T1"], "jenis": ["MCK"], "status": ["baik"]}
    wells = {"kode": ["A", "B"], "status": ["baik", "rusak"]}
    for name, rows in (("sanitation", toilets), ("water_points", wells)):
        places = [Point(107.1, -7.2 - n / 9) for n in range(len(rows["kode"]))]
        gpd.GeoDataFrame(rows, geometry=places, crs="EPSG:4326").to_file(path, layer=name)
    assert check_file(path, "water_points").rows["point_id"].tolist() == ["A", "B"]


def test_of_layers_of_two_years_the_newer(tmp_path: Path) -> None:
    path = tmp_path / "tahun.gpkg"
    for year, state in ((2019, "baik"), (2024, "rusak")):
        rows = {"kode": ["A", "B"], "kondisi": [state, state]}
        gpd.GeoDataFrame(rows, geometry=[Point(107.1, -7.2), Point(107.1, -7.3)], crs="EPSG:4326").to_file(
            path, layer=f"titik_{year}"
        )
    assert check_file(path, "water_points").rows["status"].tolist() == ["non_functional"] * 2
