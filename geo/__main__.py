"""The command line: `python -m geo <command> --help`.

An entry point like dashboard.py: it may reach outwards to texts and exports, and nothing imports it. With `--json`
one JSON object goes to stdout; messages and progress go to stderr. Exit 0 done, 1 the data are at fault, 2 the call
is, 3 a bug.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import geopandas as gpd
import pandas as pd
import typer

from exports import EXPORTS, export, fault_rows, preview_rows, rejects_csv, sheet_of, with_why
from geo.analysis import analyse, candidate_lists, is_sample
from geo.entry import exit_code
from geo.errors import CallError, DataError
from geo.facts import facts
from geo.importing import check_file, import_files, inputs_of, read_tables
from geo.model import Analysis, Inputs, Params
from geo.plans import best_plan
from geo.readers import read_any
from geo.shipped import shipped_tables
from geo.validate import Checked
from geo.workspace import load, save
from texts import error_text, problem_text, t

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Mata Air: coverage and priorities of water and sanitation.",
)

_SHOWN_FAULTS = 200


class Lang(StrEnum):
    """Language of messages."""

    id = "id"
    en = "en"


@dataclass
class _Session:
    lang: str = "id"


_session = _Session()

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
File = Annotated[Path | None, typer.Option()]
Workspace = Annotated[Path | None, typer.Option(help="Folder with the data versions.")]
MapFile = Annotated[Path | None, typer.Option("--mapping", help="TOML file: their columns and values to ours.")]
Area = Annotated[str | None, typer.Option(help="Kemendagri code, e.g. 32.03.18.")]
Standard = Annotated[str, typer.Option(help="Yardstick: jmp, wpdx, sphere, unhcr, id.")]
Radius = Annotated[float | None, typer.Option(help="Reach in metres instead of the standard's.")]
Metric = Annotated[str, typer.Option(help="line: geodesic distance.")]
Season = Annotated[str, typer.Option(help="wet or dry.")]
NoCapacity = Annotated[bool, typer.Option("--no-capacity", help="Points serve everybody in reach.")]
Mapped = Annotated[bool, typer.Option("--assume-mapped", help="Take every inventory as completed.")]
Version = Annotated[str | None, typer.Option("--data-version", help="A version of the workspace, not the current one.")]


@app.callback()
def main(lang: Annotated[Lang, typer.Option(help="Language of messages: id or en.")] = Lang.id) -> None:
    """Set the language of what follows."""
    _session.lang = lang.value


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _finish(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False, allow_nan=False, default=_jsonable))
        return
    for name, value in result.items():
        plain = json.dumps(value, ensure_ascii=False, default=_jsonable) if isinstance(value, dict) else value
        typer.echo(f"{name}: {plain}")


def _jsonable(value: object) -> object:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    return str(value)


def _tell_faults(checked: Checked) -> None:
    rows = fault_rows(checked, _session.lang)
    for row in rows[:_SHOWN_FAULTS]:
        where = f"{row['file']}:{row['row']}" if row["row"] else row["file"]
        _say(f"{where}: [{t('severity.' + row['severity'], _session.lang)}] {row['message']} → {row['remedy']}")
    if len(rows) > _SHOWN_FAULTS:
        _say(t("cli.more_faults", _session.lang, count=len(rows) - _SHOWN_FAULTS))


@app.command()
def check(
    file: Path,
    table: Annotated[
        str, typer.Option("--as", help="villages, settlements, water_points, sanitation, institutions, roads")
    ],
    mapping: MapFile = None,
    rejects: Annotated[Path | None, typer.Option(help="Write the rejected rows here (CSV).")] = None,
    as_json: Json = False,
) -> None:
    """Read and check a file; print every fault with its row and remedy. Exit 1 if rows were rejected."""
    if table not in facts("tables"):
        raise CallError("error.table", value=table, known=", ".join(facts("tables")))
    checked = check_file(file, table, mapping)
    _tell_faults(checked)
    if rejects is not None:
        rejects.write_bytes(rejects_csv({table: checked}, _session.lang))
    result: dict[str, Any] = {"file": str(file), "table": table, **checked.counts()}
    if as_json:
        result |= {"faults": fault_rows(checked, _session.lang), "preview": preview_rows(checked)}
    _finish(result, as_json)
    if checked.rejected:
        raise typer.Exit(1)


def _files(**given: Path | None) -> dict[str, Path]:
    return {name: path for name, path in given.items() if path is not None}


@app.command("import")
def import_(
    workspace: Annotated[Path, typer.Option(help="Folder with the data versions.")],
    villages: File = None,
    settlements: File = None,
    water: File = None,
    sanitation: File = None,
    institutions: File = None,
    mapping: MapFile = None,
    rejects: Annotated[Path | None, typer.Option(help="Write the rejected rows here (CSV).")] = None,
    surveyed_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day these villages' inventory was completed.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Import files as a new data version; good rows go in, each bad row goes whole to the rejects."""
    files = _files(
        villages=villages, settlements=settlements, water_points=water, sanitation=sanitation, institutions=institutions
    )
    if not files:
        raise CallError("error.no_input")
    done = import_files(workspace, files, mapping, surveyed_on.date() if surveyed_on else None)
    for checked in done.tables.values():
        _tell_faults(checked)
    if rejects is not None:
        rejects.write_bytes(rejects_csv(done.tables, _session.lang))
    counts = {name: checked.counts() for name, checked in done.tables.items()}
    _finish(
        {"version": done.version, "tables": counts, "kept": list(done.kept), "dropped": list(done.dropped)}, as_json
    )


