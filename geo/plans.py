"""Which repairs for this money: the most people served within a budget, solved exactly, nobody counted twice.

The model (maximal coverage with capacity): choose sites x_j ∈ {0, 1} and people f_ij ≥ 0 of place i at site j,
maximise Σ f, with Σ_j f_ij ≤ need_i, Σ_i f_ij ≤ capacity_j · x_j (x_j = 1 for working sites), Σ cost_j x_j ≤ budget.
HiGHS solves it and proves how far from the best it can be. The model may share people better than "nearest first";
what is reported as gained is what the engine's own sharing gives for the chosen sites: coverage after less before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from geo.areas import area_mask
from geo.candidates import Candidates
from geo.distance import Floats, Ints
from geo.errors import CallError
from geo.indicators import cost_idr

#: Stop proving when the rest is below this share, or after so many seconds.
GAP, SECONDS = 1e-6, 60.0


@dataclass(frozen=True)
class Step:
    """One repair of a plan: people it gains alone, and in this plan after the steps before it."""

    service: str
    site_id: str
    cost_idr: float
    gain_alone: float
    gain_in_plan: float


@dataclass(frozen=True)
class Plan:
    """A plan: its steps, the people it gains (gap states to served), the cost, and how good it is proven to be.

    `gap` is the proven relative distance to the best of the model; `unmapped` are people of unmapped villages reached
    besides; `without_cost` counts sites left out because nobody knows their cost.
    """

    steps: tuple[Step, ...]
    budget_idr: float
    people_gained: float
    unmapped_gained: float
    cost_idr: float
    optimal: bool
    gap: float
    without_cost: int

    def as_dict(self) -> dict[str, Any]:
        """Return the plan as plain values."""
        steps = [vars(step) for step in self.steps]
        return {**{name: value for name, value in vars(self).items() if name != "steps"}, "sites": steps}


@dataclass(frozen=True, eq=False)
class _Block:
    """One service's part of the model: choices, flows over (group, site), and their limits."""

    candidates: Candidates
    choices: Ints
    cost: Floats
    flow_group: Ints
    flow_site: Ints
    need: Floats
    capacity: Floats


def _block(c: Candidates) -> tuple[_Block, int]:
    """Places with the same sites in reach are one group: the model then needs no more than their sum."""
    service = c.service
    cost = cost_idr(c).to_numpy(dtype=float)
    inside = area_mask(c.sites["village_code"].iloc[c.rows], c.params.area)
    usable = inside & ~c.works_already
    choices = np.flatnonzero(usable & ~np.isnan(cost)).astype(np.int64)
    chosen_site = np.zeros(len(c.sites), dtype=bool)
    chosen_site[c.rows[choices]] = True
    keep = service.active | chosen_site[service.pairs.site]
    pairs = service.pairs.only(keep & (service.need[service.pairs.place] > 0))
    order = np.lexsort((pairs.site, pairs.place))
    place, site = pairs.place[order], pairs.site[order]
    groups: dict[tuple[int, ...], int] = {}
    need: list[float] = []
    starts = np.flatnonzero(np.r_[True, place[1:] != place[:-1]]) if len(place) else np.empty(0, dtype=np.int64)
    for start, end in zip(starts, np.r_[starts[1:], len(place)][: len(starts)], strict=True):
        key = tuple(site[start:end].tolist())
        number = groups.setdefault(key, len(groups))
        if number == len(need):
            need.append(0.0)
        need[number] += float(service.need[place[start]])
    flow_group = np.repeat(np.arange(len(groups)), [len(key) for key in groups]).astype(np.int64)
    flow_site = np.array([j for key in groups for j in key], dtype=np.int64)
    total = float(service.need.sum()) or 1.0
    capacity = np.minimum(service.capacity, total)
    block = _Block(c, choices, cost[choices], flow_group, flow_site, np.array(need), capacity)
    return block, int((usable & np.isnan(cost)).sum())


def _constraints(block: _Block) -> tuple[sparse.csr_array, Floats]:
    """Rows: people of each group, capacity of each site used; columns: choices, then flows."""
    choices, flows, groups = len(block.choices), len(block.flow_group), len(block.need)
    used, site_row = np.unique(block.flow_site, return_inverse=True)
    rows = np.concatenate([block.flow_group, groups + site_row])
    columns = np.concatenate([np.arange(flows), np.arange(flows)]) + choices
    values = np.ones(2 * flows)
    upper = np.concatenate([block.need, block.capacity[used]])
    opened = {int(block.candidates.rows[n]): column for column, n in enumerate(block.choices)}
    extra = [(groups + row, opened[int(j)], -block.capacity[j]) for row, j in enumerate(used) if int(j) in opened]
    for row, column, value in extra:
        rows, columns, values = np.append(rows, row), np.append(columns, column), np.append(values, value)
        upper[row] = 0.0
    shape = (groups + len(used), choices + flows)
    return sparse.csr_array((values, (rows, columns)), shape=shape), upper


