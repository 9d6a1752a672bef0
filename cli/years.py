"""Plans over years and every budget at once: options of `plan --years`, the commands `frontier` and `document`."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import (
    GROUND,
    PARAMETERS,
    WISHES,
    Asked,
    Json,
    TellProgress,
    documents,
    finish,
    jsonable,
    read_record,
    say,
    session,
    takes,
    was_given,
)
from cli.running.ending import put
from geo.model.changes import ACTIONS, as_record
from geo.model.errors import CallError, DataError
from geo.model.params import params_as_text
from geo.model.sites import SITE_TABLES
from texts import t

if TYPE_CHECKING:
    from forum.record import Event
    from geo.model.inputs import Inputs
    from geo.model.params import Params
    from geo.years.followed import Followed, YearFollowed
    from geo.years.plan import YearPlan
    from geo.years.wish import YearWish

ActionNames = Annotated[str, typer.Option(help=f"What may be done, comma-separated: {', '.join(ACTIONS)}.")]
Technologies = Annotated[list[str] | None, typer.Option(help="Action=technology to build, repeatable.")]
#: What a plan over years is asked: option → annotation.
YEARS: dict[str, Any] = {
    "years": Annotated[
        int | None, typer.Option(help="Plan over so many years; --budget is each year's then.", min=1, max=20)
    ],
    "first_year": Annotated[int | None, typer.Option(help="First year of the plan. [default: the year after --as-of]")],
    "money": Annotated[
        list[str] | None,
        typer.Option(help="Money: YEAR:SOURCE=RUPIAH, repeatable; all: each year; + at the end: carried over."),
    ],
    "target": Annotated[list[str] | None, typer.Option(help="Share served by the end of a year: YEAR=SHARE.")],
    "floor": Annotated[list[str] | None, typer.Option(help="Least share of each village by a year: YEAR=SHARE.")],
    "price_growth": Annotated[float | None, typer.Option(help="Prices rise by this share a year. [default: 0]")],
    "population_growth": Annotated[float | None, typer.Option(help="People grow by this share a year. [default: 0]")],
    "pay_upkeep": Annotated[bool, typer.Option("--pay-upkeep", help="Upkeep is paid out of the same money.")],
    "wear": Annotated[bool, typer.Option("--wear", help="Points stop working at the end of their life.")],
    "before": Annotated[Path | None, typer.Option(help="An earlier plan's file: what became of it is told beside.")],
}


def year_wish(asked: Asked) -> YearWish:
    """What a call asks of a plan over years.

    Raises
    ------
    CallError
        If a year or a share is none, or options of one year stand beside those of years.
    """
    from geo.years.money import ANY, Grant, grants_of
    from geo.years.wish import FIVE, YearWish

    given = asked.given
    if was_given(given.get("max_actions")) or was_given(given.get("fewest")):
        raise CallError("error.years_number")
    years = given.get("years") or FIVE
    first = given["first_year"] if was_given(given.get("first_year")) else asked.params().as_of.year + 1
    last = first + years - 1
    grants = grants_of(given.get("money") or [], first, years)
    if was_given(given.get("budget")):
        grants += tuple(Grant(year, ANY, float(given["budget"])) for year in range(first, last + 1))
    targets, floors = _by_year("target", given.get("target")), _by_year("floor", given.get("floor"))
    for name, found in (("target_share", targets), ("floor_share", floors)):
        if was_given(given.get(name)):
            found[last] = float(given[name])
    told = {name: given[name] for name in ("price_growth", "population_growth") if was_given(given.get(name))}
    told |= {name: given[name] for name in ("poor_weight", "seconds") if was_given(given.get(name))}
    return YearWish(
        first=first,
        years=years,
        grants=grants,
        targets=targets,
        floors=floors,
        committed=dict(_promised(one) for one in given.get("commit") or []),
        pay_upkeep=bool(given.get("pay_upkeep")),
        wear=bool(given.get("wear")),
        count_unmapped=bool(given.get("count_unmapped")),
        **told,
    )


def _by_year(name: str, texts: list[str] | None) -> dict[int, float]:
    found: dict[int, float] = {}
    for text in texts or []:
        year, _, share = text.partition("=")
        try:
            found[int(year)] = float(share)
        except ValueError:
            raise CallError("error.option", name=f"--{name}", value=text, known="2030=0.8") from None
    return found


def _promised(text: str) -> tuple[str, int | None]:
    """A site that was promised, with its year behind "=" where one is told."""
    site, sign, year = text.rpartition("=")
    return (site, int(year)) if sign and year.isdigit() and len(year) == 4 else (text, None)


def technologies(pairs: list[str] | None) -> dict[str, str]:
    """What is built by which action, as a call gives it."""
    result = {}
    for pair in pairs or []:
        action, _, name = pair.partition("=")
        if action not in ACTIONS or not name:
            raise CallError("error.option", name="--technology", value=pair, known="new=…, latrine=…, mck=…")
        result[action] = name
    return result


def names_of(actions: str) -> tuple[str, ...]:
    """Actions as a call gives them, separated by commas."""
    return tuple(name.strip() for name in actions.split(",") if name.strip())


def planned(asked: Asked, data: Inputs, actions: str, technology: list[str] | None, *, progress: bool) -> YearPlan:
    """The plan over years that a call asks for."""
    from geo.years.plan import year_plan

    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())

    def told(done: int, of: int) -> bool:
        if progress:
            say(json.dumps({"step": "years", "done": done, "of": of}))
        return stopped.is_set()

    wish, built = year_wish(asked), technologies(technology)
    return year_plan(
        data, asked.params(), wish, asked.changes(), actions=names_of(actions), technology=built, told=told
    )


def written_about(data: Inputs, params: Params, actions: str) -> dict[str, Any]:
    """What a plan's file says of its data: version, area, yardstick, sample or not."""
    from geo.analysis.analyse import sample_tables

    about: dict[str, Any] = {"version": data.version, "standard": params.standard, "area": params.area}
    about |= {"date": date.today().isoformat(), "actions": list(names_of(actions)), "sample": bool(sample_tables(data))}
    about["without_table"] = [service for service, name in SITE_TABLES.items() if not len(getattr(data, name))]
    return about | {"season": params.season, "parameters": params_as_text(params)}


