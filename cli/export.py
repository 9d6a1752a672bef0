"""The commands that write chosen sites and forms."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import (
    GROUND,
    PARAMETERS,
    Asked,
    Json,
    Version,
    WorkspaceFolder,
    finish,
    read_record,
    say,
    session,
    takes,
)
from cli.running.ending import put
from exports.formats import EXPORTS
from geo.model.errors import CallError, DataError
from geo.model.params import Params, params_as_text, params_of_text
from geo.model.sites import SURVEYED
from texts import t

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geo.field.route import Tour
    from geo.reach.network import Network

#: Where a visiting order begins and ends, and how the day is.
TOUR: dict[str, Any] = {
    "tour": Annotated[bool, typer.Option("--tour", help="Add the visiting order: day, team, visit.")],
    "start": Annotated[str | None, typer.Option(help="Where a day starts: LON,LAT.")],
    "end": Annotated[str | None, typer.Option(help="Where a day ends: LON,LAT (the start unless given).")],
    "teams": Annotated[int | None, typer.Option(help="Teams that go at once. [default: 1]", min=1)],
    "hours": Annotated[float | None, typer.Option(help="Hours of a day. [default: 8]")],
    "kmh": Annotated[float | None, typer.Option(help="Speed on the road. [default: 20]")],
    "visit_minutes": Annotated[float | None, typer.Option(help="Minutes at a site. [default: 30]", min=0)],
}


@takes(GROUND)
def form(
    asked: Asked,
    table: Annotated[str, typer.Option("--as", help=f"One of {', '.join(SURVEYED)}.")],
    out: Annotated[Path, typer.Option(help="File for the form (XLSX).")],
    as_json: Json = False,
) -> None:
    """Write a form for ODK or Kobo (XLSForm) whose answers import without a mapping; the villages are its choices."""
    from exports.tables.xlsform import xlsform

    inputs = asked.inputs()
    put(out, xlsform(table, inputs))
    finish({"file": str(out), "table": table, "villages": len(inputs.villages)}, as_json)


def package(
    workspace: WorkspaceFolder,
    out: Annotated[Path, typer.Option(help="File ending in zip.")],
    area: Annotated[
        str | None, typer.Option(help="Code of the area whose rows are handed out; all if left out.")
    ] = None,
    licence: Annotated[
        str, typer.Option(help="Licence you give it, e.g. CC-BY-4.0; ODbL-1.0 with OpenStreetMap's.")
    ] = "",
    publisher: Annotated[str, typer.Option(help="Who publishes it.")] = "",
    data_version: Version = None,
    as_json: Json = False,
) -> None:
    """Write a data version as a data package (datapackage.json): tables, description, sources; nobody's own place."""
    if out.suffix.lower() != ".zip":
        raise CallError("error.out_format", path=out.name, known="zip")
    from exports.open_data.package import data_package
    from geo.model.areas import area_code
    from geo.workspace.versions import load

    inputs = load(workspace, data_version)
    code = None if area is None else area_code(area)
    made = data_package(inputs, code, date.today(), licence=licence, publisher=publisher)
    put(out, made)
    finish({"version": inputs.version, "area": code, "bytes": len(made), "out": str(out)}, as_json)


@takes(GROUND)
def registers(
    asked: Asked,
    out: Annotated[Path, typer.Option(help="File ending in xlsx.")],
    area: Annotated[str | None, typer.Option(help="Code of the area; all if left out.")] = None,
    as_json: Json = False,
) -> None:
    """Write rows as registers ask for them (STBM, Prodeskel, OpenSID's map); what nobody counted stays empty."""
    if out.suffix.lower() != ".xlsx":
        raise CallError("error.out_format", path=out.name, known="xlsx")
    from exports.open_data.registers import registers_xlsx
    from geo.model.areas import area_code

    inputs = asked.inputs()
    code = None if area is None else area_code(area)
    made = registers_xlsx(inputs, code, session.lang, date.today())
    put(out, made)
    finish({"version": inputs.version, "area": code, "bytes": len(made), "out": str(out)}, as_json)


@takes(TOUR, GROUND, PARAMETERS)
def export_sites(
    asked: Asked,
    sites: Annotated[Path, typer.Option(help="File with a column site_id, point_id or facility_id, or a plan.")],
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    formats: Annotated[
        str, typer.Option("--format", help=f"Comma-separated: {', '.join(EXPORTS)}.")
    ] = "xlsx,csv,geojson,gpkg",
    exact: Annotated[bool, typer.Option("--exact", help="Real places of single households: for the field.")] = False,
    report_at: Annotated[str, typer.Option(help="Address of the form of the community: a code on each sheet.")] = "",
    as_json: Json = False,
) -> None:
    """Write chosen sites in several formats, with a visiting order if asked for.

    The sites are those of a priority list or of a plan. What a list was made under (area, yardstick, weights …) is read
    from its column `parameters`, a plan's from the plan; options set here go before.
    """
    names = _formats(formats)
    listed, plan = read_list(sites)
    wanted = set() if plan is not None and not plan["sites"] else site_ids(listed, sites.name)
    params = asked.params(told_params(listed, plan))
    say(t("cli.under", session.lang, params=params_as_text(params)))
    tour = _tour(asked)
    from exports.formats import export, file_name
    from exports.tables.sheet import sheet_of
    from geo.analysis.analyse import analyse

    inputs = asked.inputs()
    analysis = analyse(inputs, params, asked.changes())
    rows = _rows_of(analysis, wanted, plan)
    if rows.empty and wanted:
        raise DataError("error.no_sites", path=sites.name)
    if rows.empty:
        say(t("cli.empty_plan", session.lang, path=sites.name))
    elif tour is not None:
        from geo.reach.network import Network

        rows = with_order(rows, tour, Network.of(inputs.roads))
    out.mkdir(parents=True, exist_ok=True)
    title, workspace = t("title.priorities" if plan is None else "title.plan", session.lang), asked.given["workspace"]
    photos = None if workspace is None else workspace / "photos"
    sheet = sheet_of(analysis, rows, title, session.lang, photos=photos, exact=exact, report_at=report_at)
    files = []
    for name in names:
        path = out / file_name("mata-air-sites", name)
        put(path, export(sheet, name))
        files.append(str(path))
    missing = sorted(wanted - set(rows["site_id"]))
    finish({"sites": len(rows), "not_in_list": missing, "files": files}, as_json)


