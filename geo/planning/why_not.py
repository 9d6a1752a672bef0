"""Why a site is not in the plan, and what would have to change: a cheaper action, more money; each a plan made."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geo.model.errors import CallError
from geo.planning.by_replay import HALF
from geo.planning.options import Options
from geo.planning.plans import Plan, Wish, best_plan

#: So near to the turning point (a part of the cost) the cheaper cost is sought; so many larger limits are tried.
_NEAR, _LEAST, _LARGER = 0.02, 0.01, 8


@dataclass(frozen=True)
class WhyNot:
    """What stands between a site and the plan.

    Parameters
    ----------
    site_id, cost_idr
        The site, and what its cheapest action costs.
    chosen
        Whether the plan has it.
    gain_alone
        People it would gain if it were the only action, as the wish counts them.
    cost_enough
        A cost at which the plan would choose it (found by making that plan); None: at none above a hundredth of it.
    limit_enough
        The least of the larger limits tried (in the unit of the wish) with which it is chosen; None: with none.
    """

    site_id: str
    cost_idr: float
    chosen: bool
    gain_alone: float
    cost_enough: float | None
    limit_enough: float | None


def why_not(options: Options, wish: Wish, site_id: str, plan: Plan | None = None) -> WhyNot:
    """Tell what would have to change for a site to be chosen.

    Parameters
    ----------
    options
        All choices.
    wish
        With a limit of money or of actions; a target has no "not chosen for want of money".
    site_id
        Of a choice.
    plan
        The plan of that wish, where it is known already.

    Raises
    ------
    CallError
        If the site is no choice, or the wish has no limit.
    """
    mine = (options.table["site_id"] == site_id).to_numpy(dtype=bool)
    if not mine.any():
        raise CallError("error.not_a_choice", site_id=site_id)
    if wish.limit is None:
        raise CallError("error.limit_or_target")
    cost = float(options.table.loc[mine, "cost_idr"].min())
    plan = plan or best_plan(options, wish)
    one = replace(wish, limit=1.0, unit="actions", target_share=None, floor_share=0.0, committed=())
    alone = best_plan(replace(options, table=options.table[mine].reset_index(drop=True)), one)
    if _has(plan, site_id):
        return WhyNot(site_id, cost, True, alone.people_gained, None, None)
    cheaper = _cheaper(options, wish, plan, site_id, cost) if wish.unit == "idr" and alone.people_gained > 0 else None
    larger = _larger(options, wish, site_id) if alone.people_gained > 0 else None
    return WhyNot(site_id, cost, False, alone.people_gained, cheaper, larger)


def _has(plan: Plan, site_id: str) -> bool:
    return any(step.site_id == site_id for step in plan.steps)


def _cheaper(options: Options, wish: Wish, plan: Plan, site_id: str, cost: float) -> float | None:
    """A cost at which the plan chooses the site, the dearest to a fiftieth; below a hundredth none is sought.

    The plan that is known stays possible: one that gains less proves nothing.
    """
    mine = (options.table["site_id"] == site_id).to_numpy(dtype=bool)
    low, high, found = 0.0, 1.0, None
    while high > _LEAST and high - low > _NEAR * high:
        part = (low + high) / 2
        table = options.table.copy()
        table.loc[mine, "cost_idr"] = table.loc[mine, "cost_idr"] * part
        tried = best_plan(replace(options, table=table), wish)
        if _has(tried, site_id) and (wish.poor_weight or tried.people_gained >= plan.people_gained - HALF):
            low, found = part, part * cost
        else:
            high = part
    return found


def _larger(options: Options, wish: Wish, site_id: str) -> float | None:
    """The least of some larger limits with which the site is chosen; more money may always go elsewhere first."""
    limit = float(wish.limit or 0.0)
    most = float(options.table["cost_idr"].sum()) if wish.unit == "idr" else float(len(options.table))
    if most <= limit:
        return None
    tried = np.linspace(limit, most, _LARGER + 1)[1:]
    if wish.unit == "actions":
        tried = np.unique(np.ceil(tried))
    for one in tried.tolist():
        if _has(best_plan(options, replace(wish, limit=one)), site_id):
            return float(one)
    return None
