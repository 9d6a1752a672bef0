"""Sentences with figures: faults and their remedies, problems of the data, errors, and the "why" of a site."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from geo.model.errors import PlanningError
from geo.model.facts import facts
from geo.model.sites import SAMPLE, SAMPLE_SURVEY, kind_column
from texts.catalogue import t
from texts.numbers import count, day, money, percent

if TYPE_CHECKING:
    from geo.model.results import Notice
    from geo.reading.raw_table import Fault

#: Columns of which it is told what an empty cell costs.
_COSTS = ("status", "technology", "capacity_people", "population", "reported_on", "rehab_cost_idr", "village_code")
#: Values of an error that are keys of words of ours.
_WORDS = {"role": "role", "act": "record"}
#: Values that are rupiah.
_SUMS = ("cost", "budget")


def error_text(error: PlanningError, lang: str) -> str:
    """Say what went wrong and what to do."""
    words = {name: t(f"{_WORDS[name]}.{value}", lang) for name, value in error.values.items() if name in _WORDS}
    if error.key == "error.forum_quorum":  # "village 1, all 3"
        words["value"] = ", ".join(_kind_missing(one, lang) for one in str(error.values["value"]).split(", "))
    if error.key in _MOMENTS:
        words["value"] = moment_text(str(error.values["value"]), lang)
    for name, value in error.values.items():  # days and degrees as the language writes them
        if error.key in _OF_DAYS and isinstance(value, str):
            words[name] = _day_text(value, lang)
        elif isinstance(value, float) and name in ("lat", "lon"):
            words[name] = _as_it_is(value, lang)
    given = ((name, error.values.get(name)) for name in _SUMS)
    sums = {name: money(value, lang) for name, value in given if isinstance(value, (int, float))}
    return t(error.key, lang, **{**error.values, **words, **sums})


#: Errors whose values are days.
_OF_DAYS = ("error.forum_future", "error.forum_step", "error.forum_ends", "error.token_past")
#: Errors whose value is a moment.
_MOMENTS = ("error.forum_read_lately", "error.forum_vote_over", "error.urn_early")


def _kind_missing(text: str, lang: str) -> str:
    kind, _, number = text.rpartition(" ")
    return f"{t('forum.kind.all' if kind == 'all' else f'forum.kind.{kind}', lang)} {number}"


def _day_text(text: str, lang: str) -> str:
    """Say a day as the language does; what is none is said as it is."""
    try:
        return day(date.fromisoformat(text), lang)
    except ValueError:
        return text


def moment_text(text: str, lang: str) -> str:
    """Say a moment where this machine stands: day, hour and minute; what is none is said as it is."""
    try:
        found = datetime.fromisoformat(text).astimezone()
    except ValueError:
        return text
    return f"{day(found.date(), lang)}, {found:%H.%M}"


def source_text(source: str, lang: str) -> str:
    """Name where rows come from; what is sample is called so in the reader's language.

    Examples
    --------
    >>> source_text("sample", "id"), source_text("BPS 2025; survey columns: sample", "id"), source_text("Dinas", "id")
    ('contoh', 'BPS 2025; kolom survei: contoh', 'Dinas')
    """
    if source == SAMPLE:
        return t("source.sample", lang)
    bare = source.removesuffix(SAMPLE_SURVEY)
    return bare if bare == source else f"{bare}; {t('source.survey', lang)}"


def fault_text(fault: Fault, lang: str, table: str | None = None) -> tuple[str, str]:
    """Return what is wrong and what to do about it; `table`, which the file is to become, names a mapping's section."""
    section = f"[{table or t('mapping.table', lang)}.values.{fault.column}]"
    values: dict[str, Any] = {"value": fault.value, "column": fault.column, "row": fault.row, "count": 1}
    values |= {"section": section} | dict(fault.values)
    prefixes = _choice_words(fault.column)
    values |= {
        name: ", ".join(_word(one, prefixes, lang) for one in str(values[name]).split(", "))
        for name in ("known", "likely", "read")
        if prefixes and name in values
    }
    values["column"] = _label(fault.column, lang)
    if fault.key == "doubtful_word":
        values["why"] = facts(f"vocab/{values['vocabulary']}")["why"][str(values["reason"])][lang]
    message, remedy = t(f"fault.{fault.key}", lang, **values), t(f"remedy.{fault.key}", lang, **values)
    if fault.severity == "blanked":
        cost = fault.column if fault.column in _COSTS else "other"
        message = f"{message} {t(f'blanked.{cost}', lang)}"
    return message, remedy


