"""Loops over the places of a country as compiled code (numba): hashes of ids, counts by village and cell."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def hash_texts(start, letters):
    """FNV-1a of each text: text n is ``letters[start[n] : start[n + 1]]``."""
    found = np.empty(len(start) - 1, dtype=np.uint64)
    for n in range(len(start) - 1):
        value = np.uint64(14695981039346656037)
        for at in range(start[n], start[n + 1]):
            value = (value ^ np.uint64(letters[at])) * np.uint64(1099511628211)
        found[n] = value
    return found


@njit(cache=True, nogil=True)
def count_places(village, people, column, row, count, known, total, cells):
    """Add places to the sums of their villages (position + 1), and to the cells they lie in."""
    for n in range(len(village)):
        number = village[n] + 1
        count[number] += 1
        if not np.isnan(people[n]):
            known[number] += 1
            total[number] += people[n]
        cells[column[n], row[n]] += 1
