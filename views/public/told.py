"""What the public pages tell: figures and sentences of an area and of a village, without a person in them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from statistics import median
from typing import Any

from exports.paper.profile import decided_row, helps_lines, points_lines, states_bar, story_lines, village_facts
from exports.tables.proposals import became_words
from exports.tables.sheet import about, about_line, data_marks, without_personal
from forum.meetings import meetings
from forum.public.followed import repair_days
from forum.public.openness import Openness
from forum.public.proposals import Proposal
from forum.public.village import REPORT_STATES, Decided, Story, persons_in
from forum.record import Event
from geo.analysis.profile import profile_of, villages_of_sites
from geo.checking.notices import names_a_person as addressed
from geo.model.area_names import area_line
from geo.model.areas import district_of
from geo.model.results import Analysis
from geo.model.sites import SERVICES, state_column
from texts import count, day, percent, t
from texts.looks import share_classes, share_colour

_ABOUT = ("version", "standard", "season", "reach", "sharing", "sources")
#: So many decisions stand on the page of an area.
_DECIDED = 30


#: A form of address before a word, in whatever letters, or sixteen digits (NIK): rather too often than too seldom.
_PERSON = re.compile(
    r"(?i)\b(?:ny|nyonya|tn|tuan|alm|almh|almarhum|almarhumah|kh|ki|ceu|ustadzah|ustazah|pakde|pakdhe|bude|budhe|drg"
    r"|pak|pk|bpk|bp|bapak|bu|ibu|h|hj|haji|hajjah|ust|ustad|ustadz|kyai|kiai|kang|mang|teh|mbah|abah|sdr|sdri"
    r"|nyai|nenek|kakek|mbak|mas|om|tante|mr|mrs|ms|dr|drs|ir)\b\.?\s*[^\W\d_]|(?<!\d)\d{16}(?!\d)"
    r"|\b(?:rt|rw|kadus|kelompok)\s+(?-i:[A-Z][a-z]{2,})|(?-i:\bAki\s+[A-Z])"
)


def names_a_person(text: object) -> bool:
    """Whether a text seems to name a person, or how one is reached.

    Examples
    --------
    >>> [names_a_person(one) for one in ("SUMUR PAK UJANG", "Sumur H. Dadang", "janji bu euis", "asep@desa.id")]
    [True, True, True, True]
    >>> [names_a_person(one) for one in ("Ny. Tati", "Almarhum Jajang", "Ketua RT Dedi", "KH. Idrus", "pompa aki")]
    [True, True, True, True, False]
    >>> [names_a_person(one) for one in ("Mata air Cikaret", "Dinas PUPR", "RT 3", None)]
    [False, False, False, False]
    """
    if not isinstance(text, str):
        return False
    plain = unicodedata.normalize("NFKC", text)
    return bool(_PERSON.search(plain)) or addressed(plain) or without_personal(plain) != plain


def impersonal(text: str, instead: str, known: frozenset[str] = frozenset()) -> str:
    """The text, or what stands instead where it seems to name a person, or names one that is `known` to the record."""
    return instead if names_somebody(text, known) else str(without_personal(text))


def names_somebody(text: object, known: frozenset[str]) -> bool:
    """Whether a text seems to name a person, or names one that is `known` to the record."""
    return names_a_person(text) or names_known(text, known)


def names_known(text: object, known: frozenset[str]) -> bool:
    """Whether a text holds a name that the record has of a person (`forum.public.village.persons_in`), as words.

    Examples
    --------
    >>> known = frozenset({"ujang sumarna", "budi"})
    >>> [names_known(one, known) for one in ("janji  Ujang Sumarna", "Budi Santoso menolak", "lahan budidaya", None)]
    [True, True, False, False]
    """
    if not isinstance(text, str) or not known:
        return False
    words = re.sub(r"[^\w]+", " ", unicodedata.normalize("NFKC", text).casefold()).split()
    plain = " ".join(["", *words, ""])
    return any(f" {name} " in plain for name in known)


def area_told(
    analysis: Analysis, stories: Mapping[str, Story], events: Sequence[Event], choice: Openness, lang: str, on: date
) -> dict[str, Any]:
    """What stands on the page of an area."""
    area, known = analysis.provenance["params"].area, persons_in(events)
    rows = analysis.villages[analysis.villages["village_code"].notna()]
    decided = sorted((one for story in stories.values() for one in story.decided), key=lambda one: one.on, reverse=True)
    return {
        "name": (area and area_line(area)) or area or t("about.everywhere", lang),
        "code": area or "",
        "services": [_service(analysis, service, lang) for service in SERVICES],
        "legend": _legend(lang),
        "rows": [_row(row, lang) for row in rows.drop(columns="geometry").to_dict("records")],
        "decided": [[one.item.village, *_public_row(one, lang, known)] for one in decided[:_DECIDED]],
        "proposed": [[one.village, *_proposed_row(one, lang, known)] for one in _asked_for(stories)[:_DECIDED]],
        "reports": _reports(analysis, stories, events, lang),
        "meetings": _to_come(events, area, lang, on, known),
        **_foot(analysis, choice, lang, on),
    }


def village_told(
    analysis: Analysis, code: str, story: Story, choice: Openness, lang: str, on: date,
    known: frozenset[str] = frozenset(),
) -> dict[str, Any]:  # fmt: skip
    """What stands on the page of a village; `known` are names of persons that the record holds."""
    found = profile_of(analysis, code)
    first = found.first
    if len(first):
        names = [
            site if names_a_person(name) else name for name, site in zip(first["name"], first["site_id"], strict=True)
        ]
        found = replace(found, first=first.assign(name=names))
    return {
        "name": t(f"profile.of.{found.row.get('kind') or 'desa'}", lang, name=found.name),
        "where": area_line(code) or district_of(code),
        "code": code,
        "facts": village_facts(found, lang),
        "legend": _legend(lang),
        "bars": [states_bar(found, service, lang) for service in SERVICES],
        "points": points_lines(found, lang),
        "first": helps_lines(found, lang),
        "story": [impersonal(line, t("public.line_kept", lang), known) for line in story_lines(story, lang)],
        "decided": [_public_row(one, lang, known) for one in story.decided],
        "proposed": [_proposed_row(one, lang, known) for one in reversed(story.proposals)],
        **_foot(analysis, choice, lang, on),
    }


def _foot(analysis: Analysis, choice: Openness, lang: str, on: date) -> dict[str, Any]:
    told = about(analysis, lang, on)
    label = t("about.sources", lang)
    told[label] = ", ".join(one for one in told.get(label, "").split(", ") if not names_a_person(one)) or "–"
    told[t("about.standard", lang)] = t(f"standard.{analysis.provenance['params'].standard}", lang)
    return {
        "marks": data_marks(analysis, lang),
        "about": about_line(told, _ABOUT, lang),
        "made": t("public.made", lang, day=day(on, lang), version=str(analysis.provenance["version"])),
        "publisher": choice.publisher,
        "licence": choice.licence,
    }


def _service(analysis: Analysis, service: str, lang: str) -> dict[str, Any]:
    told = analysis.totals[service]
    name = t(f"service.{service}", lang)
    if not told["population"] or told["share"] is None or told["share"] != told["share"]:
        return {"name": name, "line": t("doc.nobody", lang, service=name), "share": ""}
    words = {"share": percent(told["share"], lang), "low": percent(told["worst_share"], lang),
             "high": percent(told["best_share"], lang)}  # fmt: skip
    figures = {one: count(told[one], lang) for one in ("population", "gap", "unmapped")}
    return {
        "name": name,
        "line": t(
            "profile.headline", lang, service=name, why=t(f"profile.unmapped.{service}", lang), **words, **figures
        ),
        "share": words["share"],
    }


def _legend(lang: str) -> list[tuple[str, str]]:
    classes = [(colour, f"{low * 100:.0f}–{high * 100:.0f} %") for low, high, colour in share_classes()]
    return [*classes, (share_colour(None), t("legend.no_data", lang))]


def _row(row: Mapping[str, Any], lang: str) -> dict[str, Any]:
    cells = [count(row["population"], lang)]
    for service in SERVICES:
        cells.append(percent(row[state_column(service, "share")], lang))
        cells += [count(row[state_column(service, one)], lang) for one in ("gap", "unmapped")]
    return {"code": row["village_code"], "name": row["name"], "cells": cells}


def _public_row(one: Decided, lang: str, known: frozenset[str]) -> list[str]:
    """A decision without anybody's name: a site that is called after a person stands under its id."""
    site, decision, *rest = decided_row(one, lang)
    site = one.item.site_id if names_somebody(one.item.name, known) else site
    if names_somebody(one.decision.reason, known):
        word = t(f"forum.decision.{one.decision.decision}", lang)
        decision = f"{word}, {day(one.on, lang)}. {t('public.reason_kept', lang)}"
    kept = t("public.line_kept", lang)
    return [site, impersonal(decision, kept, known), *(impersonal(cell, "–", known) for cell in rest)]


