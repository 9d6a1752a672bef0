"""What is due and when, by record and data: meetings, promises, checks after building, tanks to be emptied, samples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from forum.meetings import Meeting, meetings
from forum.record import Event

#: Days after a site was built on which it is checked, by the step that says so.
CHECK_DAYS = {"checked_1": 365, "checked_2": 730}


@dataclass(frozen=True)
class Reminder:
    """Something due: its day, kind (``meeting, promise, check, tank, sample``), an id that stays, words of its text."""

    uid: str
    on: date
    kind: str
    words: Mapping[str, Any] = field(default_factory=dict)


def reminders(
    events: Sequence[Event],
    tanks: Iterable[tuple[str, str, date]] = (),
    samples: Iterable[tuple[str, str, date]] = (),
) -> list[Reminder]:
    """Return what is due, the earliest first; what is done or over is left out.

    Parameters
    ----------
    events
        Standing events.
    tanks
        Id, name and day of each tank that is to be emptied (`tanks_due`).
    samples
        Id, name and day of each water point that is to be sampled again (`samples_due`).
    """
    found = [one for meeting in meetings(events).values() for one in _of(meeting)]
    for kind, given in (("tank", tanks), ("sample", samples)):
        found += [Reminder(f"{kind}-{key}", on, kind, {"site": name or key}) for key, name, on in given]
    return sorted(found, key=lambda one: (one.on, one.uid))


def _of(meeting: Meeting) -> list[Reminder]:
    found = []
    if meeting.closed_by is None:
        words = {"title": meeting.title, "place": meeting.place}
        found.append(Reminder(f"meeting-{meeting.number}", meeting.on, "meeting", words))
    for item in meeting.items:
        decision = meeting.of.get(item.key)
        if decision is None or decision.decision != "approved":
            continue
        steps = {one.step: one.on for one in meeting.steps_of(item.key)}
        words = {"site": item.name or item.site_id, "village": item.village, "lead": decision.lead}
        key = f"{meeting.number}-{item.service}-{item.site_id}"
        if "built" not in steps:
            due = date(decision.year or meeting.on.year, 12, 31)
            found.append(Reminder(f"promise-{key}", due, "promise", words))
            continue
        for step, days in CHECK_DAYS.items():
            if step not in steps:
                due = steps["built"] + timedelta(days=days)
                found.append(Reminder(f"{step}-{key}", due, "check", words | {"years": days // 365}))
    return found


def tanks_due(rows: Iterable[Mapping[str, Any]], after_years: float) -> list[tuple[str, str, date]]:
    """Return id, name and day of the tanks that were emptied at a known day and are to be emptied again.

    Parameters
    ----------
    rows
        Facilities with `facility_id, name, emptied_on, emptying` (missing where there is no tank).
    after_years
        How long a tank holds.
    """
    kept = (row for row in rows if isinstance(row["emptying"], str))
    return _due_again(kept, "facility_id", "emptied_on", after_years)


def samples_due(rows: Iterable[Mapping[str, Any]], after_years: float) -> list[tuple[str, str, date]]:
    """Return id, name and day of the water points that were sampled at a known day and are to be sampled again.

    Parameters
    ----------
    rows
        Water points with `point_id, name, status, sampled_on`; what is abandoned gives no water to sample.
    after_years
        How long a sample tells of the water.
    """
    kept = (row for row in rows if row["status"] != "abandoned")
    return _due_again(kept, "point_id", "sampled_on", after_years)


def _due_again(
    rows: Iterable[Mapping[str, Any]], key: str, day: str, after_years: float
) -> list[tuple[str, str, date]]:
    """Id, name and the day on which what was done at a known day is due again."""
    later = timedelta(days=round(after_years * 365.25))
    known = (row for row in rows if row[day] is not None and row[day] == row[day])
    return [(str(row[key]), str(row["name"] or ""), row[day].date() + later) for row in known]
