"""Uploads are read in a process of their own, in one pool for the whole server, through the command line of all.

While it works the page shows how far it is, with a cancel that works; while it waits, its place. A page drawn anew
meanwhile finds the process again. The pool ends it by its own clock, and when whoever asked has gone.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from geo.model.errors import DataError
from geo.reading.limits import Limits
from geo.reading.pool import Job, Pool
from texts import t
from views.session.who import me

#: Readers at work at once, and the memory of all together; a server that has more may be told so.
POOL = Pool(
    most=int(os.environ.get("MATA_AIR_WORKERS", "2")),
    together=int(os.environ.get("MATA_AIR_WORKERS_MB", "1900")) * 1024**2,
    limits=Limits.given(),
)
ROOT = Path(__file__).resolve().parents[2]
#: Commands that tell how far they are.
_TELLING = ("check", "import", "osm", "fetch")
#: Work that takes less than this is not worth a bar.
_PATIENCE_S = 0.7
#: The last words that are looked through for how far it is.
_LAST = 20_000
_RUNNING, CANCELLED = "running", "cancelled"


@dataclass(eq=False)
class Running:
    """A command of the pool, and what it was asked for."""

    asked: tuple[str, ...]
    job: Job
    pool: Pool
    started: float = field(default_factory=time.monotonic)

    @classmethod
    def start(cls, arguments: Sequence[str], lang: str, module: str = "geo", pool: Pool | None = None) -> Running:
        """Have the pool start `python -m geo …` (or another folder's command line).

        Raises
        ------
        DataError
            If too many wait.
        """
        pool = POOL if pool is None else pool
        said = ["--progress"] if arguments[0] in _TELLING else []
        person, here = _asker()
        job = Job([sys.executable, "-m", module, "--lang", lang, *arguments, *said, "--json"], ROOT, person, here)
        pool.put(job)
        return cls(_asked(arguments, lang), job, pool)

    def progress(self) -> tuple[str, float] | None:
        """The step it is at, and how much of it is done (0 to 1); None before the first word."""
        for line in reversed(self.job.said("err", _LAST).splitlines()):
            if line.startswith('{"step"') and line.endswith("}"):
                step = json.loads(line)
                return step["step"], min(step["done"] / max(step["total"], 1), 1.0)
        return None

    def place(self) -> int:
        """Its place in the queue; 0 once it is at work."""
        return self.pool.place(self.job)

    def ended(self) -> bool:
        """Whether it has come to an end, by itself or because the pool ended it."""
        return self.job.finished.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait for its end."""
        return self.job.finished.wait(seconds)

    def stop(self) -> None:
        """End it; what it had not finished is nowhere to be seen (an import leaves the old version current)."""
        self.pool.end(self.job)

    def result(self) -> dict[str, Any]:
        """Return what a process that has ended said, or raise it."""
        try:
            out, err = self.job.said("out"), self.job.said("err", _LAST)
            process = self.job.process
            if self.job.why is not None or process is None or process.returncode < 0:
                raise self.job.fault(self.pool.limits)
            if out:
                result: dict[str, Any] = json.loads(out)
                if "error" in result:
                    raise DataError("error.said", text=result["message"])
                return result
            if process.returncode == 2 and err:  # a call that no command takes
                raise DataError("error.said", text=err.splitlines()[-1])
            raise self.job.fault(self.pool.limits)
        finally:
            self.job.folder.cleanup()


def _asker() -> tuple[str, Callable[[], bool]]:
    """Whom a command is for (a member, else whoever has this page open), and whether they are still there."""
    context = get_script_run_ctx(suppress_warning=True)
    session = "" if context is None else context.session_id
    member = None if context is None else me()
    person = session or "nobody" if member is None else f"member {member.account}"
    return person, lambda: not session or not Runtime.exists() or Runtime.instance().is_active_session(session)


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
        if bar is not None:
            bar.progress(*_told(running, lang))
        time.sleep(0.05 if bar is None else 0.2)
    slot.empty()


def _told(running: Running, lang: str) -> tuple[float, str]:
    """How far it is, and in words; its place while it waits."""
    place = running.place()
    if place:
        return 0.0, t("progress.waiting", lang, place=place)
    step, share = running.progress() or ("read", 0.0)
    return share, t(f"progress.{step}", lang)


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
