"""The rules of a meeting on its page: set before the first vote, told to all; who speaks for whom, who steps aside."""

from __future__ import annotations

from datetime import date, datetime, time

import streamlit as st

from exports.paper.minutes import rules_lines
from forum.acts import read_first, set_rules, speak_for, step_aside
from forum.meetings import ORGANISATIONS, Item, Meeting
from forum.rules import Proxy, Recusal, Rules, short_of
from texts import t
from views.parts.text import marked, small
from views.session import state
from views.session.buttons import answer, doing
from views.session.cache import workspace
from views.session.record import record
from views.session.who import speakers


def rules_part(meeting: Meeting, lang: str) -> None:
    """What the rules are, and a form for them as long as nothing is voted on or decided."""
    for line in rules_lines(vars(meeting.rules), lang):
        small(line)
    for one in meeting.proxies:
        small(t("rules.speaks", lang, name=one.member, holder=one.holder, organisation=one.organisation))
    if meeting.closed_by is not None:
        return
    if meeting.rules.proxies:
        _proxy_form(meeting, lang)
    if meeting.begun:
        small(t("rules.fixed", lang))
    else:
        _form(meeting, lang)


def _form(meeting: Meeting, lang: str) -> None:
    now = meeting.rules
    closes = datetime.fromisoformat(now.closes) if now.closes else None
    with st.expander(t("rules.title", lang), key="rules-fold"), st.form("rules-form"):
        small(t("rules.help", lang))
        columns = st.columns(4)
        for n, kind in enumerate(ORGANISATIONS):
            label = t("rules.least", lang, kind=t(f"forum.kind.{kind}", lang))
            columns[n].number_input(label, 0, 500, int(now.quorum.get(kind, 0)), key=f"rules-{kind}")
        columns = st.columns(4)
        columns[0].number_input(t("rules.least_all", lang), 0, 500, now.quorum_all, key="rules-all")
        columns[1].number_input(t("rules.proxies", lang), 0, 20, now.proxies, key="rules-proxies")
        columns[2].number_input(t("rules.hours", lang), 0.0, 8000.0, now.reading_hours, 12.0, key="rules-hours")
        columns = st.columns(4)
        columns[0].date_input(t("rules.day", lang), closes and closes.date(), key="rules-day", format="DD/MM/YYYY")
        columns[1].time_input(t("rules.time", lang), closes and closes.time(), key="rules-time")
        st.checkbox(t("rules.secret", lang), now.secret, help=t("rules.secret_help", lang), key="rules-secret")
        fields = (state.WHO, *(f"rules-{kind}" for kind in ORGANISATIONS),
                  *(f"rules-{name}" for name in ("all", "proxies", "hours", "day", "time", "secret")))  # fmt: skip
        st.form_submit_button(t("rules.set", lang), **doing("rules-set", fields, _set, meeting.number, act="rules"))
    answer("rules-set", lang)


def _set(who: str, *rest: object) -> None:
    *least, most, proxies, hours, day, clock, secret, number = rest
    closes = ""
    if isinstance(day, date):
        at = clock if isinstance(clock, time) else time(23, 59)
        closes = datetime.combine(day, at).astimezone().isoformat(timespec="minutes")
    quorum = {kind: int(str(value)) for kind, value in zip(ORGANISATIONS, least, strict=True) if value}
    rules = Rules(quorum, int(str(most or 0)), int(str(proxies or 0)), closes, float(str(hours or 0)), bool(secret))
    set_rules(record(workspace()), who or "", int(str(number)), rules)


def _proxy_form(meeting: Meeting, lang: str) -> None:
    """Somebody absent, and who speaks for them."""
    kinds = {name: t(f"forum.kind.{name}", lang) for name in ORGANISATIONS}
    with st.expander(t("rules.proxy", lang), key="proxy-fold"), st.form("proxy-form"):
        columns = st.columns(4)
        columns[0].text_input(t("rules.absent", lang), max_chars=100, key="proxy-name")
        columns[1].text_input(t("forum.organisation", lang), max_chars=120, key="proxy-organisation")
        columns[2].selectbox(t("forum.kind", lang), ORGANISATIONS, format_func=kinds.get, key="proxy-kind")
        names = [one.name for one in meeting.attendees]
        columns[3].selectbox(t("rules.holder", lang), names, index=None, key="proxy-holder",
                             placeholder=t("control.choose", lang))  # fmt: skip
        fields = (state.WHO, "proxy-name", "proxy-organisation", "proxy-kind", "proxy-holder")
        st.form_submit_button(t("forum.add", lang), **doing("proxy-add", fields, _speak, meeting.number, act="proxy"))
    answer("proxy-add", lang)


def _speak(who: str, name: str, organisation: str, kind: str, holder: str | None, number: int) -> None:
    speak_for(record(workspace()), who or "", number, Proxy(name or "", organisation or "", kind, holder or ""))


def item_rules(meeting: Meeting, item: Item, lang: str) -> None:
    """Of one site: who has stepped aside, what the quorum lacks, its first reading."""
    for one in meeting.recusals:
        if one.item == item.key:
            small(t("rules.aside", lang, name=one.member, reason=one.reason))
    if meeting.closed_by is not None or item.key in meeting.of:
        return
    missing = short_of(meeting, item.key)
    if missing:
        told = ", ".join(f"{t(f'rules.of.{kind}', lang)} {number}" for kind, number in missing.items())
        st.warning(marked("rules.short", lang, told=told))
    if meeting.rules.reading_hours and item.key not in meeting.readings:
        reading = doing("rules-read", (state.WHO,), _read, meeting.number, item.key, act="reading")
        st.button(t("rules.read", lang), **reading)
        answer("rules-read", lang)
    _aside_form(meeting, item, lang)


def _read(who: str, number: int, item: str) -> None:
    read_first(record(workspace()), who or "", number, item)


def _aside_form(meeting: Meeting, item: Item, lang: str) -> None:
    gone = {one.member for one in meeting.recusals if one.item == item.key}
    names = speakers([name for name in meeting.voters if name not in gone], "recusal")
    if not names:
        return
    with st.expander(t("rules.step_aside", lang), key="aside-fold"), st.form("aside-form", clear_on_submit=True):
        columns = st.columns([2, 3, 1.6], vertical_alignment="bottom")
        choose = t("control.choose", lang)
        columns[0].selectbox(t("forum.member", lang), names, index=None, placeholder=choose, key="aside-name")
        columns[1].text_input(t("rules.interest", lang), max_chars=300, key="aside-reason")
        fields = (state.WHO, "aside-name", "aside-reason")
        stepping = doing("aside-add", fields, _aside, meeting.number, item.key, act="recusal")
        columns[2].form_submit_button(t("forum.add", lang), width="stretch", **stepping)
    answer("aside-add", lang)


def _aside(who: str, name: str | None, reason: str, number: int, item: str) -> None:
    step_aside(record(workspace()), who or "", number, Recusal(name or "", item, reason or ""))
