"""The head of the record, its copy that follows, and the way back: nothing that was cut or rewritten stays unseen."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import threading
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from forum import Record
from forum.chain import Head
from forum.community import Report
from forum.contents import FIELDS, faults
from forum.meetings import Attendee, Decision, Dissent, Item, Meeting, Progress, Vote, Weighing
from forum.members import Member
from forum.mirror import Mirror, keep_following, write_whole
from forum.partners import Bottleneck, Commitment
from forum.public.openness import Openness
from forum.public.proposals import Proposal
from forum.record import KINDS
from forum.rules import Proxy, Recusal, Rules
from forum.training import Training
from geo.model.changes import CHANGE_KINDS, Change, Note
from geo.model.errors import CallError, DataError
from tests.forum.test_record import tamper


def said(record: Record, count: int, first: int = 0) -> Head:
    for n in range(first, first + count):
        record.report_status("Bu Siti", Change("water", f"p{n}", "functional"))
    return record.head()


def forum(*arguments: str) -> tuple[int, dict[str, Any], str]:
    command = [sys.executable, "-m", "forum", "--lang", "en", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr


def test_a_cut_tail_an_empty_and_a_rewritten_record_are_found(record: Record, url: str, tmp_path: Path) -> None:
    head = said(record, 4)
    assert record.verify(head) == record.verify(Head.of(head.short)) == 4
    assert forum("verify", "--record", url, "--head", str(head))[1]["head"] == str(head)
    tamper(url, "DELETE FROM events WHERE number = 4")
    assert record.verify() == 3, "the chain alone says nothing"
    with pytest.raises(DataError, match="record_short"):
        record.verify(head)
    code, told, words = forum("verify", "--record", url, "--head", head.short)
    assert (code, told["values"]["short"]) == (1, 1)
    assert "last 1 are gone" in words
    said(record, 1, first=9)
    with pytest.raises(DataError, match="record_rewritten"):
        record.verify(head)
    tamper(url, "DELETE FROM events")
    with pytest.raises(DataError, match="record_short"):
        record.verify(head)


@pytest.mark.parametrize("text", ["", "4", "4:xyz", "-1:" + "a" * 64, "4:" + "a" * 5, "4:" + "a" * 65])
def test_what_is_no_head(text: str) -> None:
    with pytest.raises(CallError, match="head"):
        Head.of(text)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("vote", None), ("vote", []), ("vote", {}), ("vote", {"meeting": 1}), ("closing", {"meeting": "1"}), ("closing", {"meeting": True}),
        ("withdrawal", {"number": None}), ("training", {"title": "a", "place": "b", "trainer": "c", "on": "soon"}), ("closing", {"meeting": 1, "x": 2}),
        ("status", {"service": "water", "site_id": "p", "status": "sparkling"}), ("status", {"service": "water"}), ("upgrade", {"service": "water", "site_id": "p", "people": float("nan")}),
        ("weighing", {"meeting": 1, "member": "A", "weights": {"a": float("inf")}}), ("agenda", {"meeting": 1, "basis": {}, "items": [None]}), ("scenario", {"name": "a", "changes": [{"kind": "x"}]}),
    ],
)  # fmt: skip
def test_nothing_goes_in_that_no_page_could_read(record: Record, kind: str, content: Any) -> None:
    with pytest.raises(CallError, match="content"):
        record.append("A", kind, content)
    assert record.last() == 0


def test_every_kind_says_what_it_holds_as_its_own_class_does() -> None:
    assert {*FIELDS, *CHANGE_KINDS} == set(KINDS)
    told = {"number", "at", "verdict", "reason", "by", "attended"}
    later = {"became", "answered", "step", "at", "meeting"}  # given later; a vote's receipt is its hash
    for kind, cls in {
        "vote": Vote, "dissent": Dissent, "decision": Decision, "progress": Progress, "attendance": Attendee, "weighing": Weighing,
        "public": Openness, "rules": Rules, "recusal": Recusal, "proxy": Proxy, "commitment": Commitment, "bottleneck": Bottleneck, "proposal": Proposal, "community": Report, "training": Training, "trained": Attendee, "member": Member,
    }.items():  # fmt: skip
        names = {name.rstrip("?") for name in FIELDS[kind]} - {"meeting", "training", "of"}
        mine = {one.name for one in fields(cls)} - {"number", "receipt"}  # type: ignore[arg-type]
        without = told if kind in ("community", "training") else later if kind == "proposal" else set()
        assert names == mine - without, kind
    assert {one.name for one in fields(Meeting)} > set(FIELDS["meeting"])
    item = {one.name: 1.0 if one.type == "float" else 1 if one.type == "int" else "x" for one in fields(Item)}
    assert faults("agenda", {"meeting": 1, "basis": {}, "items": [item | {"why": {"id": "x"}}]}) == []


def test_a_copy_follows_within_a_second(record: Record, tmp_path: Path) -> None:
    copies, ended, beside = Mirror(tmp_path / "second"), threading.Event(), tmp_path / "second" / "head"
    thread = keep_following(record, copies, ended)
    try:
        for n in range(5):
            head = said(record, 1, first=n)
            began = time.monotonic()
            while not beside.is_file() or beside.read_text().strip() != str(head):
                assert time.monotonic() - began < 1.0, "behind by more than a second"
    finally:
        ended.set()
        thread.join()
    assert copies.lines() == record.lines()
    for path in (tmp_path / "second").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE((tmp_path / "second").stat().st_mode) == 0o700


def test_a_copy_is_only_added_to(record: Record, url: str, tmp_path: Path) -> None:
    copies = Mirror(tmp_path / "second")
    said(record, 3)
    assert (copies.follow(record), copies.follow(record)) == (3, 0)
    with copies.path.open("ab") as file:
        file.write(b'{"number": 4, "at')  # killed in the middle of a line
    said(record, 2, first=3)
    assert copies.follow(record) == 2
    whole = copies.path.read_bytes()
    tamper(url, "DELETE FROM events WHERE number = 5")
    with pytest.raises(DataError, match="record_short"):
        copies.follow(record)
    assert forum("verify", "--record", url, "--copies", str(tmp_path / "second"))[0] == 1
    said(record, 1, first=8)
    with pytest.raises(DataError, match="record_rewritten"):
        copies.follow(record)
    assert Mirror(tmp_path / "second").path.read_bytes() == whole


def test_a_drill_lose_the_record_and_go_back_to_a_moment(record: Record, tmp_path: Path) -> None:
    second = tmp_path / "second"
    said(record, 3)
    time.sleep(0.01)
    moment = record.events()[-1].at
    time.sleep(0.01)
    head = said(record, 2, first=3)
    Mirror(second).follow(record)
    new = [f"sqlite:///{tmp_path / f'new{n}.sqlite'}" for n in range(4)]
    assert forum("restore", "--record", new[0], "--from", str(second))[1]["head"] == str(head)
    code, told, _ = forum("restore", "--record", new[1], "--from", str(second), "--until", moment)
    assert (code, told["events"], told["left_out"]) == (0, 3, 2)
    copy = second / "record.jsonl"
    copy.write_text("".join(f"{line}\n" for line in record.lines()[:4]), encoding="utf-8")
    code, told, words = forum("restore", "--record", new[2], "--from", str(second))
    assert (code, told["values"]["short"]) == (1, 1)
    assert "1 short" in words
    assert not (tmp_path / "new2.sqlite").exists(), "nothing is made of a copy that is short, unless asked"
    code, told, _ = forum("restore", "--record", new[2], "--from", str(second), "--short")
    assert (code, told["events"], told["short"]) == (0, 4, 1)
    assert stat.S_IMODE((tmp_path / "new2.sqlite").stat().st_mode) == 0o600
    assert forum("restore", "--record", new[3], "--from", str(second), "--until", "soon")[0] == 2


def test_what_is_no_copy_is_told(record: Record, url: str, tmp_path: Path) -> None:
    said(record, 1)
    binary = tmp_path / "record.bin"
    binary.write_bytes(b"SQLite format 3\x00\xff\xfe")
    target = f"sqlite:///{tmp_path / 'new.sqlite'}"
    code, told, words = forum("restore", "--record", target, "--from", str(binary))
    assert (code, told["error"]) == (1, "error.backup_binary")
    assert "verify" in words
    half = record.lines()[0].replace("Bu Siti", "\\ud800")
    for line in ("null", "[1]", '{"number": "1"}', "[" * 100_000, half):
        binary.write_text(line + "\n")
        assert forum("restore", "--record", target, "--from", str(binary))[1]["error"] == "error.backup_line"
    tamper(url, "UPDATE alembic_version SET version_num = '9999'")
    code, told, _ = forum("verify", "--record", url)
    assert (code, told["error"]) == (1, "error.record_newer")
    full = forum("backup", "--record", url.replace(url, target), "--out", "/dev/full/x")
    assert full[0] == 2


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85", "\x0b", "\x1c"])
def test_signs_that_break_lines_elsewhere_break_no_copy(record: Record, tmp_path: Path, sign: str) -> None:
    """An anonymous report with such a sign in its text once cut the copy, and kept the server shut."""
    second = tmp_path / "second"
    for text in ("fine", f"ada{sign}mata air", "later"):
        record.accept("Ani", Note("water", "w1", text))
        Mirror(second).follow(record)
    assert Mirror(second).lines() == record.lines()
    out = tmp_path / "copy.jsonl"
    write_whole(out, record.lines())
    for n, source in enumerate((second, out)):
        target = f"sqlite:///{tmp_path / f'new{n}.sqlite'}"
        assert forum("restore", "--record", target, "--from", str(source))[0] == 0
        assert Record(target).lines() == record.lines()


def test_a_copy_with_line_ends_of_windows_is_followed(record: Record, tmp_path: Path) -> None:
    second = tmp_path / "second"
    said(record, 2)
    Mirror(second).follow(record)
    copy = second / "record.jsonl"
    copy.write_bytes(copy.read_bytes().replace(b"\n", b"\r\n"))
    said(record, 2, first=2)
    Mirror(second).follow(record)
    assert Mirror(second).lines() == record.lines()


def test_a_damaged_copy_is_kept_and_written_anew(record: Record, tmp_path: Path) -> None:
    second = tmp_path / "second"
    said(record, 3)
    Mirror(second).follow(record)
    copy = second / "record.jsonl"
    damaged = copy.read_bytes()[:-40] + b"\n"
    copy.write_bytes(damaged)
    said(record, 1, first=3)
    assert Mirror(second).follow(record) == 4
    assert Mirror(second).lines() == record.lines()
    assert [one.read_bytes() for one in second.glob("*.damaged")] == [damaged]
    copy.write_bytes(damaged)  # and a record that is short of the head beside it is not copied over it
    short = Record(f"sqlite:///{tmp_path / 'short.sqlite'}")
    said(short, 2)
    with pytest.raises(DataError, match=r"error.record_"):
        Mirror(second).follow(short)
    assert copy.read_bytes() == damaged
