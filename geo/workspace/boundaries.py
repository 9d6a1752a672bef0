"""Approximate boundaries of villages of which a place and an area are known: a power diagram in one outline.

Each village gets the area it is known to have, the outline holds them without gaps, and nothing lies over anything.
For showing: no legal boundary. Source: Aurenhammer, Power diagrams (1987); weights by Newton's method, damped, as in
Kitagawa, Mérigot, Thibert, Convergence of a Newton algorithm for semi-discrete optimal transport (2019).
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from geo.model.arrays import Floats

#: Rounds of bisection for the outline, and of Newton's method for the weights; the part by which an area may differ.
_ROUNDS, _STEPS, _OFF = 30, 200, 0.002
#: Hollows of the outline narrower than this many radii of a middling village are filled.
_HOLLOW = 2.5
#: A line is simplified by so many metres.
_SIMPLER_M = 5.0


def approximate_boundaries(places: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return a polygon per place, on the same index, in EPSG:4326.

    Parameters
    ----------
    places
        Points with `area_km2`, of one neighbourhood (one kecamatan): the metric projection is chosen for it.
    """
    flat = places.to_crs(places.estimate_utm_crs())
    points = np.column_stack([flat.geometry.x, flat.geometry.y])
    middle = points.mean(axis=0)
    areas = flat["area_km2"].to_numpy(dtype=float) * 1e6
    whole = _outline(points - middle, areas)
    cells, _ = power_cells(points - middle, areas * whole.area / areas.sum(), whole)
    shapes = shapely.transform(np.array(cells, dtype=object), lambda xy: xy + middle)
    shapes = shapely.coverage_simplify(shapes, _SIMPLER_M)
    return gpd.GeoSeries(shapes, index=places.index, crs=flat.crs).to_crs("EPSG:4326")


def _outline(points: Floats, areas: Floats) -> shapely.Polygon:
    """One coherent outline around the places, as large as all of them: discs about them, hollows filled."""
    radii = np.sqrt(areas / np.pi)
    hollow = float(np.median(radii)) * _HOLLOW
    low, high = 0.1, 4.0
    for _ in range(_ROUNDS):
        scale = (low + high) / 2
        low, high = (scale, high) if _around(points, radii * scale, hollow).area < areas.sum() else (low, scale)
    return _around(points, radii * high, hollow)


def _around(points: Floats, radii: Floats, hollow: float) -> shapely.Polygon:
    discs = shapely.union_all(shapely.buffer(shapely.points(points), radii))
    joined = discs.buffer(hollow).buffer(-hollow)
    if joined.geom_type != "Polygon":  # places far from each other are joined by what is nearest of them
        joined = (
            shapely.union_all([joined, shapely.convex_hull(discs).buffer(-hollow / 2)]).buffer(hollow).buffer(-hollow)
        )
    parts = shapely.get_parts(joined)
    return shapely.Polygon(max(parts, key=lambda part: part.area).exterior)


def power_cells(points: Floats, areas: Floats, whole: shapely.Polygon) -> tuple[list[shapely.Geometry], Floats]:
    """Divide an outline among places so that each cell has its area, the cells being those of a power diagram.

    Returns the cells and the weights: a point lies in the cell whose squared distance less its weight is the least.

    Parameters
    ----------
    points
        (n, 2) places, metres, no two the same.
    areas
        (n,) square metres, together those of the outline.
    whole
        The outline.
    """
    weights, damped = np.zeros(len(points)), 1e-9
    cells = _cells(points, weights, whole)
    for _ in range(_STEPS):
        have = shapely.area(cells)
        if np.abs(areas - have).max() <= _OFF * areas.min():
            break
        rates = _moved(points, cells)
        step = np.linalg.solve(rates + np.eye(len(points)) * rates.max() * damped, areas - have)
        found = _cells(points, weights + step, whole)
        now = shapely.area(found)
        # a cell that vanished would never come back: then, and where nothing is gained, a smaller step
        better = (
            now.min() > 0.1 * min(areas.min(), have.min()) and np.abs(areas - now).sum() < np.abs(areas - have).sum()
        )
        damped = max(damped / 30, 1e-9) if better else damped * 10
        if better:
            weights, cells = weights + step, found
    return cells, weights


def _cells(points: Floats, weights: Floats, whole: shapely.Polygon) -> list[shapely.Geometry]:
    """The power cell of each place within the outline."""
    far = 4 * float(np.hypot(*np.ptp(np.array(whole.exterior.coords), axis=0)))
    found = []
    for n, point in enumerate(points):
        cell: shapely.Geometry = whole
        away = points - point
        for other in np.argsort((away**2).sum(axis=1))[1:]:
            length = float(np.hypot(*away[other]))
            unit = away[other] / length
            # the line on which both powers are the same: at so many metres from this place towards the other
            at = (length**2 - weights[other] + weights[n]) / (2 * length)
            west, south, east, north = cell.bounds
            reach = max(unit[0] * (west - point[0]), unit[0] * (east - point[0]))
            reach += max(unit[1] * (south - point[1]), unit[1] * (north - point[1]))
            if reach <= at:  # all of the cell lies on this side
                continue
            side = np.array([-unit[1], unit[0]])
            edge = point + unit * at
            corners = [edge + side * far, edge - side * far, edge - (side + unit) * far, edge + (side - unit) * far]
            cell = shapely.intersection(cell, shapely.Polygon(corners))
            if cell.is_empty:
                break
        found.append(cell)
    return found


def _moved(points: Floats, cells: list[shapely.Geometry]) -> Floats:
    """How areas change with weights: by the edge that two cells share over twice the distance of their places."""
    count = len(points)
    rates = np.zeros((count, count))
    near = shapely.STRtree(cells)
    for one, other in zip(*near.query(cells, predicate="intersects"), strict=True):
        if one < other:
            edge = shapely.length(shapely.intersection(shapely.boundary(cells[one]), cells[other].buffer(0.5)))
            if edge > 0:
                rate = edge / (2 * float(np.hypot(*(points[one] - points[other]))))
                rates[one, other] -= rate
                rates[other, one] -= rate
                rates[one, one] += rate
                rates[other, other] += rate
    return rates
