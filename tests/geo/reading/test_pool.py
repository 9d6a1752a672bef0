"""The pool of readers: how many at once, one a person, memory together, and an end that needs no open page."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from geo.model.errors import DataError
from geo.reading import pool as _pool
from geo.reading.limits import Limits
from geo.reading.pool import Job, Pool

ROOT = Path(__file__).resolve().parents[3]
_MB = 1024**2
SLEEP = "import time; time.sleep(60)"
FILL = "import time; held = b'x' * ({mb} << 20); time.sleep({seconds})"


def bounds(memory_mb: int = 500, seconds: float = 30) -> Limits:
    return Limits(memory_mb * _MB, seconds, 10**9)


_MADE: list[Job] = []


def job(code: str, person: str = "a", here: Callable[[], bool] = lambda: True, *words: str) -> Job:
    _MADE.append(Job([sys.executable, "-c", code, *words], ROOT, person, here))
    return _MADE[-1]


@pytest.fixture(autouse=True)
def _tidy() -> Iterator[None]:
    yield
    for one in _MADE:
        one.kill("cancelled")
        one.folder.cleanup()
    _MADE.clear()


def until(true: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"
    except OSError:
        return False


def ended(pool: Pool, *jobs: Job) -> None:
    for one in jobs:
        pool.end(one)
    assert until(lambda: pool._thread is None)


def test_so_many_at_once_and_the_others_in_order() -> None:
    pool = Pool(2, 2000 * _MB, bounds())
    jobs = [job(SLEEP, person) for person in "abcd"]
    for one in jobs:
        pool.put(one)
    assert until(lambda: [pool.place(one) for one in jobs] == [0, 0, 1, 2])
    pool.end(jobs[0])
    assert until(lambda: [pool.place(one) for one in jobs] == [0, 0, 0, 1])
    assert jobs[3].process is None
    ended(pool, *jobs)


def test_a_person_has_one_at_work_and_lets_others_pass() -> None:
    pool = Pool(2, 2000 * _MB, bounds())
    first, second, other = job(SLEEP), job(SLEEP), job(SLEEP, "b")
    for one in (first, second, other):
        pool.put(one)
    assert until(lambda: other.process is not None)
    assert (second.process, pool.place(second)) == (None, 1)
    pool.end(first)
    assert until(lambda: second.process is not None)
    ended(pool, second, other)


def test_too_many_that_wait_are_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pool, "MOST_WAITING", 1)
    pool = Pool(1, 2000 * _MB, bounds())
    first, second = job(SLEEP), job(SLEEP, "b")
    pool.put(first)
    assert until(lambda: first.process is not None)
    pool.put(second)
    with pytest.raises(DataError, match="worker_queue"):
        pool.put(job(SLEEP, "c"))
    ended(pool, first, second)


def test_the_clock_needs_nobody_who_looks() -> None:
    pool = Pool(2, 2000 * _MB, bounds(seconds=0.4))
    slow = job(SLEEP)
    pool.put(slow)
    assert slow.finished.wait(10)
    assert slow.process is not None
    assert not alive(slow.process.pid)
    assert slow.fault(pool.limits).key == "error.worker_time"


def test_memory_of_one_and_of_all_together_is_bounded() -> None:
    alone = Pool(2, 2000 * _MB, bounds(memory_mb=150))
    large = job(FILL.format(mb=300, seconds=30))
    alone.put(large)
    assert large.finished.wait(20)
    assert large.fault(alone.limits).key == "error.worker_memory"
    pool = Pool(2, 330 * _MB, bounds())
    larger, smaller = job(FILL.format(mb=250, seconds=30)), job(FILL.format(mb=120, seconds=2), "b")
    pool.put(larger)
    pool.put(smaller)
    assert larger.finished.wait(20)
    assert smaller.finished.wait(20)
    assert larger.fault(pool.limits).key == "error.worker_memory"
    assert smaller.process is not None
    assert smaller.process.returncode == 0


def test_whoever_asked_and_went_away_keeps_nothing_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pool, "GRACE_S", 0.3)
    pool = Pool(1, 2000 * _MB, bounds())
    begun = time.monotonic()  # whoever is at work goes away a second after the one who waits: on a busy machine too
    gone, waiting = job(SLEEP, "a", lambda: time.monotonic() < begun + 1), job(SLEEP, "b", lambda: False)
    there = job("", "c")
    for one in (gone, waiting, there):
        pool.put(one)
    assert there.finished.wait(20)
    assert gone.finished.is_set()
    assert waiting.finished.is_set()
    assert (gone.why, waiting.process, there.why) == ("gone", None, None)


def test_a_flood_of_words_is_stopped_and_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pool, "MOST_SAID", 1_000_000)
    pool = Pool(1, 2000 * _MB, bounds())
    loud = job("import sys\nwhile True: sys.stdout.write('x' * 100_000)")
    pool.put(loud)
    assert loud.finished.wait(20)
    assert loud.fault(pool.limits).key == "error.worker_size"
    with pytest.raises(DataError, match="worker_size"):
        loud.said("out")
    assert len(loud.said("out", 50)) == 50


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("import os; os.abort()", "worker_crashed"),
        ("import ctypes; ctypes.string_at(0)", "worker_crashed"),
        ("raise SystemExit(3)", "worker_crashed"),
        ("raise MemoryError", "worker_memory"),
        ("import os; os.write(2, b'memory allocation of 9 bytes failed'); os.abort()", "worker_memory"),
        ("import resource, os, signal; os.kill(os.getpid(), signal.SIGXCPU)", "worker_time"),
    ],
)
def test_a_crash_is_no_limit_and_a_limit_no_crash(code: str, key: str) -> None:
    pool = Pool(1, 2000 * _MB, bounds())
    one = job(code)
    pool.put(one)
    assert one.finished.wait(20)
    assert one.fault(pool.limits).key == f"error.{key}"


def test_a_reader_ends_with_what_it_started_and_with_the_server(tmp_path: Path) -> None:
    code = """
import subprocess, sys, time
from pathlib import Path
from geo.reading.limits import Limits, confine
confine(Limits.given())
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
Path(sys.argv[1]).write_text(str(inner.pid)); time.sleep(60)
"""
    pids = [tmp_path / "one", tmp_path / "two"]
    pool = Pool(1, 2000 * _MB, bounds())
    one = job(code, "a", lambda: True, str(pids[0]))
    pool.put(one)
    assert until(lambda: pids[0].exists() and pids[0].read_text() != "")
    pool.end(one)
    assert until(lambda: not alive(int(pids[0].read_text())))
    serve = f"""
import sys, time
from pathlib import Path
from geo.reading.limits import Limits
from geo.reading.pool import Job, Pool
pool, code = Pool(1, 10**10, Limits.given()), {code!r}
one = Job([sys.executable, "-c", code, sys.argv[1]], Path(), "a")
pool.put(one)
while one.process is None: time.sleep(0.01)
print(one.process.pid, flush=True); time.sleep(60)
"""
    server = subprocess.Popen([sys.executable, "-c", serve, str(pids[1])], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    reader = int(server.stdout.readline())
    assert until(lambda: pids[1].exists() and pids[1].read_text() != "")
    server.kill()
    server.communicate()
    assert until(lambda: not alive(reader))
    os.kill(int(pids[1].read_text()), 9)  # what it started had no time to be confined: the test's own
