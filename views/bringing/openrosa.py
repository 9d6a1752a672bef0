"""The laptop as a server of forms: what ODK Collect asks and sends (OpenRosa), kept in the inbox until it is accepted.

A telephone comes with a key in its address (``/openrosa/key/KEY/…``); without one only where nobody signs in. Sources:
docs.getodk.org/openrosa-form-list, /openrosa-form-submission, openrosa-metadata.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from email.utils import format_datetime
from functools import lru_cache
from xml.sax.saxutils import escape

import geopandas as gpd
import pandas as pd
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from exports.tables.followup import visits_form, visits_sites
from exports.tables.sheet import sheet_of
from exports.tables.xlsform import xform
from geo.field.inbox import MAX_FILE, MAX_FILES, MAX_TOGETHER, Inbox, Received
from geo.model.errors import CallError, DataError
from geo.model.results import Analysis
from geo.model.sites import FORMS, VISITS, site_id_column
from texts import LANGUAGES, error_text, t
from views.server.keys import opened
from views.session import cache, state
from views.session.record import signing_in

#: Forms that telephones fill; what the community reports comes by its own page.
_LIST = "http://openrosa.org/xforms/xformsList"
_MANIFEST = "http://openrosa.org/xforms/xformsManifest"
_ANSWER = "http://openrosa.org/http/response"
_LOG = logging.getLogger(__name__)


def inbox() -> Inbox:
    """Where submissions wait."""
    return Inbox(cache.workspace() / "inbox")


def _headers() -> dict[str, str]:
    """What every answer of the protocol carries."""
    return {
        "X-OpenRosa-Version": "1.0",
        "X-OpenRosa-Accept-Content-Length": str(MAX_TOGETHER),
        "Date": format_datetime(datetime.now(UTC), usegmt=True),
        "Cache-Control": "no-store",
    }


def _xml(text: str, status: int = 200) -> Response:
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}', status, _headers(), "text/xml; charset=utf-8")


def _said(text: str, status: int) -> Response:
    """An answer in words, as Collect shows it."""
    nature = "submit_success" if status < 300 else "submit_error"
    return _xml(
        f'<OpenRosaResponse xmlns="{_ANSWER}"><message nature="{nature}">{escape(text)}</message></OpenRosaResponse>',
        status,
    )


def _lang(request: Request) -> str:
    """The language that the telephone asks for, Indonesian else."""
    asked = request.headers.get("accept-language", "")[:2].lower()
    return asked if asked in LANGUAGES else LANGUAGES[0]


def device(request: Request) -> str | None:
    """How the device is called that asks: by its key, or nameless where nobody signs in; None: it may not ask."""
    cache.prepare_workspace()
    key = request.path_params.get("key", "")
    if not key:
        return None if signing_in() else ""
    found = opened(request, key, "forms")
    return None if found is None else found.name


@lru_cache(maxsize=16)
def _form(table: str, version: str, on: date) -> str:
    return visits_form() if table == VISITS else xform(table, cache.inputs(), on)


#: The version that a form says it is of.
_VERSION = re.compile(r'<data\b[^>]*\bversion="([^"]*)"')
#: The forms that telephones are offered.
OFFERED = (*FORMS, VISITS)
_SITES = "sites.geojson"


def sites_file() -> bytes:
    """The sites that may be visited again, with what is known of each; households' own places are coarse."""
    area = state.DEFAULTS["area"] if state.DEFAULTS["area"] in cache.districts() else state.EVERYWHERE
    return _sites(cache.analysis(state.params({**state.DEFAULTS, "area": area})))


@lru_cache(maxsize=4)
def _sites(analysis: Analysis) -> bytes:
    parts = [
        table.rename(columns={site_id_column(service): "site_id"}).assign(service=service)
        for service, table in (("water", analysis.water_points), ("sanitation", analysis.sanitation))
        if len(table)
    ]
    if not parts:
        return visits_sites(sheet_of(analysis, analysis.priorities, "", LANGUAGES[0]))
    rows = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs="EPSG:4326")
    return visits_sites(sheet_of(analysis, rows, "", LANGUAGES[0]))


def form_of(table: str) -> str:
    """The form of a table for the data in use, made once a day and version."""
    return _form(table, cache.inputs().version, date.today())


