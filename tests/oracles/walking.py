"""Walking over a network of roads with networkx (methods, Walking)."""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import networkx as nx
import pandas as pd

from .ground import EARTH

Vertex = tuple[float, float]
SAME_DEG, STEP_DEG = 1e-6, 4.5e-4


def tobler(slope: float) -> float:
    """How much longer a step takes than on the flat: exp(3.5 (|s + 0.05| - 0.05))."""
    return math.exp(3.5 * (abs(slope + 0.05) - 0.05))


def cut(a: Vertex, b: Vertex) -> list[Vertex]:
    """The ends of a stretch and the vertices in between, so that no step is longer than 0.00045 degrees."""
    parts = max(1, math.ceil(math.dist(a, b) / STEP_DEG))
    return [(a[0] + (b[0] - a[0]) * n / parts, a[1] + (b[1] - a[1]) * n / parts) for n in range(parts + 1)]


def lines_of(roads: pd.DataFrame) -> list[list[Vertex]]:
    """The vertices of each line, long stretches cut, to a millionth of a degree."""
    found = []
    for shape in roads["geometry"]:
        for part in getattr(shape, "geoms", [shape]):
            dense = [spot for a, b in pairwise([(x, y) for x, y, *_ in part.coords]) for spot in cut(a, b)]
            found.append([(round(x / SAME_DEG) * SAME_DEG, round(y / SAME_DEG) * SAME_DEG) for x, y in dense])
    return found


def network(roads: pd.DataFrame, heights: Mapping[Vertex, float] | None = None) -> nx.DiGraph:
    """Roads joined at shared vertices; a step costs its metres, times the slope's factor if there are heights."""
    graph = nx.DiGraph()
    for line in lines_of(roads):
        for a, b in pairwise(line):
            metres = EARTH.inv(*a, *b)[2]
            if a == b:
                continue
            rise = 0.0 if heights is None else heights[b] - heights[a]
            for start, end, climb in ((a, b, rise), (b, a, -rise)):
                cost = metres * (tobler(climb / metres) if metres else 1.0)
                if cost < graph.get_edge_data(start, end, {"cost": math.inf})["cost"]:
                    graph.add_edge(start, end, cost=cost)
    return graph


def snapped(graph: nx.DiGraph, spot: Vertex) -> tuple[Vertex, float]:
    """The nearest vertex of the roads, and the metres of straight walk to it."""
    return min(((node, EARTH.inv(*spot, *node)[2]) for node in graph.nodes), key=lambda one: one[1])


def walk_m(graph: nx.DiGraph, start: Any, end: Any) -> float:
    """Metres on the flat that take as long: straight to the nearest vertices, between them the mean of there and back.

    Straight all the way where that is no more than the two straight parts, and where no road leads.
    """
    straight = EARTH.inv(start.lon, start.lat, end.lon, end.lat)[2]
    (a, to_a), (b, to_b) = (snapped(graph, (one.lon, one.lat)) for one in (start, end))
    if straight <= to_a + to_b:
        return float(straight)
    try:
        there = nx.dijkstra_path_length(graph, a, b, weight="cost")
        back = nx.dijkstra_path_length(graph, b, a, weight="cost")
    except nx.NetworkXNoPath:
        return float(straight)
    return float(to_a + to_b + (there + back) / 2)


def round_trip_min(metres: float, walking_kmh: float, queue_min: float) -> float:
    """2 × distance / speed + queue."""
    return 2 * metres / (walking_kmh * 1000 / 60) + queue_min


def walking_pairs(
    graph: nx.DiGraph, places: list[Any], sites: list[Any], reach_m: float
) -> list[tuple[float, str, str]]:
    """Pairs in reach on foot in order of (distance, place id, site id)."""
    pairs = [(round(walk_m(graph, p, s), 6), p.place_id, s.site_id) for p in places for s in sites]
    return sorted(pair for pair in pairs if pair[0] <= reach_m)
