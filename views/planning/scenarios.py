"""Scenarios: a plan saved under a name in the record; two or three side by side, with who gains what, where."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from exports.paper.blocks import MEDIA, WRITERS
from exports.paper.side_by_side import difference_head, figures_beside, more, only_lines, side_by_side, unlike
from geo.analysis.scenarios import Outcome, Scenario, from_content, who_differs
from geo.model.errors import PlanningError
from geo.model.params import Params
from geo.model.sites import SERVICES
from geo.planning.plans import Plan
from layers.legend import legend_html
from layers.swipe import swipe_html
from layers.view import View
from texts import count, t
from views.onmap.draw_map import draw, places
from views.parts.html import framed
from views.parts.text import harmless, marked, plain, refusal, small
from views.server.assets import offline_content
from views.session import state
from views.session.buttons import answer, doing
from views.session.cache import inputs, outcome, workspace
from views.session.record import record
from views.session.who import who_field

_MOST = 3


def save_part(found: Plan, params: Params, lang: str) -> None:
    """Save the plan as a scenario: data version, parameters and its changes, in order."""
    with st.form("save-scenario"):
        left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
        left.text_input(t("scenario.name", lang), max_chars=60, key="scenario-name")
        who_field(middle, t("common.your_name", lang), "scenario-who")
        fields = ("scenario-name", "scenario-who", "s_compare")
        save = doing("scenario-save", fields, _save, found, inputs().version, params, act="scenario", then=_saved)
        right.form_submit_button(t("scenario.save", lang), width="stretch", **save)
    answer("scenario-save", lang)


def _save(name: str, who: str, compared: str, found: Plan, version: str, params: Params) -> str:
    """Keep the scenario; return the names to compare from now on."""
    name = " ".join(name.replace(",", " ").split())
    if not name:
        raise PlanningError("scenario.no_name")
    scenario = Scenario(name, version, params, found.changes(), found.cost_idr)
    before = [one for one in record(workspace()).latest("scenario", "name") if one != name]
    record(workspace()).append(who or "", "scenario", scenario.as_content())
    chosen = [part for part in compared.split(",") if part][-(_MOST - 1) :] or before[-1:]
    return ",".join(dict.fromkeys([*chosen, name]))


def _saved(compared: str) -> None:
    state.put("compare", compared)
    st.session_state["scenario-name"] = ""


def compare_part(lang: str) -> None:
    """Two or three scenarios side by side."""
    saved = record(workspace()).latest("scenario", "name")
    st.subheader(t("scenario.compare", lang))
    if not saved:
        small(t("scenario.none", lang))
        return
    gone = [name for name in state.get("compare").split(",") if name and name not in saved]
    if gone:
        st.warning(marked("scenario.gone", lang, names=", ".join(gone)))
    state.keep("compare", ",".join(name for name in state.get("compare").split(",") if name in saved))
    st.multiselect(
        t("scenario.choose", lang),
        list(saved),
        max_selections=_MOST,
        placeholder=t("control.choose", lang),
        **state.bound("compare"),
    )
    names = [name for name in state.get("compare").split(",") if name]
    state.sync_url()
    if not names:
        return
    try:
        outcomes = [outcome(from_content(saved[name].content)) for name in names]
    except PlanningError as error:
        st.error(refusal(error, lang))
        return
    _figures(outcomes, lang)
    if unlike(outcomes, lang):
        st.warning(t("scenario.unlike", lang))
    if len(outcomes) > 1:
        _differences(outcomes, lang)
        _swipe(outcomes[:2], lang)
        _on_paper(outcomes, lang)
    else:
        small(t("scenario.one_more", lang))
    _maps(outcomes, lang)


def _figures(outcomes: list[Outcome], lang: str) -> None:
    shown = pd.DataFrame(figures_beside(outcomes, lang))  # a table reads Markdown in every cell
    st.table(shown.rename(columns=plain).map(harmless))


def _differences(outcomes: list[Outcome], lang: str) -> None:
    for line in only_lines(outcomes, lang):
        small(line)
    for service in SERVICES:
        found = who_differs(outcomes, service)
        if found.empty:
            small(t("scenario.same", lang, service=t(f"service.{service}", lang)))
            continue
        shown = pd.DataFrame({t("map.village", lang): found["name"], t("map.code", lang): found["village_code"]})
        for number, one in enumerate(outcomes):
            shown[one.scenario.name] = found[str(number)].map(lambda value: count(value, lang))
        if len(outcomes) == 2:
            pairs = zip(found["0"], found["1"], strict=True)
            shown[difference_head(outcomes, lang)] = [more(one, other, lang) for one, other in pairs]
        st.markdown(t("scenario.who", lang, service=t(f"service.{service}", lang)))
        st.dataframe(shown, hide_index=True, key=f"differ-{service}", alt=t("scenario.compare", lang))


def _swipe(pair: list[Outcome], lang: str) -> None:
    """The first two on one map, with a handle moved across it."""
    names = {"one": pair[0].scenario.name, "other": pair[1].scenario.name}
    with st.expander(marked("scenario.swipe", lang, **names), key="swipe"):
        small(t("scenario.swipe_help", lang, **names))
        service = state.get("service")
        sides = [
            (one.scenario.name, one.analysis, View(lang, service, None, places(one.analysis, one.scenario.changes)))
            for one in pair
        ]
        framed(swipe_html(sides, offline_content(), 420, t("scenario.handle", lang, **names)), "swipe", 510)
        st.html(f'<div class="ma-legends">{legend_html(["villages", "planned"], lang, service)}</div>')


def _on_paper(outcomes: list[Outcome], lang: str) -> None:
    """The comparison as a file, each made once it is asked for."""
    with st.container(horizontal=True):
        for ending in WRITERS:
            st.download_button(
                plain(t("beside.file", lang, format=ending.upper())),
                lambda ending=ending: WRITERS[ending](side_by_side(outcomes, lang, date.today())),
                file_name=f"mata-air-{t('scenario.file', lang)}.{ending}",
                mime=MEDIA[ending],
                on_click="ignore",
                key=f"beside-{ending}",
                icon=":material/download:",
            )


def _maps(outcomes: list[Outcome], lang: str) -> None:
    shown = ["villages", "settlements", "planned"]
    for number, (column, found) in enumerate(zip(st.columns(len(outcomes)), outcomes, strict=True)):
        with column:
            st.markdown(f"**{plain(found.scenario.name)}**")
            draw(found.analysis, shown, lang, key=f"scenario-{number}", height=380, planned=found.scenario.changes)
