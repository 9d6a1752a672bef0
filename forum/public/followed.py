"""What became of a report of the community: received, seen to be so, planned, repaired; by a code nobody guesses."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from forum.checks import local_day
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
    received = local_day(report.at)
    judged = _judged(report, events)
    held = tuple(meetings(events).values())
    planned, year = _planned(report, held, events)
    day = None if judged is None else local_day(judged.at)
    return Followed(
        what=report.what,
        service=report.service,
        site_id=report.site_id,
        received=received,
        verified=day if report.verdict == "verified" else None,
        refused=day if report.verdict == "refused" else None,
        planned=planned,
        planned_for=year,
        repaired=_repaired(report, events, received),
    )


def _judged(report: Report, events: Sequence[Event]) -> Event | None:
    """The verdict on a report."""
    verdicts = (one for one in events if one.kind == "verdict" and one.content["report"] == report.number)
    return next(verdicts, None)


def _planned(report: Report, held: Sequence[Meeting], events: Sequence[Event]) -> tuple[date | None, int | None]:
    """The day on which the site was approved after the report, if no later decision takes that back; and the year."""
    key, at = f"{report.service}:{report.site_id}", {event.number: event.at for event in events}
    decisions = [one.of[key] for one in held if report.site_id and key in one.of and one.of[key].number > report.number]
    last = max(decisions, key=lambda one: one.number, default=None)
    if last is None or last.decision != "approved":
        return None, None
    return local_day(at[last.number]), last.year


def _repaired(report: Report, events: Sequence[Event], received: date) -> date | None:
    """The first day on which, as is said after the report and its verdict, the site works or its promise is built."""
    key, judged = f"{report.service}:{report.site_id}", _judged(report, events)
    since = report.number if judged is None else max(report.number, judged.number)
    days = []
    for event in events:
        if event.number <= since:
            continue
        if event.kind == "progress" and event.content["item"] == key and event.content["step"] == "built":
            days.append(date.fromisoformat(event.content["on"]))
        if event.kind == "status" and event.content["status"] == "functional" and _site(event) == key:
            seen = event.content.get("reported_on")
            days.append(date.fromisoformat(seen) if seen else local_day(event.at))
    later = [one for one in days if one >= received]
    return min(later) if report.site_id and later else None


def _site(event: Event) -> str:
    return f"{event.content['service']}:{event.content['site_id']}"


def repair_days(events: Sequence[Event]) -> list[tuple[Report, int | None]]:
    """Return each verified report of a broken site with the days until it was seen working; None: still broken."""
    found: list[tuple[Report, int | None]] = []
    for report in reports(events):
        if report.what == "broken" and report.verdict == "verified":
            received = local_day(report.at)
            repaired = _repaired(report, events, received)
            found.append((report, None if repaired is None else (repaired - received).days))
    return found


@dataclass(frozen=True)
class Repairs:
    """Verified reports of broken sites of one kind or village: how many, how many repaired, days, who still waits.

    `median_days` until it was seen working (None: none was); `waiting_days` of the one that waits longest (None: none).
    """

    group: str
    reports: int
    repaired: int
    median_days: float | None
    waiting_days: int | None


def repairs_by(
    told: Sequence[tuple[Report, int | None]], groups: Mapping[str, str], today: date, rest: str = ""
) -> list[Repairs]:
    """Return repairs by group, whoever waits longest first, then whoever waited longest.

    Parameters
    ----------
    told
        As `repair_days` returns it.
    groups
        What a site belongs to, by ``service:id``; sites that are in none are in `rest`.
    """
    found: dict[str, list[tuple[Report, int | None]]] = {}
    for report, days in told:
        found.setdefault(groups.get(f"{report.service}:{report.site_id}", rest), []).append((report, days))
    rows = []
    for group, mine in found.items():
        done = [days for _, days in mine if days is not None]
        waits = [(today - local_day(report.at)).days for report, days in mine if days is None]
        rows.append(Repairs(group, len(mine), len(done), median(done) if done else None, max(waits, default=None)))
    longest = {one.group: -1 if one.waiting_days is None else one.waiting_days for one in rows}
    return sorted(rows, key=lambda one: (-longest[one.group], -(one.median_days or 0.0), one.group))
