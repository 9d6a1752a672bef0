"""Who is how far from what: pairs in reach and nearest sites, geodesic on WGS84.

Candidates come from a k-d tree on earth-centred coordinates (a chord is never longer than its arc, so nobody in reach
is missed); each candidate's distance is then the geodesic of `pyproj.Geod`, never degrees and no map projection. Many
places are measured by compiled code instead (`geo/reach/kernels.py`): the chord corrected to its arc, right to 3e-9
at 20 km, and the geodesic again for whoever is within a millimetre of the limit, so that nobody is on its wrong side.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

from geo.model.arrays import Floats, Ints
from geo.reach.threads import cores, in_threads, taken

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

GEOD = Geod(ellps="WGS84")
_ECCENTRICITY = GEOD.es
#: Distances are rounded to a micrometre, so that equal distances compare equal and 500 m is inside 500 m.
_DECIMALS = 6
_CHUNK = 200_000
#: From so many places on the compiled code is worth its start.
COMPILED_FROM = 20_000
#: Up to so many pairs of place and site are measured all at once.
_DENSE_UP_TO = 500_000
#: From so many places on a k-d tree is asked by all cores at once (starting them takes a millisecond or two).
_ALL_CORES_FROM = 2_000
#: Up to here the correction from chord to arc is right to 1e-7; further away the geodesic is taken.
_ARC_M = 100_000.0


class Ways(Protocol):
    """How far it is: by line, over roads, over slope, in metres (over slope: metres on the flat in the same time)."""

    def pairs(self, places: Floats, sites: Floats, limit_m: float) -> Pairs:
        """All pairs at most `limit_m` apart, the boundary included."""
        ...

    def nearest(self, places: Floats, sites: Floats) -> tuple[Ints, Floats]:
        """Position of and distance to the nearest site; -1 and NaN where none can be reached."""
        ...


class Line:
    """By line: the geodesic."""

    def pairs(self, places: Floats, sites: Floats, limit_m: float) -> Pairs:
        """`pairs_in_reach`."""
        return pairs_in_reach(places, sites, limit_m)

    def nearest(self, places: Floats, sites: Floats) -> tuple[Ints, Floats]:
        """`nearest`."""
        return nearest(places, sites)


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
        return self.at(np.flatnonzero(keep).astype(np.int64))

    def at(self, rows: Ints) -> Pairs:
        """Return the pairs at some positions, in that order."""
        return Pairs(taken(self.place, rows), taken(self.site, rows), taken(self.distance_m, rows))


def earth_centred(lon: Floats, lat: Floats) -> Floats:
    """Turn degrees into earth-centred metres, shape (n, 3).

    Examples
    --------
    >>> earth_centred(np.array([0.0]), np.array([0.0])).round().tolist()
    [[6378137.0, 0.0, 0.0]]
    """
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    xyz = np.empty((len(lon), 3))

    def work(mine: slice) -> None:
        east, north = np.radians(lon[mine]), np.radians(lat[mine])
        sine, cosine = np.sin(north), np.cos(north)
        normal = GEOD.a / np.sqrt(1.0 - _ECCENTRICITY * sine * sine)
        xyz[mine, 0] = normal * cosine * np.cos(east)
        xyz[mine, 1] = normal * cosine * np.sin(east)
        xyz[mine, 2] = normal * (1.0 - _ECCENTRICITY) * sine

    in_threads(len(lon), work, least=COMPILED_FROM)
    return xyz


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


@dataclass(frozen=True, eq=False)
class SiteRows:
    """Sites in rows of equal latitude, each sorted by longitude: the index that the compiled code searches.

    `order` gives the row of the table for each sorted site. `grid` cuts each row into as many columns, about half a
    site in each: where each cell's sites begin, the number of columns, western edge and width of a column, southern
    edge and height of a row, in degrees.
    """

    order: Ints
    grid: tuple[Ints, int, float, float, float, float]
    lon: Floats
    xyz: Floats

    @classmethod
    def of(cls, sites: Floats, height: float) -> SiteRows:
        """Sort sites (longitude, latitude; (m, 2)) into rows of `height` degrees."""
        west, south = (float(low) for low in sites.min(axis=0))
        row = np.floor((sites[:, 1] - south) / height).astype(np.int64)
        rows = int(row.max()) + 1
        order = order_in_rows(sites[:, 0], row)
        lon = np.ascontiguousarray(sites[order, 0], dtype=float)
        columns = max(2 * len(sites) // rows, 1)
        width = max((float(lon.max()) - west) / columns, 1e-9)
        column = np.minimum(np.floor((lon - west) / width).astype(np.int64), columns - 1)
        counts = np.bincount(row[order] * columns + column, minlength=rows * columns)
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return cls(order, (start, columns, west, width, south, height), lon, earth_centred(lon, sites[order, 1]))

    @property
    def parts(self) -> tuple[tuple[Ints, int, float, float, float, float], Floats, Floats]:
        """What the compiled code takes, in its order."""
        return self.grid, self.lon, self.xyz


def order_in_rows(values: Floats, row: Ints, *, stable: bool = True) -> Ints:
    """Sort by row, then value, as `np.lexsort` does, many times faster where rows have 16 bits.

    Where equals may change places (not `stable`) it takes half of that again.
    """
    order = np.argsort(values, kind="stable" if stable else None)
    return order[order_of_numbers(row[order])]


def order_of_numbers(numbers: NDArray[np.integer]) -> Ints:
    """Order of whole numbers from 0 on, equals as they stand: those of 16 bits are sorted by counting.

    Examples
    --------
    >>> order_of_numbers(np.array([2, 0, 2])).tolist()
    [1, 0, 2]
    """
    narrow = numbers.astype(np.uint16) if numbers.max(initial=0) < 2**16 else numbers
    return np.argsort(narrow, kind="stable").astype(np.int64)


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
    if len(places) >= COMPILED_FROM and limit_m <= _ARC_M:
        return compiled_pairs(places, sites, limit_m)
    if _few(places, sites):
        place, site = np.nonzero(_chords_squared(places, sites) <= (limit_m + 1e-3) ** 2)
        return _measured(place.astype(np.int64), site.astype(np.int64), places, sites, limit_m)
    from scipy.spatial import cKDTree

    tree = cKDTree(earth_centred(sites[:, 0], sites[:, 1]))
    centred = earth_centred(places[:, 0], places[:, 1])
    found = [
        _chunk_pairs(tree, centred[start : start + _CHUNK], start, places, sites, limit_m)
        for start in range(0, len(places), _CHUNK)
    ]
    return Pairs(*(np.concatenate(column) for column in zip(*(vars(part).values() for part in found), strict=True)))


def _few(places: Floats, sites: Floats) -> bool:
    """So few pairs that all are measured at once, sooner than a tree's library is loaded."""
    return len(places) * len(sites) <= _DENSE_UP_TO


