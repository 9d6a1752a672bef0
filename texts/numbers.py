"""Numbers, shares, money, distances and dates as the reader's language writes them; missing is a dash, never 0."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

MISSING = "–"


def _missing(value: object) -> bool:
    return value is None or value != value


def count(value: float | None, lang: str, decimals: int = 0) -> str:
    """Format a number.

    Examples
    --------
    >>> count(1234.5, "id", 1), count(1234.5, "en", 1), count(None, "id")
    ('1.234,5', '1,234.5', '–')
    >>> count(-0.0, "en"), count(0.0, "en")
    ('0', '0')
    """
    if _missing(value):
        return MISSING
    return _decimal(value or 0, "#,##0" + ("." + "0" * decimals if decimals else ""), lang)


@lru_cache(maxsize=50_000)
def _decimal(value: float, pattern: str, lang: str) -> str:
    """A map writes a thousand numbers, and the same ones at every turn."""
    from babel.numbers import format_decimal

    return str(format_decimal(value, format=pattern, locale=lang))


def percent(share: float | None, lang: str) -> str:
    """Format a share as a whole percentage; only a full share is 100 % and only nothing is 0 %.

    Examples
    --------
    >>> percent(0.996, "id"), percent(1.0, "en"), percent(float("nan"), "id")
    ('99 %', '100 %', '–')
    """
    if share is None or share != share:
        return MISSING
    whole = round(share * 100)
    if whole == 100 and share < 1 - 1e-9:
        whole = 99
    if whole == 0 and share > 1e-9:
        return "< 1 %"
    return f"{whole} %"


def money(rupiah: float | None, lang: str) -> str:
    """Format rupiah.

    Examples
    --------
    >>> money(1250000, "id"), money(1250000, "en")
    ('Rp1.250.000', 'Rp1,250,000')
    """
    return MISSING if _missing(rupiah) else "Rp" + count(rupiah, lang)


def metres(value: float | None, lang: str) -> str:
    """Format a distance: metres below one kilometre, else kilometres.

    Examples
    --------
    >>> metres(432.4, "id"), metres(1540, "id"), metres(None, "en")
    ('432 m', '1,5 km', '–')
    """
    if value is None or value != value:
        return MISSING
    return f"{count(value, lang)} m" if round(value) < 1000 else f"{count(value / 1000, lang, 1)} km"


def day(value: date | None, lang: str) -> str:
    """Format a date in words.

    Examples
    --------
    >>> day(date(2026, 11, 24), "id"), day(date(2026, 11, 24), "en")
    ('24 November 2026', '24 November 2026')
    """
    if value is None or value != value:
        return MISSING
    from babel.dates import format_date

    return str(format_date(value, format="d MMMM y", locale=lang))
