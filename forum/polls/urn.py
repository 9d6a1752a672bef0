"""An urn: what was voted in secret until it is opened, apart from who has voted.

All ballots of an urn stand in one row, sorted by their receipts, which are drawn at random: neither order nor time
tells whose each is. Who has voted stands in the record, without what. What is written here goes in with its event, or
neither does. Whoever can read the database *between two votes* sees what the second one added: an urn keeps a secret
from those who look later, in the record, its copies and the log, not from somebody who watches the server's disk
meanwhile.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from forum.record import Record
from forum.schema import URNS
from geo.model.errors import CallError, DataError

#: So often an urn is read again when somebody votes while it is being opened.
TRIES = 20
#: A receipt and what was voted under it.
Ballot = list[Any]


class MeanwhileError(CallError):
    """An urn is not any more as it was read: it is read again."""


def receipt() -> str:
    """Draw the code under which a secret ballot is found once the urn is open: from nothing that anybody knows.

    Examples
    --------
    >>> import re
    >>> bool(re.fullmatch("[0-9A-F]{4}-[0-9A-F]{4}", receipt()))
    True
    """
    drawn = secrets.token_hex(4).upper()
    return f"{drawn[:4]}-{drawn[4:]}"


def put(connection: sa.Connection, key: str, voted: Any) -> str:
    """Put a ballot into an urn, within the transaction of its event; return its receipt, which no other has here."""
    inside = _read(connection, key)
    taken = {one[0] for one in inside}
    mine = next(code for code in iter(receipt, "") if code not in taken)
    _write(connection, key, sorted([*inside, [mine, voted]], key=lambda one: str(one[0])))
    return mine


def held(record: Record, key: str) -> list[Ballot]:
    """Return what is in an urn, sorted by receipts: nothing where there is none."""
    with record.begun(reading=True) as connection:
        return _read(connection, key)


def take(connection: sa.Connection, key: str, known: list[Ballot]) -> None:
    """Empty an urn whose ballots go into the record in the same breath.

    Raises
    ------
    MeanwhileError
        If it holds other ballots than those that are `known`.
    """
    if _read(connection, key) != known:
        raise MeanwhileError("error.urn_meanwhile")
    connection.execute(URNS.delete().where(URNS.c.key == key))


def keep(connection: sa.Connection, key: str, content: Mapping[str, Any]) -> None:
    """Keep something beside the urns that is not to be in the record yet; nothing is left of it where it is empty."""
    if content:
        _write(connection, key, dict(content))
    else:
        connection.execute(URNS.delete().where(URNS.c.key == key))


def kept(connection: sa.Connection, key: str) -> dict[str, Any]:
    """Return what `keep` has kept."""
    found = connection.execute(sa.select(URNS.c.content).where(URNS.c.key == key)).scalar_one_or_none()
    return dict(json.loads(found)) if found else {}


def all_of(record: Record) -> dict[str, str]:
    """Return every urn as it is kept, for a copy: those that are open stand in the record."""
    with record.begun(reading=True) as connection:
        return {row.key: row.content for row in connection.execute(sa.select(URNS).order_by(URNS.c.key))}


def fill(connection: sa.Connection, urns: Mapping[str, str]) -> None:
    """Put the urns of a copy back where there are none, within the transaction that fills the record.

    Raises
    ------
    CallError
        If there are urns already.
    DataError
        If what is put back is none.
    """
    for key, content in urns.items():
        if not isinstance(content, str) or len(key) > 80:
            raise DataError("error.backup_line", value=key[:20])
    if connection.execute(sa.select(sa.func.count()).select_from(URNS)).scalar_one():
        raise CallError("error.record_not_empty")
    if urns:
        connection.execute(URNS.insert(), [{"key": key, "content": text} for key, text in urns.items()])


def _read(connection: sa.Connection, key: str) -> list[Ballot]:
    found = connection.execute(sa.select(URNS.c.content).where(URNS.c.key == key)).scalar_one_or_none()
    return list(json.loads(found)) if found else []


def _write(connection: sa.Connection, key: str, content: Any) -> None:
    text = json.dumps(content, ensure_ascii=False)
    changed = connection.execute(URNS.update().where(URNS.c.key == key).values(content=text))
    if not changed.rowcount:
        connection.execute(URNS.insert().values(key=key, content=text))
