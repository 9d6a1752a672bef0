"""The command that compares a returned file with the sites as they stand."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import ChangesFile, Json, Version, WorkspaceFolder, finish, read_changes, say, session
from texts import fault_text, t

if TYPE_CHECKING:
    from geo.reading.raw_table import Fault


def returned(
    file: Path,
    workspace: WorkspaceFolder,
    data_version: Version = None,
    changes: ChangesFile = None,
    sent: Annotated[Path | None, typer.Option(help="The ids that went out: what is not back is missing.")] = None,
    visited_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of the visit where a row does not say it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List what a file from the field changes; nothing is applied. JSON: differences, changes of those without doubt.

    Doubtful are: against a newer report, a move of kilometres, missing sites, rows that contradict each other. Exit 1
    if a row could not be used.
    """
    from cli.export import read_list, site_ids
    from geo.analysis.replay import apply_changes
    from geo.field.photos import keep_photos, photos_in
    from geo.field.returned import differences
    from geo.model.changes import as_record
    from geo.reading.readers import read_any
    from geo.workspace.versions import load

    inputs = apply_changes(load(workspace, data_version), read_changes(changes))
    day = visited_on.date() if visited_on else date.today()
    raw = read_any(file)
    expected = sorted(site_ids(read_list(sent)[0], sent.name)) if sent is not None else ()
    kept, unread = keep_photos(workspace / "photos", photos_in(file))
    changed, faults = differences(inputs, raw, on=day, expected=expected, photos=kept)
    faults = [*unread, *faults]
    told = [_told(fault, raw.path) for fault in faults]
    rows = [{**vars(one), "changes": [as_record(change) for change in one.changes]} for one in changed]
    accepted = [change for row in rows if not row["doubtful"] for change in row["changes"]]
    finish({"read": raw.read, "differences": rows, "faults": told, "changes": accepted}, as_json)
    if any(fault.severity == "rejected" for fault in faults):
        raise typer.Exit(1)


def _told(fault: Fault, path: str) -> dict[str, Any]:
    """Say a fault, and return it as the JSON has it."""
    message, remedy = fault_text(fault, session.lang)
    where = f"{path}:{fault.row}" if fault.row else path
    say(f"{where}: [{t('severity.' + fault.severity, session.lang)}] {message} → {remedy}")
    place = {"key": fault.key, "row": fault.row, "column": fault.column, "value": fault.value}
    return place | {"message": message, "remedy": remedy}
