"""Where the header of a spreadsheet is: titles above it, and heads over groups of columns."""

from __future__ import annotations

import re

#: The header of a sheet is looked for in so many rows.
_HEADER_WITHIN = 20


def header_row(grid: list[list[str | None]]) -> int:
    """Where the header is: the first row at least half as full as the fullest near the top.

    Examples
    --------
    >>> header_row([["Data titik air", None, None], ["id", "lat", "lon"], ["a", "1", "2"]])
    1
    """
    full = [sum(cell is not None for cell in row) for row in grid[:_HEADER_WITHIN]]
    return next((n for n, count in enumerate(full) if count >= 2 and count * 2 >= max(full)), 0)


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
    if len(filled) < 2 or not fits or any(re.fullmatch(r"[-\d.,]+", below[n] or "") for n in filled):
        return names, start + 1
    return [(below[n] or name) if n in filled else name for n, name in enumerate(names)], start + 2
