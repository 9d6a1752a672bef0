"""Capacity shared out, and what one more site changes, as compiled code (numba).

Each has a plain twin in `geo/coverage/sharing.py` or `geo/priorities/indicators.py` that small problems use; tests
hold the two together.
"""

from __future__ import annotations

import heapq

import numpy as np
from numba import njit

from geo.reach.kernels import lower

DUST = 1e-9


@njit(cache=True, nogil=True)
def share(place, site, left, spare, flow, people_before, spare_before):
    """Share out over pairs in order; `left` and `spare` are used up."""
    for k in range(len(place)):
        has, can = left[place[k]], spare[site[k]]
        people_before[k] = has
        spare_before[k] = can
        if has > DUST and can > DUST:
            moved = has if has <= can else can
            flow[k] = moved
            left[place[k]] = has - moved
            spare[site[k]] = can - moved


@njit(cache=True, nogil=True)
def share_between(place, site, metres, left, spare, site_edge, flow, people_before, spare_before, sure):
    """Share out where what lies beyond an edge is not known: lower and upper bounds instead of figures.

    `left` and `spare` have two rows, lowest and highest. All sites of each place are there, and up to `site_edge`
    metres all places of a site; beyond, others may have taken its capacity, so that its lowest is nothing. A pair is
    `sure` where both bounds agree.
    """
    for k in range(len(place)):
        i, j = place[k], site[k]
        if metres[k] >= site_edge[j] and spare[0, j] < np.inf:
            spare[0, j] = 0.0
        low, high, least, most = left[0, i], left[1, i], spare[0, j], spare[1, j]
        people_before[k] = high
        spare_before[k] = most
        sure[k] = high - low <= 1e-6 and (most - least <= 1e-6 or least == most or high <= DUST)
        if high <= DUST:
            continue
        flow[k] = min(high, most)
        left[0, i] = max(low - most, 0.0)
        left[1, i] = max(high - least, 0.0)
        if least < np.inf:
            spare[0, j] = max(least - high, 0.0)
        if most < np.inf:
            spare[1, j] = max(most - low, 0.0)


@njit(cache=True, nogil=True)
def grouped(of, size):
    """Positions of the pairs of each place (or site), in order: those of n are ``where[start[n] : start[n + 1]]``."""
    start = np.zeros(size + 1, dtype=np.int64)
    for k in range(len(of)):
        start[of[k] + 1] += 1
    for n in range(size):
        start[n + 1] += start[n]
    put = start[:-1].copy()
    where = np.empty(len(of), dtype=np.int64)
    for k in range(len(of)):
        n = of[k]
        where[put[n]] = k
        put[n] += 1
    return start, where


@njit(cache=True, nogil=True)
def _root(parent, n):
    while parent[n] != n:
        parent[n] = n = parent[parent[n]]
    return n


@njit(cache=True, nogil=True)
def waiting(place, site, people_before, left, spare, place_sure, site_sure):
    """Places where people are left over, or that full sites link to such a place: elsewhere nobody can be gained.

    Capacity that a new site frees at a full one goes to others in its reach, whose people may free some at the next;
    a site with room to spare passes nothing on, and at a pair where nobody was left to serve (`people_before`) nothing
    changes. What is not sure counts as left over, or as full.
    """
    places = len(left)
    parent = np.arange(places + len(spare))
    for k in range(len(place)):
        j = site[k]
        if people_before[k] > DUST and (spare[j] <= DUST or not site_sure[j]):
            one, other = _root(parent, place[k]), _root(parent, places + j)
            parent[max(one, other)] = min(one, other)
    some = np.zeros(len(parent), dtype=np.bool_)
    for i in range(places):
        if left[i] > DUST or not place_sure[i]:
            some[_root(parent, i)] = True
    for j in range(len(spare)):
        if not site_sure[j]:
            some[_root(parent, places + j)] = True
    found = np.empty(places, dtype=np.bool_)
    for i in range(places):
        found[i] = some[_root(parent, i)]
    return found


@njit(cache=True, nogil=True)
def _queue(k, queued, met_pairs, heap):
    """Look at pair k later, once."""
    if not queued[k]:
        queued[k] = True
        met_pairs.append(k)
        heapq.heappush(heap, k)


