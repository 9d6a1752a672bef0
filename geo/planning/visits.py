"""Which sites to look at again before the money is spent: those whose true state would most likely change the plan.

For each site that may work already (`geo.priorities.uncertainty.needless`), two worlds are compared in which it does:
the plan as it stands, which then spends on it for nothing, and the best plan one would have made knowing it. The
difference in people, times the chance of that world, is what a visit is worth at most (the expected value of perfect
information on this one site; Raiffa 1968).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geo.model.changes import Change, Changes
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.planning.options import Options, options_of
from geo.planning.plans import Plan, best_plan
from geo.priorities.indicators import evidence
from geo.priorities.uncertainty import needless

#: Sites looked into, those with most to lose first; visits told.
LOOKED_INTO, TOLD = 25, 5


@dataclass(frozen=True)
class Visit:
    """A site worth a visit: how likely it works already, and the people a plan made with that knowledge serves more."""

    service: str
    site_id: str
    chance: float
    people: float
    in_plan: bool

    @property
    def expected(self) -> float:
        """People a visit is worth: chance × people."""
        return self.chance * self.people


def worth_visiting(inputs: Inputs, params: Params, changes: Changes, options: Options, plan: Plan) -> list[Visit]:
    """Return the visits that would most likely change the plan, the most valuable first, at most `TOLD`.

    Parameters
    ----------
    inputs, params, changes
        What the options were made from.
    options, plan
        The choices, and the plan to question.
    """
    wish = replace(plan.wish, seconds=min(plan.wish.seconds, 5.0), committed=())
    if wish.limit is None:
        wish = replace(wish, limit=_spent(plan), target_share=None)
    planned = {(step.service, step.site_id) for step in plan.steps}
    found = []
    for service, site_id, chance in _doubtful(options, planned):
        known = (*changes, Change(service, site_id, "functional"))
        there = options_of(inputs, params, known, actions=options.actions)
        best = best_plan(there, wish)
        kept = _kept(there, plan, (service, site_id))
        people = max(best.people_gained + best.unmapped_gained - kept, 0.0)
        if people >= 0.5:
            found.append(Visit(service, site_id, chance, people, (service, site_id) in planned))
    return sorted(found, key=lambda visit: (-visit.expected, visit.site_id))[:TOLD]


def _spent(plan: Plan) -> float:
    return plan.cost_idr if plan.wish.unit == "idr" else float(len(plan.steps))


def _doubtful(options: Options, planned: set[tuple[str, str]]) -> list[tuple[str, str, float]]:
    """Repairs that may be needless, those first where most people hang on it."""
    rows = options.table[options.table["action"] == "repair"]
    found = []
    for name, c in options.lists.items():
        mine = rows[rows["service"] == name]
        numbers = mine["number"].to_numpy(dtype=np.int64)
        sites = c.sites.iloc[c.rows[numbers]]
        trust = evidence(c).to_numpy(dtype=float)[numbers]
        chance = needless((sites["status"] == "unknown").to_numpy(dtype=bool), trust)
        gains = [sum(c.gain_of([n]).values()) for n in numbers.tolist()]
        for site_id, likely, gain in zip(mine["site_id"], chance.tolist(), gains, strict=True):
            stake = likely * gain * (2.0 if (name, site_id) in planned else 1.0)
            if stake > 0:
                found.append((stake, name, str(site_id), likely))
    found.sort(key=lambda entry: (-entry[0], entry[2]))
    return [(name, site_id, likely) for _, name, site_id, likely in found[:LOOKED_INTO]]


def _kept(there: Options, plan: Plan, gone: tuple[str, str]) -> float:
    """People the plan still gains in the other world, without the site that turned out to work."""
    total = 0.0
    for name, c in there.lists.items():
        rows = there.table[there.table["service"] == name]
        by_key = {(r.action, r.site_id): int(r.number) for r in rows.itertuples()}
        steps = [s for s in plan.steps if s.service == name and (s.service, s.site_id) != gone]
        numbers = [by_key[s.action, s.site_id] for s in steps if (s.action, s.site_id) in by_key]
        total += sum(c.gain_of(numbers).values())
    return total
