"""Numbers of a table as they are read in a language, while columns still sort by what they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

#: What writes a number of a column in the reader's language.
Words = Mapping[str, Callable[[Any], str]]
#: Beyond so many cells a table's words cost more than they tell.
_MOST = 100_000


def worded(table: pd.DataFrame, words: Words) -> Any:
    """The table, numbers in some of its columns shown in words; missing ones as a dash.

    Parameters
    ----------
    table
        With numbers.
    words
        Column → what writes one of its values.
    """
    known = {name: say for name, say in words.items() if name in table}
    if table.size > _MOST or not known:
        return table
    plain = table.reset_index(drop=True) if not table.index.is_unique else table
    return plain.style.format(known, na_rep="–")
