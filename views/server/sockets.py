"""Answers that leave at once, connections that say nothing, and room for many.

Streamlit makes its listening socket without naming TCP; asyncio then takes it for another kind and leaves Nagle's
delay on: the body of every answer waits some 40 ms for the browser to say that the head came. Connections inherit
what the listening socket is told. Source: github.com/Kludex/uvicorn/issues/3149 (the same in uvicorn's own binding).
"""

from __future__ import annotations

import asyncio
import gc
import socket
from typing import Any

#: So long a connection may take until it has asked for something, seconds; so many files the process may have open.
ASKS_WITHIN_S = 20
_FILES = 65_536


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


def make_room() -> int:
    """Raise the number of files this process may have open, as far as it may itself; return it, 0 where nobody says."""
    try:
        import resource
    except ImportError:  # not on Windows
        return 0
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (ValueError, OSError):  # the system's own bound lies lower
            return soft
        return wanted
    return soft


def end_the_silent() -> None:
    """End connections that have sent no whole head of a request in time: uvicorn itself waits for ever.

    A thousand of them would take every file the process may open, and with it everybody's page.
    """
    from uvicorn.protocols.http.h11_impl import H11Protocol

    kinds: list[Any] = [H11Protocol]
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
    except ImportError:
        pass
    else:
        kinds.append(HttpToolsProtocol)
    for kind in kinds:
        if not hasattr(kind.connection_made, "timed"):
            kind.connection_made = _timed(kind.connection_made)


def _timed(made: Any) -> Any:
    def connection_made(self: Any, transport: Any) -> None:
        made(self, transport)
        loop = asyncio.get_running_loop()
        loop.call_later(ASKS_WITHIN_S, _silent, self, transport)

    connection_made.timed = True  # type: ignore[attr-defined]
    return connection_made


def _silent(protocol: Any, transport: Any) -> None:
    """Close a connection on which nothing was asked; one that became a websocket is no longer the protocol's."""
    if protocol.cycle is None and protocol in protocol.connections and not transport.is_closing():
        transport.close()
