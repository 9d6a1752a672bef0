"""A forum member's journeys: weights, the plan, the meeting, reports of the community, partners, the tour."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2
import pytest
from docx import Document
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from forum import Record
from forum.public.openness import Openness, choose
from tests.e2e.steps import at_rest, fill, no_barrier, no_sideways_scroll, pick, unfold

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("ignore")]


def test_a_member_changes_a_weight_and_the_link_holds_it(tab: Page, server: str) -> None:
    tab.goto(server + "/priorities")
    at_rest(tab)
    unfold(tab, "Bobot kriteria")
    slider = tab.get_by_role("slider", name=re.compile("Tingkat penting"))
    slider.focus()
    tab.keyboard.press("ArrowRight")
    expect(tab).to_have_url(re.compile("weights=crucialness"))
    tab.reload()
    unfold(tab, "Bobot kriteria")
    expect(tab.get_by_role("slider", name=re.compile("Tingkat penting"))).to_have_value("1.5")
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


def test_a_forum_plans_saves_and_compares(tab: Page, written_server: str, size: tuple[int, int]) -> None:
    tab.goto(f"{written_server}/plan?actions=repair,new&budget=400")
    expect(tab.get_by_text("Tambahan orang terlayani").first).to_be_visible()
    expect(tab.frame_locator("iframe").first.locator("path.leaflet-interactive").first).to_be_attached()
    for name, unit in ((f"Uang {size[0]}", "idr"), (f"Sedikit {size[0]}", "actions")):
        if unit == "actions":
            tab.goto(f"{written_server}/plan?unit=actions&number=4&compare={name.replace('Sedikit', 'Uang')}")
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
    pick(tab, "Penilaian", "Layak mendesak")
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
    expect(tab.get_by_role("button", name="Tutup rapat")).to_be_disabled()  # not with one click while sites are left
    tab.get_by_text("Ya, tutup rapat meski").click()
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
    tab.get_by_role("button", name="Kirim").click()
    expect(tab.get_by_text("Laporan nomor 1 diterima")).to_be_visible()
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tab.get_by_role("link", name="Lihat sampai di mana laporan ini").click()
    expect(tab.get_by_text("Terbukti di lapangan: belum")).to_be_visible()
    assert "Siti" not in tab.content()
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
    at_rest(tab)  # whoever leaves while a part of the page still loads sees its loading fail
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


def test_a_village_proposes_and_the_forum_takes_it_up(tab: Page, own_server: str, tmp_path: Path) -> None:
    """From the form to the agenda beside the computed list, with the engine's figures, to what became of it."""
    tab.goto(own_server + "/forum?desk=proposals")
    expect(tab.get_by_text("Usulan (0)")).to_be_visible()
    at_rest(tab)
    no_sideways_scroll(tab)
    tab.get_by_text("Titik air baru", exact=True).click()
    at_rest(tab)
    fill(tab, "Pengusul (musyawarah atau kelompok)", "Musyawarah Desa Situhiang")
    pick(tab, "Desa", "Situhiang")
    fill(tab, "Nama usulan (mis. Sumur Dusun Cikupa)", "Sumur Cikupa")
    fill(tab, "Letak (lintang, bujur)", "-7.2101, 107.1201")
    fill(tab, "Nama Anda", "Sekretaris")
    tab.get_by_role("button", name="Ajukan usulan").click()
    expect(tab.get_by_text("Alasannya belum diisi.").first).to_be_visible()
    at_rest(tab)
    tab.get_by_label("Alasan", exact=True).fill("jalan kaki 2 km di musim kemarau")
    tab.get_by_role("button", name="Ajukan usulan").click()
    expect(tab.get_by_text("Usulan (1)")).to_be_visible()
    at_rest(tab)
    no_sideways_scroll(tab)
    tab.goto(own_server + "/forum?desk=meetings")
    expect(tab.get_by_text("21 lokasi di agenda.")).to_be_visible()
    at_rest(tab)
    fill(tab, "Tempat", "Aula")
    fill(tab, "Pimpinan rapat", "Bu Camat")
    tab.get_by_role("button", name="Buka rapat").click()
    expect(tab.get_by_text("Belum ada yang tercatat hadir.")).to_be_visible()
    at_rest(tab)
    fill(tab, "Nama", "Siti")
    fill(tab, "Lembaga", "LSM Air")
    tab.get_by_role("button", name="Tambah").click()
    expect(tab.get_by_text("hadir 1 orang")).to_be_visible()
    at_rest(tab)
    tab.get_by_text("Lokasi demi lokasi").click()
    expect(tab.get_by_text("Lokasi 1 dari 21")).to_be_visible()
    at_rest(tab)
    meeting = re.search(r"meeting=(\d+)", tab.url)
    assert meeting is not None
    tab.goto(f"{own_server}/forum?meeting={meeting[1]}&part=sites&item=20")
    expect(tab.get_by_text("Lokasi 21 dari 21")).to_be_visible()
    at_rest(tab)
    expect(tab.get_by_text("Sumur Cikupa").first).to_be_visible()
    expect(tab.get_by_text("Diusulkan oleh Musyawarah Desa Situhiang: jalan kaki 2 km").first).to_be_visible()
    no_barrier(tab)
    fill(tab, "Pelaksana", "Dinas PUPR")
    fill(tab, "Alasan", "warga siap bekerja")
    tab.get_by_role("button", name="Catat keputusan").click()
    expect(tab.get_by_text("Diputuskan: Disetujui, dengan mufakat.")).to_be_visible()
    at_rest(tab)
    tab.goto(f"{own_server}/forum?meeting={meeting[1]}&part=promises")
    at_rest(tab)
    Image.new("RGB", (90, 60), "green").save(tmp_path / "after.jpg")
    tab.locator("input[type=file]").set_input_files(tmp_path / "after.jpg")
    at_rest(tab)
    pick(tab, "Lokasi", "Sumur Cikupa")
    pick(tab, "Langkah", "Selesai dibangun")
    fill(tab, "Bukti", "serah terima")
    fill(tab, "Nama Anda", "Sekretaris")
    tab.get_by_role("button", name="Catat langkah ini").click()
    tab.get_by_text("Foto sebelum dan sesudah (1)").click()
    expect(tab.get_by_role("img", name=re.compile("Sumur Cikupa · sesudah dibangun"))).to_be_visible()
    at_rest(tab)
    with httpx2.Client() as client:
        assert "Disetujui" not in client.get(f"{own_server}/public").text  # off as long as nobody turns it on
    told = Record(f"sqlite:///{tmp_path / 'ws' / 'record.sqlite'}")
    choose(told, "Admin", Openness(True, "CC-BY-4.0", "Forum AMPL"))
    told.close()
    for page in ("public?area=32.03.18", "public/32.03.18.2001"):
        tab.wait_for_timeout(2_500)  # the server looks at the record for this page every second or two
        tab.goto(f"{own_server}/{page}")
        expect(tab.locator("svg.map")).to_have_count(2)
        no_barrier(tab)
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tab.goto(f"{own_server}/forum?desk=proposals")
    expect(tab.get_by_text("Usulan (1)")).to_be_visible()
    at_rest(tab)
    expect(tab.get_by_text("Jawab usulan di luar musyawarah")).to_have_count(0)
