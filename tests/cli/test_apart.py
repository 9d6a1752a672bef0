"""Commands that open files work in a process of their own: its end is told as what it is, with 1."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def rows(path: Path, count: int = 60_000) -> Path:
    path.write_text("point_id,status,lat,lon\n" + "".join(f"p{n},baik,-7.2,107.{n}\n" for n in range(count)))
    return path


@pytest.mark.parametrize(
    ("bound", "key"), [({"MATA_AIR_WORKER_MB": "150"}, "memory"), ({"MATA_AIR_WORKER_SECONDS": "0.7"}, "time")]
)
def test_a_bound_that_is_passed_is_told_with_1(tmp_path: Path, bound: dict[str, str], key: str) -> None:
    call = [sys.executable, "-m", "geo", "--lang", "en", "check", str(rows(tmp_path / "a.csv")), "--as", "water_points"]
    done = subprocess.run(
        [*call, "--json"],
        cwd=ROOT,
        env={**os.environ, **bound},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert told["error"] == f"error.worker_{key}"
    assert "command line" in told["message"]
    assert told["message"] in done.stderr


BREAKS = """
import os, sys
from cli.running.apart import run_apart, spoken
from texts import LANGUAGES, error_text
sys.argv = ["geo", "--lang", "en", *sys.argv[1:]]
def work():
    print("half", flush=True)
    os.write(2, b"terminate called\\n")
    os.abort()
sys.exit(run_apart(work, lambda error: error_text(error, spoken(LANGUAGES, "id"))))
"""


@pytest.mark.parametrize("call", [["check", "a.csv"], ["coverage", "--water", "a.csv"]])
def test_a_reader_that_breaks_off_is_told_with_1(call: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BREAKS, *call], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert "terminate called" in done.stderr
    assert "The reader broke off" in done.stderr


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_command_that_is_ended_leaves_nothing_at_work(tmp_path: Path, way: signal.Signals) -> None:
    call = [sys.executable, "-m", "geo", "check", str(rows(tmp_path / "a.csv", 400_000)), "--as", "water_points"]
    running = subprocess.Popen([*call, "--progress"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert running.stderr is not None
    running.stderr.readline()
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    assert len(children) == 1
    running.send_signal(way)
    running.communicate(timeout=30)
    assert running.returncode != 0
    end = time.monotonic() + 20
    while Path(f"/proc/{children[0]}").exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert not Path(f"/proc/{children[0]}").exists()
