"""Members and their roles: who may do what on a server where people sign in."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from forum.meetings import ORGANISATIONS
from forum.members import ROLES, Member, dismiss, enrol, members
from forum.roles import may, table
from geo.workspace.audit import code, noted
from texts import t
from views.parts.cells import cells
from views.parts.text import small
from views.session.buttons import answer, doing
from views.session.cache import workspace
from views.session.record import record, signing_in
from views.session.who import allowed, who_field

_FIELDS = ("account", "name", "organisation", "kind", "role")


def members_part(lang: str) -> None:
    """Who is a member, what each role may do; an admin adds and dismisses."""
    st.subheader(t("members.title", lang))
    small(t("members.help" if signing_in() else "members.no_sign_in", lang))
    found = list(members(record(workspace()).standing("member")).values())
    if found:
        st.dataframe(pd.DataFrame([_row(one, lang) for one in found]), hide_index=True, key="members")
    else:
        small(t("members.none", lang))
    if allowed("member"):
        _enrol_form(lang)
        if found:
            _dismiss_form(found, lang)
        if signing_in():
            _audit_part(lang)
    with st.expander(t("members.table", lang)):
        st.dataframe(pd.DataFrame([_permits(act, lang) for act in table()]), hide_index=True, key="members-table")
        small(t("members.table_help", lang))


def _row(one: Member, lang: str) -> dict[str, str]:
    told = {
        t("forum.name", lang): one.name,
        t("forum.organisation", lang): one.organisation,
        t("forum.kind", lang): t(f"forum.kind.{one.kind}", lang),
        t("members.role", lang): t(f"role.{one.role}", lang),
    }
    if not allowed("member"):
        return told
    return told | {t("members.account", lang): one.account, t("audit.code", lang): code(workspace(), one.account)}


#: So many of the log's last lines are on the page.
_LINES = 200


def _audit_part(lang: str) -> None:
    """Sign-ins, refusals, rights, files that left and restores, for whoever keeps the server."""
    with st.expander(t("audit.title", lang), key="audit-fold", on_change="rerun") as fold:
        if not fold.open:
            return
        small(t("audit.help", lang, path=str(workspace() / "audit.log")))
        lines = noted(workspace(), _LINES)
        if not lines:
            small(t("audit.none", lang))
            return
        rows = [_line(one, lang) for one in lines]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="audit-lines")


def _line(one: dict[str, object], lang: str) -> dict[str, str]:
    more = ", ".join(f"{name} {value}" for name, value in one.items() if name not in ("at", "what", "who"))
    told = {"at": str(one["at"]), "what": str(one["what"]), "who": str(one.get("who", "–")), "more": more}
    return {t(f"audit.{name}", lang): value for name, value in told.items()}


def _permits(act: str, lang: str) -> dict[str, str]:
    """An action, and for each role: yes, for oneself, or no."""
    marks = {True: t("members.yes", lang), False: t("members.own", lang)}
    told = {t(f"role.{role}", lang): marks[may(role, act, own=False)] if may(role, act) else "–" for role in ROLES}
    return {t("members.act", lang): t(f"record.{act}", lang)} | told


def _enrol_form(lang: str) -> None:
    kinds = {name: t(f"forum.kind.{name}", lang) for name in ORGANISATIONS}
    roles = {name: t(f"role.{name}", lang) for name in ROLES}
    with st.form("member-new", clear_on_submit=False):
        cell = cells()
        next(cell).text_input(
            t("members.account", lang), max_chars=200, key="member-account", help=t("members.which", lang)
        )
        next(cell).text_input(t("forum.name", lang), max_chars=100, key="member-name")
        next(cell).text_input(t("forum.organisation", lang), max_chars=120, key="member-organisation")
        next(cell).selectbox(t("forum.kind", lang), ORGANISATIONS, format_func=kinds.get, key="member-kind")
        next(cell).selectbox(t("members.role", lang), ROLES, index=1, format_func=roles.get, key="member-role")
        who_field(next(cell), t("common.your_name", lang), "member-who")
        fields = tuple(f"member-{name}" for name in ("who", *_FIELDS))
        st.form_submit_button(t("members.enrol", lang), **doing("member", fields, _enrol, act="member", then=_enrolled))
    answer("member", lang)


def _enrol(who: str, account: str, name: str, organisation: str, kind: str, role: str) -> None:
    enrol(record(workspace()), who or "", Member(account or "", name or "", organisation or "", kind, role))


def _enrolled(_: object) -> None:
    st.session_state["member-account"] = st.session_state["member-name"] = ""


def _dismiss_form(found: list[Member], lang: str) -> None:
    names = {one.account: f"{one.name} ({one.account})" for one in found}
    with st.expander(t("members.dismiss", lang)), st.form("member-dismiss", border=False):
        choose = t("control.choose", lang)
        st.selectbox(
            t("forum.member", lang), list(names), index=None, format_func=names.get, placeholder=choose,
            key="dismiss-account",
        )  # fmt: skip
        who_field(st, t("common.your_name", lang), "dismiss-who")
        leaving = doing("dismiss", ("dismiss-who", "dismiss-account"), _dismiss, act="member")
        st.form_submit_button(t("members.dismiss", lang), **leaving)
    answer("dismiss", lang)


def _dismiss(who: str, account: str | None) -> None:
    dismiss(record(workspace()), who or "", account or "")
