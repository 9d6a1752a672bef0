"""The figures a forum asks for, in one strip above the map, with the states as a thin line under them."""

from __future__ import annotations

from typing import Any

import streamlit as st

from geo.model.results import Analysis
from geo.model.sites import STATES
from layers.markup import escape
from texts import count, metres, percent, state_text, t
from texts.looks import state_colour
from views.parts.cards import Figure, strip
from views.session import state


def headline(analysis: Analysis, lang: str) -> None:
    """Draw share, people not served, distance and villages mapped; best and worst stand beside the share."""
    service = state.get("service")
    total = analysis.totals[service]
    best, worst = percent(total["best_share"], lang), percent(total["worst_share"], lang)
    people, far = count(total["population"], lang), metres(total["distance_p90_m"], lang)
    mapped = f"{count(total['villages_mapped'], lang)} / {count(total['villages'], lang)}"
    missing = total["villages_without_population"]
    bare = t("headline.bare", lang, count=count(missing, lang)) if missing else t("headline.none_bare", lang)
    share, median = percent(total["share"], lang), metres(total["distance_median_m"], lang)
    ranged = t("headline.range", lang, best=best, worst=worst)
    strip(
        [
            Figure(t(f"headline.share.{service}", lang), share, ranged, ranged),
            Figure(t("headline.gap", lang), count(total["gap"], lang), t("headline.of", lang, people=people),
                   t("headline.of_short", lang, people=people)),
            Figure(t("headline.median", lang), median, t("headline.p90", lang, far=far),
                   t("headline.p90_short", lang, far=far)),
            Figure(t("headline.mapped", lang), mapped, bare, ""),
        ]
    )  # fmt: skip
    _state_bar(total, lang)


def _state_bar(total: dict[str, Any], lang: str) -> None:
    """The five states as one line whose parts sum to the population, with their figures in words."""
    people = total["population"]
    if not people:
        st.info(t("headline.no_population", lang))
        return
    parts, words = [], []
    for name in STATES:
        colour, value = state_colour(name), total[name] or 0.0
        word = escape(f"{state_text(name, state.get('service'), lang)}: {count(value, lang)}")
        parts.append(f'<span title="{word}" style="width:{value / people * 100:.3f}%;background:{colour}"></span>')
        box = f"display:inline-block;width:9px;height:9px;border:1px solid #333;background:{colour}"
        words.append(f'<span style="margin-right:12px"><span style="{box}"></span> {word}</span>')
    bar = f'<div class="ma-bar" aria-hidden="true">{"".join(parts)}</div>'
    st.html(f'{bar}<div class="ma-states">{" ".join(words)}</div>')
