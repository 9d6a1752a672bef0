"""Peta / Map: who is covered, who is not, and why."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from geo.model.results import Analysis
from geo.model.sites import STATES
from texts import count, metres, notice_text, percent, state_text, t
from texts.looks import state_colour
from views.onmap.detail import detail
from views.onmap.draw_map import draw, layer_switches
from views.onmap.drawing import drawn_part
from views.onmap.filters import filter_part
from views.onmap.ground import settings_part
from views.onmap.keep_map import keep_part
from views.onmap.search import search
from views.onmap.sites_table import sites_table
from views.onmap.years import through_years
from views.parts.cards import cards
from views.parts.text import small
from views.session import state
from views.session.buttons import told
from views.session.controls import controls, standard_notes
from views.session.guide import hint
from views.session.linked import linked_table

#: So many notes are written out; more are a table.
_TOLD = 100


def page() -> None:
    """Draw the page."""
    hint(state.get("lang"))
    _map_part()


@st.fragment
@told()
def _map_part() -> None:
    lang = state.get("lang")
    controls(lang)
    analysis = through_years(lang)
    _headline(analysis, lang)
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    with left:
        shown = layer_switches(lang)
    with right:
        search(analysis, lang)
    some = filter_part(analysis, lang)
    settings_part(lang)
    draw(some, shown, lang, key="map", below=lambda: _chosen(analysis, lang))
    drawn_part(analysis, lang)
    keep_part(some, shown, lang)
    _tables(analysis, some, lang)
    _problems(analysis, lang)
    state.sync_url()


def _chosen(analysis: Analysis, lang: str) -> None:
    """What is known of the chosen site or village, right below the map."""
    if state.get("site"):
        detail(analysis, state.get("site"), lang)


def _headline(analysis: Analysis, lang: str) -> None:
    service = state.get("service")
    total = analysis.totals[service]
    best, worst = percent(total["best_share"], lang), percent(total["worst_share"], lang)
    people, far = count(total["population"], lang), metres(total["distance_p90_m"], lang)
    mapped = f"{count(total['villages_mapped'], lang)} / {count(total['villages'], lang)}"
    missing = total["villages_without_population"]
    bare = t("headline.bare", lang, count=count(missing, lang)) if missing else t("headline.none_bare", lang)
    share, median = percent(total["share"], lang), metres(total["distance_median_m"], lang)
    cards(
        [
            (t(f"headline.share.{service}", lang), share, t("headline.range", lang, best=best, worst=worst)),
            (t("headline.gap", lang), count(total["gap"], lang), t("headline.of", lang, people=people)),
            (t("headline.median", lang), median, t("headline.p90", lang, far=far)),
            (t("headline.mapped", lang), mapped, bare),
        ]
    )
    _state_bar(total, lang)


def _state_bar(total: dict[str, Any], lang: str) -> None:
    """The five states as one bar whose parts sum to the population, with their figures in words."""
    people = total["population"]
    if not people:
        st.info(t("headline.no_population", lang))
        return
    parts, words = [], []
    for name in STATES:
        colour, value = state_colour(name), total[name] or 0.0
        block = f"display:inline-block;height:18px;width:{value / people * 100:.3f}%;background:{colour}"
        box = f"display:inline-block;width:11px;height:11px;border:1px solid #333;background:{colour}"
        word = f"{state_text(name, state.get('service'), lang)}: {count(value, lang)}"
        parts.append(f'<span style="{block}"></span>')
        words.append(f'<span style="margin-right:14px;white-space:nowrap"><span style="{box}"></span> {word}</span>')
    bar = f'<div style="line-height:0;border:1px solid #333" aria-hidden="true">{"".join(parts)}</div>'
    st.html(f'{bar}<div style="font-size:.9rem">{" ".join(words)}</div>')


def _tables(analysis: Analysis, some: Analysis, lang: str) -> None:
    """Made once they are unfolded: a table takes a browser longer to begin with than the map."""
    with st.expander(t("map.table", lang), key="villages-fold", on_change="rerun") as fold:
        if fold.open:
            small(t("map.table_help", lang))
            places = analysis.villages.geometry.representative_point()
            rows = analysis.villages["village_code"].fillna("").tolist(), list(zip(places.y, places.x, strict=True))
            linked_table(_rows(analysis, lang), *rows, 14, "villages-table", alt=t("map.table", lang))
    with st.expander(t("map.sites_table", lang), key="sites-fold", on_change="rerun") as fold:
        if fold.open:
            small(t("map.table_help", lang))
            sites_table(some, lang)


def _rows(analysis: Analysis, lang: str) -> pd.DataFrame:
    prefix = "" if state.get("service") == "water" else "sanitation_"
    rows = analysis.villages
    names = rows["name"].fillna(t("map.outside", lang))
    table = pd.DataFrame({t("map.village", lang): names, t("map.code", lang): rows["village_code"]})
    table[t("map.population", lang)] = rows["population"].map(lambda v: count(v, lang))
    for name in STATES:
        table[state_text(name, state.get("service"), lang)] = rows[prefix + name].map(lambda v: count(v, lang))
    return table.assign(**{t("map.share", lang): rows[prefix + "share"].map(lambda v: percent(v, lang))})


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
