"""The ballot on a telephone as the server gives it: by code, once, within the budget; nothing joins it to anybody."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from forum import Record
from forum.polls.polls import call_poll, cleaned, count_poll, give_out, polls
from geo.model.inputs import Inputs
from geo.workspace import versions as ws
from tests.forum.polls.test_polls import POLL
from views.community import ballot_form as _ballot_form
from views.server.gate import Gate
from views.session.record import whole_record

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def client(tmp_path: Path, shipped: Inputs, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    ws.save(tmp_path, shipped.tables(), dict(shipped.sources))
    monkeypatch.setenv("MATA_AIR_WORKSPACE", str(tmp_path))
    _ballot_form._LIMITS.storage.reset()
    made = Starlette(routes=_ballot_form.ROUTES, middleware=[Middleware(Gate)])
    with TestClient(made, base_url="http://127.0.0.1") as client:
        yield client


def opened(tmp_path: Path, count: int = 3) -> tuple[Record, int, list[str]]:
    record = whole_record(tmp_path)
    number = call_poll(record, "Ani", POLL).number
    return record, number, [cleaned(code) for code in give_out(record, "Ani", number, count)]


@pytest.mark.parametrize(
    ("lang", "budget", "cast"), [("id", "Anggaran: Rp100", "Tanda terima"), ("en", "Budget: Rp100", "Receipt")]
)
def test_a_ballot_from_code_to_receipt(client: TestClient, tmp_path: Path, lang: str, budget: str, cast: str) -> None:
    record, number, (code, *_) = opened(tmp_path)
    asked = client.get(f"/ballot?lang={lang}&code={code[:4].lower()}-{code[4:8]}-{code[8:]}", follow_redirects=False)
    assert (asked.status_code, asked.headers["location"]) == (303, f"/ballot/{code}?lang={lang}")
    page = client.get(f"/ballot/{code}?lang={lang}")
    assert budget in page.text
    assert re.findall(r'name="project" value="(\d)" data-cost="(\d+)"', page.text) == [
        (str(n), str(n * 20)) for n in range(1, 6)
    ]
    assert page.headers["cache-control"] == "no-store"
    assert len(page.content) < 20_000
    done = client.post(f"/ballot/{code}?lang={lang}", data={"project": ["1", "3"]})
    receipt = re.search(r"[0-9A-F]{4}-[0-9A-F]{4}", done.text)
    assert (done.status_code, receipt is not None, cast in done.text) == (200, True, True)
    assert code not in done.text
    again = client.post(f"/ballot/{code}?lang={lang}", data={"project": ["2"]})
    assert again.status_code == 410
    assert client.get(f"/ballot/{code}").status_code == 410
    count_poll(record, "Ani", number)
    assert polls(record.standing())[number].ballots == ((receipt[0], ("1", "3")),)


def test_too_dear_a_choice_stays_on_the_page(client: TestClient, tmp_path: Path) -> None:
    record, _, (code, *_) = opened(tmp_path)
    page = client.post(f"/ballot/{code}", data={"project": ["5", "2"]})
    assert (page.status_code, "Rp140" in page.text) == (400, True)
    assert re.findall(r'value="(\d)" data-cost="\d+" checked', page.text) == ["2", "5"]
    assert client.post(f"/ballot/{code}", data={}).status_code == 400
    assert client.post(f"/ballot/{code}", data={"project": ["x" * 50]}).status_code == 400
    assert not record.standing("spent")


def test_wrong_codes_and_shapes(client: TestClient, tmp_path: Path) -> None:
    record, number, codes = opened(tmp_path)
    assert client.get("/ballot").status_code == 200
    assert client.get("/ballot/ABCDEFGHJKLM").status_code == 404
    assert client.post("/ballot/ABCDEFGHJKLM", data={"project": ["1"]}).status_code == 404
    assert (
        client.post(f"/ballot/{codes[0]}", content=b"{}", headers={"content-type": "application/json"}).status_code
        == 400
    )
    assert client.post(f"/ballot/{codes[0]}", data={"project": ["1"] * 3000}).status_code == 400
    assert client.post("/ballot", data={"project": ["1"]}).status_code == 405
    script = client.get("/ballot?code=%3Cscript%3E", follow_redirects=False)
    assert script.headers["location"] == "/ballot/SCRIPT?lang=id"
    client.post(f"/ballot/{codes[0]}", data={"project": ["1"]})
    count_poll(record, "Ani", number)
    assert client.get(f"/ballot/{codes[1]}").status_code == 200, "what was counted is shown"
    assert client.post(f"/ballot/{codes[1]}", data={"project": ["1"]}).status_code == 410


def test_codes_are_not_guessed_without_end_and_the_hall_goes_on(client: TestClient, tmp_path: Path) -> None:
    _, _, codes = opened(tmp_path)
    found = [client.get(f"/ballot/WRONG{n:07d}").status_code for n in range(201)]
    assert (found[:200], found[200]) == ([404] * 200, 429)
    assert client.post("/ballot/WRONGAGAIN", data={"project": ["1"]}).status_code == 429
    assert client.get(f"/ballot/{codes[0]}").status_code == 200


@pytest.mark.parametrize("lang", ["id", "en"])
def test_whoever_holds_a_slip_sees_what_was_counted_and_counts_it_anew(
    client: TestClient, tmp_path: Path, lang: str
) -> None:
    """Used or not, a code of the poll shows every ballot by its receipt, and the tables that `forum count` takes."""
    record, number, codes = opened(tmp_path)
    receipts = {}
    for code, chosen in zip(codes[:2], (["1", "3"], ["2"]), strict=True):
        done = client.post(f"/ballot/{code}", data={"project": chosen})
        found = re.search(r"[0-9A-F]{4}-[0-9A-F]{4}", done.text)
        assert found is not None
        receipts[found[0]] = chosen
    assert client.get(f"/ballot/{codes[0]}/ballots.csv").status_code == 404, "nothing is shown before it is counted"
    assert not any(receipt in client.get(f"/ballot/{codes[2]}").text for receipt in receipts)
    count_poll(record, "Ani", number)
    for code in codes:
        page = client.get(f"/ballot/{code}?lang={lang}")
        assert page.status_code == 200
        for receipt, chosen in receipts.items():
            assert f"<td>{receipt}</td><td>{', '.join(chosen)}</td>" in page.text
        assert 'name="project"' not in page.text
    assert client.get("/ballot/AAAABBBBCCCC/ballots.csv").status_code == 404
    assert client.get(f"/ballot/{codes[0]}/other.csv").status_code == 404
    for name in ("ballots", "projects"):
        (tmp_path / f"{name}.csv").write_text(client.get(f"/ballot/{codes[2]}/{name}.csv").text, encoding="utf-8")
    command = [sys.executable, "-m", "forum", "count", "--projects", str(tmp_path / "projects.csv"), "--ballots",
               str(tmp_path / "ballots.csv"), "--budget", "100", "--json"]  # fmt: skip
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert (told["ballots"], told["votes"]["1"], told["votes"]["2"]) == (2, 1, 1)
    assert set(told["rules"]["votes"]["chosen"]) == {"1", "2"}
