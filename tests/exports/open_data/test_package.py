"""A data package as others read it: every cell is what its description says, nobody's own place is in it."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

from exports.open_data.package import TABLES, data_package
from geo.model.errors import CallError
from geo.model.inputs import Inputs
from geo.workspace.importing import import_files, read_tables
from geo.workspace.shipped import shipped_tables
from geo.workspace.versions import load
from tests.builders import LAT, LON, inputs, offset, point, settlement

ON = date(2026, 11, 28)
VILLAGE = "32.03.18.2001"


def opened(made: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return json.loads(files["datapackage.json"]), files


def shipped() -> Inputs:
    tables, sources = shipped_tables()
    return Inputs.of(tables, sources=sources)


RIGHT = {
    "string": lambda cell: True,
    "integer": lambda cell: re.fullmatch(r"-?\d+", cell),
    "number": lambda cell: float(cell) is not None,
    "date": lambda cell: date.fromisoformat(cell) is not None,
    "boolean": lambda cell: cell in ("true", "false"),
}


def check(told: dict[str, Any], files: dict[str, bytes]) -> dict[str, list[dict[str, str]]]:
    """By the words of the specification: types, bounds, words, keys, files and their sizes."""
    read = {}
    for one in told["resources"]:
        content = files[one["path"]]
        assert one["bytes"] == len(content)
        assert re.fullmatch(r"[a-z0-9._-]+", one["name"])
        if one["format"] == "csv" and "schema" in one:
            read[one["name"]] = list(csv.DictReader(io.StringIO(content.decode(one["encoding"]), newline="")))
    for one in told["resources"]:
        if "schema" not in one:
            continue
        rows, schema = read[one["name"]], one["schema"]
        assert list(rows[0]) == [field["name"] for field in schema["fields"]]
        for field in schema["fields"]:
            bounds = field.get("constraints", {})
            for row in rows:
                cell = row[field["name"]]
                if cell == "":
                    assert not bounds.get("required"), (one["name"], field["name"])
                    continue
                assert RIGHT[field["type"]](cell), (one["name"], field["name"], cell)
                assert "enum" not in bounds or cell in bounds["enum"]
                if "minimum" in bounds:
                    assert bounds["minimum"] <= float(cell) <= bounds["maximum"]
        if "primaryKey" in schema:
            keys = [row[schema["primaryKey"]] for row in rows]
            assert len(set(keys)) == len(keys)
        for link in schema.get("foreignKeys", ()):
            there = {row[link["reference"]["fields"]] for row in read[link["reference"]["resource"]]}
            assert {row[link["fields"]] for row in rows} <= there | {""}
    return read


@pytest.mark.parametrize("area", [None, "32.03.18", VILLAGE])
def test_every_cell_is_what_its_description_says(area: str | None) -> None:
    data = shipped()
    told, files = opened(data_package(data, area, ON, licence="CC-BY-4.0", publisher="Forum"))
    read = check(told, files)
    assert told["version"] == data.version
    assert told["licenses"] == [{"name": "CC-BY-4.0"}]
    assert set(told["sample"]) >= {"water_points", "settlements"}
    assert "DATA CONTOH" in files["README.md"].decode()
    mine = data.villages["village_code"].str.startswith(area or "")
    assert len(read["villages"]) == int(mine.sum())
    shapes = gpd.read_file(io.BytesIO(files["data/villages.geojson"])).set_index("village_code")
    known = data.villages.set_index("village_code").geometry
    assert shapes.geometry.geom_equals_exact(known[shapes.index], 1e-6).all()


def test_it_comes_back_as_it_went(tmp_path: Path) -> None:
    data = shipped()
    _, files = opened(data_package(data, None, ON))
    for name, content in files.items():
        (tmp_path / Path(name).name).write_bytes(content)
    names = ("settlements", "water_points", "sanitation", "institutions")
    found = {name: tmp_path / f"{name}.csv" for name in names} | {"villages": tmp_path / "villages.csv"}
    done = import_files(tmp_path / "ws", found)
    again = load(tmp_path / "ws")
    for name in (*names, "villages"):
        assert done.tables[name].counts()["rejected"] == 0
        assert len(getattr(again, name)) == len(getattr(data, name))
    before, after = (one.water_points.set_index("point_id").sort_index() for one in (data, again))
    for column in ("status", "technology", "capacity_people", "installed_year", "rehab_cost_idr", "village_code"):
        assert before[column].astype(object).fillna(-1).tolist() == after[column].astype(object).fillna(-1).tolist()
    assert before.geometry.geom_equals_exact(after.geometry, 1e-6).all()


def test_nobody_is_told_of() -> None:
    own = {"facility_id": "f1", "kind": "excreta_storage", "at": offset(40, 30), "status": "functional"}
    data = inputs(
        [settlement("a", (LON, LAT), 300.0), settlement("lone", offset(123, 77), 4.0)],
        [point("p", offset(10), name="Pak Budi 0812-3456-7890", manager="Budi Santoso")],
        sanitation=[own],
        buildings=[{"building_id": "b", "at": offset(5)}],
    )
    told, files = opened(data_package(data, None, ON))
    everything = b"".join(files.values()).decode()
    for word in ("0812", "Santoso", "building_id"):
        assert word not in everything.replace('"buildings"', "")
    read = check(told, files)
    places = {row["settlement_id"]: (float(row["lon"]), float(row["lat"])) for row in read["settlements"]}
    assert places["a"] == pytest.approx((LON, LAT), abs=1e-6)
    assert abs(places["lone"][0] - offset(123, 77)[0]) > 1e-5 or abs(places["lone"][1] - offset(123, 77)[1]) > 1e-5
    (facility,) = read["sanitation"]
    assert facility["place_shifted"] == "true"
    assert set(TABLES) & {"buildings", "reports"} == set()


def test_the_same_version_is_the_same_file_and_an_empty_area_is_refused() -> None:
    data = shipped()
    assert data_package(data, "32.03.18", ON) == data_package(data, "32.03.18", ON)
    with pytest.raises(CallError):
        data_package(data, "99.99.99", ON)


def test_a_sample_is_given_to_nobody_as_data_and_the_package_is_valid() -> None:
    told, files = opened(data_package(shipped(), "32.03.18", ON, publisher="Forum Pagelaran"))
    assert "data/wpdx.csv" not in files
    assert told["profile"] == "data-package"
    assert datetime.fromisoformat(told["created"]).date() == ON


def test_water_points_go_to_wpdx_and_are_read_as_they_were(tmp_path: Path) -> None:
    tables, sources = shipped_tables()
    points = tables["water_points"].copy()
    first, second = points.index[points["village_code"] == VILLAGE][:2]
    points.loc[first, "technology"], points.loc[second, "reported_on"] = "unknown", None
    third = points.index[points["village_code"] == VILLAGE][2]  # one that stays a sample: nobody says that it is there
    points.loc[points.index != third, "data_source"] = "Dinas PUPR 2026"
    data = Inputs.of(dict(tables) | {"water_points": points}, sources=sources)
    _, files = opened(data_package(data, "32.03.18", ON, publisher="Forum Pagelaran"))
    rows = list(csv.DictReader(io.StringIO(files["data/wpdx.csv"].decode(), newline="")))
    mine = data.water_points[data.water_points["village_code"].str.startswith("32.03.18")]
    known = mine[mine["reported_on"].notna() & (mine["technology"] != "unknown") & (mine["data_source"] != "sample")]
    known = known.set_index("point_id")
    assert {row["#activity_id"] for row in rows} == set(known.index)
    assert len(known) == len(mine) - 3
    assert {row["#source"] for row in rows} == {"Forum Pagelaran"}
    assert {(row["#country_id"], row["#adm1"], row["#adm3"]) for row in rows} == {("ID", "Jawa Barat", "Pagelaran")}
    (tmp_path / "wpdx.csv").write_bytes(files["data/wpdx.csv"])
    (checked,) = read_tables({"water_points": tmp_path / "wpdx.csv"}).values()
    assert checked.counts()["rejected"] == 0
    again = checked.rows.set_index("name")  # what WPdx calls an activity is read as a name
    assert set(again.index) == set(known.index)
    for column in ("status", "technology", "installed_year", "reported_on"):
        left, right = (one.loc[known.index, column].astype(str).tolist() for one in (known, again))
        assert left == right, column
