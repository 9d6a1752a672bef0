"""Places as codes: Open Location Codes ("plus codes") and references of the Military Grid (MGRS).

Plus codes by github.com/google/open-location-code, specification of 2019: a full one's middle. The one
library for Python (openlocationcode 1.0.1) has no wheels and so cannot stand in an offline bundle; the decoding is a
sum of digits to the base 20.
"""

from __future__ import annotations

import re
import warnings

_DIGITS = "23456789CFGHJMPQRVWX"
_FULL = re.compile(rf"^\s*([2-9C][2-9CFGHJMPQRV][{_DIGITS}]{{6}})\+([{_DIGITS}]{{2,7}})\b.*$", re.IGNORECASE)
_SHORT = re.compile(rf"^\s*[{_DIGITS}]{{2,6}}\+[{_DIGITS}]{{2,4}}\b", re.IGNORECASE)


def is_short(text: str) -> bool:
    """Whether a text begins with a shortened code, which needs a place beside it ("Q4R9+4X Pagelaran")."""
    return bool(_SHORT.match(text)) and not _FULL.match(text)


def place_of_code(text: str) -> tuple[float, float] | None:
    """Latitude and longitude of the middle of a full code's area (some 14 m wide); None where a text is none.

    Examples
    --------
    >>> [round(one, 6) for one in place_of_code("7FG49QCJ+2V") or ()]  # the specification's own example
    [20.370062, 2.782187]
    >>> place_of_code("Q4R9+4X Pagelaran")
    """
    found = _FULL.match(text)
    if found is None:
        return None
    code = (found[1] + found[2]).upper()
    lat, lon, size = -90.0, -180.0, 20.0
    for n in range(0, 10, 2):
        lat, lon = lat + _DIGITS.index(code[n]) * size, lon + _DIGITS.index(code[n + 1]) * size
        size /= 20
    high = wide = size * 20
    for digit in code[10:]:  # a grid of five rows and four columns
        high, wide = high / 5, wide / 4
        row, column = divmod(_DIGITS.index(digit), 4)
        lat, lon = lat + row * high, lon + column * wide
    return lat + high / 2, lon + wide / 2


#: Zone and band, square, easting and northing: of as many digits each, together or apart.
_MGRS = re.compile(
    r"^\s*(?:mgrs\s*:?\s*)?(\d{1,2}[C-HJ-NP-X])\s*([A-HJ-NP-Z]{2})\s*(\d{3,10}(?:\s+\d{3,5})?)\s*$", re.IGNORECASE
)


def place_of_mgrs(text: str) -> tuple[float, float] | None:
    """Latitude and longitude of a reference of the Military Grid with 100 m or finer; None where a text is none.

    Examples
    --------
    >>> [round(one, 4) for one in place_of_mgrs("48M YT 34102 02490") or ()]
    [-7.21, 107.12]
    >>> place_of_mgrs("48MYT34"), place_of_mgrs("734102 9202490"), place_of_mgrs("48M YT 341 02490")
    (None, None, None)
    """
    found = _MGRS.match(text)
    if found is None:
        return None
    *east, north = found[3].split()
    if len(north) not in ([len(one) for one in east] or (6, 8, 10)):
        return None
    from mgrs import MGRS
    from mgrs.core import MGRSError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a band and a square that do not belong together
            lat, lon = MGRS().toLatLon("".join((found[1], found[2], *east, north)).upper())
    except (MGRSError, RuntimeWarning):
        return None
    return float(lat), float(lon)
