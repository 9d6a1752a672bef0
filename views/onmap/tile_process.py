"""Asks the process that opens files of tiles; one that hangs or dies is ended and started anew."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from geo.model.errors import DataError
from geo.reading.limits import filled
from layers.tile_files import LIMITS, TileFile

_ROOT = Path(__file__).resolve().parents[2]
#: Seconds for one answer; the first waits for the process to start.
_SECONDS, _FIRST_SECONDS = 5.0, 30.0
#: No answer is longer.
_MOST_BYTES = 4_000_000


class TileProcess:
    """One process for all files and all readers; questions wait for each other, an answer takes a millisecond."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def about(self, path: Path) -> TileFile:
        """What a file says of itself.

        Raises
        ------
        DataError
            If it cannot be shown.
        """
        bounds, zooms, attribution, layers = self._ask(path, [])[0]["about"]
        return TileFile(path, tuple(bounds), tuple(zooms), attribution, tuple(layers))

    def tile(self, path: Path, zoom: int, column: int, row: int) -> tuple[bytes, str] | None:
        """A tile and its kind; None where the file has none.

        Raises
        ------
        DataError
            If the file is broken there.
        """
        head, data = self._ask(path, [zoom, column, row])
        return (data, head["kind"]) if data else None

    def end(self) -> None:
        """End the process; the next question starts another."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _ask(self, path: Path, place: list[int]) -> tuple[dict[str, Any], bytes]:
        with self._lock:
            process, seconds = self._running()
            try:
                head, data = self._answered(process, [str(path.resolve()), *place], time.monotonic() + seconds)
            except (OSError, ValueError, EOFError, TimeoutError) as error:
                self._end()
                raise DataError("error.tiles", path=path.name) from error
            if filled(process.pid) > LIMITS.memory:  # what it keeps of a file goes with it
                self._end()
        if "error" in head:
            raise DataError(head["error"], **head["values"])
        return head, data

    def _running(self) -> tuple[subprocess.Popen[bytes], float]:
        if self._process is not None and self._process.poll() is None:
            return self._process, _SECONDS
        self._end()
        command = [sys.executable, "-m", "layers.tile_files"]
        self._process = subprocess.Popen(
            command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
        return self._process, _FIRST_SECONDS

    @staticmethod
    def _answered(process: subprocess.Popen[bytes], question: list[Any], until: float) -> tuple[dict[str, Any], bytes]:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(question).encode() + b"\n")
        told = b""
        while b"\n" not in told:
            told += _more(process.stdout.fileno(), until)
        line, data = told.split(b"\n", 1)
        head = json.loads(line)
        while len(data) < head["size"]:
            data += _more(process.stdout.fileno(), until)
        return head, data


def _more(handle: int, until: float) -> bytes:
    """Some bytes of an answer, before its time is over."""
    if os.name == "posix":  # Windows waits for sockets alone
        ready, _, _ = select.select([handle], [], [], max(until - time.monotonic(), 0.0))
        if not ready:
            raise TimeoutError
    data = os.read(handle, _MOST_BYTES)
    if not data:
        raise EOFError
    return data


TILES = TileProcess()
