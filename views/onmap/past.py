"""What was reported of a site before: earlier reports of the data, and what the record holds."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from forum.checks import local_day
from geo.workspace.history import reports_of
from texts import day, source_text, t
from views.session.cache import inputs, workspace
from views.session.record import record


def past_part(service: str, chosen: str, lang: str) -> None:
    """The history of a site, the newest first; nothing where there is none."""
    told = [
        (row.reported_on.date(), row.status, f"{t('history.report', lang)}: {source_text(str(row.data_source), lang)}")
        for row in reports_of(inputs(), service, chosen).itertuples()
    ]
    for event in record(workspace()).standing("status"):
        if event.content.get("service") == service and event.content.get("site_id") == chosen:
            told.append((local_day(event.at), event.content["status"], event.who))
    if not told:
        return
    with st.expander(t("detail.history", lang, count=len(told))):
        rows = [
            {
                t("about.date", lang): day(when, lang),
                t("map.status", lang): t(f"status.{found}", lang),
                t("map.source", lang): source,
            }
            for when, found, source in sorted(told, key=lambda row: row[0], reverse=True)
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key=f"past-{chosen}")
