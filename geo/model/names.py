"""Names of villages as people write them, brought down to what can be compared."""

from __future__ import annotations

import re
import unicodedata

_KIND = re.compile(r"^(desa|kelurahan|kel|ds) ")


def bare_name(name: object) -> str:
    """Bring a village's name down to what is compared: without "Desa", case, accents, punctuation and blanks.

    Examples
    --------
    >>> bare_name("Desa  Suka-Maju") == bare_name("SUKAMAJU")
    True
    """
    return _KIND.sub("", plain(str(name))).replace(" ", "")


def plain(name: str) -> str:
    """Bring a column name down to what is compared: without case, accents, punctuation and "#".

    Examples
    --------
    >>> plain("#status_id"), plain("Désa / Kelurahan")
    ('status id', 'desa kelurahan')
    """
    letters = unicodedata.normalize("NFKD", name)
    ascii_ = "".join(letter for letter in letters if not unicodedata.combining(letter)).lower()
    return " ".join(re.findall(r"[a-z0-9]+", ascii_))
