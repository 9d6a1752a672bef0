"""Training of forum and village staff: sessions planned, and who attended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from forum.checks import as_content, one_of, said
from forum.meetings import ORGANISATIONS, Attendee
from forum.record import Event, Record
from geo.model.errors import CallError


@dataclass(frozen=True)
class Training:
    """A session: what is taught, where, when, by whom; `number` is that of its event."""

    title: str
    place: str
    on: date
    trainer: str
    number: int = 0
    attended: tuple[Attendee, ...] = ()


def trainings(events: Sequence[Event]) -> dict[int, Training]:
    """Replay standing events into sessions by number, in the order in which they were planned."""
    found: dict[int, Training] = {}
    for event in events:
        if event.kind == "training":
            content = dict(event.content)
            day = date.fromisoformat(content.pop("on"))
            found[event.number] = Training(**content, on=day, number=event.number)
        elif event.kind == "trained" and event.content["training"] in found:
            mine = found[int(event.content["training"])]
            one = Attendee(*(str(event.content[name]) for name in ("name", "organisation", "kind")))
            found[mine.number] = replace(mine, attended=(*mine.attended, one))
    return found


def plan_training(record: Record, who: str, given: Training) -> Event:
    """Record a session that is planned.

    Raises
    ------
    CallError
        If what is taught, the place or the trainer is missing.
    """
    said(title=given.title, place=given.place, trainer=given.trainer)
    return record.append(who, "training", as_content(given, ("number", "attended")))


def attend_training(record: Record, who: str, number: int, one: Attendee) -> Event:
    """Record that somebody attended.

    Raises
    ------
    CallError
        If a name or organisation is missing, the session is not there or to come, or the name is there already.
    """
    said(name=one.name, organisation=one.organisation)
    one_of("kind", one.kind, ORGANISATIONS)
    clean = as_content(one)

    def rule(standing: Sequence[Event]) -> None:
        session = trainings(standing).get(number)
        if session is None:
            raise CallError("error.event", value=number)
        if session.on > date.today():
            raise CallError("error.forum_future", value=session.on.isoformat())
        if clean["name"].lower() in {other.name.lower() for other in session.attended}:
            raise CallError("error.forum_twice", name=clean["name"])

    return record.append(who, "trained", {"training": number, **clean}, rule)
