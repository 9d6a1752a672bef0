"""The commands that compute: coverage, priorities. Part of the entry point `cli/geo.py`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import geopandas as gpd
import typer

from cli.options import (
    Area,
    ChangesFile,
    Elevation,
    File,
    Json,
    MapFile,
    Mapped,
    Metric,
    NoCapacity,
    Queue,
    Radius,
    Season,
    Speed,
    Standard,
    Version,
    Weights,
    Workspace,
    files_of,
    finish,
    say,
    session,
    tell_faults,
)
from exports import EXPORTS, export, sheet_of, with_why
from geo.analysis.analyse import analyse, sample_tables
from geo.analysis.maxflow import most_of
from geo.analysis.standards_compared import THREE, compare
from geo.model.changes import Changes, from_record
from geo.model.errors import CallError, DataError, PlanningError
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.model.results import Analysis
from geo.model.sites import SERVICES
from geo.workspace.importing import inputs_of, read_tables
from geo.workspace.versions import load
from texts import problem_text, t

#: Of one kind of problem so many are told; the rest is counted.
_SHOWN = 10
_ROWS = ("villages", "places", "water_points", "sanitation", "institutions", "conflicts")


def load_inputs(
    workspace: Path | None,
    version: str | None,
    mapping: Path | None,
    tables: dict[str, Path],
    elevation: Path | None = None,
) -> Inputs:
    """A workspace's version, or plain tables; bad rows of plain tables are told and left out."""
    if workspace is not None and (tables or mapping is not None or elevation is not None):
        raise CallError("error.both_inputs")
    if workspace is not None:
        return load(workspace, version)
    if not {"villages", "settlements"} & set(tables):
        raise CallError("error.no_input")
    checked = read_tables(tables, mapping)
    for table in checked.values():
        tell_faults(table)
        if table.read and not table.accepted:
            raise DataError("error.nothing_accepted", path=table.path, count=table.read)
    return inputs_of(checked, elevation)


def read_changes(path: Path | None) -> Changes:
    """The changes of a scenario or of the forum, from a JSON file: a list, each with its `kind`."""
    if path is None:
        return ()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return tuple(from_record(entry) for entry in (found["changes"] if isinstance(found, dict) else found))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, PlanningError):
            raise
        raise DataError("error.changes_file", path=path.name, reason=str(error)) from error


def _suffix(out: Path) -> str:
    name = out.suffix.removeprefix(".").lower()
    if name not in EXPORTS:
        raise CallError("error.out_format", path=out.name, known=", ".join(EXPORTS))
    return name


def _write(analysis: Analysis, rows: gpd.GeoDataFrame, title: str, out: Path) -> None:
    data = export(sheet_of(analysis, rows, t(title, session.lang), session.lang), _suffix(out))
    out.write_bytes(data)
    told: dict[str, int] = {}
    for problem in analysis.problems:
        told[problem.key] = told.get(problem.key, 0) + 1
        if told[problem.key] <= _SHOWN:
            say(problem_text(problem, session.lang))
    more = sum(max(number - _SHOWN, 0) for number in told.values())
    if more:
        say(t("cli.more_problems", session.lang, count=more))


def _total(analysis: Analysis) -> dict[str, Any]:
    found = analysis.provenance
    params = asdict(found["params"]) | {"weights": found["params"].weight_of()}
    rule = "about.sharing_rule" if params["capacity"] else "about.sharing_off"
    head = {"version": found["version"], "standard": params["standard"], "sample": found["sample"]}
    head["sharing"] = t(rule, session.lang)
    head["needs"] = analysis.needs
    return head | {"total": analysis.totals["water"], "sanitation": analysis.totals["sanitation"], "params": params}


