"""`watch`: whole files whose table is clear go in, others are held with their reason, and nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.cli.test_geo import ROOT, answer, call

GOOD = "id_titik,nama,lintang,bujur,kondisi,jenis sarana\nX1,Cipari,-7.2,107.12,baik,sumur gali\nX2,Lebak,-7.21,107.13,rusak,pompa tangan\n"


def test_what_is_dropped_goes_in_or_is_held(tmp_path: Path) -> None:
    workspace, folder = tmp_path / "ws", tmp_path / "kiriman"
    answer("demo", "--workspace", workspace)
    folder.mkdir()
    (folder / "titik.csv").write_text(GOOD, encoding="utf-8")
    (folder / "salah.csv").write_text(GOOD.replace("-7.21", "tidak tahu"), encoding="utf-8")
    (folder / "apa.csv").write_text("kolom a,kolom b\n1,2\n3,4\n", encoding="utf-8")
    (folder / "rusak.xlsx").write_bytes(b"PK not a workbook")
    (folder / "catatan.md").write_text("bukan data", encoding="utf-8")
    done = call("watch", folder, "--workspace", workspace, "--once")
    assert done.returncode == 0, done.stderr
    told = {one["file"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert told["titik.csv"]["accepted"] == 2
    assert told["titik.csv"]["table"] == "water_points"
    assert {name for name, one in told.items() if "held" in one} == {"salah.csv", "apa.csv", "rusak.xlsx"}
    assert {path.name for path in (folder / "selesai").iterdir()} == {"titik.csv"}
    held = {path.name for path in (folder / "ditahan").iterdir()}
    assert held >= {
        "salah.csv",
        "salah.csv.txt",
        "salah.csv.rejects.csv",
        "apa.csv",
        "apa.csv.txt",
        "rusak.xlsx",
        "rusak.xlsx.txt",
    }
    assert "3" in (folder / "ditahan" / "salah.csv.txt").read_text(encoding="utf-8"), "the row is named"
    assert [path.name for path in folder.iterdir() if path.is_file()] == ["catatan.md"]
    known = _points(workspace)
    assert {"X1", "X2"} <= known, "and the shipped ones stay"
    assert len(known) > 100


def _points(workspace: Path) -> set[str]:
    from geo.workspace.versions import load

    return set(load(workspace).water_points["point_id"])


def test_a_file_that_still_grows_waits(tmp_path: Path) -> None:
    workspace, folder = tmp_path / "ws", tmp_path / "kiriman"
    answer("demo", "--workspace", workspace)
    folder.mkdir()
    path = folder / "titik.csv"
    path.write_text(GOOD[:60], encoding="utf-8")
    command = [sys.executable, "-m", "geo", "watch", str(folder), "--workspace", str(workspace), "--every", "3"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as watching:
        for end in range(70, len(GOOD), 10):  # slower than it looks
            path.write_text(GOOD[:end], encoding="utf-8")
            time.sleep(0.2)
        path.write_text(GOOD, encoding="utf-8")
        assert watching.stdout is not None
        told = json.loads(watching.stdout.readline())
        watching.terminate()
    assert told["accepted"] == 2


def test_what_a_name_or_a_link_may_do(tmp_path: Path) -> None:
    """A long name once ended the watcher, a link brought in what lies elsewhere, and people got a key as a reason."""
    folder, workspace, elsewhere = tmp_path / "in", tmp_path / "ws", tmp_path / "secret.csv"
    folder.mkdir()
    good = "id_titik,nama,lintang,bujur,kondisi,jenis sarana\n{},Cipari,-7.2,107.12,baik,sumur gali\n"
    elsewhere.write_text(good.format("SECRET"), encoding="utf-8")
    (folder / "link.csv").symlink_to(elsewhere)
    (folder / f"{'x' * 249}.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (folder / "empty.csv").write_text("", encoding="utf-8")
    strange = os.path.join(os.fsencode(folder), b"zz\xff\xfe.csv")
    with open(strange, "w", encoding="utf-8") as file:
        file.write(good.format("ODD"))
    (folder / "zzz.csv").write_text(good.format("LAST"), encoding="utf-8")
    done = call("watch", folder, "--workspace", workspace, "--once")
    assert done.returncode == 0, done.stderr
    told = {row["file"][:4]: row for row in map(json.loads, done.stdout.splitlines())}
    assert set(told) == {"link", "xxxx", "empt", "zz??", "zzz."}
    assert elsewhere.is_file()
    assert _points(workspace) == {"ODD", "LAST"}
    assert "tautan" in told["link"]["held"]
    assert not told["empt"]["held"].startswith("error.")
    assert sorted(one.name[:4] for one in folder.iterdir()) == ["dita", "sele"]
