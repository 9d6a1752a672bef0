"""Heights of the ground from a raster, and how slope changes a walk (Tobler)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geo.model.arrays import Floats
from geo.model.errors import DataError
from geo.reach.distance import geodesic_m

if TYPE_CHECKING:
    from geo.reach.rasters import Grid

#: Cells of a raster beyond this are refused: a walk looks at a regency, not at a country.
MOST_CELLS = 30_000_000


def tobler(slope: Floats) -> Floats:
    """How many metres on the flat take as long as a metre at a slope (rise over run, in the direction walked).

    Tobler's hiking function, 6 exp(-3.5 |s + 0.05|) km/h, taken relative to the flat, so that the walking speed stays
    the user's own. Source: W. Tobler (1993), Three presentations on geographical analysis and modeling, NCGIA 93-1.

    Examples
    --------
    >>> tobler(np.array([0.0, -0.05, 0.5])).round(3).tolist()
    [1.0, 0.839, 5.755]
    """
    return np.asarray(np.exp(3.5 * (np.abs(slope + 0.05) - 0.05)), dtype=float)


@dataclass(frozen=True, eq=False)
class Elevation:
    """A grid of heights in metres, north up, in degrees: `heights` (rows, columns), NaN where nothing is known.

    `west`, `north` are the outer corner, `width`, `height` the size of a cell.
    """

    heights: Floats
    west: float
    north: float
    width: float
    height: float

    @property
    def lon(self) -> Floats:
        """Longitude of the columns' centres."""
        return np.asarray(self.west + (np.arange(self.heights.shape[1]) + 0.5) * self.width, dtype=float)

    @property
    def lat(self) -> Floats:
        """Latitude of the rows' centres."""
        return np.asarray(self.north - (np.arange(self.heights.shape[0]) + 0.5) * self.height, dtype=float)

    def at(self, xy: Floats) -> Floats:
        """Height at each place, between the centres of the four cells around it (bilinear); NaN outside the grid.

        Between centres, so that the slope of a short stretch is that of the ground and not a whole cell's step.
        """
        rows, columns = self.heights.shape
        x, y = (xy[:, 0] - self.west) / self.width, (self.north - xy[:, 1]) / self.height
        inside = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
        x, y = np.clip(x - 0.5, 0, columns - 1), np.clip(y - 0.5, 0, rows - 1)
        column, row = np.minimum(x.astype(np.int64), columns - 2), np.minimum(y.astype(np.int64), rows - 2)
        column, row = np.maximum(column, 0), np.maximum(row, 0)
        right, down = np.minimum(column + 1, columns - 1), np.minimum(row + 1, rows - 1)
        u, v = x - column, y - row
        weight = np.stack([(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v])
        height = np.stack([self.heights[a, b] for a, b in ((row, column), (row, right), (down, column), (down, right))])
        known = ~np.isnan(height) & (weight > 0)
        total = np.where(known, weight, 0.0).sum(axis=0)
        mean = np.where(known, weight * height, 0.0).sum(axis=0)
        found = np.divide(mean, total, out=np.full(len(xy), np.nan), where=total > 0)
        return np.asarray(np.where(inside, found, np.nan), dtype=float)

    def steps(self) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        """Steps between neighbouring cells, eight each: from, to (cell numbers by row), flat metres (`tobler`)."""
        rows, columns = self.heights.shape
        number = np.arange(rows * columns).reshape(rows, columns)
        lat, x = self.lat, np.zeros(rows)
        east = geodesic_m(x, lat, x + self.width, lat)
        south = geodesic_m(x, lat, x, lat - self.height)
        across = geodesic_m(x, lat, x + self.width, lat - self.height)
        found = []
        for down, right, metres in ((0, 1, east), (1, 0, south), (1, 1, across), (1, -1, across)):
            a = (slice(0, rows - down), slice(max(-right, 0), columns - max(right, 0)))
            b = (slice(down, rows), slice(max(right, 0), columns - max(-right, 0)))
            here, there = number[a].ravel(), number[b].ravel()
            run = np.repeat(metres[: rows - down], number[a].shape[1])
            slope = (self.heights[b].ravel() - self.heights[a].ravel()) / run
            known = ~np.isnan(slope)
            here, there, run, slope = here[known], there[known], run[known], slope[known]
            found.append((here, there, run * tobler(slope)))
            found.append((there, here, run * tobler(-slope)))
        source, target, cost = (np.concatenate(part) for part in zip(*found, strict=True))
        return source, target, cost


def read_elevation(path: Path) -> Elevation:
    """Read a GeoTIFF of heights in metres, EPSG:4326, north up.

    Raises
    ------
    DataError
        If it cannot be read, lies in another system, is turned, is too large, or has no height at all.
    """
    grid = _heights(path)
    return Elevation(grid.values, grid.west, grid.north, grid.width, grid.height)


def heights_within(path: Path, bounds: tuple[float, float, float, float], most: int) -> Elevation | None:
    """Read the heights within some bounds for a picture: no more than `most` cells a side, means where there are more.

    Parameters
    ----------
    path
        Heights that a workspace keeps (written by `write_elevation`).
    bounds
        West, south, east, north in degrees.
    most
        Cells a side.

    Returns
    -------
    The part of the grid that holds the bounds; None where nothing is known there.
    """
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.windows import Window, from_bounds

    with rasterio.open(path, driver="GTiff") as file:
        asked = from_bounds(*bounds, transform=file.transform)
        first = max(int(np.floor(asked.col_off)), 0), max(int(np.floor(asked.row_off)), 0)
        last = (
            min(int(np.ceil(asked.col_off + asked.width)), file.width),
            min(int(np.ceil(asked.row_off + asked.height)), file.height),
        )
        if last[0] - first[0] < 2 or last[1] - first[1] < 2:
            return None
        window = Window(*first, last[0] - first[0], last[1] - first[1])
        shape = min(window.height, most), min(window.width, most)
        values = file.read(1, window=window, out_shape=shape, resampling=Resampling.average).astype(np.float64)
        place = file.window_transform(window)
    if np.isnan(values).all():
        return None
    step = place.a * window.width / shape[1], -place.e * window.height / shape[0]
    return Elevation(values, place.c, place.f, step[0], step[1])


def write_elevation(path: Path, target: Path) -> None:
    """Write heights anew, for whoever must not open the file they came in.

    Raises
    ------
    DataError
        As `read_elevation`.
    """
    from geo.reach.rasters import write_grid

    grid = _heights(path)
    write_grid(target, grid.values, grid)


def _heights(path: Path) -> Grid:
    """The grid of a file, with nothing where no height can be."""
    from geo.reach.rasters import open_grid

    grid = open_grid(path, MOST_CELLS)
    values = grid.values
    with np.errstate(invalid="ignore"):
        values[~np.isfinite(values) | (values < -500) | (values > 9_000)] = np.nan
    if np.isnan(values).all():
        raise DataError("error.raster_empty", path=path.name)
    return grid
