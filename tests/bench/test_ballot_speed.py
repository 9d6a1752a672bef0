"""Three hundred phones that spend a budget: ten minutes' worth in one minute, on both databases; nothing lost, nothing twice."""

from __future__ import annotations

import random
import re
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from forum.polls.polls import call_poll, cleaned, count_poll, give_out, polls
from forum.record import Record
from tests import postgres
from tests.e2e.conftest import serving
from tests.forum.polls.test_polls import POLL

pytestmark = pytest.mark.filterwarnings("ignore")
PHONES, SECONDS = 300, 60.0


@pytest.fixture(params=["sqlite", "postgresql"])
def record_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
        return
    with postgres.cluster() as made:
        yield made.database()


def cast(address: str, code: str, wait: float) -> tuple[list[float], str]:
    """Open the ballot and send it, twice, as a telephone does that got no answer; seconds of each, and the receipt."""
    time.sleep(wait)
    took = []
    with httpx2.Client(base_url=address, timeout=60) as phone:
        for step in ("look", "send", "again"):
            began = time.perf_counter()
            if step == "look":
                answer = phone.get(f"/ballot/{code}")
            else:
                answer = phone.post(f"/ballot/{code}", data={"project": ["1" if code[0] < "H" else "2", "3"]})
            took.append(time.perf_counter() - began)
            if step == "send":
                receipt = re.search("[0-9A-F]{4}-[0-9A-F]{4}", answer.text)
                assert receipt is not None, answer.text
            assert answer.status_code == {"look": 200, "send": 200, "again": 410}[step]
    return took, receipt[0]


def test_three_hundred_phones(tmp_path: Path, record_url: str) -> None:
    settings = {"MATA_AIR_RECORD": record_url} if record_url else {}
    with serving(tmp_path, **settings) as address:
        time.sleep(5)
        record = Record(record_url or f"sqlite:///{tmp_path / 'ws' / 'record.sqlite'}")
        number = call_poll(record, "Ani", POLL).number
        codes = [cleaned(code) for code in give_out(record, "Ani", number, PHONES)]
        rng = random.Random(11)
        with ThreadPoolExecutor(PHONES) as pool:
            done = list(pool.map(lambda code: cast(address, code, rng.uniform(0, SECONDS)), codes))
        count_poll(record, "Ani", number)
        found = polls(record.standing())[number]
        record.close()
    took = sorted(one for times, _ in done for one in times)
    p95 = took[int(len(took) * 0.95)]
    print(
        f"{PHONES} phones in {SECONDS:.0f} s: median {statistics.median(took):.3f} s, p95 {p95:.3f} s, worst {took[-1]:.3f} s"
    )
    assert sorted(receipt for _, receipt in done) == [receipt for receipt, _ in found.ballots or ()]
    assert len(found.spent) == PHONES
    assert p95 <= 1
