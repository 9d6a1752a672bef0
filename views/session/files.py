"""Buttons that give a table as files, one a format."""

from __future__ import annotations

import geopandas as gpd
import streamlit as st

from exports.formats import EXPORTS, export, file_name
from exports.tables.sheet import Sheet, sheet_of
from forum.members import members
from forum.roles import permit
from geo.analysis.privacy import of_households
from geo.model.results import Analysis
from geo.workspace.audit import note
from texts import count, t
from views.session import state
from views.session.cache import workspace
from views.session.hosts import reachable_address
from views.session.record import account, signing_in, whole_record
from views.session.who import allowed


def _exact(name: str, rows: gpd.GeoDataFrame, lang: str) -> bool:
    """Whether the file is for those who go there: only they take the places of single households as they are."""
    private = int(of_households(rows).sum())
    if not private:
        return False
    told = st.checkbox(
        t("export.exact", lang, count=count(private, lang)),
        disabled=not allowed("private"),
        help=t("export.exact_help", lang),
        key=f"{name}-exact",
    )
    return told and allowed("private")


def _made(sheet: Sheet, form: str, name: str, rows: int, *, exact: bool, who: str | None) -> bytes:
    """The file, once it is asked for, outside any page: who it was for is told; that it left stands in the log.

    Raises
    ------
    CallError
        If exact places were offered to somebody who may not have them any more.
    """
    if signing_in():
        if exact:
            known = members(whole_record(workspace()).standing("member"))
            permit(known.get(who or ""), "private")
        note(workspace(), "export", who, name=name, form=form, rows=rows, exact=exact)
    return export(sheet, form)


def file_buttons(
    analysis: Analysis, rows: gpd.GeoDataFrame, title: str, name: str, formats: tuple[str, ...], lang: str
) -> None:
    """Offer a table in some formats; each is made once it is asked for."""
    if rows.empty:
        return
    exact = _exact(name, rows, lang)
    report_at = f"{reachable_address()}/report" if reachable_address() else ""
    sheet = sheet_of(
        analysis, rows, t(title, lang), lang, photos=workspace() / "photos", exact=exact, report_at=report_at
    )
    who = account(workspace()) if signing_in() else None  # asked here: the file is made where nobody is known
    with st.container(horizontal=True):
        for form in formats:
            st.download_button(
                t(f"format.{form}", lang),
                lambda form=form: _made(sheet, form, name, len(rows), exact=exact, who=who),
                mime=EXPORTS[form].media,
                on_click="ignore",
                file_name=file_name(f"mata-air-{name}-{state.get('area')}", form),
                key=f"{name}-{form}",
                icon=":material/download:",
            )
