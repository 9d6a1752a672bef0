"""Coverage and priorities of very large tables: tiles, on one machine or on a cluster (Dask).

Places are read by box (`geo/batch/places.py`), each tile is exact (`geo/batch/tiles.py`), so the result is that of
one machine on the whole ground. A finished tile lies in the run's folder under a name made of the inputs and
parameters: after a crash or a lost worker only the others are done. All workers must see the same folders.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from geo.batch import places as store
from geo.batch.gather import gather
from geo.batch.prepare import PART, BatchJob, keep_part, made_folder, prepare, read_layout, write_whole
from geo.batch.tiles import Box, Country, Tile, no_institutions, solve_tile, village_sums, village_tails
from geo.coverage.reconcile import Scales, reconciled
from geo.model.errors import CallError
from geo.model.sites import SERVICES, kind_column, site_id_column
from geo.reach.distance import compiled_pairs

#: Distances of the whole ground are summed in steps of a metre up to here, for its median and 90th percentile.
_FURTHEST_M = 200_000
_TEXT = pd.StringDtype("pyarrow")
_ONE_THREAD = {"MATA_AIR_THREADS": 1, "OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1}
#: Dask looks at what its workers do a hundred times a second; left out, a tile takes a sixth less (measured).
_UNWATCHED = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
}
Progress = Callable[[int, int], None]


#: What workers hold of each site of the whole ground; names and the like stay in the file.
_HELD = (
    "number",
    "status",
    "improved",
    "conflict_m",
    "conflict_sure",
    "conflict_maybe",
    "capacity_people",
    "reported_on",
    "rehab_cost_idr",
    "eligible",
    "lon",
    "lat",
)


@lru_cache(maxsize=1)
def _shared(folder: str, params_json: str) -> tuple[Country, pd.DataFrame, list[Box]]:
    """What a worker reads once: sites, villages, row groups, tiles."""
    work = Path(folder)
    plan = read_layout(work)
    shares = pd.read_parquet(work / "villages.parquet")
    codes = pd.Index(shares["village_code"][:-1])
    places = store.Store(plan.groups, codes)
    sites = {
        name: _sites_of(work / f"{name}.parquet", name) for name in SERVICES if (work / f"{name}.parquet").is_file()
    }
    params = BatchJob("", {}, json.loads(params_json)).options()

    by = Scales(*(shares[name].to_numpy(dtype=float) for name in ("official", "scale", "each")))

    def load(box: Box) -> pd.DataFrame:
        rows = places.read(box)
        at = np.where(rows.village < 0, len(shares) - 1, rows.village)  # those of no village have no total
        return store.as_places(rows, shares, reconciled(rows.people, at, by))

    return Country(load, sites, no_institutions(), params, plan.total), shares, plan.tiles


def _sites_of(path: Path, service: str) -> pd.DataFrame:
    kind = kind_column(service)
    held = [
        name
        for name in _HELD
        if service == "water" or name not in ("improved", "conflict_m", "conflict_sure", "conflict_maybe")
    ]
    wanted = [site_id_column(service), kind, *held]
    table = pq.read_table(path, columns=wanted).to_pandas(
        types_mapper=lambda type_: _TEXT if pa.types.is_string(type_) else None
    )
    for column in ("status", kind):
        table[column] = table[column].astype(object).astype("category")
    return table.sort_values("lon", ignore_index=True)


def run_tile(folder: str, params_json: str, number: int) -> dict[str, Any]:
    """Do one tile and keep its result; what is done already is not done again."""
    work = Path(folder)
    done = work / "done" / f"{number:05d}.json"
    if done.is_file():
        kept: dict[str, Any] = json.loads(done.read_text(encoding="utf-8"))
        return kept
    started = time.perf_counter()
    ground, shares, tiles = _shared(folder, params_json)
    tile = solve_tile(ground, tiles[number])
    sums = village_sums(tile, len(shares) - 1)
    places = np.roll(shares["places"].to_numpy(dtype=np.int64), 1)
    near, rest = village_tails(tile, places) if "water" in tile.states else (None, None)
    for name, table in (("sums", sums), ("tails", near), ("rest", rest), ("priorities", tile.priorities)):
        if table is not None:
            keep_part(work / name / f"{number:05d}{PART}", table)
    np.save(made_folder(work / "metres") / f"{number:05d}.npy", _histogram(tile))
    told = {
        "tile": number,
        "places": len(tile.places),
        "halo_m": tile.halo_m,
        "seconds": time.perf_counter() - started,
        "peak_mb": _peak_mb(),
    }
    write_whole(made_folder(done.parent) / done.name, json.dumps(told).encode())
    return told


def _peak_mb() -> float:
    """Most memory this process held, MB (`ru_maxrss` would count what the parent held when it started this one)."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _histogram(tile: Tile) -> np.ndarray:
    """People by metres to the nearest working point, in steps of a metre; who has none is left out."""
    if "water" not in tile.states:
        return np.zeros(0)
    metres, people = tile.states["water"]["nearest_m"].to_numpy(), tile.places["people"].to_numpy(dtype=float)
    known = ~np.isnan(metres) & (people > 0)
    steps = np.minimum(np.ceil(metres[known]), _FURTHEST_M).astype(np.int64)
    return np.bincount(steps, weights=people[known])


