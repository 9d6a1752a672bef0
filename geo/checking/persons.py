"""Names of persons in texts that are not meant for them ("dekat rumah Bu Siti"): told, before anything is shared."""

from __future__ import annotations

import re

import pandas as pd

from geo.reading.raw_table import Fault

#: Texts that people write as they like and that leave in files.
_FREE = ("name", "source", "quality", "containment")
#: A form of address, then a word with a capital: "Pak Ujang", "H. Dadang", "Ibu Siti". Offices (Pak RT) are none.
_ADDRESSED = re.compile(
    r"\b(?:[Pp]ak|[Bb]pk\.?|[Bb]apak|[Bb]u|[Ii]bu|H\.|Hj\.|[Hh]aji|[Uu]stadz?|[Kk]yai|[Kk]ang|[Mm]ang|[Tt]eh|[Mm]bah"
    r"|[Aa]bah)"
    r"\s+(?!RT\b|RW\b|Kades\b|Kadus\b|Lurah\b|Camat\b|Guru\b)[A-Z][a-z]+"
)


def persons_named(rows: pd.DataFrame) -> list[Fault]:
    """Return a note for each text that seems to name a person.

    Examples
    --------
    >>> rows = pd.DataFrame({"name": ["Sumur Pak Ujang", "Sumur Pak RT", "Mata air"], "source_row": [2, 3, 4]})
    >>> [(fault.row, fault.value) for fault in persons_named(rows)]
    [(2, 'Sumur Pak Ujang')]
    """
    found = []
    for name in _FREE:
        if name in rows:
            texts = rows[name]
            named = [text for text in texts.dropna().unique() if isinstance(text, str) and _ADDRESSED.search(text)]
            hit = texts.isin(named)
            for row, text in zip(rows.loc[hit.to_numpy(bool), "source_row"], texts[hit.to_numpy(bool)], strict=True):
                found.append(Fault("person_named", "note", int(row), name, str(text)))
    return found
