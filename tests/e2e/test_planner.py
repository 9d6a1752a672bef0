"""A planner's journeys: the map, its reach and places, service levels, scenarios."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import docx
import geopandas as gpd
import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader
from shapely import LineString

from forum import Record
from geo.analysis.analyse import analyse
from geo.analysis.scenarios import Scenario
from geo.model.changes import Change
from geo.model.params import Params
from geo.workspace.versions import current, load
from tests.e2e.conftest import ROOT, Fresh, serving
from tests.e2e.steps import at_rest, draw_a_box, lists, no_sideways_scroll, open_map, side, unfold

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore")]


def test_a_planner_sees_the_map_and_moves_the_reach(tab: Page, server: str) -> None:
    frame = open_map(tab, server, "/?layers=villages,reach,water_points")
    expect(tab.get_by_text("DATA CONTOH").first).to_be_visible()
    expect(frame.locator("path.leaflet-interactive").first).to_be_attached()
    assert frame.locator("path[stroke-dasharray]").count() >= 14, "approximate boundaries are dashed"
    no_sideways_scroll(tab)
    at_rest(tab)
    unfold(tab, "Tolok ukur")
    figure = tab.get_by_text(re.compile(r"^\s*Terlayani: [\d.]+")).first
    slider = tab.get_by_role("slider", name=re.compile("Jangkauan"))
    slider.focus()
    before = figure.inner_text()
    for _ in range(3):
        tab.keyboard.press("ArrowLeft")
    expect(tab).to_have_url(re.compile("radius=850"))
    expect(figure).not_to_have_text(before)


def test_the_map_keeps_its_place_when_a_control_moves(tab: Page, server: str) -> None:
    frame = open_map(tab, server)
    at_rest(tab)
    inner = next(f for f in tab.frames if "st_folium" in f.url)
    zoom = inner.evaluate("map.getZoom()") + 1
    frame.get_by_role("button", name="Perbesar").click()
    inner.wait_for_function(f"map.getZoom() === {zoom} && !map._animatingZoom")
    unfold(tab, "Tolok ukur")
    tab.get_by_role("slider", name=re.compile("Jangkauan")).focus()
    tab.keyboard.press("ArrowRight")
    expect(tab).to_have_url(re.compile("radius=1050"))
    assert inner.evaluate("map.getZoom()") == zoom


def test_a_click_on_the_map_tells_why_and_survives_a_page_switch(tab: Page, server: str, size: tuple[int, int]) -> None:
    frame = open_map(tab, server)
    at_rest(tab)
    mark = frame.locator(".ma-icon[aria-label$='Peringkat 2']")
    mark.scroll_into_view_if_needed()
    mark.focus()
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(re.compile("site="))
    expect(frame.locator(".ma-icon.ma-chosen").first).to_be_visible()
    expect(tab.get_by_text("Jika diperbaiki").first).to_be_visible()  # in the panel: no card covers the map
    expect(frame.locator(".leaflet-popup")).to_have_count(0)
    site = re.search(r"site=(\w+)", tab.url).group(1)
    tab.goto(tab.url.replace("/?", "/priorities?"))
    expect(tab.get_by_text(f"({site})").first).to_be_visible()


def test_a_press_on_a_map_partly_below_the_screen_is_a_click(tab: Page, server: str) -> None:
    """The page stays where it is under the finger: scrolled by the press, it took the click away."""
    frame = open_map(tab, server)
    tab.get_by_role("button", name="Jangan tampilkan lagi").click()
    tab.set_viewport_size({"width": tab.viewport_size["width"], "height": 330})  # too low for the frame: it scrolls
    at_rest(tab)
    main, high = tab.get_by_test_id("stMain"), 330
    tab.wait_for_timeout(500)
    under = tab.locator("iframe").first.bounding_box()
    assert under["y"] + under["height"] > high
    boxes = [icon.bounding_box() for icon in frame.locator(".ma-icon").all()[:60]]
    x, y = next(
        (b["x"] + b["width"] / 2, b["y"] + b["height"] / 2)
        for b in boxes
        if under["x"] < b["x"] and high * 0.5 < b["y"] < high - 20
    )
    stood = main.evaluate("main => main.scrollTop")
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.wait_for_timeout(100)
    assert main.evaluate("main => main.scrollTop") == stood
    tab.mouse.up()
    expect(tab).to_have_url(re.compile("site="))


def test_a_planner_draws_an_area_and_the_link_shows_it(tab: Page, server: str) -> None:
    """A box on the map: the people in it are summed; the address holds it; it can be taken away."""
    frame = open_map(tab, server, "/?tools=yes&base=lines")
    at_rest(tab)
    draw_a_box(tab, frame)
    no_sideways_scroll(tab)
    assert "drawn=A" in tab.url
    told = tab.locator("[class*=st-key-drawn]").first.inner_text()
    tab.goto(tab.url)
    expect(tab.get_by_text("Orang di dalam bidang")).to_be_visible()
    at_rest(tab)
    assert tab.locator("[class*=st-key-drawn]").first.inner_text() == told
    tab.get_by_role("button", name="Hapus gambar").click()
    expect(tab.get_by_text("Orang di dalam bidang")).to_have_count(0)
    at_rest(tab)
    assert "drawn" not in tab.url


def test_a_map_from_the_internet_is_tried_and_not_waited_for(chromium: Browser, server: str) -> None:
    """Where the hall has no internet the map is there all the same, and says why its ground is plain."""
    context = chromium.new_context(viewport={"width": 1280, "height": 1100}, locale="id-ID")
    context.set_default_timeout(30_000)
    context.route(re.compile("openstreetmap"), lambda route: route.abort())
    page = context.new_page()
    frame = open_map(page, server, "/?base=online")
    expect(frame.locator(".ma-note")).to_contain_text("tidak terjangkau")
    expect(frame.locator(".leaflet-tile-pane img")).to_have_count(0)
    context.close()


def test_a_map_from_the_internet_is_drawn_where_it_comes(chromium: Browser, server: str) -> None:
    """The frame of the map, and nothing else, may ask for those pictures."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="id-ID")
    context.set_default_timeout(30_000)
    tile = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
    context.route(re.compile("tile.openstreetmap"), lambda route: route.fulfill(body=tile, content_type="image/png"))
    page = context.new_page()
    frame = open_map(page, server, "/?base=online")
    expect(frame.locator(".leaflet-tile-pane img.leaflet-tile-loaded").first).to_be_attached()
    expect(frame.get_by_text("OpenStreetMap")).to_be_visible()
    context.close()


