"""The command for very large tables. Part of the entry point `cli/geo.py`."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cli.analyse import weights_of
from cli.options import Json, Mapped, NoCapacity, Radius, Season, Standard, Weights, files_of, finish, say, session
from geo.batch.prepare import PLACES_PER_TILE, BatchJob
from geo.batch.run import run
from geo.model.params import Params
from texts import t


def batch(
    out: Annotated[Path, typer.Option(help="Folder of the result: villages/, priorities/, one part a province.")],
    villages: Annotated[Path, typer.Option(help="Villages with their official population (any format, or Parquet).")],
    settlements: Annotated[Path, typer.Option(help="Places with people: a GeoParquet file, or a folder of them.")],
    water: Annotated[Path, typer.Option(help="Water points (any format, or GeoParquet).")],
    sanitation: Annotated[Path | None, typer.Option(help="Sanitation facilities.")] = None,
    scheduler: Annotated[str, typer.Option(help="Address of a Dask scheduler, local, or none.")] = "local",
    workers: Annotated[int, typer.Option(min=1, help="Local workers.")] = 2,
    tile_places: Annotated[int, typer.Option(min=1, help="Places of a tile.")] = PLACES_PER_TILE,
    standard: Standard = "id",
    radius: Radius = None,
    season: Season = "wet",
    no_capacity: NoCapacity = False,
    assume_mapped: Mapped = False,
    weight: Weights = None,
    as_json: Json = False,
) -> None:
    """Coverage and priorities of very large tables, in tiles, on Dask; a second run goes on where one stopped."""
    started = time.perf_counter()
    params = Params(
        standard=standard, radius_m=radius, season=season, capacity=not no_capacity, assume_mapped=assume_mapped,
        weights=weights_of(weight),
    )  # fmt: skip
    files = files_of(villages=villages, settlements=settlements, water_points=water, sanitation=sanitation)
    given = {name: value for name, value in asdict(params).items() if name != "as_of"}
    job = BatchJob(str(out), {name: str(path) for name, path in files.items()}, given, tile_places)
    told = [0.0]

    def progress(done: int, count: int) -> None:
        if done == count or time.perf_counter() - told[0] > 5:
            told[0] = time.perf_counter()
            say(t("cli.tiles", session.lang, done=done, count=count))

    result = run(job, scheduler, workers, progress)
    for name, count in result["rejected"].items():
        if count:
            say(
                t("cli.batch_rejects", session.lang, count=count, table=name, path=str(out / f"rejects-{name}.parquet"))
            )
    if result["sites_of_unknown_status"]:
        say(t("cli.batch_unknown", session.lang, count=result["sites_of_unknown_status"]))
    finish({"params": asdict(params), "seconds": round(time.perf_counter() - started, 1)} | result, as_json)
