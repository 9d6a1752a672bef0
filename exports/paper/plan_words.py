"""Sentences of the master plan that the page says, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from babel.numbers import format_decimal

from geo.model.results import Analysis
from geo.years.frontier import Frontier
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


def frontier_lines(found: Frontier, lang: str) -> list[str]:
    """Say what the curve of people and money tells: its knee, what shares cost, who needs no action at all."""
    lines = [_knee_words(found, lang)]
    for one in found.shares:
        words = {"share": percent(one.share, lang), "people": count(one.people, lang)}
        words |= {"money": money(one.budget_idr, lang), "least": money(one.least_idr, lang)}
        lines.append(t("doc.share_costs" if one.least_idr is not None else "doc.share_costs_only", lang, **words))
    if (found.redistributed or 0.0) >= 0.5:
        lines.append(t("doc.frontier_free", lang, people=count(found.redistributed, lang)))
    return lines


def _knee_words(found: Frontier, lang: str) -> str:
    """Where the curve of people and money stands farthest above its straight line, as two shares."""
    last, knee = found.budgets[-1], found.knee
    words = {"money": money(knee.budget_idr, lang), "people": count(knee.people_gained, lang)}
    words["share"] = percent(knee.people_gained / last.people_gained if last.people_gained else None, lang)
    words["part"] = percent(knee.budget_idr / last.budget_idr if last.budget_idr else None, lang)
    return t("doc.knee_text", lang, **words)


def asked_lines(plan: YearPlan, lang: str) -> list[str]:
    """Say what was asked of a plan over years: targets and floors by year, promised sites, who counts more."""
    wish, found = plan.wish, []
    for key, shares in (("doc.asked_target", wish.targets), ("doc.asked_floor", wish.floors)):
        found += [t(key, lang, year=str(year), share=percent(share, lang)) for year, share in sorted(shares.items())]
    if wish.committed:
        found.append(t("doc.asked_sites", lang, sites=", ".join(wish.committed)))
    if wish.poor_weight:
        found.append(t("doc.asked_poor", lang, weight=format_decimal(1 + wish.poor_weight, locale=lang)))
    if wish.count_unmapped:
        found.append(t("doc.asked_unmapped", lang))
    return found


def kept_lines(plan: YearPlan, lang: str) -> list[str]:
    """Say which targets a plan keeps, service by service."""
    missed = {(one.year, one.service) for one in plan.missed if one.kind == "target"}
    found = []
    for year, share in sorted(plan.wish.targets.items()):
        told = next((one for one in plan.years if one.year == year), None)
        for service, people in (told.people if told else {}).items():
            if people > 0 and (year, service) not in missed and told and told.served[service] >= share * people - 0.5:
                words = {"service": t(f"service.{service}", lang), "year": str(year), "share": percent(share, lang)}
                found.append(t("doc.target_kept", lang, **words))
    return found


def missed_lines(plan: YearPlan, lang: str, now: Analysis | None = None) -> list[str]:
    """Say which targets and floors a plan misses, by how many people, and what would reach them.

    Parameters
    ----------
    now
        Tells of which villages not all is known; None: nobody is asked.
    """
    found = []
    named = {} if now is None else dict(zip(now.villages["village_code"], now.villages["name"], strict=True))
    for one in plan.missed:
        words = {
            "service": t(f"service.{one.service}", lang), "year": str(one.year), "lacking": count(one.lacking, lang),
            "money": money(one.missing_idr, lang), "village": str(named.get(one.village_code, one.village_code or "")),
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


def rate(share: float, lang: str) -> str:
    """A rate a year, with its decimals and its sign."""
    return f"{'+' if share > 0 else ''}{count(share * 100, lang, 1)} %"


def assumed_rows(plan: YearPlan, lang: str) -> list[list[str]]:
    """What a plan over years was made of and with: years, what might be done, money, growth, wear, upkeep."""
    wish = plan.wish
    span = f"{wish.span[0]}–{wish.span[-1]}" if wish.years > 1 else str(wish.first)
    by_year = [(year, sum(one.idr for one in wish.grants if one.year == year)) for year in wish.span]
    alike = len({idr for _, idr in by_year}) == 1
    granted = (
        t("doc.each_year", lang, money=money(by_year[0][1], lang))
        if alike
        else "; ".join(f"{year}: {money(idr, lang)}" for year, idr in by_year)
    )
    words = {True: t("doc.yes", lang), False: t("doc.no", lang)}
    rows = {
        "years": span,
        "actions": ", ".join(t(f"action.{one}", lang) for one in plan.actions),
        "money": granted,
        "prices": rate(wish.price_growth, lang),
        "people": rate(wish.population_growth, lang),
        "wear": words[wish.wear],
        "upkeep": words[wish.pay_upkeep],
    }
    return [[t(f"doc.assumed.{name}", lang), told] for name, told in rows.items()]


def recorded_words(told: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """Return what a record says (`forum.partners.recorded_of`) for a master plan, steps of promises in words."""
    done = [{**one, "state": t(f"promise.step.{one['step']}", lang)} for one in told["done"]]
    return {**told, "done": done}
