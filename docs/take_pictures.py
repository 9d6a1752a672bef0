"""Takes the pictures of README and guide of the real pages: run it after they changed, with Chromium in the path;
with keys of tasks of the guide, those of these alone.

It starts the dashboard on a fresh workspace, so that the pictures show what somebody sees first.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from geo.model.facts import facts  # noqa: E402
from tests.e2e.guide_walk import follow, prepare  # noqa: E402
from texts import LANGUAGES  # noqa: E402

OUT = ROOT / "docs" / "pictures"
PORT = 8577
#: Picture and its page.
PAGES = {"map": "", "priorities": "priorities", "plan": "plan", "village": "?site=32.03.18.2002"}


def main() -> None:
    """Take every picture at 1280 × 800."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            "dashboard.py",
            "--server.port",
            str(PORT),
            "--server.headless",
            "true",
        ]
        environment = os.environ | {"MATA_AIR_WORKSPACE": str(Path(folder) / "workspace")}
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as server:
            try:
                _wait()
                _take()
            finally:
                server.terminate()


def _wait() -> None:
    for _ in range(240):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/_stcore/health", timeout=2).close()
            return
        except OSError:
            time.sleep(0.25)
    raise SystemExit("the dashboard did not start")


def _take() -> None:
    program = os.environ.get("MATA_AIR_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, page in PAGES.items() if not sys.argv[1:] else ():
            tab = browser.new_page(viewport={"width": 1280, "height": 800})
            tab.goto(f"http://127.0.0.1:{PORT}/{page}")
            tab.wait_for_selector("iframe, canvas", timeout=60_000)
            tab.wait_for_timeout(6000)  # the map's pictures come one after the other
            tab.screenshot(path=OUT / f"{name}.png")
            tab.close()
        _guide(browser)
        browser.close()


def _guide(browser: Browser) -> None:
    """A picture of each step that asks for one, in both languages."""
    address, folder = f"http://127.0.0.1:{PORT}", ROOT / "data" / "guide"
    folder.mkdir(exist_ok=True)
    prepare(browser.new_page(viewport={"width": 1280, "height": 800}, locale="id-ID"), address)
    for lang in LANGUAGES:
        for task in (one for one in facts("guide_tasks")["tasks"] if not sys.argv[1:] or one["key"] in sys.argv[1:]):
            tab = browser.new_page(viewport={"width": 1280, "height": 800}, locale="id-ID")

            def shot(tab: Page, key: str, number: int, lang: str = lang) -> None:
                tab.wait_for_timeout(3000)
                Image.open(io.BytesIO(tab.screenshot())).convert("RGB").save(
                    folder / f"{key}-{number}-{lang}.webp", quality=70, method=6
                )

            follow(tab, address, task, lang, shot)
            tab.close()


if __name__ == "__main__":
    main()