def test_a_map_is_printed_and_passed_on_without_the_app(tab: Page, server: str, tmp_path: Path) -> None:
    """PDF, PNG, and an HTML file that stands on its own: opened alone, it shows the sites and asks nobody."""
    tab.goto(server)
    at_rest(tab)
    lists(tab)
    tab.get_by_text("Simpan atau cetak peta ini").click()
    kept = {}
    for kind in ("PDF", "PNG", "HTML"):
        with tab.expect_download() as waiting:
            tab.get_by_role("button", name=f"Unduh {kind}").click()
        kept[kind] = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(kept[kind])
    no_sideways_scroll(tab)
    assert len(PdfReader(kept["PDF"]).pages) > 1
    assert kept["PNG"].read_bytes().startswith(b"\x89PNG")
    text = kept["HTML"].read_text(encoding="utf-8")
    assert "DATA CONTOH" in text
    alone = tab.context.new_page()
    errors: list[str] = []
    alone.on("pageerror", lambda error: errors.append(str(error)))
    alone.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    alone.set_content(text)
    expect(alone.locator(".ma-icon").first).to_be_visible()
    assert alone.locator(".ma-icon").count() > 150
    alone.locator(".ma-icon").first.dispatch_event("click")
    expect(alone.locator(".leaflet-popup")).to_be_visible()
    assert errors == []


