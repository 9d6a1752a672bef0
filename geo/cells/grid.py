"""Zones of a map's grid as people write them (48S, 49 M, TM-3 48.2), and degrees out of easting and northing."""

from __future__ import annotations

import re

import pandas as pd

#: No place where people live lies further north (metres from the equator, some 81°).
_NORTHERNMOST = 9_000_000
#: Zones of TM-3 (BPN's maps), DGN95: EPSG:23830 is 46.2.
_TM3 = {
    f"{zone}.{half}": 23830 + n
    for n, (zone, half) in enumerate([(46, 2), *((z, h) for z in range(47, 54) for h in (1, 2)), (54, 1)])
}
ZONE = re.compile(
    r"^(?:(?:utm|tm-?3|zona|zone|zn|wgs\s*-?84|/|,)\s*)*(\d{1,2})(?:[.,]([12]))?\s*°?\s*([A-Za-z]*)\.?$", re.IGNORECASE
)
#: What is said of a zone besides its number and side, and its number by EPSG (UTM on WGS84, TM-3 on DGN95).
_BESIDES = re.compile(
    r"\btm\s*-?\s*3\b\s*°?|\b(?:utm|zona|zone|zn|huso|fuseau|dgn\s*-?95|wgs\s*-?\s*(?:19)?84)\b|[()/,;:]", re.IGNORECASE
)
_EPSG = re.compile(r"^(?:epsg\s*:?\s*)?(32[67]\d{2}|238[34]\d)$", re.IGNORECASE)


def systems_of(zone: pd.Series, north: pd.Series) -> pd.Series:
    """The EPSG code of each row's zone; missing where it is none."""

    def one(text: object, y: float) -> float:
        if not isinstance(text, str):
            return float("nan")
        code = _EPSG.match(text.strip())
        if code is not None:
            return float(code[1]) if code[1].startswith("32") or int(code[1]) in _TM3.values() else float("nan")
        found = ZONE.match(text.strip()) or ZONE.match(_zone_alone(text))
        if found is None:
            return float("nan")
        number, half, letters = int(found[1]), found[2], found[3].upper()
        if half:
            return float(_TM3.get(f"{number}.{half}", float("nan")))
        south = (
            letters in ("S", "SELATAN", "SOUTH")
            or (len(letters) == 1 and "C" <= letters <= "M")
            or (not letters and y > 5_000_000)
            or y > _NORTHERNMOST  # "48N" with 9,202,400 m: nobody lives there; it is south
        )
        return float((32700 if south else 32600) + number) if 1 <= number <= 60 else float("nan")

    return pd.Series([one(text, y) for text, y in zip(zone, north, strict=True)], index=zone.index, dtype=float)


def _zone_alone(text: str) -> str:
    """A zone as `ZONE` reads it: "48-S", "S48", "48S (WGS84)", "TM 3° 48.1", "48-1".

    Examples
    --------
    >>> [_zone_alone(one) for one in ("48-S", "S48", "48S (WGS84)", "TM 3° 48.1", "48-1 TM3")]
    ['48 S', '48S', '48S', '48.1', '48.1']
    """
    plain = " ".join(_BESIDES.sub(" ", text).split())
    plain = re.sub(r"^(\d{2})\s*-\s*([12])$", r"\1.\2", plain)
    plain = re.sub(r"^([NS])\s*(\d{1,2})$", r"\2\1", plain, flags=re.IGNORECASE)
    return re.sub(r"^(\d{1,2})\s*-\s*([A-Za-z]+)$", r"\1 \2", plain)


