"""Coverage and priorities of very large tables: tiles, on one machine or on a cluster (Dask).

Places are read by box (`geo/store.py`), each tile is exact (`geo/tiles.py`), so the result is that of one machine on
the whole ground. A finished tile lies in the run's folder under a name made of the inputs and parameters: after a crash
or a lost worker only the others are done. All workers must see the same folders.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from geo import store
from geo.conflicts import conflicts, with_conflicts
from geo.coverage import eligible_sites, kind_column, site_id_column
from geo.demand import spread_over, village_shares
from geo.distance import compiled_pairs
from geo.errors import CallError
from geo.gathering import gather
from geo.model import CODE_VERSION, SERVICES, SITE_TABLES, Params, empty_table
from geo.sorting import cells_with, sorted_copy
from geo.standards import limits
from geo.tiles import Box, Ground, Tile, no_institutions, solve, split, village_sums, village_tails
from geo.typed import read_typed

#: Places of a tile: two workers stay under 1 GB each with the halo around it.
PLACES_PER_TILE = 250_000
#: Distances of the whole ground are summed in steps of a metre up to here, for its median and 90th percentile.
_FURTHEST_M = 200_000
#: Where tiles would read each place more often than this, row groups are sorted by tile first.
MOST_READS = 2.5
_TEXT = pd.StringDtype("pyarrow")
_ONE_THREAD = {"MATA_AIR_THREADS": 1, "OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1}
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Job:
    """A run: its folder, input files by table, parameters (as a dictionary), and places per tile."""

    folder: str
    files: Mapping[str, str]
    params: Mapping[str, Any]
    per_tile: int = PLACES_PER_TILE

    @property
    def work(self) -> Path:
        """Folder of what is done already, named by inputs and parameters."""
        told: list[Any] = [CODE_VERSION, dict(self.params), self.per_tile]
        for name, path in sorted(self.files.items()):
            for file in store.files_of(Path(path)) if name == "settlements" else [Path(path)]:
                state = file.stat()
                told.append([name, str(file), state.st_size, state.st_mtime_ns])
        digest = hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()[:12]
        return Path(self.folder) / "work" / digest

    def options(self) -> Params:
        """The parameters."""
        given = dict(self.params)
        return Params(**given | {"weights": tuple((name, value) for name, value in given.get("weights", ()))})


@dataclass(frozen=True, eq=False)
class Plan:
    """What all workers know: tiles, row groups of places, the whole box, and where the tables lie."""

    tiles: list[Box]
    groups: list[store.Group]
    total: Box
    bad: int
    bare: int
    rejected: Mapping[str, int]


def prepare(job: Job) -> Plan:
    """Read all places once, cut the ground into tiles, and keep what workers need in the run's folder."""
    work = job.work
    if (work / "plan.json").is_file():
        return _read_plan(work)
    work.mkdir(parents=True, exist_ok=True)
    params = job.options()
    tables = {name: read_typed(Path(path), name) for name, path in job.files.items() if name != "settlements"}
    villages = tables["villages"].rows
    codes = pd.Index(villages["village_code"])
    files = store.files_of(Path(job.files["settlements"]))
    found = store.survey(files, codes)
    shaped = villages.geometry.notna() & villages["population"].notna()
    bare = villages[(found.count[1:] == 0) & shaped.to_numpy()]
    spread = [_spread_rows(villages, bare)] if len(bare) else []
    for rows in spread:
        found.count[1:] += np.bincount(rows.village, minlength=len(villages))
    tiles = split(found.cells, found.corner, store.CELL_DEG, job.per_tile)
    groups, total = found.groups, store.box_of(found.groups)
    if spread or found.reads(tiles) > MOST_READS:
        cells, corner = cells_with(found, spread)
        tiles = split(cells, corner, store.CELL_DEG, job.per_tile)
        groups = sorted_copy(files, codes, tiles, work / "places.parquet", spread)
        total = store.box_of(groups)
    if len(found.bad):
        _keep(Path(job.folder) / "rejects-settlements.parquet", found.bad)
    _keep_villages(work, villages, found, params)
    sites = {name: tables[name].rows for name in SITE_TABLES.values() if name in tables}
    if "water_points" in sites:
        facilities = sites.get("sanitation", empty_table("sanitation"))
        sites["water_points"] = with_conflicts(sites["water_points"], conflicts(sites["water_points"], facilities))
    for service, name in SITE_TABLES.items():
        if name in sites:
            _keep_sites(work, service, sites[name], params)
    rejected = {name: len(table.rejects) for name, table in tables.items()} | {"settlements": len(found.bad)}
    for name, table in tables.items():
        if len(table.rejects):
            _keep(Path(job.folder) / f"rejects-{name}.parquet", table.rejects.astype(str))
    plan = {
        "tiles": [asdict(box) for box in tiles],
        "groups": [asdict(group) for group in groups],
        "total": asdict(total),
        "bad": len(found.bad),
        "bare": len(bare),
        "rejected": rejected,
    }
    _write_whole(work / "plan.json", json.dumps(plan).encode())
    return _read_plan(work)


