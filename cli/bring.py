"""The commands that bring data in: check, import, and the shipped areas as a workspace."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import (
    Codes,
    Elevation,
    File,
    Fixes,
    Json,
    MapFile,
    Rejects,
    Strict,
    TellProgress,
    WorkspaceFolder,
    files_of,
    finish,
    following,
    one_of_codes,
    one_table,
    say,
    session,
    tell_faults,
)
from cli.running.ending import put
from geo.model.errors import CallError, DataError
from geo.model.sites import TABLES

if TYPE_CHECKING:
    from geo.checking.checked_table import Checked
    from geo.workspace.importing import Import


def check(
    file: Path,
    table: Annotated[str, typer.Option("--as", help=f"One of {', '.join(TABLES)}.")],
    mapping: MapFile = None,
    workspace: Annotated[Path | None, typer.Option(help="Check against its villages and points, too.")] = None,
    rejects: Rejects = None,
    fixes: Fixes = None,
    strict: Strict = False,
    codes: Codes = None,
    most: Annotated[
        int | None, typer.Option("--most", min=1, help="So many faults in the JSON, the gravest; all if left out.")
    ] = None,
    progress: TellProgress = False,
    as_json: Json = False,
) -> None:
    """Read and check a file; print every fault with its row and remedy. Exit 1 if rows were rejected."""
    one_table(table)
    one_of_codes(codes)
    from geo.workspace.importing import read_tables

    with following(progress):
        known = None
        if workspace is not None:
            from geo.workspace.settings import codes_for
            from geo.workspace.versions import load

            known, codes = load(workspace), codes_for(workspace, mapping, codes)
        tables = read_tables({table: file}, mapping, known, strict=strict, codes=codes)
    for one in tables.values():
        tell_faults(one)
    _write_lists(tables, rejects, fixes)
    finish(_checked(file, table, tables[table], most, as_json=as_json), as_json)
    if any(one.rejected for one in tables.values()):
        raise typer.Exit(1)


def _checked(file: Path, table: str, checked: Checked, most: int | None, *, as_json: bool) -> dict[str, Any]:
    """What a check says: counts, and as JSON every fault, a preview, what was taken for what."""
    result: dict[str, Any] = {"file": str(file), "table": table, **checked.counts()}
    if not as_json:
        return result
    from exports.tables.faults import fault_rows, places_of, preview_rows, sample_cells
    from geo.checking.layouts import proposal

    result |= {"fault_count": len(checked.faults), "faults": fault_rows(checked, session.lang, most)}
    result |= {"preview": preview_rows(checked), "samples": sample_cells(checked, session.lang)}
    result["places"] = places_of(checked)
    result["joins"] = checked.joins
    if checked.history is not None:
        result["history"] = checked.history.counts()
    if checked.raw is not None:
        result["proposal"] = proposal(checked.raw, table, checked.sources)
    return result


def _write_lists(tables: dict[str, Checked], rejects: Path | None, fixes: Path | None) -> None:
    if fixes is not None and fixes.suffix.lower() not in (".xlsx", ".csv"):
        raise CallError("error.out_format", path=fixes.name, known="xlsx, csv")
    if rejects is not None:
        from exports.tables.faults import rejects_csv

        put(rejects, rejects_csv(tables, session.lang))
    if fixes is not None:
        from exports.tables.fixes import fixes_file

        put(fixes, fixes_file(tables, session.lang, fixes.suffix.lower()))


def import_(
    workspace: WorkspaceFolder,
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
    rivers: File = None,
    buildings: File = None,
    elevation: Elevation = None,
    no_elevation: Annotated[bool, typer.Option("--no-elevation", help="Leave the heights there are out.")] = False,
    mapping: MapFile = None,
    rejects: Rejects = None,
    fixes: Fixes = None,
    surveyed_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day these villages' inventory was completed.")
    ] = None,
    add: Annotated[
        bool, typer.Option("--add", help="Join the rows to those there are; the same id is replaced.")
    ] = False,
    strict: Strict = False,
    codes: Codes = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Save nothing; tell what would change, and the figures that move most.")
    ] = False,
    progress: TellProgress = False,
    as_json: Json = False,
) -> None:
    """Import files as a new data version; good rows go in, each bad row goes whole to the rejects."""
    from geo.workspace.importing import RASTERS, import_files

    one_of_codes(codes)
    if settlements is not None and population is not None:
        raise CallError("error.one_demand")
    if population is not None and population.suffix.lower() not in RASTERS:
        raise DataError("error.raster_format", path=population.name)
    files = files_of(
        villages=villages, settlements=settlements or population, water_points=water, sanitation=sanitation,
        institutions=institutions, reports=reports, roads=roads, rivers=rivers, buildings=buildings,
    )  # fmt: skip
    if not files and elevation is None and not no_elevation:
        raise CallError("error.no_input")

    def seen(tables: dict[str, Checked]) -> None:
        for checked in tables.values():
            tell_faults(checked)
        _write_lists(tables, rejects, fixes)

    day = surveyed_on.date() if surveyed_on else None
    with following(progress):
        done = import_files(workspace, files, mapping, day, add=add, elevation=elevation, no_elevation=no_elevation,
                            strict=strict, codes=codes, seen=seen, dry_run=dry_run)  # fmt: skip
    counts = {name: checked.counts() for name, checked in done.tables.items()}
    result = {"version": done.version, "tables": counts, "kept": list(done.kept), "dropped": list(done.dropped)}
    finish(result | {"changed": done.changed} | _effect(done), as_json)


def _effect(done: Import) -> dict[str, Any]:
    """Of an import that was only tried: the figures that it would move most."""
    if done.after is None:
        return {}
    from geo.analysis.effect import effect
    from geo.model.params import Params

    return {"effect": effect(done.before, done.after, Params())}


def demo(workspace: WorkspaceFolder, as_json: Json = False) -> None:
    """Write the four shipped kecamatan called Pagelaran, with their sample, as a workspace."""
    from exports.tables.sheet import sample_mark
    from geo.workspace.shipped import SHIPPED_HEIGHTS, shipped_tables
    from geo.workspace.versions import save

    tables, sources = shipped_tables()
    version = save(workspace, tables, sources, SHIPPED_HEIGHTS)
    say(sample_mark((*tables, "elevation"), session.lang))
    finish({"version": version, "tables": {name: len(table) for name, table in tables.items()}}, as_json)


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
    from geo.checking.proposals import best_fit, columns_found, likeliest, sure
    from geo.reading.readers import read_any

    given = ColumnMapping() if table is None else mapping_for(table, mapping)
    raw = read_any(file, {"fits": best_fit}) if table is None else read_for(file, table, given)
    table = table or likeliest(raw)
    shaped, given = understood(raw, table, given)
    result = proposal(shaped, table, columns_found(shaped, table, given)) | {"sure": sure(shaped)}
    if out is not None:
        put(out, result["mapping"])
    finish(result if as_json else {"table": table, "sources": result["sources"]}, as_json)
