"""Keys by which telephones and other programs ask: looked up in what the record says of keys alone, misses noted."""

from __future__ import annotations

from datetime import date

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

from forum.public.tokens import OF_KEYS, Token, opened_by
from geo.workspace.audit import note
from views.server.origin import sender
from views.session.cache import workspace
from views.session.record import whole_record

#: Lines in the server's log about keys that open nothing: of one sender, and of all.
_ONE, _ALL = parse("5 per 10 minute"), parse("200 per hour")
_LIMITS = MovingWindowRateLimiter(MemoryStorage())


def opened(request: Request, key: str, use: str) -> Token | None:
    """Return the key that opens a use; one that does not is noted, as often as a log can bear it."""
    found = opened_by(whole_record(workspace()).standing(*OF_KEYS), key, use, date.today())
    if found is None:
        who = sender(request.client.host if request.client else "")
        if _LIMITS.hit(_ONE, who) and _LIMITS.hit(_ALL):
            note(workspace(), "key_refused", use=use)
    return found
