"""From text to value, one parser per column type, listed in `PARSERS`.

Each returns the value and the key of the fix that was needed (None when the text was plain), or raises `CellError`
with the key of the fault. Nothing is guessed in silence.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from babel import Locale

from geo.model.areas import is_village_code, normalise_code
from geo.model.errors import CallError
from geo.model.facts import facts

#: Words that mean "no value", compared without case.
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "--", "?", "#n/a", "tidak ada data"})
_PLAIN = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$")
_ID_GROUPS = re.compile(r"^[+-]?\d{1,3}(\.\d{3})+(,\d+)?$")
_EN_GROUPS = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")
_COMMA = re.compile(r"^[+-]?\d+,\d+$")
#: Signs of rupiah, and the dash that stands for no sen.
_MONEY = re.compile(r"^(rp|idr)\.?|,-+$", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_GROUPED_UNITS = ("people", "households", "IDR")
_TRUE = frozenset({"true", "1", "yes", "y", "ya", "ada", "benar"})
_FALSE = frozenset({"false", "0", "no", "n", "tidak", "tak", "salah"})
#: Day first, alone or with a time of the day.
_DAY_FIRST = tuple(f"%d{m}%m{m}%Y{time}" for m in "/-." for time in ("", " %H:%M", " %H:%M:%S"))
#: Year first with the month in words, as WPdx writes it, and with slashes.
_YEAR_FIRST = ("%Y %b %d %I:%M:%S %p", "%Y %b %d", "%Y/%m/%d", "%Y/%m/%d %H:%M:%S")
#: Day first with the month in words.
_IN_WORDS = re.compile(r"^(\d{1,2})[ -]([A-Za-z]{3,9})\.?[ -](\d{4})$")
#: Beginnings of a text that a spreadsheet would run.
RISKY = ("=", "+", "-", "@", "\t", "\r")
#: No report is older: an earlier date is a slip of the pen.
EARLIEST = date(1900, 1, 1)


class CellError(Exception):
    """A cell that cannot be read; `key` names the fault, `values` fill its sentence."""

    def __init__(self, key: str, **values: object) -> None:
        self.key, self.values = key, values
        super().__init__(key)


Parsed = tuple[Any, str | None]


def parse_number(text: str, *, grouped: bool) -> tuple[float, str | None]:
    """Read a number; `grouped` columns (people, households, rupiah, whole numbers) may carry thousands points.

    Examples
    --------
    >>> parse_number("12.5", grouped=False), parse_number("-7,2113", grouped=False)
    ((12.5, None), (-7.2113, 'decimal_comma'))
    >>> parse_number("2.122", grouped=True), parse_number("1.250.000,50", grouped=False)
    ((2122.0, 'thousands'), (1250000.5, 'thousands'))
    >>> parse_number("Rp 15.000.000,-", grouped=True)
    (15000000.0, 'thousands')
    """
    plain = _MONEY.sub("", text.replace("\u00a0", "").replace(" ", "").replace("−", "-"))
    if grouped and _ID_GROUPS.match(plain):
        return float(plain.replace(".", "").replace(",", ".")), "thousands"
    if grouped and _EN_GROUPS.match(plain):
        return float(plain.replace(",", "")), "thousands"
    if _PLAIN.match(plain):
        value = float(plain)
        if value in (float("inf"), float("-inf")):
            raise CellError("bad_number")
        return value, None
    if _COMMA.match(plain):
        return float(plain.replace(",", ".")), "decimal_comma"
    if _ID_GROUPS.match(plain):
        return float(plain.replace(".", "").replace(",", ".")), "thousands"
    if _EN_GROUPS.match(plain):
        return float(plain.replace(",", "")), "thousands"
    raise CellError("bad_number")


_DMS = re.compile(
    r"""^(?P<before>LS|LU|BT|BB|[NSEWTUB])?\s*(?P<sign>-)?\s*(?P<deg>\d{1,3})\s*(?:°|º|⁰|d|\s)\s*(?P<min>\d{1,2}(?:[.,]\d+)?)\s*(?:'|′|’|m|\s|$)\s*
    (?:(?P<sec>\d{1,2}(?:[.,]\d+)?)\s*(?:"|″|”|''|s|$)?)?\s*(?P<after>LS|LU|BT|BB|[NSEWTUB])?$""",
    re.IGNORECASE | re.VERBOSE,
)
_LETTERED = re.compile(
    r"^(?:(?P<before>LS|LU|BT|BB|[NSEW])\s*)?(?P<deg>-?\d{1,3}[.,]\d+)\s*°?\s*(?P<after>LS|LU|BT|BB|[NSEW])?$",
    re.IGNORECASE,
)
_NEGATIVE = ("LS", "S", "BB", "W", "B")


def parse_degrees(text: str) -> float | None:
    """Read degrees, minutes and seconds with LS, LU, BT (or S, N, E …); None where the text is none of that.

    Examples
    --------
    >>> round(parse_degrees("7° 12′ 36″ LS"), 4), round(parse_degrees("107°07.5' BT"), 4), parse_degrees("-7.21")
    (-7.21, 107.125, None)
    """
    plain_text = text.strip().replace("−", "-").replace("’’", "″")
    lone = _LETTERED.match(plain_text)
    if lone is not None and (lone["before"] or lone["after"] or "°" in plain_text):
        value = float(lone["deg"].replace(",", "."))
        side = (lone["before"] or lone["after"] or "").upper()
        return -value if side in _NEGATIVE else value
    found = _DMS.match(plain_text)
    if found is None:
        return None
    minutes, seconds = (float((found[name] or "0").replace(",", ".")) for name in ("min", "sec"))
    if minutes >= 60 or seconds >= 60:
        raise CellError("bad_number")
    value = float(found["deg"]) + minutes / 60 + seconds / 3600
    side = (found["before"] or found["after"] or "").upper()
    return -value if found["sign"] or side in _NEGATIVE else value


def _number(text: str, column: dict[str, Any], options: dict[str, Any]) -> Parsed:
    return parse_number(text, grouped=column.get("unit") in _GROUPED_UNITS and not options.get("typed"))


def _integer(text: str, column: dict[str, Any], options: dict[str, Any]) -> Parsed:
    value, fix = parse_number(text, grouped=not options.get("typed"))
    if not value.is_integer():
        raise CellError("not_whole")
    if column.get("past") and value > date.today().year:
        raise CellError("future_year", last=date.today().year)
    return value, fix


def parse_date(text: str, date_format: str | None = None) -> tuple[date, str | None]:
    """Read a date: ISO, the mapping's `date_format`, or day first as in Indonesia (reported).

    Examples
    --------
    >>> parse_date("2024-05-03T10:20:00"), parse_date("03/05/2024")
    ((datetime.date(2024, 5, 3), None), (datetime.date(2024, 5, 3), 'day_first'))
    >>> parse_date("3 Mei 2024")
    (datetime.date(2024, 5, 3), None)
    """
    if date_format:
        try:
            return datetime.strptime(text, date_format).date(), None
        except ValueError as error:
            raise CellError("bad_date") from error
    try:
        return datetime.fromisoformat(text).date(), None
    except ValueError:
        pass
    for pattern in _YEAR_FIRST:
        try:
            return datetime.strptime(text, pattern).date(), None
        except ValueError:
            continue
    for pattern in _DAY_FIRST:
        try:
            return datetime.strptime(text, pattern).date(), "day_first"
        except ValueError:
            continue
    words = _IN_WORDS.match(text)
    if words is not None:
        number = _months().get(words[2].lower())
        if number is not None and 1 <= int(words[1]) <= monthrange(int(words[3]), number)[1]:
            return date(int(words[3]), number, int(words[1])), None
    raise CellError("bad_date")


@cache
def _months() -> dict[str, int]:
    """Names of the months, whole and short, in Indonesian and English."""
    found = {"agt": 8, "nop": 11, "nopember": 11, "pebruari": 2}
    for lang in ("id", "en"):
        for width in ("wide", "abbreviated"):
            found |= {name.lower(): n for n, name in Locale(lang).months["format"][width].items()}
    return found


def _date(text: str, column: dict[str, Any], options: dict[str, Any]) -> Parsed:
    found, fix = parse_date(text, options.get("date_format"))
    return possible(found), fix


def possible(found: date) -> date:
    """Return a date on which something can have been seen.

    Raises
    ------
    CellError
        If it lies before `EARLIEST` or in the future.
    """
    # a day's grace: the file may come from a place where it is tomorrow already
    if not EARLIEST <= found <= date.today() + timedelta(days=1):
        raise CellError("date_range", first=EARLIEST.isoformat(), last=date.today().isoformat())
    return found


def _boolean(text: str, column: dict[str, Any], options: dict[str, Any]) -> Parsed:
    word = text.lower()
    if word in _TRUE:
        return True, None
    if word in _FALSE:
        return False, None
    raise CellError("bad_boolean")


def _choice(text: str, column: dict[str, Any], options: dict[str, Any]) -> Parsed:
    known = facts("choices")[column["choices"]]
    if text in known:
        return text, None
    word = " ".join(text.lower().replace("_", " ").split())
    for name, synonyms in known.items():
        if word == name.replace("_", " ") or word in synonyms:
            return name, "synonym"
    raise CellError("unknown_value", known=", ".join(known))


def _code(text: str, column: dict[str, Any], options: dict[str, Any]) -> Parsed:
    try:
        code = normalise_code(text)
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
