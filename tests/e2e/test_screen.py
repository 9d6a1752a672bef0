"""The map is the page: its boxes in a window of a laptop, a large screen and a telephone; nothing jumps or scrolls."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import guarded_tab
from tests.e2e.steps import at_rest, open_map

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore")]

WINDOWS = [(1280, 800), (1920, 1080)]
PHONE = (390, 844)
PAGES = ["", "priorities", "plan"]
#: Pixels a map may begin below the window's top, and the most that may shift while a page loads.
_TOP, _TOP_PHONE, _SHIFT = 130, 140, 0.05
#: How many times slower than this machine's processor: an old laptop's.
_SLOWER = 4
_SHIFTS = """window.shifts = []; new PerformanceObserver((list) => {
  for (const one of list.getEntries()) {
    const moved = (part) => `${part.node && part.node.className} ${JSON.stringify([part.previousRect, part.currentRect])}`;
    if (!one.hadRecentInput) { window.shifts.push([one.value, one.sources.map(moved)]); }
  }
}).observe({ type: "layout-shift", buffered: true });"""


def map_box(tab: Page) -> dict[str, float]:
    """The box of the map in the window, which Leaflet fills and the page does not scroll."""
    box = tab.locator("iframe").first.bounding_box()
    assert box is not None
    inner = next(frame for frame in tab.frames if "st_folium" in frame.url)
    high, wide = int(box["height"]), int(box["width"])
    inner.wait_for_function(f"Math.abs(map.getSize().y - {high}) <= 1 && Math.abs(map.getSize().x - {wide}) <= 1")
    main = tab.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollHeight <= main.clientHeight + 1"), "the page scrolls"
    return dict(box)


def part(tab: Page) -> float:
    """Part of the window's area that is map."""
    box, window = map_box(tab), tab.viewport_size
    assert window is not None
    inside = min(box["height"], window["height"] - box["y"])
    return box["width"] * inside / (window["width"] * window["height"])


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_the_map_fills_the_window(chromium: Browser, server: str, window: tuple[int, int], page: str) -> None:
    with guarded_tab(chromium, window) as tab:
        open_map(tab, server, f"/{page}")
        at_rest(tab)
        assert map_box(tab)["y"] <= _TOP
        assert part(tab) >= (0.45 if page else 0.6)
        assert tab.get_by_role("button", name="Tutup panel").count() == (1 if page else 0)
        if page:
            tab.get_by_role("button", name="Tutup panel").click()
            expect(tab.get_by_role("button", name="Tutup panel")).to_have_count(0)
            at_rest(tab)
        tab.get_by_test_id("stSidebar").hover()
        tab.get_by_label("Tutup panel samping").click()
        expect(tab.get_by_label("Buka panel samping")).to_be_visible()
        tab.wait_for_timeout(600)  # the side panel slides away
        assert part(tab) >= 0.8


@pytest.mark.parametrize("page", PAGES)
def test_the_map_fills_a_telephone_and_follows_its_turning(chromium: Browser, server: str, page: str) -> None:
    with guarded_tab(chromium, PHONE) as tab:
        open_map(tab, server, f"/{page}")
        at_rest(tab)
        box = map_box(tab)
        assert box["y"] <= _TOP_PHONE
        assert box["height"] >= 0.6 * PHONE[1]
        assert box["y"] + box["height"] <= PHONE[1] + 1
        assert box["width"] == PHONE[0]
        expect(tab.locator(".ma-strip .ma-value").first).to_be_in_viewport()
        if page:
            expect(tab.get_by_role("button", name="Tutup panel")).to_be_in_viewport()
            tab.get_by_role("button", name="Lebarkan").click()  # drawn up over the map
            narrow = tab.get_by_role("button", name="Persempit")
            expect(narrow).to_be_visible()
            assert narrow.bounding_box()["y"] < 0.4 * PHONE[1]
            narrow.click()
            at_rest(tab)
        tab.set_viewport_size({"width": PHONE[1], "height": PHONE[0]})
        tab.wait_for_timeout(500)
        box = map_box_turned(tab)
        assert box["width"] > 0.35 * PHONE[1]


