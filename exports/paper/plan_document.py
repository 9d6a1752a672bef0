"""The master plan (Rencana Induk Air Minum dan Sanitasi) of an area as a document.

Every figure is the engine's; a sentence stands only where its figures say so. Each table says its data version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from exports.paper.blocks import Block, Document, Heading, Picture, Rows, Text
from exports.paper.map_paper import Look, Signs, map_paper
from exports.paper.plan_pictures import money_by_year, people_by_money, people_by_year
from exports.paper.plan_situation import fair_blocks, ladder_rows, states_rows
from exports.paper.plan_tables import (
    accounts,
    before_rows,
    decision_rows,
    frontier_rows,
    held_rows,
    programme_rows,
    sites_by_year,
    source_name,
    step_rows,
    table_of,
    villages_rows,
    years_rows,
)
from exports.paper.plan_words import (
    asked_lines,
    asked_words,
    assumed_rows,
    frontier_lines,
    kept_lines,
    missed_lines,
    rate,
)
from exports.tables.plan_rows import plan_rows
from exports.tables.sheet import about, data_marks
from geo.model.results import Analysis
from geo.model.sites import SERVICES
from geo.years.followed import DONE, NOT_SEEN, Followed
from geo.years.frontier import Frontier
from geo.years.plan import YearPlan
from texts import count, day, money, not_listed_text, notice_text, percent, t

#: Colours of the years of a plan on its map, from the first to the last.
_YEARS = ("#0d0887", "#7e03a8", "#cc4778", "#f89540", "#c9b700")


@dataclass(frozen=True, eq=False)
class Material:
    """What a master plan is written from.

    `now` the analysis as things stand, `after` with all of the plan carried out; `done` what was promised and what
    became of it (rows with ``site_id, who, due, cost_idr, state``); None: nobody looked into a record. `before` is what
    became of an earlier plan, where there is one. `programme` are the activities of every sector in these villages, and
    `held` the bottlenecks that none of them answers (`forum.partners.programme`, rows of a bottleneck).
    """

    now: Analysis
    after: Analysis
    plan: YearPlan
    frontier: Frontier
    name: str
    lang: str
    on: date
    done: Sequence[Mapping[str, Any]] | None = None
    before: Sequence[Followed] | None = None
    programme: Sequence[Mapping[str, Any]] = ()
    held: Sequence[Mapping[str, Any]] = ()

    @property
    def version(self) -> str:
        """What each table says of its data."""
        return t("doc.version", self.lang, version=str(self.now.provenance["version"]), day=day(self.on, self.lang))


def plan_document(made: Material) -> Document:
    """Write the document.

    Parameters
    ----------
    made
        Analyses, plan and frontier of the same data version and parameters.
    """
    lang, span = made.lang, made.plan.wish.span
    blocks: list[Block] = []
    for section in (
        _summary, _area, _situation, _before, _how, _needs, _choices, _years, _costs, _who, _fair, _unknown, _followed,
        _annexes,
    ):  # fmt: skip
        blocks += section(made)
    years = f"{span[0]}–{span[-1]}" if len(span) > 1 else str(span[0])
    return Document(
        title=t("doc.title", lang, area=made.name),
        subtitle=t("doc.subtitle", lang, years=years, day=day(made.on, lang)),
        marks=data_marks(made.now, lang),
        footer=f"{made.name} · {made.version}",
        lang=lang,
        blocks=blocks,
    )


def _served(analysis: Analysis, service: str) -> tuple[float, float, float]:
    """People, those with the service, those of whom nobody knows."""
    told = analysis.totals[service]
    return told["population"], told["on_premises"] + told["served"], told["unmapped"]


def _summary(made: Material) -> list[Block]:
    lang, plan = made.lang, made.plan
    found: list[Block] = [Heading(t("doc.summary", lang))]
    for service in SERVICES:
        people, served, unmapped = _served(made.now, service)
        if not people or people != people:
            found.append(Text(t("doc.nobody", lang, service=t(f"service.{service}", lang))))
            continue
        told = made.now.totals[service]
        words = {
            "service": t(f"service.{service}", lang), "people": count(people, lang), "served": count(served, lang),
            "share": percent(told["share"], lang), "low": percent(told["worst_share"], lang),
            "high": percent(told["best_share"], lang), "unmapped": count(unmapped, lang),
        }  # fmt: skip
        found.append(Text(t("doc.now" if words["low"] != words["high"] else "doc.now_known", lang, **words)))
        if unmapped >= 0.5:
            found.append(Text(t("doc.now_unmapped", lang, **words)))
    nameless = made.now.totals["water"]["villages_without_population"]
    if nameless:
        found.append(Text(t("doc.no_population", lang, count=count(nameless, lang))))
    last = plan.years[-1]
    words = {
        "count": count(len(plan.steps), lang), "cost": money(plan.cost_idr, lang), "people": count(last.gained, lang),
        "year": str(last.year),
    }  # fmt: skip
    empty = "doc.plan_empty" if plan.wish.grants else "doc.plan_no_money"
    found.append(Text(t("doc.plan" if plan.steps else empty, lang, **words)))
    if last.unmapped_gained >= 0.5:
        key = "doc.plan_unmapped_counted" if plan.wish.count_unmapped else "doc.plan_unmapped"
        found.append(Text(t(key, lang, count=count(last.unmapped_gained, lang))))
    found += [Text(t("doc.by_then", lang, **_by_then(made, service))) for service in SERVICES if _told(made, service)]
    if not plan.steps and plan.wish.grants and plan.wish.pay_upkeep:
        told = {"upkeep": money(plan.upkeep_idr, lang), "unpaid": money(plan.unpaid_idr, lang)}
        found.append(Text(t("doc.upkeep_takes_all", lang, **told)))
    if plan.steps:
        found.append(Text(_proof(made)))
    found += [Text(line) for line in (*kept_lines(plan, lang), *missed_lines(plan, lang, made.now))]
    return found


def _told(made: Material, service: str) -> bool:
    """Whether anybody's people are known."""
    return made.plan.years[-1].people.get(service, 0.0) > 0