#: Where the words of a choice stand, by its list in data/choices.toml.
_OF_CHOICE = {
    "status": "status", "technology": "technology", "facility_kind": "kind", "institution_kind": "institution",
    "service": "service",
}  # fmt: skip


@cache
def _columns() -> dict[str, list[dict[str, Any]]]:
    """What the tables declare of each column, by its name."""
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in facts("tables").values():
        for name, declared in entry["columns"].items():
            found.setdefault(name, []).append(declared)
    return found


def _label(column: str | None, lang: str) -> str | None:
    """A column of ours as people call it, its name behind; one of a file as it is."""
    declared = _columns().get(column or "")
    return column if declared is None else f"{declared[0][lang]} ({column})"


def _choice_words(column: str | None) -> list[str]:
    """Beginnings of the keys under which the words of a column's values stand."""
    lists = [declared.get("choices") for declared in _columns().get(column or "", [])]
    return list(dict.fromkeys(_OF_CHOICE[one] for one in lists if one in _OF_CHOICE))


def _word(value: str, prefixes: list[str], lang: str) -> str:
    """A value of a choice in words, itself behind; anything else as it is."""
    for prefix in prefixes:
        with suppress(KeyError):
            return f"{t(f'{prefix}.{value}', lang)} ({value})"
    return value


def notice_text(notice: Notice, lang: str) -> str:
    """Say what is doubtful about the data, with its figures."""
    values = {
        name: count(value, lang) if isinstance(value, (int, float)) else value for name, value in notice.values.items()
    }
    values.setdefault("table", t(f"table.{notice.table}", lang).lower())
    ids = ", ".join(notice.ids[:5]) + ("…" if len(notice.ids) > 5 else "")
    return t(notice.key, lang, ids=ids, **values)


def not_listed_text(counts: Mapping[str, int], lang: str) -> str:
    """Say how many sites are in no list since the standard never counts them, and why; empty where none is.

    Examples
    --------
    >>> not_listed_text({"unimproved": 3}, "en")
    'Not in the list, since this standard would not count them even when repaired: 3 unimproved sources.'
    >>> not_listed_text({}, "en")
    ''
    """
    reasons = [t(f"not_listed.{reason}", lang, count=count(number, lang)) for reason, number in counts.items()]
    return t("not_listed", lang, reasons="; ".join(reasons)) if reasons else ""


def state_text(state: str, service: str, lang: str) -> str:
    """Name a state of people in the words of its service: on premises is a tap for water, a toilet for sanitation.

    Examples
    --------
    >>> state_text("on_premises", "water", "en"), state_text("on_premises", "sanitation", "en")
    ('Water on premises', 'Own toilet')
    """
    own = service == "sanitation" and state == "on_premises"
    return t("state.own_toilet" if own else f"state.{state}", lang)


def why(site: Mapping[str, Any], lang: str) -> str:
    """Say in plain words why a site stands where it stands, and what would change it.

    Parameters
    ----------
    site
        One row of `Analysis.priorities`.
    """
    kind = kind_column(site["service"])
    values = {
        "what": t(f"{kind}.{site['technology']}", lang),
        "status": t(f"status.{site['status']}", lang).lower(),
        "gain": count(site["gain_people"], lang),
        "local": count(site["local_population"], lang),
        "crucial": percent(site["crucialness"], lang),
        "cost": money(site["cost_idr"], lang),
        "each": money(site["cost_per_person_idr"], lang),
        "unmapped": count(site["gain_unmapped"], lang),
        "load": count(site["load_now"], lang),
    }
    parts = [t(f"why.gain.{site['service']}" if site["gain_people"] >= 0.5 else _no_gain(site), lang, **values)]
    if site["gain_unmapped"] >= 0.5:
        parts.append(t("why.unmapped", lang, **values))
    if site["gain_people"] >= 0.5:
        parts.append(t("why.cost_estimated" if site["cost_estimated"] else "why.cost", lang, **values))
    if site["gain_people"] >= 0.5 and isinstance(site["rival_id"], str):
        left = count(site["gain_after_rival"], lang)
        parts.append(t("why.rival", lang, rival=site["rival_id"], left=left))
    if site["status"] == "unknown":
        parts.append(t("why.unknown_status", lang))
    return " ".join(parts)


