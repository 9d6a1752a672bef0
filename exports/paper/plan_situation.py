"""Tables of the situation in a master plan: people by state and village, the JMP ladders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from exports.paper.blocks import Block, Heading, Rows, Text
from exports.paper.plan_tables import table_of
from geo.model.results import Analysis
from geo.model.sites import SERVICES, STATES, state_column
from texts import count, percent, state_text, t

_LADDERS = {"water": "water_rungs", "sanitation": "sanitation_rungs", "hygiene": "hygiene_rungs"}


def states_rows(analysis: Analysis, service: str, lang: str, note: str) -> Rows:
    """A row a village: people by state, and the share served; the area's sums last."""
    prefix = "" if service == "water" else "sanitation_"
    heads = [
        t("doc.head.village", lang),
        *(state_text(one, service, lang) for one in STATES),
        t("doc.head.share", lang),
    ]
    rows: list[list[Any]] = [
        [str(row["name"]), *(row[state_column(service, one)] for one in STATES), row[f"{prefix}share"]]
        for row in pd.DataFrame(analysis.villages.drop(columns="geometry")).to_dict("records")
        if isinstance(row["village_code"], str)
    ]
    told = analysis.totals[service]
    rows.append([t("doc.head.total", lang), *(told[one] for one in STATES), told["share"]])
    title = t("doc.table.states", lang, service=t(f"service.{service}", lang))
    return table_of(title, heads, rows, lang, note, share=(len(heads) - 1,))


def ladder_rows(analysis: Analysis, name: str, lang: str, note: str) -> Rows:
    """People or households by rung of the JMP ladder, as far as they were counted."""
    rungs = analysis.needs.get(_LADDERS[name], {})
    whole = sum(value for key, value in rungs.items() if value is not None and not key.startswith("villages"))
    rows = [
        [t(f"rung.{name}.{key}", lang), value, value / whole if whole and value is not None else None]
        for key, value in rungs.items()
        if not key.startswith("villages")
    ]
    unit = "people" if name == "water" else "households"
    heads = [t("doc.head.rung", lang), t(f"doc.head.{unit}", lang), t("doc.head.share", lang)]
    title = t("doc.table.ladder", lang, service=t(f"doc.ladder.{name}", lang))
    more = {"water": t("doc.ladder_note", lang), "sanitation": t("doc.ladder_note", lang)}.get(name, "")
    return table_of(title, heads, rows, lang, f"{more} {note}".strip(), share=(2,))


def fair_blocks(now: Analysis, after: Analysis, lang: str, note: str, *, wear: bool) -> list[Block]:
    """The share served of each village, as things stand and with all of the plan carried out; the lowest first."""
    found: list[Block] = [Heading(t("doc.fair", lang))]
    for service in SERVICES:
        column = "share" if service == "water" else "sanitation_share"
        unknown = now.villages["unmapped" if service == "water" else "sanitation_unmapped"]
        known = now.villages[~(unknown > now.villages["population"] - 0.5)]
        left_out = int((now.villages[column].notna()).sum() - known[column].notna().sum())
        before = known.set_index("village_code")[["name", column]].dropna()
        then = after.villages.set_index("village_code")[column]
        if not len(before):
            continue
        rows = [[str(one["name"]), one[column], then.get(code)] for code, one in before.iterrows()]
        rows.sort(key=lambda row: (row[1], row[0]))
        heads = [t(f"doc.head.{name}", lang) for name in ("village", "share_now", "share_after")]
        name = t(f"service.{service}", lang)
        if left_out:
            found.append(Text(t("doc.fair_unknown", lang, service=name, count=count(left_out, lang))))
        low, high = rows[0][1], max(row[1] for row in rows)
        words = {"service": name, "low": _those(rows, low, lang), "low_share": percent(low, lang)}
        if percent(high, lang) != percent(low, lang):
            words |= {"high": _those(rows, high, lang), "high_share": percent(high, lang)}
            found.append(Text(t("doc.fair_text", lang, **words)))
        title = t("doc.table.fair", lang, service=name)
        found.append(table_of(title, heads, rows, lang, note, share=(1, 2)))
    key = "doc.fair_note_wear" if wear else "doc.fair_note"
    return [*found, Text(t(key, lang), note=True)]


def _those(rows: Sequence[Sequence[Any]], share: float, lang: str) -> str:
    """The villages of a share by name; of more than three how many they are."""
    names = [str(row[0]) for row in rows if percent(row[1], lang) == percent(share, lang)]
    return ", ".join(names) if len(names) <= 3 else t("doc.fair_several", lang, count=count(len(names), lang))
