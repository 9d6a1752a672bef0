"""What people chose, in the engine's figures: who gains by some actions, and the best for the same money."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from geo.model.arrays import Ints
from geo.planning.options import Options
from geo.planning.plans import Plan, Wish, best_plan, replay_of

#: Service, action and site: what names a choice.
Choice = tuple[str, str, str]


@dataclass(frozen=True)
class Brought:
    """What some actions bring together: people gained (gap states to served), by village too, nobody counted twice.

    `poor_gained` are the poor among them where a village tells its poor; None: no village of theirs does.
    `unmapped_gained` are people of unmapped villages reached besides. `missing` are choices that the data do not have.
    """

    people_gained: float
    unmapped_gained: float
    poor_gained: float | None
    by_village: Mapping[str, float]
    missing: tuple[Choice, ...]


def among(options: Options, costs: Mapping[Choice, float]) -> Options:
    """Return options that hold these choices alone, at these costs."""
    table = options.table
    names = list(zip(table["service"], table["action"], table["site_id"], strict=True))
    kept = table[[name in costs for name in names]].reset_index(drop=True)
    kept = kept.assign(cost_idr=[float(costs[name]) for name in names if name in costs])
    return replace(options, table=kept)


def optimum(options: Options, costs: Mapping[Choice, float], budget_idr: float) -> Plan:
    """Return the plan that serves most people for a budget, of these choices at these costs."""
    return best_plan(among(options, costs), Wish(limit=budget_idr))


def brought(options: Options, choices: Collection[Choice]) -> Brought:
    """Tell what some choices bring if all of them are carried out.

    Parameters
    ----------
    options
        From `geo.planning.options.options_of`, with their actions.
    choices
        Each once.
    """
    table = options.table
    names = list(zip(table["service"], table["action"], table["site_id"], strict=True))
    wanted = set(choices)
    rows: Ints = np.array([n for n, name in enumerate(names) if name in wanted], dtype=np.int64)
    replay = replay_of(options, Wish(limit=0.0))
    people = unmapped = poor = 0.0
    told, by_village = False, dict[str, float]()
    for part, mine in replay.split(rows).items():
        c = options.lists[replay.parts[part][0]]
        counted = replay.counted(c)
        villages, shares = c.places["village_code"].to_numpy(), c.places["poor_share"].to_numpy(dtype=float)
        for place, gained in replay.gained(part, mine).items():
            if not counted[place]:
                unmapped += gained
                continue
            people += gained
            code = str(villages[place])
            by_village[code] = by_village.get(code, 0.0) + gained
            if shares[place] == shares[place]:
                told, poor = True, poor + gained * shares[place]
    missing = tuple(sorted(wanted - set(names)))
    return Brought(people, unmapped, poor if told else None, by_village, missing)