def _no_gain(site: Mapping[str, Any]) -> str:
    """The sentence of a site that gains nobody, by the reason that the states and loads around it give."""
    if site["no_gain"] != "works":
        return f"why.none.{site['no_gain'] or 'alone'}"
    if site["status"] == "dry_season":  # it works, so this is the wet one
        return "why.none.works_wet"
    return "why.none.works" if site["load_now"] >= 0.5 else "why.none.works_nobody"


def why_not_text(told: Any, unit: str, lang: str, name: str = "", called: Callable[[str], str] = str) -> str:
    """Say what would have to change for a site or village to be in the plan (`geo.planning.why_not`), as far as found.

    Parameters
    ----------
    told
        `WhyNot`, `NoChoice` or `VillageWhyNot`.
    unit
        Of the plan's limit: ``idr`` or ``actions``.
    name
        How the village is called.
    called
        How a site is called, by its id.
    """
    if hasattr(told, "village_code"):
        return _village_why_not(told, unit, lang, name or told.village_code, called)
    if hasattr(told, "reason"):
        since = day(told.reported_on, lang) if told.reported_on else t("why_not.undated", lang)
        words = {"site": called(told.site_id), "status": t(f"status.{told.status}", lang), "day": since}
        return t(f"why_not.reason.{getattr(told, 'since', '') or told.reason}", lang, **words)
    site = {"site": called(told.site_id), "people": count(told.gain_alone, lang), "cost": money(told.cost_idr, lang)}
    if told.chosen:
        return t("why_not.chosen", lang, **site)
    if told.gain_alone < 0.5:
        return t("why_not.nobody", lang, **site)
    parts = [t("why_not.others", lang, **site)]
    if told.cost_enough is not None:
        parts.append(t("why_not.cost", lang, enough=money(told.cost_enough, lang)))
    if told.limit_enough is not None and unit == "idr":
        parts.append(t("why_not.money", lang, enough=money(told.limit_enough, lang)))
    elif told.limit_enough is not None:
        parts.append(t("why_not.actions", lang, enough=count(told.limit_enough, lang)))
    if len(parts) == 1:
        parts.append(t("why_not.neither", lang))
    return " ".join(parts)


def _village_why_not(told: Any, unit: str, lang: str, name: str, called: Callable[[str], str]) -> str:
    """Of a village: what of the plan stands in it, who is left, and what would help the best site of it in."""

    def people(of: dict[str, float]) -> str:
        some = {service: value for service, value in of.items() if value >= 0.5}
        return ", ".join(f"{t(f'service.{one}', lang)} {count(value, lang)}" for one, value in some.items())

    gap, unmapped = people(told.gap), people(told.unmapped)
    words = {"village": name, "count": count(told.actions, lang), "gap": gap, "unmapped": unmapped}
    if told.outside:
        return t("why_not.reason.elsewhere", lang, site=name)
    if told.actions:
        parts = [t("why_not.village.in", lang, **words)]
    elif gap:
        parts = [t("why_not.village.without" if told.site else "why_not.village.nothing", lang, **words)]
    elif told.site:
        parts = [t("why_not.village.counted", lang, **words)]
    elif told.unknown:
        parts = [t("why_not.village.unknown", lang, **words)]
    else:
        parts = [t("why_not.village.unmapped" if unmapped else "why_not.village.served", lang, **words)]
    if told.site is not None:
        parts.append(t("why_not.village.best", lang) + " " + why_not_text(told.site, unit, lang, called=called))
    return " ".join(parts)


def turned_text(told: Any, first: int, lang: str) -> str:
    """Say with which weight a site would be among the first (`geo.priorities.turning.Turned`; None: with none)."""
    if told is None:
        return t("turned.none", lang, first=count(first, lang))
    words = {
        "criterion": t(f"criterion.{told.criterion}", lang),
        "weight": _as_it_is(told.weight, lang),
        "enough": _as_it_is(told.enough, lang),
    }
    return t("turned.by", lang, first=count(first, lang), rank=count(told.rank, lang), **words)


def _as_it_is(value: float, lang: str) -> str:
    """A number with as many decimals as it has."""
    return count(value, lang, max(len(f"{value:g}".partition(".")[2]), 0))