@njit(cache=True, nogil=True)
def _queue_next(k, of, start, where, queued, met_pairs, heap):
    """Look at the pair after k of the same place (or site) later, once."""
    n = of[k]
    at = lower(where, start[n], start[n + 1], k + 1)
    if at < start[n + 1]:
        _queue(where[at], queued, met_pairs, heap)


@njit(cache=True, nogil=True)
def last_turn(start, where, left, place_sure, never):
    """Position of each place's last live pair, after which nobody is left to take; `never` where that is not sure."""
    found = np.full(len(left), -1, dtype=np.int64)
    for i in range(len(left)):
        if left[i] > DUST or not place_sure[i]:
            found[i] = never
        elif start[i + 1] > start[i]:
            found[i] = where[start[i + 1] - 1]
    return found


@njit(cache=True, nogil=True)
def _gain_of_some(new_place, new_turn, owner, free, waits, old, after, known, fewer, more, queued, met):
    """Follow what more sites change; `met` collects places, sites and pairs touched. Whether all was sure, and whole.

    Where nobody `waits` a new site takes people, and what follows is left out (`waiting`), so that it is not whole:
    right where each place is new once and no new site is full in the end.
    """
    place, site, flow, people_before, spare_before, left, spare = old
    place_start, place_pairs, site_start, site_pairs, last = after
    sure, place_sure, site_sure = known
    met_places, met_sites, met_pairs = met
    heap = [0]
    heap.clear()
    at, certain, whole = 0, True, True
    while at < len(new_place) or len(heap) > 0:
        if at < len(new_place) and (len(heap) == 0 or new_turn[at] <= heap[0]):
            i, turn, mine = new_place[at], new_turn[at], owner[at]
            at += 1
            if free[mine] <= DUST or turn > last[i]:
                continue
            k = lower(place_pairs, place_start[i], place_start[i + 1], turn)
            following = place_pairs[k] if k < place_start[i + 1] else -1
            had = people_before[following] if following >= 0 else left[i]
            certain = certain and place_sure[i] and (following < 0 or sure[following])
            moved = min(had - fewer[i], free[mine])
            if not waits[i]:
                whole = False
                free[mine] -= max(moved, 0.0)
            elif moved > DUST:
                met_places.append(i)
                fewer[i] += moved
                free[mine] -= moved
                if following >= 0:
                    _queue(following, queued, met_pairs, heap)
            continue
        k = heapq.heappop(heap)
        i, j = place[k], site[k]
        certain = certain and sure[k] and place_sure[i] and site_sure[j]
        less, extra, had = fewer[i], more[j], flow[k]
        now = max(min(people_before[k] - less, spare_before[k] + extra), 0.0)
        if now != had:
            met_places.append(i)
            met_sites.append(j)
            fewer[i] = less = less + now - had
            more[j] = extra = extra + had - now
        if less > DUST and people_before[k] > had + DUST:
            _queue_next(k, place, place_start, place_pairs, queued, met_pairs, heap)
        if extra > DUST and spare[j] < np.inf and spare[j] <= DUST:
            _queue_next(k, site, site_start, site_pairs, queued, met_pairs, heap)
    return certain, whole


@njit(cache=True, nogil=True)
def _nothing_met():
    """Places, sites and pairs touched: none yet (of a type, which an empty list would not have)."""
    met = ([0], [0], [0])
    for part in met:
        part.clear()
    return met


@njit(cache=True, nogil=True)
def _forget(fewer, more, queued, met):
    """Set back what was touched."""
    for i in met[0]:
        fewer[i] = 0.0
    for j in met[1]:
        more[j] = 0.0
    for k in met[2]:
        queued[k] = False
    for part in met:
        part.clear()


