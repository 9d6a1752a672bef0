"""Site sheets: a PDF with one A4 page per site, to take along, fill in and sign (typst)."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pandas as pd
import segno
import typst

from exports.gis.gps import printable, site_ids
from exports.tables.coordinates import decimal, dms, utm
from exports.tables.field import photo_file
from exports.tables.sheet import Sheet, about_line, expect
from geo.model.facts import facts
from geo.model.sites import STATES
from texts import count, day, money, percent, state_text, t

if TYPE_CHECKING:
    from exports.paper.maps import SiteMaps

TEMPLATE = Path(__file__).with_name("site_sheet.typ")
#: What stands at the foot of every page.
_FOOTER = ("version", "standard", "area", "date")
_CHECKS = {
    "water": ("source", "structure", "pump", "pipe", "tank", "tap", "drain", "quality", "access"),
    "sanitation": ("door", "bowl", "septic", "water", "light", "women", "accessible", "drain", "access"),
}


def to_pdf(sheet: Sheet) -> bytes:
    """A page per site: map, access, coordinates in three ways, what is broken, cost rows, people, why, QR code."""
    from exports.paper.maps import SiteMaps  # when asked for: it brings matplotlib along (0.3 s)

    lang = sheet.lang
    rows = sheet.rows.assign(full_id=site_ids(sheet.rows))
    with tempfile.TemporaryDirectory() as folder_:
        folder = Path(folder_)
        maps = SiteMaps(sheet.analysis) if sheet.analysis is not None and len(rows) else None
        shapes = list(rows.geometry)
        records = pd.DataFrame(rows.drop(columns="geometry")).to_dict("records")
        pages = [
            _page(sheet, row, shape, maps, folder, number)
            for number, (row, shape) in enumerate(zip(records, shapes, strict=True))
        ]
        told = {
            "lang": lang,
            "title": printable(sheet.title),
            "footer": printable(about_line(sheet.about, _FOOTER, lang)),
            "mark": printable(next((row["marks"] for row in records if row.get("marks")), "")),
            "empty": t("sheet.empty", lang),
            "words": _words(lang),
            "sites": pages,
        }
        data = typeset(TEMPLATE, told, folder)
    expect(pages_of(data), max(len(pages), 1), "pdf")
    return data


def typeset(template: Path, told: dict[str, Any], folder: Path) -> bytes:
    """Set a template with data as PDF (typst): all text comes as data, none is run; pictures lie in the folder."""
    source = folder / template.name
    source.write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
    data: bytes = typst.compile(
        str(source), root=str(folder), sys_inputs={"data": json.dumps(told, ensure_ascii=False)}
    )
    return data


def pages_of(data: bytes) -> int:
    """Number of pages of a PDF that typst wrote; 0 if it is not whole."""
    if not data.rstrip().endswith(b"%%EOF"):
        return 0
    counts = re.findall(rb"/Type\s*/Pages\b[^>]*?/Count\s+(\d+)|/Count\s+(\d+)[^>]*?/Type\s*/Pages\b", data)
    return max((int(a or b) for a, b in counts), default=0)


def _words(lang: str) -> dict[str, Any]:
    plain = ("map_note", "qr", "report", "where", "why", "cost", "total", "checks", "found")
    words: dict[str, Any] = {name: t(f"sheet.{name}", lang) for name in plain}
    words["cost_columns"] = [t(f"sheet.cost.{name}", lang) for name in ("item", "volume", "unit", "price", "amount")]
    words["signatures"] = [t(f"sheet.sign.{name}", lang) for name in ("surveyor", "manager", "date")]
    return words


def _page(sheet: Sheet, row: dict[str, Any], shape: Any, maps: SiteMaps | None, folder: Path, n: int) -> dict[str, Any]:
    lang = sheet.lang
    middle = None if shape is None else shape.representative_point()
    picture = qr = ""
    if middle is not None:
        if maps is not None:
            picture = f"map-{n}.png"
            maps.draw(middle.x, middle.y, folder / picture)
        qr = f"qr-{n}.svg"
        segno.make(f"geo:{middle.y:.6f},{middle.x:.6f}", error="m").save(str(folder / qr), border=1)
    site = isinstance(row.get("service"), str)
    name = _cut(printable(row.get("name")), 90)
    return {
        "title": f"{row['full_id']}{' · ' + name if name else ''}",
        "subtitle": _what(row, lang) if site else t("sheet.village", lang),
        "map": picture,
        "map_alt": t("sheet.map_alt", lang, site=row["full_id"]),
        "qr": qr,
        "report": _report(sheet, row, folder, n) if site else "",
        "photo": _photo(sheet, row, folder, n),
        "photo_alt": t("sheet.photo_alt", lang, site=row["full_id"]),
        "facts": _site_facts(row, lang) if site else _village_facts(row, lang),
        "where": _where(sheet, row, middle),
        "why": _cut(printable(row.get("why")), 900),
        "cost": _cost(row, lang) if site else [],
        "cost_note": t("sheet.cost.estimated" if row.get("cost_estimated") else "sheet.cost.given", lang),
        "checks": [t(f"check.{check}", lang) for check in _CHECKS[row["service"]]] if site else [],
    }


def _report(sheet: Sheet, row: dict[str, Any], folder: Path, n: int) -> str:
    """A code that opens the form for this very site; a site that is only planned has none."""
    if not sheet.report_at or not isinstance(row.get("status"), str):
        return ""
    asked = urlencode({"site": row["full_id"], "service": row["service"], "lang": sheet.lang})
    name = f"report-{n}.svg"
    segno.make(f"{sheet.report_at}?{asked}", error="m").save(str(folder / name), border=1)
    return name


def _cut(text: str, most: int) -> str:
    """A text that keeps a site on its one page."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _photo(sheet: Sheet, row: dict[str, Any], folder: Path, n: int) -> str:
    """Lay the site's photo beside the page's source; its name there, or nothing."""
    found = photo_file(sheet, row.get("photo_url"))
    if found is None:
        return ""
    name = f"photo-{n}.jpg"
    (folder / name).write_bytes(found.read_bytes())
    return name


