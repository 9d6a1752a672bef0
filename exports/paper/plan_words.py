"""Sentences of the master plan that the page says, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from babel.numbers import format_decimal

from geo.model.results import Analysis
from geo.years.plan import YearPlan
from texts import count, money, percent, t


def asked_words(wish: Any, lang: str) -> str:
    """Say what a plan has to keep beside its limit: what is proven of it holds among plans that keep that. Else empty.

    Parameters
    ----------
    wish
        Of `geo.planning.plans.Wish` or `geo.years.plan.YearWish`, or its fields.
    """
    given = wish if isinstance(wish, Mapping) else vars(wish)
    told = []
    if given["committed"]:
        told.append(t("asked.committed", lang, count=count(len(given["committed"]), lang)))
    if given.get("floor_share"):
        told.append(t("asked.floor", lang, share=percent(given["floor_share"], lang)))
    if given.get("targets"):
        told.append(t("asked.targets", lang))
    if given.get("floors"):
        told.append(t("asked.floors", lang))
    if given["poor_weight"]:
        told.append(t("asked.poor", lang, weight=format_decimal(1 + given["poor_weight"], locale=lang)))
    return "; ".join(told)


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
