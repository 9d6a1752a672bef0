"""What telephones sent, on the page Data: the code that sets up ODK Collect, what waits, and accepting it."""

from __future__ import annotations

import base64
import io
import json
import zlib
from collections import Counter
from datetime import date
from typing import Any

import pandas as pd
import segno
import streamlit as st

from forum.public.tokens import issue, tokens
from geo.field.inbox import ASIDE, Submission
from geo.model.errors import CallError, PlanningError
from geo.model.sites import VISITS
from texts import count, day, t
from views.bringing.openrosa import OFFERED, inbox
from views.bringing.returned import visits_part
from views.parts.picture import picture
from views.parts.text import marked, plain, refusal, small
from views.session.buttons import answer, asked, doing, due
from views.session.cache import workspace
from views.session.hosts import reachable_address, shown_address
from views.session.record import record, signing_in
from views.session.who import shut, who_field
from views.session.worker import run_limited

_EPOCH = "inbox-epoch"
#: Of so many submissions of each kind is told what is to know.
_SHOWN = 20


def inbox_part(lang: str) -> None:
    """Set up telephones, see what came and what is missing by team, accept it."""
    st.subheader(t("openrosa.title", lang))
    small(t("openrosa.help", lang))
    if shut("import", lang):
        return
    with st.expander(t("openrosa.setup", lang), key="openrosa-fold", on_change="rerun") as fold:
        if fold.open:
            _setup(lang)
    _waiting(lang)


def settings_code(server: str, name: str) -> str:
    """The text of the picture code from which ODK Collect takes its settings (zlib, base64).

    Examples
    --------
    >>> text = settings_code("http://10.0.0.1:8501/openrosa", "Tim 1")
    >>> json.loads(zlib.decompress(base64.b64decode(text)))["general"]["server_url"]
    'http://10.0.0.1:8501/openrosa'
    """
    told = {
        "general": {"server_url": server, "form_update_mode": "match_exactly", "autosend": "wifi_and_cellular"},
        "admin": {},
        "project": {"name": name},
    }
    return base64.b64encode(zlib.compress(json.dumps(told).encode())).decode()


def _setup(lang: str) -> None:
    """A key for a team, and the code that sets up its telephones; without keys where nobody signs in."""
    if not reachable_address():
        st.info(t("lapor.only_here", lang))
    base = shown_address("openrosa")
    if not signing_in():
        _code(base, shown_address("survey"), t("openrosa.anybody", lang), lang)
    with st.form("token-form"):
        left, right = st.columns(2)
        left.text_input(t("openrosa.team", lang), max_chars=80, key="token-name")
        right.date_input(t("openrosa.expires", lang), None, key="token-expires", format="DD/MM/YYYY")
        who_field(st, t("common.your_name", lang), "token-who")
        giving = doing("token-give", ("token-who", "token-name", "token-expires"), _give, act="token", then=_given)
        st.form_submit_button(t("openrosa.give", lang), **giving)
    answer("token-give", lang)
    fresh = st.session_state.get("token-fresh")
    if fresh:
        st.warning(marked("openrosa.once", lang, name=fresh[0]))
        _code(f"{base}/key/{fresh[1]}", f"{shown_address('survey')}/key/{fresh[1]}", fresh[0], lang)
    _keys(lang)


def _code(server: str, page: str, name: str, lang: str) -> None:
    """The code from which Collect takes its settings, and the one that opens the same forms in a browser."""
    settings = settings_code(server, f"Mata Air {name}")
    for key, text, told, shown in (
        ("openrosa.code_alt", settings, "openrosa.scan", server),
        ("survey.code_alt", page, "survey.browser", page),
    ):
        code = io.BytesIO()
        segno.make(text, error="l").save(code, kind="png", scale=4, border=3)
        left, right = st.columns([1, 2], vertical_alignment="center")
        with left:
            picture(code.getvalue(), "png", t(key, lang, name=name), 240)
        with right:
            small(t(told, lang))
            st.code(shown, language=None, wrap_lines=True)


def _give(who: str, name: str, expires: date | None) -> tuple[str, str]:
    text, _ = issue(record(workspace()), who or "", name or "", "forms", expires)
    return (name or "").strip(), text


def _given(fresh: tuple[str, str]) -> None:
    st.session_state["token-fresh"] = fresh


