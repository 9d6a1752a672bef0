"""Maps of more sites than a page should hold: the page itself asks for each view, behind the same gate."""

from __future__ import annotations

import hashlib
import json
import struct
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from layers.in_view import ZOOMS, InView
from views.onmap.ground import ROUTES as TILES
from views.session.hosts import address

#: So many maps are kept ready; a page whose map is no more asks its script for it again.
_KEPT = 8
_PATH = "in-view"
#: Not kept by the browser, and not packed: numbers shrink little, and that takes longer than to send them.
_AS_IT_IS = {"Cache-Control": "no-store", "Content-Encoding": "identity"}


class _Ready:
    """The maps that pages ask for, the last used last."""

    def __init__(self) -> None:
        self._maps: OrderedDict[str, InView] = OrderedDict()
        self._lock = Lock()

    def get(self, token: str) -> InView | None:
        with self._lock:
            if token in self._maps:
                self._maps.move_to_end(token)
            return self._maps.get(token)

    def put(self, token: str, found: InView) -> None:
        with self._lock:
            self._maps[token] = found
            while len(self._maps) > _KEPT:
                self._maps.popitem(last=False)


@st.cache_resource(show_spinner=False)
def _ready() -> _Ready:
    return _Ready()


def offered(key: tuple[Any, ...], make: Callable[[], InView]) -> str:
    """Keep a map ready for the page, and return where it asks for what is in view.

    `key` tells everything the map depends on.
    """
    token = hashlib.sha256(repr(key).encode()).hexdigest()[:32]
    if _ready().get(token) is None:
        _ready().put(token, make())
    return address(f"{_PATH}/{token}")


def encoded(found: dict[str, Any]) -> bytes:
    """Return one answer as bytes: the length of its head (4 bytes, the low one first), the head as JSON, the arrays."""
    arrays = {name: value for name, value in found.items() if name != "plan"}
    head = {"plan": found["plan"], "lengths": {name: len(value) for name, value in arrays.items()}}
    text = json.dumps(head, ensure_ascii=False).encode()
    return b"".join([struct.pack("<I", len(text)), text, *arrays.values()])


async def _answer(request: Request) -> Response:
    """What lies in the box of the query: west, north, east and south in world pixels."""
    try:
        box = tuple(float(part) for part in request.query_params.get("box", "").split(","))
        west, north, east, south = box
    except ValueError:
        return PlainTextResponse("422", 422)
    zoom = request.path_params["zoom"]
    if zoom not in ZOOMS or not (west <= east and north <= south):
        return PlainTextResponse("422", 422)
    ready = _ready().get(request.path_params["token"])
    if ready is None:
        return PlainTextResponse("404", 404)
    found = await run_in_threadpool(lambda: encoded(ready.part((west, north, east, south), zoom)))
    return Response(found, media_type="application/octet-stream", headers=_AS_IT_IS)


#: Beside Streamlit's own pages, behind the gate like them: what is in view, and the tiles of the ground below it.
ROUTES = [Route(f"/{_PATH}/{{token}}/{{zoom:int}}", _answer), *TILES]
