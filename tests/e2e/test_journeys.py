"""Journeys of planners, forum members and engineers in a real Chromium, the network blocked."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from docx import Document
from PIL import Image
from playwright.sync_api import Browser, FrameLocator, Page, Route, TimeoutError, expect
from pypdf import PdfReader
from shapely import LineString

from forum import Record
from geo.analysis.analyse import analyse
from geo.analysis.scenarios import Scenario
from geo.model.changes import Change
from geo.model.params import Params
from geo.workspace import versions as ws
from geo.workspace.versions import current, load
from tests import overpass
from tests.builders import inputs, offset, point, settlement
from tests.e2e.conftest import ROOT, serving
from tests.layers.test_ground import mbtiles, picture
from tests.overpass import Town

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore")]


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


def no_sideways_scroll(tab: Page) -> None:
    width = tab.viewport_size["width"]
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width


def test_a_planner_sees_the_map_and_moves_the_reach(tab: Page, server: str) -> None:
    frame = open_map(tab, server, "/?layers=villages,reach,water_points")
    expect(tab.get_by_text("DATA CONTOH").first).to_be_visible()
    expect(frame.locator("path.leaflet-interactive").first).to_be_attached()
    assert frame.locator("path[stroke-dasharray]").count() >= 14, "approximate boundaries are dashed"
    no_sideways_scroll(tab)
    at_rest(tab)
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
    expect(frame.locator(".leaflet-popup")).to_be_visible()
    expect(tab).to_have_url(re.compile("site="))
    expect(frame.locator(".ma-icon.ma-chosen").first).to_be_visible()
    mark.press("Escape")
    expect(frame.locator(".leaflet-popup")).to_have_count(0)
    expect(tab.get_by_text("Jika diperbaiki").first).to_be_visible()
    site = re.search(r"site=(\w+)", tab.url).group(1)
    tab.goto(tab.url.replace("/?", "/priorities?"))
    expect(tab.get_by_text(f"({site})").first).to_be_visible()


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
    tab.get_by_role("radio", name="Sanitation").click()  # a click after the switch once met words of the old language
    expect(tab).to_have_url(re.compile("service=sanitation"))
    at_rest(tab)
    expect(tab.get_by_text("Several standards side by side: Sanitation")).to_be_visible()
    assert tab.locator("[data-testid=stException]").count() == 0


def test_distances_on_foot(tab: Page, tmp_path: Path) -> None:
    lines = [LineString([(107.05, -7.3 + k / 200), (107.3, -7.3 + k / 200)]) for k in range(40)]
    lines += [LineString([(107.05 + k / 50, -7.3), (107.05 + k / 50, -7.1)]) for k in range(13)]
    roads = gpd.GeoDataFrame({"road_id": range(len(lines))}, geometry=lines, crs="EPSG:4326")
    roads.to_file(tmp_path / "roads.geojson")
    for call in (["demo"], ["import", "--roads", str(tmp_path / "roads.geojson")]):
        run = [sys.executable, "-m", "geo", *call, "--workspace", str(tmp_path / "ws")]
        subprocess.run(run, cwd=ROOT, check=True, capture_output=True)
    with serving(tmp_path) as address:
        frame = open_map(tab, address, "/?layers=villages,reach,water_points&speed=35")
        at_rest(tab)
        share = tab.get_by_text(re.compile(r"^\s*Terlayani: [\d.]+")).first
        before = share.inner_text()
        tab.get_by_text("Jalan kaki: cara mengukur jarak").click()
        at_rest(tab)
        tab.get_by_role("slider", name="Antre (menit)").scroll_into_view_if_needed()
        at_rest(tab)  # a map scrolled into view makes the page run once more, which closes an open list
        tab.get_by_role("combobox", name="Cara mengukur jarak").click()
        tab.get_by_role("option", name="jalan kaki").click()
        expect(tab).to_have_url(re.compile("metric=walk"))
        at_rest(tab)
        expect(share).not_to_have_text(before)
        expect(tab.get_by_text("tanah yang dapat dicapai dengan berjalan kaki")).to_be_visible()
        expect(frame.locator("path[fill='#0571b0']").first).to_be_attached()
        speed = tab.get_by_role("slider", name="Kecepatan jalan (km/jam)")
        expect(speed).to_be_visible()  # the part stays open when what it sets is changed
        speed.focus()
        tab.keyboard.press("ArrowLeft")
        expect(tab).to_have_url(re.compile("speed=30"))
        expect(tab.get_by_text("kecepatan 3,0 km/jam")).to_be_visible()
        no_sideways_scroll(tab)
        assert tab.locator("[data-testid=stException]").count() == 0


def test_a_member_changes_a_weight_and_the_link_holds_it(tab: Page, server: str) -> None:
    tab.goto(server + "/priorities")
    tab.get_by_text("Bobot kriteria").first.click()
    at_rest(tab)
    slider = tab.get_by_role("slider", name=re.compile("Tingkat penting"))
    slider.focus()
    tab.keyboard.press("ArrowRight")
    expect(tab).to_have_url(re.compile("weights=crucialness"))
    tab.reload()
    tab.get_by_text("Bobot kriteria").first.click()
    expect(tab.get_by_role("slider", name=re.compile("Tingkat penting"))).to_have_value("1.5")
    no_sideways_scroll(tab)


def test_an_engineer_takes_the_list_away(tab: Page, server: str, tmp_path: Path) -> None:
    tab.goto(server + "/export")
    at_rest(tab)
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name=re.compile("XLSX")).first.click()
    page = openpyxl.load_workbook(io.BytesIO(Path(waiting.value.path()).read_bytes()))["mata_air"]
    header = [cell.value for cell in page[1]]
    assert page.max_row == 21
    assert {"site_id", "lat", "lon", "why", "data_version"} <= set(header)


def test_own_data_come_in_and_bad_rows_are_told(
    tab: Page, own_server: str, tmp_path: Path, size: tuple[int, int]
) -> None:
    path = tmp_path / "air.csv"
    path.write_text(
        f"point_id,name,status,technology,lat,lon\nbaru{size[0]},Sumur,functional,tap,-7.21,107.15\nx,Rusak,functional,tap,107.15,-7.21\n"
    )
    tab.goto(own_server + "/data")
    expect(tab.get_by_text("Masukkan data sendiri")).to_be_visible()
    tab.locator("input[type=file]").first.set_input_files(str(path))
    expect(tab.get_by_text("Unduh baris yang ditolak")).to_be_visible()
    expect(tab.get_by_role("button", name="Impor 1 baris yang baik")).to_be_enabled()
    at_rest(tab)
    tab.get_by_role("button", name="Impor 1 baris yang baik").click()
    expect(tab.get_by_text(re.compile("Versi data baru .* kini dipakai"))).to_be_visible()


def test_a_survey_comes_in_by_proposals_and_a_choice_of_words(tab: Page, own_server: str, tmp_path: Path) -> None:
    path = tmp_path / "survei.csv"
    path.write_text(
        "start;_uuid;grup/nama_titik;grup/kondisi;grup/jenis_sarana;grup/letak\n"
        "2024-05-03T10:20:00;u1;Sumur Pak RT;baik;sumur bor;-7.2110 107.1020 812.0 4.5\n"
        "2024-05-04T09:00:00;u2;Mata air atas;ambruk;mata air terlindung;-7.2150 107.1100 830.5 6.0\n",
        encoding="utf-8",
    )
    tab.goto(own_server + "/data")
    at_rest(tab)
    tab.locator("input[type=file]").first.set_input_files(path)
    expect(tab.get_by_text("Kata yang belum dikenal: 1")).to_be_visible()
    at_rest(tab)
    tab.get_by_text("Kolom: apa dibaca sebagai apa").click()
    at_rest(tab)
    expect(tab.get_by_role("combobox", name="Status", exact=True)).to_have_value(re.compile("grup/kondisi"))
    no_sideways_scroll(tab)
    words = tab.get_by_role("combobox", name="Status: ambruk")
    words.scroll_into_view_if_needed()
    at_rest(tab)
    words.click()
    tab.get_by_role("option", name="Tidak berfungsi", exact=True).click()
    expect(tab.get_by_role("button", name="Impor 2 baris yang baik")).to_be_visible()
    at_rest(tab)
    tab.get_by_text("Pemetaan (untuk dilihat").click()
    at_rest(tab)
    expect(tab.get_by_role("textbox", name=re.compile("Pemetaan kolom"))).to_have_value(
        re.compile("ambruk = .non_functional")
    )
    tab.get_by_role("textbox", name="Nama pemetaan").fill("survei kecamatan")
    tab.get_by_role("textbox", name="Nama pemetaan").press("Enter")
    at_rest(tab)
    tab.get_by_role("button", name="Simpan pemetaan ini").click()
    expect(tab.get_by_text("Tercatat").first).to_be_visible()
    assert (tmp_path / "ws" / "mappings" / "survei kecamatan.toml").is_file()
    at_rest(tab)
    tab.get_by_role("button", name="Impor 2 baris yang baik").click()
    expect(tab.get_by_text(re.compile("Versi data baru .* kini dipakai"))).to_be_visible()


def test_a_long_reading_shows_how_far_it_is_and_can_be_cancelled(tab: Page, own_server: str, tmp_path: Path) -> None:
    path = tmp_path / "besar.csv"
    rows = "".join(f"t{n},Sumur {n},functional,tap,-7.{2000 + n % 90},107.{1000 + n % 97}\n" for n in range(250_000))
    path.write_text("point_id,name,status,technology,lat,lon\n" + rows)
    tab.goto(own_server + "/data")
    at_rest(tab)
    tab.locator("input[type=file]").first.set_input_files(path)
    expect(tab.get_by_role("progressbar").first).to_be_visible()
    tab.get_by_role("button", name="Batalkan").click()
    expect(tab.get_by_text("Dibatalkan. Versi data yang dipakai")).to_be_visible()
    at_rest(tab)
    expect(tab.get_by_role("progressbar")).to_have_count(0)
    expect(tab.get_by_role("button", name=re.compile("^Impor "))).to_have_count(0)


def test_openstreetmap_is_asked_and_added(tab: Page, tmp_path: Path) -> None:
    town = Town()
    town.node(107.102, -7.211, man_made="water_well", pump="manual", name="Sumur OSM")
    town.way([(107.101, -7.212), (107.105, -7.211)], highway="path")
    with overpass.serving(town) as address, serving(tmp_path, MATA_AIR_OVERPASS=address) as server:
        tab.goto(server + "/data")
        at_rest(tab)
        tab.get_by_text("Dari OpenStreetMap (perlu internet)").click()
        at_rest(tab)
        no_sideways_scroll(tab)
        tab.get_by_role("button", name="Tanyakan").click()
        expect(tab.get_by_text("• Titik air: 1 baris")).to_be_visible()
        expect(tab.get_by_text("• Jalan: 1 baris")).to_be_visible()
        at_rest(tab)
        tab.get_by_text("Ditambahkan pada yang sudah ada").click()
        at_rest(tab)
        tab.get_by_role("button", name="Masukkan 2 baris ini").click()
        expect(tab.get_by_text(re.compile("Versi data baru .* kini dipakai"))).to_be_visible()
    points = load(tmp_path / "ws").water_points.set_index("name")
    assert points.loc["Sumur OSM", "technology"] == "hand_pump"
    assert len(points) > 100, "the points that were there stay"


def test_results_from_the_field_are_accepted_and_gone(tab: Page, server: str, tmp_path: Path) -> None:
    """The returned file differs once; accepted, it differs in nothing, and the record names who accepted."""
    site, place = {1280: ("CJ002A16", "-7.16,107.17"), 390: ("CJ001A01", "-7.21,107.144")}[tab.viewport_size["width"]]
    path = tmp_path / "kembali.csv"
    path.write_text(f"site_id,status,visited_on,lat,lon\n{site},abandoned,2026-11-20,{place}\n")
    tab.goto(server + "/data")
    expect(tab.get_by_text("Hasil lapangan").first).to_be_visible()
    tab.locator("input[type=file]").nth(1).set_input_files(str(path))
    expect(tab.get_by_text("1 baris dibaca, 2 perbedaan").first).to_be_visible()
    sent = tmp_path / "dibawa.csv"
    sent.write_text(f"site_id\n{site}\nCJ012A01\n")
    tab.locator("input[type=file]").nth(2).set_input_files(str(sent))
    expect(tab.get_by_text("1 baris dibaca, 3 perbedaan").first).to_be_visible()
    expect(tab.get_by_role("button", name="Terima 2 perbedaan")).to_be_visible()  # the missing one is not ticked
    tab.get_by_role("button", name="Hapus dibawa.csv").click()
    expect(tab.get_by_text("1 baris dibaca, 2 perbedaan").first).to_be_visible()
    at_rest(tab)
    tab.get_by_role("textbox", name="Nama Anda").first.fill("Pak Insinyur")
    tab.get_by_role("textbox", name="Nama Anda").first.press("Enter")
    expect(tab.get_by_role("button", name="Terima 2 perbedaan")).to_be_enabled()
    at_rest(tab)
    tab.get_by_role("button", name="Terima 2 perbedaan").click()
    expect(tab.get_by_text("1 baris dibaca, 0 perbedaan").first).to_be_visible()
    no_sideways_scroll(tab)


def test_a_photo_and_a_note_come_back_and_are_shown(tab: Page, server: str, tmp_path: Path) -> None:
    """An engineer brings the folder from QField back; the forum sees the picture and the words at the site."""
    site = {1280: "CJ010A16", 390: "CJ010A10"}[tab.viewport_size["width"]]
    row = gpd.GeoDataFrame(
        {"site_id": [site], "photo": ["DCIM/a.jpg"], "note": [f"Klep {site} bocor"]}, geometry=[None], crs="EPSG:4326"
    )
    row.to_file(tmp_path / "mata-air.gpkg", layer="mata_air", driver="GPKG")
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), "#336699").save(picture, "JPEG")
    with zipfile.ZipFile(tmp_path / "kembali.zip", "w") as archive:
        archive.write(tmp_path / "mata-air.gpkg", "mata-air.gpkg")
        archive.writestr("DCIM/a.jpg", picture.getvalue())
    tab.goto(server + "/data")
    tab.locator("input[type=file]").nth(1).set_input_files(str(tmp_path / "kembali.zip"))
    expect(tab.get_by_text("1 baris dibaca, 2 perbedaan").first).to_be_visible()
    at_rest(tab)
    tab.get_by_role("textbox", name="Nama Anda").first.fill("Bu Insinyur")
    tab.get_by_role("textbox", name="Nama Anda").first.press("Enter")
    expect(tab.get_by_role("button", name="Terima 2 perbedaan")).to_be_enabled()
    at_rest(tab)
    tab.get_by_role("button", name="Terima 2 perbedaan").click()
    expect(tab.get_by_text("1 baris dibaca, 0 perbedaan").first).to_be_visible()
    tab.goto(f"{server}/priorities?site={site}")
    expect(
        tab.get_by_role("img", name=re.compile(f"Foto titik {site}")).or_(tab.get_by_text(f"Foto titik {site}")).first
    ).to_be_visible()
    expect(tab.get_by_text(f"Klep {site} bocor")).to_be_visible()
    no_sideways_scroll(tab)


def test_a_price_is_corrected_and_the_plan_follows(tab: Page, server: str, size: tuple[int, int]) -> None:
    """The cost sheet is edited as in a spreadsheet; the change is recorded with a name and its source."""
    tab.goto(server + "/costs")
    sheet = tab.locator("[data-testid=stDataFrame]").first
    expect(sheet.locator("canvas").first).to_be_visible()
    expect(sheet.locator("td").first).to_be_attached()
    box = sheet.bounding_box()
    price = str(7_000_000 + size[0])
    editor = tab.locator("#portal input")
    for _ in range(10):  # the sheet is a canvas that is drawn anew while the page settles: a click may fall before
        tab.mouse.click(box["x"] + 20, box["y"] + 52)
        for key in ("ArrowRight", "ArrowRight", "Enter"):
            tab.keyboard.press(key)
        try:
            editor.wait_for(timeout=3000)
            break
        except TimeoutError:
            continue
    editor.fill(price)
    editor.press("Enter")
    expect(editor).to_have_count(0)
    expect(sheet.locator("td", has_text=price)).to_be_attached()
    tab.get_by_role("textbox", name="Nama Anda").fill("Bu Siti")
    tab.get_by_role("textbox", name="Nama Anda").press("Enter")
    at_rest(tab)
    tab.get_by_role("button", name="Catat perubahan").click()
    a_year = f"Rp{round(int(price) / 8):,}".replace(",", ".")
    life = tab.locator("[data-testid=stDataFrame]").nth(1)
    expect(life.locator("td", has_text=a_year).first).to_be_attached()
    no_sideways_scroll(tab)


def test_a_forum_plans_saves_and_compares(tab: Page, server: str, size: tuple[int, int]) -> None:
    tab.goto(f"{server}/plan?actions=repair,new&budget=400")
    expect(tab.get_by_text("Tambahan orang terlayani").first).to_be_visible()
    expect(tab.frame_locator("iframe").first.locator("path.leaflet-interactive").first).to_be_attached()
    for name, unit in ((f"Uang {size[0]}", "idr"), (f"Sedikit {size[0]}", "actions")):
        if unit == "actions":
            tab.goto(f"{server}/plan?unit=actions&number=4&compare={name.replace('Sedikit', 'Uang')}")
        expect(tab.get_by_role("textbox", name="Nama skenario")).to_be_visible()
        if unit == "actions":
            expect(tab.get_by_role("columnheader", name=name.replace("Sedikit", "Uang"))).to_be_visible()
        at_rest(tab)
        tab.get_by_role("textbox", name="Nama skenario").fill(name)
        tab.get_by_role("textbox", name="Nama Anda").fill("Bu Siti")
        tab.get_by_role("button", name="Simpan skenario").click()
        expect(tab).to_have_url(re.compile(name.split()[0]))
    expect(tab.get_by_text("Hanya dalam").first).to_be_visible()
    no_sideways_scroll(tab)


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


def test_a_forum_meets_decides_and_prints_its_minutes(tab: Page, own_server: str, tmp_path: Path) -> None:
    tab.goto(own_server + "/forum")
    expect(tab.get_by_text("20 lokasi di agenda.")).to_be_visible()
    at_rest(tab)
    no_sideways_scroll(tab)
    fill(tab, "Tempat", "Aula kecamatan")
    tab.get_by_role("button", name="Buka rapat").click()
    expect(tab.get_by_text("Nama pimpinan rapat belum diisi.")).to_be_visible()
    fill(tab, "Pimpinan rapat", "Bu Camat")
    tab.get_by_role("button", name="Buka rapat").click()
    expect(tab.get_by_text("Belum ada yang tercatat hadir.")).to_be_visible()
    for name, organisation in (("Siti", "LSM Air"), ("Asep", "Desa Pangadegan")):
        at_rest(tab)
        fill(tab, "Nama", name)
        fill(tab, "Lembaga", organisation)
        tab.get_by_role("button", name="Tambah").click()
        expect(tab.get_by_text(f"hadir {1 if name == 'Siti' else 2} orang")).to_be_visible()
    at_rest(tab)
    tab.get_by_text("Bobot", exact=True).click()
    for name, criterion in (("Siti", "Tambahan orang terlayani"), ("Asep", "Kebaruan laporan")):
        at_rest(tab)
        expect(tab.get_by_text("Dengan bobot gabungan")).to_have_count(0)
        fill(tab, criterion, "8")
        pick(tab, "Anggota", name)
        at_rest(tab)
        tab.get_by_role("button", name="Simpan bobot anggota ini").click()
        expect(tab.get_by_text(f"Sudah memberi: {'Siti' if name == 'Siti' else 'Siti, Asep'}.")).to_be_visible()
    no_sideways_scroll(tab)
    tab.get_by_role("button", name="Pakai bobot gabungan untuk agenda").click()
    expect(tab.get_by_text("Dengan bobot gabungan urutan agenda tetap (0")).to_be_visible()
    at_rest(tab)
    tab.get_by_text("Lokasi demi lokasi").click()
    expect(tab.get_by_text("Lokasi 1 dari 20")).to_be_visible()
    at_rest(tab)
    no_sideways_scroll(tab)
    tab.locator("body").press("PageDown")
    expect(tab.get_by_text("Lokasi 2 dari 20")).to_be_visible()
    at_rest(tab)
    fill(tab, "Pelaksana", "Dinas PUPR")
    tab.get_by_role("button", name="Catat keputusan").click()
    expect(tab.get_by_text("Keputusan ini mendahului urutan terhitung")).to_be_visible()
    fill(tab, "Alasan", "bahan sudah ada di desa")
    tab.get_by_role("button", name="Catat keputusan").click()
    expect(tab.get_by_text("Diputuskan: Disetujui, dengan mufakat.")).to_be_visible()
    at_rest(tab)
    tab.get_by_role("button", name="Sebelumnya").click()
    expect(tab.get_by_text("Lokasi 1 dari 20")).to_be_visible()
    at_rest(tab)
    tab.get_by_text("Pemungutan suara (bila mufakat").click()
    at_rest(tab)
    pick(tab, "Anggota", "Siti")
    at_rest(tab)
    tab.get_by_role("button", name="Catat", exact=True).click()
    expect(tab.get_by_text("Suara: Layak mendesak 1;")).to_be_visible()
    at_rest(tab)
    tab.get_by_text("Berita acara", exact=True).click()
    at_rest(tab)
    tab.get_by_role("button", name="Buat berita acara").click()
    for kind, button in (("pdf", "Unduh PDF"), ("docx", "Unduh DOCX")):
        with tab.expect_download() as waiting:
            tab.get_by_role("button", name=button).click()
        waiting.value.save_as(tmp_path / f"minutes.{kind}")
    pages = " ".join(page.extract_text() for page in PdfReader(tmp_path / "minutes.pdf").pages)
    document = Document(str(tmp_path / "minutes.docx"))
    cells = " ".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    for text in ("Dinas PUPR", "bahan sudah ada di desa", "LSM Air"):
        assert text in " ".join(pages.split()), text
        assert text in cells, text
    assert "Siti: Layak mendesak" in " ".join(pages.split())
    no_sideways_scroll(tab)
    at_rest(tab)
    tab.get_by_role("button", name="Tutup rapat").click()
    expect(tab.get_by_text("Rapat ini sudah ditutup oleh Bu Camat")).to_be_visible()
    at_rest(tab)
    tab.get_by_text("Janji", exact=True).click()
    at_rest(tab)
    pick(tab, "Lokasi", None)
    at_rest(tab)
    fill(tab, "Bukti", "surat 12/2026")
    fill(tab, "Jiwa benar-benar terlayani", "100")
    fill(tab, "Nama Anda", "Ujang")
    tab.get_by_role("button", name="Catat langkah ini").click()
    expect(tab.get_by_text("Dari 1 janji yang hasilnya diketahui")).to_be_visible()
    no_sideways_scroll(tab)
    kept = Record(f"sqlite:///{tmp_path / 'ws' / 'record.sqlite'}", make=False)
    assert kept.verify() == 10
    kept.close()


def test_what_one_device_records_appears_on_the_other(tab: Page, own_server: str) -> None:
    """Two members at one meeting, each with a device: nobody has to load the page again."""
    tab.goto(own_server + "/forum")
    at_rest(tab)
    fill(tab, "Tempat", "Aula kecamatan")
    fill(tab, "Pimpinan rapat", "Bu Camat")
    tab.get_by_role("button", name="Buka rapat").click()
    expect(tab.get_by_text("Belum ada yang tercatat hadir.")).to_be_visible()
    at_rest(tab)  # the address names the meeting now
    other = tab.context.new_page()
    other.goto(tab.url)
    at_rest(other)
    fill(other, "Nama", "Asep")
    at_rest(tab)
    fill(tab, "Nama", "Siti")
    fill(tab, "Lembaga", "LSM Air")
    tab.get_by_role("button", name="Tambah").click()
    expect(other.get_by_text("hadir 1 orang")).to_be_visible(timeout=8000)
    expect(other.get_by_label("Nama", exact=True)).to_have_value("Asep")
    at_rest(other)
    fill(other, "Lembaga", "Desa")
    other.get_by_role("button", name="Tambah").click()
    expect(tab.get_by_text("hadir 2 orang")).to_be_visible(timeout=8000)


def test_a_villager_reports_and_the_forum_verifies(tab: Page, own_server: str) -> None:
    """By the link of the picture code: received, verified, then the status of the point, with its history."""
    tab.goto(own_server + "/forum?desk=reports")
    at_rest(tab)
    pick(tab, "Lokasi", "CJ001A01")
    at_rest(tab)
    link = tab.locator("[data-testid=stCode] code").inner_text()
    no_sideways_scroll(tab)
    tab.goto(link)
    tab.get_by_label("Rusak", exact=True).check()
    tab.get_by_label("Keterangan").fill("gagang patah sejak Senin")
    tab.get_by_label("Nama (boleh kosong)").fill("Siti")
    tab.get_by_label("Nomor telepon (boleh kosong)").fill("081234567890")
    tab.get_by_role("button", name="Catat").click()
    expect(tab.get_by_text("Laporan nomor 1 diterima")).to_be_visible()
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tab.goto(own_server + "/forum?desk=reports")
    expect(tab.get_by_text("Menunggu pemeriksaan (1)")).to_be_visible()
    at_rest(tab)
    no_sideways_scroll(tab)
    fill(tab, "Cara memeriksa atau alasan", "dilihat sendiri")
    fill(tab, "Nama Anda", "Pak Dusun")
    tab.get_by_role("button", name="Catat").click()
    expect(tab.get_by_text("Menunggu pemeriksaan (0)")).to_be_visible()
    at_rest(tab)
    answers = "yang_dilaporkan;site_id;keterangan;_lokasi_latitude;_lokasi_longitude;_uuid\n"
    answers += "sudah diperbaiki;CJ001A02;klep baru;-7.2;107.1;u1\npendapat;;kosong;-7.2;107.1;u2\n"
    upload = {"name": "kobo.csv", "mimeType": "text/csv", "buffer": answers.encode()}
    tab.locator("input[type=file]").set_input_files(upload)
    at_rest(tab)
    fill(tab, "Nama Anda", "Bu Rina")
    tab.get_by_role("button", name="Terima laporan").click()
    expect(tab.get_by_text("2 baris dibaca: 1 laporan baru, 0 sudah ada.")).to_be_visible()
    expect(tab.get_by_text("Menunggu pemeriksaan (1)")).to_be_visible()
    no_sideways_scroll(tab)
    tab.goto(own_server + "/?site=CJ001A01")
    expect(tab.get_by_text("Riwayat (1)")).to_be_visible()


def test_partners_share_the_work_and_staff_is_trained(tab: Page, own_server: str, tmp_path: Path) -> None:
    tab.goto(own_server + "/forum?desk=partners")
    expect(tab.get_by_text("Desa tanpa mitra (14)")).to_be_visible()
    at_rest(tab)
    no_sideways_scroll(tab)
    for partner in ("LSM Air", "Dinas Kesehatan"):
        fill(tab, "Nama mitra", partner)
        fill(tab, "Kegiatan", "Perbaikan sumur")
        if partner == "LSM Air":
            pick(tab, "Desa", "Buniwangi")
            tab.keyboard.press("Escape")
            at_rest(tab)
        fill(tab, "Nama Anda", "Sekretaris") if partner == "LSM Air" else None
        tab.get_by_role("button", name="Catat", exact=True).last.click()
        expect(tab.get_by_text("Desa tanpa mitra (13)")).to_be_visible()
        at_rest(tab)
    expect(tab.get_by_text("Desa dengan beberapa mitra (1): Buniwangi (LSM Air, Dinas Kesehatan)")).to_be_visible()
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="Unduh mata-air-3w.hxl.csv").click()
    waiting.value.save_as(tmp_path / "3w.csv")
    assert "#org+name" in (tmp_path / "3w.csv").read_text(encoding="utf-8-sig").splitlines()[1]
    no_sideways_scroll(tab)
    tab.get_by_text("Pelatihan", exact=True).click()
    at_rest(tab)
    fill(tab, "Bahan pelatihan", "Membaca peta")
    fill(tab, "Tempat", "Aula")
    fill(tab, "Pelatih", "Bu Rina")
    fill(tab, "Nama Anda", "Sekretaris")
    tab.get_by_role("button", name="Rencanakan").click()
    expect(tab.get_by_text("0 orang sudah dilatih")).to_be_visible()
    at_rest(tab)
    fill(tab, "Nama", "Asep")
    fill(tab, "Lembaga", "Desa Buniwangi")
    fill(tab, "Nama Anda", "Sekretaris")
    tab.get_by_role("button", name="Tambah peserta").click()
    expect(tab.get_by_text("1 orang sudah dilatih")).to_be_visible()
    no_sideways_scroll(tab)


def test_a_map_is_printed_and_passed_on_without_the_app(tab: Page, server: str, tmp_path: Path) -> None:
    """PDF, PNG, and an HTML file that stands on its own: opened alone, it shows the sites and asks nobody."""
    tab.goto(server)
    at_rest(tab)
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
    expect(alone.locator(".leaflet-marker-icon").first).to_be_visible()
    assert alone.locator(".leaflet-marker-icon").count() > 150
    alone.locator(".leaflet-marker-icon").first.dispatch_event("click")
    expect(alone.locator(".leaflet-popup")).to_be_visible()
    assert errors == []


def test_streamlits_own_words_are_in_the_language_of_the_page(tab: Page, server: str) -> None:
    """Also after the language was changed on the page, where nothing is loaded anew; what a reader types stays."""
    wide = tab.viewport_size["width"] > 600
    lists = {"id": ["Pilih semua", "Tidak ditemukan", "Buka"], "en": ["Select all", "No results", "Open"]}
    for lang in ("id", "en", "id"):
        if not wide or (lang == "id" and "lang" not in tab.url):
            tab.goto(f"{server}/?lang={lang}&min_age=1")
        else:
            tab.get_by_role("combobox", name="Bahasa / Language").click()
            tab.get_by_role("option", name={"id": "Bahasa Indonesia", "en": "English"}[lang]).click()
        expect(tab.locator(f"html[lang={lang}]")).to_be_attached()
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


def test_a_map_of_very_many_points_is_drawn_at_once(tab: Page, tmp_path: Path) -> None:
    """Three thousand points: one canvas, a tip below the pointer, and a click that chooses."""
    status = {0: "non_functional"}
    rows = [
        point(f"p{n}", offset(150 * (n // 60) - 4500, 150 * (n % 60) - 4500), status.get(n % 6, "functional"))
        for n in range(3000)
    ]
    data = inputs([settlement("s", offset(0), 100)], rows)
    ws.save(tmp_path / "ws", data.tables(), {})
    with serving(tmp_path) as address:
        tab.goto(address)
        frame = tab.frame_locator("iframe")
        expect(frame.locator("body[data-drawn]")).to_be_attached()
        assert int(frame.locator("body").get_attribute("data-drawn") or 0) > 3000
        at_rest(tab)
        whole = int(frame.locator("body").get_attribute("data-drawn") or 0)
        tab.goto(f"{address}/?with_status=functional")
        expect(tab.get_by_text("2.500 dari 3.000 titik ditampilkan.")).to_be_visible()
        at_rest(tab)
        assert int(frame.locator("body").get_attribute("data-drawn") or 0) <= whole - 500, "the map follows the filter"
        tab.goto(address)
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
        tab.goto(f"{address}/?tools=yes")
        expect(frame.locator("body[data-drawn]")).to_be_attached()
        at_rest(tab)
        draw_a_box(tab, frame)
        found = Axe().run(tab).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []


def test_a_crowd_is_counted_in_bubbles(tab: Page, tmp_path: Path) -> None:
    """Eight thousand points on the whole map: bubbles with their number; a click goes closer, until sites are told apart."""
    rows = [point(f"p{n}", offset(60 * (n // 90) - 2700, 60 * (n % 90) - 2700)) for n in range(8000)]
    ws.save(tmp_path / "ws", inputs([settlement("s", offset(0), 100)], rows).tables(), {})
    with serving(tmp_path) as address:
        tab.goto(f"{address}/?layers=water_points")
        frame = tab.frame_locator("iframe")
        expect(frame.locator("body[data-bubbles]")).to_be_attached()
        at_rest(tab)
        bubbles = int(frame.locator("body").get_attribute("data-bubbles") or 0)
        assert 5 < bubbles < 1000
        assert frame.locator("body").get_attribute("data-counted") == "8000"
        for _ in range(4):
            counted = frame.locator("body").get_attribute("data-counted")
            if counted == "0":
                break
            frame.locator("canvas").click()
            expect(frame.locator("body")).not_to_have_attribute("data-counted", str(counted))
        expect(frame.locator("body")).to_have_attribute("data-bubbles", "0")
        at_rest(tab)
        assert "site=" not in tab.url, "a bubble is none of the sites"
        no_sideways_scroll(tab)


def test_a_press_on_a_map_partly_below_the_screen_is_a_click(tab: Page, server: str) -> None:
    """The page stays where it is under the finger: scrolled by the press, it took the click away."""
    frame = open_map(tab, server)
    at_rest(tab)
    main, high = tab.get_by_test_id("stMain"), tab.viewport_size["height"]
    top = tab.locator("iframe").first.bounding_box()["y"]
    main.evaluate("(main, by) => { main.scrollTop += by; }", top - high * 0.6)
    tab.wait_for_timeout(500)
    assert tab.locator("iframe").first.bounding_box()["y"] + 540 > high
    boxes = [icon.bounding_box() for icon in frame.locator(".ma-icon").all()[:60]]
    x, y = next(
        (b["x"] + b["width"] / 2, b["y"] + b["height"] / 2)
        for b in boxes
        if b["x"] > 0 and high * 0.6 < b["y"] < high - 30
    )
    stood = main.evaluate("main => main.scrollTop")
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.wait_for_timeout(100)
    assert main.evaluate("main => main.scrollTop") == stood
    tab.mouse.up()
    expect(tab).to_have_url(re.compile("site="))


@pytest.fixture(scope="module")
def hundred_thousand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with a hundred thousand points, ten metres apart."""
    folder = tmp_path_factory.mktemp("many")
    at = np.array(offset(-2000, -1500)) + np.array([9e-5, 9e-5]) * np.array(
        [(n // 250, n % 250) for n in range(100_000)]
    )
    status = ["non_functional", "functional", "functional", "functional"]
    rows = [point(f"p{n}", where, status[n % 4], name=f"Sumur {n}") for n, where in enumerate(map(tuple, at.tolist()))]
    ws.save(folder / "ws", inputs([settlement("s", offset(0), 100)], rows).tables(), {})
    with serving(folder) as address:
        yield address


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


def test_what_is_chosen_is_said_in_the_new_language(chromium: Browser, server: str) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 1100})
    page.goto(f"{server}/?area=all&season=dry")
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


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize(
    "page",
    [
        "",
        "service",
        "priorities",
        "plan",
        "forum",
        "forum?desk=partners",
        "forum?desk=reports",
        "forum?desk=training",
        "forum?desk=members",
        "costs",
        "data",
        "export",
        "methods",
    ],
)
def test_no_serious_barrier(tab: Page, server: str, page: str, lang: str, theme: str) -> None:
    tab.emulate_media(color_scheme=theme)
    tab.goto(f"{server}/{page}{'&' if '?' in page else '?'}lang={lang}")
    expect(tab.get_by_text({"id": "DATA CONTOH", "en": "SAMPLE DATA"}[lang]).first).to_be_visible()
    if page in ("", "priorities", "plan"):
        expect(tab.frame_locator("iframe").first.locator(".ma-icon").first).to_be_visible()
    expect(tab.locator("[data-test-script-state=notRunning]")).to_be_attached()
    expect(tab.locator("[data-stale=true]")).to_have_count(0)
    found = Axe().run(tab).response["violations"]
    serious = [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")]
    assert serious == []
    no_sideways_scroll(tab)


def test_a_beginner_follows_the_tour(tab: Page, server: str) -> None:
    """Ten steps, each on its page; the address keeps the step, so that a trainer can send it."""
    tab.goto(f"{server}/?guide=1")
    for number in range(1, 11):
        expect(tab.get_by_text(re.compile(rf"Tur {number}/10:"))).to_be_visible()
        at_rest(tab)
        no_sideways_scroll(tab)
        if number == 4:
            assert "service" in tab.url
            assert "guide=4" in tab.url
        tab.get_by_role("button", name="Selesai" if number == 10 else "Lanjut").click()
    expect(tab.get_by_text(re.compile(r"Tur \d+/10:"))).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("query", ["", "?lang=en", "?site=CJ001A01&service=water"])
def test_the_form_of_the_community_has_no_serious_barrier(tab: Page, server: str, query: str, theme: str) -> None:
    """A plain page: whole without scripts, its labels tied to their fields, no other host asked."""
    tab.emulate_media(color_scheme=theme)
    tab.goto(f"{server}/report{query}")
    expect(tab.get_by_role("button", name="Record it" if "en" in query else "Catat")).to_be_visible()
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(tab).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")] == []


def test_a_telephone_tells_where_it_is(chromium: Browser, server: str) -> None:
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, permissions=["geolocation"], geolocation={"latitude": -7.2113, "longitude": 107.125, "accuracy": 6}
    )  # fmt: skip
    page = context.new_page()
    page.goto(f"{server}/report")
    page.get_by_role("button", name="Pakai lokasi saya").click()
    expect(page.get_by_text("± 6 m")).to_be_visible()
    assert page.get_by_label("Lintang").input_value() == "-7.211300"
    assert page.get_by_label("Bujur").input_value() == "107.125000"
    context.close()


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


