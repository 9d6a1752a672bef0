"""A meeting of the forum: who is there, what is on the agenda, weights, votes and decisions, replayed from the record.

Consensus comes first (musyawarah mufakat); a vote is the fallback. Nothing is overwritten: a correction withdraws an
event. What may be recorded is in `forum.acts`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from forum.record import MEETING_KINDS, Event
from forum.rules import Proxy, Recusal, Rules, aside_for
from geo.model.errors import CallError

ORGANISATIONS = ("government", "ngo", "village", "community")
#: Grades of a vote, best first: layak mendesak, layak, kurang mendesak, tidak layak.
GRADES = ("urgent", "worthy", "less_urgent", "unworthy")
DECISIONS = ("approved", "deferred", "rejected")
WAYS = ("consensus", "vote")
#: What becomes of an approved item, in order: from the decision to the checks one and two years after it was built.
STEPS = ("planned", "funded", "under_way", "built", "checked_1", "checked_2")
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
class Weighing:
    """One member's weights of the criteria, each at least 0; a later one takes the place of an earlier."""

    member: str
    weights: Mapping[str, float]


@dataclass(frozen=True)
class Vote:
    """One member's grade of one item; `receipt` is the code under which it stands in the minutes.

    No `member`: it was cast in secret.
    """

    member: str
    item: str
    grade: str
    reason: str = ""
    receipt: str = ""


@dataclass(frozen=True)
class Voted:
    """That a member has voted on an item in secret, or somebody for them; not what."""

    member: str
    item: str


@dataclass(frozen=True)
class Dissent:
    """What a member has against a decision: it is kept, and printed."""

    member: str
    item: str
    reason: str


@dataclass(frozen=True)
class Decision:
    """What was decided of an item, how, and who does it with whose money."""

    item: str
    decision: str
    way: str
    lead: str = ""
    fund: str = ""
    amount_idr: float | None = None
    year: int | None = None
    person: str = ""
    reason: str = ""
    number: int = 0


@dataclass(frozen=True)
class Progress:
    """A step that a promise has reached: when, what shows it, and how many people it really serves (None: not told)."""

    item: str
    step: str
    on: date
    proof: str
    people: float | None = None


