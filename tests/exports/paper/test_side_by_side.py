"""Scenarios side by side on paper: what is read back equals the engine's figures, of two versions too."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path

import docx
import openpyxl
import pytest
from typer.testing import CliRunner

from cli.geo import app
from exports.paper.blocks import MEDIA, WRITERS, Picture
from exports.paper.side_by_side import side_by_side
from forum.record import Record
from geo.analysis.scenarios import Outcome, Scenario, outcome_of
from geo.model.changes import Change
from geo.model.errors import CallError
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.workspace import versions as ws
from texts import LANGUAGES, count, percent, t

FEW = (Change("water", "CJ005A14", "functional"), Change("water", "CJ010A08", "functional"))


@pytest.fixture(scope="module")
def outcomes(shipped: Inputs) -> list[Outcome]:
    params = Params(area="32.03.18")
    made = [Scenario("Sedikit", "shipped", params, FEW[:1], 35e6), Scenario("Lebih <b>", "shipped", params, FEW, 80e6)]
    return [outcome_of(shipped, one) for one in made]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_read_back_are_the_engine_s_figures(outcomes: list[Outcome], lang: str) -> None:
    made = side_by_side(outcomes, lang, date(2026, 11, 28))
    book = openpyxl.load_workbook(io.BytesIO(WRITERS["xlsx"](made)))
    cells = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    word = docx.Document(io.BytesIO(WRITERS["docx"](made)))
    texts = {cell.text for table in word.tables for row in table.rows for cell in row.cells}
    for found in outcomes:
        for told in (cells, texts):
            assert found.scenario.name in told
            assert count(found.gained, lang) in told
            assert percent(found.figures["water"]["share"], lang) in told
    differ = next(one for one in made.tables if one.heads[:1] == [t("map.village", lang)])
    assert differ.values[0][2] != differ.values[0][3]
    assert all(row[4] == row[3] - row[2] for row in differ.values)
    figures = made.tables[0]
    assert figures.heads[-1] == t("scenario.difference", lang, one="Sedikit", other="Lebih <b>")
    told = {row[0]: row[-1] for row in figures.cells}
    assert told[t("map.cost", lang)] == "+Rp" + count(45e6, lang)
    assert told[t("plan.gained", lang)] == "+" + count(outcomes[1].gained - outcomes[0].gained, lang)
    assert told[t("about.version", lang)] == ""
    pictures = [block for block in made.blocks if isinstance(block, Picture)]
    assert len(pictures) == 2
    assert all(block.data.startswith(b"\x89PNG") and block.alt for block in pictures)
    assert WRITERS["pdf"](made).startswith(b"%PDF")
    assert set(WRITERS) == set(MEDIA)
    assert any("DATA CONTOH" in mark or "SAMPLE" in mark for mark in made.marks)


def test_unlike_settings_are_told(outcomes: list[Outcome], shipped: Inputs) -> None:
    other = outcome_of(shipped, Scenario("Kemarau", "shipped", Params(area="32.03.18", season="dry"), FEW))
    told = [getattr(block, "text", "") for block in side_by_side([outcomes[0], other], "id", date(2026, 1, 1)).blocks]
    assert t("scenario.unlike", "id") in told
    alike = [getattr(block, "text", "") for block in side_by_side(outcomes, "id", date(2026, 1, 1)).blocks]
    assert t("scenario.unlike", "id") not in alike


def test_last_year_s_plan_beside_this_year_s_by_the_command_line(tmp_path: Path, shipped: Inputs) -> None:
    """Each over its own version of the data; a name nobody saved is refused with those there are."""
    old = ws.save(tmp_path, shipped.tables(), dict(shipped.sources))
    points = shipped.water_points.assign(status=shipped.water_points["status"].where(
        shipped.water_points["point_id"] != "CJ005A14", "functional"))  # fmt: skip
    new = ws.save(tmp_path, shipped.tables() | {"water_points": points}, dict(shipped.sources))
    assert old != new
    url = f"sqlite:///{tmp_path / 'record.sqlite'}"
    record = Record(url)
    for name, version, changes in (("2026", old, FEW[:1]), ("2027", new, FEW[1:])):
        made = Scenario(name, version, Params(area="32.03.18"), changes, 30e6)
        record.append("Siti", "scenario", made.as_content())
    record.close()
    out = tmp_path / "banding.pdf"
    call = ["beside", "--workspace", str(tmp_path), "--scenario", "2026", "--out", str(out), "--json"]
    done = CliRunner().invoke(app, [*call, "--scenario", "2027"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["scenarios"]
    assert {name: one["version"] for name, one in told.items()} == {"2026": old, "2027": new}
    assert told["2026"]["gained"] > 0
    assert out.read_bytes().startswith(b"%PDF")
    for more, key in ((["--scenario", "2030"], "no_scenario"), ([], "beside_count")):
        refused = CliRunner().invoke(app, [*call, *more])
        assert isinstance(refused.exception, CallError)
        assert key in str(refused.exception)