def best_plan(
    lists: Mapping[str, Candidates], budget_idr: float, *, committed: Sequence[str] = (), seconds: float = SECONDS
) -> Plan:
    """Choose the repairs that serve most people within a budget, water and sanitation together.

    Parameters
    ----------
    lists
        Candidates by service.
    budget_idr
        Rupiah.
    committed
        Sites that somebody promised already: they are in the plan, at their cost.
    seconds
        Time to prove the best.

    Raises
    ------
    CallError
        If the budget is no amount, a committed site is not on the list, or the committed ones cost more than there is.
    """
    if not 0 <= budget_idr < float("inf"):
        raise CallError("error.number", name="budget", value=budget_idr)
    built = [_block(c) for c in lists.values()]
    blocks = [block for block, _ in built]
    if not any(len(block.choices) for block in blocks):
        return Plan((), budget_idr, 0.0, 0.0, 0.0, True, 0.0, sum(bare for _, bare in built))
    parts = [_constraints(block) for block in blocks]
    costs = np.concatenate([np.r_[block.cost, np.zeros(len(block.flow_group))] for block in blocks])
    people = np.concatenate([np.r_[np.zeros(len(block.choices)), np.ones(len(block.flow_group))] for block in blocks])
    forced = _forced(blocks, committed)
    if float(costs @ forced) > budget_idr:
        raise CallError("error.committed_cost", cost=float(costs @ forced), budget=budget_idr)
    whole = people == 0
    matrix = sparse.vstack([sparse.block_diag([part for part, _ in parts]), sparse.csr_array(costs[None, :])]).tocsr()
    upper = np.concatenate([*(limit for _, limit in parts), [budget_idr]])
    bounds = Bounds(forced, np.where(whole, 1.0, np.inf))
    options = {"time_limit": seconds, "mip_rel_gap": GAP}
    limits = LinearConstraint(matrix, -np.inf, upper)
    # a rupiah costs a hair, so that of equal plans the cheaper one is taken
    thrift = 1e-3 / max(float(costs.sum()), 1.0)
    solved = milp(thrift * costs - people, constraints=limits, integrality=whole, bounds=bounds, options=options)
    x = forced if solved.x is None else solved.x
    gap = 1.0 if solved.x is None else float(solved.mip_gap or 0.0)
    return _told(blocks, x > 0.5, budget_idr, gap, solved.status == 0, sum(bare for _, bare in built))


def _forced(blocks: list[_Block], committed: Sequence[str]) -> Floats:
    parts = []
    known: set[str] = set()
    for block in blocks:
        ids = block.candidates.index[block.choices].astype(str)
        known |= set(ids)
        parts.append(np.r_[np.isin(ids, list(committed)).astype(float), np.zeros(len(block.flow_group))])
    for site_id in committed:
        if site_id not in known:
            raise CallError("error.unknown_site", site_id=site_id)
    return np.concatenate(parts)


def _told(
    blocks: list[_Block], x: NDArray[np.bool_], budget: float, gap: float, optimal: bool, without_cost: int
) -> Plan:
    """The plan in the engine's own figures: each step after the ones before it, so that the steps sum to the plan."""
    steps: list[Step] = []
    people = unmapped = 0.0
    start = 0
    for block in blocks:
        c = block.candidates
        picked = block.choices[x[start : start + len(block.choices)]]
        start += len(block.choices) + len(block.flow_group)
        alone = {int(n): _gap_sum(c, c.gained[n]) for n in picked}
        before: list[int] = []
        reached = 0.0
        for n in sorted(alone, key=lambda n: (-alone[n], str(c.index[n]))):
            before.append(n)
            now = _gap_sum(c, c.gain_of(before))
            cost = float(block.cost[int(np.searchsorted(block.choices, n))])
            steps.append(Step(c.service.name, str(c.index[n]), cost, alone[n], now - reached))
            reached = now
        people += reached
        unmapped += sum(c.gain_of(before).values()) - reached
    cost = sum(step.cost_idr for step in steps)
    return Plan(tuple(steps), budget, people, max(unmapped, 0.0), cost, optimal and gap <= GAP * 10, gap, without_cost)


def _gap_sum(c: Candidates, gained: Mapping[int, float]) -> float:
    return sum(people for i, people in gained.items() if c.gap_places[i])
