"""Votes of a meeting that are cast in secret: who has voted stands in the record, what was voted in an urn."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from forum.acts import append_to
from forum.checks import one_of
from forum.meetings import GRADES, Meeting, Vote, meetings
from forum.polls import urn
from forum.record import Event, Record
from forum.rules import aside_for, may_cast, moment, site_of
from geo.model.errors import CallError

#: How the names of a meeting's urns begin.
URN = "meeting:"


def cast(record: Record, who: str, meeting: int, given: Vote) -> str:
    """Cast a member's vote on an item in secret; return the receipt, which nobody else is told.

    Raises
    ------
    CallError
        If this meeting votes openly, the urn is open already, or a reason comes with it; and as for `forum.acts.vote`.
    """
    one_of("grade", given.grade, GRADES)
    if given.reason.strip():
        raise CallError("error.forum_secret_reason")
    receipts: list[str] = []

    def rule(now: Meeting) -> None:
        if not now.rules.secret:
            raise CallError("error.forum_open")
        if given.item in now.opened:
            raise CallError("error.forum_opened", value=site_of(given.item))
        now.item(given.item)
        may_cast(now, given.member, given.item)

    def beside(connection: sa.Connection) -> None:
        receipts.append(urn.put(connection, urn_of(meeting, given.item), given.grade))

    said = {"member": given.member, "item": given.item}
    append_to(record, who, "voted", meeting, said, rule, beside=beside)
    return receipts[-1]


def open_urn(record: Record, who: str, meeting: int, item: str, *, anyway: bool = False) -> Event:
    """Open the urn of an item: its ballots, sorted by receipts, go into the record, and no further vote is taken.

    ``anyway``: also one that holds more or fewer ballots than people have voted, as a copy may bring it back: the
    meeting goes on, and `forum.public.recount` says that the two differ.

    Raises
    ------
    CallError
        If nobody voted on it in secret, it is open already, somebody may still vote until the end that was set, or it
        does not hold as many ballots as people have voted.
    """
    key = urn_of(meeting, item)
    for _ in range(urn.TRIES):
        ballots = urn.held(record, key)

        def rule(now: Meeting, count: int = len(ballots)) -> None:
            now.item(item)
            voted = sum(one.item == item for one in now.voted)
            if item in now.opened:
                raise CallError("error.forum_opened", value=site_of(item))
            if not voted:
                raise CallError("error.forum_no_votes", value=site_of(item))
            still = set(now.voters) - aside_for(now, item) - {one.member for one in now.voted if one.item == item}
            if now.rules.closes and still and moment(now.rules.closes) > datetime.now(UTC):
                raise CallError("error.urn_early", value=now.rules.closes)
            if anyway:
                return
            if voted < count:
                raise CallError("error.urn_count", count=count, voted=voted)
            if voted > count:  # somebody voted since it was read, or ballots are gone
                raise urn.MeanwhileError("error.urn_count", count=count, voted=voted)

        def beside(connection: sa.Connection, known: list[urn.Ballot] = ballots) -> None:
            urn.take(connection, key, known)

        try:
            said = {"item": item, "ballots": ballots}
            return append_to(record, who, "opened", meeting, said, rule, beside=beside)
        except urn.MeanwhileError as error:
            last = error
    raise last


def shut(events: Sequence[Event]) -> list[str]:
    """Return the names of the urns of items on which somebody voted in secret and which are not open yet."""
    found = meetings(events)
    return [urn_of(number, item) for number, one in found.items() for item in one.unopened]


def urn_of(meeting: int, item: str) -> str:
    """Return the name of the urn of an item."""
    return f"{URN}{meeting}:{hashlib.sha256(item.encode()).hexdigest()[:32]}"
