"""What new data would change: the figures of two data versions side by side, those that move most first."""

from __future__ import annotations

from typing import Any

from geo.analysis.analyse import analyse
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.model.sites import SERVICES, SITE_TABLES

#: States in which a site works.
_WORKS = ("functional", "needs_repair")
#: People of a total, and its parts of all people.
_PEOPLE, _PARTS = ("gap", "unmapped"), ("share", "best_share", "worst_share")


def effect(before: Inputs | None, after: Inputs, params: Params, most: int = 5) -> list[dict[str, Any]]:
    """Return the figures that differ most between two versions of the data.

    Parameters
    ----------
    before
        The version that is there; None where there is none.
    after
        What would be there.
    params
        The yardstick of both.
    most
        So many figures.

    Returns
    -------
    list of dict
        `figure`, `service` (None: of all), `before` and `after` (None: not known), and `moved`, from 0 to 1: people as
        a part of all people, sites and villages as a part of all of them, shares as they are. The largest first; a
        figure that stays is left out.
    """
    one, other = ({} if data is None else _figures(data, params) for data in (before, after))
    found = []
    for key in dict.fromkeys([*one, *other]):
        old, new = (figures.get(key) for figures in (one, other))
        if old == new:
            continue
        service, figure = key
        whole = 1.0 if figure in _PARTS else max(_of(one, _whole(key)), _of(other, _whole(key)), 1.0)
        moved = 1.0 if old is None or new is None else min(abs(new - old) / whole, 1.0)
        found.append({"figure": figure, "service": service, "before": old, "after": new, "moved": moved})
    return sorted(found, key=lambda row: float(str(row["moved"])), reverse=True)[:most]


def _whole(key: tuple[str | None, str]) -> tuple[str | None, str]:
    """The figure of which one is a part: people of all people, working sites of all sites; else itself."""
    service, figure = key
    if figure in _PEOPLE:
        return None, "population"
    return (service, "sites") if figure == "working" else key


def _of(figures: dict[tuple[str | None, str], float | None], key: tuple[str | None, str]) -> float:
    return float(figures.get(key) or 0.0)


def _figures(data: Inputs, params: Params) -> dict[tuple[str | None, str], float | None]:
    """Figures of one version, by service (None: of all) and name."""
    total = analyse(data, params, priorities=False).totals
    figures: dict[tuple[str | None, str], float | None] = {
        (None, "population"): total["water"]["population"],
        (None, "villages"): float(len(data.villages)),
    }
    for service in SERVICES:
        table = data.tables()[SITE_TABLES[service]]
        figures[service, "sites"] = float(len(table))
        figures[service, "working"] = float(table["status"].isin(_WORKS).sum())
        figures |= {(service, name): total[service][name] for name in (*_PEOPLE, *_PARTS)}
    return figures
