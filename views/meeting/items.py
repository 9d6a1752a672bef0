"""Site by site, as on a projector: big type, its map, figures and sentence; votes, dissent and the decision."""

from __future__ import annotations

from typing import Any

import streamlit as st

from forum.acts import decide, dissent, vote, withdraw
from forum.meetings import (
    DECISIONS,
    FUNDS,
    GRADES,
    WAYS,
    Decision,
    Dissent,
    Item,
    Meeting,
    Vote,
    meetings,
    receipt_of,
)
from forum.polls.secret import cast, open_urn, urn_of
from forum.polls.urn import held
from forum.rules import aside_for
from geo.model.errors import CallError
from geo.model.sites import SITE_TABLES
from layers.markup import escape
from texts import count, money, t
from views.community.reports import words_part
from views.meeting.rules import item_rules
from views.onmap.draw_map import draw
from views.parts.cards import cards
from views.parts.cells import cells
from views.parts.text import marked, small
from views.session import state
from views.session.buttons import answer, doing
from views.session.cache import analysis as cached_analysis
from views.session.cache import workspace
from views.session.projector import projected, projector_part
from views.session.record import record
from views.session.who import speakers

_BIG = "font-size:clamp(1.15rem,2.4vw,1.75rem);line-height:1.4;margin:.2rem 0"
#: At a desk the form for the decision belongs on the first screen.
_AT_DESK = "font-size:1rem;line-height:1.4;margin:0"
_HEAD_AT_DESK = "font-size:1.35rem;font-weight:700;line-height:1.2;overflow-wrap:anywhere"
#: So few ballots tell whose each is, or nearly.
_FEW = 3
_HEAD = "font-size:clamp(1.5rem,3.6vw,2.6rem);font-weight:700;line-height:1.2;overflow-wrap:anywhere"


def items_part(meeting: Meeting, lang: str) -> None:
    """One site at a time; PageUp and PageDown (a pointer's keys) go to the one before and the next."""
    n = min(int(state.get("item")), len(meeting.items) - 1)
    item = meeting.items[n]
    _turn(meeting, n, lang)
    head, big = (_HEAD, _BIG) if projected() else (_HEAD_AT_DESK, _AT_DESK)
    st.html(f'<div class="ma-head" style="{head}">{item.rank}. {escape(item.name or item.site_id)}</div>')
    kind = t(f"{'technology' if item.service == 'water' else 'kind'}.{item.technology}", lang)
    where = f"{item.village} · {item.site_id} · {kind} · {t(f'status.{item.status}', lang)}"
    st.html(f'<p class="ma-big" style="{big}">{escape(where)}</p>')
    left, right = st.columns([3, 2])
    with left:
        st.html(f'<p class="ma-big" style="{big}">{escape(item.why.get(lang, ""))}</p>')
        cards(
            [
                (t("map.rank", lang), str(item.rank), t(f"service.{item.service}", lang)),
                (t("priorities.gain", lang), count(item.gain_people, lang), ""),
                (t("map.cost", lang), money(item.cost_idr, lang), ""),
            ]
        )
        words_part(item.service, item.site_id, lang)
        found = meeting.of.get(item.key)
        if found is not None:
            _decided(meeting, found, lang)
        elif meeting.closed_by is None:
            _decide_part(meeting, item, lang)
        item_rules(meeting, item, lang)
        _votes(meeting, item, lang)
    with right:
        _map(item, lang)


def _turn(meeting: Meeting, n: int, lang: str) -> None:
    """Back and on, by click or key, and which one this is."""
    last = len(meeting.items) - 1
    with st.container(horizontal=True, vertical_alignment="center", key="forum-turn"):
        st.button(
            t("forum.previous", lang), key="forum-before", disabled=n == 0, shortcut="PageUp",
            on_click=state.put, args=("item", str(max(n - 1, 0))),
        )  # fmt: skip
        small(t("forum.which", lang, n=n + 1, count=last + 1, decided=count(len(meeting.of), lang)))
        projector_part(lang)
        st.button(
            t("forum.next", lang), key="forum-after", disabled=n == last, shortcut="PageDown",
            on_click=state.put, args=("item", str(min(n + 1, last))),
        )  # fmt: skip


def _map(item: Item, lang: str) -> None:
    """The site on the map of the data in use."""
    analysis = cached_analysis(state.params())
    st.session_state["go_to"] = (item.lat, item.lon, 15)
    if state.get("service") != item.service:
        state.put("service", item.service)
    shown = ["villages", "settlements", SITE_TABLES[item.service]]
    draw(analysis, shown, lang, key=f"forum-{item.key}", height=430, chosen=item.site_id)


