"""What follows from a data version alone is computed once for it, not at each turn of a slider."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from geo.model import Inputs

P = ParamSpec("P")
R = TypeVar("R")


def per_version(work: Callable[Concatenate[Inputs, P], R]) -> Callable[Concatenate[Inputs, P], R]:
    """Keep what a function makes of its inputs as long as those inputs are held by anybody.

    Inputs are never written to, and neither may be what the function returns.

    Examples
    --------
    >>> calls = []
    >>> count = per_version(lambda inputs: calls.append(1) or len(inputs.villages))
    >>> one = Inputs.of({})
    >>> count(one), count(one), len(calls)
    (0, 0, 1)
    """
    kept: WeakKeyDictionary[Inputs, dict[Any, R]] = WeakKeyDictionary()

    @wraps(work)
    def once(inputs: Inputs, /, *args: P.args, **more: P.kwargs) -> R:
        mine = kept.setdefault(inputs, {})
        key = (args, tuple(sorted(more.items())))
        if key not in mine:
            mine[key] = work(inputs, *args, **more)
        return mine[key]

    return once
