"""A table whose rows are sites on the map: choosing a row chooses the site, and a site chosen on the map its row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from views.session import state


def linked_table(
    shown: Any, ids: Sequence[str], places: Sequence[tuple[float, float]], zoom: int, key: str, **look: Any
) -> None:
    """Draw rows of `ids` at `places` (latitude, longitude); a press on any cell goes there on the map, to a zoom level.

    `shown` is a table, or one with words for its numbers (`views.parts.table.worded`).
    """
    chosen = state.get("site")
    rows = [ids.index(chosen)] if chosen in ids else []
    epoch = f"{st.session_state.get('table_epoch', 0)}-{hash(tuple(ids))}"  # other rows are another table
    event = st.dataframe(
        shown,
        hide_index=True,
        on_select="rerun",
        selection_mode=["single-row", "single-cell"],
        selection_default={"selection": {"rows": rows, "columns": [], "cells": []}},
        key=f"{key}-{epoch}-{state.get('service')}-{state.get('area')}",
        placeholder="–",
        **look,
    )
    picked, pressed = event["selection"]["rows"], event["selection"]["cells"]
    last, last_cell = f"picked-{key}-{epoch}", f"pressed-{key}-{epoch}"
    if pressed and pressed != st.session_state.get(last_cell):  # a press on a cell is one on its row
        st.session_state[last_cell] = pressed
        picked = [int(pressed[0][0])]
    if picked != st.session_state.get(last) and picked and picked[0] < len(ids):
        st.session_state[last] = picked
        if ids[picked[0]] != chosen:
            state.put("site", ids[picked[0]])
            lat, lon = places[picked[0]]
            if lat == lat:  # a village without an outline is nowhere to be gone to
                st.session_state["go_to"] = (float(lat), float(lon), zoom)
            st.rerun(scope="fragment")
