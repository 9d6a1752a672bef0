"""The file that goes with the minutes of a meeting: what was recorded, and what the minutes claim (see `recount`)."""

from __future__ import annotations

import json
from typing import Any

from forum.meetings import Meeting, meetings
from forum.public.recount import FORMAT, lines_code
from forum.record import MEETING_KINDS, Event, Record
from geo.model.errors import CallError


def evidence(record: Record, number: int) -> dict[str, Any]:
    """Return a meeting with everything that another hand needs to recount it.

    It holds the lines of the meeting as they were recorded, those that withdrew one of them, the hashes of all lines of
    the record (nothing of what other lines say), the head, and the totals that the minutes state.

    Raises
    ------
    CallError
        If there is no such meeting.
    """
    events = record.events()
    withdrawn = {event.content["number"] for event in events if event.kind == "withdrawal"}
    standing = [event for event in events if event.kind != "withdrawal" and event.number not in withdrawn]
    meeting = meetings(standing).get(number)
    if meeting is None:
        raise CallError("error.forum_meeting", value=number)
    mine = {event.number for event in events if _of(event, number)}
    told = [event for event in events if event.number in mine
            or (event.kind == "withdrawal" and event.content["number"] in mine)]  # fmt: skip
    hashes = [event.hash for event in events]
    return {
        "format": FORMAT,
        "meeting": number,
        "title": meeting.title,
        "head": f"{len(hashes)}:{hashes[-1]}",
        "hashes": hashes,
        "lines": lines_code([event.hash for event in told]),
        "events": [_line(event) for event in told],
        "claims": claims_of(meeting),
    }


def claims_of(meeting: Meeting) -> dict[str, Any]:
    """Return the totals of a meeting as the minutes state them."""
    votes = {item.key: {grade: n for grade, n in meeting.tally(item.key).items() if n} for item in meeting.items}
    return {
        "votes": {key: counts for key, counts in votes.items() if counts},
        "receipts": {vote.receipt: [vote.item, vote.grade] for vote in meeting.votes},
        "weights": together(meeting),
        "decisions": {one.item: [one.decision, one.way, one.amount_idr] for one in meeting.decisions},
    }


def together(meeting: Meeting) -> dict[str, float]:
    """Return the mean of the shares that the members gave each criterion, as the page combines them."""
    found: dict[str, float] = {}
    for given in meeting.weighings.values():
        total = sum(given.weights.values())
        for name, value in given.weights.items():
            found[name] = found.get(name, 0.0) + value / total / len(meeting.weighings)
    return found


def _of(event: Event, number: int) -> bool:
    return event.number == number or (event.kind in MEETING_KINDS and event.content.get("meeting") == number)


def _line(event: Event) -> dict[str, Any]:
    text = json.dumps(event.content, ensure_ascii=False, sort_keys=True)
    kept = ("number", "at", "who", "kind", "before", "hash")
    return {name: getattr(event, name) for name in kept} | {"content": text}
