"""Minutes as PDF and DOCX: read back by other tools, whole, and nothing a user wrote is run."""

from __future__ import annotations

import io
import time
from datetime import date
from typing import Any

import pytest
from docx import Document
from pypdf import PdfReader

from exports.paper.minutes import minutes_docx, minutes_pdf, told
from geo.analysis.analyse import analyse
from geo.model.inputs import Inputs
from geo.model.params import Params
from texts import t
from views.meeting.agenda import basis_of

EVIL = '#eval(read("/etc/passwd")) {{ 7*7 }} {% for %} <w:p/> & Co'


def meeting(sites: int = 3) -> dict[str, Any]:
    """The fields of a meeting: the first site approved by vote, the second deferred, the rest not decided."""
    items = [
        {
            "service": "water", "site_id": f"p{n}", "rank": n, "name": f"Sumur {n}", "village_code": "32.03.18.2001",
            "village": "Pagelaran", "status": "non_functional", "technology": "hand_pump", "gain_people": 1200.0 + n,
            "cost_idr": 5e6, "lat": -7.21 + n / 1000, "lon": 107.10 + n / 1000, "why": {"id": "a", "en": "b"},
        }
        for n in range(1, sites + 1)
    ]  # fmt: skip
    votes = [{"number": 5, "member": "Siti", "item": "water:p1", "grade": "urgent", "reason": EVIL}]
    decision = {"number": 6, "item": "water:p1", "decision": "approved", "way": "vote", "lead": "Dinas PUPR", "fund": "apbd",
                "amount_idr": 4_500_000.0, "year": 2027, "person": "Ujang", "reason": ""}  # fmt: skip
    other = decision | {"item": "water:p2", "decision": "deferred", "way": "consensus", "reason": "menunggu lahan"}
    return {
        "number": 1, "title": f"Musyawarah {EVIL}", "place": "Balai desa", "on": date(2026, 11, 25), "chair": "Bu Camat",
        "area": "32.03.18", "version": "abc123", "basis": {"standard": "JMP", "season": "hujan", "weights": "x", "sample": "CONTOH"},
        "items": items, "votes": votes, "decisions": [decision, other],
        "attendees": [{"name": "Siti", "organisation": "LSM Air", "kind": "ngo"}, {"name": "Asep", "organisation": "Desa", "kind": "village"}],
        "dissents": [{"number": 7, "member": "Asep", "item": "water:p1", "reason": "terlalu mahal"}], "closed_by": None, "of": {},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "first"), [("id", "Pada hari Rabu, 25 November 2026"), ("en", "On Wednesday, 25 November 2026")]
)
def test_both_files_hold_all_of_it(lang: str, first: str, shipped: Inputs) -> None:
    analysis = analyse(shipped, Params(area="32.03.18"))
    pdf = PdfReader(io.BytesIO(minutes_pdf(meeting(), lang, analysis)))
    pages = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    document = Document(io.BytesIO(minutes_docx(meeting(), lang)))
    words = [paragraph.text for paragraph in document.paragraphs]
    cells = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    whole = " ".join([*words, *(" ".join(row) for row in cells)])
    for text in (first, "Bu Camat", "LSM Air", "Ujang", "menunggu lahan", "terlalu mahal", "CONTOH", "abc123", EVIL):
        assert text in pages.replace("\u00ad", ""), text
        assert text in whole, text
    assert [len(table.rows) for table in document.tables] == [3, 4, 2, 2]
    amount = "Rp4.500.000" if lang == "id" else "Rp4,500,000"
    assert cells[-1][7] == amount
    assert "Program Pengelolaan dan Pengembangan Sistem Penyediaan Air Minum" in whole
    assert len(pdf.pages) >= 3
    assert pdf.pages[-1].mediabox.width > pdf.pages[-1].mediabox.height, "the annexes lie on their side"
    assert pdf.metadata is not None
    assert pdf.trailer["/Root"]["/Lang"] == lang


def test_what_the_forum_does_not_decide_stays_empty() -> None:
    found = told(meeting(), "id")
    (row,) = found["priorities"]
    assert row == [
        "1",
        "",
        "",
        row[3],
        "Perbaikan Pompa tangan: Sumur 1",
        "1.201 jiwa",
        "Pagelaran",
        "1 unit",
        "Rp4.500.000",
        "Dinas PUPR",
    ]
    assert found["village_plan"][0][-1] == ""
    assert found["decisions"][2][4] == "Belum diputuskan"


def test_the_basis_is_in_the_language_of_the_minutes(shipped: Inputs) -> None:
    """Also where the meeting was opened in the other one; an older meeting has the words of its own alone."""
    found = analyse(shipped, Params(area="32.03.18"))
    old = meeting()
    new = old | {"basis": basis_of(found, "id")}
    for lang, other in (("id", "en"), ("en", "id")):
        made = told(new, lang)
        assert made["mark"] == t("forum.sample", lang)
        words = " ".join(value for _, value in made["basis"])
        assert t("season.wet", lang) in words
        assert t("criterion.gain_people", lang) in words
        assert t("criterion.gain_people", other) not in words
        assert told(old, lang)["mark"] == "CONTOH"


def test_a_meeting_that_decided_nothing() -> None:
    bare = meeting() | {"decisions": [], "votes": [], "dissents": [], "attendees": []}
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(minutes_pdf(bare, "id"))).pages)
    assert text.count("Tidak ada kegiatan yang disetujui.") == 2
    assert len(Document(io.BytesIO(minutes_docx(bare, "id"))).tables[1].rows) == 4


def test_minutes_of_a_hundred_sites(shipped: Inputs) -> None:
    analysis = analyse(shipped, Params(area="32.03.18"))
    started = time.perf_counter()
    pdf, docx = minutes_pdf(meeting(100), "id", analysis), minutes_docx(meeting(100), "id")
    print(f"minutes of 100 sites: {time.perf_counter() - started:.1f} s")
    assert "Sumur 100" in " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert len(Document(io.BytesIO(docx)).tables[1].rows) == 101
