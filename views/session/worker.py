"""Uploads are read in a process of their own, limited in memory and time, through the command line of all.

While it works the page shows how far it is, with a cancel that works. A page drawn anew meanwhile finds the process
again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from geo.model.errors import DataError
from texts import t

MEMORY_BYTES = 4 * 1024**3
SECONDS = 300
ROOT = Path(__file__).resolve().parents[2]
#: Commands that tell how far they are.
_TELLING = ("check", "import", "osm")
#: Work that takes less than this is not worth a bar.
_PATIENCE_S = 0.7
_RUNNING, CANCELLED = "running", "cancelled"


def _limit() -> None:
    import resource  # there is none on Windows, where this is not called

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@dataclass(eq=False)
class Running:
    """A command at work: its process, and the folder with what it says."""

    asked: tuple[str, ...]
    process: subprocess.Popen[bytes]
    folder: tempfile.TemporaryDirectory[str]
    started: float = field(default_factory=time.monotonic)

    @classmethod
    def start(cls, arguments: Sequence[str], lang: str, module: str = "geo") -> Running:
        """Start `python -m geo …` (or another folder's command line) under limits."""
        told = ["--progress"] if arguments[0] in _TELLING else []
        command = [sys.executable, "-m", module, "--lang", lang, *arguments, *told, "--json"]
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        limit: dict[str, Any] = {"preexec_fn": _limit} if os.name == "posix" else {}
        folder = tempfile.TemporaryDirectory(prefix="mata-air-work-", ignore_cleanup_errors=True)
        with open(Path(folder.name) / "out", "wb") as out, open(Path(folder.name) / "err", "wb") as err:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=err, **limit)
        return cls(_asked(arguments, lang), process, folder)

    def said(self, name: str) -> str:
        path = Path(self.folder.name) / name
        return path.read_text(encoding="utf-8", errors="replace").strip() if path.is_file() else ""

    def progress(self) -> tuple[str, float] | None:
        """The step it is at, and how much of it is done (0 to 1); None before the first word."""
        for line in reversed(self.said("err").splitlines()):
            if line.startswith('{"step"') and line.endswith("}"):
                told = json.loads(line)
                return told["step"], min(told["done"] / max(told["total"], 1), 1.0)
        return None

    def ended(self) -> bool:
        """Whether it has come to an end, by itself or because its time was over."""
        if time.monotonic() - self.started > SECONDS:
            self.process.kill()
            self.process.wait()
        return self.process.poll() is not None

    def stop(self) -> None:
        """Kill it; what it had not finished is nowhere to be seen (an import leaves the old version current)."""
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()

    def result(self) -> dict[str, Any]:
        """Return what a process that has ended said, or raise it."""
        out, err = self.said("out"), self.said("err")
        self.folder.cleanup()
        if out:
            result: dict[str, Any] = json.loads(out)
            if "error" in result:
                raise DataError("error.said", text=result["message"])
            return result
        if self.process.returncode == 2 and err:  # a call that no command takes
            raise DataError("error.said", text=err.splitlines()[-1])
        raise DataError("error.worker")


def _asked(arguments: Sequence[str], lang: str) -> tuple[str, ...]:
    """What a process was asked for; of an import the language of its messages is no part."""
    return ("" if arguments[0] == "import" else lang, *arguments)


def run_limited(arguments: Sequence[str], lang: str, epoch: str, module: str = "geo") -> dict[str, Any]:
    """Run `python -m geo …` (or another folder's command line) under limits and return its JSON.

    Parameters
    ----------
    arguments
        Of the command; the same as those of the process at work wait for that one.
    lang
        Of what it says.
    epoch
        Name of the number in the session that a cancel raises (it is in the key of the upload, which is then dropped).

    Raises
    ------
    DataError
        With the command's own message where the data are at fault, or with the limits' where it did not come back.
    """
    running: Running | None = st.session_state.get(_RUNNING)
    if running is None or running.asked != _asked(arguments, lang):
        if running is not None:
            running.stop()
        running = st.session_state[_RUNNING] = Running.start(arguments, lang, module)
    _wait(running, lang, epoch)
    st.session_state.pop(_RUNNING, None)
    return running.result()


def _wait(running: Running, lang: str, epoch: str) -> None:
    """Wait for the end, with a bar and a cancel once it takes a while; a rerun leaves the process at work."""
    slot = st.empty()
    bar = None
    while not running.ended():
        waited = time.monotonic() - running.started
        if bar is None and waited > _PATIENCE_S:
            with slot.container(horizontal=True, vertical_alignment="center"):
                bar = st.progress(0.0)
                st.button(
                    t("data.cancel", lang), key=f"work-cancel-{running.asked[1]}", on_click=_cancel, args=(epoch,)
                )
        told = running.progress()
        if bar is not None:
            step, share = told or ("read", 0.0)
            bar.progress(share, text=t(f"progress.{step}", lang))
        time.sleep(0.05 if bar is None else 0.2)
    slot.empty()


def _cancel(epoch: str) -> None:
    running: Running | None = st.session_state.pop(_RUNNING, None)
    if running is not None:
        running.stop()
    st.session_state[epoch] = st.session_state.get(epoch, 0) + 1
    st.session_state[CANCELLED] = True


def once(question: object, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what `work` found; the same question is not worked out again in a session.

    Files are named in it by where they are `kept`: that says what they hold.
    """
    key = "worked-" + hashlib.sha256(repr(question).encode()).hexdigest()
    if key not in st.session_state:
        st.session_state[key] = work()
    found: dict[str, Any] = st.session_state[key]
    return found


def kept(name: str, content: bytes) -> Path:
    """Keep an upload as a file under its own name as long as the session lasts, and return where."""
    path = made(hashlib.sha256(content).hexdigest()[:16]) / safe_name(name)
    if not path.exists():
        part = path.with_name(".part")
        part.write_bytes(content)
        part.replace(path)
    return path


def made(name: str) -> Path:
    """Return a folder that is there as long as the session lasts."""
    if "uploads" not in st.session_state:
        st.session_state["uploads"] = tempfile.TemporaryDirectory(prefix="mata-air-upload-", ignore_cleanup_errors=True)
    folder = Path(st.session_state["uploads"].name) / name
    folder.mkdir(exist_ok=True)
    return folder


def safe_name(name: str) -> str:
    """The upload's own name, so that rows say where they came from, without anything a path could abuse."""
    return re.sub(r"[^\w.\- ]", "_", Path(name).name).lstrip(".")[-100:] or "upload"
