"""Mapping files: which of a file's columns and values mean what (TOML, one section per table)."""

from __future__ import annotations

import codecs
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geo.model.errors import CallError, DataError
from geo.model.facts import columns_of, facts

#: Columns that hold a position, beside the declared ones.
POSITION = ("lat", "lon", "wkt")
#: No mapping is larger.
_MOST_BYTES = 1_000_000
_PARTS = ("columns", "values", "constants", "scale", "options")
#: What the codes of villages are: the ministry's, or whatever another country, office or survey calls them by.
CODES = ("official", "free")
_OPTIONS = ("sheet", "layer", "header_row", "encoding", "delimiter", "date_format", "day_order", "swap_lat_lon")


@dataclass(frozen=True)
class ColumnMapping:
    """How to read one table out of a file.

    `columns` our name → the file's ("" = none of them); `values` our column → (theirs → ours); `constants` our column →
    text for every row; `scale` our column → factor; `options` of the reader and of dates.
    """

    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    scale: dict[str, float] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


def mapping_for(table: str, path: Path | None) -> ColumnMapping:
    """Read the section of one table from a mapping file; no file or no section means the names are ours already.

    Raises
    ------
    DataError
        If the file is no TOML, or names a table, part, column or option that does not exist.
    """
    if path is None:
        return ColumnMapping()
    if not path.is_file():
        raise CallError("error.no_file", path=str(path))
    if path.stat().st_size > _MOST_BYTES:
        raise DataError("error.mapping_toml", path=path.name, detail=f"> {_MOST_BYTES}")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except RecursionError as error:
        raise DataError("error.nested", path=path.name) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError("error.mapping_toml", path=path.name, detail=str(error)) from error
    codes = content.pop("codes", CODES[0])
    if codes not in CODES:
        raise DataError("error.mapping_value", path=path.name, where="codes", value=str(codes))
    _known(path, "table", content, list(facts("tables")))
    section = content.get(table, {})
    _known(path, table, section, list(_PARTS))
    ours = [*columns_of(table), *POSITION]
    for part in ("columns", "values", "constants", "scale"):
        _known(path, f"{table}.{part}", section.get(part, {}), ours)
    _known(path, f"{table}.options", section.get("options", {}), list(_OPTIONS))
    _checked(path, table, section)
    constants = {name: str(value) for name, value in section.get("constants", {}).items()}
    return ColumnMapping(
        dict(section.get("columns", {})),
        {name: {str(a): str(b) for a, b in pairs.items()} for name, pairs in section.get("values", {}).items()},
        constants,
        {name: float(value) for name, value in section.get("scale", {}).items()},
        dict(section.get("options", {})) | ({"codes": codes} if codes != CODES[0] else {}),
    )


def _checked(path: Path, table: str, section: dict[str, Any]) -> None:
    """Refuse values that no reader can take: what is no text, number, table, encoding or separator."""
    options = section.get("options", {})
    found = [(f"{table}.columns.{k}", v, isinstance(v, str)) for k, v in section.get("columns", {}).items()]
    found += [(f"{table}.values.{k}", v, isinstance(v, dict)) for k, v in section.get("values", {}).items()]
    numbers = section.get("scale", {}).items()
    found += [(f"{table}.scale.{k}", v, isinstance(v, (int, float)) and not isinstance(v, bool)) for k, v in numbers]
    good = {
        "encoding": lambda v: isinstance(v, str) and _is_encoding(v),
        "delimiter": lambda v: isinstance(v, str) and len(v) == 1,
        "header_row": lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= 1,
        "swap_lat_lon": lambda v: isinstance(v, bool),
        "day_order": lambda v: v in ("day", "month", "year"),
    }
    found += [(f"{table}.options.{k}", v, good.get(k, lambda v: isinstance(v, str))(v)) for k, v in options.items()]
    for where, value, fine in found:
        if not fine:
            raise DataError("error.mapping_value", path=path.name, where=where, value=str(value))


def _is_encoding(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True


def _known(path: Path, where: str, given: Any, known: list[str]) -> None:
    if not isinstance(given, dict):
        raise DataError("error.mapping_toml", path=path.name, detail=f"[{where}]")
    for name in given:
        if name not in known:
            raise DataError("error.mapping_name", path=path.name, where=where, value=name, known=", ".join(known))
