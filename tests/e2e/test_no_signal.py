"""The report form where the server is not reached: it opens again, keeps what is sent, and sends it once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from forum import Record
from forum.community import Report, receive, reports
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
    tab.get_by_role("button", name=t("report.send", "id")).click()
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
    tab.reload()
    tab.wait_for_timeout(1000)
    assert len(told(folder)) == 1

    tab.get_by_label(t("lapor.what.broken", "id")).check()  # and as before where the server is there
    tab.get_by_label(t("lapor.text", "id")).fill("Dengan sinyal")
    tab.get_by_role("button", name=t("report.send", "id")).click()
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
    import httpx2

    worker = httpx2.get(f"{server}/report/worker.js")
    assert worker.headers["service-worker-allowed"] == "/report"
    assert worker.headers["content-type"].startswith("text/javascript")
    manifest = httpx2.get(f"{server}/report/manifest.webmanifest").json()
    assert manifest["start_url"] == manifest["scope"] == "/report"
    page = httpx2.get(f"{server}/report")
    assert "connect-src 'self'" in page.headers["content-security-policy"]
    assert len(page.content) + len(worker.content) < 60_000
