"""The desk on which the admin turns the public page on or off."""

from __future__ import annotations

import streamlit as st

from forum.public.openness import LICENCES, Openness, choose, openness
from texts import t
from views.parts.text import marked, small
from views.session.buttons import answer, doing
from views.session.cache import workspace
from views.session.hosts import address, reachable_address
from views.session.record import record
from views.session.who import shut, who_field


def public_part(lang: str) -> None:
    """Whether the page is on, its address, and the form that changes it."""
    now = openness(record(workspace()).standing("public"))
    st.subheader(t("public.switch", lang))
    small(t("public.switch_help", lang))
    if now.on:
        place = f"{reachable_address()}{address('public')}"
        st.markdown(f"[{marked('public.at', lang, address=place)}]({address('public')}?lang={lang})")
    else:
        small(t("public.is_off", lang))
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


def _keep(who: str, on: bool, publisher: str, licence: str) -> None:
    choose(record(workspace()), who or "", Openness(bool(on), licence, publisher or ""))
