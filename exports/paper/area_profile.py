"""The profile of a kecamatan: two pages for the beginning of a forum's meeting, from the analysis and the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from exports.paper.blocks import Block, Document, Heading, Picture, Rows, Text
from exports.paper.map_paper import Look, map_paper
from exports.paper.plan_situation import ladder_rows
from exports.paper.plan_tables import table_of
from exports.paper.profile import Profiles, decided_row
from exports.tables.sheet import about, about_line, data_marks, without_personal
from geo.model.area_names import area_line
from geo.model.sites import SERVICES, state_column
from texts import count, day, not_listed_text, percent, t, why

#: What stands at the foot of every page.
_FOOTER = ("version", "standard", "season", "reach", "date")
#: So many sites of the list, and so many decisions.
_FIRST, _DECIDED = 5, 12


def area_profile(made: Profiles) -> Document:
    """Write the profile of the area of an analysis; `made.codes` is not used: all of its villages stand in it."""
    lang, analysis = made.lang, made.analysis
    area = analysis.provenance["params"].area
    name = (area and area_line(area)) or area or t("about.everywhere", lang)
    note = t("doc.version", lang, version=str(analysis.provenance["version"]), day=day(made.on, lang))
    blocks: list[Block] = [Text(line) for line in _headlines(made)]
    look = Look("water", ("villages", "settlements", "water_points", "priorities"), lang)
    title = t("doc.map_now", lang, service=t("service.water", lang))
    blocks.append(Picture(map_paper(analysis, look, "png", name), title, 0.8))
    blocks += [_villages(made, note), *_ladders(made)]
    blocks += _first(made)
    blocks += _decided(made)
    return Document(
        title=t("profile.area_title", lang, area=name),
        subtitle=t("profile.area_subtitle", lang, code=area or "–", day=day(made.on, lang)),
        marks=[" ".join(data_marks(analysis, lang))] if data_marks(analysis, lang) else [],
        footer=about_line(about(analysis, lang, made.on), _FOOTER, lang),
        lang=lang,
        blocks=blocks,
        contents=False,
    )


def _headlines(made: Profiles) -> list[str]:
    """What is known of each service in a sentence, and where most people are without it."""
    lang, analysis = made.lang, made.analysis
    lines = []
    for service in SERVICES:
        told = analysis.totals[service]
        if not told["population"] or told["share"] is None or told["share"] != told["share"]:
            lines.append(t("doc.nobody", lang, service=t(f"service.{service}", lang)))
            continue
        words = {name: percent(told[key], lang) for name, key in
                 (("share", "share"), ("low", "worst_share"), ("high", "best_share"))}  # fmt: skip
        figures = {name: count(told[name], lang) for name in ("population", "gap", "unmapped")}
        words |= {"service": t(f"service.{service}", lang), "why": t(f"profile.unmapped.{service}", lang)}
        lines.append(t("profile.headline", lang, **words, **figures))
        gap = "gap" if service == "water" else "sanitation_gap"
        worst = analysis.villages[analysis.villages["village_code"].notna() & (analysis.villages[gap] >= 1)]
        names = [f"{row['name']} ({count(row[gap], lang)})" for row in worst.nlargest(3, gap).to_dict("records")]
        if names:
            lines.append(t("profile.worst", lang, service=t(f"service.{service}", lang), names=", ".join(names)))
    return lines


def _villages(made: Profiles, note: str) -> Rows:
    """A row a village: its people, and of each service the share served and the people without it."""
    lang, analysis = made.lang, made.analysis
    heads = [t("doc.head.village", lang), t("map.population", lang)]
    for service in SERVICES:
        name = t(f"service.{service}", lang)
        heads += [f"{name}: {t(f'profile.head.{one}', lang)}" for one in ("share", "gap", "unmapped")]
    columns = [state_column(service, one) for service in SERVICES for one in ("share", "gap", "unmapped")]
    known = analysis.villages[analysis.villages["village_code"].notna()]
    rows: list[list[Any]] = [
        [row["name"], row["population"], *(row[column] for column in columns)] for row in known.to_dict("records")
    ]
    sums = [analysis.totals[service][one] for service in SERVICES for one in ("share", "gap", "unmapped")]
    rows.append([t("doc.head.total", lang), analysis.totals["water"]["population"], *sums])
    return table_of(t("profile.by_village", lang), heads, rows, lang, note, share=(2, 5))


def _ladders(made: Profiles) -> list[Block]:
    """The three ladders, a line each."""
    lines: list[Block] = [Heading(t("needs.ladders", made.lang), 2)]
    for name in ("water", "sanitation", "hygiene"):
        rows = ladder_rows(made.analysis, name, made.lang, "").cells
        told = "; ".join(f"{rung}: {number} ({share})" for rung, number, share in rows)
        lines.append(Text(f"{t(f'ladder.{name}', made.lang)} – {told or t('needs.no_ladder', made.lang)}", note=True))
    return lines


def _first(made: Profiles) -> list[Block]:
    lang, analysis = made.lang, made.analysis
    found: list[Block] = [Heading(t("profile.first", lang))]
    rows = analysis.priorities
    for service in SERVICES:
        mine = rows[(rows["service"] == service) & (rows["gain_people"] > 0)].head(_FIRST) if len(rows) else rows
        names = dict(zip(analysis.villages["village_code"], analysis.villages["name"], strict=True))
        found.append(Heading(t(f"service.{service}", lang), 2))
        for row in mine.to_dict("records"):
            where = names.get(row["village_code"]) or "–"
            called = without_personal(row["name"] or row["site_id"])
            found.append(Text(f"{row['rank']}. {called} ({where}): {why(row, lang)}", note=True))
        left = not_listed_text(analysis.needs["not_listed"][service], lang)
        found += [Text(left, note=True)] if left else []
        if not len(mine):
            found.append(Text(t("profile.first_none_area", lang), note=True))
    return found


def _decided(made: Profiles) -> list[Block]:
    """Decisions of the record, the latest first, and the sums of the reports; nothing where there is no record."""
    lang = made.lang
    if made.stories is None:
        return []
    told = [one for story in made.stories.values() for one in story.decided]
    told.sort(key=lambda one: (one.on, one.meeting), reverse=True)
    rows: Sequence[Sequence[Any]] = [[one.item.village, *decided_row(one, lang)] for one in told[:_DECIDED]]
    blocks: list[Block] = [Heading(t("profile.story", lang))]
    sums: Counter[str] = Counter()
    for story in made.stories.values():
        sums.update(story.reports or {})
    if any(sums.values()):
        blocks.append(Text(t("profile.reports", lang, **sums)))
    if not rows:
        return [*blocks, Text(t("profile.no_decision", lang))]
    heads = [t("map.village", lang)]
    heads += [t(f"profile.head.{name}", lang) for name in ("site", "decision", "who", "money", "step")]
    left = t("profile.more_decided", lang, count=count(len(told) - _DECIDED, lang)) if len(told) > _DECIDED else ""
    return [*blocks, table_of(t("profile.decided", lang), heads, rows, lang, left)]
