"""How far a long piece of work is, told to whoever listens: a command's ``--progress``, and through it a page."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

#: Told: the step, how much of it is done, of how much.
Listener = Callable[[str, int, int], None]
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)
#: Seconds between two lines of one step.
_EVERY_S = 0.2


def tell(step: str, done: int, total: int) -> None:
    """Tell that `done` of `total` of a step are done; nothing happens where nobody listens."""
    listener = _listener.get()
    if listener is not None:
        listener(step, done, total)


@contextmanager
def heard(by: Listener) -> Iterator[None]:
    """Let a listener hear what is told in this block.

    Examples
    --------
    >>> heard_of = []
    >>> with heard(lambda *told: heard_of.append(told)):
    ...     tell("read", 1, 2)
    >>> heard_of
    [('read', 1, 2)]
    """
    token = _listener.set(by)
    try:
        yield
    finally:
        _listener.reset(token)


def lines() -> Listener:
    """Return a listener that writes JSON lines to stderr, not more of one step than some a second."""
    last: list[tuple[str, float]] = [("", 0.0)]

    def write(step: str, done: int, total: int) -> None:
        now = time.monotonic()
        if step == last[0][0] and done < total and now - last[0][1] < _EVERY_S:
            return
        last[0] = (step, now)
        print(json.dumps({"step": step, "done": done, "total": total}), file=sys.stderr, flush=True)

    return write
