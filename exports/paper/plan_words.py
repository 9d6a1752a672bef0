"""Sentences of the master plan that the page says, too."""

from __future__ import annotations

from geo.model.results import Analysis
from geo.years.plan import YearPlan
from texts import count, money, t


def missed_lines(plan: YearPlan, lang: str, now: Analysis | None = None) -> list[str]:
    """Say which targets and floors a plan misses, by how many people, and what would reach them.

    Parameters
    ----------
    now
        Tells of which villages not all is known; None: nobody is asked.
    """
    found = []
    for one in plan.missed:
        words = {
            "service": t(f"service.{one.service}", lang), "year": str(one.year), "lacking": count(one.lacking, lang),
            "money": money(one.missing_idr, lang), "village": one.village_code or "",
        }  # fmt: skip
        if one.kind == "floor":
            unknown = now is not None and _unmapped_in(now, one.service, one.village_code) >= 0.5
            found.append(t("doc.missed_floor_unknown" if unknown else "doc.missed_floor", lang, **words))
        elif not one.reachable:
            found.append(t("doc.missed_never", lang, **words))
        else:
            found.append(t("doc.missed_money" if one.missing_idr else "doc.missed", lang, **words))
    return found


def _unmapped_in(now: Analysis, service: str, code: str | None) -> float:
    """People of a village of whom nobody knows whether they have a service."""
    column = "unmapped" if service == "water" else "sanitation_unmapped"
    rows = now.villages.loc[now.villages["village_code"] == code, column].dropna()
    return float(rows.sum())
