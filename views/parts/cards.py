"""Headline figures side by side, two and two on a phone; nothing is cut off."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from layers.markup import escape

_GRID = "display:grid;grid-template-columns:repeat(auto-fit,minmax(min(150px,44vw),1fr));gap:10px"
_CARD = "border:1px solid #8883;border-radius:8px;padding:8px 12px;line-height:1.35;overflow-wrap:anywhere;min-width:0;"
_CARD += "container-type:inline-size"
#: No larger than lets it stay on one line of its card.
_FIGURE = "font-size:clamp(.8rem,min(max(1.25rem,4.6vw),var(--ma-fit)),1.8rem);font-weight:600;overflow-wrap:normal"
#: Parts of a card's width that one character may be high; digits are a bit over half as wide as they are high.
_ONE = 170


def cards(figures: list[tuple[str, str, str]]) -> None:
    """Show figures as (label, value, note)."""
    parts = "".join(
        f'<div style="{_CARD}"><div>{escape(label)}</div>'
        f'<div class="ma-figure" style="--ma-fit:{_ONE / max(len(value), 4):.1f}cqw;{_FIGURE}">{escape(value)}</div>'
        f'<div style="font-size:.85rem">{escape(note)}</div></div>'
        for label, value, note in figures
    )
    st.html(f'<div style="{_GRID}">{parts}</div>')


@dataclass(frozen=True)
class Figure:
    """One figure of a strip; what stands beside it is read out in full (`note`) and shown in `short`."""

    label: str
    value: str
    note: str = ""
    short: str = ""


def strip(figures: list[Figure]) -> None:
    """Show figures in one line, which scrolls sideways where it is too narrow."""
    parts = "".join(
        f'<div title="{escape(one.note)}"><div class="ma-label">{escape(one.label)}</div>'
        f'<div class="ma-value">{escape(one.value)} {_beside(one)}</div></div>'
        for one in figures
    )
    st.html(f'<div class="ma-strip" tabindex="0" role="group">{parts}</div>')


def _beside(one: Figure) -> str:
    if one.note == one.short:
        return f'<span class="ma-note-of">{escape(one.short)}</span>'
    shown = f'<span class="ma-note-of" aria-hidden="true">{escape(one.short)}</span>'
    return f'{shown}<span class="ma-told">{escape(one.note)}</span>'
