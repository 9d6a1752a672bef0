"""Rules of a meeting: quorum, who steps aside, who speaks for somebody absent, when voting ends, a second reading.

They are data: set before anything is voted on or decided, asked under the lock of the record at every vote and
decision, and said in the minutes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from forum.checks import name_key, said
from geo.model.errors import CallError


@dataclass(frozen=True)
class Rules:
    """What a meeting asks for before something is decided.

    `quorum` least people by kind of organisation (of `ORGANISATIONS`), `quorum_all` of all together; `proxies` for how
    many absent people one may speak; `closes` when voting ends (ISO, with its zone; empty: never); `reading_hours`
    between the first reading of a site and its decision (0: none is asked for); `secret`: who voted and what was voted
    stand apart.
    """

    quorum: Mapping[str, int] = field(default_factory=dict)
    quorum_all: int = 0
    proxies: int = 0
    closes: str = ""
    reading_hours: float = 0.0
    secret: bool = False

    @property
    def any(self) -> bool:
        """Whether there are rules beyond those of every meeting."""
        numbers = self.quorum_all or self.proxies or self.reading_hours
        return bool(self.quorum or numbers or self.closes or self.secret)


@dataclass(frozen=True)
class Recusal:
    """A member with an interest in a site steps aside: not asked, not counted for it."""

    member: str
    item: str
    reason: str


@dataclass(frozen=True)
class Proxy:
    """Somebody absent (`member`, of an organisation and its kind) for whom somebody who is there speaks."""

    member: str
    organisation: str
    kind: str
    holder: str


class Held(Protocol):
    """What the rules ask of a meeting (`forum.meetings.Meeting`)."""

    @property
    def rules(self) -> Rules:
        """Its rules."""

    @property
    def attendees(self) -> Sequence[Any]:
        """Who is there, each with `name` and `kind`."""

    @property
    def proxies(self) -> Sequence[Proxy]:
        """Who is spoken for."""

    @property
    def recusals(self) -> Sequence[Recusal]:
        """Who stepped aside for what."""

    @property
    def readings(self) -> Mapping[str, str]:
        """When each site was first read."""

    @property
    def unopened(self) -> Sequence[str]:
        """Items whose urn is not open yet."""

    @property
    def voters(self) -> Sequence[str]:
        """Who may vote."""

    @property
    def of(self) -> Mapping[str, Any]:
        """What is decided, by item."""

    @property
    def cast(self) -> Sequence[tuple[str, str]]:
        """Who has voted on what."""


def check_rules(rules: Rules, kinds: Sequence[str]) -> dict[str, Any]:
    """Return rules as they are kept.

    Raises
    ------
    CallError
        If a number is below 0, a kind of organisation is not known, or the end of voting is no moment with a zone.
    """
    for kind, number in rules.quorum.items():
        if kind not in kinds:
            raise CallError("error.option", name="quorum", value=kind, known=", ".join(kinds))
        _whole("quorum", number)
    _whole("quorum_all", rules.quorum_all)
    _whole("proxies", rules.proxies)
    if not 0 <= rules.reading_hours < 24 * 366:
        raise CallError("error.number", name="reading_hours", value=rules.reading_hours)
    if rules.closes:
        moment(rules.closes)
    quorum = {kind: number for kind, number in rules.quorum.items() if number}
    return vars(rules) | {"quorum": quorum, "reading_hours": float(rules.reading_hours), "secret": bool(rules.secret)}


def _whole(name: str, value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1000:
        raise CallError("error.number", name=name, value=value)


def moment(text: str) -> datetime:
    """Read a moment with its zone.

    Raises
    ------
    CallError
        If it is none.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise CallError("error.moment", value=text[:60]) from error
    if found.tzinfo is None:
        raise CallError("error.moment", value=text[:60])
    return found


def aside_for(meeting: Held, item: str) -> set[str]:
    """Who has stepped aside for an item, and those for whom one of them speaks."""
    gone = {one.member for one in meeting.recusals if one.item == item}
    return gone | {one.member for one in meeting.proxies if one.holder in gone}


def short_of(meeting: Held, item: str) -> dict[str, int]:
    """How many people are missing for a decision on an item, by kind of organisation and in `all`; empty: enough.

    Who steps aside for the item is not counted; somebody absent is counted through who speaks for them.
    """
    aside, there = aside_for(meeting, item), {one.name for one in meeting.attendees}
    kinds = [one.kind for one in meeting.attendees if one.name not in aside]
    kinds += [one.kind for one in meeting.proxies if one.member not in aside and one.holder in there]
    missing = {kind: least - kinds.count(kind) for kind, least in meeting.rules.quorum.items()}
    missing["all"] = meeting.rules.quorum_all - len(kinds)
    return {kind: number for kind, number in missing.items() if number > 0}


