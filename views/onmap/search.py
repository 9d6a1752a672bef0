"""Find a village, site or settlement by name or code, and go there on the map."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import streamlit as st

from geo.model.results import Analysis
from texts import count, t
from views.parts.narrow import LISTED, SHOWN
from views.session import state


@dataclass(frozen=True)
class _Kind:
    """A table that is searched: its column of ids, the key of its word (none for villages), and how near to go."""

    rows: gpd.GeoDataFrame
    id_column: str
    key: str
    zoom: int

    def holding(self, typed: str) -> _Kind:
        """Keep the rows whose id or name holds what is typed."""
        ids, names = self.rows[self.id_column].astype(str), self.rows["name"].fillna("").astype(str)
        hit = [column.str.contains(typed, case=False, regex=False) for column in (ids, names)]
        return replace(self, rows=self.rows[hit[0] | hit[1]])

    def places(self, most: int, lang: str) -> dict[str, tuple[str, float, float, int]]:
        """Return label, latitude, longitude and zoom of the first rows, by id."""
        rows = self.rows.head(most)
        middles = rows.geometry.representative_point()
        found = zip(rows[self.id_column], rows["name"].fillna(""), middles.y, middles.x, strict=True)
        return {
            str(code): (self._label(str(code), str(name), lang), lat, lon, self.zoom) for code, name, lat, lon in found
        }

    def _label(self, code: str, name: str, lang: str) -> str:
        if not self.key:
            return f"{name} ({code})"
        word = t(self.key, lang)
        return f"{name or code} ({word}, {code})" if self.key == "search.settlement" else f"{code} – {name} ({word})"


def _kinds(analysis: Analysis) -> list[_Kind]:
    return [
        _Kind(analysis.villages[analysis.villages.geometry.notna()], "village_code", "", 14),
        _Kind(analysis.water_points, "point_id", "search.water_point", 16),
        _Kind(analysis.sanitation, "facility_id", "search.facility", 16),
        _Kind(analysis.institutions, "institution_id", "search.institution", 16),
        _Kind(analysis.places[analysis.places["kind"] == "settlement"], "place_id", "search.settlement", 15),
    ]


def search(analysis: Analysis, lang: str) -> None:
    """Find a village or site by name or code and go there; where there are very many, among those that hold a text."""
    kinds, label, hint = _kinds(analysis), t("control.search", lang), t("control.search_hint", lang)
    most = sum(len(kind.rows) for kind in kinds)
    if most > LISTED:
        typed = st.text_input(label, key="search-text", placeholder=hint, label_visibility="collapsed").strip()
        if not typed:
            return
        kinds = [kind.holding(typed) for kind in kinds]
        found, most = sum(len(kind.rows) for kind in kinds), SHOWN
        label = t("search.found", lang, found=count(found, lang), shown=count(min(found, most), lang))
    places: dict[str, tuple[str, float, float, int]] = {}
    for kind in kinds:
        places |= kind.places(most - len(places), lang)

    def chosen() -> None:
        code = st.session_state["w_search"]
        st.session_state["go_to"] = None
        if code in places:
            st.session_state["go_to"] = places[code][1:]
            state.put("site", code)

    st.selectbox(
        label,
        list(places),
        index=None,
        key="w_search",
        on_change=chosen,
        format_func=lambda code: places[code][0],
        filter_mode="contains",  # in the order of the list: a village before what lies in it
        placeholder=hint,
        label_visibility="collapsed",
    )
