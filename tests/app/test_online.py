"""The internet's map is found out beside the page: a picture in time is one, a page to sign in at is none."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from views.server import online


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        time.sleep(3.0 if self.path == "/slow" else 0.5 if self.path.startswith("/soon") else 0.0)
        self.send_response(200)
        self.send_header("content-type", "image/png" if self.path != "/sign-in" else "text/html")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def server() -> Iterator[str]:
    made = HTTPServer(("127.0.0.1", 0), _Answers)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    made.server_close()


def test_a_picture_in_time_is_there_and_nothing_else(server: str) -> None:
    assert online.answers(f"{server}/tile")
    assert not online.answers(f"{server}/sign-in")
    began = time.monotonic()
    assert not online.answers(f"{server}/slow", 0.3)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert not online.answers(f"http://127.0.0.1:{closed.getsockname()[1]}/", 0.3)
    assert time.monotonic() - began < 2.0


def test_nobody_waits_and_the_answer_is_remembered(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MATA_AIR_OFFLINE", raising=False)
    monkeypatch.setattr(online, "ONLINE", f"{server}/soon/{{z}}/{{x}}/{{y}}")
    monkeypatch.setattr(online, "_KNOWN", {"until": 0.0, "there": 0.0})
    began = time.monotonic()
    assert not online.online_there()
    assert time.monotonic() - began < 0.2
    ends = time.monotonic() + 5
    while not online.online_there() and time.monotonic() < ends:
        time.sleep(0.02)
    assert online.online_there()
    monkeypatch.setenv("MATA_AIR_OFFLINE", "yes")
    assert not online.online_there()
