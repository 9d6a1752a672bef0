"""A piece of a large ground, computed exactly: boxes with a halo, and the proof that the halo was wide enough.

Capacity is shared nearest first, so what happens at a point can depend on people far away, through a chain of full
points. A tile therefore reads the places of its box and of a halo around it, and shares out between bounds: a point
near the rim may have lost any part of its capacity to places that were not read (`Sharing.within`). Where both bounds
meet for all of the box, nothing beyond the halo can change it; else the halo is doubled and the tile done again.
Gains are followed the same way, and a site whose chain touches the rim asks for the wider halo. Points are held whole,
so that nearest distances need no halo at all. The result is that of the whole ground, whatever the tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage.standards import is_working, limits
from geo.coverage.states import Piece, Service, best_case, place_states, share_out, unserved_of, worst_case
from geo.coverage.villages import sums_by, tails
from geo.model.arrays import Floats, Ints
from geo.model.params import Params
from geo.model.sites import site_id_column
from geo.model.tables import empty_table
from geo.priorities.candidates import Candidates
from geo.priorities.costs import shipped_costs
from geo.priorities.indicators import INDICATORS
from geo.reach.distance import NearestIndex

#: The first halo, in reaches: overloaded points in reach of a site's places look so far (`relief_people`).
HALO_REACHES = 3.0
#: Metres of a degree of latitude, rounded down: an edge is never taken to be further than it is.
_DEGREE_M = 110_500.0


#: Cells of the histogram that tiles are cut from, and of the order of a sorted copy: so many a degree.
CELLS_A_DEGREE = 20
#: Where cells begin and end, west to east and south to north, as a file would write it (107.1): the one truth for what
#: lies in which cell and tile. What lies on the last line of the earth belongs to the last cell.
EDGES = {
    axis: np.append(np.round(np.arange(2 * low * CELLS_A_DEGREE) / CELLS_A_DEGREE - low, 2), np.nextafter(low, np.inf))
    for axis, low in (("lon", 180), ("lat", 90))
}


def cells_at(degrees: Floats, axis: str) -> Ints:
    """Return the number of the cell that each coordinate lies in, by the edges as they are.

    Examples
    --------
    >>> cells_at(np.array([107.1, 107.05, -180.0, 180.0]), "lon").tolist()
    [5742, 5741, 0, 7199]
    """
    edges = EDGES[axis]
    number = np.clip(((degrees - edges[0]) * CELLS_A_DEGREE).astype(np.int64), 0, len(edges) - 2)
    number -= degrees < edges[number]
    number = np.clip(number, 0, len(edges) - 2)
    number += degrees >= edges[number + 1]
    found: Ints = np.clip(number, 0, len(edges) - 2)
    return found


@dataclass(frozen=True)
class Box:
    """A box in degrees; its west and south border belong to it, east and north to the next."""

    west: float
    south: float
    east: float
    north: float

    def grown(self, metres: float) -> Box:
        """Return the box with a rim of at least so many metres."""
        high = metres / _DEGREE_M
        polar = min(max(abs(self.south), abs(self.north)) + high, 89.0)
        wide = metres / (_DEGREE_M * np.cos(np.radians(polar)))
        return Box(self.west - wide, self.south - high, self.east + wide, self.north + high)

    def holds(self, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
        """Tell which points lie in the box, bool of shape (n,)."""
        inside = (lon >= self.west) & (lon < self.east) & (lat >= self.south) & (lat < self.north)
        return np.asarray(inside, dtype=bool)

    def covers(self, other: Box) -> bool:
        """Tell whether another box lies in this one."""
        low = self.west <= other.west and self.south <= other.south
        return low and self.east >= other.east and self.north >= other.north

    def edge_m(self, lon: Floats, lat: Floats, total: Box) -> Floats:
        """Metres from points to the nearest side beyond which there is more ground; at least 0, infinite where none."""
        polar = min(max(abs(self.south), abs(self.north), 0.0), 89.0)
        across = _DEGREE_M * np.cos(np.radians(polar))
        edge = np.full(len(lon), np.inf)
        for rest, more in (
            ((lon - self.west) * across, self.west > total.west),
            ((self.east - lon) * across, self.east < total.east),
            ((lat - self.south) * _DEGREE_M, self.south > total.south),
            ((self.north - lat) * _DEGREE_M, self.north < total.north),
        ):
            if more:
                edge = np.minimum(edge, np.maximum(rest, 0.0))
        return edge


def split(counts: Ints, corner: tuple[int, int], most: int) -> list[Box]:
    """Cut a ground into boxes of at most `most` places each, by halves at the cells of a histogram.

    Parameters
    ----------
    counts
        Places per cell, shape (columns, rows), from west and from south.
    corner
        Column and row of the first cell (`EDGES`).
    most
        Places per box; a single cell may hold more.

    Examples
    --------
    >>> [box.west for box in split(np.array([[3], [0], [4]]), (3600, 1800), 4)]
    [0.0, 0.1]
    """
    lon, lat = EDGES["lon"][corner[0] :], EDGES["lat"][corner[1] :]
    found: list[Box] = []
    todo = [(0, counts.shape[0], 0, counts.shape[1])]
    while todo:
        x0, x1, y0, y1 = todo.pop()
        part = counts[x0:x1, y0:y1]
        total = int(part.sum())
        if total == 0:
            continue
        if total <= most or (x1 - x0 == 1 and y1 - y0 == 1):
            found.append(Box(float(lon[x0]), float(lat[y0]), float(lon[x1]), float(lat[y1])))
            continue
        along_x = x1 - x0 >= y1 - y0
        line = part.sum(axis=1 if along_x else 0).cumsum()
        cut = int(np.clip(np.searchsorted(line, total / 2) + 1, 1, len(line) - 1))
        halves = [(x0, x0 + cut, y0, y1), (x0 + cut, x1, y0, y1)]
        todo += halves if along_x else [(x0, x1, y0, y0 + cut), (x0, x1, y0 + cut, y1)]
    return sorted(found, key=lambda box: (box.west, box.south))


@dataclass(frozen=True, eq=False)
class Country:
    """What all tiles share: a loader of places by box, the sites of each service, parameters, and the whole box.

    `sites` have the columns that coverage asks for, `lon, lat, eligible`, and `number`, a name for each row; they are
    in order of `lon`. `load` returns places with ``place_id, village, people, piped_share, own_toilet_share,
    poor_share, diarrhoea_per_1000, mapped, lon, lat``; `village` is a position in the table of villages, -1 outside.
    """

    load: Callable[[Box], pd.DataFrame]
    sites: Mapping[str, pd.DataFrame]
    institutions: pd.DataFrame
    params: Params
    total: Box

    @cached_property
    def nearest(self) -> dict[str, Callable[[Floats], Floats]]:
        """Metres to the nearest working site of all, by service."""
        return {name: _nearest_of(working_sites(table, self.params)) for name, table in self.sites.items()}


@dataclass(frozen=True, eq=False)
class Tile:
    """What a tile found: `states` of its places by service, priorities, and how wide a halo (metres) it took.

    `states` are people by state, without service in the best and the worst case (`best`, `worst`), and metres.
    """

    places: pd.DataFrame
    states: Mapping[str, pd.DataFrame]
    priorities: pd.DataFrame
    halo_m: float


def solve_tile(ground: Country, box: Box) -> Tile:
    """Compute one box of the ground, with as wide a halo as it takes to be certain.

    The figures are those of the whole ground, to 1e-6 people.
    """
    reach = max(limits(ground.params, name).reach_m for name in ground.sites) / ground.params.detour
    halo = HALO_REACHES * reach
    while True:
        wide = box.grown(halo)
        places = ground.load(wide)
        core = box.holds(places["lon"].to_numpy(), places["lat"].to_numpy())
        whole = wide.covers(ground.total)
        found = {name: _serve(ground, name, places, core, box, wide) for name in ground.sites}
        if whole or all(part.certain for part in found.values()):
            break
        halo *= 2
    kept = places.loc[core, ["village", "people"]].reset_index(drop=True)
    listed = [part.priorities for part in found.values() if len(part.priorities)]
    return Tile(
        kept,
        {name: part.states[core].reset_index(drop=True) for name, part in found.items()},
        pd.concat(listed, ignore_index=True) if listed else pd.DataFrame(),
        halo,
    )


@dataclass(frozen=True, eq=False)
class _Part:
    """One service of a tile."""

    states: pd.DataFrame
    priorities: pd.DataFrame
    certain: bool


def _serve(ground: Country, name: str, places: pd.DataFrame, core: NDArray[np.bool_], box: Box, wide: Box) -> _Part:
    everywhere, params = ground.sites[name], ground.params
    near = wide.grown(limits(params, name).reach_m / params.detour)
    first, last = np.searchsorted(everywhere["lon"].to_numpy(), (near.west, near.east))
    sites = everywhere.iloc[first:last]
    sites = sites[near.holds(sites["lon"].to_numpy(), sites["lat"].to_numpy())].reset_index(drop=True)
    at = sites["lon"].to_numpy(), sites["lat"].to_numpy()
    piece = Piece(wide.edge_m(*at, ground.total), ground.nearest[name])
    service = share_out(places, sites, name, params, piece=piece)
    best, worst = (case(service, places, sites, params) for case in (best_case, worst_case))
    mine = box.holds(*at)
    certain = all(_settled(one, core, mine) for one in (service, best, worst))
    states = place_states(places, service)
    known = states.notna().all(axis=1)
    cases = {"best": best, "worst": worst}
    more = {name: np.where(known, unserved_of(case), np.nan) for name, case in cases.items()}
    states = states.assign(**more, nearest_m=service.nearest_m)
    if not certain:
        return _Part(states, pd.DataFrame(), False)
    listed, sure = _listed(service, sites, places, ground, mine)
    return _Part(states, listed, sure)


def working_sites(sites: pd.DataFrame, params: Params) -> Floats:
    """Longitude and latitude of all sites that work and count, shape (w, 2); `eligible` is a column of the sites."""
    works = is_working(sites["status"], params.season) & sites["eligible"].to_numpy(dtype=bool)
    return np.asarray(sites.loc[works, ["lon", "lat"]], dtype=float)


def _nearest_of(sites: Floats) -> Callable[[Floats], Floats]:
    if not len(sites):
        return lambda places: np.full(len(places), np.nan)
    index = NearestIndex.of(sites)
    return lambda places: index.find(places)[1]


def _settled(service: Service, core: NDArray[np.bool_], mine: NDArray[np.bool_]) -> bool:
    known = service.sharing.known
    return known is None or bool(known.places[core].all() and known.sites[mine & service.working].all())


def _listed(
    service: Service, sites: pd.DataFrame, places: pd.DataFrame, ground: Country, mine: NDArray[np.bool_]
) -> tuple[pd.DataFrame, bool]:
    """Indicators of the tile's own repairable sites, and whether each of them is certain."""
    c = Candidates.of(service, sites, places, ground.institutions, ground.params, shipped_costs(), among=mine)
    if not len(c.rows):
        return pd.DataFrame(), True
    if c.gained.doubtful is not None and c.gained.doubtful.any():
        return pd.DataFrame(), False
    table = pd.DataFrame({name: indicator(c) for name, indicator in INDICATORS.items()}).reset_index(drop=True)
    rows = sites.iloc[c.rows].reset_index(drop=True)
    told = {
        "site_id": rows[site_id_column(service.name)].astype(object),
        "service": service.name,
        "number": rows["number"],
        "cost_estimated": rows["rehab_cost_idr"].isna(),
    }
    return pd.concat([pd.DataFrame(told), table], axis=1), True