def map_box_turned(tab: Page) -> dict[str, float]:
    """The same on its side, where a window is so low that the page may scroll."""
    box = tab.locator("iframe").first.bounding_box()
    assert box is not None
    inner = next(frame for frame in tab.frames if "st_folium" in frame.url)
    inner.wait_for_function(f"Math.abs(map.getSize().x - {int(box['width'])}) <= 1")
    return dict(box)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("window", [WINDOWS[0], PHONE], ids=str)
def test_nothing_jumps_while_it_loads(chromium: Browser, server: str, window: tuple[int, int], page: str) -> None:
    """The least of three loads on a slow processor, where what stands for a control is seen before the control is there."""
    told = []
    for _ in range(3):
        with guarded_tab(chromium, window) as tab:
            tab.add_init_script(_SHIFTS)
            tab.context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
            open_map(tab, server, f"/{page}")
            at_rest(tab)
            shifts = tab.evaluate("window.shifts")
        if sum(value for value, _ in shifts) <= _SHIFT:
            return
        told += [f"{value:.4f}: {', '.join(moved)}" for value, moved in shifts if value > _SHIFT / 20]
    pytest.fail("\n".join(told))


def test_a_chosen_site_opens_the_panel_and_the_panel_is_closed_again(chromium: Browser, server: str) -> None:
    with guarded_tab(chromium, WINDOWS[0]) as tab:
        frame = open_map(tab, server)
        at_rest(tab)
        wide = map_box(tab)["width"]
        frame.locator(".ma-icon[aria-label$='Peringkat 2']").focus()
        tab.keyboard.press("Enter")
        expect(tab.get_by_text("Jika diperbaiki").first).to_be_visible()
        at_rest(tab)
        assert map_box(tab)["width"] < wide - 200
        tab.get_by_role("button", name="Tutup panel").click()
        expect(tab.get_by_text("Jika diperbaiki")).to_have_count(0)
        at_rest(tab)
        assert map_box(tab)["width"] == wide


def test_a_folded_group_says_what_is_set(chromium: Browser, server: str) -> None:
    with guarded_tab(chromium, WINDOWS[0]) as tab:
        open_map(tab, server, "/?season=dry&radius=750")
        at_rest(tab)
        expect(tab.locator("summary", has_text="Kapan:")).to_contain_text("Musim kemarau")
        expect(tab.locator("summary", has_text="Tolok ukur:")).to_contain_text("750 m")
        tab.locator("summary", has_text="Legenda").click()
        expect(tab.locator(".ma-legends")).to_be_visible()
        tab.get_by_text("Tentang angka").click()
        expect(tab.get_by_text("Versi data").first).to_be_visible()


_NAMES = """() => [...document.querySelectorAll(".ma-name > span")].map((one) => {
  const box = one.getBoundingClientRect();
  return [one.textContent, getComputedStyle(one).visibility === "visible", box.x, box.y, box.width, box.height];
})"""


def test_villages_are_named_where_they_fit_and_none_over_another(chromium: Browser, server: str) -> None:
    """More of them nearer; the same set of villages as the layer has, and none while that is switched off."""
    with guarded_tab(chromium, WINDOWS[0]) as tab:
        frame = open_map(tab, server)
        at_rest(tab)
        inner = next(one for one in tab.frames if "st_folium" in one.url)
        inner.wait_for_function(
            "[...document.querySelectorAll('.ma-name > span')].some(e => e.style.visibility === 'visible')"
        )
        seen = []
        for _ in range(2):
            named = inner.evaluate(_NAMES)
            shown = [one for one in named if one[1]]
            seen.append(len(shown))
            for n, (_, _, x, y, w, h) in enumerate(shown):
                assert not any(x < a + c and a < x + w and y < b + d and b < y + h for _, _, a, b, c, d in shown[:n])
            frame.get_by_label("Zoom in").or_(frame.locator(".leaflet-control-zoom-in")).first.click()
            tab.wait_for_timeout(900)
        assert len(named) == 14
        assert 6 <= seen[0] < seen[1]
        tab.get_by_role("button", name="Desa (bagian terlayani)").click()
        expect(frame.locator(".ma-name")).to_have_count(0)