def test_a_base_map_of_ones_own(tab: Page, own_server: str, tmp_path: Path) -> None:
    """A file of pictures is brought, shown from this server, and what holds none is refused by name."""
    good, bad = mbtiles(tmp_path / "desa kita.mbtiles", picture(), "100,-20,120,5"), tmp_path / "rusak.mbtiles"
    bad.write_bytes(b"SQLite format 3\x00")
    frame = open_map(tab, own_server, "/")
    at_rest(tab)
    tab.get_by_text("Dasar peta dan alat").click()
    field = tab.locator("[class*=st-key-map-settings] [data-testid=stFileUploader]").first
    expect(field.get_by_role("button", name="Pilih berkas")).to_be_visible()
    expect(field).to_contain_text("paling besar 200MB per berkas • PMTILES, MBTILES")
    tab.locator("[class*=st-key-map-settings] input[type=file]").set_input_files(bad)
    expect(tab.get_by_text("rusak.mbtiles bukan berkas PMTiles atau MBTiles yang utuh")).to_be_visible()
    tab.locator("[class*=st-key-map-settings] input[type=file]").set_input_files(good)
    expect(frame.locator(".leaflet-control-attribution")).to_contain_text("Dinas & PUPR")
    at_rest(tab)
    assert "base=desa_kita.mbtiles" in tab.url
    expect(frame.locator(".leaflet-tile-pane img").first).to_be_attached()
    tab.emulate_media(color_scheme="dark")
    expect(frame.locator(".ma-dark-page")).to_be_attached()
    expect(frame.locator(".leaflet-container.ma-dark")).to_have_count(0)  # its tiles are pale: so are its lines dark
    no_sideways_scroll(tab)


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
