"""The workspace: immutable data versions named by their content, and a pointer to the current one."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.model.errors import CallError, DataError
from geo.model.facts import columns_of
from geo.model.inputs import Inputs
from geo.model.progress import tell
from geo.model.sites import TABLES
from geo.model.tables import coerce
from geo.reach.elevation import write_elevation

_META = "mata_air_meta"
#: Folders in which a version is written, and seconds after which one can only be a killed import's.
_PART, _STALE_S = ".part-", 3600
#: What names a version.
_NAME = re.compile(r"[0-9a-f]{16}")


def content_hash(tables: Mapping[str, gpd.GeoDataFrame], elevation: str | None = None) -> str:
    """Hash the content of the tables (and the name of the heights): same rows and values, same name, on any machine.

    Examples
    --------
    >>> len(content_hash({}))
    16
    """
    digest = hashlib.sha256()
    for name in TABLES:
        table = tables.get(name)
        if table is None or table.empty:
            continue
        digest.update(f"\n[{name}]".encode())
        for column in sorted([*columns_of(name), "source_row"]):
            values = "\x1f".join(_texts(table[column]))
            digest.update(f"\n{column}\x1e{values}".encode())
        digest.update(b"".join(table.geometry.to_wkb()))
    if elevation is not None:
        digest.update(f"\n[elevation]{elevation}".encode())
    return digest.hexdigest()[:16]


def _texts(column: pd.Series) -> list[str]:
    """The values of a column as text, missing ones empty."""
    gone = column.isna().to_numpy()
    if gone.all():
        return [""] * len(column)
    return ["" if missing else str(value) for value, missing in zip(column.tolist(), gone.tolist(), strict=True)]


def _stored(table: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """A table in the types a GeoPackage keeps: missing stays null in each."""
    stored = table.copy()
    for column, declared in columns_of(name).items():
        if declared["type"] == "date":
            dates = pd.to_datetime(stored[column], errors="coerce")
            days = pd.Series(np.datetime_as_string(dates.to_numpy("datetime64[D]")), index=stored.index)
            stored[column] = days.astype("str").where(dates.notna(), None)
        elif declared["type"] == "boolean":
            stored[column] = stored[column].map(lambda v: None if pd.isna(v) else bool(v)).astype("boolean")
        elif declared["type"] not in ("number", "integer"):
            stored[column] = stored[column].astype("str")
    return stored


def save(
    workspace: Path,
    tables: Mapping[str, gpd.GeoDataFrame],
    sources: Mapping[str, str],
    elevation: Path | None = None,
) -> str:
    """Write a data version and make it the current one; return its name.

    The version is written beside and moved into place whole, and the pointer is replaced atomically: a crash leaves the
    old version current and no half file. A version that exists already is kept as it is.
    """
    heights = None if elevation is None else _keep_raster(workspace, elevation)
    version = content_hash(tables, heights)
    folder = workspace / "versions"
    workspace.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(exist_ok=True, mode=0o700)
    target = folder / f"{version}.gpkg"
    if not target.exists():
        _clear(workspace)
        with tempfile.TemporaryDirectory(dir=workspace, prefix=_PART) as beside:
            part = Path(beside) / "new.gpkg"
            _write(part, tables, sources, heights)
            _flush(part)
            part.chmod(0o600)
            os.replace(part, target)
    use(workspace, version)
    tell("save", 1, 1)
    return version


@contextmanager
def held(workspace: Path) -> Iterator[None]:
    """Hold the workspace for one writer at a time; a process that is killed lets go of it."""
    workspace.mkdir(parents=True, exist_ok=True, mode=0o700)
    from filelock import FileLock

    with FileLock(workspace / ".lock"):
        yield


def _clear(workspace: Path) -> None:
    """Remove what killed imports left beside; those at work are younger."""
    for left in workspace.glob(f"{_PART}*"):
        if time.time() - left.stat().st_mtime > _STALE_S:
            shutil.rmtree(left, ignore_errors=True)


def _keep_raster(workspace: Path, path: Path) -> str:
    """Keep heights in the workspace under the name of their content; return that.

    They are written anew from their numbers: the server opens what we made, never somebody's file.
    """
    if path.parent == workspace / "elevation":  # kept before
        return path.stem
    name = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    target = workspace / "elevation" / f"{name}.tif"
    if not target.exists():
        workspace.mkdir(parents=True, exist_ok=True, mode=0o700)
        target.parent.mkdir(exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=workspace, prefix=_PART) as beside:
            part = Path(beside) / "new.tif"
            write_elevation(path, part)
            part.chmod(0o600)
            _flush(part)
            os.replace(part, target)
    return name


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _write(
    path: Path, tables: Mapping[str, gpd.GeoDataFrame], sources: Mapping[str, str], elevation: str | None
) -> None:
    import pyogrio

    for n, name in enumerate(TABLES):
        tell("save", n, len(TABLES) + 1)
        table = tables.get(name)
        if table is None or table.empty:
            continue
        # a version is read whole, so it needs no spatial index; Arrow writes five times as fast
        pyogrio.write_dataframe(
            _stored(table, name),
            path,
            layer=name,
            driver="GPKG",
            geometry_type="Unknown",
            append=path.exists(),
            use_arrow=True,
            SPATIAL_INDEX="NO",
        )
    meta = {"sources": dict(sources), "made_at": datetime.now(UTC).isoformat(timespec="seconds")}
    meta |= {} if elevation is None else {"elevation": elevation}
    frame = pd.DataFrame({"key": list(meta), "value": [json.dumps(value) for value in meta.values()]})
    pyogrio.write_dataframe(frame, path, layer=_META, driver="GPKG", append=path.exists())


def use(workspace: Path, version: str) -> None:
    """Make a version the current one, atomically.

    Raises
    ------
    CallError
        If the workspace has no such version.
    """
    if version not in versions(workspace):
        raise CallError("error.version", value=version, known=", ".join(versions(workspace)))
    handle, name = tempfile.mkstemp(dir=workspace)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(version + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(name, workspace / "current")


def versions(workspace: Path) -> list[str]:
    """Names of the versions, the oldest first."""
    files = sorted((workspace / "versions").glob("*.gpkg"), key=lambda file: (file.stat().st_mtime, file.name))
    return [file.stem for file in files]


def current(workspace: Path) -> str:
    """Name of the current version.

    Raises
    ------
    CallError
        If the workspace has none yet.
    """
    pointer = workspace / "current"
    if not pointer.is_file():
        raise CallError("error.no_workspace", path=str(workspace))
    name = pointer.read_bytes()[:200].decode("ascii", errors="replace").strip()
    if not _NAME.fullmatch(name):
        raise DataError("error.pointer", path=str(pointer), known=", ".join(versions(workspace)[-3:]) or "–")
    return name


def load(workspace: Path, version: str | None = None) -> Inputs:
    """Open a version, the current one unless named."""
    import pyogrio

    name = version or current(workspace)
    path = workspace / "versions" / f"{name}.gpkg"
    if not path.is_file():
        raise CallError("error.version", value=name, known=", ".join(versions(workspace)))
    layers = set(pyogrio.list_layers(path)[:, 0])
    tables = {table: _read_layer(path, table) for table in TABLES if table in layers}
    meta = pyogrio.read_dataframe(path, layer=_META)
    found: dict[str, Any] = {key: json.loads(value) for key, value in zip(meta["key"], meta["value"], strict=True)}
    heights = workspace / "elevation" / f"{found['elevation']}.tif" if "elevation" in found else None
    return Inputs.of(tables, version=name, sources=found["sources"], elevation=heights)


def made_at(workspace: Path, version: str) -> datetime:
    """When a version was written to this workspace (UTC)."""
    path = workspace / "versions" / f"{version}.gpkg"
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _read_layer(path: Path, name: str) -> gpd.GeoDataFrame:
    import pyogrio

    frame = pyogrio.read_dataframe(path, layer=name)
    bare = pd.Series([None] * len(frame), index=frame.index, dtype=object)  # a column younger than the version
    typed = {column: coerce(frame.get(column, bare), entry["type"]) for column, entry in columns_of(name).items()}
    typed["source_row"] = frame["source_row"].astype("int64")
    return gpd.GeoDataFrame(typed, geometry=frame.geometry, crs="EPSG:4326")
