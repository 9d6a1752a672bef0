"""What became of a report of the community: received, seen to be so, planned, repaired; by a code nobody guesses."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from forum.community import Report, reports
from forum.meetings import Meeting, meetings
from forum.record import Event

#: Of reports that came before each had a code of its own: so many signs of the hash of its event.
_OLD_SIGNS = 10


@dataclass(frozen=True)
class Followed:
    """A report without whoever made it, and the days on which it went on; None: not yet.

    `refused` is the day on which somebody found that it is not so; `planned_for` the year that was promised.
    """

    what: str
    service: str
    site_id: str
    received: date
    verified: date | None = None
    refused: date | None = None
    planned: date | None = None
    planned_for: int | None = None
    repaired: date | None = None


def code_of(event: Event) -> str:
    """Return the code of a report: whoever has it sees what became of it. It was drawn; no other figure tells it."""
    return str(event.content.get("code") or event.hash[:_OLD_SIGNS])


def followed(events: Sequence[Event], code: str) -> Followed | None:
    """Return what became of the report with that code; None where there is none.

    Parameters
    ----------
    events
        Standing events.
    code
        As the receipt shows it; capitals and hyphens do not matter.
    """
    found = with_code(events, code)
    return None if found is None else _after(next(one for one in reports(events) if one.number == found.number), events)


def with_code(events: Sequence[Event], code: str) -> Event | None:
    """Return the report of a code among the events; None where there is none."""
    asked = code.strip().lower().replace("-", "").encode()
    mine = (one for one in events if one.kind == "community")
    return next((one for one in mine if hmac.compare_digest(code_of(one).lower().encode(), asked)), None)


def _after(report: Report, events: Sequence[Event]) -> Followed:
    received = date.fromisoformat(report.at[:10])
    verdicts = (one for one in events if one.kind == "verdict" and one.content["report"] == report.number)
    judged = next((date.fromisoformat(one.at[:10]) for one in verdicts), None)
    held = tuple(meetings(events).values())
    planned, year = _planned(report, held, received)
    return Followed(
        what=report.what,
        service=report.service,
        site_id=report.site_id,
        received=received,
        verified=judged if report.verdict == "verified" else None,
        refused=judged if report.verdict == "refused" else None,
        planned=planned,
        planned_for=year,
        repaired=_repaired(report, held, events, received),
    )


def _planned(report: Report, held: Sequence[Meeting], received: date) -> tuple[date | None, int | None]:
    """The first approval of the site at a meeting after the report."""
    for meeting in held:
        decision = meeting.of.get(f"{report.service}:{report.site_id}")
        if report.site_id and decision is not None and decision.decision == "approved" and meeting.on >= received:
            return meeting.on, decision.year
    return None, None


def _repaired(report: Report, held: Sequence[Meeting], events: Sequence[Event], received: date) -> date | None:
    """The first day on or after the report on which the site was seen working, or its promise was built."""
    key = f"{report.service}:{report.site_id}"
    days = [step.on for one in held for step in one.steps_of(key) if step.step == "built"]
    for event in events:
        works = event.kind == "status" and event.content["status"] == "functional" and event.number > report.number
        if works and _site(event) == key:
            days.append(date.fromisoformat(event.content.get("reported_on") or event.at[:10]))
    later = [one for one in days if one >= received]
    return min(later) if report.site_id and later else None


def _site(event: Event) -> str:
    return f"{event.content['service']}:{event.content['site_id']}"


def repair_days(events: Sequence[Event]) -> list[tuple[Report, int | None]]:
    """Return each verified report of a broken site with the days until it was seen working; None: still broken."""
    found: list[tuple[Report, int | None]] = []
    held = tuple(meetings(events).values())
    for report in reports(events):
        if report.what == "broken" and report.verdict == "verified":
            received = date.fromisoformat(report.at[:10])
            repaired = _repaired(report, held, events, received)
            found.append((report, None if repaired is None else (repaired - received).days))
    return found
