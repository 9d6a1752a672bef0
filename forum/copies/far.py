"""A copy of the record in a store that is no folder: S3 and its like, or whatever else `fsspec` reaches by an address.

Such stores keep whole objects and add to none, so the copy lies there in parts of `PART` events; the last part is
written whole again as events come. The head is written after them: where it is ahead of the parts, somebody took some.
What an address needs beside it (keys, another endpoint) is told to its own package the way that package is told
(`AWS_ACCESS_KEY_ID`, `FSSPEC_S3_ENDPOINT_URL` …), never in the address.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from forum.chain import FIRST, Head, rows_of
from forum.mirror import HEAD, URNS, Mirror, head_of, lines_of, read_copy, read_urns, urns_of
from geo.model.errors import CallError

#: Events in one part, and what a part is called.
PART, _PART = 500, re.compile(r"part-\d{6}\.jsonl")
_R = TypeVar("_R")


def mirror_at(place: str | Path) -> Mirror:
    """Return the copy at a place: an address with a scheme (``s3://bucket/folder``) or a folder.

    Raises
    ------
    CallError
        If nothing here reaches such an address, or it holds a password.
    """
    return FarMirror(str(place)) if is_far(place) else Mirror(_here(place))


def head_at(place: str) -> Head | None:
    """Return the head of the copy that follows to a place, its chain checked; None where no folder is there.

    Raises
    ------
    CallError
        If the store is not reached.
    DataError
        If the copy is damaged.
    """
    return mirror_at(place).head() if is_far(place) or _here(place).is_dir() else None


def read_any_copy(place: str, known: Head | None = None) -> tuple[list[str], Head | None, dict[str, str]]:
    """Return the lines of a copy (a file, a folder, an address), the head it should have, and its urns.

    Raises
    ------
    CallError
        If there is none, or the store is not reached.
    DataError
        If it is no text.
    """
    if not is_far(place):
        return (*read_copy(_here(place), known), read_urns(_here(place)))
    copies = FarMirror(place)
    if not copies.there():
        raise CallError("error.no_file", path=place)
    return copies.lines(), copies.known() if known is None else known, copies.urns()


def is_far(place: str | Path) -> bool:
    """Whether a place is an address, no folder or file of this machine.

    Examples
    --------
    >>> is_far("s3://arsip/mata-air"), is_far("/mnt/usb/mata-air"), is_far("file:///mnt/usb/mata-air")
    (True, False, False)
    """
    return "://" in str(place) and not str(place).startswith(_FILE)


#: How an address of this machine's own files begins.
_FILE = "file://"


def _here(place: str | Path) -> Path:
    """The folder or file of this machine that a place names."""
    return Path(str(place).removeprefix(_FILE))


class FarMirror(Mirror):
    """The copy behind an address. Where two follow one record, whoever finds that the other wrote reads anew."""

    def __init__(self, address: str) -> None:
        try:
            parts = urlsplit(address)
            secret = bool(parts.username or parts.password or parts.query) or "::" in address or "@" in parts.path
        except ValueError:
            secret = True
        if secret:  # it would stand in logs and lists of processes
            raise CallError("error.store_password")
        import fsspec  # type: ignore[import-untyped]

        self.address = address.rstrip("/")
        self._known: tuple[int, Head] | None = None
        self._urns: str | None = None
        try:
            self._fs, root = fsspec.core.url_to_fs(self.address)
        except ImportError as error:
            raise CallError("error.store_unknown", value=address.partition("://")[0], reason=str(error)) from error
        except (ValueError, OSError) as error:
            raise CallError("error.store", path=self.address, reason=str(error)[:200]) from error
        self._root = str(root).rstrip("/")
        self.name = self.address

    def lines(self) -> list[str]:
        """Return the lines of all parts."""
        found: list[str] = []
        for name in self._parts():
            found += lines_of(self._read(name) or b"", Path(name))
        return found

    def head(self) -> Head:
        """Return the head of the copy, its chain checked; what this object wrote itself is not read again."""
        if self._known is None:
            rows = rows_of(self.lines())
            self._known = len(rows), Head(len(rows), rows[-1]["hash"]) if rows else Head(0, FIRST)
        return self._known[1]

    def known(self) -> Head | None:
        """Return the head that lies beside the parts; None where there is none."""
        data = self._read(f"{self._root}/{HEAD}")
        return None if data is None else head_of(data, f"{self.address}/{HEAD}")

    def urns(self) -> dict[str, str]:
        """Return the urns that lie beside the parts."""
        data = self._read(f"{self._root}/{URNS}")
        return {} if data is None else urns_of(data, f"{self.address}/{URNS}")

    def there(self) -> bool:
        """Whether there is a copy."""
        return bool(self._parts())

    def _parts(self) -> list[str]:
        """Names of the parts, in their order; whatever signs the folder's own name holds."""
        try:
            names = self._reach(lambda: self._fs.ls(self._root, detail=False, refresh=True))
        except FileNotFoundError:
            return []
        return sorted(str(name) for name in names if _PART.fullmatch(str(name).rpartition("/")[2]))

    def _alone(self) -> AbstractContextManager[object]:
        return nullcontext()

    def _aside(self) -> str:
        name = f"damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        for part in self._parts():
            data = self._read(part) or b""
            self._write(f"{self._root}/{name}/{part.rpartition('/')[2]}", data)
            self._reach(partial(self._fs.rm_file, part))
        return name

    def _add(self, lines: list[str]) -> None:
        first, newest = ((json.loads(line)["number"] - 1) // PART for line in (lines[0], lines[-1]))
        for number in range(first, newest + 1):
            self._put_part(number, lines)
        last = json.loads(lines[-1])
        self._known = last["number"], Head(last["number"], last["hash"])
        self._write(f"{self._root}/{HEAD}", f"{self._known[1]}\n".encode())

    def _put_part(self, number: int, lines: list[str]) -> None:
        """Write a part whole: what it has already, and those of the new lines that are its own."""
        name = f"{self._root}/part-{number + 1:06d}.jsonl"
        mine = {json.loads(line)["number"]: line for line in lines_of(self._read(name) or b"", Path(name))}
        new = {at: line for line in lines if ((at := json.loads(line)["number"]) - 1) // PART == number}
        if min(new) > max(mine, default=number * PART) + 1:  # somebody took some, or another wrote over them
            self._known = None
            raise CallError("error.store", path=self.address, reason=f"{min(new) - 1} is missing")
        mine |= new
        self._write(name, "".join(f"{mine[at]}\n" for at in sorted(mine)).encode())

    def _put_urns(self, text: str) -> None:
        if text == self._urns:  # twice a second: what was written is not asked for again
            return
        name = f"{self._root}/{URNS}"
        before = self._read(name)
        if text != ("{}" if before is None else before.decode("utf-8").rstrip()):
            self._write(name, f"{text}\n".encode())
        self._urns = text

    def _read(self, name: str) -> bytes | None:
        try:
            return bytes(self._reach(lambda: self._fs.cat_file(name)))
        except FileNotFoundError:
            return None

    def _write(self, name: str, data: bytes) -> None:
        def put() -> None:
            self._fs.makedirs(name.rpartition("/")[0], exist_ok=True)
            self._fs.pipe_file(name, data)

        try:
            self._reach(put)
        except FileNotFoundError as error:  # the bucket itself is not there
            raise CallError("error.store", path=self.address, reason=str(error)[:200]) from error

    def _reach(self, work: Callable[[], _R]) -> _R:
        """Do something at the store; whatever its package raises is told as one error, and nobody's work ends by it."""
        try:
            result: Any = work()
        except FileNotFoundError:
            raise
        except Exception as error:  # each store's package has errors of its own
            reason = f"{type(error).__name__}: {error}"[:200]
            raise CallError("error.store", path=self.address, reason=reason) from error
        return result  # type: ignore[no-any-return]
