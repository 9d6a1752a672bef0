"""Service ladders as bars with their figures, and tables of declared columns in the reader's words."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from exports.tables.columns import describe
from texts import count, day, metres, percent, t
from texts.looks import rung_colour
from views.parts.text import small


def ladder(name: str, sums: dict[str, Any], rungs: tuple[str, ...], lang: str, villages: int) -> None:
    """One ladder: a bar whose parts sum to all people (water) or households, each with figure and share.

    Of so many villages, those that know nothing are told beside it, and how many know safely managed water.
    """
    known = {rung: sums[rung] or 0.0 for rung in rungs}
    total = sum(known.values())
    st.markdown(f"**{t(f'ladder.{name}', lang)}**")
    if not total:
        st.text(t("needs.no_ladder", lang))
        return
    parts, words = [], []
    for rung in rungs:
        share = known[rung] / total
        block = f"display:inline-block;height:20px;width:{share * 100:.3f}%;background:{rung_colour(rung)}"
        box = f"display:inline-block;width:11px;height:11px;border:1px solid #333;background:{rung_colour(rung)}"
        label = t(f"rung.{name}.{rung}", lang)
        figure = f"{count(sums[rung], lang)} ({percent(share, lang)})" if sums[rung] is not None else "–"
        parts.append(f'<span style="{block}"></span>')
        words.append(
            f'<span style="margin-right:14px;display:inline-block"><span style="{box}"></span> {label}: {figure}</span>'
        )
    bar = f'<div style="line-height:0;border:1px solid #333" aria-hidden="true">{"".join(parts)}</div>'
    st.html(f'{bar}<div style="font-size:.9rem">{" ".join(words)}</div>')
    notes = []
    if sums["villages"] < villages:
        notes.append(t("needs.villages_without", lang, count=count(villages - sums["villages"], lang)))
    if name == "water" and sums["villages_safe"] < sums["villages"]:
        known = {"count": count(sums["villages_safe"], lang), "of": count(sums["villages"], lang)}
        notes.append(t("needs.villages_safe", lang, **known))
    if notes:
        small(" ".join(notes))


def village_table(villages: pd.DataFrame, name: str, prefix: str, rungs: tuple[str, ...], lang: str) -> None:
    """The ladder village by village; missing stays missing."""
    rows = villages[villages["village_code"].notna()]
    table = pd.DataFrame({t("map.village", lang): rows["name"], t("map.code", lang): rows["village_code"]})
    for rung in rungs:
        table[t(f"rung.{name}.{rung}", lang)] = rows[prefix + rung].map(lambda value: count(value, lang))
    if name == "sanitation":
        table["ODF"] = rows["odf"].map(lambda value: t(f"odf.{value or 'unknown'}", lang))
    st.dataframe(table, hide_index=True, key=f"ladder-{name}")


def plain_table(rows: Any, names: tuple[str, ...], lang: str) -> pd.DataFrame:
    """Declared columns under their labels, each value in words."""
    return pd.DataFrame(
        {describe(name, lang).label: [_word(name, value, lang) for value in rows[name]] for name in names}
    )


def _word(name: str, value: Any, lang: str) -> str:
    kind = describe(name, lang).format
    if name == "emptying":
        return t(f"needs.emptying.{value}", lang)
    if kind == "flag":
        return t("word.unknown" if value is None or value != value else "word.yes" if value else "word.no", lang)
    if kind in ("metres", "count", "people"):
        return metres(value, lang) if kind == "metres" else count(value, lang)
    if kind == "date":
        return day(value, lang)
    return "–" if value is None or value != value else str(value)
