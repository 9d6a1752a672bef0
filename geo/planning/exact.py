"""The exact model, solved by HiGHS: a mixed-integer programme with a proven bound, progress, and a way to stop it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from geo.model.arrays import Floats
from geo.planning.cover import Cover, Floor, Solution

#: What is called while a plan is sought; answering True stops the search, and the best so far is the answer.
Watch = Callable[[float, float, float], bool]
#: What sums of people may be off by, relative, and in people.
_ROUNDING = 1e-5
_FEASIBLE = 2  # HiGHS: the primal solution keeps all rows


@dataclass(frozen=True)
class Order:
    """What a solution must keep, a budget and floors; what it seeks; and how long to prove.

    With a budget the most people are sought, without one the least cost that keeps the floors, or, where a `price` is
    set (people per unit of cost), the most people less what they cost. `watch` is told (seconds, value, bound).
    """

    budget: float | None = None
    price: float = 0.0
    floors: tuple[Floor, ...] = ()
    seconds: float = 60.0
    gap: float = 1e-6
    watch: Watch | None = None

    @property
    def cheapest(self) -> bool:
        """Is the least cost sought?"""
        return self.budget is None and self.price == 0.0


def solve(cover: Cover, demand: Order, begin: Solution | None = None) -> Solution | None:
    """Solve to the gap, or as far as the time goes; None where nothing keeps the demands.

    Variables: open x_j ∈ {0, 1}; served s_g ∈ [0, people_g]; flow f_gj of choices with limited capacity. Maximise
    Σ worth_g s_g − price Σ cost_j x_j with s_g ≤ people_g Σ_ample x_j + Σ_tight f_gj, Σ_g f_gj ≤ capacity_j x_j and
    f_gj ≤ min(people_g, capacity_j) x_j.
    """
    solver = _run(_Model(cover, demand), demand, begin)
    info = solver.getInfo()
    if info.primal_solution_status != _FEASIBLE:
        return None
    chosen = np.asarray(solver.getSolution().col_value)[: cover.choices] > 0.5
    value, bound = -float(info.objective_function_value), -float(info.mip_dual_bound)
    bound += max(demand.gap, 1e-6) * abs(value)  # what is nearer to the best than the gap is not looked at any more
    if demand.cheapest:  # (−cost, −least cost): told as two numbers whose gap is the one of the cost
        value, bound = max(-bound, 0.0), max(-value, 0.0)
    return Solution(chosen, value, max(bound, value) if np.isfinite(bound) else float("inf"))


def least_lacking(cover: Cover, demand: Order) -> Floats:
    """Return by how many people each floor must be missed at least, all floors together, within the budget."""
    solver = _run(_Model(cover, demand, soft=True), demand, None)
    if solver.getInfo().primal_solution_status != _FEASIBLE:
        return np.array([floor.people for floor in demand.floors])
    lacking = np.asarray(solver.getSolution().col_value)[-len(demand.floors) :]
    return np.maximum(lacking + 1e-6, 0.0)


class _Quiet(highspy.Highs):
    """HiGHS without its banner, which it prints when its callbacks are first set, before an option can be given."""

    def enableCallbacks(self) -> None:  # noqa: N802  # HiGHS's name; its constructor calls it
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]  # HiGHS ships no types for it


def _run(model: _Model, demand: Order, begin: Solution | None) -> highspy.Highs:
    return run(model.lp(), demand, None if begin is None else begin.chosen.astype(float))


def run(lp: highspy.HighsLp, demand: Order, begin: Floats | None, nodes: int | None = None) -> highspy.Highs:
    """Run the solver on a programme, from the values of its first columns, as far as the time and the nodes go.

    Where nodes are counted it does not reduce the programme first: of rows whose numbers lie far apart HiGHS 1.16 then
    lost the best, and told its begin for it.
    """
    solver = _Quiet()  # type: ignore[no-untyped-call]
    for name, value in (("mip_rel_gap", demand.gap), ("time_limit", demand.seconds)):
        solver.setOptionValue(name, value)
    solver.setOptionValue("threads", 1)
    if nodes is not None:
        solver.setOptionValue("mip_max_nodes", nodes)
        solver.setOptionValue("presolve", "off")
    solver.passModel(lp)
    if begin is not None:
        solver.setSolution(len(begin), np.arange(len(begin), dtype=np.int32), begin)
    if demand.watch is not None:
        _watched(solver, demand.watch)
    solver.run()
    return solver


def _watched(solver: highspy.Highs, watch: Watch) -> None:
    began = time.monotonic()

    def ask(_kind: object, _message: str, out: object, into: object, _data: object) -> None:
        value, bound = -float(getattr(out, "mip_primal_bound", 0.0)), -float(getattr(out, "mip_dual_bound", 0.0))
        if watch(time.monotonic() - began, value, bound):
            into.user_interrupt = True  # type: ignore[attr-defined]

    solver.setCallback(ask, None)
    kinds = highspy.cb.HighsCallbackType
    for kind in (kinds.kCallbackMipInterrupt, kinds.kCallbackSimplexInterrupt):
        solver.startCallback(kind)


class _Model:
    """The rows and columns of the programme; `soft` adds what each floor lacks, and seeks the least of that."""

    def __init__(self, cover: Cover, demand: Order, *, soft: bool = False) -> None:
        self.cover, self.demand, self.lacks = cover, demand, len(demand.floors) if soft else 0
        tight = ~cover.ample[cover.owner]
        self.flow_group, self.flow_choice = cover.group[tight], cover.owner[tight]
        self.ample_group, self.ample_choice = cover.group[~tight], cover.owner[~tight]
        self.n, self.g, self.f = cover.choices, len(cover.people), int(tight.sum())

    def lp(self) -> highspy.HighsLp:
        """Return the programme as HiGHS takes it."""
        cover, demand = self.cover, self.demand
        matrix, upper, lower = self._rows()
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = matrix.shape[1], matrix.shape[0]
        served = np.zeros(self.g) if demand.cheapest else -cover.worth
        opening = cover.cost if demand.cheapest else demand.price * cover.cost
        if demand.budget is not None and not demand.cheapest:
            # a rupiah costs a hair, so that of equal plans the cheaper one is taken
            opening = opening + 1e-4 * cover.cost / max(float(cover.cost.sum()), 1.0)
        if self.lacks:
            served, opening = np.zeros(self.g), np.zeros(self.n)
        rest = np.zeros(self.g + self.f + self.lacks)
        least = rest.copy()
        if cover.present is not None:
            least[: self.g] = np.minimum(cover.present.served, cover.people) * (1 - _ROUNDING)
        lp.col_cost_ = np.concatenate([opening, served, np.zeros(self.f), np.ones(self.lacks)])
        lp.col_lower_ = np.concatenate([cover.fixed.astype(float), least])
        most = [np.ones(self.n), cover.people, cover.people[self.flow_group], np.full(self.lacks, np.inf)]
        lp.col_upper_ = np.concatenate(most)
        lp.row_lower_, lp.row_upper_ = lower, upper
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32)
        lp.a_matrix_.value_ = matrix.data
        kinds = highspy.HighsVarType
        lp.integrality_ = [kinds.kInteger] * self.n + [kinds.kContinuous] * len(rest)
        return lp

    def _rows(self) -> tuple[sparse.csr_array, Floats, Floats]:
        cover, n, g, f = self.cover, self.n, self.g, self.f
        served = sparse.hstack(
            [
                _matrix(self.ample_group, self.ample_choice, -cover.people[self.ample_group], (g, n)),
                sparse.eye_array(g),
                _matrix(self.flow_group, np.arange(f), -np.ones(f), (g, f)),
            ]
        )
        tight, row = np.unique(self.flow_choice, return_inverse=True)
        within = sparse.hstack(
            [
                _matrix(np.arange(len(tight)), tight, -cover.capacity[tight], (len(tight), n)),
                sparse.csr_array((len(tight), g)),
                _matrix(row, np.arange(f), np.ones(f), (len(tight), f)),
            ]
        )
        free = np.flatnonzero(~cover.fixed[self.flow_choice])
        most = np.minimum(cover.people[self.flow_group[free]], cover.capacity[self.flow_choice[free]])
        linked = sparse.hstack(
            [
                _matrix(np.arange(len(free)), self.flow_choice[free], -most, (len(free), n)),
                sparse.csr_array((len(free), g)),
                _matrix(np.arange(len(free)), free, np.ones(len(free)), (len(free), f)),
            ]
        )
        parts, upper, lower = (
            [part.tocsr() for part in (served, within, linked)],
            [np.zeros(g + len(tight) + len(free))],
            [],
        )
        lower.append(np.full(len(upper[0]), -np.inf))
        for matrix, most_of in self._of_now():
            parts.append(matrix)
            upper.append(most_of)
            lower.append(np.full(len(most_of), -np.inf))
        for line, low, high in self._limits():
            parts.append(sparse.csr_array(line[None, :]))
            upper.append(np.array([high]))
            lower.append(np.array([low]))
        width = n + g + f + self.lacks
        whole = sparse.vstack(
            [sparse.csr_array((p.data, p.indices, p.indptr), shape=(p.shape[0], width)) for p in parts]
        )
        return whole.tocsr(), np.concatenate(upper), np.concatenate(lower)

    def _of_now(self) -> list[tuple[sparse.csr_array, Floats]]:
        """What the present bounds by part: people served, by those of now and those of new sites; and their worth."""
        cover, now = self.cover, self.cover.present
        if now is None:
            return []
        count, width = len(now.slack), self.n + self.g + self.f
        stands = np.zeros(count, dtype=bool)  # parts with a site that works
        stands[now.part[cover.group[~now.new[cover.owner]]]] = True
        of_flow, of_ample = now.new[self.flow_choice], now.new[self.ample_choice]
        columns = [
            self.n + np.arange(self.g),
            self.n + self.g + np.flatnonzero(of_flow),
            self.ample_choice[of_ample],
        ]
        rows = [now.part, now.part[self.flow_group[of_flow]], now.part[self.ample_group[of_ample]]]
        values = [np.ones(self.g), -np.ones(int(of_flow.sum())), -cover.people[self.ample_group[of_ample]]]
        people = _matrix(np.concatenate(rows), np.concatenate(columns), np.concatenate(values), (count, width))
        served = np.bincount(now.part, weights=now.served, minlength=count) + now.slack
        whole = _matrix(now.part, self.n + np.arange(self.g), cover.worth, (count, width))
        known = np.isfinite(now.most)
        pairs = ((people, served, stands), (whole, now.most, known))
        return [
            (m.tocsr()[np.flatnonzero(at)], high[at] * (1 + _ROUNDING) + _ROUNDING) for m, high, at in pairs if at.any()
        ]

    def _limits(self) -> list[tuple[Floats, float, float]]:
        cover, demand = self.cover, self.demand
        zeros_g, zeros_f = np.zeros(self.g), np.zeros(self.f)
        found = []
        if demand.budget is not None:
            unit = max(float(cover.cost.max(initial=1.0)), 1.0)  # of the size of 1, as the solver likes it
            found.append((np.concatenate([cover.cost / unit, zeros_g, zeros_f]), -np.inf, demand.budget / unit))
        for number, floor in enumerate(demand.floors):
            lack = np.zeros(self.lacks)
            lack[number : number + 1] = 1.0
            line = np.concatenate([np.zeros(self.n), floor.groups.astype(float), zeros_f, lack])
            found.append((line, floor.people, np.inf))
        return found


def _matrix(rows: np.ndarray, columns: np.ndarray, values: np.ndarray, shape: tuple[int, int]) -> sparse.csr_array:
    return sparse.csr_array((values, (rows, columns)), shape=shape)
