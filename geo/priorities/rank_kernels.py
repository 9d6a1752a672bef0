"""Ranks of many draws as compiled code (numba); its plain twin is in `uncertainty`, tests hold the two together."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def rank_sorted(key, score, same, ranks):
    """Ranks of a block of draws from its sorted keys; equal scores share the better rank."""
    for draw in range(key.shape[0]):
        rank, before = 1, np.float32(0.0)
        for n in range(key.shape[1]):
            site = key[draw, n] & 0xFFFFFFFF
            now = score[draw, site]
            if n > 0 and now < before - same:
                rank = n + 1
            before = now
            ranks[draw, site] = rank
