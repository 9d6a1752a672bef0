"""Training of forum and village staff: sessions, who attended, and the guided tour as material."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from forum.meetings import ORGANISATIONS, Attendee
from forum.training import Training, attend_training, plan_training, trainings
from texts import count, day, t
from views.parts.cells import cells
from views.parts.text import small
from views.session.buttons import answer, doing
from views.session.cache import workspace
from views.session.guide import guide_button
from views.session.record import record
from views.session.who import own_field, who_field


def training_part(lang: str) -> None:
    """Sessions with who attended, how many of each kind in all, and the forms."""
    small(t("training.help", lang))
    guide_button(lang, "training-guide")
    found = trainings(record(workspace()).standing())
    if found:
        rows = [
            {
                t("training.title", lang): one.title,
                t("forum.on", lang): day(one.on, lang),
                t("forum.place", lang): one.place,
                t("training.trainer", lang): one.trainer,
                t("training.attended", lang): count(len(one.attended), lang) if one.attended else "–",
            }
            for one in found.values()
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="trainings")
        _people(found, lang)
        _attendance(found, lang)
    _new(lang)


def _people(found: dict[int, Training], lang: str) -> None:
    """How many different people attended anything, by kind."""
    people = {one.name.lower(): one.kind for session in found.values() for one in session.attended}
    told = [
        f"{t(f'forum.kind.{kind}', lang)} {count(sum(mine == kind for mine in people.values()), lang)}"
        for kind in ORGANISATIONS
    ]
    small(t("training.people", lang, count=count(len(people), lang), kinds=", ".join(told)))


def _attendance(found: dict[int, Training], lang: str) -> None:
    labels = {number: f"{day(one.on, lang)} · {one.title}" for number, one in found.items()}
    kinds = {name: t(f"forum.kind.{name}", lang) for name in ORGANISATIONS}
    with st.form("training-attend"):
        cell = cells()
        next(cell).selectbox(t("training.which", lang), list(labels), format_func=labels.get, key="trained-of")
        own_field(next(cell), t("forum.name", lang), "trained-name", "trained", "name", 100)
        own_field(next(cell), t("forum.organisation", lang), "trained-organisation", "trained", "organisation", 120)
        next(cell).selectbox(t("forum.kind", lang), ORGANISATIONS, format_func=kinds.get, key="trained-kind")
        who_field(next(cell), t("common.your_name", lang), "trained-who")
        fields = tuple(f"trained-{name}" for name in ("who", "of", "name", "organisation", "kind"))
        adding = doing("trained", fields, _attend, act="trained", then=_attended)
        st.form_submit_button(t("training.add", lang), **adding)
    answer("trained", lang)


def _attend(who: str, number: int, name: str, organisation: str, kind: str) -> None:
    attend_training(record(workspace()), who or "", number, Attendee(name or "", organisation or "", kind))


def _attended(_: object) -> None:
    st.session_state["trained-name"] = ""


def _new(lang: str) -> None:
    st.subheader(t("training.new", lang))
    with st.form("training-new"):
        cell = cells()
        next(cell).text_input(t("training.title", lang), max_chars=150, key="training-title")
        next(cell).text_input(t("forum.place", lang), max_chars=120, key="training-place")
        next(cell).date_input(t("forum.on", lang), date.today(), key="training-on", format="DD/MM/YYYY")
        next(cell).text_input(t("training.trainer", lang), max_chars=100, key="training-trainer")
        who_field(next(cell), t("common.your_name", lang), "training-who")
        fields = tuple(f"training-{name}" for name in ("who", "title", "place", "on", "trainer"))
        planning = doing("training-plan", fields, _plan, act="training", then=_planned)
        st.form_submit_button(t("training.plan", lang), **planning)
    answer("training-plan", lang)


def _plan(who: str, title: str, place: str, on: date | None, trainer: str) -> None:
    plan_training(record(workspace()), who or "", Training(title or "", place or "", on or date.today(), trainer or ""))


def _planned(_: object) -> None:
    st.session_state["training-title"] = ""