def _keys(lang: str) -> None:
    """Keys that stand, and their withdrawal."""
    known = tokens(record(workspace()).standing("token"))
    for one in known:
        left, right = st.columns([4, 1], vertical_alignment="center")
        until = day(one.expires, lang) if one.expires else t("openrosa.no_end", lang)
        left.markdown(f"{plain(one.name)} · {until}")
        taking = doing(f"token-take-{one.number}", (), _take, one.number, act="token")
        right.button(t("openrosa.withdraw", lang), **taking)


def _take(number: int) -> None:
    record(workspace()).withdraw("–", number)


def _waiting(lang: str) -> None:
    """What waits, by form and device; accepting runs apart from the server, as every import does."""
    found, taken = inbox().waiting(), inbox().taken()
    st.markdown(f"**{t('openrosa.waiting', lang, count=count(len(found), lang))}**")
    sums = Counter((one.table, one.device) for one in found)
    lost = Counter((one.table, one.device) for one in found if not one.complete)
    rows = [
        {
            t("data.table", lang): t(f"table.{table}", lang),
            t("openrosa.team", lang): device or t("openrosa.nameless", lang),
            t("openrosa.sent", lang): count(sums[table, device], lang),
            t("openrosa.lacking", lang): count(lost[table, device], lang),
            t("openrosa.taken", lang): count(taken[table, device], lang),
        }
        for table, device in sorted(sums.keys() | taken.keys())
        if table in OFFERED
    ]
    if rows:
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="inbox-devices")
    if not found:
        return
    held = [one for one in found if one.reason]
    for one in held[:_SHOWN]:
        st.text(f"• {one.answers.get('name') or one.instance[:40]}: {one.reason}")
    tables = [table for table in OFFERED if any(one.table == table for one in found)]
    names = {table: t(f"table.{table}", lang) for table in tables}
    table = st.selectbox(t("data.which", lang), tables, format_func=names.get, key="inbox-table")
    mine = [one for one in found if one.table == table]
    if table == VISITS:
        visits_part(mine, inbox(), lang)
    else:
        st.button(t("openrosa.accept", lang), type="primary", **asked("inbox-accept", act="import"))
        if due("inbox-accept", "import"):
            _accept(str(table), lang)
    _aside(mine, lang)


def _aside(given: list[Submission], lang: str) -> None:
    """Choose submissions that are not to come into the data: they are kept beside the inbox, and wait no more."""
    with st.expander(t("openrosa.aside", lang)):
        small(t("openrosa.aside_help", lang, folder=ASIDE))
        names = {one.instance: _name(one, lang) for one in given}
        st.multiselect(t("openrosa.aside_which", lang), list(names), format_func=lambda one: names.get(one, one),
                       key="inbox-aside")  # fmt: skip
        who_field(st, t("common.your_name", lang), "aside-who")
        laying = doing("aside-do", ("aside-who", "inbox-aside"), _lay_aside, act="import",
                       disabled=not st.session_state.get("inbox-aside"))  # fmt: skip
        st.button(t("openrosa.aside_do", lang), **laying)
        answer("aside-do", lang)


def _name(one: Submission, lang: str) -> str:
    """How a submission is called among others: what it is of, who sent it, and when."""
    name = one.answers.get("name") or one.answers.get("site") or one.instance
    return f"{name[:40]} · {one.device or t('openrosa.nameless', lang)} · {one.at[:16].replace('T', ' ')}"


def _lay_aside(who: str, chosen: list[str]) -> None:
    if not (who or "").strip():
        raise CallError("error.nobody")
    box = inbox()
    box.set_aside([one for one in box.waiting() if one.instance in set(chosen or ())], who.strip())


def _accept(table: str, lang: str) -> None:
    asking = ["inbox", "--workspace", str(workspace()), "--as", table]
    try:
        found: dict[str, Any] = run_limited(asking, lang, _EPOCH)
    except PlanningError as error:
        st.error(refusal(error, lang))
        return
    words = {name: count(found[name], lang) for name in ("accepted", "held")}
    told: list[tuple[str, dict[str, Any]]] = [("openrosa.accepted", words)]
    told += [("inbox.picture_lost", one) for one in found["pictures_lost"][:_SHOWN]]
    told += [("inbox.noted", one) for one in found["notes"][:_SHOWN]]
    st.session_state["imported"] = told
    st.rerun()
