"""A form for a field survey (XLSForm, for ODK Collect and KoboCollect) whose answers import without any mapping.

The questions are the columns of a table, by our own names, in both languages; the place is a geopoint, which the import
reads. Source: xlsform.org.
"""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from exports.tables.columns import describe
from exports.tables.sheet import INERT
from geo.model.errors import CallError
from geo.model.facts import columns_of, facts
from geo.model.inputs import Inputs
from geo.model.sites import SURVEYED
from texts import LANGUAGES, t

#: Tables that a survey walks to, and what the community reports.
#: The beginning of the keys of the words of a choice.
_WORDS = {
    "status": "status",
    "technology": "technology",
    "facility_kind": "kind",
    "institution_kind": "institution",
    "service": "service",
    "report_what": "lapor.what",
}
#: Not asked: names of persons, what the import itself knows, and what costs are for the office.
_LEFT_OUT = ("manager", "data_source", "rehab_cost_idr")
NAMES = {"id": "Bahasa Indonesia (id)", "en": "English (en)"}
_TYPES = {"text": "text", "integer": "integer", "number": "decimal", "date": "date"}
Row = dict[str, Any]


def xform(table: str, inputs: Inputs, today: date | None = None) -> str:
    """Return the form of one table as the XForm (XML) that ODK Collect fetches; see `xlsform`."""
    from pyxform.xls2xform import convert

    return str(convert(xlsform(table, inputs, today), file_type=".xlsx").xform)


def xlsform(table: str, inputs: Inputs, today: date | None = None) -> bytes:
    """Write the form of one table; villages are those of the data. It is converted once before it is handed out.

    Raises
    ------
    CallError
        If the table is none that is surveyed.
    """
    data = workbook(form_pages(table, inputs, today))
    from pyxform.xls2xform import convert

    convert(data, file_type=".xlsx")
    return data


def form_pages(table: str, inputs: Inputs, today: date | None = None) -> dict[str, list[Row]]:
    """Return the sheets of the form of one table, as rows: ``survey``, ``choices``, ``settings``; see `xlsform`."""
    if table not in SURVEYED:
        raise CallError("error.option", name="--as", value=table, known=", ".join(SURVEYED))
    villages = list(zip(inputs.villages["village_code"], inputs.villages["name"], strict=True))
    pages = {"survey": _survey(table, bool(villages)), "choices": _choices(table, villages)}
    return pages | {"settings": [_settings(table, today or date.today())]}


def labels(text: dict[str, str], column: str = "label") -> Row:
    """The columns of a text in each language."""
    return {f"{column}::{NAMES[lang]}": text[lang] for lang in LANGUAGES}


def both(key: str) -> dict[str, str]:
    """A text of the catalogues in each language."""
    return {lang: t(key, lang) for lang in LANGUAGES}


def _survey(table: str, villages: bool) -> list[Row]:
    key = facts("tables")[table]["key"]
    rows: list[Row] = [
        {"type": "start", "name": "start"},
        {"type": "calculate", "name": key, "calculation": "once(uuid())"},
    ]
    rows.append({"type": "geopoint", "name": "location", "required": "yes"} | labels(both("form.location")))
    for name, column in columns_of(table).items():
        if name == key or name in _LEFT_OUT or (name == "village_code" and not villages):
            continue
        rows.append(_question(table, name, column))
    return rows


def _question(table: str, name: str, column: dict[str, Any]) -> Row:
    """One column as a question: its type, its limits, what must be answered."""
    row: Row = {"name": name} | labels({lang: describe(name, lang).label for lang in LANGUAGES})
    if name == "reported_on":
        return row | {"type": "date", "default": "today()", "required": "yes"}
    if name == "photo_url":
        return row | {"type": "image", "parameters": "max-pixels=1600"}
    if name == "village_code":
        return row | {"type": "select_one village_code", "appearance": "minimal", "required": "yes"}
    if column["type"] == "boolean":
        return row | {"type": "select_one yes_no"}
    if column["type"] == "choice":
        return row | {"type": f"select_one {column['choices']}", "required": "yes"}
    row["type"] = _TYPES[column["type"]]
    if "min" in column:
        row["constraint"] = f". >= {column['min']} and . <= {column['max']}"
        limits = {"low": column["min"], "high": column["max"]}
        row |= labels({lang: t("form.limits", lang, **limits) for lang in LANGUAGES}, "constraint_message")
    return row


def _choices(table: str, villages: list[tuple[Any, Any]]) -> list[Row]:
    rows = [{"list_name": "yes_no", "name": word} | labels(both(f"word.{word}")) for word in ("yes", "no")]
    for column in columns_of(table).values():
        if column["type"] == "choice":
            rows += choice_rows(column["choices"])
    for code, name in villages:
        label = f"{name} ({code})"
        rows.append({"list_name": "village_code", "name": code} | labels(dict.fromkeys(LANGUAGES, label)))
    return rows


def choice_rows(choices: str) -> list[Row]:
    """What may be chosen, in words."""
    prefix = _WORDS[choices]
    values = facts("choices")[choices]
    return [{"list_name": choices, "name": value} | labels(both(f"{prefix}.{value}")) for value in values]


def _settings(table: str, today: date) -> Row:
    title = f"Mata Air: {t(f'table.{table}', 'id')}"
    return {
        "form_title": title,
        "form_id": f"mata_air_{table}",
        "version": f"{today:%Y%m%d}",
        "default_language": NAMES["id"],
    }


def workbook(pages: dict[str, list[Row]]) -> bytes:
    """Sheets of rows as an XLSX, whose columns are those of its rows."""
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, INERT) as book:
        bold = book.add_format({"bold": True})
        for name, rows in pages.items():
            page = book.add_worksheet(name)
            columns = list(dict.fromkeys(column for row in rows for column in row))
            first = ("type", "list_name", "form_title", "name")
            columns.sort(key=lambda column: first.index(column) if column in first else len(first))
            page.write_row(0, 0, columns, bold)
            for n, row in enumerate(rows, start=1):
                page.write_row(n, 0, [row.get(column) for column in columns])
            page.set_column(0, len(columns) - 1, 26)
            page.freeze_panes(1, 0)
    return buffer.getvalue()
