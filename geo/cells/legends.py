"""What codes mean, as a legend says it: "1 = baik, 2 = rusak", codes and words beside each other, a form's choices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

#: "0=baik, 1=rusak", "F: functional": a code and its word.
_MEANS = re.compile(r"([\w.]{1,12})\s*[=:]\s*([^\W\d][^=:;,/()]{1,40}?)\s*(?=[;,/)]|$|\s+[\w.]{1,12}\s*[=:])")
#: "1. Baik 2. Rusak", "1) baik; 2) rusak".
_COUNTED = re.compile(r"\b(\d{1,2})\s*[.)]\s*([^\W\d][^=:;,/()\d]{1,40}?)\s*(?=[;,/)]|$|\s+\d{1,2}\s*[.)])")
#: What may be a code, beside its word.
_CODE = re.compile(r"[\w.+-]{1,12}")
#: A sign between a code and its word that has come with the word.
_SIGN = re.compile(r"^[=:–-]\s*(?=[^\W\d])|(?<=\w)\s*[=:]$")
#: So much of a sheet is looked through: a legend is no list of things.
_ROWS, _COLUMNS = 500, 30


#: Heads of a running number.
_COUNTERS = frozenset({"no", "nomor", "nr", "no urut", "#"})


@dataclass(frozen=True)
class Legend:
    """Codes (as `code_of` writes them) and their words, and what they are called there: a title, a head, a list."""

    named: str
    means: Mapping[str, str] = field(default_factory=dict)


def code_of(text: object) -> str:
    """A code as it is compared.

    Examples
    --------
    >>> code_of(" RB "), code_of("1.0"), code_of("01")
    ('rb', '1', '1')
    """
    plain = str(text).strip().casefold().removesuffix(".0")
    return plain.lstrip("0") or plain


def pairs_in(text: str) -> dict[str, str]:
    """The codes that a line explains, with their words.

    Examples
    --------
    >>> pairs_in("Kondisi (0=baik, 1=rusak)"), pairs_in("Kondisi: 1. Baik 2. Rusak")
    ({'0': 'baik', '1': 'rusak'}, {'1': 'Baik', '2': 'Rusak'})
    >>> pairs_in("Catatan: sumur kering")
    {'catatan': 'sumur kering'}
    """
    found = [pattern.findall(text) for pattern in (_COUNTED, _MEANS)]
    longest = max(found, key=len)
    return {code_of(code): word.strip() for code, word in longest}


def legends_in(grid: Sequence[Sequence[str | None]], title: str = "") -> list[Legend]:
    """Return what the rows of a sheet explain of codes, wherever they stand in it.

    Parameters
    ----------
    grid
        Texts by row; only the first rows and columns are looked at.
    title
        What the sheet is called.

    Examples
    --------
    >>> legends_in([["Kondisi", "Arti"], ["1", "Baik"], ["2", "Rusak"]])[0].means["2"]
    'Rusak'
    >>> legends_in([["a", "1", "Sumur"], ["a", "2", "PAH"], ["b", "1", "Baik"], ["b", "2", "Mati"]])[1]
    Legend(named='b', means={'1': 'Baik', '2': 'Mati'})
    """
    rows = [[_text(cell) for cell in row[:_COLUMNS]] for row in grid[:_ROWS]]
    wide = max(map(len, rows), default=0)
    rows = [row + [""] * (wide - len(row)) for row in rows]
    found = _of_lines(rows, title)
    for code in range(wide):
        for word in (code + 1, code - 1):
            if 0 <= word < wide:
                found += _beside(rows, code, word, title)
    return [one for one in found if len(one.means) > 1 and 2 * len(set(one.means.values())) > len(one.means)]


def _text(cell: str | None) -> str:
    return _SIGN.sub("", cell.strip()) if isinstance(cell, str) else ""


def _of_lines(rows: list[list[str]], title: str) -> list[Legend]:
    """Legends written as lines: several codes in one, or one a line under a title."""
    found: list[Legend] = []
    named: str = title
    lines: dict[str, str] = {}
    for row in rows:
        line = "; ".join(filter(None, row))
        pairs = pairs_in(line)
        if len(pairs) > 1:
            found.append(Legend(re.split(r"[=:(.]", line, maxsplit=1)[0], pairs))
        elif len(pairs) == 1 and "=" in line:
            lines |= pairs
        elif line:
            found.append(Legend(named, lines))
            named, lines = line, {}
    return [*found, Legend(named, lines)]


def _beside(rows: list[list[str]], code: int, word: int, title: str) -> list[Legend]:
    """Legends whose codes stand in one column and their words in another, in rows without a gap."""
    found, begin = [], 0
    for end in range(len(rows) + 1):
        if end < len(rows) and _CODE.fullmatch(rows[end][code]) and rows[end][word]:
            continue
        if end - begin > 1:
            found += _of_run(rows, begin, end, (code, word), title)
        begin = end + 1
    return found


def _of_run(rows: list[list[str]], begin: int, end: int, columns: tuple[int, int], title: str) -> list[Legend]:
    """A run of rows as legends: one for each list that the column before names, else one under the head or title."""
    code, word = columns
    before = min(code, word) - 1
    run = rows[begin:end]
    head = run[0][code].casefold().strip(" .")
    counted = all(re.fullmatch(r"\d+", row[code]) for row in run[1:])
    if head in _COUNTERS or (word < code and counted and not head.startswith(("kode", "code", "cod"))):
        return []  # a running number, or how many of each
    lists: list[str] = []
    for row in run if before >= 0 else ():
        lists.append(row[before] or (lists[-1] if lists else ""))
    if lists and all(lists) and len(set(lists)) < len(lists):
        return [
            Legend(one, _unequal((row[code], row[word]) for row, own in zip(run, lists, strict=True) if own == one))
            for one in dict.fromkeys(lists)
        ]
    above = " ".join(filter(None, rows[begin - 1])) if begin else ""
    named = " ".join(filter(None, (title, above, run[0][code], run[0][word])))
    return [Legend(named, _unequal((row[code], row[word]) for row in run))]


def _unequal(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Codes with their words; one that has two is none."""
    found: dict[str, str] = {}
    twice = set()
    for code, word in pairs:
        key = code_of(code)
        twice |= {key} if found.get(key, word) != word else set()
        found[key] = word
    return {key: word for key, word in found.items() if key not in twice}
