"""Places too many for one table: streamed from Parquet, checked, read again by box from row groups that lie together.

A dataset is a GeoParquet file or a folder of them, with the columns of `settlements`; a place's position is taken from
`lon` and `lat`, else from the corners of `bbox` (GeoParquet's covering column), else from the points themselves. Where
row groups of the file already lie apart, they are read where they are; else a sorted copy is made once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from geo.batch.tiles import EDGES, Box, cells_at
from geo.model.arrays import Floats, Ints
from geo.model.errors import DataError
from geo.model.facts import columns_of

_RIM_M = 3_000.0
#: Row groups that are read while another is worked on.
_AHEAD = 2
#: A sorted copy (`geo/batch/sorting.py`): its columns, with the position of each place's village, and how its name
#: ends.
SORTED = pa.schema(
    {
        "settlement_id": pa.string(),
        "village": pa.int32(),
        "population": pa.float64(),
        "lon": pa.float64(),
        "lat": pa.float64(),
    }
)
SORTED_SUFFIX = ".arrow"
#: What a place takes from its village.
SHARES = (
    "piped_share", "piped_least", "piped_most", "own_toilet_share", "own_toilet_least", "own_toilet_most",
    "piped_counted", "toilets_counted", "poor_share", "diarrhoea_per_1000", "mapped",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Rows:
    """Some places as arrays: `id` (text), `village` (position, -1 unknown), `people` (NaN unknown), degrees."""

    id: pa.Array
    village: Ints
    people: Floats
    lon: Floats
    lat: Floats

    def only(self, keep: np.ndarray) -> Rows:
        """Return the rows where `keep` is true."""
        return Rows(
            self.id.filter(pa.array(keep)), self.village[keep], self.people[keep], self.lon[keep], self.lat[keep]
        )

    def at(self, order: Ints) -> Rows:
        """Return rows by position."""
        return Rows(
            self.id.take(pa.array(order)), self.village[order], self.people[order], self.lon[order], self.lat[order]
        )

    @property
    def reason(self) -> np.ndarray:
        """What is wrong with each row, by the rules of `settlements` (data/tables.toml); empty where nothing is."""
        return np.select(self._faults, ["geometry", "population", "settlement_id"], "")

    @property
    def good(self) -> np.ndarray:
        """Rows with a place on earth, an id, and no impossible number of people."""
        return np.asarray(~np.logical_or.reduce(self._faults), dtype=bool)

    @property
    def _faults(self) -> list[NDArray[np.bool_]]:
        there = (np.abs(self.lon) <= 180) & (np.abs(self.lat) <= 90) & ~((self.lon == 0) & (self.lat == 0))
        entry = columns_of("settlements")["population"]
        people = (self.people < entry["min"]) | (self.people > entry["max"]) | np.isinf(self.people)
        return [~there, people, self.id.is_null().to_numpy(zero_copy_only=False)]


@dataclass(frozen=True, eq=False)
class Group:
    """One row group: its file, its number, its rows, the box they lie in, and whether none of them is bad."""

    path: str
    number: int
    rows: int
    box: tuple[float, float, float, float]
    clean: bool = False

    def meets(self, box: Box) -> bool:
        """Whether some of it may lie in a box."""
        west, south, east, north = self.box
        return self.rows > 0 and west < box.east and east >= box.west and south < box.north and north >= box.south


@dataclass(frozen=True, eq=False)
class Survey:
    """What one reading of all places found.

    `count, known, people` per village position + 1 (0: unknown village): places, places with a figure, and its sum;
    `cells` the places per cell from the cell `corner`; `bad` the rows that are not used, whole, with file, row and
    reason.
    """

    groups: list[Group]
    count: Ints
    known: Ints
    people: Floats
    cells: Ints
    corner: tuple[int, int]
    bad: pd.DataFrame

    def reads(self, tiles: list[Box]) -> float:
        """How often each place would be read, by row group, when every tile with a narrow rim is."""
        boxes = np.array([group.box for group in self.groups])
        sizes = np.array([group.rows for group in self.groups])
        read = 0
        for tile in tiles:
            wide = tile.grown(_RIM_M)
            meet = (boxes[:, 0] < wide.east) & (boxes[:, 2] >= wide.west)
            meet &= (boxes[:, 1] < wide.north) & (boxes[:, 3] >= wide.south)
            read += int(sizes[meet].sum())
        return read / max(int(sizes.sum()), 1)


def box_of(groups: list[Group]) -> Box:
    """Return the box of all row groups, a little larger."""
    boxes = np.array([group.box for group in groups if group.rows])
    west, south = boxes[:, :2].min(axis=0)
    east, north = boxes[:, 2:].max(axis=0)
    return Box(float(west) - 1e-9, float(south) - 1e-9, float(east) + 1e-9, float(north) + 1e-9)


def files_of(path: Path) -> list[Path]:
    """Parquet files of a dataset: the file itself, or all in a folder.

    Raises
    ------
    DataError
        If there is none.
    """
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    if not files or not files[0].is_file():
        raise DataError("error.no_parquet", path=path.name)
    return files


def _position_columns(schema: pa.Schema, name: str) -> list[str]:
    names = set(schema.names)
    if {"lon", "lat"} <= names:
        return ["lon", "lat"]
    for column in ("bbox", "geometry"):
        if column in names:
            return [column]
    raise DataError("error.no_position", path=name)


def _positions(table: pa.Table) -> tuple[Floats, Floats]:
    if "lon" in table.column_names:
        lon, lat = table["lon"], table["lat"]
    elif "bbox" in table.column_names:
        box = table["bbox"].combine_chunks()
        lon, lat = box.field("xmin"), box.field("ymin")
    else:
        shapes = shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False))
        return shapely.get_x(shapes), shapely.get_y(shapes)
    return _floats(lon), _floats(lat)


def _floats(column: pa.ChunkedArray) -> Floats:
    return np.asarray(pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def read_group(path: Path, number: int, villages: pd.Index) -> Rows:
    """Read one row group; codes become positions in `villages`.

    Raises
    ------
    DataError
        If a column is missing.
    """
    try:
        return _read_group(path, number, villages)
    except pa.ArrowInvalid as error:
        raise DataError("error.unreadable_parquet", path=path.name, detail=str(error)[:160]) from error


@lru_cache(maxsize=64)
def _footer(path: str, _size: int, _changed_ns: int) -> pq.FileMetaData:
    """What a file says of its row groups, read once as long as the file stays what it is."""
    return pq.read_metadata(path)


def _read_group(path: Path, number: int, villages: pd.Index) -> Rows:
    state = path.stat()
    footer = _footer(str(path), state.st_size, state.st_mtime_ns)
    schema = footer.schema.to_arrow_schema()
    for column in ("settlement_id", "population"):
        if column not in schema.names:
            raise DataError("error.no_column", path=path.name, column=column, known=", ".join(schema.names))
    code = ["village_code"] if "village_code" in schema.names else []
    wanted = ["settlement_id", "population", *_position_columns(schema, path.name), *code]
    with pq.ParquetFile(path, metadata=footer, read_dictionary=code) as file:
        table = file.read_row_group(number, columns=wanted)
    lon, lat = _positions(table)
    found = np.full(len(table), -1, dtype=np.int64)
    if code:
        codes = table["village_code"]
        codes = (codes if pa.types.is_dictionary(codes.type) else pc.dictionary_encode(codes)).combine_chunks()
        codes = codes.chunk(0) if isinstance(codes, pa.ChunkedArray) else codes
        known = np.append(villages.get_indexer(pd.Index(codes.dictionary.to_pandas(), dtype=villages.dtype)), -1)
        found = known[pc.fill_null(codes.indices, len(known) - 1).to_numpy()].astype(np.int64)
    ids = pc.cast(table["settlement_id"], pa.string()).combine_chunks()
    return Rows(ids, found, _floats(table["population"]), lon, lat)


def _read_sorted(path: Path, numbers: list[int]) -> list[Rows]:
    """Read batches of a sorted copy: arrays that lie in the file, mapped as long as one of them is held."""
    with pa.memory_map(str(path)) as file:
        kept = pa.ipc.open_file(file)
        batches = [kept.get_batch(number) for number in numbers]
    return [
        Rows(
            batch["settlement_id"],
            batch["village"].to_numpy().astype(np.int64),
            *(batch[name].to_numpy() for name in ("population", "lon", "lat")),
        )
        for batch in batches
    ]


def groups_of(files: list[Path], villages: pd.Index) -> Iterator[tuple[Path, int, Rows]]:
    """Read all row groups one after another; the next ones are read while one is worked on."""
    ahead: deque[tuple[Path, int, Future[Rows]]] = deque()
    with ThreadPoolExecutor(_AHEAD) as pool:
        for path, number in _numbers_of(files):
            ahead.append((path, number, pool.submit(read_group, path, number, villages)))
            if len(ahead) > _AHEAD:
                yield _read(*ahead.popleft())
        while ahead:
            yield _read(*ahead.popleft())


def _read(path: Path, number: int, reading: Future[Rows]) -> tuple[Path, int, Rows]:
    return path, number, reading.result()


def _numbers_of(files: list[Path]) -> Iterator[tuple[Path, int]]:
    for path in files:
        try:
            with pq.ParquetFile(path) as file:
                count = file.metadata.num_row_groups
        except (pa.ArrowException, OSError) as error:
            raise DataError("error.unreadable_parquet", path=path.name, detail=str(error)[:160]) from error
        for number in range(count):
            yield path, number


def survey(files: list[Path], villages: pd.Index) -> Survey:
    """Read all places once: sums per village, places per cell, the box of each row group."""
    from geo.batch import place_kernels as kernels

    size = len(villages) + 1
    count, known, people = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64), np.zeros(size)
    cells = np.zeros((len(EDGES["lon"]) - 1, len(EDGES["lat"]) - 1), dtype=np.int64)
    groups, bad, hashes, row_number = [], [], [], dict.fromkeys(files, 1)
    for path, number, found in groups_of(files, villages):
        good = found.good
        if not good.all():
            bad.append(_rejected(found, path, row_number[path]))
        row_number[path] += len(good)
        rows = found if good.all() else found.only(good)
        hashes.append(_hashes(rows.id))
        kernels.count_places(rows.village, rows.people, *cell_of(rows), count, known, people, cells)
        groups.append(
            Group(str(path), number, len(rows.lon), box_around(rows) if len(rows.lon) else (0.0, 0.0, 0.0, 0.0))
        )
    if not any(group.rows for group in groups):
        raise DataError("error.nothing_accepted", path=files[0].name, count=sum(map(len, bad)))
    _no_id_twice(files, villages, np.concatenate(hashes))
    used = np.argwhere(cells)
    (west, south), (east, north) = used.min(axis=0), used.max(axis=0) + 1
    corner = (int(west), int(south))
    return Survey(groups, count, known, people, cells[west:east, south:north], corner, _all(bad))


def _rejected(rows: Rows, path: Path, first: int) -> pd.DataFrame:
    """The bad rows of a group, whole, with their row in the file and the column at fault."""
    reason = rows.reason
    at = np.flatnonzero(reason != "")
    columns = {"file": path.name, "row": first + at, "reason": reason[at]}
    columns |= {"settlement_id": rows.id.take(pa.array(at)).to_pylist(), "population": rows.people[at]}
    return pd.DataFrame(columns | {"lon": rows.lon[at], "lat": rows.lat[at]})


def _all(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"row": []})


def _hashes(ids: pa.Array) -> NDArray[np.uint64]:
    """A number for each text, the same for the same text."""
    from geo.batch import place_kernels as kernels

    ids = ids.cast(pa.large_string())
    _, offsets, data = ids.buffers()
    start = np.frombuffer(offsets, dtype=np.int64)[ids.offset : ids.offset + len(ids) + 1]
    letters = np.frombuffer(data, dtype=np.uint8) if data is not None else np.empty(0, dtype=np.uint8)
    found: NDArray[np.uint64] = kernels.hash_texts(start, letters)
    return found


def _no_id_twice(files: list[Path], villages: pd.Index, hashes: NDArray[np.uint64]) -> None:
    """Refuse places that share an id: nobody could tell which of them a figure means."""
    hashes.sort()
    twice = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
    if not len(twice):
        return
    named: list[str] = []
    for _, _, rows in groups_of(files, villages):
        good = rows.only(rows.good)
        named += good.id.filter(pa.array(np.isin(_hashes(good.id), twice))).to_pylist()
    several = pd.Series(named).value_counts()
    several = several[several > 1]
    if len(several):
        shown = ", ".join(sorted(several.index)[:5])
        raise DataError("error.ids_twice", path=files[0].name, count=len(several), ids=shown)


def cell_of(rows: Rows) -> tuple[Ints, Ints]:
    """Return column and row of the cell of each place."""
    return cells_at(rows.lon, "lon"), cells_at(rows.lat, "lat")


def joined(parts: list[Rows]) -> Rows:
    """Return several as one."""
    return Rows(
        pa.concat_arrays([part.id for part in parts]),
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("village", "people", "lon", "lat")),
    )


def box_around(rows: Rows) -> tuple[float, float, float, float]:
    """Return west, south, east, north of rows."""
    return float(rows.lon.min()), float(rows.lat.min()), float(rows.lon.max()), float(rows.lat.max())


@dataclass(frozen=True, eq=False)
class Store:
    """Places that can be read by box."""

    groups: list[Group]
    villages: pd.Index

    def read(self, box: Box) -> Rows:
        """Read the good places of a box."""
        meet = [group for group in self.groups if group.meets(box)]
        parts = []
        for group, rows in zip(meet, self._rows_of(meet), strict=True):
            keep = box.holds(rows.lon, rows.lat)
            if not group.clean:
                keep &= rows.good
            if keep.any():
                parts.append(rows if keep.all() else rows.only(keep))
        if not parts:
            nothing = np.empty(0)
            return Rows(pa.array([], pa.string()), nothing.astype(np.int64), nothing, nothing, nothing)
        return joined(parts)

    def _rows_of(self, groups: list[Group]) -> Iterator[Rows]:
        for path, some in groupby(groups, key=lambda group: group.path):
            numbers = [group.number for group in some]
            if path.endswith(SORTED_SUFFIX):
                yield from _read_sorted(Path(path), numbers)
            else:
                yield from (read_group(Path(path), number, self.villages) for number in numbers)


def as_places(rows: Rows, shares: pd.DataFrame, people: Floats) -> pd.DataFrame:
    """Make demand places of rows: reconciled people, and the shares of their village (by position; -1 last)."""
    at = np.where(rows.village < 0, len(shares) - 1, rows.village)
    mine = {name: shares[name].to_numpy()[at] for name in SHARES}
    ids = pd.array(rows.id, dtype="string[pyarrow]")
    more = {"place_id": ids, "village": rows.village, "people": people, "lon": rows.lon, "lat": rows.lat}
    return pd.DataFrame(mine | more, copy=False)
