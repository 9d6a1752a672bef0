"""Forum: a meeting from its agenda to the signed minutes, site by site, consensus first."""

from __future__ import annotations

from typing import Any

import streamlit as st

from forum.acts import close
from forum.meetings import Meeting, meetings
from texts import count, day, t
from views.community.members import members_part
from views.community.partners import partners_part
from views.community.proposals import proposals_part
from views.community.reports import community_part
from views.community.training import training_part
from views.meeting.ballots import ballots_part
from views.meeting.items import items_part
from views.meeting.members_weights import weights_part
from views.meeting.minutes import minutes_part
from views.meeting.opening import attendance_part, new_part
from views.meeting.promises import promises_part
from views.parts.text import marked, plain, small
from views.public.calendar import reminders_part
from views.public.switch import public_part
from views.session import state
from views.session.buttons import answer, doing
from views.session.cache import inputs, workspace
from views.session.news import listen
from views.session.projector import projected
from views.session.record import record
from views.session.who import who_field

_PARTS = ("present", "weights", "sites", "minutes", "promises")


def page() -> None:
    """Draw the page."""
    lang = state.get("lang")
    listen()
    if projected():
        meeting = meetings(record(workspace()).standing()).get(int(state.get("meeting")))
        if meeting is not None:
            items_part(meeting, lang)
            return
    desks = {name: t(f"forum.desk.{name}", lang) for name in DESKS}
    looks: dict[str, Any] = {"required": True, "wrap": True, "label_visibility": "collapsed"}
    st.segmented_control(t("forum.desk", lang), list(DESKS), format_func=desks.get, **looks, **state.bound("desk"))
    DESKS[state.get("desk")](lang)


def _meetings(lang: str) -> None:
    known = meetings(record(workspace()).standing())
    _choose(known, lang)
    meeting = known.get(int(state.get("meeting")))
    if meeting is None:
        reminders_part(lang)
        new_part(lang)
        if any(one.decisions for one in known.values()):
            st.subheader(t("promise.all", lang))
            promises_part(list(known.values()), lang)
        return
    part = state.get("part")
    _head(meeting, lang, brief=part == "sites")  # a site has the room: the list above tells which meeting this is
    parts = {name: t(f"forum.part.{name}", lang) for name in _PARTS}
    looks: dict[str, Any] = {"required": True, "wrap": True, "label_visibility": "collapsed"}
    st.segmented_control(t("forum.part", lang), _PARTS, format_func=parts.get, **looks, **state.bound("part"))
    if part == "present":
        attendance_part(meeting, lang)
    elif part == "weights":
        weights_part(meeting, lang)
    elif part == "sites":
        items_part(meeting, lang)
    elif part == "promises":
        promises_part([meeting], lang)
    else:
        minutes_part(meeting, lang)
        _close(meeting, lang)


#: What the forum does, each with what draws it.
DESKS = {
    "meetings": _meetings,
    "partners": partners_part,
    "proposals": proposals_part,
    "reports": community_part,
    "training": training_part,
    "ballots": ballots_part,
    "members": members_part,
    "public": public_part,
}


def _choose(known: dict[int, Meeting], lang: str) -> None:
    """One of the meetings, or a new one."""
    if not known:
        small(t("forum.help", lang))
        return
    numbers = [0, *sorted(known, reverse=True)]
    labels = {0: t("forum.new", lang)} | {n: f"#{n} · {day(m.on, lang)} · {m.title}" for n, m in known.items()}
    if int(state.get("meeting")) not in numbers:
        state.put("meeting", "0")
    going = [n for n in numbers[1:] if known[n].closed_by is None]
    asked = st.session_state.get("forum-came") or "meeting" in st.query_params
    if going and not asked and state.get("meeting") == "0":
        state.put("meeting", str(going[0]))  # whoever comes in wants the meeting that goes on
    st.session_state["forum-came"] = True
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        st.selectbox(t("forum.meeting", lang), numbers, format_func=labels.get, **state.bound("meeting"))
    meeting = known.get(int(state.get("meeting")))
    if meeting is not None and meeting.closed_by is None:
        st.session_state.setdefault(state.WHO, meeting.chair)
        with right:
            who_field(st, t("forum.who", lang), state.WHO)


def _head(meeting: Meeting, lang: str, *, brief: bool) -> None:
    if not brief:
        st.markdown(f"### {plain(meeting.title)}")
        decided = count(len(meeting.of), lang)
        words = {"items": count(len(meeting.items), lang), "present": count(len(meeting.attendees), lang)}
        told = (day(meeting.on, lang), meeting.place, f"{t('forum.chair', lang)}: {meeting.chair}")
        small(" · ".join([*told, t("forum.so_far", lang, decided=decided, **words)]))
    if meeting.closed_by is not None:
        st.info(marked("forum.is_closed", lang, who=meeting.closed_by))
    if meeting.version != inputs().version:
        st.warning(marked("forum.other_version", lang, version=meeting.version))


def _close(meeting: Meeting, lang: str) -> None:
    """Close the meeting, once nothing more is to be said."""
    if meeting.closed_by is not None:
        return
    left, sure = len(meeting.items) - len(meeting.of), True
    if left:
        small(t("forum.left", lang, count=count(left, lang)))
        sure = st.checkbox(t("forum.close_sure", lang, count=count(left, lang)), key="forum-close-sure")
    closing = doing("forum-close", (state.WHO,), _closed, meeting.number, act="closing", disabled=not sure)
    st.button(t("forum.close", lang), **closing)
    answer("forum-close", lang)


def _closed(who: str | None, number: int) -> None:
    close(record(workspace()), who or "", number)


if __name__ == "__main__":
    page()
