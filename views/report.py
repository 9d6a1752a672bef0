"""Report: what somebody of the community knows of a site, by a link or a picture code; nobody has to sign in."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import streamlit as st

from forum.community import WHAT, Report, receive
from geo.coverage import kind_column, site_id_column
from geo.demand import village_at
from geo.model import SITE_TABLES
from texts import t
from views import _state as state
from views._act import answer, doing
from views._cache import inputs, record, workspace
from views._text import plain, small


def page() -> None:
    """Draw the page: the site of the link, else a point that is missing from the map."""
    lang = state.get("lang")
    service, site = state.get("service"), state.get("site")
    table = inputs().tables()[SITE_TABLES[service]]
    found = table[table[site_id_column(service)] == site]
    st.subheader(t("lapor.title", lang))
    if site and found.empty:
        st.warning(t("lapor.unknown_site", lang, value=site))
    if len(found):
        row = found.iloc[0]
        column = kind_column(service)
        kind = t(f"{column}.{row[column]}", lang)
        st.markdown(f"**{plain(row['name'] or site)}** ({plain(site)}) · {plain(kind)}")
        known = [one for one in WHAT if one != "missing"]
    else:
        small(t("lapor.no_site", lang))
        known = ["missing"]
    _form(known, service, site if len(found) else "", lang)


def _form(known: list[str], service: str, site: str, lang: str) -> None:
    words = {one: t(f"lapor.what.{one}", lang) for one in known}
    with st.form("lapor", clear_on_submit=False):
        st.radio(t("lapor.what", lang), known, format_func=words.get, key="lapor-what")
        if known == ["missing"]:
            left, right = st.columns(2)
            left.number_input(t("lapor.lat", lang), -90.0, 90.0, None, format="%.6f", key="lapor-lat")
            right.number_input(t("lapor.lon", lang), -180.0, 180.0, None, format="%.6f", key="lapor-lon")
            small(t("lapor.where_help", lang))
        st.text_area(t("lapor.text", lang), max_chars=1000, key="lapor-text")
        st.text_input(t("lapor.name", lang), max_chars=100, key="lapor-name")
        st.text_input(t("lapor.phone", lang), max_chars=40, key="lapor-phone", help=t("lapor.private", lang))
        small(t("lapor.private", lang))
        fields = tuple(f"lapor-{name}" for name in ("what", "text", "name", "phone", "lat", "lon"))
        sending = doing("lapor", fields, _send, service, site, then=_sent)
        st.form_submit_button(t("report.send", lang), **sending)
    answer("lapor", lang)
    number = st.session_state.get("lapor-number")
    if number:
        st.success(t("lapor.thanks", lang, number=number))


def _send(
    what: str, text: str, name: str, phone: str, lat: float | None, lon: float | None, service: str, site: str
) -> int:
    code = ""
    if lat is not None and lon is not None:
        place = gpd.GeoDataFrame(geometry=gpd.points_from_xy([lon], [lat]), crs="EPSG:4326")
        at = village_at(place, inputs().villages).iloc[0]
        code = "" if pd.isna(at) else str(at)
    given = Report(service, site, what, text or "", code, name or "", phone or "", lat, lon)
    return receive(record(workspace()), given).number


def _sent(number: int) -> None:
    st.session_state["lapor-number"] = number
    st.session_state["lapor-text"] = ""


if __name__ == "__main__":
    page()
