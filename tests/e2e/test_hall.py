"""In the hall and on the road: the projector's view, a link that opens where it was made, keys, rows and marks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from tests.e2e.steps import at_rest, fill, lists, no_sideways_scroll, open_map, unfold

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore")]


def called(tab: Page, address: str) -> None:
    """Open a meeting under the title that is suggested."""
    tab.goto(f"{address}/forum?meeting=0")
    expect(tab.get_by_text("20 lokasi di agenda.")).to_be_visible()
    fill(tab, "Tempat", "Aula kecamatan")
    fill(tab, "Pimpinan rapat", "Bu Camat")
    tab.get_by_role("button", name="Buka rapat").click()
    expect(tab.get_by_text("Belum ada yang tercatat hadir.")).to_be_visible()
    at_rest(tab)


def test_two_meetings_of_one_day_and_title_are_told_apart(tab: Page, own_server: str) -> None:
    called(tab, own_server)
    called(tab, own_server)
    second = re.search(r"meeting=(\d+)", tab.url).group(1)
    assert second != "1"
    fill(tab, "Nama", "Siti")
    fill(tab, "Lembaga", "LSM Air")
    tab.get_by_role("button", name="Tambah").click()
    expect(tab.get_by_text("hadir 1 orang")).to_be_visible()
    at_rest(tab)
    assert f"meeting={second}" in tab.url
    tab.goto(tab.url)
    expect(tab.get_by_text("hadir 1 orang")).to_be_visible()
    at_rest(tab)
    tab.get_by_role("combobox", name="Rapat", exact=True).click()
    expect(tab.get_by_role("option")).to_have_count(3)
    names = [option.inner_text() for option in tab.get_by_role("option").all()]
    assert len(set(names)) == len(names) == 3


def test_the_projector_shows_one_site_on_the_whole_screen(tab: Page, own_server: str) -> None:
    """Without side bar, banner and menus; a pointer's keys work from the map and from a choice too; figures stay whole."""
    called(tab, own_server)
    tab.goto(f"{own_server}/forum?meeting=1&part=sites")
    expect(tab.get_by_text("Lokasi 1 dari 20")).to_be_visible()
    at_rest(tab)
    tab.get_by_role("button", name="Tampilan proyektor").click()
    expect(tab).to_have_url(re.compile("projector=yes"))
    expect(tab.get_by_role("button", name="Tutup tampilan proyektor")).to_be_visible()
    at_rest(tab)
    expect(tab.locator("[data-testid=stSidebar]")).to_be_hidden()
    expect(tab.locator("[data-testid=stHeader]")).to_be_hidden()
    expect(tab.get_by_text("DATA CONTOH").first).to_be_visible()  # the mark stays, small
    no_sideways_scroll(tab)
    height = tab.viewport_size["height"]
    if tab.viewport_size["width"] > 600:
        for seen in (tab.locator(".ma-head"), tab.locator(".ma-figure").last, tab.locator("iframe").first):
            box = seen.bounding_box()
            assert box["y"] + box["height"] <= height, "without scrolling"
    for figure in tab.locator(".ma-figure").all():
        lines = figure.evaluate("e => e.getBoundingClientRect().height / parseFloat(getComputedStyle(e).lineHeight)")
        assert lines < 1.5, figure.inner_text()
    frame = tab.frame_locator("iframe").first
    frame.locator(".leaflet-container").click(position={"x": 70, "y": 12})
    tab.keyboard.press("PageDown")
    expect(tab.get_by_text("Lokasi 2 dari 20")).to_be_visible()
    at_rest(tab)
    tab.get_by_text("Ditunda", exact=True).first.click()
    at_rest(tab)
    tab.keyboard.press("PageDown")
    expect(tab.get_by_text("Lokasi 3 dari 20")).to_be_visible()
    at_rest(tab)
    tab.get_by_label("Pelaksana").focus()
    tab.keyboard.press("PageUp")
    expect(tab.get_by_text("Lokasi 2 dari 20")).to_be_visible()
    at_rest(tab)
    tab.get_by_role("button", name="Tutup tampilan proyektor").click()
    expect(tab.locator("[data-testid=stHeader]")).to_be_visible()