def became(asked: Asked, data: Inputs) -> list[Followed] | None:
    """What became of the earlier plan that a call names; None where it names none.

    Raises
    ------
    DataError
        If the file is no plan.
    """
    path = asked.given.get("before")
    if path is None:
        return None
    from cli.export import read_list
    from geo.analysis.replay import apply_changes
    from geo.years.followed import followed

    _, plan = read_list(path)
    if plan is None:
        raise DataError("error.sites_file", path=path.name)
    same = plan.get("version") == data.version and not asked.changes()
    return followed(plan["sites"], apply_changes(data, asked.changes()), asked.params().season, unchanged=same)


def by_year_of(rows: list[Followed]) -> list[YearFollowed]:
    """The same, summed by year."""
    from geo.years.followed import by_year

    return by_year(rows)


def write_years(
    asked: Asked, out: Path, actions: str, technology: list[str] | None, *, progress: bool, as_json: bool
) -> None:
    """`plan --years`: the plan over years as JSON."""
    data = asked.inputs()
    found = planned(asked, data, actions, technology, progress=progress)
    result = written_about(data, asked.params(), actions) | found.as_dict()
    result["changes"] = [as_record(change) for change in found.changes()]
    rows = became(asked, data)
    if rows is not None:
        result["before"], result["before_years"] = [vars(one) for one in rows], [vars(one) for one in by_year_of(rows)]
    put(out, json.dumps(result, ensure_ascii=False, indent=1, default=jsonable))
    finish({**result, "sites": len(found.steps), "out": str(out)}, as_json)


