"""A meeting of the forum: who is there, what is on the agenda, votes, dissent and decisions, replayed from the record.

Consensus comes first (musyawarah mufakat); a vote is the fallback. Nothing is overwritten: a correction withdraws an
event. Every rule is checked under the write lock of the record, so of two who do the same at once one is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from forum.record import MEETING_KINDS, Event, Record
from geo.errors import CallError

ORGANISATIONS = ("government", "ngo", "village", "community")
#: Grades of a vote, best first: layak mendesak, layak, kurang mendesak, tidak layak.
GRADES = ("urgent", "worthy", "less_urgent", "unworthy")
DECISIONS = ("approved", "deferred", "rejected")
WAYS = ("consensus", "vote")
FUNDS = ("apbd", "apbdes", "dak", "ngo", "csr", "community")


@dataclass(frozen=True)
class Item:
    """A site on the agenda, as it was computed on the data version of the meeting: a decision stays tied to that."""

    service: str
    site_id: str
    rank: int
    name: str
    village_code: str
    village: str
    status: str
    technology: str
    gain_people: float
    cost_idr: float
    lat: float
    lon: float
    why: Mapping[str, str]

    @property
    def key(self) -> str:
        """Names the item within its meeting."""
        return f"{self.service}:{self.site_id}"


@dataclass(frozen=True)
class Attendee:
    """Somebody who is there, for an organisation of one of `ORGANISATIONS`."""

    name: str
    organisation: str
    kind: str


@dataclass(frozen=True)
class Vote:
    """One member's grade of one item."""

    number: int
    member: str
    item: str
    grade: str
    reason: str


@dataclass(frozen=True)
class Dissent:
    """What a member has against a decision: it is kept, and printed."""

    number: int
    member: str
    item: str
    reason: str


@dataclass(frozen=True)
class Decision:
    """What was decided of an item, how, and who does it with whose money."""

    number: int
    item: str
    decision: str
    way: str
    lead: str
    fund: str
    amount_idr: float | None
    year: int | None
    person: str
    reason: str


@dataclass(frozen=True)
class Meeting:
    """A meeting as far as the record tells it."""

    number: int
    title: str
    place: str
    on: date
    chair: str
    area: str
    version: str
    basis: Mapping[str, str]
    items: tuple[Item, ...]
    attendees: tuple[Attendee, ...] = ()
    votes: tuple[Vote, ...] = ()
    dissents: tuple[Dissent, ...] = ()
    decisions: tuple[Decision, ...] = ()
    closed_by: str | None = None
    of: Mapping[str, Decision] = field(default_factory=dict)

    def item(self, key: str) -> Item:
        """Return an item of the agenda.

        Raises
        ------
        CallError
            If there is none of that key.
        """
        for item in self.items:
            if item.key == key:
                return item
        raise CallError("error.forum_item", value=key)

    def tally(self, key: str) -> dict[str, int]:
        """Count the votes on an item by grade."""
        return {grade: sum(v.item == key and v.grade == grade for v in self.votes) for grade in GRADES}

    def passed_over(self, key: str) -> list[Item]:
        """Items of the same service that rank before this one and are not approved: approving it leaves the order."""
        mine = self.item(key)
        approved = {d.item for d in self.decisions if d.decision == "approved"}
        return [
            item
            for item in self.items
            if item.service == mine.service and item.rank < mine.rank and item.key not in approved
        ]


def meetings(events: Sequence[Event]) -> dict[int, Meeting]:
    """Replay standing events into meetings by number, in the order in which they were called."""
    found: dict[int, Meeting] = {}
    for event in events:
        if event.kind == "meeting":
            content = dict(event.content)
            items = tuple(Item(**item) for item in content.pop("items"))
            day = date.fromisoformat(content.pop("on"))
            found[event.number] = Meeting(number=event.number, on=day, items=items, **content)
        elif event.kind in MEETING_KINDS and event.content["meeting"] in found:
            found[event.content["meeting"]] = _after(found[event.content["meeting"]], event)
    return found


def _after(meeting: Meeting, event: Event) -> Meeting:
    content = {name: value for name, value in event.content.items() if name != "meeting"}
    if event.kind == "attendance":
        return replace(meeting, attendees=(*meeting.attendees, Attendee(**content)))
    if event.kind == "vote":
        return replace(meeting, votes=(*meeting.votes, Vote(event.number, **content)))
    if event.kind == "dissent":
        return replace(meeting, dissents=(*meeting.dissents, Dissent(event.number, **content)))
    if event.kind == "decision":
        decision = Decision(event.number, **content)
        return replace(meeting, decisions=(*meeting.decisions, decision), of={**meeting.of, decision.item: decision})
    return replace(meeting, closed_by=event.who)


def call(
    record: Record,
    who: str,
    *,
    title: str,
    place: str,
    on: date,
    chair: str,
    area: str,
    version: str,
    basis: Mapping[str, str],
    items: Sequence[Item],
) -> Event:
    """Call a meeting; `basis` tells how the agenda was computed (standard, weights …) in words.

    Raises
    ------
    CallError
        If it has no title, place or chair, or nothing on its agenda.
    """
    _said(title=title, place=place, chair=chair)
    if not items:
        raise CallError("error.forum_agenda")
    content = {
        "title": title.strip(),
        "place": place.strip(),
        "on": on.isoformat(),
        "chair": chair.strip(),
        "area": area,
        "version": version,
        "basis": dict(basis),
        "items": [vars(item) | {"why": dict(item.why)} for item in items],
    }
    return record.append(who, "meeting", content)


