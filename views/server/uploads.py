"""How much may be sent to the server's memory: Streamlit holds what is uploaded until its page is closed."""

from __future__ import annotations

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers
from starlette.types import Scope
from streamlit import config

from forum.members import Member
from forum.roles import may

#: Where pages send files: the session's name follows.
PLACE = "_stcore/upload_file/"
#: Acts to which a file belongs: whoever may do none of them sends none.
_ACTS = ("import", "photo", "commitment", "status", "proposal")
#: Megabytes of one page, and of all together.
_PAGE, _ALL = parse("400 per 10 minute"), parse("1500 per 10 minute")
_LIMITS = MovingWindowRateLimiter(MemoryStorage())


def refused(scope: Scope, path: str, member: Member | None) -> int:
    """Return the status with which an upload is refused; 0: it may come. No `member`: on a laptop, from anybody."""
    if scope["type"] != "http" or scope["method"] not in ("PUT", "POST") or not path.startswith(PLACE):
        return 0
    if member is not None and not any(may(member.role, act) for act in _ACTS):
        return 403
    told = Headers(scope=scope).get("content-length", "")
    if not told.isdigit():
        return 411
    megabytes = max(1, -(-int(told) // 1_000_000))
    if megabytes > 1 + int(config.get_option("server.maxUploadSize")) + 1:
        return 413
    page = path.removeprefix(PLACE).split("/")[0]
    fits = _LIMITS.test(_PAGE, page, cost=megabytes) and _LIMITS.test(_ALL, cost=megabytes)
    if fits:
        _LIMITS.hit(_PAGE, page, cost=megabytes)
        _LIMITS.hit(_ALL, cost=megabytes)
    return 0 if fits else 429
