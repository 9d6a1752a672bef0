"""Open Location Codes ("plus codes", github.com/google/open-location-code, specification of 2019): a full one's middle.

The one library for Python (openlocationcode 1.0.1) has no wheels and so cannot stand in an offline bundle; the decoding
is a sum of digits to the base 20.
"""

from __future__ import annotations

import re

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
