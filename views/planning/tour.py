"""The visiting order of chosen sites: start, end, teams and hours of a day."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import streamlit as st

from geo.field.route import Tour, parse_place, visiting_order
from geo.model.errors import PlanningError
from texts import count, t
from views.parts.text import refusal, small
from views.session.cache import inputs, road_network


def ordered(rows: gpd.GeoDataFrame, lang: str) -> gpd.GeoDataFrame:
    """Add the visiting order where it is wanted: teams and hours of a day."""
    if rows.empty or not st.toggle(t("export.tour", lang), help=t("export.tour.help", lang), key="export-tour"):
        return rows
    first, second, third = st.columns(3)
    teams = first.number_input(t("export.teams", lang), 1, 20, 1, key="export-teams")
    hours = second.number_input(t("export.hours", lang), 1, 24, 8, key="export-hours")
    speed = third.number_input(t("export.kmh", lang), 1, 100, 20, key="export-kmh")
    try:
        start, end = (place_field(t(f"export.{name}", lang), name) for name in ("start", "end"))
        order = visiting_order(
            rows["lon"].to_numpy(dtype=float),
            rows["lat"].to_numpy(dtype=float),
            Tour(start, end, teams=int(teams), hours=float(hours), kmh=float(speed), effort=80_000),
            road_network(inputs().version),
        )
    except PlanningError as error:
        st.error(refusal(error, lang))
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


def place_field(label: str, name: str) -> tuple[float, float] | None:
    """Where a day begins or ends, as "latitude, longitude"; nothing is the middle of the sites (or the start)."""
    text = st.text_input(label, placeholder="-7.2113, 107.1502", key=f"export-{name}", max_chars=60)
    if not text.strip():
        return None
    lat, lon = parse_place(text)
    return lon, lat
