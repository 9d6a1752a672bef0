"""What happened on a server where people sign in: sign-ins, refusals, who may do what, files that left, restores.

Lines of JSON in `audit.log` beside the data, for whoever keeps the server. A person is a short code: which member it
is, only who has the workspace's own key can work out. No name, address, number or content stands there.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_LOG, _KEY = "audit.log", "audit.key"
#: From so many bytes on a new file is begun; one older is kept.
_LONGEST = 4_000_000
#: What a value may hold: names of things and figures, nothing that people write.
_PLAIN = re.compile(r"[\w.:/+-]{0,80}")


def note(folder: Path, what: str, account: str | None = None, **told: str | int | bool) -> None:
    """Add a line; nothing is said where the workspace cannot be written, for what is noted must not hang on the note.

    Parameters
    ----------
    folder
        The workspace.
    what
        What happened, in one word (``sign_in``, ``refused``, ``member``, ``export``, ``restore`` …).
    account
        Who did it; None: nobody known.
    told
        Names of things and figures. Anything else is left out.
    """
    line: dict[str, Any] = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "what": what}
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if account:
            line["who"] = code(folder, account)
        line |= {name: value for name, value in told.items() if _PLAIN.fullmatch(str(value))}
        path = folder / _LOG
        if path.is_file() and path.stat().st_size > _LONGEST:
            os.replace(path, folder / f"{_LOG}.1")
        handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        with os.fdopen(handle, "ab") as file:
            file.write(json.dumps(line, ensure_ascii=True).encode() + b"\n")
    except OSError:
        return


def noted(folder: Path, last: int = 200) -> list[dict[str, Any]]:
    """Return the last lines, the newest first; a line that a crash cut short is left out."""
    found: list[dict[str, Any]] = []
    for path in (folder / _LOG, folder / f"{_LOG}.1"):
        if len(found) < last and path.is_file():
            lines = path.read_bytes().splitlines()[-(last - len(found)) :]
            found += [one for line in reversed(lines) if (one := _read(line)) is not None]
    return found


def _read(line: bytes) -> dict[str, Any] | None:
    try:
        one = json.loads(line)
    except ValueError:
        return None
    return one if isinstance(one, dict) and {"at", "what"} <= one.keys() else None


def code(folder: Path, account: str) -> str:
    """Return by what an account stands in the log: eight signs, others in every workspace."""
    return hmac.new(_key(folder), account.encode(), hashlib.sha256).hexdigest()[:8]


def _key(folder: Path) -> bytes:
    """The workspace's own key; whoever comes first makes it, whole: nobody ever reads half of it."""
    path = folder / _KEY
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = folder / f".{_KEY}.{secrets.token_hex(8)}"
        handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(32))
        try:
            os.link(part, path)
        except FileExistsError:
            pass  # another was first
        finally:
            part.unlink()
    return path.read_bytes()
