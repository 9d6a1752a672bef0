"""What follows from a data version alone is computed once for it, not at each turn of a slider."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from geo.model.inputs import Inputs

#: So many answers of a function are kept for each data version: areas and seasons people go back and forth between.
KEPT = 16
P = ParamSpec("P")
R = TypeVar("R")


def per_version(work: Callable[Concatenate[Inputs, P], R]) -> Callable[Concatenate[Inputs, P], R]:
    """Keep what a function makes of its inputs as long as those inputs are held by anybody; the last `KEPT` of each.

    Inputs are never written to, and neither may be what the function returns.

    Examples
    --------
    >>> calls = []
    >>> count = per_version(lambda inputs: calls.append(1) or len(inputs.villages))
    >>> one = Inputs.of({})
    >>> count(one), count(one), len(calls)
    (0, 0, 1)
    >>> area = per_version(lambda inputs, n: calls.append(n) or n)
    >>> [area(one, n) for n in range(KEPT + 1)][-1] == KEPT, area(one, 0), area(one, KEPT), calls[1:] == [*range(17), 0]
    (True, 0, 16, True)
    """
    kept: WeakKeyDictionary[Inputs, dict[Any, R]] = WeakKeyDictionary()

    @wraps(work)
    def once(inputs: Inputs, /, *args: P.args, **more: P.kwargs) -> R:
        mine = kept.setdefault(inputs, {})
        key = (args, tuple(sorted(more.items())))
        with suppress(KeyError):  # asked for by several people at once, another may drop it meanwhile
            return mine[key]
        found = mine[key] = work(inputs, *args, **more)
        for old in list(mine)[:-KEPT]:
            mine.pop(old, None)
        return found

    return once
