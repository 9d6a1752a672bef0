"""Weights of the criteria: by sliders, by points, by pairs (AHP); each member's own in the record, and all together."""

from __future__ import annotations

import itertools

import pandas as pd
import streamlit as st

from geo.model.errors import PlanningError
from geo.model.facts import criteria
from geo.model.params import SPREADS
from geo.priorities.weights import (
    INCONSISTENT,
    METHODS,
    POINTS,
    Judgements,
    Weights,
    combined,
    from_pairs,
    from_points,
    shares,
)
from texts import count, percent, t
from views.parts.text import marked, refusal, small
from views.session import state
from views.session.buttons import answer, doing
from views.session.cache import workspace
from views.session.record import record
from views.session.who import who_field

_SCALE = (9, 7, 5, 3, 1, -3, -5, -7, -9)
_MOST_COMPARED = 6


def weights_part(lang: str) -> None:
    """Choose weights, keep them as one's own, combine those of all members."""
    methods = {name: t(f"weigh.{name}", lang) for name in METHODS}
    st.segmented_control(
        t("weigh.method", lang), METHODS, format_func=methods.get, required=True, wrap=True, **state.bound("weigh")
    )
    method = state.get("weigh")
    small(t(f"weigh.{method}.help", lang))
    pairs: dict[tuple[str, str], float] = {}
    ratio: float | None = None
    if method == "sliders":
        _sliders(lang)
        chosen: dict[str, float] | None = state.params().weight_of()
    elif method == "points":
        chosen = _points(lang)
    else:
        chosen, pairs, ratio = _compared(lang)
    if method != "sliders" and chosen:
        st.button(t("weigh.use", lang), **doing("weigh-use", (), lambda: chosen, then=_use))
    _own(method, chosen, pairs, ratio, lang)
    _together(lang)
    spreads = {name: t(f"spread.{name}", lang) for name in SPREADS}
    st.selectbox(
        t("spread", lang), SPREADS, format_func=spreads.get, help=t("spread.help", lang), **state.bound("spread")
    )
    left, right = st.columns(2)
    left.number_input(t("control.top", lang), 1, 1000, help=t("control.top.help", lang), **state.bound("top"))
    right.number_input(
        t("control.draws", lang), 100, 10_000, step=100, help=t("control.draws.help", lang), **state.bound("draws")
    )


def _sliders(lang: str) -> None:
    chosen = state.params().weight_of()
    total = sum(chosen.values()) or 1.0
    for name, value in chosen.items():
        key = f"w_weight_{name}"
        if key not in st.session_state:
            st.session_state[key] = float(value)
        label = f"{t(f'criterion.{name}', lang)} ({percent(value / total, lang)})"
        st.slider(
            label, 0.0, 10.0, step=0.5, key=key, on_change=_moved, format="%g", help=t(f"criterion.{name}.help", lang)
        )


def _moved() -> None:
    now = state.params().weight_of()
    _keep({name: float(st.session_state.get(f"w_weight_{name}", now[name])) for name in criteria()})


def _keep(chosen: dict[str, float]) -> None:
    shipped = {name: float(entry["weight"]) for name, entry in criteria().items()}
    pairs = [f"{name}:{chosen[name]:g}" for name in shipped if chosen[name] != shipped[name]]
    st.session_state["s_weights"] = ",".join(pairs)


def _use(chosen: dict[str, float]) -> None:
    """Take weights over: the largest becomes 10, as on the sliders."""
    most = max(chosen.values()) or 1.0
    full = {name: round(10 * chosen.get(name, 0.0) / most, 2) for name in criteria()}
    _keep(full)
    for name in full:
        st.session_state.pop(f"w_weight_{name}", None)


def whole_points(parts: list[float]) -> list[int]:
    """Shares as whole points that sum to all of them: the largest remainders are rounded up."""
    exact = [POINTS * part for part in parts]
    found = [int(value) for value in exact]
    first = sorted(range(len(parts)), key=lambda n: found[n] - exact[n])[: POINTS - sum(found)]
    return [value + (n in first) for n, value in enumerate(found)]


