"""Long arrays worked on by all cores at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

#: From so many on the work is split over the cores.
THREADS_FROM = 2_000
#: From so many on values are picked by all cores.
TAKEN_FROM = 100_000
Kind = TypeVar("Kind", bound=np.generic)


def cores() -> int:
    """How many cores to work on: MATA_AIR_THREADS, which workers of `geo.batch.run` set to their own one, else all."""
    return int(os.environ.get("MATA_AIR_THREADS") or (os.cpu_count() or 1))


def in_threads(count: int, work: Callable[[slice], None], *, least: int = THREADS_FROM) -> None:
    """Do parts of a long array at the same time, one a core: compiled loops and NumPy let go of Python's lock.

    Parameters
    ----------
    count
        Length of the array.
    work
        Told the part to do; parts do not overlap.
    least
        Shorter arrays are done in one go.

    Examples
    --------
    >>> done = np.zeros(10)
    >>> in_threads(10, lambda mine: done.__setitem__(mine, 1.0), least=1)
    >>> done.sum()
    np.float64(10.0)
    """
    threads = cores()
    if threads < 2 or count < least:
        work(slice(0, count))
        return
    edges = np.linspace(0, count, 2 * threads + 1).astype(int)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, map(slice, edges[:-1], edges[1:])))


def taken(values: NDArray[Kind], rows: NDArray[np.int64]) -> NDArray[Kind]:
    """Pick values by position, as ``values[rows]``; many at once on all cores. No position is negative.

    Examples
    --------
    >>> taken(np.array([5.0, 6.0]), np.array([1, 0, 1])).tolist()
    [6.0, 5.0, 6.0]
    """
    if len(rows) < TAKEN_FROM or cores() < 2:
        return values.take(rows)
    found = np.empty(len(rows), dtype=values.dtype)

    def work(mine: slice) -> None:
        np.take(values, rows[mine], out=found[mine], mode="clip")

    in_threads(len(rows), work, least=TAKEN_FROM)
    return found
