"""Shapes around a ground from files on a server: GeoParquet by range, GeoJSON whole."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from geo.fetching.inner import led_to
from geo.fetching.ranges import Asker, RangeFile
from geo.fetching.sources import Source
from geo.model.errors import DataError

if TYPE_CHECKING:
    import pyarrow.parquet as pq

#: Rows of a file without boxes that are looked at one by one; more would be all of it.
_MOST_WITHOUT_BOX = 200_000
#: Shapes that one window may have.
_MOST_SHAPES = 3_000_000
_EDGES = ("xmin", "ymin", "xmax", "ymax")


def shapes_around(source: Source, ground: shapely.Geometry, asker: Asker, parts: Path) -> gpd.GeoDataFrame:
    """Return the shapes of a source that touch the ground, with `name` where they have one.

    Parameters
    ----------
    source
        With the reader ``geoparquet`` or ``geojson``.
    ground
        Polygon, EPSG:4326.
    asker, parts
        How it is asked for, and where blocks are kept.

    Raises
    ------
    DataError
        If what comes is something else.
    """
    if source.reader == "geojson":
        return _of_geojson(source, ground, asker, parts)
    found: list[gpd.GeoDataFrame] = []
    for n, address in enumerate(_files(source, ground, asker)):
        found += list(_of_parquet(address, ground, asker, parts / str(n)))
        if sum(map(len, found)) > _MOST_SHAPES:
            raise DataError("error.fetch.large", count=_MOST_SHAPES)
    if not found:
        return gpd.GeoDataFrame({"id": []}, geometry=[], crs="EPSG:4326")
    import pandas as pd

    rows = gpd.GeoDataFrame(pd.concat(found, ignore_index=True), geometry="geometry", crs="EPSG:4326")
    return rows[~(rows["id"].duplicated() & rows["id"].notna())] if "id" in rows else rows


def _files(source: Source, ground: shapely.Geometry, asker: Asker) -> list[str]:
    """The files whose box meets the ground, from Overture's catalogue; the address itself where there is no index.

    Its column `collection` has been empty for months at a time, so the theme is looked for in the file's address too.
    """
    if source.index != "stac":
        return [source.address]
    import pyarrow as pa
    import pyarrow.parquet as pq

    catalogue = asker.json(source.address)
    latest = catalogue.get("latest") if isinstance(catalogue, dict) else None
    if not isinstance(latest, str) or "/" in latest:
        raise _no_table(source.address, "latest")
    address = source.address.rsplit("/", 1)[0] + f"/{latest}/collections.parquet"
    answer = asker.ask(address)
    if answer.status != 200:
        raise DataError("error.fetch.status", value=address, status=answer.status)
    try:
        rows = pq.read_table(io.BytesIO(answer.content), columns=["collection", "bbox", "assets"]).to_pylist()
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise _no_table(address, str(error)) from error
    found = []
    for row in rows:
        box, href = row["bbox"] or {}, ((row["assets"] or {}).get("aws-https") or {}).get("href")
        ours = row["collection"] == source.theme or (href and f"/type={source.theme}/" in href)
        edges = [box.get(edge) for edge in _EDGES]
        if href and ours and None not in edges and shapely.box(*edges).intersects(ground):
            found.append(led_to(source.address, str(href)))
    return list(dict.fromkeys(found))


def _of_parquet(address: str, ground: shapely.Geometry, asker: Asker, parts: Path) -> Iterator[gpd.GeoDataFrame]:
    """The shapes of one file, a group of rows at a time; groups whose boxes lie elsewhere are not read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(RangeFile(address, asker, parts))
        geometry, box = _columns(file, address)
        names = [name for name in ("id", "name") if name in file.schema_arrow.names]
        for n in range(file.metadata.num_row_groups):
            if box and not _may_meet(file, n, box, ground.bounds):
                continue
            columns = [*names, geometry, *([box.split(".")[0]] if box else [])]
            rows = file.read_row_group(n, columns=columns)
            yield _touching(rows, names, geometry, box, ground)
    except (pa.ArrowException, OSError, ValueError, KeyError, shapely.errors.GEOSException) as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, DataError):
            cause = cause.__cause__ or cause.__context__
        raise cause or _no_table(address, str(error)) from error


def _columns(file: pq.ParquetFile, address: str) -> tuple[str, str]:
    """The column of shapes, and of their boxes ("" where there is none and the file is small)."""
    about = json.loads((file.metadata.metadata or {}).get(b"geo", b"{}"))
    geometry = about.get("primary_column", "geometry")
    if geometry not in file.schema_arrow.names:
        raise _no_table(address, "geometry")
    column = about.get("columns", {}).get(geometry, {})
    crs = column.get("crs", "OGC:CRS84")
    code = (crs.get("id") or {}).get("code") if isinstance(crs, dict) else crs
    if str(code) not in ("OGC:CRS84", "CRS84", "4326", "EPSG:4326"):
        raise _no_table(address, f"crs {str(code)[:40]}")
    covering = column.get("covering", {}).get("bbox", {}).get("xmin", ["bbox"])[0]
    if covering in file.schema_arrow.names:
        return geometry, covering
    if file.metadata.num_rows > _MOST_WITHOUT_BOX:
        raise _no_table(address, f"bbox, {file.metadata.num_rows} rows")
    return geometry, ""


