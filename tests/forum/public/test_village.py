"""What the record tells of a village: decisions with their promises, commitments, reports, and no person's name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from forum import Record
from forum.acts import attend, call, decide, report_progress
from forum.community import Report, judge, receive
from forum.meetings import Attendee, Decision, Progress
from forum.partners import Commitment, commit
from forum.public.village import stories
from tests.forum.test_meetings import APPROVED, ITEMS, PLANNED, WHO

HERE, THERE = "32.03.18.2001", "32.03.18.2002"


def test_each_village_has_its_own_decisions_promises_commitments_and_reports(record: Record) -> None:
    items = (ITEMS[0], replace(ITEMS[1], village_code=THERE), ITEMS[2])
    number = call(record, WHO, replace(PLANNED, items=items)).number
    attend(record, WHO, number, Attendee("Siti", "Dinas", "government"))
    decide(record, WHO, number, Decision("water:p1", **APPROVED, amount_idr=4e6, person="Ujang"))
    decide(record, WHO, number, Decision("water:p2", "deferred", "consensus", reason="menunggu lahan"))
    report_progress(record, WHO, number, Progress("water:p1", "built", date(2026, 11, 26), "foto"))
    commit(record, WHO, [Commitment("Yayasan", "ngo", "hygiene", THERE, "pelatihan", "planned", date(2027, 1, 1))])
    first = receive(record, Report("water", "p1", "broken", "patah", name="Asep", phone="0812"))
    receive(record, Report("water", "p9", "broken", "patah", village_code=HERE))
    receive(record, Report("water", "nowhere", "broken", "patah"))
    judge(record, WHO, first.number, "verified", "dilihat")
    told = stories(record.standing(), {"water:p1": HERE}, date(2030, 1, 1))
    assert set(told) == {HERE, THERE}
    assert [(one.item.site_id, one.step, one.late) for one in told[HERE].decided] == [("p1", "built", "check")]
    assert told[HERE].reports == {"waiting": 1, "verified": 1, "refused": 0}
    assert told[THERE].reports is None
    assert [one.decision.reason for one in told[THERE].decided] == ["menunggu lahan"]
    assert [one.partner for one in told[THERE].commitments] == ["Yayasan"]


def test_an_empty_record_tells_of_no_village(record: Record) -> None:
    assert stories(record.standing(), {}, date(2026, 1, 1)) == {}
