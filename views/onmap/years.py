"""The map through the years: sites as the reports until then tell them."""

from __future__ import annotations

from datetime import date

import streamlit as st

from geo.model.results import Analysis
from texts import count, t
from views.session import state
from views.session.cache import analysis, analysis_at, report_years


def year_slider(lang: str) -> None:
    """Draw the slider where there are reports of several years."""
    words = _years(lang)
    if not words:
        state.keep("year", "0")
        return
    if int(state.get("year")) not in words:
        state.put("year", "0")
    st.select_slider(t("years.until", lang), list(words), format_func=words.get, **state.bound("year"))


def _years(lang: str) -> dict[int, str]:
    """Return the years that can be looked at, in words; none where there is but one."""
    known, now = report_years(), date.today().year
    if known is None or known[0] >= now:
        return {}
    first, last = known[0], max(known[1], now)
    return {year: str(year) for year in range(first, last)} | {0: t("years.now", lang)}


def through_years(lang: str) -> Analysis:
    """Return the analysis of the year that the state asks for; an earlier one says so."""
    year = int(state.get("year"))
    if not year:
        return analysis(state.params())
    found = analysis_at(state.params(), year)
    sites = found.water_points if state.get("service") == "water" else found.sanitation
    unknown = int((sites["status"] == "unknown").sum())
    st.warning(t("years.told", lang, year=year, unknown=count(unknown, lang), sites=count(len(sites), lang)))
    return found