def test_service_levels_by_ladder_and_by_standard(tab: Page, server: str, size: tuple[int, int]) -> None:
    tab.goto(server + "/service")
    at_rest(tab)
    expect(tab.get_by_text("layak dasar: ", exact=False).first).to_be_visible()
    expect(tab.get_by_text("ODF").first).to_be_visible()
    no_sideways_scroll(tab)
    tab.get_by_role("button", name=re.compile("Hapus WPdx")).last.click()  # takes the standard out of the comparison
    expect(tab).to_have_url(re.compile("yardsticks=jmp%2Csphere"))
    expect(tab.get_by_text(re.compile("orang terlayani. Karena jangkauan"))).to_have_count(1)
    at_rest(tab)
    tab.get_by_role("button", name="Hitung").click()
    expect(
        tab.get_by_text(re.compile(r"terlayani bila dibagi dari yang terdekat, paling banyak [\d.]+"))
    ).to_have_count(2)
    if size[0] < 600:
        return
    tab.get_by_role("combobox", name="Bahasa / Language").click()
    tab.get_by_role("option", name="English").click()
    expect(tab.get_by_text("Service ladders").first).to_be_visible()
    at_rest(tab)
    side(tab)
    tab.get_by_role("radio", name="Sanitation").click()  # a click after the switch once met words of the old language
    expect(tab).to_have_url(re.compile("service=sanitation"))
    at_rest(tab)
    expect(tab.get_by_text("Several standards side by side: Sanitation")).to_be_visible()
    assert tab.locator("[data-testid=stException]").count() == 0


def test_ladders_by_village_are_made_once_unfolded(tab: Page, server: str) -> None:
    tab.goto(f"{server}/service")
    expect(tab.get_by_text("Air minum (orang) per desa")).to_be_visible()
    at_rest(tab)
    tables = tab.get_by_test_id("stDataFrame")
    before = tables.count()
    for n, fold in enumerate(("Air minum (orang) per desa", "Sanitasi (rumah tangga) per desa", "Daftar"), start=1):
        tab.get_by_text(fold, exact=True).first.click()
        expect(tables).to_have_count(before + n)
        at_rest(tab)


@pytest.fixture(scope="module")
def roads(fresh: Fresh) -> Iterator[str]:
    """A server of the shipped areas with a net of roads."""
    folder = fresh.folder()
    lines = [LineString([(107.05, -7.3 + k / 200), (107.3, -7.3 + k / 200)]) for k in range(40)]
    lines += [LineString([(107.05 + k / 50, -7.3), (107.05 + k / 50, -7.1)]) for k in range(13)]
    net = gpd.GeoDataFrame({"road_id": range(len(lines))}, geometry=lines, crs="EPSG:4326")
    net.to_file(folder / "roads.geojson")
    run = [sys.executable, "-m", "geo", "import", "--roads", str(folder / "roads.geojson")]
    subprocess.run([*run, "--workspace", str(folder / "ws")], cwd=ROOT, check=True, capture_output=True)
    with serving(folder) as address:
        yield address


