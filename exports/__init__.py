"""Files for others' tools: a table and its provenance in, bytes out. `EXPORTS` lists the formats."""

from exports.formats import EXPORTS, export
from exports.sheet import Sheet, sheet_of

__all__ = ["EXPORTS", "Sheet", "export", "sheet_of"]