def run(job: BatchJob, scheduler: str, workers: int, progress: Progress = lambda done, all_: None) -> dict[str, Any]:
    """Do all tiles and put them together.

    Parameters
    ----------
    job
        Inputs, parameters, folder.
    scheduler
        Address of a Dask scheduler, ``local`` for workers on this machine, ``none`` for this process alone.
    workers
        Local workers, one thread each.
    progress
        Told how many tiles are done, of how many.

    Raises
    ------
    CallError
        If no scheduler answers at the address.
    """
    clock = [time.perf_counter()]
    with ThreadPoolExecutor(1) as aside, ExitStack() as closing:
        starting = None if scheduler == "none" else aside.submit(_client, scheduler, workers, closing)
        plan = prepare(job)
        clock.append(time.perf_counter())
        folder, params_json = str(job.work), json.dumps(dict(job.params))
        told: list[dict[str, Any]] = []
        for done in _done(None if starting is None else starting.result(), folder, params_json, len(plan.tiles)):
            told.append(done)
            progress(len(told), len(plan.tiles))
    clock.append(time.perf_counter())
    result = gather(job.work, Path(job.folder), job.options(), told)
    result |= {"places_rejected": plan.bad, "villages_spread": plan.bare, "rejected": plan.rejected}
    clock.append(time.perf_counter())
    steps = zip(("prepare", "tiles", "gather"), np.diff(clock), strict=True)
    result["steps_s"] = {name: round(float(seconds), 1) for name, seconds in steps}
    shutil.rmtree(job.work, ignore_errors=True)
    with suppress(OSError):  # runs with other parameters that were stopped stay as they are
        job.work.parent.rmdir()
    return result


def _done(client: Any, folder: str, params_json: str, count: int) -> Iterator[dict[str, Any]]:
    """Do the tiles, here or on the workers, and give each one's account when it is done."""
    if client is None:
        for number in range(count):
            yield run_tile(folder, params_json, number)
        return
    from distributed import as_completed

    futures = [client.submit(run_tile, folder, params_json, number, pure=False) for number in range(count)]
    for future in as_completed(futures):
        yield future.result()


def _client(scheduler: str, workers: int, closing: ExitStack) -> Any:
    """Connect to a scheduler, or start workers here, and have them load what a tile needs."""
    import dask
    from distributed import Client, LocalCluster

    # a worker that is lost takes its tile with it: that is done again elsewhere, however often a machine is pulled out
    dask.config.set({"distributed.scheduler.allowed-failures": 100})
    # Dask has workers give memory back after each array; kept, a tile takes three quarters of the time (measured)
    kept = {"MALLOC_TRIM_THRESHOLD_": 2**30, "MALLOC_MMAP_THRESHOLD_": 2**30}
    dask.config.set({"distributed.nanny.pre-spawn-environ": kept | _ONE_THREAD})
    dask.config.set(_UNWATCHED)
    cluster = None
    if scheduler == "local":
        cluster = closing.enter_context(
            LocalCluster(
                n_workers=workers, threads_per_worker=1, dashboard_address=":0", silence_logs="ERROR", memory_limit=0
            )
        )
    try:
        client = Client(cluster if cluster is not None else scheduler, timeout="20s")
    except (OSError, ValueError) as error:
        raise CallError("error.scheduler", value=scheduler) from error
    closing.callback(client.close)
    client.run(_warm)
    return client


def _warm() -> None:
    """Load the compiled loops."""
    sites = np.array([[107.0, -7.0], [107.0, -7.001]])
    compiled_pairs(sites, sites, 500.0)
