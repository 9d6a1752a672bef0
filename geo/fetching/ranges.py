"""A file on a server, read by range: only the blocks that are needed, kept on disk so that a break costs none."""

from __future__ import annotations

import io
import json
import re
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx2

from geo.fetching.inner import inner, inner_address
from geo.model.errors import DataError

#: Bytes of a block; so many blocks are asked for at once where they lie side by side.
BLOCK, _MOST_BLOCKS = 131_072, 64
#: Seconds to be let in, between two words, for one answer; how often a server is asked, with so many seconds between.
_CONNECT_S, _READ_S, _ANSWER_S, _TURNS, _PAUSE_S = 10.0, 30.0, 300.0, 3, 2.0
_BUSY = (429, 500, 502, 503, 504)
#: A source that needs more bytes than this is no window of anything.
MOST_BYTES = 1_000_000_000
R = TypeVar("R")
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


def _stays_outside(answer: httpx2.Response) -> None:
    """Refuse a server of the internet that sends on to a machine of the office's own network."""
    if not answer.has_redirect_location:
        return
    then = answer.request.url.join(answer.headers["location"])
    if inner(then.host) and not inner(answer.request.url.host):
        raise _fault("inner", str(answer.request.url), detail=then.host[:80])


@dataclass(eq=False)
class Asker:
    """Asks servers, counts what came, and does not wait a second time for one that is not there."""

    client: httpx2.Client = field(
        default_factory=lambda: httpx2.Client(
            timeout=httpx2.Timeout(_READ_S, connect=_CONNECT_S),
            follow_redirects=True,
            headers={"User-Agent": "mata-air", "Accept-Encoding": "identity"},
            event_hooks={"response": [_stays_outside]},
        )
    )
    pause_s: float = _PAUSE_S
    received: int = 0
    begun: int = 0
    _gone: dict[str, DataError] = field(default_factory=dict)
    _there: set[str] = field(default_factory=set)
    #: What each name stood for when it was first asked for: inside the office or out.
    _inner: dict[str, bool] = field(default_factory=dict)

    def __enter__(self) -> Asker:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def ask(self, address: str, first: int | None = None, last: int | None = None) -> Answer:
        """Return bytes `first` to `last` of an address, or all of it.

        Raises
        ------
        DataError
            If the server is not there, is not who it says, is too slow, refuses, or breaks off; `MissingError` for 404.
        """
        try:
            host, name = urlsplit(address).netloc, urlsplit(address).hostname or ""
        except ValueError as error:
            raise _fault("address", address, detail=str(error)[:150]) from error
        if host in self._gone:
            raise self._gone[host]
        if name not in self._inner:
            self._inner[name] = inner(name)
        for turn in range(_TURNS):
            try:
                answer = within(_ANSWER_S, address, lambda: self._once(address, first, last))
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                away = urlsplit(str(error.request.url)).netloc  # where a redirect led to
                self._gone[away] = _unreached(str(error.request.url), error)
                raise self._gone[away] from error
            except DataError:
                raise
            except (httpx2.InvalidURL, httpx2.TooManyRedirects, httpx2.UnsupportedProtocol, ValueError) as error:
                raise _fault("address", address, detail=str(error)[:150]) from error
            except (httpx2.TransportError, OSError) as error:
                if turn == _TURNS - 1:
                    slow = isinstance(error, httpx2.TimeoutException)
                    raise _fault("slow" if slow else "broken", address, detail=str(error)[:150]) from error
            else:
                if answer.status not in _BUSY or turn == _TURNS - 1:
                    return answer
            time.sleep(self.pause_s)
        raise AssertionError("unreachable")

    def _stays_with_its_name(self, answer: httpx2.Response) -> None:
        """Refuse a name of the internet that, once it was let in, stands for a machine of the office's own network."""
        stream = answer.extensions.get("network_stream")
        peer = None if stream is None else stream.get_extra_info("server_addr")
        host = answer.request.url.host
        proxies = getproxies()
        if (
            not peer or {answer.request.url.scheme, "all"} & proxies.keys()
        ):  # what a proxy of the office lets in is the proxy's to say
            return
        if inner_address(str(peer[0])) and not self._inner.get(host, inner(host)):
            raise _fault("inner", str(answer.request.url), detail=str(peer[0])[:80])

    def once(self, address: str, knock: Callable[[], None]) -> None:
        """Find out whether a server is there, the first time it is asked for; its fault is remembered.

        Raises
        ------
        DataError
            If it is not there, or was not.
        """
        if address in self._gone:
            raise self._gone[address]
        if address not in self._there:
            try:
                knock()
            except DataError as error:
                self._gone[address] = error
                raise
            self._there.add(address)

    def json(self, address: str) -> Any:
        """Return the JSON at an address.

        Raises
        ------
        DataError
            As `ask`, or if it is none.
        """
        answer = self.ask(address)
        _must_be(answer, address, 200)
        try:
            return json.loads(answer.content)
        except (ValueError, RecursionError) as error:
            raise _fault("format", address, detail="JSON") from error

    def _once(self, address: str, first: int | None, last: int | None) -> Answer:
        headers = {} if first is None else {"Range": f"bytes={first}-{last}"}
        began, content = time.monotonic(), bytearray()
        with self.client.stream("GET", address, headers=headers) as answer:
            self._stays_with_its_name(answer)
            if answer.status_code not in (200, 206):  # what it says instead is not read
                return Answer(answer.status_code, b"", dict(answer.headers))
            asked = MOST_BYTES if first is None or last is None or answer.status_code == 200 else last - first + 1
            for part in answer.iter_raw():
                content += part
                self.received += len(part)
                if time.monotonic() - began > _ANSWER_S:
                    raise _fault("slow", address)
                if len(content) > asked or self.received - self.begun > MOST_BYTES:
                    raise _fault("much", address, count=MOST_BYTES // 1_000_000)
            told = answer.headers.get("Content-Length")
            if told is not None and told.isdigit() and int(told) != len(content):
                raise httpx2.RemoteProtocolError(f"{len(content)} of {told} bytes")
            return Answer(answer.status_code, bytes(content), dict(answer.headers))


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    content: bytes
    headers: dict[str, str]

    @property
    def tag(self) -> str:
        """What tells this state of a file from another, as far as the server says."""
        return self.headers.get("etag", "") or self.headers.get("last-modified", "")


class MissingError(DataError):
    """The server has no such file."""


class RangeFile(io.RawIOBase):
    """A file at an address, for readers that seek: blocks are asked for when they are read, and kept in `parts`.

    Parameters
    ----------
    address
        Of the file.
    asker
        Asks for it.
    parts
        Folder for the blocks; those of an earlier try are used where the file is still the same.

    Raises
    ------
    DataError
        As `Asker.ask`, or if the file changes while it is read.
    """

    def __init__(self, address: str, asker: Asker, parts: Path) -> None:
        super().__init__()
        self.address, self._asker, self._parts, self._at = address, asker, parts, 0
        parts.mkdir(parents=True, exist_ok=True)
        answer = asker.ask(address, 0, BLOCK - 1)
        if answer.status == 416:  # an empty file has no range
            raise _fault("format", address, detail="0 B")
        self.size, content = self._understood(answer, 0)
        self._tag = answer.tag
        head = {"address": address, "size": self.size, "tag": self._tag}
        note, part = parts / "head.json", parts / "head.part"
        if not self._tag or _noted(note) != head:
            for old in parts.glob("*.block"):
                old.unlink()
            part.write_text(json.dumps(head), encoding="utf-8")
            part.replace(note)
        self._keep(0, content)

    def _understood(self, answer: Answer, first: int) -> tuple[int, bytes]:
        """The whole file's size and the bytes that came."""
        _must_be(answer, self.address, 200, 206)
        if answer.status == 200:  # the server knows no ranges and sent all of it
            if first:
                raise _fault("changed", self.address)
            return len(answer.content), answer.content
        told = _RANGE.fullmatch(answer.headers.get("content-range", ""))
        if told is None or int(told[1]) != first or int(told[2]) - first + 1 != len(answer.content):
            raise _fault("broken", self.address, detail="Content-Range")
        return int(told[3]), answer.content

    def _keep(self, block: int, content: bytes) -> None:
        for n, start in enumerate(range(0, len(content), BLOCK)):
            path = self._parts / f"{block + n}.block"
            part = path.with_suffix(".part")
            part.write_bytes(content[start : start + BLOCK])
            part.replace(path)

    def _have(self, block: int) -> bool:
        path = self._parts / f"{block}.block"
        return path.is_file() and path.stat().st_size == min(BLOCK, self.size - block * BLOCK)

    def _need(self, first: int, last: int) -> None:
        """Have the blocks from `first` to `last`, asking for those side by side in one go."""
        block = first
        while block <= last:
            if self._have(block):
                block += 1
                continue
            end = block
            while end < last and end - block + 1 < _MOST_BLOCKS and not self._have(end + 1):
                end += 1
            begin, stop = block * BLOCK, min((end + 1) * BLOCK, self.size) - 1
            answer = self._asker.ask(self.address, begin, stop)
            size, content = self._understood(answer, begin)
            if size != self.size or answer.tag != self._tag:
                raise _fault("changed", self.address)
            if len(content) != stop - begin + 1:
                raise _fault("broken", self.address, detail=f"{len(content)} B")
            self._keep(block, content)
            block = end + 1

    def readable(self) -> bool:
        """It is read."""
        return True

    def seekable(self) -> bool:
        """Any place of it can be gone to."""
        return True

    def tell(self) -> int:
        """Where reading goes on."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(start + offset, 0)
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, up to the end of the file."""
        end = self.size if size is None or size < 0 else min(self._at + size, self.size)
        if self._at >= end:
            return b""
        first, last = self._at // BLOCK, (end - 1) // BLOCK
        self._need(first, last)
        content = b"".join((self._parts / f"{block}.block").read_bytes() for block in range(first, last + 1))
        found = content[self._at - first * BLOCK : end - first * BLOCK]
        self._at = end
        return found

    def copied(self, path: Path) -> Path:
        """Write the whole file to disk, block by block, and return where."""
        with path.open("wb") as file:
            self.seek(0)
            while part := self.read(_MOST_BLOCKS * BLOCK):
                file.write(part)
        return path


def within(seconds: float, address: str, work: Callable[[], R]) -> R:
    """Return what some work returns, unless it takes longer: a server may say a letter now and then, for ever.

    Raises
    ------
    DataError
        If it takes longer; the work is left to itself, in a thread that ends with the process.
    """
    found: list[R] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not found:
        raise _fault("slow", address)
    return found[0]


def shown(address: str) -> str:
    """Return an address as it may be told: without what signs in."""
    return re.sub(r"(?<=://)[^/@]*@", "", address)


def _noted(path: Path) -> Any:
    """What was noted of an earlier try; None where that cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _must_be(answer: Answer, address: str, *right: int) -> None:
    if answer.status in (403, 404, 410):  # a store that may not be listed says 403 of what it has not
        raise MissingError("error.fetch.missing", value=shown(address), status=answer.status)
    if answer.status not in right:
        raise _fault("status", address, status=answer.status)


def _unreached(address: str, error: Exception) -> DataError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError) or "CERTIFICATE_VERIFY_FAILED" in str(cause):
            return _fault("certificate", address, detail=str(cause)[:150])
        cause = cause.__cause__ or cause.__context__
    return _fault("offline", address, detail=str(error)[:150])


def _fault(kind: str, address: str, **values: object) -> DataError:
    return DataError(f"error.fetch.{kind}", value=shown(address), **values)
