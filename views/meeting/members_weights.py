"""Each member's weights, hidden until all who are there have given theirs; then shown, discussed, revised, combined."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from forum.acts import reorder, weigh
from forum.meetings import Item, Meeting
from geo.model.facts import criteria
from geo.model.results import Analysis
from geo.model.sites import SERVICES
from geo.priorities.weights import Weights, combined, shares
from texts import count, percent, t
from views.meeting.agenda import agenda, basis_of, scaled_of
from views.meeting.proposed import proposed_keys
from views.parts.text import small
from views.session import state
from views.session.buttons import answer, doing
from views.session.cache import analysis as cached_analysis
from views.session.cache import workspace
from views.session.record import record
from views.session.who import speakers


def weights_part(meeting: Meeting, lang: str) -> None:
    """Who has given weights, a form for the next, and what they are once all have."""
    if not meeting.attendees:
        small(t("forum.nobody", lang))
        return
    given = [name for name in meeting.weighings if name in {one.name for one in meeting.attendees}]
    small(t("forum.weights_help", lang))
    small(t("forum.weighed", lang, given=", ".join(given) or "–", left=", ".join(meeting.unweighed) or "–"))
    if meeting.closed_by is None:
        _give(meeting, lang)
    if meeting.unweighed:
        return
    members = [Weights(one.member, "", "points", one.weights) for one in meeting.weighings.values()]
    together, _ = combined(members)
    columns = {one.member: shares(one.weights) for one in members} | {t("weigh.together", lang): together}
    rows = {
        t(f"criterion.{name}", lang): {who: percent(parts.get(name, 0.0), lang) for who, parts in columns.items()}
        for name in criteria()
    }
    table = pd.DataFrame.from_dict(rows, orient="index")
    st.dataframe(table, key=f"forum-weights-{meeting.number}", alt=t("weigh.together", lang))
    _reorder(meeting, together, lang)


def _give(meeting: Meeting, lang: str) -> None:
    """A member's own: how much each criterion matters, 0 to 10. What others gave is not shown here."""
    weighed = tuple(criteria())
    names = speakers([one.name for one in meeting.attendees], "weighing")
    with st.form("forum-weigh"):
        choose = t("control.choose", lang)
        st.selectbox(t("forum.member", lang), names, index=None, placeholder=choose, key="forum-weigher")
        columns = st.columns(2)
        for n, name in enumerate(weighed):
            columns[n % 2].number_input(
                t(f"criterion.{name}", lang),
                0,
                10,
                0,
                key=f"forum-weight-{name}",
                help=t(f"criterion.{name}.help", lang),
            )
        fields = (state.WHO, "forum-weigher", *(f"forum-weight-{name}" for name in weighed))
        giving = doing("forum-weighing", fields, _weigh, meeting.number, weighed, act="weighing", then=_weighed)
        st.form_submit_button(t("forum.give_weights", lang), **giving)
    answer("forum-weighing", lang)


def _weighed(_: object) -> None:
    """The next one begins with nothing; what was refused stays as it was typed."""
    st.session_state["forum-weigher"] = None
    for name in criteria():
        st.session_state[f"forum-weight-{name}"] = 0


def _weigh(who: str, member: str | None, *rest: object) -> None:
    *values, meeting, names = rest
    told = {name: float(value or 0) for name, value in zip(names, values, strict=True)}
    weigh(record(workspace()), who or "", meeting, member or "", told)


def _reorder(meeting: Meeting, together: dict[str, float], lang: str) -> None:
    """The agenda anew with the weights of all, as long as nothing is voted on or decided."""
    if meeting.closed_by is not None or meeting.begun:
        return
    most = max(together.values())
    weights = tuple((name, 10 * value / most) for name, value in together.items())
    analysis = cached_analysis(state.params().with_(weights=weights, area=_area(meeting)))
    proposed = proposed_keys()
    items = agenda(analysis, list(dict.fromkeys(item.service for item in meeting.items)), _most(meeting, proposed))
    items = _with_kept(items, [item for item in meeting.items if item.key in proposed], analysis)
    same = [item.key for item in items] == [item.key for item in meeting.items]
    small(t("forum.order_same" if same else "forum.order_other", lang, count=count(_moved(meeting, items), lang)))
    told = {name: text for name, text in basis_of(analysis, lang).items() if name.startswith("weights")}
    scaled = scaled_of(analysis, items)
    ordering = doing("forum-order", (state.WHO,), _put_in_order, meeting.number, items, told, scaled, act="agenda")
    st.button(t("forum.use_weights", lang), **ordering)
    answer("forum-order", lang)


def _put_in_order(
    who: str, number: int, items: list[Item], told: dict[str, str], scaled: dict[str, dict[str, float]]
) -> None:
    reorder(record(workspace()), who or "", number, items, told, scaled)


def _area(meeting: Meeting) -> str | None:
    return None if meeting.area == state.EVERYWHERE else meeting.area


def _most(meeting: Meeting, proposed: set[str]) -> int:
    """How many sites of a service are on the agenda, without those that stand there since somebody proposed them."""
    services = [item.service for item in meeting.items if item.key not in proposed] or [meeting.items[0].service]
    return max(services.count(service) for service in set(services))


def _with_kept(items: list[Item], kept: list[Item], analysis: Analysis) -> list[Item]:
    """The list with proposed sites behind it: under the new weights they have another rank, and stay on the agenda."""
    ranks = {item.key: item.rank for item in agenda(analysis, list(SERVICES), None)}
    why = {item.key: item.why for item in kept}
    found = [replace(item, why=why.get(item.key, item.why)) for item in items]
    there = {item.key for item in items}
    behind = [replace(item, rank=ranks.get(item.key, item.rank)) for item in kept if item.key not in there]
    return [*found, *sorted(behind, key=lambda item: (item.service != SERVICES[0], item.rank))]


def _moved(meeting: Meeting, items: list[Item]) -> int:
    before = {item.key: item.rank for item in meeting.items}
    return sum(before.get(item.key) != item.rank for item in items)
