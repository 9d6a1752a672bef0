"""A meeting: attendance, votes, decisions, what is refused, and many who vote at once."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date

import pytest

from forum import Record
from forum.acts import attend, call, close, decide, dissent, reorder, report_progress, vote, weigh
from forum.meetings import GRADES, Attendee, Decision, Dissent, Item, Meeting, Progress, Vote, late, meetings
from geo.model.errors import CallError
from tests.builders import at_once

WHO = "Sekretaris"
ITEM = Item(
    "water", "p1", 1, "Sumur 1", "32.03.18.2001", "Pagelaran", "non_functional", "hand_pump", 120.0, 5e6, -7.2, 107.1,
    {"id": "karena", "en": "because"},
)  # fmt: skip
ITEMS = [replace(ITEM, site_id=f"p{n}", rank=n, name=f"Sumur {n}") for n in (1, 2, 3)]
PLANNED = Meeting(
    0, "Musyawarah", "Balai desa", date(2026, 11, 25), "Bu Camat", "32.03.18", "abc", {"standard": "JMP"}, tuple(ITEMS)
)
APPROVED = {"decision": "approved", "way": "consensus", "lead": "Dinas PUPR", "fund": "apbd", "year": 2027}


@pytest.fixture
def number(record: Record) -> int:
    called = call(record, WHO, PLANNED)
    for name, kind in (("Siti", "government"), ("Budi", "ngo"), ("Asep", "village")):
        attend(record, WHO, called.number, Attendee(name, f"Lembaga {name}", kind))
    return called.number


def now(record: Record, number: int) -> Meeting:
    return meetings(record.standing())[number]


def test_a_meeting_is_replayed(record: Record, number: int) -> None:
    vote(record, "Siti", number, Vote("Siti", "water:p1", "urgent", "jauh"))
    vote(record, "Budi", number, Vote("Budi", "water:p1", "worthy"))
    decided = decide(
        record, WHO, number, Decision("water:p1", **APPROVED | {"way": "vote", "amount_idr": 4e6, "person": "Ujang"})
    )
    dissent(record, "Asep", number, Dissent("Asep", "water:p1", "dusun lain lebih jauh"))
    found = now(record, number)
    assert (found.title, found.on, found.chair, found.basis) == (
        "Musyawarah",
        date(2026, 11, 25),
        "Bu Camat",
        {"standard": "JMP"},
    )
    assert [one.name for one in found.attendees] == ["Siti", "Budi", "Asep"]
    assert found.items == tuple(ITEMS)
    assert found.tally("water:p1") == {"urgent": 1, "worthy": 1, "less_urgent": 0, "unworthy": 0}
    assert found.of["water:p1"].amount_idr == 4e6
    assert found.dissents[0].reason == "dusun lain lebih jauh"
    record.withdraw(WHO, decided.number)
    assert now(record, number).of == {}
    decide(record, WHO, number, Decision("water:p1", decision="deferred", way="consensus", reason="menunggu lahan"))
    assert now(record, number).of["water:p1"].decision == "deferred"
    close(record, WHO, number)
    with pytest.raises(CallError, match="forum_closed"):
        vote(record, "Asep", number, Vote("Asep", "water:p2", "worthy"))
    assert record.verify() == len(record.events())


def test_leaving_the_order_asks_for_a_reason(record: Record, number: int) -> None:
    with pytest.raises(CallError, match="forum_order"):
        decide(record, WHO, number, Decision("water:p2", **APPROVED))
    decide(record, WHO, number, Decision("water:p2", **APPROVED, reason="bahan sudah ada di desa"))
    decide(record, WHO, number, Decision("water:p1", "deferred", "consensus", reason="menunggu lahan"))
    decide(record, WHO, number, Decision("water:p3", **APPROVED))
    assert [one.item for one in now(record, number).decisions] == ["water:p2", "water:p1", "water:p3"]


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"lead": " "}, "forum_missing.lead"),
        ({"fund": "hutang"}, "option"),
        ({"year": None}, "number"),
        ({"amount_idr": -1.0}, "number"),
        ({"way": "vote"}, "forum_no_votes"),
        ({"decision": "maybe"}, "option"),
        ({"decision": "rejected"}, "forum_missing.reason"),
    ],
)
def test_a_decision_that_says_too_little_is_refused(record: Record, number: int, more: dict, key: str) -> None:
    events = len(record.events())
    with pytest.raises(CallError, match=key):
        decide(record, WHO, number, Decision("water:p1", **APPROVED | more))
    assert len(record.events()) == events


def test_who_may_vote(record: Record, number: int) -> None:
    for item, member, grade, key in (
        ("water:p1", "Orang lain", "urgent", "forum_not_there"),
        ("water:p9", "Siti", "urgent", "forum_item"),
        ("water:p1", "Siti", "bagus", "option"),
    ):
        with pytest.raises(CallError, match=key):
            vote(record, WHO, number, Vote(member, item, grade))
    vote(record, WHO, number, Vote("Siti", "water:p1", "urgent"))
    with pytest.raises(CallError, match="forum_voted"):
        vote(record, WHO, number, Vote("Siti", "water:p1", "unworthy"))
    decide(record, WHO, number, Decision("water:p1", **APPROVED))
    with pytest.raises(CallError, match="forum_decided"):
        vote(record, WHO, number, Vote("Budi", "water:p1", "urgent"))
    with pytest.raises(CallError, match="forum_decided"):
        decide(record, WHO, number, Decision("water:p1", **APPROVED))
    with pytest.raises(CallError, match="forum_twice"):
        attend(record, WHO, number, Attendee("siti", "Lain", "ngo"))
    with pytest.raises(CallError, match="forum_meeting"):
        attend(record, WHO, 99, Attendee("Wati", "Lain", "ngo"))
    with pytest.raises(CallError, match=r"forum_missing\.reason"):
        dissent(record, WHO, number, Dissent("Siti", "water:p1", " "))


def test_nothing_without_an_agenda_or_anybody_there(record: Record) -> None:
    with pytest.raises(CallError, match="forum_agenda"):
        call(record, WHO, replace(PLANNED, items=()))
    with pytest.raises(CallError, match=r"forum_missing\.chair"):
        call(record, WHO, replace(PLANNED, chair=""))
    called = call(record, WHO, PLANNED)
    with pytest.raises(CallError, match="forum_nobody_there"):
        decide(record, WHO, called.number, Decision("water:p1", **APPROVED))


def test_weights_are_hidden_until_all_have_given_theirs_and_order_the_agenda(record: Record, number: int) -> None:
    weigh(record, WHO, number, "Siti", {"gain_people": 3, "evidence": 0})
    assert now(record, number).unweighed == ["Budi", "Asep"]
    with pytest.raises(CallError, match="forum_unweighed"):
        reorder(record, WHO, number, ITEMS[::-1], {"weights": "x"})
    weigh(record, WHO, number, "Budi", {"gain_people": 1, "evidence": 1})
    weigh(record, WHO, number, "Asep", {"gain_people": 1, "evidence": 1})
    weigh(record, WHO, number, "Asep", {"gain_people": 0, "evidence": 2})
    found = now(record, number)
    assert found.unweighed == []
    assert found.weighings["Asep"].weights == {"gain_people": 0.0, "evidence": 2.0}, "the later one counts"
    reorder(record, WHO, number, ITEMS[::-1], {"weights": "bersama"})
    after = now(record, number)
    assert [item.site_id for item in after.items] == ["p3", "p2", "p1"]
    assert after.basis == {"standard": "JMP", "weights": "bersama"}
    vote(record, "Siti", number, Vote("Siti", "water:p1", "urgent"))
    with pytest.raises(CallError, match="forum_begun"):
        reorder(record, WHO, number, ITEMS, {})
    for weights, key in (({"gain_people": -1.0}, "number"), ({"gain_people": 0.0}, "no_weight")):
        with pytest.raises(CallError, match=key):
            weigh(record, WHO, number, "Siti", weights)
    with pytest.raises(CallError, match="forum_not_there"):
        weigh(record, WHO, number, "Orang lain", {"gain_people": 1})


def test_a_promise_goes_its_steps_and_is_late_when_it_is(record: Record, number: int) -> None:
    decide(record, WHO, number, Decision("water:p1", **APPROVED | {"year": 2025}))
    close(record, WHO, number)
    assert late(now(record, number), "water:p1", date(2025, 12, 31)) is None
    assert late(now(record, number), "water:p1", date(2026, 1, 1)) == "year"
    for step, day, people in (("funded", date(2024, 2, 1), None), ("built", date(2024, 6, 1), 110.0)):
        report_progress(record, WHO, number, Progress("water:p1", step, day, "foto 12", people))
    found = now(record, number)
    assert [(one.step, one.people) for one in found.steps_of("water:p1")] == [("funded", None), ("built", 110.0)]
    assert late(found, "water:p1", date(2025, 6, 1)) is None
    assert late(found, "water:p1", date(2025, 6, 2)) == "check"
    report_progress(record, WHO, number, Progress("water:p1", "checked_1", date(2025, 7, 1), "kunjungan", 95.0))
    assert late(now(record, number), "water:p1", date(2025, 7, 2)) is None
    assert late(now(record, number), "water:p1", date(2026, 6, 2)) == "check"
    for change, key in (
        ({"step": "funded"}, "forum_step"),
        ({"step": "checked_2", "on": date(2024, 1, 1)}, "forum_step"),
        ({"on": date(2999, 1, 1)}, "forum_future"),
        ({"proof": " "}, r"forum_missing\.proof"),
        ({"item": "water:p2"}, "forum_not_promised"),
        ({"people": -1.0}, "number"),
        ({"step": "planned"}, "option"),
    ):
        given = {
            "item": "water:p1",
            "step": "checked_2",
            "on": date(2026, 6, 3),
            "proof": "foto",
            "people": 90.0,
        } | change
        with pytest.raises(CallError, match=key):
            report_progress(record, WHO, number, Progress(**given))


def test_fifty_vote_at_once_nothing_lost_nothing_twice(record: Record, number: int) -> None:
    names = [f"Anggota {n}" for n in range(50)]
    for name in names:
        attend(record, WHO, number, Attendee(name, "Desa", "village"))
    took: list[float] = []
    refused: list[str] = []

    def votes(name: str) -> None:
        for _ in range(2):  # each presses twice
            started = time.perf_counter()
            try:
                vote(record, name, number, Vote(name, "water:p1", GRADES[len(name) % 4]))
            except CallError as error:
                refused.append(error.key)
            took.append(time.perf_counter() - started)

    at_once(votes, [(name,) for name in names])
    found = now(record, number)
    assert sorted(one.member for one in found.votes) == sorted(names)
    assert refused == ["error.forum_voted"] * 50
    assert record.verify() == len(record.events())
    print(f"50 at once, twice each: p95 {sorted(took)[94]:.2f} s")
