"""Find a village, site or settlement by name or code, and go there on the map."""

from __future__ import annotations

import streamlit as st

from geo.model import Analysis
from texts import t
from views import _state as state


def search(analysis: Analysis, lang: str) -> None:
    """Find a village or site by name or code and go there."""
    places: dict[str, tuple[str, float, float, int]] = {}
    for row in analysis.villages[analysis.villages.geometry.notna()].itertuples():
        middle = row.geometry.representative_point()
        places[row.village_code] = (f"{row.name} ({row.village_code})", middle.y, middle.x, 14)
    tables = (
        (analysis.water_points, "point_id", "search.water_point"),
        (analysis.sanitation, "facility_id", "search.facility"),
        (analysis.institutions, "institution_id", "search.institution"),
    )
    for table, id_column, key in tables:
        for site_id, name, shape in zip(table[id_column], table["name"], table.geometry, strict=True):
            places[site_id] = (f"{site_id} – {name or ''} ({t(key, lang)})", shape.y, shape.x, 16)
    homes = analysis.places[analysis.places["kind"] == "settlement"]
    word = t("search.settlement", lang)
    for place_id, name, shape in zip(homes["place_id"], homes["name"], homes.geometry, strict=True):
        places[place_id] = (f"{name or place_id} ({word}, {place_id})", shape.y, shape.x, 15)

    def found() -> None:
        code = st.session_state["w_search"]
        st.session_state["go_to"] = None
        if code:
            _, lat, lon, zoom = places[code]
            st.session_state["go_to"] = (lat, lon, zoom)
            state.put("site", code)

    options = list(places)[:5000]
    st.selectbox(
        t("control.search", lang),
        options,
        index=None,
        key="w_search",
        on_change=found,
        format_func=lambda code: places[code][0],
        placeholder=t("control.search_hint", lang),
    )