def _chords_squared(places: Floats, sites: Floats) -> Floats:
    """Squared chords between all places and all sites in metres, shape (n, m)."""
    one, other = earth_centred(places[:, 0], places[:, 1]), earth_centred(sites[:, 0], sites[:, 1])
    squared = np.zeros((len(one), len(other)))
    for axis in range(3):
        squared += (one[:, None, axis] - other[None, :, axis]) ** 2
    return squared


def _measured(place: Ints, site: Ints, places: Floats, sites: Floats, limit_m: float) -> Pairs:
    """Those of the candidates that are in reach by the geodesic."""
    metres = geodesic_m(places[place, 0], places[place, 1], sites[site, 0], sites[site, 1])
    inside = metres <= limit_m
    return Pairs(place[inside], site[inside], metres[inside])


def compiled_pairs(places: Floats, sites: Floats, limit_m: float) -> Pairs:
    """`pairs_in_reach` for many places; the same pairs, in another order."""
    rows = SiteRows.of(sites, max(limit_m + 1.0, 1.0) / 110_500.0)
    place, at, metres, _ = _scanned(rows, places, np.empty(0), -1.0, limit_m + 1e-3)
    site = taken(rows.order, at)
    _measure_edge(metres, place, site, places, sites, limit_m)
    inside = metres <= limit_m
    found = Pairs(place, site, metres)
    return found if inside.all() else found.only(inside)


