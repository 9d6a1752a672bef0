"""Forms that a telephone keeps: a worker that opens them without signal, and what sets them among its programs."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from geo.model.facts import DATA_DIR
from texts import t
from views.server.gate import language
from views.session.hosts import address

#: A kept form may ask its own server whether it is there, and keeps itself on the phone.
OFFLINE_RULES = ("connect-src 'self'", "worker-src 'self'", "manifest-src 'self'", "img-src 'self' data:")


def installable(path: str, title: str, keeps: str, *, as_opened: bool = False) -> list[Route]:
    """Return the routes of a form's worker, manifest and picture.

    Parameters
    ----------
    path
        Where the form lies; the worker may keep nothing outside of it.
    title
        Key of its name among a telephone's programs.
    keeps
        What is kept of it: an ending of addresses, as a regular expression of JavaScript.
    as_opened
        Whether it begins, as a program, at the address that was opened, a key in it, rather than at ``path``.
    """

    def worker(request: Request) -> Response:
        told = json.dumps(t("lapor.not_opened", language(request.url.query)))
        code = f"const NOT_OPENED = {told}, KEPT = {json.dumps(f'mata-air-{path}')}, KEEPS = /{keeps}/;\n"
        headers = {"Service-Worker-Allowed": address(path), "Cache-Control": "no-cache"}
        return Response(code + _own("worker.js"), headers=headers, media_type="text/javascript")

    def manifest(request: Request) -> Response:
        icon = {"src": address(f"{path}/icon.svg"), "sizes": "any", "type": "image/svg+xml"}
        begins = {"scope": address(path), "display": "standalone"} | ({} if as_opened else {"start_url": address(path)})
        named = {"name": f"Mata Air: {t(title, language(request.url.query))}", "short_name": "Mata Air"}
        return JSONResponse(named | begins | {"icons": [icon]}, media_type="application/manifest+json")

    def picture(_: Request) -> Response:
        return Response((DATA_DIR / "icon.svg").read_bytes(), media_type="image/svg+xml")

    return [
        Route(f"/{path}/worker.js", worker),
        Route(f"/{path}/manifest.webmanifest", manifest),
        Route(f"/{path}/icon.svg", picture),
    ]


def offline_links(path: str, lang: str) -> dict[str, str]:
    """Return the addresses that a form's page names: its worker with what it may keep, manifest and picture."""
    return {
        "worker": f"{address(f'{path}/worker.js')}?lang={lang}",
        "scope": address(path),
        "manifest": f"{address(f'{path}/manifest.webmanifest')}?lang={lang}",
        "probe": address(f"{path}/manifest.webmanifest"),
        "icon": address(f"{path}/icon.svg"),
    }


@cache
def form_script(path: Path) -> str:
    """Return the script of a form, behind what makes pictures small for all of them."""
    return _own("smaller.js") + path.read_text(encoding="utf-8")


@cache
def _own(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
