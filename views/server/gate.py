"""The gate before everything the server gives: pages, uploads, media and the websocket alike.

Streamlit's own sign-in guards only what a script draws. Here nothing passes without a session of a member, where people
sign in; a session ends for good with the sign-out, on every open page. On a laptop the gate looks at the host's name
alone. It also tells the browser the language of the page, which Streamlit leaves at English.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, quote

import streamlit as st
from google.protobuf.message import DecodeError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.auth_util import validate_auth_credentials
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.user_info import generate_login_redirect_url

from forum import Record
from forum.members import Member, account_of
from geo.model.errors import CallError, DataError, PlanningError
from geo.workspace.audit import note
from texts import LANGUAGES, t
from views.parts.html import plain_page
from views.parts.words import script
from views.server import uploads
from views.server.copies import following
from views.server.headers import DATA_RULES, make_safe, nonce, rules, with_nonce
from views.server.origin import from_our_page, ours, trust_named_proxies
from views.server.preload import early_links
from views.server.signed import key_of, let_in, let_out, live, signed_in_as
from views.server.sockets import answer_at_once, end_the_silent, make_room
from views.server.warm import warm
from views.session.cache import prepare_workspace, workspace
from views.session.hosts import address, known_host
from views.session.record import SESSION_HEADER, has_auth, latch, signing_in, whole_record

#: Open to everybody: health for whoever watches the server, the way in and out, the community's form and its ballots.
_HEALTH = "_stcore/health"
OPEN = frozenset(
    (_HEALTH, "auth/login", "auth/logout", "oauth2callback", "sign-in", "report", "ballot", "public", "api", "survey")
)
#: Beneath these everything is open: the public page, which answers only when it was turned on, the way of a report, and
#: what telephones ask with a key of their own.
PUBLIC = ("public/", "report/", "ballot/", "openrosa/", "calendar/", "api/", "survey/")
_NEXT = "mata_air_next"
_FILES = ("_stcore/", "static/", "media/", "component/", "app/static/", "basemap/", "in-view/")
#: The first part of the paths that are our own routes.
_OUR_ROUTES = frozenset(("report", "ballot", "public", "api", "openrosa", "calendar", "survey", "in-view", "basemap"))
#: What nobody here asks for: figures about the server, and doors for programs that are not ours.
_SHUT = ("_stcore/metrics", "_stcore/agent")
#: What other programs and telephones read: no page of ours.
_DATA = ("api", "openrosa/", "calendar/")
_SHORTEST_SECRET = 32
#: Methods that change nothing: a page of another site may send them, and cannot read the answer.
_LOOKS = ("GET", "HEAD", "OPTIONS")
#: What Streamlit's own page holds, and none of the plain ones.
_IS_OURS = b'<script type="module"'
_OWN = re.compile(r"/(?![/\\])[!-\[\]-~]*")
_LOG = logging.getLogger(__name__)


@asynccontextmanager
async def ready(_: Any) -> AsyncIterator[None]:
    """Refuse to serve a sign-in that is not whole."""
    latch()
    if signing_in():
        validate_auth_credentials("default")
        if len(str(st.secrets["auth"]["cookie_secret"])) < _SHORTEST_SECRET:
            raise CallError("error.cookie_secret", count=_SHORTEST_SECRET)
        if not str(st.secrets["auth"]["redirect_uri"]).endswith("/oauth2callback"):
            raise CallError("error.redirect_uri")
    trust_named_proxies()
    answer_at_once()
    end_the_silent()
    make_room()
    warm()
    with following(_kept):
        yield


def _kept() -> Record:
    """The record, in a workspace that may not be made yet."""
    prepare_workspace()
    return whole_record(workspace())


def _path(scope: Scope) -> str:
    """The path within the dashboard."""
    return str(scope["path"]).removeprefix(address("").rstrip("/")).lstrip("/")


def language(query: str) -> str:
    """The language that a query asks for, else Indonesian."""
    asked = parse_qs(query).get("lang", [""])[0]
    return asked if asked in LANGUAGES else LANGUAGES[0]


def _not_here(scope: Scope, member: Member | None) -> int:
    """The status with which something is refused that no page of ours asks for, or too much of it; 0: it may pass."""
    path = _path(scope)
    return 404 if path.startswith(_SHUT) else uploads.refused(scope, path, member)


class Gate:
    """The first of the server's middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let pass what may pass; what nobody thought of ends in an answer that says nothing, with safe headers."""
        if scope["type"] != "http":
            await self._asked(scope, receive, send)
            return
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._asked(scope, receive, sending)
        except Exception:
            if begun:
                raise
            _LOG.exception("500")
            await _refuse(scope, receive, send, PlainTextResponse("500", 500))

    async def _asked(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        base = address("").rstrip("/")
        if base and _path(scope).partition("/")[0] in _OUR_ROUTES:  # Streamlit mounts its own pages there, not these
            scope["root_path"] = base
        scope["headers"] = [one for one in scope["headers"] if one[0].lower() != SESSION_HEADER.encode()]
        if not known_host(connection.headers.get("host")):
            await _refuse(scope, receive, send, PlainTextResponse("421", 421))
        elif not ours(connection.headers) and (scope["type"] == "websocket" or scope["method"] not in _LOOKS):
            await _refuse(scope, receive, send, PlainTextResponse("403", 403))
        elif not signing_in():
            status = _not_here(scope, None)
            if status:
                await _refuse(scope, receive, send, PlainTextResponse(str(status), status))
                return
            await self._pass(scope, receive, send)
        else:
            try:
                await self._signed(connection, scope, receive, send)
            except PlanningError as error:
                await _refuse(scope, receive, send, _out_of_order(error, scope))

    async def _signed(self, connection: HTTPConnection, scope: Scope, receive: Receive, send: Send) -> None:
        path = _path(scope)
        if not has_auth() and path != _HEALTH:
            raise DataError("error.secrets", path=".streamlit/secrets.toml")
        claims = signed_in_as(connection.cookies)
        if scope["type"] == "http" and path == "sign-in":
            await _on_the_way(Request(scope))(scope, receive, send)
        elif scope["type"] == "http" and path == "oauth2callback":
            await self._returning(scope, receive, send)
        elif scope["type"] == "http" and (path in OPEN or path.startswith(PUBLIC)):
            if path == "auth/logout" and claims is not None:
                if not from_our_page(connection.headers):  # a link elsewhere ends nobody's session
                    await _refuse(scope, receive, send, RedirectResponse(address(""), 303))
                    return
                await run_in_threadpool(let_out, claims)
            await self._pass(scope, receive, send)
        elif claims is None or (member := await run_in_threadpool(live, key_of(claims))) is None:
            await _refuse(scope, receive, send, _way_in(scope))
        elif status := _not_here(scope, member):
            await _refuse(scope, receive, send, PlainTextResponse(str(status), status))
        else:
            scope["headers"].append((SESSION_HEADER.encode(), key_of(claims).encode()))
            watched = _watched(key_of(claims), receive, send) if scope["type"] == "websocket" else receive
            await self._pass(scope, watched, send)

    async def _returning(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The provider sends somebody back: a session begins for a member, and for nobody else."""
        cookies: SimpleCookie = SimpleCookie()
        instead: Response | None = None

        async def sending(message: Message) -> None:
            nonlocal instead
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for line in headers.getlist("set-cookie"):
                    cookies.load(line)
                instead = await run_in_threadpool(_answer, cookies, scope, headers)
                if instead is not None:
                    await _shown(instead, scope)(scope, receive, send)
            if instead is None:
                await send(message)

        asked = parse_qs(scope["query_string"].decode("latin-1"))
        if "error" in asked:  # Streamlit writes it into the log as it came
            word = re.sub(r"[^a-z_]", "", asked["error"][0])[:40] or "error"
            state = "".join(f"&state={quote(one)}" for one in asked.get("state", ())[:1])
            scope["query_string"] = f"error={word}{state}".encode()
        await self._pass(scope, receive, sending)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the dashboard answer; what it sends is made safe, and its page gets its language."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_page = scope["method"] == "GET" and not _path(scope).startswith(_FILES)
        if is_page:  # its text is changed below: it must come as it is
            skipped = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
            scope["headers"] = [one for one in scope["headers"] if one[0].lower() not in skipped]
        await self._app(scope, receive, _made_safe(scope, send, is_page=is_page))


def _made_safe(scope: Scope, send: Send, *, is_page: bool) -> Send:
    """Send with safe headers; a page says its language, and its own scripts carry a nonce."""
    start: Message | None = None
    body = b""

    async def sending(message: Message) -> None:
        nonlocal start, body
        if message["type"] == "http.response.start":
            if is_page and MutableHeaders(scope=message).get("content-type", "").startswith("text/html"):
                start = message
                return
            _safe(MutableHeaders(scope=message), scope)
        elif message["type"] == "http.response.body" and start is not None:
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            body, policy = _own_page(body, scope)
            headers = MutableHeaders(scope=start)
            _safe(headers, scope, policy)
            headers["content-length"] = str(len(body))
            for name in ("etag", "last-modified"):
                if name in headers:
                    del headers[name]
            await send(start)
            message = {"type": "http.response.body", "body": body}
        await send(message)

    return sending


def _own_page(body: bytes, scope: Scope) -> tuple[bytes, str]:
    """The page in its language, with our script and a nonce where it is Streamlit's; and its policy."""
    lang = language(scope["query_string"].decode())
    body = body.replace(b'<html lang="en">', f'<html lang="{lang}">'.encode(), 1)
    if _IS_OURS not in body:
        return body, ""
    value = nonce()
    body = body.replace(b"</head>", script() + early_links() + b"</head>", 1)
    return with_nonce(body, value), rules(HTTPConnection(scope).headers.get("host", ""), value)


def _safe(headers: MutableHeaders, scope: Scope, policy: str = "") -> None:
    host = HTTPConnection(scope).headers.get("host", "")
    path = _path(scope)
    if not policy and path.startswith(_DATA):
        policy = DATA_RULES
    if not policy and path.startswith("component/"):
        policy = rules(host, tiles=True)
    kept = path.startswith(_FILES) and not path.startswith("media/")
    make_safe(headers, host=host, https=scope.get("scheme") == "https", policy=policy, kept=kept)


def _watched(key: str, receive: Receive, send: Send) -> Receive:
    """What an open page says is taken while its session goes on; after that it is sent to the way in."""

    async def receiving() -> Message:
        message = await receive()
        while message["type"] == "websocket.receive" and _empties(message.get("bytes") or b""):
            message = await receive()
        if message["type"] != "websocket.receive":
            return message
        try:
            goes_on = await run_in_threadpool(live, key) is not None
        except PlanningError:
            goes_on = False
        if goes_on:
            return message
        away = ForwardMsg()
        away.auth_redirect.url = address("")
        await send({"type": "websocket.send", "bytes": away.SerializeToString()})
        await send({"type": "websocket.close", "code": 1008})
        return {"type": "websocket.disconnect", "code": 1008}

    return receiving


def _empties(data: bytes) -> bool:
    """Whether a page asks to empty what the server keeps for all: that is nobody's to do from a page."""
    asked = BackMsg()
    try:
        asked.ParseFromString(data)
    except DecodeError:
        return False  # Streamlit refuses it
    return asked.WhichOneof("type") == "clear_cache"


async def _refuse(scope: Scope, receive: Receive, send: Send, answer: Response) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
    else:
        await _shown(answer, scope)(scope, receive, send)


def _shown(answer: Response, scope: Scope) -> Response:
    _safe(answer.headers, scope)
    return answer


def _answer(cookies: SimpleCookie, scope: Scope, headers: MutableHeaders) -> Response | None:
    """What to say to somebody who comes back from the provider, where it is not what Streamlit says."""
    try:
        claims = signed_in_as({name: morsel.value for name, morsel in cookies.items()})
        query = parse_qs(scope["query_string"].decode())
        if claims is None:
            if not {"code", "error"} & query.keys():
                return None
            note(workspace(), "sign_in_failed")
            return _way_in(scope, "failed")
        if not let_in(claims, signed_in_as(Request(scope).cookies)):
            told = account_of(json.loads(claims))
            return _way_in(scope, "unknown", account=told[-1] if told else "–")
    except PlanningError as error:
        return _out_of_order(error, scope)
    headers["location"] = _own(Request(scope).cookies.get(_NEXT, "")) or headers["location"]
    return None


def _own(wanted: str) -> str:
    """A path of this server, or nothing: no other host, in none of the ways a browser would read one into it."""
    return wanted if _OWN.fullmatch(wanted) else ""


def _on_the_way(request: Request) -> Response:
    """To the provider; the page that was asked for is come back to."""
    answer = RedirectResponse(generate_login_redirect_url("default"), 302)
    wanted = _own(request.query_params.get("next", "")) or "/"
    answer.set_cookie(_NEXT, wanted, max_age=600, httponly=True, samesite="lax")
    return _shown(answer, request.scope)


def _way_in(scope: Scope, why: str = "", **told: str) -> Response:
    """The page on which people sign in; files and calls are refused without it."""
    path, query = str(scope["path"]), scope["query_string"].decode()
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or _path(scope).startswith(_FILES):
        return PlainTextResponse("401", 401)
    lang = language(query)
    asked = quote(path)
    back = address("") if _path(scope) in OPEN else f"{asked}?{query}" if query else asked
    reasons = {"failed": "gate.failed", "unknown": "gate.unknown", "": ""}
    return plain_page(
        "sign_in.html",
        lang,
        status=403 if why == "unknown" else 401,
        title=t("gate.title", lang),
        told=t(reasons[why], lang, **told) if why else "",
        help=t("gate.help", lang),
        action=t("gate.sign_in", lang),
        href=f"{address('sign-in')}?next={quote(back)}",
        again=0,
        **other_language(address("") if why else path, lang),
    )


def _out_of_order(error: PlanningError, scope: Scope) -> Response:
    """What the page says while the database is not there; it asks again by itself."""
    lang = language(scope["query_string"].decode())
    _LOG.warning("%s", error)  # where things lie is for those who keep the server
    shown = {"title": t("gate.out_of_order", lang), "told": "", "help": t("gate.again", lang)}
    link = other_language(str(scope["path"]), lang)
    return plain_page("sign_in.html", lang, status=503, action="", href="", again=5, **shown, **link)


def other_language(path: str, lang: str, query: str = "") -> dict[str, str]:
    """Where the same page is in the other language."""
    other = next(one for one in LANGUAGES if one != lang)
    rest = f"&{query}" if query else ""
    name = {"id": "Bahasa Indonesia", "en": "English"}[other]
    own = "/" + quote(path.lstrip("/\\"))
    return {"other_href": f"{own}?lang={other}{rest}", "other_lang": other, "other_name": name}
