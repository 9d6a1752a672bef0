"""Ekspor / Export: the chosen sites and the coverage table as files."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from exports import export, sheet_of, with_why
from geo.model import Analysis
from texts import count, t
from views import _state as state
from views._cache import analysis as cached_analysis
from views._text import small

_OFFERED = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
}


def page() -> None:
    """Draw the page."""
    lang = state.get("lang")
    analysis = cached_analysis(state.params())
    st.subheader(t("title.priorities", lang))
    rows = analysis.priorities
    if rows.empty:
        st.info(t("priorities.none", lang))
    else:
        rows = _chosen(rows, lang)
        _buttons(analysis, with_why(rows, lang), "title.priorities", "prioritas", lang)
    st.subheader(t("title.coverage", lang))
    _buttons(analysis, analysis.villages, "title.coverage", "cakupan", lang)
    small(t("export.note", lang))


def _chosen(rows: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Let the user pick: the first N of the current list, and tick single sites off."""
    rows = rows[rows["service"] == state.get("service")]
    number = st.slider(t("export.how_many", lang), 1, max(len(rows), 2), min(20, len(rows)), key="export-number")
    rows = rows.head(number)
    ids = st.multiselect(
        t("export.sites", lang), rows["site_id"], default=rows["site_id"].tolist(), key=f"export-sites-{number}"
    )
    rows = rows[rows["site_id"].isin(ids)]
    small(t("export.count", lang, count=count(len(rows), lang)))
    return rows


def _buttons(analysis: Analysis, rows: pd.DataFrame, title: str, name: str, lang: str) -> None:
    if rows.empty:
        return
    sheet = sheet_of(analysis, rows, t(title, lang), lang)
    for column, (ending, mime) in zip(st.columns(len(_OFFERED)), _OFFERED.items(), strict=True):
        with column:
            st.download_button(
                ending.upper(),
                lambda ending=ending: export(sheet, ending),
                mime=mime,
                on_click="ignore",
                width="stretch",
                file_name=f"mata-air-{name}-{state.get('area')}.{ending}",
                key=f"{name}-{ending}",
                icon=":material/download:",
            )


if __name__ == "__main__":
    page()
