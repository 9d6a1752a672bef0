"""Files with shapes: GeoPackage, GeoJSON, shapefile, GPX, KML, Parquet, as raw tables in EPSG:4326."""

from __future__ import annotations

import json
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.model.errors import DataError
from geo.reading.archives import check_zip, unpacked
from geo.reading.raw_table import Fault, RawTable, cell_text


def _from_frame(path: Path, frame: gpd.GeoDataFrame, first_row: int = 1) -> RawTable:
    frame.index = pd.RangeIndex(first_row, first_row + len(frame))
    notes: tuple[Fault, ...] = ()
    geometry = frame.geometry if isinstance(frame, gpd.GeoDataFrame) else None
    if geometry is not None:
        if geometry.crs is None:
            notes = (Fault("crs_missing", "note"),)
        elif geometry.crs.to_epsg() != 4326 and not geometry.crs.equals("OGC:CRS84"):
            notes = (Fault("crs_changed", "fixed", values={"crs": geometry.crs.to_string()[:80]}),)
            geometry = geometry.to_crs("EPSG:4326")
        geometry = pd.Series(list(geometry), index=frame.index, dtype=object)
    columns = [name for name in frame.columns if not (geometry is not None and name == frame.geometry.name)]
    cells = pd.DataFrame(
        {str(name): [cell_text(value) for value in frame[name].astype(object)] for name in columns},
        index=frame.index,
        dtype=object,
    )
    return RawTable(path.name, cells, geometry, (), notes)


def _read_vector(path: Path, source: str, options: dict[str, Any], given: dict[str, Any] | None = None) -> RawTable:
    """Read one layer; `given` are the options of the caller, where `options` are not."""
    import pyogrio

    given = options if given is None else given

    try:
        layers = [str(name) for name in pyogrio.list_layers(source)[:, 0]]
        layer = options.get("layer") or _fitting(path, source, layers, options)
        if layer not in layers:
            raise DataError("error.layer", path=path.name, value=layer, known=", ".join(layers))
        frame = pyogrio.read_dataframe(source, layer=layer, datetime_as_string=True)
        others = [name for name in layers if name != layer and pyogrio.read_info(source, layer=name)["features"] != 0]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, IndexError, UnicodeDecodeError) as error:
        raise DataError("error.unreadable", path=path.name) from error
    return _of_several(_from_frame(path, frame), layer, [] if "layer" in given else others)


#: So many layers of a file, and rows of each, are looked at to find the one that fits.
_LAYERS, _ROWS = 40, 200


def _fitting(path: Path, source: str, layers: list[str], options: dict[str, Any]) -> str:
    """The layer that fits the table best (`options["fits"]`), the first of equal ones; else the first."""
    import pyogrio

    fits = options.get("fits")
    if len(layers) < 2 or fits is None:
        return layers[0]
    scores: dict[str, float] = {}
    for name in layers[:_LAYERS]:
        frame = pyogrio.read_dataframe(source, layer=name, datetime_as_string=True, max_features=_ROWS)
        if len(frame):
            scores[name] = fits(_from_frame(path, frame))
    return max(scores, key=lambda one: scores[one]) if scores else layers[0]


def _of_several(raw: RawTable, taken: str, others: list[str]) -> RawTable:
    """The table with a word on what else the file holds."""
    if not others:
        return raw
    told = Fault("layer_taken", "note", values={"layer": taken, "others": ", ".join(others[:10])})
    return replace(raw, notes=(*raw.notes, told))


def read_gpkg(path: Path, options: dict[str, Any]) -> RawTable:
    """Read one layer of a GeoPackage (`layer`, else the first)."""
    with path.open("rb") as file:
        if file.read(16) != b"SQLite format 3\x00":
            raise DataError("error.unreadable", path=path.name)
    _no_views(path)
    return _read_vector(path, str(path), options)


def _no_views(path: Path) -> None:
    """A view is a question that may have no end (`WITH RECURSIVE`): a file with views of its own is refused.

    The views that GDAL and QGIS themselves make stand beside their tables and are named after them.
    """
    import sqlite3

    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as book:
            views = book.execute("select name from sqlite_master where type = 'view'").fetchall()
    except sqlite3.DatabaseError as error:
        raise DataError("error.unreadable", path=path.name) from error
    own = [name for (name,) in views if not str(name).startswith(("st_", "vw_gpkg", "gpkg_", "rtree_"))]
    if own:
        raise DataError("error.gpkg_view", path=path.name, value=", ".join(map(str, own[:5])))


