"""What makes the first page quick: scripts named in its head, answers that leave at once."""

from __future__ import annotations

import re
import socket
import time
import urllib.request
import weakref
from contextlib import closing
from pathlib import Path

import pytest
from streamlit.file_util import get_static_dir

from tests.e2e.conftest import serving
from views.server.preload import PARTS, early_links
from views.server.sockets import answer_at_once

SCRIPTS = Path(get_static_dir()) / "static" / "js"


def test_every_part_is_named_with_all_that_it_imports() -> None:
    """By the installed Streamlit's own files: each part is there, once, and nothing that its page names already."""
    names = re.findall(r'href="\./static/js/([^"]+)"', early_links().decode())
    page = (Path(get_static_dir()) / "index.html").read_text(encoding="utf-8")
    assert len(names) == len(set(names)) > len(PARTS)
    for part in PARTS:
        assert sum(bool(re.fullmatch(rf"{re.escape(part)}\.[\w-]+\.js", name)) for name in names) == 1, part
    for name in names:
        assert name not in page
        for imported in re.findall(r'from"\./([^"]+\.js)"', (SCRIPTS / name).read_text(encoding="utf-8")):
            assert imported in names or imported in page, (name, imported)


def test_connections_inherit_that_nothing_waits() -> None:
    gone = weakref.proxy(type("Gone", (), {})())  # whoever asks it for its class meets an error
    with pytest.raises(ReferenceError):
        isinstance(gone, socket.socket)
    with closing(socket.socket()) as server, closing(socket.socket()) as client:  # as Streamlit makes its own
        server.bind(("127.0.0.1", 0))
        server.listen()
        assert server.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0
        assert answer_at_once() >= 1
        client.connect(server.getsockname())
        accepted, _ = server.accept()
        with closing(accepted):
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        assert client.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0, "it does not listen"


def test_the_body_does_not_wait_for_the_browser(tmp_path: Path) -> None:
    """Of ten answers on one connection the quickest body comes well before the 40 ms of a delayed acknowledgement."""
    with serving(tmp_path) as address:
        with urllib.request.urlopen(address) as page:
            assert early_links() + b"</head>" in page.read()
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as line:
            waits = []
            for _ in range(10):
                line.sendall(f"GET /_stcore/health HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
                answer = b""
                while b"\r\n\r\n" not in answer:
                    answer += line.recv(65_536)
                began = time.perf_counter()
                while not answer.endswith(b"ok"):
                    answer += line.recv(65_536)
                waits.append(time.perf_counter() - began)
    assert min(waits[2:]) < 0.02, waits
