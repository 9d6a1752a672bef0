"""`plan --years` and `frontier`: the files, their figures, and calls at fault."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import docx
import pytest

from forum import Record
from forum.partners import Bottleneck, Commitment, commit, note_bottleneck
from geo.model.changes import Change
from tests.cli.test_geo import answer, call


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("years")
    answer("demo", "--workspace", folder)
    return folder


ASKED = ("--area", "32.03.18", "--draws", "20")


def test_a_plan_over_years_is_written_and_its_changes_replay(workspace: Path, tmp_path: Path) -> None:
    out = tmp_path / "years.json"
    money = ("--money", "all:APBD=60000000", "--money", "2028:NGO=30000000+", "--target", "2029=0.99")
    told = answer(
        "plan", "--workspace", workspace, *ASKED, "--years", "3", "--first-year", "2027", *money, "--out", out
    )
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["span"] == told["span"] == [2027, 2028, 2029]
    assert told["sites"] == len(written["sites"]) > 0
    spent = {(site["year"], source) for site in written["sites"] for source in site["paid_by"]}
    assert spent <= {(one["year"], one["source"]) for one in written["accounts"]}
    assert written["people_years"] == pytest.approx(sum(year["gained"] for year in written["years"]))
    assert {one["kind"] for one in written["missed"]} == {"target"}
    changes = tmp_path / "changes.json"
    changes.write_text(json.dumps(written["changes"]), encoding="utf-8")
    after = answer("coverage", "--workspace", workspace, *ASKED, "--changes", changes, "--out", tmp_path / "after.csv")
    served = after["total"]["on_premises"] + after["total"]["served"]
    assert served == pytest.approx(written["years"][-1]["served"]["water"], abs=1e-3)


def test_one_year_is_the_plan(workspace: Path, tmp_path: Path) -> None:
    asked = ("plan", "--workspace", workspace, *ASKED, "--budget", "90000000")
    plain = answer(*asked, "--out", tmp_path / "p.json")
    one = answer(*asked, "--years", "1", "--out", tmp_path / "y.json")
    assert one["people_gained"] == pytest.approx(plain["people_gained"])
    assert one["cost_idr"] == plain["cost_idr"]


def test_the_frontier_is_written(workspace: Path, tmp_path: Path) -> None:
    out = tmp_path / "f.json"
    told = answer("frontier", "--workspace", workspace, *ASKED, "--budgets", "8", "--out", out)
    written = json.loads(out.read_text(encoding="utf-8"))
    assert len(written["budgets"]) == 9
    assert told["sites"] == len(written["sites"])
    assert [share["share"] for share in written["shares"]] == [0.8, 0.95, 1.0]


def test_an_earlier_plan_is_held_against_today(workspace: Path, tmp_path: Path) -> None:
    first, changes, second = tmp_path / "first.json", tmp_path / "changes.json", tmp_path / "second.json"
    asked = ("plan", "--workspace", workspace, *ASKED, "--years", "2", "--budget", "60000000")
    answer(*asked, "--out", first)
    planned = json.loads(first.read_text(encoding="utf-8"))
    built = [
        change for change in planned["changes"] if change["site_id"] in {s["site_id"] for s in planned["sites"][:2]}
    ]
    changes.write_text(json.dumps(built), encoding="utf-8")
    answer(*asked, "--before", first, "--changes", changes, "--out", second)
    told = json.loads(second.read_text(encoding="utf-8"))
    assert [one["became"] for one in told["before"]][:2] == ["done", "done"]
    assert sum(one["done"] for one in told["before_years"]) == 2
    assert not {one["site_id"] for one in built} & {one["site_id"] for one in told["sites"]}
    paper = tmp_path / "again.docx"
    answer("document", *asked[1:], "--before", first, "--changes", changes, "--out", paper)
    words = [paragraph.text for paragraph in docx.Document(str(paper)).paragraphs]
    assert "Rencana sebelumnya dan kenyataan" in words
    assert call(*asked, "--before", workspace / "nothing.json", "--out", second).returncode in (1, 2)


@pytest.mark.parametrize(
    "more",
    [
        ("--years", "0"), ("--years", "3", "--money", "2050:APBD=1"), ("--years", "3", "--money", "APBD=1"),
        ("--years", "3", "--target", "2029=much"), ("--years", "3", "--max-actions", "2"), ("--years", "99"),
        ("--years", "3", "--target", "2027=1.5"), ("--years", "2", "--commit", "nowhere=2027"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_call_at_fault_is_refused(workspace: Path, tmp_path: Path, more: tuple[str, ...]) -> None:
    asked = ("plan", "--workspace", workspace, *ASKED, "--first-year", "2027", "--out", tmp_path / "x.json")
    done = call(*asked, *more)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "x.json").exists()


def test_the_master_plan_is_written_in_each_format(workspace: Path, tmp_path: Path) -> None:
    files = [tmp_path / f"plan.{ending}" for ending in ("docx", "pdf", "xlsx")]
    outs = [part for file in files for part in ("--out", file)]
    money = ("--years", "2", "--budget", "60000000", "--name", "Kecamatan Pagelaran")
    told = answer("document", "--workspace", workspace, *ASKED, *money, *outs)
    assert told["files"] == [str(file) for file in files]
    assert [file.read_bytes()[:4] for file in files] == [b"PK\x03\x04", b"%PDF", b"PK\x03\x04"]
    refused = call("document", "--workspace", workspace, *ASKED, *money, "--out", tmp_path / "plan.odt")
    assert refused.returncode == 2


def test_the_master_plan_takes_promises_and_programme_from_a_record(workspace: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'record.sqlite'}"
    record = Record(url)
    commit(record, "A", [Commitment("Puskesmas", "government", "hygiene", "32.03.18.2002", "Lomba CTPS", "planned",
                                    date(2027, 3, 1))])  # fmt: skip
    note_bottleneck(record, "A", Bottleneck("32.03.18.2002", "spare_parts", "klep pompa"))
    record.report_status("A", Change("water", "CJ001A01", "non_functional", date(2026, 11, 1)))
    record.close()
    paper = tmp_path / "plan.docx"
    money = ("--years", "2", "--budget", "60000000", "--name", "Kecamatan Pagelaran")
    answer("document", "--workspace", workspace, *ASKED, *money, "--record", url, "--out", paper)
    cells = [cell.text for table in docx.Document(str(paper)).tables for row in table.rows for cell in row.cells]
    assert {"Lomba CTPS", "Puskesmas", "klep pompa"} <= set(cells)
    bare = call("document", "--workspace", workspace, *ASKED, *money, "--record", url + "x", "--out", paper)
    assert bare.returncode == 2
