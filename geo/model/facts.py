"""The facts that ship with the project (`data/*.toml`), read once and never changed."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from geo.model.errors import CallError

DATA_DIR = Path(__file__).resolve().parents[2] / "data"


@cache
def facts(name: str) -> MappingProxyType[str, Any]:
    """Return one facts file as a read-only mapping.

    Examples
    --------
    >>> sorted(facts("standards"))[:3]
    ['defaults', 'id', 'jmp']
    """
    with (DATA_DIR / f"{name}.toml").open("rb") as file:
        return MappingProxyType(tomllib.load(file))


def standard_keys() -> list[str]:
    """Names of the yardsticks, in the order of the file.

    Examples
    --------
    >>> standard_keys()
    ['jmp', 'wpdx', 'sphere', 'unhcr', 'id']
    """
    return [key for key in facts("standards") if key != "defaults"]


def criteria() -> dict[str, dict[str, Any]]:
    """The indicators that a score is made of: those of `data/indicators.toml` with a weight at the start.

    Examples
    --------
    >>> next(iter(criteria())), criteria()["cost_per_person_idr"]["higher_is_better"]
    ('gain_people', False)
    """
    return {name: entry for name, entry in facts("indicators").items() if "weight" in entry}


def readers() -> tuple[str, ...]:
    """Whom the guide speaks to, in its order.

    Examples
    --------
    >>> readers()
    ('planner', 'member', 'engineer', 'operator')
    """
    return tuple(dict.fromkeys(str(task["who"]) for task in facts("guide_tasks")["tasks"]))


def columns_of(table: str) -> dict[str, dict[str, Any]]:
    """Declared columns of a table, by name.

    Raises
    ------
    CallError
        If there is no such table.

    Examples
    --------
    >>> "status" in columns_of("water_points")
    True
    """
    tables = facts("tables")
    if table not in tables:
        raise CallError("error.table", value=table, known=", ".join(tables))
    columns: dict[str, dict[str, Any]] = tables[table]["columns"]
    return columns
