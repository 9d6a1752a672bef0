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
            values = file.read(1).astype(float)
            nodata, place = file.nodata, file.transform
    except (RasterioError, OSError, ValueError) as error:
        raise error if isinstance(error, DataError) else DataError("error.unreadable", path=path.name) from error
    if nodata is not None:
        values[values == nodata] = np.nan
    return Grid(values, place.c, place.f, place.a, -place.e, nodata)
