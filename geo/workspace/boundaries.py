"""Approximate village boundaries where none is at hand: Voronoi cells of the places, clipped to each village's size."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

#: Rounds of bisection for a clipping radius: 2^-30 of the first guess is far below a metre.
_ROUNDS = 30


def approximate_boundaries(places: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return a polygon per place, on the same index, in EPSG:4326.

    Each is the Voronoi cell of its place, cut by a circle around the place whose radius is chosen so that the cell has
    the village's area (or the whole cell, if that is smaller). An approximation for showing, not a legal boundary.

    Parameters
    ----------
    places
        Points with `area_km2`, of one neighbourhood (one kecamatan): the metric projection is chosen for it.
    """
    flat = places.to_crs(places.estimate_utm_crs())
    points = flat.geometry.to_numpy()
    radius = np.sqrt(flat["area_km2"].to_numpy(dtype=float) * 1e6 / np.pi)
    frame = shapely.union_all(shapely.buffer(points, radius * 3))
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=frame, ordered=True))
    clipped = [
        _clipped(cell, point, area) for cell, point, area in zip(cells, points, flat["area_km2"] * 1e6, strict=True)
    ]
    return gpd.GeoSeries(clipped, index=places.index, crs=flat.crs).to_crs("EPSG:4326")


def _clipped(cell: shapely.Geometry, point: shapely.Point, area_m2: float) -> shapely.Geometry:
    low, high = 0.0, float(np.sqrt(area_m2 / np.pi) * 3)
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        if cell.intersection(point.buffer(middle)).area < area_m2:
            low = middle
        else:
            high = middle
    return cell.intersection(point.buffer(high)).simplify(5)
