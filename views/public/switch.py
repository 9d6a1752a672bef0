"""The desk on which the admin turns the public page on or off."""

from __future__ import annotations

from datetime import date

import streamlit as st

from forum.public.openness import LICENCES, Openness, choose, openness
from forum.public.tokens import issue
from texts import t
from views.parts.text import marked, small
from views.session.buttons import answer, doing
from views.session.cache import workspace
from views.session.hosts import address, reachable_address, shown_address
from views.session.record import record, signing_in
from views.session.who import shut, who_field


def public_part(lang: str) -> None:
    """Whether the page is on, its address, and the form that changes it."""
    now = openness(record(workspace()).standing("public"))
    st.subheader(t("public.switch", lang))
    small(t("public.switch_help", lang))
    if now.on:
        place = f"{reachable_address()}{address('public')}"
        small(t("public.at", lang, address=place))
        st.link_button(t("public.switch", lang), f"{address('public')}?lang={lang}", icon=":material/public:")
    else:
        small(t("public.is_off", lang))
    _for_programs(lang)
    if shut("public", lang):
        return
    with st.form("public-form"):
        st.toggle(t("public.on", lang), now.on, key="public-on")
        left, right = st.columns(2)
        left.text_input(t("public.publisher", lang), now.publisher, max_chars=120, key="public-publisher")
        right.selectbox(t("public.licence", lang), LICENCES, LICENCES.index(now.licence), key="public-licence")
        who_field(st, t("common.your_name", lang), "public-who")
        fields = ("public-who", "public-on", "public-publisher", "public-licence")
        st.form_submit_button(t("public.keep", lang), **doing("public-keep", fields, _keep, act="public"))
    answer("public-keep", lang)


def _for_programs(lang: str) -> None:
    """The address of the interface for other programs, and a key of it where people sign in."""
    base = shown_address("api")
    with st.expander(t("api.title", lang), key="api-fold"):
        small(t("api.help", lang))
        if not signing_in():
            st.code(base, language=None, wrap_lines=True)
        if shut("token", lang):
            return
        with st.form("api-form"):
            left, right = st.columns(2)
            left.text_input(t("api.key_name", lang), max_chars=80, key="api-name")
            right.date_input(t("openrosa.expires", lang), None, key="api-expires", format="DD/MM/YYYY")
            who_field(st, t("common.your_name", lang), "api-who")
            giving = doing("api-give", ("api-who", "api-name", "api-expires"), _give, act="token", then=_given)
            st.form_submit_button(t("openrosa.give", lang), **giving)
        answer("api-give", lang)
        fresh = st.session_state.get("api-fresh")
        if fresh:
            st.warning(marked("openrosa.once", lang, name=fresh[0]))
            st.code(f"{base}/key/{fresh[1]}", language=None, wrap_lines=True)


def _give(who: str | None, name: str | None, expires: date | None) -> tuple[str, str]:
    text, _ = issue(record(workspace()), who or "", name or "", "api", expires)
    return (name or "").strip(), text


def _given(fresh: tuple[str, str]) -> None:
    st.session_state["api-fresh"] = fresh


def _keep(who: str, on: bool, publisher: str, licence: str) -> None:
    choose(record(workspace()), who or "", Openness(bool(on), licence, publisher or ""))
