"""Look at a workspace and its record, say what is wrong and what to do: nothing is changed."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from cli.options import Json, session
from geo.model.errors import PlanningError
from texts import error_text, t

#: Below so much free room an import may end in the middle.
_ROOM_BYTES = 500_000_000
Finding = tuple[str, dict[str, object]]


def doctor(
    workspace: Annotated[Path, typer.Option(help="Folder with the data versions.", envvar="MATA_AIR_WORKSPACE")],
    record: Annotated[str, typer.Option(help="Database URL of the record.", envvar="MATA_AIR_RECORD")] = "",
    copies: Annotated[
        str, typer.Option(help="Folder or address with the copy that follows.", envvar="MATA_AIR_BACKUP")
    ] = "",
    as_json: Json = False,
) -> None:
    """Look at workspace and record, and propose what to do; exit 1 where something is wrong."""
    found = [*_workspace(workspace), *_record(record or f"sqlite:///{workspace / 'record.sqlite'}", copies)]
    lines = [t(f"doctor.{key}", session.lang, **values) for key, values in found]
    if as_json:
        told = [{"finding": key, "message": line} for (key, _), line in zip(found, lines, strict=True)]
        typer.echo(json.dumps({"healthy": not found, "findings": told}, ensure_ascii=False))
    else:
        typer.echo("\n".join(lines) or t("doctor.healthy", session.lang))
    if found:
        raise typer.Exit(1)


def _workspace(folder: Path) -> Iterator[Finding]:
    from geo.workspace.versions import current, load, versions

    if not folder.is_dir():
        yield "no_workspace", {"path": folder}
        return
    whole = []
    for name in versions(folder):
        try:
            load(folder, name)
            whole.append(name)
        except Exception as error:  # whatever a reader says of a broken file
            yield "version", {"path": folder / "versions" / f"{name}.gpkg", "detail": str(error)[:200]}
    last = whole[-1] if whole else "–"
    try:
        if current(folder) not in whole:
            yield "pointer", {"path": folder / "current", "last": last}
    except PlanningError:
        yield "pointer", {"path": folder / "current", "last": last}
    left = sorted(folder.glob(".part-*"))
    if left:
        yield "left", {"names": ", ".join(path.name for path in left[:5])}
    if shutil.disk_usage(folder).free < _ROOM_BYTES:
        yield "room", {"path": folder, "mb": shutil.disk_usage(folder).free // 1_000_000}
    private = [folder, folder / "current", folder / "record.sqlite", *(folder / "versions").glob("*")]
    shown = [path for path in private if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]
    if shown and os.name == "posix":
        yield "open", {"path": folder, "count": len(shown)}


def _record(url: str, copies: str) -> Iterator[Finding]:
    from forum.chain import Head
    from forum.copies.far import head_at, read_any_copy
    from forum.record import Record

    known = None
    try:
        if copies:
            known = head_at(copies) or Head(len(read_any_copy(copies)[0]), "")
    except PlanningError as error:
        yield "copy", {"copies": copies, "detail": error_text(error, session.lang)}
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        if known is not None and known.count:
            yield "record_gone", {"url": url, "copies": copies}
        return
    try:
        opened = Record(url, make=False)
    except PlanningError as error:
        yield "record", {"detail": error_text(error, session.lang)}
        return
    try:
        opened.verify(known)
        for number, kind, wrong in opened.unreadable():
            yield "event", {"number": number, "kind": kind, "names": ", ".join(wrong)}
    except PlanningError as error:
        yield "record", {"detail": error_text(error, session.lang)}
    finally:
        opened.close()