def _scanned(
    rows: SiteRows, places: Floats, value: Floats, near_m: float, far_m: float
) -> tuple[Ints, Ints, Floats, Floats]:
    """Place, position in the sorted sites and metres of what lies from near to far; the summed value of the nearer."""
    from geo.reach import kernels

    lon, lat = np.ascontiguousarray(places[:, 0]), np.ascontiguousarray(places[:, 1])
    centred = earth_centred(lon, lat)
    parts: dict[int, tuple[Ints, Floats, Ints, Floats]] = {}

    def scan(mine: slice) -> None:
        given = (lon[mine], lat[mine], centred[mine], *rows.parts, value, near_m, far_m)
        parts[mine.start] = kernels.reach_scan(*given)

    in_threads(len(lon), scan)
    found = [parts[start] for start in sorted(parts)]
    counts, total, at, metres = (np.concatenate(column) for column in zip(*found, strict=True))
    return np.repeat(np.arange(len(lon), dtype=np.int64), counts), at, metres, total


def _measure_edge(metres: Floats, place: Ints, site: Ints, places: Floats, sites: Floats, limit_m: float) -> None:
    """Measure by the geodesic whoever is within a millimetre (or the correction's error) of the limit; in place."""
    edge = np.flatnonzero(np.abs(metres - limit_m) <= max(1e-3, 1e-7 * limit_m))
    if len(edge):
        i, j = place[edge], site[edge]
        metres[edge] = geodesic_m(places[i, 0], places[i, 1], sites[j, 0], sites[j, 1])


def _chunk_pairs(tree: cKDTree, centred: Floats, start: int, places: Floats, sites: Floats, limit_m: float) -> Pairs:
    near = tree.query_ball_point(centred, limit_m + 1e-3, workers=_workers(len(centred)), return_sorted=False)
    counts = np.fromiter((len(row) for row in near), dtype=np.int64, count=len(near))
    place = np.repeat(np.arange(start, start + len(near), dtype=np.int64), counts)
    flat = np.concatenate([np.asarray(row, dtype=np.int64) for row in near]) if len(place) else place.copy()
    return _measured(place, flat, places, sites, limit_m)


def _workers(questions: int) -> int:
    return 1 if questions < _ALL_CORES_FROM else cores()


def nearest(places: Floats, sites: Floats) -> tuple[Ints, Floats]:
    """Return position of and distance to the nearest site of each place; -1 and NaN where there is none at all.

    Examples
    --------
    >>> nearest(np.array([[107.0, -7.0]]), np.empty((0, 2)))
    (array([-1]), array([nan]))
    """
    if len(sites) == 0:
        return np.full(len(places), -1, dtype=np.int64), np.full(len(places), np.nan)
    if len(places) >= COMPILED_FROM and np.abs(places[:, 0]).max() < 170 and np.abs(sites[:, 0]).max() < 170:
        return _compiled_nearest(places, sites)
    if _few(places, sites):
        index = _chords_squared(places, sites).argmin(axis=1).astype(np.int64)
        return index, geodesic_m(places[:, 0], places[:, 1], sites[index, 0], sites[index, 1])
    return _tree_nearest(places, sites)


def _tree_nearest(places: Floats, sites: Floats) -> tuple[Ints, Floats]:
    from scipy.spatial import cKDTree

    tree = cKDTree(earth_centred(sites[:, 0], sites[:, 1]))
    _, index = tree.query(earth_centred(places[:, 0], places[:, 1]), workers=_workers(len(places)))
    index = np.asarray(index, dtype=np.int64)
    return index, geodesic_m(places[:, 0], places[:, 1], sites[index, 0], sites[index, 1])


