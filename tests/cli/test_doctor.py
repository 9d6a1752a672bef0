"""The doctor: each thing that befalls a workspace is found, told with a way out, and nothing is changed."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from forum import Record
from forum.mirror import Mirror
from geo.model.changes import Change
from geo.model.errors import DataError
from geo.model.inputs import Inputs
from geo.workspace.versions import current, save


def doctor(folder: Path, *more: str) -> tuple[int, list[str], str]:
    command = [sys.executable, "-m", "geo", "--lang", "en", "doctor", "--workspace", str(folder), "--json", *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    found = told["findings"]
    return done.returncode, [one["finding"] for one in found], " ".join(one["message"] for one in found)


def test_what_befell_is_found_and_a_way_out_is_told(tmp_path: Path, shipped: Inputs) -> None:
    folder, second = tmp_path / "ws", tmp_path / "second"
    version = save(folder, shipped.tables(), dict(shipped.sources))
    for path in (folder, folder / "versions", folder / "versions" / f"{version}.gpkg", folder / "current"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    path = folder / "record.sqlite"
    record = Record(f"sqlite:///{path}")
    for n in range(3):
        record.report_status("Siti", Change("water", f"p{n}", "functional"))
    Mirror(second).follow(record)
    record.close()
    assert doctor(folder, "--copies", str(second)) == (0, [], "")

    for garbage in (b"nonsense", b"\xff\xfe\x00", b""):
        (folder / "current").write_bytes(garbage)
        with pytest.raises(DataError, match="pointer"):
            current(folder)
        code, found, words = doctor(folder)
        assert (code, found) == (1, ["pointer"])
        assert version in words
    (folder / "current").write_text(version)
    half = folder / "versions" / ("0" * 16 + ".gpkg")
    half.write_bytes((folder / "versions" / f"{version}.gpkg").read_bytes()[:5000])
    half.chmod(0o600)
    assert doctor(folder)[1] == ["version"]
    half.unlink()
    (folder / ".part-x").mkdir()
    path.chmod(0o644)
    assert doctor(folder)[1] == ["left", "open"]
    (folder / ".part-x").rmdir()
    path.chmod(0o600)
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM events WHERE number = 3")
    engine.dispose()
    assert doctor(folder)[1] == []
    code, found, words = doctor(folder, "--copies", str(second))
    assert (found, "last 1 are gone" in words) == (["record"], True)
    path.unlink()
    code, found, words = doctor(folder, "--copies", str(second))
    assert (found, f"--from {second}" in words) == (["record_gone"], True)
    assert not path.exists(), "nothing is changed"
    assert doctor(tmp_path / "none")[1] == ["no_workspace"]
