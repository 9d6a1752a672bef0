"""Minutes of a meeting (Berita Acara) as PDF and DOCX, with the lists that government offices ask for.

Annex 1 has the columns of Table T-D.4 of Permendagri 86/2017; annex 2 those of a village's RKP Desa. What the forum
does not decide (regional priorities, the way of carrying out) stays an empty cell to be filled in.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import segno
from babel.dates import format_date

from exports.gis.gps import printable
from exports.paper.blocks import signed
from exports.paper.site_sheets import pages_of, typeset
from exports.tables.sheet import expect
from geo.model.facts import facts
from geo.model.results import Analysis
from texts import count, day, money, t

_FOLDER = Path(__file__).parent
#: Colour and sign of what was decided.
_LOOKS = {
    "approved": ("#1a7f37", "o"),
    "deferred": ("#e69f00", "^"),
    "rejected": ("#b3261e", "X"),
    "": ("#ffffff", "s"),
}
Told = dict[str, Any]


def told(meeting: Mapping[str, Any], lang: str) -> Told:
    """Bring a meeting into the sentences and rows that are printed.

    Parameters
    ----------
    meeting
        The fields of `forum.meetings.Meeting`; `head`, if it is there, is that of the record when it is printed: on
        paper nobody changes it (`forum verify --head`).
    """
    decisions = {one["item"]: one for one in meeting["decisions"]}
    items = [dict(item) | {"key": _key(item)} for item in meeting["items"]]
    approved = [(item, decisions[item["key"]]) for item in items if _is(decisions.get(item["key"]), "approved")]
    names = {item["key"]: item["name"] or item["site_id"] for item in items}
    words = {
        "weekday": format_date(meeting["on"], format="EEEE", locale=lang),
        "day": day(meeting["on"], lang),
        "place": meeting["place"],
        "chair": meeting["chair"],
        "count": count(len(meeting["attendees"]), lang),
    }
    found: Told = {
        "lang": lang,
        "title": t("minutes.title", lang),
        "subtitle": meeting["title"],
        "mark": _of_basis(meeting, "sample", lang),
        "intro": t("minutes.intro", lang, **words),
        "basis": _basis(meeting, lang),
        "attendance": _attendance(meeting, lang),
        "decisions": [
            _decision_row(n, item, decisions.get(item["key"]), lang) for n, item in enumerate(items, start=1)
        ],
        "votes": _votes(meeting, names, lang),
        "rules": [
            *rules_lines(meeting.get("rules") or {}, lang),
            *(
                t("rules.speaks", lang, name=one["member"], holder=one["holder"], organisation=one["organisation"])
                for one in meeting.get("proxies", ())
            ),
        ],
        "aside": [
            f"{names[one['item']]}: {t('rules.aside', lang, name=one['member'], reason=one['reason'])}"
            for one in meeting.get("recusals", ())
        ],
        "head_note": _head_note(meeting, lang),
        "dissents": [
            t("minutes.dissent", lang, name=one["member"], site=names[one["item"]], reason=one["reason"])
            for one in meeting["dissents"]
        ],
        "closing": t("minutes.closing", lang),
        "signatures": _signatures(meeting, lang),
        "priorities": [_priority_row(n, *pair, lang) for n, pair in enumerate(approved, start=1)],
        "village_plan": [_village_row(n, *pair, lang) for n, pair in enumerate(approved, start=1)],
        "heads": _heads(lang),
        "words": {name: t(f"minutes.{name}", lang) for name in _WORDS},
        "footer": _footer(meeting, lang),
    }
    clean: Told = _printable(found)
    return clean


_WORDS = (
    "attendance",
    "decided",
    "votes",
    "rules",
    "aside",
    "dissents",
    "annex_1",
    "annex_2",
    "map",
    "none",
    "nothing",
)
_T_D_4 = (
    "no",
    "regional_priority",
    "regional_target",
    "programme",
    "activity",
    "target",
    "location",
    "volume",
    "ceiling",
    "office",
)
_COLUMNS = {
    "attendance": ("no", "name", "organisation", "kind", "signature"),
    "decisions": ("no", "site", "rank", "people", "decision", "who", "reason"),
    "priorities": _T_D_4,
    "village_plan": ("no", "field", "activity", "location", "volume", "beneficiaries", "time", "cost", "source", "way"),
}


def _footer(meeting: Mapping[str, Any], lang: str) -> str:
    foot = t("minutes.footer", lang, version=meeting["version"], printed=day(date.today(), lang))
    head = meeting.get("head", "")
    return f"{foot} · {t('minutes.head', lang, head=head)}" if head else foot


def _key(item: Mapping[str, Any]) -> str:
    """How decisions and votes name an item."""
    return f"{item['service']}:{item['site_id']}"


def _heads(lang: str) -> dict[str, list[str]]:
    return {name: [t(f"minutes.column.{column}", lang) for column in columns] for name, columns in _COLUMNS.items()}


def _is(decision: Mapping[str, Any] | None, word: str) -> bool:
    return decision is not None and decision["decision"] == word


def _basis(meeting: Mapping[str, Any], lang: str) -> list[list[str]]:
    rows = [["version", meeting["version"]], ["area", meeting["area"]]]
    rows += [[name, _of_basis(meeting, name, lang)] for name in ("standard", "season", "weights", "scenario")]
    return [[t(f"minutes.basis.{name}", lang), value] for name, value in rows if value]


def _of_basis(meeting: Mapping[str, Any], name: str, lang: str) -> str:
    """In the language of the minutes; a meeting opened by an older version holds the words of its own alone."""
    basis = meeting["basis"]
    return str(basis.get(f"{name}@{lang}", basis.get(name, "")))


def _attendance(meeting: Mapping[str, Any], lang: str) -> list[list[str]]:
    return [
        [str(n), one["name"], one["organisation"], t(f"forum.kind.{one['kind']}", lang), f"{n}."]
        for n, one in enumerate(meeting["attendees"], start=1)
    ]


def _decision_row(n: int, item: Mapping[str, Any], decision: Mapping[str, Any] | None, lang: str) -> list[str]:
    site = f"{item['name'] or item['site_id']} ({item['site_id']}), {item['village']}"
    people = count(item["gain_people"], lang)
    if decision is None:
        return [str(n), site, str(item["rank"]), people, t("minutes.undecided", lang), "", ""]
    done = f"{t('forum.decision.' + decision['decision'], lang)} ({t('forum.way.' + decision['way'], lang)})"
    return [str(n), site, str(item["rank"]), people, done, _who(decision, lang), decision["reason"]]


def _who(decision: Mapping[str, Any], lang: str) -> str:
    """Who does it, with whose money, when, and who answers for it."""
    if decision["decision"] != "approved":
        return ""
    parts = [decision["lead"], f"{t('forum.fund.' + decision['fund'], lang)} {money(decision['amount_idr'], lang)}"]
    return "; ".join(part for part in [*parts, str(decision["year"]), decision["person"]] if part)


def _votes(meeting: Mapping[str, Any], names: Mapping[str, str], lang: str) -> list[str]:
    lines = []
    for key, name in names.items():
        secretly = [one["member"] for one in meeting.get("voted", ()) if one["item"] == key]
        cast = [one for one in meeting["votes"] if one["item"] == key]
        if secretly:  # names in one list, ballots in another: neither order tells of the other
            each = "; ".join(f"[{one['receipt']}] {t('forum.grade.' + one['grade'], lang)}" for one in cast)
            words = {"names": ", ".join(sorted(secretly)), "each": each or t("minutes.secret_shut", lang)}
            lines.append(t("minutes.secret", lang, name=name, count=count(len(secretly), lang), **words))
        elif cast:
            each = "; ".join(
                (f"[{one['receipt']}] " if one.get("receipt") else "")
                + f"{one['member']}: {t('forum.grade.' + one['grade'], lang)}"
                + (f" ({one['reason']})" if one["reason"] else "")
                for one in cast
            )
            lines.append(f"{name}: {each}")
    return lines


def _head_note(meeting: Mapping[str, Any], lang: str) -> str:
    """What is printed so that anybody can recount the meeting: the record's head, and the code of its own lines."""
    if not meeting.get("head"):
        return ""
    return t("minutes.head_note", lang, head=meeting["head"], lines=meeting.get("lines") or "–")


