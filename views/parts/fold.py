"""A folded group of controls whose heading says what is set in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from views.parts.text import harmless, plain


@contextmanager
def fold(key: str, title: str, told: str = "", *, opened: bool = False) -> Iterator[None]:
    """Draw the group around what is drawn within; its heading may change without its being folded or unfolded.

    Parameters
    ----------
    key
        Of the group, the same whatever its heading says.
    title, told
        What the group is about, and what is set in it.
    opened
        Whether it begins unfolded.
    """
    with st.expander(f"**{plain(title)}** {harmless(told)}", expanded=opened, key=key):
        yield
