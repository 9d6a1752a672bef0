"""Small print in the reader's own colour: Streamlit's caption is too faint to read (contrast under 4.5)."""

from __future__ import annotations

import streamlit as st


def plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join("\\" + c if c in "\\`*_{}[]()<>#+-.!|~$:^=&" else c for c in str(text))


def small(text: str) -> None:
    """Show a text in small print, as it is."""
    st.markdown(f":small[{plain(text)}]")
