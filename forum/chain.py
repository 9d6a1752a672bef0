"""The chain of hashes, its head, and the lines of a copy."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from forum.schema import EVENTS
from geo.model.errors import CallError, DataError

#: What the first event has before it.
FIRST = "0" * 64
#: How a head is written: `12:9f86d081…`, at least so many signs of the hash.
_HEAD = re.compile(r"(?P<count>\d{1,12}):(?P<hash>[0-9a-f]{12,64})")


@dataclass(frozen=True)
class Head:
    """How many events a record holds, and the hash of the last: kept elsewhere, it tells what a chain alone cannot.

    A chain of hashes says nothing of a tail that was cut, or of a record that was written anew as a whole.
    """

    count: int
    hash: str

    @classmethod
    def of(cls, text: str) -> Head:
        """Read `COUNT:HASH`, as minutes and copies show it; the hash may be shortened.

        Raises
        ------
        CallError
            If it is none.
        """
        found = _HEAD.fullmatch(text.strip())
        if found is None:
            raise CallError("error.head", value=text[:90])
        return cls(int(found["count"]), found["hash"])

    def __str__(self) -> str:
        return f"{self.count}:{self.hash}"

    @property
    def short(self) -> str:
        """As it is printed for people to copy."""
        return f"{self.count}:{self.hash[:16]}"


@dataclass(frozen=True)
class Row:
    """An event as the database holds it: its content still as text."""

    number: int
    at: str
    who: str
    kind: str
    content: str
    before: str
    hash: str


def digest_of(number: int, at: str, who: str, kind: str, content: str, before: str) -> str:
    """Return the hash of an event: of all that it says, and of the hash of the event before."""
    line = json.dumps([number, at, who, kind, content, before], ensure_ascii=False)
    return hashlib.sha256(line.encode()).hexdigest()


def chained(rows: Sequence[Row]) -> int:
    """Check the chain of hashes; return how many events it holds. DataError at the first that does not fit."""
    before = FIRST
    for number, row in enumerate(rows, start=1):
        digest = digest_of(row.number, row.at, row.who, row.kind, row.content, row.before)
        if row.number != number or row.before != before or row.hash != digest:
            raise DataError("error.record_broken", value=number)
        before = row.hash
    return len(rows)


def rows_of(lines: Sequence[str]) -> list[dict[str, Any]]:
    """Read the lines of a copy, and check their chain.

    Raises
    ------
    DataError
        If a line is none of a copy, or the chain is broken.
    """
    types = {name: int if name == "number" else str for name in (column.name for column in EVENTS.c)}
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            json.dumps(row, ensure_ascii=False).encode()  # half a letter is no text that a database takes
        except (ValueError, RecursionError) as error:
            raise DataError("error.backup_line", value=number) from error
        if not isinstance(row, dict) or {name: type(value) for name, value in row.items()} != types:
            raise DataError("error.backup_line", value=number)
        rows.append(row)
    chained([Row(**row) for row in rows])
    return rows


def holds(hashes: Sequence[str], head: Head) -> None:
    """Check that a head is in a record, by the hashes of its events: DataError if it is shorter, or another."""
    if len(hashes) < head.count:
        raise DataError("error.record_short", count=len(hashes), head=head.count, short=head.count - len(hashes))
    if not ([FIRST, *hashes][head.count]).startswith(head.hash):
        raise DataError("error.record_rewritten", value=head.count)
