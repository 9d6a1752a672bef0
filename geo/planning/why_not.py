"""Why a site or village is not in the plan, and what would have to change: a cheaper action, more money, other data.

Costs and limits that would be enough are found by making those plans; a site that is no choice has a reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from geo.coverage.states import surveyed, why_not_counted
from geo.model.areas import area_mask
from geo.model.errors import CallError
from geo.model.sites import REPAIRABLE
from geo.planning.by_replay import HALF
from geo.planning.options import Options
from geo.planning.plans import Plan, Wish, best_plan, replay_of

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
        A limit (in the unit of the wish) with which it is chosen, the least found: eight larger ones are tried, then
        between the first that is enough and the one before it to a fiftieth; None: with none of them.
    """

    site_id: str
    cost_idr: float
    chosen: bool
    gain_alone: float
    cost_enough: float | None
    limit_enough: float | None


#: Why a site of the data is no choice of a plan, the first that holds.
REASONS = ("elsewhere", "works", "not_counted", "gone", "not_asked", "no_cost")


@dataclass(frozen=True)
class NoChoice:
    """A site that no plan may choose, and why: one of `REASONS`; `reported_on`: when its status was last told.

    `since`, where the standard never counts it, says for what (`geo.coverage.states.NOT_COUNTED`).
    """

    site_id: str
    service: str
    reason: str
    status: str
    reported_on: date | None
    since: str = ""


@dataclass(frozen=True)
class VillageWhyNot:
    """What stands between a village and the plan.

    Parameters
    ----------
    village_code, actions
        The village, and how many of the plan's actions stand in it.
    gap, unmapped
        By service its people in a gap state as things stand, and those of whom nobody knows.
    site
        Of the choices in it that the plan leaves out, the one that gains most people alone, and what would have to
        change for it; None where none gains anybody.
    outside
        Whether it lies outside the area of the plan.
    unknown
        Whether nobody knows how many people live there, so that nothing can be said of who is served.
    """

    village_code: str
    actions: int
    gap: dict[str, float] = field(default_factory=dict)
    unmapped: dict[str, float] = field(default_factory=dict)
    site: WhyNot | None = None
    outside: bool = False
    unknown: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return vars(self) | {"site": None if self.site is None else vars(self.site)}


Answer = WhyNot | NoChoice | VillageWhyNot


def why_not_any(options: Options, wish: Wish, name: str, plan: Plan | None = None) -> Answer:
    """Answer for whatever has that name: a choice, another site of the data, or a village by its code.

    Raises
    ------
    CallError
        If nothing has that name, or the wish has no limit.
    """
    if (options.table["site_id"] == name).any():
        return why_not(options, wish, name, plan)
    told = no_choice(options, name)
    if told is not None:
        return told
    if any((c.places["village_code"] == name).any() for c in options.lists.values()):
        return why_not_village(options, wish, name, plan)
    raise CallError("error.not_a_choice", site_id=name)


def no_choice(options: Options, site_id: str) -> NoChoice | None:
    """Return why a site of the data is no choice; None where it is one, or where there is no such site."""
    if (options.table["site_id"] == site_id).any():
        return None
    for name, c in options.lists.items():
        found = np.flatnonzero(c.service.ids == site_id)
        if not len(found):
            continue
        row = int(found[0])
        known = c.sites.iloc[row]
        status, service = str(known["status"]), c.service
        on = pd.to_datetime(known["reported_on"], errors="coerce")
        if not area_mask([known["village_code"]], options.params.area)[0]:
            reason = "elsewhere"
        elif service.working[row]:
            reason = "works"
        elif not service.eligible[row]:
            reason = "not_counted"
        elif status not in REPAIRABLE:
            reason = "gone"
        else:
            reason = "no_cost" if "repair" in options.actions else "not_asked"
        since = why_not_counted(c.sites.iloc[[row]], name, service.rule)[0] if reason == "not_counted" else None
        return NoChoice(site_id, name, reason, status, None if pd.isna(on) else on.date(), since or "")
    return None


