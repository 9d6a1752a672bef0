"""A second place that follows the record, event by event: another folder, best on another disk.

Its file is a copy as `python -m forum backup` writes one, with the head beside it. It is only ever added to: where the
record has fewer events than the copy, or others, the copy stays as it is and that is said. A copy that is damaged is
kept under another name, and one is written anew, if the record has all that the head beside it tells. Urns that are not
open yet (`forum.polls.urn`) lie beside it in one file, written anew whenever they change: older ones are not kept.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from forum.chain import FIRST, Head, holds, rows_of
from forum.polls.urn import all_of
from forum.record import Record
from geo.model.errors import CallError, DataError, PlanningError

FILE, HEAD, URNS = "record.jsonl", "head", "urns.json"
#: How long the record may be ahead of its copy.
EVERY_S = 0.5
_LOG = logging.getLogger(__name__)


class Mirror:
    """The copy in a folder, which is made if it is missing (0700, its files 0600)."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self.path = folder / FILE
        self.name = str(self.path)
        self._known: tuple[int, Head] | None = None

    def lines(self) -> list[str]:
        """Return what is whole of the copy: a last line that was cut by a crash is left out."""
        if not self.path.exists():
            return []
        return lines_of(self.path.read_bytes(), self.path)

    def head(self) -> Head:
        """Return the head of the copy, its chain checked; checked again only when the file has changed."""
        size = self.path.stat().st_size if self.path.exists() else 0
        if self._known is None or self._known[0] != size:
            rows = rows_of(self.lines())
            self._known = size, Head(len(rows), rows[-1]["hash"]) if rows else Head(0, FIRST)
        return self._known[1]

    def follow(self, record: Record) -> int:
        """Add what the record has and the copy has not; return how many events.

        Raises
        ------
        DataError
            If the record is shorter than the copy, or another: nothing is written then.
        """
        with self._alone():
            theirs = record.head()
            try:
                mine = self.head()
            except DataError as error:
                mine = self._anew(record, error)
            if theirs == mine:
                self._keep_urns(record, mine)
                return 0
            if theirs.count <= mine.count:
                holds([*[""] * (theirs.count - 1), theirs.hash][: theirs.count], mine)
            new = record.lines_after(mine.count)
            if json.loads(new[0])["before"] != mine.hash:
                raise DataError("error.record_rewritten", value=mine.count)
            self._add(new)
            self._keep_urns(record, self.head())
            return len(new)

    def known(self) -> Head | None:
        """Return the head that lies beside the copy; None where there is none."""
        return read_head(self._folder)

    def _alone(self) -> AbstractContextManager[object]:
        """Whoever follows does so alone."""
        return FileLock(self._folder / ".lock", mode=0o600)

    def _aside(self) -> str:
        """Keep a damaged copy under another name, and return that."""
        aside = self.path.with_name(f"{FILE}.{datetime.now(UTC):%Y%m%dT%H%M%S%f}.damaged")
        os.replace(self.path, aside)
        return aside.name

    def _anew(self, record: Record, error: DataError) -> Head:
        """Put a damaged copy aside; refused where the head beside it tells of what the record has not."""
        told = self.known()
        if told is None and not record.last():  # nothing tells that this record is the one that was copied
            raise error
        if told is not None:
            holds([json.loads(line)["hash"] for line in record.lines_after(0)], told)
        _LOG.error("the copy of the record was damaged (%s): kept as %s, written anew", error, self._aside())
        self._known = 0, Head(0, FIRST)
        return self._known[1]

    def _add(self, lines: list[str]) -> None:
        whole = self.path.read_bytes().rfind(b"\n") + 1 if self.path.exists() else 0
        handle = os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.truncate(whole)
            file.seek(whole)
            file.write("".join(f"{line}\n" for line in lines).encode())
            file.flush()
            os.fsync(file.fileno())
        last = json.loads(lines[-1])
        self._known = self.path.stat().st_size, Head(last["number"], last["hash"])
        write_whole(self._folder / HEAD, [str(self._known[1])])

    def _keep_urns(self, record: Record, head: Head) -> None:
        text = json.dumps(all_of(record), ensure_ascii=False)
        if record.last() != head.count:  # somebody voted meanwhile: next time
            return
        self._put_urns(text)

    def _put_urns(self, text: str) -> None:
        place = self._folder / URNS
        if text != (place.read_text(encoding="utf-8").rstrip() if place.exists() else "{}"):
            write_whole(place, [text])


