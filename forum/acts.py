"""What may be recorded of a meeting, and what is refused.

Every rule is checked under the write lock of the record, so of two who do the same at once one is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from forum.meetings import DECISIONS, FUNDS, GRADES, ORGANISATIONS, STEPS, WAYS, Attendee, Item, Meeting, meetings
from forum.record import Event, Record
from geo.errors import CallError


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
        "items": _told(items),
    }
    return record.append(who, "meeting", content)


def _told(items: Sequence[Item]) -> list[dict[str, Any]]:
    return [vars(item) | {"why": dict(item.why)} for item in items]


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


def weigh(record: Record, who: str, meeting: int, member: str, weights: Mapping[str, float]) -> Event:
    """Record a member's weights of the criteria; given again, the later ones count.

    Raises
    ------
    CallError
        If the member is not there, a weight is below 0, or all are 0.
    """
    for name, value in weights.items():
        if not 0 <= value < float("inf"):
            raise CallError("error.number", name=name, value=value)
    if not sum(weights.values()) > 0:
        raise CallError("error.no_weight")
    content = {"member": member, "weights": {name: float(value) for name, value in weights.items()}}
    return _append(record, who, "weighing", meeting, content, lambda now: _there(now, member))


def reorder(record: Record, who: str, meeting: int, items: Sequence[Item], basis: Mapping[str, str]) -> Event:
    """Put the agenda in a new order, computed with the weights of all; `basis` tells them in words.

    Raises
    ------
    CallError
        If somebody who is there has given no weights, or something is voted on or decided already.
    """
    if not items:
        raise CallError("error.forum_agenda")

    def rule(now: Meeting) -> None:
        if now.unweighed or not now.weighings:
            raise CallError("error.forum_unweighed", names=", ".join(now.unweighed[:5]) or "–")
        if now.decisions or now.votes:
            raise CallError("error.forum_begun")

    return _append(record, who, "agenda", meeting, {"items": _told(items), "basis": dict(basis)}, rule)


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


def report_progress(
    record: Record,
    who: str,
    meeting: int,
    item: str,
    step: str,
    on: date,
    proof: str,
    people: float | None = None,
) -> Event:
    """Record a step that a promise has reached, after the meeting is closed too.

    Raises
    ------
    CallError
        If the item is not approved, nothing shows the step, the day is to come or before an earlier step, or the step
        comes before one that is reached.
    """
    _one_of("step", step, STEPS[1:])
    _said(proof=proof)
    if on > date.today():
        raise CallError("error.forum_future", value=on.isoformat())
    if people is not None and not 0 <= people < float("inf"):
        raise CallError("error.number", name="people", value=people)

    def rule(now: Meeting) -> None:
        decision = now.of.get(item)
        if decision is None or decision.decision != "approved":
            raise CallError("error.forum_not_promised", value=item)
        for reached in now.steps_of(item):
            if STEPS.index(reached.step) >= STEPS.index(step) or reached.on > on:
                raise CallError("error.forum_step", value=reached.on.isoformat())

    content = {"item": item, "step": step, "on": on.isoformat(), "proof": proof.strip(), "people": people}
    return _append(record, who, "progress", meeting, content, rule, closed=True)


def _append(
    record: Record,
    who: str,
    kind: str,
    meeting: int,
    content: Mapping[str, Any],
    rule: Callable[[Meeting], None],
    *,
    closed: bool = False,
) -> Event:
    def checked(standing: Sequence[Event]) -> None:
        now = meetings(standing).get(meeting)
        if now is None:
            raise CallError("error.forum_meeting", value=meeting)
        if now.closed_by is not None and not closed:
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
