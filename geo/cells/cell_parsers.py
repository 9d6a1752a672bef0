"""From text to value, one parser per column type, listed in `PARSERS`.

Each returns the value and the key of the fix that was needed (None when the text was plain), or raises `CellError`
with the key of the fault. Nothing is guessed in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd

from geo.cells.cell_error import CellError
from geo.cells.dates import day_order, parse_date, possible, settled
from geo.cells.numbers import Style, parse_measure, parse_number, style_of
from geo.cells.vocabulary import VOCABULARIES, likely, meant, truth
from geo.model.areas import is_free_code, is_village_code, normalise_code
from geo.model.errors import CallError
from geo.model.facts import facts

#: Words that mean "no value", compared without case.
MISSING = frozenset(
    {
        "",
        "na",
        "n/a",
        "nan",
        "null",
        "none",
        "nil",
        "-",
        "--",
        "---",
        "–",
        "—",
        "?",
        ".",
        "..",
        "…",
        "n.a.",
        "tidak ada data",
        "kosong",
    }
)
#: What a spreadsheet shows where a formula failed.
SHEET_ERRORS = frozenset({"#n/a", "#ref!", "#value!", "#div/0!", "#name?", "#null!", "#num!", "#spill!", "#calc!"})
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
#: What spreadsheets put around a code.
_CODE_QUOTES = re.compile(
    r"[\u200b-\u200d\u2060\ufeff]|^\s*(?:['’‘`]|=?[\"”“]+)+|['’‘`\"”“]+\s*$|^\s*(?:ID|KD|kode)\s*[-_:.]?\s*(?=\d{2})",
    re.IGNORECASE,
)
#: A number as a spreadsheet shortens it, all its digits told.
_SCIENTIFIC = re.compile(r"^(\d)[.,](\d{9})[eE]\+?0?9$")
#: A code that a spreadsheet shows as a number with thousands.
_CODE_GROUPED = re.compile(r"\d{1,3}(?:,\d{3}){3}")
#: Units of which nobody counts parts: a lone point before three digits is one of thousands.
COUNTED = ("people", "households", "IDR")
Parsed = tuple[Any, str | None]


def _style(options: dict[str, Any]) -> Style:
    style = options.get("style")
    return style if isinstance(style, Style) else Style()


def _number(text: str, column: dict[str, Any], options: dict[str, Any]) -> Parsed:
    unit = column.get("unit")
    grouped = unit in COUNTED and not options.get("typed")
    value, fix = parse_measure(text, unit, grouped=grouped, style=_style(options))
    return (round(value / 100, 6), "per_cent") if options.get("per_cent") and "%" not in text else (value, fix)


def _integer(text: str, column: dict[str, Any], options: dict[str, Any]) -> Parsed:
    unit = "year" if column.get("past") or column.get("year") else column.get("unit", "units")
    grouped = unit != "year" and not options.get("typed")
    dated = _year_of(text, options) if unit == "year" else None
    if dated is not None:
        return dated, "year_of_date"
    value, fix = parse_measure(text, unit, grouped=grouped, style=_style(options))
    if not value.is_integer():
        raise CellError("not_whole")
    if column.get("past") and value > date.today().year:
        raise CellError("future_year", last=date.today().year)
    return value, fix


#: What a date has that a year alone has not: a day or a month beside it.
_DATED = re.compile(r"^(?=.*\d{4}).*(?:\d[-/.]\d{1,2}[-/.]\d|[^\W\d]{3,}).*\d|^\d{4}[-/]\d{1,2}$")
_TWO_YEARS = re.compile(r"^(?i:fy|ta|t\.a\.|tahun|thn|th)?\.?\s*((?:19|20)\d{2})\s*/\s*(\d{2})$")


def _year_of(text: str, options: dict[str, Any]) -> float | None:
    """The year of a date that stands where a year should; None where it is none."""
    two = _TWO_YEARS.match(text)
    if two is not None and int(two[2]) == (int(two[1]) + 1) % 100:
        return float(two[1]) + 1  # of a range the last, as everywhere
    if not _DATED.match(text):
        return None
    try:
        return float(parse_date(text, options.get("date_format"), options.get("order", "unproven"))[0].year)
    except CellError as fault:
        return float(text.strip()[-4:]) if fault.key == "date_two_ways" and text.strip()[-4:].isdigit() else None


def _date(text: str, column: dict[str, Any], options: dict[str, Any]) -> Parsed:
    found, fix = parse_date(text, options.get("date_format"), options.get("order", "unproven"))
    return possible(found), fix


def _boolean(text: str, column: dict[str, Any], options: dict[str, Any]) -> Parsed:
    said = truth(text, str(column.get("name", "")))
    if said is None:
        raise CellError("bad_boolean")
    return said, None


def _choice(text: str, column: dict[str, Any], options: dict[str, Any]) -> Parsed:
    choices = column["choices"]
    known = facts("choices")[choices]
    if text in known:
        return text, None
    if text in options.get("numbers", {}):
        return options["numbers"][text], "synonym"
    word = meant(text, choices)
    if word is None or word.value not in known:
        close = likely(text, choices) if options.get("propose", True) else []
        raise CellError("unknown_value", known=", ".join(known), likely=", ".join(close) or "–")
    if word.why is not None:
        raise CellError("doubtful_word", vocabulary=VOCABULARIES[choices], reason=word.why)
    return word.value, "synonym"


#: What parts a village's code, and how many digits it has without.
_CODE_PARTED, _CODE_DIGITS = re.compile(r"(?<=\d)\s*[-–./]\s*(?=\d)"), 10


def _code(text: str, column: dict[str, Any], options: dict[str, Any]) -> Parsed:
    plain = _SCIENTIFIC.sub(
        r"\1\2", _CODE_QUOTES.sub("", text)
    )  # as spreadsheets keep codes from becoming numbers: '3203…, ="3203…", 3203….0
    plain = (
        re.sub(r"(?<=\d)[.,]0+$", "", re.sub(r"(?<=\d) (?=\d)", "", plain.strip()))
        if plain.count(".") < 2
        else plain.strip()
    )
    plain = plain.replace(",", "") if _CODE_GROUPED.fullmatch(plain) else plain.rstrip(".")
    if options.get("codes") == "free":
        code = plain.replace("/", "-").replace("\\", "-")
        if not is_free_code(code):
            raise CellError("bad_code")
        return code, None if code == text else "code_bare"
    bare = _CODE_PARTED.sub("", plain)  # 32-03-18-2002, 3203.18.2002
    try:
        code = normalise_code(bare if len(bare) == _CODE_DIGITS and bare.isdigit() else plain)
    except CallError as error:
        raise CellError("bad_code") from error
    if not is_village_code(code):
        raise CellError("bad_code")
    return code, None if code == text else "code_dotted"


def _text(text: str, column: dict[str, Any], options: dict[str, Any]) -> Parsed:
    clean = _CONTROL.sub("", text)
    return clean, None if clean == text else "control_characters"


PARSERS: dict[str, Callable[[str, dict[str, Any], dict[str, Any]], Parsed]] = {
    "text": _text,
    "code": _code,
    "integer": _integer,
    "number": _number,
    "date": _date,
    "boolean": _boolean,
    "choice": _choice,
}


def of_column(cells: pd.Series, declared: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """What the cells of a column prove together: which number of a date is the day, what a point and a comma are."""
    if declared["type"] == "date" and not options.get("date_format"):
        order = day_order(map(str, cells.dropna().unique()))
        return {"order": settled(order, options.get("day_order"))}
    if declared.get("unit") == "share":  # one share over 1: all of the column are per cent
        texts = cells.dropna().unique().tolist()
        style = style_of(texts)
        return {"style": style, "per_cent": any(_over_one(text, style) for text in texts)}
    if declared["type"] in ("number", "integer") and not options.get("typed"):
        return {"style": style_of(cells.dropna().unique().tolist(), whole=declared.get("unit") in COUNTED)}
    if declared.get("choices") == "status" and set(cells.dropna().unique()) <= {"0", "1"}:
        return {"numbers": facts("vocab/status")["numbers"]}
    return {}


def _over_one(text: str, style: Style) -> bool:
    try:
        return 1 < parse_number(text, grouped=False, style=style)[0] <= 100
    except CellError:
        return False
