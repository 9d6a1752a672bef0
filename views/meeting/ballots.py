"""Budget ballots: projects and a budget, slips with one-time codes, paper typed in twice, the counts side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import pandas as pd
import streamlit as st

from exports.paper.slips import project_name, slips_pdf
from exports.tables.sheet import sample_mark
from forum.polls.polls import (
    KINDS_OF_POLLS,
    MOST_SLIPS,
    Poll,
    Project,
    call_poll,
    count_poll,
    give_out,
    polls,
    type_in,
    typed_once,
    urn_of,
)
from forum.polls.urn import held
from forum.public.ballots import Count
from geo.analysis.analyse import sample_tables
from geo.analysis.scenarios import Scenario, from_content
from geo.model.sites import SERVICES
from geo.planning.elections import Brought, Choice, brought, optimum
from texts import count, day, money, t
from views.community.ballot_result import counted, served_words, table_of
from views.meeting.agenda import agenda
from views.parts.cards import cards
from views.parts.cells import cells
from views.parts.text import marked, plain, small
from views.session import state
from views.session.buttons import answer, doing
from views.session.cache import analysis as cached_analysis
from views.session.cache import area_names, inputs, options, workspace
from views.session.hosts import address, reachable_address
from views.session.record import record
from views.session.who import shut, who_field

_WHO = "ballot-who"


def ballots_part(lang: str) -> None:
    """One of the ballots, or a new one."""
    known = polls(record(workspace()).standing(*KINDS_OF_POLLS))
    numbers = [0, *sorted(known, reverse=True)]
    labels = {0: t("ballot.new", lang)} | {n: f"#{n} · {one.title}" for n, one in known.items()}
    if int(state.get("poll")) not in numbers:
        state.put("poll", "0")
    if known:
        st.selectbox(t("ballot.which", lang), numbers, format_func=labels.get, **state.bound("poll"))
    poll = known.get(int(state.get("poll")))
    if poll is None:
        _new(lang)
        return
    _state(poll, lang)
    if poll.ballots is not None:
        _results(poll, lang)
        return
    st.dataframe(_table(poll.projects, lang), hide_index=True, key="ballot-of")
    if shut("slips", lang):
        return
    who_field(st, t("common.your_name", lang), _WHO)
    _slips(poll, lang)
    _typing(poll, lang)
    _counting(poll, lang)


def _new(lang: str) -> None:
    """A new ballot: the first sites of the list as it is computed now."""
    small(t("ballot.intro", lang))
    if shut("poll", lang):
        return
    params = state.params()
    analysis = cached_analysis(params)
    if analysis.priorities.empty:
        st.info(t("priorities.none", lang))
        return
    names = {name: t(f"service.{name}", lang) for name in SERVICES}
    left, right = st.columns(2, vertical_alignment="bottom")
    services = left.multiselect(
        t("forum.services", lang), SERVICES, list(SERVICES), format_func=names.get, key="ballot-services",
        placeholder=t("control.choose", lang),
    )  # fmt: skip
    most = right.slider(t("ballot.how_many", lang), 1, 30, 6, key="ballot-most")
    items = [item for item in agenda(analysis, services, most) if item.cost_idr >= 1]  # what costs nothing, or unknown
    projects = tuple(
        Project(str(n), item.service, item.site_id, "repair", item.technology, item.name, item.village_code,
                item.village, round(item.cost_idr), item.gain_people, item.lat, item.lon)
        for n, item in enumerate(items, start=1)
    )  # fmt: skip
    if not projects:
        return
    st.dataframe(_table(projects, lang), hide_index=True, key="ballot-projects")
    whole = sum(one.cost_idr for one in projects)
    area = area_names(inputs(), lang)[state.get("area")]
    st.session_state.setdefault("ballot-title", t("ballot.title_of", lang, area=area))
    with st.form("ballot-new"):
        cell = cells()
        next(cell).text_input(t("ballot.name", lang), max_chars=120, key="ballot-title")
        next(cell).number_input(
            t("ballot.budget", lang), min_value=1, value=max(whole // 2, *(one.cost_idr for one in projects)),
            step=1_000_000, key="ballot-budget",
        )  # fmt: skip
        next(cell).date_input(t("ballot.closes", lang), None, key="ballot-day", format="DD/MM/YYYY")
        next(cell).time_input(t("rules.time", lang), None, key="ballot-time")
        who_field(st, t("common.your_name", lang), _WHO)
        fields = (_WHO, "ballot-title", "ballot-budget", "ballot-day", "ballot-time")
        told = Poll("", state.get("area"), inputs().version, "", 1, projects, _params())
        calling = doing("ballot-call", fields, _call, told, act="poll", then=_called)
        st.form_submit_button(t("ballot.call", lang), **calling)
    answer("ballot-call", lang)


def _params() -> dict[str, Any]:
    written: dict[str, Any] = Scenario("", inputs().version, state.params(), ()).as_content()["params"]
    return written


def _call(who: str, title: str, budget: float, on: date | None, clock: time | None, told: Poll) -> int:
    closes = ""
    if on is not None:
        closes = datetime.combine(on, clock or time(23, 59)).astimezone().isoformat(timespec="minutes")
    poll = Poll(title or "", told.area, told.version, closes, int(budget or 0), told.projects, told.params)
    return call_poll(record(workspace()), who or "", poll).number


def _called(number: int) -> None:
    state.put("poll", str(number))


def _table(projects: Sequence[Project], lang: str) -> pd.DataFrame:
    heads = ("number", "project", "gain", "cost")
    rows = [
        (one.key, project_name(vars(one), lang), count(one.gain_people, lang), money(one.cost_idr, lang))
        for one in projects
    ]
    return pd.DataFrame(rows, columns=[t(f"ballot.head.{name}", lang) for name in heads])


def _state(poll: Poll, lang: str) -> None:
    """Budget, codes and ballots so far."""
    st.markdown(f"### {plain(poll.title)}")
    waiting = typed_once(record(workspace()), poll.number)
    cards(
        [
            (t("ballot.budget", lang), money(poll.budget_idr, lang), _until(poll, lang)),
            (t("ballot.given", lang), count(len(poll.digests), lang), ""),
            (t("ballot.cast", lang), count(len(poll.spent), lang),
             t("ballot.waiting", lang, count=count(waiting, lang)) if waiting else ""),
        ]
    )  # fmt: skip
    if poll.version != inputs().version:
        st.warning(marked("forum.other_version", lang, version=poll.version))


def _until(poll: Poll, lang: str) -> str:
    if poll.ballots is not None:
        return t("ballot.is_counted", lang)
    if not poll.closes:
        return ""
    at = datetime.fromisoformat(poll.closes)
    return t("ballot.until", lang, at=f"{day(at.date(), lang)} {at:%H.%M}")


def _slips(poll: Poll, lang: str) -> None:
    """Print slips: their codes are drawn then, and kept nowhere."""
    place = f"{reachable_address()}{address('ballot')}" if reachable_address() else ""
    with st.expander(t("ballot.slips", lang), expanded=not poll.digests, key="ballot-slips"):
        small(t("ballot.slips_help", lang))
        if not place:
            small(t("ballot.no_phones", lang))
        st.number_input(t("ballot.slip_count", lang), 1, MOST_SLIPS, 30, key="ballot-count")
        giving = doing("ballot-give", (_WHO, "ballot-count"), _give, poll, place, lang, act="slips", then=_given)
        st.button(t("ballot.make_slips", lang), **giving)
        answer("ballot-give", lang)
        made = st.session_state.get("ballot-made")
        if made is not None and made[0] == poll.number:
            st.warning(t("ballot.once", lang))
            name = f"{t('ballot.file', lang)}-{poll.number}.pdf"
            st.download_button(t("ballot.download", lang), made[1], name, "application/pdf", on_click="ignore")
            st.button(t("ballot.have_it", lang), key="ballot-have", on_click=_have_it)


def _give(who: str, number: int, poll: Poll, place: str, lang: str) -> tuple[int, bytes]:
    codes = give_out(record(workspace()), who or "", poll.number, int(number or 0))
    told = vars(poll) | {"projects": [vars(one) for one in poll.projects]}
    return poll.number, slips_pdf(told, codes, place, lang, sample_mark(sample_tables(inputs()), lang))


def _have_it() -> None:
    st.session_state.pop("ballot-made", None)


def _given(made: tuple[int, bytes]) -> None:
    st.session_state["ballot-made"] = made


def _typing(poll: Poll, lang: str) -> None:
    """A slip of paper, typed in by two people one after the other."""
    with st.expander(t("ballot.type_in", lang), key="ballot-typing"), st.form("ballot-type"):
        small(t("ballot.type_help", lang))
        st.text_input(t("ballot.code", lang), max_chars=20, key="ballot-code")
        st.text_input(t("ballot.ticked", lang), max_chars=400, key="ballot-ticked")
        fields = (_WHO, "ballot-code", "ballot-ticked")
        typing = doing("ballot-typed", fields, _type, poll.number, act="slips", then=_typed)
        st.form_submit_button(t("ballot.keep", lang), **typing)
    answer("ballot-typed", lang)
    told = st.session_state.get("ballot-told")
    if told is not None and told[0] == poll.number:
        st.info(
            t("ballot.first_typed", lang) if told[1] is None else marked("ballot.typed_twice", lang, receipt=told[1])
        )


def _type(who: str, code: str, ticked: str, poll: int) -> tuple[int, str | None]:
    st.session_state.pop("ballot-told", None)  # what was told of the slip before is not said of this one
    numbers = [one for one in re.split(r"[\s,;.+]+", ticked or "") if one]
    return poll, type_in(record(workspace()), who or "", poll, code or "", numbers)


def _typed(told: tuple[int, str | None]) -> None:
    st.session_state["ballot-told"] = told
    st.session_state["ballot-code"] = st.session_state["ballot-ticked"] = ""


def _counting(poll: Poll, lang: str) -> None:
    if not poll.spent:
        small(t("ballot.none_yet", lang))
        return
    sure = st.checkbox(t("ballot.sure", lang), key="ballot-sure")
    counting = doing("ballot-counting", (_WHO,), _count, poll.number, act="counted", disabled=not sure)
    st.button(t("ballot.count", lang), **counting)
    answer("ballot-counting", lang)
    inside, waiting = len(held(record(workspace()), urn_of(poll.number))), typed_once(record(workspace()), poll.number)
    if inside != len(poll.spent) or waiting:
        if inside != len(poll.spent):
            words = {"count": count(inside, lang), "voted": count(len(poll.spent), lang)}
            small(t("forum.urn_differs", lang, **words))
        if waiting:
            small(t("ballot.would_drop", lang, count=count(waiting, lang)))
        anyway = doing("ballot-anyway", (_WHO,), _count, poll.number, True, act="counted", disabled=not sure)
        st.button(t("forum.open_anyway", lang), **anyway)
        answer("ballot-anyway", lang)


def _count(who: str, number: int, anyway: bool = False) -> None:
    count_poll(record(workspace()), who or "", number, anyway=anyway)


def _results(poll: Poll, lang: str) -> None:
    """What each rule buys and who gains by it, beside the best that was computed; every ballot under its receipt."""
    cast = [frozenset(keys) for _, keys in poll.ballots or ()]
    counts = dict(counted(workspace(), poll))
    choice: dict[str, Choice] = {one.key: (one.service, one.action, one.site_id) for one in poll.projects}
    costs = {choice[one.key]: float(one.cost_idr) for one in poll.projects}
    params = from_content({"name": "", "version": poll.version, "params": poll.params, "changes": [],
                           "cost_idr": None, "note": ""}).params  # fmt: skip
    every = options(params, ("repair",), "")
    key_of = {one: key for key, one in choice.items()}
    best = optimum(every, costs, poll.budget_idr)
    keys = tuple(key_of[step.service, step.action, step.site_id] for step in best.steps)
    counts["optimum"] = Count("optimum", keys, sum(poll.cost[key] for key in keys), counts["votes"].votes)
    found = {name: brought(every, [choice[key] for key in one.chosen]) for name, one in counts.items()}
    titles = {name: t(f"ballot.{name}", lang) for name in counts}
    st.dataframe(_rules_table(poll, counts, found, cast, titles, lang), hide_index=True, key="ballot-rules")
    small(t("ballot.rules_help", lang))
    missing = sorted({site for one in found.values() for _, _, site in one.missing})
    if missing:
        st.warning(marked("ballot.missing", lang, names=", ".join(missing)))
    st.subheader(t("ballot.by_project", lang))
    st.dataframe(_projects_table(poll, counts, titles, lang), hide_index=True, key="ballot-by-project")
    st.subheader(t("ballot.by_village", lang))
    names = dict(zip(inputs().villages["village_code"], inputs().villages["name"], strict=True))
    codes = sorted({code for one in found.values() for code in one.by_village}, key=lambda code: names.get(code, code))
    rows = [[names.get(code, code), *(count(one.by_village.get(code, 0.0), lang) for one in found.values())]
            for code in codes]  # fmt: skip
    st.dataframe(pd.DataFrame(rows, columns=[t("map.village", lang), *titles.values()]), hide_index=True,
                 key="ballot-by-village")  # fmt: skip
    _receipts(poll, lang)


def _rules_table(
    poll: Poll, counts: dict[str, Count], found: dict[str, Brought], cast: Sequence[frozenset[str]],
    titles: dict[str, str], lang: str,
) -> pd.DataFrame:  # fmt: skip
    rows = []
    for name, one in counts.items():
        numbers = ", ".join(project.key for project in poll.projects if project.key in one.chosen)
        people = (count(value, lang) for value in (found[name].people_gained, found[name].poor_gained))
        rows.append([titles[name], numbers, money(one.cost, lang), *people, served_words(one, cast, lang)])
    heads = ("rule", "chosen", "cost", "gain", "poor", "voters")
    return pd.DataFrame(rows, columns=[t(f"ballot.head.{one}", lang) for one in heads])


def _projects_table(poll: Poll, counts: dict[str, Count], titles: dict[str, str], lang: str) -> pd.DataFrame:
    votes = counts["optimum"].votes
    rows = [
        [one.key, project_name(vars(one), lang), count(votes[one.key], lang),
         *("✓" if one.key in told.chosen else "" for told in counts.values())]
        for one in poll.projects
    ]  # fmt: skip
    heads = [t(f"ballot.head.{one}", lang) for one in ("number", "project", "votes")]
    return pd.DataFrame(rows, columns=[*heads, *titles.values()])


def _receipts(poll: Poll, lang: str) -> None:
    """Every ballot under its receipt, on the page and as a table that counts anew (`python -m forum count`)."""
    with st.expander(t("ballot.receipts", lang), key="ballot-receipts"):
        small(t("ballot.receipts_help", lang))
        table = pd.DataFrame([(code, ", ".join(keys)) for code, keys in poll.ballots or ()],
                             columns=[t("ballot.head.receipt", lang), t("ballot.head.chosen", lang)])  # fmt: skip
        st.dataframe(table, hide_index=True, key="ballot-all")
        left, right = st.columns(2)
        left.download_button(
            t("ballot.table", lang), table_of(poll, "ballots"), "ballots.csv", "text/csv", on_click="ignore"
        )
        costs = table_of(poll, "projects")
        right.download_button(t("ballot.costs", lang), costs, "projects.csv", "text/csv", on_click="ignore")
