"""`python -m forum verify|backup|restore --record URL`: the record's chain of hashes, a copy, and the way back.

Exit 0 done, 1 tampered with or no backup, 2 the call is at fault, 3 a bug.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cli.options import Json, Lang, Rejects, say, session
from cli.running.apart import leave
from cli.running.ending import Commands, put
from geo.model.errors import CallError, DataError
from texts import error_text, t

if TYPE_CHECKING:
    from forum.community import Report
    from forum.record import Record

#: The forum's own commands; `python -m forum` and `mata-air forum` hold the same.
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="The forum's record: its chain, a copy, the way back, members, reports.",
)

Url = Annotated[
    str, typer.Option(help="Database URL, e.g. sqlite:///workspace/record.sqlite", envvar="MATA_AIR_RECORD")
]


def _opened(url: str, *, make: bool = True) -> Record:
    from forum.record import Record

    return Record(url, make=make)


def _audited(url: str, what: str, events: int) -> None:
    """A line in the log beside a record that is a file."""
    from geo.workspace.audit import note

    if url.startswith("sqlite:///"):
        note(Path(url.removeprefix("sqlite:///")).parent, what, events=events)


def _finish(result: dict[str, object], as_json: bool) -> None:
    told = json.dumps(result, ensure_ascii=False) if as_json else t("cli.record", session.lang, count=result["events"])
    typer.echo(told)


Copies = Annotated[str, typer.Option(help="Folder or address of the copy that follows.", envvar="MATA_AIR_BACKUP")]
Known = Annotated[
    str,
    typer.Option("--head", help="COUNT:HASH as minutes and copies show it: finds a cut tail and a rewritten record."),
]


@app.command()
def verify(record: Url, head: Known = "", copies: Copies = "", as_json: Json = False) -> None:
    """Check that no event was changed, removed or put in, and that the head and the copy that are known are in it."""
    from forum.chain import Head
    from forum.copies.far import head_at

    known = [Head.of(head)] if head else []
    followed = head_at(copies) if copies else None
    known += [] if followed is None else [followed]
    opened = _opened(record, make=False)
    try:
        count = opened.verify()
        for one in known:
            opened.verify(one)
        found = opened.head()
    finally:
        opened.close()
    _finish({"events": count, "whole": True, "head": str(found)}, as_json)


@app.command()
def meeting(
    record: Url,
    number: Annotated[int, typer.Option(help="Of the meeting, as its page shows it.")],
    out: Annotated[Path, typer.Option(help="File to write (JSON); `recount` counts it anew.")],
    as_json: Json = False,
) -> None:
    """Write the file that goes with the minutes: what was recorded of a meeting, and what the minutes claim."""
    from forum.public.evidence import evidence

    opened = _opened(record, make=False)
    try:
        told = evidence(opened, number)
    finally:
        opened.close()
    put(out, json.dumps(told, ensure_ascii=False, indent=1))
    _finish({"events": len(told["events"]), "out": str(out), "head": told["head"]}, as_json)


@app.command()
def recount(
    file: Annotated[Path, typer.Argument(help="The meeting's file, as it goes with the minutes.")],
    head: Known = "",
    lines_: Annotated[
        str,
        typer.Option(
            "--lines", help="M-COUNT:HASH as the minutes print it: finds a line of the meeting that is missing."
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Count a meeting anew from its file: votes, weights, order, quorum, decisions; say equal, or where not."""
    from forum.public.recount import recount as counted

    if not file.is_file():
        raise CallError("error.no_file", path=str(file))
    if head:
        from forum.chain import Head

        Head.of(head)  # what is no head is a fault of the call, not of the meeting
    try:
        lines = counted(json.loads(file.read_text(encoding="utf-8")), head, lines_)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise DataError("error.meeting_file", path=file.name) from error
    equal = not any(one is False for _, one, _ in lines)
    if as_json:
        checked = [{"what": name, "equal": one, "found": found} for name, one, found in lines]
        typer.echo(json.dumps({"equal": equal, "checked": checked}, ensure_ascii=False))
    else:
        for name, one, found in lines:
            typer.echo(f"{'?' if one is None else '=' if one else '≠'} {t(f'recount.{name}', session.lang)}: {found}")
    raise typer.Exit(0 if equal else 1)


