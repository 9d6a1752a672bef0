"""What each column of a file is: label, meaning, format, and the words it may hold. Declared in data, never here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from geo.model.facts import facts
from texts import t

#: Format of an input column by its unit, then by its type.
_BY_UNIT = {"people": "people", "households": "people", "share": "share", "IDR": "idr"}
_BY_TYPE = {"date": "date", "boolean": "flag", "integer": "count", "number": "count", "choice": "choice"}
#: Which list of words a column draws on, and the beginning of their keys in the catalogues.
_CHOICES = {
    "status": ("status", "status"),
    "status_new": ("status", "status"),
    "technology": ("technology", "technology"),
}


@dataclass(frozen=True)
class Column:
    """A column as a reader meets it: `means` may be empty; `choices` are (stored value, shown word)."""

    name: str
    format: str
    label: str
    means: str
    unit: str
    choices: tuple[tuple[str, str], ...] = ()


@cache
def _declared() -> dict[str, dict[str, Any]]:
    """All declared columns by name: computed ones first, then those of the tables (the first table that has it)."""
    found: dict[str, dict[str, Any]] = {
        **facts("indicators"), **facts("columns")["columns"], **facts("columns")["field"],
    }  # fmt: skip
    for table in facts("tables").values():
        for name, entry in table["columns"].items():
            kind = _BY_UNIT.get(entry.get("unit", "")) or _BY_TYPE.get(entry["type"], "text")
            kind = "year" if name.endswith("_year") else kind
            found.setdefault(name, {**entry, "format": kind})
    return found


def describe(name: str, lang: str) -> Column:
    """Return what a column is, in a language.

    Raises
    ------
    KeyError
        If no file declares it, with the files that could: every column that leaves is explained.

    Examples
    --------
    >>> describe("cost_idr", "id").label, describe("population", "en").format
    ('Biaya', 'people')
    """
    entry = _declared().get(name)
    if entry is None:
        raise KeyError(
            f"nobody says what the column {name} is: open data/indicators.toml (an indicator), data/columns.toml "
            "(another computed column) or data/tables.toml (a column that is read)"
        )
    choices: tuple[tuple[str, str], ...] = ()
    if name in _CHOICES:
        words, keys = _CHOICES[name]
        choices = tuple((word, t(f"{keys}.{word}", lang)) for word in facts("choices")[words])
    unit = _unit(entry, lang)
    return Column(name, entry["format"], entry[lang], entry.get(f"{lang}_means", ""), unit, choices)


def _unit(entry: dict[str, Any], lang: str) -> str:
    """The unit in a reader's language: as it is declared, else as the format says it; empty where there is none."""
    declared = entry.get("unit", "")
    if isinstance(declared, dict):
        return str(declared[lang])
    known = facts("columns")["units"]
    return str(known.get(declared or entry["format"], {}).get(lang, declared))
