"""`python -m forum verify --record URL`: check the record's chain of hashes. Exit 0 whole, 1 tampered with."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import click
import typer

from forum.record import Record
from geo.errors import CallError, PlanningError
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


def run() -> int:
    """Run the command line and return its exit code."""
    try:
        outcome = app(standalone_mode=False)
        return int(outcome) if isinstance(outcome, int) else 0
    except click.ClickException as error:
        error.show(sys.stderr)
        return 2
    except PlanningError as error:
        typer.echo(error_text(error, "id"), err=True)
        return 2 if isinstance(error, CallError) else 1


if __name__ == "__main__":
    sys.exit(run())
