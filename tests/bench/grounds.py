"""Grounds of any size: clustered settlements and sites, as arrays of a maximal coverage problem."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from geo.planning.cover import Cover


def cover_of(places: int, sites: int, *, seed: int = 1, reach_m: float = 700.0, per_cluster: int = 60) -> Cover:
    """Settlements and sites around the same centres (sizes log-normal), people and costs log-normal, no capacity.

    Places with the same sites in reach are one group, as in a plan.
    """
    random = np.random.default_rng(seed)
    clusters = max(places // per_cluster, 1)
    centre = random.uniform(0, np.sqrt(clusters) * 6000, (clusters, 2))
    size = random.lognormal(0, 0.8, clusters)

    def around(count: int) -> np.ndarray:
        where = random.choice(clusters, count, p=size / size.sum())
        return centre[where] + random.normal(0, 900, (count, 2)) * np.sqrt(size[where])[:, None]

    xy, site_xy = around(places), around(sites)
    need = np.round(random.lognormal(4.0, 0.8, places))
    cost = np.round(random.lognormal(np.log(15), 0.7, sites), 1) * 1e6
    near = cKDTree(site_xy).sparse_distance_matrix(cKDTree(xy), reach_m, output_type="coo_matrix").tocsc()
    near.sort_indices()
    marks = random.integers(1, 2**62, (sites, 2), dtype=np.uint64)
    reached = np.flatnonzero(np.diff(near.indptr) > 0)
    sums = np.add.reduceat(marks[near.indices], near.indptr[:-1][reached], axis=0)
    _, first, group = np.unique(sums, axis=0, return_index=True, return_inverse=True)
    people = np.bincount(group.ravel(), weights=need[reached])
    rows = sparse.csr_array(near[:, reached[first]].tocsr())
    rows.sort_indices()
    ones = np.ones(len(people))
    return Cover(
        rows.indptr.astype(np.int64), rows.indices.astype(np.int64), people, ones, cost,
        np.full(sites, np.inf), np.zeros(sites, dtype=bool),
    )  # fmt: skip
