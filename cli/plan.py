"""The command that plans. Part of the entry point `cli/geo.py`."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.analyse import load_inputs, read_changes
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
    Radius,
    Season,
    Standard,
    Version,
    Workspace,
    files_of,
    finish,
    jsonable,
    say,
)
from geo.analysis.analyse import sample_tables
from geo.model.changes import as_record
from geo.model.errors import CallError
from geo.model.params import Params, params_as_text
from geo.planning.options import options_of
from geo.planning.plans import Wish, best_plan, curve
from geo.priorities.costs import ACTIONS


def plan(
    out: Annotated[Path, typer.Option(help="File ending in json.")],
    budget: Annotated[float | None, typer.Option(help="Rupiah to spend.")] = None,
    max_actions: Annotated[int | None, typer.Option(help="Number of actions instead of rupiah.", min=0)] = None,
    target_share: Annotated[
        float | None, typer.Option(help="Instead of a limit: the cheapest plan that serves this share.", min=0, max=1)
    ] = None,
    fewest: Annotated[bool, typer.Option("--fewest", help="With --target-share: fewest, not cheapest.")] = False,
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
    standard: Standard = "id",
    radius: Radius = None,
    metric: Metric = "line",
    season: Season = "wet",
    no_capacity: NoCapacity = False,
    assume_mapped: Mapped = False,
    actions: Annotated[str, typer.Option(help=f"What may be done, comma-separated: {', '.join(ACTIONS)}.")] = "repair",
    technology: Annotated[list[str] | None, typer.Option(help="Action=technology to build, repeatable.")] = None,
    commit: Annotated[list[str] | None, typer.Option(help="A site already promised, repeatable.")] = None,
    poor_weight: Annotated[float, typer.Option(help="A poor person counts 1 + this.", min=0)] = 0.0,
    floor_share: Annotated[float, typer.Option(help="Least share of each village with service.", min=0, max=1)] = 0.0,
    seconds: Annotated[float, typer.Option(help="Time to prove the best.", min=0.1)] = 60.0,
    curve_points: Annotated[int, typer.Option("--curve", help="Also the people for so many limits.", min=0)] = 0,
    progress: Annotated[bool, typer.Option("--progress", help="JSON lines on stderr while it is sought.")] = False,
    as_json: Json = False,
) -> None:
    """Choose the actions that serve most people within a limit, water and sanitation together.

    An interrupt (Ctrl-C, SIGTERM) ends the search; the best plan until then is written, with its proven gap.
    """
    if out.suffix.lower() != ".json":
        raise CallError("error.out_format", path=out.name, known="json")
    wish = _wish(budget, max_actions, target_share, fewest, commit, poor_weight, floor_share, seconds)
    params = Params(
        area=area, standard=standard, radius_m=radius, season=season, capacity=not no_capacity,
        assume_mapped=assume_mapped, metric=metric,
    )  # fmt: skip
    tables = files_of(
        villages=villages, settlements=settlements, water_points=water, sanitation=sanitation, roads=roads
    )
    data = load_inputs(workspace, data_version, mapping, tables, elevation)
    wanted = tuple(name.strip() for name in actions.split(",") if name.strip())
    replayed = read_changes(changes)
    options = options_of(data, params, replayed, actions=wanted, technology=_technologies(technology))
    found = best_plan(options, wish, _watch(progress, wish.limit is None, wish.unit))
    result: dict[str, Any] = {"version": data.version, "standard": standard, "area": area}
    result |= {"date": date.today().isoformat(), "actions": list(wanted), "sample": bool(sample_tables(data))}
    result |= {"season": season, "parameters": params_as_text(params)} | found.as_dict()
    result["changes"] = [as_record(change) for change in found.changes()]
    if curve_points:
        result["curve"] = [vars(point) for point in curve(options, wish, curve_points)]
    out.write_text(json.dumps(result, ensure_ascii=False, indent=1, default=jsonable), encoding="utf-8")
    finish({**result, "sites": len(found.steps), "out": str(out)}, as_json)


def _wish(
    budget: float | None,
    max_actions: int | None,
    target_share: float | None,
    fewest: bool,
    commit: list[str] | None,
    poor_weight: float,
    floor_share: float,
    seconds: float,
) -> Wish:
    if budget is not None and max_actions is not None:
        raise CallError("error.limit_or_target")
    return Wish(
        limit=budget if max_actions is None else float(max_actions),
        unit="actions" if max_actions is not None or fewest else "idr",
        target_share=target_share,
        poor_weight=poor_weight,
        floor_share=floor_share,
        committed=tuple(commit or ()),
        seconds=seconds,
    )


def _technologies(pairs: list[str] | None) -> dict[str, str]:
    result = {}
    for pair in pairs or []:
        action, _, name = pair.partition("=")
        if action not in ACTIONS or not name:
            raise CallError("error.option", name="--technology", value=pair, known="new=…, latrine=…, mck=…")
        result[action] = name
    return result


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
