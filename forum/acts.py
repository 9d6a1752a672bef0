"""What may be recorded of a meeting, and what is refused.

Every rule is checked under the write lock of the record, so of two who do the same at once one is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from forum.checks import amount, as_content, name_key, one_of, said
from forum.meetings import (
    DECISIONS,
    FUNDS,
    GRADES,
    ORGANISATIONS,
    STEPS,
    WAYS,
    Attendee,
    Decision,
    Dissent,
    Item,
    Meeting,
    Progress,
    Vote,
    meetings,
)
from forum.polls.polls import may_be_withdrawn
from forum.record import MEETING_KINDS, Beside, Event, Record
from forum.rules import (
    Proxy,
    Recusal,
    Rules,
    check_rules,
    may_cast,
    may_decide,
    may_follow,
    may_speak_for,
    may_vote,
    must_be_open,
    must_be_there,
    site_of,
)
from geo.model.errors import CallError


def call(record: Record, who: str, meeting: Meeting) -> Event:
    """Call a meeting (its `number` is given by the record); `basis` tells how the agenda was computed, in words.

    Raises
    ------
    CallError
        If it has no title, place or chair, or nothing on its agenda.
    """
    texts = {"title": meeting.title, "place": meeting.place, "chair": meeting.chair}
    said(**texts)
    content = {name: text.strip() for name, text in texts.items()}
    content |= {"on": meeting.on.isoformat(), "area": meeting.area, "version": meeting.version}
    rest = {"basis": dict(meeting.basis), "items": _told(meeting.items)}
    return record.append(who, "meeting", content | rest)


def _told(items: Sequence[Item]) -> list[dict[str, Any]]:
    if not items:
        raise CallError("error.forum_agenda")
    return [vars(item) | {"why": dict(item.why)} for item in items]


def attend(record: Record, who: str, meeting: int, attendee: Attendee) -> Event:
    """Record that somebody is there.

    Raises
    ------
    CallError
        If a name or organisation is missing, or the name is there already.
    """
    said(name=attendee.name, organisation=attendee.organisation)
    one_of("kind", attendee.kind, ORGANISATIONS)
    clean = Attendee(attendee.name.strip(), attendee.organisation.strip(), attendee.kind)

    def rule(now: Meeting) -> None:
        if name_key(clean.name) in {name_key(one.name) for one in now.attendees}:
            raise CallError("error.forum_twice", name=clean.name)
        spoken = next((one for one in now.proxies if name_key(one.member) == name_key(clean.name)), None)
        if spoken is not None:  # it ends first: nobody counts twice
            raise CallError("error.forum_spoken_for", name=clean.name, holder=spoken.holder)

    return append_to(record, who, "attendance", meeting, vars(clean), rule)


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
    return append_to(record, who, "weighing", meeting, content, lambda now: must_be_there(now, member))


def reorder(
    record: Record,
    who: str,
    meeting: int,
    items: Sequence[Item],
    basis: Mapping[str, str],
    scaled: Mapping[str, Mapping[str, float]] | None = None,
) -> Event:
    """Put the agenda in a new order, computed with the weights of all.

    Parameters
    ----------
    basis
        Tells the weights in words.
    scaled
        Of each item (by its key) the criteria scaled to 0–1 over the list, those that are known: with them anybody can
        work out the order again.

    Raises
    ------
    CallError
        If somebody who is there has given no weights, or something is voted on or decided already.
    """

    def rule(now: Meeting) -> None:
        if now.unweighed or not now.weighings:
            raise CallError("error.forum_unweighed", names=", ".join(now.unweighed[:5]) or "–")
        if now.begun:
            raise CallError("error.forum_begun")

    content = {"items": _told(items), "basis": dict(basis)}
    if scaled is not None:
        content["scaled"] = {key: dict(values) for key, values in scaled.items()}
    return append_to(record, who, "agenda", meeting, content, rule)


def set_rules(record: Record, who: str, meeting: int, rules: Rules) -> Event:
    """Set the rules of a meeting, before anything is voted on or decided.

    Raises
    ------
    CallError
        If a rule is none (`check_rules`), it comes too late, or loosens what the meeting does not keep (`may_follow`).
    """
    content = check_rules(rules, ORGANISATIONS)

    def rule(now: Meeting) -> None:
        if now.begun:
            raise CallError("error.forum_rules_late")
        may_follow(now, rules)

    return append_to(record, who, "rules", meeting, content, rule)


def step_aside(record: Record, who: str, meeting: int, given: Recusal) -> Event:
    """Record that a member with an interest in a site steps aside for it: a vote they gave on it counts no more.

    Raises
    ------
    CallError
        If the member may not vote here, has stepped aside already, gives no reason, or the item is decided.
    """
    said(reason=given.reason)

    def rule(now: Meeting) -> None:
        must_be_there(now, given.member)
        now.item(given.item)
        must_be_open(now, given.item)
        if any(one.member == given.member and one.item == given.item for one in now.recusals):
            raise CallError("error.forum_aside", name=given.member)
        mine = {given.member} | {one.member for one in now.proxies if one.holder == given.member}
        if any(one.member in mine and one.item == given.item for one in now.voted):  # nobody finds that vote again
            raise CallError("error.forum_voted_secretly", name=given.member)

    return append_to(record, who, "recusal", meeting, as_content(given), rule)


def speak_for(record: Record, who: str, meeting: int, given: Proxy) -> Event:
    """Record that somebody who is there speaks for somebody absent, as far as the meeting's rules allow it.

    Raises
    ------
    CallError
        If a name or organisation is missing, or the rules do not allow it (`forum.rules.may_speak_for`).
    """
    said(name=given.member, organisation=given.organisation)
    one_of("kind", given.kind, ORGANISATIONS)
    clean = Proxy(given.member.strip(), given.organisation.strip(), given.kind, given.holder)
    return append_to(record, who, "proxy", meeting, vars(clean), lambda now: may_speak_for(now, clean))


def read_first(record: Record, who: str, meeting: int, item: str) -> Event:
    """Record the first reading of a site.

    Raises
    ------
    CallError
        If it is read or decided already.
    """

    def rule(now: Meeting) -> None:
        now.item(item)
        must_be_open(now, item)
        if item in now.readings:
            raise CallError("error.forum_read", value=site_of(item))

    return append_to(record, who, "reading", meeting, {"item": item}, rule)


def vote(record: Record, who: str, meeting: int, given: Vote) -> Event:
    """Record a member's vote on an item: one each, and only of those who are there.

    Raises
    ------
    CallError
        If the member is not there or has voted, or the item is decided.
    """
    one_of("grade", given.grade, GRADES)

    def rule(now: Meeting) -> None:
        if now.rules.secret:
            raise CallError("error.forum_secret")
        now.item(given.item)
        may_cast(now, given.member, given.item)

    return append_to(record, who, "vote", meeting, as_content(given, ("receipt",)), rule)


#: What of a meeting a correction withdraws only while nothing stands on it: see `withdraw`.
_BEFORE_VOTES = ("rules", "agenda", "meeting")


def withdraw(record: Record, who: str, number: int) -> Event:
    """Withdraw an event; of a meeting only where nothing that was voted on or decided stands on it.

    Raises
    ------
    CallError
        If the meeting is closed; if it is a rule, an order or a presence on which votes or decisions stand; or a vote,
        a reading or a stepping aside of an item that is decided, whose decision is withdrawn first.
    """

    def rule(standing: Sequence[Event]) -> None:
        event = next((one for one in standing if one.number == number), None)
        if event is None:
            raise CallError("error.event", value=number)
        may_be_withdrawn(event, standing)
        if event.kind in MEETING_KINDS:
            meeting = meetings(standing).get(int(event.content.get("meeting", number)))
            if meeting is not None:
                _may_withdraw(meeting, event)
                if event.kind == "rules":  # those before it hold again
                    before = meetings([one for one in standing if one.number != number])[meeting.number]
                    may_follow(meeting, before.rules)

    return record.append(who, "withdrawal", {"number": number}, rule=rule)


def _may_withdraw(meeting: Meeting, event: Event) -> None:
    if meeting.closed_by is not None and event.kind != "progress":
        raise CallError("error.forum_closed", value=meeting.title)
    if event.kind in ("voted", "opened"):  # nobody knows which ballot it was
        raise CallError("error.forum_secret_stays")
    if event.kind in _BEFORE_VOTES and meeting.begun:
        raise CallError("error.forum_stands")
    if event.kind in ("vote", "recusal", "reading"):
        must_be_open(meeting, str(event.content["item"]))
    if event.kind == "vote":
        may_vote(meeting, "", str(event.content["item"]))  # once voting has ended, votes stay
    if event.kind in ("attendance", "proxy"):
        name = str(event.content["name" if event.kind == "attendance" else "member"])
        mine = {name} | {one.member for one in meeting.proxies if one.holder == name}
        if meeting.decisions or any(member in mine for member, _ in meeting.cast):
            raise CallError("error.forum_stands")


def dissent(record: Record, who: str, meeting: int, given: Dissent) -> Event:
    """Record what a member has against a decision.

    Raises
    ------
    CallError
        If the member is not there, or says no reason.
    """
    said(reason=given.reason)

    def rule(now: Meeting) -> None:
        must_be_there(now, given.member)
        now.item(given.item)

    return append_to(record, who, "dissent", meeting, as_content(given), rule)


def decide(record: Record, who: str, meeting: int, taken: Decision) -> Event:
    """Record a decision on an item; one that was decided is decided anew only after the old one is withdrawn.

    Raises
    ------
    CallError
        If an approved item has no lead, money or year; if another has no reason; if a vote decides on an item on
        which nobody voted; or if an approval leaves the computed order without a reason.
    """
    for name, value, known in (("decision", taken.decision, DECISIONS), ("way", taken.way, WAYS)):
        one_of(name, value, known)
    if taken.decision == "approved":
        said(lead=taken.lead)
        one_of("fund", taken.fund, FUNDS)
        if taken.year is None or not 2000 <= taken.year <= 2100:
            raise CallError("error.number", name="year", value=taken.year)
        amount("amount_idr", taken.amount_idr)
    else:
        said(reason=taken.reason)

    def rule(now: Meeting) -> None:
        now.item(taken.item)
        must_be_open(now, taken.item)
        if not now.attendees:
            raise CallError("error.forum_nobody_there")
        may_decide(now, taken.item)
        if taken.way == "vote" and not now.counted(taken.item):
            raise CallError("error.forum_no_votes", value=site_of(taken.item))
        passed = now.passed_over(taken.item)
        if taken.decision == "approved" and passed and not taken.reason.strip():
            raise CallError("error.forum_order", names=", ".join(one.site_id for one in passed[:5]))

    return append_to(record, who, "decision", meeting, as_content(taken), rule)


def close(record: Record, who: str, meeting: int) -> Event:
    """Close a meeting: nothing is added to it any more.

    Raises
    ------
    CallError
        If votes that were cast in secret are not opened: nobody could do so later.
    """

    def rule(now: Meeting) -> None:
        if now.unopened:
            raise CallError("error.forum_unopened", names=", ".join(map(site_of, now.unopened[:5])))

    return append_to(record, who, "closing", meeting, {}, rule)


def report_progress(record: Record, who: str, meeting: int, reached: Progress) -> Event:
    """Record a step that a promise has reached, after the meeting is closed too.

    Raises
    ------
    CallError
        If the item is not approved, nothing shows the step, the day is to come or before an earlier step, or the step
        comes before one that is reached.
    """
    one_of("step", reached.step, STEPS[1:])
    said(proof=reached.proof)
    if reached.on > date.today():
        raise CallError("error.forum_future", value=reached.on.isoformat())
    amount("people", reached.people)

    def rule(now: Meeting) -> None:
        decision = now.of.get(reached.item)
        if decision is None or decision.decision != "approved":
            raise CallError("error.forum_not_promised", value=site_of(reached.item))
        for before in now.steps_of(reached.item):
            if STEPS.index(before.step) >= STEPS.index(reached.step) or before.on > reached.on:
                raise CallError("error.forum_step", value=before.on.isoformat())

    return append_to(record, who, "progress", meeting, as_content(reached), rule, closed=True)


def append_to(
    record: Record,
    who: str,
    kind: str,
    meeting: int,
    content: Mapping[str, Any],
    rule: Callable[[Meeting], None],
    *,
    closed: bool = False,
    beside: Beside | None = None,
) -> Event:
    """Append what is said of a meeting, by a rule that looks at it as it stands under the lock."""

    def checked(standing: Sequence[Event]) -> None:
        now = meetings(standing).get(meeting)
        if now is None:
            raise CallError("error.forum_meeting", value=meeting)
        if now.closed_by is not None and not closed:
            raise CallError("error.forum_closed", value=now.title)
        rule(now)

    return record.append(who, kind, {"meeting": meeting, **content}, rule=checked, beside=beside)
