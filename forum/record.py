"""The append-only record in SQLAlchemy: what was reported and decided, by whom, when; tampering is found."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from forum.chain import FIRST, Head, Row, chained, digest_of, holds, rows_of
from forum.contents import check, faults
from forum.schema import EVENTS, has_events, upgrade
from geo.model.changes import CHANGE_KINDS, AnyChange, Change, Changes, CostChange, as_record, from_record
from geo.model.errors import CallError, DataError

#: Of a meeting (`forum.meetings`): each names it by the number of its first event.
MEETING_KINDS = (
    "meeting",
    "attendance",
    "weighing",
    "agenda",
    "vote",
    "dissent",
    "decision",
    "closing",
    "progress",
    "rules",
    "recusal",
    "proxy",
    "reading",
    "voted",
    "opened",
)
#: Beside the meetings: partners' commitments, reports and words of the community, training, members.
FORUM_KINDS = (
    *("commitment", "community", "verdict", "training", "trained", "member", "public", "token"),
    *("poll", "slips", "spent", "counted", "proposal", "answer", "bottleneck"),
)
KINDS = (*CHANGE_KINDS, "weights", "scenario", *MEETING_KINDS, *FORUM_KINDS, "withdrawal")
Rule = Callable[[Sequence["Event"]], None]
#: What is written in the same transaction, beside the events.
Beside = Callable[[sa.Connection], None]
#: Events to be added, pairs of kind and content.
Said = Sequence[tuple[str, Mapping[str, Any]]]
#: Given what is said, the standing events and who is named, returns who says it, or raises; see `forum.roles`.
Guard = Callable[[Said, Sequence["Event"], str], str]


@dataclass(frozen=True)
class Event:
    """One line of the record. `content` is what was said; `hash` covers it and the hash of the event before."""

    number: int
    at: str
    who: str
    kind: str
    content: Mapping[str, Any]
    before: str
    hash: str


class Record:
    """The record at a database URL (`sqlite:///…`, `postgresql://…`); made if missing, unless ``make`` is false.

    Appending is one transaction that takes the write lock first (`BEGIN IMMEDIATE` on SQLite, a lock of the table on
    PostgreSQL, which readers pass), so two writers never take the same number and nothing acknowledged is lost. A
    database that was gone and is back is asked again without a restart.
    """

    def __init__(self, url: str, *, make: bool = True) -> None:
        self._made = False
        self._guard: Guard | None = None
        try:
            self._engine = _engine(url)
        except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ModuleNotFoundError) as error:
            raise CallError("error.record_url", value=_shown(url)) from error
        if self._engine.dialect.name not in ("sqlite", "postgresql"):
            raise CallError("error.record_url", value=_shown(url))
        if not make and not self._there():
            raise CallError("error.no_record", value=_shown(url))
        if self._engine.dialect.name == "sqlite" and self._engine.url.database:
            _private(Path(self._engine.url.database))
        with self.begun() as connection:
            if not make and not has_events(connection):
                raise CallError("error.no_record", value=_shown(url))
            upgrade(connection)

        self._made = True

    def _there(self) -> bool:
        """Whether the file of an SQLite record is there; another database says so itself."""
        place = self._engine.url.database
        return self._engine.dialect.name != "sqlite" or not place or Path(place).is_file()

    @contextmanager
    def begun(self, *, reading: bool = False) -> Iterator[sa.Connection]:
        """One transaction; readers do not wait for each other.

        Raises
        ------
        DataError
            If the database is not there, or takes nothing more: nothing was recorded then.
        """
        if self._made and not self._there():  # SQLite would make a new one, without a word
            raise DataError("error.record_gone", detail=str(self._engine.url.database))
        try:
            with self._engine.execution_options(reading=reading).begin() as connection:
                yield connection
        except sa.exc.DBAPIError as error:
            detail = str(error.orig).strip().splitlines()[0][:200]
            raise DataError("error.record_gone", detail=detail) from error

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction in which nobody else writes."""
        with self.begun() as connection:
            if self._engine.dialect.name == "postgresql":
                connection.exec_driver_sql(f"LOCK TABLE {EVENTS.name} IN EXCLUSIVE MODE")
            yield connection

    def guarded(self, guard: Guard) -> Record:
        """Return the same record as somebody may use it: all may be read, the guard is asked before each append."""
        mine = copy.copy(self)
        mine._guard = guard
        return mine

    def close(self) -> None:
        """Release the database."""
        self._engine.dispose()

    def append(
        self, who: str, kind: str, content: Mapping[str, Any], rule: Rule | None = None, beside: Beside | None = None
    ) -> Event:
        """Add an event and return it.

        Parameters
        ----------
        who
            Says it.
        kind
            Of `KINDS`.
        content
            What is said.
        rule
            Given the standing events under the write lock, raises where this one may not be added.
        beside
            Given the connection once the event is in, writes what belongs to it, or raises: then neither is kept.

        Raises
        ------
        CallError
            If the kind is not known or nobody is named; and whatever the rule raises.
        """
        return self.append_all(who, [(kind, content)], rule, beside)[0]

    def append_all(
        self, who: str, said: Said, rule: Rule | None = None, beside: Beside | None = None
    ) -> tuple[Event, ...]:
        """Add events that belong together, pairs of kind and content: all of them or none; see `append`."""
        for kind, content in said:
            if kind not in KINDS:
                raise CallError("error.option", name="kind", value=kind, known=", ".join(KINDS))
            check(kind, content)
        texts = [(kind, json.dumps(content, ensure_ascii=False, sort_keys=True)) for kind, content in said]
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        added: list[Event] = []
        with self.writing() as connection:
            asked = rule is not None or self._guard is not None
            standing = _standing(_events(_rows(connection))) if asked else ()
            who = who if self._guard is None else self._guard(said, standing, who)
            if not who.strip():
                raise CallError("error.nobody")
            if rule is not None:
                rule(standing)
            last = connection.execute(sa.select(EVENTS).order_by(EVENTS.c.number.desc()).limit(1)).first()
            number, before = (last.number + 1, last.hash) if last else (1, FIRST)
            for kind, text in texts:
                digest = digest_of(number, at, who.strip(), kind, text, before)
                row = Row(number, at, who.strip(), kind, text, before, digest)
                connection.execute(EVENTS.insert().values(**vars(row)))
                added.extend(_events([row]))
                number, before = number + 1, digest
            if beside is not None:
                beside(connection)
        return tuple(added)

    def report_status(self, who: str, change: Change) -> Event:
        """Record a status change of a water point or facility."""
        return self.accept(who, change)

    def set_cost(self, who: str, change: CostChange) -> Event:
        """Record a line of the cost sheet as the forum knows it."""
        return self.accept(who, change)

    def accept(self, who: str, change: AnyChange) -> Event:
        """Record a change of any kind: a difference from the field that was accepted."""
        return self.append(who, *said_of(change))

    def withdraw(self, who: str, number: int) -> Event:
        """Withdraw an event: it stays in the record and no longer counts."""
        if number not in {event.number for event in self.events() if event.kind != "withdrawal"}:
            raise CallError("error.event", value=number)
        return self.append(who, "withdrawal", {"number": number})

    def events(self) -> tuple[Event, ...]:
        """Return all events in order."""
        return _events(self._rows())

    def _rows(self, kinds: Sequence[str] = ()) -> list[Row]:
        with self.begun(reading=True) as connection:
            return _rows(connection, kinds)

    def last(self) -> int:
        """Return the number of the last event, 0 if there is none: whoever waits for news asks for it."""
        with self.begun(reading=True) as connection:
            return connection.execute(sa.select(sa.func.max(EVENTS.c.number))).scalar_one() or 0

    def changes(self) -> Changes:
        """Replay the record into the changes an analysis takes: what was withdrawn is left out."""
        return tuple(from_record({"kind": e.kind, **e.content}) for e in self.standing() if e.kind in CHANGE_KINDS)

    def standing(self, *kinds: str) -> tuple[Event, ...]:
        """Return the events that count, all or of some kinds: without withdrawals and what they withdrew."""
        if not kinds:
            return _standing(self.events())
        return _standing(_events(self._rows((*kinds, "withdrawal"))))  # the database leaves out what was not asked for

    def latest(self, kind: str, name: str) -> dict[str, Event]:
        """Return the last standing event of a kind for each value of one of its entries, in the order of the first."""
        found: dict[str, Event] = {}
        for event in self.standing(kind):
            found[str(event.content[name])] = event
        return found

    def unreadable(self) -> list[tuple[int, str, list[str]]]:
        """Return the events whose content is not what their kind holds: number, kind, and the names that are wrong."""
        told = [(row.number, row.kind, _wrong(row.kind, row.content)) for row in self._rows()]
        return [one for one in told if one[2]]

    def lines(self) -> list[str]:
        """Return the events as lines of JSON, each with its hashes: what a backup holds. The chain is checked first."""
        rows = self._rows()
        chained(rows)
        return [json.dumps(vars(row), ensure_ascii=False) for row in rows]

    def fill(self, lines: Sequence[str], beside: Beside | None = None) -> int:
        """Put a backup's events into an empty record, all or none, and check the chain; return how many.

        `beside` is done in the same transaction: what lies beside the record goes back with it, or neither does.

        Raises
        ------
        CallError
            If the record holds events already: nothing is ever overwritten.
        DataError
            If a line is none of a backup, the chain is broken, or an event does not hold what its kind does.
        """
        rows = rows_of(lines)
        for row in rows:
            wrong = _wrong(row["kind"], row["content"])
            if wrong and wrong != ["kind"]:  # of a kind that is not known any more it is kept as it is
                raise DataError("error.backup_content", value=row["number"], kind=row["kind"], names=", ".join(wrong))
        with self.writing() as connection:
            if connection.execute(sa.select(sa.func.count()).select_from(EVENTS)).scalar_one():
                raise CallError("error.record_not_empty")
            if rows:
                connection.execute(EVENTS.insert(), rows)
            if beside is not None:
                beside(connection)
        return self.verify()

    def verify(self, head: Head | None = None) -> int:
        """Check the chain of hashes, and that a head known from elsewhere is in it; return how many events it holds.

        Raises
        ------
        DataError
            At the first event that was changed, removed or put in; if the record holds fewer events than the head
            says, or another one in its place.
        """
        rows = self._rows()
        count = chained(rows)
        if head is not None:
            holds([row.hash for row in rows], head)
        return count

    def head(self) -> Head:
        """Return how many events there are and the hash of the last, to be kept elsewhere."""
        with self.begun(reading=True) as connection:
            last = connection.execute(sa.select(EVENTS).order_by(EVENTS.c.number.desc()).limit(1)).first()
        return Head(last.number, last.hash) if last else Head(0, FIRST)

    def lines_after(self, number: int) -> list[str]:
        """Return the events after one as lines of a copy, unchecked: whoever copies on checks that they fit."""
        with self.begun(reading=True) as connection:
            asked = sa.select(EVENTS).where(EVENTS.c.number > number).order_by(EVENTS.c.number)
            found = connection.execute(asked).all()
        return [json.dumps(dict(row._mapping), ensure_ascii=False) for row in found]