def read_geojson(path: Path, options: dict[str, Any]) -> RawTable:
    """Read GeoJSON. It must be a FeatureCollection whose `crs`, if any, names its system instead of linking to it."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError("error.json", path=path.name, detail=str(error)[:120]) from error
    if not isinstance(content, dict) or content.get("type") != "FeatureCollection":
        raise DataError("error.feature_collection", path=path.name)
    if (content.get("crs") or {}).get("type", "name") != "name":
        raise DataError("error.crs_link", path=path.name)
    if not content.get("features"):
        raise DataError("error.empty_file", path=path.name)
    if "\\ud" not in text.lower():
        return _read_vector(path, str(path), options)
    # GDAL reads a letter beyond the basic plane as "�" where it is written as two escapes
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.geojson"
        plain.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8", errors="replace")
        return _read_vector(path, str(plain), {"layer": "plain"} if options.get("layer") == path.stem else options)


def read_shapefile_zip(path: Path, options: dict[str, Any]) -> RawTable:
    """Read the shapefile in a zip (`layer`, else the only one)."""
    shapes = [name for name in check_zip(path) if name.lower().endswith(".shp") and "__MACOSX" not in name]
    wanted = options.get("layer")
    shapes = [name for name in shapes if wanted is None or PurePosixPath(name).stem == wanted] or shapes
    if len(shapes) != 1:
        known = ", ".join(PurePosixPath(name).stem for name in shapes)
        raise DataError("error.shapefile_zip", path=path.name, count=len(shapes), known=known)
    return _read_vector(path, f"/vsizip/{{{path}}}/{shapes[0]}", {})


def read_zip(path: Path, options: dict[str, Any]) -> RawTable:
    """Read what is in a zip: a GeoPackage (as it comes back from QField), else a shapefile."""
    entries = check_zip(path)
    found = [name for name in entries if name.lower().endswith(".gpkg") and "__MACOSX" not in name]
    if not found:
        return read_shapefile_zip(path, options)
    if len(found) > 1:
        raise DataError("error.gpkg_zip", path=path.name, known=", ".join(found[:10]))
    shapes = [name for name in entries if name.lower().endswith(".shp")]
    return _of_several(unpacked(path, found[0], "inner.gpkg", read_gpkg, options), found[0], shapes)


def read_kmz(path: Path, options: dict[str, Any]) -> RawTable:
    """Read the KML in a KMZ."""
    found = [name for name in check_zip(path) if name.lower().endswith(".kml")]
    if not found:
        raise DataError("error.unreadable", path=path.name)
    return _of_several(unpacked(path, found[0], "inner.kml", read_kml, options), found[0], found[1:])


def _no_doctype(path: Path) -> None:
    """An XML file that declares a document type may name other files to be read: refused."""
    if b"<!doctype" in path.read_bytes().lower() or b"<!entity" in path.read_bytes().lower():
        raise DataError("error.doctype", path=path.name)


def read_gpx(path: Path, options: dict[str, Any]) -> RawTable:
    """Read the waypoints of a GPX file, or its tracks or routes where those fit or are all it holds."""
    _no_doctype(path)
    import pyogrio

    try:
        filled = [name for name in ("waypoints", "tracks", "routes") if pyogrio.read_info(path, layer=name)["features"]]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeDecodeError) as error:
        raise DataError("error.unreadable", path=path.name) from error
    fits = options.get("fits")
    if "layer" in options or not filled or fits is None:
        return _read_vector(path, str(path), {"layer": filled[0] if filled else "waypoints"} | options, options)
    return _read_vector(path, str(path), {"layer": _fitting(path, str(path), filled, options)} | options, options)


def read_kml(path: Path, options: dict[str, Any]) -> RawTable:
    """Read a KML file, all its folders (`layer` for one)."""
    _no_doctype(path)
    import pyogrio

    if options.get("layer"):
        return _read_vector(path, str(path), options)
    try:
        layers = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
        frames = [
            _of_folder(pyogrio.read_dataframe(path, layer=layer, datetime_as_string=True), layer) for layer in layers
        ]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeDecodeError) as error:
        raise DataError("error.unreadable", path=path.name) from error
    filled = [frame for frame in frames if len(frame)]
    if not filled:
        raise DataError("error.empty_file", path=path.name)
    whole = pd.concat([frame.to_wkb() for frame in filled], ignore_index=True)
    return _from_frame(
        path, gpd.GeoDataFrame(whole, geometry=gpd.GeoSeries.from_wkb(whole["geometry"]), crs="EPSG:4326")
    )


def _of_folder(frame: gpd.GeoDataFrame, folder: str) -> gpd.GeoDataFrame:
    """A folder's placemarks with the folder's name, their own `id` before the one that the file's XML gives."""
    own = next((name for name in ("id2", "id_2") if name in frame and frame[name].notna().any()), None)
    if own is not None and "id" in frame:
        frame = frame.drop(columns="id").rename(columns={own: "id"})
    return frame if "folder" in frame else frame.assign(folder=folder)


def read_parquet(path: Path, options: dict[str, Any]) -> RawTable:
    """Read Parquet, or GeoParquet with its points; the covering column `bbox` is left out."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
        frame = gpd.read_parquet(path) if b"geo" in (schema.metadata or {}) else pq.read_table(path).to_pandas()
    except (pa.ArrowException, OSError, ValueError, UnicodeDecodeError) as error:
        raise DataError("error.unreadable", path=path.name) from error
    return _from_frame(path, frame.drop(columns="bbox", errors="ignore"))
