"""Fetch sources one after the other: what comes is kept with its licence, what fails is told, the rest goes on."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from filelock import FileLock, Timeout

from geo.fetching.grids import cut_grid
from geo.fetching.openstreetmap import as_villages, features_of, knock, save_rows, written
from geo.fetching.ranges import Asker, shown, within
from geo.fetching.sources import GIVES, Source
from geo.fetching.vectors import shapes_around
from geo.model.errors import DataError
from geo.model.facts import facts
from geo.model.progress import tell

#: What was fetched stands here, beside the files; blocks of what was broken off lie in this folder.
NOTE, _PARTS = "fetched.json", ".parts"
#: Seconds within which an Overpass server must have let itself be seen, and have answered in full.
_KNOCK_S, _OVERPASS_S = 25.0, 600.0


@dataclass(frozen=True)
class Fetched:
    """One source's file (None: it has nothing here), what it says, and where it came from.

    `found` are counts (rows, people, metres); `kept`: it was there from before; `received` bytes came over the net;
    `window`: west, south, east, north; `moved`: the name under which a file that had been changed is kept.
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
    window: tuple[float, ...] = ()
    moved: str = ""
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
    *,
    fresh: bool = False,
) -> Haul:
    """Fetch what the sources have on a ground; a source that fails leaves the others alone.

    Parameters
    ----------
    ground
        Polygon, EPSG:4326.
    folder
        Made if missing. What an earlier call put there for the same ground and source is kept as it is; a file that was
        changed since is kept under another name.
    wanted
        Sources, filled for a country and a year.
    server
        Address of an Overpass API.
    villages
        Those known: a boundary of their name becomes theirs.
    asker
        Asks the servers; one of its own if left out.
    fresh
        What is there is fetched again.

    Raises
    ------
    DataError
        If another call is at work in the folder.
    """
    if asker is None:
        with Asker() as own:
            return fetch(ground, folder, wanted, server, villages, own, fresh=fresh)
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise DataError("error.fetch.busy", path=str(folder)) from error
    try:
        return _all(_Call(ground, folder, server, villages, asker), wanted, fresh=fresh)
    finally:
        lock.release()


@dataclass(frozen=True, eq=False)
class _Call:
    """What is the same for every source of a call."""

    ground: shapely.Geometry
    folder: Path
    server: str
    villages: gpd.GeoDataFrame | None
    asker: Asker


def _all(call: _Call, wanted: Sequence[Source], *, fresh: bool) -> Haul:
    haul, before, folder = Haul(), _noted(call.folder), call.folder
    for n, source in enumerate(wanted):
        tell("fetch", n, len(wanted))
        mark = _mark(source, call)
        old = before.get(source.key)
        if not fresh and old is not None and old[0] == mark and _there(folder, old[1]):
            haul.fetched[source.key] = old[1]
            continue
        call.asker.begun = call.asker.received
        made = folder / _PARTS / f"{source.key}.made"
        made.mkdir(parents=True, exist_ok=True)
        try:
            one = _one(source, call, made / source.file, folder / _PARTS / source.key)
        except DataError as error:
            haul.failed[source.key] = error
            continue
        except Exception as error:  # whatever a library makes of what a server sent: the other sources go on
            detail = f"{type(error).__name__}: {error}"[:150]
            haul.failed[source.key] = DataError("error.fetch.unread", value=shown(source.address), detail=detail)
            continue
        moved = _put(made, folder, source.file, one.file, None if old is None else old[1])
        one = _signed(one, call, call.asker.received - call.asker.begun)
        haul.fetched[source.key] = replace(one, moved=moved)
        before[source.key] = (mark, one)
        _note(folder, before)
        shutil.rmtree(folder / _PARTS / source.key, ignore_errors=True)
        shutil.rmtree(made, ignore_errors=True)
    if not haul.failed:
        shutil.rmtree(folder / _PARTS, ignore_errors=True)
    return haul


