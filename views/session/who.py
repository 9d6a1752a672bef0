"""Whoever looks at the page: on a laptop a name that is typed, on a server the member who has signed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from forum.members import Member
from forum.roles import may
from texts import t
from views.parts.text import small
from views.session import state
from views.session.cache import workspace
from views.session.record import allows, member, signing_in

_MEMBER = "signed_in"


def recognise() -> None:
    """Keep who looks at the page, for all that is drawn; what they do is asked anew of the record."""
    found = member(workspace())
    st.session_state[_MEMBER] = found
    if signing_in() and found is None:  # no page without the gate before it
        st.error(t("gate.help", state.get("lang")))
        st.stop()


def me() -> Member | None:
    """Return the member who looks; None on a laptop."""
    found: Member | None = st.session_state.get(_MEMBER)
    return found


def allowed(act: str) -> bool:
    """Whether the page offers an act to whoever looks."""
    return allows(me(), act)


def shut(act: str, lang: str) -> bool:
    """Whether a part of a page is for others; then it says so."""
    if not allowed(act):
        small(t("role.shut", lang))
    return not allowed(act)


def only_own(act: str) -> bool:
    """Whether whoever looks may do this for themselves alone."""
    found = me()
    return found is not None and not may(found.role, act, own=False)


def speakers(names: Sequence[str], act: str) -> list[str]:
    """Return for whom something may be said: everybody, or oneself alone."""
    found = me()
    return [name for name in names if found is None or not only_own(act) or name == found.name]


def who_field(place: Any, label: str, key: str) -> None:
    """Ask for a name on a laptop; who has signed in is known."""
    found = me()
    if found is None:
        place.text_input(label, max_chars=100, key=key)
    else:
        st.session_state[key] = found.name


def own_field(place: Any, label: str, key: str, act: str, entry: str, most: int) -> None:
    """A text about oneself where nobody else may be meant: shown, not asked."""
    found = me()
    fixed = found is not None and only_own(act)
    if fixed:
        st.session_state[key] = getattr(found, entry)
    place.text_input(label, max_chars=most, key=key, disabled=fixed)


def signed_in_part(lang: str) -> None:
    """Name and role of whoever has signed in, and the way out."""
    found = me()
    if not signing_in() or found is None:
        return
    small(f"{found.name} · {found.organisation} · {t(f'role.{found.role}', lang)}")
    st.button(t("gate.sign_out", lang), on_click=st.logout, width="stretch", key="sign-out")
