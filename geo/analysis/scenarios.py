"""Scenarios: named lists of changes over a data version, told apart by who gains what, where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from geo.analysis.analyse import analyse
from geo.model.changes import Changes, as_record, from_record
from geo.model.errors import DataError
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.model.results import Analysis
from geo.model.sites import SERVICES


@dataclass(frozen=True)
class Scenario:
    """A data version, parameters, and ordered changes, under a name; what it costs, where that is known."""

    name: str
    version: str
    params: Params
    changes: Changes
    cost_idr: float | None = None
    note: str = ""

    def as_content(self) -> dict[str, Any]:
        """Return the scenario as plain values, for the record."""
        params = {field.name: getattr(self.params, field.name) for field in fields(self.params)}
        params["as_of"] = self.params.as_of.isoformat()
        params["weights"] = [list(pair) for pair in self.params.weights]
        changes = [as_record(change) for change in self.changes]
        told = {"name": self.name, "version": self.version, "cost_idr": self.cost_idr, "note": self.note}
        return {**told, "params": params, "changes": changes}


def from_content(content: Mapping[str, Any]) -> Scenario:
    """Return the scenario that `Scenario.as_content` wrote down.

    Raises
    ------
    DataError
        If it was written by another version of Mata Air and cannot be read.
    """
    try:
        params = dict(content["params"])
        params["as_of"] = date.fromisoformat(params["as_of"])
        params["weights"] = tuple((str(name), float(value)) for name, value in params["weights"])
        return Scenario(
            name=content["name"],
            version=content["version"],
            params=Params(**params),
            changes=tuple(from_record(change) for change in content["changes"]),
            cost_idr=content["cost_idr"],
            note=content["note"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DataError("error.scenario", name=content.get("name", "?"), reason=str(error)) from error


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a scenario brings: its analysis, and per service the figures that a forum compares.

    `figures[service]` holds `served, gap, share, best_share, worst_share`, `gained` (served people more than without
    the scenario), `poor_share_served` (share of the poor people with service; missing where no village tells its
    poor), `worst_village` (code) and `worst_village_share`. `recorded` counts the record's changes that
    were replayed first.
    """

    scenario: Scenario
    analysis: Analysis
    figures: Mapping[str, Mapping[str, Any]]
    recorded: int = 0

    @property
    def gained(self) -> float:
        """People with service more than without the scenario, both services."""
        return sum(float(figures["gained"]) for figures in self.figures.values())


def outcome_of(inputs: Inputs, scenario: Scenario, record: Changes = ()) -> Outcome:
    """Analyse a scenario: the record's changes first, then its own.

    Parameters
    ----------
    inputs
        The data version that the scenario names.
    record
        What the forum's record changed since.
    """
    before = analyse(inputs, scenario.params, record, priorities=False)
    after = analyse(inputs, scenario.params, (*record, *scenario.changes), priorities=False)
    figures = {name: _figures(before, after, name) for name in SERVICES}
    return Outcome(scenario, after, figures, len(record))


def _figures(before: Analysis, after: Analysis, service: str) -> dict[str, Any]:
    total = after.totals[service]
    prefix = "" if service == "water" else "sanitation_"
    villages = after.villages[after.villages[f"{prefix}share"].notna()]
    worst = villages.sort_values([f"{prefix}share", "village_code"]).head(1)
    kept = {name: total[name] for name in ("served", "gap", "share", "best_share", "worst_share")}
    return kept | {
        "gained": (total["served"] or 0.0) - (before.totals[service]["served"] or 0.0),
        "poor_share_served": _poor(after.places, prefix),
        "worst_village": worst["village_code"].iloc[0] if len(worst) else None,
        "worst_village_share": float(worst[f"{prefix}share"].iloc[0]) if len(worst) else None,
    }


def _poor(places: pd.DataFrame, prefix: str) -> float | None:
    """Share of the poor with service, if each place's poor are served like its other people."""
    people = places["people"].to_numpy(dtype=float)
    poor = people * places["poor_share"].to_numpy(dtype=float)
    with_service = places[[f"{prefix}on_premises", f"{prefix}served"]].sum(axis=1).to_numpy(dtype=float)
    known = ~np.isnan(poor) & (people > 0)
    if not poor[known].sum() > 0:
        return None
    return float((poor[known] * with_service[known] / people[known]).sum() / poor[known].sum())


def who_differs(outcomes: Sequence[Outcome], service: str) -> pd.DataFrame:
    """Return people with service per village in each scenario, where they differ: code, name, a column per scenario.

    Villages of all scenarios together; a village that a scenario does not have is missing there, not zero.
    """
    prefix = "" if service == "water" else "sanitation_"
    tables = []
    for number, outcome in enumerate(outcomes):
        rows = outcome.analysis.villages
        rows = rows[rows["village_code"].notna()].set_index("village_code")
        people = rows[f"{prefix}on_premises"] + rows[f"{prefix}served"]
        tables.append(people.rename(str(number)))
    joined = pd.concat(tables, axis=1)
    names = pd.concat([o.analysis.villages.set_index("village_code")["name"] for o in outcomes])
    differ = joined[
        (joined.max(axis=1) - joined.min(axis=1) >= 0.5) | (joined.isna().any(axis=1) & joined.notna().any(axis=1))
    ]
    return differ.assign(name=names[~names.index.duplicated()].reindex(differ.index)).reset_index(names="village_code")


def only_in(one: Scenario, other: Scenario) -> tuple[str, ...]:
    """Return the sites that one scenario changes and the other does not.

    Examples
    --------
    >>> from geo.model.changes import Change
    >>> a = Scenario("A", "v", Params(), (Change("water", "p1", "functional"), Change("water", "p2", "functional")))
    >>> only_in(a, Scenario("B", "v", Params(), (Change("water", "p2", "functional"),)))
    ('p1',)
    """
    theirs = {getattr(change, "site_id", None) for change in other.changes}
    mine = (getattr(change, "site_id", None) for change in one.changes)
    return tuple(dict.fromkeys(site for site in mine if site is not None and site not in theirs))