def _put(made: Path, folder: Path, name: str, file: str | None, old: Fetched | None) -> str:
    """Put a whole file in its place; what stood there and is not ours is kept under another name, which is returned."""
    target, moved = folder / name, ""
    ours = old is not None and old.file == name and file is not None and _there(folder, old)
    if target.exists() and not ours:
        number = 1
        while (beside := target.with_name(f"{target.stem}.lama-{number}{target.suffix}")).exists():
            number += 1
        target.rename(beside)
        moved = beside.name
    if file is not None:
        (made / file).replace(target)
    return moved


def _one(source: Source, call: _Call, path: Path, parts: Path) -> Fetched:
    ground, asker, server, villages = call.ground, call.asker, call.server, call.villages
    if source.reader == "grid":
        return _fetched(source, path.name, cut_grid(source, ground, path, asker, parts))
    today = datetime.now(UTC).date().isoformat()
    told = f"{source.attribution} ({source.licence}), {today}"
    if source.reader == "overpass":
        asker.once(server, lambda: within(_KNOCK_S, server, lambda: knock(server)))
        asks = source.asks or facts("osm")["ask"].get(source.gives)
        if not asks:
            raise DataError("error.fetch.entry", path="open_data", entry=source.key, detail="asks")
        rows = within(_OVERPASS_S, server, lambda: features_of(server, ground, dict(asks)))
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
        version=source.version, page=source.page, address=shown(address or source.address), found=found,
        unnamed=unnamed,
    )  # fmt: skip


def _name(path: Path | None) -> str | None:
    return None if path is None else path.name


def _signed(one: Fetched, call: _Call, received: int) -> Fetched:
    day = datetime.now(UTC).isoformat(timespec="seconds")
    window = tuple(round(edge, 6) for edge in call.ground.bounds)
    return replace(one, received=received, fetched_on=day, sha256=_sha256(call.folder, one.file), window=window)


def _sha256(folder: Path, file: str | None) -> str:
    if file is None:
        return ""
    with (folder / file).open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _there(folder: Path, one: Fetched) -> bool:
    return one.file is None or ((folder / one.file).is_file() and _sha256(folder, one.file) == one.sha256)


def _mark(source: Source, call: _Call) -> str:
    """What an earlier file has to have been fetched for to be kept."""
    known = (
        "" if call.villages is None or source.gives != "villages" else call.villages[["village_code", "name"]].to_csv()
    )
    told = {name: value for name, value in vars(source).items() if name not in ("names", "usual", "checked", "page")}
    said = repr((sorted(told.items(), key=str), call.server if source.reader == "overpass" else "", known,
                 shapely.to_wkt(call.ground, 6)))  # fmt: skip
    return hashlib.sha256(said.encode()).hexdigest()


def _noted(folder: Path) -> dict[str, tuple[str, Fetched]]:
    """What an earlier call noted; a note that cannot be read is kept under another name."""
    path = folder / NOTE
    if not path.is_file():
        return {}
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["sources"]
        return {str(key): (str(entry["mark"]), _entry(entry)) for key, entry in entries.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        path.replace(folder / f"{path.stem}-rusak{path.suffix}")
        return {}


def _entry(entry: dict[str, Any]) -> Fetched:
    """One noted source, as it can only have been written here."""
    told = {name: value for name, value in entry.items() if name != "mark"}
    told |= {"unnamed": tuple(entry["unnamed"]), "window": tuple(entry["window"]), "kept": True, "moved": ""}
    one = Fetched(**told)
    texts = (one.key, one.licence, one.attribution, one.version, one.page, one.address, one.fetched_on, one.sha256)
    counts = isinstance(one.found, dict) and all(isinstance(value, (int, float)) for value in one.found.values())
    named = one.file is None or (isinstance(one.file, str) and Path(one.file).name == one.file)
    if not (all(isinstance(text, str) for text in texts) and counts and named and one.gives in GIVES):
        raise ValueError(one.key)
    if not isinstance(one.received, int):
        raise TypeError(one.key)
    return one


def _note(folder: Path, known: dict[str, tuple[str, Fetched]]) -> None:
    entries = {key: {**asdict(one), "kept": False, "mark": mark} for key, (mark, one) in known.items()}
    told = {"crs": "EPSG:4326", "sources": entries}
    part = folder / f".{NOTE}"
    part.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    part.replace(folder / NOTE)
