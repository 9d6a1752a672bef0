"""What OpenStreetMap has of an area, over the net (osmnx, Overpass): one file a table, imported like any other.

Nothing is imported here: the files say what was found, and are checked and shown before they are taken.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from geo.model.areas import area_mask
from geo.model.errors import CallError, DataError
from geo.model.facts import columns_of, facts
from geo.model.names import bare_name
from geo.model.progress import tell

if TYPE_CHECKING:
    import requests

#: The tables that OpenStreetMap is asked for, in the order in which they are imported.
ASKED: tuple[str, ...] = tuple(facts("osm")["ask"])
#: Public server of the OpenStreetMap community; an office may have its own.
SERVER = str(facts("osm")["server"])
#: People and points beside the border count too: so many degrees around the villages are asked for (about 1 km).
_AROUND = 0.01
#: Seconds in which the server must answer whether it is there.
_KNOCK_S = 10
#: Seconds for an answer; how often a busy server (these statuses) is asked, with so many seconds in between.
_ANSWER_S, _TURNS, _BUSY, _PAUSE_S = 120, 3, (429, 502, 503, 504), 15
#: Bytes of one answer: a kecamatan has some hundred kilobytes, a regency some ten megabytes.
_MOST_BYTES = 200_000_000
_LICENCE = "OpenStreetMap contributors (ODbL 1.0)"


@dataclass(frozen=True)
class Downloaded:
    """What was found for one table: the file (None where there is nothing), its rows, and how many of them are areas
    that a point stands for; `unnamed` are boundaries whose name is no village of the area.
    """

    path: Path | None
    rows: int
    areas: int = 0
    unnamed: tuple[str, ...] = ()


def around(villages: gpd.GeoDataFrame, area: str | None) -> shapely.Geometry:
    """Return the ground that is asked for: the hull of the area's villages and about 1 km around.

    Raises
    ------
    CallError
        If no village of the area is known.
    """
    mine = villages[area_mask(villages["village_code"], area)]
    shapes = mine.geometry.dropna()
    if shapes.empty:
        raise CallError("error.area_without_data", value=area or "–")
    return shapely.convex_hull(shapely.union_all(shapes.to_numpy())).buffer(_AROUND)


def download(
    ground: shapely.Geometry,
    folder: Path,
    tables: Iterable[str] = ASKED,
    villages: gpd.GeoDataFrame | None = None,
    server: str = SERVER,
) -> dict[str, Downloaded]:
    """Ask the server for each table and write ``osm-<table>.geojson`` files.

    Parameters
    ----------
    ground
        Polygon, EPSG:4326.
    folder
        Made if missing.
    tables
        Some of `ASKED`.
    villages
        Those known: a boundary of their name becomes theirs, and whatever else is known of them stays.
    server
        Address of an Overpass API.

    Raises
    ------
    DataError
        If there is no connection, or the server refuses or answers with something else.
    """
    knock(server)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = tuple(tables)
    found = {}
    for n, table in enumerate(wanted):
        tell("ask", n, len(wanted))
        features = features_of(server, ground, dict(facts("osm")["ask"][table]))
        if features is None:
            found[table] = Downloaded(None, 0)
        else:
            found[table] = written(features.reset_index(), table, folder / f"osm-{table}.geojson", villages)
    return found


def features_of(server: str, ground: shapely.Geometry, tags: dict[str, Any]) -> gpd.GeoDataFrame | None:
    """Return what the server has of some tags; None where it has nothing.

    The queries and the shapes are osmnx's; the asking is ours, for osmnx waits without end for a busy server and takes
    an answer that was broken off for a whole one.

    Raises
    ------
    DataError
        If it gives no answer, or none that can be read.
    """
    import osmnx
    from osmnx._errors import InsufficientResponseError
    from osmnx._overpass import _create_overpass_features_query, _make_overpass_polygon_coord_strs

    osmnx.settings.requests_timeout = _ANSWER_S  # the server is told how long it may take
    rings = _make_overpass_polygon_coord_strs(ground)
    answers = [ask_overpass(server, _create_overpass_features_query(ring, tags)) for ring in rings]
    try:
        return osmnx.features._create_gdf(answers, ground, tags)
    except InsufficientResponseError:
        return None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _no_answer(server, f"{type(error).__name__}: {error}") from error


def ask_overpass(server: str, query: str) -> dict[str, Any]:
    """Return one answer, whole; a busy server is asked again a few times.

    Raises
    ------
    DataError
        If there is none, or one that was broken off.
    """
    import requests

    for turn in range(_TURNS):
        try:
            answer = requests.post(
                server.rstrip("/") + "/interpreter",
                data={"data": query},
                timeout=_ANSWER_S,
                stream=True,
                allow_redirects=False,
            )
            if answer.is_redirect:
                raise _no_answer(server, f"{answer.status_code}: {answer.headers.get('location', '')}")
            if answer.status_code in _BUSY and turn < _TURNS - 1:
                time.sleep(_PAUSE_S)
                continue
            answer.raise_for_status()
            content = json.loads(_whole(answer, server))
        except DataError:
            raise
        except (requests.RequestException, ValueError, RecursionError) as error:
            raise _no_answer(server, f"{type(error).__name__}: {error}") from error
        break
    if not isinstance(content, dict) or not isinstance(content.get("elements"), list):
        raise _no_answer(server, "no elements")
    if "remark" in content:  # "runtime error: Query timed out": what came is not all there is
        raise _no_answer(server, str(content["remark"]))
    return content


def _whole(answer: requests.Response, server: str) -> bytes:
    """All of an answer, unless it has no end."""
    content = bytearray()
    for part in answer.iter_content(1 << 16):
        content += part
        if len(content) > _MOST_BYTES:
            raise _no_answer(server, f"> {_MOST_BYTES // 1_000_000} MB")
    return bytes(content)


def _no_answer(server: str, detail: str) -> DataError:
    return DataError("error.osm_answer", value=server, detail=detail[:150])


def knock(server: str) -> None:
    """Find out by trying whether the server is there, without hanging.

    Raises
    ------
    DataError
        If it is not.
    """
    import requests

    started = time.monotonic()
    try:
        answer = requests.get(server.rstrip("/") + "/status", timeout=_KNOCK_S, allow_redirects=False)
        answer.raise_for_status()
    except (requests.RequestException, ValueError) as error:
        seconds = round(time.monotonic() - started)
        raise DataError("error.osm_offline", value=server, seconds=seconds) from error


def written(features: gpd.GeoDataFrame, table: str, path: Path, villages: gpd.GeoDataFrame | None) -> Downloaded:
    """Write what was found as a file of a table: areas become points where the table has points.

    Parameters
    ----------
    features
        As `features_of` returns them, their index reset.
    table
        One of `ASKED`.
    path
        The file, GeoJSON.
    villages
        Those known, for boundaries (`as_villages`).
    """
    wanted = facts("tables")[table]["geometry"]
    osm_id = features["element"].astype(str) + "/" + features["id"].astype(str)
    rows = features.drop(columns=["element", "id", "nodes", "ways"], errors="ignore").assign(osm_id=osm_id)
    rows["data_source"] = f"{_LICENCE}, {datetime.now(UTC).date().isoformat()}"
    if table == "villages":
        return as_villages(rows[rows.geom_type.isin(["Polygon", "MultiPolygon"])], path, villages)
    areas = 0
    if wanted == ["Point"]:
        drawn = rows.geom_type != "Point"
        areas = int(drawn.sum())
        rows.loc[drawn, "geometry"] = shapely.point_on_surface(rows.geometry[drawn].to_numpy())
    rows = rows[rows.geom_type.isin(wanted)]
    return Downloaded(save_rows(rows, path), len(rows), areas)


def save_rows(rows: gpd.GeoDataFrame, path: Path) -> Path | None:
    """Write rows as GeoJSON and return where; None where there are none."""
    if rows.empty:
        return None
    path.write_text(rows.to_json(na="drop", drop_id=True, ensure_ascii=False, default=str), encoding="utf-8")
    return path


def as_villages(rows: gpd.GeoDataFrame, path: Path, villages: gpd.GeoDataFrame | None) -> Downloaded:
    """Write boundaries with the code of the known village of that name they share ground with; all else known stays.

    Parameters
    ----------
    rows
        Polygons with `name` and `data_source`.
    path
        The file, GeoJSON.
    villages
        Those known; None: the boundaries are written with their names alone.
    """
    rows = rows[rows["name"].notna()] if "name" in rows else rows.iloc[:0]
    if villages is None or villages.empty:
        return Downloaded(save_rows(rows, path), len(rows))
    near = villages[villages.geometry.notna()]
    by_name = near.groupby(near["name"].map(bare_name))
    taken: dict[str, Any] = {}
    unnamed = []
    for name, shape, source in zip(rows["name"], rows.geometry, rows["data_source"], strict=True):
        key = bare_name(name)
        same = by_name.get_group(key) if key in by_name.groups else near.iloc[:0]
        # of villages of one name only the one that lies inside, or whose own outline shares ground with this one
        same = same[shapely.intersects(same.geometry.to_numpy(), shape)]
        if len(same) != 1:
            unnamed.append(str(name))
            continue
        taken[str(same["village_code"].iloc[0])] = (shape, source)
    known = near[near["village_code"].isin(taken)]
    shapes = [taken[code][0] for code in known["village_code"]]
    sources = [
        f"{before}; {taken[code][1]}" for code, before in zip(known["village_code"], known["data_source"], strict=True)
    ]
    columns = [name for name in columns_of("villages") if name in known]
    told = gpd.GeoDataFrame(pd.DataFrame(known[columns]), geometry=shapes, crs=rows.crs)
    told = told.assign(data_source=sources, boundary="approximate")
    for name in told.select_dtypes("datetime").columns:
        told[name] = told[name].dt.strftime("%Y-%m-%d")
    return Downloaded(save_rows(told, path), len(told), 0, tuple(unnamed))
