"""`python -m forum verify|backup|restore --record URL`: the record's chain of hashes, a copy, and the way back.

Exit 0 done, 1 tampered with or no backup, 2 the call is at fault, 3 a bug.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cli.ending import exit_code, own_stdout
from exports import fault_rows, rejects_csv
from forum.community import Report, check_report, receive_all
from forum.members import Member, enrol
from forum.record import Record
from geo.checking.checked_table import with_rejects
from geo.model.errors import CallError
from geo.reading.raw_table import Fault
from geo.workspace.importing import check_file
from texts import error_text, t

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
_LANG = ["id"]

Url = Annotated[
    str, typer.Option(help="Database URL, e.g. sqlite:///workspace/record.sqlite", envvar="MATA_AIR_RECORD")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


@app.callback()
def main(lang: Annotated[Literal["id", "en"], typer.Option(help="Language of messages.")] = "id") -> None:
    """The forum's record."""
    _LANG[0] = lang


def _finish(result: dict[str, object], as_json: bool) -> None:
    told = json.dumps(result, ensure_ascii=False) if as_json else t("cli.record", _LANG[0], count=result["events"])
    typer.echo(told)


@app.command()
def verify(record: Url, as_json: Json = False) -> None:
    """Check that no event was changed, removed or put in."""
    opened = Record(record, make=False)
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
    opened = Record(record, make=False)
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
    opened = Record(record)
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
    opened = Record(record)
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
    rejects: Annotated[Path | None, typer.Option(help="Write the rejected rows here (CSV).")] = None,
    as_json: Json = False,
) -> None:
    """Take reports of the community from a Kobo or ODK export; those that are there already are left out."""
    checked = check_file(file, "community")
    good: list[Report] = []
    bad: list[Fault] = []
    for row in checked.rows.to_dict("records"):
        given = _report(row)
        try:
            check_report(given)
            good.append(given)
        except CallError as error:
            bad.append(Fault("report", "rejected", row["source_row"], None, error_text(error, _LANG[0])))
    told = with_rejects(checked, bad)
    if rejects is not None:
        rejects.write_bytes(rejects_csv({"community": told}, _LANG[0]))
    opened = Record(record)
    try:
        new = receive_all(opened, who, good)
    finally:
        opened.close()
    result = {**told.counts(), "new": new, "known": len(good) - new, "faults": fault_rows(told, _LANG[0])}
    typer.echo(json.dumps(result, ensure_ascii=False) if as_json else t("cli.reports", _LANG[0], **result))


def _report(row: Mapping[str, Any]) -> Report:
    names = ("service", "site_id", "what", "text", "name", "phone")
    texts: dict[str, Any] = {name: row[name] if isinstance(row[name], str) else "" for name in names}
    place = row["geometry"]
    return Report(**texts, lat=float(place.y), lon=float(place.x), via="kobo", ref=str(row["report_id"]))


def run() -> None:
    """Run the command line and leave with its exit code."""
    own_stdout()
    sys.exit(exit_code(app, lambda error: error_text(error, _LANG[0])))
