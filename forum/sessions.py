"""Who is signed in: sessions beside the record, each ended by signing out, after some hours, or with the membership."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from forum.record import Record
from forum.schema import SESSIONS

#: A working day and its evening meeting.
LASTS = timedelta(hours=14)


def begin(record: Record, key: str, account: str) -> None:
    """Keep that an account has signed in.

    Parameters
    ----------
    key
        A digest of the sign-in: it names the session and does not open it.
    account
        Of a member.

    Raises
    ------
    DataError
        If the database is not there.
    """
    now = datetime.now(UTC)
    with record.begun() as connection:
        connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.until < _text(now)))
        known = connection.execute(sa.select(SESSIONS.c.key).where(SESSIONS.c.key == key)).first()
        if known is None:  # a sign-in that comes twice does not bring back what was ended
            row = {"key": key, "account": account, "at": _text(now), "until": _text(now + LASTS), "ended": None}
            connection.execute(SESSIONS.insert().values(**row))


def end(record: Record, key: str) -> None:
    """Keep that a session has ended."""
    with record.begun() as connection:
        mine = sa.update(SESSIONS).where(SESSIONS.c.key == key, SESSIONS.c.ended.is_(None))
        connection.execute(mine.values(ended=_text(datetime.now(UTC))))


def end_all(record: Record, account: str) -> None:
    """Keep that every session of an account has ended: none comes back with a later membership."""
    with record.begun() as connection:
        mine = sa.update(SESSIONS).where(SESSIONS.c.account == account, SESSIONS.c.ended.is_(None))
        connection.execute(mine.values(ended=_text(datetime.now(UTC))))


def account_in(record: Record, key: str) -> str | None:
    """Return the account of a session that goes on; None if it has ended or never was."""
    with record.begun(reading=True) as connection:
        row = connection.execute(sa.select(SESSIONS).where(SESSIONS.c.key == key)).first()
    if row is None or row.ended is not None or row.until < _text(datetime.now(UTC)):
        return None
    return str(row.account)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
