"""What installs Mata Air elsewhere: the bundle's choice of wheels, its scripts, the units and the container's files."""

from __future__ import annotations

import configparser
import importlib.util
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from tests.e2e.conftest import free_port

ROOT = Path(__file__).resolve().parent.parent
INSTALL = ROOT / "install"


@pytest.fixture(scope="module")
def bundle() -> ModuleType:
    told = importlib.util.spec_from_file_location("bundle", INSTALL / "bundle.py")
    assert told is not None
    assert told.loader is not None
    made = importlib.util.module_from_spec(told)
    told.loader.exec_module(made)
    return made


def test_each_system_gets_what_it_needs_alone(bundle: ModuleType) -> None:
    listed = """always==1.0 \\
    --hash=sha256:aa
windowed==2.0 ; sys_platform == 'win32' \\
    --hash=sha256:bb \\
    --hash=sha256:cc
older==3.0 ; python_full_version < '3.12' \\
    --hash=sha256:dd
"""
    assert bundle.wanted(listed, "windows", "3.12").splitlines() == [
        "always==1.0 --hash=sha256:aa", "windowed==2.0 --hash=sha256:bb --hash=sha256:cc",
    ]  # fmt: skip
    assert [line.split("==")[0] for line in bundle.wanted(listed, "linux", "3.11").splitlines()] == ["always", "older"]


@pytest.mark.parametrize("system", ["linux", "windows", "macos"])
def test_every_package_that_is_pinned_is_in_the_bundle_or_meant_for_another_system(
    bundle: ModuleType, system: str
) -> None:
    pinned = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for python in bundle.PYTHONS:
        mine = bundle.wanted(pinned, system, python)
        assert mine.count("--hash=sha256:") >= len(mine.splitlines()) > 80
        assert "streamlit==" in mine


@pytest.mark.parametrize("name", ["install.sh", "backup.sh"])
def test_the_scripts_are_shell(name: str) -> None:
    assert subprocess.run(["sh", "-n", str(INSTALL / name)], check=False).returncode == 0
    assert os.access(INSTALL / name, os.X_OK)


def test_a_python_that_is_too_old_is_told(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    call = ["sh", str(INSTALL / "install.sh"), str(tmp_path / "to")]
    done = subprocess.run(call, env={**os.environ, "PYTHON": str(old)}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "3.11" in done.stderr
    assert not (tmp_path / "to").exists()


@pytest.mark.parametrize("path", sorted(INSTALL.glob("*.service")), ids=lambda path: path.name)
def test_the_units_write_to_their_data_alone(path: Path) -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(path.read_text(encoding="utf-8"))
    service = unit["Service"]
    assert service["User"] == "mata-air"
    assert (service["ProtectSystem"], service["NoNewPrivileges"]) == ("strict", "yes")
    assert set(service["ReadWritePaths"].split()) == {"/var/lib/mata-air", "/var/backups/mata-air"}
    called = shlex.split(service["ExecStart"])
    assert called[0].startswith("/opt/mata-air/")
    if "run" in called:
        told = subprocess.run(
            [sys.executable, "-m", "geo", *called[1:2], "--help"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert all(option in told.stdout for option in called if option.startswith("--"))


def test_the_container_runs_as_nobody_in_particular() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert "USER mata-air" in lines
    assert any(line.startswith("HEALTHCHECK") for line in lines)
    told = yaml.safe_load((INSTALL / "compose.yaml").read_text(encoding="utf-8"))
    app = told["services"]["app"]
    assert app["read_only"] is True
    assert app["cap_drop"] == ["ALL"]
    assert "ports" not in app, "whoever comes from outside comes through https"
    named = {volume.split(":")[0] for one in told["services"].values() for volume in one["volumes"] if volume[0] != "."}
    assert named == set(told["volumes"])
    files = {volume.split(":")[0] for one in told["services"].values() for volume in one["volumes"] if volume[0] == "."}
    given = {path.name for path in INSTALL.iterdir()}
    assert {re.sub("^secrets", "secrets.example", file.removeprefix("./")) for file in files} <= given


def test_the_first_start_opens_the_browser(tmp_path: Path) -> None:
    browser, told = tmp_path / "browser", tmp_path / "told"
    browser.write_text(f'#!/bin/sh\necho "$1" > {told}\n')
    browser.chmod(0o755)
    port = free_port()
    environment = {**os.environ, "BROWSER": str(browser), "MATA_AIR_WORKSPACE": str(tmp_path / "ws")}
    call = [sys.executable, "-m", "geo", "run", "--open", "--port", str(port)]
    with subprocess.Popen(
        call, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        end = time.monotonic() + 60
        while not told.exists() and time.monotonic() < end:
            time.sleep(0.2)
        server.terminate()
    time.sleep(0.1)
    assert told.read_text().strip() == f"http://127.0.0.1:{port}"