def coverage(
    out: Annotated[Path, typer.Option(help="File ending in csv, json, geojson, gpkg, parquet or xlsx.")],
    workspace: Workspace = None,
    data_version: Version = None,
    villages: File = None,
    settlements: File = None,
    water: File = None,
    sanitation: File = None,
    institutions: File = None,
    roads: File = None,
    elevation: Elevation = None,
    mapping: MapFile = None,
    changes: ChangesFile = None,
    area: Area = None,
    standard: Standard = "id",
    radius: Radius = None,
    metric: Metric = "line",
    walking_kmh: Speed = 4.0,
    queue_min: Queue = 0.0,
    season: Season = "wet",
    no_capacity: NoCapacity = False,
    assume_mapped: Mapped = False,
    rows: Annotated[str, typer.Option(help=f"What --out has a row for: {', '.join(_ROWS)}.")] = "villages",
    max_flow: Annotated[
        bool, typer.Option("--max-flow", help="Also the most people that any way of sharing could serve (exact).")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write one row per village with the five states of its people; the total goes to stdout."""
    _suffix(out)
    if rows not in _ROWS:
        raise CallError("error.option", name="--rows", value=rows, known=", ".join(_ROWS))
    params = Params(
        area=area,
        standard=standard,
        radius_m=radius,
        metric=metric,
        season=season,
        capacity=not no_capacity,
        assume_mapped=assume_mapped,
        walking_kmh=walking_kmh,
        queue_min=queue_min,
    )
    tables = files_of(
        villages=villages, settlements=settlements, water_points=water, sanitation=sanitation,
        institutions=institutions, roads=roads,
    )  # fmt: skip
    data = load_inputs(workspace, data_version, mapping, tables, elevation)
    replayed = read_changes(changes)
    analysis = analyse(data, params, replayed, priorities=False)
    _write(analysis, getattr(analysis, rows), "title.coverage", out)
    most = {"max_flow": most_of(data, params, replayed)} if max_flow else {}
    finish(_total(analysis) | most | {"out": str(out)}, as_json)


def yardsticks(
    workspace: Workspace = None,
    data_version: Version = None,
    villages: File = None,
    settlements: File = None,
    water: File = None,
    sanitation: File = None,
    roads: File = None,
    elevation: Elevation = None,
    mapping: MapFile = None,
    changes: ChangesFile = None,
    area: Area = None,
    standards: Annotated[str, typer.Option(help="Two or more, comma-separated.")] = ",".join(THREE),
    service: Annotated[str, typer.Option(help="water or sanitation.")] = "water",
    metric: Metric = "line",
    walking_kmh: Speed = 4.0,
    queue_min: Queue = 0.0,
    season: Season = "wet",
    no_capacity: NoCapacity = False,
    assume_mapped: Mapped = False,
    as_json: Json = False,
) -> None:
    """The same data under several standards, and why they differ, in numbers of people."""
    params = Params(
        area=area, metric=metric, season=season, capacity=not no_capacity, assume_mapped=assume_mapped,
        walking_kmh=walking_kmh, queue_min=queue_min,
    )  # fmt: skip
    if service not in SERVICES:
        raise CallError("error.option", name="--service", value=service, known=", ".join(SERVICES))
    tables = files_of(
        villages=villages, settlements=settlements, water_points=water, sanitation=sanitation, roads=roads
    )
    data = load_inputs(workspace, data_version, mapping, tables, elevation)
    keys = tuple(key.strip() for key in standards.split(",") if key.strip())
    found = compare(data, params, read_changes(changes), keys, service)
    head = {"version": data.version, "area": area, "service": service, "sample": bool(sample_tables(data))}
    finish(head | found.as_dict(), as_json)


def weights_of(pairs: list[str] | None) -> tuple[tuple[str, float], ...]:
    result = []
    for pair in pairs or []:
        name, _, value = pair.partition("=")
        try:
            result.append((name, float(value)))
        except ValueError as error:
            raise CallError("error.number", name=name, value=value) from error
    return tuple(result)


def priorities(
    out: Annotated[Path, typer.Option(help="File ending in csv, json, geojson, gpkg, parquet or xlsx.")],
    workspace: Workspace = None,
    data_version: Version = None,
    villages: File = None,
    settlements: File = None,
    water: File = None,
    sanitation: File = None,
    institutions: File = None,
    roads: File = None,
    elevation: Elevation = None,
    mapping: MapFile = None,
    changes: ChangesFile = None,
    area: Area = None,
    standard: Standard = "id",
    radius: Radius = None,
    metric: Metric = "line",
    walking_kmh: Speed = 4.0,
    queue_min: Queue = 0.0,
    season: Season = "wet",
    no_capacity: NoCapacity = False,
    assume_mapped: Mapped = False,
    weight: Weights = None,
    top_n: Annotated[int, typer.Option(help="N of top_n_share.", min=1)] = 10,
    as_json: Json = False,
) -> None:
    """Write one row per repairable site, with its reason: water points best first, then sanitation best first."""
    _suffix(out)
    params = Params(
        area=area, standard=standard, radius_m=radius, metric=metric, season=season, capacity=not no_capacity,
        assume_mapped=assume_mapped, weights=weights_of(weight), top_n=top_n, walking_kmh=walking_kmh,
        queue_min=queue_min,
    )  # fmt: skip
    tables = files_of(
        villages=villages, settlements=settlements, water_points=water, sanitation=sanitation,
        institutions=institutions, roads=roads,
    )  # fmt: skip
    data = load_inputs(workspace, data_version, mapping, tables, elevation)
    analysis = analyse(data, params, read_changes(changes))
    rows = with_why(analysis.priorities, session.lang)
    _write(analysis, rows, "title.priorities", out)
    finish(_total(analysis) | {"sites": len(rows), "out": str(out)}, as_json)
