"""The survey form: it converts, asks nobody's name, and what comes back imports without a mapping."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from pyxform.xls2xform import convert

from exports.tables.xlsform import xlsform
from geo.model.errors import CallError
from geo.model.facts import columns_of, facts
from geo.model.inputs import Inputs
from geo.model.sites import SURVEYED
from geo.workspace.importing import check_file
from geo.workspace.shipped import shipped_tables


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    tables, sources = shipped_tables()
    return Inputs.of(tables, sources=sources)


def sheet(data: bytes, name: str) -> list[dict[str, object]]:
    rows = list(openpyxl.load_workbook(io.BytesIO(data))[name].values)
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


@pytest.mark.parametrize("table", list(SURVEYED))
def test_each_form_converts_in_both_languages(inputs: Inputs, table: str) -> None:
    data = xlsform(table, inputs)
    warnings: list[str] = []
    xform = convert(data, warnings=warnings, file_type=".xlsx").xform
    assert warnings == []
    assert "Bahasa Indonesia (id)" in xform
    assert "English (en)" in xform
    survey = sheet(data, "survey")
    assert all(row["label::English (en)"] for row in survey if row["type"] not in ("start", "calculate"))
    assert "manager" not in {row["name"] for row in survey}
    choices = sheet(data, "choices")
    assert sum(row["list_name"] == "village_code" for row in choices) == len(inputs.villages)


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("table", list(SURVEYED))
def test_answers_come_in_as_they_are(inputs: Inputs, table: str, separator: str, tmp_path: Path) -> None:
    """As ODK and Kobo write answers: names of the questions, names of the choices, the place in one column."""
    data = xlsform(table, inputs)
    choices: dict[str, list[object]] = {}
    for row in sheet(data, "choices"):
        choices.setdefault(str(row["list_name"]), []).append(row["name"])
    answers: dict[str, object] = {"_submission_time": "2026-11-20T08:00:00"}
    for row in sheet(data, "survey"):
        kind, name = str(row["type"]), str(row["name"])
        if kind.startswith("select_one"):
            answers[name] = choices[kind.split()[1]][0]
        else:
            answers[name] = {
                "start": "2026-11-20T07:55:00.000+07:00", "geopoint": "-7.2110 107.1020 812.0 4.5", "date": "2026-11-20",
                "integer": "2010" if name.endswith("_year") else "3", "decimal": "120", "calculate": "uuid-1", "image": "1732.jpg",
            }.get(kind, "Sumur")  # fmt: skip
    path = tmp_path / "jawaban.csv"
    pd.DataFrame([answers]).to_csv(path, index=False, sep=separator)
    found = check_file(path, table)
    assert (found.accepted, found.rejected) == (1, 0), found.faults
    row = found.rows.iloc[0]
    assert row.geometry.coords[0] == (107.102, -7.211)
    assert row[facts("tables")[table]["key"]] == "uuid-1"
    for name, column in columns_of(table).items():
        if column["type"] == "choice":
            assert row[name] == answers[name]
    if table != "community":
        assert row["village_code"] == answers["village_code"]


def test_a_table_that_nobody_walks_to_is_refused(inputs: Inputs) -> None:
    with pytest.raises(CallError, match="option"):
        xlsform("villages", inputs)