def _load(workspace: Path | None, version: str | None, mapping: Path | None, tables: dict[str, Path]) -> Inputs:
    """A workspace's version, or plain tables; bad rows of plain tables are told and left out."""
    if workspace is not None:
        return load(workspace, version)
    if not {"villages", "settlements"} & set(tables):
        raise CallError("error.no_input")
    checked = read_tables(tables, mapping)
    for table in checked.values():
        _tell_faults(table)
        if table.read and not table.accepted:
            raise DataError("error.nothing_accepted", path=table.path, count=table.read)
    return inputs_of(checked)


def _suffix(out: Path) -> str:
    name = out.suffix.removeprefix(".").lower()
    if name not in EXPORTS:
        raise CallError("error.out_format", path=out.name, known=", ".join(EXPORTS))
    return name


def _write(analysis: Analysis, rows: gpd.GeoDataFrame, title: str, out: Path) -> None:
    data = export(sheet_of(analysis, rows, t(title, _session.lang), _session.lang), _suffix(out))
    out.write_bytes(data)
    for problem in analysis.problems:
        _say(problem_text(problem, _session.lang))


def _total(analysis: Analysis) -> dict[str, Any]:
    found = analysis.provenance
    params = asdict(found["params"]) | {"weights": found["params"].weight_of()}
    head = {"version": found["version"], "standard": params["standard"], "sample": found["sample"]}
    return head | {"total": analysis.totals["water"], "sanitation": analysis.totals["sanitation"], "params": params}


@app.command()
def coverage(
    out: Annotated[Path, typer.Option(help="File ending in csv, json, geojson, gpkg, parquet or xlsx.")],
    workspace: Workspace = None,
    data_version: Version = None,
    villages: File = None,
    settlements: File = None,
    water: File = None,
    sanitation: File = None,
    institutions: File = None,
    mapping: MapFile = None,
    area: Area = None,
    standard: Standard = "id",
    radius: Radius = None,
    metric: Metric = "line",
    season: Season = "wet",
    no_capacity: NoCapacity = False,
    assume_mapped: Mapped = False,
    as_json: Json = False,
) -> None:
    """Write one row per village with the five states of its people; the total goes to stdout."""
    _suffix(out)
    params = Params(
        area=area,
        standard=standard,
        radius_m=radius,
        metric=metric,
        season=season,
        capacity=not no_capacity,
        assume_mapped=assume_mapped,
    )
    tables = _files(
        villages=villages, settlements=settlements, water_points=water, sanitation=sanitation, institutions=institutions
    )
    analysis = analyse(_load(workspace, data_version, mapping, tables), params, priorities=False)
    _write(analysis, analysis.villages, "title.coverage", out)
    _finish(_total(analysis) | {"out": str(out)}, as_json)


def _weights(pairs: list[str] | None) -> tuple[tuple[str, float], ...]:
    result = []
    for pair in pairs or []:
        name, _, value = pair.partition("=")
        try:
            result.append((name, float(value)))
        except ValueError as error:
            raise CallError("error.number", name=name, value=value) from error
    return tuple(result)


@app.command()
def priorities(
    out: Annotated[Path, typer.Option(help="File ending in csv, json, geojson, gpkg, parquet or xlsx.")],
    workspace: Workspace = None,
    data_version: Version = None,
    villages: File = None,
    settlements: File = None,
    water: File = None,
    sanitation: File = None,
    institutions: File = None,
    mapping: MapFile = None,
    area: Area = None,
    standard: Standard = "id",
    radius: Radius = None,
    metric: Metric = "line",
    season: Season = "wet",
    no_capacity: NoCapacity = False,
    assume_mapped: Mapped = False,
    weight: Annotated[list[str] | None, typer.Option(help="Criterion=weight, repeatable, e.g. gain_people=5.")] = None,
    top_n: Annotated[int, typer.Option(help="N of top_n_share.", min=1)] = 10,
    as_json: Json = False,
) -> None:
    """Write one row per repairable water point or sanitation facility, best first, with its reason."""
    _suffix(out)
    params = Params(
        area=area, standard=standard, radius_m=radius, metric=metric, season=season, capacity=not no_capacity,
        assume_mapped=assume_mapped, weights=_weights(weight), top_n=top_n,
    )  # fmt: skip
    tables = _files(
        villages=villages, settlements=settlements, water_points=water, sanitation=sanitation, institutions=institutions
    )
    analysis = analyse(_load(workspace, data_version, mapping, tables), params)
    rows = with_why(analysis.priorities, _session.lang)
    _write(analysis, rows, "title.priorities", out)
    _finish(_total(analysis) | {"sites": len(rows), "out": str(out)}, as_json)


