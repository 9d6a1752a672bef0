"""What comes before the tiles of a batch: all places read once, tiles cut, what workers need kept in a folder."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import feather

from geo.batch import places as store
from geo.batch.sorting import cells_with, sorted_copy
from geo.batch.tiles import Box, split
from geo.batch.typed import Typed, read_typed
from geo.coverage.conflicts import conflicts, with_conflicts
from geo.coverage.demand import spread_over, village_shares
from geo.coverage.reconcile import scales
from geo.coverage.standards import limits
from geo.coverage.states import COUNTED, eligible_sites
from geo.model.arrays import Floats
from geo.model.inputs import CODE_VERSION
from geo.model.params import Params
from geo.model.sites import SITE_TABLES
from geo.model.tables import empty_table

#: Places of a tile: two workers stay under 1 GB each with the halo around it.
PLACES_PER_TILE = 250_000
#: Which layout the folder of what is done has: one left behind by an older version is not gone on with.
_LAYOUT = 4
#: How the names of tables kept between the steps end.
PART = ".arrow"
#: Where tiles would read each place more often than this, row groups are sorted by tile first.
MOST_READS = 2.5


@dataclass(frozen=True)
class BatchJob:
    """A run: its folder, input files by table, parameters (as a dictionary), and places per tile."""

    folder: str
    files: Mapping[str, str]
    params: Mapping[str, Any]
    per_tile: int = PLACES_PER_TILE

    @property
    def work(self) -> Path:
        """Folder of what is done already, named by inputs and parameters."""
        told: list[Any] = [CODE_VERSION, _LAYOUT, dict(self.params), self.per_tile]
        for name, path in sorted(self.files.items()):
            for file in store.files_of(Path(path)) if name == "settlements" else [Path(path)]:
                state = file.stat()
                told.append([name, str(file), state.st_size, state.st_mtime_ns])
        digest = hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()[:12]
        return Path(self.folder) / "work" / digest

    def options(self) -> Params:
        """The parameters."""
        given = dict(self.params)
        if "as_of" in given:
            given["as_of"] = date.fromisoformat(given["as_of"])
        return Params(**given | {"weights": tuple((name, value) for name, value in given.get("weights", ()))})


@dataclass(frozen=True, eq=False)
class Layout:
    """What all workers know: tiles, row groups of places, the whole box, and where the tables lie."""

    tiles: list[Box]
    groups: list[store.Group]
    total: Box
    bad: int
    bare: int
    rejected: Mapping[str, int]


def prepare(job: BatchJob) -> Layout:
    """Read all places once, cut the ground into tiles, and keep what workers need in the run's folder."""
    work = job.work
    if (work / "plan.json").is_file():
        return read_layout(work)
    work.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(1) as aside:
        keeping = aside.submit(_keep_sites, job)
        plan, rejected = _keep_places(job, lambda: keeping.result()[1])
        rejected = keeping.result()[0] | rejected
    write_whole(work / "plan.json", json.dumps(plan | {"rejected": rejected}).encode())
    return read_layout(work)


def _keep_places(job: BatchJob, sites: Callable[[], Floats]) -> tuple[dict[str, Any], dict[str, int]]:
    """Read villages and all places, cut the ground into tiles; the plan, and how many rows were rejected by table.

    `sites`: where the sites lie, waited for once the places are read.
    """
    work = job.work
    read = read_typed(Path(job.files["villages"]), "villages")
    villages = read.rows
    codes = pd.Index(villages["village_code"])
    files = store.files_of(Path(job.files["settlements"]))
    found = store.survey(files, codes)
    shaped = villages.geometry.notna() & villages["population"].notna()
    bare = villages[(found.count[1:] == 0) & shaped.to_numpy()]
    spread = [_spread_rows(villages, bare)] if len(bare) else []
    for rows in spread:
        found.count[1:] += np.bincount(rows.village, minlength=len(villages))
    tiles = split(*cells_with(found, spread, sites()), job.per_tile)
    groups, total = found.groups, store.box_of(found.groups)
    if spread or found.reads(tiles) > MOST_READS:
        groups = sorted_copy(files, codes, tiles, work / f"places{store.SORTED_SUFFIX}", spread)
        total = store.box_of(groups)
    if len(found.bad):
        keep_table(Path(job.folder) / "rejects-settlements.parquet", found.bad)
    _keep_villages(work, villages, found, job.options())
    plan = {
        "tiles": [asdict(box) for box in tiles],
        "groups": [asdict(group) for group in groups],
        "total": asdict(total),
        "bad": len(found.bad),
        "bare": len(bare),
    }
    return plan, {"villages": _rejected(job, "villages", read), "settlements": len(found.bad)}


