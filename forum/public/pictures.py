"""Pictures of a site in their order, and those before and after its promise was built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from forum.checks import local_day
from forum.record import Event


@dataclass(frozen=True)
class Taken:
    """A kept picture (``photos/….jpg``) and the day on which it came in; None: with the data, nobody knows when."""

    photo: str
    on: date | None


def pictures_of(events: Sequence[Event], service: str, site_id: str, first: str | None = None) -> list[Taken]:
    """Return the pictures of a site, the oldest first: that of the data, then those of the record, each once.

    Parameters
    ----------
    events
        Standing events.
    first
        What the table of the data names, if anything.
    """
    found = [Taken(first, None)] if first else []
    for event in events:
        of = (event.content.get("service"), event.content.get("site_id"))
        if event.kind == "photo" and of == (service, site_id):
            found.append(Taken(str(event.content["photo_url"]), local_day(event.at)))
    once: dict[str, Taken] = {}
    for one in found:
        once.setdefault(one.photo, one)
    return list(once.values())


def before_after(pictures: Sequence[Taken], built: date | None) -> tuple[Taken | None, Taken | None]:
    """Return the last picture from before a promise was built, and the last one since; None where there is none.

    Of several that came in on the very day, and none before it, the first is from before: nobody sends two of the same.
    """
    since = [one for one in pictures if built is not None and one.on is not None and one.on >= built]
    before = [one for one in pictures if one not in since]
    if not before and len(since) > 1 and since[0].on == built:
        before, since = since[:1], since[1:]
    return (before[-1] if before else None), (since[-1] if since else None)
