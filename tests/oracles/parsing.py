"""Sentences taken apart: which texts of the catalogue they are made of, and the figures that stand in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from texts import t

#: How a figure looks; what is not named here is words.
LOOKS = {
    "gain": r"[\d.,]+", "local": r"[\d.,]+", "load": r"[\d.,]+", "left": r"[\d.,]+", "unmapped": r"[\d.,]+",
    "people": r"[\d.,]+", "alone": r"[\d.,]+", "count": r"[\d.,]+", "free": r"[\d.,]+", "crucial": r"(?:< )?\d+ %",
    "actions": r"[\d.,]+", "gap": r"(?:< )?\d+ %", "least": r"(?:< )?\d+ %", "cost": r"Rp[\d.,]+", "each": r"Rp[\d.,]+",
}  # fmt: skip
WORDS = r"[^.;]+?"


@cache
def pattern(key: str, lang: str) -> re.Pattern[str]:
    """A text of the catalogue as a pattern with a group for each figure and word in it."""
    parts = re.split(r"\{(\w+)\}", text_of(key, lang))
    seen: set[str] = set()
    found = ""
    for n, part in enumerate(parts):
        if n % 2 == 0:
            found += re.escape(part)
        elif part in seen:
            found += f"(?P={part})"
        else:
            seen.add(part)
            found += f"(?P<{part}>{LOOKS.get(part, WORDS)})"
    return re.compile(found)


def text_of(key: str, lang: str) -> str:
    """A text with its names in braces, as it stands in the catalogue."""
    names = [*LOOKS, "what", "status", "rival", "action", "service", "who"]
    return t(key, lang, **{name: "{" + name + "}" for name in names})


def taken_apart(sentence: str, keys: Sequence[str], lang: str) -> list[tuple[str, dict[str, str]]]:
    """The texts that a sentence is made of, in order, with what stands in them; it has to be used up whole."""
    if not sentence:
        return []
    for key in keys:
        match = pattern(key, lang).match(sentence)
        if match and (match.end() == len(sentence) or sentence[match.end()] == " "):
            try:
                return [(key, match.groupdict()), *taken_apart(sentence[match.end() + 1 :], keys, lang)]
            except ValueError:
                continue
    raise ValueError(f"no text of the catalogue begins {sentence!r}")


def number(text: str, lang: str) -> float:
    """A number or money as a reader of the language understands it.

    Examples
    --------
    >>> number("1.234", "id"), number("Rp1,250,000", "en"), number("47 %", "en")
    (1234.0, 1250000.0, 47.0)
    """
    plain = text.removeprefix("Rp").removesuffix(" %").removeprefix("< ")
    thousands, point = (".", ",") if lang == "id" else (",", ".")
    return float(plain.replace(thousands, "").replace(point, "."))
