"""A server on this machine that answers as Overpass does: queries by tag inside a polygon, elements as JSON."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import shapely

_NAMED = re.compile(
    r'(area|rel(?:\(area\.outer\))?)\["boundary"="administrative"\]\["admin_level"="(\d)"\]\["name"~"\^(.*?)\$",i\]'
)
_PART = re.compile(r"\((node|way|relation)\['([\w:]+)'='([^']*)'\]\(poly:'([^']*)'\)")
_STATUS = "Connected as: 1\nCurrent time: 2026-11-25T00:00:00Z\nAnnounced endpoint: none\nRate limit: 2\n2 slots available now.\n"


class Town:
    """Elements of a made-up place, numbered as OpenStreetMap does."""

    def __init__(self) -> None:
        self.elements: list[dict[str, Any]] = []
        self.xy: dict[int, tuple[float, float]] = {}
        #: Boxes of areas by level, name and the name of what they lie in.
        self.named: Callable[[str, str, str], list[dict[str, float]]] = lambda level, name, outer: []

    def node(self, lon: float, lat: float, **tags: str) -> int:
        number = len(self.elements) + 1
        self.xy[number] = (lon, lat)
        self.elements.append({"type": "node", "id": number, "lat": lat, "lon": lon, "tags": _tags(tags)})
        return number

    def way(self, places: list[tuple[float, float]], *, closed: bool = False, **tags: str) -> int:
        nodes = [self.node(*place) for place in places]
        number = len(self.elements) + 1
        self.elements.append(
            {"type": "way", "id": number, "nodes": [*nodes, nodes[0]] if closed else nodes, "tags": _tags(tags)}
        )
        return number

    def relation(self, way: int, **tags: str) -> int:
        number = len(self.elements) + 1
        members = [{"type": "way", "ref": way, "role": "outer"}]
        self.elements.append({"type": "relation", "id": number, "members": members, "tags": _tags(tags)})
        return number

    def answer(self, query: str) -> list[dict[str, Any]]:
        """What a query asks for, with everything that it is made of."""
        named = _NAMED.findall(query)
        if named:
            bare = [re.sub(r"^.*\)\?|^Kota ", "", name) for _, _, name in named]
            boxes = self.named(named[-1][1], bare[-1], bare[0] if len(bare) > 1 else "")
            return [{"type": "relation", "id": n, "bounds": box, "tags": {}} for n, box in enumerate(boxes)]
        found: dict[tuple[str, int], dict[str, Any]] = {}
        for kind, key, value, ring in _PART.findall(query):
            numbers = [float(number) for number in ring.split()]
            ground = shapely.Polygon(zip(numbers[1::2], numbers[::2], strict=True))
            for element in self.elements:
                if element["type"] == kind and element["tags"].get(key) == value and self._touches(element, ground):
                    self._with_parts(element, found)
        return list(found.values())

    def _touches(self, element: dict[str, Any], ground: shapely.Polygon) -> bool:
        parts: dict[tuple[str, int], dict[str, Any]] = {}
        self._with_parts(element, parts)
        places = [self.xy[number] for kind, number in parts if kind == "node"]
        return bool(shapely.contains_xy(ground, *zip(*places, strict=True)).any())

    def _with_parts(self, element: dict[str, Any], found: dict[tuple[str, int], dict[str, Any]]) -> None:
        found[element["type"], element["id"]] = element
        inside = [("node", number) for number in element.get("nodes", [])]
        inside += [(member["type"], member["ref"]) for member in element.get("members", [])]
        for _, number in inside:
            self._with_parts(self.elements[number - 1], found)


def _tags(tags: dict[str, str]) -> dict[str, str]:
    return {key.replace("__", ":"): value for key, value in tags.items()}


@contextmanager
def serving(town: Town, *, status: int = 200, body: bytes | None = None) -> Iterator[str]:
    """The address of a running server; `status` and `body` instead of what it would answer to a query."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(200, _STATUS.encode(), "text/plain")

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            query = parse_qs(self.rfile.read(length).decode())["data"][0]
            answer = json.dumps({"version": 0.6, "elements": town.answer(query)}).encode()
            self._send(status, answer if body is None else body, "application/json")

        def _send(self, code: int, content: bytes, kind: str) -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/api"
    finally:
        server.shutdown()
        server.server_close()
