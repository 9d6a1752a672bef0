"""What came before: the data versions, and the record of reported statuses."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from forum.acts import withdraw
from forum.checks import local_day
from forum.record import Event
from geo.model.errors import PlanningError
from geo.workspace.versions import made_at, use, versions
from texts import day, t
from views.session.buttons import answer, audited, doing
from views.session.cache import inputs, workspace
from views.session.record import check, record
from views.session.who import shut, who_field

_NAMES = ("site_id", "item", "technology", "name", "activity", "note", "title", "place", "partner", "village_code")
#: So much of it is shown.
_LONGEST = 80


def versions_part(lang: str) -> None:
    """Every version can be opened again."""
    st.subheader(t("data.versions", lang))
    folder, now = workspace(), inputs().version
    names = versions(folder)
    made = {name: made_at(folder, name).astimezone() for name in names}
    names = sorted(names, key=lambda name: made[name], reverse=True)
    labels = {name: f"{day(made[name].date(), lang)} {made[name]:%H.%M} · {name}" for name in names}
    chosen = st.selectbox(
        t("data.version", lang), names, index=names.index(now), format_func=labels.get, key=f"data-version-{now}"
    )
    if chosen != now and not shut("import", lang):
        check(folder, "import")
        use(folder, chosen)
        audited("import")
        st.rerun()


def record_part(lang: str) -> None:
    """The record of reported statuses; a correction withdraws."""
    kept = record(workspace())
    events = kept.events()
    if not events:
        return
    st.subheader(t("data.record", lang))
    standing = {event.number for event in kept.standing()}
    shown = [event for event in events if event.kind != "withdrawal"]
    kinds = {kind: t(f"record.{kind}", lang) for kind in {event.kind for event in shown}}
    rows = [
        {
            "#": e.number,
            t("about.date", lang): day(local_day(e.at), lang),
            t("about.who", lang): e.who if e.kind != "community" else "–",
            t("returned.kind", lang): kinds[e.kind],
            "ID": _about(e),
            t("map.status", lang): t(f"status.{e.content['status']}", lang) if e.kind == "status" else "",
            t("data.withdrawn", lang): "" if e.number in standing else "×",
        }
        for e in shown
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="data-record")
    labels = {e.number: f"#{e.number} {kinds[e.kind]} {_about(e)}".strip() for e in shown if e.number in standing}
    with st.form("withdraw"):
        choose = t("control.choose", lang)
        st.selectbox(
            t("data.withdraw_which", lang), list(labels), index=None, placeholder=choose, key="withdraw-number",
            format_func=lambda number: labels.get(number, f"#{number}"),
        )  # fmt: skip
        who_field(st, t("report.who", lang), "withdraw-who")
        doing_it = doing("withdraw", ("withdraw-who", "withdraw-number"), _withdraw, act="withdrawal")
        st.form_submit_button(t("data.withdraw", lang), **doing_it)
    answer("withdraw", lang)


def _about(event: Event) -> str:
    """The site, cost or scenario that an event is about; never a person."""
    personal = event.kind in ("community", "member", "attendance", "trained")
    names = ("site_id", "technology", "organisation") if personal else _NAMES
    return str(next((event.content[name] for name in names if event.content.get(name)), ""))[:_LONGEST]


def _withdraw(who: str, number: int | None) -> None:
    if number is None:
        raise PlanningError("error.none_chosen")
    withdraw(record(workspace()), who or "", number)
