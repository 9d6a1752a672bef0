"""The projector view of a meeting: one site on the whole screen, in type that grows with it."""

from __future__ import annotations

import streamlit as st

from texts import t
from views.session import state

_STYLE = """<style>
[data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stExpandSidebarButton"] { display: none !important; }
.stMainBlockContainer { padding: .6rem 1.4rem !important; }
.stMain [data-testid="stVerticalBlock"] { gap: .6rem; }
.ma-head { font-size: clamp(1.6rem, 3.3vw, 4.2rem) !important; }
.ma-big { font-size: clamp(1.2rem, 1.9vw, 2.5rem) !important; }
.ma-figure { font-size: clamp(.8rem, min(max(1.25rem, 2.6vw), var(--ma-fit)), 3.2rem) !important; }
@media (min-width: 641px) { iframe[data-testid="stCustomComponentV1"] { height: calc(100vh - 19rem) !important; } }
</style><span hidden data-ma-fill="yes"></span>"""


def projected() -> bool:
    """Whether the site of a meeting has the whole screen."""
    shown = all(state.get(name) == value for name, value in (("desk", "meetings"), ("part", "sites")))
    return shown and state.get("meeting") != "0" and state.get("projector") == "yes"


def projector_part(lang: str) -> None:
    """The way in and out, and, within it, what gives the site the whole screen."""
    on = projected()
    if on:
        st.html(_STYLE)
    word = t("forum.projector_off" if on else "forum.projector_on", lang)
    to = "no" if on else "yes"
    st.button(word, key="forum-projector", on_click=state.put, args=("projector", to))
