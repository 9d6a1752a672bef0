"""The command line as others call it: JSON, exit codes, files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from geo.model import STATES

ROOT = Path(__file__).resolve().parents[2]


def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "geo", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def answer(*arguments: str | Path) -> dict:
    done = call(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ws")
    answer("demo", "--workspace", folder)
    return folder


@pytest.mark.parametrize("ending", ["csv", "json", "geojson", "gpkg", "parquet", "xlsx"])
def test_coverage_in_every_format(workspace: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"c.{ending}"
    found = answer("coverage", "--workspace", workspace, "--area", "32.03.18", "--standard", "sphere", "--out", out)
    assert out.stat().st_size > 1000
    total = found["total"]
    assert sum(total[name] for name in STATES) == pytest.approx(total["population"], abs=1e-6)
    assert found["standard"] == "sphere"
    if ending == "csv":
        rows = pd.read_csv(out)
        assert len(rows) == total["villages"] == 14
        for name in STATES:
            assert rows[name].sum() == pytest.approx(total[name])
        assert rows["marks"].str.contains("DATA CONTOH").all()


def test_priorities_and_export_of_chosen_sites(workspace: Path, tmp_path: Path) -> None:
    out = tmp_path / "p.csv"
    found = answer(
        "priorities", "--workspace", workspace, "--area", "32.03.18", "--weight", "gain_people=1", "--out", out
    )
    rows = pd.read_csv(out)
    assert len(rows) == found["sites"] > 20
    assert rows["why"].str.len().min() > 20
    assert {"point_id", "facility_id", "gain_people", "crucialness", "score", "rank"} <= set(rows.columns)
    chosen = tmp_path / "chosen.csv"
    rows.head(5)[["site_id"]].to_csv(chosen, index=False)
    done = answer(
        "export",
        "--workspace",
        workspace,
        "--sites",
        chosen,
        "--format",
        "xlsx,csv,geojson,gpkg",
        "--out",
        tmp_path / "files",
    )
    assert done["sites"] == 5
    assert [Path(file).suffix for file in done["files"]] == [".xlsx", ".csv", ".geojson", ".gpkg"]


def test_plain_tables_without_a_workspace(tmp_path: Path) -> None:
    settlements = tmp_path / "s.csv"
    settlements.write_text("settlement_id,population,lat,lon\na,100,-7.2,107.15\nb,50,-7.3,107.15\n")
    water = tmp_path / "w.csv"
    water.write_text("point_id,status,technology,lat,lon\np,functional,hand_pump,-7.2,107.15\n")
    found = answer(
        "coverage", "--settlements", settlements, "--water", water, "--assume-mapped", "--out", tmp_path / "c.csv"
    )
    assert found["total"]["served"] == 100
    assert found["total"]["out_of_reach"] == 50


def test_import_reports_and_keeps_rejects(tmp_path: Path) -> None:
    water = tmp_path / "w.csv"
    water.write_text("point_id,status,lat,lon\np,functional,-7.2,107.15\nq,=cmd(),-7.2,107.15\n")
    rejects = tmp_path / "r.csv"
    found = answer("import", "--workspace", tmp_path / "ws", "--water", water, "--rejects", rejects)
    assert found["tables"]["water_points"] == {"read": 2, "accepted": 1, "rejected": 1, "fixed": 0}
    row = pd.read_csv(rejects).iloc[0]
    assert (row["row"], row["point_id"], row["status"]) == (3, "q", "'=cmd()")
    assert row["lat"] == -7.2, "a number comes back as it was"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["coverage", "--workspace", "{ws}", "--standard", "who", "--out", "c.csv"], 2, "jmp, wpdx"),
        (["coverage", "--workspace", "{ws}", "--area", "Pagelaran", "--out", "c.csv"], 2, "32.03.18"),
        (["coverage", "--workspace", "{ws}", "--area", "11.01", "--out", "c.csv"], 2, "11.01"),
        (["coverage", "--workspace", "{ws}", "--out", "c.docx"], 2, "xlsx"),
        (["coverage", "--workspace", "{ws}"], 2, "--out"),
        (["coverage", "--out", "c.csv"], 2, "--workspace"),
        (["nosuch"], 2, "nosuch"),
        (["coverage", "--workspace", "/nowhere", "--out", "c.csv"], 1, "demo"),
        (["check", "/nowhere.csv", "--as", "water_points"], 1, "/nowhere.csv"),
        (["check", "/nowhere.csv", "--as", "wells"], 2, "water_points"),
        (["import", "--workspace", "{ws}"], 2, "--water"),
        (["export", "--workspace", "{ws}", "--sites", "x.csv", "--format", "doc", "--out", "x"], 2, "xlsx"),
    ],
)
def test_exit_codes_and_messages(workspace: Path, arguments: list[str], code: int, words: str) -> None:
    done = call(*[str(workspace) if a == "{ws}" else a for a in arguments])
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_check_tells_faults_in_both_languages_and_exits_1(tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    path.write_text("point_id,status,lat,lon\np,functional,107.15,-7.2\n")
    done = call("--lang", "en", "check", path, "--as", "water_points", "--json")
    assert done.returncode == 1
    fault = next(f for f in json.loads(done.stdout)["faults"] if f["severity"] == "rejected")
    assert (fault["file"], fault["row"], fault["key"]) == ("w.csv", 2, "swapped")
    assert "swap_lat_lon" in fault["remedy"]
    good = tmp_path / "good.csv"
    good.write_text("point_id,status,lat,lon\np,baik,-7.2,107.15\n")
    assert answer("check", good, "--as", "water_points")["preview"][0]["status"] == "functional"
    assert "tertukar" in call("check", path, "--as", "water_points").stderr
