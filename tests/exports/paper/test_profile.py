"""Profiles on paper: a page a village, figures as in the tables, nothing of a user's text run, no person named."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date

import pytest
from pypdf import PdfReader

from exports.paper.area_profile import area_profile
from exports.paper.blocks import document_docx, document_pdf
from exports.paper.profile import Profiles, profiles_pdf
from forum.meetings import Decision, Item
from forum.public.village import Decided, Story
from geo.analysis.analyse import analyse
from geo.analysis.profile import village_codes
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.model.progress import heard
from geo.model.results import Analysis
from tests.builders import inputs, offset, point, settlement, village
from texts import count, percent, t

ON = date(2026, 11, 27)


@pytest.fixture(scope="module")
def analysis(shipped: Inputs) -> Analysis:
    return analyse(shipped, Params(area="32.03.18", draws=5))


def text_of(data: bytes) -> list[str]:
    return [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(io.BytesIO(data)).pages]


@pytest.mark.parametrize("lang", ["id", "en"])
def test_a_page_a_village_with_the_figures_of_the_tables(analysis: Analysis, lang: str) -> None:
    heard_of: list[tuple[str, int, int]] = []
    codes = village_codes(analysis)
    with heard(lambda *told: heard_of.append(told)):
        pages = text_of(profiles_pdf(Profiles(analysis, codes, {}, lang, ON)))
    assert len(pages) == len(codes) == len(heard_of)
    rows = analysis.villages.set_index("village_code")
    for page, code in zip(pages, codes, strict=True):
        row = rows.loc[code]
        assert code in page
        assert "Kab. Cianjur" in page
        for column in ("population", "served", "sanitation_out_of_reach"):
            assert count(row[column], lang) in page, (code, column)
        known = row["share"] == row["share"]
        assert (percent(row["share"], lang) if known else t("profile.no_share", lang)) in page
        assert t("profile.no_story", lang) in page
        for site in analysis.water_points.loc[analysis.water_points["village_code"] == code, "point_id"]:
            assert site in page


def test_decisions_stand_on_the_page_and_nothing_is_said_where_no_record_was_read(analysis: Analysis) -> None:
    code = village_codes(analysis)[1]
    item = Item("water", "CJ002A04", 1, "Sumur #eval(1+1) hubungi 0812-3456-7890", code, "X", "unknown", "hand_pump", 10.0,
                1e6, -7.2, 107.1, {"id": "a", "en": "b"})  # fmt: skip
    decision = Decision("water:CJ002A04", "approved", "consensus", lead="Dinas PUPR", fund="apbd", amount_idr=4.5e6,
                        year=2027, person="Ujang", reason="")  # fmt: skip
    story = Story((Decided(1, "Musyawarah", ON, item, decision, (), None),))
    (page,) = text_of(profiles_pdf(Profiles(analysis, [code], {code: story}, "id", ON)))
    assert "Dinas PUPR" in page
    assert "Rp4.500.000, 2027" in page
    assert "#eval(1+1)" in page
    assert "0812" not in page
    assert "Ujang" not in page
    (silent,) = text_of(profiles_pdf(Profiles(analysis, [code], None, "id", ON)))
    assert t("profile.story", "id") not in silent


def test_a_crowded_village_keeps_to_its_page_and_one_of_dots_has_no_map() -> None:
    points = [point(f"p{n}", offset(20 * n), name="Nama yang panjang sekali " * 4) for n in range(70)]
    data = inputs([settlement("s", offset(10), 400.0)], points)
    pages = text_of(profiles_pdf(Profiles(analyse(data, Params(draws=5)), ["32.03.18.2001"], {}, "id", ON)))
    assert len(pages) == 1
    assert t("profile.more", "id", count="40") in pages[0]
    dot = village(geometry=inputs([settlement("s", offset(0), 1.0)]).settlements.geometry.iloc[0])
    told = inputs([settlement("s", offset(10), 400.0)], points[:1], [dot])
    assert len(text_of(profiles_pdf(Profiles(analyse(told, Params(draws=5)), ["32.03.18.2001"], {}, "en", ON)))) == 1


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_area_has_two_pages_for_the_start_of_a_meeting(analysis: Analysis, lang: str) -> None:
    made = Profiles(analysis, [], {}, lang, ON)
    document = area_profile(made)
    pages = text_of(document_pdf(document))
    assert len(pages) == 2
    for service in ("water", "sanitation"):
        for figure in ("gap", "unmapped"):
            assert count(analysis.totals[service][figure], lang) in pages[0]
    assert t("profile.no_decision", lang) in pages[1]
    assert document_docx(document)[:2] == b"PK"
    silent = area_profile(replace(made, stories=None))
    assert t("profile.no_decision", lang) not in "".join(text_of(document_pdf(silent)))
