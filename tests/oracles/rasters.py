"""Sums of a population grid in polygons: each cell's people split by area (methods, Where the people are)."""

from collections.abc import Mapping

import numpy as np
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

Corner = tuple[float, float]


def cell_box(corner: Corner, step: Corner, row: int, column: int) -> BaseGeometry:
    """The cell's rectangle; `corner` is the grid's north-west corner."""
    west, north = corner[0] + column * step[0], corner[1] - row * step[1]
    return box(west, north - step[1], west + step[0], north)


def people_in(grid: np.ndarray, corner: Corner, step: Corner, polygon: BaseGeometry) -> float:
    """Σ cell × part of the cell's area inside; negative and missing cells are no data."""
    total = 0.0
    for (row, column), value in np.ndenumerate(grid):
        if np.isfinite(value) and value > 0:
            cell = cell_box(corner, step, row, column)
            total += float(value) * cell.intersection(polygon).area / cell.area
    return total


def people_by_polygon(
    grid: np.ndarray, corner: Corner, step: Corner, polygons: Mapping[str, BaseGeometry]
) -> dict[str, float]:
    """The sum in each polygon."""
    return {key: people_in(grid, corner, step, shape) for key, shape in polygons.items()}