@dataclass(frozen=True)
class Meeting:
    """A meeting as far as the record tells it; `number` is that of its first event."""

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
    weighings: Mapping[str, Weighing] = field(default_factory=dict)
    votes: tuple[Vote, ...] = ()
    dissents: tuple[Dissent, ...] = ()
    decisions: tuple[Decision, ...] = ()
    closed_by: str | None = None
    progress: tuple[Progress, ...] = ()
    rules: Rules = field(default_factory=Rules)
    recusals: tuple[Recusal, ...] = ()
    proxies: tuple[Proxy, ...] = ()
    readings: Mapping[str, str] = field(default_factory=dict)
    voted: tuple[Voted, ...] = ()
    opened: tuple[str, ...] = ()

    @property
    def begun(self) -> bool:
        """Whether something is voted on or decided: its rules and its order stay as they are then."""
        return bool(self.votes or self.voted or self.decisions)

    @property
    def cast(self) -> list[tuple[str, str]]:
        """Who has voted on what, openly or in secret."""
        openly = [(one.member, one.item) for one in self.votes if one.member]
        return openly + [(one.member, one.item) for one in self.voted]

    @property
    def unopened(self) -> list[str]:
        """Keys of items on which somebody voted in secret and whose urn is not open yet."""
        return sorted({one.item for one in self.voted} - set(self.opened))

    @property
    def voters(self) -> list[str]:
        """Who may vote: those who are there, and those for whom one of them speaks."""
        there = [one.name for one in self.attendees]
        return there + [one.member for one in self.proxies if one.holder in there]

    def counted(self, key: str) -> list[Vote]:
        """Votes on an item that count: of those who may vote here and have not stepped aside for it.

        Those cast in secret count once their urn is open; who may not vote could not cast one.
        """
        may = {"", *self.voters} - aside_for(self, key)
        return [one for one in self.votes if one.item == key and one.member in may]

    @property
    def of(self) -> dict[str, Decision]:
        """The decision on each item that is decided, by its key."""
        return {decision.item: decision for decision in self.decisions}

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

    @property
    def unweighed(self) -> list[str]:
        """Who is there and has given no weights yet: until there is nobody, nobody's are shown."""
        return [one.name for one in self.attendees if one.name not in self.weighings]

    def tally(self, key: str) -> dict[str, int]:
        """Count the votes on an item by grade, without those of members who have stepped aside for it."""
        counted = self.counted(key)
        return {grade: sum(vote.grade == grade for vote in counted) for grade in GRADES}

    def steps_of(self, key: str) -> tuple[Progress, ...]:
        """Return the steps an item has gone, in order."""
        return tuple(one for one in self.progress if one.item == key)

    def passed_over(self, key: str) -> list[Item]:
        """Items of the same service that rank before this one and are not decided: approving it leaves the order."""
        mine = self.item(key)
        return [
            item
            for item in self.items
            if item.service == mine.service and item.rank < mine.rank and item.key not in self.of
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
    if event.kind == "weighing":
        return replace(meeting, weighings={**meeting.weighings, content["member"]: Weighing(**content)})
    if event.kind == "agenda":
        items = tuple(Item(**item) for item in content["items"])
        return replace(meeting, items=items, basis={**meeting.basis, **content["basis"]})
    if event.kind == "vote":
        return replace(meeting, votes=(*meeting.votes, Vote(**content, receipt=receipt_of(event.hash))))
    if event.kind == "dissent":
        return replace(meeting, dissents=(*meeting.dissents, Dissent(**content)))
    if event.kind == "decision":
        decision = Decision(**content, number=event.number)
        return replace(meeting, decisions=(*meeting.decisions, decision))
    if event.kind == "progress":
        step = Progress(**content | {"on": date.fromisoformat(content["on"])})
        return replace(meeting, progress=(*meeting.progress, step))
    return _by_rules(meeting, event, content)


def _by_rules(meeting: Meeting, event: Event, content: dict[str, Any]) -> Meeting:
    """What the meeting's own rules bring, and its end."""
    if event.kind == "rules":
        return replace(meeting, rules=Rules(**content))
    if event.kind == "recusal":
        return replace(meeting, recusals=(*meeting.recusals, Recusal(**content)))
    if event.kind == "proxy":
        return replace(meeting, proxies=(*meeting.proxies, Proxy(**content)))
    if event.kind == "reading":
        return replace(meeting, readings={content["item"]: event.at} | dict(meeting.readings))
    if event.kind == "voted":
        return replace(meeting, voted=(*meeting.voted, Voted(**content)))
    if event.kind == "opened":
        item = content["item"]
        cast = tuple(Vote("", item, grade, receipt=receipt) for receipt, grade in content["ballots"])
        return replace(meeting, votes=(*meeting.votes, *cast), opened=(*meeting.opened, item))
    return replace(meeting, closed_by=event.who)


def receipt_of(digest: str) -> str:
    """Return the short code of a vote, from the hash of its event: whoever has it finds the vote in the minutes.

    Examples
    --------
    >>> receipt_of("9f86d081884c7d65")
    '9F86-D081'
    """
    return f"{digest[:4]}-{digest[4:8]}".upper()


#: Days after it was built until a promise is to be checked, and what comes then.
_CHECKS = {"checked_1": 365, "checked_2": 730}


def late(meeting: Meeting, key: str, today: date) -> str | None:
    """Return what is overdue of a promise: a ``check`` after building, or the ``year`` it was promised for.

    Examples
    --------
    >>> late(Meeting(1, "", "", date(2026, 1, 1), "", "", "", {}, ()), "water:p", date(2026, 1, 1)) is None
    True
    """
    decision = meeting.of.get(key)
    if decision is None or decision.decision != "approved":
        return None
    steps = {one.step: one.on for one in meeting.steps_of(key)}
    if "built" in steps:
        days = (today - steps["built"]).days
        return "check" if any(days > after and step not in steps for step, after in _CHECKS.items()) else None
    return "year" if decision.year is not None and today.year > decision.year else None


def promised(events: Sequence[Event], sites: Collection[str]) -> list[dict[str, Any]]:
    """Return what meetings approved of some sites: who leads, year, rupiah agreed on, the step it has come to."""
    rows = []
    for meeting in meetings(events).values():
        for item in meeting.items:
            decision = meeting.of.get(item.key)
            if decision is None or decision.decision != "approved" or item.site_id not in sites:
                continue
            steps = meeting.steps_of(item.key)
            rows.append(
                {
                    "site_id": item.site_id, "who": decision.lead, "due": str(decision.year),
                    "cost_idr": decision.amount_idr, "step": steps[-1].step if steps else STEPS[0],
                }
            )  # fmt: skip
    return rows
