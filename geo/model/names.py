"""Names of villages as people write them, brought down to what can be compared."""

from __future__ import annotations

import re

from geo.checking.proposals import plain

_KIND = re.compile(r"^(desa|kelurahan|kel|ds) ")


def bare_name(name: object) -> str:
    """Bring a village's name down to what is compared: without "Desa", case, accents, punctuation and blanks.

    Examples
    --------
    >>> bare_name("Desa  Suka-Maju") == bare_name("SUKAMAJU")
    True
    """
    return _KIND.sub("", plain(str(name))).replace(" ", "")
