"""A sorted copy of many places: each batch of rows lies in one tile, so that a tile reads little else.

The copy is an Arrow file: its columns are read where they lie, without a decoder, as often as a tile asks.
"""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from geo.batch.places import SORTED, Group, Rows, Survey, box_around, cell_of, groups_of, joined
from geo.batch.tiles import EDGES, Box, cells_at
from geo.model.arrays import Floats, Ints
from geo.reach.distance import order_of_numbers

#: So many rows of a tile are written at once, in batches of at most so many.
_FLUSH, _PART = 50_000, 16_000


def cells_with(found: Survey, spread: list[Rows], sites: Floats) -> tuple[np.ndarray, tuple[int, int]]:
    """Return the histogram of places with those of spread villages; grown where they lie outside it.

    Where a site lies the cell counts at least one: a site among no places belongs to a tile, too.

    Parameters
    ----------
    found
        The places of the files.
    spread
        Those of villages spread over their polygons.
    sites
        Longitude and latitude, shape (s, 2).
    """
    lon = np.concatenate([*(rows.lon for rows in spread), sites[:, 0]])
    lat = np.concatenate([*(rows.lat for rows in spread), sites[:, 1]])
    west, south = found.corner
    column, row = cells_at(lon, "lon"), cells_at(lat, "lat")
    x0, y0 = min([west, *column.tolist()]), min([south, *row.tolist()])
    x1 = max([west + found.cells.shape[0], *(column + 1).tolist()])
    y1 = max([south + found.cells.shape[1], *(row + 1).tolist()])
    cells = np.zeros((x1 - x0, y1 - y0), dtype=np.int64)
    cells[west - x0 : west - x0 + found.cells.shape[0], south - y0 : south - y0 + found.cells.shape[1]] = found.cells
    column, row, places = column - x0, row - y0, len(column) - len(sites)
    np.add.at(cells, (column[:places], row[:places]), 1)
    lone = column[places:], row[places:]
    cells[lone] = np.maximum(cells[lone], 1)
    return cells, (x0, y0)


def sorted_copy(
    files: list[Path], villages: pd.Index, tiles: list[Box], target: Path, more: list[Rows] | None = None
) -> list[Group]:
    """Write the good places so that each batch of rows lies in one part of one tile.

    Memory holds some ten thousand rows a tile.

    Parameters
    ----------
    files, villages
        As in `survey`.
    tiles
        Boxes of whole cells, without overlap.
    target
        File to write; it appears whole.
    more
        Further places (villages spread over their polygons).

    Returns
    -------
    groups
        The batches written, as row groups.
    """
    table = _tile_table(tiles)
    kept: list[list[Rows]] = [[] for _ in tiles]
    part = target.with_suffix(".part")
    groups: list[Group] = []
    with pa.OSFile(str(part), "wb") as file, pa.ipc.new_file(file, SORTED) as writer:

        def flush(number: int) -> None:
            together, kept[number] = joined(kept[number]), []
            for mine in _compact(together.lon, together.lat):
                rows = together.at(mine)
                columns = [rows.id, rows.village.astype(np.int32), rows.people, rows.lon, rows.lat]
                writer.write_batch(pa.record_batch([pa.array(column) for column in columns], schema=SORTED))
                groups.append(Group(str(target), len(groups), len(rows.lon), box_around(rows), clean=True))

        for rows in chain((found for _, _, found in groups_of(files, villages)), more or []):
            keep = rows.good
            good = rows if keep.all() else rows.only(keep)
            where = table[cell_of(good)]
            order = order_of_numbers(where)
            edges = np.searchsorted(where[order], np.arange(len(tiles) + 1))
            for number in np.flatnonzero(np.diff(edges)).tolist():
                kept[number].append(good.at(order[edges[number] : edges[number + 1]]))
                if sum(len(some.lon) for some in kept[number]) >= _FLUSH:
                    flush(number)
        for number in range(len(tiles)):
            if kept[number]:
                flush(number)
    part.replace(target)
    return groups


def _compact(lon: Floats, lat: Floats) -> list[Ints]:
    """Split rows into parts that lie close together (along a Z-order curve): a rim then reads few of them."""
    along, up = (_spread_bits(_bytes(values)) for values in (lon, lat))
    order = order_of_numbers(along << 1 | up)
    return np.array_split(order, -(-len(order) // _PART))


def _bytes(values: Floats) -> NDArray[np.uint16]:
    """Values as 0–255 of their span."""
    low = values.min()
    found: NDArray[np.uint16] = ((values - low) * (255.0 / max(values.max() - low, 1e-12))).astype(np.uint16)
    return found


def _spread_bits(byte: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Put a nought before each bit of a byte."""
    for shift, mask in ((4, 0x0F0F), (2, 0x3333), (1, 0x5555)):
        byte = ((byte | (byte << shift)) & mask).astype(np.uint16)
    return byte


def _tile_table(tiles: list[Box]) -> NDArray[np.int32]:
    """Number of the tile of each cell of the earth."""
    table = np.zeros((len(EDGES["lon"]) - 1, len(EDGES["lat"]) - 1), dtype=np.int32)
    for number, box in enumerate(tiles):
        x0, x1 = np.searchsorted(EDGES["lon"], [box.west, box.east])
        y0, y1 = np.searchsorted(EDGES["lat"], [box.south, box.north])
        table[x0:x1, y0:y1] = number
    return table
