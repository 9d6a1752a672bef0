"""Files for receivers and globes: GPX waypoints with a route, KML and KMZ in folders by status."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import gpxpy.gpx
import pandas as pd

from exports.tables.sheet import Sheet, expect
from geo.model.facts import facts
from texts import t

#: Receivers cut names after this many characters.
NAME = 10
_SYMBOLS = {"water": "Drinking Water", "sanitation": "Restroom"}
_KML = "http://www.opengis.net/kml/2.2"
#: What XML 1.0 allows in no text: control characters but tab and line feed, lone surrogates, U+FFFE and U+FFFF.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")


def short_names(ids: list[str]) -> list[str]:
    """Return names of at most ten characters, all different, the end of each id kept: it tells sites apart.

    Examples
    --------
    >>> short_names(["CJ002A16", "desa-panjang-0001", "desa-panjong-0001"])
    ['CJ002A16', 'njang-0001', 'njong-0001']
    >>> short_names(["x-000000001", "y-000000001"])
    ['-000000001', '000000001~']
    """
    taken: set[str] = set()
    names = []
    for site_id in ids:
        name, number = site_id[-NAME:], 0
        while name in taken:
            number += 1
            mark = "~" * number if number < 3 else f"~{number}"
            name = site_id[-NAME:][len(mark) :] + mark
        taken.add(name)
        names.append(name)
    return names


def printable(value: Any) -> str:
    """A text without the control characters that XML forbids; missing is empty."""
    if value is None or value != value:
        return ""
    return _FORBIDDEN.sub("", str(value))


def site_ids(rows: pd.DataFrame) -> list[str]:
    """The id of each row: of a site, a village, or its number."""
    for name in ("site_id", "point_id", "facility_id", "village_code"):
        if name in rows:
            return [str(v) if v is not None and v == v else f"#{n}" for n, v in enumerate(rows[name], start=1)]
    return [f"#{n}" for n in range(1, len(rows) + 1)]


def _located(sheet: Sheet) -> pd.DataFrame:
    """The rows that have a place, with `full_id`, `x`, `y`, in the order of a visit where there is one."""
    rows = sheet.rows.assign(full_id=site_ids(sheet.rows))
    rows = rows[rows.geometry.notna()]
    middle = rows.geometry.representative_point()
    rows = pd.DataFrame(rows.assign(x=middle.x, y=middle.y))
    return rows.sort_values(["day", "team", "visit"], kind="stable") if "visit" in rows else rows


def _sentence(row: dict[str, Any]) -> str:
    parts = [row["full_id"], printable(row.get("name")), printable(row.get("why")), printable(row.get("marks"))]
    return " · ".join(part for part in parts if part)


def to_gpx(sheet: Sheet) -> bytes:
    """GPX 1.1: a waypoint per site (short name, symbol, sentence), and a route per day and team where known."""
    book = gpxpy.gpx.GPX()
    book.creator, book.name = "Mata Air", printable(sheet.title)
    book.description = "\n".join(f"{label}: {printable(text)}" for label, text in sheet.about.items())
    rows = _located(sheet)
    routes: dict[Any, gpxpy.gpx.GPXRoute] = {}
    names = short_names(rows["full_id"].tolist())
    for name, row in zip(names, rows.to_dict("records"), strict=True):
        symbol = _SYMBOLS.get(str(row.get("service")), "Flag, Blue")
        told = {"name": name, "description": _sentence(row), "symbol": symbol, "type": printable(row.get("status"))}
        book.waypoints.append(gpxpy.gpx.GPXWaypoint(row["y"], row["x"], **told))
        if "visit" in row:
            title = t("export.route", sheet.lang, day=row["day"], team=row["team"])
            day = routes.setdefault((row["day"], row["team"]), gpxpy.gpx.GPXRoute(name=title))
            day.points.append(gpxpy.gpx.GPXRoutePoint(row["y"], row["x"], name=name, symbol=symbol))
    book.routes.extend(routes.values())
    data: bytes = book.to_xml(version="1.1").encode()
    with tempfile.TemporaryDirectory() as folder:  # read back by GDAL, another program than the one that wrote it
        expect(_count(Path(folder) / "a.gpx", data, "waypoints"), len(rows), "gpx")
    return data


def _count(path: Path, data: bytes, layer: str | None = None) -> int:
    import pyogrio

    path.write_bytes(data)
    names = [layer] if layer else [str(name) for name in pyogrio.list_layers(path)[:, 0]]
    return sum(int(pyogrio.read_info(path, layer=name, force_feature_count=True)["features"]) for name in names)


def to_kml(sheet: Sheet) -> bytes:
    """KML 2.2: a folder per status, in the colours of the map, every column as data; no outside links."""
    Xml.register_namespace("", _KML)
    root = Xml.Element(f"{{{_KML}}}kml")
    document = _child(root, "Document")
    _child(document, "name", printable(sheet.title))
    told = "\n".join(f"{label}: {printable(text)}" for label, text in sheet.about.items())
    _child(document, "description", told)
    for status, look in facts("looks")["status"].items():
        style = _child(document, "Style", id=status)
        colour = look["colour"].lstrip("#")
        _child(_child(style, "IconStyle"), "color", f"ff{colour[4:6]}{colour[2:4]}{colour[0:2]}")
        _child(_child(style, "PolyStyle"), "color", f"80{colour[4:6]}{colour[2:4]}{colour[0:2]}")
    rows = sheet.rows.assign(full_id=site_ids(sheet.rows))
    rows = rows[rows.geometry.notna()]
    groups = rows["status"].fillna("unknown") if "status" in rows else pd.Series("", index=rows.index)
    for group, part in rows.groupby(groups, sort=True):
        folder = _child(document, "Folder")
        _child(folder, "name", t(f"status.{group}", sheet.lang) if group else printable(sheet.title))
        records = pd.DataFrame(part.drop(columns="geometry")).to_dict("records")
        for shape, row in zip(part.geometry, records, strict=True):
            folder.append(_placemark(shape, row))
    # written as text and encoded once: a third of the time of encoding piece by piece
    data = ('<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(root, encoding="unicode")).encode()
    with tempfile.TemporaryDirectory() as folder_:
        expect(_count(Path(folder_) / "a.kml", data) if len(rows) else 0, len(rows), "kml")
    return data


def to_kmz(sheet: Sheet) -> bytes:
    """KMZ: the KML, zipped."""
    inner = to_kml(sheet)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", inner)
    with zipfile.ZipFile(io.BytesIO(buffer.getvalue())) as archive:
        expect(len(archive.read("doc.kml")), len(inner), "kmz")
    return buffer.getvalue()


def _child(parent: Xml.Element, tag: str, text: str | None = None, **attributes: str) -> Xml.Element:
    child = Xml.SubElement(parent, f"{{{_KML}}}{tag}", attributes)
    child.text = text
    return child


def _placemark(shape: Any, row: dict[str, Any]) -> Xml.Element:
    mark = Xml.Element(f"{{{_KML}}}Placemark")
    _child(mark, "name", printable(row["full_id"]))
    _child(mark, "description", _sentence(row))
    if isinstance(row.get("status"), str):
        _child(mark, "styleUrl", f"#{row['status']}")
    data = _child(mark, "ExtendedData")
    for name, value in row.items():
        text = printable(value)
        if text and name not in ("full_id", "why"):
            label = "site_name" if name == "name" else str(name)  # GDAL takes "name" for the placemark's own
            _child(_child(data, "Data", name=label), "value", text)
    mark.append(_geometry(shape))
    return mark


def _geometry(shape: Any) -> Xml.Element:
    if shape.geom_type == "Point":
        point = Xml.Element(f"{{{_KML}}}Point")
        _child(point, "coordinates", f"{shape.x:.7f},{shape.y:.7f}")
        return point
    parts = list(getattr(shape, "geoms", [shape]))
    whole = Xml.Element(f"{{{_KML}}}MultiGeometry")
    for part in parts:
        if part.geom_type != "Polygon":
            continue
        polygon = _child(whole, "Polygon")
        for kind, ring in [("outerBoundaryIs", part.exterior), *(("innerBoundaryIs", hole) for hole in part.interiors)]:
            line = _child(_child(polygon, kind), "LinearRing")
            _child(line, "coordinates", " ".join(f"{x:.7f},{y:.7f}" for x, y in ring.coords))
    return whole
