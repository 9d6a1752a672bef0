"""What holds the service of each village back, the activity that answers it, and a form to note one down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from forum.partners import BOTTLENECKS, Bottleneck, Commitment, note_bottleneck
from geo.model.errors import CallError
from texts import count, t
from views.parts.cells import cells
from views.parts.narrow import narrowed
from views.parts.text import small
from views.session.buttons import answer, doing
from views.session.cache import inputs, workspace
from views.session.record import record
from views.session.who import who_field


def bottlenecks_part(
    found: Sequence[Bottleneck], known: Sequence[Commitment], names: Mapping[str, str], lang: str
) -> None:
    """Show the bottlenecks of some villages, those without an answer first, and the form.

    Parameters
    ----------
    known
        Commitments, some of which answer a bottleneck.
    names
        Of the villages, by code.
    """
    st.subheader(t("bottleneck.title", lang))
    small(t("bottleneck.help", lang))
    answers: dict[int, list[Commitment]] = {}
    for one in known:
        if one.against:
            answers.setdefault(one.against, []).append(one)
    if found:
        bare = sum(one.number not in answers for one in found)
        st.text(t("bottleneck.told", lang, count=count(len(found), lang), bare=count(bare, lang)))
        rows = sorted(found, key=lambda one: (one.number in answers, names[one.village_code], one.number))
        table = pd.DataFrame([_row(one, answers.get(one.number, []), names, lang) for one in rows])
        st.dataframe(table, hide_index=True, key="bottlenecks")
    _form(dict(names), lang)


def _row(one: Bottleneck, by: Sequence[Commitment], names: Mapping[str, str], lang: str) -> dict[str, str]:
    answers = "; ".join(f"{of.activity} ({of.partner})" for of in by)
    return {
        t("map.village", lang): names[one.village_code],
        t("bottleneck.kind", lang): t(f"bottleneck.{one.kind}", lang),
        t("bottleneck.note", lang): one.note,
        t("bottleneck.answer", lang): answers or t("bottleneck.none", lang),
        t("partners.stage", lang): "; ".join(t(f"stage.{of.stage}", lang) for of in by) or "–",
    }


def _form(names: dict[str, str], lang: str) -> None:
    kinds = {one: t(f"bottleneck.{one}", lang) for one in BOTTLENECKS}
    label = t("map.village", lang)
    listed = narrowed(names, [*filter(None, [st.session_state.get("hold-village")])], label, "hold", lang)
    with st.expander(t("bottleneck.new", lang)), st.form("bottleneck-new", border=False):
        cell = cells()
        next(cell).selectbox(
            label, listed, index=None, format_func=names.get, placeholder=t("control.choose", lang), key="hold-village"
        )
        next(cell).selectbox(t("bottleneck.kind", lang), BOTTLENECKS, format_func=kinds.get, key="hold-kind")
        next(cell).text_input(t("bottleneck.note", lang), max_chars=300, key="hold-note")
        who_field(next(cell), t("common.your_name", lang), "hold-who")
        fields = ("hold-who", "hold-village", "hold-kind", "hold-note")
        noting = doing("hold", fields, _note, act="bottleneck", then=_noted)
        st.form_submit_button(t("common.record", lang), **noting)
    answer("hold", lang)


def _note(who: str, village: str | None, kind: str, note: str) -> None:
    if village and village not in set(inputs().villages["village_code"]):  # a browser may send what was never offered
        raise CallError("error.option", name="village_code", value=village, known=t("table.villages", "id"))
    note_bottleneck(record(workspace()), who or "", Bottleneck(village or "", kind, note or ""))


def _noted(_: object) -> None:
    st.session_state["hold-note"] = ""
