"""Keys by which a telephone or another program may use the server without anybody signing in there: named, revocable.

Only a digest of a key is kept. A key that is withdrawn, or whose last day is past, opens nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from forum.checks import one_of, said
from forum.members import DISMISSED, members
from forum.record import Event, Record
from forum.roles import may
from geo.model.errors import CallError

#: What a key may be for: sending answers of forms, reading the calendar of what is due, reading data (OGC API).
USES = ("forms", "calendar", "api")
#: What tells whether a key opens.
OF_KEYS = ("token", "member")


@dataclass(frozen=True)
class Token:
    """A key that was given out: whose it is (`name`), what for, its last day (None: none), its event."""

    name: str
    use: str
    expires: date | None
    number: int = 0


def issue(record: Record, who: str, name: str, use: str, expires: date | None = None) -> tuple[str, Event]:
    """Give out a key: its text is shown once, here, and kept nowhere.

    Raises
    ------
    CallError
        If it has no name, is for nothing known, or would be past already.
    """
    said(name=name)
    one_of("use", use, USES)
    if expires is not None and expires < date.today():
        raise CallError("error.token_past", value=expires.isoformat())
    text = secrets.token_urlsafe(24)
    told = {
        "name": name.strip(),
        "use": use,
        "digest": _digest(text),
        "expires": expires.isoformat() if expires else "",
    }
    return text, record.append(who, "token", told)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def tokens(events: Sequence[Event]) -> list[Token]:
    """Return the keys that stand, in the order in which they were given out; those past their day too."""
    return [_token(event) for event in events if event.kind == "token"]


def _token(event: Event) -> Token:
    told = event.content
    day = date.fromisoformat(told["expires"]) if told["expires"] else None
    return Token(told["name"], told["use"], day, event.number)


def opened_by(events: Sequence[Event], text: str, use: str, today: date) -> Token | None:
    """Return the standing key of that text and use; None where there is none, or it is past.

    It goes with the account of whoever gave it out: once that account is dismissed, or in a role that gives no keys, it
    opens nothing any more, whoever bears the name later, and whoever has the account.

    Parameters
    ----------
    events
        Standing events of the kinds `OF_KEYS`, at least.
    """
    asked = _digest(text)
    for event in events:
        if event.kind == "token" and hmac.compare_digest(event.content["digest"], asked):
            found = _token(event)
            if found.use == use and (found.expires is None or today <= found.expires) and _still_may(event, events):
                return found
    return None


def _still_may(event: Event, events: Sequence[Event]) -> bool:
    """Whether the account that gave out a key has been a member since, and may give out keys; on a laptop anybody."""
    known = members(events)
    if not known:
        return True
    then = members([one for one in events if one.number < event.number])
    mine = next((one.account for one in then.values() if one.name == event.who), None)
    if mine is None or mine not in known or not may(known[mine].role, "token"):
        return False
    since = (one for one in events if one.kind == "member" and one.number > event.number)
    return not any(one.content["account"] == mine and one.content["role"] == DISMISSED for one in since)
