"""The map of very many against Folium's objects one by one, painted by the same Chromium in one run: `make bench`."""

from __future__ import annotations

import time
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from shapely import Polygon

from geo.workspace import versions as ws
from tests.builders import table
from tests.e2e.conftest import CHROMIUM, serving
from views.server.assets import offline_content

SIDE, POINTS = 100, 50_000
#: As many villages as Indonesia has, and more points than a page should hold.
WIDE, VERY_MANY = 290, 300_000


def outline(west: float, south: float) -> Polygon:
    """A village of 40 corners."""
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    far = 0.0149 / np.maximum(abs(np.cos(angle)), abs(np.sin(angle)))
    return Polygon(np.column_stack([west + 0.015 + far * np.cos(angle), south + 0.015 + far * np.sin(angle)]))


def ground(side: int, points_in_all: int) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Villages side by side, points scattered over them, and a settlement in each."""
    random = np.random.default_rng(1)
    cells = [(i, j) for i in range(side) for j in range(side)]
    codes = {(i, j): f"{11 + i // 30:02d}.{1 + i % 30:02d}.{1 + j // 30:02d}.2{j % 30:03d}" for i, j in cells}
    villages = [
        {
            "village_code": codes[i, j], "name": f"Desa {i}-{j}",
            "population": 100.0 + i, "surveyed_on": "2026-01-01", "geometry": outline(106 + 0.03 * i, -8 + 0.03 * j),
        }
        for i, j in cells
    ]  # fmt: skip
    homes = [
        {"settlement_id": f"s{i}-{j}", "population": 100.0 + i, "village_code": codes[i, j],
         "at": (106.015 + 0.03 * i, -7.985 + 0.03 * j)}
        for i, j in cells
    ]  # fmt: skip
    lon, lat = 106 + 0.03 * side * random.random(points_in_all), -8 + 0.03 * side * random.random(points_in_all)
    statuses = random.choice(["functional", "needs_repair", "non_functional"], points_in_all)
    points = [
        {"point_id": f"p{n}", "at": (lon[n], lat[n]), "status": str(statuses[n]), "technology": "hand_pump"}
        for n in range(points_in_all)
    ]
    return table("villages", villages), table("water_points", points), table("settlements", homes)


def painted(browser: Browser, made: folium.Map) -> float:
    """Seconds until a page made by Folium has painted."""
    made.default_js, made.default_css = [], []
    page = made.get_root().render()
    inside = "".join(
        f"<{'script' if kind == 'js' else 'style'}>{text}</{'script' if kind == 'js' else 'style'}>"
        for kind, text in offline_content()
    )
    tab = browser.new_page(viewport={"width": 1280, "height": 1000})
    tab.set_default_timeout(300_000)
    began = time.perf_counter()
    tab.set_content(page.replace("<head>", f"<head>{inside}", 1))
    tab.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    took = time.perf_counter() - began
    tab.close()
    return took


def drawn(tab: Page, address: str) -> tuple[float, float, float]:
    """Seconds from asking for the page to the whole map, from the arrays to the map, and of a drawing after a move."""
    began = time.perf_counter()
    tab.goto(address)
    frame = tab.frame_locator("iframe").first
    frame.locator("body[data-drawn]").wait_for(state="attached", timeout=300_000)
    took = time.perf_counter() - began
    tab.wait_for_timeout(1_000)
    painted_s = float(frame.locator("body").get_attribute("data-painted") or "nan") / 1000
    frame.locator("canvas").hover()
    tab.mouse.down()
    tab.mouse.move(500, 700, steps=4)
    tab.mouse.up()
    tab.wait_for_timeout(500)
    return took, painted_s, float(frame.locator("body").get_attribute("data-took") or "nan") / 1000


def test_fifty_thousand_points_and_ten_thousand_villages(tmp_path: Path) -> None:
    villages, points, _ = ground(SIDE, POINTS)
    ws.save(tmp_path / "ws", {"villages": villages, "water_points": points}, {})
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright, serving(tmp_path) as address:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        tab = browser.new_page(viewport={"width": 1280, "height": 1000})
        drawn(tab, f"{address}/?area=all")  # the figures are worked out once
        print()
        found = {}
        for name, layers in (("points", "water_points"), ("villages", "villages"), ("both", "villages,water_points")):
            drawn(tab, f"{address}/?area=all&layers={layers}")
            took, found[name], move = drawn(tab, f"{address}/?area=all&layers={layers}")
            print(
                f"{name}: page asked for to map {took:.1f} s, of it painting {found[name]:.2f} s; a move {move:.2f} s"
            )
        began = time.perf_counter()
        marks = folium.Map(tiles=None, location=[-6.5, 107.5], zoom_start=8)
        for shape in points.geometry:
            folium.CircleMarker([shape.y, shape.x], radius=5).add_to(marks)
        mine = painted(browser, marks)
        print(f"folium, 50,000 CircleMarkers: painting {mine:.1f} s ({mine / found['points']:.0f} x), "
              f"with making the page {time.perf_counter() - began:.1f} s")  # fmt: skip
        began = time.perf_counter()
        areas = folium.Map(tiles=None, location=[-6.5, 107.5], zoom_start=8)
        shares = villages.assign(share=np.linspace(0, 1, len(villages)))[["village_code", "share", "geometry"]]
        folium.Choropleth(
            shares.to_json(), data=shares, columns=["village_code", "share"], key_on="feature.properties.village_code"
        ).add_to(areas)
        mine = painted(browser, areas)
        print(f"folium, Choropleth of 10,000: painting {mine:.1f} s ({mine / found['villages']:.0f} x), "
              f"with making the page {time.perf_counter() - began:.1f} s")  # fmt: skip
        browser.close()


def test_three_hundred_thousand_points_and_all_villages_of_a_country(tmp_path: Path) -> None:
    villages, points, homes = ground(WIDE, VERY_MANY)
    ws.save(tmp_path / "ws", {"villages": villages, "water_points": points, "settlements": homes}, {})
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright, serving(tmp_path) as address:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        tab = browser.new_page(viewport={"width": 1280, "height": 1000})
        asked = f"{address}/?area=all&layers=villages,settlements,water_points"
        loaded(tab, asked)  # the figures are worked out once
        body = tab.frame_locator("iframe").first.locator("body")
        began = time.perf_counter()
        loaded(tab, asked)
        print(f"\n{WIDE**2} villages, {WIDE**2} settlements, {VERY_MANY} points: "
              f"page asked for to map {time.perf_counter() - began:.1f} s")  # fmt: skip
        tell(body, "all of it")
        assert body.get_attribute("data-counted") == str(VERY_MANY)
        box = tab.frame_locator("iframe").first.locator("canvas").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + 100
        tab.mouse.move(x, y)
        for _ in range(4):
            seen = str(body.get_attribute("data-inview"))
            began = time.perf_counter()
            tab.mouse.wheel(0, -240)
            expect(body).not_to_have_attribute("data-inview", seen)
            tell(body, f"closer: on the screen after {time.perf_counter() - began:.2f} s")
            tab.mouse.down()
            tab.mouse.move(x - 250, y, steps=5)
            tab.mouse.up()
            tab.wait_for_timeout(1_500)
            tell(body, "moved by 250 pixels")
            tab.mouse.move(x, y)
        browser.close()


def loaded(tab: Page, address: str) -> None:
    """Ask for the page and wait until what is in view is drawn."""
    tab.goto(address)
    tab.frame_locator("iframe").first.locator("body[data-inview]").wait_for(state="attached", timeout=300_000)
    tab.wait_for_timeout(1_000)


def tell(body: Locator, what: str) -> None:
    """Print the zoom level and bytes of the last answer, how long it took, and how long a drawing took."""
    zoom, size = str(body.get_attribute("data-inview")).split()
    answer, drawing = (float(body.get_attribute(f"data-{name}") or "nan") / 1000 for name in ("painted", "took"))
    print(f"  {what}: zoom {zoom}, {int(size) / 1e6:.2f} MB, asked to drawn {answer:.2f} s, a drawing {drawing:.2f} s")
