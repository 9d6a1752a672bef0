"""Answers that leave at once.

Streamlit makes its listening socket without naming TCP; asyncio then takes it for another kind and leaves Nagle's
delay on: the body of every answer waits some 40 ms for the browser to say that the head came. Connections inherit
what the listening socket is told. Source: github.com/Kludex/uvicorn/issues/3149 (the same in uvicorn's own binding).
"""

from __future__ import annotations

import gc
import socket


def answer_at_once() -> int:
    """Switch the delay off on every socket on which this process listens; return how many there are."""
    found = 0
    for one in gc.get_objects():
        if issubclass(type(one), socket.socket) and _listens(one):  # `isinstance` would ask proxies of what is gone
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            found += 1
    return found


def _listens(one: socket.socket) -> bool:
    if one.fileno() < 0 or one.family not in (socket.AF_INET, socket.AF_INET6) or one.type != socket.SOCK_STREAM:
        return False
    return bool(one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