def may_decide(meeting: Held, item: str, now: datetime | None = None) -> None:
    """Refuse a decision that the meeting's rules do not allow yet.

    Raises
    ------
    CallError
        If there is no quorum, the first reading is not long enough ago, or secret votes on it are not opened.
    """
    if item in meeting.unopened:
        raise CallError("error.forum_unopened", names=site_of(item))
    missing = short_of(meeting, item)
    if missing:
        told = ", ".join(f"{kind} {number}" for kind, number in missing.items())
        raise CallError("error.forum_quorum", value=told)
    hours = meeting.rules.reading_hours
    if hours:
        first = meeting.readings.get(item)
        if first is None:
            raise CallError("error.forum_unread", hours=f"{hours:g}")
        due = moment(first) + timedelta(hours=hours)
        if (now or datetime.now(UTC)) < due:
            raise CallError("error.forum_read_lately", value=due.isoformat(timespec="minutes"))


def may_follow(meeting: Held, rules: Rules, now: datetime | None = None) -> None:
    """Refuse rules that take away what the meeting, as it sits, does not keep.

    Raises
    ------
    CallError
        If people are there, fewer than the rules so far ask for, and the new ones ask for fewer; if a site was read and
        the second reading would come sooner; if somebody speaks for too many; or if voting would have ended already.
    """
    old = meeting.rules
    if rules.closes != old.closes and rules.closes and moment(rules.closes) <= (now or datetime.now(UTC)):
        raise CallError("error.forum_closes_past", value=rules.closes)
    missing = short_of(meeting, "") if meeting.attendees else {}
    least = {"all": rules.quorum_all, **{kind: rules.quorum.get(kind, 0) for kind in old.quorum}}
    before = {"all": old.quorum_all, **old.quorum}
    loosened = [kind for kind in missing if least[kind] < before[kind]]
    if loosened:
        raise CallError("error.forum_quorum_loosened", value=", ".join(f"{kind} {missing[kind]}" for kind in loosened))
    if meeting.readings and rules.reading_hours < old.reading_hours:
        raise CallError("error.forum_reading_loosened", hours=f"{old.reading_hours:g}")
    for holder, count in Counter(one.holder for one in meeting.proxies).items():
        if count > rules.proxies:
            raise CallError("error.forum_proxies", name=holder, count=rules.proxies)


def site_of(item: str) -> str:
    """Return the site of an item (`water:CJ001A01`), as people name it."""
    return item.split(":", 1)[-1]


def must_be_there(meeting: Held, member: str) -> None:
    """Refuse what is said of a member who is not there, nor spoken for."""
    said(name=member)
    if member not in meeting.voters:
        raise CallError("error.forum_not_there", name=member)


def must_be_open(meeting: Held, item: str) -> None:
    """Refuse what is said of an item that is decided."""
    if item in meeting.of:
        raise CallError("error.forum_decided", value=site_of(item))


def may_cast(meeting: Held, member: str, item: str) -> None:
    """Refuse a vote, open or in secret, of who may not vote here or has voted, or on what is decided."""
    must_be_there(meeting, member)
    must_be_open(meeting, item)
    if (member, item) in meeting.cast:
        raise CallError("error.forum_voted", name=member)
    may_vote(meeting, member, item)


def may_vote(meeting: Held, member: str, item: str, now: datetime | None = None) -> None:
    """Refuse a vote that the meeting's rules do not allow.

    Raises
    ------
    CallError
        If voting has ended, or the member has stepped aside for this item.
    """
    closes = meeting.rules.closes
    if closes and (now or datetime.now(UTC)) > moment(closes):
        raise CallError("error.forum_vote_over", value=closes)
    if member in aside_for(meeting, item):
        raise CallError("error.forum_aside", name=member)


def may_speak_for(meeting: Held, proxy: Proxy) -> None:
    """Refuse a proxy that the meeting's rules do not allow.

    Raises
    ------
    CallError
        If the holder is not there or speaks for too many already, or the member is there or spoken for.
    """
    there = {name_key(one.name) for one in meeting.attendees}
    if proxy.holder not in {one.name for one in meeting.attendees}:
        raise CallError("error.forum_not_there", name=proxy.holder)
    if name_key(proxy.member) in there | {name_key(one.member) for one in meeting.proxies}:
        raise CallError("error.forum_twice", name=proxy.member)
    if sum(one.holder == proxy.holder for one in meeting.proxies) >= meeting.rules.proxies:
        raise CallError("error.forum_proxies", name=proxy.holder, count=meeting.rules.proxies)
