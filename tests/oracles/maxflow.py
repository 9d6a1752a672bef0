"""The most people that could be served by any sharing, by networkx (methods, The most that could be served)."""

import math

import networkx as nx

from .ground import reach_pairs, serves
from .states import Ground, connected_people

PARTS = 1000  # people are counted in thousandths


def flow_graph(ground: Ground) -> nx.DiGraph:
    """source → places (people without the service at home) → sites in reach → sink (capacity)."""
    graph = nx.DiGraph()
    graph.add_nodes_from(["source", "sink"])
    serving = [site for site in ground.sites if serves(site, ground.season)]
    for p in ground.places:
        people = round((p.people - connected_people(p, ground.service)) * PARTS)
        graph.add_edge("source", ("place", p.place_id), capacity=people)
    for site in serving:
        limit = {} if math.isinf(site.capacity) else {"capacity": round(site.capacity * PARTS)}
        graph.add_edge(("site", site.site_id), "sink", **limit)
    for _, place, site in reach_pairs(ground.places, serving, ground.reach_m, ground.detour):
        graph.add_edge(("place", place), ("site", site))
    return graph


def most_served(ground: Ground) -> float:
    """People that the best sharing serves at sites, besides those on premises."""
    return float(nx.maximum_flow_value(flow_graph(ground), "source", "sink")) / PARTS