def _may_meet(file: pq.ParquetFile, group: int, box: str, bounds: tuple[float, ...]) -> bool:
    """Whether a group of rows may have a shape in the bounds, by what is written of its boxes."""
    about = file.metadata.row_group(group)
    edges = {}
    for n in range(about.num_columns):
        column = about.column(n)
        name = column.path_in_schema.removeprefix(f"{box}.")
        if name in _EDGES and column.is_stats_set and column.statistics.has_min_max:
            edges[name] = column.statistics
    west, south, east, north = bounds
    return not (
        ("xmin" in edges and edges["xmin"].min > east)
        or ("xmax" in edges and edges["xmax"].max < west)
        or ("ymin" in edges and edges["ymin"].min > north)
        or ("ymax" in edges and edges["ymax"].max < south)
    )


def _touching(rows: Any, names: list[str], geometry: str, box: str, ground: shapely.Geometry) -> gpd.GeoDataFrame:
    if box:
        west, south, east, north = ground.bounds
        edges = {edge: rows[box].combine_chunks().field(edge).to_numpy(zero_copy_only=False) for edge in _EDGES}
        near = (edges["xmin"] <= east) & (edges["xmax"] >= west) & (edges["ymin"] <= north) & (edges["ymax"] >= south)
        rows = rows.filter(near)
    shapes = shapely.from_wkb(rows[geometry].to_numpy(zero_copy_only=False), on_invalid="ignore")
    mine = ~shapely.is_missing(shapes) & shapely.intersects(shapely.force_2d(shapes), ground)
    told = {name: np.asarray(rows[name].to_pylist(), dtype=object)[mine] for name in names}
    return gpd.GeoDataFrame(told, geometry=shapely.force_2d(shapes[mine]), crs="EPSG:4326")


def _of_geojson(source: Source, ground: shapely.Geometry, asker: Asker, parts: Path) -> gpd.GeoDataFrame:
    """The features of a whole file that touch the ground; `shapeName` (geoBoundaries) is a name."""
    import pyogrio

    address = source.address
    if source.index == "geoboundaries":
        told = asker.json(address)
        address = str(told.get("gjDownloadURL")) if isinstance(told, dict) else ""
        if not address.startswith(("https://", "http://")):
            raise DataError("error.fetch.format", value=source.address, detail="geoBoundaries: gjDownloadURL")
        address = led_to(source.address, address)
    file = RangeFile(address, asker, parts)
    if not file.read(100).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        raise DataError("error.fetch.format", value=address, detail="GeoJSON")
    path = parts / "whole.geojson"
    try:
        file.copied(path)
        rows = pyogrio.read_dataframe(path, bbox=ground.bounds)
    except (pyogrio.errors.DataSourceError, ValueError) as error:
        raise DataError("error.fetch.format", value=address, detail=f"GeoJSON: {str(error)[:100]}") from error
    finally:
        path.unlink(missing_ok=True)
    if rows.crs is None or rows.crs.to_epsg() not in (4326, None):
        raise DataError("error.fetch.format", value=address, detail=f"crs {str(rows.crs)[:60]}")
    rows = rows.assign(name=_names(rows))
    rows = rows[shapely.is_valid_input(rows.geometry.to_numpy()) & rows.geometry.notna()]
    return rows[shapely.intersects(shapely.make_valid(rows.geometry.to_numpy()), ground)]


#: Columns that hold the name of a place, the likeliest first: of geoBoundaries, BIG, GADM, HDX.
_NAMES = ("name", "shapeName", "WADMKD", "NAMOBJ", "NAME_4", "NAME_3", "ADM4_ID", "ADM4_EN", "ADM3_EN", "DESA", "NAMA")


def _names(rows: gpd.GeoDataFrame) -> Any:
    """The name of each row: of the first column that says one."""
    by_name = {str(column).casefold(): column for column in rows.columns}
    found = None
    for wanted in _NAMES:
        column = by_name.get(wanted.casefold())
        if column is not None:
            told = rows[column].astype(object).where(rows[column].notna(), None)
            found = told if found is None else found.where(found.notna(), told)
    return found


def _no_table(address: str, detail: str) -> DataError:
    return DataError("error.fetch.format", value=address, detail=f"GeoParquet: {detail[:120]}")
