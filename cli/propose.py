"""The command that tells how a file would be read, as a mapping file to change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.options import Json, MapFile, finish, one_table
from geo.model.sites import TABLES


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
    if table is not None:
        one_table(table)
    from geo.checking.column_mapping import ColumnMapping, mapping_for
    from geo.checking.layouts import proposal, read_for, understood
    from geo.checking.proposals import best_fit, columns_found, likeliest
    from geo.reading.readers import read_any

    given = ColumnMapping() if table is None else mapping_for(table, mapping)
    raw = read_any(file, {"fits": best_fit}) if table is None else read_for(file, table, given)
    table = table or likeliest(raw)
    shaped, given = understood(raw, table, given)
    result = proposal(shaped, table, columns_found(shaped, table, given))
    if out is not None:
        out.write_text(result["mapping"], encoding="utf-8")
    finish(result if as_json else {"table": table, "sources": result["sources"]}, as_json)
