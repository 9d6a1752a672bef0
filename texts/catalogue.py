"""The catalogues `texts/id.po` and `texts/en.po`, read once."""

from __future__ import annotations

import gettext
import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("id", "en")


@cache
def _catalogue(lang: str) -> gettext.GNUTranslations:
    with (Path(__file__).parent / f"{lang}.po").open("rb") as file:
        catalogue = read_po(file, locale=lang, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def keys_of(lang: str) -> frozenset[str]:
    """Return the keys of a language's catalogue."""
    with (Path(__file__).parent / f"{lang}.po").open("rb") as file:
        return frozenset(str(message.id) for message in read_po(file) if message.id)


def t(key: str, lang: str, **values: object) -> str:
    """Return the text of a key in a language, its `{names}` filled in.

    Raises
    ------
    KeyError
        If the catalogue has no such key: a text is never missing in silence.

    Examples
    --------
    >>> t("status.functional", "id"), t("status.functional", "en")
    ('Berfungsi', 'Functional')
    """
    text = _catalogue(lang).gettext(key)
    if text == key:
        raise KeyError(f"{lang}.po has no text for {key}")
    return text.format(**values) if values else text
