"""XLSX: a sheet to fill in, the tables behind it, a dictionary; no formula and no link ever comes from data."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import pandas as pd

from exports.tables.columns import Column, describe
from exports.tables.field import ASKED, photo_file, with_field
from exports.tables.sheet import INERT, Sheet, expect, plain_table, public
from texts import t

#: Number formats by the format of a column; Excel shows them with the reader's own separators.
_FORMATS = {
    "people": "#,##0",
    "count": "#,##0",
    "share": "0.0%",
    "metres": "#,##0",
    "idr": '"Rp"#,##0',
    "score": "0.00",
    "year": "0",
    "degrees": "0.000000",
    "date": "d mmmm yyyy",
}
_TABLES = ("villages", "settlements", "water_points", "sanitation")
#: Rows that still get the drop-down below the last one: new sites.
_MORE = 200
_PHOTO_ROW = 60


def to_xlsx(sheet: Sheet) -> bytes:
    """Write the rows with drop-downs and photos, the tables of the area, a dictionary and the marks.

    Read back by calamine, row by row counted, before it is handed out.
    """
    import xlsxwriter
    from python_calamine import CalamineWorkbook

    buffer = io.BytesIO()
    main = plain_table(Sheet(with_field(sheet), sheet.title, sheet.about, sheet.analysis, sheet.lang, sheet.photos))
    with xlsxwriter.Workbook(buffer, INERT) as book:
        pages = _Pages(book, sheet)
        pages.table("mata_air", main, form=True)
        for name, table in _behind(sheet).items():
            pages.table(name, table)
        pages.dictionary()
        pages.about()
    data = buffer.getvalue()
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name("mata_air").to_python()
    expect(len(rows) - 1, len(main), "xlsx")
    return data


def _behind(sheet: Sheet) -> dict[str, pd.DataFrame]:
    """The tables that the rows were computed from, without what is private."""
    if sheet.analysis is None or "site_id" not in sheet.rows:
        return {}
    found = sheet.analysis
    settlements = found.places[found.places["kind"] == "settlement"].drop(columns="kind")
    tables = (found.villages, settlements, found.water_points, found.sanitation)
    made = {}
    for name, table in zip(_TABLES, tables, strict=True):
        made[name] = plain_table(Sheet(public(table), sheet.title, sheet.about))
    return made


class _Pages:
    """Writes the pages of one workbook; knows each column it has written, for the dictionary."""

    def __init__(self, book: Any, sheet: Sheet) -> None:
        self.book, self.sheet = book, sheet
        self.head = book.add_format({"bold": True, "bg_color": "#01497C", "font_color": "white"})
        self.fill = book.add_format({"bg_color": "#FFF4CE"})
        self.formats = {name: book.add_format({"num_format": code}) for name, code in _FORMATS.items()}
        self.fill_date = book.add_format({"bg_color": "#FFF4CE", "num_format": _FORMATS["date"]})
        self.columns: dict[str, Column] = {}

    def table(self, title: str, plain: pd.DataFrame, *, form: bool = False) -> None:
        """A table with frozen header, filter and number formats; a form also has drop-downs and photos."""
        page = self.book.add_worksheet(title)
        names = [str(name) for name in plain.columns]
        page.write_row(0, 0, names, self.head)
        for position, name in enumerate(names):
            column = self.columns.setdefault(name, describe(name, self.sheet.lang))
            style = self.formats.get(column.format)
            if form and name in ASKED:
                style = self.fill_date if column.format == "date" else self.fill
            _write_column(page, position, plain[name].tolist(), column, style)
            if form and name == "status_new":
                self._drop_down(page, position, len(plain), column)
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, max(len(plain), 1), max(len(names) - 1, 0))
        page.autofit(300)
        if form and "photo" in names:
            self._photos(page, names.index("photo"), plain)

    def _drop_down(self, page: Any, position: int, count: int, column: Column) -> None:
        words = [word for _, word in column.choices]
        told = {"validate": "list", "source": words, "error_title": column.label[:32], "error_message": column.label}
        page.data_validation(1, position, count + _MORE, position, told)

    def _photos(self, page: Any, position: int, plain: pd.DataFrame) -> None:
        urls = plain["photo_url"].tolist() if "photo_url" in plain else []
        for number, url in enumerate(urls, start=1):
            found = photo_file(self.sheet, url)
            if found is not None:
                page.set_row(number, _PHOTO_ROW)
                page.embed_image(number, position, str(found), {"description": found.name})

    def dictionary(self) -> None:
        """What each column is, and the words it may hold."""
        lang = self.sheet.lang
        page = self.book.add_worksheet("dictionary")
        heads = [t(f"dictionary.{name}", lang) for name in ("column", "label", "unit", "means", "words")]
        page.write_row(0, 0, heads, self.head)
        for number, column in enumerate(self.columns.values(), start=1):
            words = "; ".join(f"{value} = {word}" for value, word in column.choices)
            for position, text in enumerate((column.name, column.label, column.unit, column.means, words)):
                page.write_string(number, position, text)
        page.freeze_panes(1, 0)
        page.autofit()

    def about(self) -> None:
        """Version, standard, date, marks."""
        page = self.book.add_worksheet("about")
        for number, (label, text) in enumerate(self.sheet.about.items()):
            page.write_string(number, 0, label, self.head)
            page.write_string(number, 1, text)
        page.autofit()


def _write_column(page: Any, position: int, values: list[Any], column: Column, style: Any) -> None:
    for number, value in enumerate(values, start=1):
        if value is None or value != value:
            if style is not None and column.name in ASKED:  # left empty, the cell is still there to write in
                page.write_blank(number, position, None, style)
        elif isinstance(value, bool) or type(value).__name__ == "bool":
            page.write_boolean(number, position, bool(value), style)
        elif isinstance(value, (int, float)) or hasattr(value, "dtype"):
            _write_number(page, number, position, float(value), style)
        elif column.format == "date":
            _write_date(page, number, position, value, style)
        else:
            page.write_string(number, position, str(value)[:32767], style)


def _write_number(page: Any, row: int, position: int, number: float, style: Any) -> None:
    if abs(number) != float("inf"):
        page.write_number(row, position, number, style)


def _write_date(page: Any, row: int, position: int, value: Any, style: Any) -> None:
    """A day as Excel's own date, so that it sorts and filters; what is no day stays the text it is."""
    try:
        found = value if isinstance(value, date) else datetime.fromisoformat(str(value)).date()
    except ValueError:
        page.write_string(row, position, str(value)[:32767], style)
        return
    page.write_datetime(row, position, datetime(found.year, found.month, found.day), style)
