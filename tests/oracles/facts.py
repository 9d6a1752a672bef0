"""What data/*.toml say, read anew: yardsticks, technologies, facilities, costs and criteria."""

import tomllib
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[2] / "data"


@cache
def facts(name: str) -> dict[str, Any]:
    """One file of facts as a dictionary."""
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Yardstick:
    """A standard with the settings of walking (DESIGN.md 3; data/standards.toml)."""

    key: str
    reach_m: float
    improved_only: bool = False
    separated: bool = False
    people: dict[str, float] = field(default_factory=dict)
    sanitation_reach_m: float = 250.0
    sanitation_people: float | None = None
    walking_kmh: float = 4.0
    queue_min: float = 0.0
    detour: float = 1.0
    with_capacity: bool = True


def criteria() -> dict[str, dict[str, Any]]:
    """The indicators that are criteria of the score: those with a weight."""
    return {name: entry for name, entry in facts("indicators").items() if "weight" in entry}


def line_limit_m(round_trip_min: float, walking_kmh: float, queue_min: float) -> float:
    """One-way metres of a round trip: (minutes - queue) / 2 at the walking speed (standards.toml, first lines)."""
    return max(0.0, round_trip_min - queue_min) / 2 / 60 * walking_kmh * 1000


def yardstick(key: str, *, radius_m: float | None = None, **settings: Any) -> Yardstick:
    """The standard of that key; `settings` replace the defaults (detour, queue_min, walking_kmh, with_capacity)."""
    told, defaults = facts("standards")[key], facts("standards")["defaults"]
    walking = {name: settings.get(name, defaults[name]) for name in ("walking_kmh", "queue_min")}
    reach = told.get("reach_m", line_limit_m(told.get("round_trip_min", 0), **walking))
    made = Yardstick(
        key=key,
        reach_m=reach if radius_m is None else radius_m,
        improved_only=told.get("improved_only", False),
        separated=told.get("separated", False),
        people=told.get("people", {}),
        sanitation_reach_m=told["sanitation_reach_m"],
        sanitation_people=told.get("sanitation_people"),
        detour=defaults["detour"],
    )
    return replace(made, **settings)


def technology_fact(technology: object, name: str) -> Any:
    """What a technology says of itself (`improved`, `ground`, `people_class`); None where it says nothing."""
    return facts("technologies").get(str(technology), {}).get(name)


def cost_line(action: str, technology: str) -> dict[str, Any] | None:
    """The line of the cost sheet for an action on a technology."""
    lines = facts("costs")["line"]
    return next((line for line in lines if (line["action"], line["technology"]) == (action, technology)), None)


def repair_cost_idr(status: str, technology: str, own_cost: float | None) -> float | None:
    """The site's own figure, else the sheet's full repair times the share its status needs (costs.toml)."""
    if own_cost is not None:
        return own_cost
    line = cost_line("repair", technology)
    return None if line is None else line["cost_idr"] * facts("costs")["share_by_status"].get(status, 1.0)