def _base(request: Request) -> str:
    """The address under which this device asks."""
    key = request.path_params.get("key", "")
    path = request.url.path
    root = path[: path.index("/openrosa") + len("/openrosa")]
    return f"{request.url.scheme}://{request.url.netloc}{root}" + (f"/key/{key}" if key else "")


async def form_list(request: Request) -> Response:
    """Every form, with its version and where it lies."""
    return await run_in_threadpool(_form_list, request)


def _form_list(request: Request) -> Response:
    if device(request) is None:
        return _said(t("openrosa.key", _lang(request)), 401)
    base, forms = _base(request), []
    for table in OFFERED:
        form = form_of(table)
        digest = hashlib.md5(form.encode(), usedforsecurity=False).hexdigest()
        version = _VERSION.search(form)
        name = escape(f"Mata Air: {t(f'table.{table}', _lang(request))}")
        forms.append(
            f"<xform><formID>mata_air_{table}</formID><name>{name}</name>"
            f"<version>{version[1] if version else ''}</version><hash>md5:{digest}</hash>"
            f"<downloadUrl>{escape(base)}/forms/{table}.xml</downloadUrl>"
            f"<manifestUrl>{escape(base)}/forms/{table}/manifest</manifestUrl></xform>"
        )
    return _xml(f'<xforms xmlns="{_LIST}">{"".join(forms)}</xforms>')


async def form_file(request: Request) -> Response:
    """One form, as Collect reads it."""
    return await run_in_threadpool(_form_file, request)


def _form_file(request: Request) -> Response:
    if device(request) is None:
        return _said(t("openrosa.key", _lang(request)), 401)
    table = request.path_params["table"]
    if table not in OFFERED:
        return _said(t("openrosa.no_form", _lang(request), value=table[:60]), 404)
    return Response(form_of(table), 200, _headers(), "text/xml; charset=utf-8")


async def manifest(request: Request) -> Response:
    """Files that a form needs besides: of visits the sites that are known."""
    return await run_in_threadpool(_manifest, request)


def _manifest(request: Request) -> Response:
    if device(request) is None:
        return _said(t("openrosa.key", _lang(request)), 401)
    table = request.path_params["table"]
    if table not in OFFERED:
        return _said(t("openrosa.no_form", _lang(request), value=table[:60]), 404)
    files = ""
    if table == VISITS:
        digest = hashlib.md5(sites_file(), usedforsecurity=False).hexdigest()
        files = (
            f"<mediaFile><filename>{_SITES}</filename><hash>md5:{digest}</hash>"
            f"<downloadUrl>{escape(_base(request))}/forms/{table}/{_SITES}</downloadUrl></mediaFile>"
        )
    return _xml(f'<manifest xmlns="{_MANIFEST}">{files}</manifest>')


async def sites(request: Request) -> Response:
    """The sites that a visit may choose from."""
    return await run_in_threadpool(_sites_answer, request)


def _sites_answer(request: Request) -> Response:
    if device(request) is None:
        return _said(t("openrosa.key", _lang(request)), 401)
    return Response(sites_file(), 200, _headers(), "application/geo+json")


async def submission(request: Request) -> Response:
    """Take a submission, or say beforehand what may come."""
    sender = await run_in_threadpool(device, request)
    lang = _lang(request)
    if sender is None:
        return _said(t("openrosa.key", lang), 401)
    if request.method == "HEAD":
        return Response(None, 204, _headers() | {"Location": f"{_base(request)}/submission"})
    try:
        async with _parted(request) as form, ROOM.taken(_size(form)):  # until it is whole it lies on the disk
            xml, files = await _contents(form)
            complete = str(form.get("*isIncomplete*", "")).strip().lower() != "yes"
            found = await run_in_threadpool(inbox().receive, xml, files, sender, complete=complete)
    except TimeoutError:
        return _said(t("openrosa.busy", lang), 503)
    except (MultiPartException, ClientDisconnect) as error:
        return _said(t("openrosa.broken", lang, reason=str(error)[:120]), 400)
    except DataError as error:
        return _said(error_text(error, lang), 409 if error.key == "error.other_submission" else 400)
    except CallError as error:
        return _said(error_text(error, lang), 507)
    except OSError as error:
        _LOG.warning("submission not kept: %s", error)
        return _said(t("openrosa.disk", lang), 507)
    return _said(_thanks(found, lang), 201)