def _by_then(made: Material, service: str) -> dict[str, str]:
    last, lang = made.plan.years[-1], made.lang
    share, without = (one[service] / last.people[service] for one in (last.served, last.without))
    return {
        "service": t(f"service.{service}", lang), "year": str(last.year), "served": count(last.served[service], lang),
        "people": count(last.people[service], lang), "share": percent(share, lang), "without": percent(without, lang),
    }  # fmt: skip


def _proof(made: Material) -> str:
    plan, lang = made.plan, made.lang
    words = {"people": count(plan.people_years, lang), "bound": count(plan.people_years_bound, lang)}
    asked = asked_words(plan.wish, lang)
    if plan.people_years_bound is None and not plan.optimal:
        told = t("doc.proof_none", lang, **words)
        return f"{told} {t('doc.proof_asked', lang, asked=asked)}" if asked else told
    words["gap"] = percent(plan.gap, lang)
    if asked:
        return t(f"doc.asked.{'proof_best' if plan.optimal else 'proof_gap'}", lang, asked=asked, **words)
    return t("doc.proof_best" if plan.optimal else "doc.proof_gap", lang, **words)


def _area(made: Material) -> list[Block]:
    lang = made.lang
    known = about(made.now, lang, made.on)[t("about.sources", lang)]
    return [
        Heading(t("doc.area", lang)),
        villages_rows(made.now, lang, made.version),
        Text(t("doc.sources", lang, sources=known), note=True),
    ]


def _situation(made: Material) -> list[Block]:
    lang = made.lang
    blocks: list[Block] = [Heading(t("doc.situation", lang))]
    for service in SERVICES:
        name = t(f"service.{service}", lang)
        blocks.append(Heading(name, 2))
        table = "water_points" if service == "water" else "sanitation"
        title = t("doc.map_now", lang, service=name)
        look = Look(service, ("villages", "settlements", table), lang)
        blocks.append(Picture(map_paper(made.now, look, "png", made.name), title, caption=title))
        blocks.append(states_rows(made.now, service, lang, made.version))
        blocks.append(ladder_rows(made.now, service, lang, made.version))
    blocks.append(ladder_rows(made.now, "hygiene", lang, made.version))
    return blocks


def _before(made: Material) -> list[Block]:
    lang = made.lang
    if made.before is None:
        return []
    rows = made.before
    done, unseen = (sum(one.became == what for one in rows) for what in (DONE, NOT_SEEN))
    words = {"count": count(len(rows), lang), "done": count(done, lang), "unseen": count(unseen, lang)}
    return [
        Heading(t("doc.before", lang)),
        Text(t("doc.before_text", lang, **words)),
        Text(t("doc.before_note", lang), note=True),
        *before_rows(made.now, rows, lang, made.version),
    ]


