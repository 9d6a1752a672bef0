"""Files for others' tools: a table and its provenance in, bytes out. `EXPORTS` lists the formats."""

from exports.faults import fault_rows, preview_rows, rejects_csv
from exports.formats import EXPORTS, export, file_name
from exports.sheet import Sheet, about, sample_mark, sheet_of, with_why

__all__ = [
    "EXPORTS",
    "Sheet",
    "about",
    "export",
    "fault_rows",
    "file_name",
    "preview_rows",
    "rejects_csv",
    "sample_mark",
    "sheet_of",
    "with_why",
]
