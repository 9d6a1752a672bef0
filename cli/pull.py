"""The command that fetches answers from form servers of others, as often as an office wants."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import Json, WorkspaceFolder, say, session
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
    as_json: Json = False,
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
    if not as_json:
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


@dataclass
class _Ledger:
    """Which answers were fetched, of one form for one place; `fresh` are those of this round."""

    path: Path
    of: list[str]
    fresh: set[str] = field(default_factory=set)

    def seen(self) -> set[str]:
        """The keys of earlier rounds; none where nobody can read them, or where another list was asked for."""
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            return {str(key) for key in content["keys"]} if content["of"] == self.of else set()
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            return set()

    def note(self, seen: set[str]) -> None:
        """Keep what came."""
        from geo.field.inbox import put_file

        if self.fresh:
            put_file(self.path, json.dumps({"of": self.of, "keys": sorted(seen | self.fresh)}).encode())


def _round(entry: FormServer, workspace: Path, into: Path | None) -> dict[str, Any]:
    """One entry once: what came, what was left there, and why."""
    from filelock import FileLock, Timeout

    told: dict[str, Any] = {"entry": entry.key, "new": 0, "refused_there": 0, "held": []}
    of = [entry.server, entry.address, entry.form, entry.table, "" if entry.table or into is None else str(into)]
    ledger = _Ledger(workspace / _NOTED / f"{entry.key}.json", of)
    try:
        ledger.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(ledger.path.with_suffix(".lock"), timeout=0):
            seen = ledger.seen()
            try:
                if entry.table:
                    _to_inbox(entry, workspace, seen, ledger.fresh, told)
                else:
                    _to_folder(entry, into or workspace, seen, ledger.fresh, told)
            finally:  # what came before a server broke off need not be asked for again
                ledger.note(seen)
    except Timeout:
        told["error"] = t("pull.busy", session.lang)
    except (DataError, CallError) as error:
        told["error"] = error_text(error, session.lang)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        told["error"] = t("pull.disk", session.lang, reason=where + (error.strerror or str(error))[:200])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        fault = DataError("error.pull.format", value=entry.address, detail=f"{type(error).__name__}: {error}"[:150])
        told["error"] = error_text(fault, session.lang)
    if "error" in told:
        say(t("pull.failed", session.lang, entry=entry.key, reason=told["error"]))
    say(t("pull.came", session.lang, entry=entry.key, count=told["new"], refused=told["refused_there"]))
    for held in told["held"]:
        say(t("pull.held", session.lang, **held))
    return told


def _to_inbox(entry: FormServer, workspace: Path, seen: set[str], fresh: set[str], told: dict[str, Any]) -> None:
    """Answers to a form of ours wait where those of telephones do; `fresh` gets what need not be asked for again."""
    from geo.fetching.form_servers import WHOLE, server
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
            if error.key in WHOLE:
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

    waiting: dict[str, Waiting] = {}
    for one in server(entry).waiting(seen):
        if one.refused:
            told["refused_there"] += 1
        else:
            waiting[one.key] = one  # a server that turns no pages says the same again
    found = list(waiting.values())
    if not found:
        return
    keys = {one.key for one in found}
    path = into / f"{entry.key}-{hashlib.sha256(json.dumps(sorted(keys)).encode()).hexdigest()[:12]}.csv"
    columns = list(dict.fromkeys(name for one in found for name in one.row))
    text = io.StringIO(newline="")
    rows = csv.DictWriter(text, columns)
    rows.writeheader()
    rows.writerows(one.row for one in found)
    put_file(path, text.getvalue().encode("utf-8"))
    told |= {"new": len(found), "file": path.name, "repeated": sorted({name for one in found for name in one.nested})}
    fresh |= keys
