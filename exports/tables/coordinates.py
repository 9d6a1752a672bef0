"""A place in the three ways people in the field write it: decimal degrees, degrees with LS/LU and BT, UTM with zone."""

from __future__ import annotations

from functools import cache

from pyproj import Transformer


def decimal(lon: float, lat: float) -> str:
    """Latitude and longitude in degrees, six decimals (about 10 cm).

    Examples
    --------
    >>> decimal(107.15, -7.2)
    '-7.200000, 107.150000'
    """
    return f"{lat:.6f}, {lon:.6f}"


def dms(lon: float, lat: float, lang: str) -> str:
    """Degrees, minutes, seconds; in Indonesian with LU/LS (north, south) and BT/BB (east, west).

    Examples
    --------
    >>> dms(107.15, -7.2, "id"), dms(107.15, -7.2, "en")
    ('7°12\\'00.0" LS 107°09\\'00.0" BT', '7°12\\'00.0" S 107°09\\'00.0" E')
    >>> dms(107.9999999, 0.0, "id")
    '0°00\\'00.0" LU 108°00\\'00.0" BT'
    """
    letters = ("LU", "LS", "BT", "BB") if lang == "id" else ("N", "S", "E", "W")
    north, east = letters[0 if lat >= 0 else 1], letters[2 if lon >= 0 else 3]
    return f"{_sexagesimal(lat)} {north} {_sexagesimal(lon)} {east}"


def _sexagesimal(degrees: float) -> str:
    tenths = round(abs(degrees) * 36000)
    whole, rest = divmod(tenths, 36000)
    minutes, seconds = divmod(rest, 600)
    return f"{whole}°{minutes:02d}'{seconds / 10:04.1f}\""


@cache
def _to_utm(zone: int, south: bool) -> Transformer:
    return Transformer.from_crs("EPSG:4326", f"EPSG:{(32700 if south else 32600) + zone}", always_xy=True)


def utm(lon: float, lat: float) -> str:
    """UTM on WGS84: zone and hemisphere, easting, northing in metres.

    Examples
    --------
    >>> utm(107.15, -7.2)
    '48S 737422 mE 9203583 mN'
    """
    zone = min(int((lon + 180) // 6) + 1, 60)
    x, y = _to_utm(zone, lat < 0).transform(lon, lat)
    return f"{zone}{'S' if lat < 0 else 'N'} {x:.0f} mE {y:.0f} mN"
