"""Which sites the map shows; kept in the address, so that a link shows the same."""

from __future__ import annotations

import streamlit as st

from geo.analysis.filters import Filter, filtered
from geo.model.facts import facts
from geo.model.results import Analysis
from geo.model.sites import STATUSES, kind_column
from texts import count, t
from views.parts.narrow import narrowed
from views.parts.text import small
from views.session import state

#: Names in the state, in the order of `Filter`.
_LISTS = ("in_village", "with_status", "of_kind")
#: So many villages may be chosen: the address holds them all.
_MOST = 100


def wanted_sites(analysis: Analysis) -> Analysis:
    """Return what is to be drawn. The figures of the page stay those of the whole area."""
    return filtered(analysis, _wanted())


def filter_part(analysis: Analysis, lang: str) -> None:
    """Draw the choices, and say how many sites they let pass."""
    service = state.get("service")
    villages = dict(zip(analysis.villages["village_code"], analysis.villages["name"], strict=True))
    villages = {str(code): str(name) for code, name in villages.items() if isinstance(code, str)}
    kinds = list(facts("choices")["technology" if service == "water" else "facility_kind"])
    prefix = kind_column(service)
    words = {kind: t(f"{prefix}.{kind}", lang) for kind in kinds}
    names = {status: t(f"status.{status}", lang) for status in STATUSES}
    for name, known in zip(_LISTS, (villages, names, words), strict=True):
        kept = [part for part in state.get(name).split(",") if part in known]
        state.keep(name, ",".join(kept))  # what this area or service does not have is dropped
    wanted = _wanted()
    begun = st.session_state.setdefault("filter-begun", wanted.asks)  # a link with choices opens them; it stays so
    with st.expander(
        f"**{t('group.filter', lang)}** {t('filter.head', lang)}", expanded=begun, key="filter-fold", on_change="rerun"
    ) as fold:
        if fold.open:
            _choices(villages, kinds, words, names, lang)
        if wanted.asks:
            found = filtered(analysis, wanted)
            tables = [one.water_points if service == "water" else one.sanitation for one in (found, analysis)]
            shown, whole = (count(len(table), lang) for table in tables)
            small(t("filter.told", lang, shown=shown, whole=whole))


def _choices(
    villages: dict[str, str], kinds: list[str], words: dict[str, str], names: dict[str, str], lang: str
) -> None:
    """The choices themselves, made once they are unfolded."""
    choose = t("control.choose", lang)
    label = t("table.villages", lang)
    listed = narrowed(villages, _chosen("in_village"), label, "filter", lang)
    st.multiselect(
        label, listed, format_func=villages.get, placeholder=choose, max_selections=_MOST,
        **state.bound("in_village"),
    )  # fmt: skip
    st.multiselect(
        t(f"filter.kind.{state.get('service')}", lang), kinds, format_func=words.get, placeholder=choose,
        **state.bound("of_kind"),
    )  # fmt: skip
    st.multiselect(
        t("map.status", lang), STATUSES, format_func=names.get, placeholder=choose, **state.bound("with_status")
    )
    st.slider(t("filter.age", lang), 0, 20, help=t("filter.age_help", lang), **state.bound("min_age"))


def _chosen(name: str) -> tuple[str, ...]:
    return tuple(part for part in state.get(name).split(",") if part)


def _wanted() -> Filter:
    return Filter(*(_chosen(name) for name in _LISTS), min_age_years=float(state.get("min_age")))
