"""What every act of the forum is checked by: nothing left out, nothing unknown, no impossible number."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from geo.model.errors import CallError


def as_content(given: Any, without: Sequence[str] = ("number",)) -> dict[str, Any]:
    """Return the fields of what is said as they are kept: texts without blanks around, days as text.

    Parameters
    ----------
    given
        A dataclass of the forum.
    without
        Fields that are the record's to give, or told later.
    """
    kept: dict[str, Any] = {}
    for name, value in vars(given).items():
        if name not in without:
            kept[name] = value.strip() if isinstance(value, str) else _day(value)
    return kept


def _day(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def said(**texts: str) -> None:
    """Refuse texts that say nothing."""
    for name, text in texts.items():
        if not text.strip():
            raise CallError(f"forum_missing.{name}")


def one_of(name: str, value: str, known: Sequence[str]) -> None:
    """Refuse words that are not known."""
    if value not in known:
        raise CallError("error.option", name=name, value=value, known=", ".join(known))


def name_key(name: str) -> str:
    """A person's name as it is compared: capitals, blanks and ways to write one letter make no other person.

    Examples
    --------
    >>> name_key(" Andre\u0301  BUDI") == name_key("andr\u00e9 budi"), name_key("A\u200bsep")
    (True, 'asep')
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    return " ".join("".join(c for c in plain if unicodedata.category(c) != "Cf").split())


#: Signs of a code: none that is taken for another. Twelve of them are 60 bits.
_SIGNS, _LENGTH = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ", 12


def drawn_code() -> str:
    """Draw a code that nobody guesses, to be typed from paper.

    Examples
    --------
    >>> len(drawn_code()), drawn_code() == drawn_code()
    (12, False)
    """
    return "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))


def local_day(at: str) -> date:
    """The day of a moment of the record where this machine stands: what is said at six in the morning is today's.

    Examples
    --------
    >>> isinstance(local_day("2026-11-27T23:30:00+00:00"), date)
    True
    """
    return datetime.fromisoformat(at).astimezone().date()


def amount(name: str, value: float | None) -> None:
    """Refuse numbers below 0 and endless ones; None is not known."""
    if value is not None and not 0 <= value < float("inf"):
        raise CallError("error.number", name=name, value=value)