def test_a_link_opens_where_the_map_was_moved_to(tab: Page, server: str) -> None:
    """Only what a reader moved is in the address; the page writes its own part without losing it."""
    frame = open_map(tab, server)
    at_rest(tab)
    assert "#" not in tab.url
    frame.locator(".leaflet-control-zoom-in").click()
    frame.locator(".leaflet-control-zoom-in").click()
    expect(tab).to_have_url(re.compile(r"#map=[\d.]+/-7\.\d+/107\.\d+$"))
    tab.wait_for_timeout(2000)
    unfold(tab, "Tolok ukur")
    tab.get_by_role("slider", name=re.compile("Jangkauan")).focus()
    tab.keyboard.press("ArrowRight")
    expect(tab).to_have_url(re.compile(r"radius=1050.*#map="))
    shown = "() => [map_div ? Object.values(window).find(one => one instanceof L.Map) : null].map(map => [map.getZoom(), map.getCenter().lat.toFixed(3)].join())[0]"
    at_rest(tab)
    link, view = tab.url, frame.locator("body").evaluate(shown)
    other = tab.context.new_page()
    other.goto(link)
    again = other.frame_locator("iframe").first
    expect(again.locator(".ma-icon").first).to_be_visible()
    at_rest(other)
    other.wait_for_timeout(500)
    assert again.locator("body").evaluate(shown) == view
    assert other.url == link
    other.close()


def test_a_row_of_the_map_page_is_its_mark(tab: Page, server: str) -> None:
    """A press on a row goes there and tells; a site chosen on the map is chosen in the table."""
    frame = open_map(tab, server)
    at_rest(tab)
    lists(tab)
    tab.get_by_text("Tabel titik", exact=True).click()
    table = tab.locator("[data-testid=stDataFrame]").first
    expect(table).to_be_visible()
    at_rest(tab)
    table.scroll_into_view_if_needed()
    at_rest(tab)
    table.click(position={"x": 16, "y": 52})
    expect(tab).to_have_url(re.compile("site=CJ001A01"))
    expect(tab.get_by_text("(CJ001A01)").first).to_be_visible()
    expect(tab.get_by_text(re.compile(r"kondisi: perlu perbaikan")).first).to_be_visible()
    expect(frame.locator(".ma-icon.ma-chosen").first).to_be_visible()
    at_rest(tab)
    frame.locator(".ma-icon[aria-label^='CJ001A02']").first.focus()
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(re.compile("site=CJ001A02"))
    at_rest(tab)
    expect(
        tab.locator("[data-testid=stDataFrame] [role=row][aria-selected=true] [role=gridcell]", has_text="CJ001A02")
    ).to_have_count(1)


def test_the_map_can_be_passed_by_key(tab: Page, server: str) -> None:
    open_map(tab, server)
    at_rest(tab)
    tab.locator(".ma-skip").focus()
    expect(tab.locator(".ma-skip")).to_be_in_viewport()
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.className") == "ma-past"
    assert tab.locator("iframe").first.get_attribute("title") == "Peta"


def test_tiles_that_never_answer_are_told(chromium: Browser, server: str) -> None:
    """Neither an answer nor a failure, as behind a hotel's sign-in: after eight seconds it is said."""
    context = chromium.new_context(viewport={"width": 1280, "height": 1100}, locale="id-ID")
    context.set_default_timeout(30_000)
    context.route(re.compile("openstreetmap"), lambda route: None)
    page = context.new_page()
    frame = open_map(page, server, "/?base=online")
    expect(frame.locator(".ma-note")).to_contain_text("tidak terjangkau")
    context.close()


def test_the_hint_for_beginners_stays_away(tab: Page, server: str) -> None:
    """It begins the tour or is put away for good; on a phone the drawer closes when the tour begins from it."""
    open_map(tab, server)
    at_rest(tab)
    hint = tab.locator(".st-key-hint")
    expect(hint).to_be_visible()
    tab.get_by_role("button", name="Jangan tampilkan lagi").click()
    expect(hint).to_be_hidden()
    open_map(tab, server)
    at_rest(tab)
    expect(hint).to_be_hidden()
    if tab.viewport_size["width"] < 600:
        tab.get_by_label("Buka panel samping").click()
    at_rest(tab)
    tab.get_by_role("button", name="Tur untuk pemula").click()
    expect(tab.get_by_text("Tur 1/10:")).to_be_in_viewport()
    if tab.viewport_size["width"] < 600:
        expect(tab.get_by_label("Buka panel samping")).to_be_in_viewport()
    at_rest(tab)
    tab.get_by_role("button", name="Hentikan tur").click()
    at_rest(tab)
    assert tab.url.rstrip("/") == server, "everything is as it was"


