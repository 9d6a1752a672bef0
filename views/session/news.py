"""What others record on their devices appears on this one by itself."""

from __future__ import annotations

import streamlit as st

from views.session.buttons import told
from views.session.cache import workspace
from views.session.record import record

#: Seconds between two looks.
_EVERY = 2.0
_SEEN = "news_seen"


def listen() -> None:
    """Draw the page anew once the record has grown; call it before the page reads the record."""
    st.session_state[_SEEN] = record(workspace()).last()
    _look()


@st.fragment(run_every=_EVERY)
@told()
def _look() -> None:
    seen = st.session_state.get(_SEEN)
    st.session_state[_SEEN] = None  # what cannot be read now is read anew once it can
    st.session_state[_SEEN] = record(workspace()).last()
    if st.session_state[_SEEN] != seen:
        st.rerun(scope="app")