def lines_of(data: bytes, path: Path) -> list[str]:
    r"""Return the whole lines of a copy's bytes: they end at a line feed alone, whatever else the texts in them hold.

    Raises
    ------
    DataError
        If they are no text.

    Examples
    --------
    >>> lines_of("a\u2028b\r\nc\x85d\ncut".encode(), Path("copy"))
    ['a\u2028b', 'c\x85d']
    """
    try:
        return [line.removesuffix(b"\r").decode("utf-8") for line in data.split(b"\n")[:-1]]
    except UnicodeDecodeError as error:
        raise DataError("error.backup_binary", path=str(path)) from error


def read_head(folder: Path) -> Head | None:
    """Return the head that lies beside a copy; None where there is none.

    Raises
    ------
    DataError
        If the file is no head.
    """
    place = folder / HEAD
    return head_of(place.read_bytes(), str(place)) if place.is_file() else None


def head_of(data: bytes, place: str) -> Head:
    """Return the head that the bytes of a file hold; DataError where they are none."""
    try:
        return Head.of(data.decode("ascii", errors="replace"))
    except CallError as error:
        raise DataError("error.copy_head", path=place) from error


def beside(copy: Path) -> Path:
    """Return where the urns of a copy lie: beside its file, or in the folder that follows."""
    return copy / URNS if copy.is_dir() else copy.with_name(f"{copy.name}.urns.json")


def write_whole(out: Path, lines: list[str]) -> None:
    """Write a copy for its owner alone.

    Raises
    ------
    CallError
        If it cannot be written: no half of it is kept.
    """
    part = out.with_name(f"{out.name}.part")
    try:
        handle = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise CallError("error.write", path=str(out), reason=error.strerror) from error


def read_urns(copy: Path) -> dict[str, str]:
    """Return the urns that lie beside a copy; DataError where they are none."""
    place = beside(copy)
    return urns_of(place.read_bytes(), str(place)) if place.is_file() else {}


def urns_of(data: bytes, place: str) -> dict[str, str]:
    """Return the urns that the bytes of a file hold; DataError where they are none."""
    try:
        urns = dict(json.loads(data.decode("utf-8")))
        for content in urns.values():
            json.loads(content)
        return urns
    except (ValueError, TypeError, RecursionError) as error:
        raise DataError("error.backup_binary", path=place) from error


def read_copy(copy: Path, known: Head | None = None) -> tuple[list[str], Head | None]:
    """Return the lines of a copy, and the head it should have: as it is known, else as it stands beside the copy.

    Raises
    ------
    CallError
        If there is none.
    DataError
        If it is no text.
    """
    if copy.is_dir():
        if not (copy / FILE).is_file():
            raise CallError("error.no_file", path=str(copy / FILE))
        return Mirror(copy).lines(), read_head(copy) if known is None else known
    if not copy.is_file():
        raise CallError("error.no_file", path=str(copy))
    data = copy.read_bytes()
    return lines_of(data if not data or data.endswith(b"\n") else data + b"\n", copy), known


def keep_following(record: Record, mirror: Mirror, until: threading.Event) -> threading.Thread:
    """Follow the record in a thread of its own until an event is set; what fails is told in the log and tried again."""

    def following() -> None:
        told = ""
        while True:
            stopping = until.wait(EVERY_S)
            try:
                mirror.follow(record)
                told = ""
            except (PlanningError, OSError) as error:  # a second place that is gone keeps nobody from working
                if str(error) != told:
                    _LOG.error("the copy of the record does not follow: %s", error)
                told = str(error)
            if stopping:
                return

    thread = threading.Thread(target=following, daemon=True, name="mirror")
    thread.start()
    return thread