def _compiled_nearest(places: Floats, sites: Floats) -> tuple[Ints, Floats]:
    """`nearest` for many places."""
    return NearestIndex.of(sites).find(places)


@dataclass(frozen=True, eq=False)
class NearestIndex:
    """Sites made ready for many questions of `nearest`: rows about as high as sites are apart.

    What is far from all sites goes to a k-d tree, which is built when it is first needed.
    """

    sites: Floats
    rows: SiteRows

    @classmethod
    def of(cls, sites: Floats) -> NearestIndex:
        """Make sites (longitude, latitude; (m, 2), m > 0) ready."""
        span = np.ptp(sites, axis=0)
        height = float(np.clip(np.sqrt(max(span[0] * span[1], 1e-12) / len(sites)), 0.002, 1.0))
        return cls(sites, SiteRows.of(sites, height))

    def find(self, places: Floats) -> tuple[Ints, Floats]:
        """Position of and distance to the nearest site of each place."""
        from geo.reach import kernels

        lon, lat = np.ascontiguousarray(places[:, 0]), np.ascontiguousarray(places[:, 1])
        index, chord, metres = np.empty(len(places), dtype=np.int64), np.empty(len(places)), np.empty(len(places))

        def work(mine: slice) -> None:
            centred = earth_centred(lon[mine], lat[mine])
            kernels.nearest_sites(lon[mine], lat[mine], centred, *self.rows.parts, 20, index[mine], chord[mine])
            part = chord[mine] / kernels.RADIUS
            metres[mine] = np.round(chord[mine] * (1.0 + part**2 / 24.0 + 3.0 * part**4 / 640.0), _DECIMALS)

        in_threads(len(places), work)
        far = np.flatnonzero((index < 0) | (chord > _ARC_M))
        index = self.rows.order[index]
        if len(far):
            away = earth_centred(lon[far], lat[far])
            index[far] = np.asarray(self._tree.query(away, workers=_workers(len(far)))[1], dtype=np.int64)
            there = self.sites[index[far]]
            metres[far] = geodesic_m(lon[far], lat[far], there[:, 0], there[:, 1])
        return index, metres

    @cached_property
    def _tree(self) -> cKDTree:
        from scipy.spatial import cKDTree

        return cKDTree(earth_centred(self.sites[:, 0], self.sites[:, 1]))


def people_in_reach(sites: Floats, places: Floats, people: Floats, limit_m: float) -> Floats:
    """Sum the people of all places within `limit_m` of each site, boundary included, without storing any pair.

    Parameters
    ----------
    sites, places
        Longitude and latitude in degrees, shapes (m, 2) and (n, 2).
    people
        Per place, shape (n,).
    limit_m
        Reach in metres.

    Examples
    --------
    >>> a, b = np.array([[107.15, -7.2]]), np.array([[107.15, -7.2], [107.16, -7.2]])
    >>> people_in_reach(a, b, np.array([30.0, 5.0]), 500.0).tolist()
    [30.0]
    """
    if not len(sites) or not len(places):
        return np.zeros(len(sites))
    if limit_m > _ARC_M:
        pairs = pairs_in_reach(sites, places, limit_m)
        return np.bincount(pairs.place, weights=people[pairs.site], minlength=len(sites)).astype(float)
    rows = SiteRows.of(places, max(limit_m / 3.0, 1.0) / 110_500.0)
    edge_m = max(1e-3, 1e-7 * limit_m)  # whoever is so near to the limit is measured by the geodesic
    value = np.ascontiguousarray(people[rows.order], dtype=float)
    site, at, metres, total = _scanned(rows, sites, value, limit_m - edge_m, limit_m + edge_m)
    _measure_edge(metres, site, rows.order[at], sites, places, limit_m)
    inside = metres <= limit_m
    return total + np.bincount(site[inside], weights=value[at[inside]], minlength=len(sites))
