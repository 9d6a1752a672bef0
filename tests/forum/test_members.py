"""Members, their roles, and what the table lets each of them record; sessions. On both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from forum import Record, sessions
from forum.acts import (
    attend,
    call,
    close,
    decide,
    dissent,
    read_first,
    reorder,
    report_progress,
    set_rules,
    speak_for,
    step_aside,
    vote,
    weigh,
)
from forum.community import Report, judge, receive
from forum.meetings import Attendee, Decision, Dissent, Item, Meeting, Progress, Vote
from forum.members import ROLES, Member, account_of, dismiss, enrol, members
from forum.partners import Bottleneck, Commitment, commit, note_bottleneck
from forum.polls.polls import Poll, Project, call_poll, give_out
from forum.polls.secret import cast, open_urn
from forum.public.openness import Openness, choose
from forum.public.proposals import Proposal, answer, propose
from forum.public.tokens import issue
from forum.record import KINDS, Event
from forum.roles import ANYONE, guard, may, table
from forum.rules import Proxy, Recusal, Rules
from forum.training import Training, attend_training, plan_training
from geo.model.changes import Change, CostChange, Move, NewSite, Note, Photo, Upgrade
from geo.model.errors import CallError, DataError
from tests.builders import at_once

ACTIONS = [kind for kind in KINDS if kind != "withdrawal"]
ITEM = Item(
    "water",
    "p1",
    1,
    "Sumur",
    "32.03.18.2001",
    "Pagelaran",
    "non_functional",
    "hand_pump",
    100.0,
    1e6,
    -7.2,
    107.1,
    {"id": "x", "en": "x"},
)
POLL = Poll(
    "Anggaran", "", "v", "", 1000, (Project("1", "water", "p1", "repair", "tap", "A", "", "", 900, 5.0, -7, 107),)
)


def member(role: str, name: str | None = None) -> Member:
    return Member(f"{name or role}@desa.id", name or role, "Org " + (name or role), "village", role)


@pytest.fixture
def forum(record: Record) -> Record:
    """A record with a member in each role, and a meeting at which all are present."""
    for role in ("admin", *(one for one in ROLES if one != "admin")):
        enrol(record, "setup", member(role))
    enrol(record, "setup", member("member", "other"))
    meeting = Meeting(0, "Rapat", "Balai", date(2026, 11, 1), "chair", "32.03.18", "v1", {}, (ITEM,))
    number = call(record, "chair", meeting).number
    for name in (*ROLES, "other"):
        attend(record, "chair", number, Attendee(name, "Org " + name, "village"))
    return record


def test_the_table_names_every_action_and_no_other() -> None:
    assert set(table()) == {*KINDS, "import", "private"}
    for action, permits in table().items():
        assert permits.keys() <= {"any", "own"}, action
        for roles in permits.values():
            assert set(roles) <= {*ROLES, ANYONE}, action
        assert "admin" in [*permits.get("any", ()), *permits.get("own", ())], action
    assert {action for action in table() if may(ANYONE, action)} == {"community", "spent"}
    assert {action for action in table() if may("viewer", action)} == {"community", "spent"}


def do(record: Record, kind: str, about: str, meeting: int) -> object:
    """Have something of each kind recorded, about a member."""
    organisation = "Org " + about
    done = {
        "status": lambda: record.accept("?", Change("water", "p1", "functional", date(2026, 1, 1))),
        "upgrade": lambda: record.accept("?", Upgrade("water", "p1", 50.0)),
        "new": lambda: record.accept("?", NewSite("water", "w9", "borehole", 107.1, -7.2, None, None, "baru")),
        "move": lambda: record.accept("?", Move("water", "p1", 107.1, -7.2)),
        "photo": lambda: record.accept("?", Photo("water", "p1", "a.jpg")),
        "note": lambda: record.accept("?", Note("water", "p1", "kering")),
        "cost": lambda: record.accept("?", CostChange("repair", "tap", 5e6, None, 9.0, 0.0, 0.0, 2026, "HSPK", "32.03")),
        "weights": lambda: record.append("?", "weights", {"member": about, "weights": {"gain_people": 1.0}}),
        "scenario": lambda: record.append("?", "scenario", {"name": "a"}),
        "meeting": lambda: call(record, "?", Meeting(0, "Baru", "B", date(2026, 11, 2), "c", "", "v", {}, (ITEM,))),
        "attendance": lambda: attend(record, "?", meeting, Attendee(about, organisation, "village")),
        "weighing": lambda: weigh(record, "?", meeting, about, {"gain_people": 1.0}),
        "agenda": lambda: reorder(record, "?", meeting, [ITEM], {}),
        "vote": lambda: vote(record, "?", meeting, Vote(about, ITEM.key, "urgent")),
        "voted": lambda: cast(record, "?", meeting, Vote(about, ITEM.key, "urgent")),
        "opened": lambda: open_urn(record, "?", meeting, ITEM.key),
        "poll": lambda: call_poll(record, "?", POLL),
        "slips": lambda: give_out(record, "?", 1, 1),
        "spent": lambda: record.append("?", "spent", {"poll": 1, "digest": "x"}),
        "counted": lambda: record.append("?", "counted", {"poll": 1, "ballots": []}),
        "dissent": lambda: dissent(record, "?", meeting, Dissent(about, ITEM.key, "jauh")),
        "decision": lambda: decide(record, "?", meeting, Decision(ITEM.key, "deferred", "consensus", reason="dana")),
        "rules": lambda: set_rules(record, "?", meeting, Rules(quorum_all=1)),
        "recusal": lambda: step_aside(record, "?", meeting, Recusal(about, ITEM.key, "sumur sepupu")),
        "proxy": lambda: speak_for(record, "?", meeting, Proxy("absent", organisation, "village", about)),
        "reading": lambda: read_first(record, "?", meeting, ITEM.key),
        "closing": lambda: close(record, "?", meeting),
        "progress": lambda: report_progress(record, "?", meeting, Progress(ITEM.key, "funded", date(2026, 11, 2), "SK")),
        "commitment": lambda: commit(record, "?", [Commitment(organisation, "village", "water", "32.03.18.2001", "Sumur", "planned", date(2026, 1, 1))]),
        "bottleneck": lambda: note_bottleneck(record, "?", Bottleneck("32.03.18.2001", "land", f"tanah warga {about}")),
        "proposal": lambda: propose(record, "?", Proposal(organisation, "village", "activity", "hygiene", "32.03.18.2001", "Desa", "CTPS", "diare")),
        "answer": lambda: answer(record, "?", 1, "declined", "dana"),
        "community": lambda: receive(record, Report("water", "p1", "broken", "rusak")),
        "verdict": lambda: judge(record, "?", 1, "refused", "tidak"),
        "training": lambda: plan_training(record, "?", Training("Alat", "Balai", date(2026, 11, 1), "Siti")),
        "trained": lambda: attend_training(record, "?", 1, Attendee(about, organisation, "village")),
        "token": lambda: issue(record, "?", about, "calendar"),
        "public": lambda: choose(record, "?", Openness(True, "CC0-1.0", "Forum")),
        "member": lambda: enrol(record, "?", Member("baru@desa.id", "baru", "Desa", "village", "viewer")),
    }  # fmt: skip
    return done[kind]()


def refused(record: Record, kind: str, about: str, meeting: int) -> bool:
    """Whether the role is what refuses it; other rules of the act may, and do not count."""
    before = record.last()
    try:
        do(record, kind, about, meeting)
    except CallError as error:
        assert record.last() == before
        return str(error).startswith("error.role")
    return False


@pytest.mark.parametrize("role", [*ROLES, ANYONE])
def test_every_role_and_action_as_the_table_says(forum: Record, role: str) -> None:
    """What is recorded here by way of the acts themselves, on oneself and on another."""
    number = next(event.number for event in forum.standing("meeting"))
    mine = forum.guarded(guard(None if role == ANYONE else f"{role}@desa.id"))
    for kind in ACTIONS:
        assert refused(mine, kind, "other", number) != (role in table()[kind].get("any", ())), (role, kind, "other")
        if role != ANYONE:
            own = role in [*table()[kind].get("any", ()), *table()[kind].get("own", ())]
            assert refused(mine, kind, role, number) != own, (role, kind, "own")


def test_what_a_member_says_bears_the_name_of_the_account(forum: Record) -> None:
    number = next(event.number for event in forum.standing("meeting"))
    mine = forum.guarded(guard("member@desa.id"))
    assert vote(mine, "chair", number, Vote("member", ITEM.key, "urgent")).who == "member"


@pytest.mark.parametrize(
    ("role", "whose", "allowed"),
    [("viewer", "member", False), ("member", "member", True), ("member", "other", False), ("engineer", "member", False), ("chair", "member", True), ("admin", "other", True)],
)  # fmt: skip
def test_who_may_withdraw(forum: Record, role: str, whose: str, allowed: bool) -> None:
    number = next(event.number for event in forum.standing("meeting"))
    said: Event = vote(forum.guarded(guard(f"{whose}@desa.id")), "", number, Vote(whose, ITEM.key, "urgent"))
    mine = forum.guarded(guard(f"{role}@desa.id"))
    if allowed:
        assert mine.withdraw("?", said.number).who == role
    else:
        with pytest.raises(CallError, match=r"error\.role"):
            mine.withdraw("?", said.number)


def test_a_chair_withdraws_no_membership(forum: Record) -> None:
    enrolled = forum.standing("member")[0]
    with pytest.raises(CallError, match=r"error\.role"):
        forum.guarded(guard("chair@desa.id")).withdraw("chair", enrolled.number)
    with pytest.raises(CallError, match="member_withdraw"):  # nor an admin: none might be left
        forum.guarded(guard("admin@desa.id")).withdraw("admin", enrolled.number)


def test_nobody_floods_the_record(forum: Record) -> None:
    mine = forum.guarded(guard("member@desa.id"))
    before = forum.last()
    with pytest.raises(CallError, match="too_long"):
        mine.append("", "scenario", {"name": "x" * 5000})
    with pytest.raises(CallError, match="too_many"):
        mine.append_all("", [("scenario", {"name": "x"})] * 501)
    given = Commitment("Org member", "village", "water", "32.03.18.2001", "Sumur", "planned", date(2026, 1, 1))
    with pytest.raises(CallError, match="commitment_twice"):
        commit(mine, "", [given, given])
    with pytest.raises(CallError, match=r"forum_missing\.starts"):
        commit(mine, "", [replace(given, starts=None)])  # type: ignore[arg-type]
    assert forum.last() == before


def test_a_role_that_was_taken_away_allows_nothing_any_more(forum: Record) -> None:
    mine = forum.guarded(guard("engineer@desa.id"))
    do(mine, "status", "engineer", 0)
    enrol(forum, "admin", member("viewer", "engineer"))
    with pytest.raises(CallError, match=r"error\.role"):
        do(mine, "status", "engineer", 0)
    dismiss(forum, "admin", "engineer@desa.id")
    with pytest.raises(CallError, match=r"error\.no_member"):
        do(mine, "status", "engineer", 0)
    assert "engineer@desa.id" not in members(forum.standing())


def test_somebody_is_left_to_look_after_the_accounts(record: Record) -> None:
    enrol(record, "setup", member("admin"))
    for last in (
        lambda: dismiss(record, "admin", "admin@desa.id"),
        lambda: enrol(record, "admin", member("viewer", "admin")),
    ):
        with pytest.raises(CallError, match="last_admin"):
            last()
    enrol(record, "admin", member("admin", "second"))
    dismiss(record, "admin", "admin@desa.id")
    assert list(members(record.standing())) == ["second@desa.id"]


def test_two_admins_who_dismiss_each_other_at_once_leave_one(record: Record) -> None:
    enrol(record, "setup", member("admin", "a"))
    enrol(record, "setup", member("admin", "b"))
    refused: list[str] = []

    def leave(name: str) -> None:
        try:
            dismiss(record, "setup", f"{name}@desa.id")
        except CallError as error:
            refused.append(str(error))

    at_once(leave, [("a",), ("b",)])
    assert len(refused) == 1
    assert len(members(record.standing())) == 1


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (Member("", "A", "O", "village", "viewer"), "forum_missing.account"),
        (Member("a", "A", "O", "village", "viewer"), "error.account"),
        (Member("a@b", "", "O", "village", "viewer"), "forum_missing.name"),
        (Member("a@b", "A", "", "village", "viewer"), "forum_missing.organisation"),
        (Member("a@b", "A", "O", "village", "king"), "error.option"),
        (Member("a@b", "A", "O", "army", "viewer"), "error.option"),
        (Member("a@b", " First ", "O", "village", "viewer"), "error.member_twice"),
    ],
)
def test_members_that_are_refused(record: Record, given: Member, error: str) -> None:
    enrol(record, "setup", member("admin", "first"))
    with pytest.raises(CallError, match=error):
        enrol(record, "setup", given)
    with pytest.raises(CallError, match="no_member"):
        dismiss(record, "setup", "nobody@desa.id")


def test_an_address_that_nobody_verified_is_nobody() -> None:
    for claims in (
        {"email": "a@b"},
        {"email": "a@b", "email_verified": False},
        {"email": "a@b", "email_verified": "no"},
        {},
    ):
        assert account_of(claims) == ()
    assert account_of({"email": "A@B", "email_verified": True, "sub": ""}) == ("a@b",)


def test_a_session_lasts_until_it_is_ended(record: Record) -> None:
    sessions.begin(record, "k1", "a@b")
    sessions.begin(record, "k2", "c@d")
    assert (sessions.account_in(record, "k1"), sessions.account_in(record, "k2")) == ("a@b", "c@d")
    assert sessions.account_in(record, "k3") is None
    sessions.end(record, "k1")
    assert (sessions.account_in(record, "k1"), sessions.account_in(record, "k2")) == (None, "c@d")
    sessions.begin(record, "k1", "a@b")  # the same sign-in, played again
    assert sessions.account_in(record, "k1") is None


def test_a_session_ends_by_itself(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "LASTS", -sessions.LASTS)
    sessions.begin(record, "k1", "a@b")
    assert sessions.account_in(record, "k1") is None


def test_sessions_are_none_of_the_record(record: Record) -> None:
    sessions.begin(record, "k1", "a@b")
    assert record.last() == 0
    assert record.verify() == 0


def test_sessions_of_a_database_that_is_gone(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("gone") / "record.sqlite"
    gone = Record(f"sqlite:///{path}")
    path.unlink()
    with pytest.raises(DataError, match="record_gone"):
        sessions.account_in(gone, "k")
