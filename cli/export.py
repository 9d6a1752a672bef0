"""The command that exports chosen sites. Part of the entry point `cli/geo.py`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import geopandas as gpd
import pandas as pd
import typer

from cli.analyse import read_changes, weights_of
from cli.options import Area, ChangesFile, Json, NoCapacity, Radius, Version, Weights, finish, say, session
from exports import EXPORTS, FORMS, export, file_name, plan_rows, sheet_of, with_why, xlsform
from geo.analysis.analyse import analyse
from geo.field.returned import unguarded
from geo.field.route import Tour, visiting_order
from geo.model.errors import CallError, DataError
from geo.model.params import Params, params_as_text, params_of_text
from geo.reach.network import Network
from geo.reading.readers import read_any
from geo.workspace.versions import load
from texts import t


def form(
    workspace: Annotated[Path, typer.Option(help="Folder with the data versions: its villages are the choices.")],
    table: Annotated[str, typer.Option("--as", help=f"One of {', '.join(FORMS)}.")],
    out: Annotated[Path, typer.Option(help="File for the form (XLSX).")],
    data_version: Version = None,
    as_json: Json = False,
) -> None:
    """Write a form for ODK or Kobo (XLSForm) whose answers import without a mapping."""
    inputs = load(workspace, data_version)
    out.write_bytes(xlsform(table, inputs))
    finish({"file": str(out), "table": table, "villages": len(inputs.villages)}, as_json)


def export_sites(
    workspace: Annotated[Path, typer.Option(help="Folder with the data versions.")],
    sites: Annotated[Path, typer.Option(help="File with a column site_id, point_id or facility_id, or a plan.")],
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    formats: Annotated[
        str, typer.Option("--format", help=f"Comma-separated: {', '.join(EXPORTS)}.")
    ] = "xlsx,csv,geojson,gpkg",
    data_version: Version = None,
    changes: ChangesFile = None,
    area: Area = None,
    standard: Annotated[str | None, typer.Option(help="Yardstick: jmp, wpdx, sphere, unhcr, id.")] = None,
    radius: Radius = None,
    season: Annotated[str | None, typer.Option(help="wet or dry.")] = None,
    no_capacity: NoCapacity = False,
    weight: Weights = None,
    tour: Annotated[bool, typer.Option("--tour", help="Add the visiting order: day, team, visit.")] = False,
    start: Annotated[str | None, typer.Option(help="Where a day starts: LON,LAT.")] = None,
    end: Annotated[str | None, typer.Option(help="Where a day ends: LON,LAT (the start unless given).")] = None,
    teams: Annotated[int, typer.Option(help="Teams that go at once.", min=1)] = 1,
    hours: Annotated[float, typer.Option(help="Hours of a day.")] = 8.0,
    kmh: Annotated[float, typer.Option(help="Speed on the road.")] = 20.0,
    visit_minutes: Annotated[float, typer.Option(help="Minutes at a site.", min=0)] = 30.0,
    exact: Annotated[bool, typer.Option("--exact", help="Real places of single households: for the field.")] = False,
    report_at: Annotated[str, typer.Option(help="Address of the form of the community: a code on each sheet.")] = "",
    as_json: Json = False,
) -> None:
    """Write chosen sites in several formats, with a visiting order if asked for.

    The sites are those of a priority list or of a plan. What a list was made under (area, yardstick, weights …) is read
    from its column `parameters`, a plan's from the plan; options set here go before.
    """
    names = [name.strip() for name in formats.split(",") if name.strip()]
    for name in names:
        if name not in EXPORTS:
            raise CallError("error.option", name="--format", value=name, known=", ".join(EXPORTS))
    listed, plan = read_list(sites)
    wanted = site_ids(listed, sites.name)
    given = {"area": area, "standard": standard, "radius_m": radius, "season": season}
    params = told_params(listed, plan).with_(**{name: value for name, value in given.items() if value is not None})
    params = params.with_(capacity=False) if no_capacity else params
    params = params.with_(weights=weights_of(weight)) if weight else params
    say(t("cli.under", session.lang, params=params_as_text(params)))
    inputs = load(workspace, data_version)
    analysis = analyse(inputs, params, read_changes(changes))
    if plan is None:
        rows = with_why(analysis.priorities, session.lang)
        rows = rows[rows["site_id"].isin(wanted)]
    else:
        rows = plan_rows(analysis, plan["sites"], session.lang)
    if rows.empty:
        raise DataError("error.no_sites", path=sites.name)
    if tour or start or end:
        told = Tour(_place(start), _place(end), teams, hours, kmh, visit_min=visit_minutes)
        rows = with_order(rows, told, Network.of(inputs.roads))
    out.mkdir(parents=True, exist_ok=True)
    title, photos = t("title.priorities", session.lang), workspace / "photos"
    sheet = sheet_of(analysis, rows, title, session.lang, photos=photos, exact=exact, report_at=report_at)
    files = []
    for name in names:
        path = out / file_name("mata-air-sites", name)
        path.write_bytes(export(sheet, name))
        files.append(str(path))
    missing = sorted(wanted - set(rows["site_id"]))
    finish({"sites": len(rows), "not_in_list": missing, "files": files}, as_json)


def with_order(rows: gpd.GeoDataFrame, tour: Tour, roads: Network | None) -> gpd.GeoDataFrame:
    """Add day, team, visit and leg to the sites."""
    order = visiting_order(rows["lon"].to_numpy(dtype=float), rows["lat"].to_numpy(dtype=float), tour, roads)
    return rows.assign(**{name: order[name].to_numpy() for name in order})


def read_list(path: Path) -> tuple[pd.DataFrame, dict[str, Any] | None]:
    """Read a list of sites: its rows, and the whole of it if it is a plan."""
    if path.suffix.lower() != ".json" or not path.is_file():
        return read_any(path).cells, None
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        return pd.DataFrame(content), None
    steps = content.get("sites")
    plan = content if isinstance(steps, list) and steps and "action" in steps[0] else None
    return pd.DataFrame(content.get("rows") or steps or []), plan


def told_params(listed: pd.DataFrame, plan: dict[str, Any] | None) -> Params:
    """The parameters a list says it was made under; the defaults where it says none."""
    if plan is not None:
        told = {str(plan["parameters"])} if "parameters" in plan else set()
    else:
        told = set(listed["parameters"].dropna()) - {""} if "parameters" in listed else set()
    return params_of_text(told.pop()) if len(told) == 1 else Params()


def _place(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise CallError("error.option", name="LON,LAT", value=text, known="107.15,-7.20") from error
    return lon, lat


def site_ids(listed: pd.DataFrame, name: str) -> set[str]:
    """The ids in a list of sites, or in a plan."""
    columns = [column for column in ("site_id", "point_id", "facility_id") if column in listed]
    if not columns:
        raise DataError("error.sites_file", path=name)
    return {unguarded(str(value)) for column in columns for value in listed[column].dropna()}
