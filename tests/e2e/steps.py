"""Steps that every journey takes: open a map, wait until the page rests, fill a field, pick from a box."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FrameLocator, Page, expect


def open_map(tab: Page, address: str, path: str = "/") -> FrameLocator:
    tab.goto(address + path)
    frame = tab.frame_locator("iframe").first
    expect(frame.locator(".ma-icon").first).to_be_visible()
    return frame


def draw_a_box(tab: Page, frame: FrameLocator) -> None:
    """Draw a box in the middle of the map with its own tool, and wait for what is in it."""
    frame.locator("a.leaflet-draw-draw-rectangle").click()
    box = tab.locator("iframe").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x - 60, y - 60)
    tab.mouse.down()
    tab.mouse.move(x + 60, y + 60, steps=5)
    tab.mouse.up()
    expect(tab.get_by_text("Orang di dalam bidang")).to_be_visible()
    at_rest(tab)


def at_rest(tab: Page) -> None:
    """Wait until nothing has run for a second: a map that has loaded makes the page run once more."""
    quiet = 0
    for _ in range(600):
        quiet = quiet + 1 if tab.locator("[data-test-script-state=notRunning]").count() else 0
        if quiet == 10:
            return
        tab.wait_for_timeout(100)
    raise AssertionError("the page never came to rest")


def side(tab: Page) -> None:
    """Open the side panel where it is a drawer."""
    opener = tab.get_by_label(re.compile("Buka panel samping|Open side"))
    if opener.count() and opener.first.is_visible():
        opener.first.click()
        at_rest(tab)


def unfold(tab: Page, heading: str) -> None:
    """Unfold a group of controls of the side panel, or of the lists beside the map; it must stay open.

    First the page comes to rest: what is drawn anew while a run goes on stands folded again.
    """
    at_rest(tab)
    fold = tab.locator("summary", has_text=heading).first
    if not fold.is_visible() or not fold.bounding_box() or fold.bounding_box()["x"] < 0:
        side(tab)
    fold.scroll_into_view_if_needed()
    if fold.locator("..").get_attribute("open") is None:
        fold.click()
    at_rest(tab)
    assert fold.locator("..").get_attribute("open") is not None, f"{heading!r} folded itself again"


def lists(tab: Page) -> None:
    """Open the panel of lists beside the map of the page Peta."""
    opener = tab.get_by_role("button", name="Daftar dan rincian")
    opener.click()
    expect(tab.get_by_role("button", name="Tutup panel")).to_be_visible()
    at_rest(tab)


def no_sideways_scroll(tab: Page) -> None:
    width = tab.viewport_size["width"]
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width


def fill(tab: Page, label: str, text: str) -> None:
    field = tab.get_by_label(label, exact=True).first
    field.fill(text)
    field.press("Tab")
    at_rest(tab)


def pick(tab: Page, box: str, option: str | None) -> None:
    """Choose an option of a box by name, the first where none is named."""
    field = tab.get_by_role("combobox", name=box)
    field.scroll_into_view_if_needed()
    at_rest(tab)
    field.click()
    choice = tab.get_by_role("option") if option is None else tab.get_by_role("option", name=option)
    choice.first.click()


def no_barrier(tab: Page) -> None:
    """Nothing on the page keeps out who cannot see it well or uses no mouse (axe-core, serious and worse)."""
    found = Axe().run(tab).response["violations"]
    serious = [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")]
    assert not serious, serious