def _how(made: Material) -> list[Block]:
    lang, told = made.lang, about(made.now, made.lang, made.on)
    told[t("about.date", lang)] = day(made.on, lang)
    told[t("about.area", lang)] = made.name
    params = made.now.provenance["params"]
    told[t("about.standard", lang)] = f"{t(f'standard.{params.standard}', lang)} ({told[t('about.standard', lang)]})"
    kept = [name for name in told if name != t("about.sources", lang)]
    lines = [t(f"doc.how.{name}", lang) for name in ("coverage", "sharing")]
    wish = made.plan.wish
    lines.append(t("doc.how.plan_poor" if wish.poor_weight else "doc.how.plan", lang))
    lines += [t("doc.how.years", lang), *asked_lines(made.plan, lang)]
    rows = [[name, told[name]] for name in kept] + assumed_rows(made.plan, lang)
    heads = [t("doc.head.what", lang), t("doc.head.value", lang)]
    table = Rows(t("doc.table.parameters", lang), heads, rows, (), made.version)
    return [Heading(t("doc.how", lang)), *(Text(line) for line in lines), table]


def _needs(made: Material) -> list[Block]:
    lang = made.lang
    found: list[Block] = [Heading(t("doc.needs", lang))]
    for service in SERVICES:
        told = made.now.totals[service]
        words = {"service": t(f"service.{service}", lang), "gap": count(told["gap"], lang)}
        words |= {"over": count(told["over_capacity"], lang), "far": count(told["out_of_reach"], lang)}
        found.append(Text(t("doc.gap", lang, **words)))
        left_out = not_listed_text(made.now.needs["not_listed"].get(service, {}), lang)
        if left_out:
            found.append(Text(left_out))
    rows = made.now.priorities
    if len(rows):
        listed = rows.groupby(["service", "status"], sort=False).agg(
            count=("site_id", "size"), cost=("cost_idr", "sum")
        )
        table = [
            [t(f"service.{service}", lang), t(f"status.{status}", lang), float(one["count"]), float(one["cost"])]
            for (service, status), one in listed.iterrows()
        ]
        heads = [t(f"doc.head.{name}", lang) for name in ("service", "status", "sites", "cost")]
        found.append(table_of(t("doc.table.repairs", lang), heads, table, lang, made.version, money=(3,)))
        guessed = int(rows["cost_estimated"].sum())
        if guessed:
            words = {"count": count(guessed, lang), "of": count(len(rows), lang)}
            found.append(Text(t("doc.repairs_estimated", lang, **words), note=True))
    return found


def _choices(made: Material) -> list[Block]:
    lang, found = made.lang, made.frontier
    weighted = made.plan.wish.poor_weight > 0
    blocks: list[Block] = [Heading(t("doc.choices", lang))]
    blocks.append(Text(t("doc.frontier_weighted" if weighted else "doc.frontier", lang)))
    if not found.order:
        return [*blocks, Text(t("doc.frontier_empty", lang))]
    blocks.append(
        Picture(people_by_money(found, lang), t("doc.frontier_alt", lang), caption=t("doc.frontier_alt", lang))
    )
    blocks += [Text(line) for line in frontier_lines(found, lang)]
    guessed = sum(bool(one["cost_estimated"]) for one in found.order)
    if guessed:
        words = {"count": count(guessed, lang), "of": count(len(found.order), lang)}
        blocks.append(Text(t("doc.estimated", lang, **words), note=True))
    return [*blocks, frontier_rows(found, lang, made.version)]


def _years(made: Material) -> list[Block]:
    lang, plan = made.lang, made.plan
    blocks: list[Block] = [Heading(t("doc.years", lang)), years_rows(plan, lang, made.version)]
    for service in SERVICES:
        if _told(made, service):
            title = t("doc.chart_people", lang, service=t(f"service.{service}", lang))
            blocks.append(Picture(people_by_year(plan, service, lang), title, caption=title))
    if not plan.steps:
        return [*blocks, Text(t("doc.plan_empty", lang))]
    title = t("doc.map_plan", lang)
    blocks.append(Picture(_map_of_years(made, title), title, caption=title))
    for year in plan.wish.span:
        steps = [step for step in plan.steps if step.year == year]
        if steps:
            blocks.append(step_rows(made.now, year, steps, lang, made.version))
    return blocks


def _map_of_years(made: Material, title: str) -> bytes:
    lang, span = made.lang, made.plan.wish.span
    rows = plan_rows(made.now, [vars(step) for step in made.plan.steps], lang)
    colours = {year: _YEARS[round(n * (len(_YEARS) - 1) / max(len(span) - 1, 1))] for n, year in enumerate(span)}
    rows["colour"] = [colours[step.year] for step in made.plan.steps]
    meant = {colour: ", ".join(str(year) for year in span if colours[year] == colour) for colour in colours.values()}
    signs = Signs(t("doc.head.year", lang), rows[["colour", "geometry"]], meant)
    look = Look("water", ("villages",), lang)
    return map_paper(made.after, look, "png", made.name, [signs])