def test_an_area_is_drawn_by_key_and_a_refused_place_is_told(chromium: Browser, server: str) -> None:
    """The arrows move the map under a circle, Enter puts a corner there; a browser that tells no place is no English box."""
    context = chromium.new_context(viewport={"width": 1280, "height": 1100}, locale="id-ID")
    context.set_default_timeout(30_000)
    page = context.new_page()
    boxes: list[str] = []
    page.on("dialog", lambda box: (boxes.append(box.message), box.dismiss()))
    frame = open_map(page, server, "/?tools=yes")
    at_rest(page)
    frame.locator(".leaflet-control-locate a").click()
    expect(frame.locator(".ma-note", has_text="Lokasi tidak dapat diketahui")).to_be_visible()
    assert boxes == []
    frame.locator("a.leaflet-draw-draw-rectangle").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(frame.locator(".ma-note", has_text="Enter menaruh titik")).to_be_visible()
    expect(frame.locator(".ma-cross")).to_be_visible()
    page.keyboard.press("Enter")
    for key in ("ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
        page.wait_for_timeout(600)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Orang di dalam bidang")).to_be_visible()
    expect(page).to_have_url(re.compile("drawn=A"))
    expect(frame.locator(".ma-cross")).to_be_hidden()
    context.close()


def test_a_hall_spends_a_budget(tab: Page, own_server: str, tmp_path: Path) -> None:
    """Slips on paper, a ballot on a telephone, one typed in twice, and the counts side by side."""
    tab.goto(own_server + "/forum?desk=ballots")
    at_rest(tab)
    no_sideways_scroll(tab)
    fill(tab, "Nama Anda", "Bu Camat")
    tab.get_by_role("button", name="Buka pemungutan suara").click()
    at_rest(tab)
    fill(tab, "Nama Anda", "Bu Camat")
    fill(tab, "Jumlah lembar", "4")
    tab.get_by_role("button", name="Buat lembar").click()
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="Unduh lembar (PDF)").click()
    waiting.value.save_as(tmp_path / "slips.pdf")
    text = " ".join(page.extract_text() for page in PdfReader(tmp_path / "slips.pdf").pages)
    codes = re.findall(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}\b", text)
    assert len(set(codes)) == len(codes) == 4
    phone = tab.context.browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    receipts = []
    for code in codes[:2]:
        phone.goto(own_server + "/ballot")
        phone.get_by_label("Kode").fill(code.lower())
        phone.get_by_role("button", name="Buka").click()
        expect(phone.get_by_role("button", name="Kirim suara")).to_be_disabled()
        phone.get_by_role("checkbox").first.check()
        expect(phone.get_by_role("status")).to_contain_text("sisa Rp")
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
        phone.get_by_role("button", name="Kirim suara").click()
        told = phone.get_by_role("status").inner_text()
        receipts += re.findall(r"[0-9A-F]{4}-[0-9A-F]{4}", told)
    phone.context.close()
    assert len(set(receipts)) == 2
    unfold(tab, "Ketik suara dari kertas")
    for name, said in (("Bu Camat", "Tersimpan sekali"), ("Pak Asep", "Cocok: suara masuk")):
        fill(tab, "Nama Anda", name)
        fill(tab, "Kode", codes[2])
        fill(tab, "Nomor yang dicentang", "2")
        tab.get_by_role("button", name="Simpan", exact=True).click()
        expect(tab.get_by_text(said)).to_be_visible()
        at_rest(tab)
    tab.get_by_text("Pemungutan suara berakhir sekarang").click()
    at_rest(tab)
    tab.get_by_role("button", name="Akhiri dan hitung").click()
    expect(tab.get_by_text("Orang terlayani per desa")).to_be_visible()
    no_sideways_scroll(tab)
    unfold(tab, "Semua suara, menurut tanda terima")
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name="Unduh suara (CSV)").click()
    waiting.value.save_as(tmp_path / "ballots.csv")
    kept = (tmp_path / "ballots.csv").read_text().splitlines()
    assert len(kept) == 4
    assert {line.split(",")[0] for line in kept[1:] if line.endswith(",1")} == set(receipts)
