"""Extracts of the map, GPS files and zips as people pass them on: what is none of a table's is told, nothing goes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely.geometry import Point

from geo.model.errors import DataError
from geo.model.inputs import Inputs
from geo.workspace.importing import check_file, read_tables
from tests.builders import inputs, point, settlement


def feature(properties: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": shape}


def collection(path: Path, features: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("table", "kept"),
    [("roads", ["1", "6"]), ("rivers", ["2", "6"])],
)
def test_lines_of_another_tag_are_none_of_the_table(tmp_path: Path, table: str, kept: list[str]) -> None:
    tags = [
        {"highway": "track"}, {"waterway": "river"}, {"railway": "rail"}, {"power": "line"},
        {"highway": "proposed", "waterway": "dam"}, {},
    ]  # fmt: skip
    lines = [
        feature(
            {"osm_id": str(n), **one}, {"type": "LineString", "coordinates": [[107.1, -7.2], [107.2, -7.2 - n / 99]]}
        )
        for n, one in enumerate(tags, 1)
    ]
    found = check_file(collection(tmp_path / "lines.geojson", lines), table)
    assert found.rows.iloc[:, 0].tolist() == kept
    assert [fault.row for fault in found.faults if fault.key == "other_thing"] == [
        n for n in range(1, 7) if str(n) not in kept
    ]


def test_elements_of_overpass_with_their_tags_and_middles(tmp_path: Path) -> None:
    elements = [
        {"type": "node", "id": 1, "lat": -7.21, "lon": 107.12, "tags": {"man_made": "water_well", "pump": "manual"}},
        {"type": "way", "id": 2, "center": {"lat": -7.22, "lon": 107.13}, "tags": {"amenity": "drinking_water"}},
        {"type": "node", "id": 3, "lat": -7.23, "lon": 107.12, "tags": {"waterway": "canal"}},
    ]
    path = tmp_path / "overpass.json"
    path.write_text(json.dumps({"version": 0.6, "elements": elements}), encoding="utf-8")
    found = check_file(path, "water_points")
    assert found.rows["technology"].tolist() == ["hand_pump", "tap"]
    assert found.rows.geometry.y.round(2).tolist() == [-7.21, -7.22]
    assert (found.read, found.rejected) == (3, 1)


def test_a_collection_of_one_point_is_that_point(tmp_path: Path) -> None:
    shape = {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [107.1, -7.2]}]}
    found = check_file(collection(tmp_path / "one.geojson", [feature({"id": "a"}, shape)]), "water_points")
    assert found.rows.geometry.iloc[0].equals(Point(107.1, -7.2))


def test_waypoints_whose_degrees_are_none_are_rejected_with_their_words(tmp_path: Path) -> None:
    path = tmp_path / "gps.gpx"
    marks = [("-7.21", "107.12"), ("-7,24", "107,14"), ("", "107.13"), ("x", "107.2"), ("-7.3", "1.0715e2")]
    body = "".join(f'<wpt lat="{lat}" lon="{lon}"><name>SGL {n}</name></wpt>' for n, (lat, lon) in enumerate(marks, 1))
    path.write_text(f'<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">{body}</gpx>')
    found = check_file(path, "water_points")
    assert found.rows["name"].tolist() == ["SGL 1", "SGL 5"]
    assert found.rows["source_row"].tolist() == [1, 5]
    told = {fault.row: fault.value for fault in found.faults if fault.key == "bad_degrees"}
    assert told == {2: "-7,24, 107,14", 3: ", 107.13", 4: "x, 107.2"}
    assert (found.read, found.accepted, found.rejected) == (5, 2, 3)
    assert len(found.rejects) == 3


def test_a_shapefile_without_its_table_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    frame = gpd.GeoDataFrame({"kondisi": ["baik"]}, geometry=[Point(107.1, -7.2)], crs="EPSG:4326")
    frame.to_file(folder / "sumur.shp")
    (folder / "sumur.dbf").unlink()
    found = check_file(Path(shutil.make_archive(str(tmp_path / "sumur"), "zip", folder)), "water_points")
    assert found.accepted == 1
    assert [fault.values["names"] for fault in found.faults if fault.key == "no_attributes"] == ["sumur"]


def test_a_placemark_is_filled_from_its_own_description(tmp_path: Path) -> None:
    path = tmp_path / "two.kml"
    data = '<ExtendedData><Data name="Kondisi"><value>Rusak</value></Data></ExtendedData>'
    marks = [("A", data), ("B", "<description>Kondisi: Baik</description>")]
    body = "".join(
        f"<Placemark><name>{name}</name>{said}<Point><coordinates>107.1,-7.2{n}</coordinates></Point></Placemark>"
        for n, (name, said) in enumerate(marks)
    )
    path.write_text(f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{body}</Document></kml>')
    assert check_file(path, "water_points").rows["status"].tolist() == ["non_functional", "functional"]


def known() -> Inputs:
    return inputs([settlement("s", (107.1, -7.2), 100.0)], [point("a", (107.1, -7.2)), point("b", (107.2, -7.3))])


def test_reports_without_places_stand_where_their_sites_do(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_text("id titik,kondisi,tanggal\nb,rusak,2024-05-01\nzz,baik,2024-05-02\na,baik,2024-05-03\n")
    found = check_file(path, "reports", known=known())
    assert found.rows["site_id"].tolist() == ["b", "a"]
    assert [(shape.x, shape.y) for shape in found.rows.geometry] == [(107.2, -7.3), (107.1, -7.2)]
    assert [(fault.row, fault.key) for fault in found.faults if fault.severity == "rejected"] == [(3, "no_such_site")]


@pytest.mark.parametrize(
    "said",
    ["107,12,-7,21", "107,12,-7,21,0", "107.12 -7.21", "107.12;-7.21", "107,12;-7,21", "107.12, -7.21, 0"],
)
def test_points_of_a_kml_with_other_signs_are_read_as_meant(tmp_path: Path, said: str) -> None:
    head = '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    one = "<Placemark><name>{}</name><Point><coordinates>{}</coordinates></Point></Placemark>"
    path = tmp_path / "titik.kml"
    path.write_text(f"{head}{one.format('A', said)}{one.format('B', '107.2,-7.3,0')}</Document></kml>", "utf-8")
    found = check_file(path, "water_points")
    places = [(round(shape.x, 4), round(shape.y, 4)) for shape in found.rows.geometry]
    assert places == [(107.12, -7.21), (107.2, -7.3)]
    told = [fault.values["count"] for fault in found.faults if fault.key == "kml_points"]
    assert told == ([] if said == "107.12, -7.21, 0" else [1])


def test_text_that_is_called_a_workbook_is_read_and_told(tmp_path: Path) -> None:
    path = tmp_path / "titik.xlsx"
    path.write_text("id;kondisi;lat;lon\na;baik;-7,2;107,1\n", encoding="utf-8")
    found = check_file(path, "water_points")
    assert found.rows["status"].tolist() == ["functional"]
    assert "text_called_sheet" in {fault.key for fault in found.faults}
    path.write_bytes(b"\x00\x01\x02 no workbook")
    with pytest.raises(DataError, match="unreadable"):
        check_file(path, "water_points")


def test_lists_of_one_word_are_that_word(tmp_path: Path) -> None:
    shape = {"type": "Point", "coordinates": [107.1, -7.2]}
    said = {"id": "a", "kondisi": ["baik"], "jenis": ["sumur bor"]}
    found = check_file(collection(tmp_path / "lists.geojson", [feature(said, shape)]), "water_points")
    assert found.rows[["status", "technology"]].to_numpy().tolist() == [["functional", "borehole"]]
    assert [fault.value for fault in found.faults if fault.key == "synonym"] == ["baik", "sumur bor"]


def test_points_not_to_drink_from_or_not_for_all_are_told(tmp_path: Path) -> None:
    tags = [{"man_made": "water_well", "drinking_water": "no"}, {"amenity": "drinking_water", "access": "private"}, {}]
    features = [
        feature({"@id": f"node/{n}", **one}, {"type": "Point", "coordinates": [107.1, -7.2 - n / 99]})
        for n, one in enumerate(tags)
    ]
    found = check_file(collection(tmp_path / "osm.geojson", features), "water_points")
    (told,) = [fault for fault in found.faults if fault.key == "not_for_all"]
    assert found.accepted == 2
    assert told.values["tags"] == "drinking_water=no (1), access=private (1)"


def test_reports_with_a_place_of_a_site_that_nobody_has_are_told(tmp_path: Path) -> None:
    path = tmp_path / "laporan.csv"
    path.write_text("id titik,kondisi,tanggal,lat,lon\nW1,rusak,2024-05-01,-7.2,107.1\nX9,baik,2024-05-02,-7.2,107.1\n")
    known = inputs([settlement("s", (107.1, -7.2), 10)], [point("W1", (107.1, -7.2))])
    found = read_tables({"reports": path}, known=known)["reports"]
    (told,) = [fault for fault in found.faults if fault.key == "of_no_site"]
    assert (told.row, told.values["count"], told.values["ids"]) == (3, 1, "X9")


def test_tracks_and_routes_of_a_gps_are_both_ways(tmp_path: Path) -> None:
    head = '<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">'
    corners = '<{0} lat="-7.2" lon="107.1"/><{0} lat="-7.2" lon="107.2"/>'
    track = f"<trk><name>T</name><trkseg>{corners.format('trkpt')}</trkseg></trk>"
    path = tmp_path / "jalan.gpx"
    path.write_text(f"{head}<rte><name>R</name>{corners.format('rtept')}</rte>{track}</gpx>", encoding="utf-8")
    found = check_file(path, "roads")
    assert found.accepted == 2
    assert "part_joined" in {fault.key for fault in found.faults}
