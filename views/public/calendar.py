"""What is due: as a list with a line to pass on, as a file, and as a feed behind a member's own key."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from exports.tables.calendar import reminder_text, to_ics
from forum.public.reminders import Reminder, reminders, samples_due, tanks_due
from forum.public.tokens import issue
from geo.model.facts import facts
from texts import count, day, t
from views.parts.text import small
from views.server.gate import language
from views.server.keys import opened
from views.session import cache, state
from views.session.buttons import answer, doing
from views.session.hosts import shown_address
from views.session.record import record, whole_record
from views.session.who import me, who_field

#: So many are shown on the page; the file holds all.
_SHOWN = 30


def due() -> list[Reminder]:
    """What is due in the area that the dashboard opens with, by the record and the data in use."""
    area = state.DEFAULTS["area"] if state.DEFAULTS["area"] in cache.districts() else state.EVERYWHERE
    found, rules = cache.analysis(state.params({**state.DEFAULTS, "area": area})), facts("facilities")["rules"]
    rows, points = found.sanitation.drop(columns="geometry"), found.water_points.drop(columns="geometry")
    points["sampled_on"] = pd.to_datetime(points.get("sampled_on"), errors="coerce")  # older versions have none
    tanks = tanks_due(rows.to_dict("records"), float(rules["empty_after_years"]))
    samples = samples_due(points.to_dict("records"), float(rules["sample_after_years"]))
    return reminders(whole_record(cache.workspace()).standing(), tanks, samples)


async def feed(request: Request) -> Response:
    """The calendar of whoever holds the key."""
    return await run_in_threadpool(_feed, request)


def _feed(request: Request) -> Response:
    cache.prepare_workspace()
    lang = language(request.url.query)
    if opened(request, request.path_params["key"], "calendar") is None:
        return PlainTextResponse(t("openrosa.key", lang), 401)
    return Response(to_ics(due(), lang), media_type="text/calendar", headers={"Cache-Control": "private, max-age=900"})


def reminders_part(lang: str) -> None:
    """The list, the file, and the address of a feed of one's own."""
    with st.expander(t("reminder.title", lang), key="reminder-fold", on_change="rerun") as fold:
        if not fold.open:
            return
        found = due()
        small(t("reminder.help", lang))
        if not found:
            small(t("reminder.none", lang))
        rows = [
            {t("about.date", lang): day(one.on, lang), t("reminder.what", lang): reminder_text(one, lang)}
            for one in found[:_SHOWN]
        ]
        if rows:
            st.dataframe(pd.DataFrame(rows), hide_index=True, key="reminder-table")
            lines = "\n".join(f"{day(one.on, lang)}: {reminder_text(one, lang)}" for one in found[:_SHOWN])
            small(t("reminder.copy", lang))
            st.code(lines, language=None, wrap_lines=True)
            if len(found) > _SHOWN:
                small(t("reminder.more", lang, count=count(len(found) - _SHOWN, lang)))
        st.download_button(
            t("reminder.file", lang), lambda: to_ics(found, lang), file_name="mata-air.ics", mime="text/calendar",
            on_click="ignore", key="reminder-file", icon=":material/event:",
        )  # fmt: skip
        _own_feed(lang)


def _own_feed(lang: str) -> None:
    """A key of one's own, shown once."""
    with st.form("feed-form"):
        small(t("reminder.feed_help", lang))
        who_field(st, t("common.your_name", lang), "feed-who")
        giving = doing("feed-give", ("feed-who",), _give, act="token", then=_given)
        st.form_submit_button(t("reminder.feed", lang), **giving)
    answer("feed-give", lang)
    fresh = st.session_state.get("feed-fresh")
    if fresh:
        st.code(f"{shown_address(f'calendar/{fresh}.ics')}?lang={lang}", language=None, wrap_lines=True)


def _give(who: str | None) -> str:
    found = me()
    text, _ = issue(record(cache.workspace()), who or "", found.name if found else who or "", "calendar")
    return text


def _given(text: str) -> None:
    st.session_state["feed-fresh"] = text


ROUTES = [Route("/calendar/{key}.ics", feed)]
