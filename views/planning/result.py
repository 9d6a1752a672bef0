"""A plan in figures, a table, and the curve of what more would bring."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from exports.paper.plan_words import asked_words
from geo.model.areas import area_mask
from geo.model.called import called
from geo.model.results import Analysis
from geo.model.sites import SITE_TABLES, kind_column, site_id_column
from geo.planning.by_replay import HALF
from geo.planning.plans import Plan, Wish
from geo.years.plan import YearPlan
from texts import count, money, percent, t, why_not_text
from views.onmap.detail import detail
from views.parts.cards import Figure, strip
from views.parts.charts import line
from views.parts.table import worded
from views.parts.text import plain, small
from views.planning.wish import MILLION
from views.session import cache
from views.session.linked import linked_table


def figures(found: Plan, lang: str) -> None:
    """The figures of a plan, in one strip."""
    each = money(found.cost_idr / found.people_gained if found.people_gained >= 1 else None, lang)
    yearly = [step.yearly_idr for step in found.steps if step.yearly_idr is not None]
    people = sum(step.gain_in_plan for step in found.steps if step.yearly_idr is not None)
    a_year = money(sum(yearly) / people if people >= 1 else None, lang)
    nobody = found.poor_gained is None
    poor = t("plan.poor_unknown", lang) if nobody else t("plan.poor_gained", lang, n=count(found.poor_gained, lang))
    gained = f"{_services(found, lang)}; {poor}"
    kinds, estimated = _kinds(found, lang), _estimated(found, lang)
    strip(
        [
            Figure(t("plan.gained", lang), count(found.people_gained, lang), gained, gained),
            Figure(t("plan.sites", lang), count(len(found.steps), lang), kinds, kinds),
            Figure(t("map.cost", lang), money(found.cost_idr, lang), estimated, estimated),
            Figure(t("plan.each", lang), each, t("plan.yearly", lang, each=a_year)),
        ]
    )


def notes(found: Plan, villages: Mapping[str, str], lang: str) -> None:
    """How good a plan is proven to be, and what it could not do."""
    for sentence in sentences(found, lang):
        small(sentence)
    for sentence in warnings(found, villages, lang):
        st.warning(plain(sentence))


def sentences(found: Plan, lang: str) -> list[str]:
    """How good a plan is proven to be, and what it does besides."""
    told = [proof(found.as_dict(), lang), *_bound(found, lang)]
    told += unknown_reached(found, found.unmapped_gained, lang)
    if found.without_cost:
        told.append(t("plan.without_cost", lang, count=count(found.without_cost, lang)))
    return told


def unknown_reached(found: Plan | YearPlan, people: float, lang: str) -> list[str]:
    """How many a plan reaches of whom nothing is known, and what the actions cost that reach nobody else."""
    if people < 1:
        return []
    key, promised = "plan.unmapped_counted" if found.wish.count_unmapped else "plan.unmapped", found.wish.committed
    told = t(key, lang, count=count(people, lang))
    costs = [step.cost_idr for step in found.steps if step.gain_in_plan < HALF and step.site_id not in promised]
    if costs:
        told += " " + t("plan.only_unknown", lang, actions=count(len(costs), lang), cost=money(sum(costs), lang))
    return [told]


def proof(plan: Mapping[str, Any], lang: str) -> str:
    """The sentence on how good a plan (as plain values) is proven to be, among those that keep what was asked."""
    if plan["target_share"] is None:
        key = "optimal" if plan["optimal"] else "not_optimal"
    elif plan["missed"]:
        return t("plan.near_target" if plan["optimal"] else "plan.no_target", lang, **proof_values(plan["gap"], lang))
    else:
        key = "cheapest" if plan["optimal"] else "not_cheapest"
    asked = asked_words(plan, lang)
    return t(f"plan.asked.{key}" if asked else f"plan.{key}", lang, asked=asked, **proof_values(plan["gap"], lang))


def proof_values(gap: float, lang: str) -> dict[str, str]:
    """What is proven, rounded so that it stays true: at most `gap` cheaper, at least `least` of the best.

    Examples
    --------
    >>> proof_values(0.4649, "en")
    {'gap': '47 %', 'least': '53 %'}
    """
    gap = min(math.ceil(gap * 100 - 1e-9), 100) / 100
    return {"gap": percent(gap, lang), "least": percent(1 - gap, lang)}


def _services(found: Plan, lang: str) -> str:
    """The people gained by service: who gains both counts in both."""
    named = ((t(f"service.{name}", lang).lower(), people) for name, people in found.gained_by.items())
    return ", ".join(f"{name} {count(people, lang)}" for name, people in named)


def _bound(found: Plan, lang: str) -> list[str]:
    """What no plan of this limit can do better, where that says more than the proof itself."""
    if found.people_bound is None or not found.steps or found.people_bound <= found.people_gained + 1:
        return []
    free = 0.0 if found.redistributed is None else found.redistributed
    key, asked = "bound_free" if free >= 1 else "bound", asked_words(found.wish, lang)
    key = f"plan.asked.{key}" if asked else f"plan.{key}"
    return [t(key, lang, asked=asked, people=count(math.ceil(found.people_bound - 1e-6), lang), free=count(free, lang))]


def warnings(found: Plan, villages: Mapping[str, str], lang: str) -> list[str]:
    """What the plan could not do: a target missed by how many, by service; villages below their floor, by name."""
    told = []
    for service, people in found.missed.items():
        words = {"service": t(f"service.{service}", lang).lower(), "people": count(people, lang)}
        told.append(t("plan.short_target", lang, **words))
    names = [villages.get(code, code) for code in found.short if code != "target"]
    if names:
        more = "…" if len(names) > 8 else ""
        told.append(t("plan.short", lang, who=", ".join(names[:8]) + more))
    return told


def _kinds(found: Plan, lang: str) -> str:
    """How many of each action, and of how many units where a place gets several."""
    kinds = pd.Series([step.action for step in found.steps], dtype=object).value_counts()
    units = pd.DataFrame([(step.action, step.units) for step in found.steps], columns=["action", "units"])
    units = units.groupby("action")["units"].sum()
    parts = []
    for name, number in kinds.items():
        more = t("plan.units", lang, count=count(units[name], lang)) if units[name] > number else ""
        parts.append(f"{t(f'action.{name}', lang)} {count(number, lang)}{more}")
    return ", ".join(parts)


def _estimated(found: Plan, lang: str) -> str:
    number = sum(step.cost_estimated for step in found.steps)
    return t("plan.estimated", lang, count=count(number, lang)) if number else ""


def table(found: Plan, analysis: Analysis, lang: str) -> None:
    """The actions of a plan; gain alone and in this plan side by side."""
    villages = dict(zip(analysis.villages["village_code"], analysis.villages["name"], strict=True))
    lines = []
    for step in found.steps:
        kind = kind_column(step.service)
        units = f" × {count(step.units, lang)}" if step.units > 1 else ""
        lines.append(
            {
                "ID": step.site_id,
                t("plan.in_plan", lang): round(step.gain_in_plan),
                t("plan.action", lang): t(f"action.{step.action}", lang) + units,
                t("map.village", lang): villages.get(step.village_code, "–"),
                t("map.cost", lang): step.cost_idr,
                t("plan.alone", lang): round(step.gain_alone),
                t("map.kind", lang): t(f"{kind}.{step.technology}", lang),
                t("plan.year_cost", lang): step.yearly_idr,
            }
        )
    people = dict.fromkeys((t("plan.in_plan", lang), t("plan.alone", lang)), lambda v: count(v, lang))
    rupiah = dict.fromkeys((t("map.cost", lang), t("plan.year_cost", lang)), lambda v: money(v, lang))
    shown = worded(pd.DataFrame(lines), people | rupiah)
    ids, at = [step.site_id for step in found.steps], [(step.lat, step.lon) for step in found.steps]
    linked_table(shown, ids, at, 15, "plan-table", height=380, alt=t("page.plan", lang))


#: Actions at places where nothing stands yet.
_NEW = ("new", "latrine", "mck")


def chosen_part(found: Plan, analysis: Analysis, chosen: str, lang: str) -> None:
    """What the plan does at a chosen place, in a sentence, and what is known of it."""
    steps = [step for step in found.steps if step.site_id == chosen]
    with st.container(key="chosen"):
        for step in steps:
            figures = {"gain": count(step.gain_in_plan, lang), "alone": count(step.gain_alone, lang)}
            told = {"action": t(f"action.{step.action}", lang), "cost": money(step.cost_idr, lang)}
            st.text(t("plan.done_here", lang, site=chosen, **told, **figures))
        if not any(step.action in _NEW for step in steps):
            detail(analysis, chosen, lang)


#: Limits of the curve, as parts of the one asked for.
_CURVE = (0, 0.25, 0.5, 1.0, 1.5, 2.0, 4.0)


def curve_points(asked: tuple, asked_for: Wish) -> list[tuple[float, Plan]]:
    """The curve: the same wish with less and with more, nobody promised, no floor; none while a target is sought."""
    if asked_for.limit is None:
        return []
    bare = replace(asked_for, committed=(), floor_share=0.0)
    limits = sorted({float(round(part * asked_for.limit)) for part in _CURVE})
    found: list[tuple[float, Plan]] = []
    for limit in limits:
        plan = cache.plan(*asked, replace(bare, limit=limit))
        if found and found[-1][1].people_gained > plan.people_gained:
            plan = found[-1][1]  # who has more can still take the smaller plan
        found.append((limit, plan))
    return found


def curve_chart(points: list[tuple[float, Plan]], unit: str, lang: str) -> None:
    """What less and more money, or fewer and more actions, would bring."""
    st.markdown(t("plan.curve", lang))
    limit = t("plan.budget" if unit == "idr" else "plan.number", lang)
    people = t("plan.gained", lang)
    rows = [(value / MILLION if unit == "idr" else value, round(found.people_gained)) for value, found in points]
    line(pd.DataFrame(rows, columns=[limit, people]), limit, people, t("plan.curve", lang), lang)


#: So many villages, and sites that are no choice, may be asked for by name.
_MOST_ASKED = 2_000


def why_not_part(asked: tuple[Any, ...], asked_for: Wish, found: Plan, lang: str) -> None:
    """Of a site or village that is not in the plan: what would have to change for it; worked out when one is chosen."""
    if asked_for.limit is None:
        return
    options, inside = cache.options(*asked), {step.site_id for step in found.steps}
    left = [site for site in dict.fromkeys(options.table["site_id"]) if site not in inside and "-new" not in site]
    villages = dict(zip(cache.inputs().villages["village_code"], cache.inputs().villages["name"], strict=True))
    mine = dict.fromkeys(code for c in options.lists.values() for code in c.places["village_code"].dropna())
    area = [code for code, here in zip(mine, area_mask(mine, options.params.area), strict=True) if here]
    known, rest = set(left) | inside, list[str]()
    for name, c in options.lists.items():
        own = set(getattr(cache.inputs(), SITE_TABLES[name])[site_id_column(name)].astype(str))
        here = area_mask(c.sites["village_code"], options.params.area)
        rest += [site for site in map(str, c.service.ids[here]) if site in own and site not in known]
    rest = rest[:_MOST_ASKED]
    named = partial(called, cache.inputs())
    names = {code: t("why_not.village", lang, name=villages.get(code) or code) for code in area[:_MOST_ASKED]}
    site = st.selectbox(
        t("why_not.site", lang), [*names, *left, *rest], index=None, placeholder=t("control.choose", lang),
        format_func=lambda one: names.get(one) or named(one), key="why-not-site", help=t("why_not.title", lang),
    )  # fmt: skip
    if site:
        with st.spinner(t("plan.solving", lang)):
            told = cache.why_not(*asked, asked_for, site)
        st.text(why_not_text(told, asked_for.unit, lang, villages.get(site) or site, named))


def fewest(found: Plan, share: float, lang: str) -> None:
    """How few actions bring most of what all of them would."""
    words = {"actions": count(len(found.steps), lang), "people": count(found.people_gained, lang)}
    small(
        t(
            "plan.fewest" if found.optimal else "plan.few",
            lang,
            share=percent(share, lang),
            cost=money(found.cost_idr, lang),
            **words,
        )
    )


def visits_part(asked: tuple[Any, ...], asked_for: Wish, lang: str) -> None:
    """Survei ulang: the visits that would most likely change this plan, worked out when asked for."""
    if not st.toggle(t("plan.visits", lang), help=t("plan.visits.help", lang), key="plan-visits"):
        return
    with st.spinner(t("plan.solving", lang)):
        found = cache.visits(*asked, asked_for)
    if not found:
        small(t("plan.visits.none", lang))
    for visit in found:
        words = {"chance": percent(visit.chance, lang), "people": count(visit.people, lang)}
        st.text("• " + t("plan.visit", lang, site=called(cache.inputs(), visit.site_id), **words))
