"""How every command line of Mata Air ends: 0 done, 1 the data are at fault, 2 the call is at fault, 3 a bug."""

from __future__ import annotations

import errno
import gc
import json
import math
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from typer.core import TyperGroup

from geo.model.errors import CallError, PlanningError
from geo.reading.limits import Limits, told


def exit_code(command: Callable[[], object], words: Callable[[PlanningError], str]) -> int:
    """Run a command and return its exit code; errors are said on stderr in the user's words.

    Parameters
    ----------
    command
        A Typer application, or any callable.
    words
        Turns an error into a sentence.

    Examples
    --------
    >>> exit_code(lambda: None, str)
    0
    """
    try:
        command()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 2
    except PlanningError as error:
        return end_with(error, words)
    except MemoryError:
        traceback.print_exc()
        return end_with(told(1, "MemoryError", "memory", Limits.given()), words)
    except OSError as error:
        if error.errno is None:  # no file or disk is named: a fault of ours
            traceback.print_exc()
            return 3
        if error.errno == errno.EFBIG:
            return end_with(told(1, "", "size", Limits.given()), words)
        return end_with(CallError("error.write", path=error.filename or "–", reason=error.strerror), words)
    except Exception as error:
        if any(word in str(error) for word in _FULL):  # said by a library in its own words
            return end_with(CallError("error.write", path="–", reason=os.strerror(errno.ENOSPC)), words)
        traceback.print_exc()
        return 3
    return 0


#: What libraries say where the disk is full.
_FULL = ("database or disk is full", "No space left on device")


def put(path: Path, data: bytes | str) -> None:
    """Write a file whole or not at all: what is there stays until what takes its place is written."""
    content = data.encode("utf-8") if isinstance(data, str) else data
    path = path.resolve()
    if path.exists() and not path.is_file():  # a pipe, a device
        path.write_bytes(content)
        return
    part = path.with_name(f".{path.name[:200]}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        error.filename = str(path)
        raise


def end_with(error: PlanningError, words: Callable[[PlanningError], str]) -> int:
    """Say an error and return its exit code."""
    _say(error, words)
    return 2 if isinstance(error, CallError) else 1


def _say(error: PlanningError, words: Callable[[PlanningError], str]) -> None:
    """The sentence on stderr; with `--json` also as the one JSON object on stdout."""
    print(words(error), file=sys.stderr)
    if "--json" in sys.argv:
        values = {
            name: value if isinstance(value, (int, float)) and math.isfinite(value) else str(value)
            for name, value in error.values.items()
        }
        print(json.dumps({"error": error.key, "message": words(error), "values": values}, ensure_ascii=False))


class Commands(TyperGroup):
    """A command line whose faults of call (no such option, one that is missing) are JSON, too, where that is asked."""

    def make_context(self, *args: Any, **more: Any) -> Any:
        """As Typer does; what is wrong with the call is said."""
        try:
            return super().make_context(*args, **more)
        except Exception as error:
            _say_usage(error)
            raise

    def invoke(self, *args: Any, **more: Any) -> Any:
        """As Typer does; what is wrong with the call of a command is said."""
        try:
            return super().invoke(*args, **more)
        except Exception as error:
            _say_usage(error)
            raise


def _say_usage(error: Exception) -> None:
    """The one JSON object of a call that no command takes; the words on stderr are Typer's own."""
    if "--json" in sys.argv and hasattr(error, "format_message"):
        print(json.dumps({"error": "usage", "message": error.format_message(), "values": {}}, ensure_ascii=False))


def own_stdout() -> None:
    """Keep stdout for the result: what C libraries print there (HiGHS its banner) goes to stderr instead."""
    gc.set_threshold(200_000, 50, 50)  # a command loads much and forgets little: looking for waste costs a tenth of it
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = os.fdopen(kept, "w", encoding="utf-8", errors="backslashreplace", newline="\n")
