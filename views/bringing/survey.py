"""The survey in a telephone's browser: the forms that Collect is offered, filled without signal, sent once there is.

Answers are sent as Collect sends them (`views.bringing.openrosa`): the same inbox, the same keys, the same refusals.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from exports.tables.followup import KNOWN, visit_pages
from exports.tables.questions import Question, questions
from exports.tables.xlsform import form_pages
from geo.model.facts import facts
from geo.model.sites import VISITS
from texts import t
from views.bringing.openrosa import OFFERED, device, sites_file
from views.parts.html import plain_page
from views.server.gate import language, other_language
from views.server.installable import OFFLINE_RULES, form_script, installable, offline_links
from views.session.cache import inputs
from views.session.hosts import address

#: Words that the script says.
_WORDS = (
    "kept", "sent", "refused", "not_kept", "key", "again", "drop", "sure", "nowhere", "unknown_site", "degrees",
    "known",
)  # fmt: skip


async def survey(request: Request) -> Response:
    """Show the forms on offer, or one of them."""
    return await run_in_threadpool(_shown, request)


def _shown(request: Request) -> Response:
    lang, table = language(request.url.query), request.path_params.get("table", "")
    links = offline_links("survey", lang) | {"script": ""}
    more: dict[str, Any] = {"forms": [], "form": None, "told": ""}
    status = 200
    if device(request) is None:
        more, status = more | {"told": t("openrosa.key", lang)}, 401
    elif not table:
        way = request.url.path.rstrip("/")
        more["forms"] = [(f"{way}/{one}?lang={lang}", t(f"table.{one}", lang)) for one in OFFERED]
    elif table not in OFFERED:
        more, status = more | {"told": t("openrosa.no_form", lang, value=table[:60])}, 404
    else:
        more["form"] = _form(request, table, lang)
    if status == 200:
        links["script"] = form_script(Path(__file__).parent / "survey.js")
    words = {name: t(f"survey.{name}", lang) for name in ("here", "send", "lat", "lon", "back", "choose")}
    return plain_page(
        "survey.html", lang, status=status, title=t("survey.title", lang), help=t("survey.help", lang), words=words,
        offline=links, rules=(*OFFLINE_RULES, "img-src 'self' data: blob:"), **more,
        **other_language(request.url.path, lang, ""),
    )  # fmt: skip


def _form(request: Request, table: str, lang: str) -> dict[str, Any]:
    """What the page of one form needs: its questions, where answers go, where its sites lie."""
    key = request.path_params.get("key", "")
    way = f"openrosa/key/{key}" if key else "openrosa"
    words = {name: t(f"survey.{name}", lang, count="{count}", reason="{reason}", known="{known}") for name in _WORDS}
    return {
        "table": table,
        "title": t(f"table.{table}", lang),
        "asked": _asked(table, lang),
        "key": "" if table == VISITS else facts("tables")[table]["key"],
        "send": address(f"{way}/submission"),
        "sites": f"{request.url.path.removesuffix('/')}/sites.geojson" if table == VISITS else "",
        "known": " ".join(KNOWN),
        "words": json.dumps(words, ensure_ascii=False),
        "all": f"{request.url.path.rpartition('/')[0]}?lang={lang}",
    }


def _asked(table: str, lang: str) -> list[Question]:
    return questions(visit_pages() if table == VISITS else form_pages(table, inputs()), lang)


async def sites(request: Request) -> Response:
    """The sites that a visit may choose from."""
    return await run_in_threadpool(_sites, request)


def _sites(request: Request) -> Response:
    if device(request) is None:
        return PlainTextResponse("401", 401)
    return Response(sites_file(), 200, {"Cache-Control": "no-cache"}, "application/geo+json")


#: What the worker keeps: the list of forms, each form, and the sites of visits; nothing of another page.
_KEEPS = rf"\/survey(\/key\/[^/]+)?(\/({'|'.join(OFFERED)})(\/sites\.geojson)?)?$"
ROUTES = [
    *installable("survey", "survey.title", _KEEPS, as_opened=True),
    *(Route(f"/survey{start}/{VISITS}/sites.geojson", sites) for start in ("", "/key/{key}")),
    *(Route(f"/survey{path}", survey) for path in ("", "/key/{key}", "/key/{key}/{table}", "/{table}")),
]
