"""Report: what somebody of the community knows of a site, by a link or a picture code; nobody has to sign in.

A plain page without scripts of others: a few kilobytes, on any telephone.
"""

from __future__ import annotations

import errno
import hashlib
import json
import time
from base64 import b64decode
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import geopandas as gpd
import pandas as pd
import segno
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from forum.community import WHAT, Report, receive
from forum.public.followed import code_of
from forum.record import Event
from forum.roles import guard
from geo.cells.cell_error import CellError
from geo.cells.position_text import angle
from geo.field.inbox import put_file
from geo.model.errors import CallError, DataError, PlanningError
from geo.model.sites import SERVICES, SITE_TABLES, kind_column, site_id_column
from geo.reach.villages_at import village_at
from texts import error_text, t
from views.community.ballot_form import ROUTES as BALLOT
from views.parts.html import plain_page
from views.server.forms import read_form
from views.server.gate import language, other_language
from views.server.installable import OFFLINE_RULES, form_script, installable, offline_links
from views.server.origin import sender
from views.session.cache import inputs, prepare_workspace, workspace
from views.session.hosts import address
from views.session.record import whole_record

#: From one sender, and from all together: a village may report in one evening, a machine may not fill the record.
_ONE, _ALL = parse("10 per 10 minute"), parse("300 per hour")
#: Whoever has said little is heard when others have used up the hour of all, until nobody is any more.
_LITTLE, _UTMOST = parse("3 per hour"), parse("1000 per hour")
_LIMITS = MovingWindowRateLimiter(MemoryStorage())
_FIELDS = ("what", "text", "name", "phone", "lat", "lon", "ref")
#: A form with its picture, which the telephone made small; the picture alone; and all that wait to be looked at.
_MOST_FORM, _MOST_PICTURE, _MOST_KEPT = 700_000, 450_000, 300_000_000
#: A picture that waits to be looked at is not kept longer than this, days.
_LONGEST_DAYS = 60
#: Where pictures lie as they came: nobody has opened one, and this server never does.
_PICTURES = "reports"
_MOST = {"text": 1000, "name": 100, "phone": 40}


async def report_form(request: Request) -> Response:
    """Show the form, or take what was written into it."""
    if request.method != "POST":
        return await run_in_threadpool(_shown, request, {})
    form = await read_form(request, 20, blanks=True, most=_MOST_FORM)
    if form is None:
        return PlainTextResponse("400", 400)
    return await run_in_threadpool(_taken, request, {name: values[0] for name, values in form.items()})


def _picture(text: str) -> bytes:
    """The picture that a form holds as text (``data:image/jpeg;base64,…``); empty for none.

    Raises
    ------
    CallError
        If it is no JPEG, or larger than a telephone makes it.
    """
    if not text:
        return b""
    try:
        data = b64decode(text.partition(",")[2] or text, validate=True)
    except ValueError:
        data = b""
    if not data.startswith(b"\xff\xd8\xff") or len(data) > _MOST_PICTURE:
        raise CallError("error.report_photo")
    return data


def _room(folder: Path) -> int:
    """Bytes that may still be kept, once what nobody looked at in time and what was left half written is taken away."""
    left, now = _MOST_KEPT, time.time()
    for one in folder.iterdir():
        with suppress(FileNotFoundError):  # somebody judged it in this moment
            found = one.stat()
            if now - found.st_mtime > (_LONGEST_DAYS * 86_400 if one.suffix == ".jpg" else 3600):
                one.unlink()
            else:
                left -= found.st_size
    return left


def _put(data: bytes) -> tuple[Path, bool]:
    """Keep a picture by its content; return where, and whether it was not there before.

    Raises
    ------
    OSError
        If the disk, or what is set aside of it, has no room.
    """
    folder = workspace() / _PICTURES
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{hashlib.sha256(data).hexdigest()[:16]}.jpg"
    room = _room(folder)
    if path.is_file():
        return path, False
    if len(data) > room:
        raise OSError(errno.ENOSPC, "pictures", str(folder))
    put_file(path, data)
    return path, True


def _taken(request: Request, form: dict[str, Any]) -> Response:
    given = {name: str(form.get(name, ""))[: _MOST.get(name, 40)] for name in _FIELDS}
    lang = language(request.url.query)
    prepare_workspace()  # whoever reports may be the first that this server sees
    if not _heard(sender(request.client.host if request.client else "")):
        return _shown(request, given, error=t("lapor.too_many", lang), status=429)
    try:
        said = _kept(request, given, _picture(str(form.get("picture", ""))))
    except DataError:  # where the database lies is nobody's here to know
        return _shown(request, given, error=t("gate.out_of_order", lang), status=503)
    except PlanningError as error:
        return _shown(request, given, error=error_text(error, lang), status=400)
    thanks = t("lapor.thanks", lang, number=said.number, code=code_of(said))
    lost = form.get("picture") and not said.content.get("photo")
    thanks += f" {t('lapor.photo_lost', lang)}" if lost else ""
    return _shown(request, {}, thanks=thanks, code=code_of(said))


def _heard(who: str) -> bool:
    """Whether a sender may still speak: one alone uses up neither their own time without end, nor that of all others.

    What they have said counts for them alone until it is more than a little; then it counts for all together too.
    """
    if not (_LIMITS.hit(_ONE, who) and _LIMITS.test(_UTMOST)):
        return False
    _LIMITS.hit(_UTMOST)
    return _LIMITS.hit(_LITTLE, who) or _LIMITS.hit(_ALL)


