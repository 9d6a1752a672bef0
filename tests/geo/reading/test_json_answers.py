"""JSON as servers answer: records under any name, Overpass, ArcGIS, TopoJSON, one feature."""

import json
from pathlib import Path

import pytest

from geo.model.errors import DataError
from geo.workspace.importing import check_file

POINT = {"type": "Point", "coordinates": [107.1, -7.2]}
HIGH = {"type": "Point", "coordinates": [107.1, -7.2, 812.0], "properties": {"accuracy": 4.5}}
ESRI = {"kode": "A-1", "jenis": "sumur bor"}
ANSWERS = {
    "mwater": {"total": 1, "result": [{"code": "A-1", "type": "Borehole", "location": POINT}]},
    "central": {"value": [{"__id": "A-1", "location": HIGH, "source": "borehole"}], "@odata.context": "x"},
    "own": {"page": 1, "titik_air": [{"kode": "A-1", "lat": -7.2, "lng": 107.1, "jenis": "sumur bor"}]},
    "one": {"type": "Feature", "geometry": POINT, "properties": {"kode": "A-1", "jenis": "sumur bor"}},
    "arcgis": {
        "geometryType": "esriGeometryPoint",
        "spatialReference": {"wkid": 4326},
        "fields": [{"name": name, "type": "esriFieldTypeString"} for name in ("kode", "jenis")],
        "features": [{"attributes": ESRI, "geometry": {"x": 107.1, "y": -7.2}}],
    },
    "topo": {
        "type": "Topology",
        "objects": {"titik": {"type": "GeometryCollection", "geometries": [{**POINT, "properties": ESRI}]}},
        "arcs": [],
    },
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_servers_answer_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / "f.json"
    path.write_text(json.dumps(ANSWERS[name]), encoding="utf-8")
    rows = check_file(path, "water_points").rows
    assert (list(rows["point_id"]), list(rows["technology"])) == (["A-1"], ["borehole"])
    assert (rows.geometry.iloc[0].x, rows.geometry.iloc[0].y) == (107.1, -7.2)


def test_what_overpass_found(tmp_path: Path) -> None:
    """A way stands in the middle of its corners, its centre or its bounds; corners are no things."""
    corners = [{"type": "node", "id": n, "lat": -7.2 + n / 100, "lon": 107.1} for n in (0, 2)]
    tags = {"natural": "spring"}
    found = [
        {"type": "node", "id": 9, "lat": -7.3, "lon": 107.2, "tags": {"man_made": "water_well", "pump": "manual"}},
        {"type": "way", "id": 1, "nodes": [0, 2], "tags": tags},
        {"type": "way", "id": 2, "center": {"lat": -7.4, "lon": 107.3}, "tags": tags},
        {
            "type": "way",
            "id": 3,
            "bounds": {"minlat": -7.6, "minlon": 107, "maxlat": -7.4, "maxlon": 107.2},
            "tags": tags,
        },
        {"type": "relation", "id": 4, "members": [], "tags": tags},
    ]
    path = tmp_path / "f.json"
    path.write_text(json.dumps({"generator": "Overpass API", "elements": [*corners, *found]}), encoding="utf-8")
    checked = check_file(path, "water_points")
    assert (checked.read, checked.accepted) == (5, 4)  # the relation has no place
    assert list(checked.rows["point_id"]) == ["node/9", "way/1", "way/2", "way/3"]
    assert list(checked.rows["technology"]) == ["hand_pump", *["unprotected_spring"] * 3]
    places = [(round(shape.y, 6), round(shape.x, 6)) for shape in checked.rows.geometry]
    assert places == [(-7.3, 107.2), (-7.19, 107.1), (-7.4, 107.3), (-7.5, 107.1)]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ({"generator": "Overpass API", "elements": []}, "error.feature_collection"),
        ({**ANSWERS["arcgis"], "spatialReference": {"wkt": "PROJCS[…]"}}, "error.crs_link"),
        ({**ANSWERS["arcgis"], "features": []}, "error.empty_file"),
        ({"a": [{"b": 1}], "c": [{"d": 2}]}, "error.feature_collection"),
    ],
)
def test_answers_without_rows_are_refused(tmp_path: Path, content: object, key: str) -> None:
    path = tmp_path / "f.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(DataError) as refused:
        check_file(path, "water_points")
    assert refused.value.key == key


def test_a_schools_outline_is_a_point_in_it_and_a_village_is_none(tmp_path: Path) -> None:
    def outline(side: float) -> dict:  # type: ignore[type-arg]
        ring = [[107.1, -7.2], [107.1 + side, -7.2], [107.1 + side, -7.2 + side], [107.1, -7.2 + side], [107.1, -7.2]]
        return {"type": "Polygon", "coordinates": [ring]}

    path = tmp_path / "f.geojson"
    features = [
        {"type": "Feature", "geometry": outline(side), "properties": {"osm_id": f"way/{n}", "amenity": "school"}}
        for n, side in enumerate((0.001, 0.02))
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    checked = check_file(path, "institutions")
    assert list(checked.rows["institution_id"]) == ["way/0"]
    assert checked.rows.geometry.iloc[0].geom_type == "Point"
    assert {one.key for one in checked.faults} >= {"area_as_point", "geometry_type"}
