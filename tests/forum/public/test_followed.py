"""What became of a report, by its code; how long repairs took; nothing of whoever reported it."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta

import pytest

from forum import Record
from forum.acts import attend, call, decide, report_progress
from forum.checks import local_day
from forum.community import Report, judge, receive
from forum.meetings import Attendee, Decision, Progress
from forum.public.followed import Followed, Repairs, code_of, followed, repair_days, repairs_by
from forum.public.openness import Openness, choose, openness
from geo.model.changes import Change
from geo.model.errors import CallError
from tests.forum.test_meetings import APPROVED, PLANNED, WHO

BROKEN = Report("water", "p1", "broken", "patah", name="Asep", phone="0812")


def test_a_report_goes_from_received_to_repaired(record: Record) -> None:
    said = receive(record, BROKEN)
    code = code_of(said)
    assert len(code) == 12
    assert said.hash[:10] not in code.lower()
    day = date.fromisoformat(said.at[:10])
    assert followed(record.standing(), code) == Followed("broken", "water", "p1", day)
    judge(record, WHO, said.number, "verified", "dilihat", Change("water", "p1", "non_functional", day))
    number = call(record, WHO, PLANNED).number
    attend(record, WHO, number, Attendee("Siti", "Dinas", "government"))
    assert followed(record.standing(), code).planned is None
    decide(record, WHO, number, Decision("water:p1", **APPROVED, amount_idr=1.0))
    told = followed(record.standing(), code)
    assert (told.verified, told.planned, told.planned_for) == (day, day, 2027)
    record.report_status(WHO, Change("water", "p1", "functional", day + timedelta(days=0)))
    assert followed(record.standing(), code.upper()[:5] + "-" + code[5:]).repaired == day
    assert [days for _, days in repair_days(record.standing())] == [0]


def test_what_is_taken_back_is_planned_no_more_and_works_only_after_the_verdict(record: Record) -> None:
    said = receive(record, BROKEN)
    day = local_day(said.at)
    record.report_status(WHO, Change("water", "p1", "functional", day))  # before anybody judged: not of this report
    judge(record, WHO, said.number, "verified", "dilihat", Change("water", "p1", "non_functional", day))
    assert followed(record.standing(), code_of(said)).repaired is None
    number = call(record, WHO, PLANNED).number
    attend(record, WHO, number, Attendee("Siti", "Dinas", "government"))
    decide(record, WHO, number, Decision("water:p1", **APPROVED, amount_idr=1.0))
    assert followed(record.standing(), code_of(said)).planned_for == 2027
    again = call(record, WHO, PLANNED).number
    attend(record, WHO, again, Attendee("Siti", "Dinas", "government"))
    decide(record, WHO, again, Decision("water:p1", "rejected", "consensus", reason="dana habis"))
    told = followed(record.standing(), code_of(said))
    assert (told.planned, told.planned_for) == (None, None)


def test_what_was_built_counts_as_repaired_and_what_was_before_does_not(record: Record) -> None:
    record.report_status(WHO, Change("water", "p1", "functional", date.today() - timedelta(days=30)))
    said = receive(record, BROKEN)
    judge(record, WHO, said.number, "verified", "dilihat")
    assert followed(record.standing(), code_of(said)).repaired is None
    assert [days for _, days in repair_days(record.standing())] == [None]
    number = call(record, WHO, PLANNED).number
    attend(record, WHO, number, Attendee("Siti", "Dinas", "government"))
    decide(record, WHO, number, Decision("water:p1", **APPROVED, amount_idr=1.0))
    report_progress(record, WHO, number, Progress("water:p1", "built", date.today(), "foto"))
    assert followed(record.standing(), code_of(said)).repaired == date.today()


def test_what_was_seen_earlier_on_the_same_day_repairs_nothing(record: Record) -> None:
    record.report_status(WHO, Change("water", "p1", "functional", date.today()))
    said = receive(record, BROKEN)
    judge(record, WHO, said.number, "verified", "dilihat", Change("water", "p1", "non_functional", date.today()))
    assert followed(record.standing(), code_of(said)).repaired is None


def test_a_refused_report_says_so_and_no_other_code_finds_anything(record: Record) -> None:
    said = receive(record, BROKEN)
    judge(record, WHO, said.number, "refused", "berfungsi")
    told = followed(record.standing(), code_of(said))
    assert (told.refused is not None, told.verified) == (True, None)
    assert repair_days(record.standing()) == []
    for code in ("", "0000000000", code_of(said)[:-1], code_of(said) + "0", str(said.number), "x" * 10, "✓" * 10):
        assert followed(record.standing(), code) is None
    assert {one.name for one in fields(Followed)}.isdisjoint({"name", "phone", "text", "lat", "lon"})


def test_the_public_page_is_off_until_somebody_answers_for_it(record: Record) -> None:
    assert not openness(record.standing()).on
    with pytest.raises(CallError, match="publisher"):
        choose(record, "Admin", Openness(True, "CC0-1.0", " "))
    with pytest.raises(CallError, match="option"):
        choose(record, "Admin", Openness(True, "mine", "Forum"))
    choose(record, "Admin", Openness(True, "CC0-1.0", "Forum"))
    assert openness(record.standing()) == Openness(True, "CC0-1.0", "Forum")
    choose(record, "Admin", Openness(False, "CC0-1.0", ""))
    assert not openness(record.standing()).on


def test_repairs_by_village_tell_who_waits_longest_first() -> None:
    """Days are of the reports themselves: two repaired after 2 and 10 days, one open for 30, one elsewhere for 5."""

    def report(site: str, ago: int) -> Report:
        return Report("water", site, "broken", "patah", at=(datetime.now(UTC) - timedelta(days=ago)).isoformat())

    told = [(report("a", 40), 2), (report("b", 40), 10), (report("c", 30), None), (report("d", 5), None)]
    groups = {"water:a": "A", "water:b": "A", "water:c": "B"}
    today = local_day(datetime.now(UTC).isoformat())
    assert repairs_by(told, groups, today, "?") == [
        Repairs("B", 1, 0, None, 30), Repairs("?", 1, 0, None, 5), Repairs("A", 2, 2, 6.0, None),
    ]  # fmt: skip