@takes(GROUND, PARAMETERS)
def profile(
    asked: Asked,
    out: Annotated[Path, typer.Option(help="PDF to write; of the kecamatan as a whole also docx or xlsx.")],
    only: Annotated[
        str | None, typer.Option("--village", help="Codes, comma-separated; a page each. [default: all of the area]")
    ] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Of the area as a whole, for the forum's start.")] = False,
    record: Annotated[
        str | None,
        typer.Option(help="Database URL of the record: decisions, promises, reports.", envvar="MATA_AIR_RECORD"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write profiles: an A4 page a village for the board at its office, or two pages of the whole area."""
    from exports.paper.area_profile import area_profile
    from exports.paper.blocks import WRITERS
    from exports.paper.profile import Profiles, profiles_pdf
    from forum.public.village import stories
    from geo.analysis.analyse import analyse
    from geo.analysis.profile import village_codes, villages_of_sites
    from geo.model.areas import area_code

    ending = out.suffix.lower().removeprefix(".")
    known = tuple(WRITERS) if whole else ("pdf",)
    if ending not in known:
        raise CallError("error.out_format", path=out.name, known=", ".join(known))
    data, changes, events = asked.inputs(), asked.changes(), None
    if record is not None:
        events, recorded = read_record(record)
        changes = (*changes, *recorded)
    analysis = analyse(data, asked.params(), changes)
    codes = [area_code(one) for one in only.split(",")] if only else village_codes(analysis)
    told = None if events is None else stories(events, villages_of_sites(analysis), date.today())
    made = Profiles(analysis, codes, told, session.lang, date.today())
    put(out, WRITERS[ending](area_profile(made)) if whole else profiles_pdf(made))
    finish({"villages": len(codes), "file": str(out)}, as_json)


def guide(
    out: Annotated[Path, typer.Option(help="PDF to write.")],
    as_json: Json = False,
) -> None:
    """Write the guide (Panduan): every task with its steps and pictures, for training."""
    from exports.paper.guide import READERS, guide_pdf, tasks_of

    if out.suffix.lower() != ".pdf":
        raise CallError("error.out_format", path=out.name, known="pdf")
    put(out, guide_pdf(session.lang))
    finish({"tasks": sum(len(tasks_of(who)) for who in READERS), "file": str(out)}, as_json)


def _formats(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in EXPORTS:
            raise CallError("error.option", name="--format", value=name, known=", ".join(EXPORTS))
    return names


def _rows_of(analysis: Any, wanted: set[str], plan: dict[str, Any] | None) -> gpd.GeoDataFrame:
    """The rows of the chosen sites: of the priority list, or of a plan."""
    from exports.tables.plan_rows import plan_rows
    from exports.tables.sheet import with_why

    if plan is not None:
        return plan_rows(analysis, plan["sites"], session.lang)
    rows = with_why(analysis.priorities, session.lang)
    return rows[rows["site_id"].isin(wanted)]


def _tour(asked: Asked) -> Tour | None:
    """The visiting order that is asked for; None: no order."""
    from geo.field.route import Tour

    given = asked.given
    start, end = (_place(given[name]) for name in ("start", "end"))
    if not (given["tour"] or start or end):
        return None
    named = {"teams": "teams", "hours": "hours", "kmh": "kmh", "visit_minutes": "visit_min"}
    more = {field: given[name] for name, field in named.items() if given[name] is not None}
    return Tour(start, end, **({"teams": 1, "hours": 8.0, "kmh": 20.0, "visit_min": 30.0} | more))


def with_order(rows: gpd.GeoDataFrame, tour: Tour, roads: Network | None) -> gpd.GeoDataFrame:
    """Add day, team, visit and leg to the sites."""
    from geo.field.route import visiting_order

    order = visiting_order(rows["lon"].to_numpy(dtype=float), rows["lat"].to_numpy(dtype=float), tour, roads)
    return rows.assign(**{name: order[name].to_numpy() for name in order})


def read_list(path: Path) -> tuple[pd.DataFrame, dict[str, Any] | None]:
    """Read a list of sites: its rows, and the whole of it if it is a plan."""
    import pandas as pd

    from geo.reading.readers import read_any

    if path.suffix.lower() != ".json" or not path.is_file():
        return read_any(path).cells, None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            return pd.DataFrame(content), None
    except (ValueError, TypeError, RecursionError) as error:
        raise DataError("error.json", path=path.name, detail=str(error)[:120]) from error
    steps = content.get("sites")
    empty = steps == [] and "people_gained" in content  # a plan for which nothing was to be had
    plan = content if empty or (isinstance(steps, list) and steps and "action" in steps[0]) else None
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
    from geo.field.returned_rows import unguarded

    columns = [column for column in ("site_id", "point_id", "facility_id") if column in listed]
    if not columns:
        raise DataError("error.sites_file", path=name)
    return {unguarded(str(value)) for column in columns for value in listed[column].dropna()}
