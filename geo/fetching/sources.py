"""Which open data can be fetched, from where, under which licence: data/open_data.toml and an office's own file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from geo.model.errors import CallError, DataError
from geo.model.facts import facts

#: What may be a key, and the name of a file: neither leads out of the folder, nor to what is noted there.
KEY, _FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}"), re.compile(r"[\w][\w {}().,&+-]{0,110}\.(tif|geojson)")
#: What a source may become, and the option of `import` that takes it.
GIVES: dict[str, str | None] = {
    "villages": "--villages", "population": "--population", "buildings": "--buildings", "elevation": "--elevation",
    "roads": "--roads", "water_points": "--water", "sanitation": "--sanitation", "institutions": "--institutions",
    "rivers": "--rivers",
}  # fmt: skip
READERS = ("grid", "geoparquet", "geojson", "overpass")
INDEXES = ("", "stac", "geoboundaries")


@dataclass(frozen=True)
class Source:
    """One entry: what it gives and how it is read; `names` are those for people, by language."""

    key: str
    gives: str
    reader: str
    file: str
    licence: str
    attribution: str
    address: str = ""
    index: str = ""
    theme: str = ""
    version: str = ""
    page: str = ""
    usual: bool = False
    checked: str = ""
    asks: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def filled(self, country: str, year: int) -> Source:
        """The entry for a country (three letters) and a year; a degree's place is filled later."""
        words = {"{ISO3}": country.upper(), "{iso3}": country.lower(), "{year}": str(year)}
        return replace(self, address=with_words(self.address, words), file=with_words(self.file, words))


def with_words(text: str, words: Mapping[str, str]) -> str:
    """Return a text with each word that stands for something replaced by what it stands for.

    Examples
    --------
    >>> with_words("{iso3}-{year}.tif", {"{iso3}": "idn", "{year}": "2025"})
    'idn-2025.tif'
    """
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def sources(own: Path | None = None) -> dict[str, Source]:
    """Return every source by key: the shipped ones, changed and added to by an office's own file.

    Raises
    ------
    CallError
        If there is no such file.
    DataError
        If an entry of it says what no source can be.

    Examples
    --------
    >>> sources()["roads-osm"].gives
    'roads'
    """
    entries = {key: dict(entry) for key, entry in facts("open_data").items()}
    if own is not None:
        for key, entry in office_entries(own, "error.fetch.entry").items():
            entries[key] = {**entries.get(key, {}), **entry}
    return {key: _source(key, entry) for key, entry in entries.items()}


def chosen(known: Mapping[str, Source], keys: list[str] | None) -> list[Source]:
    """Return the sources named, or the usual ones.

    Raises
    ------
    CallError
        If one is not known.
    """
    for key in keys or ():
        if key not in known:
            raise CallError("error.fetch.source", value=key, known=", ".join(known))
    wanted = [one for key, one in known.items() if (key in keys if keys else one.usual)]
    for one in wanted:
        if sum(other.file == one.file for other in wanted) > 1:
            raise DataError("error.fetch.entry", path="open_data", entry=one.key, detail=f"file = {one.file!r}, 2 ×")
    return wanted


def office_entries(path: Path, fault: str) -> dict[str, dict[str, Any]]:
    """Return the entries of an office's own file (TOML), by their keys.

    Raises
    ------
    CallError
        If there is no such file.
    DataError
        Of the key `fault`, if it is no TOML, or something in it is no entry.
    """
    if not path.is_file():
        raise CallError("error.no_file", path=str(path))
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(fault, path=path.name, entry="–", detail=str(error)[:150]) from error
    for key, entry in entries.items():
        if not isinstance(entry, dict):
            raise DataError(fault, path=path.name, entry=key, detail=f"{key} = …")
    return entries


def _source(key: str, entry: dict[str, Any]) -> Source:
    known = {one.name for one in fields(Source)} - {"key", "names"}
    if not KEY.fullmatch(key):
        raise DataError("error.fetch.entry", path="open_data", entry=key, detail="A–Z a–z 0–9 _ -")
    names: dict[str, str] = {lang: str(entry[lang]) for lang in ("id", "en") if lang in entry}
    given = {name: value for name, value in entry.items() if name in known}
    for name, allowed in (("gives", tuple(GIVES)), ("reader", READERS), ("index", INDEXES)):
        value = given.get(name, "" if name == "index" else None)
        if value not in allowed:
            detail = f"{name} = {value!r} ({', '.join(filter(None, allowed))})"
            raise DataError("error.fetch.entry", path="open_data", entry=key, detail=detail)
    for name, value in given.items():
        right = {"usual": bool, "asks": dict}.get(name, str)
        if not isinstance(value, right):
            raise DataError("error.fetch.entry", path="open_data", entry=key, detail=f"{name} = {value!r}")
    missing = [name for name in ("file", "licence", "attribution") if not given.get(name)]
    if given["reader"] != "overpass" and not str(given.get("address", "")).startswith(("https://", "http://")):
        missing.append("address")
    grid = given["reader"] == "grid"
    if missing or not _FILE.fullmatch(given["file"]) or given["file"].endswith(".tif") != grid:
        raise DataError("error.fetch.entry", path="open_data", entry=key, detail=", ".join(missing) or "file")
    if grid != (given["gives"] in ("population", "elevation")):
        raise DataError("error.fetch.entry", path="open_data", entry=key, detail=f"{given['reader']}, {given['gives']}")
    for name, words in given.get("asks", {}).items():
        if not isinstance(words, list) or not all(isinstance(word, str) for word in (name, *words)):
            raise DataError("error.fetch.entry", path="open_data", entry=key, detail=f"asks: {name}")
    return Source(key=key, names=names or {"id": key, "en": key}, **given)