@njit(cache=True, nogil=True)
def gains(starts, new_place, new_turn, capacity, skip, waits, old, after, known):
    """Gain of each new site alone, by following the pairs that change (`Sharing.with_sites`, for many sites).

    `waits` are the places where somebody can be gained (`waiting`), `old` is the sharing as it is, `after` its live
    pairs by place and by site (`grouped`) and when each place has its last (`last_turn`), `known` what is sure. Returns
    start per site, place and people of each gain, and which sites met something that is not sure.
    """
    count = len(starts) - 1
    out_start = np.zeros(count + 1, dtype=np.int64)
    out_place = np.empty(max(len(new_place), 16), dtype=np.int64)
    out_people = np.empty(len(out_place))
    doubtful = np.zeros(count, dtype=np.bool_)
    fewer, more, queued = np.zeros(len(old[5])), np.zeros(len(old[6])), np.zeros(len(old[0]), dtype=np.bool_)
    met, all_ = _nothing_met(), np.ones(len(fewer), dtype=np.bool_)
    used = 0
    for c in range(count):
        out_start[c] = used
        if skip[c]:
            continue
        last = starts[c + 1]
        while last > starts[c] and not waits[new_place[last - 1]]:
            last -= 1
        if last == starts[c]:
            continue
        mine = slice(starts[c], last)
        new = new_place[mine], new_turn[mine], np.zeros(last - starts[c], dtype=np.int64)
        free = capacity[c : c + 1].copy()
        certain, whole = _gain_of_some(*new, free, waits, old, after, known, fewer, more, queued, met)
        if free[0] <= DUST and not whole:  # what it takes where nobody waits may be less, and leave more for the others
            _forget(fewer, more, queued, met)
            free[0] = capacity[c]
            certain, _ = _gain_of_some(*new, free, all_, old, after, known, fewer, more, queued, met)
        doubtful[c] = not certain
        for i in met[0]:
            if fewer[i] > DUST:
                if used == len(out_place):
                    out_place = np.concatenate((out_place, np.empty(used, dtype=np.int64)))
                    out_people = np.concatenate((out_people, np.empty(used)))
                out_place[used] = i
                out_people[used] = fewer[i]
                used += 1
                fewer[i] = 0.0  # a place can be met more than once
        _forget(fewer, more, queued, met)
    out_start[count] = used
    return out_start, out_place[:used], out_people[:used], doubtful


@njit(cache=True, nogil=True)
def gain_together(new_place, new_turn, owner, capacity, old, after, known):
    """People served besides if several sites worked together: places and people."""
    fewer, more, queued = np.zeros(len(old[5])), np.zeros(len(old[6])), np.zeros(len(old[0]), dtype=np.bool_)
    met, all_ = _nothing_met(), np.ones(len(fewer), dtype=np.bool_)
    _gain_of_some(new_place, new_turn, owner, capacity.copy(), all_, old, after, known, fewer, more, queued, met)
    places = np.array([i for i in np.unique(np.array(met[0])) if fewer[i] > DUST], dtype=np.int64)
    return places, fewer[places]


@njit(cache=True, nogil=True)
def overloaded_by_place(place, site, users, excess, size):
    """Pairs of sites with an excess, by place (`grouped`): site and users side by side in memory."""
    start = np.zeros(size + 1, dtype=np.int64)
    for k in range(len(place)):
        if excess[site[k]] > 0.0:
            start[place[k] + 1] += 1
    for n in range(size):
        start[n + 1] += start[n]
    put = start[:-1].copy()
    found = np.empty((start[size], 2))
    for k in range(len(place)):
        if excess[site[k]] > 0.0:
            found[put[place[k]], 0], found[put[place[k]], 1] = site[k], users[k]
            put[place[k]] += 1
    return start, found


@njit(cache=True, nogil=True)
def relief(starts, place, share, place_start, overloaded, excess, taken):
    """People each candidate takes off overloaded sites: drawn from each up to its excess (`relief_people`).

    Candidate c draws ``share[n]`` of the users of ``place[n]`` for its pairs n; the users of place i are those of the
    overloaded sites (column 0; column 1 how many) ``overloaded[place_start[i] : place_start[i + 1]]``.
    """
    drawn = np.zeros(len(excess))
    met = np.empty(len(excess), dtype=np.int64)
    for c in range(len(starts) - 1):
        count = 0
        for n in range(starts[c], starts[c + 1]):
            for at in range(place_start[place[n]], place_start[place[n] + 1]):
                j, people = int(overloaded[at, 0]), share[n] * overloaded[at, 1]
                if people > 0.0:
                    if drawn[j] == 0.0:
                        met[count] = j
                        count += 1
                    drawn[j] += people
        total = 0.0
        for at in range(count):
            total += min(drawn[met[at]], excess[met[at]])
            drawn[met[at]] = 0.0
        taken[c] = total
