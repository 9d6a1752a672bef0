"""The most people that could be served, however they are shared out: a check on sharing nearest first."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, maximum_flow

from geo.analysis.analyse import prepared_sites
from geo.analysis.replay import apply_changes
from geo.coverage.demand import demand_places
from geo.coverage.sharing import DUST
from geo.coverage.states import Service, share_out
from geo.model.arrays import Ints
from geo.model.changes import Changes
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.reach.walking import ways_of

#: People are counted in thousandths for the whole numbers that the search asks for, coarser in very large parts.
_FINEST = 1000


def most_served(service: Service) -> float:
    """Return the exact maximum of people served in reach of working points, connections not counted.

    Nearest first is a rule that people live by, not the best that could be done: who has two points in reach may fill
    the only one of somebody else. Each connected part is a maximum flow from places over pairs to points (Dinic's
    algorithm, scipy); people are rounded down to thousandths there, and never told as fewer than are served.
    """
    return max(_whole_flow(service), float((service.need - service.sharing.left).sum()))


def _whole_flow(service: Service) -> float:
    """The maximum flow of all parts, people rounded down to thousandths in each."""
    pairs = service.pairs.only(service.active)
    need, capacity = service.need, service.capacity
    keep = (need[pairs.place] > DUST) & (capacity[pairs.site] > DUST)
    pairs = pairs.only(keep)
    free = np.unique(pairs.place[np.isinf(capacity[pairs.site])])
    total = float(need[free].sum())  # who reaches a point without limit is served whatever others do
    rest = ~np.isin(pairs.place, free)
    place, site = pairs.place[rest], pairs.site[rest]
    if not len(place):
        return total
    size = len(need) + len(capacity)
    edges = csr_array((np.ones(len(place), dtype=np.int8), (place, len(need) + site)), shape=(size, size))
    _, label = connected_components(edges, directed=False)
    part = label[place]
    order = np.argsort(part, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(part[order])) + 1):
        total += _most(place[rows], site[rows], need, capacity)
    return total


def most_of(inputs: Inputs, params: Params, changes: Changes = ()) -> dict[str, dict[str, Any]]:
    """Compare sharing nearest first with the best possible, by service, over all places of the data.

    `served` and `most` leave connections out; `missed` is what nearest first does not reach of the most. An area makes
    no difference: who is served there depends on people around it, so `scope` says that these are all data.
    """
    inputs = apply_changes(inputs, changes)
    places, _ = demand_places(inputs, assume_mapped=params.assume_mapped)
    ways, found = ways_of(inputs, params), {}
    for name, sites in prepared_sites(inputs)[0].items():
        service = share_out(places, sites, name, params, ways)
        served, most = float((service.need - service.sharing.left).sum()), most_served(service)
        found[name] = {"served": served, "most": most, "missed": max(most - served, 0.0), "scope": "all data"}
    return found


def _most(place: Ints, site: Ints, need: np.ndarray, capacity: np.ndarray) -> float:
    """Maximum flow of one connected part."""
    places, i = np.unique(place, return_inverse=True)
    sites, j = np.unique(site, return_inverse=True)
    if len(sites) == 1:
        return float(min(need[places].sum(), capacity[sites[0]]))
    asked, offered = need[places], np.minimum(capacity[sites], need[places].sum())
    scale = min(_FINEST, int((2**31 - 1) // (max(asked.sum(), offered.sum()) + 1)))
    n, m = len(places), len(sites)
    asked_n, offered_n = np.floor(asked * scale + 1e-6), np.floor(offered * scale + 1e-6)
    row = np.concatenate([np.zeros(n), 1 + i, 1 + n + np.arange(m)]).astype(np.int64)
    column = np.concatenate([1 + np.arange(n), 1 + n + j, np.full(m, n + m + 1)]).astype(np.int64)
    flow = np.concatenate([asked_n, np.minimum(asked_n[i], offered_n[j]), offered_n]).astype(np.int32)
    graph = csr_array((flow, (row, column)), shape=(n + m + 2, n + m + 2))
    graph.indices, graph.indptr = graph.indices.astype(np.int32), graph.indptr.astype(np.int32)
    return float(maximum_flow(graph, 0, n + m + 1).flow_value) / scale
