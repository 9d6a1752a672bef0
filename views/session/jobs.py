"""Long searches run in a process of their own, with progress and a cancel that works, through the command line of all.

`cancel` interrupts the process: it writes the best plan it has, with its proven gap, and ends.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.model.changes import Changes, as_record
from geo.model.errors import DataError

#: A plan with more choices than this is searched in a process of its own.
LARGE = 1000
ROOT = Path(__file__).resolve().parents[2]


@dataclass(eq=False)
class PlanJob:
    """A running search: its process, and the folder with its messages and its result."""

    process: subprocess.Popen[bytes]
    folder: Path
    cancelled: bool = False

    @property
    def running(self) -> bool:
        """Is it still at work?"""
        return self.process.poll() is None

    def progress(self) -> dict[str, float | None]:
        """Seconds, people and bound as last told; empty before the first word."""
        for line in reversed((self.folder / "messages").read_text(encoding="utf-8").splitlines()):
            if line.startswith("{"):
                told: dict[str, float | None] = json.loads(line)
                return told
        return {}

    def cancel(self) -> None:
        """Stop the search; the best so far is its result."""
        self.cancelled = True
        if self.running:
            self.process.send_signal(signal.SIGINT)

    def result(self) -> dict[str, Any]:
        """Return the plan.

        Raises
        ------
        DataError
            With the command's last words, if there is none.
        """
        out = self.folder / "plan.json"
        if self.process.returncode == 0 and out.is_file():
            found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
            return found
        if self.cancelled:
            raise DataError("error.cancelled")
        said = (self.folder / "messages").read_text(encoding="utf-8").strip().splitlines()
        raise DataError("error.said", text=said[-1] if said else str(self.process.returncode))


def start(arguments: list[str], changes: Changes, lang: str) -> PlanJob:
    """Start `python -m geo plan` with some arguments and the record's changes."""
    folder = Path(tempfile.mkdtemp(prefix="mata-air-plan-"))
    (folder / "changes.json").write_text(json.dumps([as_record(change) for change in changes]), encoding="utf-8")
    files = ["--changes", str(folder / "changes.json"), "--out", str(folder / "plan.json")]
    command = [sys.executable, "-m", "geo", "--lang", lang, "plan", *arguments, *files, "--progress", "--json"]
    with (folder / "messages").open("wb") as messages:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=messages)
    return PlanJob(process, folder)
