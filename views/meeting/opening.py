"""A new meeting with its agenda from the list of priorities, and who is there."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from forum.acts import attend, call
from forum.meetings import ORGANISATIONS, Attendee, Item, Meeting
from geo.analysis.scenarios import Scenario, from_content
from geo.model.changes import Change, Upgrade
from geo.model.sites import SERVICES
from texts import count, t
from views.meeting.agenda import agenda, basis_of
from views.meeting.proposed import proposed_part
from views.meeting.rules import rules_part
from views.parts.text import marked, small
from views.session import state
from views.session.buttons import answer, doing
from views.session.cache import analysis as cached_analysis
from views.session.cache import area_names, inputs, workspace
from views.session.record import record
from views.session.who import own_field

_MOST = 60


def new_part(lang: str) -> None:
    """Call a meeting: its agenda are the first sites of the list as it is computed now."""
    st.subheader(t("forum.new", lang))
    params = state.params()
    analysis = cached_analysis(params)
    rows = analysis.priorities
    if rows.empty:
        st.info(t("priorities.none", lang))
        return
    small(t("forum.agenda_help", lang))
    names = {name: t(f"service.{name}", lang) for name in SERVICES}
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        services = st.multiselect(
            t("forum.services", lang),
            SERVICES,
            default=list(SERVICES),
            format_func=names.get,
            placeholder=t("control.choose", lang),
            key="forum-services",
        )
    with right:
        most = st.slider(t("forum.how_many", lang), 1, _MOST, 10, key="forum-most")
    items, basis = agenda(analysis, services, most), basis_of(analysis, lang)
    chosen = _scenario(lang)
    if chosen is not None:
        items, basis = _of_scenario(chosen, lang)
    items = proposed_part(analysis, items, lang)
    small(t("forum.agenda_of", lang, count=count(len(items), lang)))
    area = area_names(inputs(), lang)[state.get("area")]
    st.session_state.setdefault("forum-title", t("forum.title_of", lang, area=area))
    st.session_state.setdefault("forum-on", date.today())
    with st.form("forum-new"):
        columns = st.columns(2)
        columns[0].text_input(t("forum.title", lang), max_chars=120, key="forum-title")
        columns[1].text_input(t("forum.place", lang), max_chars=120, key="forum-place")
        columns[0].date_input(t("forum.on", lang), key="forum-on", format="DD/MM/YYYY")
        columns[1].text_input(t("forum.chair", lang), max_chars=100, key="forum-chair")
        fields = ("forum-title", "forum-place", "forum-on", "forum-chair")
        calling = doing("forum-call", fields, _call, items, basis, act="meeting", then=_called)
        st.form_submit_button(t("forum.call", lang), **calling)
    answer("forum-call", lang)


def _scenario(lang: str) -> Scenario | None:
    """The scenario that the agenda is taken from, if one is saved and chosen."""
    saved = record(workspace()).latest("scenario", "name")
    if not saved:
        return None
    names = {"": t("forum.agenda_list", lang)} | {name: f"{t('record.scenario', lang)}: {name}" for name in saved}
    name = st.selectbox(t("forum.agenda_from", lang), list(names), format_func=names.get, key="forum-agenda-from")
    return from_content(saved[name].content) if name else None


def _of_scenario(chosen: Scenario, lang: str) -> tuple[list[Item], dict[str, str]]:
    """The scenario's sites as they stand in the list of its own setting; what is no repair is told, not left out."""
    analysis = cached_analysis(chosen.params.with_(as_of=state.params().as_of))
    wanted = {change.site_id for change in chosen.changes if isinstance(change, (Change, Upgrade))}
    items = [item for item in agenda(analysis, list(SERVICES), None) if item.site_id in wanted]
    rest = len(chosen.changes) - len({item.site_id for item in items})
    if rest:
        small(t("forum.agenda_rest", lang, count=count(rest, lang)))
    if chosen.version != inputs().version:
        st.warning(marked("forum.other_version", lang, version=chosen.version))
    return items, basis_of(analysis, lang) | {"scenario": chosen.name}


def _call(title: str, place: str, on: date, chair: str, items: list[Item], basis: dict[str, str]) -> int:
    called = Meeting(
        0,
        title or "",
        place or "",
        on or date.today(),
        chair or "",
        state.get("area"),
        inputs().version,
        basis,
        tuple(items),
    )
    event = call(record(workspace()), chair or "", called)
    return event.number


def _called(number: int) -> None:
    state.put("meeting", str(number))
    state.put("part", "present")


def attendance_part(meeting: Meeting, lang: str) -> None:
    """Who is there, by organisation; names are added as people arrive."""
    kinds = {name: t(f"forum.kind.{name}", lang) for name in ORGANISATIONS}
    if meeting.attendees:
        table = pd.DataFrame(
            {
                t("forum.name", lang): [one.name for one in meeting.attendees],
                t("forum.organisation", lang): [one.organisation for one in meeting.attendees],
                t("forum.kind", lang): [kinds[one.kind] for one in meeting.attendees],
            }
        )
        st.dataframe(table, hide_index=True, key=f"forum-present-{meeting.number}")
        missing = [kinds[kind] for kind in ORGANISATIONS if kind not in {one.kind for one in meeting.attendees}]
        if missing:
            small(t("forum.nobody_of", lang, kinds=", ".join(missing)))
    else:
        small(t("forum.nobody", lang))
    rules_part(meeting, lang)
    if meeting.closed_by is not None:
        return
    with st.form("forum-attend", clear_on_submit=False):
        columns = st.columns([2, 2, 1.4, 1], vertical_alignment="bottom")
        own_field(columns[0], t("forum.name", lang), "forum-name", "attendance", "name", 100)
        own_field(columns[1], t("forum.organisation", lang), "forum-organisation", "attendance", "organisation", 120)
        columns[2].selectbox(t("forum.kind", lang), ORGANISATIONS, format_func=kinds.get, key="forum-kind")
        fields = (state.WHO, "forum-name", "forum-organisation", "forum-kind")
        adding = doing("forum-attending", fields, _attend, meeting.number, act="attendance", then=_attended)
        columns[3].form_submit_button(t("forum.add", lang), width="stretch", **adding)
    answer("forum-attending", lang)


def _attend(who: str, name: str, organisation: str, kind: str, number: int) -> None:
    attend(record(workspace()), who or "", number, Attendee(name or "", organisation or "", kind))


def _attended(_: object) -> None:
    st.session_state["forum-name"] = ""
