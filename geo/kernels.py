"""The inner loops of coverage as compiled code (numba): pairs in reach, nearest sites, sharing, gains.

Each has a plain twin in `geo/distance.py` or `geo/sharing.py` that small problems use (compiling takes seconds once a
machine, the twins none); tests hold the two together. Sites lie in rows of equal latitude, each sorted by longitude, so
that what is in reach of a place is found by a few binary searches. Distances are earth-centred chords corrected to the
arc, right to 3e-9 at 20 km; who calls decides what is nearer than a millimetre to a limit by the geodesic itself.
"""

from __future__ import annotations

import heapq
import math

import numpy as np
from numba import njit

#: Mean radius of the earth in metres, only in the correction from chord to arc (one part in a million at 30 km).
RADIUS = 6_371_000.0
#: Metres of a degree of latitude where it is shortest, rounded down so that a window is never too narrow.
_LAT_M = 110_500.0
DUST = 1e-9


@njit(cache=True, nogil=True)
def arc_m(chord: float) -> float:
    """Length of the arc over a chord, both in metres."""
    part = chord / RADIUS
    return chord * (1.0 + part * part / 24.0 + 3.0 * part**4 / 640.0)


@njit(cache=True, nogil=True)
def _lon_reach(lat: float, reach_m: float) -> float:
    """Degrees of longitude that `reach_m` can span at and around a latitude."""
    polar = abs(lat) + reach_m / _LAT_M
    if polar >= 89.0:
        return 360.0
    return reach_m / (110_500.0 * math.cos(math.radians(polar)))


@njit(cache=True, nogil=True)
def _row_reach(wide: float, reach_m: float, lat: float, low: float, high: float) -> float:
    """Degrees of longitude within reach in a row from latitude `low` to `high`; negative where the row is beyond.

    Of reach (1 % and a metre more, against the earth's flattening and curve) what the way to the row leaves is left.
    """
    if wide >= 360.0:
        return wide
    gap = max(low - lat, lat - high, 0.0) * _LAT_M / (1.01 * reach_m + 1.0)
    return -1.0 if gap > 1.0 else wide * min(1.0, (1.01 + 1.0 / max(reach_m, 1.0)) * math.sqrt(1.0 - gap * gap))


@njit(cache=True, nogil=True)
def _lower(values, low, high, wanted):
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def _cell(lon, row, columns, lon0, width):
    """Cell of a row in which a longitude lies; the outermost ones go on to the end of the earth."""
    return row * columns + min(max(math.floor((lon - lon0) / width), 0), columns - 1)


@njit(cache=True, nogil=True)
def _scan_from(i, lon, lat, xyz, grid, site_lon, site_xyz, value, near_m, far_m, counts, total, site, metres, used):
    """`reach_scan` from place i on, as long as there is room; the place to go on with, and how much is used.

    Distances are left as squares of chords. Arrays that could be replaced inside would make the loop twice as slow.
    """
    cell_start, columns, lon0, width, lat0, height = grid
    near, far = near_m * abs(near_m), far_m * far_m
    rows = (len(cell_start) - 1) // columns
    steps = math.ceil(far_m / _LAT_M / height)
    while i < len(lon):
        widest = _lon_reach(lat[i], far_m)
        middle = math.floor((lat[i] - lat0) / height)
        x, y, z = xyz[i, 0], xyz[i, 1], xyz[i, 2]
        before, added = used, 0.0
        for row in range(max(middle - steps, 0), min(middle + steps + 1, rows)):
            wide = _row_reach(widest, far_m, lat[i], lat0 + row * height, lat0 + (row + 1) * height)
            if wide < 0.0:
                continue
            for turn in (-360.0, 0.0, 360.0):
                if turn != 0.0 and lon[i] - wide >= -180.0 and lon[i] + wide <= 180.0:
                    continue
                west, east = lon[i] + turn - wide, lon[i] + turn + wide
                cell = _cell(west, row, columns, lon0, width)
                at = _lower(site_lon, cell_start[cell], cell_start[cell + 1], west)
                last = cell_start[_cell(east, row, columns, lon0, width) + 1]
                if used + last - at > len(site):
                    return i, before
                while at < last and site_lon[at] <= east:
                    dx, dy, dz = site_xyz[at, 0] - x, site_xyz[at, 1] - y, site_xyz[at, 2] - z
                    squared = dx * dx + dy * dy + dz * dz
                    if squared < near:
                        added += value[at]
                    # written in any case, then kept or written over: no branch for the processor to guess
                    site[used], metres[used] = at, squared
                    used += (squared >= near) & (squared <= far)
                    at += 1
        counts[i], total[i] = used - before, added
        i += 1
    return i, used


