"""Stand-ins for an ODK Central and a KoboToolbox, answering what the real ones answer to what `pull` asks."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

EMAIL, PASSWORD, TOKEN = "kantor@contoh.id", "rahasia-7", "tok-77"


@dataclass
class Sent:
    """An answer at a server: its XML, its row as that server tells it, its files (None: named, but not there yet)."""

    one: str
    xml: bytes
    row: dict[str, Any]
    files: dict[str, bytes | None] = field(default_factory=dict)


@dataclass
class Store:
    """What a stand-in holds, and what it was asked."""

    answers: list[Sent] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    address: str = ""
    broken_after: int = 10**9


def central(store: Store, path: str, headers: Any, body: bytes) -> tuple[int, bytes]:
    """Project 3, form `sumber` of an ODK Central."""
    if path == "/v1/sessions":
        right = json.loads(body) == {"email": EMAIL, "password": PASSWORD}
        return (200, b'{"token": "s1"}') if right else (401, b'{"message": "no"}')
    if headers.get("Authorization") != "Bearer s1":
        return 401, b"{}"
    form = "/v1/projects/3/forms/sumber"
    if path == f"{form}.svc/Submissions":
        return 200, json.dumps({"value": [one.row for one in reversed(store.answers)]}).encode()
    for one in store.answers:
        home = f"{form}/submissions/{one.one}"
        if path == f"{home}.xml":
            return 200, one.xml
        if path == f"{home}/attachments":
            told = [{"name": name, "exists": data is not None} for name, data in one.files.items()]
            return 200, json.dumps(told).encode()
        for name, data in one.files.items():
            if path == f"{home}/attachments/{name}" and data is not None:
                return 200, data
    return 404, b"{}"


def kobo(store: Store, path: str, headers: Any, body: bytes) -> tuple[int, bytes]:
    """Form `aX7` of a KoboToolbox."""
    if headers.get("Authorization") != f"Token {TOKEN}":
        return 401, b"{}"
    home, _, query = path.partition("?")
    asked = parse_qs(query)
    if home == "/api/v2/assets/aX7/data/":
        start, limit = int(asked["start"][0]), min(int(asked["limit"][0]), 2)  # two a page: it has to be turned
        some = [one.row for one in store.answers[start : start + limit]]
        more = f"{store.address}{home}?start={start + limit}" if start + limit < len(store.answers) else None
        return 200, json.dumps({"count": len(store.answers), "next": more, "results": some}).encode()
    for one in store.answers:
        if home == f"/api/v2/assets/aX7/data/{one.one}/" and asked.get("format") == ["xml"]:
            return 200, one.xml
        for name, data in one.files.items():
            if home == f"/files/{one.one}/{name}" and data is not None:
                return 200, data
    return 404, b"{}"


@contextmanager
def serving(answers: Callable[[Store, str, Any, bytes], tuple[Any, ...]]) -> Iterator[Store]:
    """A stand-in that answers until it is left."""
    store = Store()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            whole = urlsplit(self.path)
            store.asked.append(self.path)
            path = unquote(whole.path) + (f"?{whole.query}" if whole.query and answers is kobo else "")
            if len(store.asked) > store.broken_after:
                self.connection.close()
                return
            status, content, *more = answers(store, path, self.headers, body)
            self.send_response(status)
            for name, value in more:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the name that http.server calls

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    store.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
