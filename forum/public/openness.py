"""Whether the public page is on, by the admin's choice, and under which licence its data may be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forum.checks import as_content, one_of, said
from forum.record import Event, Record

#: Licences that data are commonly given under; the texts name them.
LICENCES = ("CC-BY-4.0", "CC0-1.0", "ODbL-1.0", "CC-BY-SA-4.0")


@dataclass(frozen=True)
class Openness:
    """The choice that stands: off unless somebody turned it on. `publisher` answers for the page."""

    on: bool = False
    licence: str = LICENCES[0]
    publisher: str = ""


def openness(events: Sequence[Event]) -> Openness:
    """Return the last choice among standing events."""
    told = [event.content for event in events if event.kind == "public"]
    return Openness(**told[-1]) if told else Openness()


def choose(record: Record, who: str, choice: Openness) -> Event:
    """Record whether the public page is on.

    Raises
    ------
    CallError
        If the licence is not known, or it is turned on without a publisher.
    """
    one_of("licence", choice.licence, LICENCES)
    if choice.on:
        said(publisher=choice.publisher)
    return record.append(who, "public", as_content(choice))
