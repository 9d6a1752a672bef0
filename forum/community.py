"""What the community says: a point that broke, was repaired, is missing from the map, or a word on a site.

A report is received, then somebody verifies it; only then does a status change in the record, dated, and never in the
survey itself. Names and telephone numbers stay in the record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from forum.checks import as_content, drawn_code, one_of, said
from forum.record import Event, Record, said_of
from geo.model.changes import AnyChange, Change, NewSite
from geo.model.errors import CallError
from geo.model.sites import SERVICES

WHAT = ("broken", "repaired", "missing", "opinion")
VERDICTS = ("verified", "refused")


@dataclass(frozen=True)
class Report:
    """One report. `site_id` is empty where a point is missing from the map; then `lat` and `lon` say where it is.

    `ref` is the id that the form it was written in gave it; `code`, drawn when it comes, lets its reporter follow it.
    `photo` is the name of a picture as it came (``reports/<hash>.jpg``), which nobody has opened yet.
    """

    service: str
    site_id: str
    what: str
    text: str
    village_code: str = ""
    name: str = ""
    phone: str = ""
    lat: float | None = None
    lon: float | None = None
    via: str = "link"
    ref: str = ""
    photo: str = ""
    code: str = ""
    number: int = 0
    at: str = ""
    verdict: str = ""
    reason: str = ""
    by: str = ""


def reports(events: Sequence[Event]) -> tuple[Report, ...]:
    """Replay standing events: reports in the order in which they came, each with its verdict."""
    found: dict[int, Report] = {}
    for event in events:
        if event.kind == "community":
            found[event.number] = Report(**event.content, number=event.number, at=event.at)
        elif event.kind == "verdict" and event.content["report"] in found:
            number = int(event.content["report"])
            verdict, reason = event.content["verdict"], event.content["reason"]
            found[number] = replace(found[number], verdict=verdict, reason=reason, by=event.who)
    return tuple(found.values())


def receive(record: Record, report: Report) -> Event:
    """Record what somebody of the community reports; one with a `ref` that is there already stays as it is.

    Raises
    ------
    CallError
        If it says nothing, names no site where one is meant, or tells no place for one that is missing.
    """
    content = check_report(report)
    if not report.ref:
        return record.append(_SAYS, "community", content)

    def known(standing: Sequence[Event]) -> Event | None:  # a phone sends again what it got no answer to
        return next((one for one in standing if one.kind == "community" and one.content["ref"] == report.ref), None)

    def rule(standing: Sequence[Event]) -> None:
        if known(standing) is not None:
            raise CallError("error.reports_meanwhile")

    try:
        return record.append_all(_SAYS, [("community", content)], rule)[0]
    except CallError:
        there = known(record.standing())
        if there is None:
            raise
        return there


def receive_all(record: Record, who: str, given: Sequence[Report]) -> int:
    """Record the reports of a form, all or none; those that are there by their `ref` are left out. Return how many."""
    contents = {report.ref: ("community", check_report(report)) for report in given}
    known = {one.ref for one in reports(record.standing()) if one.ref}
    new = [content for ref, content in contents.items() if ref not in known]

    def rule(standing: Sequence[Event]) -> None:  # another import of the same file may have ended meanwhile
        if {one.ref for one in reports(standing) if one.ref} & (contents.keys() - known):
            raise CallError("error.reports_meanwhile")

    return len(record.append_all(who, new, rule)) if new else 0


def check_report(report: Report) -> dict[str, Any]:
    """Return a report as it is kept; see `receive` for what is refused."""
    one_of("service", report.service, SERVICES)
    one_of("what", report.what, WHAT)
    if report.what == "missing":
        if report.lat is None or report.lon is None:
            raise CallError("forum_missing.position")
        if not (-90 <= report.lat <= 90 and -180 <= report.lon <= 180):
            raise CallError("error.no_place_on_earth", lat=report.lat, lon=report.lon)
    else:
        said(site=report.site_id)
    if report.what in ("missing", "opinion"):
        said(text=report.text)
    return as_content(report, _TOLD_LATER) | {"code": drawn_code()}


#: Who says a report: not the name somebody typed, which is nobody's account and leaves the content in no list.
_SAYS = "–"
_TOLD_LATER = ("code", "number", "at", "verdict", "reason", "by")


def judge(
    record: Record, who: str, number: int, verdict: str, reason: str, change: AnyChange | None = None
) -> tuple[Event, ...]:
    """Record what a look at the site found; what it changes goes into the record in the same breath, or not at all.

    Parameters
    ----------
    number
        Of the report.
    verdict
        Of `VERDICTS`.
    reason
        How it was verified, or why it is refused.
    change
        The status of the site as it was found, or the point that was missing; None: nothing changes.

    Raises
    ------
    CallError
        If the report is not there or has a verdict, nothing is said, a refused one is to change something, or the
        change is of another site.
    """
    one_of("verdict", verdict, VERDICTS)
    said(reason=reason)

    def rule(standing: Sequence[Event]) -> None:
        mine = next((one for one in reports(standing) if one.number == number), None)
        if mine is None:
            raise CallError("error.event", value=number)
        if mine.verdict:
            raise CallError("error.report_judged", value=number)
        if change is not None and not _fits(mine, verdict, change):
            raise CallError("error.report_change", value=number)

    events: list[tuple[str, Mapping[str, Any]]] = [
        ("verdict", {"report": number, "verdict": verdict, "reason": reason.strip()})
    ]
    if change is not None:
        events.append(said_of(change))
    return record.append_all(who, events, rule)


def _fits(report: Report, verdict: str, change: AnyChange) -> bool:
    if verdict != "verified":
        return False
    if report.what == "missing":
        return isinstance(change, NewSite) and change.service == report.service
    same = isinstance(change, Change) and (change.service, change.site_id) == (report.service, report.site_id)
    return same and report.what != "opinion"
