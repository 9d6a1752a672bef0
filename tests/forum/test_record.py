"""The record: replay, withdrawal, the chain of hashes, and many writers at once."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from forum import Record
from geo.model.changes import Change, CostChange
from geo.model.errors import CallError, DataError
from tests.builders import at_once


def test_changes_are_replayed_and_withdrawn(record: Record) -> None:
    first = record.report_status("Bu Siti", Change("water", "p1", "non_functional", date(2026, 1, 2)))
    record.report_status("Pak Budi", Change("sanitation", "s1", "functional"))
    assert record.changes() == (
        Change("water", "p1", "non_functional", date(2026, 1, 2)),
        Change("sanitation", "s1", "functional"),
    )
    record.withdraw("Ketua", first.number)
    assert [change.site_id for change in record.changes()] == ["s1"]
    assert [event.kind for event in record.events()] == ["status", "status", "withdrawal"]
    assert record.verify() == 3


def test_costs_are_replayed_and_the_last_word_of_each_counts(record: Record) -> None:
    cost = CostChange("repair", "tap", 5e6, None, 9.0, 0.0, 0.0, 2026, "HSPK", "32.03")
    first = record.set_cost("Bu Siti", cost)
    assert record.changes() == (cost,)
    record.withdraw("Ketua", first.number)
    assert record.changes() == ()
    for weight in (1, 2):
        record.append("A", "weights", {"member": "A", "weights": {"gain_people": weight}})
    record.append("B", "weights", {"member": "B", "weights": {"gain_people": 3}})
    last = record.latest("weights", "member")
    assert {who: event.content["weights"]["gain_people"] for who, event in last.items()} == {"A": 2, "B": 3}
    record.withdraw("A", last["A"].number)
    assert record.latest("weights", "member")["A"].content["weights"]["gain_people"] == 1
    assert record.verify() == 6


def test_what_is_refused(record: Record) -> None:
    with pytest.raises(CallError):
        record.report_status("  ", Change("water", "p1", "functional"))
    with pytest.raises(CallError):
        record.append("A", "rumour", {})
    with pytest.raises(CallError):
        record.withdraw("A", 99)
    with pytest.raises(CallError):
        Change("water", "p1", "sparkling")
    assert record.events() == ()


def tamper(url: str, statement: str) -> None:
    """Go behind the record's back."""
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE events SET content = replace(content, 'p2', 'p9') WHERE number = 2",
        "UPDATE events SET who = 'X' WHERE number = 1",
        "DELETE FROM events WHERE number = 2",
        "DELETE FROM events WHERE number = 1",
        "UPDATE events SET at = at || '0' WHERE number = 3",
    ],
)
def test_tampering_is_found(record: Record, url: str, tampering: str) -> None:
    for number in range(1, 4):
        record.report_status("A", Change("water", f"p{number}", "functional"))
    assert record.verify() == 3
    tamper(url, tampering)
    with pytest.raises(DataError):
        record.verify()
    done = subprocess.run(
        [sys.executable, "-m", "forum", "verify", "--record", url],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1


def test_twenty_writers_lose_nothing(record: Record, url: str) -> None:
    def write(name: str) -> None:
        mine = Record(url)
        for number in range(5):
            mine.report_status(name, Change("water", f"{name}-{number}", "functional"))
        mine.close()

    at_once(write, [(f"t{n}",) for n in range(20)])
    assert record.verify() == 100
    assert len({change.site_id for change in record.changes()}) == 100


def forum(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "forum", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_drill_copy_lose_restore(record: Record, url: str, tmp_path: Path) -> None:
    record.report_status("Bu Siti", Change("water", "p1", "non_functional"))
    record.withdraw("Ketua", 1)
    record.report_status("Pak Ünï", Change("water", "p2", "abandoned"))
    copy = tmp_path / "salinan.jsonl"
    assert forum("backup", "--record", url, "--out", str(copy)).returncode == 0
    kept = record.events()
    record.close()
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).unlink()
    else:
        tamper(url, "DROP TABLE events")
        tamper(url, "DROP TABLE alembic_version")
    for _ in range(2):  # looking makes none
        assert forum("verify", "--record", url).returncode == 2, "a record that is not there is not whole"
    assert forum("restore", "--record", url, "--from", str(copy), "--json").returncode == 0
    again = Record(url)
    assert again.events() == kept
    again.close()
    assert forum("restore", "--record", url, "--from", str(copy)).returncode == 2, "nothing is overwritten"


def test_a_copy_that_was_tampered_with_is_refused(record: Record, tmp_path: Path) -> None:
    for n in range(3):
        record.report_status("Bu Siti", Change("water", f"p{n}", "functional"))
    lines = record.lines()
    other = Record(f"sqlite:///{tmp_path / 'baru.sqlite'}")
    for bad in (lines[1:], [lines[0], lines[2]], [lines[0].replace("Siti", "Sita"), *lines[1:]], ["{}"], ["x"]):
        with pytest.raises(DataError):
            other.fill(bad)
        assert other.events() == ()
    assert other.fill(lines) == 3
    other.close()


@pytest.mark.parametrize("url", ["foo://x", "nothing", "sqlite:////nowhere/r.sqlite"])
def test_an_address_that_leads_nowhere_is_the_call_s_fault(url: str) -> None:
    done = forum("--lang", "en", "verify", "--record", url)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
