"""Who does what where: partners' commitments by village and sector, on the map, with gaps and overlaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

import geopandas as gpd
import pandas as pd
import streamlit as st
from streamlit_folium import st_folium

from exports.formats import export, file_name
from exports.tables.partners import partners_sheet
from forum.meetings import ORGANISATIONS
from forum.partners import (
    SECTORS,
    STAGES,
    Bottleneck,
    Commitment,
    advance,
    bottlenecks,
    commit,
    commitments,
    partners_of,
)
from geo.model.areas import area_mask
from geo.model.errors import CallError
from layers.partners import partners_layer, partners_legend
from texts import count, day, money, t
from views.community.bottlenecks import bottlenecks_part
from views.parts.cells import cells
from views.parts.narrow import narrowed
from views.parts.text import marked
from views.server.assets import offline_map
from views.session import state
from views.session.buttons import answer, doing
from views.session.cache import inputs, workspace
from views.session.record import record
from views.session.who import own_field, who_field

_ALL = "all"
_FORMATS = ("xlsx", "hxl", "geojson")


def partners_part(lang: str) -> None:
    """Map, gaps and overlaps of a sector; the list; forms to add and to advance; the files."""
    villages = _villages()
    if villages.empty:
        st.info(t("partners.no_villages", lang))
        return
    names = dict(zip(villages["village_code"], villages["name"], strict=True))
    events = record(workspace()).standing()
    found = [one for one in commitments(events) if one.village_code in names]
    held = [one for one in bottlenecks(events) if one.village_code in names]
    sectors = {_ALL: t("partners.all_sectors", lang)} | {one: t(f"sector.{one}", lang) for one in SECTORS}
    sector = st.selectbox(t("partners.sector", lang), list(sectors), format_func=sectors.get, key="partners-sector")
    at_work = partners_of(found, list(names), None if sector == _ALL else sector)
    _map(villages, at_work, lang)
    gaps = [name for code, name in names.items() if not at_work[code]]
    several = [f"{names[code]} ({', '.join(who)})" for code, who in at_work.items() if len(who) > 1]
    st.text(t("partners.gaps", lang, count=count(len(gaps), lang), names=", ".join(gaps) or "–"))
    st.text(t("partners.overlaps", lang, count=count(len(several), lang), names="; ".join(several) or "–"))
    if found:
        st.dataframe(pd.DataFrame([_row(one, names, lang) for one in found]), hide_index=True, key="partners-list")
        _files(found, villages, lang)
        _advance_form(found, names, lang)
    _new_form(names, held, lang)
    bottlenecks_part(held, found, names, lang)


def _villages() -> gpd.GeoDataFrame:
    villages = inputs().villages
    return villages[area_mask(villages["village_code"], state.params().area)]


def _map(villages: gpd.GeoDataFrame, at_work: dict[str, list[str]], lang: str) -> None:
    shapes = villages[villages.geometry.notna()]
    if shapes.empty:
        return
    west, south, east, north = (float(value) for value in shapes.total_bounds)
    st_folium(
        offline_map((west, south, east, north)),
        key=f"partners-map-{state.get('area')}-{inputs().version}",
        height=420,
        use_container_width=True,
        returned_objects=[],
        feature_group_to_add=partners_layer(shapes, at_work, lang),
    )
    st.html(f'<div class="ma-legends">{partners_legend(lang)}</div>')


def _row(one: Commitment, names: dict[str, str], lang: str) -> dict[str, str]:
    until = f" – {day(one.ends, lang)}" if one.ends else ""
    return {
        t("partners.partner", lang): f"{one.partner} ({t(f'forum.kind.{one.kind}', lang)})",
        t("partners.sector", lang): t(f"sector.{one.sector}", lang),
        t("partners.activity", lang): one.activity,
        t("table.villages", lang): names[one.village_code],
        t("partners.stage", lang): t(f"stage.{one.stage}", lang),
        t("partners.when", lang): day(one.starts, lang) + until,
        t("partners.money", lang): money(one.amount_idr, lang) if one.amount_idr is not None else "–",
        t("partners.target", lang): one.target,
        t("partners.shared", lang): one.shared,
    }


def _files(found: Sequence[Commitment], villages: gpd.GeoDataFrame, lang: str) -> None:
    """What others read: Excel, HXL, a map; no names of persons are in it."""
    sheet = partners_sheet([asdict(one) for one in found], villages, inputs().version, lang)
    columns = st.columns(len(_FORMATS))
    for column, kind in zip(columns, _FORMATS, strict=True):
        name = file_name("mata-air-3w", kind)
        column.download_button(
            marked("partners.download", lang, name=name), lambda kind=kind: export(sheet, kind),
            file_name=name, on_click="ignore",
            key=f"partners-{kind}", width="stretch",
        )  # fmt: skip


def _advance_form(found: Sequence[Commitment], names: dict[str, str], lang: str) -> None:
    labels = {one.number: f"{one.partner}: {one.activity} ({names[one.village_code]})" for one in found}
    stages = {one: t(f"stage.{one}", lang) for one in STAGES}
    with st.expander(t("partners.advance", lang)), st.form("partners-advance", border=False):
        choose = t("control.choose", lang)
        st.selectbox(
            t("partners.which", lang), list(labels), index=None, format_func=labels.get, placeholder=choose,
            key="advance-of",
        )  # fmt: skip
        left, right = st.columns(2)
        left.selectbox(t("partners.stage", lang), STAGES, format_func=stages.get, index=1, key="advance-stage")
        who_field(right, t("common.your_name", lang), "advance-who")
        advancing = doing("advance", ("advance-who", "advance-of", "advance-stage"), _advance, act="commitment")
        st.form_submit_button(t("common.record", lang), **advancing)
    answer("advance", lang)


def _advance(who: str, number: int | None, stage: str) -> None:
    advance(record(workspace()), who or "", number or 0, stage)


def _new_form(names: dict[str, str], held: Sequence[Bottleneck], lang: str) -> None:
    kinds = {one: t(f"forum.kind.{one}", lang) for one in ORGANISATIONS}
    sectors = {one: t(f"sector.{one}", lang) for one in SECTORS}
    stages = {one: t(f"stage.{one}", lang) for one in STAGES}
    st.subheader(t("partners.new", lang))
    label = t("table.villages", lang)
    listed = narrowed(names, st.session_state.get("3w-villages", ()), label, "3w", lang)
    with st.form("partners-new", clear_on_submit=False):
        cell = cells()
        own_field(next(cell), t("partners.partner", lang), "3w-partner", "commitment", "organisation", 120)
        next(cell).selectbox(t("forum.kind", lang), ORGANISATIONS, index=1, format_func=kinds.get, key="3w-kind")
        next(cell).selectbox(t("partners.sector", lang), SECTORS, format_func=sectors.get, key="3w-sector")
        next(cell).multiselect(
            label, listed, format_func=names.get, placeholder=t("control.choose", lang), key="3w-villages",
        )  # fmt: skip
        next(cell).text_input(t("partners.activity", lang), max_chars=200, key="3w-activity")
        next(cell).selectbox(t("partners.stage", lang), STAGES, format_func=stages.get, key="3w-stage")
        next(cell).date_input(t("partners.starts", lang), date.today(), key="3w-starts", format="DD/MM/YYYY")
        next(cell).date_input(t("partners.ends", lang), None, key="3w-ends", format="DD/MM/YYYY")
        next(cell).number_input(
            t("partners.money", lang), min_value=0, value=None, step=1_000_000, key="3w-money",
            help=t("partners.money_help", lang),
        )  # fmt: skip
        next(cell).text_input(
            t("partners.shared", lang), max_chars=200, key="3w-shared", help=t("partners.shared_help", lang)
        )
        next(cell).text_input(
            t("partners.target", lang), max_chars=200, key="3w-target", help=t("partners.target_help", lang)
        )
        against = {0: t("partners.against_none", lang)} | {
            one.number: f"{names[one.village_code]}: {t(f'bottleneck.{one.kind}', lang)} ({one.note})" for one in held
        }
        next(cell).selectbox(t("partners.against", lang), list(against), format_func=against.get, key="3w-against")
        who_field(next(cell), t("common.your_name", lang), "3w-who")
        fields = ("who", "partner", "kind", "sector", "villages", "activity", "stage", "starts", "ends", "money")
        asked = tuple(f"3w-{name}" for name in (*fields, "shared", "target", "against"))
        keeping = doing("3w", asked, _commit, act="commitment", then=_committed)
        st.form_submit_button(t("common.record", lang), **keeping)
    answer("3w", lang)


def _commit(
    who: str, partner: str, kind: str, sector: str, villages: list[str], activity: str, stage: str,
    starts: date, ends: date | None, amount: float | None, shared: str, target: str, against: int | None,
) -> None:  # fmt: skip
    """One commitment a village; money told for several is shared out evenly, so that nothing is counted twice.

    What answers a bottleneck is of that bottleneck's village, whether it was chosen or not.
    """
    held = {one.number: one.village_code for one in bottlenecks(record(workspace()).standing())}
    where = held.get(against or 0)
    villages = [*villages, *([where] if where and where not in villages else [])]  # said twice, it is refused as such
    unknown = set(villages) - set(inputs().villages["village_code"])
    if unknown:  # a browser may send what was never offered
        raise CallError("error.option", name="village_code", value=min(unknown), known=t("table.villages", "id"))
    each = None if amount is None else float(amount) / max(len(villages), 1)
    given = [
        Commitment(partner or "", kind, sector, code, activity or "", stage, starts, ends, each, shared or "",
                   target or "", (against or 0) if code == where else 0)
        for code in villages
    ]  # fmt: skip
    commit(record(workspace()), who or "", given)


def _committed(_: object) -> None:
    """A commitment was recorded: what named it and what it answers is empty again; villages stay for the next one."""
    st.session_state.update({"3w-activity": "", "3w-against": 0})