def _decided(meeting: Meeting, found: Decision, lang: str) -> None:
    words = {
        "decision": t(f"forum.decision.{found.decision}", lang),
        "way": t(f"forum.way.{found.way}", lang),
    }
    st.success(t("forum.decided", lang, **words))
    told = decision_lines(found, lang)
    for line in told:
        st.text(line)
    for one in meeting.dissents:
        if one.item == found.item:
            st.text(t("forum.dissent_of", lang, name=one.member, reason=one.reason))
    if meeting.closed_by is not None:
        return
    _dissent_part(meeting, found.item, lang)
    taking = doing("forum-undo", (state.WHO,), _undo, found.number, act="withdrawal")
    st.button(t("forum.undo", lang), **taking)
    answer("forum-undo", lang)


def _undo(who: str, number: int) -> None:
    withdraw(record(workspace()), who or "", number)


def decision_lines(found: Decision, lang: str) -> list[str]:
    """What was decided, line by line, as people read it."""
    lines = []
    if found.decision == "approved":
        amount = money(found.amount_idr, lang) if found.amount_idr is not None else "–"
        words = {"lead": found.lead, "fund": t(f"forum.fund.{found.fund}", lang), "amount": amount, "year": found.year}
        lines.append(t("forum.who_pays", lang, **words))
        if found.person:
            lines.append(t("forum.responsible", lang, name=found.person))
    if found.reason:
        lines.append(t("forum.because", lang, reason=found.reason))
    return lines


def _decide_part(meeting: Meeting, item: Item, lang: str) -> None:
    """The decision: consensus first, a vote where there is none."""
    key = f"forum-{meeting.number}-{item.key}"
    decisions = {name: t(f"forum.decision.{name}", lang) for name in DECISIONS}
    ways = {name: t(f"forum.way.{name}", lang) for name in WAYS}
    funds = {name: t(f"forum.fund.{name}", lang) for name in FUNDS}
    passed = meeting.passed_over(item.key)
    if passed:
        small(
            t(
                "forum.passed",
                lang,
                names=", ".join(f"{one.name} ({one.site_id})" if one.name else one.site_id for one in passed[:5]),
            )
        )
    with st.form(f"{key}-form"):
        for name, words in (("decision", decisions), ("way", ways)):
            st.radio(t(f"forum.{name}", lang), words, format_func=words.get, horizontal=True, key=f"{key}-{name}")
        cell = cells()
        next(cell).text_input(t("forum.lead", lang), max_chars=120, key=f"{key}-lead")
        next(cell).selectbox(t("forum.fund", lang), FUNDS, format_func=funds.get, key=f"{key}-fund")
        next(cell).number_input(
            t("forum.amount", lang), min_value=0, value=round(item.cost_idr), step=500_000, key=f"{key}-amount"
        )
        next(cell).number_input(t("forum.year", lang), 2000, 2100, meeting.on.year + 1, key=f"{key}-year")
        next(cell).text_input(t("forum.person", lang), max_chars=100, key=f"{key}-person")
        next(cell).text_input(t("forum.reason", lang), max_chars=400, key=f"{key}-reason")
        names = ("decision", "way", "lead", "fund", "amount", "year", "person", "reason")
        fields = (state.WHO, *(f"{key}-{name}" for name in names))
        deciding = doing("forum-decide", fields, _decide, meeting.number, item.key, act="decision")
        st.form_submit_button(t("forum.decide", lang), **deciding)
    answer("forum-decide", lang)


def _decide(
    who: str, decision: str, way: str, lead: str, fund: str, amount: float, year: int, person: str, reason: str,
    meeting: int, item: str,
) -> None:  # fmt: skip
    told: dict[str, Any] = {"decision": decision, "way": way, "reason": reason or ""}
    if decision == "approved":
        told |= {"lead": lead or "", "fund": fund, "person": person or ""}
        told |= {"amount_idr": float(amount), "year": int(year)}
    decide(record(workspace()), who or "", meeting, Decision(item, **told))