@njit(cache=True, nogil=True)
def reach_scan(lon, lat, xyz, grid, site_lon, site_xyz, value, near_m, far_m):
    """Sum the value of the sites nearer than `near_m` to each place; list those from there to `far_m`.

    A negative `near_m` sums nothing and lists all. Returns how many each place has, the sums, and position (in the
    sorted sites) and distance, to a micrometre, of each that is listed, place after place.
    """
    counts, total = np.zeros(len(lon), dtype=np.int64), np.zeros(len(lon))
    site, metres = np.empty(4 * len(lon) + 64, dtype=np.int64), np.empty(4 * len(lon) + 64)
    i, used = 0, 0
    while True:
        of = (near_m, far_m, counts, total, site, metres, used)
        i, used = _scan_from(i, lon, lat, xyz, grid, site_lon, site_xyz, value, *of)
        if i == len(lon):
            break
        site = np.concatenate((site, np.empty(len(site), dtype=np.int64)))
        metres = np.concatenate((metres, np.empty(len(metres))))
    for k in range(used):
        metres[k] = np.rint(arc_m(math.sqrt(metres[k])) * 1e6) / 1e6
    return counts, total, site[:used], metres[:used]


@njit(cache=True, nogil=True)
def nearest_sites(lon, lat, xyz, grid, site_lon, site_xyz, most_rows, index, chord):
    """Nearest site of each place by going out row by row; -1 where none lies within `most_rows` rows."""
    cell_start, columns, lon0, width, lat0, height = grid
    rows = (len(cell_start) - 1) // columns
    for i in range(len(lon)):
        middle = math.floor((lat[i] - lat0) / height)
        x, y, z = xyz[i, 0], xyz[i, 1], xyz[i, 2]
        best, who = np.inf, -1
        for step in range(most_rows + 1):
            away = 0.0 if step == 0 else (step - 1) * height * _LAT_M
            if away * away > best:
                break
            for side in range(1 if step == 0 else 2):
                row = middle - step if side == 0 else middle + step
                if row < 0 or row >= rows:
                    continue
                edge = lat0 + (row + 1) * height if row < middle else lat0 + row * height
                gap = 0.0 if step == 0 else abs(lat[i] - edge) * _LAT_M
                if gap * gap > best:
                    continue
                first, last = cell_start[row * columns], cell_start[(row + 1) * columns]
                cell = _cell(lon[i], row, columns, lon0, width)
                start = _lower(site_lon, cell_start[cell], cell_start[cell + 1], lon[i])
                shrink = 110_500.0 * math.cos(math.radians(min(abs(lat[i]) + (step + 1) * height, 89.9)))
                for way in (-1, 1):
                    at = start - 1 if way < 0 else start
                    while first <= at < last:
                        across = abs(site_lon[at] - lon[i]) * shrink
                        if across <= 1_000_000.0 and across * across * 0.99 > best:
                            break
                        dx, dy, dz = site_xyz[at, 0] - x, site_xyz[at, 1] - y, site_xyz[at, 2] - z
                        squared = dx * dx + dy * dy + dz * dz
                        if squared < best or (squared == best and at < who):
                            best, who = squared, at
                        at += way
        sure = (most_rows - 1) * height * _LAT_M
        if who >= 0 and (best <= sure * sure or (middle - most_rows <= 0 and middle + most_rows >= rows - 1)):
            index[i] = who
            chord[i] = math.sqrt(best)
        else:
            index[i] = -1
            chord[i] = np.nan


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
def next_same(of, size):
    """Per pair, the next pair with the same place (or site), -1 at the end; and where each one's pairs lie (CSR)."""
    following = np.full(len(of), -1, dtype=np.int64)
    start = np.zeros(size + 1, dtype=np.int64)
    for k in range(len(of)):
        start[of[k] + 1] += 1
    for n in range(size):
        start[n + 1] += start[n]
    put = start[:-1].copy()
    where = np.empty(len(of), dtype=np.int64)
    for k in range(len(of)):
        n = of[k]
        if put[n] > start[n]:
            following[where[put[n] - 1]] = k
        where[put[n]] = k
        put[n] += 1
    return following, start, where


