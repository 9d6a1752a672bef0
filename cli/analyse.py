"""The commands that compute: coverage, priorities, and several standards side by side."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import GROUND, PARAMETERS, Asked, Json, TableOut, finish, say, session, takes
from cli.running.ending import put
from geo.model.errors import CallError
from geo.model.facts import standard_keys
from geo.model.params import params_as_text
from geo.model.sites import SERVICES
from texts import not_listed_text, notice_text, t

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.model.results import Analysis

#: Of one kind of notice so many are told; the rest is counted.
_SHOWN = 10
_ROWS = ("villages", "places", "water_points", "sanitation", "institutions", "conflicts")
#: Three that answer different questions: the JMP's ladder, the Water Point Data Exchange's rule, an emergency's.
_THREE = "jmp,wpdx,sphere"
_STANDARDS = f"Two or more of {', '.join(standard_keys())}, comma-separated; each with its own reach."


def _suffix(out: Path, title: str) -> str:
    from exports.formats import COVERAGE, SITES, endings

    name, known = out.suffix.removeprefix(".").lower(), endings(COVERAGE if title == "title.coverage" else SITES)
    if name not in known:
        raise CallError("error.out_format", path=out.name, known=", ".join(known))
    return name


def _write(analysis: Analysis, rows: gpd.GeoDataFrame, title: str, out: Path) -> None:
    from exports.formats import export
    from exports.tables.sheet import sheet_of

    data = export(sheet_of(analysis, rows, t(title, session.lang), session.lang), _suffix(out, title))
    put(out, data)
    told: dict[str, int] = {}
    for notice in analysis.notices:
        told[notice.key] = told.get(notice.key, 0) + 1
        if told[notice.key] <= _SHOWN:
            say(notice_text(notice, session.lang))
    more = sum(max(number - _SHOWN, 0) for number in told.values())
    if more:
        say(t("cli.more_problems", session.lang, count=more))


def _total(analysis: Analysis) -> dict[str, Any]:
    provenance = analysis.provenance
    params = asdict(provenance["params"]) | {"weights": provenance["params"].weight_of()}
    rule = "about.sharing_rule" if params["capacity"] else "about.sharing_off"
    head = {"version": provenance["version"], "standard": params["standard"], "sample": provenance["sample"]}
    head["sharing"] = t(rule, session.lang)
    head["needs"] = analysis.needs
    return head | {"total": analysis.totals["water"], "sanitation": analysis.totals["sanitation"], "params": params}


@takes(GROUND, PARAMETERS)
def coverage(
    asked: Asked,
    out: TableOut,
    rows: Annotated[str, typer.Option(help=f"What --out has a row for: {', '.join(_ROWS)}.")] = "villages",
    max_flow: Annotated[
        bool, typer.Option("--max-flow", help="Also the most people that any way of sharing could serve (exact).")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write one row per village with the five states of its people; the total goes to stdout."""
    _suffix(out, "title.coverage")
    if rows not in _ROWS:
        raise CallError("error.option", name="--rows", value=rows, known=", ".join(_ROWS))
    params = asked.params()
    data, changes = asked.inputs(), asked.changes()
    from geo.analysis.analyse import analyse

    analysis = analyse(data, params, changes, priorities=False)
    _write(analysis, getattr(analysis, rows), "title.coverage", out)
    most = {}
    if max_flow:
        from geo.analysis.maxflow import most_of

        most = {"max_flow": most_of(data, params, changes)}
    finish(_total(analysis) | most | {"out": str(out)}, as_json)


#: What yardsticks that stand side by side do not hang on: each has its own reach, and nothing is ranked.
_NOT_COMPARED = ("standard", "radius_m", "weights", "top_n", "draws", "spread")


@takes(GROUND, PARAMETERS, but=("standard", "radius", "weight", "top_n", "draws", "spread"))
def yardsticks(
    asked: Asked,
    standards: Annotated[str, typer.Option(help=_STANDARDS)] = _THREE,
    service: Annotated[str, typer.Option(help=f"{' or '.join(SERVICES)}.")] = "water",
    as_json: Json = False,
) -> None:
    """The same data under several standards, and why they differ, in numbers of people."""
    if service not in SERVICES:
        raise CallError("error.option", name="--service", value=service, known=", ".join(SERVICES))
    params = asked.params()
    data, changes = asked.inputs(), asked.changes()
    from geo.analysis.analyse import sample_tables
    from geo.analysis.standards_compared import compare

    keys = tuple(key.strip() for key in standards.split(",") if key.strip())
    compared = compare(data, params, changes, keys, service)
    head = {"version": data.version, "area": params.area, "service": service, "sample": bool(sample_tables(data))}
    head |= {"parameters": params_as_text(params, but=_NOT_COMPARED)}
    finish(head | compared.as_dict(), as_json)


@takes(GROUND, PARAMETERS)
def priorities(asked: Asked, out: TableOut, as_json: Json = False) -> None:
    """Write one row per repairable site, with its reason: water points best first, then sanitation best first."""
    _suffix(out, "title.priorities")
    params = asked.params()
    data, changes = asked.inputs(), asked.changes()
    from exports.tables.sheet import with_why
    from geo.analysis.analyse import analyse

    analysis = analyse(data, params, changes)
    rows = with_why(analysis.priorities, session.lang)
    _write(analysis, rows, "title.priorities", out)
    left_out = analysis.needs["not_listed"]
    for service in SERVICES:
        told = not_listed_text(left_out[service], session.lang)
        if told:
            say(t("cli.not_listed", session.lang, service=t(f"service.{service}", session.lang), told=told))
    finish(_total(analysis) | {"sites": len(rows), "not_listed": left_out, "out": str(out)}, as_json)