def _asked_for(stories: Mapping[str, Story]) -> list[Proposal]:
    """What villages and groups proposed, the newest first."""
    return sorted((one for story in stories.values() for one in story.proposals), key=lambda one: -one.number)


def _proposed_row(one: Proposal, lang: str, known: frozenset[str]) -> list[str]:
    """A proposal without anybody's name: what, by whom, why, and what became of it."""
    kept = t("public.line_kept", lang)
    what = f"{t(f'proposal.what.{one.what}', lang)}: {one.title}"
    return [impersonal(text, kept, known) for text in (what, one.proposer, one.reason, became_words(one, lang))]


def _reports(analysis: Analysis, stories: Mapping[str, Story], events: Sequence[Event], lang: str) -> str:
    """How many reports of the area came and what became of them, and how long repairs took; what waits is told too."""
    sums: Counter[str] = Counter()
    for story in stories.values():
        sums.update(story.reports or {})
    if not any(sums.values()):
        return t("public.no_reports", lang)
    line = t("profile.reports", lang, **{one: sums[one] for one in REPORT_STATES})
    here = villages_of_sites(analysis)
    told = [days for report, days in repair_days(events) if f"{report.service}:{report.site_id}" in here]
    done = [days for days in told if days is not None]
    if not done:
        return line
    words = {
        "days": count(median(done), lang),
        "count": count(len(done), lang),
        "waiting": count(len(told) - len(done), lang),
    }
    return f"{line} {t('public.repair_days', lang, **words)}"


def _to_come(events: Sequence[Event], area: str | None, lang: str, on: date, known: frozenset[str]) -> list[str]:
    """Meetings of the area that are still to be held."""
    coming = [one for one in meetings(events).values() if one.on >= on and one.closed_by is None]
    coming = [one for one in coming if len(one.of) < len(one.items)]  # what is decided is not to come
    coming = [one for one in coming if area is None or one.area == area or not one.area[:1].isdigit()]
    return [
        impersonal(
            f"{day(one.on, lang)}: {one.title}, {one.place}", f"{day(one.on, lang)}: {t('forum.meeting', lang)}", known
        )
        for one in sorted(coming, key=lambda one: one.on)
    ]
