"""A window of grids on a server (GeoTIFF, read by range): one grid of our own make on disk."""

from __future__ import annotations

import io
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geo.fetching.ranges import Asker, MissingError, RangeFile
from geo.fetching.sources import Source, with_words
from geo.model.errors import DataError
from geo.reach.rasters import Grid, write_grid

#: More cells than this are no window; a tile or strip of more bytes is not unpacked.
MOST_CELLS, MOST_BLOCK = 30_000_000, 64_000_000
#: Files of a degree begin half a cell beside it.
_HALF_CELL = 0.001


def cut_grid(source: Source, ground: shapely.Geometry, path: Path, asker: Asker, parts: Path) -> dict[str, Any]:
    """Write the cells of a source that lie around the ground, and return what they say.

    Cells keep their place and value: nothing is resampled. What the source calls no data is NaN.

    Parameters
    ----------
    source
        With the reader ``grid``; ``{lat}`` in its address stands for a file a degree (those at sea are missing).
    ground
        Polygon, EPSG:4326.
    path
        The GeoTIFF to write.
    asker, parts
        How it is asked for, and where blocks are kept.

    Raises
    ------
    DataError
        If there is none, or it is no grid in degrees.
    """
    from rasterio.errors import RasterioError
    from rasterio.merge import merge

    addresses = _degrees(source.address, ground) if "{lat}" in source.address else [source.address]
    with ExitStack() as stack:
        opened: list[Any] = []
        files: list[_Heard] = []
        for n, address in enumerate(addresses):
            try:
                files.append(_Heard(RangeFile(address, asker, parts / str(n))))
            except MissingError:
                if len(addresses) == 1:
                    raise
                continue
            opened.append(stack.enter_context(_opened(files[-1], address)))
        if not opened:
            raise DataError("error.fetch.nothing", value=source.address)
        west, south, east, north, width, height = _window(opened, ground, source.address)
        try:
            values, place = merge(
                opened,
                bounds=(west, south, east, north),
                res=(width, height),
                nodata=np.nan,
                indexes=[1],
                dtype="float64",
            )
        except (RasterioError, ValueError) as error:
            raise _fault_of(files) or _no_grid(source.address, str(error)) from error
        fault = _fault_of(files)
        if fault is not None:
            raise fault
    cells = np.asarray(values[0], dtype=np.float64) * opened[0].scales[0] + opened[0].offsets[0]
    grid = Grid(cells, place.c, place.f, place.a, -place.e, None)
    write_grid(path, cells, grid)
    return _told(source, grid, ground)


def _degrees(address: str, ground: shapely.Geometry) -> list[str]:
    """Addresses of the files, one a degree, that the ground touches."""
    ground = ground.buffer(_HALF_CELL)
    west, south, east, north = (int(np.floor(edge)) for edge in ground.bounds)
    found = []
    for lat in range(south, north + 1):
        for lon in range(west, east + 1):
            if not shapely.box(lon, lat, lon + 1, lat + 1).intersects(ground):
                continue
            words = {"{ns}": "S" if lat < 0 else "N", "{ew}": "W" if lon < 0 else "E"}
            words |= {"{lat}": f"{abs(lat):02d}", "{lon}": f"{abs(lon):03d}"}
            found.append(with_words(address, words))
    return found


class _Heard(io.RawIOBase):
    """A file for GDAL, which takes no exception from below: what went wrong is kept, and nothing is returned."""

    def __init__(self, file: RangeFile) -> None:
        super().__init__()
        self.file = file
        self.fault: DataError | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.file.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self.file.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        if self.fault is not None:
            return b""
        try:
            return self.file.read(size)
        except DataError as error:
            self.fault = error
            return b""


