"""JSON that is not one collection of features: features line by line or in a list, records of a form's server."""

from __future__ import annotations

import json
from typing import Any

#: Under which a server of forms (Kobo, ODK Central) puts the answers.
_LISTS = ("results", "data", "records", "value", "result", "items", "rows", "points", "submissions")
#: What GeoJSON calls its shapes.
_SHAPES = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")
#: Records inside records are told by their path this deep; what lies deeper stays JSON.
_DEEP = 4


def json_of(text: str) -> tuple[Any, bool]:
    """Return what a text holds, and whether it stands there as it is: lines that are objects become a collection.

    Raises
    ------
    ValueError
        If it is no JSON.
    """
    try:
        content = json.loads(text)
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not lines[0].lstrip().startswith("{"):
            raise
        content = [json.loads(line.strip().removeprefix("\x1e")) for line in lines]
    if "\\ud" in text.lower():  # half a letter beyond the basic plane, which no text may hold
        content = json.loads(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"))
    content = [content] if isinstance(content, dict) and content.get("type") == "Feature" else content
    if _features(content):
        return {"type": "FeatureCollection", "features": content}, False
    return content, True


def records_of(content: Any) -> list[dict[str, str | None]] | None:
    """Return the rows of a list of records, an answer within an answer as ``group/question``; None where it is none.

    Examples
    --------
    >>> records_of([{"id": 1, "gps": [-7.2, 107.1], "site": {"state": "baik"}}])
    [{'id': '1', 'gps': '-7.2 107.1', 'site/state': 'baik'}]
    >>> records_of({"type": "FeatureCollection", "features": []}) is None
    True
    """
    if isinstance(content, dict) and "features" not in content:
        if "osm3s" in content or "Overpass" in str(content.get("generator", "")):
            return _of_overpass(content.get("elements"))
        content = _listed(content)
    if not isinstance(content, list) or not content or not all(isinstance(one, dict) for one in content):
        return None
    return None if _features(content) else [_flat(one, "", _DEEP) for one in content]


def _listed(content: dict[str, Any]) -> Any:
    """The list of records in an answer: under a usual name, else the only list of records there is."""
    for name in _LISTS:
        if isinstance(content.get(name), list):
            return content[name]
    if "type" in content:  # one shape or another of GeoJSON's and its like
        return None
    lists = [one for one in content.values() if isinstance(one, list) and one and isinstance(one[0], dict)]
    return lists[0] if len(lists) == 1 else None


def _of_overpass(elements: Any) -> list[dict[str, str | None]] | None:
    """What Overpass found, by its tags; a way or relation stands where its middle is."""
    if not isinstance(elements, list) or not all(isinstance(one, dict) for one in elements):
        return None
    nodes = {one["id"]: one for one in elements if one.get("type") == "node" and isinstance(one.get("id"), int)}
    rows = []
    for one in elements:
        tags = one.get("tags")
        if not isinstance(tags, dict) or not tags:
            continue  # a corner of a way
        lat, lon = _middle(one, nodes)
        rows.append(_flat({"osm_id": f"{one.get('type')}/{one.get('id')}", "lat": lat, "lon": lon} | tags, "", 0))
    return rows or None


def _middle(element: dict[str, Any], nodes: dict[Any, dict[str, Any]]) -> tuple[float | None, float | None]:
    """Latitude and longitude of an element: its own, its centre's, the mean of its corners'; None where it has none."""
    if isinstance(element.get("center"), dict):
        element = element["center"]
    if "lat" in element:
        return element["lat"], element.get("lon")
    corners = element.get("geometry") or [
        nodes[one] for one in element.get("nodes") or () if isinstance(one, int) and one in nodes
    ]
    if not corners and isinstance(element.get("bounds"), dict):
        bounds = element["bounds"]
        corners = [{"lat": bounds.get(f"{end}lat"), "lon": bounds.get(f"{end}lon")} for end in ("min", "max")]
    known = [(one.get("lat"), one.get("lon")) for one in corners if isinstance(one, dict)]
    known = [(lat, lon) for lat, lon in known if isinstance(lat, (int, float)) and isinstance(lon, (int, float))]
    if not known:
        return None, None
    lats, lons = zip(*known, strict=True)
    return round(sum(lats) / len(lats), 7), round(sum(lons) / len(lons), 7)


def _features(content: Any) -> bool:
    """Whether this is a list of GeoJSON's features."""
    listed = isinstance(content, list) and bool(content)
    return listed and all(isinstance(one, dict) and one.get("type") == "Feature" for one in content)


def _flat(record: dict[str, Any], before: str, deep: int) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name, value in record.items():
        if isinstance(value, dict) and value.get("type") in _SHAPES and "coordinates" in value:
            found[f"{before}{name}"] = json.dumps(value)  # a place as ODK Central gives it
            more = value.get("properties")
            found |= _flat(more, f"{before}{name}/", deep - 1) if isinstance(more, dict) and deep else {}
        elif name == "coordinates" and _of_two(value):  # GeoJSON's rule: longitude first
            found[f"{before}{name}"] = json.dumps({"type": "Point", "coordinates": value})
        elif isinstance(value, dict) and deep:
            found |= _flat(value, f"{before}{name}/", deep - 1)
        else:
            found[f"{before}{name}"] = _cell(value)
    return found


def _of_two(value: Any) -> bool:
    """Whether a value is an array of two or three numbers."""
    return isinstance(value, list) and len(value) in (2, 3) and all(type(one) in (int, float) for one in value)


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, list) and value and all(isinstance(one, (int, float)) for one in value):
        return " ".join(map(str, value))  # a place as Kobo gives it
    return json.dumps(value, ensure_ascii=False)
