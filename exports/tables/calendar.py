"""What is due as an iCalendar file or feed (RFC 5545), for the calendar of any telephone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Alarm, Calendar, Event

from exports.tables.sheet import expect, without_personal
from texts import t

#: Reminded so many days before.
_BEFORE = timedelta(days=3)


def reminder_text(one: Any, lang: str) -> str:
    """What is due, in one line (`forum.public.reminders.Reminder`)."""
    return str(without_personal(t(f"reminder.{one.kind}", lang, **one.words)))


def to_ics(given: Iterable[Any], lang: str, now: datetime | None = None) -> bytes:
    """Write reminders as a calendar; each keeps its uid, so that a feed that is fetched again changes what it was.

    Parameters
    ----------
    given
        `forum.public.reminders.Reminder`.
    now
        Of the stamp.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Mata Air//mata-air//ID")
    calendar.add("version", "2.0")
    calendar.add("name", t("reminder.calendar", lang))
    calendar.add("x-wr-calname", t("reminder.calendar", lang))
    rows = list(given)
    for one in rows:
        event = Event()
        event.add("uid", f"{one.uid}@mata-air")
        event.add("dtstamp", now or datetime.now(UTC))
        event.add("dtstart", one.on)
        event.add("dtend", one.on + timedelta(days=1))
        event.add("summary", reminder_text(one, lang))
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", reminder_text(one, lang))
        alarm.add("trigger", -_BEFORE)
        event.add_component(alarm)
        calendar.add_component(event)
    data: bytes = calendar.to_ical()
    expect(len(Calendar.from_ical(data).walk("VEVENT")), len(rows), "ics")
    return data
