"""Data: what is in use, bringing one's own, its faults and rejects, and the versions."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from texts import count, t
from views.bringing.fetch import fetch_part
from views.bringing.history import record_part, versions_part
from views.bringing.inbox import inbox_part
from views.bringing.osm import osm_part
from views.bringing.returned import returned_part
from views.bringing.upload import import_part
from views.parts.text import marked
from views.session import state
from views.session.cache import inputs


def page() -> None:
    """Draw the page."""
    lang = state.get("lang")
    for key, told in st.session_state.pop("imported", []):
        (st.warning if key.startswith("inbox.") else st.success)(marked(key, lang, **told))
    _in_use(lang)
    st.subheader(t("data.import", lang))
    st.markdown(t("data.import_help", lang))
    import_part(lang)
    osm_part(lang)
    fetch_part(lang)
    returned_part(lang)
    inbox_part(lang)
    versions_part(lang)
    record_part(lang)


def _in_use(lang: str) -> None:
    data = inputs()
    st.subheader(t("data.in_use", lang))
    rows = [
        {
            t("data.table", lang): t(f"table.{name}", lang),
            t("data.rows", lang): count(len(table), lang),
            t("map.source", lang): data.sources.get(name, "–"),
        }
        for name, table in data.tables().items()
    ]
    if data.elevation is not None:
        source = data.sources.get("elevation", data.elevation.name)
        named = {t("data.table", lang): t("data.elevation", lang), t("data.rows", lang): "–"}
        rows.append(named | {t("map.source", lang): source})
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="data-in-use")


if __name__ == "__main__":
    page()