@app.command()
def count(
    projects: Annotated[Path, typer.Option(help="Table with project_id and cost_idr.")],
    ballots: Annotated[
        Path, typer.Option(help="Table with ballot_id and project_id: a row for each project approved.")
    ],
    budget: Annotated[int, typer.Option(help="Whole rupiah.", min=1, max=10**15)],
    as_json: Json = False,
) -> None:
    """Count budget ballots side by side: most votes, most votes per rupiah, equal shares; who gets what by each."""
    from forum.public.ballots import RULES, Project, checked, served
    from geo.reading.readers import read_any

    rows, cast = read_any(projects).cells, read_any(ballots).cells
    for path, cells, names in (
        (projects, rows, ("project_id", "cost_idr")),
        (ballots, cast, ("ballot_id", "project_id")),
    ):
        if missing := [name for name in names if name not in cells]:
            raise DataError("error.missing_columns", path=path.name, table="ballots", columns=", ".join(missing))
    costs = [str(one or "") for one in rows["cost_idr"]]
    if wrong := [one[:40] for one in costs if not re.fullmatch(r"[0-9]{1,15}", one)]:
        raise DataError("error.number", name="cost_idr", value=wrong[0])
    given = [Project(str(key or ""), int(cost)) for key, cost in zip(rows["project_id"], costs, strict=True)]
    groups = cast.dropna(subset=["ballot_id"]).groupby("ballot_id", sort=True)["project_id"]
    sets = checked(given, [set(named.dropna()) for _, named in groups], budget)
    told: dict[str, dict[str, Any]] = {}
    for name, rule in RULES.items():
        found = rule(given, sets, budget)
        reached, each = served(found, sets)
        told[name] = {
            "chosen": list(found.chosen),
            "cost_idr": found.cost,
            "voters_served": reached,
            "projects_each": each,
        }
    result = {"ballots": len(sets), "projects": len(given), "budget_idr": budget, "votes": found.votes, "rules": told}
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
        return
    for name, one in told.items():
        words = {"rule": t(f"ballot.{name}", session.lang), "chosen": ", ".join(map(str, one["chosen"])) or "–"}
        typer.echo(
            t("ballot.line", session.lang, served=one["voters_served"], of=len(sets), cost=one["cost_idr"], **words)
        )


@app.command()
def follow(
    record: Url,
    to: Annotated[
        str,
        typer.Option(
            help="Folder of the copy, best on another disk, or an address (s3://…).", envvar="MATA_AIR_BACKUP"
        ),
    ],
    once: Annotated[bool, typer.Option(help="Copy what is new and end.")] = False,
    as_json: Json = False,
) -> None:
    """Copy each event to a second place within a second, until it is stopped (Ctrl-C); the dashboard does so itself."""
    import threading

    from forum.copies.far import mirror_at
    from forum.mirror import keep_following

    opened, copies, ended = _opened(record, make=False), mirror_at(to), threading.Event()
    try:
        copies.follow(opened)
        if not once:
            keep_following(opened, copies, ended).join()
    except KeyboardInterrupt:
        ended.set()
    finally:
        opened.close()
    found = copies.head()
    _finish({"events": found.count, "out": copies.name, "head": str(found)}, as_json)


