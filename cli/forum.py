"""`python -m forum verify|backup|restore --record URL`: the record's chain of hashes, a copy, and the way back.

Exit 0 done, 1 tampered with or no backup, 2 the call is at fault, 3 a bug.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cli.ending import exit_code, own_stdout
from cli.options import Json, Lang, Rejects, session
from geo.model.errors import CallError
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


def _finish(result: dict[str, object], as_json: bool) -> None:
    told = json.dumps(result, ensure_ascii=False) if as_json else t("cli.record", session.lang, count=result["events"])
    typer.echo(told)


@app.command()
def verify(record: Url, as_json: Json = False) -> None:
    """Check that no event was changed, removed or put in."""
    opened = _opened(record, make=False)
    try:
        count = opened.verify()
    finally:
        opened.close()
    _finish({"events": count, "whole": True}, as_json)


@app.command()
def backup(
    record: Url,
    out: Annotated[Path, typer.Option(help="File to write: a line of JSON per event.")],
    as_json: Json = False,
) -> None:
    """Write a copy of the whole record, its chain checked; it appears whole or not at all."""
    opened = _opened(record, make=False)
    try:
        lines = opened.lines()
    finally:
        opened.close()
    part = out.with_name(f"{out.name}.part")
    with part.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, out)
    _finish({"events": len(lines), "out": str(out)}, as_json)


@app.command()
def restore(
    record: Url, backup: Annotated[Path, typer.Option("--from", help="A copy made by `backup`.")], as_json: Json = False
) -> None:
    """Fill an empty or missing record with a copy, its chain checked before and after."""
    if not backup.is_file():
        raise CallError("error.no_file", path=str(backup))
    lines = backup.read_text(encoding="utf-8").splitlines()
    opened = _opened(record)
    try:
        count = opened.fill(lines)
    finally:
        opened.close()
    _finish({"events": count, "whole": True}, as_json)


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
        rejects.write_bytes(rejects_csv({"community": told}, session.lang))
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
        no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
    )
    alone.registered_commands = app.registered_commands

    @alone.callback()
    def main(lang: Annotated[Lang, typer.Option(help="Language of messages: id or en.")] = Lang.id) -> None:
        """The forum's record: its chain, a copy, the way back, members, reports."""
        session.lang = lang.value

    own_stdout()
    sys.exit(exit_code(alone, lambda error: error_text(error, session.lang)))