def from_grid(x: pd.Series, y: pd.Series, zone: pd.Series) -> dict[str, pd.Series]:
    """Latitude and longitude as text; missing where easting, northing or zone are."""
    from pyproj import Transformer

    systems = systems_of(zone, y)
    found = {name: pd.Series(None, index=x.index, dtype=object) for name in ("lat", "lon")}
    for system in sorted(systems.dropna().unique()):
        rows = (systems.eq(system) & x.notna() & y.notna()).to_numpy(bool)
        if not rows.any():
            continue
        lon, lat = Transformer.from_crs(f"EPSG:{int(system)}", "EPSG:4326", always_xy=True).transform(x[rows], y[rows])
        found["lon"][rows] = [repr(round(float(value), 7)) for value in lon]
        found["lat"][rows] = [repr(round(float(value), 7)) for value in lat]
    return found


#: Easting and northing that a UTM or TM-3 zone can have, metres, with some room.
EASTING, NORTHING = (50_000, 950_000), (0, 10_000_000)
#: Zone, easting and northing in one cell ("48S 734567 9201234", "734567 mE, 9201234 mN, zone 48 S").
_NUMBER_M = (
    r"(\d{5,8}(?:[.,]\d{1,3})?|\d{1,2}[.,]\d{3}(?:[.,]\d{3})+|\d{3}[.,]\d{3})\s*(?:m\s*[ENTUS]?|[ENTUS](?:\b|(?=\d)))?"
)
_ZONE_M = (
    r"(?:(?:utm|zona|zone|wgs\s*-?84|tm-?3|:|=|/|,|\s)*)"
    r"(epsg\s*:?\s*\d{5}|\d{2}(?:\.[12])?\s*[A-Za-z]?)(?:\s*utm\b)?"
)
_AXIS_M = r"(?:\s*(?:x|y|e|n|easting|northing|mt|mu)\s*[:=]?\s*)?"
_GRID_CELLS = (
    re.compile(rf"^\s*{_ZONE_M}[\s,;:/]+{_AXIS_M}{_NUMBER_M}[\s,;:/]+{_AXIS_M}{_NUMBER_M}\s*$", re.IGNORECASE),
    re.compile(rf"^\s*{_AXIS_M}{_NUMBER_M}[\s,;:/]+{_AXIS_M}{_NUMBER_M}[\s,;:/(]+{_ZONE_M}\s*\)?\s*$", re.IGNORECASE),
)


def grid_parts(text: str) -> tuple[str, str, str] | None:
    """Zone, easting and northing of a cell; None where it holds none.

    Examples
    --------
    >>> grid_parts("48S 734567 9201234"), grid_parts("734.567, 9.201.234 (48 S)"), grid_parts("-7.21, 107.12")
    (('48S', '734567', '9201234'), ('48 S', '734567', '9201234'), None)
    """
    for pattern, order in zip(_GRID_CELLS, ((0, 1, 2), (2, 0, 1)), strict=True):
        found = pattern.match(text[:80])
        if found is not None:
            zone, one, other = (found.group(1 + place) for place in order)
            one, other = (re.sub(r"(?<=\d)[.,](?=\d{3}(?:\D|$))", "", number) for number in (one, other))
            turned = float(one.replace(",", ".")) > EASTING[1] > float(other.replace(",", "."))
            return (zone.strip(), other, one) if turned else (zone.strip(), one, other)
    return None


#: Easting and northing in one cell, and no zone.
_BARE_GRID = re.compile(rf"^\s*{_AXIS_M}{_NUMBER_M}[\s,;:/]+{_AXIS_M}{_NUMBER_M}\s*$", re.IGNORECASE)


def without_zone(text: str) -> bool:
    """Whether a cell holds easting and northing, and no zone.

    Examples
    --------
    >>> without_zone("734102 mE 9202490 mS"), without_zone("48S 734102 9202490"), without_zone("734102, 12")
    (True, False, False)
    """
    found = _BARE_GRID.match(text[:80])
    if found is None:
        return False
    both = [re.sub(r"(?<=\d)[.,](?=\d{3}(?:\D|$))", "", one).replace(",", ".") for one in found.groups()]
    less, more = sorted(map(float, both))
    return EASTING[0] < less < EASTING[1] < more < NORTHING[1]
