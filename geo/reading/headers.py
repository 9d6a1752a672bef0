"""Heads of a table: those that stand in two rows, groups over columns; those that are empty or twice."""

from __future__ import annotations

import re


def whole_header(grid: list[list[str | None]], start: int) -> tuple[list[str], int]:
    """Names of the columns, and where the rows begin; heads of groups (merged cells) stand over those of their columns.

    A second row is part of the header where it only fills cells that the first leaves empty, or the first of a group.

    Examples
    --------
    >>> whole_header([["Nama", "Kondisi", None], [None, "baik", "rusak"], ["A", "x", None]], 0)
    (['Nama', 'baik', 'rusak'], 2)
    """
    names = [cell or "" for cell in grid[start]]
    below = grid[start + 1] if start + 1 < len(grid) else []
    filled = [n for n, cell in enumerate(below) if cell is not None]
    last = max((n for n, name in enumerate(names) if name), default=0)
    groups = {n for n in range(last + 1) if names[n] and (n == len(names) - 1 or not names[n + 1])}
    fits = all(not names[n] or n in groups for n in filled) and any(not names[n] for n in filled)
    years = all(_YEAR.fullmatch(below[n] or "") for n in filled)
    numbers = any(re.fullmatch(r"[-\d.,]+", below[n] or "") for n in filled)
    if len(filled) < 2 or not fits or (numbers and not years):
        return names, start + 1
    return _grouped_names(names, below, set(filled), years=years), start + 2


_YEAR = re.compile(r"(?:19|20)\d{2}")


def _grouped_names(names: list[str], below: list[str | None], filled: set[int], *, years: bool) -> list[str]:
    """Heads of columns under heads of groups: with the group's name where a head stands under several, or is a year.

    Of groups that are years the newest keeps its columns' names.
    """
    group, over = "", []
    for n, name in enumerate(names):
        group = name or (group if n in filled else "")
        over.append(group)
    again = {cell for n, cell in enumerate(below) if n in filled and below.count(cell) > 1}
    found = [year[0] for n in filled if (year := _YEAR.search(over[n])) is not None]
    newest = max(found, default="")
    told = []
    for n, name in enumerate(names):
        head = below[n] if n in filled else None
        if head is None:
            told.append(name)
        elif years:
            told.append(f"{over[n]} {head}".strip())
        elif head.strip().lower() in ("jumlah", "jml", "total") and over[n] and not newest:
            first = over[n].split()[0].lower()  # "Jumlah" under "Jumlah Penduduk" is that
            told.append(over[n] if first in ("jumlah", "jml", "total") else f"{head} {over[n]}")
        elif head in again and not (newest and newest in over[n]):
            told.append(f"{head} {over[n]}" if newest else f"{over[n]} {head}".strip())
        else:
            told.append(head)
    return told


def column_names(header: list[str]) -> list[str]:
    """Name every column: an empty head by its position, the second of equal ones by its position too."""
    names: dict[str, None] = {}
    for position, cell in enumerate(header, start=1):
        name = cell.strip() or f"column_{position}"
        while name in names:
            name = f"{name}_{position}"
        names[name] = None
    return list(names)
