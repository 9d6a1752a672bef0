"""Ekspor / Export: the chosen sites and the coverage table as files."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import streamlit as st

from exports import about, export, file_name, sheet_of, with_why
from geo.errors import PlanningError
from geo.model import Analysis
from geo.route import Tour, parse_place, visiting_order
from texts import count, error_text, t
from views import _state as state
from views._cache import analysis as cached_analysis
from views._cache import inputs, road_network, workspace
from views._text import small

#: Formats offered for a list of sites, and for coverage; the address type of each file.
_SITES = ("xlsx", "pdf", "gpx", "qfield", "gpkg", "kml", "kmz", "geojson", "csv", "hxl", "shp")
_COVERAGE = ("xlsx", "gpkg", "kml", "geojson", "csv", "hxl", "shp")
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "gpx": "application/gpx+xml",
    "kml": "application/vnd.google-earth.kml+xml",
    "csv": "text/csv",
    "hxl": "text/csv",
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
    "kmz": "application/vnd.google-earth.kmz",
    "qfield": "application/zip",
    "shp": "application/zip",
}


def page() -> None:
    """Draw the page."""
    lang = state.get("lang")
    analysis = cached_analysis(state.params())
    st.subheader(t("title.priorities", lang))
    told = list(about(analysis, lang).items())
    small(" · ".join([t(f"service.{state.get('service')}", lang), *(f"{label}: {text}" for label, text in told[1:7])]))
    rows = analysis.priorities
    if rows.empty:
        st.info(t("priorities.none", lang))
    else:
        rows = _ordered(_chosen(rows, lang), lang)
        _buttons(analysis, with_why(rows, lang), "title.priorities", "prioritas", _SITES, lang)
    st.subheader(t("title.coverage", lang))
    _buttons(analysis, analysis.villages, "title.coverage", "cakupan", _COVERAGE, lang)
    small(t("export.note", lang))


def _chosen(rows: gpd.GeoDataFrame, lang: str) -> gpd.GeoDataFrame:
    """Let the user pick: the first N of the current list, and tick single sites off."""
    rows = rows[rows["service"] == state.get("service")]
    number = st.slider(t("export.how_many", lang), 1, max(len(rows), 2), min(20, len(rows)), key="export-number")
    rows = rows.head(number)
    ids = st.multiselect(
        t("export.sites", lang), rows["site_id"], default=rows["site_id"].tolist(), key=f"export-sites-{number}"
    )
    rows = rows[rows["site_id"].isin(ids)]
    small(t("export.count", lang, count=count(len(rows), lang)))
    return rows


def _ordered(rows: gpd.GeoDataFrame, lang: str) -> gpd.GeoDataFrame:
    """Add the visiting order where it is wanted: teams and hours of a day."""
    if rows.empty or not st.toggle(t("export.tour", lang), help=t("export.tour.help", lang), key="export-tour"):
        return rows
    first, second, third = st.columns(3)
    teams = first.number_input(t("export.teams", lang), 1, 20, 1, key="export-teams")
    hours = second.number_input(t("export.hours", lang), 1, 24, 8, key="export-hours")
    speed = third.number_input(t("export.kmh", lang), 1, 100, 20, key="export-kmh")
    try:
        start, end = (_place(t(f"export.{name}", lang), name) for name in ("start", "end"))
        order = visiting_order(
            rows["lon"].to_numpy(dtype=float),
            rows["lat"].to_numpy(dtype=float),
            Tour(start, end, teams=int(teams), hours=float(hours), kmh=float(speed), seconds=2.0),
            road_network(inputs().version),
        )
    except PlanningError as error:
        st.error(error_text(error, lang))
        return rows
    ordered = rows.assign(**{name: order[name].to_numpy() for name in order}).sort_values(["day", "team", "visit"])
    days, km = count(order["day"].max(), lang), count(order["leg_km"].sum(), lang, 1)
    small(t("export.tour.told", lang, days=days, km=km))
    shown = pd.DataFrame(
        {
            t("export.day", lang): ordered["day"],
            t("export.team", lang): ordered["team"],
            t("export.visit", lang): ordered["visit"],
            "ID": ordered["site_id"],
            t("map.name", lang): ordered["name"],
            "km": ordered["leg_km"].map(lambda value: count(value, lang, 1)),
        }
    )
    st.dataframe(shown, hide_index=True, height=220, key="export-order", alt=t("export.tour", lang))
    return ordered


def _place(label: str, name: str) -> tuple[float, float] | None:
    """Where a day begins or ends, as "latitude, longitude"; nothing is the middle of the sites (or the start)."""
    text = st.text_input(label, placeholder="-7.2113, 107.1502", key=f"export-{name}", max_chars=60)
    if not text.strip():
        return None
    lat, lon = parse_place(text)
    return lon, lat


def _buttons(
    analysis: Analysis, rows: gpd.GeoDataFrame, title: str, name: str, formats: tuple[str, ...], lang: str
) -> None:
    if rows.empty:
        return
    sheet = sheet_of(analysis, rows, t(title, lang), lang, photos=workspace() / "photos")
    with st.container(horizontal=True):
        for form in formats:
            st.download_button(
                t(f"format.{form}", lang),
                lambda form=form: export(sheet, form),
                mime=_TYPES[form],
                on_click="ignore",
                file_name=file_name(f"mata-air-{name}-{state.get('area')}", form),
                key=f"{name}-{form}",
                icon=":material/download:",
            )


if __name__ == "__main__":
    page()
