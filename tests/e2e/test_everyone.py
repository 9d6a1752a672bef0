"""What everyone meets on every page: two languages, a dark page, no serious barrier."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import SIZES, guarded_tab
from tests.e2e.steps import at_rest, no_sideways_scroll, open_map, pick, unfold

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore")]


def test_english_by_a_switch_and_every_page(tab: Page, server: str, size: tuple[int, int]) -> None:
    open_map(tab, server)
    at_rest(tab)
    if size[0] < 600:
        tab.goto(server + "/?lang=en")
    else:
        tab.get_by_role("combobox", name="Bahasa / Language").click()
        tab.get_by_role("option", name="English").click()
        for name in ("Service levels", "Priorities", "Plan", "Costs", "Data", "Export", "Methods", "Map"):
            tab.get_by_role("link", name=name, exact=True).click()
            expect(tab).to_have_url(re.compile("lang=en"))
    expect(tab.get_by_text("SAMPLE DATA").first).to_be_visible()


def test_streamlits_own_words_are_in_the_language_of_the_page(tab: Page, server: str) -> None:
    """Also after the language was changed on the page, where nothing is loaded anew; what a reader types stays."""
    wide = tab.viewport_size["width"] > 600
    lists = {"id": ["Pilih semua", "Tidak ditemukan", "Buka"], "en": ["Select all", "No results", "Open"]}
    for lang in ("id", "en", "id"):
        if not wide or (lang == "id" and "lang" not in tab.url):
            tab.goto(f"{server}/?lang={lang}&min_age=1")
        else:
            pick(tab, "Bahasa / Language", {"id": "Bahasa Indonesia", "en": "English"}[lang])
        expect(tab.locator(f"html[lang={lang}]")).to_be_attached()
        at_rest(tab)
        unfold(tab, {"id": "Saring", "en": "Filter"}[lang])
        box = tab.get_by_role("combobox", name="Status").first
        expect(box).to_be_visible()
        at_rest(tab)
        box.scroll_into_view_if_needed()
        at_rest(tab)
        box.click()
        whole, none, opens = lists[lang]
        expect(tab.get_by_text(whole, exact=True)).to_be_visible()
        box.press_sequentially("Open zz")
        expect(tab.get_by_text(none, exact=True)).to_be_visible()
        assert box.input_value() == "Open zz"
        box.fill("")
        tab.keyboard.press("Escape")
        assert tab.get_by_label(opens, exact=True).count() > 0


def test_what_is_chosen_is_said_in_the_new_language(chromium: Browser, server: str) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 1100})
    page.goto(f"{server}/?area=all&season=dry")
    unfold(page, "Kapan:")
    chosen = page.get_by_role("combobox", name="Wilayah")
    expect(chosen).to_have_value("Semua wilayah")
    at_rest(page)
    page.get_by_role("combobox", name="Bahasa / Language").click()
    page.get_by_role("option", name="English").click()
    expect(page.get_by_role("combobox", name="Area")).to_have_value("Everywhere")
    expect(page.get_by_role("combobox", name="Season")).to_have_value("Dry season")
    expect(page).to_have_url(re.compile("season=dry"))
    at_rest(page)
    assert page.get_by_test_id("stException").count() == 0
    page.close()


def test_the_map_follows_the_theme(tab: Page, server: str) -> None:
    """A dark page has a dark map with pale lines, and back, without anything being loaded anew."""
    ground = "e => getComputedStyle(e).backgroundColor"
    tab.emulate_media(color_scheme="dark")
    frame = open_map(tab, server, "/")
    box, edge = frame.locator(".leaflet-container"), frame.locator("path[stroke='#333333']").first
    expect(frame.locator(".leaflet-container.ma-dark")).to_be_attached()
    assert box.evaluate(ground) == "rgb(28, 36, 41)"
    assert edge.evaluate("e => getComputedStyle(e).stroke") == "rgb(170, 180, 188)"
    swatch = tab.locator(".ma-legends span[style*='light-dark']").first
    assert "rgb(28, 36, 41)" in swatch.evaluate(ground)
    tab.emulate_media(color_scheme="light")
    expect(frame.locator(".leaflet-container.ma-dark")).to_have_count(0)
    assert box.evaluate(ground) == "rgb(238, 242, 244)"
    assert edge.evaluate("e => getComputedStyle(e).stroke") == "rgb(51, 51, 51)"
    assert "rgb(238, 242, 244)" in swatch.evaluate(ground)


PAGES = [
    "", "service", "priorities", "plan", "forum", "forum?desk=partners", "forum?desk=proposals", "forum?desk=reports", "forum?desk=training",
    "forum?desk=members", "costs", "data", "export", "methods", "guide",
]  # fmt: skip


@pytest.fixture(scope="module", params=list(product(SIZES, PAGES, ("id", "en"))), ids="-".join)
def opened(request: pytest.FixtureRequest, chromium: Browser, server: str) -> Iterator[Page]:
    """A page as it comes: in Indonesian on a light screen, in English on a dark one."""
    width, page, lang = request.param
    with guarded_tab(chromium, SIZES[width]) as tab:
        tab.emulate_media(color_scheme={"id": "light", "en": "dark"}[lang])
        tab.goto(f"{server}/{page}{'&' if '?' in page else '?'}lang={lang}")
        expect(tab.get_by_text({"id": "DATA CONTOH", "en": "SAMPLE DATA"}[lang]).first).to_be_visible()
        if page in ("", "priorities", "plan"):
            expect(tab.frame_locator("iframe").first.locator(".ma-icon").first).to_be_visible()
        yield tab


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_barrier(opened: Page, theme: str) -> None:
    """Neither as the page came nor after the screen was made dark or light, without anything loaded anew."""
    opened.emulate_media(color_scheme=theme)
    expect(opened.locator("[data-testid=stApp]")).to_have_css("color-scheme", theme)
    at_rest(opened)
    expect(opened.locator("[data-stale=true]")).to_have_count(0)
    found = Axe().run(opened).response["violations"]
    serious = [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")]
    assert serious == []
    no_sideways_scroll(opened)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("query", ["", "?lang=en", "?site=CJ001A01&service=water"])
def test_the_form_of_the_community_has_no_serious_barrier(tab: Page, server: str, query: str, theme: str) -> None:
    """A plain page: whole without scripts, its labels tied to their fields, no other host asked."""
    tab.emulate_media(color_scheme=theme)
    tab.goto(f"{server}/report{query}")
    expect(tab.get_by_role("button", name="Send" if "en" in query else "Kirim")).to_be_visible()
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(tab).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")] == []