def test_distances_on_foot(tab: Page, roads: str) -> None:
    frame = open_map(tab, roads, "/?layers=villages,reach,water_points&speed=35")
    at_rest(tab)
    share = tab.get_by_text(re.compile(r"^\s*Terlayani: [\d.]+")).first
    before = share.inner_text()
    unfold(tab, "Tolok ukur")
    tab.get_by_text("Jalan kaki: cara mengukur jarak").click()
    at_rest(tab)
    tab.get_by_role("slider", name="Antre (menit)").scroll_into_view_if_needed()
    at_rest(tab)  # a map scrolled into view makes the page run once more, which closes an open list
    tab.get_by_role("combobox", name="Cara mengukur jarak").click()
    tab.get_by_role("option", name="jalan kaki").click()
    expect(tab).to_have_url(re.compile("metric=walk"))
    at_rest(tab)
    expect(share).not_to_have_text(before)
    expect(tab.locator(".ma-legends").get_by_text("tanah yang dapat dicapai dengan berjalan kaki")).to_be_attached()
    expect(frame.locator("path[fill='#0571b0']").first).to_be_attached()
    speed = tab.get_by_role("slider", name="Kecepatan jalan (km/jam)")
    expect(speed).to_be_visible()  # the part stays open when what it sets is changed
    speed.focus()
    tab.keyboard.press("ArrowLeft")
    expect(tab).to_have_url(re.compile("speed=30"))
    expect(tab.get_by_text("kecepatan 3,0 km/jam")).to_be_visible()
    no_sideways_scroll(tab)
    assert tab.locator("[data-testid=stException]").count() == 0


def test_a_plan_over_years_and_its_document(tab: Page, server: str, tmp_path: Path) -> None:
    open_map(tab, server, "/plan?horizon=3&budget=60&aim=99")
    at_rest(tab)
    strip = tab.locator(".ma-strip")
    expect(strip).to_contain_text("Tahun-orang")
    expect(tab.get_by_text("Semua pilihan tindakan bersama pun tidak mencapainya").first).to_be_visible()
    years = tab.get_by_role("spinbutton", name="Tahun", exact=True)
    if years.is_visible():  # on a telephone the side panel is closed
        years.fill("2")
        years.press("Enter")
        expect(tab).to_have_url(re.compile("horizon=2"))
        at_rest(tab)
    with tab.expect_download() as download:
        tab.get_by_role("button", name="DOCX").click()
    download.value.save_as(tmp_path / "plan.docx")
    written = docx.Document(tmp_path / "plan.docx")
    assert len(written.tables) > 12
    assert any("Rencana per tahun" in paragraph.text for paragraph in written.paragraphs)
    no_sideways_scroll(tab)
    assert tab.locator("[data-testid=stException]").count() == 0


def test_two_scenarios_are_swiped(tab: Page, own_server: str, tmp_path: Path) -> None:
    """A handle across the map: what is left of it is of the first scenario, by mouse and by key."""
    tab.goto(own_server)
    at_rest(tab)
    folder = tmp_path / "ws"
    version = current(folder)
    record = Record(f"sqlite:///{folder / 'record.sqlite'}")
    sites = analyse(load(folder, version), Params(area="32.03.18")).priorities
    sites = sites[sites["service"] == "water"]["site_id"].head(2)
    for name, site in zip(("satu", 'dua"><b>'), sites, strict=True):
        scenario = Scenario(name, version, Params(area="32.03.18"), (Change("water", site, "functional"),), 1e6)
        record.append("Siti", "scenario", scenario.as_content())
    record.close()
    tab.goto(f"{own_server}/plan?compare=satu,dua%22%3E%3Cb%3E")
    tab.get_by_text("Geser: satu").click()
    frame = tab.frame_locator("[class*=st-key-swipe] iframe")
    expect(frame.locator("body[data-ready=yes]")).to_be_attached()
    expect(frame.locator("path.leaflet-interactive").first).to_be_attached()
    village = frame.locator("path.leaflet-interactive").first.bounding_box()
    assert village["width"] > 15, "the map shows the area, not the world"
    handle, clip = frame.get_by_role("slider"), "getComputedStyle(document.querySelector('.leaflet-side0-pane')).clip"
    before = frame.locator("body").evaluate(clip)
    handle.focus()
    handle.press("End")
    assert frame.locator("body").evaluate(clip) != before
    assert frame.locator("b").all_inner_texts() == ["satu", 'dua"><b>']
    at_rest(tab)
    no_sideways_scroll(tab)
