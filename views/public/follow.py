"""What became of a report, by the code of its receipt: a plain page without any person in it."""

from __future__ import annotations

from typing import Any

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from forum.public.followed import Followed, followed, with_code
from geo.model.called import called
from geo.model.errors import DataError
from texts import day, t
from views.parts.html import plain_page
from views.server.gate import language, other_language
from views.server.origin import sender
from views.session.cache import inputs, prepare_workspace, workspace
from views.session.hosts import address
from views.session.record import whole_record

#: Wrong codes from one sender: nobody finds one by trying. A right code is answered whatever others have tried.
_ONE = parse("20 per 10 minute")
_LIMITS = MovingWindowRateLimiter(MemoryStorage())


async def follow_page(request: Request) -> Response:
    """Ask for a code, or show what became of its report."""
    return await run_in_threadpool(_answer, request)


def _answer(request: Request) -> Response:
    prepare_workspace()
    lang, code = language(request.url.query), request.path_params.get("code", "")
    if not code and (asked := request.query_params.get("code", "").strip()):
        clean = "".join(sign for sign in asked.lower() if sign.isalnum())[:20]
        return RedirectResponse(f"{address(f'report/{clean}')}?lang={lang}", 303)
    who = sender(request.client.host if request.client else "")
    try:
        record = whole_record(workspace())  # the whole of it is read for a code that is known, and for no other
        known = bool(code) and with_code(record.standing("community"), code) is not None
        found = followed(record.standing(), code) if known else None
    except DataError:
        return _shown(request, lang, code, error=t("gate.out_of_order", lang), status=503)
    if code and found is None:
        if not _LIMITS.hit(_ONE, who):
            return _shown(request, lang, code, error=t("follow.too_many", lang), status=429)
        return _shown(request, lang, code, error=t("follow.unknown", lang), status=404)
    return _shown(request, lang, code, found)


def steps_of(found: Followed, lang: str) -> list[tuple[str, str, bool]]:
    """What a report has gone through and what it waits for: word, day or what is awaited, whether it is reached."""

    def step(name: str, on: Any) -> tuple[str, str, bool]:
        return t(f"follow.{name}", lang), day(on, lang) if on else t("follow.waiting", lang), on is not None

    told = [step("received", found.received)]
    if found.refused:
        return [*told, step("refused", found.refused)]
    told.append(step("verified", found.verified))
    if found.what == "broken":
        planned = step("planned", found.planned)
        if found.planned_for:
            planned = (planned[0], f"{planned[1]} ({t('follow.for_year', lang, year=found.planned_for)})", True)
        told += [planned, step("repaired", found.repaired)]
    return told


def _shown(
    request: Request, lang: str, code: str, found: Followed | None = None, *, error: str = "", status: int = 200
) -> Response:
    return plain_page(
        "follow.html", lang, status=status, title=t("follow.title", lang), error=error, code=code,
        site=f"{t(f'lapor.what.{found.what}', lang)} · {called(inputs(), found.site_id)}" if found else "",
        steps=steps_of(found, lang) if found else [], ask=t("follow.ask", lang), label=t("follow.code", lang),
        send=t("follow.show", lang), action=address("report/follow"),
        **other_language(f"report/{code}" if code else "report/follow", lang),
    )  # fmt: skip


ROUTES = [Route("/report/follow", follow_page), Route("/report/{code}", follow_page)]
