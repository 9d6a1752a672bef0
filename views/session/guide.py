"""The guided tour: ten steps over the pages, for whoever is new to the forum."""

from __future__ import annotations

import streamlit as st

from geo.model.facts import facts
from texts import t
from views.parts.text import marked
from views.session import state

_GOTO, _BEFORE = "goto", "guide-before"


def steps() -> list[dict[str, str]]:
    """Return the steps, each with its page and the state it shows."""
    found: list[dict[str, str]] = facts("guide")["steps"]
    return found


def wanted_page() -> str | None:
    """Return, once, the page that a step of the tour is on."""
    page: str | None = st.session_state.pop(_GOTO, None)
    return page


def guide_part(lang: str) -> None:
    """What the step says, above the page, with the way on and back."""
    now, last = int(state.get("guide")), len(steps())
    if not 1 <= now <= last:
        return
    with st.container(border=True, key="guide"):
        st.markdown(f"**{marked('guide.step', lang, step=now, of=last)} {t(f'guide.{now}.title', lang)}**")
        st.markdown(t(f"guide.{now}.text", lang))
        with st.container(horizontal=True):
            st.button(t("guide.back", lang), on_click=_go, args=(now - 1,), disabled=now == 1, key="guide-back")
            on = t("guide.next" if now < last else "guide.end", lang)
            st.button(on, on_click=_go, args=((now + 1) % (last + 1),), key="guide-next")
            if now < last:
                st.button(t("guide.stop", lang), on_click=_go, args=(0,), key="guide-stop")


def guide_button(lang: str, key: str) -> None:
    """The way into the tour."""
    if state.get("guide") == "0":
        st.button(t("guide.start", lang, count=len(steps())), on_click=_go, args=(1,), key=key, width="stretch")


def hint(lang: str) -> None:
    """A word for who is here for the first time, until it is put away (the browser keeps that)."""
    if state.get("guide") != "0":
        return
    with st.container(border=True, key="hint", horizontal=True, vertical_alignment="center"):
        st.markdown(t("hint.first", lang))
        st.button(t("hint.tour", lang), on_click=_go, args=(1,), key="hint-start")
        st.button(t("hint.close", lang), key="hint-close", on_click=lambda: None)


def _go(step: int) -> None:
    """Show a step: what it is about is set on its page; ending the tour puts everything back as it was."""
    if state.get("guide") == "0":
        names = {name for told in steps() for name in told if name != "page"}
        st.session_state[_BEFORE] = {name: state.get(name) for name in names}
    state.put("guide", str(step))
    if step:
        told = dict(steps()[step - 1])
        st.session_state[_GOTO] = told.pop("page")
    else:
        told = st.session_state.pop(_BEFORE, {})
    for name, value in told.items():
        state.put(name, value)
