"""What a yardstick asks of a point: how far, how many people, improved or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.model.facts import facts
from geo.model.params import Params


@dataclass(frozen=True)
class Limits:
    """One service under one standard: reach in metres, people per site by class, improved sources only or not.

    `separated`: a source within 10 m of excreta storage does not count.
    """

    reach_m: float
    improved_only: bool
    people: tuple[tuple[str, float], ...]
    facility_people: float | None
    separated: bool = False


def limits(params: Params, service: str) -> Limits:
    """Return the limits of a standard for a service.

    A round trip in minutes becomes a one-way line distance: half of the time that is left after the queue, at the
    walking speed. `params.radius_m` overrides the reach of water points.

    Parameters
    ----------
    params
        With `standard`, `radius_m` (metres), `walking_kmh`, `queue_min`.
    service
        ``water`` or ``sanitation``.

    Examples
    --------
    >>> limits(Params(standard="jmp"), "water").reach_m
    1000.0
    >>> limits(Params(standard="sphere", radius_m=300), "water").reach_m
    300.0
    """
    entry = facts("standards")[params.standard]
    if service == "sanitation":
        people = entry.get("sanitation_people")
        return Limits(float(entry["sanitation_reach_m"]), False, (), None if people is None else float(people))
    if params.radius_m is not None:
        reach = float(params.radius_m)
    elif "reach_m" in entry:
        reach = float(entry["reach_m"])
    else:
        minutes = max(float(entry["round_trip_min"]) - params.queue_min, 0.0) / 2
        reach = minutes / 60 * params.walking_kmh * 1000
    people = tuple((name, float(value)) for name, value in entry.get("people", {}).items())
    return Limits(reach, bool(entry["improved_only"]), people, None, bool(entry.get("separated", False)))


def protection(points: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Which points are known to be improved, and which are known not to be: as stated, else by their technology.

    Two arrays, bool of shape (n,). Source: JMP core questions on drinking water (2018).

    Examples
    --------
    >>> table = pd.DataFrame({"improved": [None, None, False], "technology": ["hand_pump", "unknown", "tap"]})
    >>> [part.tolist() for part in protection(table)]
    [[True, False, False], [False, False, True]]
    """
    kinds = {name: entry.get("improved") for name, entry in facts("technologies").items()}
    own = points["improved"].astype("boolean")
    said, yes = own.notna().to_numpy(dtype=bool), own.fillna(False).to_numpy(dtype=bool)
    by_kind = [
        points["technology"].isin([name for name, value in kinds.items() if value is wanted]).to_numpy(dtype=bool)
        for wanted in (True, False)
    ]
    return np.where(said, yes, by_kind[0]), np.where(said, ~yes, by_kind[1])


def capacities(sites: pd.DataFrame, service: str, rule: Limits) -> np.ndarray:
    """Return people per site, float64 of shape (n,): its own figure, else the standard's, else infinite.

    `extra_people`, where an upgrade was decided, comes on top.

    Examples
    --------
    >>> sites = pd.DataFrame({"capacity_people": [None, 80.0], "technology": ["hand_pump", "tap"]})
    >>> capacities(sites, "water", limits(Params(standard="sphere"), "water")).tolist()
    [500.0, 80.0]
    """
    own = pd.to_numeric(sites["capacity_people"], errors="coerce")
    extra = sites["extra_people"].fillna(0.0).to_numpy(dtype=float) if "extra_people" in sites else 0.0
    if service == "sanitation":
        shared = np.inf if rule.facility_people is None else rule.facility_people
        return np.asarray(own.fillna(shared), dtype=float) + extra
    people = dict(rule.people)
    of_kind = {name: people.get(entry.get("people_class", "")) for name, entry in facts("technologies").items()}
    standard = sites["technology"].astype(object).map(of_kind).astype(float).fillna(np.inf)
    return np.asarray(np.where(own.isna(), standard, own.to_numpy(dtype=float, na_value=np.nan)) + extra, dtype=float)


def is_working(status: pd.Series, season: str, *, unknown_works: bool = False) -> np.ndarray:
    """Return per site whether it works in the season, bool of shape (n,).

    Working = functional or needs_repair; dry_season too, in the wet season.

    Examples
    --------
    >>> is_working(pd.Series(["functional", "dry_season", "unknown"]), "dry").tolist()
    [True, False, False]
    """
    working = {"functional", "needs_repair"}
    if season == "wet":
        working.add("dry_season")
    if unknown_works:
        working.add("unknown")
    return np.asarray(status.isin(working), dtype=bool)
