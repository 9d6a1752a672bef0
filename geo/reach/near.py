"""The nearest other place of each, for what lies metres apart: on a ball, to be measured on the ellipsoid then."""

from __future__ import annotations

import numpy as np

from geo.model.arrays import Floats, Ints

#: Of the ball on which neighbours are looked for.
_RADIUS_M = 6_378_137.0
#: So few places are compared each with each: to load what builds a tree takes longer.
_FEW = 300


def on_ball(xy: Floats) -> Floats:
    """Return places (longitude, latitude; shape (n, 2)) on a ball in metres: neighbours on it are so on the ground."""
    lon, lat = np.radians(xy).T
    on: Floats = _RADIUS_M * np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    return on


def neighbour(ball: Floats, limit_m: float) -> Ints:
    """Return the position of the nearest other place of each within a limit; n where there is none.

    Parameters
    ----------
    ball
        Places of `on_ball`, shape (n, 3), each another.
    limit_m
        Metres through the ball.

    Examples
    --------
    >>> neighbour(on_ball(np.array([[107.0, -7.0], [107.0001, -7.0], [108.0, -7.0]])), 25.0).tolist()
    [1, 0, 3]
    """
    own = np.arange(len(ball), dtype=np.int64)
    if len(ball) <= _FEW:
        apart = np.linalg.norm(ball[:, None] - ball[None], axis=2)
        apart[own, own] = np.inf
        near: Ints = np.where(apart.min(axis=1) <= limit_m, apart.argmin(axis=1), len(ball)).astype(np.int64)
        return near
    from scipy.spatial import cKDTree

    _, found = cKDTree(ball).query(ball, k=2, distance_upper_bound=limit_m)
    other: Ints = np.where(found[:, 0] == own, found[:, 1], found[:, 0]).astype(np.int64)
    return other
