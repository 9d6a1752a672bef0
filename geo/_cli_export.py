"""The command that exports chosen sites. Part of the entry point `geo/__main__.py`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import geopandas as gpd
import pandas as pd
import typer

from exports import EXPORTS, export, file_name, sheet_of, with_why
from geo._cli import Json, Radius, Season, Standard, finish, session
from geo.analysis import analyse
from geo.errors import CallError, DataError
from geo.model import Params
from geo.network import Network
from geo.readers import read_any
from geo.route import Tour, visiting_order
from geo.workspace import load
from texts import t


def export_sites(
    workspace: Annotated[Path, typer.Option(help="Folder with the data versions.")],
    sites: Annotated[Path, typer.Option(help="File with a column site_id, point_id or facility_id, or a plan.")],
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    formats: Annotated[
        str, typer.Option("--format", help=f"Comma-separated: {', '.join(EXPORTS)}.")
    ] = "xlsx,csv,geojson,gpkg",
    standard: Standard = "id",
    radius: Radius = None,
    season: Season = "wet",
    tour: Annotated[bool, typer.Option("--tour", help="Add the visiting order: day, team, visit.")] = False,
    start: Annotated[str | None, typer.Option(help="Where a day starts: LON,LAT.")] = None,
    end: Annotated[str | None, typer.Option(help="Where a day ends: LON,LAT (the start unless given).")] = None,
    teams: Annotated[int, typer.Option(help="Teams that go at once.", min=1)] = 1,
    hours: Annotated[float, typer.Option(help="Hours of a day.")] = 8.0,
    kmh: Annotated[float, typer.Option(help="Speed on the road.")] = 20.0,
    visit_minutes: Annotated[float, typer.Option(help="Minutes at a site.", min=0)] = 30.0,
    as_json: Json = False,
) -> None:
    """Write the chosen sites of the priority list in several formats, with a visiting order if asked for."""
    names = [name.strip() for name in formats.split(",") if name.strip()]
    for name in names:
        if name not in EXPORTS:
            raise CallError("error.option", name="--format", value=name, known=", ".join(EXPORTS))
    wanted = site_ids(sites)
    inputs = load(workspace)
    analysis = analyse(inputs, Params(standard=standard, radius_m=radius, season=season))
    rows = with_why(analysis.priorities, session.lang)
    rows = rows[rows["site_id"].isin(wanted)]
    if rows.empty:
        raise DataError("error.no_sites", path=sites.name)
    if tour or start or end:
        told = Tour(_place(start), _place(end), teams, hours, kmh, visit_min=visit_minutes)
        rows = with_order(rows, told, Network.of(inputs.roads))
    out.mkdir(parents=True, exist_ok=True)
    sheet = sheet_of(analysis, rows, t("title.priorities", session.lang), session.lang, photos=workspace / "photos")
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


def _place(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise CallError("error.option", name="LON,LAT", value=text, known="107.15,-7.20") from error
    return lon, lat


def site_ids(path: Path) -> set[str]:
    """The ids in a list of sites, or in a plan."""
    if path.suffix.lower() == ".json" and path.is_file():
        content = json.loads(path.read_text(encoding="utf-8"))
        listed = content.get("rows") or content.get("sites") or [] if isinstance(content, dict) else content
        cells = pd.DataFrame(listed)
    else:
        cells = read_any(path).cells
    columns = [name for name in ("site_id", "point_id", "facility_id") if name in cells]
    if not columns:
        raise DataError("error.sites_file", path=path.name)
    return {str(value) for name in columns for value in cells[name].dropna()}
