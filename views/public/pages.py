"""The public page: served from files that are made anew when data or record change; nothing is computed for a visit.

While a page is made anew, the one before is served. It answers only when the admin turned it on.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from exports.formats import export
from exports.tables.sheet import sheet_of
from forum.public.openness import Openness, openness
from forum.public.village import Story, persons_in, stories
from geo.analysis.profile import village_codes, villages_of_sites
from geo.model.area_names import area_line
from geo.model.areas import district_of
from geo.model.errors import DataError, PlanningError
from geo.model.results import Analysis
from geo.model.sites import SERVICES, state_column
from texts import t
from views.parts.html import rendered
from views.public.api import ROUTES as API
from views.public.calendar import ROUTES as CALENDAR
from views.public.collections import sheet
from views.public.follow import ROUTES as FOLLOW
from views.public.metadata import metadata
from views.public.svg_map import villages_svg
from views.public.told import area_told, village_told
from views.server.gate import language, other_language
from views.session import cache, state
from views.session.hosts import address
from views.session.record import whole_record

#: Tables to download, by ending: what `exports` calls the format.
FILES = {"csv": "csv", "geojson": "geojson", "xlsx": "xlsx"}
#: So long is it believed that nothing changed, and so many makings are kept.
_ASKED_S, _KEPT = 1.0, 3
#: A page that could not be made anew for so long is not served any more.
_OLDEST_S = 24 * 3600.0
_MEDIA = {
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_SAFE = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"
#: What the template asks for: lists, and words of its own.
_LISTS = (
    "services", "facts", "bars", "legend", "points", "first", "rows", "decided", "story", "proposed", "meetings",
    "areas", "files",
)  # fmt: skip
_WORDS = (
    "back", "areas", "now", "legend", "estimate", "villages", "decided", "no_decision", "proposed", "reports",
    "report", "meetings", "data",
)  # fmt: skip
_LOCK, _MAKE = threading.Lock(), threading.Lock()
_POOL = ThreadPoolExecutor(1, "public")
_LOG = logging.getLogger(__name__)
_MAKING: set[Path] = set()
_KNOWN: dict[str, Any] = {"at": 0.0}


def _state() -> tuple[Openness, str]:
    """The choice that stands, and a key of all that a page is made from; asked of the record once a second at most."""
    now = time.monotonic()
    if now - _KNOWN["at"] > _ASKED_S or _KNOWN.get("folder") != cache.workspace():
        cache.prepare_workspace()
        kept = whole_record(cache.workspace())
        last = kept.last()
        if _KNOWN.get("last") != last or _KNOWN.get("folder") != cache.workspace():
            _KNOWN.update(choice=openness(kept.standing("public")), head=kept.head().short, last=last)
            gone = max((event.number for event in kept.events() if event.kind == "withdrawal"), default=0)
            _KNOWN["gone"] = gone
        told = f"{cache.inputs().version}|{last}|{date.today()}"
        # what was made before the last withdrawal is not served any more, not even while a page is made anew
        key = f"{_KNOWN['gone']}-{hashlib.sha256(told.encode()).hexdigest()[:16]}"
        _KNOWN.update(at=now, folder=cache.workspace(), key=key)
    return _KNOWN["choice"], _KNOWN["key"]


async def public_page(request: Request) -> Response:
    """A page or a file of the public, from its file."""
    try:
        return await run_in_threadpool(_answer, request)
    except DataError as error:
        if error.key == "error.record_gone":  # the database is away: the page is there again when it is
            told = t("gate.out_of_order", language(request.url.query))
            return PlainTextResponse(told, 503, headers={"Retry-After": "30"})
        return PlainTextResponse(t("error.no_public", language(request.url.query)), 404)
    except PlanningError:
        return PlainTextResponse(t("error.no_public", language(request.url.query)), 404)


def _answer(request: Request) -> Response:
    choice, key = _state()
    lang = language(request.url.query)
    if not choice.on:
        return PlainTextResponse(t("public.is_off", lang), 404)
    what, area = request.path_params.get("what", ""), request.query_params.get("area", "")
    known = cache.districts()
    area = area if area in known else (state.DEFAULTS["area"] if state.DEFAULTS["area"] in known else min(known))
    if what in _TABLES:
        name, make = f"{area}.{lang}.{what}", lambda: _TABLES[what](area, lang)
    elif what in set(cache.inputs().villages["village_code"]):
        name, make = f"{what}.{lang}.html", lambda: _village(what, choice, lang).encode()
    elif not what:
        name, make = f"{area}.{lang}.html", lambda: _area(area, choice, lang).encode()
    else:
        return PlainTextResponse(t("error.no_public", lang), 404)
    data = _data(key, name, make)
    headers = {"Content-Security-Policy": _SAFE, "Cache-Control": "public, max-age=60"}
    if not name.endswith(".html"):
        headers["Content-Disposition"] = f'attachment; filename="mata-air-{name}"'
    return Response(data, headers=headers, media_type=_MEDIA[name.rpartition(".")[2]])


def _folder() -> Path:
    return cache.workspace() / "public"


def _data(key: str, name: str, make: Callable[[], bytes]) -> bytes:
    """A page: as it is, else the one before while it is made anew, else made at once; one is made at a time."""
    path = _folder() / key / name
    for there in (path, *(one / name for one in _makings() if one.name.startswith(f"{key.partition('-')[0]}-"))):
        try:
            data = there.read_bytes()
        except OSError:  # not made yet, or cleared away in this moment
            continue
        if there != path and time.time() - there.stat().st_mtime > _OLDEST_S:
            break
        if there != path:
            _begin(path, make)
        return data
    with _MAKE:
        return path.read_bytes() if path.is_file() else _made(path, make)


def _begin(path: Path, make: Callable[[], bytes]) -> None:
    """Make a page anew beside what is served, once; the pages wait for each other."""
    with _LOCK:
        if path in _MAKING:
            return
        _MAKING.add(path)
    _POOL.submit(_anew, path, make)


def _anew(path: Path, make: Callable[[], bytes]) -> None:
    try:
        with _MAKE:
            if not path.is_file():
                _made(path, make)
    except Exception:  # the one before is served until it is too old
        _LOG.exception("public page %s", path.name)
        time.sleep(_ASKED_S)
    finally:
        with _LOCK:
            _MAKING.discard(path)


def _makings() -> list[Path]:
    """Folders of what was made, the newest first."""
    if not _folder().is_dir():
        return []
    return sorted((one for one in _folder().iterdir() if one.is_dir()), key=lambda one: -one.stat().st_mtime_ns)


def _made(path: Path, make: Callable[[], bytes]) -> bytes:
    data = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    os.replace(part, path)
    for old in _makings()[_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
    return data


def _analysis(area: str) -> Analysis:
    """Under the yardstick with which the dashboard opens."""
    return cache.analysis(state.params({**state.DEFAULTS, "area": area}))


def _told_of(analysis: Analysis) -> dict[str, Story]:
    return stories(whole_record(cache.workspace()).standing(), villages_of_sites(analysis), date.today())


def _href(what: str, lang: str, area: str = "") -> str:
    asked = f"?lang={lang}" + (f"&area={area}" if area else "")
    return address(f"public/{what}" if what else "public") + asked


def _area(area: str, choice: Openness, lang: str) -> str:
    analysis = _analysis(area)
    codes = set(village_codes(analysis))
    events = whole_record(cache.workspace()).standing()
    told_by = {code: story for code, story in _told_of(analysis).items() if code in codes}
    told = area_told(analysis, told_by, events, choice, lang, date.today())
    for row in told["rows"]:
        row["href"] = _href(row["code"], lang)
    maps = _maps(analysis, lang)
    others = sorted(cache.districts() - {area})
    areas = [(_href("", lang, code), area_line(code) or code) for code in others[:60]]
    titles = {"data": "title.coverage", "points": "table.water_points", "decisions": "public.decided"}
    files = [
        (_href(f"{stem}.{one}", lang, area), f"{t(title, lang)} ({one.upper()})")
        for stem, title in titles.items()
        for one in FILES
    ]
    files.append((_href("metadata.json", lang, area), "metadata.json (Satu Data)"))
    return _html(told | {"maps": maps, "areas": areas, "files": files}, lang, query=f"area={area}")


def _maps(analysis: Analysis, lang: str, marked: str | None = None) -> list[tuple[str, str]]:
    """The area's villages by the share that each service reaches, and what each picture is called."""
    made = []
    for service in SERVICES:
        caption = f"{t('public.map', lang)}: {t(f'service.{service}', lang)}"
        column = state_column(service, "share")
        made.append((villages_svg(analysis.villages, column, caption, lambda one: _href(one, lang), marked), caption))
    return made


