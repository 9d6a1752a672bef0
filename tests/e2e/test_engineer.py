"""An engineer's journeys: lists taken away, data brought in, results from the field, prices, a base map."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import geopandas as gpd
import httpx2
import openpyxl
import pytest
from PIL import Image
from playwright.sync_api import Page, TimeoutError, expect

from exports.gis.by_driver import to_pmtiles
from exports.tables.sheet import Sheet
from geo.model.facts import DATA_DIR
from geo.workspace.versions import load
from tests import overpass
from tests.e2e.conftest import serving
from tests.e2e.steps import at_rest, fill, no_sideways_scroll, open_map, unfold
from tests.layers.test_ground import mbtiles, picture
from tests.overpass import Town

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore")]


def test_an_engineer_takes_the_list_away(tab: Page, server: str, tmp_path: Path) -> None:
    tab.goto(server + "/export")
    at_rest(tab)
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name=re.compile("XLSX")).first.click()
    page = openpyxl.load_workbook(io.BytesIO(Path(waiting.value.path()).read_bytes()))["mata_air"]
    header = [cell.value for cell in page[1]]
    assert page.max_row == 21
    assert {"site_id", "lat", "lon", "why", "data_version"} <= set(header)


def test_results_from_the_field_are_accepted_and_gone(tab: Page, written_server: str, tmp_path: Path) -> None:
    """The returned file differs once; accepted, it differs in nothing, and the record names who accepted."""
    site, place = {1280: ("CJ002A16", "-7.18,107.158"), 390: ("CJ001A01", "-7.215,107.16")}[tab.viewport_size["width"]]
    path = tmp_path / "kembali.csv"
    path.write_text(f"site_id,status,visited_on,lat,lon\n{site},abandoned,2026-11-20,{place}\n")
    tab.goto(written_server + "/data")
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


def test_a_photo_and_a_note_come_back_and_are_shown(tab: Page, written_server: str, tmp_path: Path) -> None:
    """An engineer brings the folder from QField back; the forum sees the picture and the words at the site."""
    site = {1280: "CJ010A16", 390: "CJ010A08"}[tab.viewport_size["width"]]
    row = gpd.GeoDataFrame(
        {"site_id": [site], "photo": ["DCIM/a.jpg"], "note": [f"Klep {site} bocor"]}, geometry=[None], crs="EPSG:4326"
    )
    row.to_file(tmp_path / "mata-air.gpkg", layer="mata_air", driver="GPKG")
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), "#336699").save(picture, "JPEG")
    with zipfile.ZipFile(tmp_path / "kembali.zip", "w") as archive:
        archive.write(tmp_path / "mata-air.gpkg", "mata-air.gpkg")
        archive.writestr("DCIM/a.jpg", picture.getvalue())
    tab.goto(written_server + "/data")
    tab.locator("input[type=file]").nth(1).set_input_files(str(tmp_path / "kembali.zip"))
    expect(tab.get_by_text("1 baris dibaca, 2 perbedaan").first).to_be_visible()
    at_rest(tab)
    tab.get_by_role("textbox", name="Nama Anda").first.fill("Bu Insinyur")
    tab.get_by_role("textbox", name="Nama Anda").first.press("Enter")
    expect(tab.get_by_role("button", name="Terima 2 perbedaan")).to_be_enabled()
    at_rest(tab)
    tab.get_by_role("button", name="Terima 2 perbedaan").click()
    expect(tab.get_by_text("1 baris dibaca, 0 perbedaan").first).to_be_visible()
    tab.goto(f"{written_server}/priorities?site={site}")
    expect(
        tab.get_by_role("img", name=re.compile(f"Foto titik {site}")).or_(tab.get_by_text(f"Foto titik {site}")).first
    ).to_be_visible()
    expect(tab.get_by_text(f"Klep {site} bocor")).to_be_visible()
    no_sideways_scroll(tab)


def test_a_visit_by_telephone_is_looked_at_accepted_and_put_aside(tab: Page, own_server: str) -> None:
    """Collect takes the form with its sites from the laptop and sends an answer; the page shows what it changes."""
    tab.goto(own_server + "/data")  # the workspace is made at the first look
    at_rest(tab)
    sites = httpx2.get(f"{own_server}/openrosa/forms/kunjungan/sites.geojson").json()["features"]
    site = next(one["properties"] for one in sites if one["properties"]["status"] == "non_functional")
    told = {
        "site_id": site["site_id"],
        "service": site["service"],
        "status_new": "functional",
        "visited_on": "2026-11-20",
    }
    answers = "".join(f"<{name}>{text}</{name}>" for name, text in told.items())
    xml = f'<data id="mata_air_kunjungan">{answers}<meta><instanceID>uuid:v</instanceID></meta></data>'
    sent = httpx2.post(f"{own_server}/openrosa/submission", files={"xml_submission_file": ("s.xml", xml, "text/xml")})
    assert sent.status_code == 201
    tab.reload()
    expect(tab.get_by_text("1 baris dibaca, 1 perbedaan").first).to_be_visible()
    at_rest(tab)
    no_sideways_scroll(tab)
    fill(tab, "Nama Anda", "Bu Insinyur")
    tab.get_by_role("button", name="Terima 1 perbedaan").click()
    expect(tab.get_by_text("1 baris dibaca, 0 perbedaan").first).to_be_visible()
    at_rest(tab)
    tab.get_by_role("button", name="Selesai dilihat: 1 kiriman").click()
    expect(tab.get_by_text("1 baris dibaca, 0 perbedaan")).to_have_count(0)
    tab.goto(f"{own_server}/?site={site['site_id']}")
    expect(tab.get_by_text("Status: Berfungsi.").first).to_be_visible()


def test_a_price_is_corrected_and_the_plan_follows(tab: Page, written_server: str, size: tuple[int, int]) -> None:
    """The cost sheet is edited as in a spreadsheet; the change is recorded with a name and its source."""
    tab.goto(written_server + "/costs")
    sheet = tab.locator("[data-testid=stDataFrame]").first
    expect(sheet.locator("canvas").first).to_be_visible()
    expect(sheet.locator("td").first).to_be_attached()
    at_rest(tab)
    price = str(7_000_000 + size[0])
    editor = tab.locator("#portal input")
    for _ in range(10):  # the sheet is a canvas that is drawn anew while the page settles: a click may fall before
        sheet.scroll_into_view_if_needed()
        box = sheet.bounding_box()  # anew each time: what loads above it moves it
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
        "2024-05-04T09:00:00;u2;Mata air atas;gemblung;mata air terlindung;-7.2150 107.1100 830.5 6.0\n",
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
    words = tab.get_by_role("combobox", name="Status: gemblung")
    words.scroll_into_view_if_needed()
    at_rest(tab)
    words.click()
    tab.get_by_role("option", name="Tidak berfungsi", exact=True).click()
    expect(tab.get_by_role("button", name="Impor 2 baris yang baik")).to_be_visible()
    at_rest(tab)
    tab.get_by_text("Pemetaan (untuk dilihat").click()
    at_rest(tab)
    expect(tab.get_by_role("textbox", name=re.compile("Pemetaan kolom"))).to_have_value(
        re.compile("gemblung = .non_functional")
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


def test_a_base_map_of_ones_own(tab: Page, own_server: str, tmp_path: Path) -> None:
    """A file of pictures is brought, shown from this server, and what holds none is refused by name."""
    good, bad = mbtiles(tmp_path / "desa kita.mbtiles", picture(), "100,-20,120,5"), tmp_path / "rusak.mbtiles"
    bad.write_bytes(b"SQLite format 3\x00")
    frame = open_map(tab, own_server, "/")
    at_rest(tab)
    unfold(tab, "Dasar peta dan alat")
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
    tab.emulate_media(color_scheme="light")
    roads = gpd.read_file(DATA_DIR / "sample" / "roads.geojson")
    with zipfile.ZipFile(io.BytesIO(to_pmtiles(Sheet(roads, "Jalan", {})))) as archive:
        (tmp_path / "jalan.pmtiles").write_bytes(archive.read("mata_air.pmtiles"))
    at_rest(tab)
    tab.locator("[class*=st-key-map-settings] input[type=file]").set_input_files(tmp_path / "jalan.pmtiles")
    drawn = frame.locator("canvas.leaflet-tile, svg.leaflet-tile").first
    expect(drawn).to_be_attached()
    expect(tab).to_have_url(re.compile("base=jalan.pmtiles"))
    expect(frame.locator("svg.leaflet-tile path").first).to_be_attached()
    at_rest(tab)