def _kind(row: dict[str, Any], lang: str) -> str:
    return t(f"{'technology' if row['service'] == 'water' else 'kind'}.{row['technology']}", lang)


def _status(row: dict[str, Any], lang: str) -> str:
    return t(f"status.{row['status']}", lang) if isinstance(row.get("status"), str) else t("sheet.not_there", lang)


def _what(row: dict[str, Any], lang: str) -> str:
    visit = t("sheet.visit", lang, day=row["day"], team=row["team"], visit=row["visit"]) if row.get("visit") else ""
    action = t(f"action.{row['action']}", lang) if isinstance(row.get("action"), str) else ""
    parts = (t(f"service.{row['service']}", lang), _kind(row, lang), _status(row, lang), action, visit)
    return " · ".join(part for part in parts if part)


def _site_facts(row: dict[str, Any], lang: str) -> list[list[str]]:
    """What is known of a site of the priority list, or of an action of a plan."""
    reported = row.get("reported_on")
    when = day(pd.Timestamp(reported), lang) if isinstance(reported, str) else "–"
    known = [[t("map.status", lang), _status(row, lang)], [t("map.reported", lang), when]]
    cost = [
        [t("map.capacity", lang), count(row["capacity_people"], lang)],
        [t("map.cost", lang), money(row["cost_idr"], lang)],
    ]
    if "gain_in_plan" in row:
        gains = [
            [t("plan.in_plan", lang), count(row["gain_in_plan"], lang)],
            [t("plan.alone", lang), count(row["gain_alone"], lang)],
        ]
        return [*known, *gains, *cost, [t("plan.year_cost", lang), money(row["yearly_idr"], lang)]]
    return [
        *known,
        [t("map.gain", lang), count(row["gain_people"], lang)],
        [t("sheet.in_reach", lang), count(row["local_population"], lang)],
        *cost,
        [t("plan.each", lang), money(row["cost_per_person_idr"], lang)],
        [t("map.rank_range", lang), f"{row['rank']} ({row['rank_low']}–{row['rank_high']})"],
    ]


def _village_facts(row: dict[str, Any], lang: str) -> list[list[str]]:
    facts = [[t("map.population", lang), count(row.get("population"), lang)]]
    facts += [[state_text(name, "water", lang), count(row.get(name), lang)] for name in STATES]
    return [*facts, [t("map.share", lang), percent(row.get("share"), lang)]]


def _where(sheet: Sheet, row: dict[str, Any], middle: Any) -> list[list[str]]:
    lang = sheet.lang
    lines = [[t("map.village", lang), _village(sheet, row)]]
    if middle is None:
        return lines
    lines += [
        [t("sheet.decimal", lang), decimal(middle.x, middle.y)],
        [t("sheet.dms", lang), dms(middle.x, middle.y, lang)],
        [t("sheet.utm", lang), utm(middle.x, middle.y)],
    ]
    if sheet.analysis is not None:
        from exports.paper.maps import access

        lines.append([t("sheet.access", lang), access(sheet.analysis, middle.x, middle.y, lang)])
    return lines


def _village(sheet: Sheet, row: dict[str, Any]) -> str:
    code = row.get("village_code")
    if sheet.analysis is None or not isinstance(code, str):
        return printable(code) or "–"
    villages = sheet.analysis.villages
    names = villages.loc[villages["village_code"] == code, "name"].tolist()
    return f"{names[0]} ({code})" if names else code


def _cost(row: dict[str, Any], lang: str) -> list[list[str]]:
    action = row.get("action")
    told = t(f"action.{action}", lang) if isinstance(action, str) and action != "repair" else ""
    item = f"{told}: {_kind(row, lang)}" if told else t("sheet.cost.repair", lang, what=_kind(row, lang))
    amount = money(row["cost_idr"], lang)
    parts = facts("parts").get(row["technology"], {"parts": []})["parts"]
    rows = [[item, "1", t("unit.package", lang), amount, amount]]
    if told:  # built anew: the parts of a repair do not apply
        return rows
    return rows + [[part[lang], "", t(f"unit.{part['unit']}", lang), "", ""] for part in parts]
