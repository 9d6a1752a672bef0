"""Which colour and shape a thing has, from `data/looks.toml`."""

from __future__ import annotations

from typing import Any

from geo.model.facts import facts

#: How much of a village's colour covers what lies under it.
VILLAGE_OPACITY = 0.55


def share_colour(share: float | None) -> str:
    """Colour of a share with service; missing data have their own grey.

    Examples
    --------
    >>> share_colour(0.05), share_colour(1.0), share_colour(None)
    ('#974d13', '#1e5fac', '#d9d9d9')
    """
    looks = facts("looks")
    if share is None or share != share:
        return str(looks["missing"]["colour"])
    return str([entry["colour"] for entry in looks["share"] if share >= entry["from"] - 1e-12][-1])


def share_classes() -> list[tuple[float, float, str]]:
    """The classes of a share: from, to, colour."""
    entries = facts("looks")["share"]
    ends = [entry["from"] for entry in entries[1:]] + [1.0]
    return [(entry["from"], end, entry["colour"]) for entry, end in zip(entries, ends, strict=True)]


def state_colour(state: str) -> str:
    """Colour of a state of people."""
    return str(facts("looks")["state"][state])


def status_look(status: str) -> dict[str, Any]:
    """Colour and path of a status."""
    look: dict[str, Any] = facts("looks")["status"][status]
    return look


def rung_colour(rung: str) -> str:
    """Colour of a rung of a service ladder."""
    return str(facts("looks")["rung"][rung])


def need_key(met: object) -> str:
    """Name whether a standard is met: ``is_met``, ``not_met``, or ``not_known`` where nobody can tell.

    Examples
    --------
    >>> need_key(True), need_key(False), need_key(None), need_key(float("nan"))
    ('is_met', 'not_met', 'not_known', 'not_known')
    """
    return "not_known" if met is None or met != met else "is_met" if met else "not_met"


def need_colour(key: str) -> str:
    """Colour of an institution by `need_key`."""
    return str(facts("looks")["need"][key])
