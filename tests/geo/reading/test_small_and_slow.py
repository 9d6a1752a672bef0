"""Small files that keep a reader busy: fewer seconds for small files, patterns that do not search again and again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from geo.cells.cell_error import CellError
from geo.cells.position_text import pair
from geo.checking.validate import _PROPOSED
from geo.reading.limits import Limits, for_files
from geo.workspace.importing import check_file

LIMITS = Limits(memory=10**9, seconds=300, written=10**9)


def test_a_small_file_gets_fewer_seconds_than_a_large_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MATA_AIR_WORKER_SECONDS", raising=False)
    small, large, table = tmp_path / "s.csv", tmp_path / "l.csv", tmp_path / "t.shp"
    small.write_bytes(b"x" * 1000)
    table.write_bytes(b"x")
    for path in (large, table.with_suffix(".dbf")):
        with path.open("wb") as file:
            file.truncate(30 * 1024**2)
    assert for_files(LIMITS, ["check", str(small), "--as", "water_points"]).seconds == 50
    assert for_files(LIMITS, ["check", str(large)]).seconds == pytest.approx(150)
    assert for_files(LIMITS, [f"--water={table}"]).seconds == pytest.approx(150)
    assert for_files(replace(LIMITS, seconds=20), ["check", str(large)]).seconds == 20
    assert for_files(LIMITS, ["check", "nothing.csv", "\0"]).seconds == 300
    monkeypatch.setenv("MATA_AIR_WORKER_SECONDS", "900")
    assert for_files(LIMITS, ["check", str(small)]).seconds == 300  # as whoever runs it said


@pytest.mark.parametrize("part", [b"<c ", b"<c r='A1'", b'<c t="e" ', b'<c r="A1" t="e"><f '])
def test_a_sheet_of_beginnings_of_cells_is_looked_through_once(tmp_path: Path, part: bytes) -> None:
    book = openpyxl.Workbook()
    book.active.append(["id", "lat", "lon"])
    book.active.append(["a", -7.2, 107.1])
    book.save(tmp_path / "a.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "a.xlsx") as old,
        zipfile.ZipFile(tmp_path / "b.xlsx", "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                data = data.replace(b"<sheetData>", b"<!--" + part * 300_000 + b"--><sheetData>")
            new.writestr(name, data)
    began = time.monotonic()
    assert len(check_file(tmp_path / "b.xlsx", "water_points").rows) == 1
    assert time.monotonic() - began < 20


def test_a_cell_of_a_book_is_no_position() -> None:
    with pytest.raises(CellError):
        pair("1 2 " * 10_000_000)


def test_likeness_is_looked_for_a_few_hundred_times_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from geo.cells import cell_parsers

    asked = []
    monkeypatch.setattr(cell_parsers, "likely", lambda text, choices: asked.append(text) or [])
    rows = "".join(f"p{n},{-7 - n / 1e5},107.1,rusakk {n},borehole\n" for n in range(2 * _PROPOSED))
    (tmp_path / "f.csv").write_text("id,lat,lon,status,technology\n" + rows, encoding="utf-8")
    found = check_file(tmp_path / "f.csv", "water_points")
    assert sum(fault.severity == "blanked" for fault in found.faults) == 2 * _PROPOSED
    assert len(asked) == _PROPOSED


def test_a_reader_that_is_out_of_memory_says_so_in_words_alone(tmp_path: Path) -> None:
    rows = "".join(f"p{n},-7.2,107.1,functional,borehole,{'x' * 400}{n}\n" for n in range(60_000))
    (tmp_path / "f.csv").write_text("id,lat,lon,status,technology,name\n" + rows, encoding="utf-8")
    call = [sys.executable, "-m", "geo", "check", str(tmp_path / "f.csv"), "--as", "water_points", "--json"]
    given = os.environ | {"MATA_AIR_WORKER_MB": "170"}
    done = subprocess.run(call, capture_output=True, text=True, env=given, timeout=120, check=False)
    assert done.returncode == 1
    assert "error.worker_memory" in done.stdout
    assert "Traceback" not in done.stderr


def test_what_is_told_beside_a_bug_is_handed_on() -> None:
    """A trace is kept back until it is known whether it is of a bug; everything else is handed on at once."""
    code = """
import sys
from cli.running.apart import run_apart
sys.argv = ["geo", "check", "x"]
def work():
    sys.stderr.write("first\\n"); sys.stderr.flush()
    sys.stderr.write("Traceback (most recent call last):\\n  ...\\nE\\nThe sentence.\\n"); sys.stderr.flush()
    return CODE
import os
sys.exit(run_apart(lambda: os._exit(work()), str))
"""
    for number, seen in ((3, True), (1, False)):
        done = subprocess.run(
            [sys.executable, "-c", code.replace("CODE", str(number))], capture_output=True, text=True, check=False
        )
        assert done.returncode == number
        assert done.stderr.startswith("first\n")
        assert done.stderr.endswith("The sentence.\n")
        assert ("Traceback" in done.stderr) is seen
