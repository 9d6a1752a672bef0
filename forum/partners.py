"""Who does what where (3W): partners' commitments per village and sector, shared means, overlaps and gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from forum.checks import amount, as_content, one_of, said
from forum.meetings import ORGANISATIONS
from forum.record import Event, Record
from geo.model.errors import CallError

#: The whole programme of the forum, not water alone.
SECTORS = ("water", "sanitation", "hygiene", "health_nutrition", "education", "livelihoods")
STAGES = ("planned", "under_way", "done")


@dataclass(frozen=True)
class Commitment:
    """What a partner does in a village; `shared` is what others may use of it (a vehicle, a rig, a trainer)."""

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
    number: int = 0


def commitments(events: Sequence[Event]) -> tuple[Commitment, ...]:
    """Replay standing events: each commitment as it was told last, in the order of the first."""
    found: dict[int, Commitment] = {}
    for event in events:
        if event.kind == "commitment":
            content: dict[str, Any] = dict(event.content)
            number = int(content.pop("of", None) or event.number)
            days = {name: None if content[name] is None else date.fromisoformat(content[name]) for name in _DAYS}
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
        known = {one.number for one in commitments(standing)}
        for one in given:
            if one.number and one.number not in known:
                raise CallError("error.event", value=one.number)

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
