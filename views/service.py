"""Layanan / Service levels: ladders, both seasons, schools, tanks, conflicts, and the yardsticks side by side."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from geo.coverage.ladders import HYGIENE_RUNGS, SANITATION_RUNGS, WATER_RUNGS
from geo.model.results import Analysis
from texts import count, metres, percent, t
from views.parts.cards import cards
from views.parts.ladders import ladder, plain_table, village_table
from views.parts.text import small
from views.planning.yardsticks import most_part, yardstick_part
from views.session import state
from views.session.cache import analysis as cached_analysis
from views.session.controls import controls, standard_notes

_LADDERS = (
    ("water", "water_rungs", "rung_", WATER_RUNGS),
    ("sanitation", "sanitation_rungs", "sanitation_rung_", SANITATION_RUNGS),
    ("hygiene", "hygiene_rungs", "hygiene_rung_", HYGIENE_RUNGS),
)

_OF_INSTITUTIONS = (
    "institution_id", "name", "village_code", "standard_met", "water_ok", "toilets_needed", "toilets_short", "water_m"
)  # fmt: skip


def page() -> None:
    """Draw the page."""
    lang = state.get("lang")
    controls(lang)
    analysis = cached_analysis(state.params())
    _ladders(analysis, lang)
    _seasons(analysis, lang)
    _institutions(analysis, lang)
    _facilities(analysis, lang)
    _conflicts(analysis, lang)
    yardstick_part(lang)
    most_part(lang)
    for line in standard_notes(lang):
        small(line)


def _ladders(analysis: Analysis, lang: str) -> None:
    st.subheader(t("needs.ladders", lang))
    small(t("needs.ladders_help", lang))
    for name, key, prefix, rungs in _LADDERS:
        ladder(name, analysis.needs[key], rungs, lang, analysis.totals["water"]["villages"])
        title = t("needs.by_village", lang, ladder=t(f"ladder.{name}", lang))
        with st.expander(title, key=f"ladder-fold-{name}", on_change="rerun") as fold:
            if fold.open:  # made once it is unfolded
                village_table(analysis.villages, name, prefix, rungs, lang)
    odf = analysis.needs["odf"]
    notes = t("needs.odf_note", lang, no=count(odf["no"], lang), unknown=count(odf["unknown"], lang))
    verified, claimed = count(odf["verified"], lang), count(odf["claimed"], lang)
    cards([(t("needs.odf", lang), verified, notes), (t("needs.odf_claimed", lang), claimed, t("needs.claimed", lang))])


def _seasons(analysis: Analysis, lang: str) -> None:
    st.subheader(t("needs.seasons", lang))
    figures = []
    for service in ("water", "sanitation"):
        total = analysis.totals[service]
        best, worst = percent(total["best_share"], lang), percent(total["worst_share"], lang)
        note = t("headline.range", lang, best=best, worst=worst)
        for season in ("wet", "dry"):
            label = f"{t(f'service.{service}', lang)}, {t(f'season.{season}', lang).lower()}"
            shown = note if season == state.get("season") else ""
            figures.append((label, percent(total[f"share_{season}"], lang), shown))
    cards(figures)
    small(t("needs.seasons_note", lang))


def _institutions(analysis: Analysis, lang: str) -> None:
    needs, rows = analysis.needs["institutions"], analysis.institutions
    st.subheader(t("needs.institutions", lang))
    if not len(rows):
        st.info(t("needs.no_institutions", lang))
        return
    of = t("needs.of_all", lang, count=count(needs["institutions"], lang))
    cards(
        [
            (t("needs.is_met", lang), count(needs["met"], lang), of),
            (t("needs.not_met", lang), count(needs["not_met"], lang), of),
            (t("needs.not_known", lang), count(needs["unknown"], lang), of),
            (t("needs.toilets_short", lang), count(needs["toilets_short"], lang), t("needs.toilets_rule", lang)),
        ]
    )
    _unfolded_table("institutions", rows, _OF_INSTITUTIONS, lang)


def _facilities(analysis: Analysis, lang: str) -> None:
    tanks = analysis.needs["tanks"]
    st.subheader(t("needs.tanks", lang))
    far = (
        metres(tanks["furthest_plant_m"], lang) if tanks["furthest_plant_m"] is not None else t("needs.no_plant", lang)
    )
    words = [(t(f"needs.emptying.{name}", lang), count(tanks[name], lang), "") for name in ("due", "ok", "unknown")]
    cards([*words, (t("needs.furthest_plant", lang), far, "")])
    rows = analysis.sanitation[analysis.sanitation["emptying"].notna()]
    if len(rows):
        _unfolded_table(
            "tanks", rows, ("facility_id", "name", "village_code", "emptying", "emptied_on", "plant_m"), lang
        )


def _conflicts(analysis: Analysis, lang: str) -> None:
    st.subheader(t("needs.conflicts", lang))
    if not len(analysis.conflicts):
        st.text(t("needs.no_conflicts", lang))
        return
    st.text(t("needs.conflicts_found", lang, count=count(analysis.needs["conflict_points"], lang)))
    _table(analysis.conflicts, ("point_id", "facility_id", "distance_m"), lang)


def _unfolded_table(key: str, rows: pd.DataFrame, names: tuple[str, ...], lang: str) -> None:
    """A table that is made once it is unfolded."""
    with st.expander(t("needs.list", lang), key=f"{key}-fold", on_change="rerun") as fold:
        if fold.open:
            _table(rows, names, lang)


def _table(rows: pd.DataFrame, names: tuple[str, ...], lang: str) -> None:
    st.dataframe(plain_table(rows, names, lang), hide_index=True, key=f"service-{names[0]}")


if __name__ == "__main__":
    page()
