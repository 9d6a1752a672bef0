"""Promises kept: what became of each approved site, with date and proof, people really served against promised."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd
import streamlit as st

from forum.acts import report_progress
from forum.meetings import STEPS, Item, Meeting, Progress, late
from forum.public.pictures import before_after, pictures_of
from forum.record import said_of
from geo.model.changes import Photo
from geo.workspace.history import photo_of
from texts import count, day, t
from views.community.photo_field import photo_field
from views.parts.cells import cells
from views.parts.picture import kept_photo
from views.parts.text import small
from views.session.buttons import answer, doing
from views.session.cache import inputs, workspace
from views.session.record import record
from views.session.who import who_field

_EPOCH = "promise-photo"
#: Pictures of so many promised sites are shown.
_SHOWN = 12


def promises_part(meetings: Sequence[Meeting], lang: str) -> None:
    """Every approved site of some meetings, how far it is, and a form for the next step."""
    promised = [
        (meeting, item)
        for meeting in meetings
        for item in meeting.items
        if item.key in meeting.of and meeting.of[item.key].decision == "approved"
    ]
    if not promised:
        small(t("promise.none", lang))
        return
    rows = [_row(meeting, item, lang) for meeting, item in promised]
    st.dataframe(pd.DataFrame(rows), hide_index=True, key=f"promises-{len(meetings)}")
    _sums(promised, lang)
    _pictured(promised, lang)
    _next(promised, lang)


def _row(meeting: Meeting, item: Item, lang: str) -> dict[str, str]:
    decision, steps = meeting.of[item.key], meeting.steps_of(item.key)
    last = steps[-1] if steps else None
    overdue = late(meeting, item.key, date.today())
    return {
        t("minutes.column.site", lang): f"{item.name or item.site_id} ({item.site_id}), {item.village}",
        t("forum.lead", lang): decision.lead,
        t("forum.year", lang): str(decision.year),
        t("promise.step", lang): t(f"promise.step.{last.step if last else 'planned'}", lang),
        t("promise.since", lang): day(last.on if last else meeting.on, lang),
        t("promise.late", lang): t(f"promise.late.{overdue}", lang) if overdue else "",
        t("promise.promised", lang): count(item.gain_people, lang),
        t("promise.really", lang): count(_really(steps), lang) if _really(steps) is not None else "–",
        t("promise.proof", lang): last.proof if last else "",
    }


def _really(steps: Sequence[Progress]) -> float | None:
    """People really served, as last told."""
    return next((one.people for one in reversed(steps) if one.people is not None), None)


def _sums(promised: Sequence[tuple[Meeting, Item]], lang: str) -> None:
    """What was promised of those whose people are told, against what really came."""
    told = [(item.gain_people, _really(meeting.steps_of(item.key))) for meeting, item in promised]
    known = [(gain, really) for gain, really in told if really is not None]
    if known:
        promised_people, really = (sum(pair[n] for pair in known) for n in (0, 1))
        words = {
            "count": count(len(known), lang),
            "promised": count(promised_people, lang),
            "really": count(really, lang),
        }
        st.text(t("promise.sums", lang, **words))


def _pictured(promised: Sequence[tuple[Meeting, Item]], lang: str) -> None:
    """Each promised site that has pictures: before it was built, and since."""
    events, folder = record(workspace()).standing("photo"), workspace()
    told = []
    for meeting, item in promised:
        built = next((one.on for one in meeting.steps_of(item.key) if one.step == "built"), None)
        first = photo_of(inputs(), item.service, item.site_id)
        pair = before_after(pictures_of(events, item.service, item.site_id, first), built)
        if any(pair):
            told.append((item, pair))
    if not told:
        return
    label = t("promise.pictures", lang, count=count(len(told), lang))
    with st.expander(label, key="promise-pictures", on_change="rerun") as fold:
        for item, pair in told[:_SHOWN] if fold.open else ():
            columns = st.columns(2)
            for column, one, name in zip(columns, pair, ("before", "after"), strict=True):
                with column:
                    if one is not None:
                        said = [item.name or item.site_id, *([t(f"promise.{name}", lang)] if one.on else [])]
                        kept_photo(folder, one.photo, one.on, said, lang)


def _next(promised: Sequence[tuple[Meeting, Item]], lang: str) -> None:
    names = {
        f"{meeting.number}/{item.key}": f"{item.name or item.site_id} ({item.site_id})" for meeting, item in promised
    }
    steps = {step: t(f"promise.step.{step}", lang) for step in STEPS[1:]}
    photo = photo_field(_EPOCH, lang)
    with st.form("promise", clear_on_submit=False):
        cell = cells()
        choose = t("control.choose", lang)
        next(cell).selectbox(
            t("minutes.column.site", lang), list(names), index=None, format_func=names.get, placeholder=choose,
            key="promise-of",
        )  # fmt: skip
        next(cell).selectbox(t("promise.step", lang), STEPS[1:], format_func=steps.get, key="promise-step")
        next(cell).date_input(t("promise.on", lang), date.today(), key="promise-on", format="DD/MM/YYYY")
        next(cell).text_input(
            t("promise.proof", lang), max_chars=300, key="promise-proof", help=t("promise.proof_help", lang)
        )
        next(cell).number_input(t("promise.really", lang), min_value=0, value=None, key="promise-people")
        who_field(next(cell), t("common.your_name", lang), "promise-who")
        fields = tuple(f"promise-{name}" for name in ("who", "of", "step", "on", "proof", "people"))
        keeping = doing("promise-keep", fields, _keep, photo, act="progress", then=_kept)
        st.form_submit_button(t("promise.keep", lang), **keeping)
    answer("promise-keep", lang)


def _keep(
    who: str, of: str | None, step: str, on: date | None, proof: str, people: float | None, photo: str
) -> None:  # fmt: skip
    number, _, item = (of or "0/").partition("/")
    told = None if people is None else float(people)
    reached = Progress(item, step, on or date.today(), proof or "", told)
    report_progress(record(workspace()), who or "", int(number), reached)
    if photo:
        service, _, site = item.partition(":")
        record(workspace()).append_all(who or "", [said_of(Photo(service, site, photo))])


def _kept(_: object) -> None:
    st.session_state["promise-proof"] = ""
    st.session_state[_EPOCH] = st.session_state.get(_EPOCH, 0) + 1
