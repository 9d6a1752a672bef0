"""The map on paper: whole, marked, and the same on both kinds of file."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from pypdf import PdfReader

from exports.map_paper import PAPERS, Look, map_paper, not_drawn
from geo.analysis import analyse
from geo.errors import CallError
from geo.filters import Filter, filtered
from geo.model import Analysis, Inputs, Params
from layers import LAYERS
from tests.builders import inputs, offset, point, settlement
from texts import LANGUAGES, t

SHOWN = ("villages", "settlements", "water_points", "sanitation", "priorities")


@pytest.fixture(scope="module")
def analysis(shipped: Inputs) -> Analysis:
    return analyse(shipped, Params(area="32.03.18"), ())


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("paper", list(PAPERS))
def test_the_pdf_has_the_size_the_marks_and_the_whole_list(analysis: Analysis, paper: str, lang: str) -> None:
    book = PdfReader(io.BytesIO(map_paper(analysis, Look("water", SHOWN, lang, paper), "pdf", "Peta <b>$x$</b>")))
    width, height = (float(book.pages[0].mediabox[n]) / 72 for n in (2, 3))
    assert (width, height) == pytest.approx(PAPERS[paper], abs=0.02)
    text = book.pages[0].extract_text()
    for told in (
        "Peta <b>$x$</b>",
        "N",
        "km",
        analysis.provenance["version"],
        t("paper.legend", lang),
        t("status.functional", lang).lower(),
    ):
        assert str(told) in text, told
    assert t("about.marks", lang) in text, "sample data say so on paper too"
    rows = analysis.priorities[analysis.priorities["service"] == "water"]
    listed = "".join(page.extract_text() for page in book.pages[1:])
    assert [site for site in rows["site_id"] if site not in listed] == []


def test_the_picture_has_the_colours_of_what_is_shown(analysis: Analysis) -> None:
    def colours(*shown: str) -> set[tuple[int, int, int]]:
        data = map_paper(analysis, Look("water", shown), "png", "Peta")
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.size == (1753, 1240)
            return {colour for count, colour in picture.convert("RGB").getcolors(1 << 24) if count > 40}

    ring = (0xFF, 0xD9, 0x2F)
    assert ring in colours("priorities")
    assert ring not in colours("water_points")


def test_an_area_without_boundaries_or_sites_is_drawn_too() -> None:
    bare = analyse(inputs([settlement("s", offset(0), 10)], water_points=[point("p", offset(50))]), Params(), ())
    assert map_paper(bare, Look("water", SHOWN), "pdf", "Peta").startswith(b"%PDF")


def test_unknown_papers_and_kinds_are_refused(analysis: Analysis) -> None:
    for look, kind in ((Look("water", SHOWN, paper="a9"), "pdf"), (Look("water", SHOWN), "gif")):
        with pytest.raises(CallError):
            map_paper(analysis, look, kind, "Peta")


def test_every_layer_is_drawn_or_told_not_to_be() -> None:
    assert not_drawn(LAYERS) == ["reach", "institutions", "conflicts", "planned"]


def test_a_filtered_map_says_so(analysis: Analysis) -> None:
    part = filtered(analysis, Filter(status=("functional",)))
    for found, told in ((analysis, False), (part, True)):
        text = PdfReader(io.BytesIO(map_paper(found, Look("water", SHOWN), "pdf", "Peta"))).pages[0].extract_text()
        assert (t("about.filtered", "id") in text.replace("\n", " ")) is told
