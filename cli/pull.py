"""The command that fetches answers from form servers of others, as often as an office wants."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import WorkspaceFolder, say, session
from geo.model.errors import CallError, DataError
from texts import error_text, t

if TYPE_CHECKING:
    from geo.fetching.form_servers import FormServer, Waiting

#: Where it is noted which answers of an entry were fetched.
_NOTED = "pulled"


def pull(
    servers: Annotated[Path, typer.Argument(help="Entries of forms at ODK Central or KoboToolbox (TOML).")],
    workspace: WorkspaceFolder,
    into: Annotated[
        Path | None, typer.Option(help="Folder for answers to other forms than ours, which `watch` imports.")
    ] = None,
    every: Annotated[int, typer.Option(help="Seconds between two rounds.", min=60, max=604_800)] = 3600,
    once: Annotated[bool, typer.Option("--once", help="One round, then end; exit 1 if a server failed.")] = False,
) -> None:
    """Fetch what is new at form servers: answers to our forms wait on page Data, those to others become CSV files.

    Nothing goes into the data by this. Each answer is fetched once, and again when it was edited there. One line of
    JSON on stdout an entry and round.
    """
    from geo.fetching.form_servers import entries

    known = entries(servers)
    needs = [one.key for one in known if not one.table]
    if needs and (into is None or not into.is_dir()):
        raise CallError("error.pull.folder", entry=needs[0])
    for entry in known:
        entry.password()  # what is not set is told before anything is asked
    say(t("pull.began", session.lang, count=len(known)))
    while True:
        failed = False
        for entry in known:
            told = _round(entry, workspace, into)
            failed |= "error" in told
            print(json.dumps(told, ensure_ascii=False), flush=True)
        if once:
            if failed:
                raise typer.Exit(1)
            return
        time.sleep(every)


def _round(entry: FormServer, workspace: Path, into: Path | None) -> dict[str, Any]:
    """One entry once: what came, what was left there, and why."""
    noted = workspace / _NOTED / f"{entry.key}.json"
    told: dict[str, Any] = {"entry": entry.key, "new": 0, "refused_there": 0, "held": []}
    fresh: set[str] = set()
    try:
        seen = set(json.loads(noted.read_text(encoding="utf-8"))) if noted.is_file() else set()
        try:
            if entry.table:
                _to_inbox(entry, workspace, seen, fresh, told)
            else:
                _to_folder(entry, into or workspace, seen, fresh, told)
        finally:  # what came before a server broke off need not be asked for again
            if fresh:
                _note(noted, seen | fresh)
    except (DataError, CallError) as error:
        told["error"] = error_text(error, session.lang)
    except (OSError, ValueError) as error:
        told["error"] = t("pull.disk", session.lang, reason=str(getattr(error, "strerror", "") or error)[:200])
    if "error" in told:
        say(t("pull.failed", session.lang, entry=entry.key, reason=told["error"]))
    say(t("pull.came", session.lang, entry=entry.key, count=told["new"], refused=told["refused_there"]))
    for held in told["held"]:
        say(t("pull.held", session.lang, **held))
    return told


def _note(noted: Path, keys: set[str]) -> None:
    from geo.field.inbox import put_file

    noted.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    put_file(noted.with_suffix(".part"), json.dumps(sorted(keys)).encode())
    noted.with_suffix(".part").replace(noted)


def _to_inbox(entry: FormServer, workspace: Path, seen: set[str], fresh: set[str], told: dict[str, Any]) -> None:
    """Answers to a form of ours wait where those of telephones do; `fresh` gets what need not be asked for again."""
    from geo.fetching.form_servers import server
    from geo.field.inbox import Inbox, as_ours

    box, there = Inbox(workspace / "inbox"), server(entry)
    for one in there.waiting(seen):
        if one.refused:
            told["refused_there"] += 1
            continue
        try:
            files, whole = there.files(one)
            received = box.receive(as_ours(there.xml(one), entry.table), files, entry.key, complete=whole)
        except DataError as error:
            if error.key.startswith("error.fetch.") or error.key.startswith("error.pull."):
                raise  # of the server, not of this answer
            told["held"].append({"answer": one.one, "reason": error_text(error, session.lang)})
            continue
        told["new"] += received.new
        if received.complete:
            fresh.add(one.key)


def _to_folder(entry: FormServer, into: Path, seen: set[str], fresh: set[str], told: dict[str, Any]) -> None:
    """Answers to another form become a table."""
    import csv
    import hashlib
    import io

    from geo.fetching.form_servers import server
    from geo.field.inbox import put_file

    found: list[Waiting] = []
    for one in server(entry).waiting(seen):
        if one.refused:
            told["refused_there"] += 1
        else:
            found.append(one)
    if not found:
        return
    keys = {one.key for one in found}
    path = into / f"{entry.key}-{hashlib.sha256(json.dumps(sorted(keys)).encode()).hexdigest()[:12]}.csv"
    columns = list(dict.fromkeys(name for one in found for name in one.row))
    text = io.StringIO(newline="")
    rows = csv.DictWriter(text, columns)
    rows.writeheader()
    rows.writerows(one.row for one in found)
    part = path.with_name(f".{path.name}.part")  # `watch` passes over what begins with a point
    put_file(part, text.getvalue().encode("utf-8"))
    part.replace(path)
    told |= {"new": len(found), "file": path.name, "repeated": sorted({name for one in found for name in one.nested})}
    fresh |= keys
