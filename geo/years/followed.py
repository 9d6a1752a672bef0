"""Next year: an earlier plan held against what is there now. What is not seen in the data is not called undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geo.coverage.standards import is_working
from geo.model.inputs import Inputs
from geo.model.sites import SERVICES, SITE_TABLES, site_id_column

#: What became of an action: it is there and works; it is there and does not; the data tell nothing of it.
DONE, NOT_DONE, NOT_SEEN = "done", "not_done", "not_seen"
#: Half a person.
_HALF = 0.5


@dataclass(frozen=True)
class Followed:
    """One action of an earlier plan, and what became of it."""

    year: int
    service: str
    action: str
    site_id: str
    village_code: str | None
    cost_idr: float
    gain_in_plan: float
    became: str


@dataclass(frozen=True)
class YearFollowed:
    """One year of an earlier plan: how many of its actions are seen to be done, their cost and people as planned."""

    year: int
    planned: int
    done: int
    not_seen: int
    planned_idr: float
    done_idr: float
    planned_people: float
    done_people: float


def followed(
    steps: Sequence[Mapping[str, Any]], inputs: Inputs, season: str = "wet", *, unchanged: bool = False
) -> list[Followed]:
    """Tell what became of each action of an earlier plan.

    Parameters
    ----------
    steps
        The `sites` of a plan's file; those of a plan without years are of the year 0.
    inputs
        The tables of today, statuses of the record replayed.
    season
        In which a site must work.
    unchanged
        The plan was made from these very data: nothing of it can be seen to be done.

    A repair, and whatever is built anew, is done where the site is there, works, and needs no repair. An upgrade is
    done where the record adds capacity to it, or the table states as much as the upgrade was to bring; a new site is
    not seen where no site of its id is there: it may stand under another.
    """
    works: dict[tuple[str, str], bool] = {}
    more: dict[tuple[str, str], bool] = {}
    stated: dict[tuple[str, str], float] = {}
    for service in SERVICES:
        table = getattr(inputs, SITE_TABLES[service])
        ids = table[site_id_column(service)].astype(str)
        good = is_working(table["status"], season) & (table["status"] != "needs_repair")
        works |= {(service, one): bool(yes) for one, yes in zip(ids, good, strict=True)}
        capacity = pd.to_numeric(table["capacity_people"], errors="coerce")
        stated |= {(service, one): float(people) for one, people in zip(ids, capacity, strict=True)}
        if "extra_people" in table:
            extra = pd.to_numeric(table["extra_people"], errors="coerce").fillna(0.0) > 0
            more |= {(service, one): bool(yes) for one, yes in zip(ids, extra, strict=True)}
    found = []
    for step in steps:
        key = str(step["service"]), str(step["site_id"])
        if unchanged:
            became = NOT_SEEN
        elif step["action"] == "upgrade":
            asked = float(step.get("capacity_people") or np.nan)
            became = DONE if more.get(key) or stated.get(key, np.nan) >= asked - _HALF else NOT_SEEN
        else:
            became = NOT_SEEN if key not in works else DONE if works[key] else NOT_DONE
        found.append(
            Followed(
                year=int(step.get("year") or 0),
                service=key[0],
                action=str(step["action"]),
                site_id=key[1],
                village_code=step.get("village_code"),
                cost_idr=float(step["cost_idr"]),
                gain_in_plan=float(step["gain_in_plan"]),
                became=became,
            )
        )
    return found


def by_year(rows: Sequence[Followed]) -> list[YearFollowed]:
    """Sum what became of a plan, by year."""
    found = []
    for year in sorted({row.year for row in rows}):
        mine = [row for row in rows if row.year == year]
        done = [row for row in mine if row.became == DONE]
        found.append(
            YearFollowed(
                year=year,
                planned=len(mine),
                done=len(done),
                not_seen=sum(row.became == NOT_SEEN for row in mine),
                planned_idr=sum(row.cost_idr for row in mine),
                done_idr=sum(row.cost_idr for row in done),
                planned_people=sum(row.gain_in_plan for row in mine),
                done_people=sum(row.gain_in_plan for row in done),
            )
        )
    return found
