"""Several yardsticks on the same data, side by side, and why they differ, in numbers of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from geo.analysis.analyse import check_area, prepared_sites
from geo.analysis.replay import apply_changes
from geo.coverage.demand import demand_places
from geo.coverage.standards import Limits, limits
from geo.coverage.states import place_states, share_out, with_gap
from geo.model.areas import area_mask
from geo.model.changes import Changes
from geo.model.errors import CallError
from geo.model.facts import facts, standard_keys
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.model.sites import STATES
from geo.reach.walking import ways_of

#: Three that answer different questions: the JMP's ladder, the Water Point Data Exchange's rule, an emergency's.
THREE = ("jmp", "wpdx", "sphere")
#: What tells two yardsticks apart, in the order in which it is changed.
REASONS = ("reach", "improved", "capacity")


@dataclass(frozen=True, eq=False)
class Yardsticks:
    """`states` has one row per yardstick (states, population, gap, share, reach), `reasons` one per neighbouring pair.

    `reasons`: `standard`, `against`, then for each of `REASONS` the people served more (or less) when the first
    yardstick takes that from the other, one after another; they add up to `difference`.
    """

    states: pd.DataFrame
    reasons: pd.DataFrame

    def as_dict(self) -> dict[str, Any]:
        """Return both as lists of rows."""
        return {"standards": self.states.to_dict("records"), "reasons": self.reasons.to_dict("records")}


def compare(
    inputs: Inputs, params: Params, changes: Changes = (), keys: Sequence[str] = THREE, service: str = "water"
) -> Yardsticks:
    """Compute the states under several standards, each by its own rules (`params.radius_m` is set aside).

    Parameters
    ----------
    inputs, params, changes
        As for `geo.analysis.analyse.analyse`.
    keys
        Standards, at least two.
    service
        ``water`` or ``sanitation``.

    Raises
    ------
    CallError
        If a standard is not known, or there are fewer than two.
    """
    for key in keys:
        if key not in standard_keys():
            raise CallError("error.option", name="standards", value=key, known=", ".join(standard_keys()))
    if len(set(keys)) < 2:
        raise CallError("error.two_standards", known=", ".join(standard_keys()))
    inputs = apply_changes(inputs, changes)
    check_area(inputs, params)
    places, _ = demand_places(inputs, assume_mapped=params.assume_mapped)
    sites = prepared_sites(inputs)[0][service]
    ways = ways_of(inputs, params)
    mine = area_mask(places["village_code"], params.area) if params.area else np.ones(len(places), dtype=bool)

    def under(rule: Limits) -> pd.Series:
        found = share_out(places, sites, service, params, ways, rule=rule)
        sums = place_states(places, found)[np.asarray(mine)].sum(min_count=1)
        return with_gap(sums[list(STATES)].to_frame().T).iloc[0]

    rules = {key: limits(params.with_(standard=key, radius_m=None), service) for key in keys}
    totals = {key: under(rule) for key, rule in rules.items()}
    rows = [
        {"standard": key, "reach_m": rules[key].reach_m, "improved_only": rules[key].improved_only}
        | {"verified": bool(facts("standards")[key]["verified"])}
        | {name: _plain(totals[key][name]) for name in ("population", *STATES, "gap", "share")}
        for key in keys
    ]
    reasons = []
    for one, other in pairwise(keys):
        steps = [totals[one]["served"], *(under(rule)["served"] for rule in _steps(rules[one], rules[other]))]
        parts = dict(zip(REASONS, np.diff(steps).tolist(), strict=True))
        reasons.append({"standard": one, "against": other, **parts, "difference": float(steps[-1] - steps[0])})
    return Yardsticks(pd.DataFrame(rows), pd.DataFrame(reasons))


def _steps(one: Limits, other: Limits) -> list[Limits]:
    """The first rule with the reach, then also what counts, then also the capacities of the other."""
    reach = replace(one, reach_m=other.reach_m)
    counts = replace(reach, improved_only=other.improved_only, separated=other.separated)
    return [reach, counts, other]


def _plain(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)
