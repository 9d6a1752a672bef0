"""Distances on foot: over roads and paths, over slope, or over roads with their slope.

A graph of nodes and directed steps, in metres on the flat that take as long. A place walks straight to its nearest node
and from there along the graph; who is nearer to a point than both are to the graph, and who has no way at all, walks
straight. Distances are means of the way there and the way back: a limit is a round trip.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from geo.model.arrays import Floats, Ints
from geo.model.errors import CallError
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.reach.distance import Line, Pairs, Ways, earth_centred, geodesic_m, nearest, pairs_in_reach
from geo.reach.elevation import Elevation, read_elevation, tobler
from geo.reach.network import Network

if TYPE_CHECKING:
    from scipy.sparse import csr_array
    from scipy.spatial import cKDTree

#: The least that a metre of a walk can count (Tobler downhill at 5 %): candidates are looked for so much further.
_EASIEST = float(tobler(np.array([-0.05]))[0])
#: Sites are worked through in squares of so many reaches.
_SQUARE = 2.0
#: Least size of the cells that a reach area is drawn in, metres, and about how many of them there are at most.
_STRIP_M, _MOST_CELLS = 60.0, 60_000


@dataclass(frozen=True, eq=False)
class Walk:
    """Ways on foot over a graph: `nodes` (longitude, latitude), `steps` the directed flat metres between them."""

    nodes: Floats
    steps: csr_array

    @classmethod
    def of(cls, roads: gpd.GeoDataFrame, elevation: Elevation | None = None) -> Walk | None:
        """Build the graph: of roads, with slope where heights are known; of the ground itself where there are none.

        None where there are neither roads nor heights.
        """
        from scipy.sparse import csr_array

        network = Network.of(roads)
        if network is not None:
            return cls(network.nodes, _with_slope(network, elevation))
        if elevation is None:
            return None
        source, target, cost = elevation.steps()
        size = elevation.heights.size
        used = np.unique(np.concatenate([source, target]))
        number = np.full(size, -1, dtype=np.int64)
        number[used] = np.arange(len(used))
        x, y = np.meshgrid(elevation.lon, elevation.lat)
        nodes = np.column_stack([x.ravel(), y.ravel()])[used]
        steps = csr_array((cost, (number[source], number[target])), shape=(len(used), len(used)))
        return cls(nodes, steps)

    @cached_property
    def _tree(self) -> cKDTree:
        from scipy.spatial import cKDTree

        return cKDTree(earth_centred(self.nodes[:, 0], self.nodes[:, 1]))

    @cached_property
    def _back(self) -> csr_array:
        from scipy.sparse import csr_array

        return csr_array(self.steps.T.tocsr())

    @cached_property
    def _component(self) -> Ints:
        from scipy.sparse.csgraph import connected_components

        return np.asarray(connected_components(self.steps, connection="strong")[1], dtype=np.int64)

    def snap(self, xy: Floats) -> tuple[Ints, Floats]:
        """Return the nearest node of each place and the metres of straight walk to it."""
        _, found = self._tree.query(earth_centred(xy[:, 0], xy[:, 1]), workers=-1)
        found = np.asarray(found, dtype=np.int64)
        return found, geodesic_m(xy[:, 0], xy[:, 1], self.nodes[found, 0], self.nodes[found, 1])

    def pairs(self, places: Floats, sites: Floats, limit_m: float) -> Pairs:
        """All pairs at most `limit_m` apart on foot, the boundary included."""
        near = pairs_in_reach(places, sites, limit_m / _EASIEST)
        if not len(near):
            return near
        place_node, place_off = self.snap(places)
        site_node, site_off = self.snap(sites)
        off = place_off[near.place] + site_off[near.site]
        along = self._along(place_node[near.place], site_node[near.site], limit_m)
        straight = (near.distance_m <= off) | ~self._joined(place_node[near.place], site_node[near.site])
        metres = np.round(np.where(straight, near.distance_m, off + along), 6).astype(np.float64)
        return Pairs(near.place, near.site, metres).only(metres <= limit_m)

    def _joined(self, a: Ints, b: Ints) -> np.ndarray:
        return np.asarray(self._component[a] == self._component[b], dtype=bool)

    def _along(self, a: Ints, b: Ints, limit_m: float) -> Floats:
        """Mean of there and back along the graph for pairs of nodes; infinite where both are more than a round trip."""
        from scipy.sparse.csgraph import dijkstra

        found = np.full(len(a), np.inf)
        degrees = max(limit_m, 50.0) / _EASIEST / 110_500.0
        wide = degrees / np.cos(np.radians(min(np.abs(self.nodes[:, 1]).max(), 89.0)))
        square = np.floor(self.nodes[b] / (_SQUARE * degrees)).astype(np.int64)
        _, group = np.unique(square, axis=0, return_inverse=True)
        order = np.argsort(group.ravel(), kind="stable")
        x_order = np.argsort(self.nodes[:, 0])
        x_sorted = self.nodes[x_order, 0]
        for rows in np.split(order, np.flatnonzero(np.diff(group.ravel()[order])) + 1):
            corner, far = self.nodes[b[rows]].min(axis=0), self.nodes[b[rows]].max(axis=0)
            # a round trip of twice the limit leads at most the whole limit away in either direction
            strip = x_order[slice(*np.searchsorted(x_sorted, [corner[0] - 2 * wide, far[0] + 2 * wide]))]
            y = self.nodes[strip, 1]
            inside = np.sort(strip[(y >= corner[1] - 2 * degrees) & (y <= far[1] + 2 * degrees)])
            sources, row = np.unique(b[rows], return_inverse=True)
            at = np.searchsorted(inside, a[rows])
            known = (at < len(inside)) & (inside[np.minimum(at, len(inside) - 1)] == a[rows])
            start = np.searchsorted(inside, sources)
            total = np.zeros((len(sources), len(inside)))
            for graph in (self._back, self.steps):
                part = graph[inside][:, inside]
                total += dijkstra(part, indices=start, limit=2 * limit_m)
            found[rows[known]] = total[row.ravel()[known], at[known]] / 2
        return found

    def nearest(self, places: Floats, sites: Floats) -> tuple[Ints, Floats]:
        """Position of the site nearest by line, and metres on foot to the site nearest on foot."""
        from scipy.spatial import cKDTree

        if not len(sites):
            return np.full(len(places), -1, dtype=np.int64), np.full(len(places), np.nan)
        index, straight = nearest(places, sites)
        place_node, place_off = self.snap(places)
        site_node, site_off = self.snap(sites)
        along = self.from_sites(site_node, site_off)[place_node]
        best = np.where(np.isfinite(along), place_off + along, np.inf)
        tree, todo, count = cKDTree(earth_centred(sites[:, 0], sites[:, 1])), np.arange(len(places)), 4
        while len(todo):  # a site nearer by line than the best on foot may be one that is walked to straight
            count = min(count, len(sites))
            _, near = tree.query(earth_centred(places[todo, 0], places[todo, 1]), k=count, workers=-1)
            near = np.asarray(near, dtype=np.int64).reshape(len(todo), count)
            i = np.repeat(todo, count)
            line = geodesic_m(places[i, 0], places[i, 1], sites[near.ravel(), 0], sites[near.ravel(), 1])
            direct = line <= place_off[i] + site_off[near.ravel()]
            direct |= ~self._joined(place_node[i], site_node[near.ravel()])
            reached = np.where(direct, line, np.inf).reshape(len(todo), count)
            best[todo] = np.minimum(best[todo], reached.min(axis=1))
            furthest = line.reshape(len(todo), count)[:, -1]
            todo = todo[(furthest * _EASIEST < best[todo]) & (count < len(sites))]
            count *= 8
        return index, np.round(np.where(np.isfinite(best), best, straight), 6).astype(np.float64)

    def from_sites(self, node: Ints, off: Floats) -> Floats:
        """Mean of there and back from each node to its nearest site: one search each way from all sites together.

        Over slope, the way there and the way back may lead to different sites; then the mean is a lower bound.
        """
        there = _from_all(self._back, node, off)
        symmetric = self._symmetric
        return there if symmetric else (there + _from_all(self.steps, node, off)) / 2

    @cached_property
    def _symmetric(self) -> bool:
        return bool(np.array_equal(self.steps.data, self._back.data))

    def area(self, sites: Floats, limit_m: float) -> shapely.Geometry:
        """The ground in reach of any site on foot, for the map: cells whose middle is, by the rule of `nearest`.

        Cells are 60 m, or as large as it takes for `_MOST_CELLS` of them.
        """
        if not len(sites):
            return shapely.MultiPolygon()
        far = limit_m / _EASIEST
        cell = max(_STRIP_M, float(np.sqrt(np.pi * far**2 * len(sites) / _MOST_CELLS)))
        high = cell / 111_000.0
        wide = high / np.cos(np.radians(np.abs(sites[:, 1]).mean()))
        own = np.unique(np.floor(sites / [wide, high]).astype(np.int64), axis=0)
        steps = np.arange(-int(far / cell) - 2, int(far / cell) + 3)
        x, y = np.meshgrid(steps, steps)
        near = np.hypot(x, y) * cell <= far + 2 * cell
        disc = np.column_stack([x[near], y[near]])
        cells = np.unique((own[:, None] + disc[None]).reshape(-1, 2), axis=0)
        reached = self.nearest((cells + 0.5) * [wide, high], sites)[1] <= limit_m
        cells = np.unique(np.concatenate([cells[reached], own]), axis=0)
        (west, south), (east, north) = (cells * [wide, high]).T, ((cells + 1) * [wide, high]).T
        return shapely.coverage_union_all(shapely.box(west, south, east, north))


def ways_for(roads: gpd.GeoDataFrame, elevation: Path | None) -> Walk:
    """Build the graph of a data version; the last one is kept, since each slider asks anew.

    Raises
    ------
    CallError
        If there are neither roads nor heights to walk on.
    """
    for kept_roads, kept_elevation, walk in _kept:
        if kept_roads is roads and kept_elevation == elevation:
            return walk
    made = Walk.of(roads, None if elevation is None else read_elevation(elevation))
    if made is None:
        raise CallError("error.no_ways")
    _kept.append((roads, elevation, made))
    return made


def ways_of(inputs: Inputs, params: Params) -> Ways:
    """How far it is under these parameters: by line, or on foot over the version's roads and heights."""
    return Line() if params.metric == "line" else ways_for(inputs.roads, inputs.elevation)


