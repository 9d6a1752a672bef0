"""What telephones sent (OpenRosa submissions), kept until somebody accepts it: whole, once, photos by content.

A submission is a folder of the inbox, named by a hash of its `instanceID`: ``submission.xml``, its files, and
``told.json``. It appears by one rename when everything of it is on the disk, so what was acknowledged is there, and a
broken upload leaves nothing. Source: docs.getodk.org/openrosa-form-submission.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from geo.model.errors import CallError, DataError
from geo.model.sites import FORMS, VISITS
from geo.reading.markup import look_through

#: Bounds of one submission: its XML, a file, all of its files, how many; and how many wait at most.
MAX_XML, MAX_FILE, MAX_TOGETHER, MAX_FILES, MAX_WAITING = 1_000_000, 25_000_000, 60_000_000, 40, 20_000
#: No form of ours has so many questions; a tree of empty elements keeps a server busy.
MAX_ELEMENTS = 5_000
#: How our forms are called (`exports.tables.xlsform`).
_FORM = "mata_air_"
_XML, _TOLD, _PART = "submission.xml", "told.json", ".part-"
_OLDER = "deprecatedID"
#: Where what was accepted is kept, beside the inbox; and what somebody set aside.
ACCEPTED, ASIDE = "inbox-accepted", "inbox-aside"
#: A part of a submission that nobody has written to for so long was left by a server that stopped, seconds.
_STALE_S = 3_600.0


@dataclass(frozen=True)
class Submission:
    """One answer that waits: its instance, form (a table), device, moment, answers by question, files it names."""

    instance: str
    table: str
    device: str
    at: str
    answers: Mapping[str, str]
    files: Sequence[str]
    folder: Path
    complete: bool = True
    reason: str = ""


@dataclass(frozen=True)
class Received:
    """What became of a submission: ``new`` or known already, and whether all of its files are there."""

    instance: str
    new: bool
    complete: bool


@dataclass
class Inbox:
    """The folder in which submissions wait."""

    folder: Path

    def receive(self, xml: bytes, files: Mapping[str, bytes], device: str, *, complete: bool = True) -> Received:
        """Keep a submission; it is on the disk when this returns. The same one again is the same.

        Parameters
        ----------
        xml
            The answers.
        files
            Name → content of what comes along; large ones come in several parts of one instance.
        device
            Who sends, as it is called; empty where nobody says.
        complete
            Whether no more files of this instance are to come.

        Raises
        ------
        DataError
            If it is no submission of one of our forms, too large, or another one under the same instance.
        CallError
            If too many wait already.
        """
        root = _tree(xml)
        instance, table, _ = _read_tree(root)
        names = {_plain(name): data for name, data in files.items()}
        if len(names) < len(files):
            raise DataError("error.submission_name", value=", ".join(files)[:80])
        _bounded(xml, names)
        home = self.folder / _key(instance)
        accepted, aside = (self.folder.with_name(name) / home.name for name in (ACCEPTED, ASIDE))
        if accepted.is_dir():  # sent again after it was taken: it changes nothing any more
            if (accepted / _XML).read_bytes() != xml:
                raise DataError("error.other_submission", value=instance[:80])
            return Received(instance, new=False, complete=True)
        older = _edited(root)
        if older and (self.folder.with_name(ACCEPTED) / _key(older)).is_dir() and table != VISITS:
            raise DataError("error.submission_edited", value=older[:80])  # it would stand there twice
        if aside.is_dir():  # what was set aside is kept whole, with what comes later
            return self._again(aside, instance, xml, names, complete=complete)
        if home.is_dir():
            return self._again(home, instance, xml, names, complete=complete)
        if self._swept() >= MAX_WAITING:
            raise CallError("error.inbox_full", count=MAX_WAITING)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        told = {"instance": instance, "table": table, "device": device, "complete": complete,
                "at": datetime.now(UTC).isoformat(timespec="seconds")}  # fmt: skip
        part = Path(tempfile.mkdtemp(prefix=_PART, dir=self.folder))
        try:
            for name, data in {_XML: xml, _TOLD: json.dumps(told).encode(), **names}.items():
                put_file(part / name, data)
            try:
                os.rename(part, home)
            except OSError:  # the same instance came by another way in the same moment
                if not home.is_dir():
                    raise
                return self._again(home, instance, xml, names, complete=complete)
            _sync(self.folder)
            if older and (before := _read(self.folder / _key(older))) is not None:
                self.set_aside([before], device)  # what waits is the answer as it was mended
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return Received(instance, new=True, complete=complete)

    def _again(self, home: Path, instance: str, xml: bytes, names: Mapping[str, bytes], *, complete: bool) -> Received:
        if (home / _XML).read_bytes() != xml:
            raise DataError("error.other_submission", value=instance[:80])
        there = [one for one in home.iterdir() if one.name not in (_XML, _TOLD)]
        if (
            len({one.name for one in there} | names.keys()) > MAX_FILES
            or sum(one.stat().st_size for one in there if one.name not in names) + sum(map(len, names.values()))
            > MAX_TOGETHER
        ):
            raise DataError("error.submission_files", count=len(there) + len(names), most=MAX_FILES)
        for name, data in names.items():
            if (home / name).is_file() and (home / name).read_bytes() != data:
                raise DataError("error.other_submission", value=f"{instance[:60]}: {name}")
        for name, data in names.items():
            if not (home / name).is_file():
                put_file(home / name, data)
        told = json.loads((home / _TOLD).read_text(encoding="utf-8"))
        if complete and not told["complete"]:
            put_file(home / _TOLD, json.dumps(told | {"complete": True}).encode())
        _sync(home)
        return Received(instance, new=False, complete=complete or bool(told["complete"]))

    def _swept(self) -> int:
        """How many lie here; without what a server that was stopped amid one left: nobody was told that it is here."""
        if not self.folder.is_dir():
            return 0
        lying = list(self.folder.iterdir())
        for part in (one for one in lying if one.name.startswith(_PART)):
            with suppress(OSError):
                if time.time() - part.stat().st_mtime > _STALE_S:
                    shutil.rmtree(part)
        return len(lying)

    def taken(self) -> Counter[tuple[str, str]]:
        """Return how many submissions of each form and device were accepted."""
        home = self.folder.with_name(ACCEPTED)
        return _counted(home, home.stat().st_mtime_ns) if home.is_dir() else Counter()

    def waiting(self, table: str | None = None) -> list[Submission]:
        """Return what waits, the oldest first; of one form, or of all."""
        if not self.folder.is_dir():
            return []
        found = [_read(one) for one in self.folder.iterdir() if one.is_dir() and not one.name.startswith(".")]
        mine = [one for one in found if one is not None and table in (None, one.table)]
        return sorted(mine, key=lambda one: (one.at, one.instance))

    def done(self, given: Sequence[Submission], to: Path) -> None:
        """Take submissions out of the inbox into another folder: accepted, or refused."""
        to.mkdir(parents=True, exist_ok=True, mode=0o700)
        for one in given:
            there = to / one.folder.name
            if there.exists():
                shutil.rmtree(there)
            os.rename(one.folder, there)

    def set_aside(self, given: Sequence[Submission], who: str) -> None:
        """Take submissions out of the inbox that are not to come into the data; they are kept beside it, with who."""
        for one in given:
            told = json.loads((one.folder / _TOLD).read_text(encoding="utf-8")) | {"aside_by": who}
            put_file(one.folder / _TOLD, json.dumps(told, ensure_ascii=False).encode())
        self.done(given, self.folder.with_name(ASIDE))

    def held(self, one: Submission, reason: str) -> None:
        """Note down why a submission could not be taken; it goes on waiting."""
        told = json.loads((one.folder / _TOLD).read_text(encoding="utf-8")) | {"reason": reason}
        put_file(one.folder / _TOLD, json.dumps(told, ensure_ascii=False).encode())


def parsed(xml: bytes) -> tuple[str, str, dict[str, str]]:
    """Return the instance, the table and the answers of a submission.

    Raises
    ------
    DataError
        If it is no XML, declares a document type, has no `instanceID`, or is of no form of ours.

    Examples
    --------
    >>> parsed(b'<data id="mata_air_water_points"><name>A</name><meta><instanceID>uuid:1</instanceID></meta></data>')
    ('uuid:1', 'water_points', {'name': 'A'})
    """
    return _read_tree(_tree(xml))


def _read_tree(root: ElementTree.Element) -> tuple[str, str, dict[str, str]]:
    table = root.get("id", "").removeprefix(_FORM)
    if table not in (*FORMS, VISITS) or not root.get("id", "").startswith(_FORM):
        raise DataError("error.submission_form", value=root.get("id", "")[:80] or "–")
    answers, instance = {}, root.get("instanceID", "")
    for element in root.iter():
        name = element.tag.rpartition("}")[2]
        if name == "instanceID":
            instance = (element.text or "").strip()
        elif len(element) == 0 and element is not root and name != _OLDER:
            answers[name] = (element.text or "").strip()
    if not instance or len(instance) > 300:
        raise DataError("error.submission_instance")
    return instance, table, answers


def _edited(root: ElementTree.Element) -> str:
    """The instance that a submission takes the place of, as OpenRosa tells it (`deprecatedID`); empty: none."""
    return next((one.text or "" for one in root.iter() if one.tag.rpartition("}")[2] == _OLDER), "").strip()


def as_ours(xml: bytes, table: str) -> bytes:
    """Return an answer to a form of ours under the name that we gave it: KoboToolbox calls every form its own way.

    Raises
    ------
    DataError
        If it is no XML, declares a document type, or is too large.

    Examples
    --------
    >>> as_ours(b'<aX id="aX"><name>Cipari</name></aX>', "water_points")
    b'<aX id="mata_air_water_points"><name>Cipari</name></aX>'
    """
    root = _tree(xml)
    if root.get("id") == _FORM + table:
        return xml
    root.set("id", _FORM + table)
    return ElementTree.tostring(root)


def _tree(xml: bytes) -> ElementTree.Element:
    if len(xml) > MAX_XML:
        raise DataError("error.submission_size", size=len(xml), most=MAX_XML)
    if xml.count(b"<") > 2 * MAX_ELEMENTS:
        raise DataError("error.submission_elements", most=MAX_ELEMENTS)
    look_through(Path(_XML), [xml])
    try:
        return ElementTree.fromstring(xml)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise DataError("error.unreadable", path=_XML) from error


def _bounded(xml: bytes, files: Mapping[str, bytes]) -> None:
    if len(files) > MAX_FILES:
        raise DataError("error.submission_files", count=len(files), most=MAX_FILES)
    largest, together = max(map(len, files.values()), default=0), sum(map(len, files.values())) + len(xml)
    if largest > MAX_FILE or together > MAX_TOGETHER:
        raise DataError("error.submission_size", size=max(largest, together), most=MAX_FILE)


def _plain(name: str) -> str:
    """The name of a file of a submission: nothing of a path, none of ours."""
    bare = PurePosixPath(name.replace("\\", "/")).name
    if (
        not bare
        or bare in (".", "..", _XML, _TOLD)
        or len(bare.encode()) > 200
        or not bare.isprintable()
        or bare.startswith(".")
    ):
        raise DataError("error.submission_name", value=name[:80])
    return bare


def _key(instance: str) -> str:
    return hashlib.sha256(instance.encode()).hexdigest()[:32]


def put_file(path: Path, data: bytes) -> None:
    """Write a file whole, on the disk when this returns."""
    handle, part = tempfile.mkstemp(prefix=_PART, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError:
        Path(part).unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


#: Submissions up to so many bytes are kept in the memory once they are read; ours have one or two thousand.
_KEPT = 20_000


@lru_cache(maxsize=5_000)
def _answers(path: Path, changed: int, size: int) -> tuple[str, str, Mapping[str, str]]:
    """What a submission says, read once: the page asks at every drawing."""
    return parsed(path.read_bytes())


def _read(folder: Path) -> Submission | None:
    """A submission as it lies there; None where it is none."""
    try:
        told = json.loads((folder / _TOLD).read_text(encoding="utf-8"))
        written = (folder / _XML).stat()
        read = _answers if written.st_size <= _KEPT else _answers.__wrapped__  # a large one is not worth the memory
        instance, table, answers = read(folder / _XML, written.st_mtime_ns, written.st_size)
    except (OSError, ValueError, DataError):
        return None
    files = sorted(
        one.name for one in folder.iterdir() if one.name not in (_XML, _TOLD) and not one.name.startswith(".")
    )
    return Submission(
        instance, table, told["device"], told["at"], answers, files, folder, told["complete"], told.get("reason", "")
    )


@lru_cache(maxsize=4)
def _counted(home: Path, changed: int) -> Counter[tuple[str, str]]:
    """Submissions of a folder by form and device, counted once until something is added to it."""
    found: Counter[tuple[str, str]] = Counter()
    for one in home.iterdir():
        with suppress(OSError, ValueError, KeyError, TypeError):
            told = json.loads((one / _TOLD).read_text(encoding="utf-8"))
            found[told["table"], told["device"]] += 1
    return found