def _rows(connection: sa.Connection, kinds: Sequence[str] = ()) -> list[Row]:
    asked = sa.select(EVENTS).order_by(EVENTS.c.number)
    found = connection.execute(asked.where(EVENTS.c.kind.in_(kinds)) if kinds else asked).all()
    return [Row(**row._mapping) for row in found]


def _wrong(kind: str, content: str) -> list[str]:
    """The names in which an event's text is not what its kind holds."""
    try:
        return faults(kind, json.loads(content))
    except (ValueError, RecursionError):
        return ["JSON"]


def _events(rows: Sequence[Row]) -> tuple[Event, ...]:
    return tuple(Event(r.number, r.at, r.who, r.kind, json.loads(r.content), r.before, r.hash) for r in rows)


def _standing(events: Sequence[Event]) -> tuple[Event, ...]:
    withdrawn = {event.content["number"] for event in events if event.kind == "withdrawal"}
    return tuple(event for event in events if event.kind != "withdrawal" and event.number not in withdrawn)


def said_of(change: AnyChange) -> tuple[str, dict[str, Any]]:
    """Return the kind and content of the event that records a change."""
    content = as_record(change)
    return str(content.pop("kind")), content


def _engine(url: str) -> sa.Engine:
    """An engine that tries a connection before it is used, and waits for the lock of another writer, not for ever."""
    address = sa.make_url(url)
    if address.drivername in ("postgresql", "postgres"):
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() == "postgresql":
        waiting = {"connect_timeout": 5, "options": "-c lock_timeout=10000"}
        return sa.create_engine(address, pool_pre_ping=True, pool_size=20, max_overflow=40, connect_args=waiting)
    fresh = {"poolclass": sa.NullPool} if address.database else {}  # a file that was put back is opened anew
    engine = sa.create_engine(address, **fresh)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _sqlite_connect)
        sa.event.listen(engine, "begin", _sqlite_begin)
    return engine


def _private(path: Path) -> None:
    """Make the file of a record for its owner alone, before SQLite would make it for all; its journal follows it."""
    if not path.exists() and path.parent.is_dir():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _shown(url: str) -> str:
    """A database URL without its password."""
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except sa.exc.ArgumentError:
        return url


def _sqlite_connect(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's own BEGIN below, not the driver's
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA busy_timeout=10000")
    connection.execute("PRAGMA secure_delete=ON")  # nothing is left in the file of an urn as it was before a vote


def _sqlite_begin(connection: Any) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
