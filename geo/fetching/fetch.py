"""Fetch sources one after the other: what comes is kept with its licence, what fails is told, the rest goes on."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from geo.fetching.grids import cut_grid
from geo.fetching.ranges import Asker
from geo.fetching.sources import GIVES, Source
from geo.fetching.vectors import shapes_around
from geo.model.errors import DataError
from geo.model.facts import facts
from geo.model.progress import tell
from geo.reading.openstreetmap import as_villages, features_of, knock, save_rows, written

#: What was fetched stands here, beside the files; blocks of what was broken off lie in this folder.
NOTE, _PARTS = "fetched.json", ".parts"


@dataclass(frozen=True)
class Fetched:
    """One source's file (None: it has nothing here), what it says, and where it came from.

    `found` are counts (rows, people, metres); `kept`: it was there from before; `received` bytes came over the net.
    """

    key: str
    gives: str
    file: str | None
    licence: str
    attribution: str
    version: str
    page: str
    address: str
    found: dict[str, Any]
    received: int = 0
    fetched_on: str = ""
    sha256: str = ""
    unnamed: tuple[str, ...] = ()
    kept: bool = False

    @property
    def option(self) -> str | None:
        """The option of `import` that takes it."""
        return GIVES[self.gives]


@dataclass
class Haul:
    """Everything one call brought: `fetched` by key, `failed` with their faults."""

    fetched: dict[str, Fetched] = field(default_factory=dict)
    failed: dict[str, DataError] = field(default_factory=dict)


def fetch(
    ground: shapely.Geometry,
    folder: Path,
    wanted: Sequence[Source],
    server: str,
    villages: gpd.GeoDataFrame | None = None,
    asker: Asker | None = None,
) -> Haul:
    """Fetch what the sources have on a ground; a source that fails leaves the others alone.

    Parameters
    ----------
    ground
        Polygon, EPSG:4326.
    folder
        Made if missing. What an earlier call put there for the same ground, source and version is kept as it is.
    wanted
        Sources, filled for a country and a year.
    server
        Address of an Overpass API.
    villages
        Those known: a boundary of their name becomes theirs.
    asker
        Asks the servers; one of its own if left out.
    """
    if asker is None:
        with Asker() as own:
            return fetch(ground, folder, wanted, server, villages, own)
    folder.mkdir(parents=True, exist_ok=True)
    haul, before = Haul(), _noted(folder)
    for n, source in enumerate(wanted):
        tell("fetch", n, len(wanted))
        mark = _mark(source, ground)
        old = before.get(source.key)
        if old is not None and old[0] == mark and _there(folder, old[1]):
            haul.fetched[source.key] = old[1]
            continue
        received = asker.received
        try:
            one = _one(source, ground, folder, server, villages, asker)
        except DataError as error:
            haul.failed[source.key] = error
            continue
        one = _signed(one, folder, asker.received - received)
        haul.fetched[source.key] = one
        before[source.key] = (mark, one)
        _note(folder, ground, before)
        shutil.rmtree(folder / _PARTS / source.key, ignore_errors=True)
    if not haul.failed:
        shutil.rmtree(folder / _PARTS, ignore_errors=True)
    return haul


def _one(
    source: Source,
    ground: shapely.Geometry,
    folder: Path,
    server: str,
    villages: gpd.GeoDataFrame | None,
    asker: Asker,
) -> Fetched:
    path, parts = folder / source.file, folder / _PARTS / source.key
    if source.reader == "grid":
        return _fetched(source, path.name, cut_grid(source, ground, path, asker, parts))
    today = datetime.now(UTC).date().isoformat()
    told = f"{source.attribution} ({source.licence}), {today}"
    if source.reader == "overpass":
        asker.once(server, lambda: knock(server))
        asks = source.asks or facts("osm")["ask"].get(source.gives)
        if not asks:
            raise DataError("error.fetch.entry", path="open_data", entry=source.key, detail="asks")
        rows = features_of(server, ground, dict(asks))
        return _of_openstreetmap(source, rows, path, villages, server)
    rows = shapes_around(source, ground, asker, parts)
    if source.gives == "villages":
        rows = rows[rows.geom_type.isin(["Polygon", "MultiPolygon"])].assign(data_source=told)
        done = as_villages(rows, path, villages)
        return _fetched(source, _name(done.path), {"rows": done.rows}, unnamed=done.unnamed)
    rows = rows.rename(columns={"id": "building_id"}) if source.gives == "buildings" else rows
    return _fetched(source, _name(save_rows(rows.assign(data_source=told), path)), {"rows": len(rows)})


def _of_openstreetmap(
    source: Source, rows: gpd.GeoDataFrame | None, path: Path, villages: gpd.GeoDataFrame | None, server: str
) -> Fetched:
    if rows is None:
        return _fetched(source, None, {"rows": 0}, address=server)
    rows = rows.reset_index()
    if source.gives in facts("osm")["ask"]:
        done = written(rows, source.gives, path, villages)
        found = {"rows": done.rows} | ({"areas": done.areas} if done.areas else {})
        return _fetched(source, _name(done.path), found, address=server, unnamed=done.unnamed)
    lines = rows[rows.geom_type.isin(["LineString", "MultiLineString"])]
    kept = lines[[name for name in ("name", *source.asks) if name in lines] + ["geometry"]]
    told = kept.assign(data_source=f"{source.attribution} ({source.licence})")
    return _fetched(source, _name(save_rows(told, path)), {"rows": len(told)}, address=server)


def _fetched(
    source: Source, file: str | None, found: dict[str, Any], *, address: str = "", unnamed: tuple[str, ...] = ()
) -> Fetched:
    return Fetched(
        key=source.key, gives=source.gives, file=file, licence=source.licence, attribution=source.attribution,
        version=source.version, page=source.page, address=address or source.address, found=found, unnamed=unnamed,
    )  # fmt: skip


def _name(path: Path | None) -> str | None:
    return None if path is None else path.name


def _signed(one: Fetched, folder: Path, received: int) -> Fetched:
    day = datetime.now(UTC).isoformat(timespec="seconds")
    return Fetched(**{**vars(one), "received": received, "fetched_on": day, "sha256": _sha256(folder, one.file)})


def _sha256(folder: Path, file: str | None) -> str:
    if file is None:
        return ""
    with (folder / file).open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _there(folder: Path, one: Fetched) -> bool:
    return one.file is None or ((folder / one.file).is_file() and _sha256(folder, one.file) == one.sha256)


def _mark(source: Source, ground: shapely.Geometry) -> str:
    """What an earlier file has to have been fetched for to be kept."""
    said = repr((source.address, source.version, source.file, sorted(source.asks), shapely.to_wkt(ground, 6)))
    return hashlib.sha256(said.encode()).hexdigest()


def _noted(folder: Path) -> dict[str, tuple[str, Fetched]]:
    """What an earlier call noted; nothing where its note cannot be read."""
    path = folder / NOTE
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["sources"]
        found = {}
        for key, entry in entries.items():
            told = {name: value for name, value in entry.items() if name != "mark"}
            told |= {"unnamed": tuple(entry["unnamed"]), "kept": True}
            found[key] = (str(entry["mark"]), Fetched(**told))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return found


def _note(folder: Path, ground: shapely.Geometry, known: dict[str, tuple[str, Fetched]]) -> None:
    entries = {key: {**asdict(one), "kept": False, "mark": mark} for key, (mark, one) in known.items()}
    told = {"window": [round(edge, 6) for edge in ground.bounds], "crs": "EPSG:4326", "sources": entries}
    part = folder / f".{NOTE}"
    part.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    part.replace(folder / NOTE)
