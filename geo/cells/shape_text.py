"""Shapes in words: WKT and its kin, WKB in hexadecimal, GeoJSON, what forms and programs write."""

from __future__ import annotations

import ast
import json
import re

import numpy as np
import shapely

#: A text of a program's own is read up to this length.
_LONGEST = 2000


_GEOSHAPE = re.compile(
    r"^\s*(?:-?\d{1,3}\.\d+\s+-?\d{1,3}\.\d+(?:\s+-?\d+(?:\.\d+)?){0,2}\s*;\s*){2,}(?:-?\d{1,3}\.\d+\s+-?\d{1,3}\.\d+[^;]*)?;?\s*$"
)
_WKT = re.compile(
    r"^\s*(?:SRID\s*=\s*\d+\s*;)?\s*(?:MULTI)?(?:POINT|LINESTRING|POLYGON)|^\s*(?:SRID\s*=\s*\d+\s*;)?\s*GEOMETRYCOLLECTION",
    re.IGNORECASE,
)
#: A point as R and Python print it, longitude first, and the name of the system that GeoSPARQL puts before a shape.
_POINT = re.compile(
    r"^<?(?:c|point)\s*\(\s*(-?\d{1,3}(?:\.\d+)?)\s*[,\s]\s*(-?\d{1,3}(?:\.\d+)?)(?:\s*[,\s]\s*-?\d+(?:\.\d+)?)?\s*\)>?$",
    re.IGNORECASE,
)
#: A point as ArcGIS writes it, in degrees.
_ESRI = re.compile(
    r"^\{\s*[\"']?x[\"']?\s*:\s*(-?\d{1,3}(?:\.\d+)?)\s*,\s*[\"']?y[\"']?\s*:\s*(-?\d{1,3}(?:\.\d+)?)\s*"
    r"(?:,\s*[\"']?(?:z|m|spatialReference)[\"']?\s*:[^<>]{1,80})?\}$"
)
_CRS84 = re.compile(r"^<https?://www\.opengis\.net/def/crs/OGC/1\.3/CRS84>\s*")
_HEX = re.compile(r"^(?:\\x|0[xX])?0[01][0-9A-Fa-f]{16,}$")


def shape_of(text: str) -> shapely.Geometry | None:
    """The shape that a text holds: WKT, EWKT, WKB in hexadecimal, GeoJSON, Kobo's and ODK's geotrace and geoshape.

    Points also as R and Python print them: ``c(107.1, -7.2)``, ``Point(107.1, -7.2)``.

    None where it holds none; a reference system other than degrees is none either.
    """
    plain = _CRS84.sub("", text.strip())
    point = _POINT.match(plain)
    if point is not None:
        x, y = float(point[1]), float(point[2])
        return shapely.Point(x, y) if abs(x) <= 180 and abs(y) <= 180 else None
    if _GEOSHAPE.match(plain):
        corners = [tuple(map(float, part.split()[:2])) for part in plain.strip(" ;").split(";")]
        places = [(lon, lat) for lat, lon in corners]
        return shapely.Polygon(places) if places[0] == places[-1] and len(places) > 3 else shapely.LineString(places)
    if _WKT.match(plain):
        return _in_degrees(
            _system(plain),
            shapely.from_wkt(re.sub(r"^\s*SRID\s*=\s*\d+\s*;", "", plain, flags=re.IGNORECASE), on_invalid="ignore"),
        )
    if _HEX.match(plain):
        shape = shapely.from_wkb(re.sub(r"^(?:\\x|0[xX])(?=0)", "", plain), on_invalid="ignore")
        return None if shape is None else _in_degrees(shapely.get_srid(shape), shape)
    if plain.startswith("{") and "coordinates" in plain[:2000]:
        return _from_json(plain)
    x_y = _ESRI.match(plain)
    if x_y is not None and abs(float(x_y[1])) <= 180 and abs(float(x_y[2])) <= 90:
        return shapely.Point(float(x_y[1]), float(x_y[2]))
    return None


def _system(text: str) -> int:
    found = re.match(r"^\s*SRID\s*=\s*(\d+)", text, re.IGNORECASE)
    return int(found[1]) if found else 0


def _in_degrees(srid: int, shape: shapely.Geometry | None) -> shapely.Geometry | None:
    """A shape in degrees: of another system it is turned into them."""
    if shape is None or srid in (0, 4326):
        return shape
    from pyproj import Transformer
    from pyproj.exceptions import CRSError

    try:
        turn = Transformer.from_crs(f"EPSG:{srid}", "EPSG:4326", always_xy=True)
    except CRSError:
        return None
    return shapely.transform(shape, lambda xy: np.column_stack(turn.transform(xy[:, 0], xy[:, 1])))


def _from_json(text: str) -> shapely.Geometry | None:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = _of_python(text)
    if isinstance(content, dict) and content.get("type") == "Feature":
        content = content.get("geometry")
    if not isinstance(content, dict):
        return None
    return shapely.from_geojson(json.dumps(content), on_invalid="ignore")


def _of_python(text: str) -> object:
    """What a program in Python wrote of its own: quotes of the other kind."""
    try:
        return ast.literal_eval(text) if len(text) < _LONGEST else None
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