def _points(lang: str) -> dict[str, float] | None:
    """A hundred points to share out; what is left over is said."""
    start = shares(state.params().weight_of())
    rows = pd.DataFrame(
        {
            t("map.criterion", lang): [t(f"criterion.{name}", lang) for name in start],
            t("weigh.points_column", lang): whole_points(list(start.values())),
        }
    )
    name, points = rows.columns
    edited = st.data_editor(rows, hide_index=True, disabled=[name], key="weigh-points", num_rows="fixed")
    given = dict(zip(start, edited[points].fillna(0).astype(float), strict=True))
    left = POINTS - sum(given.values())
    if abs(left) > 1e-9:
        small(t("weigh.left", lang, left=count(left, lang)))
        return None
    try:
        return from_points(given)
    except PlanningError as error:
        st.error(refusal(error, lang))
        return None


def _compared(lang: str) -> tuple[dict[str, float] | None, dict[tuple[str, str], float], float | None]:
    """Pairs of the chosen criteria: how many times one matters as much as the other."""
    names = {name: t(f"criterion.{name}", lang) for name in criteria()}
    first = [name for name, value in state.params().weight_of().items() if value > 0][:4]
    picked = st.multiselect(
        t("weigh.compare", lang),
        list(names),
        first,
        format_func=names.get,
        max_selections=_MOST_COMPARED,
        key="weigh-of",
    )
    if len(picked) < 2:
        return None, {}, None
    pairs: dict[tuple[str, str], float] = {}
    for a, b in itertools.combinations(picked, 2):
        label = marked("weigh.pair", lang, a=names[a], b=names[b])
        value = st.select_slider(label, _SCALE, 1, format_func=_told, key=f"weigh-{a}-{b}")
        pairs[a, b] = float(value) if value > 0 else -1.0 / value
    found, ratio = from_pairs(pairs)
    told = ", ".join(f"{names[name]} {percent(value, lang)}" for name, value in found.items())
    st.text(told)
    words = t("weigh.consistency", lang, ratio=count(ratio, lang, 2))
    if ratio >= INCONSISTENT:
        st.warning(f"{words} {t('weigh.inconsistent', lang)}")
    else:
        small(words)
    return found, pairs, ratio


def _told(value: int) -> str:
    """A judgement as the slider shows it: to the left a matters more, to the right b."""
    return "1" if value == 1 else f"◀ {value}" if value > 0 else f"{-value} ▶"


def _own(method: str, chosen: dict[str, float] | None, pairs: Judgements, ratio: float | None, lang: str) -> None:
    """Keep weights in the record under a member's name."""
    with st.form("weigh-own", border=False):
        left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
        who_field(left, t("common.your_name", lang), "weigh-who")
        middle.text_input(t("weigh.organisation", lang), max_chars=100, key="weigh-organisation")
        fields = ("weigh-who", "weigh-organisation")
        keep = doing(
            "weigh-keep", fields, _keep_own, method, chosen or {}, pairs, ratio, act="weights", disabled=chosen is None
        )
        right.form_submit_button(t("weigh.keep", lang), width="stretch", **keep)
    answer("weigh-keep", lang)


def _keep_own(
    who: str, organisation: str, method: str, chosen: dict[str, float], pairs: Judgements, ratio: float | None
) -> None:
    mine = Weights(who, organisation, method, shares(chosen), pairs, ratio)
    listed = [[a, b, value] for (a, b), value in mine.pairs.items()]
    content = {"member": mine.member, "organisation": organisation, "method": method, "weights": dict(mine.weights)}
    record(workspace()).append(who, "weights", content | {"pairs": listed, "consistency": ratio})


def _members() -> list[Weights]:
    """The last standing weights of every member."""
    found = []
    for event in record(workspace()).latest("weights", "member").values():
        told = event.content
        pairs = {(a, b): float(value) for a, b, value in told["pairs"]}
        found.append(
            Weights(told["member"], told["organisation"], told["method"], told["weights"], pairs, told["consistency"])
        )
    return found


def _together(lang: str) -> None:
    """All members side by side, and their weights combined."""
    members = _members()
    if not members:
        return
    together, ratio = combined(members)
    columns = {member.member: member.weights for member in members} | {t("weigh.together", lang): together}
    rows = {
        t(f"criterion.{name}", lang): {who: percent(given.get(name, 0.0), lang) for who, given in columns.items()}
        for name in criteria()
        if any(given.get(name, 0.0) > 0 for given in columns.values())
    }
    st.dataframe(pd.DataFrame.from_dict(rows, orient="index"), key="weigh-members", alt=t("weigh.together", lang))
    key = "weigh.by_geometric" if ratio is not None else "weigh.by_mean"
    small(t(key, lang, ratio=count(ratio, lang, 2), members=count(len(members), lang)))
    st.button(t("weigh.use_together", lang), **doing("weigh-use-together", (), lambda: together, then=_use))