def _village(code: str, choice: Openness, lang: str) -> str:
    area = district_of(code) or state.EVERYWHERE
    analysis = _analysis(area)
    known = persons_in(whole_record(cache.workspace()).standing())
    told = village_told(analysis, code, _told_of(analysis).get(code, Story()), choice, lang, date.today(), known)
    return _html(told | {"maps": _maps(analysis, lang, code), "back": _href("", lang, area)}, lang, what=code)


def _html(told: dict[str, Any], lang: str, what: str = "", query: str = "") -> str:
    """A page of the template: whatever it does not tell is empty."""
    nothing: dict[str, Any] = dict.fromkeys(_LISTS, ()) | {"back": "", "where": "", "reports": ""}
    words = {one: t(f"public.{one}", lang) for one in _WORDS} | {"first": t("profile.first", lang)}
    heads = {
        "villages": [t("map.village", lang), t("map.population", lang), *(
            f"{t(f'service.{service}', lang)}: {t(f'profile.head.{one}', lang)}"
            for service in SERVICES for one in ("share", "gap", "unmapped")
        )],
        "decided": [*([] if what else [t("map.village", lang)]), *(
            t(f"profile.head.{one}", lang) for one in ("site", "decision", "who", "money", "step")
        )],
        "proposed": [*([] if what else [t("map.village", lang)]), *(
            t(f"proposal.{one}", lang) for one in ("what", "proposer", "reason", "became")
        )],
    }  # fmt: skip
    by = t("public.by", lang, publisher=told["publisher"], licence=told["licence"])
    title, head = t("public.title", lang, name=told["name"]), t("public.head", lang, head=_KNOWN["head"])
    report = f"{address('report')}?lang={lang}"
    more = {"title": title, "words": words, "heads": heads, "by": by, "head": head, "report": report}
    path = f"public/{what}" if what else "public"
    return rendered("public.html", lang, **(nothing | told | more), **other_language(path, lang, query))


