"""The command that compares a returned file with the sites as they stand."""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import ChangesFile, Json, Version, WorkspaceFolder, finish, read_changes, say, session
from cli.running.ending import put
from geo.model.errors import CallError, DataError
from texts import error_text, fault_text, t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.checking.checked_table import Checked
    from geo.field.inbox import Submission
    from geo.field.returned import Difference
    from geo.reading.raw_table import Fault


def returned(
    files: Annotated[list[Path], typer.Argument(help="Returned files, of several teams at once.")],
    workspace: WorkspaceFolder,
    data_version: Version = None,
    changes: ChangesFile = None,
    sent: Annotated[Path | None, typer.Option(help="The ids that went out: what is not back is missing.")] = None,
    visited_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of the visit where a row does not say it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List what files from the field change; nothing is applied. JSON: differences, changes of those without doubt.

    Doubtful are: against a newer report, a move of kilometres, missing sites, rows or files that contradict each other.
    Exit 1 if a row or one of several files could not be used.
    """
    from cli.export import read_list, site_ids
    from geo.analysis.replay import apply_changes
    from geo.field.photos import keep_photos, photos_in
    from geo.field.returned import differences, together
    from geo.model.changes import as_record
    from geo.reading.readers import read_any
    from geo.workspace.versions import load

    inputs = apply_changes(load(workspace, data_version), read_changes(changes))
    day = visited_on.date() if visited_on else date.today()
    expected = sorted(site_ids(read_list(sent)[0], sent.name)) if sent is not None else ()
    found: dict[str, list[Difference]] = {}
    told, unread, read, spoilt = [], [], 0, False
    for file in files:
        try:
            raw = read_any(file)
            kept, faults = keep_photos(workspace / "photos", photos_in(file))
            changed, more = differences(inputs, raw, on=day, expected=expected, photos=kept)
        except DataError as error:
            if len(files) == 1:
                raise
            unread.append({"file": file.name, "reason": error_text(error, session.lang)})
            say(t("returned.one_unread", session.lang, name=file.name, reason=unread[-1]["reason"]))
            continue
        told += [{**_told(fault, raw.path), "file": raw.path} for fault in (*faults, *more)]
        spoilt |= any(fault.severity == "rejected" for fault in (*faults, *more))
        read += raw.read
        again = sum(one.partition(" (")[0] == file.name for one in found)
        found[f"{file.name} ({again + 1})" if again else file.name] = changed
    changed = together(found) if len(files) > 1 else next(iter(found.values()))
    if unread:  # what is missing may lie in the file that could not be read
        changed = [one for one in changed if one.kind != "missing"]
    rows = [{**vars(one), "changes": [as_record(change) for change in one.changes]} for one in changed]
    accepted = [change for row in rows if not row["doubtful"] for change in row["changes"]]
    finish({"read": read, "differences": rows, "faults": told, "unread": unread, "changes": accepted}, as_json)
    if spoilt or unread:
        raise typer.Exit(1)


def inbox(
    workspace: WorkspaceFolder,
    table: Annotated[
        str, typer.Option("--as", help="Of which form: water_points, sanitation, institutions, or kunjungan (visits).")
    ],
    changes: ChangesFile = None,
    as_json: Json = False,
) -> None:
    """Accept what telephones sent (OpenRosa): the rows join the data, photos are kept, what cannot be read waits on.

    Visits to known sites (kunjungan) are listed as differences, as by `returned`, and wait on.
    """
    from geo.field.answers import pictures_lost
    from geo.field.inbox import ACCEPTED, Inbox
    from geo.model.sites import FORMS, VISITS

    if table not in (*FORMS, VISITS):
        raise CallError("error.option", name="--as", value=table, known=", ".join((*FORMS, VISITS)))
    box = Inbox(workspace / "inbox")
    waiting = box.waiting(table)
    given = [one for one in waiting if one.complete]
    if part := len(waiting) - len(given):  # files of them are still to come
        say(t("inbox.incomplete", session.lang, count=part))
    if table == VISITS:
        finish(_visits(workspace, given, changes), as_json)
        return
    if not given:
        finish({"accepted": 0, "held": 0, "version": None, "pictures_lost": [], "notes": []}, as_json)
        return
    photos = _photos_of(given, workspace / "photos")
    version, rejected, noted = _taken(workspace, table, given, photos)
    for n, one in enumerate(given, start=2):
        if n in rejected:
            box.held(one, rejected[n])
    good = [one for n, one in enumerate(given, start=2) if n not in rejected]
    box.done(good, workspace / ACCEPTED)
    lost = pictures_lost(given, photos)
    for one_lost in lost:
        say(t("inbox.picture_lost", session.lang, **one_lost))
    notes = [_noted(fault, given) for fault in noted if fault.row not in rejected]
    told = {"accepted": len(good), "held": len(rejected), "version": version}
    finish(told | {"pictures_lost": lost, "notes": notes}, as_json)


def _taken(
    workspace: Path, table: str, given: Sequence[Submission], photos: dict[str, dict[str, str]]
) -> tuple[str | None, dict[int, str], list[Fault]]:
    """Import submissions: the version made, if any; by row why one was not taken; what is to know of the others."""
    from geo.field.answers import as_table, blank_rows
    from geo.workspace.importing import import_files

    rejected: dict[int, str] = {}
    noted: list[Fault] = []

    def seen(tables: dict[str, Checked]) -> None:
        for fault in tables[table].faults:
            if fault.row is None:
                continue  # of the table as a whole, which nobody sent
            if fault.severity != "rejected":
                noted.append(fault)
            else:
                rejected.setdefault(fault.row, " ".join(fault_text(fault, session.lang)))

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"collect-{table}.csv"
        rows = as_table(given, photos)
        put(path, rows)
        try:
            version: str | None = import_files(workspace, {table: path}, add=True, seen=seen, plain=True).version
        except DataError as error:  # no row of them could be taken: each waits on with the reason
            version = None
            rejected = {n: rejected.get(n, error_text(error, session.lang)) for n in range(2, len(given) + 2)}
    for n in blank_rows(rows):
        rejected.setdefault(n, t("inbox.empty", session.lang))
    return version, rejected, noted


def _noted(fault: Fault, given: Sequence[Submission]) -> dict[str, Any]:
    """What is to know of a submission that goes in, with whose it is: a cell left empty, a place taken unsurely."""
    row = -1 if fault.row is None else fault.row - 2
    one = given[row] if 0 <= row < len(given) else None
    name = "–" if one is None else one.answers.get("name") or one.instance[:40]
    return {"name": name, **_told(fault, name)}


def _visits(workspace: Path, given: Sequence[Submission], changes: Path | None) -> dict[str, Any]:
    """The differences of visits that wait, the faults of their answers, and which submissions these are."""
    from geo.analysis.replay import apply_changes
    from geo.field.answers import as_table, pictures_lost
    from geo.field.returned import differences
    from geo.model.changes import as_record
    from geo.reading.readers import read_any
    from geo.workspace.versions import load

    photos = _photos_of(given, workspace / "photos")
    found: list[Difference] = []
    faults: list[dict[str, Any]] = []
    if given:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "kunjungan.csv"
            put(path, as_table(given, photos))
            kept: dict[str, str | None] = {Path(name).name: name for mine in photos.values() for name in mine.values()}
            known = apply_changes(load(workspace), read_changes(changes))
            found, told = differences(known, read_any(path), on=date.today(), photos=kept)
            faults = [{**_told(fault, path.name), "file": path.name} for fault in told]
    rows = [{**vars(one), "changes": [as_record(change) for change in one.changes]} for one in found]
    lost = pictures_lost(given, photos)
    told_of = {"read": len(given), "differences": rows, "faults": faults, "unread": [], "pictures_lost": lost}
    return told_of | {"instances": [one.instance for one in given]}


def photo(file: Path, workspace: WorkspaceFolder, as_json: Json = False) -> None:
    """Keep a picture in the workspace: upright, made small, without place and camera data; tell its name."""
    from geo.field.photos import keep_photo

    if not file.is_file():
        raise CallError("error.no_file", path=str(file))
    finish({"photo": keep_photo(workspace / "photos", file.read_bytes(), file.name)}, as_json)


def _photos_of(given: Sequence[Submission], folder: Path) -> dict[str, dict[str, str]]:
    """Keep the pictures of submissions, and return under which name each is kept, by instance; what is none is told."""
    from geo.field.photos import keep_photo

    photos: dict[str, dict[str, str]] = {}
    folder.mkdir(parents=True, exist_ok=True)
    for one in given:
        for name in one.files:
            try:
                photos.setdefault(one.instance, {})[name] = keep_photo(folder, (one.folder / name).read_bytes(), name)
            except DataError as error:
                say(error_text(error, session.lang))
    return photos


def _told(fault: Fault, path: str) -> dict[str, Any]:
    """Say a fault, and return it as the JSON has it."""
    message, remedy = fault_text(fault, session.lang)
    where = f"{path}:{fault.row}" if fault.row else path
    say(f"{where}: [{t('severity.' + fault.severity, session.lang)}] {message} → {remedy}")
    place = {"key": fault.key, "row": fault.row, "column": fault.column, "value": fault.value}
    return place | {"message": message, "remedy": remedy}
