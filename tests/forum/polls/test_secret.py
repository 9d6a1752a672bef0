"""Secret votes: who voted and what was voted stand apart, in the record, its copies and the file of the minutes."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from exports.paper.minutes import told
from forum import Record
from forum.acts import attend, call, close, decide, set_rules, speak_for, step_aside, vote, withdraw
from forum.meetings import Attendee, Decision, Meeting, Vote, meetings
from forum.mirror import Mirror
from forum.polls import urn
from forum.polls.secret import cast, open_urn, urn_of
from forum.public.evidence import evidence
from forum.public.recount import recount
from forum.rules import Proxy, Recusal, Rules
from geo.model.errors import CallError, DataError
from tests.builders import at_once
from tests.forum.test_members import ITEM

NAMES = ("Ani", "Budi", "Citra", "Dewi", "Eka")
GRADES = dict(zip(NAMES, ("urgent", "unworthy", "worthy", "urgent", "less_urgent"), strict=True))
KEY = ITEM.key


@pytest.fixture
def number(record: Record) -> int:
    found = call(record, "Ani", Meeting(0, "Rapat", "Balai", date(2026, 11, 1), "Ani", "", "v", {}, (ITEM,))).number
    for name in NAMES:
        attend(record, "Ani", found, Attendee(name, "Desa", "village"))
    set_rules(record, "Ani", found, Rules(proxies=1, secret=True))
    return found


def now(record: Record, number: int) -> Meeting:
    return meetings(record.standing())[number]


def test_nothing_joins_a_vote_to_a_person(record: Record, number: int, tmp_path: Path) -> None:
    """All that can be read afterwards: every table, in every order the database knows, copy, file, minutes."""
    copies = Mirror(tmp_path / "copy")
    receipts = {}
    for name in reversed(NAMES):
        receipts[name] = cast(record, name, number, Vote(name, KEY, GRADES[name]))
        copies.follow(record)
        record_text = "\n".join(record.lines())
        assert not any(f'"{grade}"' in record_text for grade in GRADES.values())
        assert not any(code in record_text for code in receipts.values())
        inside = urn.held(record, urn_of(number, KEY))
        assert [code for code, _ in inside] == sorted(receipts.values())
        assert not any(one in json.dumps(inside) for one in NAMES)
    assert json.loads((tmp_path / "copy" / "urns.json").read_text()) == urn.all_of(record)
    with record.begun(reading=True) as connection:
        tables = sa.inspect(connection).get_table_names()
        rows = {name: connection.execute(sa.select(sa.text("*")).select_from(sa.table(name))).all() for name in tables}
    holding = [row for name in tables for row in rows[name] if any(code in str(row) for code in receipts.values())]
    assert len(holding) == 1  # one row of all, in which none stands beside a name
    assert not any(name in str(holding) for name in NAMES)

    open_urn(record, "Ani", number, KEY)
    copies.follow(record)
    assert urn.all_of(record) == {} == json.loads((tmp_path / "copy" / "urns.json").read_text())
    meeting = now(record, number)
    assert meeting.tally(KEY) == {"urgent": 2, "worthy": 1, "less_urgent": 1, "unworthy": 1}
    assert {one.receipt: one.grade for one in meeting.votes} == {receipts[name]: GRADES[name] for name in NAMES}
    for text in ("\n".join(record.lines()), (tmp_path / "copy" / "record.jsonl").read_text()):
        for line in text.splitlines():
            content = json.loads(json.loads(line)["content"])
            assert not (set(str(content.get("member", "")).split()) & {*NAMES} and "grade" in content)
    file = evidence(record, number)
    assert [name for name, equal, _ in recount(file) if equal is False] == []
    decide(record, "Ani", number, Decision(KEY, "approved", "vote", "Desa", "apbdes", 1e6, 2027))
    lines = told(asdict(now(record, number)), "id")["votes"]
    assert len(lines) == 1
    assert "Ani, Budi, Citra, Dewi, Eka" in lines[0]
    assert [code for code in lines[0].split() if code.startswith("[")] == [
        f"[{code}]" for code in sorted(receipts.values())
    ]


def test_a_file_with_a_ballot_too_many_is_found(record: Record, number: int) -> None:
    for name in NAMES[:3]:
        cast(record, name, number, Vote(name, KEY, "worthy"))
    open_urn(record, "Ani", number, KEY)
    file = evidence(record, number)
    event = next(one for one in file["events"] if one["kind"] == "opened")
    content = json.loads(event["content"])
    content["ballots"].append(["0000-0000", "urgent"])
    event["content"] = json.dumps(content)
    wrong = {name for name, equal, _ in recount(file) if not equal}
    assert {"urns", "votes", "chain", "receipts"} <= wrong


def test_what_is_refused(record: Record, number: int) -> None:
    with pytest.raises(CallError, match=r"error.forum_secret$"):
        vote(record, "Ani", number, Vote("Ani", KEY, "urgent"))
    with pytest.raises(CallError, match=r"error.forum_secret_reason"):
        cast(record, "Ani", number, Vote("Ani", KEY, "urgent", "sumur saya"))
    with pytest.raises(CallError, match=r"error.forum_no_votes"):
        open_urn(record, "Ani", number, KEY)
    speak_for(record, "Ani", number, Proxy("Fajar", "Desa", "village", "Ani"))
    cast(record, "Ani", number, Vote("Fajar", KEY, "worthy"))
    with pytest.raises(CallError, match=r"error.forum_voted "):
        cast(record, "Ani", number, Vote("Fajar", KEY, "urgent"))
    with pytest.raises(CallError, match=r"error.forum_not_there"):
        cast(record, "Ani", number, Vote("Gita", KEY, "urgent"))
    with pytest.raises(CallError, match=r"error.forum_voted_secretly"):  # Ani spoke for Fajar, whose vote is in the urn
        step_aside(record, "Ani", number, Recusal("Ani", KEY, "sumur sepupu"))
    step_aside(record, "Budi", number, Recusal("Budi", KEY, "sumur sepupu"))
    with pytest.raises(CallError, match=r"error.forum_aside"):
        cast(record, "Budi", number, Vote("Budi", KEY, "urgent"))
    for kind in ("voted", "attendance", "rules"):
        with pytest.raises(CallError, match=r"error.forum_(secret_stays|stands)"):
            withdraw(record, "Ani", record.standing(kind)[0].number)
    with pytest.raises(CallError, match=r"error.forum_rules_late"):
        set_rules(record, "Ani", number, Rules())
    with pytest.raises(CallError, match=r"error.forum_unopened"):
        decide(record, "Ani", number, Decision(KEY, "deferred", "consensus", reason="dana"))
    with pytest.raises(CallError, match=r"error.forum_unopened"):
        close(record, "Ani", number)
    open_urn(record, "Ani", number, KEY)
    for again in (
        lambda: open_urn(record, "Ani", number, KEY),
        lambda: cast(record, "x", number, Vote("Ani", KEY, "urgent")),
    ):
        with pytest.raises(CallError, match=r"error.forum_opened"):
            again()
    with pytest.raises(CallError, match=r"error.forum_secret_stays"):
        withdraw(record, "Ani", record.standing("opened")[0].number)
    decide(record, "Ani", number, Decision(KEY, "deferred", "vote", reason="dana"))
    close(record, "Ani", number)


def test_an_urn_stays_shut_while_somebody_may_still_vote(record: Record, number: int) -> None:
    ends = datetime.now(UTC) + timedelta(hours=2)
    set_rules(record, "Ani", number, Rules(secret=True, closes=ends.isoformat(timespec="seconds")))
    for name in NAMES[:-1]:
        cast(record, name, number, Vote(name, KEY, GRADES[name]))
    with pytest.raises(CallError, match=r"error.urn_early"):
        open_urn(record, "Ani", number, KEY)
    cast(record, NAMES[-1], number, Vote(NAMES[-1], KEY, "worthy"))
    open_urn(record, "Ani", number, KEY)  # all have voted


def test_an_urn_that_lost_a_ballot_stays_shut(record: Record, number: int) -> None:
    for name in NAMES[:2]:
        cast(record, name, number, Vote(name, KEY, "worthy"))
    left = json.dumps(urn.held(record, urn_of(number, KEY))[:1])
    with record.begun() as connection:
        connection.execute(sa.text("UPDATE urns SET content = :left"), {"left": left})
    with pytest.raises(CallError, match=r"error.urn_count"):
        open_urn(record, "Ani", number, KEY)
    open_urn(record, "Ani", number, KEY, anyway=True)  # the meeting goes on, and anybody who recounts it sees why
    decide(record, "Ani", number, Decision(KEY, "deferred", "consensus", reason="dana"))
    close(record, "Ani", number)
    assert "urns" in {name for name, equal, _ in recount(evidence(record, number)) if not equal}


def test_all_at_once_while_it_is_opened(record: Record, number: int) -> None:
    """Whoever comes too late is told; each acknowledged vote is counted, and no other."""
    done: list[str] = []
    late: list[str] = []

    def voting(name: str) -> None:
        try:
            done.append(cast(record, name, number, Vote(name, KEY, GRADES[name])))
        except CallError as error:
            late.append(error.key)

    def opening() -> None:
        while not done:
            pass
        open_urn(record, "Ani", number, KEY)

    at_once(lambda name: voting(name) if name else opening(), [(name,) for name in (*NAMES, "")])
    assert sorted(one.receipt for one in now(record, number).votes) == sorted(done)
    assert set(late) <= {"error.forum_opened"}
    assert urn.all_of(record) == {}


def test_the_copy_brings_urns_back(record: Record, number: int, tmp_path: Path) -> None:
    for name in NAMES:
        cast(record, name, number, Vote(name, KEY, GRADES[name]))
    copies = Mirror(tmp_path / "copy")
    copies.follow(record)
    fresh = Record(f"sqlite:///{tmp_path / 'fresh.sqlite'}")
    beside = json.loads((tmp_path / "copy" / "urns.json").read_text())
    with pytest.raises(DataError, match=r"error.backup_line"):
        fresh.fill(copies.lines(), lambda connection: urn.fill(connection, {"a": 5}))  # type: ignore[dict-item]
    assert fresh.last() == 0, "neither goes in without the other"
    fresh.fill(copies.lines(), lambda connection: urn.fill(connection, beside))
    open_urn(fresh, "Ani", number, KEY)
    assert now(fresh, number).tally(KEY)["urgent"] == 2
    with pytest.raises(CallError, match=r"error.record_not_empty"), record.begun() as connection:
        urn.fill(connection, {"a": "[]"})
    fresh.close()


def test_the_copy_keeps_its_urns_where_the_record_is_another(record: Record, number: int, tmp_path: Path) -> None:
    cast(record, "Ani", number, Vote("Ani", KEY, "urgent"))
    copies = Mirror(tmp_path / "copy")
    copies.follow(record)
    kept = (tmp_path / "copy" / "urns.json").read_text()
    empty = Record(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    with pytest.raises(DataError):
        copies.follow(empty)
    assert (tmp_path / "copy" / "urns.json").read_text() == kept
    empty.close()


def test_no_two_copies_of_the_record_tell_a_vote(record: Record, url: str, number: int, tmp_path: Path) -> None:
    """A copy made before and one made after a vote: nothing in either tells it; whoever moves the record takes it along."""

    def forum(*arguments: str) -> dict[str, object]:
        command = [sys.executable, "-m", "forum", *arguments, "--json"]
        return dict(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))

    for name in NAMES[:3]:
        cast(record, name, number, Vote(name, KEY, GRADES[name]))
        told = forum("backup", "--record", url, "--out", str(tmp_path / f"{name}.jsonl"))
        assert told["urns_left_out"] == 1
    copied = "".join(one.read_text() for one in tmp_path.glob("*.json*"))
    assert not any(f'"{grade}' in copied or f"{grade}\\" in copied for grade in GRADES.values())
    fresh = f"sqlite:///{tmp_path / 'fresh.sqlite'}"
    assert forum("restore", "--record", fresh, "--from", str(tmp_path / "Citra.jsonl"))["urns_missing"] == 1
    moving = str(tmp_path / "moving.jsonl")
    assert forum("backup", "--record", url, "--out", moving, "--open-urns")["urns_left_out"] == 0
    moved = f"sqlite:///{tmp_path / 'moved.sqlite'}"
    assert forum("restore", "--record", moved, "--from", moving)["urns_missing"] == 0
    early = f"sqlite:///{tmp_path / 'early.sqlite'}"
    told = subprocess.run(
        [sys.executable, "-m", "forum", "--lang", "en", "restore", "--record", early, "--from", moving, "--until",
         record.standing("voted")[0].at],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "does not come with --until" in told.stderr
    other = Record(moved)
    assert open_urn(other, "Ani", number, KEY)
    other.close()
