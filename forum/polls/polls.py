"""Ballots over a budget: whoever holds a one-time code spends the budget on projects; nobody knows whose a ballot is.

A code is drawn at random, printed on a slip and kept nowhere: of each a digest stands in the record. A ballot spends
its code, which is told (`spent`), and lies in the poll's urn under a receipt, apart from it. Who has which slip is
written down nowhere. Ballots on paper are typed in twice, by two people; where the two agree the ballot is cast.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from forum.checks import drawn_code, name_key, said
from forum.polls import urn
from forum.record import Event, Record
from forum.rules import moment
from geo.model.errors import CallError

#: Most slips of one printing, of a poll, and projects on a ballot.
MOST_SLIPS, MOST_OF_ALL, MOST_PROJECTS = 500, 5000, 100
#: Who spends a code is nobody's to know.
_SAYS = "–"
#: What is said of a poll after it was called; with `poll` all that its ballots hang on.
_OF_POLLS = ("slips", "spent", "counted")
KINDS_OF_POLLS = ("poll", *_OF_POLLS)


@dataclass(frozen=True)
class Project:
    """Something a ballot may buy: a site and what is done there; `key` names it on ballots."""

    key: str
    service: str
    site_id: str
    action: str
    technology: str
    name: str
    village_code: str
    village: str
    cost_idr: int
    gain_people: float | None
    lat: float
    lon: float


@dataclass(frozen=True)
class Poll:
    """A budget, the projects, when it ends (ISO, with its zone; empty: when it is counted), and what was cast.

    `digests` are of the codes given out, `spent` of those used; `ballots` are pairs of receipt and keys, None until it
    is counted.
    """

    title: str
    area: str
    version: str
    closes: str
    budget_idr: int
    projects: tuple[Project, ...]
    params: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0
    digests: frozenset[str] = frozenset()
    spent: frozenset[str] = frozenset()
    ballots: tuple[tuple[str, tuple[str, ...]], ...] | None = None

    @property
    def cost(self) -> dict[str, int]:
        """What each project costs."""
        return {one.key: one.cost_idr for one in self.projects}

    def over(self, now: datetime | None = None) -> bool:
        """Whether no ballot is taken any more."""
        ended = bool(self.closes) and (now or datetime.now(UTC)) > moment(self.closes)
        return ended or self.ballots is not None


def polls(events: Sequence[Event]) -> dict[int, Poll]:
    """Replay standing events into polls by number."""
    found: dict[int, Poll] = {}
    digests: dict[int, set[str]] = {}
    spent: dict[int, set[str]] = {}
    for event in events:
        content = dict(event.content)
        if event.kind == "poll":
            projects = tuple(Project(**one) for one in content.pop("projects"))
            found[event.number] = Poll(**content, projects=projects, number=event.number)
        elif event.kind in _OF_POLLS and content["poll"] in found:
            number = content["poll"]
            if event.kind == "slips":
                digests.setdefault(number, set()).update(content["digests"])
            elif event.kind == "spent":
                spent.setdefault(number, set()).add(content["digest"])
            else:
                ballots = tuple((receipt, tuple(keys)) for receipt, keys in content["ballots"])
                found[number] = replace(found[number], ballots=ballots)
    return {
        number: replace(one, digests=frozenset(digests.get(number, ())), spent=frozenset(spent.get(number, ())))
        for number, one in found.items()
    }


def call_poll(record: Record, who: str, poll: Poll) -> Event:
    """Call a poll.

    Raises
    ------
    CallError
        If it has no title, no budget, an end that is past, or no projects that can be told apart and paid.
    """
    said(title=poll.title)
    if poll.budget_idr <= 0:
        raise CallError("error.number", name="budget", value=poll.budget_idr)
    if poll.closes and moment(poll.closes) <= datetime.now(UTC):
        raise CallError("error.poll_past", value=poll.closes)
    keys = {one.key for one in poll.projects if one.key}
    if not poll.projects or len(keys) < len(poll.projects) or len(keys) > MOST_PROJECTS:
        raise CallError("error.poll_projects", count=MOST_PROJECTS)
    for one in poll.projects:
        if not 0 < one.cost_idr <= poll.budget_idr:
            raise CallError("error.poll_cost", name=one.name or one.site_id, cost=one.cost_idr)
    told = ("area", "version", "closes", "budget_idr")
    content = {name: getattr(poll, name) for name in told} | {"title": poll.title.strip(), "params": dict(poll.params)}
    return record.append(who, "poll", content | {"projects": [vars(one) for one in poll.projects]})


def give_out(record: Record, who: str, poll: int, count: int) -> list[str]:
    """Draw one-time codes and return them: this once; a digest of each is kept.

    Raises
    ------
    CallError
        If there is no such poll or it is over, or so many are not given out.
    """
    if not 0 < count <= MOST_SLIPS:
        raise CallError("error.number", name="count", value=count)
    codes = [drawn_code() for _ in range(count)]

    def rule(standing: Sequence[Event]) -> None:
        if len(_open(standing, poll).digests) + count > MOST_OF_ALL:
            raise CallError("error.number", name="count", value=count)

    record.append(who, "slips", {"poll": poll, "digests": sorted(map(digest, codes))}, rule=rule)
    return [shown(code) for code in codes]


def digest(code: str) -> str:
    """Return what is kept of a code, however it was typed.

    Examples
    --------
    >>> digest("abcd-2345-wxyz") == digest("ABCD 2345 WXYZ ")
    True
    """
    return hashlib.sha256(f"mata-air:{cleaned(code)}".encode()).hexdigest()[:32]


def cleaned(code: str) -> str:
    """Return the signs of a code."""
    return "".join(sign for sign in code.upper() if sign.isalnum())[:40]


def shown(code: str) -> str:
    """Return a code as it is printed.

    Examples
    --------
    >>> shown("ABCD2345WXYZ")
    'ABCD-2345-WXYZ'
    """
    clean = cleaned(code)
    return "-".join(clean[n : n + 4] for n in range(0, len(clean), 4))


def poll_of(standing: Sequence[Event], code: str) -> Poll | None:
    """Return the poll that a code is of."""
    mine = digest(code)
    return next((one for one in polls(standing).values() if mine in one.digests), None)


def cast(record: Record, code: str, chosen: Sequence[str], *, paper: bool = False) -> str:
    """Cast a ballot: its code is spent, what was chosen goes into the urn; return the receipt.

    On ``paper`` it was handed in in time, and may be typed in until the poll is counted.

    Raises
    ------
    CallError
        If the code is none or spent, the poll is over, or what was chosen is nothing, unknown or above the budget.
    """
    receipts: list[str] = []
    mine = digest(code)
    poll = poll_of(record.standing(*KINDS_OF_POLLS), code)
    if poll is None:
        raise CallError("error.ballot_code")
    keys = check_choice(poll, chosen)

    def rule(standing: Sequence[Event]) -> None:
        now = _uncounted(standing, poll.number) if paper else _open(standing, poll.number)
        if mine not in now.digests:
            raise CallError("error.ballot_code")
        if mine in now.spent:
            raise CallError("error.ballot_spent")

    def beside(connection: sa.Connection) -> None:
        receipts.append(urn.put(connection, urn_of(poll.number), keys))
        kept = urn.kept(connection, _typed(poll.number))
        if kept.pop(mine, None) is not None:
            urn.keep(connection, _typed(poll.number), kept)

    record.append(_SAYS, "spent", {"poll": poll.number, "digest": mine}, rule, beside)
    return receipts[-1]


def check_choice(poll: Poll, chosen: Sequence[str]) -> list[str]:
    """Return what was chosen, sorted; see `cast` for what is refused."""
    keys = sorted(set(chosen))
    cost = poll.cost
    if unknown := [key for key in keys if key not in cost]:
        raise CallError("error.ballot_unknown", value=", ".join(unknown[:5])[:80])
    if not keys:
        raise CallError("error.ballot_empty")
    spent = sum(cost[key] for key in keys)
    if spent > poll.budget_idr:
        raise CallError("error.ballot_over", cost=spent, budget=poll.budget_idr)
    return keys


def type_in(record: Record, who: str, poll: int, code: str, chosen: Sequence[str]) -> str | None:
    """Type in a ballot from paper: the second person who types the same casts it; return its receipt then, else None.

    Raises
    ------
    CallError
        If nobody is named, the same person types it twice, the two typings differ (a third one decides), and as for
        `cast`.
    """
    said(who=who)
    mine, now = digest(code), _uncounted(record.standing(*KINDS_OF_POLLS), poll)
    if mine not in now.digests:
        raise CallError("error.ballot_code")
    if mine in now.spent:
        raise CallError("error.ballot_spent")
    keys, me = check_choice(now, chosen), name_key(who)
    with record.writing() as connection:
        kept = urn.kept(connection, _typed(poll))
        before = [(by, told) for by, told in kept.get(mine, ()) if by != me]
        if not before and mine in kept:
            raise CallError("error.ballot_typed")
        agreed = any(told == keys for _, told in before)
        if not agreed:
            urn.keep(connection, _typed(poll), kept | {mine: [*before, [me, keys]]})
    if agreed:
        return cast(record, code, keys, paper=True)
    if before:
        raise CallError("error.ballot_differs")
    return None


def typed_once(record: Record, poll: int) -> int:
    """Return how many ballots were typed in and wait for a second person."""
    with record.begun(reading=True) as connection:
        return len(urn.kept(connection, _typed(poll)))


def count_poll(record: Record, who: str, poll: int, *, anyway: bool = False) -> Event:
    """End a poll: what is in the urn goes into the record, sorted by receipts.

    ``anyway``: also where the urn holds more or fewer ballots than codes were spent, as a copy may bring it back, the
    page tells both numbers then; and where slips are typed in only once, which do not count.

    Raises
    ------
    CallError
        If nobody has cast a ballot, it is counted already, its announced end is to come, slips wait for their second
        typing, or the urn holds not as many ballots as codes were spent.
    """
    last = CallError("error.urn_meanwhile")
    for _ in range(urn.TRIES):
        ballots, waiting = urn.held(record, urn_of(poll)), typed_once(record, poll)

        def rule(standing: Sequence[Event], held: int = len(ballots), waiting: int = waiting) -> None:
            now = _uncounted(standing, poll)
            if now.closes and not now.over():
                raise CallError("error.poll_goes_on", value=now.closes)
            if waiting and not anyway:
                raise CallError("error.poll_waiting", count=waiting)
            if not now.spent:
                raise CallError("error.poll_empty")
            if len(now.spent) != held and not anyway:
                raise urn.MeanwhileError("error.urn_count", count=held, voted=len(now.spent))

        def beside(connection: sa.Connection, known: list[urn.Ballot] = ballots) -> None:
            urn.take(connection, urn_of(poll), known)
            urn.keep(connection, _typed(poll), {})

        try:
            return record.append(who, "counted", {"poll": poll, "ballots": ballots}, rule, beside)
        except urn.MeanwhileError as error:
            last = error
    raise last


def may_be_withdrawn(event: Event, standing: Sequence[Event]) -> None:
    """Refuse to withdraw what nobody can put right: a spent code, a count, a poll in which somebody has voted.

    Raises
    ------
    CallError
        Then. Slips may be withdrawn: their codes that are not used yet open nothing any more.
    """
    if event.kind in ("spent", "counted"):
        raise CallError("error.forum_secret_stays")
    if event.kind == "poll" and polls(standing)[event.number].spent:
        raise CallError("error.forum_stands")


def _known(standing: Sequence[Event], poll: int) -> Poll:
    found = polls(standing).get(poll)
    if found is None:
        raise CallError("error.poll", value=poll)
    return found


def _uncounted(standing: Sequence[Event], poll: int) -> Poll:
    found = _known(standing, poll)
    if found.ballots is not None:
        raise CallError("error.poll_over", value=found.title)
    return found


def _open(standing: Sequence[Event], poll: int) -> Poll:
    found = _known(standing, poll)
    if found.over():
        raise CallError("error.poll_over", value=found.title)
    return found


def urn_of(poll: int) -> str:
    """Return the name of the urn of a poll."""
    return f"poll:{poll}"


def _typed(poll: int) -> str:
    return f"typed:{poll}"
