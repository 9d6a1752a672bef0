"""Village profiles on paper: one A4 page a village, for the board at the village office; text comes as data alone."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from exports.gis.gps import printable
from exports.paper.site_sheets import pages_of, typeset
from exports.tables.sheet import about, about_line, data_marks, expect, without_personal
from geo.analysis.profile import Profile, age_groups, around, profile_of
from geo.coverage.ladders import HYGIENE_RUNGS, SANITATION_RUNGS, WATER_RUNGS
from geo.model.area_names import area_line
from geo.model.areas import district_of
from geo.model.progress import tell
from geo.model.results import Analysis
from geo.model.sites import SERVICES, STATES, kind_column, site_id_column, state_column
from texts import count, day, money, percent, state_text, t, why
from texts.looks import rung_colour, state_colour

_TEMPLATE = Path(__file__).with_name("profile.typ")
#: What stands at the foot of every page.
_FOOTER = ("version", "standard", "season", "reach", "date")
#: So many sites stand in the list of a page; the rest is told as a number.
_LISTED = 30
#: A ladder: its name, the columns' prefix, its rungs.
_LADDERS = (("water", "rung_", WATER_RUNGS), ("sanitation", "sanitation_rung_", SANITATION_RUNGS),
            ("hygiene", "hygiene_rung_", HYGIENE_RUNGS))  # fmt: skip


class Story(Protocol):
    """The record's part of a village, as `forum.public.village.Story` holds it."""

    @property
    def decided(self) -> Sequence[Any]:
        """Decisions on its sites, as `forum.public.village.Decided` holds them."""

    @property
    def commitments(self) -> Sequence[Any]:
        """What partners do in it."""

    @property
    def reports(self) -> Mapping[str, int] | None:
        """How many reports wait, were verified, refused."""


@dataclass(frozen=True)
class NoStory:
    """Of a village of which the record holds nothing."""

    decided: Sequence[Any] = ()
    commitments: Sequence[Any] = ()
    reports: Mapping[str, int] | None = None


@dataclass(frozen=True, eq=False)
class Profiles:
    """What profiles are printed from: the analysis, villages by code, the record's part of each, language, today.

    `stories` is None where nobody looked into a record: then nothing is said of decisions, not that there are none.
    """

    analysis: Analysis
    codes: Sequence[str]
    stories: Mapping[str, Story] | None
    lang: str
    on: date


def profiles_pdf(made: Profiles) -> bytes:
    """Write a page a village as PDF.

    Raises
    ------
    CallError
        If a village is not in the analysis.
    """
    lang = made.lang
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pages = []
        for number, code in enumerate(made.codes):
            tell("profiles", number, len(made.codes))
            pages.append(_page(made, profile_of(made.analysis, code), folder, number))
        told = {
            "lang": lang,
            "title": t("profile.title", lang),
            "footer": about_line(about(made.analysis, lang, made.on), _FOOTER, lang),
            "mark": " ".join(data_marks(made.analysis, lang)),
            "words": {one: t(f"profile.{one}", lang) for one in ("map_note", "points", "first", "story",
                                                                  "list", "none")},
            "heads": {
                "decided": [t(f"profile.head.{one}", lang) for one in ("site", "decision", "who", "money", "step")],
                "sites": [t(f"profile.head.{one}", lang)
                          for one in ("no", "site", "kind", "status", "year", "reported", "people")],
            },
            "villages": pages,
        }  # fmt: skip
        data = typeset(_TEMPLATE, _clean(told), folder)
    expect(pages_of(data), max(len(pages), 1), "pdf")
    return data


def _clean(value: Any) -> Any:
    """Every text without what no font can show and without what names a person."""
    if isinstance(value, str):
        return without_personal(printable(value))
    if isinstance(value, dict):
        return {name: _clean(one) for name, one in value.items()}
    return [_clean(one) for one in value] if isinstance(value, list) else value