def _votes(meeting: Meeting, item: Item, lang: str) -> None:
    """The votes on this site, and a form for the next."""
    tally = meeting.tally(item.key)
    grades = {name: t(f"forum.grade.{name}", lang) for name in GRADES}
    mine = [one for one in meeting.votes if one.item == item.key]
    secretly = [one.member for one in meeting.voted if one.item == item.key]
    if secretly and item.key not in meeting.opened:
        _shut_urn(meeting, item, len(secretly), lang)
    if mine:
        st.text(t("forum.tally", lang, told="; ".join(f"{grades[name]} {number}" for name, number in tally.items())))
    receipt = st.session_state.get("forum-receipt")
    if receipt is not None and receipt[0] == item.key and not projected():
        st.button(t("forum.receipt_seen", lang), key="forum-receipt-seen", on_click=_seen)
        st.info(marked("forum.secret_receipt" if meeting.rules.secret else "forum.receipt", lang, code=receipt[1]))
    given = {*secretly, *(one.member for one in (*mine, *meeting.recusals) if one.item == item.key)}
    left = speakers([name for name in meeting.voters if name not in given], "vote")
    if meeting.closed_by is not None or item.key in meeting.of or not left or item.key in meeting.opened:
        return
    with st.expander(t("forum.vote", lang), key="forum-votes"), st.form("forum-vote"):
        columns = st.columns([2, 2, 2, 1], vertical_alignment="bottom")
        choose = t("control.choose", lang)
        columns[0].selectbox(t("forum.member", lang), left, index=None, placeholder=choose, key="forum-member")
        columns[1].selectbox(
            t("forum.grade", lang), GRADES, None, format_func=grades.get, placeholder=choose, key="forum-grade"
        )
        if not meeting.rules.secret:
            columns[2].text_input(t("forum.vote_reason", lang), max_chars=300, key="forum-vote-reason")
        fields = (state.WHO, "forum-member", "forum-grade", "forum-vote-reason")
        act = "voted" if meeting.rules.secret else "vote"
        voting = doing("forum-voting", fields, _vote, meeting.number, item.key, act=act, then=_voted)
        columns[3].form_submit_button(t("forum.record_vote", lang), width="stretch", **voting)
    answer("forum-voting", lang)


def _seen() -> None:
    st.session_state.pop("forum-receipt", None)


def _shut_urn(meeting: Meeting, item: Item, voted: int, lang: str) -> None:
    """How many have voted in secret, and what opens their urn."""
    there = [name for name in meeting.voters if name not in aside_for(meeting, item.key)]
    st.text(t("forum.secret_cast", lang, count=count(voted, lang), of=count(len(there), lang)))
    if voted < _FEW:
        small(t("forum.few_secret", lang))
    if meeting.closed_by is None:
        sure = st.checkbox(t("forum.open_sure", lang), key=f"forum-urn-sure-{item.key}")
        opening = doing("forum-urn", (state.WHO,), _open, meeting.number, item.key, act="opened", disabled=not sure)
        st.button(t("forum.open_urn", lang), **{"help": t("forum.open_urn_help", lang)} | opening)
        answer("forum-urn", lang)
        inside = len(held(record(workspace()), urn_of(meeting.number, item.key)))
        if inside != voted:
            small(t("forum.urn_differs", lang, count=count(inside, lang), voted=count(voted, lang)))
            anyway = doing("forum-urn-anyway", (state.WHO,), _open, meeting.number, item.key, True, act="opened")
            st.button(t("forum.open_anyway", lang), **anyway)
            answer("forum-urn-anyway", lang)


def _open(who: str, meeting: int, item: str, anyway: bool = False) -> None:
    open_urn(record(workspace()), who or "", meeting, item, anyway=anyway)


def _vote(
    who: str, member: str | None, grade: str | None, reason: str | None, meeting: int, item: str
) -> tuple[str, str]:
    if grade is None:
        raise CallError("error.none_chosen")
    written, given = record(workspace()), Vote(member or "", item, grade, reason or "")
    now = meetings(written.standing()).get(meeting)
    if now is not None and now.rules.secret:
        return item, cast(written, who or "", meeting, given)
    return item, receipt_of(vote(written, who or "", meeting, given).hash)


def _voted(receipt: tuple[str, str]) -> None:
    st.session_state["forum-vote-reason"] = ""
    st.session_state["forum-grade"] = st.session_state["forum-member"] = None  # the next one sees nothing of it
    st.session_state["forum-receipt"] = receipt


def _dissent_part(meeting: Meeting, item: str, lang: str) -> None:
    """What a member has against it is kept with the decision."""
    with st.expander(t("forum.dissent", lang), key="forum-dissents"), st.form("forum-dissent"):
        columns = st.columns([2, 3, 1], vertical_alignment="bottom")
        names = speakers(meeting.voters, "dissent")
        choose = t("control.choose", lang)
        columns[0].selectbox(t("forum.member", lang), names, index=None, placeholder=choose, key="forum-dissenter")
        columns[1].text_input(t("forum.reason", lang), max_chars=400, key="forum-dissent-reason")
        fields = (state.WHO, "forum-dissenter", "forum-dissent-reason")
        keeping = doing("forum-dissenting", fields, _dissent, meeting.number, item, act="dissent", then=_dissented)
        columns[2].form_submit_button(t("forum.add", lang), width="stretch", **keeping)
    answer("forum-dissenting", lang)


def _dissent(who: str, member: str | None, reason: str, meeting: int, item: str) -> None:
    dissent(record(workspace()), who or "", meeting, Dissent(member or "", item, reason or ""))


def _dissented(_: object) -> None:
    st.session_state["forum-dissent-reason"] = ""
