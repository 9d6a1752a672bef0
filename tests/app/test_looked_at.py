"""What the page Data shows of an upload before anything goes in."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import Point, box
from typer.testing import CliRunner

from cli.geo import app
from views.bringing.looked_at import rows_svg

TEXT = (
    "id,nama,kondisi,tahun,tanggal,lat,lon\n"
    "a,Sumur A,baik,2010,03/04/2024,-7.21,107.12\n"
    "b,Sumur B,gemblung,th 2011,25/12/2024,-7.22,107.13\n"
    "c,Sumur C,rusak,kira2,12/25/2024,-7.23,107.14\n"
)


def run(*arguments: str) -> dict[str, object]:
    done = CliRunner().invoke(app, ["--lang", "en", *arguments])
    assert done.exit_code == 0, done.output
    told: dict[str, object] = json.loads(done.stdout)
    return told


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "f.csv"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_right_and_doubtful_cells_stand_side_by_side(file: Path) -> None:
    told = run("check", str(file), "--as", "water_points", "--json")
    shown = {one["column"]: one for one in told["samples"]}  # type: ignore[attr-defined]
    assert shown["status"]["right"] == [["baik", "functional"], ["rusak", "non_functional"]]
    assert [(written, read) for written, read, _ in shown["status"]["doubtful"]] == [("gemblung", None)]
    assert shown["installed_year"]["right"] == [["2010", "2010"]]
    assert [pair[:2] for pair in shown["installed_year"]["doubtful"]] == [["th 2011", "2011"], ["kira2", None]]
    assert told["places"] == {
        "lat": [-7.21, -7.22, -7.23],
        "lon": [107.12, 107.13, 107.14],
        "row": [2, 3, 4],
        "status": ["functional", "unknown", "non_functional"],
    }


def test_an_order_of_dates_that_was_said_settles_what_may_be_two(file: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text('[water_points.options]\nday_order = "month"\n', encoding="utf-8")
    told = run("check", str(file), "--as", "water_points", "--mapping", str(mapping), "--json")
    shown = {row["point_id"]: row.get("reported_on") for row in told["preview"]}  # type: ignore[attr-defined]
    assert shown["a"] == "2024-03-04"


def test_a_dry_run_tells_what_would_move_and_saves_nothing(file: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "ws"
    run("demo", "--workspace", str(workspace), "--json")
    before = (workspace / "current").read_text(encoding="utf-8")
    tried = run("import", "--workspace", str(workspace), "--water", str(file), "--dry-run", "--json")
    assert (workspace / "current").read_text(encoding="utf-8") == before
    moved = {(row["service"], row["figure"]): row for row in tried["effect"]}  # type: ignore[attr-defined]
    assert moved["water", "sites"]["after"] == 3
    assert len(moved) == 5
    done = run("import", "--workspace", str(workspace), "--water", str(file), "--json")
    assert done["changed"] == tried["changed"]
    total = run("coverage", "--workspace", str(workspace), "--out", str(tmp_path / "c.csv"), "--json")["total"]
    assert moved["water", "gap"]["after"] == pytest.approx(total["gap"])  # type: ignore[index]
    assert moved["water", "share"]["after"] == pytest.approx(total["share"])  # type: ignore[index]


def test_rows_are_drawn_on_the_villages_there_are() -> None:
    villages = gpd.GeoDataFrame(
        {"village_code": ["a", "b"]}, geometry=[box(107, -8, 108, -7), Point(107.5, -7.5)], crs="EPSG:4326"
    )
    svg, wide = rows_svg({"lat": [-7.2, -7.4], "lon": [107.1, 107.3], "status": ["functional", None]}, villages)
    assert svg.count("<circle") == 2
    assert svg.count("<path") == 1
    assert 0 < wide <= 640
