"""Grids from GeoTIFF: what every raster is checked for at the door."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geo.model.arrays import Floats
from geo.model.errors import CallError, DataError


@dataclass(frozen=True, eq=False)
class Grid:
    """A grid in degrees, north up: `values` (rows, columns) float64, NaN where nothing is declared to be.

    `west`, `north` are the outer corner, `width`, `height` the size of a cell; `nodata` the value declared as no data.
    """

    values: Floats
    west: float
    north: float
    width: float
    height: float
    nodata: float | None


#: Rows of a grid that are read at a time.
_ROWS = 256
#: Bytes unpacked per byte of the file, and how many may be had at any ratio: a sparse kilobyte says it has 8000².
MAX_RATIO, MAX_FREE = 400, 16_000_000


def _not_swollen(path: Path, size: int) -> None:
    """Refuse a file that unpacks to far more than it holds."""
    if size > MAX_FREE and size > MAX_RATIO * path.stat().st_size:
        raise DataError("error.zip_bomb", path=path.name)


def write_grid(path: Path, values: Floats, like: Grid) -> None:
    """Write a grid as a GeoTIFF of our own make: what a user's file holds beside its numbers stays out.

    Numbers are kept exactly, as float32 where those are the same. The same grid always gives the same bytes.
    """
    import rasterio
    from rasterio.transform import from_origin

    single = values.astype(np.float32)
    exact = np.array_equal(single.astype(np.float64), values, equal_nan=True)
    height, width = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", width=width, height=height, count=1, dtype="float32" if exact else "float64",
        crs="EPSG:4326", transform=from_origin(like.west, like.north, like.width, like.height), nodata=float("nan"),
        compress="deflate", predictor=3,
    ) as file:  # fmt: skip
        file.write(single if exact else values, 1)


def open_grid(path: Path, most_cells: int) -> Grid:
    """Read the first band of a GeoTIFF.

    Parameters
    ----------
    path
        The file; its content is looked at, not only its name.
    most_cells
        More cells are refused.

    Raises
    ------
    CallError
        If there is no such file.
    DataError
        If it is no GeoTIFF, not EPSG:4326, turned, or too large.
    """
    import rasterio
    from rasterio.errors import RasterioError
    from rasterio.windows import Window

    if not path.is_file():
        raise CallError("error.no_file", path=str(path))
    with path.open("rb") as file:
        start = file.read(4)
    if start not in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        raise DataError("error.raster_format", path=path.name)
    try:
        with rasterio.open(path, driver="GTiff") as file:
            if file.crs is None or file.crs.to_epsg() != 4326:
                raise DataError("error.raster_crs", path=path.name, crs=str(file.crs)[:80])
            if file.transform.b or file.transform.d or file.transform.e >= 0:
                raise DataError("error.raster_turned", path=path.name)
            if file.width * file.height > most_cells:
                raise DataError("error.raster_size", path=path.name, count=file.width * file.height, most=most_cells)
            if np.dtype(file.dtypes[0]).kind not in "iuf":
                raise DataError("error.raster_format", path=path.name)
            _not_swollen(path, file.width * file.height * np.dtype(file.dtypes[0]).itemsize)
            values = np.empty((file.height, file.width), dtype=np.float64)
            for row in range(0, file.height, _ROWS):  # one kind of number at a time, not two of the whole
                part = Window(0, row, file.width, min(_ROWS, file.height - row))
                values[row : row + part.height] = file.read(1, window=part)
            nodata, place = file.nodata, file.transform
    except (RasterioError, OSError, ValueError, TypeError) as error:
        raise error if isinstance(error, DataError) else DataError("error.unreadable", path=path.name) from error
    if nodata is not None:
        values[values == nodata] = np.nan
    return Grid(values, place.c, place.f, place.a, -place.e, nodata)
