"""Biaya / Costs: the cost sheet, to be corrected with the district's own prices, and what things cost a year."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from geo.analysis.replay import costs_of
from geo.model.changes import CostChange
from geo.model.errors import PlanningError
from geo.model.facts import facts
from geo.priorities.costs import CostLine
from texts import count, day, money, t
from views.parts.text import small
from views.session import state
from views.session.buttons import answer, doing
from views.session.cache import changes, workspace
from views.session.record import record
from views.session.who import who_field

_EDITED = ("cost_idr", "capacity_people", "life_years", "upkeep_idr", "major_idr", "year", "source", "region")
_PARTS = ("capital", "upkeep", "major", "total")
_KINDS = ("public_toilet", "shared_latrine", "communal_septic", "school_toilet", "treatment_plant", "excreta_storage")


def page() -> None:
    """Draw the page."""
    lang = state.get("lang")
    st.subheader(t("page.costs", lang))
    small(t("costs.help", lang))
    lines = costs_of(changes()).lines
    _sheet(lines, lang)
    st.subheader(t("costs.life", lang))
    small(t("costs.life_help", lang))
    st.dataframe(_life(lines, lang), hide_index=True, key="costs-life", alt=t("costs.life", lang))
    st.subheader(t("costs.washcost", lang))
    reference = facts("washcost")
    small(f"{reference['source']}. {t('costs.unverified', lang)}")
    st.dataframe(_washcost(lang), key="costs-washcost", alt=t("costs.washcost", lang))


def _what(line: CostLine, lang: str) -> str:
    group = "kind" if line.technology in _KINDS else "technology"
    return t(f"{group}.{line.technology}", lang)


def _sheet(lines: tuple[CostLine, ...], lang: str) -> None:
    """The sheet as a table to edit; what was changed goes to the record, line by line, with a name."""
    names = {name: t(f"costs.{name}", lang) for name in _EDITED}
    action, what, checked = t("plan.action", lang), t("map.kind", lang), t("methods.checked", lang)
    rows = [
        {action: t(f"action.{line.action}", lang), what: _what(line, lang)}
        | {names[field]: getattr(line, field) for field in _EDITED}
        | {checked: line.verified}
        for line in lines
    ]
    shown = pd.DataFrame(rows)
    numbers = ("cost_idr", "capacity_people", "upkeep_idr", "major_idr")
    formats = {names[field]: st.column_config.NumberColumn(format="localized", min_value=0) for field in numbers}
    fixed = [action, what, checked]
    editor = f"costs-{_stamp()}"
    st.data_editor(
        shown, hide_index=True, disabled=fixed, column_config=formats, key=editor, height=420, placeholder=""
    )
    who_field(st, t("common.your_name", lang), "costs-who")
    save = doing("costs-save", (editor, "costs-who"), _save, lines, shown, names, lang, act="cost")
    st.button(t("costs.save", lang), **save)
    answer("costs-save", lang)


def _save(
    edited: dict[str, Any], who: str, lines: tuple[CostLine, ...], shown: pd.DataFrame, names: dict[str, str], lang: str
) -> None:
    """Keep the lines that were changed in the editor."""
    found = []
    for number, cells in sorted(edited["edited_rows"].items()):
        row = pd.Series(shown.iloc[number].to_dict() | cells)
        if not _same(shown.iloc[number], row):
            found.append(_change(lines[number], row, names))
    if (who or "").strip():  # a new figure is not the old source's: it is that of whoever gave it, unless they say more
        said = t("costs.by", lang, who=who.strip(), day=day(date.today(), lang))
        old = {(line.action, line.technology): line.source for line in lines}
        found = [replace(c, source=said) if c.source == old[c.action, c.technology] else c for c in found]
    for change in found:
        record(workspace()).set_cost(who or "", change)
    if not found:
        raise PlanningError("costs.nothing")


def _stamp() -> int:
    """A number that changes when the sheet does, so that the editor starts from what is kept."""
    return len(record(workspace()).standing("cost"))


def _same(old: pd.Series, new: pd.Series) -> bool:
    return all(a == b or (pd.isna(a) and pd.isna(b)) for a, b in zip(old, new, strict=True))


def _change(line: CostLine, row: pd.Series, names: dict[str, str]) -> CostChange:
    values = {field: row[names[field]] for field in _EDITED}
    people = values["capacity_people"]
    return CostChange(
        action=line.action,
        technology=line.technology,
        cost_idr=float(values["cost_idr"]),
        capacity_people=None if pd.isna(people) else float(people),
        life_years=float(values["life_years"]),
        upkeep_idr=float(values["upkeep_idr"]),
        major_idr=float(values["major_idr"]),
        year=int(values["year"]),
        source=str(values["source"] or ""),
        region=str(values["region"] or ""),
    )


def _life(lines: tuple[CostLine, ...], lang: str) -> pd.DataFrame:
    """What a year costs: capital over its life, upkeep, major maintenance; per person where the sheet has a number."""
    rows = []
    for line in lines:
        people = line.capacity_people
        rows.append(
            {
                t("plan.action", lang): t(f"action.{line.action}", lang),
                t("map.kind", lang): _what(line, lang),
                t("costs.capital_year", lang): money(line.cost_idr / line.life_years, lang),
                t("costs.upkeep_idr", lang): money(line.upkeep_idr, lang),
                t("costs.major_idr", lang): money(line.major_idr, lang),
                t("costs.total_year", lang): money(line.yearly_idr, lang),
                t("costs.per_person", lang): money(line.yearly_idr / people if people else None, lang),
            }
        )
    return pd.DataFrame(rows)


def _washcost(lang: str) -> pd.DataFrame:
    rows = {}
    for entry in facts("washcost")["range"]:
        parts = {part: [count(v, lang, 0 if v == int(v) else 1) for v in entry[part]] for part in _PARTS}
        cells = {t(f"washcost.{part}", lang): "–".join(ends) for part, ends in parts.items()}
        rows[t(f"washcost.{entry['key']}", lang)] = cells
    return pd.DataFrame.from_dict(rows, orient="index")


if __name__ == "__main__":
    page()
