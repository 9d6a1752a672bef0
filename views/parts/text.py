"""The one door for texts before Markdown, and small print.

What a person wrote, a file holds or an address says is text: no picture, no link, no sign comes of it. Small print is
in the reader's own colour: Streamlit's caption is too faint to read (contrast under 4.5).
"""

from __future__ import annotations

import re

import streamlit as st

from geo.model.errors import PlanningError
from texts import error_text, t

#: Words and figures in which Markdown finds nothing: they stay as they are, to be searched and compared.
_HARMLESS = re.compile(r"(?:[^\W_]|[ ,;%/–]|(?<=\d)[.](?=\d))*")


#: What becomes a link by itself, escaped or not: addresses of pages and of people. A word joiner, which nobody sees,
#: keeps their parts from being one.
_ADDRESS = re.compile(r"(?i)(?<=https:)(?=//)|(?<=http:)(?=//)|(?<=www)(?=\.)|(?=@)")


def plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    text = _ADDRESS.sub("\u2060", str(text))
    return "".join("\\" + c if c in "\\`*_{}[]()<>#+-.!|~$:^=&@" else c for c in str(text))


def marked(key: str, lang: str, **values: object) -> str:
    """Return the text of a key for Markdown: its own marks hold, what is filled in stays text, whoever wrote it.

    Examples
    --------
    >>> marked("scenario.gone", "en", names="![p](http://x/y.png)").count("\\\\") > 6
    True
    """
    return t(key, lang, **{name: harmless(value) for name, value in values.items()})


def refusal(error: PlanningError, lang: str) -> str:
    """Return the sentence of an error for Markdown: it may name a file, a cell or a word that somebody wrote."""
    return plain(error_text(error, lang))


def harmless(value: object) -> str:
    """Return a value as text for Markdown; words and figures without any mark stay as they are."""
    return str(value) if _HARMLESS.fullmatch(str(value)) else plain(str(value))


def small(text: str) -> None:
    """Show a text in small print, as it is."""
    st.markdown(f":small[{plain(text)}]")