@takes(GROUND, PARAMETERS)
def frontier(
    asked: Asked,
    out: Annotated[Path, typer.Option(help="File ending in json.")],
    actions: ActionNames = "repair",
    technology: Technologies = None,
    budgets: Annotated[int, typer.Option(help="So many budgets, from nothing to all.", min=1, max=1000)] = 20,
    poor_weight: Annotated[float, typer.Option(help="A poor person counts 1 + this.", min=0)] = 0.0,
    count_unmapped: Annotated[
        bool, typer.Option("--count-unmapped", help="People of unmapped villages count.")
    ] = False,
    progress: TellProgress = False,
    as_json: Json = False,
) -> None:
    """People by money, from nothing to saturation, with a bound; one order to build in that is good at each budget."""
    if out.suffix.lower() != ".json":
        raise CallError("error.out_format", path=out.name, known="json")
    from geo.planning.options import options_of
    from geo.years.frontier import frontier as drawn

    params, data = asked.params(), asked.inputs()
    built = technologies(technology)
    options = options_of(data, params, asked.changes(), actions=names_of(actions), technology=built)
    if progress:
        say(json.dumps({"step": "options", "count": len(options.table)}))
    found = drawn(options, budgets=budgets, poor_weight=poor_weight, count_unmapped=count_unmapped)
    result = written_about(data, params, actions) | found.as_dict()
    result |= {"without_cost": options.without_cost, "poor_weight": poor_weight, "count_unmapped": count_unmapped}
    put(out, json.dumps(result, ensure_ascii=False, indent=1, default=jsonable))
    told = {name: result[name] for name in ("version", "area", "most_people", "knee", "shares", "budgets")}
    finish({**told, "sites": len(found.order), "out": str(out)}, as_json)


@takes(WISHES, YEARS, GROUND, PARAMETERS)
def document(
    asked: Asked,
    out: Annotated[list[Path], typer.Option(help="File ending in docx, pdf or xlsx, repeatable.")],
    actions: ActionNames = "repair",
    technology: Technologies = None,
    name: Annotated[str | None, typer.Option(help="Name of the area on the document. [default: its code]")] = None,
    budgets: Annotated[int, typer.Option(help="So many budgets of the frontier.", min=2, max=200)] = 20,
    record: Annotated[
        str,
        typer.Option(help="Database URL of the record: promises, other sectors' programme.", envvar="MATA_AIR_RECORD"),
    ] = "",
    progress: TellProgress = False,
    as_json: Json = False,
) -> None:
    """Write the master plan of an area: situation, needs, what money brings, the plan by year, costs, the unknown."""
    from exports.paper.plan_document import Material, plan_document
    from exports.paper.plan_words import recorded_words
    from forum.partners import recorded_of
    from geo.analysis.analyse import analyse
    from geo.analysis.profile import ids_in
    from geo.planning.options import options_of
    from geo.years.frontier import frontier as drawn

    writers = documents(out)

    def step(name: str) -> None:
        if progress:
            say(name)

    events: Sequence[Event] = ()
    if record:
        say(t("cli.record_read", session.lang))
        events, recorded = read_record(record)
        known = asked.changes()
        asked = replace(asked, recorded=tuple(one for one in recorded if one not in known))
    params, data, changes = asked.params(), asked.inputs(), asked.changes()
    step("analyse")
    now = analyse(data, params, changes)
    step("plan")
    plan = planned(asked, data, actions, technology, progress=progress)
    step("frontier")
    options = options_of(data, params, changes, actions=names_of(actions), technology=technologies(technology))
    found = drawn(options, budgets=budgets, poor_weight=plan.wish.poor_weight, count_unmapped=plan.wish.count_unmapped)
    step("after")
    after = analyse(data, params, (*changes, *plan.changes()), priorities=False)
    called = name or params.area or "Indonesia"
    made = Material(now, after, plan, found, called, session.lang, params.as_of, before=became(asked, data))
    if record:
        made = replace(made, **recorded_words(recorded_of(events, *ids_in(now)), session.lang))
    written = plan_document(made)
    result: dict[str, Any] = {"version": data.version, "tables": len(written.tables), "files": []}
    for path, write in writers.items():
        step(path.suffix.lower())
        put(path, write(written))
        result["files"].append(str(path))
    finish(result, as_json)