class _Room:
    """How much of what telephones send is in the memory at once; who comes later waits, and is told to come again."""

    def __init__(self, most: int, patience_s: float) -> None:
        self._most, self._patience_s, self._taken = most, patience_s, 0
        self._free = asyncio.Condition()

    @asynccontextmanager
    async def taken(self, size: int) -> AsyncIterator[None]:
        """Keep room for so many bytes; more than there is at all is all there is."""
        size = min(size, self._most)
        async with asyncio.timeout(self._patience_s), self._free:
            await self._free.wait_for(lambda: self._taken + size <= self._most)
            self._taken += size
        try:
            yield
        finally:
            async with self._free:
                self._taken -= size
                self._free.notify_all()


#: Two whole submissions, or many small ones.
ROOM = _Room(most=2 * MAX_TOGETHER, patience_s=60)


def _size(form: FormData) -> int:
    """Bytes of the parts of a request."""
    return sum((part.size or 0) if isinstance(part, UploadFile) else len(part) for _, part in form.multi_items())


def _thanks(found: Received, lang: str) -> str:
    return t("openrosa.received" if found.new else "openrosa.again", lang)


class _Whole(MultiPartParser):
    """The parser of parts that knows whether the end of the last one came."""

    ended = False

    def on_end(self) -> None:
        """Note that the closing boundary was read."""
        self.ended = True


class _Parted:
    """The parts of a request, read in bounds; its spooled files are closed at the end."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._form: FormData | None = None

    async def __aenter__(self) -> FormData:
        kind = self._request.headers.get("content-type", "")
        if not kind.lower().startswith("multipart/form-data"):
            raise MultiPartException("multipart/form-data")
        parser = _Whole(
            self._request.headers, self._stream(), max_files=MAX_FILES + 1, max_fields=10, max_part_size=MAX_FILE
        )
        try:
            self._form = await parser.parse()
        except (KeyError, ValueError, AssertionError) as error:
            raise MultiPartException(str(error) or "boundary") from error
        if not parser.ended:  # the connection broke between two parts: what has not come is not there
            await self._form.close()
            raise MultiPartException("boundary")
        return self._form

    async def _stream(self) -> AsyncGenerator[bytes, None]:
        taken = 0
        told = self._request.headers.get("content-length", "")
        if told.isascii() and told.isdigit() and (len(told) > 12 or int(told) > MAX_TOGETHER):
            raise MultiPartException(f"> {MAX_TOGETHER}")
        async for chunk in self._request.stream():
            taken += len(chunk)
            if taken > MAX_TOGETHER:
                raise MultiPartException(f"> {MAX_TOGETHER}")
            yield chunk

    async def __aexit__(self, *_: object) -> None:
        if self._form is not None:
            await self._form.close()


def _parted(request: Request) -> _Parted:
    return _Parted(request)


async def _contents(form: FormData) -> tuple[bytes, dict[str, bytes]]:
    """The answers and the files of a request."""
    xml: bytes | None = None
    files: dict[str, bytes] = {}
    for name, part in form.multi_items():
        if name == "xml_submission_file":
            told = await part.read() if isinstance(part, UploadFile) else part.encode()
            if xml not in (None, told):
                raise DataError("error.submission_twice", value=name)
            xml = told
        elif isinstance(part, UploadFile):
            content = await part.read()
            if files.setdefault(part.filename or name, content) != content:
                raise DataError("error.submission_twice", value=(part.filename or name)[:80])
    if xml is None:
        raise DataError("error.submission_missing")
    return xml, files


def _both(path: str, *args: object, **more: object) -> list[Route]:
    return [Route(f"/openrosa{start}{path}", *args, **more) for start in ("", "/key/{key}")]  # type: ignore[arg-type]


ROUTES = [
    *_both("/formList", form_list),
    *_both("/forms/{table}.xml", form_file),
    *_both("/forms/{table}/manifest", manifest),
    *_both(f"/forms/{VISITS}/{_SITES}", sites),
    *_both("/submission", submission, methods=["HEAD", "POST"]),
]
