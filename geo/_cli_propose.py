"""`python -m geo propose`: how a file would be read, as a mapping file to change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tomli_w
import typer

from geo._cli import Json, MapFile, finish
from geo.errors import CallError
from geo.facts import facts
from geo.mapping import Mapping, mapping_for
from geo.model import TABLES
from geo.proposals import columns_found, likeliest
from geo.readers import read_any
from geo.shapes import changed, understood


def propose(
    file: Path,
    table: Annotated[
        str | None, typer.Option("--as", help=f"One of {', '.join(TABLES)}; the likeliest if left out.")
    ] = None,
    mapping: MapFile = None,
    out: Annotated[Path | None, typer.Option(help="Write the mapping file here (TOML).")] = None,
    as_json: Json = False,
) -> None:
    """Tell which of the file's columns would be read as which of ours, and write that as a mapping file."""
    if table is not None and table not in facts("tables"):
        raise CallError("error.table", value=table, known=", ".join(facts("tables")))
    given = Mapping() if table is None else mapping_for(table, mapping)
    raw = read_any(file, given.options)
    likely = likeliest(raw)
    table = table or likely
    shaped, given = understood(raw, table, given)
    sources = columns_found(shaped, table, given)
    made = changed(raw, shaped)
    written = {ours: theirs for ours, theirs in sources.items() if theirs in raw.cells.columns and theirs not in made}
    text = tomli_w.dumps({table: {"columns": written}})
    if out is not None:
        out.write_text(text, encoding="utf-8")
    first = raw.cells.head(1).to_dict("records")
    columns = {str(name): (first[0][name] if first else None) for name in raw.cells.columns}
    result = {"table": table, "likeliest": likely, "columns": columns, "sources": sources, "mapping": text}
    finish(result if as_json else {"table": table, "sources": sources}, as_json)
