"""What a process that opens a user's file may take (memory, seconds, what it writes), and how its end is told."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from geo.model.errors import DataError

_MB = 1024**2
#: Address space is no measure: a reader that needs 450 MB maps 1,900. So the memory that is filled is watched, and a
#: process may set aside this much more than it may fill (arenas, stacks of threads).
_SET_ASIDE = 1.5


@dataclass(frozen=True)
class Limits:
    """Bounds of one process: `memory` and `written` (the largest file it writes) in bytes, `seconds` by the clock."""

    memory: int
    seconds: float
    written: int

    @classmethod
    def given(cls) -> Limits:
        """The bounds of a reader; whoever runs the server may set others in its environment."""
        return cls(
            memory=int(os.environ.get("MATA_AIR_WORKER_MB", "1900")) * _MB,
            seconds=float(os.environ.get("MATA_AIR_WORKER_SECONDS", "300")),
            written=2048 * _MB,
        )


#: Seconds for files of up to so many megabytes, and for each further one: a small file that takes long is hostile.
_SMALL_MB, _SMALL_S, _EACH_S = 10, 50.0, 5.0
#: Seconds for the command that waits for servers rather than files.
_FETCHING, _FETCHING_S = "fetch", 1800.0
#: The command stands before this word, also of `python -m geo --lang en fetch`.
_FIRST = 6


def for_files(limits: Limits, words: Iterable[str]) -> Limits:
    """Return the bounds for a call that names files: fewer seconds for small ones, unless its user set the seconds.

    Parameters
    ----------
    limits
        The bounds of any reader.
    words
        The call; what in it is a file counts with its size, a shapefile with the parts beside it.
    """
    if "MATA_AIR_WORKER_SECONDS" in os.environ:
        return limits
    words = list(words)
    if _FETCHING in words[:_FIRST]:
        return replace(limits, seconds=_FETCHING_S)
    size = sum(map(_size, words))
    if not size:
        return limits
    return replace(limits, seconds=min(limits.seconds, _SMALL_S + _EACH_S * max(size / _MB - _SMALL_MB, 0)))


def _size(word: str) -> int:
    path = Path(word.partition("=")[2] if word.startswith("--") else word)
    try:
        if not path.is_file():
            return 0
        parts = path.parent.glob(f"{glob.escape(path.stem)}.*") if path.suffix.lower() == ".shp" else [path]
        return sum(one.stat().st_size for one in parts)
    except (OSError, ValueError):
        return 0


#: Where a process says when it begins and ends to read a user's file; None: nobody watches.
_TOLD_TO: list[int] = []


def tell_reading(to: int) -> None:
    """Say from now on, into a pipe, when this process begins and ends to read a user's file."""
    _TOLD_TO[:] = [to]


@contextmanager
def reading() -> Iterator[None]:
    """A block in which a user's file is read: whoever watches holds it to the bounds of a reader."""
    for to in _TOLD_TO:
        os.write(to, b"+")
    try:
        yield
    finally:
        for to in _TOLD_TO:
            os.write(to, b"-")


def confine(limits: Limits, *, with_parent: bool = True) -> None:
    """Put this process under bounds, those it starts too; where the system has none of the kind, it has none.

    `with_parent`: it ends when the thread that started it does, for which that thread has to last.
    """
    if os.name != "posix":
        return
    import resource

    seconds = max(int(limits.seconds), 1)
    bounds = {
        "RLIMIT_CORE": 0,
        "RLIMIT_CPU": seconds * 2,  # two cores; the clock is watched from outside
        "RLIMIT_FSIZE": limits.written,
        "RLIMIT_DATA": int(limits.memory * _SET_ASIDE) + 512 * _MB,
    }
    for name, most in bounds.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (bound, bound))
    if with_parent:
        end_with_parent()


def end_with_parent() -> None:
    """A parent that is killed takes this process along (Linux)."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes
    import signal

    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG


def filled(pid: int) -> int:
    """Return the bytes of memory that a process fills now; 0 once it has ended."""
    try:
        if sys.platform.startswith("linux"):
            return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
        import psutil

        return int(psutil.Process(pid).memory_info().rss)
    except (OSError, ValueError, IndexError):
        return 0
    except Exception as error:  # psutil's own, which are no OSError
        if type(error).__module__.startswith("psutil"):
            return 0
        raise


#: What stands on stderr where memory could not be had, by whoever asked for it: Python, C++, Rust, Arrow, GEOS.
_NO_MEMORY = (
    "MemoryError",
    "bad_alloc",
    "memory allocation of",
    "malloc of size",
    "Unable to allocate",
    "out of memory",
)
_CPU, _KILLED, _FILE = 24, 9, 25


def told(code: int, last_words: str, why: str | None, limits: Limits) -> DataError:
    """Say why a process ended without an answer.

    Parameters
    ----------
    code
        Its exit code; the number of a signal below zero.
    last_words
        The end of what it said on stderr.
    why
        ``time``, ``memory``, ``size`` where it was ended for that; None: it ended by itself.
    limits
        Those it had, for the message.

    Examples
    --------
    >>> told(-11, "", None, Limits.given()).key
    'error.worker_crashed'
    >>> told(-6, "memory allocation of 9 bytes failed", None, Limits.given()).key
    'error.worker_memory'
    """
    values: dict[str, Any] = {"memory": round(limits.memory / _MB), "seconds": round(limits.seconds)}
    if why == "time" or code == -_CPU:
        return DataError("error.worker_time", **values)
    if why == "size" or code == -_FILE:
        return DataError("error.worker_size", **values)
    if why == "memory" or code == -_KILLED or any(word in last_words for word in _NO_MEMORY):
        return DataError("error.worker_memory", **values)
    return DataError("error.worker_gone") if why is not None else DataError("error.worker_crashed", code=code)
