"""The command that serves the dashboard."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

#: Where `dashboard.py` and its settings lie: the checkout, or the folder of the installed package.
HOUSE = Path(__file__).resolve().parents[1]


def serve(
    port: Annotated[int, typer.Option(help="Port of this machine.", min=1, max=65535)] = 8501,
    address: Annotated[str, typer.Option(help="Which of its addresses; 0.0.0.0 for all.")] = "127.0.0.1",
    workspace: Annotated[
        Path | None, typer.Option(help="Folder with the data versions.", envvar="MATA_AIR_WORKSPACE")
    ] = None,
) -> None:
    """Serve the dashboard until it is stopped (Ctrl-C)."""
    where = workspace or Path("workspace")
    told = os.environ | {"MATA_AIR_WORKSPACE": str(where.resolve())}
    call = [sys.executable, "-m", "streamlit", "run", "dashboard.py"]
    os.chdir(HOUSE)  # Streamlit reads its settings from the folder it runs in
    os.execve(sys.executable, [*call, "--server.port", str(port), "--server.address", address], told)
