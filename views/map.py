"""Peta / Map: who is covered, who is not, and why."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from geo.model.results import Analysis
from geo.model.sites import STATES
from texts import count, notice_text, percent, state_text, t
from views.onmap.detail import detail
from views.onmap.draw_map import draw, layer_switches, shown_layers
from views.onmap.drawing import drawn_part
from views.onmap.filters import filter_part, wanted_sites
from views.onmap.ground import settings_part
from views.onmap.headline import headline
from views.onmap.keep_map import keep_part
from views.onmap.screen import CLOSED, headroom, screen
from views.onmap.search import search
from views.onmap.sites_table import sites_table
from views.onmap.years import through_years, year_slider
from views.parts.table import worded
from views.parts.text import small
from views.session import state
from views.session.buttons import told
from views.session.cache import analysis as cached_analysis
from views.session.controls import controls, standard_notes
from views.session.guide import hint
from views.session.linked import linked_table

#: So many notes are written out; more are a table.
_TOLD = 100


def page() -> None:
    """Draw the page."""
    lang = state.get("lang")
    controls(lang, what=lambda: layer_switches(lang), when=lambda: year_slider(lang))
    analysis = cached_analysis(state.params())
    with st.sidebar:
        filter_part(analysis, lang)
        settings_part(lang)
    hint(lang)
    _map_part()


@st.fragment
@told()
def _map_part() -> None:
    lang = state.get("lang")
    with headroom():
        analysis = through_years(lang)
        headline(analysis, lang)
    some, shown = wanted_sites(analysis), shown_layers()
    frame = screen("map", lang, opens=CLOSED)
    with frame.map:
        with st.container(key="over-search"):
            search(analysis, lang)
        draw(some, shown, lang, key="map", over=True)
    if frame.panel is not None:
        with frame.panel:
            _panel(analysis, some, shown, lang)
    state.sync_url()


def _panel(analysis: Analysis, some: Analysis, shown: list[str], lang: str) -> None:
    """What is known of the chosen site or village, lists, files and notes."""
    if state.get("site"):
        detail(analysis, state.get("site"), lang)
    drawn_part(analysis, lang)
    _tables(analysis, some, lang)
    keep_part(some, shown, lang)
    _problems(analysis, lang)


def _tables(analysis: Analysis, some: Analysis, lang: str) -> None:
    """Made once they are unfolded: a table takes a browser longer to begin with than the map."""
    with st.expander(t("map.table", lang), key="villages-fold", on_change="rerun") as fold:
        if fold.open:
            small(t("map.table_help", lang))
            gap = "gap" if state.get("service") == "water" else "sanitation_gap"
            most = [gap, gap.removesuffix("gap") + "unmapped"]
            villages = analysis.villages.sort_values(most, ascending=False, kind="stable", na_position="last")
            places = villages.geometry.representative_point()
            rows = villages["village_code"].fillna("").tolist(), list(zip(places.y, places.x, strict=True))
            heads = (("map.share_short", "map.share", 44), ("map.gap_short", "map.gap", 58))
            looks = {
                t(short, lang): st.column_config.Column(width=width, help=t(whole, lang))
                for short, whole, width in heads
            }
            told = state_text("unmapped", state.get("service"), lang)
            looks[t("map.unmapped_short", lang)] = st.column_config.Column(width=70, help=told)
            looks[t("map.village", lang)] = st.column_config.Column(width=76)
            rows_shown = _rows(villages, lang)
            linked_table(rows_shown, *rows, 14, "villages-table", alt=t("map.table", lang), column_config=looks)
    with st.expander(t("map.sites_table", lang), key="sites-fold", on_change="rerun") as fold:
        if fold.open:
            small(t("map.table_help", lang))
            sites_table(some, lang)


def _rows(rows: pd.DataFrame, lang: str) -> Any:
    """Villages with who is not served first: numbers that sort as numbers, read in the language."""
    prefix = "" if state.get("service") == "water" else "sanitation_"
    names = rows["name"].fillna(t("map.outside", lang))
    gap, share, people = t("map.gap_short", lang), t("map.share_short", lang), t("map.population", lang)
    states = {name: state_text(name, state.get("service"), lang) for name in STATES}
    states["unmapped"] = t("map.unmapped_short", lang)
    table = pd.DataFrame(
        {t("map.village", lang): names, share: rows[prefix + "share"], gap: rows[prefix + "gap"].round()}
    )
    table[states["unmapped"]] = rows[prefix + "unmapped"].round()  # beside those not served: nobody is neither
    table[people] = rows["population"].round()
    for name, title in states.items():
        table[title] = rows[prefix + name].round()
    table[t("map.code", lang)] = rows["village_code"]
    words = dict.fromkeys([gap, people, *states.values()], lambda v: count(v, lang))
    return worded(table, words | {share: lambda v: percent(v, lang)})


def _problems(analysis: Analysis, lang: str) -> None:
    lines = [notice_text(problem, lang) for problem in analysis.notices] + standard_notes(lang)
    title = t("map.problems", lang, count=count(len(lines), lang))
    if len(lines) > _TOLD:
        with st.expander(title, key="problems-fold", on_change="rerun") as fold:
            if fold.open:
                st.dataframe(pd.DataFrame({t("map.note", lang): lines}), hide_index=True)
    elif lines:
        with st.expander(title):
            for line in lines:
                st.text("• " + line)


if __name__ == "__main__":
    page()