def _table(ending: str) -> Callable[[str, str], bytes]:
    def make(area: str, lang: str) -> bytes:
        analysis = _analysis(area)
        return export(sheet_of(analysis, analysis.villages, t("title.coverage", lang), lang), FILES[ending])

    return make


#: What anybody may have of a water point: no name that somebody gave it, no manager, no picture.
_OF_A_POINT = (
    "point_id", "village_code", "technology", "status", "reported_on", "installed_year", "capacity_people",
    "data_source",
)  # fmt: skip


def _points(ending: str) -> Callable[[str, str], bytes]:
    def make(area: str, lang: str) -> bytes:
        analysis = _analysis(area)
        rows = analysis.water_points[[*_OF_A_POINT, "geometry"]]
        return export(sheet_of(analysis, rows, t("table.water_points", lang), lang), FILES[ending])

    return make


def _decisions(ending: str) -> Callable[[str, str], bytes]:
    return lambda area, lang: export(sheet("decisions", area, None, lang), FILES[ending])


def _metadata(area: str, lang: str) -> bytes:
    choice, _ = _state()
    told = metadata(_analysis(area), choice, area, date.today())
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


_TABLES: dict[str, Callable[[str, str], bytes]] = {
    **{f"data.{ending}": _table(ending) for ending in FILES},
    **{f"points.{ending}": _points(ending) for ending in FILES},
    **{f"decisions.{ending}": _decisions(ending) for ending in FILES},
    "metadata.json": _metadata,
}


def _nothing(_: Request) -> Response:
    return PlainTextResponse("404", 404)


#: Of the public page, of a report that is followed, of the calendar, and for other programs.
ROUTES = [Route("/public", public_page), Route("/public/{what}", public_page), *FOLLOW, *CALENDAR, *API]
#: What none of them knows is not there: Streamlit would answer with its own page.
ROUTES += [
    Route(f"/{own}/{{rest:path}}", _nothing)
    for own in ("public", "api", "openrosa", "calendar", "report", "ballot", "in-view", "basemap")
]
