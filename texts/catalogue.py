"""The catalogues `texts/id.po` and `texts/en.po`, read once."""

from __future__ import annotations

import gettext
import io
import os
import string
import struct
from contextlib import suppress
from functools import cache
from pathlib import Path

LANGUAGES = ("id", "en")


@cache
def _catalogue(lang: str) -> gettext.GNUTranslations:
    """The catalogue, from its compiled form where that is kept already (beside Python's own compiled files)."""
    source = Path(__file__).with_name(f"{lang}.po")
    state = source.stat()
    kept = source.parent / "__pycache__" / f"{lang}-{state.st_mtime_ns:x}-{state.st_size:x}.mo"
    try:
        return gettext.GNUTranslations(io.BytesIO(kept.read_bytes()))
    except (OSError, ValueError, struct.error):  # not there yet, or cut off
        return gettext.GNUTranslations(io.BytesIO(_compiled(source, kept)))


def _compiled(source: Path, kept: Path) -> bytes:
    """Compile a catalogue and keep it, where the folder can be written to; it appears whole or not at all."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.stem, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    part = kept.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        kept.parent.mkdir(exist_ok=True)
        for old in kept.parent.glob(f"{source.stem}-*.mo"):
            old.unlink(missing_ok=True)
        part.write_bytes(compiled.getvalue())
        os.replace(part, kept)
    return compiled.getvalue()


@cache
def keys_of(lang: str) -> frozenset[str]:
    """Return the keys of a language's catalogue."""
    from babel.messages.pofile import read_po

    with (Path(__file__).parent / f"{lang}.po").open("rb") as file:
        ids = [message.id[0] if isinstance(message.id, tuple) else message.id for message in read_po(file)]
        return frozenset(str(key) for key in ids if key)


@cache
def _counted(key: str, lang: str) -> str | None:
    """Name of the field that a text with a singular of its own counts: the first, `{count}` or `{table}: {count}`."""
    many = _catalogue(lang).ngettext(key, key, 2)
    fields = [name for _, name, _, _ in string.Formatter().parse(many) if name and name != "table"]
    return None if many == key else fields[0]


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
    counted = _counted(key, lang)
    if counted is None:
        text = _catalogue(lang).gettext(key)
    else:  # figures come as they are shown: one is "1" in both languages
        text = _catalogue(lang).ngettext(key, key, 1 if str(values.get(counted)) == "1" else 2)
    if text == key:
        raise KeyError(f"texts/{lang}.po has no text for {key}")
    return text.format(**values) if values else text
