"""Slips of a budget ballot: a one-time code each, its picture code, and the projects to be ticked on paper."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import segno

from exports.gis.gps import printable
from exports.paper.site_sheets import pages_of, typeset
from exports.tables.sheet import expect
from texts import count, money, t

_TEMPLATE = Path(__file__).with_name("slips.typ")
#: Lines of projects with which so many slips stand on a page.
_ON_A_PAGE = ((4, 3), (14, 2))


def slips_pdf(poll: Mapping[str, Any], codes: Sequence[str], address: str, lang: str, mark: str = "") -> bytes:
    """Write the slips.

    Parameters
    ----------
    poll
        The fields of `forum.polls.polls.Poll`; its projects as mappings.
    codes
        As they are printed.
    address
        Of the page on which a code is used, as telephones reach it; empty: by paper alone.
    mark
        What must be said of the data beside their figures (sample).
    """
    projects = poll["projects"]
    lines = len(projects) + sum(len(str(one["name"])) > 45 for one in projects)
    each = next((number for most, number in _ON_A_PAGE if lines <= most), 1)
    heads = ("number", "project", "gain", "cost")
    with tempfile.TemporaryDirectory() as folder_:
        folder = Path(folder_)
        told: dict[str, Any] = {
            "lang": lang,
            "title": printable(poll["title"]),
            "mark": mark,
            "budget": t("ballot.budget_line", lang, budget=money(poll["budget_idr"], lang)),
            "help": t("ballot.slip_help", lang) if address else t("ballot.slip_paper", lang),
            "address": _readable(address),
            "words": {"code": t("ballot.code", lang), "qr": t("ballot.qr", lang)},
            "heads": ["", *(t(f"ballot.head.{name}", lang) for name in heads)],
            "projects": [_line(n, one, lang) for n, one in enumerate(projects, start=1)],
            "foot": t("ballot.slip_foot", lang),
            "each": each,
            "slips": [{"code": code, "qr": _code(folder, n, code, address)} for n, code in enumerate(codes)],
        }
        data = typeset(_TEMPLATE, told, folder)
    expect(pages_of(data) > 0, True, "pdf")
    return data


def _line(n: int, one: Mapping[str, Any], lang: str) -> list[str]:
    name = printable(project_name(one, lang))
    return [str(n), name, count(one["gain_people"], lang), money(one["cost_idr"], lang)]


def project_name(one: Mapping[str, Any], lang: str) -> str:
    """What a project is, as it is read on a ballot."""
    kind = t(f"{'technology' if one['service'] == 'water' else 'kind'}.{one['technology']}", lang)
    action = t(f"action.{one['action']}", lang)
    return f"{action}: {one['name'] or one['site_id']} ({kind}), {one['village']}"


def _code(folder: Path, n: int, code: str, address: str) -> str:
    if not address:
        return ""
    name = f"{n}.svg"
    segno.make(f"{address}/{code.replace('-', '')}", error="m").save(str(folder / name), border=1)
    return name


def _readable(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.netloc}{parts.path}" if address else ""
