"""The command that brings in what an office drops into a folder, as long as nobody need look at it first."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.options import Json, WorkspaceFolder, say, session
from cli.serve import HOUSE
from geo.model.errors import CallError
from geo.model.sites import IMPORT_OPTIONS
from texts import t

#: Folders beside the files: what went in, and what somebody has to look at.
DONE, HELD = "selesai", "ditahan"


def watch(
    folder: Path,
    workspace: WorkspaceFolder,
    every: Annotated[int, typer.Option(help="Seconds between two looks.", min=1, max=86400)] = 30,
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
    as_json: Json = False,
) -> None:
    """Import what is dropped into a folder: files whose table is clear join the data, others are held with a reason.

    A file is taken when it has not grown since the last look. Each is read in a process of its own, as by `import`. One
    line of JSON on stdout a file.
    """
    from geo.reading.readers import READERS

    if not folder.is_dir():
        raise CallError("error.no_folder", path=str(folder))
    for name in (DONE, HELD):
        if (folder / name).is_symlink():
            raise CallError("error.no_folder", path=str(folder / name))
        (folder / name).mkdir(parents=True, exist_ok=True)
    if not as_json:
        say(t("watch.began", session.lang, folder=str(folder), done=DONE, held=HELD))
    before: dict[Path, tuple[int, int]] = {}
    while True:
        seen = {}
        for path in sorted(folder.iterdir()):
            if not path.name.startswith(".") and path.suffix.lower() in READERS and (known := _state(path)):
                seen[path] = known
        for path, state in seen.items():
            if once or before.get(path) == state:
                print(json.dumps(_one(path, workspace.resolve()), ensure_ascii=False), flush=True)
        if once:
            return
        before = seen
        time.sleep(every)


def _state(path: Path) -> tuple[int, int] | None:
    """Size and time of a file or link; None of a folder, a pipe, and of what is gone meanwhile."""
    try:
        told = path.lstat()
    except OSError:
        return None
    return (told.st_size, told.st_mtime_ns) if stat.S_ISREG(told.st_mode) or stat.S_ISLNK(told.st_mode) else None


def _one(path: Path, workspace: Path) -> dict[str, Any]:
    """Take one file; what the disk refuses of it is told, and the others have their turn."""
    try:
        if path.is_symlink():  # whoever may write here may not read what the service reads
            return _held(path, t("watch.link", session.lang))
        if _called(path.name) != path.name:
            path = path.rename(_free(path.parent, _called(path.name)))
        return _taken(path, workspace)
    except OSError as error:
        reason = t("watch.disk", session.lang, reason=error.strerror or str(error))
        say(t("watch.held", session.lang, name=_called(path.name), reason=reason, report="–"))
        return {"file": _called(path.name), "held": reason}


#: Bytes of a name, with room for what is put before and behind it.
_LONG = 180


def _called(name: str) -> str:
    """A name that every system can write, with its ending."""
    plain = name.encode("utf-8", "replace").decode("utf-8")
    stem, dot, ending = plain.rpartition(".")
    cut = stem.encode("utf-8")[:_LONG].decode("utf-8", "ignore")
    return plain if cut == stem else f"{cut}{dot}{ending}"


def _taken(path: Path, workspace: Path) -> dict[str, Any]:
    """Bring a file in, or hold it; what became of it."""
    proposed = _asked("propose", path)
    if "error" in proposed:
        return _held(path, str(proposed["error"]))
    table = str(proposed["likeliest"])
    if not proposed["sure"]:
        return _held(path, t("watch.unsure", session.lang, table=t(f"table.{table}", session.lang)))
    rejects = _free(path.parent / HELD, f"{path.name}.rejects.csv")
    known = ("--workspace", workspace) if (workspace / "current").is_file() else ()
    found = _asked("check", path, "--as", table, "--most", "20", "--rejects", rejects, *known)
    if found.get("rejected") or not found.get("accepted"):
        faults = [f"{one['row'] or ''} {one['message']} {one['remedy']}".strip() for one in found.get("faults", ())]
        told = {"rejected": found.get("rejected", 0), "read": found.get("read", 0)}
        reason = found.get("error") or t("watch.rejected", session.lang, **told)
        return _held(path, str(reason), faults)
    rejects.unlink(missing_ok=True)
    done = _asked("import", "--workspace", workspace, "--add", f"--{IMPORT_OPTIONS.get(table, table)}", path)
    if "version" not in done:
        return _held(path, str(done.get("error", "")))
    shutil.move(path, _free(path.parent / DONE, path.name))
    told = {"count": found["accepted"], "table": t(f"table.{table}", session.lang), "version": done["version"]}
    say(t("watch.in", session.lang, name=path.name, **told))
    return {"file": path.name, "table": table, "accepted": found["accepted"], "version": done["version"]}


def _held(path: Path, reason: str, faults: list[str] | None = None) -> dict[str, Any]:
    """Put a file aside, and why beside it."""
    kept = _free(path.parent / HELD, _called(path.name))
    shutil.move(path, kept)
    report = kept.with_name(f"{kept.name}.txt")
    if os.path.lexists(report):  # a link that lies there is nothing to write through
        report = report.with_name(f"{datetime.now():%Y%m%d-%H%M%S-%f}-{report.name}")
    with report.open("x", encoding="utf-8") as file:
        file.write("\n".join([reason, *(faults or []), t("watch.how", session.lang)]) + "\n")
    say(t("watch.held", session.lang, name=kept.name, reason=reason, report=f"{HELD}/{report.name}"))
    return {"file": _called(path.name), "held": reason}


def _free(folder: Path, name: str) -> Path:
    """A place for a file: of its own name, with the time where that one is taken."""
    path = folder / name
    return folder / f"{datetime.now():%Y%m%d-%H%M%S-%f}-{name}" if os.path.lexists(path) else path


def _asked(*call: str | Path) -> dict[str, Any]:
    """What a command answers in JSON, in a process of its own."""
    command = [sys.executable, "-m", "geo", "--lang", session.lang, *(_whole(one) for one in call), "--json"]
    done = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=False)
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return {"error": done.stderr.strip()[-500:] or str(done.returncode)}
    return {**told, "error": told.get("message", told["error"])} if "error" in told else told


def _whole(one: str | Path) -> str:
    return str(one.resolve()) if isinstance(one, Path) else one