@app.command()
def backup(
    record: Url,
    out: Annotated[Path, typer.Option(help="File to write: a line of JSON per event.")],
    open_urns: Annotated[
        bool,
        typer.Option("--open-urns", help="Secret votes not opened yet too: to move a record, not to keep copies."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Write a copy of the whole record, its chain checked; it appears whole or not at all; ballots not open yet beside.

    Secret votes of a meeting that are not opened yet are left out: two copies made between two votes would tell them.
    """
    from forum.mirror import beside, write_whole
    from forum.polls.secret import URN
    from forum.polls.urn import all_of

    opened = _opened(record, make=False)
    try:
        while True:  # both of one moment
            lines, urns = opened.lines(), all_of(opened)
            if opened.last() == len(lines):
                break
    finally:
        opened.close()
    secret = [] if open_urns else [key for key in urns if key.startswith(URN)]
    urns = {key: content for key, content in urns.items() if key not in secret}
    if secret:
        say(t("forum.urns_left_out", session.lang, count=len(secret)))
    if urns:
        write_whole(beside(out), [json.dumps(urns, ensure_ascii=False)])
    else:
        beside(out).unlink(missing_ok=True)  # of an older copy under the same name
    write_whole(out, lines)
    last = json.loads(lines[-1]) if lines else {"number": 0, "hash": "0" * 64}
    _audited(record, "backup", len(lines))
    told = {"events": len(lines), "out": str(out), "head": f"{last['number']}:{last['hash']}"}
    _finish(told | {"urns_left_out": len(secret)}, as_json)


@app.command()
def restore(
    record: Url,
    backup: Annotated[str, typer.Option("--from", help="A copy made by `backup`, or the folder or address followed.")],
    head: Known = "",
    until: Annotated[str, typer.Option(help="Leave out what was said after this moment (ISO, UTC).")] = "",
    short: Annotated[bool, typer.Option(help="Restore a copy that is short of the head too.")] = False,
    as_json: Json = False,
) -> None:
    """Fill an empty or missing record with a copy, its chain checked before and after; say what it is short of."""
    from forum.chain import Head
    from forum.copies.far import read_any_copy
    from forum.polls.secret import shut
    from forum.polls.urn import fill, held

    lines, known, urns = read_any_copy(backup, Head.of(head) if head else None)
    moment = _moment(until) if until else None
    missing = max(0, known.count - len(lines)) if known else 0
    if known and not missing:
        from forum.chain import holds, rows_of

        holds([row["hash"] for row in rows_of(lines)], known)
    if missing and not short:
        raise DataError("error.copy_short", count=len(lines), head=known.count if known else 0, short=missing)
    kept = list(lines if moment is None else itertools.takewhile(lambda line: _at(line) <= moment, lines))
    opened = _opened(record)
    try:
        # urns are as they are at the end of the copy, and at no other moment
        count = opened.fill(kept, partial(fill, urns=urns) if len(kept) == len(lines) else None)
        found = opened.head()
        gone = [key for key in shut(opened.standing()) if not held(opened, key)]
    finally:
        opened.close()
    if gone:
        earlier = urns and len(kept) < len(lines)
        say(t("forum.urns_until" if earlier else "forum.urns_missing", session.lang, count=len(gone)))
    _audited(record, "restore", count)
    told = {"short": missing, "left_out": len(lines) - len(kept), "head": str(found), "urns_missing": len(gone)}
    _finish({"events": count, "whole": True, **told}, as_json)


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise CallError("error.moment", value=text[:60]) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _at(line: str) -> datetime:
    try:
        found = datetime.fromisoformat(json.loads(line)["at"])
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError("error.backup_line", value=line[:20]) from error


@app.command()
def member(
    record: Url,
    account: Annotated[str, typer.Option(help="E-mail address, or sub: and the provider's own id.")],
    name: Annotated[str, typer.Option(help="As it stands in the minutes.")],
    organisation: Annotated[str, typer.Option(help="For whom.")],
    kind: Annotated[Literal["government", "ngo", "village", "community"], typer.Option(help="Of the organisation.")],
    role: Annotated[Literal["viewer", "member", "engineer", "chair", "admin"], typer.Option(help="See docs/roles.md.")],
    who: Annotated[str, typer.Option(help="Who adds them.")],
    as_json: Json = False,
) -> None:
    """Add a member, or give one another role: the first admin of a server comes in this way."""
    from forum.members import Member, enrol

    opened = _opened(record)
    try:
        enrol(opened, who, Member(account, name, organisation, kind, role))
        count = opened.last()
    finally:
        opened.close()
    _finish({"events": count, "account": account}, as_json)


@app.command()
def reports(
    file: Annotated[Path, typer.Argument(help="Answers of the form `python -m geo form --as community` makes.")],
    record: Url,
    who: Annotated[str, typer.Option(help="Who brings them.")],
    rejects: Rejects = None,
    as_json: Json = False,
) -> None:
    """Take reports of the community from a Kobo or ODK export; those that are there already are left out."""
    from exports.tables.faults import fault_rows, rejects_csv
    from forum.community import check_report, receive_all
    from geo.checking.checked_table import with_rejects
    from geo.reading.raw_table import Fault
    from geo.workspace.importing import check_file

    checked = check_file(file, "community")
    good: list[Report] = []
    bad: list[Fault] = []
    for row in checked.rows.to_dict("records"):
        given = _report(row)
        try:
            check_report(given)
            good.append(given)
        except CallError as error:
            bad.append(Fault("report", "rejected", row["source_row"], None, error_text(error, session.lang)))
    told = with_rejects(checked, bad)
    if rejects is not None:
        put(rejects, rejects_csv({"community": told}, session.lang))
    opened = _opened(record)
    try:
        new = receive_all(opened, who, good)
    finally:
        opened.close()
    result = {**told.counts(), "new": new, "known": len(good) - new, "faults": fault_rows(told, session.lang)}
    typer.echo(json.dumps(result, ensure_ascii=False) if as_json else t("cli.reports", session.lang, **result))


def _report(row: Mapping[str, Any]) -> Report:
    from forum.community import Report

    names = ("service", "site_id", "what", "text", "name", "phone")
    texts: dict[str, Any] = {name: row[name] if isinstance(row[name], str) else "" for name in names}
    place = row["geometry"]
    return Report(**texts, lat=float(place.y), lon=float(place.x), via="kobo", ref=str(row["report_id"]))


def run() -> None:
    """Run `python -m forum` and leave with its exit code."""
    alone = typer.Typer(
        cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
    )
    alone.registered_commands = app.registered_commands

    @alone.callback()
    def main(lang: Annotated[Lang, typer.Option(help="Language of messages: id or en.")] = Lang.id) -> None:
        """The forum's record: its chain, a copy, the way back, members, reports."""
        session.lang = lang.value

    leave(alone)
