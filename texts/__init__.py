"""Indonesian and English texts: gettext catalogues, one file a language, and Babel for numbers, money and dates."""

from texts.catalogue import LANGUAGES, keys_of, t
from texts.numbers import count, day, metres, money, percent
from texts.sentences import (
    error_text,
    fault_text,
    not_listed_text,
    notice_text,
    source_text,
    state_text,
    turned_text,
    why,
    why_not_text,
)

__all__ = [
    "LANGUAGES",
    "count",
    "day",
    "error_text",
    "fault_text",
    "keys_of",
    "metres",
    "money",
    "not_listed_text",
    "notice_text",
    "percent",
    "source_text",
    "state_text",
    "t",
    "turned_text",
    "why",
    "why_not_text",
]
