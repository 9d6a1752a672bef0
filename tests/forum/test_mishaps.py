"""What befalls a record: kills, a full disk, a database that is gone and comes back."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from forum import Record
from geo.model.changes import Change
from geo.model.errors import DataError
from tests import postgres
from tests.builders import at_once

ROOT = Path(__file__).resolve().parents[2]
#: Appends without end; says each number on stdout once the record has taken it.
WRITER = """
import sys
from forum import Record
from geo.model.changes import Change
record = Record(sys.argv[1])
while True:
    event = record.report_status("Bu Siti", Change("water", "p1", "functional"))
    sys.stdout.write(f"{event.number}\\n")
    sys.stdout.flush()
"""


def test_60_kills_of_a_server_at_work_lose_nothing_acknowledged(url: str) -> None:
    """Four servers write at once; each is killed at a random moment, fifteen times."""
    rng = random.Random(60)
    said: list[int] = []
    delays = [[rng.uniform(0.0, 0.25) for _ in range(15)] for _ in range(4)]
    Record(url).close()

    def server(waits: list[float]) -> None:
        for wait in waits:
            with subprocess.Popen(
                [sys.executable, "-c", WRITER, url], cwd=ROOT, stdout=subprocess.PIPE, text=True
            ) as process:
                assert process.stdout is not None
                said.append(int(process.stdout.readline()))  # it is at work
                time.sleep(wait)
                os.kill(process.pid, signal.SIGKILL)
                lines = process.stdout.read().splitlines(keepends=True)
                said.extend(int(line) for line in lines if line.endswith("\n"))

    at_once(server, [(waits,) for waits in delays])
    record = Record(url)
    count = record.verify()
    record.close()
    assert len(said) == len(set(said)) >= 60, "no number is given twice"
    assert set(said) <= set(range(1, count + 1)), "what was acknowledged is there"


def fill(record: Record, taken: list[int]) -> None:
    """Record things until it takes no more."""
    while True:
        event = record.append("Bu Siti", "weights", {"member": "A", "weights": {}, "organisation": "x" * 500})
        taken.append(event.number)


def test_a_full_disk_takes_nothing_and_says_so(tmp_path: Path) -> None:
    """The file may not grow: what it has is kept, the rest is refused, and once there is room it goes on."""
    url = f"sqlite:///{tmp_path / 'r.sqlite'}"
    record = Record(url)
    record.report_status("Bu Siti", Change("water", "p1", "functional"))
    size = (tmp_path / "r.sqlite").stat().st_size
    taken: list[int] = []
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 8192, before[1]))
    try:
        with pytest.raises(DataError, match="record_gone"):
            fill(record, taken)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert record.verify() == max(taken)
    assert record.report_status("Bu Siti", Change("water", "p1", "functional")).number == max(taken) + 1
    record.close()


def test_an_office_database_that_is_gone_and_comes_back() -> None:
    with postgres.cluster() as office:
        record = Record(office.database())
        record.report_status("Bu Siti", Change("water", "p1", "functional"))
        office.stop()
        for _ in range(2):
            with pytest.raises(DataError, match="record_gone"):
                record.report_status("Bu Siti", Change("water", "p2", "functional"))
            with pytest.raises(DataError, match="record_gone"):
                record.events()
        office.start()
        assert record.report_status("Bu Siti", Change("water", "p3", "functional")).number == 2
        assert record.verify() == 2
        record.close()


def test_a_file_that_is_gone_and_comes_back(tmp_path: Path) -> None:
    path, aside = tmp_path / "r.sqlite", tmp_path / "aside"
    record = Record(f"sqlite:///{path}")
    record.report_status("Bu Siti", Change("water", "p1", "functional"))
    path.rename(aside)
    for ask in (record.events, record.last, lambda: record.append("A", "weights", {"member": "A", "weights": {}})):
        with pytest.raises(DataError, match="record_gone"):
            ask()
    assert not path.exists(), "no empty record takes its place"
    aside.rename(path)
    assert record.report_status("Bu Siti", Change("water", "p3", "functional")).number == 2
    record.close()


def test_a_record_from_before_the_steps_of_its_tables(tmp_path: Path) -> None:
    """One that alembic never saw is taken as it is; many who open it at once do it once."""
    url = f"sqlite:///{tmp_path / 'r.sqlite'}"
    record = Record(url)
    record.report_status("Bu Siti", Change("water", "p1", "functional"))
    record.close()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
    engine.dispose()
    opened: list[int] = []

    def look() -> None:
        mine = Record(url)
        opened.append(mine.verify())
        mine.close()

    at_once(look, [() for _ in range(8)])
    assert opened == [1] * 8