def _costs(made: Material) -> list[Block]:
    lang, plan = made.lang, made.plan
    blocks: list[Block] = [Heading(t("doc.costs", lang)), accounts(plan, lang, made.version)]
    if plan.accounts:
        title = t("doc.chart_money", lang)
        chart = money_by_year(plan, lang, partial(source_name, lang=lang))
        blocks.append(Picture(chart, title, caption=title))
    built = sum(step.upkeep_idr or 0.0 for step in plan.steps)
    gained = plan.years[-1].gained
    if plan.steps and gained >= 1:
        unknown = sum(step.upkeep_idr is None for step in plan.steps)
        words = {"each": money(plan.cost_idr / gained, lang), "upkeep": money(built, lang)}
        words |= {"upkeep_each": money(built / gained, lang), "unknown": count(unknown, lang)}
        words |= {"known": count(len(plan.steps) - unknown, lang)}
        blocks.append(Text(t("doc.cost_each_partly" if unknown else "doc.cost_each", lang, **words)))
    first = plan.years[0]
    words = {"money": money(first.upkeep_standing_idr, lang), "count": count(plan.standing_unknown, lang)}
    blocks.append(Text(t("doc.upkeep_standing", lang, **words)))
    paid, unpaid = plan.upkeep_idr - plan.unpaid_idr, plan.unpaid_idr
    words = {"upkeep": money(paid, lang), "all": money(plan.cost_idr + paid, lang), "cost": money(plan.cost_idr, lang)}
    blocks.append(Text(t("doc.upkeep_paid" if plan.wish.pay_upkeep else "doc.upkeep_not_paid", lang, **words)))
    return [*blocks, Text(t("doc.upkeep_unpaid", lang, money=money(unpaid, lang)))] if unpaid > 1 else blocks


def _who(made: Material) -> list[Block]:
    lang = made.lang
    found: list[Block] = [Heading(t("doc.who", lang))]
    if made.done is None:
        return [*found, Text(t("doc.who_unknown", lang))]
    if not made.done:
        found.append(Text(t("doc.who_nobody", lang)))
    else:
        heads = [t(f"doc.head.{name}", lang) for name in ("site", "who", "due", "cost", "state")]
        rows = [
            [str(one["site_id"]), str(one["who"]), str(one["due"]), one["cost_idr"], str(one["state"])]
            for one in made.done
        ]
        found.append(table_of(t("doc.table.promises", lang), heads, rows, lang, made.version, money=(3,)))
    found.append(Heading(t("doc.programme", lang), 2))
    if made.programme:
        known = [one["amount_idr"] for one in made.programme if one["amount_idr"] is not None]
        words = {"count": count(len(made.programme), lang), "known": count(len(known), lang)}
        found.append(Text(t("doc.programme_text", lang, cost=money(sum(known) if known else None, lang), **words)))
        found.append(programme_rows(made.now, made.programme, lang, made.version))
    else:
        found.append(Text(t("doc.programme_none", lang)))
    if made.held:
        found.append(Text(t("doc.held_text", lang, count=count(len(made.held), lang))))
        found.append(held_rows(made.now, made.held, lang, made.version))
    return found


def _fair(made: Material) -> list[Block]:
    return fair_blocks(made.now, made.after, made.lang, made.version, wear=made.plan.wish.wear)


def _unknown(made: Material) -> list[Block]:
    lang, plan = made.lang, made.plan
    lines = [notice_text(notice, lang) for notice in made.now.notices]
    estimated = sum(step.cost_estimated for step in plan.steps)
    if estimated:
        lines.append(t("doc.estimated", lang, count=count(estimated, lang), of=count(len(plan.steps), lang)))
    if plan.without_cost:
        lines.append(t("doc.without_cost", lang, count=count(plan.without_cost, lang)))
    wish = plan.wish
    lines.append(
        t("doc.assumed", lang, prices=rate(wish.price_growth, lang), people=rate(wish.population_growth, lang))
    )
    lines.append(
        t("doc.wear" if wish.wear else "doc.no_wear", lang, count=count(sum(y.worn_out for y in plan.years), lang))
    )
    return [Heading(t("doc.unknown", lang)), *(Text(line) for line in lines)]


def _followed(made: Material) -> list[Block]:
    lang = made.lang
    return [Heading(t("doc.followed", lang)), *(Text(t(f"doc.followed.{n}", lang)) for n in (1, 2, 3))]


def _annexes(made: Material) -> list[Block]:
    lang = made.lang
    return [
        Heading(t("doc.annexes", lang)),
        sites_by_year(made.now, made.plan, lang, made.version),
        *decision_rows(made.now, made.plan, lang, made.version),
    ]
