"""The wheel as somebody else installs it: one package, one command, nothing beside it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import pandas as pd
import pytest

from tests.e2e.conftest import free_port
from tests.e2e.wire import Wire

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("cli", "data", "exports", "forum", "geo", "layers", "texts", "views")
HOUSE = "mata_air/house"
WINDOWS = os.name == "nt"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt", "requirements-bench.txt"])
def test_every_pinned_package_has_its_hashes(name: str) -> None:
    """Pip takes a file with hashes for some packages alone for an error; one without any it takes without a word."""
    blocks = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    assert len(blocks) > 100
    assert [block for block in blocks if "==" not in block or "--hash=sha256:" not in block] == []


@dataclass(frozen=True)
class Installed:
    """An environment of its own that has the wheel, and the packages of this one."""

    wheel: Path
    folder: Path

    @property
    def programs(self) -> Path:
        return self.folder / ("Scripts" if WINDOWS else "bin")

    @property
    def packages(self) -> Path:
        return Path(sysconfig.get_path("purelib", "venv", {"base": str(self.folder)}))

    def call(self, *arguments: str | Path, cwd: Path, program: str = "mata-air") -> str:
        command = [self.programs / program, *map(str, arguments)]
        done = subprocess.run(command, cwd=cwd, env=plain(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


def plain() -> dict[str, str]:
    """The environment of somebody who knows nothing of this repository."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MATA_AIR", "STREAMLIT"))
    }


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Built and installed without a registry, the build backend being one of this environment's packages."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    offline = ["--no-deps", "--no-index"]
    build = [*pip, "wheel", *offline, "--no-build-isolation", "-w", folder, ROOT]
    subprocess.run(build, cwd=folder, check=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
    (wheel,) = folder.glob("mata_air-*.whl")
    made = Installed(wheel, folder / "env")
    python = str(made.programs / "python")
    subprocess.run([*pip, "--python", python, "install", *offline, wheel], cwd=folder, check=True)
    others = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (made.packages / "others.pth").write_text("\n".join(sorted(others)), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def workspace(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elsewhere") / "ws"
    installed.call("demo", "--workspace", folder, cwd=folder.parent)
    return folder


def test_the_wheel_holds_every_file_of_the_house_and_no_other(installed: Installed) -> None:
    names = set(zipfile.ZipFile(installed.wheel).namelist())
    expected = {
        f"{HOUSE}/{path.relative_to(ROOT).as_posix()}"
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.parent.name not in ("__pycache__", "installed")
    }
    expected |= {"mata_air/__init__.py", "mata_air/__main__.py"}
    expected |= {f"{HOUSE}/dashboard.py", f"{HOUSE}/.streamlit/config.toml"}
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert {name.split("/")[0].split("-")[0] for name in names} == {"mata_air"}
    assert not [name for name in names if "test" in name or name.endswith((".png", ".sqlite", "secrets.toml"))]


def test_no_other_name_can_be_imported(installed: Installed, tmp_path: Path) -> None:
    """What is called `geo` or `data` in a shared environment is somebody else's."""
    ask = "import importlib.util, sys; print([name for name in sys.argv[1:] if importlib.util.find_spec(name)])"
    found = installed.call("-c", ask, "mata_air", "dashboard", *FOLDERS, cwd=tmp_path, program="python")
    assert found.strip() == "['mata_air']"


def test_somebody_elses_package_of_the_same_name_is_not_taken(
    installed: Installed, workspace: Path, tmp_path: Path
) -> None:
    theirs = [installed.packages / "geo.py", tmp_path / "texts.py"]
    for path in theirs:
        path.write_text("raise SystemExit('the wrong one')")
    try:
        installed.call("check", "--help", cwd=tmp_path)
        installed.call("-m", "mata_air", "check", "--help", cwd=tmp_path, program="python")
    finally:
        for path in theirs:
            path.unlink()


def test_the_command_works_from_any_folder(installed: Installed, workspace: Path, tmp_path: Path) -> None:
    assert "coverage" in installed.call("--help", cwd=tmp_path)
    area = ("--workspace", workspace, "--area", "32.03.18")
    installed.call("coverage", *area, "--out", "coverage.csv", cwd=tmp_path)
    assert len(pd.read_csv(tmp_path / "coverage.csv")) == 14
    installed.call("priorities", *area, "--out", "sites.csv", cwd=tmp_path)
    pd.read_csv(tmp_path / "sites.csv")[["site_id"]].head(1).to_csv(tmp_path / "first.csv", index=False)
    sheets = ("--workspace", workspace, "--sites", "first.csv", "--format", "pdf,xlsx", "--out", "files")
    installed.call("export", *sheets, cwd=tmp_path)
    assert {path.suffix for path in (tmp_path / "files").iterdir()} == {".pdf", ".xlsx"}


def test_the_forum_brings_its_tables_along(installed: Installed, tmp_path: Path) -> None:
    assert "verify" in installed.call("forum", "--help", cwd=tmp_path)
    who = ("--account", "siti@desa.id", "--name", "Siti", "--organisation", "Pemdes", "--kind", "village")
    record = ("--record", "sqlite:///record.sqlite")
    installed.call("forum", "member", *record, *who, "--role", "admin", "--who", "Dinas", cwd=tmp_path)
    assert '"events": 1' in installed.call("forum", "verify", *record, "--json", cwd=tmp_path)


@contextmanager
def running(installed: Installed, folder: Path) -> Iterator[str]:
    """`mata-air run` given in a folder: its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with (folder / "log").open("w") as log:
        command = [installed.programs / "mata-air", "run", "--port", str(port)]
        process = subprocess.Popen(command, cwd=folder, env=plain(), stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 60
            while not answers(address):
                assert time.monotonic() < deadline, (folder / "log").read_text()
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.2)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=20)


def answers(address: str) -> bool:
    try:
        return fetched(f"{address}/_stcore/health") == "ok"
    except (URLError, OSError):
        return False


def fetched(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return str(answer.read().decode())


@pytest.mark.filterwarnings("ignore:connect.. must be used:DeprecationWarning")
def test_the_dashboard_runs_and_keeps_its_data_in_the_folder_it_was_started_in(
    installed: Installed, tmp_path: Path
) -> None:
    before = house(installed)
    with running(installed, tmp_path) as address:
        assert 'id="root"' in fetched(f"{address}/")
        wire = Wire(address, {}, "data", "lang=en")  # the page that most of the house is drawn with
        wire.socket.close()
    assert "Traceback" not in (tmp_path / "log").read_text()
    assert (tmp_path / "workspace" / "current").is_file()
    assert house(installed) == before


def house(installed: Installed) -> set[str]:
    """The files of the installed package, less what Python keeps compiled."""
    files = (installed.packages / "mata_air").rglob("*")
    return {str(path) for path in files if path.is_file() and path.parent.name != "__pycache__"}


def test_a_process_of_the_pages_finds_the_house(installed: Installed, tmp_path: Path) -> None:
    """As `views/session/worker.py` starts one for an upload: `python -m geo` in the folder of the package."""
    ask = """
import sys
sys.path.insert(0, sys.argv[1])
from views.session.worker import Running
work = Running.start(("check", sys.argv[2], "--as", "water_points"), "en")
work.wait(60)
print(work.result()["accepted"])
"""
    rows = tmp_path / "wells.csv"
    rows.write_text("point_id,technology,status,lat,lon\nA1,hand_pump,functional,-7.1,107.1\n")
    out = installed.call("-c", ask, installed.packages / HOUSE, rows, cwd=tmp_path, program="python")
    assert out.strip() == "1", out
