"""Readers of users' files as one pool: how many at once, one a person, bounds for each and for all, ended in time.

A thread of the pool's own looks after them: no page has to be open for a reader to be ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from geo.model.errors import DataError
from geo.reading.limits import Limits, filled, for_files, told

#: Seconds between two looks at the readers.
_TICK_S = 0.05
#: Seconds that whoever asked may be away (a page that is loaded anew, a net that drops) before the reader is ended.
GRACE_S = 15.0
#: Bytes of an answer, and of messages; a reader that says more is ended. So many may wait.
MOST_SAID, MOST_WAITING = 8_000_000, 50


@dataclass(eq=False)
class Job:
    """A command that waits, is at work or has ended, and the folder with what it says.

    `person` is whom it is for, `here` tells whether they are still there. `why` is set where the pool ended it:
    ``time``, ``memory``, ``size``, ``gone``, ``cancelled``.
    """

    command: Sequence[str]
    cwd: Path
    person: str
    here: Callable[[], bool] = lambda: True
    folder: tempfile.TemporaryDirectory[str] = field(
        default_factory=lambda: tempfile.TemporaryDirectory(prefix="mata-air-work-", ignore_cleanup_errors=True)
    )
    process: subprocess.Popen[bytes] | None = None
    began: float | None = None
    why: str | None = None
    limits: Limits | None = None
    finished: threading.Event = field(default_factory=threading.Event)
    _seen: float = field(default_factory=time.monotonic)

    def said(self, name: str, last: int | None = None) -> str:
        """What it said on ``out`` or ``err``; only the end of it where `last` bytes are asked for.

        Raises
        ------
        DataError
            If it is more than an answer may have.
        """
        path = Path(self.folder.name) / name
        if not path.is_file():
            return ""
        size = path.stat().st_size
        if last is None and size > MOST_SAID:
            raise DataError("error.worker_size")
        with path.open("rb") as file:
            file.seek(max(size - last, 0) if last is not None else 0)
            return file.read(MOST_SAID).decode("utf-8", errors="replace").strip()

    def begin(self, limits: Limits) -> None:
        """Start it under bounds, which it puts itself under before it opens anything (`cli.running.apart`)."""
        self.limits = limits = for_files(limits, self.command)
        bounds = {
            "MATA_AIR_CONFINED": "1",
            "MATA_AIR_WORKER_MB": str(limits.memory // 1024**2),
            "MATA_AIR_WORKER_SECONDS": str(limits.seconds),
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
        }
        with open(Path(self.folder.name) / "out", "wb") as out, open(Path(self.folder.name) / "err", "wb") as err:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.cwd,
                env={**os.environ, **bounds},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        self.began = time.monotonic()

    def kill(self, why: str) -> None:
        """End it, and what it started."""
        self.why = self.why or why
        if self.process is None or self.process.poll() is not None:
            return
        if os.name == "posix":
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()
        self.process.wait()

    def why_to_end(self, limits: Limits, now: float) -> str | None:
        """Which bound it has passed, if any; that of memory is looked at for all together."""
        if self.began is not None and now - self.began > (self.limits or limits).seconds:
            return "time"
        if any(path.stat().st_size > MOST_SAID for path in Path(self.folder.name).iterdir()):
            return "size"
        return self.away(now)

    def away(self, now: float) -> str | None:
        """``gone`` where whoever asked has been away for too long."""
        if self.here():
            self._seen = now
        return "gone" if now - self._seen > GRACE_S else None

    def fault(self, limits: Limits) -> DataError:
        """Say why it ended without an answer."""
        code = 0 if self.process is None else self.process.returncode
        return told(code, self.said("err", 4000), self.why, self.limits or limits)


class Pool:
    """At most `most` readers at once, one a person; `limits` bound each, `together` their memory in bytes.

    Who comes later waits, in order; a person who has one at work lets others pass.
    """

    def __init__(self, most: int, together: int, limits: Limits) -> None:
        self.most, self.together, self.limits = most, together, limits
        self._lock = threading.Lock()
        self._waiting: list[Job] = []
        self._working: list[Job] = []
        self._thread: threading.Thread | None = None

    def put(self, job: Job) -> None:
        """Take a job on; it begins at once where there is room.

        Raises
        ------
        DataError
            If too many wait already.
        """
        with self._lock:
            if len(self._waiting) >= MOST_WAITING:
                job.folder.cleanup()
                raise DataError("error.worker_queue", count=len(self._waiting))
            self._waiting.append(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._tend, name="mata-air-readers", daemon=True)
                self._thread.start()

    def place(self, job: Job) -> int:
        """How many must begin before it does, itself counted; 0 once it has begun."""
        with self._lock:
            return self._waiting.index(job) + 1 if job in self._waiting else 0

    def end(self, job: Job) -> None:
        """End a job that nobody wants any more; what it had not finished is nowhere to be seen."""
        with self._lock:
            if job in self._waiting:
                self._waiting.remove(job)
            job.kill("cancelled")
            self._working = [one for one in self._working if one is not job]
            job.finished.set()
        job.folder.cleanup()

    def _tend(self) -> None:
        """Look after the jobs until there are none. The readers end with this thread, so it outlives them all."""
        while True:
            with self._lock:
                now = time.monotonic()
                self._look(now)
                self._begin(now)
                if not self._working and not self._waiting:
                    self._thread = None
                    return
            time.sleep(_TICK_S)

    def _look(self, now: float) -> None:
        for job in self._working:
            why = job.why_to_end(self.limits, now)
            if why is not None:
                job.kill(why)
        memory = {job: filled(job.process.pid) for job in self._working if job.process is not None}
        for job in sorted(memory, key=lambda one: memory[one], reverse=True):
            if memory[job] > self.limits.memory or sum(memory.values()) > self.together:
                job.kill("memory")
                memory[job] = 0
        ended = [job for job in self._working if job.process is None or job.process.poll() is not None]
        self._working = [job for job in self._working if job not in ended]
        for job in ended:
            if job.why == "gone":  # nobody asks for what it said
                job.folder.cleanup()
            job.finished.set()

    def _begin(self, now: float) -> None:
        for job in list(self._waiting):
            gone = job.away(now)
            if gone is not None:
                job.kill(gone)
                job.folder.cleanup()
            elif len(self._working) >= self.most or job.person in {one.person for one in self._working}:
                continue
            else:
                self._start(job)
            self._waiting.remove(job)
            if job.process is None:
                job.finished.set()

    def _start(self, job: Job) -> None:
        try:
            job.begin(self.limits)
        except OSError:  # no process could be made: the machine is full
            job.why = "memory"
        else:
            self._working.append(job)
