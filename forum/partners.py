"""Who does what where (3W): partners' commitments per village and sector, shared means, overlaps and gaps; and what
holds a village's service back (bottlenecks, as UNICEF's WASH BAT asks on paper), each answered by an activity."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from forum.checks import amount, as_content, name_key, one_of, said
from forum.meetings import ORGANISATIONS, promised
from forum.record import Event, Record
from geo.model.errors import CallError

#: The whole programme of the forum, not water alone.
SECTORS = ("water", "sanitation", "hygiene", "health_nutrition", "education", "livelihoods")
STAGES = ("planned", "under_way", "done")
#: What keeps water and toilets from working: nobody runs them, no spare parts, no money for upkeep, whose land, whose
#: water, who can do it.
BOTTLENECKS = ("manager", "spare_parts", "budget", "land", "water_right", "capacity")


@dataclass(frozen=True)
class Commitment:
    """What a partner does in a village; `shared` is what others may use of it (a vehicle, a rig, a trainer).

    `target` is what it is to bring, in words; `against` the number of the bottleneck it answers, 0 for none.
    """

    partner: str
    kind: str
    sector: str
    village_code: str
    activity: str
    stage: str
    starts: date
    ends: date | None = None
    amount_idr: float | None = None
    shared: str = ""
    target: str = ""
    against: int = 0
    number: int = 0


@dataclass(frozen=True)
class Bottleneck:
    """What holds the service of a village back: one of `BOTTLENECKS`, and in words."""

    village_code: str
    kind: str
    note: str
    number: int = 0


def bottlenecks(events: Sequence[Event]) -> tuple[Bottleneck, ...]:
    """Replay standing events into bottlenecks, in the order in which they were noted."""
    return tuple(Bottleneck(**event.content, number=event.number) for event in events if event.kind == "bottleneck")


def note_bottleneck(record: Record, who: str, given: Bottleneck) -> Event:
    """Record what holds a village's service back; it is answered by a commitment `against` it, or withdrawn.

    Raises
    ------
    CallError
        If the village or the words are missing, the kind is none, or the same stands already.
    """
    said(village=given.village_code, reason=given.note)
    one_of("bottleneck", given.kind, BOTTLENECKS)

    def rule(standing: Sequence[Event]) -> None:
        key = (given.village_code.strip(), given.kind, name_key(given.note))
        if any((one.village_code, one.kind, name_key(one.note)) == key for one in bottlenecks(standing)):
            raise CallError("error.bottleneck_twice")

    return record.append(who, "bottleneck", as_content(given), rule)


def commitments(events: Sequence[Event]) -> tuple[Commitment, ...]:
    """Replay standing events: each commitment as it was told last, in the order of the first."""
    found: dict[int, Commitment] = {}
    for event in events:
        if event.kind == "commitment":
            content: dict[str, Any] = dict(event.content)
            number = int(content.pop("of", None) or event.number)
            days = {name: date.fromisoformat(content[name]) if content.get(name) else None for name in _DAYS}
            found[number] = Commitment(**content | days, number=number)
    return tuple(found.values())


_DAYS = ("starts", "ends")


def commit(record: Record, who: str, given: Sequence[Commitment]) -> tuple[Event, ...]:
    """Record commitments, all or none; one with the `number` of another tells that one anew.

    Raises
    ------
    CallError
        If there is none, a partner, village or activity is missing, one ends before it starts, or there is none of
        that number.
    """
    if not given:
        said(village="")
    places = [(one.partner, one.sector, one.village_code, one.activity) for one in given]
    if len(set(places)) < len(places):
        raise CallError("error.commitment_twice")
    contents = [("commitment", _content(one)) for one in given]

    def rule(standing: Sequence[Event]) -> None:
        known = {one.number: (one.village_code, one.against) for one in commitments(standing)}
        where = {one.number: one.village_code for one in bottlenecks(standing)}
        for one in given:
            if one.number and one.number not in known:
                raise CallError("error.event", value=one.number)
            as_it_was = known.get(one.number) == (one.village_code, one.against)  # though it was withdrawn since
            if one.against and not as_it_was and where.get(one.against) != one.village_code:
                raise CallError("error.event", value=one.against)

    return record.append_all(who, contents, rule)


def _content(given: Commitment) -> dict[str, Any]:
    said(partner=given.partner, village=given.village_code, activity=given.activity)
    one_of("kind", given.kind, ORGANISATIONS)
    one_of("sector", given.sector, SECTORS)
    one_of("stage", given.stage, STAGES)
    amount("amount_idr", given.amount_idr)
    if not isinstance(given.starts, date):
        raise CallError("forum_missing.starts")
    if given.ends is not None and given.ends < given.starts:
        raise CallError("error.forum_ends", first=given.starts.isoformat(), last=given.ends.isoformat())
    return as_content(given) | ({"of": given.number} if given.number else {})


def advance(record: Record, who: str, number: int, stage: str) -> Event:
    """Record that a commitment has come to a stage."""
    mine = next((one for one in commitments(record.standing()) if one.number == number), None)
    if mine is None:
        raise CallError("error.event", value=number)
    return commit(record, who, [replace(mine, stage=stage)])[0]


def partners_of(found: Sequence[Commitment], villages: Sequence[str], sector: str | None) -> Mapping[str, list[str]]:
    """Partners at work or about to be in each village, in one sector or all: none is a gap, several may overlap.

    Examples
    --------
    >>> partners_of((), ["32.03.18.2001"], "water")
    {'32.03.18.2001': []}
    """
    names: dict[str, list[str]] = {code: [] for code in villages}
    for one in found:
        mine = names.get(one.village_code)
        if mine is None or one.stage == "done" or (sector is not None and one.sector != sector):
            continue
        if one.partner not in mine:
            mine.append(one.partner)
    return names


def programme(events: Sequence[Event], villages: Collection[str]) -> list[dict[str, Any]]:
    """Return the activities of some villages as a plan lists them, by year: sector, who, what, where, target, cost.

    Rows have `year, until, sector, activity, partner, village_code, target, amount_idr, stage, against` (in words, the
    kind and note of the bottleneck it answers; None: of none).
    """
    held = {one.number: one for one in bottlenecks(events)}
    rows = [
        {
            "year": one.starts.year, "until": (one.ends or one.starts).year, "sector": one.sector,
            "activity": one.activity, "partner": one.partner, "village_code": one.village_code,
            "target": one.target or "",
            "amount_idr": one.amount_idr, "stage": one.stage,
            "against": (held[one.against].kind, held[one.against].note) if one.against in held else None,
        }
        for one in commitments(events)
        if one.village_code in villages
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row["year"], row["sector"], row["village_code"], row["activity"]))


def recorded_of(
    events: Sequence[Event], sites: Collection[str], villages: Collection[str]
) -> dict[str, list[dict[str, Any]]]:
    """Return what a record says beside a plan: promises (``done``), ``programme``, bottlenecks (``held``)."""
    held = [vars(one) for one in unanswered(events, villages)]
    return {"done": promised(events, sites), "programme": programme(events, villages), "held": held}


def unanswered(events: Sequence[Event], villages: Collection[str]) -> list[Bottleneck]:
    """Return the bottlenecks of some villages that no activity answers."""
    answered = {one.against for one in commitments(events)}
    return [one for one in bottlenecks(events) if one.number not in answered and one.village_code in villages]
