"""Ekspor / Export: the chosen sites and the coverage table as files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

import geopandas as gpd
import streamlit as st

from exports.formats import COVERAGE, EXPORTS, SITES, offered
from exports.open_data.package import data_package
from exports.open_data.registers import registers_xlsx
from exports.tables.plan_rows import plan_rows
from exports.tables.sheet import about, about_line, with_why
from exports.tables.xlsform import xlsform
from geo.model.results import Analysis
from geo.model.sites import SURVEYED
from texts import count, t
from views.onmap.village import profile_files
from views.parts.text import plain, small
from views.planning.tour import ordered
from views.planning.wish import wish
from views.session import state
from views.session.cache import analysis as cached_analysis
from views.session.cache import inputs, options, plan
from views.session.files import file_buttons
from views.session.jobs import LARGE

#: What a list was made under, above the buttons.
_UNDER = ("standard", "area", "season", "reach", "weights", "record")

#: So many sites can be ticked off one by one.
_TICKED = 500


def page() -> None:
    """Draw the page."""
    lang = state.get("lang")
    analysis = cached_analysis(state.params())
    st.subheader(t("export.list", lang))
    service = t(f"service.{state.get('service')}", lang)
    small(f"{service} · {about_line(about(analysis, lang), _UNDER, lang)}")
    lists = {name: t(f"export.list.{name}", lang) for name in ("priorities", "plan")}
    which = st.segmented_control(
        t("export.which", lang),
        list(lists),
        default="priorities",
        required=True,
        format_func=lists.get,
        key="export-which",
    )
    title, name = ("title.plan", "rencana") if which == "plan" else ("title.priorities", "prioritas")
    rows = _planned(analysis, lang) if which == "plan" else _first(analysis, lang)
    if rows.empty:
        st.info(t("priorities.none", lang))
    else:
        rows = ordered(_ticked(rows, which, lang), lang)
        file_buttons(analysis, rows, title, name, offered(SITES), lang)
    st.subheader(t("title.coverage", lang))
    file_buttons(analysis, analysis.villages, "title.coverage", "cakupan", offered(COVERAGE), lang)
    small(t("export.note", lang))
    profile_files(analysis, lang)
    _whole_area(lang)
    _forms(lang)


def _whole_area(lang: str) -> None:
    """All that anybody may have of the area: a data package for open data portals, rows as registers ask for them."""
    data = inputs()
    code = None if state.get("area") == state.EVERYWHERE else state.get("area")
    words = (t("package.title", lang), t("package.help", lang), t("package.button", lang))
    _offer("package", words, lambda: data_package(data, code, date.today()), "application/zip", "datapackage.zip")
    words = (t("registers.title", lang), t("registers.help", lang), t("registers.button", lang))
    rows = partial(registers_xlsx, data, code, lang)
    _offer("registers", words, lambda: rows(date.today()), EXPORTS["xlsx"].media, "register.xlsx")


def _offer(key: str, words: tuple[str, str, str], make: Callable[[], bytes], media: str, ending: str) -> None:
    """A heading, what it is, and the button of a file that is made when it is asked for."""
    title, told, button = words
    name, icon = f"mata-air-{state.get('area')}.{ending}", f":material/{_ICONS[key]}:"
    st.subheader(plain(title))
    small(told)
    st.download_button(plain(button), make, mime=media, on_click="ignore", file_name=name, key=key, icon=icon)


_ICONS = {"package": "inventory_2", "registers": "table_view"}


def _forms(lang: str) -> None:
    """Forms for a survey in the field, whose answers the page Data takes as they come."""
    st.subheader(t("form.title", lang))
    small(t("form.help", lang))
    data = inputs()
    with st.container(horizontal=True):
        for table in SURVEYED:
            st.download_button(
                t(f"table.{table}", lang),
                lambda table=table: xlsform(table, data),
                mime=EXPORTS["xlsx"].media,
                on_click="ignore",
                file_name=f"mata-air-form-{table}.xlsx",
                key=f"form-{table}",
                icon=":material/assignment:",
            )


def _first(analysis: Analysis, lang: str) -> gpd.GeoDataFrame:
    """The first N of the priority list of the service looked at."""
    rows = analysis.priorities
    if rows.empty:
        return rows
    rows = rows[rows["service"] == state.get("service")]
    number = st.slider(t("export.how_many", lang), 1, max(len(rows), 2), min(20, len(rows)), key="export-number")
    return with_why(rows.head(number), lang)


def _planned(analysis: Analysis, lang: str) -> gpd.GeoDataFrame:
    """The actions of the plan as the page Rencana has it, both services."""
    asked = (state.params(), tuple(state.get("actions").split(",")), state.get("tech"))
    if len(options(*asked).table) > LARGE:
        st.info(t("plan.large", lang))
        return plan_rows(analysis, [], lang)
    with st.spinner(t("plan.solving", lang)):
        found = plan(*asked, wish())
    return plan_rows(analysis, [vars(step) for step in found.steps], lang)


def _ticked(rows: gpd.GeoDataFrame, which: str, lang: str) -> gpd.GeoDataFrame:
    """Let the user tick single sites off."""
    known = rows["site_id"].tolist()
    if len(known) > _TICKED:
        small(t("export.all_of", lang, count=count(len(known), lang), most=count(_TICKED, lang)))
        return rows
    key = f"export-sites-{which}-{len(known)}-{hash(tuple(known))}"
    ids = st.multiselect(t("export.sites", lang), known, default=known, key=key)
    rows = rows[rows["site_id"].isin(ids)]
    small(t("export.count", lang, count=count(len(rows), lang)))
    return rows


if __name__ == "__main__":
    page()