@njit(cache=True, nogil=True)
def _queue(k, queued, met_pairs, heap):
    """Look at pair k later, once."""
    if k >= 0 and not queued[k]:
        queued[k] = True
        met_pairs.append(k)
        heapq.heappush(heap, k)


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
def _gain_of_some(new_place, new_turn, owner, free, waits, old, after, known, fewer, more, queued, met):
    """Follow what more sites change; `met` collects places, sites and pairs touched. True where all was sure.

    Where nobody `waits` a new site takes people, and what follows is left out (`waiting`): right where each place is
    new once and no new site is full in the end.
    """
    place, site, flow, people_before, spare_before, left, spare = old
    next_place, next_site, place_start, place_pairs = after
    sure, place_sure, site_sure = known
    met_places, met_sites, met_pairs = met
    heap = [0]
    heap.clear()
    at, certain = 0, True
    while at < len(new_place) or len(heap) > 0:
        if at < len(new_place) and (len(heap) == 0 or new_turn[at] <= heap[0]):
            i, turn, mine = new_place[at], new_turn[at], owner[at]
            at += 1
            if free[mine] <= DUST:
                continue
            k = _lower(place_pairs, place_start[i], place_start[i + 1], turn)
            following = place_pairs[k] if k < place_start[i + 1] else -1
            had = people_before[following] if following >= 0 else left[i]
            certain = certain and place_sure[i] and (following < 0 or sure[following])
            moved = min(had - fewer[i], free[mine])
            if not waits[i]:
                free[mine] -= max(moved, 0.0)
            elif moved > DUST:
                met_places.append(i)
                fewer[i] += moved
                free[mine] -= moved
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
            _queue(next_place[k], queued, met_pairs, heap)
        if extra > DUST and spare[j] < np.inf and spare[j] <= DUST:
            _queue(next_site[k], queued, met_pairs, heap)
    return certain


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

    `waits` are the places where somebody can be gained (`waiting`), `old` is the sharing as it is, `after` its pairs by
    place and site (`next_same`), `known` what is sure. Returns start per site, place and people of each gain, and which
    sites met something that is not sure.
    """
    count = len(starts) - 1
    out_start = np.zeros(count + 1, dtype=np.int64)
    out_place = np.empty(max(len(new_place), 16), dtype=np.int64)
    out_people = np.empty(len(out_place))
    doubtful = np.zeros(count, dtype=np.bool_)
    fewer, more, queued = np.zeros(len(old[5])), np.zeros(len(old[6])), np.zeros(len(old[0]), dtype=np.bool_)
    met = ([0], [0], [0])
    all_ = np.ones(len(fewer), dtype=np.bool_)
    used = 0
    _forget(fewer, more, queued, met)
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
        certain = _gain_of_some(*new, free, waits, old, after, known, fewer, more, queued, met)
        if free[0] <= DUST:  # what it takes where nobody waits may be less, and leave more for the others
            _forget(fewer, more, queued, met)
            free[0] = capacity[c]
            certain = _gain_of_some(*new, free, all_, old, after, known, fewer, more, queued, met)
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
    met = ([0], [0], [0])
    for part in met:
        part.clear()
    all_ = np.ones(len(fewer), dtype=np.bool_)
    _gain_of_some(new_place, new_turn, owner, capacity.copy(), all_, old, after, known, fewer, more, queued, met)
    places = np.array([i for i in np.unique(np.array(met[0])) if fewer[i] > DUST], dtype=np.int64)
    return places, fewer[places]


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


@njit(cache=True, nogil=True)
def rank_sorted(key, score, same, ranks):
    """Ranks of a block of draws from its sorted keys (`geo.uncertainty`): equal scores share the better rank."""
    for draw in range(key.shape[0]):
        rank, before = 1, np.float32(0.0)
        for n in range(key.shape[1]):
            site = key[draw, n] & 0xFFFFFFFF
            now = score[draw, site]
            if n > 0 and now < before - same:
                rank = n + 1
            before = now
            ranks[draw, site] = rank


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
def count_places(village, people, lon, lat, step, count, known, total, cells):
    """Add places to the sums of their villages (position + 1), and to the cells of the earth, `step` degrees each."""
    columns, rows = cells.shape
    for n in range(len(village)):
        number = village[n] + 1
        count[number] += 1
        if not np.isnan(people[n]):
            known[number] += 1
            total[number] += people[n]
        column, row = int((lon[n] + 180.0) / step), int((lat[n] + 90.0) / step)
        cells[min(column, columns - 1), min(row, rows - 1)] += 1
