"""The minutes of a meeting: what was decided at a glance, and the files to print and sign."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import streamlit as st

from exports.paper.minutes import minutes_docx, minutes_pdf, told
from forum.meetings import Meeting
from forum.public import recount
from forum.public.evidence import evidence
from geo.model.errors import PlanningError
from texts import t
from views.parts.text import refusal, small
from views.session import state
from views.session.buttons import asked, due
from views.session.cache import analysis as cached_analysis
from views.session.cache import workspace
from views.session.record import record

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def minutes_part(meeting: Meeting, lang: str) -> None:
    """Every item with what was decided; PDF and DOCX on request."""
    written = record(workspace())
    fields = asdict(meeting) | {"head": written.head().short, "lines": evidence(written, meeting.number)["lines"]}
    found = told(fields, lang)
    table = pd.DataFrame(found["decisions"], columns=found["heads"]["decisions"])
    st.dataframe(table, hide_index=True, key=f"minutes-{meeting.number}")
    for line in (*found["rules"], *found["aside"], *found["votes"], *found["dissents"]):
        st.text(f"• {line}")
    small(t("minutes.help", lang))
    key = (meeting, lang)
    st.button(t("minutes.make", lang), **asked("minutes-make"))
    if due("minutes-make"):
        try:
            with st.spinner(t("minutes.making", lang)):
                pdf = minutes_pdf(fields, lang, cached_analysis(state.params()))
                st.session_state["minutes"] = (key, pdf, minutes_docx(fields, lang))
        except PlanningError as error:
            st.error(refusal(error, lang))
    kept = st.session_state.get("minutes")
    if kept is None or kept[0] != key:
        return
    name = f"berita-acara-{meeting.on.isoformat()}" if lang == "id" else f"minutes-{meeting.on.isoformat()}"
    left, right, file, program = st.columns(4)
    left.download_button(
        t("minutes.pdf", lang), kept[1], file_name=f"{name}.pdf", mime="application/pdf", on_click="ignore"
    )
    right.download_button(t("minutes.docx", lang), kept[2], file_name=f"{name}.docx", mime=_DOCX, on_click="ignore")
    file.download_button(
        t("minutes.file", lang), lambda: json.dumps(evidence(written, meeting.number), ensure_ascii=False, indent=1),
        file_name=f"{name}.json", mime="application/json", on_click="ignore",
    )  # fmt: skip
    program.download_button(
        t("minutes.recount", lang), Path(recount.__file__).read_bytes(), file_name="recount.py",
        mime="text/x-python", on_click="ignore",
    )  # fmt: skip
    small(t("minutes.recount_help", lang))