def _page(made: Profiles, found: Profile, folder: Path, number: int) -> dict[str, Any]:
    lang, listed = made.lang, _listed(found)
    story = None if made.stories is None else made.stories.get(found.code, NoStory())
    where = area_line(found.code) or district_of(found.code)
    known = found.row["population"] == found.row["population"]
    return {
        "title": t(f"profile.of.{found.row.get('kind') or 'desa'}", lang, name=found.name),
        "subtitle": t("profile.subtitle", lang, area=where, code=found.code, day=day(made.on, lang)),
        "map": _map(made.analysis, found, listed, folder, number),
        "map_alt": t("profile.map_alt", lang, name=found.name),
        "facts": village_facts(found, lang),
        "bars": [states_bar(found, service, lang) for service in SERVICES],
        "ladders": [_ladder(found, *one, lang) for one in _LADDERS],
        "points": points_lines(found, lang),
        "first": helps_lines(found, lang),
        "story": [] if story is None else story_lines(story, lang),
        "decided": [] if story is None else [decided_row(one, lang) for one in story.decided],
        "sites": [_site_row(n, row, lang, known=known) for n, row in enumerate(listed[:_LISTED], start=1)],
        "more": t("profile.more", lang, count=count(len(listed) - _LISTED, lang)) if len(listed) > _LISTED else "",
    }


def helps_lines(found: Profile, lang: str) -> list[str]:
    """What would help most, a sentence a site; that nothing would, or that nobody can tell."""
    if found.row["population"] is None or found.row["population"] != found.row["population"]:
        return [t("profile.first_unknown", lang)]
    told = [f"{row['name'] or row['site_id']}: {why(row, lang)}" for row in found.first.to_dict("records")]
    return told or [t("profile.first_none", lang)]


def village_facts(found: Profile, lang: str) -> list[list[str]]:
    """Label and text of what is counted in a village; what is not known is a dash."""
    row = found.row
    estimate = f" ({t('profile.estimate', lang)})" if row.get("population_estimated") is True else ""
    known = [
        (t("map.population", lang), count(row["population"], lang) + estimate),
        (t("profile.households", lang), count(row.get("households"), lang)),
        (t("map.surveyed", lang), day(row["surveyed_on"], lang)),
        (t("needs.odf_village", lang), t(f"odf.{row.get('odf') or 'unknown'}", lang)),
    ]
    return [list(pair) for pair in known]


def states_bar(found: Profile, service: str, lang: str) -> dict[str, Any]:
    """The five states of a service as parts of a bar, and the share served with what it may be at worst and best."""
    row = found.row
    values = [(state, row[state_column(service, state)]) for state in STATES]
    whole = sum(value for _, value in values if value == value)
    share, low, high = (row[state_column(service, name)] for name in ("share", "worst_share", "best_share"))
    known = share == share and share is not None
    words = {"share": percent(share, lang), "low": percent(low, lang), "high": percent(high, lang)}
    sure = words["low"] == words["high"] == words["share"]
    line = t("profile.share_sure" if sure else "profile.share", lang, **words)
    return {
        "title": t("profile.of_people", lang, title=t(f"service.{service}", lang)),
        "line": line if known else t("profile.no_share", lang),
        "parts": [
            {
                "share": value / whole if whole and value == value else 0.0,
                "colour": state_colour(state),
                "text": f"{state_text(state, service, lang)}: {count(value, lang)}",
            }
            for state, value in values
        ],
    }


def _ladder(found: Profile, name: str, prefix: str, rungs: Sequence[str], lang: str) -> dict[str, Any]:
    values = [(rung, found.row.get(prefix + rung)) for rung in rungs]
    known = [(rung, value) for rung, value in values if value is not None and value == value]
    whole = sum(value for _, value in known)
    parts = [
        {
            "share": value / whole,
            "colour": rung_colour(rung),
            "text": f"{t(f'rung.{name}.{rung}', lang)}: {count(value, lang)}",
        }
        for rung, value in known
        if whole
    ]
    note = t("profile.capacity_left_out", lang) if name == "water" else ""
    return {"title": t(f"ladder.{name}", lang), "line": note if parts else t("needs.no_ladder", lang), "parts": parts}


