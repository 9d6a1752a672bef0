"""Grounds of any size: clustered settlements and sites, as arrays of a maximal coverage problem."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree
from shapely.geometry import box

from geo.model.inputs import Inputs
from geo.planning.cover import Cover
from tests.builders import table


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


def regency(*, villages: int = 361, seed: int = 1) -> Inputs:
    """A regency of villages in a grid, each with a dozen hamlets, seven broken wells and seven that work but are small."""
    random = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(villages)))
    rows: dict[str, list[dict[str, Any]]] = {"villages": [], "settlements": [], "water_points": []}
    for n in range(villages):
        code, x, y = f"32.03.{1 + n // 20:02d}.2{n % 20 + 1:03d}", 107 + n // side * 0.03, -7.5 + n % side * 0.03
        shape, people = box(x, y, x + 0.03, y + 0.03), float(random.integers(2000, 9000))
        village = {"village_code": code, "name": code, "population": people, "surveyed_on": "2025-01-01"}
        rows["villages"].append(village | {"geometry": shape})
        for k in range(12):
            at = (x + random.uniform(0, 0.03), y + random.uniform(0, 0.03))
            hamlet = {"settlement_id": f"{code}-{k}", "village_code": code, "at": at}
            rows["settlements"].append(hamlet | {"population": float(random.integers(50, 600))})
        for k in range(14):
            at = (x + random.uniform(0, 0.03), y + random.uniform(0, 0.03))
            status = "non_functional" if k < 7 else "functional"
            well = {"point_id": f"{code}w{k}", "village_code": code, "status": status, "at": at}
            costs = {"rehab_cost_idr": float(random.integers(3, 40)) * 1e6, "technology": "protected_well"}
            rows["water_points"].append(well | costs | {"capacity_people": float(random.integers(50, 400))})
    return Inputs.of({name: table(name, found) for name, found in rows.items()})
