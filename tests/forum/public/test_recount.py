"""A meeting recounted from its file by a program that knows nothing of this project; what was changed is found."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from forum import Record
from forum.acts import attend, call, close, decide, reorder, set_rules, step_aside, vote, weigh
from forum.chain import digest_of
from forum.meetings import ORGANISATIONS, Attendee, Decision, Vote, meetings, receipt_of
from forum.public.evidence import evidence
from forum.public.recount import lines_code, recount
from forum.rules import Recusal, Rules, check_rules
from geo.priorities.weights import Weights, combined
from tests.forum.test_meetings import APPROVED, ITEMS, PLANNED, WHO
from texts import t

ROOT = Path(__file__).resolve().parents[3]
SCALED = {
    "water:p1": {"gain_people": 0.2, "evidence": 0.9},
    "water:p2": {"gain_people": 1.0},
    "water:p3": {"gain_people": 0.1, "evidence": 0.0},
}


@pytest.fixture
def told(record: Record) -> dict[str, Any]:
    """A meeting with everything in it, and lines of others before, between and after it."""
    record.append("x", "note", {"service": "water", "site_id": "p1", "note": "lain"})
    number = call(record, WHO, PLANNED).number
    for name, kind in (("Siti", "government"), ("Budi", "ngo"), ("Asep", "village")):
        attend(record, WHO, number, Attendee(name, f"Lembaga {name}", kind))
    set_rules(record, WHO, number, Rules(quorum={"village": 1}, quorum_all=2))
    for name, given in (
        ("Siti", {"gain_people": 3.0, "evidence": 1.0}),
        ("Budi", {"gain_people": 1.0, "evidence": 1.0}),
    ):
        weigh(record, name, number, name, given)
    weigh(record, "Budi", number, "Budi", {"gain_people": 9.0, "evidence": 1.0})
    weigh(record, "Asep", number, "Asep", {"gain_people": 1.0, "evidence": 0.0})
    order = [replace(ITEMS[1], rank=1), replace(ITEMS[0], rank=2), replace(ITEMS[2], rank=3)]
    reorder(record, WHO, number, order, {"weights": "bersama"}, SCALED)
    wrong = vote(record, "Siti", number, Vote("Siti", "water:p2", "unworthy"))
    record.withdraw("Siti", wrong.number)
    vote(record, "Siti", number, Vote("Siti", "water:p2", "urgent"))
    vote(record, "Budi", number, Vote("Budi", "water:p2", "worthy", "dekat"))
    record.append("x", "note", {"service": "water", "site_id": "p1", "note": "lain lagi"})
    vote(record, "Asep", number, Vote("Asep", "water:p1", "urgent"))
    step_aside(record, "Asep", number, Recusal("Asep", "water:p1", "sumur sepupu"))
    vote(record, "Budi", number, Vote("Budi", "water:p1", "less_urgent"))
    decide(record, WHO, number, Decision("water:p2", **APPROVED | {"way": "vote"}, amount_idr=4e6))
    close(record, WHO, number)
    record.append("x", "note", {"service": "water", "site_id": "p1", "note": "sesudah"})
    found: dict[str, Any] = json.loads(json.dumps(evidence(record, number)))
    return found


def wrong(told: dict[str, Any], *printed: str) -> list[str]:
    return [name for name, equal, _ in recount(told, *printed) if equal is False]


def test_a_meeting_as_it_was_is_equal_in_every_part(told: dict[str, Any], record: Record) -> None:
    assert wrong(told) == []
    assert wrong(told, record.head().short) == []
    votes = told["claims"]["votes"]
    assert votes == {"water:p2": {"urgent": 1, "worthy": 1}, "water:p1": {"less_urgent": 1}}
    assert told["claims"]["weights"]["gain_people"] == pytest.approx((0.75 + 0.9 + 1.0) / 3)
    lines = {name: what for name, _, what in recount(told)}
    assert (lines["order"], lines["quorum"]) == ("3 sites", "kept")


def test_the_weights_are_those_that_the_page_combines(record: Record, told: dict[str, Any]) -> None:
    meeting = next(iter(meetings(record.standing()).values()))
    members = [Weights(one.member, "", "points", one.weights) for one in meeting.weighings.values()]
    assert told["claims"]["weights"] == pytest.approx(combined(members)[0])


def test_the_file_tells_nothing_of_what_is_not_the_meeting(told: dict[str, Any]) -> None:
    assert "lain" not in json.dumps(told["events"])
    assert {event["kind"] for event in told["events"]}.isdisjoint({"note"})


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("votes", lambda f: f["claims"]["votes"]["water:p2"].update(urgent=2)),
        ("votes", lambda f: f["claims"]["votes"].pop("water:p1")),
        ("receipts", lambda f: f["claims"]["receipts"].popitem()),
        ("weights", lambda f: f["claims"]["weights"].update(evidence=0.5)),
        ("decisions", lambda f: f["claims"]["decisions"].update({"water:p1": ["approved", "vote", 1.0]})),
        ("chain", lambda f: f["events"][3].update(who="Orang lain")),
        ("chain", lambda f: f["events"][-2].update(content=f["events"][-2]["content"].replace("4000000.0", "9000000.0"))),
        ("chain", lambda f: f["hashes"].__setitem__(f["events"][5]["number"] - 1, "0" * 64)),
        ("head", lambda f: f["hashes"].pop()),
    ],
)  # fmt: skip
def test_what_was_changed_is_found(told: dict[str, Any], part: str, change: Any) -> None:
    other = copy.deepcopy(told)
    change(other)
    assert part in wrong(other)


def without_votes(told: dict[str, Any]) -> None:
    gone = [event for event in told["events"] if event["kind"] == "vote"][:2]
    told["events"] = [event for event in told["events"] if event not in gone]
    for event in gone:
        said = json.loads(event["content"])
        counts = told["claims"]["votes"].get(said["item"], {})
        counts.pop(said["grade"], None)
        told["claims"]["receipts"].pop(receipt_of(event["hash"]), None)


def rewritten(told: dict[str, Any]) -> None:
    """The whole meeting anew, its hashes put in; lines of others hide where the chain breaks."""
    for event in told["events"]:
        if event["kind"] == "decision":
            event["content"] = event["content"].replace("4000000.0", "9000000.0")
        event["before"] = told["hashes"][event["number"] - 2]
        event["hash"] = digest_of(*(event[name] for name in ("number", "at", "who", "kind", "content", "before")))
        told["hashes"][event["number"] - 1] = event["hash"]
    told["claims"]["decisions"] = {"water:p2": ["approved", "vote", 9e6]}


def repeated(told: dict[str, Any]) -> None:
    told["events"].insert(2, told["events"][1])


@pytest.mark.parametrize("forge", [without_votes, rewritten, repeated, lambda told: told["events"].reverse()])
def test_a_forged_file_is_found_by_what_the_minutes_print(record: Record, told: dict[str, Any], forge: Any) -> None:
    head, lines = record.head().short, told["lines"]
    assert wrong(told, head, lines) == []
    forge(told)
    assert wrong(told, head, lines)


def test_minutes_printed_before_the_end_still_fit(record: Record, told: dict[str, Any]) -> None:
    first = [event["hash"] for event in told["events"]][:9]
    assert wrong(told, lines_code(first)) == []
    assert wrong(told, lines_code(first)[:-1] + "x") == ["printed_lines"]
    assert wrong(told, "M-999:0000000000000000") == ["printed_lines"]


def test_lines_of_another_meeting_are_none_of_this_one(record: Record, told: dict[str, Any]) -> None:
    other = call(record, WHO, PLANNED).number
    attend(record, WHO, other, Attendee("Siti", "Dinas", "government"))
    vote(record, "Siti", other, Vote("Siti", "water:p1", "urgent"))
    mixed = evidence(record, told["meeting"])
    mixed["events"] += evidence(record, other)["events"][-1:]
    assert "chain" in wrong(mixed)


def test_what_was_corrected_afterwards_leaves_an_honest_meeting_equal(record: Record) -> None:
    number = call(record, WHO, PLANNED).number
    set_rules(record, WHO, number, Rules(quorum={"village": 1}))
    attended = attend(record, WHO, number, Attendee("Asep", "Desa", "village"))
    decide(record, WHO, number, Decision("water:p1", **APPROVED, amount_idr=1.0))
    record.withdraw(WHO, attended.number)
    attend(record, WHO, number, Attendee("Asep", "Desa Pagelaran", "village"))
    weighing = weigh(record, "Asep", number, "Asep", {"gain_people": 1.0})
    assert wrong(evidence(record, number)) == []
    record.withdraw("Asep", weighing.number)
    assert wrong(evidence(record, number)) == []


def test_ranks_that_go_against_the_order_are_found(record: Record) -> None:
    number = call(record, WHO, PLANNED).number
    attend(record, WHO, number, Attendee("Siti", "Dinas", "government"))
    weigh(record, "Siti", number, "Siti", {"gain_people": 1.0})
    items = [replace(ITEMS[1], rank=3), replace(ITEMS[0], rank=2), replace(ITEMS[2], rank=1)]
    reorder(record, WHO, number, items, {"weights": "x"}, SCALED)
    assert wrong(evidence(record, number)) == ["order"]


def test_an_order_that_the_weights_do_not_give_is_found(record: Record, told: dict[str, Any]) -> None:
    number = call(record, WHO, PLANNED).number
    attend(record, WHO, number, Attendee("Siti", "Dinas", "government"))
    weigh(record, "Siti", number, "Siti", {"gain_people": 1.0, "evidence": 1.0})
    reorder(record, WHO, number, ITEMS, {"weights": "x"}, SCALED | {"water:p1": {"gain_people": 0.0}})
    assert wrong(evidence(record, number)) == ["order"]


def test_a_record_that_was_cut_or_written_anew_is_found_by_a_printed_head(record: Record, told: dict[str, Any]) -> None:
    head = record.head()
    assert wrong(told, f"{head.count + 1}:{head.hash[:16]}") == ["printed_head"]
    assert wrong(told, f"{head.count}:{'0' * 16}") == ["printed_head"]
    assert wrong(told, "nothing") == wrong(told, "0:000000000000") == ["printed_head"]
    assert wrong(told, f" {head.short.upper()} ") == []


def test_the_program_runs_alone_beside_the_file(told: dict[str, Any], tmp_path: Path) -> None:
    shutil.copy(ROOT / "forum" / "public" / "recount.py", tmp_path)
    (tmp_path / "m.json").write_text(json.dumps(told), encoding="utf-8")
    alone = [sys.executable, "-I", "-S", "recount.py", "m.json"]
    done = subprocess.run(alone, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "DIFFERS" in done.stdout) == (0, False), done.stdout + done.stderr
    printed = ["--head", told["head"], "--lines", "M-1:0000000000000000"]  # as the minutes print them
    for given in (printed, [*printed[2:], *printed[:2]], [printed[1], printed[3]]):
        done = subprocess.run([*alone, *given], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, "DIFFERS printed_lines" in done.stdout) == (1, True), done.stdout + done.stderr
        assert "DIFFERS printed_head" not in done.stdout
    told["claims"]["votes"] = {}
    (tmp_path / "m.json").write_text(json.dumps(told), encoding="utf-8")
    done = subprocess.run(alone, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "DIFFERS votes" in done.stdout) == (1, True)
    (tmp_path / "m.json").write_text("[" * 100_000, encoding="utf-8")
    assert subprocess.run(alone, cwd=tmp_path, capture_output=True, check=False).returncode == 1
    (tmp_path / "m.json").write_text("{}", encoding="utf-8")
    assert subprocess.run(alone, cwd=tmp_path, capture_output=True, check=False).returncode == 1
    assert subprocess.run([*alone[:-1], "none.json"], cwd=tmp_path, capture_output=True, check=False).returncode == 2


def test_the_commands_write_and_recount(record: Record, url: str, told: dict[str, Any], tmp_path: Path) -> None:
    number = next(iter(meetings(record.standing())))
    out = tmp_path / "m.json"

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "forum", *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    made = run("meeting", "--record", url, "--number", str(number), "--out", str(out), "--json")
    assert made.returncode == 0, made.stderr
    counted = run("recount", str(out), "--head", record.head().short, "--json")
    assert (counted.returncode, json.loads(counted.stdout)["equal"]) == (0, True), counted.stdout
    out.write_text(out.read_text(encoding="utf-8").replace('"urgent": 1', '"urgent": 3'), encoding="utf-8")
    assert run("recount", str(out)).returncode == 1
    assert run("meeting", "--record", url, "--number", "999", "--out", str(out)).returncode == 2
    out.write_text("[1]", encoding="utf-8")
    assert run("recount", str(out)).returncode == 1
    assert run("recount", str(tmp_path / "none")).returncode == 2


def test_what_is_against_the_rules_of_the_meeting_is_found(record: Record) -> None:
    """Lines that the dashboard would refuse, written past it: each is named by its number."""
    number = call(record, WHO, PLANNED).number
    attend(record, WHO, number, Attendee("Siti", "Dinas", "government"))
    attend(record, WHO, number, Attendee("Asep", "Desa", "village"))
    set_rules(record, WHO, number, Rules(quorum_all=2))
    told = evidence(record, number)
    assert wrong(told) == []
    assert {name: equal for name, equal, _ in recount(told)}["order"] is None, "nothing is here to work it out anew"
    past = check_rules(Rules(closes="2020-01-01T00:00:00+00:00"), ORGANISATIONS)
    record.append(WHO, "rules", {"meeting": number, **past})
    late = record.append(
        WHO, "vote", {"meeting": number, "member": "Siti", "item": "water:p1", "grade": "urgent", "reason": ""}
    )
    rules = {name: what for name, _, what in recount(evidence(record, number))}["rules"]
    assert f"line {late.number}: a vote after the end" in rules
    number = call(record, WHO, PLANNED).number
    attend(record, WHO, number, Attendee("Siti", "Dinas", "government"))
    set_rules(record, WHO, number, Rules(quorum_all=1))
    vote(record, "Siti", number, Vote("Siti", "water:p1", "urgent"))
    none = record.append(WHO, "rules", {"meeting": number, **check_rules(Rules(), ORGANISATIONS)})
    rules = {name: what for name, _, what in recount(evidence(record, number))}["rules"]
    assert rules == f"line {none.number}: rules set after the first vote or decision"
    number = call(record, WHO, PLANNED).number
    close(record, WHO, number)
    after = record.append(WHO, "attendance", {"meeting": number, "name": "Budi", "organisation": "NGO", "kind": "ngo"})
    rules = {name: what for name, _, what in recount(evidence(record, number))}["rules"]
    assert f"line {after.number} stands after the closing" in rules


def test_a_code_of_other_lines_in_the_file_is_found_and_none_on_paper_is_told(told: dict[str, Any]) -> None:
    lines = {name: equal for name, equal, _ in recount(told)}
    assert (lines["lines"], lines["complete"]) == (True, None)
    assert "complete" not in {name for name, _, _ in recount(told, told["lines"])}
    assert wrong(told | {"lines": "M-3:0123456789abcdef"}) == ["lines"]


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_line_has_a_name(told: dict[str, Any], lang: str) -> None:
    names = {name for name, _, _ in recount(told, "1:000000000000", told["lines"])} | {"complete", "file"}
    assert all(t(f"recount.{name}", lang) for name in names)


@pytest.mark.parametrize(
    ("decision", "grades", "equal"),
    [("approved", ("unworthy", "unworthy", "urgent"), False), ("rejected", ("unworthy", "unworthy", "urgent"), True),
     ("rejected", ("worthy", "less_urgent", "unworthy"), False), ("approved", ("worthy", "unworthy"), True),
     ("deferred", ("unworthy", "unworthy"), True)],
)  # fmt: skip
def test_a_decision_by_vote_agrees_with_the_votes(
    record: Record, decision: str, grades: tuple[str, ...], *, equal: bool
) -> None:
    number = call(record, WHO, PLANNED).number
    for name in ("Siti", "Budi", "Asep"):
        attend(record, WHO, number, Attendee(name, name, "ngo"))
    for name, grade in zip(("Siti", "Budi", "Asep"), grades, strict=False):
        vote(record, name, number, Vote(name, "water:p1", grade))
    decide(
        record,
        WHO,
        number,
        Decision("water:p1", **APPROVED | {"way": "vote", "decision": decision, "reason": "alasan"}, amount_idr=4e6),
    )
    found = json.loads(json.dumps(evidence(record, number)))
    assert ("by_vote" not in wrong(found)) == equal
