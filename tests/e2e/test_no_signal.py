"""The report form where the server is not reached: it opens again, keeps what is sent, and sends it once."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from forum import Record
from forum.community import Report, receive, reports
from geo.field.inbox import Inbox
from geo.model.sites import FORMS, VISITS
from tests.e2e.conftest import Fresh, begin
from texts import t


def told(folder: Path) -> list[Report]:
    record = Record(f"sqlite:///{folder / 'ws' / 'record.sqlite'}")
    found = list(reports(record.standing()))
    record.close()
    return found


@pytest.fixture
def tab(chromium: Browser):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="id-ID")
    yield context.new_page()
    context.close()


def test_what_is_reported_without_signal_is_sent_once(fresh: Fresh, tab: Page) -> None:
    folder = fresh.folder()
    server = begin(folder)
    port = int(server.address.rsplit(":", 1)[1])
    tab.goto(server.answers() + "/report?service=water&site=CJ001A01")
    tab.evaluate(
        "navigator.serviceWorker.ready.then(() => caches.open('mata-air-report')).then((c) => c.match(location.href)).then((f) => !!f)"
    )
    tab.wait_for_function("caches.open('mata-air-report').then((c) => c.match(location.href)).then((found) => !!found)")
    server.end()  # out of reach

    tab.reload()
    expect(tab.get_by_role("heading", name=t("lapor.title", "id"))).to_be_visible()
    tab.get_by_label(t("lapor.what.broken", "id")).check()
    tab.get_by_label(t("lapor.text", "id")).fill("Pompa patah, laporan tanpa sinyal")
    photo = folder / "pompa.png"
    Image.effect_noise((3000, 1500), 40).convert("RGB").save(photo)
    tab.get_by_label(t("lapor.photo", "id")).set_input_files(photo)
    expect(tab.locator("#photo-told")).to_contain_text("KB")
    tab.get_by_role("button", name=t("lapor.send", "id")).click()
    expect(tab.locator("#waiting")).to_contain_text("Tersimpan di telepon ini", timeout=30_000)
    tab.goto(f"{server.address}/report?service=water&site=CJ001A02")
    expect(tab.locator("body")).to_contain_text("belum pernah dibuka di telepon ini", timeout=30_000)
    tab.go_back()
    expect(tab.locator("#waiting")).to_contain_text("Tersimpan di telepon ini", timeout=30_000)

    again = begin(folder, port)
    again.answers()
    tab.evaluate("window.dispatchEvent(new Event('online')); window.dispatchEvent(new Event('online'))")
    expect(tab.locator("#waiting")).to_contain_text("Sudah terkirim", timeout=30_000)
    expect(tab.locator("#waiting a")).to_have_attribute("href", re.compile("report/"))
    assert [(one.text, one.site_id) for one in told(folder)] == [("Pompa patah, laporan tanpa sinyal", "CJ001A01")]
    with Image.open(folder / "ws" / told(folder)[0].photo) as came:
        assert (came.format, max(came.size)) == ("JPEG", 1024), "made small on the telephone"
    judge = tab.context.new_page()
    judge.goto(again.address + "/forum?desk=reports")
    seen = judge.get_by_role("img", name=re.compile("#1"))
    expect(seen).to_be_visible(timeout=60_000)
    assert seen.evaluate("one => one.naturalWidth") == 1024
    judge.close()
    tab.reload()
    tab.wait_for_timeout(1000)
    assert len(told(folder)) == 1

    tab.get_by_label(t("lapor.what.broken", "id")).check()  # and as before where the server is there
    tab.get_by_label(t("lapor.text", "id")).fill("Dengan sinyal")
    tab.get_by_role("button", name=t("lapor.send", "id")).click()
    expect(
        tab.get_by_role("status").filter(has_text=re.compile("Terima kasih|nomor", re.IGNORECASE)).first
    ).to_be_visible()
    assert [one.text for one in told(folder)][-1] == "Dengan sinyal"
    again.end()


def test_a_report_that_comes_twice_stands_once(tmp_path: Path) -> None:
    record = Record(f"sqlite:///{tmp_path / 'r.sqlite'}")
    report = Report("water", "CJ001A01", "broken", "Patah", ref="page:0a1b")
    first, second = receive(record, report), receive(record, report)
    assert first.number == second.number
    assert len(list(reports(record.standing()))) == 1
    receive(record, Report("water", "CJ001A01", "broken", "Patah"))
    receive(record, Report("water", "CJ001A01", "broken", "Patah"))
    assert len(list(reports(record.standing()))) == 3, "two people may say the same"
    record.close()


def test_the_forms_worker_speaks_for_the_form_alone(fresh: Fresh, server: str) -> None:
    worker = httpx2.get(f"{server}/report/worker.js")
    assert worker.headers["service-worker-allowed"] == "/report"
    assert worker.headers["content-type"].startswith("text/javascript")
    manifest = httpx2.get(f"{server}/report/manifest.webmanifest").json()
    assert manifest["start_url"] == manifest["scope"] == "/report"
    page = httpx2.get(f"{server}/report")
    assert "connect-src 'self'" in page.headers["content-security-policy"]
    assert len(page.content) + len(worker.content) < 60_000


def _points(folder: Path) -> list[dict[str, str]]:
    return [dict(one.answers) for one in Inbox(folder / "ws" / "inbox").waiting("water_points")]


def _filled(tab: Page, name: str, photo: Path) -> None:
    """Answer what has to be answered."""
    tab.locator("[data-axis=lat]").fill("-7,2101")
    tab.locator("[data-axis=lon]").fill("107.1402")
    tab.locator("[data-name=name]").fill(name)
    for select in tab.locator("select[required]").all():
        select.select_option(index=1)
    tab.locator("[data-name=photo_url]").set_input_files(photo)
    tab.get_by_role("button", name=t("survey.send", "id")).click()


def test_a_survey_without_signal_is_kept_with_its_photo_and_sent_once(fresh: Fresh, tab: Page, tmp_path: Path) -> None:
    folder = fresh.folder()
    server = begin(folder)
    port = int(server.address.rsplit(":", 1)[1])
    tab.goto(server.answers() + "/survey")
    tab.get_by_role("link", name=t("table.water_points", "id")).click()
    tab.wait_for_function("caches.open('mata-air-survey').then((c) => c.match(location.href)).then((found) => !!found)")
    server.end()  # out of reach

    tab.reload()
    photo = tmp_path / "besar.jpg"
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Kamera"  # lying on its side, and whose it is
    Image.new("RGB", (3000, 1000), "teal").save(photo, exif=exif)
    for name in ("Sumur Bu Ani", "Sumur Pak Ujang"):
        _filled(tab, name, photo)
        expect(tab.locator("#waiting")).to_contain_text("Menunggu di telepon ini", timeout=30_000)
    expect(tab.locator("#waiting")).to_contain_text("Menunggu di telepon ini: 2")
    tab.reload()  # and as often as one likes
    expect(tab.locator("#waiting")).to_contain_text("Menunggu di telepon ini: 2")

    again = begin(folder, port)
    again.answers()
    tab.evaluate("window.dispatchEvent(new Event('online')); window.dispatchEvent(new Event('online'))")
    expect(tab.locator("#waiting")).to_contain_text("Terkirim dari telepon ini dalam tujuh hari: 2", timeout=60_000)
    sent = _points(folder)
    assert sorted(one["name"] for one in sent) == ["Sumur Bu Ani", "Sumur Pak Ujang"]
    assert {one["location"] for one in sent} == {"-7.2101 107.1402"}
    tab.reload()
    tab.wait_for_timeout(1000)
    assert len(_points(folder)) == 2
    waiting = Inbox(folder / "ws" / "inbox").waiting("water_points")[0]
    with Image.open(waiting.folder / waiting.files[0]) as kept:
        assert kept.size == (533, 1600), "upright, and no larger than it has to be"
        assert not kept.getexif()
    taken = subprocess.run(
        [sys.executable, "-m", "geo", "inbox", "--workspace", folder / "ws", "--as", "water_points", "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(taken.stdout)["accepted"] == 2
    again.end()


def test_a_visit_is_chosen_from_the_known_sites_and_answered(fresh: Fresh, tab: Page) -> None:
    folder = fresh.folder()
    server = begin(folder)
    tab.goto(f"{server.answers()}/survey/kunjungan?lang=en")
    expect(tab.locator("#sites option").nth(20)).to_be_attached(timeout=30_000)
    site = tab.locator("[data-site]")
    site.fill("no such site")
    tab.get_by_role("button", name=t("survey.send", "en")).click()
    assert site.evaluate("(one) => one.validationMessage") == t("survey.unknown_site", "en")
    site.fill(tab.locator("#sites option").first.get_attribute("value") or "")
    expect(tab.locator("#known")).to_contain_text("What is known")
    tab.locator("[data-name=status_new]").select_option("non_functional")
    tab.get_by_role("button", name=t("survey.send", "en")).click()
    expect(tab.locator("#waiting")).to_contain_text("Sent from this telephone", timeout=30_000)
    (visit,) = Inbox(folder / "ws" / "inbox").waiting(VISITS)
    asked = ["inbox", "--workspace", folder / "ws", "--as", VISITS, "--json"]
    told = json.loads(
        subprocess.run([sys.executable, "-m", "geo", *asked], capture_output=True, text=True, check=True).stdout
    )
    found = [(one["site_id"], one["kind"], one["new"]) for one in told["differences"]]
    assert (visit.answers["site_id"], "status", "non_functional") in found
    server.end()


def test_what_the_server_refuses_stays_on_the_telephone(fresh: Fresh, tab: Page, tmp_path: Path) -> None:
    folder = fresh.folder()
    server = begin(folder)
    photo = tmp_path / "kecil.jpg"
    Image.new("RGB", (20, 20), "teal").save(photo)
    tab.goto(server.answers() + "/survey/water_points")
    tab.evaluate("document.querySelector('form').dataset.table = 'no_such_table'")
    _filled(tab, "Sumur", photo)
    expect(tab.locator("#waiting")).to_contain_text(t("survey.refused", "id", reason="")[:24], timeout=30_000)
    tab.once("dialog", lambda asked: asked.dismiss())
    tab.get_by_role("button", name=t("survey.drop", "id")).click()
    expect(tab.locator("#waiting")).to_contain_text("Sumur")
    tab.once("dialog", lambda asked: asked.accept())
    tab.get_by_role("button", name=t("survey.drop", "id")).click()
    expect(tab.locator("#waiting")).to_be_hidden()
    server.end()


def test_the_surveys_page_is_small_and_asks_for_a_key_where_people_sign_in(fresh: Fresh, server: str) -> None:
    worker = httpx2.get(f"{server}/survey/worker.js")
    assert worker.headers["service-worker-allowed"] == "/survey"
    for form in (*FORMS, VISITS):
        page = httpx2.get(f"{server}/survey/{form}")
        assert page.status_code == 200
        assert len(page.content) + len(worker.content) < 60_000, form
    assert httpx2.get(f"{server}/survey/no_such_form").status_code == 404
    assert httpx2.get(f"{server}/survey/key/wrong/water_points").status_code == 401