def _read_plan(work: Path) -> Plan:
    plan = json.loads((work / "plan.json").read_text(encoding="utf-8"))
    groups = [
        store.Group(entry["path"], entry["number"], entry["rows"], tuple(entry["box"])) for entry in plan["groups"]
    ]
    return Plan(
        [Box(**box) for box in plan["tiles"]], groups, Box(**plan["total"]), plan["bad"], plan["bare"], plan["rejected"]
    )


def _spread_rows(villages: gpd.GeoDataFrame, bare: gpd.GeoDataFrame) -> store.Rows:
    cells = pd.concat(spread_over(bare), ignore_index=True)
    number = dict(zip(villages["village_code"], range(len(villages)), strict=True))
    where = cells["village_code"].map(number).to_numpy(dtype=np.int64)
    nobody = np.full(len(cells), np.nan)
    return store.Rows(
        pa.array(cells["place_id"].tolist(), pa.string()),
        where,
        nobody,
        cells["lon"].to_numpy(),
        cells["lat"].to_numpy(),
    )


def _keep_villages(work: Path, villages: gpd.GeoDataFrame, found: store.Survey, params: Params) -> None:
    """Per village: what its people share, how its places are scaled to the official total, how many places it has."""
    table = village_shares(villages, params.assume_mapped)
    official = villages["population"].to_numpy(dtype=float)
    known, count, people = found.known[1:], found.count[1:], found.people[1:]
    mean = np.divide(people, known, out=np.full(len(people), np.nan), where=known > 0)
    filled = people + np.where(known > 0, mean, 0.0) * (count - known)
    even = ~(filled > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        table["scale"] = np.where(even, np.nan, official / filled)
        table["each"] = np.where(even, official / np.maximum(count, 1), mean * official / filled)
    table["places"], table["counted"], table["official"] = count, np.where(known > 0, people, np.nan), official
    for name in ("village_code", "name", "surveyed_on", "households"):
        table[name] = villages[name].to_numpy()
    outside = dict.fromkeys(table) | {"mapped": params.assume_mapped, "places": found.count[0]}
    table = pd.concat([table, pd.DataFrame([outside])], ignore_index=True)
    table["mapped"] = table["mapped"].astype(bool)
    table.to_parquet(work / "villages.parquet")


def _keep_sites(work: Path, name: str, rows: gpd.GeoDataFrame, params: Params) -> None:
    table = pd.DataFrame(rows.drop(columns="geometry")).assign(number=np.arange(len(rows)))
    table["eligible"] = eligible_sites(table, name, limits(params, name))
    table.to_parquet(work / f"{name}.parquet")


#: What workers hold of each site of the whole ground; names and the like stay in the file.
_HELD = (
    "number",
    "status",
    "improved",
    "conflict_m",
    "capacity_people",
    "reported_on",
    "rehab_cost_idr",
    "eligible",
    "lon",
    "lat",
)


@lru_cache(maxsize=1)
def _shared(folder: str, params_json: str) -> tuple[Ground, pd.DataFrame]:
    """What a worker reads once: sites, villages, row groups."""
    work = Path(folder)
    plan = _read_plan(work)
    shares = pd.read_parquet(work / "villages.parquet")
    codes = pd.Index(shares["village_code"][:-1])
    places = store.Store(plan.groups, codes)
    sites = {
        name: _sites_of(work / f"{name}.parquet", name) for name in SERVICES if (work / f"{name}.parquet").is_file()
    }
    params = Job("", {}, json.loads(params_json)).options()

    def load(box: Box) -> pd.DataFrame:
        rows = places.read(box)
        return store.as_places(rows, shares, _reconciled(rows, shares))

    return Ground(load, sites, no_institutions(), params, plan.total), shares


def _sites_of(path: Path, service: str) -> pd.DataFrame:
    kind = kind_column(service)
    held = [name for name in _HELD if service == "water" or name not in ("improved", "conflict_m")]
    wanted = [site_id_column(service), kind, *held]
    table = pq.read_table(path, columns=wanted).to_pandas(
        types_mapper=lambda type_: _TEXT if pa.types.is_string(type_) else None
    )
    for column in ("status", kind):
        table[column] = table[column].astype(object).astype("category")
    return table


def _reconciled(rows: store.Rows, shares: pd.DataFrame) -> np.ndarray:
    """People scaled to the official total of their village, where there is one (`geo.demand`, the same rule)."""
    at = np.where(rows.village < 0, len(shares) - 1, rows.village)
    official = shares["official"].to_numpy(dtype=float)[at]
    scale, each = shares["scale"].to_numpy(dtype=float)[at], shares["each"].to_numpy(dtype=float)[at]
    scaled = np.where(np.isnan(scale) | np.isnan(rows.people), each, rows.people * scale)
    return np.asarray(np.where(np.isnan(official), rows.people, scaled), dtype=float)


def run_tile(folder: str, params_json: str, number: int) -> dict[str, Any]:
    """Do one tile and keep its result; what is done already is not done again."""
    work = Path(folder)
    done = work / "done" / f"{number:05d}.json"
    if done.is_file():
        kept: dict[str, Any] = json.loads(done.read_text(encoding="utf-8"))
        return kept
    started = time.perf_counter()
    ground, shares = _shared(folder, params_json)
    tile = solve(ground, _read_plan(work).tiles[number])
    sums = village_sums(tile, len(shares) - 1)
    places = np.roll(shares["places"].to_numpy(dtype=np.int64), 1)
    near, rest = village_tails(tile, places) if "water" in tile.states else (None, None)
    for name, table in (("sums", sums), ("tails", near), ("rest", rest), ("priorities", tile.priorities)):
        if table is not None:
            _keep(work / name / f"{number:05d}.parquet", table)
    np.save(_folder(work / "metres") / f"{number:05d}.npy", _histogram(tile))
    told = {
        "tile": number,
        "places": len(tile.places),
        "halo_m": tile.halo_m,
        "seconds": time.perf_counter() - started,
        "peak_mb": _peak_mb(),
    }
    _write_whole(_folder(done.parent) / done.name, json.dumps(told).encode())
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


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def _keep(path: Path, table: pd.DataFrame) -> None:
    _folder(path.parent)
    part = path.with_suffix(f".{os.getpid()}.part")
    table.to_parquet(part)
    os.replace(part, path)


def _write_whole(path: Path, data: bytes) -> None:
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(data)
    os.replace(part, path)


def run(job: Job, scheduler: str, workers: int, progress: Progress = lambda done, all_: None) -> dict[str, Any]:
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
    cluster = None
    if scheduler == "local":
        cluster = closing.enter_context(
            LocalCluster(
                n_workers=workers, threads_per_worker=1, dashboard_address=None, silence_logs="ERROR", memory_limit=0
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
