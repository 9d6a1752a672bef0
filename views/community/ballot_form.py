"""A budget ballot on a telephone: whoever holds a slip spends the budget; a plain page, nobody signs in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from exports.paper.slips import project_name
from exports.tables.sheet import sample_mark
from forum.polls.polls import KINDS_OF_POLLS, MOST_PROJECTS, Poll, cast, cleaned, digest, poll_of
from forum.roles import guard
from geo.analysis.analyse import sample_tables
from geo.model.errors import CallError, DataError, PlanningError
from texts import count, error_text, money, t
from views.community.ballot_result import TABLES, result_of, table_of
from views.parts.html import plain_page
from views.server.forms import read_form
from views.server.gate import language, other_language
from views.server.origin import sender
from views.session.cache import inputs, prepare_workspace, workspace
from views.session.hosts import address
from views.session.record import whole_record

#: Wrong codes from one sender: a hall behind one Wi-Fi mistypes, and nobody finds a code of 60 bits by trying.
_WRONG = parse("200 per 10 minute")
#: Words of the page: texts `ballot.…`.
_WORDS = ("help", "choose", "send", "code", "ask", "show", "is_over", "by_project", "receipts", "receipts_help")
_LIMITS = MovingWindowRateLimiter(MemoryStorage())


async def ballot_page(request: Request) -> Response:
    """Ask for a code, show its ballot, or take it."""
    if request.method != "POST":
        return await run_in_threadpool(_look, request)
    form = await read_form(request, MOST_PROJECTS + 10)
    if form is None:
        return PlainTextResponse("400", 400)
    return await run_in_threadpool(_take, request, form.get("project", []))


def _look(request: Request) -> Response:
    code = request.path_params.get("code", "")
    if not code and (asked := cleaned(request.query_params.get("code", ""))):
        return RedirectResponse(f"{address(f'ballot/{asked}')}?lang={language(request.url.query)}", 303)
    return _answer(request, code)


def _take(request: Request, chosen: Sequence[str]) -> Response:
    code, lang = request.path_params.get("code", ""), language(request.url.query)
    prepare_workspace()
    try:
        receipt = cast(whole_record(workspace()).guarded(guard(None)), code, chosen)
    except DataError:  # where the database lies is nobody's here to know
        return _shown(request, error=t("gate.out_of_order", lang), status=503)
    except PlanningError as error:
        return _answer(request, code, chosen, error)
    return _shown(request, thanks=t("ballot.thanks", lang, receipt=receipt))


def _answer(request: Request, code: str, chosen: Sequence[str] = (), refused: PlanningError | None = None) -> Response:
    """The ballot of a code, with why it was not taken; or why there is none."""
    prepare_workspace()
    lang = language(request.url.query)
    if not code:
        return _shown(request)
    poll, status = _poll(request, code)
    if poll is None:
        told = {503: t("gate.out_of_order", lang), 429: t("lapor.too_many", lang)}
        wrong = error_text(CallError("error.ballot_code"), lang)
        return _shown(request, error=told.get(status, wrong), status=status)
    if poll.ballots is not None:
        error = error_text(refused, lang) if refused else ""
        told = result_of(workspace(), poll, lang)
        return _shown(request, poll, code, error=error, status=410 if refused else 200, result=told)
    shut = None
    if digest(code) in poll.spent:
        shut = CallError("error.ballot_spent")
    elif poll.over():
        shut = CallError("error.poll_over", value=poll.title)
    if shut is not None:
        return _shown(request, error=error_text(shut, lang), status=410)
    error = error_text(refused, lang) if refused else ""
    return _shown(request, poll, code, chosen, error=error, status=400 if refused else 200)


def _poll(request: Request, code: str) -> tuple[Poll | None, int]:
    """The poll of a code, or why there is none: 503 the record is away, 404 no such code, 429 too many of those."""
    try:
        poll = poll_of(whole_record(workspace()).standing(*KINDS_OF_POLLS), code)
    except DataError:
        return None, 503
    if poll is not None:  # a right code is answered, whatever others behind the same address have tried
        return poll, 200
    return None, 404 if _LIMITS.hit(_WRONG, sender(request.client.host if request.client else "")) else 429


def _shown(
    request: Request, poll: Poll | None = None, code: str = "", chosen: Sequence[str] = (), *,
    error: str = "", thanks: str = "", status: int = 200, result: Mapping[str, Any] | None = None,
) -> Response:  # fmt: skip
    lang = language(request.url.query)
    path = f"ballot/{cleaned(code)}" if code else "ballot"
    words = {one: t(f"ballot.{one}", lang) for one in _WORDS}
    words["budget"] = t("ballot.budget_line", lang, budget=money(poll.budget_idr, lang)) if poll else ""
    return plain_page(
        "ballot.html", lang, status=status, title=poll.title if poll else t("ballot.title", lang),
        mark=sample_mark(sample_tables(inputs()), lang) if poll else "",
        error=error, thanks=thanks, result=result, code=code, chosen=list(chosen), words=words,
        budget=poll.budget_idr if poll else 0, projects=_projects(poll, lang) if poll and result is None else [],
        files=[(f"{address(path)}/{one}.csv", f"{one}.csv") for one in TABLES] if result else [],
        script_words={
            "left": t("ballot.left", lang, spent="{spent}", left="{left}"),
            "over": t("ballot.over", lang, spent="{spent}", left="{left}"),
        },
        action=f"{address(path)}?lang={lang}" if poll else address("ballot"),
        **other_language(address(path), lang),
    )  # fmt: skip


async def ballot_table(request: Request) -> Response:
    """A table of a poll that is counted, for whoever holds a slip of it."""
    return await run_in_threadpool(_table, request)


def _table(request: Request) -> Response:
    prepare_workspace()
    name = request.path_params["name"]
    poll, status = _poll(request, request.path_params["code"])
    if poll is None or poll.ballots is None or name not in TABLES:
        status = 404 if poll is not None else status
        return PlainTextResponse(str(status), status)
    told = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    return Response(table_of(poll, name), 200, told, "text/csv; charset=utf-8")


def _projects(poll: Poll, lang: str) -> list[dict[str, Any]]:
    found = []
    for n, one in enumerate(poll.projects, start=1):
        gain = one.gain_people
        people = t("ballot.gain", lang, people=count(gain, lang)) if gain is not None else t("ballot.no_gain", lang)
        told = f"{money(one.cost_idr, lang)} · {people}"
        found.append(
            {"key": one.key, "cost": one.cost_idr, "name": f"{n}. {project_name(vars(one), lang)}", "told": told}
        )
    return found


ROUTES = [
    Route("/ballot", ballot_page, methods=["GET"]),
    Route("/ballot/{code}", ballot_page, methods=["GET", "POST"]),
    Route("/ballot/{code}/{name}.csv", ballot_table, methods=["GET"]),
]
