"""What somebody who does not sign in sends: a form of a person's size, in a person's time."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request

#: Of a form as it comes, and until it has come.
_MOST_BYTES, _SECONDS = 20_000, 30


async def read_form(
    request: Request, fields: int, *, blanks: bool = False, most: int = _MOST_BYTES
) -> dict[str, list[str]] | None:
    """Read a form of at most so many fields and bytes; None where it is none. With ``blanks`` empty ones are there."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        return None
    body = b""
    try:
        async with asyncio.timeout(_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    return None
        return parse_qs(body.decode("utf-8"), keep_blank_values=blanks, max_num_fields=fields)
    except (TimeoutError, ValueError, ClientDisconnect):
        return None