def _opened(file: _Heard, address: str) -> Any:
    """The grid behind an address, for rasterio, which reads through the file and asks for nothing beside it."""
    import rasterio
    from rasterio.errors import RasterioError

    start = file.read(4)
    file.seek(0)
    if start not in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        raise _no_grid(address, repr(start)[:40])
    name = "remote/grid.tif"

    def opener(path: str, mode: str = "rb", **_: object) -> _Heard:
        if path != name or mode not in ("r", "rb"):
            raise FileNotFoundError(path)
        file.seek(0)
        return file

    try:
        return rasterio.open(name, driver="GTiff", opener=opener)
    except (RasterioError, OSError, ValueError, TypeError) as error:
        raise _fault_of([file]) or _no_grid(address, str(error)) from error


def _window(
    opened: list[Any], ground: shapely.Geometry, address: str
) -> tuple[float, float, float, float, float, float]:
    """The window on the cells of the first grid, outwards; its west, south, east, north, and a cell's size."""
    first = opened[0]
    for one in opened:
        turned = one.transform.b or one.transform.d or one.transform.e >= 0
        if one.crs is None or one.crs.to_epsg() != 4326 or turned:
            raise _no_grid(address, str(one.crs)[:60])
        block = int(np.prod(one.block_shapes[0])) * np.dtype(one.dtypes[0]).itemsize
        if np.dtype(one.dtypes[0]).kind not in "iuf" or one.colorinterp[0].name == "palette":
            raise _no_grid(address, f"{one.dtypes[0]}, {one.colorinterp[0].name}")
        if block > MOST_BLOCK or (one.scales[0], one.offsets[0]) != (first.scales[0], first.offsets[0]):
            raise _no_grid(address, f"{block // 1_000_000} MB / {one.scales[0]}, {one.offsets[0]}")
        if not np.allclose((one.transform.a, one.transform.e), (first.transform.a, first.transform.e), rtol=1e-9):
            raise _no_grid(address, f"{one.transform.a} ≠ {first.transform.a}")
    width, height = first.transform.a, -first.transform.e
    edges = np.array([one.bounds for one in opened])
    bounds = np.array(ground.bounds)
    low = np.maximum(bounds[:2], edges[:, :2].min(axis=0))
    high = np.minimum(bounds[2:], edges[:, 2:].max(axis=0))
    if (low >= high).any():
        raise DataError("error.fetch.nothing", value=address)
    x0, y0 = first.transform.c, first.transform.f
    west, east = (
        x0 + np.floor((low[0] - x0) / width + 1e-6) * width,
        x0 + np.ceil((high[0] - x0) / width - 1e-6) * width,
    )
    north = y0 - np.floor((y0 - high[1]) / height + 1e-6) * height
    south = y0 - np.ceil((y0 - low[1]) / height - 1e-6) * height
    if (east - west) / width * ((north - south) / height) > MOST_CELLS:
        raise DataError("error.fetch.large", count=MOST_CELLS)
    return west, south, east, north, width, height


def _told(source: Source, grid: Grid, ground: shapely.Geometry) -> dict[str, Any]:
    """What the cells whose centres lie on the ground say: people, or heights."""
    rows, columns = grid.values.shape
    x = grid.west + (np.arange(columns) + 0.5) * grid.width
    y = grid.north - (np.arange(rows) + 0.5) * grid.height
    inside = shapely.contains_xy(ground, *np.meshgrid(x, y))
    values = grid.values[inside]
    known = values[np.isfinite(values)]
    found: dict[str, Any] = {"cells": len(known)}
    if not len(known):
        raise DataError("error.fetch.nothing", value=source.address)
    if source.gives == "population":
        return found | {"people": round(float(known[known > 0].sum()))}
    return found | {"lowest_m": round(float(known.min())), "highest_m": round(float(known.max()))}


def _fault_of(files: list[_Heard]) -> DataError | None:
    """The fault of the net behind a reader's own, which says only that it could not read."""
    return next((file.fault for file in files if file.fault is not None), None)


def _no_grid(address: str, detail: str) -> DataError:
    return DataError("error.fetch.format", value=address, detail=f"GeoTIFF, EPSG:4326: {detail[:120]}")
