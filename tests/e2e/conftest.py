"""A real server and a real browser with the network blocked."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("MATA_AIR_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")

expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong; speed is measured in tests/bench


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(folder: Path, port: int | None = None, **settings: str) -> Iterator[str]:
    """The dashboard as `make run` starts it, on a workspace of its own, with settings of the environment: its address."""
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", "dashboard.py", "--server.port", str(port)]
    environment = {**os.environ, "MATA_AIR_WORKSPACE": str(folder / "ws"), **settings}
    address = f"http://127.0.0.1:{port}"
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _answers(address, process, folder / "log")
            yield address
        finally:
            process.terminate()
            process.wait(timeout=20)


def _answers(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server does."""
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
            return
        except (URLError, OSError):
            assert time.monotonic() < deadline, log.read_text()
            assert process.poll() is None, log.read_text()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that journeys share: none of them changes the data version."""
    with serving(tmp_path_factory.mktemp("served")) as address:
        yield address


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[str]:
    """A server for one journey alone, which may bring its own data."""
    with serving(tmp_path) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM, "no Chromium: `make test` installs it, or name it in MATA_AIR_CHROMIUM"
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture(params=[(1280, 1100), (390, 844)], ids=["1280px", "390px"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    return request.param


@pytest.fixture
def tab(chromium: Browser, size: tuple[int, int]) -> Iterator[Page]:
    """A page that reaches this machine only; asking for anything else fails the test."""
    context = chromium.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="id-ID", accept_downloads=True
    )
    context.set_default_timeout(30_000)
    asked: list[str] = []

    def guard(route: Route) -> None:
        if route.request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    context.route("**/*", guard)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert asked == [], "the page asked another host"
    assert errors == []
