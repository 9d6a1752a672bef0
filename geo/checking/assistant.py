"""How a file would be read, as something to change: the proposal of an import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import tomli_w

from geo.checking.layouts import changed
from geo.checking.proposals import likeliest
from geo.reading.raw_table import RawTable


def proposal(shaped: RawTable, table: str, sources: Mapping[str, str]) -> dict[str, Any]:
    """Return what would be read as what.

    Parameters
    ----------
    shaped
        The file in plain columns (`geo.checking.layouts.understood`).
    table
        What it is to become.
    sources
        Our columns and the file's.

    Returns
    -------
    dict
        `table`; the `likeliest` one; the file's `columns` with the first row's cells; `sources`; and as `mapping`
        the text of a mapping file for those columns that are the file's own.
    """
    raw = replace(shaped, cells=shaped.as_written, written=None)
    made = changed(raw, shaped)
    own = {ours: theirs for ours, theirs in sources.items() if theirs in raw.cells.columns and theirs not in made}
    first = raw.cells.head(1).to_dict("records")
    return {
        "table": table,
        "likeliest": likeliest(raw),
        "columns": {str(name): (first[0][name] if first else None) for name in raw.cells.columns},
        "sources": dict(sources),
        "mapping": tomli_w.dumps({table: {"columns": own}}),
    }
