"""A list too long for a browser to open is narrowed by typing first."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import streamlit as st

from texts import count, t
from views.parts.text import marked, small

#: So many are listed at once; beyond, so many of those that hold what is typed.
LISTED, SHOWN = 5_000, 50


def narrowed(names: Mapping[str, str], kept: Collection[str], label: str, key: str, lang: str) -> list[str]:
    """Return what a list shows of names by code: all; of very many, what is chosen and what holds a typed text.

    Draws the field to type in where it is needed, and says how many were found.
    """
    if len(names) <= LISTED:
        return list(names)
    field = marked("narrow.label", lang, list=label)
    typed = st.text_input(field, key=f"narrow-{key}", placeholder=t("narrow.hint", lang)).strip().casefold()
    if not typed:
        return list(kept)
    found = [code for code, name in names.items() if typed in name.casefold() or typed in code.casefold()]
    small(t("search.found", lang, found=count(len(found), lang), shown=count(min(len(found), SHOWN), lang)))
    return list(dict.fromkeys([*kept, *found[:SHOWN]]))
