"""The cost sheet: what an action costs, adds, and takes to keep going; shipped, and changed by the forum."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from geo.model.arrays import Floats
from geo.model.changes import ACTIONS, CostChange
from geo.model.errors import CallError
from geo.model.facts import facts
from geo.model.sites import kind_column


@dataclass(frozen=True)
class CostLine:
    """A line: rupiah for the action, people it adds (None: the standard's), years it lasts, upkeep and major a year."""

    action: str
    technology: str
    cost_idr: float
    capacity_people: float | None
    life_years: float
    upkeep_idr: float
    major_idr: float
    year: int
    source: str
    region: str
    verified: bool

    @property
    def yearly_idr(self) -> float:
        """Life-cycle cost of a year: capital over its life, upkeep, major maintenance (without interest)."""
        return self.cost_idr / self.life_years + self.upkeep_idr + self.major_idr


@dataclass(frozen=True)
class CostSheet:
    """The lines by action and technology."""

    lines: tuple[CostLine, ...]

    def line(self, action: str, technology: str) -> CostLine | None:
        """Return the line of an action on a technology; None where the sheet has none: then it cannot be planned."""
        return self._by_key().get((action, technology))

    def _by_key(self) -> dict[tuple[str, str], CostLine]:
        return {(line.action, line.technology): line for line in self.lines}

    def with_changes(self, changes: Iterable[CostChange]) -> CostSheet:
        """Return the sheet with the forum's own figures in place of the shipped ones, in order."""
        lines = self._by_key()
        for change in changes:
            if change.action not in ACTIONS:
                raise CallError("error.option", name="action", value=change.action, known=", ".join(ACTIONS))
            lines[change.action, change.technology] = CostLine(**asdict(change), verified=True)
        return CostSheet(tuple(lines.values()))

    def repair_idr(self, rows: pd.DataFrame, kind: str) -> Floats:
        """Cost of repairing sites, float64 of shape (n,): the inventory's figure, else the sheet's for the status.

        `kind` is the column with the technology. Missing where neither is known.
        """
        by_key = self._by_key()
        share = facts("costs")["share_by_status"]
        names = [cost_name("water" if kind == kind_column("water") else "sanitation", name) for name in rows[kind]]
        full = [by_key[("repair", name)].cost_idr if ("repair", name) in by_key else np.nan for name in names]
        part = [share.get(status, 1.0) for status in rows["status"]]
        own = pd.to_numeric(rows["rehab_cost_idr"], errors="coerce").to_numpy(dtype=float)
        sheet = np.array(full, dtype=float) * np.array(part, dtype=float)
        return np.asarray(np.where(np.isnan(own), sheet, own), dtype=float)


def cost_name(service: str, kind: str) -> str:
    """Return the name under which the sheet holds a technology or kind of facility.

    What is unknown of a facility is not what is unknown of a water point: nobody knows its cost.

    Examples
    --------
    >>> cost_name("water", "unknown"), cost_name("sanitation", "unknown"), cost_name("sanitation", "mck")
    ('unknown', 'unknown_facility', 'mck')
    """
    return "unknown_facility" if service == "sanitation" and kind == "unknown" else kind


@cache
def shipped_costs() -> CostSheet:
    """Return the sheet of `data/costs.toml`.

    Examples
    --------
    >>> shipped_costs().line("repair", "hand_pump").cost_idr
    12000000.0
    >>> shipped_costs().line("repair", "moon") is None
    True
    """
    sheet = facts("costs")
    shared = {name: sheet[name] for name in ("year", "source", "region", "verified")}
    return CostSheet(tuple(_line(entry | {k: entry.get(k, v) for k, v in shared.items()}) for entry in sheet["line"]))


def _line(entry: dict[str, Any]) -> CostLine:
    people = entry.get("capacity_people")
    return CostLine(
        action=entry["action"],
        technology=entry["technology"],
        cost_idr=float(entry["cost_idr"]),
        capacity_people=None if people is None else float(people),
        life_years=float(entry["life_years"]),
        upkeep_idr=float(entry["upkeep_idr"]),
        major_idr=float(entry["major_idr"]),
        year=int(entry["year"]),
        source=str(entry["source"]),
        region=str(entry["region"]),
        verified=bool(entry["verified"]),
    )
