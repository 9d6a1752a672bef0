"""What is due is what the record and the data say, once each, and read back from the calendar by its own library."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
from icalendar import Calendar

from exports.tables.calendar import reminder_text, to_ics
from forum import Record
from forum.acts import attend, call, close, decide, report_progress
from forum.meetings import Attendee, Decision, Progress
from forum.public.reminders import Reminder, reminders, samples_due, tanks_due
from tests.forum.test_meetings import APPROVED, PLANNED, WHO


def test_meetings_promises_and_checks_come_due_and_go_when_done(record: Record) -> None:
    number = call(record, WHO, PLANNED).number
    attend(record, WHO, number, Attendee("Siti", "Dinas", "government"))
    decide(record, WHO, number, Decision("water:p1", **APPROVED, amount_idr=1.0))
    decide(record, WHO, number, Decision("water:p2", "deferred", "consensus", reason="dana"))
    told = [(one.kind, one.on) for one in reminders(record.standing())]
    assert told == [("meeting", PLANNED.on), ("promise", date(2027, 12, 31))]
    close(record, WHO, number)
    built = date(2026, 11, 26)
    report_progress(record, WHO, number, Progress("water:p1", "built", built, "foto"))
    told = [(one.kind, one.on, one.words["years"]) for one in reminders(record.standing())]
    assert told == [("check", built + timedelta(days=365), 1), ("check", built + timedelta(days=730), 2)]


def test_tanks_of_a_known_day_come_due_after_their_years() -> None:
    rows = [
        {"facility_id": "a", "name": "MCK", "emptied_on": pd.Timestamp("2024-01-01"), "emptying": "ok"},
        {"facility_id": "b", "name": None, "emptied_on": pd.NaT, "emptying": "unknown"},
        {"facility_id": "c", "name": None, "emptied_on": pd.Timestamp("2024-01-01"), "emptying": None},
    ]
    assert tanks_due(rows, 5.0) == [("a", "MCK", date(2028, 12, 31))]


def test_water_that_was_sampled_is_sampled_again_after_a_year() -> None:
    day = pd.Timestamp("2026-03-01")
    rows = [
        {"point_id": "a", "name": "Sumur", "status": "functional", "sampled_on": day},
        {"point_id": "b", "name": None, "status": "functional", "sampled_on": pd.NaT},
        {"point_id": "c", "name": None, "status": "abandoned", "sampled_on": day},
    ]
    due = samples_due(rows, 1.0)
    assert due == [("a", "Sumur", date(2027, 3, 1))]
    (one,) = reminders([], samples=due)
    assert (one.uid, one.kind) == ("sample-a", "sample")
    assert reminder_text(one, "id") == "Ambil sampel mutu air: Sumur"


def test_a_calendar_reads_back_with_its_days_and_uids_and_no_telephone_number() -> None:
    given = [
        Reminder(
            "promise-1",
            date(2027, 12, 31),
            "promise",
            {"site": "Sumur; 1, \n baru", "village": "X", "lead": "Dinas 0812-3456-7890"},
        ),
        Reminder("tank-a", date(2026, 12, 1), "tank", {"site": "MCK"}),
    ]
    for lang in ("id", "en"):
        events = Calendar.from_ical(to_ics(given, lang)).walk("VEVENT")
        assert [str(one["uid"]) for one in events] == ["promise-1@mata-air", "tank-a@mata-air"]
        assert [one.decoded("dtstart") for one in events] == [one.on for one in given]
        assert [str(one["summary"]) for one in events] == [reminder_text(one, lang) for one in given]
        assert "0812" not in str(events[0]["summary"])
