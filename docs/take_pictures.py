"""Takes the README's pictures of the real pages: run it after the pages changed, with Chromium in the path.

It starts the dashboard on a fresh workspace, so that the pictures show what somebody sees first.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
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
        for name, page in PAGES.items():
            tab = browser.new_page(viewport={"width": 1280, "height": 800})
            tab.goto(f"http://127.0.0.1:{PORT}/{page}")
            tab.wait_for_selector("iframe, canvas", timeout=60_000)
            tab.wait_for_timeout(6000)  # the map's pictures come one after the other
            tab.screenshot(path=OUT / f"{name}.png")
            tab.close()
        browser.close()


if __name__ == "__main__":
    main()
