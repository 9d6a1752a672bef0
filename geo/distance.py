"""Who is how far from what: pairs in reach and nearest sites, geodesic on WGS84.

Candidates come from a k-d tree on earth-centred coordinates (a chord is never longer than its arc, so nobody in reach
is missed); each candidate's distance is then the geodesic of `pyproj.Geod`, never degrees and no map projection.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod, Transformer
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GEOD = Geod(ellps="WGS84")
_ECEF = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
#: Distances are rounded to a micrometre, so that equal distances compare equal and 500 m is inside 500 m.
_DECIMALS = 6
_CHUNK = 200_000


@dataclass(frozen=True, eq=False)
class Pairs:
    """Places and sites within a limit: `place` and `site` are row positions, `distance_m` the geodesic between them."""

    place: Ints
    site: Ints
    distance_m: Floats

    def __len__(self) -> int:
        return len(self.place)

    def only(self, keep: NDArray[np.bool_]) -> Pairs:
        """Return the pairs where `keep` (bool, one per pair) is true."""
        return Pairs(self.place[keep], self.site[keep], self.distance_m[keep])


def earth_centred(lon: Floats, lat: Floats) -> Floats:
    """Turn degrees into earth-centred metres, shape (n, 3).

    Examples
    --------
    >>> earth_centred(np.array([0.0]), np.array([0.0])).round().tolist()
    [[6378137.0, 0.0, 0.0]]
    """
    x, y, z = _ECEF.transform(np.asarray(lon, float), np.asarray(lat, float), np.zeros(len(lon)))
    return np.column_stack([x, y, z])


def geodesic_m(lon1: Floats, lat1: Floats, lon2: Floats, lat2: Floats) -> Floats:
    """Geodesic length in metres on WGS84 between arrays of degrees, rounded to a micrometre.

    Examples
    --------
    >>> one = np.array([0.0])
    >>> geodesic_m(one, one, one, one + 1.0).round(3).tolist()
    [110574.389]
    """
    _, _, metres = GEOD.inv(lon1, lat1, lon2, lat2)
    return np.round(np.asarray(metres, dtype=float), _DECIMALS)


def pairs_in_reach(places: Floats, sites: Floats, limit_m: float) -> Pairs:
    """Find all pairs of places and sites at most `limit_m` apart, the boundary included.

    Parameters
    ----------
    places, sites
        Longitude and latitude in degrees, shapes (n, 2) and (m, 2).
    limit_m
        Reach in metres.

    Examples
    --------
    >>> a, b = np.array([[107.15, -7.2]]), np.array([[107.15, -7.2], [107.16, -7.2]])
    >>> pairs_in_reach(a, b, 500.0).site.tolist()
    [0]
    """
    if len(places) == 0 or len(sites) == 0 or not limit_m >= 0:
        none = np.empty(0, dtype=np.int64)
        return Pairs(none, none.copy(), np.empty(0))
    tree = cKDTree(earth_centred(sites[:, 0], sites[:, 1]))
    centred = earth_centred(places[:, 0], places[:, 1])
    found = [
        _chunk_pairs(tree, centred[start : start + _CHUNK], start, places, sites, limit_m)
        for start in range(0, len(places), _CHUNK)
    ]
    return Pairs(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _chunk_pairs(
    tree: cKDTree, centred: Floats, start: int, places: Floats, sites: Floats, limit_m: float
) -> tuple[Ints, Ints, Floats]:
    near = tree.query_ball_point(centred, limit_m + 1e-3, workers=-1, return_sorted=False)
    counts = np.fromiter((len(row) for row in near), dtype=np.int64, count=len(near))
    place = np.repeat(np.arange(start, start + len(near), dtype=np.int64), counts)
    flat = np.concatenate([np.asarray(row, dtype=np.int64) for row in near]) if len(place) else place.copy()
    metres = geodesic_m(places[place, 0], places[place, 1], sites[flat, 0], sites[flat, 1])
    inside = metres <= limit_m
    return place[inside], flat[inside], metres[inside]


def nearest(places: Floats, sites: Floats) -> tuple[Ints, Floats]:
    """Return position of and distance to the nearest site of each place; -1 and NaN where there is none at all.

    Examples
    --------
    >>> nearest(np.array([[107.0, -7.0]]), np.empty((0, 2)))
    (array([-1]), array([nan]))
    """
    if len(sites) == 0:
        return np.full(len(places), -1, dtype=np.int64), np.full(len(places), np.nan)
    tree = cKDTree(earth_centred(sites[:, 0], sites[:, 1]))
    _, index = tree.query(earth_centred(places[:, 0], places[:, 1]), workers=-1)
    index = np.asarray(index, dtype=np.int64)
    return index, geodesic_m(places[:, 0], places[:, 1], sites[index, 0], sites[index, 1])
