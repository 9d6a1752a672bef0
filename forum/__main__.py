"""`python -m forum verify --record URL`: check the record's chain of hashes. Exit 0 whole, 1 tampered with."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from forum.record import Record
from geo.entry import exit_code, own_stdout
from texts import error_text

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def main() -> None:
    """The forum's record."""


@app.command()
def verify(
    record: Annotated[str, typer.Option(help="Database URL, e.g. sqlite:///workspace/record.sqlite")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Check that no event was changed, removed or put in."""
    opened = Record(record)
    try:
        count = opened.verify()
    finally:
        opened.close()
    typer.echo(json.dumps({"events": count, "whole": True}) if as_json else f"{count} ok")


if __name__ == "__main__":
    own_stdout()
    sys.exit(exit_code(app, lambda error: error_text(error, "id")))
