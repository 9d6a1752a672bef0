"""How long a planner waits: the first page, a slider's change on the screen, fifty first pages at once; memory."""

from __future__ import annotations

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.e2e.conftest import CHROMIUM, serving
from tests.e2e.wire import dial

pytestmark = pytest.mark.filterwarnings("ignore")
AREAS = ("32.03.18", "35.07.33", "36.01.09", "18.10.05")


def opened(browser: Browser, address: str) -> tuple[Page, float]:
    """A page in a browser that has never seen it; seconds until the map is drawn."""
    tab = browser.new_context(viewport={"width": 1280, "height": 1000}, locale="id-ID").new_page()
    began = time.perf_counter()
    tab.goto(address, wait_until="commit")
    tab.frame_locator("iframe").first.locator("path.leaflet-interactive").first.wait_for(state="attached")
    return tab, time.perf_counter() - began


def moved(tab: Page) -> float:
    """Seconds from a key on the reach's slider until another share stands on the screen and all is drawn."""
    card = tab.locator("[data-testid=stMain]").get_by_text("Belum terlayani (orang)").locator("..")
    before = card.inner_text()
    tab.get_by_role("slider").first.focus()
    began = time.perf_counter()
    tab.keyboard.press("ArrowLeft")
    while card.inner_text() == before:
        assert time.perf_counter() - began < 20
    return time.perf_counter() - began


def memory(address: str) -> float:
    """Megabytes of the server at an address, its workers included."""
    port = int(address.rsplit(":", 1)[1])
    told = (
        (one, one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"])
    )  # none of a process that ended
    (server,) = (one for one, words in told if str(port) in words and "streamlit" in words)
    return sum(one.memory_info().rss for one in (server, *server.children(recursive=True))) / 1e6


def test_waiting(tmp_path: Path) -> None:
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright, serving(tmp_path) as address:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        print()
        for number in range(4):
            tab, took = opened(browser, address)
            print(f"page {number + 1} of a server that has just started: {took:.2f} s to the map")
        tab.locator("summary", has_text="Tolok ukur").click()  # the reach's slider is in it
        tab.wait_for_timeout(2000)
        waits = []
        for _ in range(6):
            waits.append(moved(tab))
            tab.wait_for_timeout(1500)
        print(f"slider to figures: {', '.join(f'{wait:.2f}' for wait in waits)} s")
        again = time.perf_counter()
        tab.reload(wait_until="commit")
        tab.frame_locator("iframe").first.locator("path.leaflet-interactive").first.wait_for(state="attached")
        print(f"the page again in the same browser: {time.perf_counter() - again:.2f} s")
        tabs = [opened(browser, f"{address}/?area={AREAS[n % 4]}")[0] for n in range(10)]
        print(f"ten sessions with the map: {memory(address):.0f} MB")
        for number, tab in enumerate(tabs):
            for page in ("priorities", "service", "plan"):
                tab.goto(f"{address}/{page}?area={AREAS[number % 4]}")
                tab.locator("[data-test-script-state=notRunning]").wait_for(state="attached")
        print(f"ten sessions that looked at priorities, service levels and a plan: {memory(address):.0f} MB")
        browser.close()


def figures(address: str, go: threading.Event) -> float:
    """Seconds from asking for the first page until its figures are there, without a browser."""
    go.wait()
    began = time.perf_counter()
    with dial(address, {}) as socket:
        message = BackMsg()
        message.rerun_script.query_string = ""
        socket.send(message.SerializeToString())
        while b"Belum terlayani (orang)" not in bytes(socket.recv(timeout=60)):
            pass
        return time.perf_counter() - began


def test_fifty_at_once(tmp_path: Path) -> None:
    with serving(tmp_path) as address:
        time.sleep(5)  # the first page is made while the server starts
        for number in (1, 10, 50, 50):
            go = threading.Event()
            with ThreadPoolExecutor(number) as pool:
                waits = [pool.submit(figures, address, go) for _ in range(number)]
                go.set()
                took = [one.result() for one in waits]
            print(f"{number} first pages at once: median {statistics.median(took):.2f} s, worst {max(took):.2f} s")
        print(f"the server after them: {memory(address):.0f} MB")
    assert statistics.median(took) < 8
    assert max(took) < 15