def no_institutions() -> gpd.GeoDataFrame:
    """Where no institutions were given."""
    return empty_table("institutions")


def village_sums(tile: Tile, size: int) -> pd.DataFrame:
    """Sum the states of a tile by village position (index; -1 outside all villages); missing people stay missing."""
    number = tile.places["village"].to_numpy() + 1
    places = np.bincount(number, minlength=size + 1)
    here = np.flatnonzero(places)
    label = np.zeros(size + 1, dtype=np.int64)
    label[here] = np.arange(len(here))
    number = label[number]
    columns: dict[str, Floats | Ints] = {}
    for name, states in tile.states.items():
        summed = states.drop(columns="nearest_m")
        sums = sums_by(number, len(here), summed.to_numpy(dtype=float))
        columns |= {f"{name}_{column}": people for column, people in zip(summed.columns, sums.T, strict=True)}
    return pd.DataFrame(columns | {"places": places[here]}, index=here - 1)


def village_tails(tile: Tile, whole: Ints) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Distances by village where the tile holds all of its places, and the rows of the other villages.

    Parameters
    ----------
    tile
        As solved.
    whole
        Places of each village on the whole ground, by position + 1 (0: outside all villages).
    """
    village = tile.places["village"].to_numpy()
    here = np.bincount(village + 1, minlength=len(whole))
    done = (here == whole)[village + 1]
    people = tile.places["people"].fillna(0.0).to_numpy(dtype=float)
    home = tile.states["water"]["on_premises"].fillna(0.0).to_numpy(dtype=float)
    rows = pd.DataFrame(
        {"village": village, "metres": tile.states["water"]["nearest_m"], "people": people, "walkers": people - home}
    )
    return tails_of_rows(rows[done]), rows[~done]


def tails_of_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Distances by village of rows with `village, metres, people, walkers`."""
    number, index = pd.factorize(rows["village"])
    metres, people, walkers = (rows[name].to_numpy() for name in ("metres", "people", "walkers"))
    return tails(number, index, metres, people, walkers)
