"""The project's own figures of a small world, for the oracles to be held against. The one module here that asks `geo`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from typing import Any

import pandas as pd
from shapely.geometry.base import BaseGeometry

from geo.analysis.analyse import analyse
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.model.results import Analysis
from tests.builders import table

from . import demand, facts, states, worlds
from .ground import Place

#: Random worlds an oracle is tried on: 20 in `make test`, 500 by `make oracles`.
WORLDS = int(os.environ.get("ORACLE_WORLDS", "20"))
STANDARDS = ("wpdx", "id", "jmp", "unhcr", "sphere")
TODAY = date(2026, 11, 27)


def world_of(seed: int, **more: Any) -> worlds.World:
    """The world of a seed; in every third some settlements are uncounted, in every fifth some villages have none."""
    told = {"missing_counts": 0.2 if seed % 3 == 2 else 0.0, "spread_villages": seed % 5 == 4} | more
    return worlds.world(seed, worlds.Recipe(**told))


def params_of(seed: int, **more: Any) -> Params:
    """Each standard in turn, in either season, now and then with a detour, a queue, or without capacities."""
    told: dict[str, Any] = {
        "standard": STANDARDS[seed % 5],
        "season": ("wet", "dry")[seed // 5 % 2],
        "detour": 1.3 if seed % 4 == 3 else 1.0,
        "queue_min": 4.0 if seed % 6 == 5 else 0.0,
        "capacity": seed % 7 != 6,
        "draws": 50,
        "as_of": TODAY,
    }
    return Params(**told | more)


def yard_of(params: Params) -> facts.Yardstick:
    """The same for the oracles."""
    return facts.yardstick(
        params.standard,
        radius_m=params.radius_m,
        detour=params.detour,
        queue_min=params.queue_min,
        walking_kmh=params.walking_kmh,
        with_capacity=params.capacity,
    )


def inputs_of(made: worlds.World) -> Inputs:
    """A world as the engine takes it."""
    tables = {
        "villages": made.villages,
        "settlements": made.settlements,
        "water_points": made.water,
        "sanitation": made.sanitation,
        "institutions": made.institutions,
    }
    return Inputs.of({name: table(name, list(rows_of(one))) for name, one in tables.items() if len(one)})


def rows_of(one: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The rows of a table, missing cells None."""
    for row in one.to_dict("records"):
        yield {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    return value if isinstance(value, BaseGeometry) or not pd.isna(value) else None


def found_by(made: worlds.World, params: Params, **more: Any) -> Analysis:
    """What the engine computes of a world."""
    return analyse(inputs_of(made), params, **more)


def grounds_of(made: worlds.World, params: Params) -> dict[str, states.Ground]:
    """The same world for the oracles, by service."""
    yard, places = yard_of(params), places_of(made)
    return {
        "water": states.water_ground(places, made.water, made.sanitation, yard, params.season),
        "sanitation": states.sanitation_ground(places, made.sanitation, yard, params.season),
    }


def places_of(made: worlds.World) -> list[Place]:
    """Where the oracles put the people."""
    return demand.places_of(made.villages, made.settlements)


def differing(ours: pd.DataFrame, theirs: pd.DataFrame, within: float = 1e-6) -> list[str]:
    """Cells in which two tables differ, one line each; rows that only one of them has, too."""
    found = [f"row {key} in one only" for key in sorted(set(ours.index) ^ set(theirs.index))]
    for key in ours.index.intersection(theirs.index):
        for column in ours.columns:
            a, b = _number(ours.at[key, column]), _number(theirs.at[key, column])
            if (a != a) != (b != b) or abs(a - b) > within * max(1.0, abs(a)):
                found.append(f"{key} {column}: oracle {a}, project {b}")
    return found


def _number(value: Any) -> float:
    return float("nan") if value is None or pd.isna(value) else float(value)