def attend(record: Record, who: str, meeting: int, attendee: Attendee) -> Event:
    """Record that somebody is there.

    Raises
    ------
    CallError
        If a name or organisation is missing, or the name is there already.
    """
    _said(name=attendee.name, organisation=attendee.organisation)
    _one_of("kind", attendee.kind, ORGANISATIONS)
    clean = Attendee(attendee.name.strip(), attendee.organisation.strip(), attendee.kind)

    def rule(now: Meeting) -> None:
        if clean.name.lower() in {one.name.lower() for one in now.attendees}:
            raise CallError("error.forum_twice", name=clean.name)

    return _append(record, who, "attendance", meeting, vars(clean), rule)


def vote(record: Record, who: str, meeting: int, member: str, item: str, grade: str, reason: str = "") -> Event:
    """Record a member's vote on an item: one each, and only of those who are there.

    Raises
    ------
    CallError
        If the member is not there or has voted, or the item is decided.
    """
    _one_of("grade", grade, GRADES)

    def rule(now: Meeting) -> None:
        _there(now, member)
        now.item(item)
        if item in now.of:
            raise CallError("error.forum_decided", value=item)
        if any(vote.member == member and vote.item == item for vote in now.votes):
            raise CallError("error.forum_voted", name=member)

    content = {"member": member, "item": item, "grade": grade, "reason": reason.strip()}
    return _append(record, who, "vote", meeting, content, rule)


def dissent(record: Record, who: str, meeting: int, member: str, item: str, reason: str) -> Event:
    """Record what a member has against a decision.

    Raises
    ------
    CallError
        If the member is not there, or says no reason.
    """
    _said(reason=reason)

    def rule(now: Meeting) -> None:
        _there(now, member)
        now.item(item)

    return _append(record, who, "dissent", meeting, {"member": member, "item": item, "reason": reason.strip()}, rule)


def decide(
    record: Record,
    who: str,
    meeting: int,
    item: str,
    *,
    decision: str,
    way: str,
    lead: str = "",
    fund: str = "",
    amount_idr: float | None = None,
    year: int | None = None,
    person: str = "",
    reason: str = "",
) -> Event:
    """Record a decision on an item; one that was decided is decided anew only after the old one is withdrawn.

    Raises
    ------
    CallError
        If an approved item has no lead, money or year; if another has no reason; if a vote decides on an item on
        which nobody voted; or if an approval leaves the computed order without a reason.
    """
    for name, value, known in (("decision", decision, DECISIONS), ("way", way, WAYS)):
        _one_of(name, value, known)
    if decision == "approved":
        _said(lead=lead)
        _one_of("fund", fund, FUNDS)
        if year is None or not 2000 <= year <= 2100:
            raise CallError("error.number", name="year", value=year)
        if amount_idr is not None and not 0 <= amount_idr < float("inf"):
            raise CallError("error.number", name="amount_idr", value=amount_idr)
    else:
        _said(reason=reason)

    def rule(now: Meeting) -> None:
        now.item(item)
        if item in now.of:
            raise CallError("error.forum_decided", value=item)
        if not now.attendees:
            raise CallError("error.forum_nobody_there")
        if way == "vote" and not any(one.item == item for one in now.votes):
            raise CallError("error.forum_no_votes", value=item)
        passed = now.passed_over(item)
        if decision == "approved" and passed and not reason.strip():
            raise CallError("error.forum_order", names=", ".join(one.site_id for one in passed[:5]))

    content = {
        "item": item,
        "decision": decision,
        "way": way,
        "lead": lead.strip(),
        "fund": fund,
        "amount_idr": amount_idr,
        "year": year,
        "person": person.strip(),
        "reason": reason.strip(),
    }
    return _append(record, who, "decision", meeting, content, rule)


def close(record: Record, who: str, meeting: int) -> Event:
    """Close a meeting: nothing is added to it any more."""
    return _append(record, who, "closing", meeting, {}, lambda now: None)


def _append(
    record: Record, who: str, kind: str, meeting: int, content: Mapping[str, Any], rule: Callable[[Meeting], None]
) -> Event:
    def checked(standing: Sequence[Event]) -> None:
        now = meetings(standing).get(meeting)
        if now is None:
            raise CallError("error.forum_meeting", value=meeting)
        if now.closed_by is not None:
            raise CallError("error.forum_closed", value=now.title)
        rule(now)

    return record.append(who, kind, {"meeting": meeting, **content}, rule=checked)


def _there(meeting: Meeting, member: str) -> None:
    if member not in {one.name for one in meeting.attendees}:
        raise CallError("error.forum_not_there", name=member)


def _said(**texts: str) -> None:
    for name, text in texts.items():
        if not text.strip():
            raise CallError(f"forum_missing.{name}")


def _one_of(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise CallError("error.option", name=name, value=value, known=", ".join(known))
