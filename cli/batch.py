"""The command for very large tables."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.options import PARAMETERS, Asked, Json, files_of, finish, say, session, takes
from geo.model.errors import CallError
from geo.model.params import Params
from texts import t


@takes(PARAMETERS, but=("top_n", "draws", "spread"))
def batch(
    asked: Asked,
    out: Annotated[Path, typer.Option(help="Folder of the result: villages/, priorities/, one part a province.")],
    villages: Annotated[Path, typer.Option(help="Villages with their official population (any format, or Parquet).")],
    settlements: Annotated[Path, typer.Option(help="Places with people: a GeoParquet file, or a folder of them.")],
    water: Annotated[Path, typer.Option(help="Water points (any format, or GeoParquet).")],
    sanitation: Annotated[Path | None, typer.Option(help="Sanitation facilities.")] = None,
    scheduler: Annotated[str, typer.Option(help="Address of a Dask scheduler, local, or none.")] = "local",
    workers: Annotated[int, typer.Option(min=1, help="Local workers.")] = 2,
    tile_places: Annotated[int | None, typer.Option(min=1, help="Places of a tile.")] = None,
    as_json: Json = False,
) -> None:
    """Coverage and priorities of very large tables, in tiles, on Dask; a second run goes on where one stopped.

    The whole ground is computed, by line: an area is chosen from the result, and roads are not walked.
    """
    started = time.perf_counter()
    params = asked.params()
    _whole_ground(params)
    from geo.batch.prepare import PLACES_PER_TILE, BatchJob
    from geo.batch.run import run

    files = files_of(villages=villages, settlements=settlements, water_points=water, sanitation=sanitation)
    given = {name: value for name, value in asdict(params).items() if name != "as_of"}
    if asked.given["as_of"]:
        given["as_of"] = params.as_of.isoformat()
    sources = {name: str(path) for name, path in files.items()}
    job = BatchJob(str(out), sources, given, tile_places or PLACES_PER_TILE)
    result = run(job, scheduler, workers, _progress())
    _tell_rejects(result, out)
    finish({"params": asdict(params), "seconds": round(time.perf_counter() - started, 1)} | result, as_json)


def _whole_ground(params: Params) -> None:
    """Refuse what a run in tiles does not do, instead of leaving it out in silence."""
    for option, value, only in (("--area", params.area, None), ("--metric", params.metric, "line")):
        if value != only:
            raise CallError("error.batch_option", name=option, value=value)


def _progress() -> Any:
    """Say every five seconds how many tiles are done."""
    last = [0.0]

    def progress(done: int, count: int) -> None:
        if done == count or time.perf_counter() - last[0] > 5:
            last[0] = time.perf_counter()
            say(t("cli.tiles", session.lang, done=done, count=count))

    return progress


def _tell_rejects(result: dict[str, Any], out: Path) -> None:
    for name, count in result["rejected"].items():
        if count:
            path = str(out / f"rejects-{name}.parquet")
            say(t("cli.batch_rejects", session.lang, count=count, table=name, path=path))
    if result["sites_of_unknown_status"]:
        say(t("cli.batch_unknown", session.lang, count=result["sites_of_unknown_status"]))
