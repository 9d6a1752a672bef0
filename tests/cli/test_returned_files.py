"""`returned` with the files of several teams, one of them damaged."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.test_geo import answer, call


def test_a_damaged_file_takes_the_others_not_along(tmp_path: Path) -> None:
    workspace = tmp_path / "ws"
    answer("demo", "--workspace", workspace)
    answer("priorities", "--workspace", workspace, "--area", "32.03.18", "--draws", "20", "--out", tmp_path / "p.json")
    sites = [row["site_id"] for row in json.loads((tmp_path / "p.json").read_text(encoding="utf-8"))["rows"]][:2]
    for name, site in zip(("a", "b"), sites, strict=True):
        (tmp_path / f"{name}.csv").write_text(f"site_id,status_new\n{site},abandoned\n", encoding="utf-8")
    (tmp_path / "c.gpkg").write_bytes(b"SQLite format 3\x00" + b"\x00" * 100)
    done = call(
        "returned", *(tmp_path / name for name in ("a.csv", "c.gpkg", "b.csv")), "--workspace", workspace, "--json"
    )
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert {(one["site_id"], one["file"]) for one in told["differences"]} == set(
        zip(sites, ("a.csv", "b.csv"), strict=True)
    )
    assert [one["file"] for one in told["unread"]] == ["c.gpkg"]
    assert len(told["changes"]) == 2


def test_what_is_missing_is_not_told_while_a_file_is_unread(tmp_path: Path) -> None:
    """A site may have come back in the file that nobody can read; of two files of one name both are told."""
    workspace = tmp_path / "ws"
    answer("demo", "--workspace", workspace)
    answer("priorities", "--workspace", workspace, "--area", "32.03.18", "--draws", "20", "--out", tmp_path / "p.json")
    sites = [row["site_id"] for row in json.loads((tmp_path / "p.json").read_text(encoding="utf-8"))["rows"]][:3]
    (tmp_path / "sent.csv").write_text("site_id\n" + "\n".join(sites) + "\n", encoding="utf-8")
    (tmp_path / "other").mkdir()
    files = tmp_path / "a.csv", tmp_path / "other" / "a.csv"
    for path, site in zip(files, sites, strict=False):
        path.write_text(f"site_id,status_new\n{site},abandoned\n", encoding="utf-8")
    asked = ["returned", *files, "--workspace", workspace, "--sent", tmp_path / "sent.csv"]
    told = answer(*asked)
    assert {(one["kind"], one["site_id"], one["file"]) for one in told["differences"]} == {
        ("status", sites[0], "a.csv"), ("status", sites[1], "a.csv (2)"), ("missing", sites[2], "a.csv, a.csv (2)"),
    }  # fmt: skip
    (tmp_path / "c.gpkg").write_bytes(b"SQLite format 3\x00" + b"\x00" * 100)
    done = call(*asked[:1], tmp_path / "c.gpkg", *asked[1:], "--json")
    assert {one["kind"] for one in json.loads(done.stdout)["differences"]} == {"status"}
