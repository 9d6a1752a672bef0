"""The command line as others call it: JSON, exit codes, files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from pypdf import PdfReader

from geo.model.sites import STATES
from geo.workspace.versions import load

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
    water.write_text("point_id,status,lat,lon\np,functional,-7.2,107.15\nq,=cmd(),,107.15\n")
    rejects = tmp_path / "r.csv"
    found = answer("import", "--workspace", tmp_path / "ws", "--water", water, "--rejects", rejects)
    assert found["tables"]["water_points"] == {"read": 2, "accepted": 1, "rejected": 1, "fixed": 0, "blanked": 0}
    row = pd.read_csv(rejects).iloc[0]
    assert (row["row"], row["point_id"], row["status"]) == (3, "q", "'=cmd()")
    assert row["lon"] == 107.15, "a number comes back as it was"


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
        (["coverage", "--workspace", "/nowhere", "--out", "c.csv"], 2, "demo"),
        (["check", "/nowhere.csv", "--as", "water_points"], 2, "/nowhere.csv"),
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


def test_an_exported_list_keeps_its_ranks(workspace: Path, tmp_path: Path) -> None:
    """The list says under which parameters it was made; `export` ranks it by the same, not by the defaults."""
    made = tmp_path / "p.csv"
    asked = ("--area", "32.03.18", "--standard", "sphere", "--season", "dry", "--no-capacity", "--weight", "evidence=9")
    answer("priorities", "--workspace", workspace, *asked, "--out", made)
    answer("export", "--workspace", workspace, "--sites", made, "--format", "csv", "--out", tmp_path / "e")
    again = pd.read_csv(tmp_path / "e" / "mata-air-sites.csv").set_index("site_id")
    first = pd.read_csv(made).set_index("site_id")
    for name in ("rank", "score", "gain_people", "rank_low", "parameters"):
        assert again[name].reindex(first.index).equals(first[name]), name


def test_every_site_of_a_plan_is_exported(workspace: Path, tmp_path: Path) -> None:
    out = tmp_path / "plan.json"
    asked = ("--area", "32.03.18", "--budget", "500000000", "--actions", "repair,upgrade,new,latrine")
    found = answer("plan", "--workspace", workspace, *asked, "--out", out)
    done = answer(
        "export", "--workspace", workspace, "--sites", out, "--format", "csv,gpx,pdf", "--out", tmp_path / "e"
    )
    rows = pd.read_csv(tmp_path / "e" / "mata-air-sites.csv")
    assert (done["sites"], done["not_in_list"]) == (found["sites"], [])
    assert len(rows) == found["sites"]
    assert rows["gain_in_plan"].sum() == pytest.approx(found["people_gained"])
    assert rows["cost_idr"].sum() == pytest.approx(found["cost_idr"])
    assert set(rows["action"]) > {"repair"}


def test_a_plan_for_nothing_is_proven_and_exported_empty(workspace: Path, tmp_path: Path) -> None:
    """No action is to be had for a rupiah: nothing is the best, and the files of it are empty, in every format."""
    out = tmp_path / "plan.json"
    found = answer("plan", "--workspace", workspace, "--budget", "1", "--out", out)
    assert (found["sites"], found["optimal"], found["gap"], found["people_bound"]) == (0, True, 0.0, 0.0)
    done = call(
        "export",
        "--workspace",
        workspace,
        "--sites",
        out,
        "--format",
        "csv,gpkg,pdf",
        "--out",
        tmp_path / "e",
        "--json",
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sites"] == 0
    assert "plan.json" in done.stderr, "it is told that there is nothing in it"
    assert len(pd.read_csv(tmp_path / "e" / "mata-air-sites.csv")) == 0


def test_the_solver_prints_no_banner(workspace: Path, tmp_path: Path) -> None:
    asked = ("--area", "32.03", "--budget", "20000000000", "--actions", "repair,upgrade,new,latrine")
    done = call("plan", "--workspace", workspace, *asked, "--out", tmp_path / "plan.json", "--seconds", "5")
    assert done.returncode == 0, done.stderr
    assert "HiGHS" not in done.stdout + done.stderr


def test_a_refused_call_still_answers_in_json(workspace: Path, tmp_path: Path) -> None:
    for arguments, code in (
        (("coverage", "--workspace", workspace, "--standard", "nope", "--out", tmp_path / "x.csv"), 2),
        (("coverage", "--workspace", workspace, "--area", "99.99.99", "--out", tmp_path / "x.csv"), 2),
        (("coverage", "--workspace", workspace, "--out", tmp_path / "no" / "x.csv"), 2),
        (("coverage", "--workspace", workspace, "--villages", tmp_path / "v.csv", "--out", tmp_path / "x.csv"), 2),
    ):
        done = call(*arguments, "--json")
        assert done.returncode == code, done.stderr
        told = json.loads(done.stdout)
        assert told["message"]
        assert told["message"] in done.stderr
        assert "Traceback" not in done.stderr


def test_rejects_are_written_when_no_row_is_good(workspace: Path, tmp_path: Path) -> None:
    path, rejects = tmp_path / "air.csv", tmp_path / "r.csv"
    path.write_text("point_id,status,lat,lon,lain\na,alien,,107.1,x\nb,baik,107.1,-7.2,y\n")
    done = call("import", "--workspace", workspace, "--water", path, "--rejects", rejects, "--json")
    assert done.returncode == 1
    assert pd.read_csv(rejects)["lain"].tolist() == ["x", "y"]


def test_rows_join_those_there_are(tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("point_id,status,lat,lon\na,functional,-7.2,107.1\nb,functional,-7.21,107.1\n")
    second.write_text("point_id,status,lat,lon\nb,abandoned,-7.21,107.1\nc,functional,-7.22,107.1\n")
    answer("import", "--workspace", tmp_path / "ws", "--water", first)
    answer("import", "--workspace", tmp_path / "ws", "--water", second, "--add")
    points = load(tmp_path / "ws").water_points
    assert points[["point_id", "status"]].to_numpy().tolist() == [
        ["a", "functional"], ["b", "abandoned"], ["c", "functional"],
    ]  # fmt: skip
    answer("import", "--workspace", tmp_path / "ws", "--water", second)
    assert load(tmp_path / "ws").water_points["point_id"].tolist() == ["b", "c"]


def test_what_is_misplaced_is_rejected_whole_also_against_the_villages_there_are(
    workspace: Path, tmp_path: Path
) -> None:
    path, rejects = tmp_path / "air.csv", tmp_path / "r.csv"
    path.write_text(
        'id_kami;status;lat;lon;kapasitas;tanggal\nA;baik;-7,2;107,15;2.010;3/5/2018\nB;baik;7,2;107,15;"2.010";3/5/2018\n'
    )
    mapping = tmp_path / "m.toml"
    mapping.write_text('[water_points.columns]\npoint_id = "id_kami"\ncapacity_people = "kapasitas"\n')
    done = answer("import", "--workspace", workspace, "--water", path, "--mapping", mapping, "--rejects", rejects)
    assert done["tables"]["water_points"] == {"read": 2, "accepted": 1, "rejected": 1, "fixed": 1, "blanked": 0}
    (row,) = pd.read_csv(rejects, dtype=str).to_dict("records")
    assert {name: row[name] for name in ("id_kami", "lat", "lon", "kapasitas", "tanggal")} == {
        "id_kami": "B", "lat": "7,2", "lon": "107,15", "kapasitas": "2.010", "tanggal": "3/5/2018",
    }  # fmt: skip
    assert row["reason"] == "lat/lon: lost_sign"


def test_profiles_are_written_for_villages_and_for_the_whole_area(tmp_path: Path) -> None:
    answer("demo", "--workspace", tmp_path / "w")
    asked = ("profile", "--workspace", tmp_path / "w", "--area", "32.03.18", "--draws", "5")
    few = answer(*asked, "--village", "3203182002,32.03.18.2004", "--out", tmp_path / "two.pdf")
    assert few["villages"] == 2
    assert len(PdfReader(tmp_path / "two.pdf").pages) == 2
    answer(*asked, "--whole", "--out", tmp_path / "area.pdf")
    assert len(PdfReader(tmp_path / "area.pdf").pages) == 2
    assert call(*asked, "--out", tmp_path / "two.docx").returncode == 2
    wrong = call(*asked, "--village", "32.03.18.2999", "--out", tmp_path / "none.pdf")
    assert (wrong.returncode, "32.03.18.2999" in wrong.stderr) == (2, True)


@pytest.mark.parametrize(
    "words",
    [("coverage",), ("plan", "--target-share", "1.5", "--out", "p.json"), ("coverage", "--nope"), ("nope",),
     ("forum", "verify", "--nope")],
)  # fmt: skip
def test_a_call_that_no_command_takes_is_json_too(words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "geo", *words, "--json"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    told = json.loads(done.stdout)
    assert told["error"] == "usage"
    assert told["message"] in done.stderr
