"""Metode / Methods: the formulas and sources in plain words."""

from __future__ import annotations

from typing import Any

import streamlit as st

from geo.coverage.standards import limits
from geo.model.facts import criteria, facts, standard_keys
from geo.model.params import Params
from texts import count, day, metres, t
from views.parts.text import plain, small
from views.session import state

#: The figures that the page explains, in its order; each says how it is checked (data/checks.toml).
PARTS = (
    "states", "sharing", "most", "cases", "ladders", "yardsticks", "walking", "institutions", "tanks", "priorities",
    "weights", "rank", "plans", "costs", "demand", "data"
)  # fmt: skip


def page() -> None:
    """Draw the page."""
    lang = state.get("lang")
    for part in PARTS:
        st.subheader(t(f"methods.{part}", lang))
        st.markdown(t(f"methods.{part}.text", lang))
        small(t("methods.check", lang, how=t(f"methods.check.{part}", lang)))
    st.subheader(t("methods.standards", lang))
    for name, facts_ in _standards(lang).items():
        st.markdown(f"**{plain(name)}**")
        small(" · ".join(f"{label}: {text}" for label, text in facts_.items()))
    st.subheader(t("methods.criteria", lang))
    for name in criteria():
        entry = criteria()[name]
        direction = t("methods.higher" if entry["higher_is_better"] else "methods.lower", lang)
        st.markdown(f"**{t(f'criterion.{name}', lang)}**: {t(f'criterion.{name}.help', lang)}")
        scaled = t(f"methods.scale.{entry['scale']}", lang)
        small(f"{direction} · {scaled} · {entry['unit'][lang]} · {entry['source'][lang]}")
    _ground(lang)
    _sources(lang)


def _ground(lang: str) -> None:
    """Which technologies the rule of 10 m means, and why the others are not meant."""
    st.subheader(t("methods.ground", lang))
    st.markdown(t("methods.ground.text", lang))
    names: dict[str, list[str]] = {}
    for name, entry in facts("technologies").items():
        names.setdefault(entry["ground_why"], []).append(t(f"technology.{name}", lang))
    for reason, mine in names.items():
        small(t(f"ground.why.{reason}", lang, names=", ".join(mine)))


def _sources(lang: str) -> None:
    """Every source: issuer, number, year, in force since and until, superseded by, who checked it, what cites it."""
    st.subheader(t("methods.sources", lang))
    small(t("methods.sources.text", lang))
    sources, cites = facts("sources"), facts("cites")["cite"]
    for key, entry in sources.items():
        named = [str(entry[name]) for name in ("issuer", "number") if entry[name]]
        if entry["year"] and str(entry["year"]) not in str(entry["number"]):
            named.append(str(entry["year"]))
        told = [", ".join(named), str(entry["article"])]
        if entry["superseded_by"]:
            after = sources[entry["superseded_by"]]
            number = str(after["number"])
            year = "" if str(after["year"]) in number else str(after["year"])
            by = " ".join(part for part in (str(after["title"]), number, year) if part)
            told.append(t("methods.source.superseded", lang, by=by))
        if entry["in_force_since"]:
            told.append(t("methods.source.since", lang, day=entry["in_force_since"]))
        if entry["in_force_until"] or entry["superseded_by"]:
            until = entry["in_force_until"] or t("methods.source.day_unknown", lang)
            told.append(t("methods.source.until", lang, day=until))
        how = t(f"methods.source.how.{entry['checked_how']}", lang)
        checked = entry["checked_on"] or None
        words = {"day": day(checked, lang), "by": entry["checked_by"]} if checked else {}
        told.append(t("methods.source.checked", lang, how=how, **words) if checked else how)
        st.markdown(f"**{plain(entry['title'])}**")
        small(" · ".join(part for part in told if part))
        uses = [_use(one, lang) for one in cites if one["source"] == key]
        if uses:
            small(t("methods.source.uses", lang, uses="; ".join(dict.fromkeys(uses))))


def _use(cite: dict[str, Any], lang: str) -> str:
    """What of the data a source stands behind: entry, its fields, where in the source, and what looking it up found."""
    field, article = cite.get("field", ""), cite.get("article", "")
    where = ", ".join(part for part in (field, article) if part)
    found = t(f"methods.found.{cite['found']}", lang)
    return f"{cite['file']}/{cite['entry']}{f': {where}' if where else ''} ({found})"


def _standards(lang: str) -> dict[str, dict[str, str]]:
    """What each standard asks, as label and text: a list reads on a phone, a table of seven columns does not."""
    rows = {}
    for key in standard_keys():
        entry, rule = facts("standards")[key], limits(Params(standard=key), "water")
        people = ", ".join(f"{t(f'class.{name}', lang)} {count(value, lang)}" for name, value in rule.people)
        rows[t(f"standard.{key}", lang)] = {
            t("methods.reach", lang): metres(rule.reach_m, lang),
            t("methods.improved", lang): t("word.yes" if rule.improved_only else "word.no", lang),
            t("methods.people", lang): people or "–",
            t("methods.toilet_reach", lang): metres(entry["sanitation_reach_m"], lang),
            t("map.source", lang): entry["source"],
            t("methods.checked", lang): t("word.yes" if entry["verified"] else "word.no", lang),
        }
    return rows


if __name__ == "__main__":
    page()
