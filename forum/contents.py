"""What an event of each kind holds: every append is checked against it, so that nothing goes in that no page can read.

A replay reads the whole record: one event without its meeting, or with none of its fields, would stop every page.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from geo.model.changes import CHANGE_KINDS, from_record
from geo.model.errors import CallError


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _truth(value: Any) -> bool:
    return isinstance(value, bool)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value) is not None
    except ValueError:
        return False


def _texts(value: Any) -> bool:
    return isinstance(value, Mapping) and all(_text(one) for pair in value.items() for one in pair)


def _numbers(value: Any) -> bool:
    return isinstance(value, Mapping) and all(_text(name) and _number(one) for name, one in value.items())


def _tables(value: Any) -> bool:
    return isinstance(value, Mapping) and all(_text(name) and _numbers(one) for name, one in value.items())


def _items(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(not _faults(_ITEM, one) for one in value)


def _changes(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, Mapping) and not _change(one) for one in value)


def _ballots(value: Any) -> bool:
    """Of a meeting: receipt and grade."""
    return isinstance(value, list) and all(
        isinstance(one, list) and list(map(type, one)) == [str, str] for one in value
    )


def _named(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _choices(value: Any) -> bool:
    """Of a poll: receipt and what was chosen."""
    return isinstance(value, list) and all(
        isinstance(one, list) and len(one) == 2 and _text(one[0]) and _named(one[1]) for one in value
    )


def _projects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(not _faults(_PROJECT, one) for one in value)


def _any(value: Any) -> bool:
    return True


Fields = Mapping[str, Callable[[Any], bool]]


def _all(names: str, holds: Callable[[Any], bool] = _text) -> dict[str, Callable[[Any], bool]]:
    return dict.fromkeys(names.split(), holds)


#: A name that ends in `?` may be missing or empty (null).
_PERSON = _all("name organisation kind")
_ITEM: Fields = {
    **_all("service site_id name village_code village status technology"), "rank": _whole, "gain_people?": _number,
    "cost_idr?": _number, "lat": _number, "lon": _number, "why": _texts,
}  # fmt: skip
_PROJECT: Fields = {
    **_all("key service site_id action technology name village_code village"), "cost_idr": _whole,
    "gain_people?": _number, "lat": _number, "lon": _number,
}  # fmt: skip
_MEETING = {"meeting": _whole}
#: By kind; those of `CHANGE_KINDS` are what `geo.model.changes` takes.
FIELDS: Mapping[str, Fields] = {
    "weights": {
        **_all("member organisation? method?"), "weights": _numbers, "pairs?": _any, "consistency?": _number,
    },
    "scenario": {
        **_all("name version? note?"), "cost_idr?": _number, "params?": _any, "changes?": _changes,
    },
    "meeting": {**_all("title place chair area version"), "on": _day, "basis": _texts, "items": _items},
    "attendance": _MEETING | _PERSON,
    "weighing": {**_MEETING, "member": _text, "weights": _numbers},
    "agenda": {**_MEETING, "items": _items, "basis": _texts, "scaled?": _tables},
    "rules": {
        **_MEETING, "quorum": _numbers, **_all("quorum_all proxies", _whole), "closes": _text, "reading_hours": _number,
        "secret?": _truth,
    },
    "recusal": _MEETING | _all("member item reason"),
    "proxy": _MEETING | _all("member organisation kind holder"),
    "reading": _MEETING | _all("item"),
    "vote": _MEETING | _all("member item grade reason"),
    "voted": _MEETING | _all("member item"),
    "opened": {**_MEETING, "item": _text, "ballots": _ballots},
    "dissent": _MEETING | _all("member item reason"),
    "decision": {
        **_MEETING, **_all("item decision way lead fund person reason"), "amount_idr?": _number, "year?": _whole,
    },
    "closing": _MEETING,
    "progress": {**_MEETING, **_all("item step proof"), "on": _day, "people?": _number},
    "commitment": {
        **_all("partner kind sector village_code activity stage shared"), "starts": _day, "ends?": _day,
        "amount_idr?": _number, "of?": _whole, "target?": _text, "against?": _whole,
    },
    "bottleneck": _all("village_code kind note"),
    "proposal": {
        **_all(
            "proposer kind what sector village_code village title reason service site_id technology labour photo"
        ),
        "cost_idr?": _number, "lat?": _number, "lon?": _number,
    },
    "answer": {"proposal": _whole, **_all("became reason")},
    "community": {
        **_all("service site_id what text village_code name phone via ref code? photo?"),
        "lat?": _number, "lon?": _number,
    },
    "verdict": {"report": _whole, **_all("verdict reason")},
    "training": {**_all("title place trainer"), "on": _day},
    "trained": {"training": _whole, **_PERSON},
    "member": _all("account name organisation kind role"),
    "public": {"on": _truth, **_all("licence publisher")},
    "token": _all("name use digest expires"),
    "poll": {
        **_all("title area version"), "closes": _text, "budget_idr": _whole, "projects": _projects, "params": _any,
    },
    "slips": {"poll": _whole, "digests": _named},
    "spent": {"poll": _whole, "digest": _text},
    "counted": {"poll": _whole, "ballots": _choices},
    "withdrawal": {"number": _whole},
}  # fmt: skip


def check(kind: str, content: Any) -> None:
    """Refuse content that is not what its kind holds.

    Raises
    ------
    CallError
        Naming the kind and what is missing, of another type, or of no kind at all.
    """
    wrong = faults(kind, content)
    if wrong:
        raise CallError("error.content", kind=kind, names=", ".join(wrong))


def faults(kind: str, content: Any) -> list[str]:
    """Return the names in which content is not what its kind holds: none if all is well.

    Examples
    --------
    >>> faults("withdrawal", {"number": 3}), faults("withdrawal", None), faults("closing", {"meeting": "1", "x": 2})
    ([], ['null'], ['meeting', 'x'])
    """
    if not isinstance(content, Mapping):
        return ["null" if content is None else type(content).__name__]
    if kind in CHANGE_KINDS:
        return _change({"kind": kind, **content})
    return _faults(FIELDS[kind], content) if kind in FIELDS else ["kind"]


def _change(content: Mapping[str, Any]) -> list[str]:
    wrong = [name for name, value in content.items() if isinstance(value, float) and not math.isfinite(value)]
    try:
        from_record(dict(content))
    except (CallError, TypeError, ValueError) as error:
        named = error.values.get("name") if isinstance(error, CallError) else None
        return wrong or [str(named or error)]
    return wrong


def _faults(fields: Fields, content: Any) -> list[str]:
    if not isinstance(content, Mapping):
        return ["null"]
    known = {name.rstrip("?") for name in fields}
    wrong = []
    for name, holds in fields.items():
        value = content.get(name.rstrip("?"))
        if value is None and name.endswith("?"):
            continue
        if not holds(value):
            wrong.append(name.rstrip("?"))
    return wrong + sorted(str(name) for name in content if name not in known)
