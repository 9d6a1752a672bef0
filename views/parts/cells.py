"""Fields of a form beside each other on a wide screen, and in the same order below each other on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def cells(wide: int = 2) -> Iterator[DeltaGenerator]:
    """Return cells row by row, `wide` to a row; a phone shows them one below the other as they are taken."""
    while True:
        yield from st.columns(wide)