#: The graphs of the last versions asked for.
_kept: deque[tuple[gpd.GeoDataFrame, Path | None, Walk]] = deque(maxlen=2)


def _with_slope(network: Network, elevation: Elevation | None) -> csr_array:
    from scipy.sparse import csr_array

    if elevation is None:
        return network.metres
    heights = elevation.at(network.nodes)
    steps = network.metres.tocoo()
    slope = (heights[steps.col] - heights[steps.row]) / np.maximum(steps.data, 0.01)
    factor = np.where(np.isnan(slope), 1.0, tobler(np.nan_to_num(slope)))
    return csr_array((steps.data * factor, (steps.row, steps.col)), shape=steps.shape)


def _from_all(graph: csr_array, node: Ints, off: Floats) -> Floats:
    """Metres from the nearest of all sites to each node: one more node is joined to each site's."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    size = graph.shape[0]
    best = np.full(size, np.inf)
    np.minimum.at(best, node, off)
    start = np.flatnonzero(np.isfinite(best))
    indptr = np.append(graph.indptr, graph.indptr[-1] + len(start))
    indices = np.concatenate([graph.indices, start])
    data = np.concatenate([graph.data, np.maximum(best[start], 1e-9)])
    whole = csr_array((data, indices, indptr), shape=(size + 1, size + 1))
    found: Floats = dijkstra(whole, indices=size)[:size]
    return found
