"""Dates as people write them; which of two numbers is the month is decided for a column, never for a cell."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Literal

from babel import Locale

from geo.cells.cell_error import CellError
from geo.cells.vocabulary import normal

#: No report is older: an earlier date is a slip of the pen.
EARLIEST = date(1900, 1, 1)
#: Which number of "01/02/2020" is the day: proven first, proven second, both (so nothing is), or not proven.
#: "year": dates of the same signs with a whole year have it first, so that a short one ("23/05/12") may be two.
#: "short_year": all have a short year, first ("24/05/17"). "year_day": behind a whole year the day comes first.
Order = Literal["day", "month", "mixed", "year", "short_year", "two_ways", "year_day", "unproven"]

#: No date is written in more letters.
_LONGEST = 200
_TIME = re.compile(
    r"[\sT,]+(?:pukul\s+|jam\s+|at\s+)?(?:[01]?\d|2[0-3])[:.][0-5]\d(?:[:.][0-5]\d(?:[.,]\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?\s*"
    r"(?:WIB|WITA|WIT|UTC|GMT|EAT|CAT|WAT|Z|[+-]\d{2}:?\d{2})?$"
)
_THREE = re.compile(r"^(\d{1,2})\s*[-/.,\s]\s*(\d{1,2})\s*[-/.,\s]\s*(\d{4}|\d{2})$")
_YEAR_FIRST = re.compile(r"^(\d{4})[-/.\s](\d{1,2}|[^\W\d]{3,12})\.?[-/.\s](\d{1,2})$")
_DAY_WORD = re.compile(
    r"^(?:[Tt][Gg][Ll]\.?\s*|[Tt]anggal\s*|le\s+)?(\d{1,2})(?:st|nd|rd|th|er|º|ª)?[-/.,\s]*(?:de\s+|of\s+)?([^\W\d]{3,12}|[IVX]{1,4})\.?[-/.,\s]*(?:de\s+)?['’]?(\d{4}|\d{2})$"
)
_WORD_DAY = re.compile(r"^([^\W\d]{3,12})\.?[-/\s]*(\d{1,2})(?:st|nd|rd|th)?[-/,\s]+(\d{4})$")
_WORD_YEAR = re.compile(r"^([^\W\d]{3,12})\.?[-/,.\s]*(?:de\s+)?(\d{4})$")
_MONTH_YEAR = re.compile(r"^(\d{1,2})[-/.](\d{4})$")
_YEAR_MONTH = re.compile(r"^(\d{4})[-/](\d{1,2})$")
_YEAR = re.compile(r"^(?:th\.?|thn\.?|tahun|year|annee|ano)?\s*(\d{4})$", re.IGNORECASE)
_SERIAL = re.compile(r"^\d{5}(?:\.\d+)?$")
#: Seconds or milliseconds since 1970, as programs of the web count.
_EPOCH_MS = re.compile(r"^(1\d{9})(?:\d{3})?$")
#: Midnight of the twelve-hour clock behind a date: so programs of the United States write a day, the month first.
_AM_PM = re.compile(r"^\d{1,2}/\d{1,2}/\d{4},?\s+12:00(?::00)?\s*[Aa]\.?[Mm]\.?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_WEEKDAY = re.compile(r"^(?:hari\s+)?([^\W\d]{2,9}(?:['’][^\W\d]{2})?)[.]?\s*[,\s]\s*(?=\d|[^\W\d]{3,12}\s)")
#: Languages whose names of months and days are read.
_LANGUAGES = ("id", "en", "fr", "es", "pt", "sw")
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
#: Shorter or older spellings of Indonesian lists.
_OTHER_MONTHS = {
    "agt": 8,
    "agust": 8,
    "agustus": 8,
    "mrt": 3,
    "sep": 9,
    **{roman: n for n, roman in enumerate(_ROMAN, 1)},
    "agst": 8,
    "ags": 8,
    "nop": 11,
    "nopember": 11,
    "pebruari": 2,
    "peb": 2,
    "sept": 9,
    "setiembre": 9,
    "okt": 10,
    "des": 12,
}


def parse_date(text: str, date_format: str | None = None, order: Order = "unproven") -> tuple[date, str | None]:
    """Read a date: ISO, the mapping's `date_format`, in words, or numbers in the column's order (else day first).

    Parameters
    ----------
    text
        The cell.
    date_format
        As `datetime.strptime` has it; nothing else is read then.
    order
        Of the column (`day_order`): ``mixed`` leaves a date that may be two unread.

    Returns
    -------
    tuple
        The date, and the key of what was done to read it (None where it is plain).

    Raises
    ------
    CellError
        ``bad_date`` for what is none, ``date_two_ways`` for one that may be two.

    Examples
    --------
    >>> parse_date("2024-05-03T10:20:00"), parse_date("03/05/2024"), parse_date("3 Mei 2024")
    ((datetime.date(2024, 5, 3), None), (datetime.date(2024, 5, 3), 'day_first'), (datetime.date(2024, 5, 3), None))
    >>> parse_date("10/23/2015 01:03:07 AM +0000"), parse_date("Mei 2024")
    ((datetime.date(2015, 10, 23), 'month_first'), (datetime.date(2024, 5, 1), 'month_only'))
    >>> parse_date("05/03/2024", order="month")
    (datetime.date(2024, 5, 3), 'month_first')
    """
    if len(text) > _LONGEST:
        raise CellError("bad_date")
    if date_format:
        try:
            return datetime.strptime(text, date_format).date(), None
        except ValueError as error:
            raise CellError("bad_date") from error
    turned = _YEAR_FIRST.match(_bare(text)) if order == "year_day" else None
    if turned is not None and turned[2].isdigit():
        return _turned(*map(int, turned.groups()))
    try:
        if not _COMPACT.match(text) and not _SERIAL.match(text):
            return datetime.fromisoformat(text).date(), None
    except ValueError:
        pass
    plain = _bare(text)
    numbers = _THREE.match(plain)
    if numbers is not None:
        return _of_three(int(numbers[1]), int(numbers[2]), int(numbers[3]), order)
    found = _in_words(plain) or _of_parts(plain)
    if found is None:
        raise CellError("bad_date")
    return found


def day_order(texts: Iterable[str]) -> Order:
    """What a column's dates prove of their order: a first number over 12 is a day, a second over 12 too.

    Examples
    --------
    >>> day_order(["01/05/2018", "06/15/2018"]), day_order(["13/05/2018", "06/15/2018"]), day_order(["01/05/2018"])
    ('month', 'mixed', 'unproven')
    >>> day_order(["2023/05/12", "23/05/12"]), day_order(["24/05/17", "23/12/30"]), day_order(["2021/13/05"])
    ('year', 'short_year', 'year_day')
    """
    first = second = year_last = american = False
    shorts: list[tuple[int, int, int]] = []
    behind = [0, 0]  # the largest numbers behind a whole year
    begun, short = set(), set()  # the signs of dates that begin with a whole year, and of those with a short one
    for text in texts:
        plain = _bare(str(text))
        american |= bool(_AM_PM.match(" ".join(str(text)[:_LONGEST].split())))
        whole = _YEAR_FIRST.match(plain)
        begun |= set(plain[4]) if whole else set()
        if whole is not None and whole[2].isdigit():
            behind = [max(one, int(other)) for one, other in zip(behind, whole.groups()[1:], strict=True)]
        numbers = _THREE.match(plain)
        if numbers is not None:
            year_last |= len(numbers[3]) == 4
            shorts += [(int(numbers[1]), int(numbers[2]), int(numbers[3]))] if len(numbers[3]) == 2 else []
            short |= set(re.sub(r"[\d\s]", "", plain)) if len(numbers[3]) == 2 else set()
            first |= int(numbers[1]) > 12
            second |= int(numbers[2]) > 12
    if begun & short and not year_last:
        return "year"
    if behind[0] > 12 >= behind[1]:
        return "year_day"
    told = _short_years(shorts) if not year_last and not begun else None
    if told is not None:
        return told
    return "mixed" if first and second else "day" if first else "month" if second or american else "unproven"


def settled(order: Order, said: str | None) -> Order:
    """The order of a column of which somebody said ``day``, ``month`` or ``year``; what its dates prove goes before.

    Examples
    --------
    >>> settled("two_ways", "year"), settled("day", "month"), settled("mixed", None)
    ('short_year', 'day', 'mixed')
    """
    told: dict[str, Order] = {"day": "day", "month": "month", "year": "short_year"}
    return told[said] if said in told and order in ("unproven", "mixed", "year", "two_ways") else order


#: Fewer short dates than this, and nothing follows from how often their numbers change; years of reports lie so close.
_ENOUGH, _SPAN = 4, 15


def _short_years(found: list[tuple[int, int, int]]) -> Order | None:
    """What dates of three short numbers prove: that the year stands first, or that it may stand at either end.

    It stands first where the last number can be no year that has been, and the first can. Where both could be one and
    the first changes less than the last, as years do, each date may be two.
    """
    now = date.today().year % 100
    firsts, lasts = [one[0] for one in found], [one[2] for one in found]
    if not found or max(firsts) > now or any(month > 12 for _, month, _ in found) or max(lasts) > 31 or not min(lasts):
        return None
    close = min(firsts) > now - _SPAN  # years of reports lie close together, days do not
    if max(lasts) > now + 1 and close and len(set(firsts)) <= len(set(lasts)):
        return "short_year" if sum(one > now for one in lasts) * 3 >= len(lasts) else "two_ways"
    changes = len(found) >= _ENOUGH and len(set(firsts)) < len(set(lasts))
    return "two_ways" if changes and close and max(lasts) - min(lasts) > _SPAN else None


#: The days from which programs count: what they write where no date is known.
_PLACEHOLDERS = frozenset({date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1), date(1970, 1, 1)})


def possible(found: date) -> date:
    """Return a date on which something can have been seen.

    Raises
    ------
    CellError
        If it lies before `EARLIEST` or in the future, or is a day that programs write for no date.
    """
    if found in _PLACEHOLDERS:
        raise CellError("placeholder_date")
    # a day's grace: the file may come from a place where it is tomorrow already
    if not EARLIEST <= found <= date.today() + timedelta(days=1):
        raise CellError("date_range", first=EARLIEST.isoformat(), last=date.today().isoformat())
    return found


def _bare(text: str) -> str:
    """A date without the time behind it and the day of the week before it."""
    plain = _TIME.sub("", " ".join(text[:_LONGEST].split())).strip(" ,")
    weekday = _WEEKDAY.match(plain)
    month = weekday is not None and normal(weekday[1]) in _months()  # "Mar 5 2019": no Tuesday ("mar." in French)
    if weekday is not None and month and re.fullmatch(r"\d{1,2}[,\s]+\d{4}", plain[weekday.end() :]):
        return plain
    if weekday is not None and normal(weekday[1]) in _weekdays():
        plain = plain[weekday.end() :]
    return plain


def _made(year: int, month: int, day: int) -> date:
    if not (1 <= month <= 12 and 1 <= day <= monthrange(max(year, 1), month)[1]):
        raise CellError("bad_date")
    return date(year, month, day)


def _whole_year(year: int) -> int:
    """A year of two digits: this century, unless that is still to come."""
    if year >= 100:
        return year
    return 2000 + year if 2000 + year <= date.today().year else 1900 + year


def _of_three(first: int, second: int, year: int, order: Order) -> tuple[date, str]:
    if first <= 12 and second <= 12 and first != second and order == "mixed":
        raise CellError("date_two_ways")
    if order in ("year", "two_ways") and year < 100:
        raise CellError("date_two_ways")
    if order == "short_year":
        return _made(2000 + first, second, year), "year_first"
    year = _whole_year(year)
    monthly = second > 12 or (order == "month" and first <= 12)
    return (_made(year, first, second), "month_first") if monthly else (_made(year, second, first), "day_first")


def _turned(year: int, second: int, third: int) -> tuple[date, str]:
    """A date behind a whole year whose column writes the day before the month."""
    if second <= 12 and third <= 12 and second != third:
        raise CellError("date_two_ways")
    day, month = (second, third) if second > 12 else (third, second)
    return _made(year, month, day), "day_first"


def _in_words(text: str) -> tuple[date, str | None] | None:
    """A date whose month is a word; without a day it is the first of the month, which is told."""
    for pattern, (day, month, year) in ((_DAY_WORD, (1, 2, 3)), (_WORD_DAY, (2, 1, 3))):
        found = pattern.match(text)
        if found is not None and normal(found[month]) in _months():
            return _made(_whole_year(int(found[year])), _months()[normal(found[month])], int(found[day])), None
    alone = _WORD_YEAR.match(text)
    if alone is not None and normal(alone[1]) in _months():
        return _made(int(alone[2]), _months()[normal(alone[1])], 1), "month_only"
    return None


def _of_parts(text: str) -> tuple[date, str | None] | None:
    """Year first, a month or a year alone, eight digits, or the number of a day as a spreadsheet counts them."""
    found = _YEAR_FIRST.match(text)
    if found is not None:
        month = int(found[2]) if found[2].isdigit() else _months().get(normal(found[2]), 0)
        return _made(int(found[1]), month, int(found[3])), None
    for pattern, (year, month_at) in ((_MONTH_YEAR, (2, 1)), (_YEAR_MONTH, (1, 2))):
        found = pattern.match(text)
        if found is not None:
            return _made(int(found[year]), int(found[month_at]), 1), "month_only"
    found = _COMPACT.match(text)
    if found is not None:
        return _made(*map(int, found.groups())), None
    found = _YEAR.match(text)
    if found is not None:
        return _made(int(found[1]), 1, 1), "year_only"
    counted = _EPOCH_MS.match(text)
    if counted is not None:
        return datetime.fromtimestamp(int(counted[1]), UTC).date(), None
    if _SERIAL.match(text) and 20_000 <= float(text) <= 80_000:
        return date(1899, 12, 30) + timedelta(days=int(float(text))), "day_number"
    return None


@cache
def _months() -> dict[str, int]:
    """Names of the months, whole and short."""
    found = dict(_OTHER_MONTHS)
    for lang in _LANGUAGES:
        for width in ("wide", "abbreviated"):
            found |= {normal(name): n for n, name in Locale(lang).months["format"][width].items()}
    return found


@cache
def _weekdays() -> frozenset[str]:
    """Names of the days of the week, whole and short."""
    names = {"jumat", "jum at", "minggu", "ahad"}
    for lang in _LANGUAGES:
        for width in ("wide", "abbreviated"):
            names |= {normal(name) for name in Locale(lang).days["format"][width].values()}
    return frozenset(names)
