"""Proposals from below: what villages and groups ask for, with the engine's figures, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from exports.tables.proposals import became_words
from forum.checks import local_day
from forum.meetings import ORGANISATIONS
from forum.partners import SECTORS
from forum.public.proposals import ANSWERS, SERVICE_OF, WHAT, Proposal, proposals, propose
from forum.public.proposals import answer as answered
from geo.analysis.replay import costs_of
from geo.analysis.scenarios import Scenario
from geo.cells.cell_error import CellError
from geo.cells.position_text import pair
from geo.model.areas import area_mask
from geo.model.changes import AnyChange, Change, NewSite
from geo.model.errors import CallError
from geo.model.facts import facts
from geo.model.sites import SERVICES, SITE_TABLES, kind_column, site_id_column
from geo.priorities.costs import CostSheet
from texts import count, day, money, t
from views.community.photo_field import photo_field
from views.parts.cells import cells
from views.parts.narrow import narrowed
from views.parts.picture import picture
from views.parts.text import small
from views.session import state
from views.session.buttons import answer, doing
from views.session.cache import changes, inputs, outcome, workspace
from views.session.record import record
from views.session.who import own_field, who_field

#: The newest so many proposals are worked out and shown.
_SHOWN = 30
_EPOCH = "proposal-epoch"


def proposals_part(lang: str) -> None:
    """The proposals of the area with their figures and what became of them; forms to propose and to answer."""
    codes = set(_villages()["village_code"])
    found = [one for one in proposals(record(workspace()).standing()) if one.village_code in codes]
    st.subheader(t("proposal.title", lang, count=count(len(found), lang)))
    small(t("proposal.help", lang))
    if found:
        shown = found[::-1][:_SHOWN]
        st.dataframe(pd.DataFrame([_row(one, lang) for one in shown]), hide_index=True, key="proposals-list")
        _looked_at(shown, lang)
        _answer_form([one for one in found if not one.meeting], lang)
    _new_form(lang)


def _villages() -> pd.DataFrame:
    villages = inputs().villages
    return villages[area_mask(villages["village_code"], state.params().area)]


def change_of(one: Proposal) -> AnyChange | None:
    """What carrying out a proposal changes; None for an activity, or a site that is not in these data any more."""
    if one.what == "activity":
        return None
    if one.what == "repair":
        table = inputs().tables()[SITE_TABLES[one.service]]
        known = (table[site_id_column(one.service)].astype(str) == one.site_id).any()
        return Change(one.service, one.site_id, "functional", date.today()) if known else None
    line = costs_of(changes()).line(one.what, one.technology)
    capacity = None if line is None else line.capacity_people
    lon, lat = float(one.lon or 0.0), float(one.lat or 0.0)
    return NewSite(one.service, one.site, one.technology, lon, lat, capacity, one.village_code, one.title[:60])


def figures(one: Proposal) -> dict[str, float | bool | None]:
    """People gained by a proposal alone, by the engine, and its cost; None: not known."""
    change = change_of(one)
    if change is None:
        return {"gain": None, "cost": one.cost_idr, "estimated": False}
    params = state.params().with_(weights=(), draws=100)
    told = outcome(Scenario(f"proposal-{one.number}", inputs().version, params, (change,)))
    cost, guessed = (one.cost_idr, False) if one.cost_idr is not None else (_cost(one, costs_of(changes())), True)
    return {"gain": float(told.figures[one.service]["gained"]), "cost": cost, "estimated": guessed}


def _cost(one: Proposal, sheet: CostSheet) -> float | None:
    """What it costs by the inventory, else by the cost sheet."""
    if one.what != "repair":
        line = sheet.line(one.what, one.technology)
        return None if line is None else line.cost_idr
    table = inputs().tables()[SITE_TABLES[one.service]]
    rows = table[table[site_id_column(one.service)].astype(str) == one.site_id]
    value = float(sheet.repair_idr(rows, kind_column(one.service))[0]) if len(rows) else float("nan")
    return None if value != value else value


def _row(one: Proposal, lang: str) -> dict[str, Any]:
    told = figures(one)
    cost = "–" if told["cost"] is None else money(told["cost"], lang)
    return {
        "#": one.number,
        t("proposal.what", lang): f"{t(f'proposal.what.{one.what}', lang)}: {one.title}",
        t("map.village", lang): one.village,
        t("proposal.proposer", lang): one.proposer,
        t("proposal.reason", lang): one.reason,
        t("proposal.labour", lang): one.labour or "–",
        t("plan.gained", lang): "–" if told["gain"] is None else count(told["gain"], lang),
        t("map.cost", lang): f"≈ {cost}" if told["estimated"] and told["cost"] is not None else cost,
        t("proposal.became", lang): became_words(one, lang),
    }


def _looked_at(found: Sequence[Proposal], lang: str) -> None:
    """The pictures that came with proposals."""
    pictured = [one for one in found if one.photo and (workspace() / one.photo).is_file()]
    if not pictured:
        return
    with st.expander(t("proposal.photos", lang, count=count(len(pictured), lang))):
        for one in pictured:
            told = f"#{one.number} {one.title}, {one.village}, {day(local_day(one.at), lang)}"
            picture((workspace() / one.photo).read_bytes(), "jpeg", told, 480)


def _answer_form(waiting: Sequence[Proposal], lang: str) -> None:
    """What the forum answers outside a meeting; what a meeting decided is told by its minutes."""
    if not waiting:
        return
    labels = {one.number: f"#{one.number} {one.title} ({one.village})" for one in waiting}
    words = {one: t(f"proposal.became.{one}", lang) for one in ANSWERS}
    with st.expander(t("proposal.answer", lang)), st.form("proposal-answer", border=False):
        left, right = st.columns(2)
        left.selectbox(t("proposal.which", lang), list(labels), format_func=labels.get, key="answer-of")
        right.selectbox(t("proposal.became", lang), ANSWERS, format_func=words.get, key="answer-became")
        left.text_input(t("proposal.answer_reason", lang), max_chars=300, key="answer-reason")
        who_field(right, t("common.your_name", lang), "answer-who")
        names = ("answer-who", "answer-of", "answer-became", "answer-reason")
        st.form_submit_button(t("common.record", lang), **doing("answer", names, _answer, act="answer"))
    answer("answer", lang)


def _answer(who: str, number: int | None, became: str, reason: str) -> None:
    answered(record(workspace()), who or "", number or 0, became, reason or "")


def _new_form(lang: str) -> None:
    st.subheader(t("proposal.new", lang))
    what = st.radio(
        t("proposal.what", lang), WHAT, format_func=lambda one: t(f"proposal.what.{one}", lang), horizontal=True,
        key="proposal-what",
    )  # fmt: skip
    villages = _villages()
    names = dict(zip(villages["village_code"], villages["name"], strict=True))
    label = t("map.village", lang)
    listed = narrowed(names, [*filter(None, [st.session_state.get("proposal-village")])], label, "proposal", lang)
    sites, chosen = _sites(lang) if what == "repair" else ({}, [])
    photo = photo_field(_EPOCH, lang)
    kinds = {one: t(f"forum.kind.{one}", lang) for one in ORGANISATIONS}
    sectors = {one: t(f"sector.{one}", lang) for one in SECTORS}
    fields = ["who", "proposer", "kind", "village", "title", "reason", "labour", "cost"]
    with st.form("proposal-new", clear_on_submit=False):
        cell = cells()
        own_field(next(cell), t("proposal.proposer", lang), "proposal-proposer", "proposal", "organisation", 120)
        next(cell).selectbox(t("forum.kind", lang), ORGANISATIONS, index=2, format_func=kinds.get, key="proposal-kind")
        next(cell).selectbox(
            label, listed, index=None, format_func=names.get, placeholder=t("control.choose", lang),
            key="proposal-village",
        )  # fmt: skip
        next(cell).text_input(t("proposal.name", lang), max_chars=120, key="proposal-title")
        fields += _where(what, cell, sites, chosen, lang)
        if what == "activity":
            next(cell).selectbox(t("partners.sector", lang), SECTORS, format_func=sectors.get, key="proposal-sector")
            fields.append("sector")
        next(cell).text_input(t("proposal.labour", lang), max_chars=200, key="proposal-labour")
        next(cell).number_input(t("proposal.cost", lang), min_value=0, value=None, step=1_000_000, key="proposal-cost")
        who_field(next(cell), t("common.your_name", lang), "proposal-who")
        st.text_area(t("proposal.reason", lang), max_chars=600, height=90, key="proposal-reason")
        small(t("proposal.no_names", lang))
        keys = tuple(f"proposal-{name}" for name in fields)
        sending = doing("proposal", keys, _propose, tuple(fields), what, photo, act="proposal", then=_proposed)
        st.form_submit_button(t("proposal.send", lang), **sending)
    answer("proposal", lang)


def _where(what: str, cell: Any, sites: dict[str, str], chosen: list[str], lang: str) -> list[str]:
    """The fields that say which site, or what is to stand where; their names."""
    if what == "repair":
        next(cell).selectbox(
            t("minutes.column.site", lang), chosen, index=None, format_func=sites.get,
            placeholder=t("control.choose", lang), key="proposal-site",
        )  # fmt: skip
        return ["site"]
    if what == "activity":
        return []
    service = SERVICE_OF[what]
    kinds = [
        one for one in facts("choices")["technology" if service == "water" else "facility_kind"] if one != "unknown"
    ]
    prefix = kind_column(service)
    next(cell).selectbox(
        t("proposal.technology", lang), kinds, format_func=lambda one: t(f"{prefix}.{one}", lang),
        key="proposal-technology",
    )  # fmt: skip
    next(cell).text_input(
        t("proposal.place", lang), max_chars=120, key="proposal-place", placeholder="-7.2101, 107.1201"
    )
    return ["technology", "place"]


def _sites(lang: str) -> tuple[dict[str, str], list[str]]:
    """Sites of both services in the area, by service and id, and those that are listed."""
    labels: dict[str, str] = {}
    for service in SERVICES:
        table = inputs().tables()[SITE_TABLES[service]]
        table = table[area_mask(table["village_code"], state.params().area)]
        for site, name in zip(table[site_id_column(service)].astype(str), table["name"], strict=True):
            labels[f"{service}:{site}"] = f"{name if isinstance(name, str) else site} ({site})"
    there = [*filter(None, [st.session_state.get("proposal-site")])]
    return labels, narrowed(labels, there, t("minutes.column.site", lang), "proposal-site", lang)


def _propose(*given: Any) -> None:
    *values, names, what, photo = given
    told = dict(zip(names, values, strict=True))
    code = str(told["village"] or "")
    known = dict(zip(inputs().villages["village_code"], inputs().villages["name"], strict=True))
    if code and code not in known:  # a browser may send what was never offered
        raise CallError("error.option", name="village_code", value=code, known=t("table.villages", "id"))
    service, _, site = str(told.get("site") or "").partition(":")
    lat, lon = _place(str(told.get("place") or ""))
    sector = str(told.get("sector") or service or SERVICE_OF.get(what, ""))
    one = Proposal(
        told["proposer"] or "", told["kind"], what, sector, code, str(known.get(code, "")),
        told["title"] or "", told["reason"] or "", service, site, str(told.get("technology") or ""),
        told["labour"] or "", None if told["cost"] is None else float(told["cost"]), lat, lon, photo,
    )  # fmt: skip
    propose(record(workspace()), told["who"] or "", one)


def _place(text: str) -> tuple[float | None, float | None]:
    if not text.strip():
        return None, None
    try:
        lat, lon, _ = pair(text)
    except CellError as error:
        raise CallError("error.number", name="lat, lon", value=text) from error
    return lat, lon


def _proposed(_: object) -> None:
    for name in ("title", "reason", "labour"):
        st.session_state[f"proposal-{name}"] = ""
    st.session_state[_EPOCH] = st.session_state.get(_EPOCH, 0) + 1
