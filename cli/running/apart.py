"""Commands that open files work in a process of their own, under the bounds of the dashboard's readers.

What a hostile file does to a reader (fills the memory, hangs, breaks off in a library) ends that process; this one
stays, says what happened, and ends with 1: the data are at fault.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from cli.options import session
from cli.running.ending import end_with, exit_code, own_stdout
from geo.model.errors import CallError, PlanningError
from geo.reading.limits import Limits, confine, end_with_parent, filled, for_files, tell_reading, told
from texts import LANGUAGES, error_text

#: Commands that read a file and do little else: memory, time and what they write are bounded.
_READING = ("check", "propose", "import", "returned", "reports", "fetch", "photo")
#: Options that name a file to read: whatever else the command does may take long and much.
_NAMING = (
    "--villages",
    "--settlements",
    "--water",
    "--sanitation",
    "--institutions",
    "--roads",
    "--rivers",
    "--buildings",
    "--sites",
)
#: The command stands before this word: `--lang en forum reports`.
_WITHIN = 6
_TICK_S, _LAST = 0.05, 4000


def run_apart(work: Callable[[], int], words: Callable[[PlanningError], str]) -> int:
    """Do `work` (which returns an exit code) where it can do no harm, and return its exit code.

    Parameters
    ----------
    work
        Run in a process of its own where the call opens files; a reader of the dashboard is one already.
    words
        Turns an error into a sentence.
    """
    reading = any(word in _READING for word in sys.argv[1:_WITHIN])
    if os.environ.get("MATA_AIR_CONFINED"):
        confine(Limits.given())
        return work()
    opens = reading or any(word.split("=")[0] in _NAMING for word in sys.argv[1:])
    if os.name != "posix" or not opens or "--help" in sys.argv:
        return work()
    limits = for_files(Limits.given(), sys.argv[1:])
    heard, says = os.pipe()
    phase, phases = os.pipe()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)  # a key pressed in the terminal reaches the parent, which hands it on, once
        os.close(heard)
        os.close(phase)
        os.dup2(says, 2)
        os.close(says)
        if reading:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a library in between may swallow what Python makes of it
            confine(limits)
        else:
            end_with_parent()
            tell_reading(phases)
        return work()
    os.close(says)
    os.close(phases)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda number, _: os.kill(child, number))
    code, last, why = _watched(_Child(child, heard, None if reading else phase, limits))
    if code >= 0:
        return code
    if -code in (signal.SIGINT, signal.SIGTERM):  # somebody ended it
        return 128 - code
    return end_with(told(code, last, why, limits), words)


def leave(command: Callable[[], object]) -> None:
    """Run a command line, apart where it opens files, and leave with its exit code."""

    def words(error: PlanningError) -> str:
        return error_text(error, spoken(LANGUAGES, session.lang))

    def work() -> int:
        own_stdout()
        return exit_code(command, words)

    again = _output_that_is_input(sys.argv[1:])
    if again is not None:
        sys.exit(end_with(CallError("error.output_is_input", path=again), words))

    sys.exit(run_apart(work, words))


#: Options that name a file to write.
_WRITING = ("--rejects", "--fixes", "--out")


def _output_that_is_input(words: list[str]) -> str | None:
    """The file that a call would both read and write: what is in it would be lost."""
    outputs = [after for word, after in pairwise(words) if word in _WRITING]
    outputs += [word.partition("=")[2] for word in words if word.partition("=")[0] in _WRITING]
    others = [word for before, word in pairwise(["", *words]) if before not in _WRITING]
    others = [word.partition("=")[2] if word.startswith("--") else word for word in others]
    for output in outputs:
        for other in others:
            try:
                if output and other and Path(output).is_file() and Path(output).samefile(other):
                    return output
            except (OSError, ValueError):
                continue
    return None


def spoken(known: tuple[str, ...], default: str) -> str:
    """The language that the call asks for: the command that would say so works elsewhere."""
    given = sys.argv[1:_WITHIN]
    asked = [after for word, after in pairwise(given) if word == "--lang"]
    asked += [word.removeprefix("--lang=") for word in given if word.startswith("--lang=")]
    return asked[-1] if asked and asked[-1] in known else default


class _Child:
    """A process at work: the pipe of what it says, and (None: all the time) that of when it reads a user's file."""

    def __init__(self, pid: int, heard: int, phase: int | None, limits: Limits) -> None:
        self.pid, self.heard, self.phase, self.limits = pid, heard, phase, limits
        self.began: float | None = time.monotonic() if phase is None else None
        self.least = 0

    def listen(self) -> bool:
        """Wait a moment for what is said; note when reading begins and ends. Whether anything was said."""
        pipes = [self.heard] if self.phase is None else [self.heard, self.phase]
        ready = select.select(pipes, [], [], _TICK_S)[0]
        if self.phase is not None and self.phase in ready:
            marks = os.read(self.phase, 4096)
            if not marks:
                self.phase, self.began = None, None
                self.limits = replace(self.limits, memory=sys.maxsize, seconds=float("inf"))
            elif marks.endswith(b"+"):
                self.began, self.least = time.monotonic(), filled(self.pid)
            else:
                self.began = None
        return self.heard in ready

    def beyond(self) -> str | None:
        """Which bound is passed while a file is read."""
        if self.began is None:
            return None
        if time.monotonic() - self.began > self.limits.seconds:
            return "time"
        return "memory" if filled(self.pid) - self.least > self.limits.memory else None


def _watched(child: _Child) -> tuple[int, str, str | None]:
    """Hand on what the process says until it ends: its exit code (a signal below 0), last words, why it was ended."""
    last, held, why, more = b"", b"", None, True
    while more:
        if child.listen():
            said = os.read(child.heard, 65536)
            more = bool(said)
            last = (last + said)[-_LAST:]
            held = _handed_on(held + said)
        if why is None:
            why = child.beyond()
            if why is not None:
                os.kill(child.pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child.pid, 0)[1])
    # what a library says when it is out of memory is told in words
    os.write(2, _without_traces(held) if code in (-signal.SIGKILL, 1) else held)
    return code, last.decode("utf-8", errors="replace"), why


_TRACE = b"Traceback (most recent call last)"


def _handed_on(said: bytes) -> bytes:
    """Hand on what is no trace of an error; what is, or may begin one, is kept until the process has ended."""
    at = said.find(_TRACE)
    if at < 0:  # of a line that is not whole yet, its end may
        at = said.rfind(b"\n") + 1 if _TRACE.startswith(said[said.rfind(b"\n") + 1 :][: len(_TRACE)]) else len(said)
    os.write(2, said[:at])
    return said[at:][-_HELD:]


_CHAINED = (b"During handling of the above", b"The above exception was the direct")


def _without_traces(said: bytes) -> bytes:
    """What was said besides traces of errors: the sentence in which the call is answered stays.

    Examples
    --------
    >>> _without_traces(b"Traceback (most recent call last)\\n  File x\\nMemoryError\\nToo large.\\n")
    b'Too large.\\n'
    """
    kept, within = [], False
    for line in said.splitlines(keepends=True):
        if line.startswith(_TRACE):
            within = True
        elif within:  # indented lines, then the error itself
            within = line[:1] in (b" ", b"\n", b"\t")
        elif not line.startswith(_CHAINED):
            kept.append(line)
    return b"".join(kept)


#: So much of a trace is kept.
_HELD = 200_000
