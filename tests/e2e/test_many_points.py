"""Very many points: one canvas, bubbles, and of a hundred thousand those in view."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from geo.workspace import versions as ws
from tests.builders import inputs, offset, point, settlement
from tests.e2e.conftest import serving
from tests.e2e.steps import at_rest, draw_a_box, no_sideways_scroll, side

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore")]


@contextmanager
def serving_points(folder: Path, rows: list[dict[str, Any]]) -> Iterator[str]:
    """A server with these points and one settlement."""
    ws.save(folder / "ws", inputs([settlement("s", offset(0), 100)], rows).tables(), {})
    with serving(folder) as address:
        yield address


@pytest.fixture(scope="module")
def three_thousand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with three thousand points, one of six broken."""
    status = {0: "non_functional"}
    rows = [
        point(f"p{n}", offset(150 * (n // 60) - 4500, 150 * (n % 60) - 4500), status.get(n % 6, "functional"))
        for n in range(3000)
    ]
    with serving_points(tmp_path_factory.mktemp("three"), rows) as address:
        yield address


@pytest.fixture(scope="module")
def eight_thousand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with eight thousand points, close to each other."""
    rows = [point(f"p{n}", offset(60 * (n // 90) - 2700, 60 * (n % 90) - 2700)) for n in range(8000)]
    with serving_points(tmp_path_factory.mktemp("eight"), rows) as address:
        yield address


@pytest.fixture(scope="module")
def hundred_thousand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a hundred thousand points, ten metres apart."""
    at = np.array(offset(-2000, -1500)) + np.array([9e-5, 9e-5]) * np.array(
        [(n // 250, n % 250) for n in range(100_000)]
    )
    status = ["non_functional", "functional", "functional", "functional"]
    rows = [point(f"p{n}", where, status[n % 4], name=f"Sumur {n}") for n, where in enumerate(map(tuple, at.tolist()))]
    with serving_points(tmp_path_factory.mktemp("many"), rows) as address:
        yield address


def test_a_map_of_very_many_points_is_drawn_at_once(tab: Page, three_thousand: str) -> None:
    """Three thousand points: one canvas, a tip below the pointer, and a click that chooses."""
    tab.goto(three_thousand)
    frame = tab.frame_locator("iframe")
    expect(frame.locator("body[data-drawn]")).to_be_attached()
    assert int(frame.locator("body").get_attribute("data-drawn") or 0) > 3000
    at_rest(tab)
    whole = int(frame.locator("body").get_attribute("data-drawn") or 0)
    tab.goto(f"{three_thousand}/?with_status=functional")
    expect(tab.get_by_text("2.500 dari 3.000 titik ditampilkan.")).to_be_visible()
    at_rest(tab)
    assert int(frame.locator("body").get_attribute("data-drawn") or 0) <= whole - 500, "the map follows the filter"
    tab.goto(three_thousand)
    expect(frame.locator("body")).to_have_attribute("data-drawn", str(whole))
    at_rest(tab)
    no_sideways_scroll(tab)
    pixel = "c => [...c.getContext('2d').getImageData(1, 1, c.width - 2, c.height - 2).data].join()"
    canvas = frame.locator("canvas")
    light = canvas.evaluate(pixel)
    tab.emulate_media(color_scheme="dark")
    expect(frame.locator(".leaflet-container.ma-dark")).to_be_attached()
    assert canvas.evaluate(pixel) != light, "drawn again with pale lines"
    tab.emulate_media(color_scheme="light")
    expect(frame.locator(".leaflet-container.ma-dark")).to_have_count(0)
    assert canvas.evaluate(pixel) == light
    assert "sangat banyak titik" in (canvas.get_attribute("aria-label") or "")
    canvas.click()
    expect(tab.get_by_role("button", name="Tutup", exact=True)).to_be_visible()
    expect(tab).to_have_url(re.compile(r"site=p\d+"))
    at_rest(tab)
    by_mouse = re.search(r"site=p\d+", tab.url)[0]
    frame.locator("#map").focus()
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Tab")
    for _ in range(3):
        tab.keyboard.press("+")
    seen = frame.get_by_role("status").inner_text()
    for _ in range(40):
        tab.keyboard.press("ArrowUp")
        if frame.get_by_role("status").inner_text() not in ("", seen):
            break
    expect(frame.locator("#cross")).to_be_visible()
    expect(frame.get_by_role("status")).to_contain_text(re.compile(r"p\d+|32\."))
    tab.keyboard.press("Enter")
    expect(tab).not_to_have_url(re.compile(by_mouse + r"\b"))
    at_rest(tab)
    tab.goto(f"{three_thousand}/?tools=yes")
    expect(frame.locator("body[data-drawn]")).to_be_attached()
    at_rest(tab)
    draw_a_box(tab, frame)
    found = Axe().run(tab).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []


def test_a_crowd_is_counted_in_bubbles(tab: Page, eight_thousand: str) -> None:
    """Eight thousand points on the whole map: bubbles with their number; a click goes closer, until sites are told apart."""
    tab.goto(f"{eight_thousand}/?layers=water_points")
    frame = tab.frame_locator("iframe")
    expect(frame.locator("body[data-bubbles]")).to_be_attached()
    at_rest(tab)
    bubbles = int(frame.locator("body").get_attribute("data-bubbles") or 0)
    assert 5 < bubbles < 1000
    assert frame.locator("body").get_attribute("data-counted") == "8000"
    for _ in range(4):
        drawn = str(frame.locator("body").get_attribute("data-bubbles"))
        if drawn == "0":
            break
        frame.locator("canvas").click()
        expect(frame.locator("body")).not_to_have_attribute("data-bubbles", drawn)
    expect(frame.locator("body")).to_have_attribute("data-bubbles", "0")
    at_rest(tab)
    assert "site=" not in tab.url, "a bubble is none of the sites"
    no_sideways_scroll(tab)


def test_of_a_hundred_thousand_points_those_in_view_are_loaded(tab: Page, hundred_thousand: str) -> None:
    """Circles from afar, marks from near; a point is found by its name; what no longer is there is made again."""
    answers: list[int] = []
    tab.on("response", lambda answer: answers.append(answer.status) if "/in-view/" in answer.url else None)
    tab.goto(f"{hundred_thousand}/?layers=water_points")
    body = tab.frame_locator("iframe").locator("body")
    expect(body).to_have_attribute("data-counted", "100000")
    at_rest(tab)
    expect(tab.get_by_text("Dari jauh, lingkaran menghitung titik")).to_be_visible()
    for _ in range(8):
        if body.get_attribute("data-bubbles") == "0":
            break
        loaded = str(body.get_attribute("data-inview"))
        tab.frame_locator("iframe").locator("canvas").click()
        expect(body).not_to_have_attribute("data-inview", loaded)
    expect(body).to_have_attribute("data-bubbles", "0")
    at_rest(tab)
    assert 0 < int(body.get_attribute("data-drawn") or 0) < 20_000
    assert "site=" not in tab.url, "a circle is none of the sites"
    assert set(answers) == {200}
    assert len(answers) > 1
    tab.get_by_label("Cari", exact=True).fill("sumur 99999")
    tab.keyboard.press("Enter")
    tab.get_by_label("Ditemukan 1; 1 pertama dapat dipilih").click()
    tab.get_by_role("option").first.click()
    expect(tab).to_have_url(re.compile(r"site=p99999\b"))
    at_rest(tab)
    no_sideways_scroll(tab)


def test_lists_of_very_many_say_what_they_hold(tab: Page, hundred_thousand: str) -> None:
    tab.goto(f"{hundred_thousand}/priorities")
    expect(tab.get_by_text("Tabel memuat 2.000 teratas")).to_be_visible()
    at_rest(tab)
    no_sideways_scroll(tab)
    tab.goto(f"{hundred_thousand}/export")
    expect(tab.get_by_text("20 titik dipilih")).to_be_visible()
    at_rest(tab)
    thumb = tab.get_by_role("slider").first
    thumb.press("End")
    expect(tab.get_by_text("25.000 titik, semuanya dibawa")).to_be_visible()
    at_rest(tab)
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="CSV", exact=True).first.click()
    held = pd.read_csv(waiting.value.path(), comment="#", dtype=str)
    assert len(held) == 25_000


def test_a_view_that_does_not_come_is_told_and_asked_for_again(tab: Page, hundred_thousand: str) -> None:
    tab.route("**/in-view/**", lambda route: route.abort(), times=1)
    tab.goto(f"{hundred_thousand}/?layers=water_points")
    frame = tab.frame_locator("iframe")
    expect(frame.get_by_role("alert")).to_contain_text("tidak dapat dimuat")
    at_rest(tab)
    frame.locator("#map").focus()
    tab.keyboard.press("+")
    expect(frame.get_by_role("alert")).to_be_hidden()
    expect(frame.locator("body")).not_to_have_attribute("data-bubbles", "0")
    tab.goto(f"{hundred_thousand}/?layers=water_points")
    expect(frame.locator("body")).to_have_attribute("data-counted", "100000")
    at_rest(tab)
    held: list[Route] = []
    tab.route("**/in-view/**", lambda route: held.append(route), times=1)  # noqa: PLW0108
    side(tab)
    pills = tab.get_by_role("button", name="Permukiman", exact=True)
    pills.click()
    expect(frame.get_by_role("alert")).to_contain_text("sedang dimuat")
    expect(frame.locator("body")).to_have_attribute(
        "data-bubbles", "0"
    )  # nothing of the former choice stays under this one
    at_rest(tab)
    pills.click()
    expect(frame.locator("body")).to_have_attribute("data-counted", "100000")
    expect(frame.get_by_role("alert")).to_be_hidden()
    assert len(held) == 1
    tab.route("**/in-view/**", lambda route: route.fulfill(status=404), times=1)
    tab.goto(f"{hundred_thousand}/?layers=water_points&lang=en")
    expect(frame.locator("body")).to_have_attribute("data-counted", "100000")
    expect(frame.get_by_role("alert")).to_be_hidden()
