"""Rules of a meeting: quorum, stepping aside, proxies, the end of voting, a second reading; each refused where it must be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from forum import Record
from forum.acts import attend, call, close, decide, read_first, set_rules, speak_for, step_aside, vote, withdraw
from forum.meetings import ORGANISATIONS, Attendee, Decision, Meeting, Vote, meetings
from forum.members import Member, enrol
from forum.roles import guard
from forum.rules import Proxy, Recusal, Rules, check_rules, may_decide, may_vote, short_of
from geo.model.errors import CallError
from tests.forum.test_meetings import APPROVED, ITEMS, PLANNED, WHO

P1, P2 = ITEMS[0].key, ITEMS[1].key
DEFERRED = {"decision": "deferred", "way": "consensus", "reason": "dana"}


@pytest.fixture
def number(record: Record) -> int:
    called = call(record, WHO, PLANNED).number
    for name, kind in (("Siti", "government"), ("Budi", "ngo"), ("Asep", "village")):
        attend(record, WHO, called, Attendee(name, f"Lembaga {name}", kind))
    return called


def now(record: Record, number: int) -> Meeting:
    return meetings(record.standing())[number]


def test_a_meeting_without_rules_asks_for_none(record: Record, number: int) -> None:
    assert not now(record, number).rules.any
    decide(record, WHO, number, Decision(P1, **DEFERRED))


def test_nothing_is_decided_without_a_quorum_by_kind_and_of_all(record: Record, number: int) -> None:
    set_rules(record, WHO, number, Rules(quorum={"village": 2, "ngo": 1}, quorum_all=4))
    assert short_of(now(record, number), P1) == {"village": 1, "all": 1}
    with pytest.raises(CallError, match="forum_quorum"):
        decide(record, WHO, number, Decision(P1, **DEFERRED))
    attend(record, WHO, number, Attendee("Ujang", "Desa", "village"))
    assert short_of(now(record, number), P1) == {}
    decide(record, WHO, number, Decision(P1, **DEFERRED))


def test_who_steps_aside_has_no_vote_and_counts_for_no_quorum_there_and_there_alone(
    record: Record, number: int
) -> None:
    set_rules(record, WHO, number, Rules(quorum_all=3))
    vote(record, "Asep", number, Vote("Asep", P1, "urgent"))
    vote(record, "Budi", number, Vote("Budi", P1, "worthy"))
    assert now(record, number).tally(P1)["urgent"] == 1
    step_aside(record, "Asep", number, Recusal("Asep", P1, "sumur sepupu saya"))
    assert now(record, number).tally(P1) == {"urgent": 0, "worthy": 1, "less_urgent": 0, "unworthy": 0}
    assert (short_of(now(record, number), P1), short_of(now(record, number), P2)) == ({"all": 1}, {})
    with pytest.raises(CallError, match="forum_quorum"):
        decide(record, WHO, number, Decision(P1, **APPROVED, amount_idr=1.0))
    with pytest.raises(CallError, match="forum_aside"):
        step_aside(record, "Asep", number, Recusal("Asep", P1, "lagi"))
    with pytest.raises(CallError, match="forum_missing"):
        step_aside(record, "Budi", number, Recusal("Budi", P1, " "))
    vote(record, "Asep", number, Vote("Asep", P2, "urgent"))
    step_aside(record, "Siti", number, Recusal("Siti", P2, "rumah saya"))
    with pytest.raises(CallError, match="forum_aside"):
        vote(record, "Siti", number, Vote("Siti", P2, "urgent"))


def test_a_vote_of_none_but_those_who_stepped_aside_decides_nothing(record: Record, number: int) -> None:
    vote(record, "Asep", number, Vote("Asep", P1, "urgent"))
    step_aside(record, "Asep", number, Recusal("Asep", P1, "sumur sepupu saya"))
    with pytest.raises(CallError, match="forum_no_votes"):
        decide(record, WHO, number, Decision(P1, **APPROVED | {"way": "vote"}, amount_idr=1.0))


def test_somebody_absent_is_spoken_for_as_far_as_the_rules_allow(record: Record, number: int) -> None:
    absent = Proxy("Dedi", "Desa Dua", "village", "Asep")
    with pytest.raises(CallError, match="forum_proxies"):
        speak_for(record, WHO, number, absent)
    set_rules(record, WHO, number, Rules(quorum={"village": 2}, proxies=1))
    speak_for(record, WHO, number, absent)
    assert short_of(now(record, number), P1) == {}
    vote(record, "Asep", number, Vote("Dedi", P1, "urgent"))
    vote(record, "Asep", number, Vote("Asep", P1, "urgent"))
    assert now(record, number).tally(P1)["urgent"] == 2
    for proxy, told in (
        (Proxy("Euis", "Desa", "village", "Asep"), "forum_proxies"),
        (Proxy("dedi", "Desa", "village", "Budi"), "forum_twice"),
        (Proxy("Siti", "Dinas", "government", "Budi"), "forum_twice"),
        (Proxy("Euis", "Desa", "village", "nobody"), "forum_not_there"),
    ):
        with pytest.raises(CallError, match=told):
            speak_for(record, WHO, number, proxy)


def test_voting_ends_when_it_was_said_to_end(record: Record, number: int) -> None:
    past = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    with pytest.raises(CallError, match="forum_closes_past"):
        set_rules(record, WHO, number, Rules(closes=past))
    set_rules(record, WHO, number, Rules(closes=(datetime.now(UTC) + timedelta(hours=1)).isoformat()))
    meeting = now(record, number)
    may_vote(meeting, "Siti", P1)
    with pytest.raises(CallError, match="forum_vote_over"):
        may_vote(meeting, "Siti", P1, datetime.now(UTC) + timedelta(hours=2))
    record.append(WHO, "rules", {"meeting": number, **check_rules(Rules(closes=past), ORGANISATIONS)})  # an hour later
    with pytest.raises(CallError, match="forum_vote_over"):
        vote(record, "Siti", number, Vote("Siti", P1, "urgent"))


def test_a_quorum_that_is_not_reached_is_not_taken_away(record: Record, number: int) -> None:
    """It may be asked for more, or for fewer where enough are there; and before anybody is noted down at all."""
    set_rules(record, WHO, number, Rules(quorum={"village": 2, "ngo": 1}, quorum_all=3, reading_hours=24))
    with pytest.raises(CallError, match="forum_quorum"):
        decide(record, WHO, number, Decision(P1, **DEFERRED))
    with pytest.raises(CallError, match="forum_quorum_loosened"):
        withdraw(record, WHO, record.standing("rules")[-1].number)
    for looser in (Rules(), Rules(quorum={"village": 1, "ngo": 1}), Rules(quorum={"ngo": 1}, quorum_all=3)):
        with pytest.raises(CallError, match="forum_quorum_loosened"):
            set_rules(record, WHO, number, replace(looser, reading_hours=24))
    set_rules(record, WHO, number, Rules(quorum={"village": 3}, quorum_all=2, reading_hours=24))
    attend(record, WHO, number, Attendee("Ujang", "Desa", "village"))
    attend(record, WHO, number, Attendee("Oman", "Desa", "village"))
    set_rules(record, WHO, number, Rules(quorum={"village": 1}, reading_hours=24))
    read_first(record, WHO, number, P1)
    with pytest.raises(CallError, match="forum_reading_loosened"):
        set_rules(record, WHO, number, Rules(quorum={"village": 1}, reading_hours=1))
    empty = call(record, WHO, PLANNED).number
    set_rules(record, WHO, empty, Rules(quorum_all=30))
    set_rules(record, WHO, empty, Rules(quorum_all=3))


def test_a_second_reading_is_waited_for(record: Record, number: int) -> None:
    set_rules(record, WHO, number, Rules(reading_hours=48))
    with pytest.raises(CallError, match="forum_unread"):
        decide(record, WHO, number, Decision(P1, **DEFERRED))
    read_first(record, WHO, number, P1)
    with pytest.raises(CallError, match="forum_read_lately"):
        decide(record, WHO, number, Decision(P1, **DEFERRED))
    with pytest.raises(CallError, match="forum_read"):
        read_first(record, WHO, number, P1)
    meeting = now(record, number)
    may_decide(meeting, P1, datetime.now(UTC) + timedelta(hours=48.1))
    with pytest.raises(CallError, match="forum_unread"):
        may_decide(meeting, P2, datetime.now(UTC) + timedelta(days=9))


def test_rules_stay_once_something_is_voted_on_and_wrong_ones_are_refused(record: Record, number: int) -> None:
    for rules in (
        Rules(quorum={"kings": 1}), Rules(quorum_all=-1), Rules(proxies=2.5), Rules(reading_hours=float("nan")),
        Rules(closes="besok"), Rules(closes="2026-11-27T10:00"),
    ):  # fmt: skip
        with pytest.raises(CallError):
            set_rules(record, WHO, number, rules)
    vote(record, "Siti", number, Vote("Siti", P1, "urgent"))
    with pytest.raises(CallError, match="forum_rules_late"):
        set_rules(record, WHO, number, Rules(quorum_all=1))


def test_nobody_counts_or_votes_twice_by_another_spelling_or_as_spoken_for(record: Record, number: int) -> None:
    for name in ("siti", " SITI ", "Si\u200bti", "S\u0131ti".replace("\u0131", "i")):
        with pytest.raises(CallError, match="forum_twice"):
            attend(record, WHO, number, Attendee(name, "Desa", "village"))
    set_rules(record, WHO, number, Rules(proxies=1))
    speak_for(record, WHO, number, Proxy("Dedi", "Desa", "village", "Asep"))
    with pytest.raises(CallError, match="forum_spoken_for"):
        attend(record, WHO, number, Attendee("dedi", "Desa", "village"))


def test_who_speaks_for_somebody_takes_them_along_when_stepping_aside(record: Record, number: int) -> None:
    set_rules(record, WHO, number, Rules(quorum={"village": 2}, proxies=1))
    speak_for(record, WHO, number, Proxy("Dedi", "Desa", "village", "Asep"))
    vote(record, "Asep", number, Vote("Dedi", P1, "urgent"))
    step_aside(record, "Asep", number, Recusal("Asep", P1, "sumur sepupu"))
    assert now(record, number).tally(P1)["urgent"] == 0
    assert short_of(now(record, number), P1) == {"village": 2}
    with pytest.raises(CallError, match="forum_aside"):
        vote(record, "Asep", number, Vote("Asep", P1, "urgent"))


def test_fewer_proxies_are_not_allowed_than_there_are(record: Record, number: int) -> None:
    set_rules(record, WHO, number, Rules(proxies=2))
    for name in ("Dedi", "Euis"):
        speak_for(record, WHO, number, Proxy(name, "Desa", "village", "Asep"))
    with pytest.raises(CallError, match="forum_proxies"):
        set_rules(record, WHO, number, Rules(proxies=1))


def test_a_correction_goes_round_no_rule(record: Record, number: int) -> None:
    rules = set_rules(record, WHO, number, Rules(quorum_all=3, proxies=1))
    proxy = speak_for(record, WHO, number, Proxy("Dedi", "Desa", "village", "Asep"))
    voted = vote(record, "Asep", number, Vote("Asep", P1, "urgent"))
    presence = next(e for e in record.standing("attendance") if e.content["name"] == "Asep")
    for event in (rules, presence, next(e for e in record.standing("meeting"))):
        with pytest.raises(CallError, match="forum_stands"):
            withdraw(record, WHO, event.number)
    withdraw(record, WHO, proxy.number)  # nobody voted by it
    decided = decide(record, WHO, number, Decision(P1, **APPROVED | {"way": "vote"}, amount_idr=1.0))
    with pytest.raises(CallError, match="forum_decided"):
        withdraw(record, "Asep", voted.number)
    withdraw(record, WHO, decided.number)
    withdraw(record, "Asep", voted.number)
    closing = close(record, WHO, number)
    for event in (closing, rules):
        with pytest.raises(CallError, match="forum_closed"):
            withdraw(record, WHO, event.number)
    with pytest.raises(CallError, match="event"):
        withdraw(record, WHO, 9999)


def test_votes_of_who_is_not_there_any_more_do_not_count(record: Record, number: int) -> None:
    set_rules(record, WHO, number, Rules(proxies=1))
    speak_for(record, WHO, number, Proxy("Dedi", "Desa", "village", "Asep"))
    vote(record, "Asep", number, Vote("Dedi", P1, "urgent"))
    presence = next(e for e in record.standing("attendance") if e.content["name"] == "Asep")
    record.withdraw(WHO, presence.number)  # written round the acts
    assert now(record, number).tally(P1)["urgent"] == 0


def test_a_member_votes_for_whom_they_speak_and_for_nobody_else(record: Record, number: int) -> None:
    enrol(record, "setup", Member("admin@desa.id", "Admin", "Dinas", "government", "admin"))
    enrol(record, "setup", Member("asep@desa.id", "Asep", "Desa", "village", "member"))
    set_rules(record, WHO, number, Rules(proxies=1))
    speak_for(record, WHO, number, Proxy("Dedi", "Desa", "village", "Asep"))
    mine = record.guarded(guard("asep@desa.id"))
    vote(mine, "", number, Vote("Dedi", P1, "urgent"))
    with pytest.raises(CallError, match="role_own"):
        vote(mine, "", number, Vote("Budi", P1, "urgent"))


def test_rules_are_withdrawn_where_those_before_them_may_hold_again(record: Record, number: int) -> None:
    set_rules(record, WHO, number, Rules(quorum_all=9))
    stricter = set_rules(record, WHO, number, Rules(quorum_all=12))
    with pytest.raises(CallError, match="forum_quorum_loosened"):
        withdraw(record, WHO, stricter.number)
    first, second = (set_rules(record, WHO, number, Rules(quorum_all=12, proxies=n)) for n in (1, 3))
    for name in ("Dedi", "Euis"):
        speak_for(record, WHO, number, Proxy(name, "Desa", "village", "Asep"))
    with pytest.raises(CallError, match="forum_proxies"):
        withdraw(record, WHO, second.number)
    withdraw(record, WHO, first.number)  # others have taken its place: nothing changes
    assert now(record, number).rules.proxies == 3
