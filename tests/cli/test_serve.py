"""`mata-air run`: what is named in the folder where the command is given means that folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest

from cli import serve as _serve
from cli.serve import HOUSE, serve

ABOVE = Path(".streamlit") / "secrets.toml"


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Give the command in a folder of its own; what it would start, with which environment and where."""

    def start(**settings: str) -> tuple[list[str], Mapping[str, str], Path]:
        calls: list[tuple[list[str], Mapping[str, str], Path]] = []
        for name in ("MATA_AIR_RECORD", "STREAMLIT_SECRETS_FILES"):
            monkeypatch.delenv(name, raising=False)
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(_serve.os, "execve", lambda _, call, told: calls.append((call, told, Path.cwd())))
        serve(8501, "127.0.0.1", None)
        return calls[0]

    return start


def secrets(call: list[str]) -> list[str]:
    return [value for name, value in pairwise(call) if name == "--secrets.files"]


def test_workspace_and_secrets_are_those_of_the_folder(started, tmp_path: Path) -> None:
    call, told, where = started()
    assert where == HOUSE
    assert told["MATA_AIR_WORKSPACE"] == str(tmp_path / "workspace")
    assert secrets(call) == [str(Path.home() / ABOVE), str(HOUSE / ABOVE), str(tmp_path / ABOVE)]
    assert "MATA_AIR_RECORD" not in told


def test_files_named_in_the_environment_are_found_from_the_folder(started, tmp_path: Path) -> None:
    call, _, _ = started(STREAMLIT_SECRETS_FILES="office.toml /etc/air.toml")
    assert secrets(call) == [str(tmp_path / "office.toml"), os.path.abspath("/etc/air.toml")]


@pytest.mark.parametrize(
    ("record", "meant"),
    [
        ("sqlite:///own/record.sqlite", "sqlite:///{here}/own/record.sqlite"),
        ("sqlite:////srv/record.sqlite", "sqlite:////srv/record.sqlite"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql://air@/air", "postgresql://air@/air"),
    ],
)
def test_the_record_is_found_from_the_folder(started, tmp_path: Path, record: str, meant: str) -> None:
    _, told, _ = started(MATA_AIR_RECORD=record)
    assert told["MATA_AIR_RECORD"] == meant.format(here=tmp_path)
