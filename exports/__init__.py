"""Files for others' tools: a table and its provenance in, bytes out. `EXPORTS` lists the formats."""

from exports.formats import EXPORTS, export, file_name
from exports.tables.columns import describe
from exports.tables.faults import fault_rows, preview_rows, rejects_csv
from exports.tables.fixes import fixes_file
from exports.tables.plan_rows import plan_rows
from exports.tables.sheet import Sheet, about, about_line, sample_mark, sheet_of, with_why
from exports.tables.xlsform import FORMS, xlsform

__all__ = [
    "EXPORTS",
    "FORMS",
    "Sheet",
    "about",
    "about_line",
    "describe",
    "export",
    "fault_rows",
    "file_name",
    "fixes_file",
    "plan_rows",
    "preview_rows",
    "rejects_csv",
    "sample_mark",
    "sheet_of",
    "with_why",
    "xlsform",
]
