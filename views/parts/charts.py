"""Charts in Altair, readable without seeing them: each has a description, and its marks are not read out one by one."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st

_NUMBERS = {
    "id": {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["Rp", ""]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["Rp", ""]},
}


def line(table: pd.DataFrame, x: str, y: str, description: str, lang: str, *, height: int = 240) -> None:
    """Draw y over x as a line with points; both are names of columns, shown as axis titles."""
    above = alt.Axis(aria=False, titleAngle=0, titleAlign="left", titleAnchor="start", titleX=0, titleY=-14)
    shown = [alt.Tooltip(x, format=",.0f"), alt.Tooltip(y, format=",.0f")]
    chart = (
        alt.Chart(table, description=description)
        .mark_line(point=alt.OverlayMarkDef(aria=False, size=60), aria=False)
        .encode(x=alt.X(x, axis=alt.Axis(aria=False)), y=alt.Y(y, axis=above), tooltip=shown)
        .properties(height=height)
        .configure(locale={"number": _NUMBERS[lang]})
    )
    st.altair_chart(chart, width="stretch")