def points_lines(found: Profile, lang: str) -> list[str]:
    """Points by status and age, schools, conflicts: a line each, of what there is."""
    lines = []
    for service in SERVICES:
        of = [f"{t(f'status.{name}', lang)}: {number}" for name, number in found.status[service].items()]
        name = t(f"table.{'water_points' if service == 'water' else 'sanitation'}", lang)
        lines.append(f"{name}: {count(len(found.sites[service]), lang)}" + (f" ({'; '.join(of)})" if of else ""))
    if found.age:
        ages = [f"{t(f'profile.age.{name}', lang)}: {found.age[name]}" for name in age_groups() if name in found.age]
        lines.append(f"{t('profile.ages', lang)}: " + "; ".join(ages))
    schools = found.institutions
    if len(schools):
        met = [row is not None and row == row and bool(row) for row in schools["standard_met"]]
        short = [row is not None and row == row and not bool(row) for row in schools["standard_met"]]
        told = {
            "all": len(schools),
            "met": sum(met),
            "not_met": sum(short),
            "unknown": len(met) - sum(met) - sum(short),
        }
        lines.append(t("profile.schools", lang, **told))
    if len(found.conflicts):
        lines.append(t("profile.conflicts", lang, count=len(found.conflicts["point_id"].unique())))
    return lines


def story_lines(story: Story, lang: str) -> list[str]:
    """What the record says of a village beside its decisions: commitments, reports; that there is nothing."""
    lines = [
        t(
            "profile.commitment", lang, partner=one.partner, activity=one.activity, day=day(one.starts, lang),
            sector=t(f"sector.{one.sector}", lang), stage=t(f"stage.{one.stage}", lang),
        )
        for one in story.commitments
    ]  # fmt: skip
    if story.reports:
        lines.append(t("profile.reports", lang, **story.reports))
    return lines or ([] if story.decided else [t("profile.no_story", lang)])


def decided_row(one: Any, lang: str) -> list[str]:
    """A decision (`forum.public.village.Decided`) with reason, money and how far its promise is."""
    decision = one.decision
    name = f"{one.item.name or one.item.site_id} ({one.item.site_id})"
    word = f"{t(f'forum.decision.{decision.decision}', lang)}, {day(one.on, lang)}"
    reason = f"{word}. {decision.reason}" if decision.reason else word
    if decision.decision != "approved":
        return [name, reason, "", "", ""]
    step = t(f"promise.step.{one.step}", lang)
    if one.late:
        step += f" – {t(f'promise.late.{one.late}', lang)}"
    return [name, reason, decision.lead, f"{money(decision.amount_idr, lang)}, {decision.year}", step]


def _listed(found: Profile) -> list[dict[str, Any]]:
    """Sites of both services, water first, those that work last."""
    rows: list[dict[str, Any]] = []
    for service in SERVICES:
        table = found.sites[service]
        for row, shape in zip(
            pd.DataFrame(table.drop(columns="geometry")).to_dict("records"), table.geometry, strict=True
        ):
            rows.append(row | {"service": service, "site_id": row[site_id_column(service)], "shape": shape})
    return sorted(rows, key=lambda row: (row["service"] != "water", row["status"] == "functional"))


def _site_row(number: int, row: Mapping[str, Any], lang: str, *, known: bool) -> list[str]:
    """A site in the list; `known`: the village's people are, so users can be computed."""
    service = row["service"]
    kind = t(f"{kind_column(service)}.{row[kind_column(service)]}", lang)
    year = row.get("installed_year")
    return [
        str(number),
        f"{row['name'] or ''} ({row['site_id']})".strip(),
        kind,
        t(f"status.{row['status']}", lang),
        "–" if year is None or year != year else str(int(year)),
        day(row["reported_on"], lang),
        count(row["load_people"], lang) if row["working"] and known else "–",
    ]


def _map(analysis: Analysis, found: Profile, listed: Sequence[Mapping[str, Any]], folder: Path, number: int) -> str:
    """The village and its sites, numbered as in the list; nothing where no boundary or place is known."""
    shape = analysis.villages.loc[analysis.villages["village_code"] == found.code].geometry.iloc[0]
    if shape is None or shape.is_empty or shape.geom_type == "Point":
        return ""
    from exports.paper.maps import village_map  # when asked for: it brings matplotlib along

    name = f"map-{number}.png"
    marks = [(row["shape"].x, row["shape"].y, str(n)) for n, row in enumerate(listed[:_LISTED], start=1)]
    dashed = found.row.get("boundary") == "approximate"
    village_map(around(analysis, found.code), shape, marks, folder / name, dashed=dashed)
    return name