def why_not_village(options: Options, wish: Wish, village_code: str, plan: Plan | None = None) -> VillageWhyNot:
    """Tell what would have to change for a village to have an action in the plan.

    Raises
    ------
    CallError
        If no place or site is in the village, or the wish has no limit.
    """
    if wish.limit is None:
        raise CallError("error.limit_or_target")
    gap, unmapped, there, people = {}, {}, False, 0.0
    for name, c in options.lists.items():
        mine = (c.places["village_code"] == village_code).to_numpy(dtype=bool)
        there |= bool(mine.any() or (c.sites["village_code"] == village_code).any())
        left, known = c.service.sharing.left, surveyed(c.places, name)
        people += float(np.nansum(c.places["people"].to_numpy(dtype=float)[mine]))
        gap[name], unmapped[name] = float(left[mine & known].sum()), float(left[mine & ~known].sum())
    if not there:
        raise CallError("error.area_without_data", value=village_code)
    plan = plan or best_plan(options, wish)
    inside = [step for step in plan.steps if step.village_code == village_code]
    rows = options.table[(options.table["village_code"] == village_code).to_numpy(dtype=bool)]
    rows = rows[~rows["site_id"].isin({step.site_id for step in plan.steps})]
    replay = replay_of(options, wish)
    alone = {name: c.gained.per_site(replay.counted(c).astype(float)) for name, c in options.lists.items()}
    gains = [float(alone[service][n]) for service, n in zip(rows["service"], rows["number"], strict=True)]
    best = None
    if gains and max(gains) >= HALF:
        most = max(range(len(gains)), key=lambda n: (gains[n], -float(rows["cost_idr"].iloc[n])))
        best = why_not(options, wish, str(rows["site_id"].iloc[most]), plan)
    outside = not area_mask([village_code], options.params.area)[0]
    return VillageWhyNot(village_code, len(inside), gap, unmapped, best, outside, people < HALF)


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
        part = _told((low + high) / 2 * cost) / cost
        if not low < part < high:
            break
        table = options.table.copy()
        table.loc[mine, "cost_idr"] = table.loc[mine, "cost_idr"] * part
        tried = best_plan(replace(options, table=table), wish)
        if _has(tried, site_id) and (wish.poor_weight or tried.people_gained >= plan.people_gained - HALF):
            low, found = part, part * cost
        else:
            high = part
    return found


def _told(money: float) -> float:
    """An amount as people say one, of three figures: what is told is what was tried."""
    step = 10.0 ** max(np.floor(np.log10(max(money, 1.0))) - 2, 0)
    return float(round(money / step) * step)


def _larger(options: Options, wish: Wish, site_id: str) -> float | None:
    """The least of some larger limits with which the site is chosen; more money may always go elsewhere first."""
    limit = float(wish.limit or 0.0)
    most = float(options.table["cost_idr"].sum()) if wish.unit == "idr" else float(len(options.table))
    if most <= limit:
        return None
    tried = np.linspace(limit, most, _LARGER + 1)[1:]
    if wish.unit == "idr":
        tried = np.array([_told(one) for one in tried.tolist() if _told(one) > limit])
    whole = wish.unit == "actions"
    low = limit
    for one in (np.unique(np.ceil(tried)) if whole else tried).tolist():
        if _has(best_plan(options, replace(wish, limit=one)), site_id):
            return _between(options, wish, site_id, low, float(one))
        low = one
    return None


def _between(options: Options, wish: Wish, site_id: str, low: float, high: float) -> float:
    """A limit with which the site is chosen, between one that is not enough and one that is, to a fiftieth or one."""
    while high - low > (1.0 if wish.unit == "actions" else _NEAR * high):
        middle = _told((low + high) / 2) if wish.unit == "idr" else float((low + high) // 2)
        if not low < middle < high:
            break
        if _has(best_plan(options, replace(wish, limit=middle)), site_id):
            high = middle
        else:
            low = middle
    return high
