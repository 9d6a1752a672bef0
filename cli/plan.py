"""The command that plans: which actions for this money."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import GROUND, PARAMETERS, WISHES, Asked, Json, TellProgress, finish, jsonable, say, takes, was_given
from cli.running.ending import put
from cli.years import YEARS, ActionNames, Technologies, names_of, technologies, write_years, written_about
from geo.model.changes import as_record
from geo.model.errors import CallError

if TYPE_CHECKING:
    from geo.planning.coverage_problem import Wish


@takes(WISHES, YEARS, GROUND, PARAMETERS)
def plan(
    asked: Asked,
    out: Annotated[Path, typer.Option(help="File ending in json.")],
    actions: ActionNames = "repair",
    technology: Technologies = None,
    curve_points: Annotated[int, typer.Option("--curve", help="Also the people for so many limits.", min=0)] = 0,
    why: Annotated[
        list[str] | None,
        typer.Option("--why-not", help="What would have to change for a site to be chosen; repeatable."),
    ] = None,
    progress: TellProgress = False,
    as_json: Json = False,
) -> None:
    """Choose the actions that serve most people within a limit, water and sanitation together; --years: over years.

    An interrupt (Ctrl-C, SIGTERM) ends the search; the best plan until then is written, with its proven gap.
    """
    if out.suffix.lower() != ".json":
        raise CallError("error.out_format", path=out.name, known="json")
    params = asked.params()
    if any(was_given(asked.given[name]) for name in YEARS):
        if curve_points:
            raise CallError("error.option", name="--curve", value=curve_points, known="mata-air frontier")
        if why:
            raise CallError("error.option", name="--why-not", value=", ".join(why), known="plan --budget")
        write_years(asked, out, actions, technology, progress=progress, as_json=as_json)
        return
    from geo.planning.options import options_of
    from geo.planning.plans import best_plan, curve

    wish = _wish(asked)
    data, changes = asked.inputs(), asked.changes()
    wanted = names_of(actions)
    options = options_of(data, params, changes, actions=wanted, technology=technologies(technology))
    best = best_plan(options, wish, _watch(progress, wish.limit is None, wish.unit))
    result = written_about(data, params, actions) | best.as_dict()
    result["changes"] = [as_record(change) for change in best.changes()]
    if curve_points:
        result["curve"] = [vars(point) for point in curve(options, wish, curve_points, known=best)]
    if why:
        from geo.planning.why_not import VillageWhyNot, why_not_any

        told = [why_not_any(options, wish, name, best) for name in why]
        result["why_not"] = [one.as_dict() if isinstance(one, VillageWhyNot) else vars(one) for one in told]
    put(out, json.dumps(result, ensure_ascii=False, indent=1, default=jsonable))
    finish({**result, "sites": len(best.steps), "out": str(out)}, as_json)


def _wish(asked: Asked) -> Wish:
    from geo.planning.coverage_problem import Wish

    told = {name: asked.given[name] for name in WISHES if was_given(asked.given[name])}
    if "budget" in told and "max_actions" in told:
        raise CallError("error.limit_or_target")
    if "fewest" in told and "target_share" not in told:  # a budget would be read as a number of actions
        raise CallError("error.fewest")
    by_number = "max_actions" in told or "fewest" in told
    limit = float(told["max_actions"]) if "max_actions" in told else told.get("budget")
    fields = ("target_share", "poor_weight", "floor_share", "seconds", "count_unmapped")
    kept: dict[str, Any] = {name: told[name] for name in fields if name in told}
    return Wish(limit=limit, unit="actions" if by_number else "idr", committed=tuple(told.get("commit", ())), **kept)


def _watch(progress: bool, cheapest: bool, unit: str) -> Callable[[float, float, float], bool]:
    """Tell how far the search is, once a second, and whether somebody asked to stop."""
    stopped, last = threading.Event(), [-1.0]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())

    def watch(seconds: float, value: float, bound: float) -> bool:
        if progress and seconds - last[0] >= 1.0:
            last[0] = seconds
            names = ("cost" if unit == "idr" else "actions", "least") if cheapest else ("people", "bound")
            figures = [_finite(-v if cheapest else v) for v in (value, bound)]
            say(json.dumps({"seconds": round(seconds, 1), **dict(zip(names, figures, strict=True))}))
        return stopped.is_set()

    return watch


def _finite(value: float) -> float | None:
    return round(value, 1) if abs(value) < 1e15 else None
