"""What stands behind a chosen village or site, and the form that reports a site's status to the record."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import streamlit as st

from forum.public.pictures import pictures_of
from geo.model.changes import Change
from geo.model.results import Analysis
from geo.model.sites import STATES, STATUSES, kind_column, site_id_column
from geo.priorities.turning import weight_enough
from geo.workspace.history import photo_of
from layers.features import site_lines
from texts import count, metres, money, state_text, t, turned_text, why
from views.onmap.past import past_part
from views.onmap.village import site_decisions, village_part
from views.parts.picture import kept_photo
from views.parts.text import plain, small
from views.session import state
from views.session.buttons import answer, doing
from views.session.cache import inputs, workspace
from views.session.record import record
from views.session.who import who_field

#: So many pictures of a site are shown, the newest.
_PICTURES = 4


def detail(analysis: Analysis, chosen: str, lang: str) -> None:
    """Show the chosen village or site."""
    with st.container(border=True, key="detail"):
        rows = analysis.priorities
        site = rows[rows["site_id"] == chosen] if len(rows) else rows
        village = analysis.villages[analysis.villages["village_code"] == chosen]
        place = analysis.places[analysis.places["place_id"] == chosen]
        found = _status_of(analysis, chosen)
        if len(site):
            _site(site.iloc[0].to_dict(), chosen, lang)
            _turned(analysis, chosen, site.iloc[0]["service"], lang)
        elif len(village):
            village_part(analysis, chosen, lang)
        elif len(place):
            _place(place.iloc[0].to_dict(), chosen, lang)
        elif found:
            _unlisted(analysis, chosen, *found, lang)
        else:
            st.text(t("detail.not_here", lang, value=chosen))
        st.button(t("detail.close", lang), on_click=state.put, args=("site", ""), key="detail-close")
        if found:
            site_decisions(found[0], chosen, lang)
            _kept(analysis, chosen, lang)
            past_part(found[0], chosen, lang)
            _report(chosen, *found, lang)


def _site(row: dict[str, Any], chosen: str, lang: str) -> None:
    st.markdown(f"**{plain(row['name'] or chosen)}** ({plain(chosen)})")
    st.text(why(row, lang))
    ranks = {"rank": row["rank"], "low": row["rank_low"], "high": row["rank_high"]}
    small(t("detail.rank", lang, cost=money(row["cost_idr"], lang), **ranks))


def _turned(analysis: Analysis, chosen: str, service: str, lang: str) -> None:
    """Of a site that is not among the first: the weight with which it would be."""
    params, rows = analysis.provenance["params"], analysis.priorities
    rows = rows[rows["service"] == service].reset_index(drop=True)
    at = int(np.flatnonzero(rows["site_id"] == chosen)[0])
    if rows["rank"].iloc[at] > params.top_n:
        small(turned_text(weight_enough(rows, params.weight_of(), at, params.top_n), params.top_n, lang))


def _unlisted(analysis: Analysis, chosen: str, service: str, status: str, lang: str) -> None:
    """A site that needs no repair, or can have none: what is known of it."""
    table = analysis.water_points if service == "water" else analysis.sanitation
    row = next(table[table[site_id_column(service)] == chosen].itertuples(index=False))
    kind = kind_column(service)
    st.markdown(f"**{plain(row.name or chosen)}** ({plain(chosen)})")
    st.text(t("detail.not_repairable", lang, status=t(f"status.{status}", lang)))
    lines = site_lines(row, lang, t(f"{kind}.{getattr(row, kind)}", lang))
    small(" · ".join(f"{label}: {text}" for label, text in lines))


def _kept(analysis: Analysis, chosen: str, lang: str) -> None:
    """The photos the workspace keeps, the newest first, each with its day, and what somebody noted down."""
    for service, table in (("water", analysis.water_points), ("sanitation", analysis.sanitation)):
        rows = table[table[site_id_column(service)] == chosen]
        if rows.empty:
            continue
        note, events = rows.iloc[0].get("note"), record(workspace()).standing("photo")
        taken = pictures_of(events, service, chosen, photo_of(inputs(), service, chosen))
        for one in taken[::-1][:_PICTURES]:
            kept_photo(workspace(), one.photo, one.on, [t("sheet.photo_alt", lang, site=chosen)], lang)
        if isinstance(note, str):
            st.text(f"{t('returned.note', lang)}: {note}")


def _place(row: dict[str, Any], chosen: str, lang: str) -> None:
    """A settlement: its people by state, and how far they walk."""
    st.markdown(f"**{plain(row['name'] or chosen)}** ({plain(chosen)})")
    service = state.get("service")
    prefix = "" if service == "water" else "sanitation_"
    parts = [
        f"{state_text(name, service, lang)}: {count(row[prefix + name], lang)}"
        for name in STATES
        if row[prefix + name] is not None and row[prefix + name] >= 0.5
    ]
    st.text(f"{t('map.population', lang)}: {count(row['people'], lang)}. " + "; ".join(parts))
    if service == "water":
        small(t("detail.nearest", lang, far=metres(row["nearest_m"], lang)))


def _status_of(analysis: Analysis, chosen: str) -> tuple[str, str] | None:
    tables = {"water": analysis.water_points, "sanitation": analysis.sanitation}
    for service, table in tables.items():
        column = site_id_column(service)
        hit = table[table[column] == chosen]
        if len(hit):
            return service, str(hit.iloc[0]["status"])
    return None


def _report(chosen: str, service: str, status: str, lang: str) -> None:
    """Report a new status: an event in the record, replayed over the data, never an edit of them."""
    with st.expander(t("report.title", lang)), st.form(f"report-{chosen}", border=False):
        names = {name: t(f"status.{name}", lang) for name in STATUSES}
        keys = (f"report-status-{chosen}", f"report-who-{chosen}")
        index = STATUSES.index(status)
        st.selectbox(t("map.status", lang), STATUSES, index=index, format_func=names.get, key=keys[0])
        who_field(st, t("report.who", lang), keys[1])
        act = f"report-send-{chosen}"
        st.form_submit_button(t("report.send", lang), **doing(act, keys, _send, service, chosen, act="status"))
        answer(act, lang)


def _send(status: str, who: str, service: str, chosen: str) -> None:
    record(workspace()).report_status(who or "", Change(service, chosen, status, date.today()))
