"""Scenarios side by side on paper: those that somebody saved in the record, each over its own data version."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.options import Json, WorkspaceFolder, documents, finish, read_record, say, session
from cli.running.ending import put
from geo.model.errors import CallError
from texts import t

#: So many stand beside each other on a page.
_FEWEST, _MOST = 2, 3


def beside(
    workspace: WorkspaceFolder,
    scenario: Annotated[list[str], typer.Option(help="Name of a saved scenario; two or three of them.")],
    out: Annotated[list[Path], typer.Option(help="File ending in docx, pdf or xlsx, repeatable.")],
    record: Annotated[
        str, typer.Option(help="Database URL of the record. [default: the workspace's]", envvar="MATA_AIR_RECORD")
    ] = "",
    as_json: Json = False,
) -> None:
    """Write saved scenarios side by side, or last year's plan beside this year's: figures, who gains, maps."""
    from datetime import date

    from exports.paper.side_by_side import side_by_side
    from geo.analysis.scenarios import from_content, outcome_of
    from geo.workspace.versions import load

    writers = documents(out)
    if not _FEWEST <= len(set(scenario)) <= _MOST:
        raise CallError("error.beside_count", count=len(set(scenario)), least=_FEWEST, most=_MOST)
    events, recorded = read_record(record or f"sqlite:///{workspace / 'record.sqlite'}")
    saved = {str(one.content["name"]): one.content for one in events if one.kind == "scenario"}
    gone = [name for name in scenario if name not in saved]
    if gone:
        raise CallError("error.no_scenario", value=gone[0], known=", ".join(list(saved)[-10:]) or "–")
    say(t("cli.record_read", session.lang))
    found = []
    for name in dict.fromkeys(scenario):
        one = from_content(saved[name])
        found.append(outcome_of(load(workspace, one.version), one, recorded))
    written = side_by_side(found, session.lang, date.today())
    for path, write in writers.items():
        put(path, write(written))
    told = {one.scenario.name: {"version": one.scenario.version, "gained": one.gained} for one in found}
    finish({"scenarios": told, "files": [str(path) for path in out]}, as_json)
