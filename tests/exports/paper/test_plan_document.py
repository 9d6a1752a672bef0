"""The master plan: its figures are the engine's in every file, its sentences follow them, both languages."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import docx
import openpyxl
import pytest
from pypdf import PdfReader

from exports.paper.blocks import Document, Rows, Text, document_docx, document_pdf, document_xlsx
from exports.paper.plan_document import Material, plan_document
from exports.paper.plan_situation import _those, fair_blocks
from exports.paper.plan_words import missed_lines
from exports.paper.site_sheets import pages_of
from geo.analysis.analyse import analyse
from geo.planning.options import options_of
from geo.years.frontier import frontier
from geo.years.money import grants_of
from geo.years.plan import YearPlan, year_plan
from geo.years.wish import YearWish
from tests.geo.years.test_years import PARAMS, ground
from texts import count, money, percent, t


def material(lang: str, **more: object) -> Material:
    data = ground(4, choices=12)
    plan = year_plan(data, PARAMS, YearWish(2027, 3, grants_of(["all:APBD=15e6", "all:NGO=5e6+"], 2027, 3), **more))
    now, after = analyse(data, PARAMS), analyse(data, PARAMS, plan.changes(), priorities=False)
    found = frontier(options_of(data, PARAMS), budgets=6)
    return Material(now, after, plan, found, "Kecamatan Uji =1+1", lang, date(2026, 11, 27))


@pytest.fixture(scope="module", params=["id", "en"])
def made(request: pytest.FixtureRequest) -> tuple[Material, Document]:
    told = material(request.param, targets={2029: 1.0})
    return told, plan_document(told)


def texts_of(document: Document) -> str:
    return "\n".join(block.text for block in document.blocks if not isinstance(block, Rows) and hasattr(block, "text"))


def test_the_sentences_say_the_figures(made: tuple[Material, Document]) -> None:
    told, document = made
    plan, lang, said = told.plan, told.lang, texts_of(document)
    assert count(len(plan.steps), lang) in said
    assert money(plan.cost_idr, lang) in said
    last = plan.years[-1]
    assert percent(last.served["water"] / last.people["water"], lang) in said
    assert count(plan.people_years, lang) in said
    for line in missed_lines(plan, lang):
        assert line in said
    proven = {"id": "Terbukti", "en": "Proven"}[lang]
    assert (proven in said) == plan.optimal


def test_every_table_names_its_version(made: tuple[Material, Document]) -> None:
    told, document = made
    assert len(document.tables) > 12
    assert all(told.version in table.note for table in document.tables)


def test_docx_and_xlsx_hold_the_same_tables_with_the_engines_figures(made: tuple[Material, Document]) -> None:
    told, document = made
    written = docx.Document(io.BytesIO(document_docx(document)))
    for table, block in zip(written.tables, document.tables, strict=True):
        rows = [[cell.text for cell in row.cells] for row in table.rows]
        assert rows == [list(block.heads), *[list(row) for row in block.cells]]
    book = openpyxl.load_workbook(io.BytesIO(document_xlsx(document)))
    assert len(book.sheetnames) == 1 + len(document.tables)
    years = next(n for n, block in enumerate(document.tables) if len(block.cells) == 3 and block.cells[0][0] == "2027")
    page = book.worksheets[1 + years]
    below = [row[0] for row in page.iter_rows(min_row=3 + len(told.plan.years), values_only=True) if row[0]]
    assert below == [document.tables[years].note, *document.marks]
    told_rows = page.iter_rows(min_row=2, max_row=1 + len(told.plan.years), values_only=True)
    for row, year in zip(told_rows, told.plan.years, strict=True):
        assert row[0] == str(year.year)
        assert row[1] == year.actions
        assert row[2] == pytest.approx(year.cost_idr)
        assert row[3] == pytest.approx(year.gained)
        assert row[4] == pytest.approx(year.served["water"] / year.people["water"])
    assert not any(cell.data_type == "f" for page in book.worksheets for row in page.iter_rows() for cell in row)
    spent = sum(one.spent_idr for one in told.plan.accounts)
    assert spent == pytest.approx(told.plan.cost_idr)


def test_the_pdf_has_its_pages_and_is_tagged(made: tuple[Material, Document]) -> None:
    data = document_pdf(made[1])
    assert pages_of(data) >= 6
    assert b"/StructTreeRoot" in data


def test_a_plan_without_money_says_so() -> None:
    told = material("en")
    empty: YearPlan = year_plan(ground(4, choices=12), PARAMS, YearWish(2027, 2))
    document = plan_document(Material(told.now, told.now, empty, told.frontier, "X", "en", told.on))
    said = texts_of(document)
    assert "No action can be planned" in said
    assert "on average" not in said.split("Costs")[-1].split("Who does what")[0]
    document_docx(document)


def test_a_part_is_never_told_larger_than_its_whole() -> None:
    """Upkeep that takes all the money: what is unpaid is told of all years, as what it is a part of."""
    told = material("en")
    plan = year_plan(
        ground(4, choices=12), PARAMS, YearWish(2027, 5, grants_of(["all:APBD=1e5"], 2027, 5), pay_upkeep=True)
    )
    assert not plan.steps
    said = texts_of(plan_document(Material(told.now, told.now, plan, told.frontier, "X", "en", told.on)))
    assert f"takes {money(plan.upkeep_idr, 'en')} over the years of the plan" in said
    assert f"{money(plan.unpaid_idr, 'en')} of it cannot be paid" in said
    assert 0 < plan.unpaid_idr <= plan.upkeep_idr == sum(one.upkeep_standing_idr for one in plan.years)


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_document_says_what_the_plan_was_made_of(lang: str) -> None:
    told = material(lang, price_growth=0.03)
    document = plan_document(told)
    table = next(one for one in document.tables if one.title == t("doc.table.parameters", lang))
    rows = dict(table.cells)
    assert {"id": "Perbaikan", "en": "Repair"}[lang] in rows.values()
    assert f"{money(20e6, lang)} {'setiap tahun' if lang == 'id' else 'each year'}" in rows.values()
    assert {"id": "+3,0 %", "en": "+3.0 %"}[lang] in rows.values()


def test_villages_alike_are_named_together() -> None:
    rows = [["A", 0.2], ["B", 0.2], ["C", 1.0], ["D", 1.0], ["E", 1.0], ["F", 1.0]]
    assert (_those(rows, 0.2, "en"), _those(rows, 1.0, "en")) == ("A, B", "4 villages")


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_programme_of_other_sectors_stands_in_the_plan(lang: str) -> None:
    told = material(lang)
    village = str(told.now.villages["village_code"].iloc[0])
    activity = {
        "year": 2027, "until": 2028, "sector": "hygiene", "activity": "=CTPS()", "partner": "Puskesmas",
        "village_code": village, "target": "120 keluarga", "amount_idr": 4e6, "stage": "planned",
        "against": ("capacity", "kader kurang"),
    }  # fmt: skip
    rows = [activity, activity | {"activity": "Kebun", "amount_idr": None, "against": None, "target": ""}]
    rows.append(activity | {"partner": "euis@desa.id", "target": "https://docs.example/" + "x" * 180})
    held = [{"village_code": village, "kind": "land", "note": "tanah warga", "number": 3}]
    document = plan_document(replace(told, done=[], programme=rows, held=held))
    said = texts_of(document)
    assert t("doc.programme_text", lang, count="3", known="2", cost=money(8e6, lang)) in said
    tables = {one.title: one for one in document.tables}
    first, second, third = tables[t("doc.table.programme", lang)].cells
    assert third[4] == "[…]", "no address of a person"
    page = PdfReader(
        io.BytesIO(document_pdf(replace(document, blocks=[tables[t("doc.table.programme", lang)]])))
    ).pages[0]
    rights = []
    page.extract_text(visitor_text=lambda text, cm, tm, *_: rights.append(cm[4] + tm[4]) if text.strip() else None)
    assert max(rights) < float(page.mediabox.width) - 20
    assert "Puskesmas" in page.extract_text()
    assert (first[0], first[5], first[7]) == ("2027–2028", "120 keluarga", t("bottleneck.capacity", lang))
    assert (second[5], second[6], second[7]) == ("–", "–", "–")
    assert tables[t("doc.table.held", lang)].cells[0][1:] == [t("bottleneck.land", lang), "tanah warga"]
    assert t("doc.programme_none", lang) in texts_of(plan_document(replace(told, done=[])))
    book = openpyxl.load_workbook(io.BytesIO(document_xlsx(document)))
    assert not any(cell.data_type == "f" for page in book.worksheets for row in page.iter_rows() for cell in row)


def test_shares_that_read_alike_are_not_told_as_lowest_and_highest() -> None:
    told = material("en")
    rows = told.now.villages.assign(share=[0.9 + 0.0002 * n for n in range(len(told.now.villages))])
    alike = replace(told.now, villages=rows)
    said = "\n".join(one.text for one in fair_blocks(alike, alike, "en", "", wear=False) if isinstance(one, Text))
    assert "highest" not in said.split("Sanitation")[0]


def test_a_small_table_with_long_cells_breaks_instead_of_running_off_the_page() -> None:
    table = Rows("T", ["a", "b"], [[f"row {n} " + "panjang sekali " * 60, f"end-{n}"] for n in range(14)], (), "note")
    document = replace(plan_document(material("en")), blocks=[table])
    pages = PdfReader(io.BytesIO(document_pdf(document))).pages
    said = "\n".join(page.extract_text() for page in pages)
    assert len(pages) > 1
    for n in range(14):
        assert f"end-{n}" in said.replace("\u200b", "")
    lowest = []
    for page in pages:
        page.extract_text(visitor_text=lambda text, cm, tm, *_: lowest.append(cm[5] + tm[5]) if text.strip() else None)
    assert min(lowest) >= 0
