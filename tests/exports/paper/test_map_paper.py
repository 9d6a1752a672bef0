"""The map on paper: whole, marked, and the same on both kinds of file."""

from __future__ import annotations

import io
import itertools

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from pypdf import PdfReader

from exports.paper.map_paper import PAPERS, Look, map_paper, not_drawn
from exports.paper.maps import apart
from geo.analysis.analyse import analyse
from geo.analysis.filters import Filter, filtered
from geo.model.errors import CallError
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.model.results import Analysis
from layers.groups import LAYERS
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
        t("layer.villages", lang),
        t("layer.settlements", lang),
        t("boundary.approximate", lang),
    ):
        assert str(told) in " ".join(text.split()), told
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


def test_names_do_not_lie_on_one_another() -> None:
    """Ten names within a hand's breadth are moved apart, in the frame; what has no room at all is left out."""
    figure = Figure(figsize=(4, 4))
    axes = figure.add_subplot()
    axes.set_xlim(0, 10)
    axes.set_ylim(0, 10)
    names = [axes.text(5 + 0.1 * n, 5, f"Desa {n}", ha="center", va="center") for n in range(10)]
    names.append(axes.text(9.9, 2, "Di tepi bingkai", ha="center", va="center"))
    names.append(axes.text(30, 5, "Di luar bingkai"))
    full = apart(axes, names)
    renderer = FigureCanvasAgg(figure).get_renderer()
    seen = [name.get_window_extent(renderer) for name in names if name.get_visible()]
    assert len(seen) == len(full) >= 8
    assert not any(one.overlaps(other) for one, other in itertools.combinations(seen, 2))
    frame = axes.get_window_extent(renderer)
    assert all(frame.x0 <= one.x0 and one.x1 <= frame.x1 for one in seen)
    assert not names[-1].get_visible()
    assert names[-2].get_visible()
    more = apart(axes, [axes.text(9, 2, "Lagi", ha="center", va="center")], full)
    assert len(more) == len(full) + 1
    assert not any(more[-1].overlaps(other) for other in full)


def test_an_area_without_boundaries_or_sites_is_drawn_too() -> None:
    bare = analyse(inputs([settlement("s", offset(0), 10)], water_points=[point("p", offset(50))]), Params(), ())
    assert map_paper(bare, Look("water", SHOWN), "pdf", "Peta").startswith(b"%PDF")


def test_unknown_papers_and_kinds_are_refused(analysis: Analysis) -> None:
    for look, kind in ((Look("water", SHOWN, paper="a9"), "pdf"), (Look("water", SHOWN), "gif")):
        with pytest.raises(CallError):
            map_paper(analysis, look, kind, "Peta")


def test_every_layer_is_drawn_or_told_not_to_be() -> None:
    left_out = [name for name in not_drawn(LAYERS) if LAYERS[name].paper is None]
    assert left_out == ["reach", "institutions", "conflicts", "planned"], "coloured() brings a drawing for paper"


def test_a_filtered_map_says_so(analysis: Analysis) -> None:
    part = filtered(analysis, Filter(status=("functional",)))
    for found, told in ((analysis, False), (part, True)):
        text = PdfReader(io.BytesIO(map_paper(found, Look("water", SHOWN), "pdf", "Peta"))).pages[0].extract_text()
        assert (t("about.filtered", "id") in text.replace("\n", " ")) is told
