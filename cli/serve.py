"""The command that serves the dashboard."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

#: Where `dashboard.py` and its settings lie: the checkout, or the folder of the installed package.
HOUSE = Path(__file__).resolve().parents[1]
_SECRETS = Path(".streamlit") / "secrets.toml"
_SQLITE = "sqlite:///"
#: Waits beside the server until it answers (two minutes at most), and opens it: Streamlit's own way asks for an e-mail
#: address first, and speaks to programmers.
_OPENER = """
import sys, time, urllib.request, webbrowser
for _ in range(240):
    try:
        urllib.request.urlopen(sys.argv[1] + "/_stcore/health", timeout=2).close()
    except OSError:
        time.sleep(0.5)
    else:
        webbrowser.open(sys.argv[1])
        break
"""


def serve(
    port: Annotated[int, typer.Option(help="Port of this machine.", min=1, max=65535)] = 8501,
    address: Annotated[str, typer.Option(help="Which of its addresses; 0.0.0.0 for all.")] = "127.0.0.1",
    workspace: Annotated[
        Path | None, typer.Option(help="Folder with the data versions.", envvar="MATA_AIR_WORKSPACE")
    ] = None,
    opened: Annotated[bool, typer.Option("--open", help="Open it in this machine's browser once it answers.")] = False,
) -> None:
    """Serve the dashboard until it is stopped (Ctrl-C)."""
    where, here = workspace or Path("workspace"), Path.cwd()
    told = os.environ | {"MATA_AIR_WORKSPACE": str(where.resolve())}
    if record := os.environ.get("MATA_AIR_RECORD"):
        told["MATA_AIR_RECORD"] = _absolute(record, here)
    call = [sys.executable, "-m", "streamlit", "run", "dashboard.py"]
    call += ["--server.port", str(port), "--server.address", address, *_secrets(here)]
    if opened:
        subprocess.Popen([sys.executable, "-c", _OPENER, f"http://127.0.0.1:{port}"])
    os.chdir(HOUSE)  # Streamlit reads its settings from the folder it runs in
    os.execve(sys.executable, call, told)


def _absolute(record: str, here: Path) -> str:
    """The address of the record, its file named from the folder where the command was given."""
    file = record.removeprefix(_SQLITE)
    return f"{_SQLITE}{here / file}" if record.startswith(_SQLITE) and file and file[0] != ":" else record


def _secrets(here: Path) -> list[str]:
    """Options for the files of secrets: those Streamlit looks for, and those in the folder where the command was given.

    Left out, a server that an office runs from a folder of its own would open to everybody without a word.
    """
    named = os.environ.get("STREAMLIT_SECRETS_FILES", "").split()
    files = named or (Path.home() / _SECRETS, HOUSE / _SECRETS, _SECRETS)
    return [part for file in files for part in ("--secrets.files", str(here / file))]