def rules_lines(rules: Mapping[str, Any], lang: str) -> list[str]:
    """The rules of a meeting in words, a line each; nothing where there are none.

    Parameters
    ----------
    rules
        The fields of `forum.rules.Rules`.
    """
    lines = []
    least = [f"{t(f'rules.of.{kind}', lang)} {number}" for kind, number in (rules.get("quorum") or {}).items()]
    least += [f"{t('rules.of.all', lang)} {rules['quorum_all']}"] if rules.get("quorum_all") else []
    if least:
        lines.append(t("rules.quorum", lang, least=", ".join(least)))
    if rules.get("proxies"):
        lines.append(t("rules.may_speak", lang, count=rules["proxies"]))
    if rules.get("closes"):
        at = datetime.fromisoformat(rules["closes"])
        lines.append(t("rules.ends", lang, at=f"{day(at.date(), lang)} {at:%H.%M (%z)}"))
    if rules.get("secret"):
        lines.append(t("rules.is_secret", lang))
    if rules.get("reading_hours"):
        lines.append(t("rules.second", lang, hours=count(rules["reading_hours"], lang)))
    return lines


def _signatures(meeting: Mapping[str, Any], lang: str) -> list[list[str]]:
    """The chair, and for each kind of organisation that was there a line to sign."""
    kinds = dict.fromkeys(one["kind"] for one in meeting["attendees"])
    rest = [[t("minutes.for", lang, kind=t(f"forum.kind.{kind}", lang)), ""] for kind in kinds]
    return [[t("forum.chair", lang), meeting["chair"]], *rest]


