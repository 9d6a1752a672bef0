"""Distances along roads and paths: a graph of line vertices, walked by Dijkstra (scipy)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from geo.model.arrays import Floats, Ints
from geo.reach.distance import earth_centred, geodesic_m

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Vertices nearer than this are one place (degrees, about 10 cm): ends of lines that touch are joined.
_SAME_DEG = 1e-6
#: Long stretches get vertices in between (degrees, about 50 m): a place finds the road beside it, not its far ends.
_STEP_DEG = 4.5e-4


@dataclass(frozen=True, eq=False)
class Network:
    """Roads and paths as a graph: `nodes` (longitude, latitude), (n, 2); `metres` between joined nodes, (n, n)."""

    nodes: Floats
    metres: csr_array

    @classmethod
    def of(cls, lines: gpd.GeoDataFrame) -> Network | None:
        """Build the graph of lines; None where there are none.

        Lines are joined where they share a vertex, as OpenStreetMap draws crossings; a bridge over a road is none.

        Examples
        --------
        >>> from shapely.geometry import LineString
        >>> roads = gpd.GeoDataFrame(geometry=[LineString([(107.0, -7.0), (107.001, -7.0)])], crs="EPSG:4326")
        >>> len(Network.of(roads).nodes)
        4
        """
        from scipy.sparse import csr_array

        parts = shapely.get_parts(lines.geometry.dropna().to_numpy()) if len(lines) else np.empty(0, dtype=object)
        parts = parts[shapely.get_type_id(parts) == 1] if len(parts) else parts
        if not len(parts):
            return None
        dense = shapely.segmentize(parts, _STEP_DEG)
        xy, line = shapely.get_coordinates(dense, return_index=True)
        nodes, number = np.unique(np.round(xy / _SAME_DEG).astype(np.int64), axis=0, return_inverse=True)
        number = number.ravel()
        nodes_xy = nodes * _SAME_DEG
        joined = line[1:] == line[:-1]
        a, b = number[:-1][joined], number[1:][joined]
        a, b = a[a != b], b[a != b]
        low, high = np.minimum(a, b), np.maximum(a, b)
        low, high = np.unique(np.column_stack([low, high]), axis=0).T
        metres = geodesic_m(nodes_xy[low, 0], nodes_xy[low, 1], nodes_xy[high, 0], nodes_xy[high, 1])
        size = len(nodes_xy)
        graph = csr_array((np.r_[metres, metres], (np.r_[low, high], np.r_[high, low])), shape=(size, size))
        return cls(np.asarray(nodes_xy, dtype=float), graph)

    def snap(self, xy: Floats) -> tuple[Ints, Floats]:
        """Return the nearest node of each place and the metres of straight walk to it."""
        from scipy.spatial import cKDTree

        _, found = cKDTree(earth_centred(self.nodes[:, 0], self.nodes[:, 1])).query(earth_centred(xy[:, 0], xy[:, 1]))
        found = np.asarray(found, dtype=np.int64)
        return found, geodesic_m(xy[:, 0], xy[:, 1], self.nodes[found, 0], self.nodes[found, 1])

    def between(self, xy: Floats, *, detour: float = 1.4) -> Floats:
        """Metres between all places, shape (n, n): to the road, along it, and off it.

        Where no road joins two places, and where the straight way times the detour is shorter, that counts.

        Parameters
        ----------
        xy
            Longitude and latitude, shape (n, 2).
        detour
            How much longer than the line a way without road is.
        """
        from scipy.sparse.csgraph import dijkstra

        node, off = self.snap(xy)
        unique, place = np.unique(node, return_inverse=True)
        along = dijkstra(self.metres, directed=False, indices=unique)[:, unique][np.ix_(place, place)]
        road = off[:, None] + along + off[None, :]
        straight = straight_m(xy) * detour
        return np.where(np.isfinite(road), np.minimum(road, straight), straight)


def straight_m(xy: Floats) -> Floats:
    """Geodesic metres between all places, shape (n, n)."""
    n = len(xy)
    i, j = (index.ravel() for index in np.meshgrid(np.arange(n), np.arange(n), indexing="ij"))
    return geodesic_m(xy[i, 0], xy[i, 1], xy[j, 0], xy[j, 1]).reshape(n, n)
