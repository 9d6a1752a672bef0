"""OGC API – Features (part 1: core, GeoJSON) for other programs: read-only, behind a key; paging, bbox, filters.

Source: OGC 17-069r4. Everything is under ``/api``, or ``/api/key/KEY`` where people sign in; links keep the key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import geopandas as gpd
import numpy as np
import pandas as pd
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exports.tables.plain import to_csv
from geo.model.areas import area_code
from geo.model.errors import CallError, PlanningError
from texts import error_text, t
from views.public.collections import COLLECTIONS, known_versions, sheet, written
from views.server.gate import language
from views.server.keys import opened
from views.session import cache
from views.session.record import signing_in

DEFAULT_LIMIT, MOST = 100, 10_000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_CLASSES = ("core", "geojson", "oas30")
_CRS = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
#: Parameters that are no filter of a column.
_OWN = ("limit", "offset", "bbox", "datetime", "f", "lang", "area", "version")


def _json(told: Mapping[str, Any], status: int = 200, media: str = "application/json") -> Response:
    return Response(json.dumps(told, ensure_ascii=False), status, {"Cache-Control": "private, max-age=60"}, media)


def _wrong(text: str, status: int) -> Response:
    return _json({"code": str(status), "description": text}, status)


def _base(request: Request) -> str:
    path = request.url.path
    root = path[: path.index("/api") + len("/api")]
    key = request.path_params.get("key")
    return f"{request.url.scheme}://{request.url.netloc}{root}" + (f"/key/{key}" if key else "")


def _may(request: Request) -> bool:
    """Whether the key in the address or the header opens this; without one only where nobody signs in."""
    bearer = request.headers.get("authorization", "")
    key = request.path_params.get("key") or (bearer[7:].strip() if bearer.lower().startswith("bearer ") else "")
    if not key:
        return not signing_in()
    return opened(request, key, "api") is not None


def _answering(answer: Callable[[Request], Response]) -> Callable[[Request], Any]:
    """A route in a thread, behind the key, with every refusal in words."""

    def guarded(request: Request) -> Response:
        cache.prepare_workspace()
        lang = language(request.url.query)
        if not _may(request):
            return _wrong(t("openrosa.key", lang), 401)
        try:
            return answer(request)
        except CallError as error:
            return _wrong(error_text(error, lang), 400)
        except PlanningError as error:
            return _wrong(error_text(error, lang), 503)

    async def route(request: Request) -> Response:
        return await run_in_threadpool(guarded, request)

    return route


def _link(href: str, rel: str, media: str = "application/json", title: str = "") -> dict[str, str]:
    return {"href": href, "rel": rel, "type": media} | ({"title": title} if title else {})


def _landing(request: Request) -> Response:
    base = _base(request)
    links = [
        _link(base, "self"),
        _link(f"{base}/openapi.json", "service-desc", "application/vnd.oai.openapi+json;version=3.0"),
        _link(f"{base}/conformance", "conformance"),
        _link(f"{base}/collections", "data"),
    ]
    return _json(
        {"title": "Mata Air", "description": t("api.description", language(request.url.query)), "links": links}
    )


def _conformance(_: Request) -> Response:
    root = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
    return _json({"conformsTo": [f"{root}/{name}" for name in _CLASSES]})


def _collection(base: str, name: str, lang: str, bounds: tuple[float, ...]) -> dict[str, Any]:
    return {
        "id": name,
        "title": t(COLLECTIONS[name].title, lang),
        "description": t(f"api.{name}", lang),
        "itemType": "feature",
        "crs": [_CRS],
        "extent": {"spatial": {"bbox": [list(bounds)], "crs": _CRS}},
        "links": [
            _link(f"{base}/collections/{name}", "self"),
            _link(f"{base}/collections/{name}/items", "items", "application/geo+json"),
            _link(f"{base}/collections/{name}/items?f=csv", "items", "text/csv"),
        ],
    }


def _bounds() -> tuple[float, ...]:
    rows = cache.inputs().villages
    shapes = rows.geometry[rows.geometry.notna()]
    return tuple(float(one) for one in shapes.total_bounds) if len(shapes) else (95.0, -11.0, 141.0, 6.0)


def _collections(request: Request) -> Response:
    base, lang = _base(request), language(request.url.query)
    told = [_collection(base, name, lang, _bounds()) for name in COLLECTIONS]
    return _json({"collections": told, "links": [_link(f"{base}/collections", "self")]})


def _one(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in COLLECTIONS:
        return _wrong(t("api.no_collection", language(request.url.query), value=name[:40]), 404)
    return _json(_collection(_base(request), name, language(request.url.query), _bounds()))


def _asked(request: Request) -> tuple[str, str | None, str | None, str]:
    """Collection, area, version and language that are asked for."""
    query = request.query_params
    area = area_code(query["area"]) if query.get("area") else None
    return request.path_params["name"], area, query.get("version"), language(request.url.query)


def _items(request: Request) -> Response:
    name, query = request.path_params["name"], request.query_params
    if name not in COLLECTIONS:
        return _wrong(t("api.no_collection", language(request.url.query), value=name[:40]), 404)
    asked = _asked(request)
    found = sheet(*asked)
    limit, offset = _whole("limit", query.get("limit"), DEFAULT_LIMIT), _whole("offset", query.get("offset"), 0)
    if limit < 1:
        raise CallError("error.number", name="limit", value=limit)
    limit = min(limit, MOST)
    rows = _filtered(found.rows, name, query)
    page = rows.iloc[offset : offset + limit]
    if query.get("f") == "csv":
        csv = to_csv(replace(found, rows=page))
        return Response(csv, media_type="text/csv", headers={"Cache-Control": "private, max-age=60"})
    if query.get("f", "json") not in ("json", "geojson"):
        raise CallError("error.option", name="f", value=query["f"], known="json, csv")
    features = written(*asked)
    path = f"{_base(request)}/collections/{name}/items"
    rest = {one: value for one, value in query.items() if one not in ("limit", "offset")}
    links = [_link(f"{path}?{urlencode({**rest, 'limit': limit, 'offset': offset})}", "self", "application/geo+json")]
    for rel, start in (("next", offset + limit), ("prev", max(offset - limit, 0))):
        if start < len(rows) if rel == "next" else offset > 0:
            links.append(
                _link(f"{path}?{urlencode({**rest, 'limit': limit, 'offset': start})}", rel, "application/geo+json")
            )
    told = {"type": "FeatureCollection", "title": found.title, "about": found.about, "numberMatched": len(rows),
            "numberReturned": len(page), "links": links}  # fmt: skip
    body = (
        json.dumps(told, ensure_ascii=False)[:-1]
        + ', "features": ['
        + ", ".join(features[n] for n in page.index)
        + "]}"
    )
    return Response(body, 200, {"Cache-Control": "private, max-age=60"}, "application/geo+json")


def _whole(name: str, text: str | None, default: int) -> int:
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise CallError("error.number", name=name, value=text[:40])
    return int(text)


def _filtered(rows: gpd.GeoDataFrame, name: str, query: Mapping[str, str]) -> gpd.GeoDataFrame:
    """Rows in the box, of the days, and whose columns are what is asked; a parameter that is nothing is refused."""
    if "bbox" in query:
        across, up = _box(query["bbox"])
        if across.start > across.stop:  # over 180°
            rows = pd.concat([rows.cx[across.start : 180.0, up], rows.cx[-180.0 : across.stop, up]])
        else:
            rows = rows.cx[across, up]
    if "datetime" in query and COLLECTIONS[name].day is not None:
        rows = rows[_within(rows[COLLECTIONS[name].day], query["datetime"])]
    for column, value in query.items():
        if column in _OWN:
            continue
        if column not in rows.columns or column == rows.geometry.name:
            raise CallError("error.option", name="?", value=column[:40], known=", ".join([*_OWN, *rows.columns][:40]))
        rows = rows[_equal(rows[column], value)]
    return rows


_TRUE, _FALSE = ("true", "1"), ("false", "0")


def _equal(cells: pd.Series, value: str) -> pd.Series:
    known = cells.dropna()
    if len(known) and known.map(lambda cell: isinstance(cell, bool | np.bool_)).all():
        if value.lower() not in _TRUE + _FALSE:
            raise CallError("error.option", name=str(cells.name), value=value[:40], known="true, false")
        return cells.map(lambda cell: cell is not None and cell == cell and bool(cell) == (value.lower() in _TRUE))
    if pd.api.types.is_numeric_dtype(cells):
        try:
            return cells == float(value)
        except ValueError as error:
            raise CallError("error.number", name=str(cells.name), value=value[:40]) from error
    return cells.astype(object).map(lambda cell: str(cell) == value)


def _box(text: str) -> tuple[slice, slice]:
    try:
        numbers = [float(one) for one in text.split(",")]
        west, south, east, north = numbers if len(numbers) == 4 else (*numbers[:2], *numbers[3:5])
    except ValueError as error:
        raise CallError("error.option", name="bbox", value=text[:60], known="107,-7.3,107.3,-7.1") from error
    if len(numbers) not in (4, 6) or south > north or not all(-360 <= one <= 360 for one in (west, south, east, north)):
        raise CallError("error.option", name="bbox", value=text[:60], known="107,-7.3,107.3,-7.1")
    return slice(west, east), slice(south, north)


def _within(days: pd.Series, text: str) -> pd.Series:
    """Rows of a day, or of an interval whose ends may be open; those without a day are not of any."""
    first, _, last = text.partition("/") if "/" in text else (text, "", text)
    ends = [one for one in (first, last) if one not in ("", "..")]
    if not all(_DAY.fullmatch(one) for one in ends) or (len(ends) == 2 and ends[0][:10] > ends[1][:10]):
        raise CallError("error.option", name="datetime", value=text[:60], known="2026-01-01/..")
    found = pd.to_datetime(days, errors="coerce")
    keep = found.notna()
    try:
        if first not in ("", ".."):
            keep &= found >= pd.Timestamp(first[:10])
        if last not in ("", ".."):
            keep &= found <= pd.Timestamp(last[:10])
    except ValueError as error:
        raise CallError("error.option", name="datetime", value=text[:60], known="2026-01-01/..") from error
    return keep


def _item(request: Request) -> Response:
    name, wanted = request.path_params["name"], request.path_params["item"]
    lang = language(request.url.query)
    if name not in COLLECTIONS:
        return _wrong(t("api.no_collection", lang, value=name[:40]), 404)
    asked = _asked(request)
    rows = sheet(*asked).rows
    rows = rows[rows[COLLECTIONS[name].key].astype(str) == wanted]
    if rows.empty:
        return _wrong(t("api.no_item", lang, value=wanted[:60]), 404)
    feature = json.loads(written(*asked)[rows.index[0]])
    path = f"{_base(request)}/collections/{name}"
    links = [_link(f"{path}/items/{wanted}", "self", "application/geo+json"), _link(path, "collection")]
    return _json(feature | {"links": links}, media="application/geo+json")


def _openapi(request: Request) -> Response:
    base = _base(request)
    parameters = [
        {"name": name, "in": "query", "required": False, "description": t(f"api.param.{name}", "en"),
         "schema": {"type": "integer" if name in ("limit", "offset") else "string"}}
        for name in _OWN
    ]  # fmt: skip
    ok = {"200": {"description": "OK"}}
    paths: dict[str, Any] = {one: {"get": {"responses": ok}} for one in ("/", "/conformance", "/collections")}
    for name in COLLECTIONS:
        paths[f"/collections/{name}"] = {"get": {"responses": ok}}
        paths[f"/collections/{name}/items"] = {"get": {"parameters": parameters, "responses": ok}}
        item = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
        paths[f"/collections/{name}/items/{{id}}"] = {"get": {"parameters": [item], "responses": ok}}
    info = {"title": "Mata Air", "version": "1.0.0", "description": f"versions: {', '.join(known_versions()[:20])}"}
    told = {"openapi": "3.0.3", "info": info, "servers": [{"url": base}], "paths": paths}
    return _json(told, media="application/vnd.oai.openapi+json;version=3.0")


def _both(path: str, answer: Callable[[Request], Response]) -> list[Route]:
    return [Route(f"/api{start}{path}", _answering(answer)) for start in ("", "/key/{key}")]


ROUTES = [
    *_both("", _landing),
    *_both("/conformance", _conformance),
    *_both("/openapi.json", _openapi),
    *_both("/collections", _collections),
    *_both("/collections/{name}", _one),
    *_both("/collections/{name}/items", _items),
    *_both("/collections/{name}/items/{item:path}", _item),
]
