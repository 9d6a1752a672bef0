"""The questions of a survey form for a page: the same rows as of the form for Collect, in one language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exports.tables.xlsform import NAMES, Row

#: What a page asks; everything else of a form is worked out.
_ASKED = ("geopoint", "select_one", "select_one_from_file", "text", "integer", "decimal", "date", "image")
_LIMITS = re.compile(r"^\. >= (\S+) and \. <= (\S+)$")


@dataclass(frozen=True)
class Question:
    """One question: its name in the answers, kind (a type of XLSForm), label, and what may be answered."""

    name: str
    kind: str
    label: str
    required: bool
    choices: Sequence[tuple[str, str]] = ()
    low: str = ""
    high: str = ""
    limits: str = ""
    today: bool = False


def questions(pages: Mapping[str, Sequence[Row]], lang: str) -> list[Question]:
    """Return what a form asks, in its order.

    Parameters
    ----------
    pages
        The sheets of the form (`exports.tables.xlsform.form_pages`).

    Examples
    --------
    >>> rows = [{"type": "date", "name": "seen", "default": "today()", "label::English (en)": "Seen on"}]
    >>> questions({"survey": rows, "choices": []}, "en")[0].today
    True
    """
    return [
        _question(row, pages["choices"], lang) for row in pages["survey"] if str(row["type"]).split(" ")[0] in _ASKED
    ]


def _question(row: Row, choices: Sequence[Row], lang: str) -> Question:
    kind, _, of = str(row["type"]).partition(" ")
    label = f"label::{NAMES[lang]}"
    low, high = _limits(str(row.get("constraint", "")))
    return Question(
        name=row["name"], kind=kind, label=row[label], required=row.get("required") == "yes",
        choices=[(str(one["name"]), one[label]) for one in choices if one["list_name"] == of], low=low, high=high,
        limits=row.get(f"constraint_message::{NAMES[lang]}", ""), today=row.get("default") == "today()",
    )  # fmt: skip


def _limits(constraint: str) -> tuple[Any, Any]:
    found = _LIMITS.match(constraint)
    return (found[1], found[2]) if found else ("", "")