def _kept(request: Request, given: dict[str, str], picture: bytes) -> Event:
    service, site, _ = _site(request)
    if (given["what"] == "missing") == bool(site):
        raise CallError("error.option", name="what", value=given["what"], known=", ".join(_choices(site)))
    lang = language(request.url.query)
    lat, lon = (_degrees(t(f"lapor.{name}", lang), given[name], name) for name in ("lat", "lon"))
    code = ""
    if lat is not None and lon is not None:
        at = village_at(gpd.GeoDataFrame(geometry=gpd.points_from_xy([lon], [lat]), crs="EPSG:4326"), inputs().villages)
        code = "" if pd.isna(at.iloc[0]) else str(at.iloc[0])
    ref = f"page:{given['ref']}" if given["ref"] else ""
    told = Report(service, site, given["what"], given["text"], code, given["name"], given["phone"], lat, lon, ref=ref)
    kept = whole_record(workspace()).guarded(guard(None))
    if not picture:
        return receive(kept, told)
    try:
        path, new = _put(picture)
    except OSError:  # no room for pictures: what is said counts more
        return receive(kept, told)
    with_it = replace(told, photo=f"{_PICTURES}/{path.name}")
    try:
        said = receive(kept, with_it)
    except PlanningError:
        if new:
            path.unlink(missing_ok=True)
        raise
    if new and said.content.get("photo") != with_it.photo:  # sent again with another picture: the first one stands
        path.unlink(missing_ok=True)
    return said


def _degrees(name: str, text: str, axis: str) -> float | None:
    if not text.strip():
        return None
    try:
        return angle(text, axis)[0]
    except CellError as error:
        example = {"lat": "-7,2101", "lon": "107,1402"}[axis]
        raise CallError("error.degrees", name=name, value=text[:40], example=example) from error


def _choices(site: str) -> list[str]:
    return [one for one in WHAT if one != "missing"] if site else ["missing"]


def _site(request: Request) -> tuple[str, str, Any]:
    """Service, id and row of the site that the link names; no id where it names none that is known."""
    service = request.query_params.get("service", SERVICES[0])
    service = service if service in SERVICES else SERVICES[0]
    site = request.query_params.get("site", "")
    table = inputs().tables()[SITE_TABLES[service]]
    found = table[table[site_id_column(service)] == site]
    return (service, site, found.iloc[0]) if len(found) else (service, "", None)


def _shown(
    request: Request, given: dict[str, str], *, error: str = "", thanks: str = "", code: str = "", status: int = 200
) -> Response:
    prepare_workspace()
    lang = language(request.url.query)
    service, site, row = _site(request)
    asked = request.query_params.get("site", "")
    kind = t(f"{kind_column(service)}.{row[kind_column(service)]}", lang) if site else ""
    if asked and not site:
        error = error or t("lapor.unknown_site", lang, value=asked[:60])
    query = urlencode({"site": site, "service": service} if site else {"service": service})
    words = {
        "what": t("lapor.what", lang),
        "lat": t("lapor.lat", lang),
        "lon": t("lapor.lon", lang),
        "where": t("lapor.where_help", lang),
        "here": t("lapor.here", lang),
        "nowhere": t("lapor.nowhere", lang),
        "text": t("lapor.text", lang),
        "name": t("lapor.name", lang),
        "phone": t("lapor.phone", lang),
        "private": t("lapor.private", lang),
        "send": t("lapor.send", lang),
        "photo": t("lapor.photo", lang),
    }
    known = _choices(site)
    filled = dict.fromkeys(_FIELDS, "") | given
    filled["what"] = filled["what"] or (known[0] if len(known) == 1 else "")
    return plain_page(
        "report.html",
        lang,
        status=status,
        title=t("lapor.title", lang),
        no_site=t("lapor.no_site", lang),
        site=site,
        site_name=f"{row['name'] or site} ({site})" if site else "",
        site_kind=kind,
        action=f"{request.url.path}?lang={lang}&{query}",
        choices=[(one, t(f"lapor.what.{one}", lang)) for one in known],
        given=filled,
        words=words,
        error=error,
        thanks=thanks,
        receipt=_receipt(request, code, lang) if code else {},
        offline=_offline(lang),
        rules=OFFLINE_RULES,
        **other_language(request.url.path, lang, query),
    )


def _receipt(request: Request, code: str, lang: str) -> dict[str, str]:
    """Link, picture code and a line to pass on, by which the reporter sees what becomes of the report."""
    way = f"{address(f'report/{code}')}?lang={lang}"
    whole = f"{request.url.scheme}://{request.url.netloc}{way}"
    picture = segno.make(whole, error="m").svg_inline(scale=4, border=4, dark="#000000", light="#ffffff")
    line = t("lapor.share", lang, code=code, address=whole)
    return {"href": way, "text": t("lapor.follow", lang), "picture": picture, "line": line}


def _offline(lang: str) -> dict[str, str]:
    """What the form needs to work without signal."""
    words = {
        "kept": t("lapor.kept", lang, count="{count}"),
        "sent": t("lapor.sent", lang),
        "refused": t("lapor.not_taken", lang, reason="{reason}"),
        "unseen": t("lapor.photo_unseen", lang),
        "left": t("lapor.photo_left", lang),
    }
    told = {"words": json.dumps(words, ensure_ascii=False), "script": form_script(Path(__file__).parent / "offline.js")}
    return told | offline_links("report", lang)


#: Beside Streamlit's own pages: the report, and ballots.
ROUTES = [
    Route("/report", report_form, methods=["GET", "POST"]),
    *installable("report", "lapor.title", r"\/report$"),
    *BALLOT,
]
