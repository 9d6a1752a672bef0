"""Proposals from below: what is refused, what became of each, and how they stand on an agenda."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from forum import Record
from forum.acts import attend, call, decide, report_progress
from forum.meetings import Attendee, Decision, Item, Progress
from forum.public.proposals import Proposal, answer, proposals, propose
from forum.public.village import stories
from geo.model.errors import CallError
from tests.forum.test_meetings import APPROVED, PLANNED, WHO

NEW = Proposal(
    "Musyawarah Desa A", "village", "new", "water", "32.03.18.2001", "Desa A", "Sumur Cikupa", "jalan 2 km",
    technology="borehole", labour="40 hari kerja", lat=-7.21, lon=107.12,
)  # fmt: skip


def asked(record: Record, **more: object) -> int:
    return propose(record, WHO, replace(NEW, **more)).number  # type: ignore[arg-type]


def test_a_proposal_is_about_a_site_of_its_own_number(record: Record) -> None:
    number = asked(record)
    (one,) = proposals(record.standing())
    assert (one.service, one.site, one.key) == ("water", f"usulan-{number}", f"water:usulan-{number}")
    assert one.became == "waiting"
    asked(record, what="repair", service="water", site_id="p1")
    asked(record, what="activity", sector="hygiene")
    assert [other.key for other in proposals(record.standing())[1:]] == ["water:p1", ""]


@pytest.mark.parametrize(
    "wrong",
    [
        {"proposer": " "},
        {"village_code": ""},
        {"title": ""},
        {"reason": ""},
        {"what": "gold"},
        {"sector": "gold"},
        {"kind": "gold"},
        {"cost_idr": -1.0},
        {"lat": None},
        {"lat": 95.0},
        {"technology": ""},
        {"what": "repair", "site_id": ""},
    ],
)
def test_a_proposal_says_who_where_what_and_why(record: Record, wrong: dict[str, object]) -> None:
    with pytest.raises(CallError):
        asked(record, **wrong)
    assert record.last() == 0


def test_the_forum_answers_or_a_meeting_decides(record: Record) -> None:
    number = asked(record)
    with pytest.raises(CallError):
        answer(record, WHO, number, "put_off", " ")
    with pytest.raises(CallError):
        answer(record, WHO, number + 5, "put_off", "dana")
    answer(record, WHO, number, "put_off", "dana tahun depan")
    (one,) = proposals(record.standing())
    assert (one.became, one.answered) == ("put_off", "dana tahun depan")
    item = Item("water", one.site, 4, one.title, one.village_code, one.village, "proposed", "borehole", 80.0, 3e7, -7.21, 107.12, {"id": "a"})  # fmt: skip
    held = call(record, WHO, replace(PLANNED, on=date.today(), items=(item,))).number
    attend(record, WHO, held, Attendee("Siti", "Dinas", "government"))
    decide(record, WHO, held, Decision(item.key, **APPROVED, amount_idr=3e7, reason="mendesak"))
    (one,) = proposals(record.standing())
    assert (one.became, one.answered, one.step, one.meeting) == ("approved", "mendesak", "planned", held)
    report_progress(record, WHO, held, Progress(item.key, "funded", date.today(), "SK"))
    assert proposals(record.standing())[0].step == "funded"
    with pytest.raises(CallError, match="decided"):
        answer(record, WHO, number, "declined", "tidak jadi")
    told = stories(record.standing(), {}, date.today())["32.03.18.2001"]
    assert [other.number for other in told.proposals] == [number]


def test_what_was_decided_before_it_was_proposed_is_no_answer(record: Record) -> None:
    held = call(record, WHO, PLANNED).number
    attend(record, WHO, held, Attendee("Siti", "Dinas", "government"))
    decide(record, WHO, held, Decision("water:p1", "deferred", "consensus", reason="dana"))
    asked(record, what="repair", service="water", site_id="p1")
    assert proposals(record.standing())[0].became == "waiting"
