"""Yardsticks side by side with the reasons of their difference, and the check of nearest first against the most."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from geo.analysis.standards_compared import REASONS
from geo.model.facts import standard_keys
from geo.model.sites import STATES
from texts import count, metres, percent, state_text, t
from views.parts.text import small
from views.session import state
from views.session.buttons import asked, due
from views.session.cache import most, yardsticks


def yardstick_part(lang: str) -> None:
    """Three standards (or more) on the same data."""
    service = state.get("service")
    st.subheader(t("yardsticks.title", lang, service=t(f"service.{service}", lang)))
    names = {key: t(f"standard.{key}", lang) for key in standard_keys()}
    with st.container(key=f"yardsticks-{lang}"):  # another language draws the tags anew
        st.multiselect(t("yardsticks.which", lang), list(names), format_func=names.get, **state.bound("yardsticks"))
    keys = [key for key in state.get("yardsticks").split(",") if key]
    if len(keys) < 2:
        st.info(t("yardsticks.two", lang))
        return
    found = yardsticks(state.params(), tuple(keys), service)
    rows = found.states
    table = pd.DataFrame({t("control.standard", lang): rows["standard"].map(names)})
    table[t("about.reach", lang)] = rows["reach_m"].map(lambda value: metres(value, lang))
    table[t("map.share", lang)] = rows["share"].map(lambda value: percent(value, lang))
    for name in STATES:
        table[state_text(name, service, lang)] = rows[name].map(lambda value: count(value, lang))
    st.dataframe(table, hide_index=True, key="yardsticks")
    for row in found.reasons.to_dict("records"):
        parts = {name: _signed(row[name], lang) for name in REASONS}
        one, other = names[row["standard"]], names[row["against"]]
        st.text(
            "• " + t("yardsticks.why", lang, one=one, other=other, difference=_signed(row["difference"], lang), **parts)
        )
    small(t("yardsticks.note", lang))


def _signed(value: float, lang: str) -> str:
    return ("−" if value <= -0.5 else "+" if value >= 0.5 else "") + count(abs(value), lang)


def most_part(lang: str) -> None:
    """How many more could be served if people were shared out in the best way: a check, on request."""
    st.subheader(t("most.title", lang))
    small(t("most.help", lang))
    st.button(t("most.do", lang), **asked("most"))
    if due("most") or st.session_state.get("most-shown"):
        st.session_state["most-shown"] = True
        with st.spinner(t("most.working", lang)):
            found = most(state.params())
        for service, row in found.items():
            figures = {name: count(row[name], lang) for name in ("served", "most", "missed")}
            st.text(f"{t(f'service.{service}', lang)}: {t('most.found', lang, **figures)}")
