"""The inner loops of coverage as compiled code (numba): pairs in reach, nearest sites, ranks.

Each has a plain twin in `geo/reach/distance.py` or `geo/priorities/uncertainty.py` that small problems use (compiling
takes seconds once a machine, the twins none); tests hold the two together. Sharing and gains are in
`geo/coverage/sharing_kernels.py`. Sites lie in rows of equal latitude, each sorted by longitude and cut into columns,
so that what is in reach of a place is found by a look or two. Distances are earth-centred chords corrected to the
arc, right to 3e-9 at 20 km; who calls decides what is nearer than a millimetre to a limit by the geodesic itself.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

#: Mean radius of the earth in metres, only in the correction from chord to arc (one part in a million at 30 km).
RADIUS = 6_371_000.0
#: Metres of a degree of latitude where it is shortest, rounded down so that a window is never too narrow.
_LAT_M = 110_500.0


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
def lower(values, low, high, wanted):
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
                at = lower(site_lon, cell_start[cell], cell_start[cell + 1], west)
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
                start = lower(site_lon, cell_start[cell], cell_start[cell + 1], lon[i])
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
