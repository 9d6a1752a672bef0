"""A village's profile in the panel, and profiles as files: a page a village, two pages of the whole area."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from exports.paper.area_profile import area_profile
from exports.paper.blocks import document_pdf
from exports.paper.profile import (
    Profiles,
    decided_row,
    helps_lines,
    points_lines,
    profiles_pdf,
    states_bar,
    story_lines,
    village_facts,
)
from forum.meetings import meetings
from forum.public.village import Story, decided_in, stories
from geo.analysis.profile import Profile, profile_of, village_codes, villages_of_sites
from geo.model.results import Analysis
from geo.model.sites import SERVICES
from layers.markup import escape
from texts import t
from views.parts.text import plain, small
from views.session import state
from views.session.cache import workspace
from views.session.record import record

#: So many villages are printed at once from the page; more go by the command line, with progress.
_MOST = 60


def told_of(analysis: Analysis) -> dict[str, Story]:
    """What the record tells of each village."""
    return stories(record(workspace()).standing(), villages_of_sites(analysis), date.today())


def village_part(analysis: Analysis, code: str, lang: str) -> None:
    """The profile of a village: people by state, sites, what would help most, decisions, promises, reports."""
    found = profile_of(analysis, code)
    told = told_of(analysis)
    st.markdown(f"**{plain(found.name)}** ({plain(code)})")
    small(" · ".join(f"{label}: {text}" for label, text in village_facts(found, lang)))
    for service in sorted(SERVICES, key=lambda name: name != state.get("service")):
        bar = states_bar(found, service, lang)
        st.text(f"{bar['title']}: {bar['line']}")
        st.html(_bar(bar))
    for line in points_lines(found, lang):
        small(line)
    _helps(found, lang)
    _story(told.get(code, Story()), lang)
    made = Profiles(analysis, [code], told, lang, date.today())
    st.download_button(
        t("profile.print", lang), lambda: profiles_pdf(made), file_name=f"mata-air-{code}.pdf",
        mime="application/pdf", on_click="ignore", key="profile-village", icon=":material/print:",
    )  # fmt: skip


def _bar(bar: Mapping[str, Any]) -> str:
    """A bar whose parts sum to all people; each part in words and figures below it."""
    parts, words = [], []
    for part in bar["parts"]:
        colour = part["colour"]
        style = f"display:inline-block;height:14px;width:{part['share'] * 100:.3f}%;background:{colour}"
        parts.append(f'<span style="{style}"></span>')
        box = f"display:inline-block;width:10px;height:10px;border:1px solid #333;background:{colour}"
        words.append(f'<span style="margin-right:10px;display:inline-block"><span style="{box}"></span> '
                     f"{escape(part['text'])}</span>")  # fmt: skip
    line = f'<div style="line-height:0;border:1px solid #333" aria-hidden="true">{"".join(parts)}</div>'
    shown = line if any(part["share"] for part in bar["parts"]) else ""
    return f'{shown}<div style="font-size:.85rem">{" ".join(words)}</div>'


def _helps(found: Profile, lang: str) -> None:
    st.markdown(f"**{t('profile.first', lang)}**")
    for line in helps_lines(found, lang):
        small(line)


def site_decisions(service: str, site_id: str, lang: str) -> None:
    """What was decided of a site, and how far its promise is; nothing where nothing was."""
    for meeting in meetings(record(workspace()).standing()).values():
        for one in decided_in(meeting, date.today()):
            if one.item.key == f"{service}:{site_id}":
                small(" · ".join(part for part in decided_row(one, lang)[1:] if part))


def _story(story: Story, lang: str) -> None:
    st.markdown(f"**{t('profile.story', lang)}**")
    for line in story_lines(story, lang):
        small(line)
    for one in story.decided:
        small(" · ".join(part for part in decided_row(one, lang) if part))


def profile_files(analysis: Analysis, lang: str) -> None:
    """Profiles as files, made when they are asked for."""
    codes = village_codes(analysis)
    if not codes:
        return
    st.subheader(t("profile.files", lang))
    small(t("profile.files_help", lang))
    told = told_of(analysis)
    made = Profiles(analysis, codes, told, lang, date.today())
    with st.container(horizontal=True):
        st.download_button(
            t("profile.whole", lang), lambda: document_pdf(area_profile(made)), mime="application/pdf",
            file_name=f"mata-air-profil-{state.get('area')}.pdf", on_click="ignore", key="profile-area",
            icon=":material/download:",
        )  # fmt: skip
        if len(codes) <= _MOST:
            st.download_button(
                t("profile.all", lang), lambda: profiles_pdf(made), mime="application/pdf", on_click="ignore",
                file_name=f"mata-air-profil-desa-{state.get('area')}.pdf", key="profile-all",
                icon=":material/download:",
            )  # fmt: skip
    if len(codes) > _MOST:
        small(t("profile.many", lang, count=len(codes)))
