"""Headline figures side by side, two and two on a phone; nothing is cut off."""

from __future__ import annotations

import streamlit as st

from layers import escape

_GRID = "display:grid;grid-template-columns:repeat(auto-fit,minmax(min(150px,44vw),1fr));gap:10px"
_CARD = "border:1px solid #8883;border-radius:8px;padding:8px 12px;line-height:1.35;overflow-wrap:anywhere;min-width:0;"
_CARD += "container-type:inline-size"
#: As large as the card is wide: a figure of some fifteen characters stays on one line.
_FIGURE = "font-size:clamp(1rem,min(4.6vw,13cqw),1.8rem);font-weight:600;overflow-wrap:normal"


def cards(figures: list[tuple[str, str, str]]) -> None:
    """Show figures as (label, value, note)."""
    parts = "".join(
        f'<div style="{_CARD}"><div>{escape(label)}</div>'
        f'<div class="ma-figure" style="{_FIGURE}">{escape(value)}</div>'
        f'<div style="font-size:.85rem">{escape(note)}</div></div>'
        for label, value, note in figures
    )
    st.html(f'<div style="{_GRID}">{parts}</div>')
