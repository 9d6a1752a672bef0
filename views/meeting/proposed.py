"""Proposals from below as items of an agenda, beside the computed list, with the engine's figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from forum.meetings import Item
from forum.public.proposals import Proposal, proposals
from geo.model.areas import area_mask
from geo.model.results import Analysis
from geo.model.sites import SITE_TABLES, kind_column, site_id_column
from texts import LANGUAGES, t
from views.community.proposals import figures
from views.meeting.agenda import agenda
from views.parts.text import small
from views.session import state
from views.session.cache import inputs, workspace
from views.session.record import record

#: What waits for a meeting: nobody answered yet, or it was put off, here or in a meeting before.
_OPEN = ("waiting", "put_off", "deferred")


def proposed_part(analysis: Analysis, items: Sequence[Item], lang: str) -> list[Item]:
    """Ask which open proposals of sites stand on the agenda, too; the items with them behind."""
    open_ = {one.number: one for one in _open_ones()}
    if not open_:
        return list(items)
    labels = {n: f"#{n} {one.title} ({one.village}, {one.proposer})" for n, one in open_.items()}
    small(t("proposal.agenda_help", lang))
    numbers = st.multiselect(
        t("proposal.agenda", lang), list(labels), default=list(labels), format_func=labels.get,
        placeholder=t("control.choose", lang), key="forum-proposals",
    )  # fmt: skip
    return with_proposals(analysis, items, [open_[n] for n in numbers if n in open_])


def _open_ones() -> list[Proposal]:
    villages = inputs().villages
    codes = set(villages.loc[area_mask(villages["village_code"], state.params().area), "village_code"])
    found = proposals(record(workspace()).standing())
    return [one for one in found if one.key and one.became in _OPEN and one.village_code in codes]


def proposed_keys() -> set[str]:
    """Keys of all sites that somebody proposed."""
    return {one.key for one in proposals(record(workspace()).standing()) if one.key}


def with_proposals(analysis: Analysis, items: Sequence[Item], chosen: Sequence[Proposal]) -> list[Item]:
    """The items of an agenda, and proposed sites among them: a listed one says who proposes it, others stand behind.

    Behind the list a site has the rank after the last of its service's whole list; a proposed repair that is listed
    further down has its own.
    """
    listed = {item.key: item for item in agenda(analysis, ["water", "sanitation"], None)}
    last = {service: max((one.rank for one in listed.values() if one.service == service), default=0)
            for service in ("water", "sanitation")}  # fmt: skip
    found = {item.key: item for item in items}
    behind: list[Item] = []
    for one in chosen:
        if one.key in found:
            found[one.key] = replace(found[one.key], why=_why(one, found[one.key].why))
        elif one.key in listed:
            behind.append(replace(listed[one.key], why=_why(one, listed[one.key].why)))
        else:
            last[one.service] += 1
            behind.append(_item(one, last[one.service]))
    return [*found.values(), *sorted(behind, key=lambda item: (item.service != "water", item.rank))]


def _item(one: Proposal, rank: int) -> Item:
    told = figures(one)
    lat, lon, status, technology = _stands(one)
    return Item(
        service=one.service, site_id=one.site, rank=rank, name=one.title, village_code=one.village_code,
        village=one.village, status=status, technology=technology, gain_people=float(told["gain"] or 0.0),
        cost_idr=float(told["cost"] or 0.0), lat=lat, lon=lon, why=_why(one, {}, unknown=told["cost"] is None),
    )  # fmt: skip


def _stands(one: Proposal) -> tuple[float, float, str, str]:
    """Where a proposed site is, its state and technology; of one that is to be built: proposed."""
    if one.what == "repair":
        table = inputs().tables()[SITE_TABLES[one.service]]
        rows = table[table[site_id_column(one.service)].astype(str) == one.site_id]
        if len(rows):
            row = rows.iloc[0]
            return float(row.geometry.y), float(row.geometry.x), str(row["status"]), str(row[kind_column(one.service)])
    return float(one.lat or 0.0), float(one.lon or 0.0), "proposed", one.technology


def _why(one: Proposal, said: Mapping[str, str], *, unknown: bool = False) -> dict[str, str]:
    """What an item stands on, and who proposes it for what reason, in each language."""
    told = {}
    for lang in LANGUAGES:
        words = {"proposer": one.proposer, "reason": one.reason}
        lines = [said.get(lang, ""), t("proposal.why", lang, **words)]
        lines += [t("proposal.why_labour", lang, labour=one.labour)] if one.labour else []
        lines += [t("proposal.why_no_cost", lang)] if unknown else []
        told[lang] = " ".join(filter(None, lines))
    return told
