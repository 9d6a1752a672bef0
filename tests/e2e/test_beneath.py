"""The server beneath a path of somebody else's, and beside connections that say nothing."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import httpx2
import pytest

from tests.e2e.conftest import begin

pytestmark = pytest.mark.e2e
#: A form that nobody fills in, a page of the office's own, and what none of its routes knows.
OWN = {
    "report": 200, "ballot": 200, "api": 200, "openrosa/formList": 200, "survey": 200, "public": 404, "api/key//collections": 404,
}  # fmt: skip


@pytest.fixture(scope="module")
def beneath(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    begun = begin(tmp_path_factory.mktemp("beneath"), STREAMLIT_SERVER_BASE_URL_PATH="air")
    with httpx2.Client(base_url=begun.address, timeout=60) as client:
        deadline = time.monotonic() + 60
        while True:
            try:
                if client.get("/air/_stcore/health").status_code == 200:
                    break
            except httpx2.HTTPError:
                assert begun.process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield client
    begun.end()


@pytest.mark.parametrize("path", OWN)
def test_what_is_ours_answers_beneath_the_path(beneath: httpx2.Client, path: str) -> None:
    answer = beneath.get(f"/air/{path}")
    assert answer.status_code == OWN[path]
    assert b'<div id="root">' not in answer.content, "Streamlit's own page answers instead"


def test_a_report_is_taken_beneath_the_path_and_followed_there(beneath: httpx2.Client) -> None:
    page = beneath.get("/air/report").text
    assert 'action="/air/report' in page
    sent = beneath.post("/air/report", data={"what": "missing", "text": "ada mata air", "lat": "-7.2", "lon": "107.1"})
    assert sent.status_code == 200
    assert "/air/report/" in sent.text
    assert b'<div id="root">' in beneath.get("/air/priorities").content


def test_connections_that_say_nothing_are_ended(beneath: httpx2.Client) -> None:
    host = beneath.base_url.host, beneath.base_url.port or 80
    silent = [socket.create_connection(host) for _ in range(20)]
    for one in silent:
        one.sendall(b"GET /report HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        one.settimeout(40)
    assert {one.recv(1) for one in silent} == {b""}, "each is closed without an answer"
    for one in silent:
        one.close()
    assert beneath.get("/air/_stcore/health").status_code == 200