def _rejected(job: BatchJob, name: str, read: Typed) -> int:
    if len(read.rejects):
        keep_table(Path(job.folder) / f"rejects-{name}.parquet", read.rejects.astype(str))
    return len(read.rejects)


def read_layout(work: Path) -> Layout:
    """Read what `prepare` kept in a run's folder."""
    plan = json.loads((work / "plan.json").read_text(encoding="utf-8"))
    groups = [
        store.Group(entry["path"], entry["number"], entry["rows"], tuple(entry["box"]), entry["clean"])
        for entry in plan["groups"]
    ]
    return Layout(
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
    by = scales(official, people, known, count)
    table["official"], table["scale"], table["each"] = by.official, by.scale, by.each
    table["places"], table["counted"] = count, np.where(known > 0, people, np.nan)
    for name in ("village_code", "name", "surveyed_on", "households"):
        table[name] = villages[name].to_numpy()
    outside = dict.fromkeys(table) | {"mapped": params.assume_mapped, **dict.fromkeys(COUNTED.values(), True)}
    outside |= {"places": found.count[0]}
    table = pd.concat([table, pd.DataFrame([outside])], ignore_index=True)
    table = table.astype(dict.fromkeys(store.SHARES, float) | dict.fromkeys(("mapped", *COUNTED.values()), bool))
    table.to_parquet(work / "villages.parquet")


def _keep_sites(job: BatchJob) -> tuple[dict[str, int], Floats]:
    """Read the sites of each service and keep what workers need of them.

    Returns how many rows were rejected by table, and where the sites lie, shape (s, 2).
    """
    work, params = job.work, job.options()
    read = {name: read_typed(Path(path), name) for name, path in job.files.items() if name in SITE_TABLES.values()}
    sites = {name: table.rows for name, table in read.items()}
    if "water_points" in sites:
        facilities = sites.get("sanitation", empty_table("sanitation"))
        found = conflicts(sites["water_points"], facilities)
        sites["water_points"] = with_conflicts(sites["water_points"], found, facilities)
    for service, name in SITE_TABLES.items():
        if name in sites:
            table = pd.DataFrame(sites[name].drop(columns="geometry")).assign(number=np.arange(len(sites[name])))
            table["eligible"] = eligible_sites(table, service, limits(params, service))
            table.to_parquet(work / f"{service}.parquet")
    at = [np.column_stack([table["lon"], table["lat"]]) for name, table in sites.items() if len(table)]
    where = np.concatenate(at).astype(float) if at else np.empty((0, 2))
    return {name: _rejected(job, name, table) for name, table in read.items()}, where


def made_folder(path: Path) -> Path:
    """Return a folder, made where it is not there."""
    path.mkdir(parents=True, exist_ok=True)
    return path


def keep_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet; the file appears whole."""
    made_folder(path.parent)
    part = path.with_suffix(f".{os.getpid()}.part")
    table.to_parquet(part)
    os.replace(part, path)


def keep_part(path: Path, table: pd.DataFrame) -> None:
    """Keep a table between the steps of a run (`kept_parts`), without a format's cost; the file appears whole."""
    told = pa.BufferOutputStream()
    feather.write_feather(pa.Table.from_pandas(table, preserve_index=True), told, compression="uncompressed")
    write_whole(made_folder(path.parent) / path.name, told.getvalue())


def kept_parts(folder: Path) -> pd.DataFrame:
    """What the tiles kept under a name, one after another in their order; tables without a row are left out."""
    parts = [feather.read_table(str(path)) for path in sorted(folder.glob(f"*{PART}"))]
    filled = [part for part in parts if part.num_rows] or parts[:1]
    return pa.concat_tables(filled, promote_options="permissive").to_pandas()


def write_whole(path: Path, data: bytes | pa.Buffer) -> None:
    """Write a file; it appears whole."""
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(data)
    os.replace(part, path)
