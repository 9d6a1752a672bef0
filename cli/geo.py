"""The command line: `python -m geo <command> --help`.

An entry point like dashboard.py: it may reach outwards to texts and exports, and nothing imports it. With `--json`
one JSON object goes to stdout; messages and progress go to stderr. Exit 0 done, 1 the data are at fault, 2 the call
is, 3 a bug.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.analyse import coverage, priorities, yardsticks
from cli.batch import batch
from cli.ending import exit_code, own_stdout
from cli.export import export_sites, form
from cli.options import (
    Elevation,
    File,
    Fixes,
    Json,
    Lang,
    MapFile,
    TellProgress,
    files_of,
    finish,
    following,
    say,
    session,
    tell_faults,
)  # fmt: skip
from cli.osm import osm
from cli.plan import plan
from cli.propose import propose
from cli.returned import returned
from exports import fault_rows, fixes_file, preview_rows, rejects_csv, sample_mark
from geo.checking.assistant import proposal
from geo.checking.checked_table import Checked
from geo.model.errors import CallError, DataError
from geo.model.facts import facts
from geo.model.tables import TABLES
from geo.workspace.importing import RASTERS, import_files, read_tables
from geo.workspace.shipped import shipped_tables
from geo.workspace.versions import load, save
from texts import error_text

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Mata Air: coverage and priorities of water and sanitation.",
)
for _command in (propose, coverage, priorities, yardsticks, plan, batch, form, osm):
    app.command()(_command)
app.command("export")(export_sites)
app.command("returned")(returned)


@app.callback()
def main(lang: Annotated[Lang, typer.Option(help="Language of messages: id or en.")] = Lang.id) -> None:
    """Set the language of what follows."""
    session.lang = lang.value


@app.command()
def check(
    file: Path,
    table: Annotated[
        str,
        typer.Option("--as", help=f"One of {', '.join(TABLES)}."),
    ],
    mapping: MapFile = None,
    workspace: Annotated[Path | None, typer.Option(help="Check against its villages and points, too.")] = None,
    rejects: Annotated[Path | None, typer.Option(help="Write the rejected rows here (CSV).")] = None,
    fixes: Fixes = None,
    progress: TellProgress = False,
    as_json: Json = False,
) -> None:
    """Read and check a file; print every fault with its row and remedy. Exit 1 if rows were rejected."""
    if table not in facts("tables"):
        raise CallError("error.table", value=table, known=", ".join(facts("tables")))
    with following(progress):
        known = None if workspace is None else load(workspace)
        tables = read_tables({table: file}, mapping, known)
    checked = tables[table]
    for found in tables.values():
        tell_faults(found)
    _write_lists(tables, rejects, fixes)
    result: dict[str, Any] = {"file": str(file), "table": table, **checked.counts()}
    if as_json:
        result |= {"faults": fault_rows(checked, session.lang), "preview": preview_rows(checked)}
        result["joins"] = checked.joins
        if checked.history is not None:
            result["history"] = checked.history.counts()
        if checked.raw is not None:
            result["proposal"] = proposal(checked.raw, table, checked.sources)
    finish(result, as_json)
    if any(found.rejected for found in tables.values()):
        raise typer.Exit(1)


def _write_lists(tables: dict[str, Checked], rejects: Path | None, fixes: Path | None) -> None:
    if rejects is not None:
        rejects.write_bytes(rejects_csv(tables, session.lang))
    if fixes is not None:
        fixes.write_bytes(fixes_file(tables, session.lang, fixes.suffix.lower()))


@app.command("import")
def import_(
    workspace: Annotated[Path, typer.Option(help="Folder with the data versions.")],
    villages: File = None,
    settlements: File = None,
    water: File = None,
    sanitation: File = None,
    institutions: File = None,
    population: Annotated[
        Path | None, typer.Option(help="GeoTIFF of people per cell (EPSG:4326), instead of settlements.")
    ] = None,
    reports: File = None,
    roads: File = None,
    buildings: File = None,
    elevation: Elevation = None,
    no_elevation: Annotated[bool, typer.Option("--no-elevation", help="Leave the heights there are out.")] = False,
    mapping: MapFile = None,
    rejects: Annotated[Path | None, typer.Option(help="Write the rejected rows here (CSV).")] = None,
    fixes: Fixes = None,
    surveyed_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day these villages' inventory was completed.")
    ] = None,
    add: Annotated[
        bool, typer.Option("--add", help="Join the rows to those there are; the same id is replaced.")
    ] = False,
    progress: TellProgress = False,
    as_json: Json = False,
) -> None:
    """Import files as a new data version; good rows go in, each bad row goes whole to the rejects."""
    if settlements is not None and population is not None:
        raise CallError("error.one_demand")
    if population is not None and population.suffix.lower() not in RASTERS:
        raise DataError("error.raster_format", path=population.name)
    files = files_of(
        villages=villages, settlements=settlements or population, water_points=water, sanitation=sanitation,
        institutions=institutions, reports=reports, roads=roads, buildings=buildings,
    )  # fmt: skip
    if not files and elevation is None and not no_elevation:
        raise CallError("error.no_input")

    def seen(tables: dict[str, Checked]) -> None:
        for checked in tables.values():
            tell_faults(checked)
        _write_lists(tables, rejects, fixes)

    day = surveyed_on.date() if surveyed_on else None
    with following(progress):
        done = import_files(
            workspace, files, mapping, day, add=add, elevation=elevation, no_elevation=no_elevation, seen=seen
        )
    counts = {name: checked.counts() for name, checked in done.tables.items()}
    result = {"version": done.version, "tables": counts, "kept": list(done.kept), "dropped": list(done.dropped)}
    finish(result | {"changed": done.changed}, as_json)


@app.command()
def demo(
    workspace: Annotated[Path, typer.Option(help="Folder with the data versions.")], as_json: Json = False
) -> None:
    """Write the four shipped kecamatan called Pagelaran, with their sample, as a workspace."""
    tables, sources = shipped_tables()
    version = save(workspace, tables, sources)
    say(sample_mark(tuple(tables), session.lang))
    finish({"version": version, "tables": {name: len(table) for name, table in tables.items()}}, as_json)


def run() -> None:
    """Run the command line and leave with its exit code."""
    own_stdout()
    sys.exit(exit_code(app, lambda error: error_text(error, session.lang)))
