"""Prioritas / Priorities: the list and the map, linked both ways, with weights and the reason of each site."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from geo.model.results import Analysis
from geo.model.sites import SITE_TABLES, kind_column
from texts import count, money, not_listed_text, percent, t
from views.onmap.detail import detail
from views.onmap.draw_map import draw
from views.onmap.headline import headline
from views.onmap.screen import BESIDE, headroom, screen
from views.onmap.search import search
from views.parts.fold import fold
from views.parts.table import Words, worded
from views.parts.text import small
from views.planning.weights import weights_part
from views.session import state
from views.session.buttons import told
from views.session.cache import analysis as cached_analysis
from views.session.controls import controls
from views.session.linked import linked_table

#: So many of the list are on the page.
_LISTED = 2_000
#: Pixels of the list's own height, before the panel stretches it.
_HIGH = 420
#: Columns beside the map, and how wide each is, in pixels.
_BESIDE = 7
_WIDTHS = (36, 88, 76, 76, 96, 66, 110, 52, 64, 92, 64, 62)


def page() -> None:
    """Draw the page."""
    lang = state.get("lang")
    controls(lang)
    with st.sidebar, fold("fold-weights", t("priorities.weights", lang), opened=state.get("guide") != "0"):
        weights_part(lang)  # the tour shows them
    _priorities_part()


@st.fragment
@told()
def _priorities_part() -> None:
    lang = state.get("lang")
    analysis = cached_analysis(state.params())
    with headroom():
        headline(analysis, lang)
    rows = analysis.priorities
    rows = rows[rows["service"] == state.get("service")] if len(rows) else rows
    frame = screen("priorities", lang, opens=BESIDE)
    chosen = state.get("site")
    with frame.map:
        with st.container(key="over-search"):
            search(analysis, lang)
        shown = ["villages", "settlements", SITE_TABLES[state.get("service")], "priorities"]
        draw(analysis, shown, lang, key="priorities", over=True, chosen=chosen)
    if frame.panel is not None:
        with frame.panel:
            _panel(rows, analysis, lang, wide=frame.wide)
    state.sync_url()


def _panel(rows: pd.DataFrame, analysis: Analysis, lang: str, *, wide: bool) -> None:
    """The chosen site, which stays while the list scrolls, and the list; with room for it, the list has all columns."""
    left_out = not_listed_text(analysis.needs["not_listed"][state.get("service")], lang)
    if rows.empty:
        st.info(t("priorities.none", lang))
        if left_out:
            small(left_out)
        return
    if state.get("site"):
        with st.container(key="chosen"):
            detail(analysis, state.get("site"), lang)
    else:
        small(t("priorities.choose", lang))
    _table(rows.head(_LISTED), analysis, lang, whole=wide)
    if len(rows) > _LISTED:
        small(t("priorities.listed", lang, count=count(_LISTED, lang)))
    draws = count(analysis.provenance["params"].draws, lang)
    small(t("priorities.caption", lang, count=count(len(rows), lang), draws=draws))
    if left_out:
        small(left_out)


def _table(rows: pd.DataFrame, analysis: Analysis, lang: str, *, whole: bool) -> None:
    """The list; `whole` brings all columns, the others fit beside the map."""
    shown, words, meant = _columns(rows, analysis, lang)
    if not whole:
        shown = shown.iloc[:, :_BESIDE]
    linked_table(
        worded(shown, words),
        rows["site_id"].tolist(),
        list(zip(rows["lat"], rows["lon"], strict=True)),
        15,
        f"priorities-{whole}",
        height=_HIGH,
        column_config={
            name: st.column_config.Column(width=width, help=meant.get(name))
            for name, width in zip(shown.columns, _WIDTHS, strict=False)
        },
        alt=t("page.priorities", lang),
    )


def _columns(rows: pd.DataFrame, analysis: Analysis, lang: str) -> tuple[pd.DataFrame, Words, dict[str, str]]:
    """All columns under short names, and what a name means where it does not say it all."""
    kind = kind_column(state.get("service"))
    villages = dict(zip(analysis.villages["village_code"], analysis.villages["name"], strict=True))
    n = analysis.provenance["params"].top_n
    names = ("range", "top_short", "crucial", "topsis_short")
    spread, top, crucial, topsis = (t(f"priorities.{name}", lang, n=n) for name in names)
    shown = pd.DataFrame(
        {
            "#": _joined(rows["rank"], rows["tied"].map({True: "=", False: ""}), ""),
            t("map.village", lang): rows["village_code"].map(lambda code: villages.get(code, "–")),
            t("priorities.gain", lang): rows["gain_people"].round(),
            "ID": rows["site_id"],
            t("map.cost", lang): rows["cost_idr"],
            spread: _joined(rows["rank_low"], rows["rank_high"], "–"),
            t("map.status", lang): rows["status"].map(lambda name: t(f"status.{name}", lang)),
            t("priorities.score", lang): rows["score"],
            top: rows["top_n_share"],
            t("map.kind", lang): rows["technology"].map(lambda name: t(f"{kind}.{name}", lang)),
            crucial: rows["crucialness"],
            topsis: rows["topsis_rank"],
        }
    )
    words = {
        t("priorities.gain", lang): lambda v: count(v, lang), t("map.cost", lang): lambda v: money(v, lang),
        t("priorities.score", lang): lambda v: count(v, lang, 3),
        **dict.fromkeys((top, crucial), lambda v: percent(v, lang)),
    }  # fmt: skip
    meant = {spread: t("map.rank_range", lang), top: t("priorities.top", lang, n=n)}
    return shown, words, meant | {crucial: t("criterion.crucialness", lang), topsis: t("priorities.topsis", lang)}


def _joined(left: pd.Series, right: pd.Series, between: str) -> list[str]:
    return [f"{a}{between}{b}" for a, b in zip(left, right, strict=True)]


if __name__ == "__main__":
    page()
