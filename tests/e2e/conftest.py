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
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from geo.workspace.shipped import SHIPPED_HEIGHTS, shipped_tables
from geo.workspace.versions import save

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("MATA_AIR_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")

expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong; speed is measured in tests/bench


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Begun:
    """A server that was started and may not answer yet."""

    address: str
    folder: Path
    process: subprocess.Popen[bytes]

    def answers(self) -> str:
        """Wait until it does: its address."""
        deadline, log = time.monotonic() + 60, self.folder / "log"
        while True:
            try:
                urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=1).close()
                return self.address
            except (URLError, OSError):
                assert time.monotonic() < deadline, log.read_text()
                assert self.process.poll() is None, log.read_text()

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


def begin(folder: Path, port: int | None = None, **settings: str) -> Begun:
    """Start the dashboard as `make run` does, on the workspace `ws` of a folder, with settings of the environment."""
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", "dashboard.py", "--server.port", str(port)]
    environment = {**os.environ, "MATA_AIR_WORKSPACE": str(folder / "ws"), "MATA_AIR_OFFLINE": "yes", **settings}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    return Begun(f"http://127.0.0.1:{port}", folder, process)


@contextmanager
def serving(folder: Path, port: int | None = None, **settings: str) -> Iterator[str]:
    """A dashboard that answers, until it is left: its address."""
    begun = begin(folder, port, **settings)
    try:
        yield begun.answers()
    finally:
        begun.end()


class Fresh:
    """Servers on a fresh workspace of the shipped areas, each for one journey; one is begun before it is asked for."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        self._template = folders.mktemp("template") / "ws"
        save(self._template, *shipped_tables(), SHIPPED_HEIGHTS)
        self._ahead: Begun | None = None

    def folder(self) -> Path:
        """A folder with the shipped areas in `ws`, as a server would write them at its first start."""
        folder = self._folders.mktemp("fresh")
        shutil.copytree(self._template, folder / "ws")
        return folder

    def begin_ahead(self) -> None:
        """Begin the next server, that it starts while a journey waits for its page."""
        if self._ahead is None:
            self._ahead = begin(self.folder())

    @contextmanager
    def serving(self) -> Iterator[Begun]:
        begun, self._ahead = self._ahead or begin(self.folder()), None
        try:
            begun.answers()
            yield begun
        finally:
            begun.end()

    def close(self) -> None:
        if self._ahead is not None:
            self._ahead.end()


_FRESH = pytest.StashKey[Fresh]()


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Begin the server of the next journey while this one goes on, where that needs one of its own."""
    fresh = item.session.stash.get(_FRESH, None)
    if fresh is not None and "own_server" in getattr(nextitem, "fixturenames", ()):
        fresh.begin_ahead()


@pytest.fixture(scope="session")
def fresh(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fresh]:
    made = request.session.stash[_FRESH] = Fresh(tmp_path_factory)
    yield made
    made.close()


@pytest.fixture(scope="session")
def server(fresh: Fresh) -> Iterator[str]:
    """A server that journeys share: none of them writes anything."""
    with fresh.serving() as begun:
        yield begun.address


@pytest.fixture(scope="session")
def written_server(fresh: Fresh) -> Iterator[str]:
    """A server that journeys share which write to its record, each of names and sites of its own."""
    with fresh.serving() as begun:
        yield begun.address


@pytest.fixture
def own_server(fresh: Fresh, tmp_path: Path) -> Iterator[str]:
    """A server for one journey alone, which may bring its own data; its workspace is `ws` in the journey's folder."""
    with fresh.serving() as begun:
        (tmp_path / "ws").symlink_to(begun.folder / "ws")
        yield begun.address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM, "no Chromium: `make test` installs it, or name it in MATA_AIR_CHROMIUM"
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


SIZES = {"1280px": (1280, 1100), "390px": (390, 844)}


@pytest.fixture(params=list(SIZES.values()), ids=list(SIZES))
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    return request.param


@contextmanager
def guarded_tab(chromium: Browser, size: tuple[int, int]) -> Iterator[Page]:
    """A page that reaches this machine only; asking for anything else fails the test, and so does an error of a script."""
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
    if not page.is_closed():
        page.wait_for_timeout(20)  # what happened until now is told
    seen = list(errors)  # what fails because the page is shut while it loads is no fault of the page
    context.close()
    assert asked == [], "the page asked another host"
    assert seen == []


@pytest.fixture
def tab(request: pytest.FixtureRequest, chromium: Browser, size: tuple[int, int]) -> Iterator[Page]:
    if "own_server" in request.fixturenames:
        request.getfixturevalue("own_server")  # it serves until the page is shut: what still loads would fail else
    with guarded_tab(chromium, size) as page:
        yield page
