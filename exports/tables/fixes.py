"""The list of what is to be put right in a file, village by village: for those who know the places."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pandas as pd

from exports.tables.faults import fault_rows
from exports.tables.sheet import INERT, defused, expect
from geo.checking.checked_table import Checked
from geo.workspace.against_known import stated_villages
from texts import t

_COLUMNS = ("village", "table", "file", "row", "column", "value", "severity", "message", "remedy")


def fix_list(tables: Mapping[str, Checked], lang: str) -> pd.DataFrame:
    """Return every fault of a row, by village and row; those of whole files last.

    Columns: ``village, table, file, row, column, value, severity, message, remedy``. The village is what the row itself
    says, its code or its name; missing where it says none.
    """
    parts = []
    for name, checked in tables.items():
        rows = pd.DataFrame(fault_rows(checked, lang))
        if len(rows):
            villages = stated_villages(checked).dropna().astype(str).to_dict()
            rows["village"] = [villages.get(row) for row in rows["row"]]
            parts.append(rows.assign(table=t(f"table.{name}", lang)))
    if not parts:
        return pd.DataFrame(columns=list(_COLUMNS))
    found = pd.concat(parts, ignore_index=True).sort_values(["village", "table", "row"], na_position="last")
    found["severity"] = found["severity"].map(lambda word: t(f"severity.{word}", lang))
    return found[list(_COLUMNS)].reset_index(drop=True)


def fixes_file(tables: Mapping[str, Checked], lang: str, ending: str) -> bytes:
    """Write the list as ``.xlsx`` or ``.csv``, nothing of the data being run as a formula or a link."""
    found = fix_list(tables, lang)
    headed = found.set_axis([t(f"fixes.{name}", lang) for name in found.columns], axis=1)
    if ending == ".csv":
        data: bytes = headed.map(defused).to_csv(index=False).encode("utf-8-sig")
        return data
    import xlsxwriter
    from python_calamine import CalamineWorkbook

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, INERT) as book:
        page = book.add_worksheet("mata_air")
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        page.write_row(0, 0, list(headed.columns), book.add_format({"bold": True}))
        for n, row in enumerate(headed.itertuples(index=False), start=1):
            page.write_row(n, 0, [None if pd.isna(cell) else cell for cell in row], wrap)
        for position, width in enumerate((22, 16, 22, 8, 16, 24, 12, 50, 50)):
            page.set_column(position, position, width)
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, max(len(headed), 1), len(headed.columns) - 1)
    data = buffer.getvalue()
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name("mata_air").to_python()
    expect(len(rows) - 1, len(headed), "xlsx")
    return data
