"""Tables of the situation in a master plan: people by state and village, the JMP ladders."""

from __future__ import annotations

from typing import Any

import pandas as pd

from exports.paper.blocks import Rows
from exports.paper.plan_tables import table_of
from geo.model.results import Analysis
from geo.model.sites import STATES, state_column
from texts import state_text, t

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
    return table_of(title, heads, rows, lang, note, share=(2,))
