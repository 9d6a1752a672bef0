"""What a workspace says of itself, in `workspace.toml`: what the codes of its villages are."""

from __future__ import annotations

import tomllib
from pathlib import Path

import tomli_w

from geo.checking.column_mapping import CODES, mapping_for
from geo.model.errors import DataError

_NAME = "workspace.toml"


def codes_of(workspace: Path) -> str:
    """Return what the codes of a workspace's villages are: ``official`` (the ministry's) unless it says ``free``.

    Raises
    ------
    DataError
        If the file is no TOML, or says something else.
    """
    path = workspace / _NAME
    if not path.is_file():
        return CODES[0]
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8")).get("codes", CODES[0])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError("error.mapping_toml", path=_NAME, detail=str(error)) from error
    if said not in CODES:
        raise DataError("error.mapping_value", path=_NAME, where="codes", value=str(said))
    return str(said)


def codes_for(workspace: Path, mapping_path: Path | None, told: str | None) -> str:
    """Return what the codes of a file's villages are: as told, else as its mapping says, else as the workspace does."""
    return told or mapping_for("villages", mapping_path).options.get("codes") or codes_of(workspace)


def say_codes(workspace: Path, codes: str) -> None:
    """Keep what the codes of its villages are."""
    if codes != codes_of(workspace):
        part = workspace / f".{_NAME}"
        part.write_text(tomli_w.dumps({"codes": codes}), encoding="utf-8")
        part.chmod(0o600)
        part.replace(workspace / _NAME)