def _activity(item: Mapping[str, Any], lang: str) -> str:
    kind = t(f"{'technology' if item['service'] == 'water' else 'kind'}.{item['technology']}", lang)
    return t("minutes.repair", lang, kind=kind, name=item["name"] or item["site_id"])


def _priority_row(n: int, item: Mapping[str, Any], decision: Mapping[str, Any], lang: str) -> list[str]:
    people = t("minutes.people", lang, count=count(item["gain_people"], lang))
    programme = facts("programmes")[item["service"]]["programme"]
    unit, amount = t("minutes.one_unit", lang), money(decision["amount_idr"], lang)
    return [str(n), "", "", programme, _activity(item, lang), people, item["village"], unit, amount, decision["lead"]]


def _village_row(n: int, item: Mapping[str, Any], decision: Mapping[str, Any], lang: str) -> list[str]:
    people = t("minutes.people", lang, count=count(item["gain_people"], lang))
    field, unit = facts("programmes")["village"]["programme"], t("minutes.one_unit", lang)
    amount, fund = money(decision["amount_idr"], lang), t("forum.fund." + decision["fund"], lang)
    where = item["village"]
    return [str(n), field, _activity(item, lang), where, unit, people, str(decision["year"]), amount, fund, ""]


def _printable(value: Any) -> Any:
    """Every text without what no font can show."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {name: _printable(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_printable(one) for one in value]
    return value


def site_marks_of(meeting: Mapping[str, Any]) -> list[tuple[float, float, str, str]]:
    """Where the sites of the agenda are, with their number and what was decided."""
    decided = {one["item"]: one["decision"] for one in meeting["decisions"]}
    return [
        (item["lon"], item["lat"], str(n), decided.get(_key(item), ""))
        for n, item in enumerate(meeting["items"], start=1)
    ]


def minutes_pdf(meeting: Mapping[str, Any], lang: str, analysis: Analysis | None = None) -> bytes:
    """Write the minutes as PDF (typst): all text comes as data, none is run.

    Parameters
    ----------
    meeting
        The fields of `forum.meetings.Meeting`.
    lang
        Of the minutes.
    analysis
        For the map; without it there is none.
    """
    from exports.paper.maps import overview  # when asked for: it brings matplotlib along

    with tempfile.TemporaryDirectory() as folder_:
        folder = Path(folder_)
        given = told(meeting, lang) | {"map": "", "head_code": ""}
        if meeting.get("head"):
            told_code = f"mata-air:{meeting['head']} {meeting.get('lines') or ''}".strip()
            segno.make(told_code, error="m").save(str(folder / "head.svg"), border=1)
            given["head_code"] = "head.svg"
        if analysis is not None:
            words = {name: t(f"forum.decision.{name}" if name else "minutes.undecided", lang) for name in _LOOKS}
            looks = {name: (*look, words[name]) for name, look in _LOOKS.items()}
            overview(analysis, site_marks_of(meeting), looks, folder / "map.png")
            given["map"] = "map.png"
        data = typeset(_FOLDER / "minutes.typ", given, folder)
    expect(pages_of(data) > 0, True, "pdf")
    return data


def minutes_docx(meeting: Mapping[str, Any], lang: str) -> bytes:
    """Write the minutes as DOCX, to be changed by hand before signing."""
    from docx import Document
    from docxtpl import DocxTemplate  # type: ignore[import-untyped]

    template = DocxTemplate(_FOLDER / "minutes.docx")
    given = told(meeting, lang)
    template.render(given, autoescape=True)
    signed(template.docx, str(given["title"]), lang)
    buffer = io.BytesIO()
    template.save(buffer)
    data = buffer.getvalue()
    rows = Document(io.BytesIO(data)).tables[1].rows
    expect(len(rows) - 1, len(meeting["items"]), "docx")
    return data
