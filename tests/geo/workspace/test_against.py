"""A file held against what is there: villages that contradict a position, points that may be there already."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shapely import box
from typer.testing import CliRunner

from cli.geo import app
from geo.analysis.analyse import analyse
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.workspace import versions as ws
from geo.workspace.importing import import_files, inputs_of, read_tables
from tests.builders import LAT, LON, inputs, offset, point, settlement, village

A, B = "32.03.18.2001", "32.03.18.2002"


def ground(boundary: str = "official") -> Inputs:
    """Two villages side by side, west and east of the middle."""
    shapes = [box(LON - 0.05, LAT - 0.05, LON, LAT + 0.05), box(LON, LAT - 0.05, LON + 0.05, LAT + 0.05)]
    names = ("Sukamaju", "Pasirbaru")
    villages = [
        village(code, name=name, geometry=shape, boundary=boundary)
        for code, name, shape in zip((A, B), names, shapes, strict=True)
    ]
    return inputs([settlement("s", offset(100), 10.0)], [point("p1", offset(0, 300))], villages)


def file(folder: Path, text: str) -> Path:
    path = folder / "air.csv"
    path.write_text(text)
    return path


EAST, WEST = f"{LAT},{LON + 0.01}", f"{LAT},{LON - 0.01}"
ROWS = f"""point_id,status,kode desa,desa,lat,lon
code-right,baik,{A},,{WEST}
code-wrong,baik,{A},,{EAST}
name-right,baik,,Desa SUKAMAJU,{WEST}
name-wrong,baik,,Pasirbaru,{WEST}
name-unknown,baik,,Entahlah,{WEST}
nothing,baik,,,{EAST}
"""


@pytest.mark.parametrize(
    ("boundary", "key"), [("official", "village_conflict"), ("approximate", "village_conflict_near")]
)
def test_a_village_named_and_another_lain_in(tmp_path: Path, boundary: str, key: str) -> None:
    data = ground(boundary)
    checked = read_tables({"water_points": file(tmp_path, ROWS)}, None, data)["water_points"]
    assert checked.accepted == 6
    told = [(fault.row, fault.value, fault.values["found"]) for fault in checked.faults if fault.key == key]
    assert told == [(3, A, f"Pasirbaru ({B})"), (5, "Pasirbaru", f"Sukamaju ({A})")]
    # a firm boundary decides, an approximate one does not
    found = analyse(Inputs.of(data.tables() | {"water_points": checked.rows}), Params()).water_points
    codes = found.set_index("point_id")["village_code"]
    assert codes["code-wrong"] == (B if boundary == "official" else A)
    assert codes["name-wrong"] == (A if boundary == "official" else B)  # a name counts as its code does
    assert codes.drop(["code-wrong", "name-wrong"]).tolist() == [A, A, A, B]


def test_points_that_may_be_there_already(tmp_path: Path) -> None:
    data = ground()
    near, far, known = offset(20, 300), offset(26, 300), offset(3, 300)
    rows = "point_id,status,technology,lat,lon\n" + "".join(
        f"{name},baik,{kind},{at[1]},{at[0]}\n"
        for name, kind, at in (
            ("near", "hand_pump", near), ("far", "hand_pump", far), ("other kind", "tap", near), ("p1", "hand_pump", known),
        )
    )  # fmt: skip
    faults = read_tables({"water_points": file(tmp_path, rows)}, None, data)["water_points"].faults
    told = [
        (fault.row, fault.values["other"], fault.values["far"]) for fault in faults if fault.key == "duplicate_of_known"
    ]
    assert told == [(2, "p1", 20)], "beyond 25 m, of another kind, or of the same id: no duplicate"
    sample = data.water_points.assign(data_source="sample")
    faults = read_tables(
        {"water_points": file(tmp_path, rows)}, None, Inputs.of(data.tables() | {"water_points": sample})
    )["water_points"].faults
    assert not [fault for fault in faults if fault.key == "duplicate_of_known"]


def test_the_commands_tell_both_and_how_far_they_are(tmp_path: Path) -> None:
    ws.save(tmp_path / "ws", ground().tables(), {})
    path = file(tmp_path, ROWS)
    call = ["check", str(path), "--as", "water_points", "--workspace", str(tmp_path / "ws"), "--json", "--progress"]
    done = CliRunner().invoke(app, call)
    keys = [fault["key"] for fault in json.loads(done.stdout)["faults"]]
    assert keys.count("village_conflict") == 2
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith('{"step"')]
    steps = list(dict.fromkeys(line["step"] for line in lines))
    assert steps == ["read", "check"]
    assert lines[-1] == {"step": "check", "done": 1, "total": 1}
    assert all(0 <= line["done"] <= line["total"] for line in lines)
    call = ["import", "--water", str(path), "--workspace", str(tmp_path / "ws"), "--json", "--progress", "--add"]
    done = CliRunner().invoke(app, call)
    assert '{"step": "save", "done": 1, "total": 1}' in done.stderr
    assert len(import_files(tmp_path / "ws", {"water_points": path}, add=True).tables["water_points"].rows) == 6


def test_an_id_that_is_known_elsewhere_is_told(tmp_path: Path) -> None:
    """Two villages number their wells alike: joined, the second list would take the place of the first."""
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("Kode,kondisi,lat,lon\nA-001,baik,-7.2,107.1\nA-002,baik,-7.21,107.11\n", encoding="utf-8")
    second.write_text("Kode,kondisi,lat,lon\nA-001,rusak,-7.3,107.2\nA-003,baik,-7.31,107.2\n", encoding="utf-8")
    known = inputs_of(read_tables({"water_points": first}))
    told = read_tables({"water_points": second}, known=known)["water_points"]
    (fault,) = [one for one in told.faults if one.key == "id_elsewhere"]
    assert (fault.value, fault.values["count"]) == ("A-001", 1)
    same = read_tables({"water_points": first}, known=known)["water_points"]
    assert not [one for one in same.faults if one.key == "id_elsewhere"]
