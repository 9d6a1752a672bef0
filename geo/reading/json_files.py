"""JSON that is not one collection of features: features line by line or in a list, records of a form's server."""

from __future__ import annotations

import json
from typing import Any

#: Under which a server of forms (Kobo, ODK Central) puts the answers.
_LISTS = ("results", "data", "records", "value")
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
        content = next((content[name] for name in _LISTS if isinstance(content.get(name), list)), None)
    if not isinstance(content, list) or not content or not all(isinstance(one, dict) for one in content):
        return None
    return None if _features(content) else [_flat(one, "", _DEEP) for one in content]


def _features(content: Any) -> bool:
    """Whether this is a list of GeoJSON's features."""
    listed = isinstance(content, list) and bool(content)
    return listed and all(isinstance(one, dict) and one.get("type") == "Feature" for one in content)


def _flat(record: dict[str, Any], before: str, deep: int) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name, value in record.items():
        if isinstance(value, dict) and deep:
            found |= _flat(value, f"{before}{name}/", deep - 1)
        else:
            found[f"{before}{name}"] = _cell(value)
    return found


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, list) and value and all(isinstance(one, (int, float)) for one in value):
        return " ".join(map(str, value))  # a place as Kobo gives it
    return json.dumps(value, ensure_ascii=False)