@app.command("export")
def export_(
    workspace: Annotated[Path, typer.Option(help="Folder with the data versions.")],
    sites: Annotated[Path, typer.Option(help="File with a column site_id, point_id or facility_id.")],
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    formats: Annotated[
        str, typer.Option("--format", help="Comma-separated: xlsx, csv, geojson, gpkg, json, parquet.")
    ] = "xlsx,csv,geojson,gpkg",
    standard: Standard = "id",
    radius: Radius = None,
    season: Season = "wet",
    as_json: Json = False,
) -> None:
    """Write the chosen sites of the priority list in several formats."""
    names = [name.strip() for name in formats.split(",") if name.strip()]
    for name in names:
        if name not in EXPORTS:
            raise CallError("error.option", name="--format", value=name, known=", ".join(EXPORTS))
    wanted = _site_ids(sites)
    analysis = analyse(load(workspace), Params(standard=standard, radius_m=radius, season=season))
    rows = with_why(analysis.priorities, _session.lang)
    rows = rows[rows["site_id"].isin(wanted)]
    if rows.empty:
        raise DataError("error.no_sites", path=sites.name)
    out.mkdir(parents=True, exist_ok=True)
    sheet = sheet_of(analysis, rows, t("title.priorities", _session.lang), _session.lang)
    files = []
    for name in names:
        path = out / f"mata-air-sites.{name}"
        path.write_bytes(export(sheet, name))
        files.append(str(path))
    missing = sorted(wanted - set(rows["site_id"]))
    _finish({"sites": len(rows), "not_in_list": missing, "files": files}, as_json)


@app.command()
def plan(
    budget: Annotated[float, typer.Option(help="Rupiah to spend.")],
    out: Annotated[Path, typer.Option(help="File ending in json.")],
    workspace: Workspace = None,
    data_version: Version = None,
    villages: File = None,
    settlements: File = None,
    water: File = None,
    sanitation: File = None,
    mapping: MapFile = None,
    area: Area = None,
    standard: Standard = "id",
    radius: Radius = None,
    season: Season = "wet",
    no_capacity: NoCapacity = False,
    assume_mapped: Mapped = False,
    actions: Annotated[str, typer.Option(help="What may be done; now: repair.")] = "repair",
    commit: Annotated[list[str] | None, typer.Option(help="A site already promised, repeatable.")] = None,
    seconds: Annotated[float, typer.Option(help="Time to prove the best.", min=0.1)] = 60.0,
    as_json: Json = False,
) -> None:
    """Choose the repairs that serve most people within a budget, water and sanitation together."""
    if out.suffix.lower() != ".json":
        raise CallError("error.out_format", path=out.name, known="json")
    if actions != "repair":
        raise CallError("error.option", name="--actions", value=actions, known="repair")
    params = Params(
        area=area,
        standard=standard,
        radius_m=radius,
        season=season,
        capacity=not no_capacity,
        assume_mapped=assume_mapped,
    )
    tables = _files(villages=villages, settlements=settlements, water_points=water, sanitation=sanitation)
    data = _load(workspace, data_version, mapping, tables)
    found = best_plan(candidate_lists(data, params), budget, committed=commit or [], seconds=seconds)
    result: dict[str, Any] = {
        "version": data.version,
        "standard": standard,
        "area": area,
        "date": date.today().isoformat(),
    }
    result |= {"sample": is_sample(data), "season": season} | found.as_dict()
    out.write_text(json.dumps(result, ensure_ascii=False, indent=1, default=_jsonable), encoding="utf-8")
    _finish({**result, "sites": len(found.steps), "out": str(out)}, as_json)


def _site_ids(path: Path) -> set[str]:
    if path.suffix.lower() == ".json" and path.is_file():
        content = json.loads(path.read_text(encoding="utf-8"))
        cells = pd.DataFrame(content.get("rows", []) if isinstance(content, dict) else content)
    else:
        cells = read_any(path).cells
    columns = [name for name in ("site_id", "point_id", "facility_id") if name in cells]
    if not columns:
        raise DataError("error.sites_file", path=path.name)
    return {str(value) for name in columns for value in cells[name].dropna()}


@app.command()
def demo(
    workspace: Annotated[Path, typer.Option(help="Folder with the data versions.")], as_json: Json = False
) -> None:
    """Write the four shipped kecamatan called Pagelaran, with their sample, as a workspace."""
    tables, sources = shipped_tables()
    version = save(workspace, tables, sources)
    _say(t("mark.sample", _session.lang))
    _finish({"version": version, "tables": {name: len(table) for name, table in tables.items()}}, as_json)


if __name__ == "__main__":
    sys.exit(exit_code(app, lambda error: error_text(error, _session.lang)))
