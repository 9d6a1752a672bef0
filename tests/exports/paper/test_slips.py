"""Slips of a budget ballot, read back from the PDF."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from exports.paper.slips import slips_pdf
from forum.polls.polls import Poll
from tests.forum.polls.test_polls import POLL, project

CODES = ["ABCD-2345-WXYZ", "EFGH-6789-JKLM", "NPQR-2222-STUV"]


def pages(poll: Poll, address: str, lang: str) -> list[str]:
    told = vars(poll) | {"projects": [vars(one) for one in poll.projects]}
    return [page.extract_text() for page in PdfReader(io.BytesIO(slips_pdf(told, CODES, address, lang))).pages]


@pytest.mark.parametrize(("lang", "word"), [("id", "Anggaran: Rp100"), ("en", "Budget: Rp100")])
@pytest.mark.parametrize("address", ["http://192.168.1.5:8501/ballot", ""])
def test_every_code_with_the_whole_list(lang: str, word: str, address: str) -> None:
    told = pages(POLL, address, lang)
    assert len(told) == 2  # two of five lines each on a page
    text = "\n".join(told)
    for code in CODES:
        assert text.count(code) == 1
    assert text.count(word) == 3
    assert text.count("Sumur 5") == 3
    assert ("192.168.1.5:8501/ballot" in text) == bool(address)


def test_a_long_list_has_a_page_for_each_slip_and_text_is_no_source() -> None:
    projects = tuple(project(str(n), 10 + n) for n in range(1, 31))
    told = pages(Poll('#eval("1") *x* $a$', "", "v", "", 100, projects), "", "id")
    assert len(told) == 3
    assert all('#eval("1") *x* $a$' in page for page in told)
