"""The repairable sites of a service with everything their indicators are computed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage.sharing import Gains, grouped
from geo.coverage.states import Service, surveyed
from geo.model.arrays import Floats, Ints
from geo.model.params import Params
from geo.model.sites import REPAIRABLE, kind_column, xy_of
from geo.priorities.costs import CostSheet, shipped_costs
from geo.reach.distance import Pairs
from geo.reach.threads import taken

#: Nearer than this, nearer makes no difference (DESIGN.md 5).
NEAR_M = 50.0


@dataclass(frozen=True, eq=False)
class Candidates:
    """Repairable sites: `rows` are their positions in `sites`; `pairs` their pairs in reach, `pairs.site` counting
    candidates from 0 and `turn` telling how many pairs of working sites come before each.
    """

    service: Service
    sites: pd.DataFrame
    places: pd.DataFrame
    institutions: gpd.GeoDataFrame
    params: Params
    rows: Ints
    pairs: Pairs = field(repr=False)
    turn: Ints = field(repr=False)
    costs: CostSheet = field(repr=False, default_factory=shipped_costs)

    @classmethod
    def of(
        cls,
        service: Service,
        sites: pd.DataFrame,
        places: pd.DataFrame,
        institutions: gpd.GeoDataFrame,
        params: Params,
        costs: CostSheet | None = None,
        among: NDArray[np.bool_] | None = None,
    ) -> Candidates:
        """Collect the repairable sites (of some) that would count for the standard once repaired."""
        repairable = service.eligible & sites["status"].isin(REPAIRABLE).to_numpy(dtype=bool)
        if among is not None:
            repairable = repairable & among
        rows = np.flatnonzero(repairable).astype(np.int64)
        number = np.full(len(sites), -1, dtype=np.int64)
        number[rows] = np.arange(len(rows))
        owner = taken(number, service.pairs.site)
        mine = np.flatnonzero(owner >= 0).astype(np.int64)
        before: Ints = np.cumsum(service.active).astype(np.int64) - service.active
        pairs = service.pairs
        pairs = Pairs(taken(pairs.place, mine), taken(owner, mine), taken(pairs.distance_m, mine))
        turn = taken(before, mine)
        return cls(service, sites, places, institutions, params, rows, pairs, turn, costs or shipped_costs())

    @cached_property
    def index(self) -> pd.Index:
        """Ids of the candidates, the index every indicator answers on."""
        return pd.Index(self.service.ids[self.rows], name="site_id")

    @cached_property
    def table(self) -> pd.DataFrame:
        """The candidates' rows of `sites`."""
        return pd.DataFrame(self.sites).iloc[self.rows]

    def per_site(self, values: Floats) -> Floats:
        """Sum a value per pair over each candidate's places in reach, shape (candidates,)."""
        return np.bincount(self.pairs.site, weights=values, minlength=len(self.rows)).astype(float)

    @cached_property
    def works_already(self) -> NDArray[np.bool_]:
        """Candidates that serve people now (needs_repair; dry_season in the wet season), bool."""
        return np.asarray(self.service.working[self.rows], dtype=bool)

    @cached_property
    def load_now(self) -> Floats:
        """People whom each candidate serves as things stand."""
        sharing = self.service.sharing
        load = np.bincount(sharing.pairs.site, weights=sharing.flow, minlength=len(self.service.ids))
        return np.asarray(load[self.rows], dtype=float)

    @cached_property
    def groups(self) -> tuple[Ints, Ints]:
        """Positions of the pairs by candidate: those of n are ``order[starts[n] : starts[n + 1]]``."""
        return grouped(self.pairs.site, len(self.rows))

    def pairs_of(self, n: int) -> Ints:
        """Positions of a candidate's pairs, in order."""
        starts, order = self.groups
        return order[starts[n] : starts[n + 1]]

    def gain_of(self, candidates: list[int]) -> dict[int, float]:
        """People who would be served besides if these candidates were all repaired, by place position."""
        candidates = [n for n in candidates if not self.works_already[n]]
        if not candidates:
            return {}
        mine = np.sort(np.concatenate([self.pairs_of(n) for n in candidates]))
        local = np.full(len(self.rows), -1, dtype=np.int64)
        local[candidates] = np.arange(len(candidates))
        capacities = self.service.capacity[self.rows[candidates]]
        owner = local[self.pairs.site[mine]]
        return self.service.sharing.with_sites(self.pairs.place[mine], self.turn[mine], owner, capacities)

    @cached_property
    def gained(self) -> Gains:
        """`gain_of` each candidate alone."""
        starts, order = self.groups
        capacities = self.service.capacity[self.rows]
        sharing = self.service.sharing
        places, turns = taken(self.pairs.place, order), taken(self.turn, order)
        return sharing.gains(starts, places, turns, capacities, self.works_already)

    @cached_property
    def gain(self) -> Floats:
        """People of gap places whom each candidate alone would serve."""
        return self.gained.per_site(self.gap_places.astype(float))

    @cached_property
    def reached(self) -> Floats:
        """All people in reach of each candidate."""
        return self.per_site(self.service.people[self.pairs.place])

    @cached_property
    def users(self) -> Floats:
        """People in reach of each candidate, each shared between the working sites in reach and this one."""
        return self.per_site(self.service.people[self.pairs.place] * self.use_share)

    @cached_property
    def repair_idr(self) -> Floats:
        """Cost of each repair."""
        return self.costs.repair_idr(self.table, kind_column(self.service.name))

    @cached_property
    def report_age(self) -> Floats:
        """Years since each candidate's last report; missing where none is dated."""
        reported = pd.to_datetime(self.table["reported_on"], errors="coerce").to_numpy(dtype="datetime64[s]")
        days = (np.datetime64(self.params.as_of, "s") - reported).astype(np.int64) // 86_400
        return np.where(np.isnat(reported), np.nan, np.maximum(days, 0) / 365.25)

    @cached_property
    def gap_places(self) -> NDArray[np.bool_]:
        """Places whose people without service are in a gap state, not unmapped."""
        return surveyed(self.places, self.service.name)

    def rival_of(self, n: int) -> tuple[int, float] | None:
        """Return the candidate whose repair first would take most of this one's gain, and the gain then left.

        None where no other candidate takes anybody away. The gain left is exact: both together less the rival alone.
        Of the candidates that share people, the three that share most are tried; of equals the first by id.
        """
        gap, mine = self.gap_places, self.gained.one(n)
        overlap: dict[int, float] = {}
        for i, people in mine.items():
            for other, theirs in self._sharers(i) if gap[i] else ():
                if other != n:
                    overlap[other] = overlap.get(other, 0.0) + min(people, theirs)
        gain = sum(people for i, people in mine.items() if gap[i])
        best: tuple[int, float] | None = None
        # of equals the first by id, to a millionth of a person: sums of other orders differ in their last bits
        by_share = sorted(overlap, key=lambda other: (-round(overlap[other], 6), str(self.index[other])))
        for rival in by_share[:3]:
            both = sum(people for i, people in self.gain_of([n, rival]).items() if gap[i])
            alone = sum(people for i, people in self.gained.one(rival).items() if gap[i])
            left = max(both - alone, 0.0)
            if left < gain - 0.5 and (best is None or left < best[1] - 1e-6):
                best = rival, left
        return best

    def parts_of(self, numbers: Sequence[int]) -> list[list[int]]:
        """Split candidates into parts that cannot take people from each other, directly or through full sites."""
        from scipy import sparse
        from scipy.sparse.csgraph import connected_components

        if not len(numbers):
            return []
        pairs, sites = self.service.pairs, len(self.service.ids)
        picked = np.zeros(sites, dtype=bool)
        picked[self.rows[list(numbers)]] = True
        limited = np.isfinite(self.service.capacity)[pairs.site] & self.service.active
        keep = picked[pairs.site] | limited
        size = sites + len(self.service.need)
        ones = np.ones(int(keep.sum()), dtype=np.int8)
        edges = sparse.coo_array((ones, (pairs.site[keep], sites + pairs.place[keep])), shape=(size, size))
        _, label = connected_components(edges, directed=False)
        parts: dict[int, list[int]] = {}
        for n in numbers:
            parts.setdefault(int(label[self.rows[n]]), []).append(n)
        return list(parts.values())

    @cached_property
    def _by_place(self) -> tuple[Ints, Ints]:
        order = np.argsort(self.gained.place, kind="stable").astype(np.int64)
        edges = np.searchsorted(self.gained.place[order], np.arange(len(self.places) + 1))
        return order, edges.astype(np.int64)

    def _sharers(self, i: int) -> list[tuple[int, float]]:
        """Candidates that gain people of a place, and how many."""
        order, edges = self._by_place
        mine = order[edges[i] : edges[i + 1]]
        return list(zip(self.gained.owner[mine].tolist(), self.gained.people[mine].tolist(), strict=True))

    @cached_property
    def nearness(self) -> tuple[Floats, Floats]:
        """1/max(d, 50 m) of each pair of a working site, and their sum by place."""
        active = self.service.sharing.pairs
        weight = 1.0 / np.maximum(active.distance_m * self.params.detour, NEAR_M)
        total = np.bincount(active.place, weights=weight, minlength=len(self.places))
        return weight, total.astype(np.float64)

    @cached_property
    def use_share(self) -> Floats:
        """w_cj of each candidate pair: the share of place c's people that would use j (DESIGN.md 5)."""
        own = 1.0 / np.maximum(self.pairs.distance_m * self.params.detour, NEAR_M)
        others = taken(self.nearness[1], self.pairs.place) - np.where(self.works_already[self.pairs.site], own, 0.0)
        return np.asarray(own / (others + own), dtype=float)

    @cached_property
    def reach_of_institutions(self) -> Pairs:
        """Institutions in reach of candidates: place = institution."""
        limit = self.service.rule.reach_m / self.params.detour
        return self.service.ways.pairs(xy_of(self.institutions), self.service.sites[self.rows], limit)
