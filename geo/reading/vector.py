"""Files with shapes: GeoPackage, GeoJSON, shapefile, GPX, KML, Parquet, as raw tables in EPSG:4326."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.model.errors import DataError
from geo.reading.archives import check_zip, unpack, unpacked
from geo.reading.descriptions import with_described
from geo.reading.geopackage import only_tables
from geo.reading.json_files import json_of, records_of
from geo.reading.markup import look_through, pieces, with_points
from geo.reading.raw_table import MAX_COLUMNS, Fault, RawTable, cell_text, some_columns
from geo.reading.several_tables import newest, of_one_kind, under_each_other

#: The parts of a shapefile that are read.
_SHAPE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


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
    return RawTable(path.name, cells, geometry, (), notes, texts=_written_by_people(frame, columns))


def _written_by_people(frame: pd.DataFrame, columns: list[str]) -> frozenset[str]:
    """Columns that the file holds as text: their numbers are as somebody wrote them, "2.431" may be thousands."""
    return frozenset(
        str(name) for name in columns if any(isinstance(value, str) for value in frame[name].dropna().astype(object))
    )


def read_layer(path: Path, source: str, options: dict[str, Any], given: dict[str, Any] | None = None) -> RawTable:
    """Read one layer; `given` are the options of the caller, where `options` are not."""
    import pyogrio

    given = options if given is None else given
    try:
        layers = [str(name) for name in pyogrio.list_layers(source)[:, 0]]
        layers = sorted(layers) if Path(source).is_dir() else layers  # a folder's order is the disk's
        layer = options.get("layer") or fitting_layer(path, source, layers, options)
        if layer not in layers:
            raise DataError("error.layer", path=path.name, value=layer, known=", ".join(layers))
        some_columns(path.name, list(pyogrio.read_info(source, layer=layer)["fields"]))
        frame = pyogrio.read_dataframe(source, layer=layer, datetime_as_string=True, on_invalid="ignore")
        others = [name for name in layers if name != layer and pyogrio.read_info(source, layer=name)["features"] != 0]
        tables = {layer: _from_frame(path, frame)}
        if "layer" not in given and given.get("fits") is not None:
            tables |= _of_same_fields(path, source, layer, others[:_LAYERS])
            others, layer = [*others, layer], newest(tables, layer)
            others.remove(layer)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, IndexError, UnicodeError) as error:
        raise DataError("error.unreadable", path=path.name) from error
    joined = of_one_kind(tables, layer, least=1)
    whole = under_each_other([tables[one] for one in joined], joined, sheets=True)
    return of_several(whole, layer, [] if "layer" in given else [name for name in others if name not in joined])


def _of_same_fields(path: Path, source: str, taken: str, others: list[str]) -> dict[str, RawTable]:
    """Other layers with the fields and the kind of shapes of the one that is taken."""
    import pyogrio

    def like(name: str) -> tuple[frozenset[str], str]:
        said = pyogrio.read_info(source, layer=name)
        return frozenset(map(str, said["fields"])), str(said["geometry_type"])

    mine = like(taken)
    alike = [name for name in others if like(name) == mine]
    return {
        name: _from_frame(
            path, pyogrio.read_dataframe(source, layer=name, datetime_as_string=True, on_invalid="ignore")
        )
        for name in alike
    }


#: So many layers of a file, and rows of each, are looked at to find the one that fits.
_LAYERS, _ROWS = 40, 200


def fitting_layer(path: Path, source: str, layers: list[str], options: dict[str, Any]) -> str:
    """The layer that fits the table best (`options["fits"]`), the first of equal ones; else the first."""
    import pyogrio

    fits = options.get("fits")
    if len(layers) < 2 or fits is None:
        return layers[0]
    scores: dict[str, float] = {}
    for name in layers[:_LAYERS]:
        frame = pyogrio.read_dataframe(
            source, layer=name, datetime_as_string=True, max_features=_ROWS, on_invalid="ignore"
        )
        if len(frame):
            scores[name] = fits(_from_frame(path, frame)) + options.get("called", lambda _: 0.0)(name)
    return max(scores, key=lambda one: scores[one]) if scores else layers[0]


def of_several(raw: RawTable, taken: str, others: list[str]) -> RawTable:
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
    only_tables(path)
    return read_layer(path, str(path), options)


#: How a GeoJSON file may name its coordinate system: by authority and number, nothing that is looked up elsewhere.
_CRS = re.compile(
    r"urn:(x-)?ogc:def:crs:\w+:[\w.]*:\w+|(EPSG|ESRI|OGC|CRS):\w+|https?://www\.opengis\.net/[\w./#-]+", re.IGNORECASE
)


def _whole_collection(path: Path, content: Any) -> None:
    """Refuse what is no collection of features, whose features are none, or that names systems in other ways."""
    if _of_others(path, content):
        return
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(content, dict) or content.get("type") != "FeatureCollection":
        raise DataError("error.feature_collection", path=path.name)
    if not features:
        raise DataError("error.empty_file", path=path.name)
    if not isinstance(features, list) or not all(isinstance(one, dict) for one in features):
        raise DataError("error.feature_collection", path=path.name)
    _known_crs(path, content.get("crs"))
    names: set[str] = set()
    for one in features:
        shape = one.get("geometry")
        if isinstance(shape, dict) and "crs" in shape:
            _known_crs(path, shape["crs"])
        if isinstance(one.get("properties"), dict):
            names.update(one["properties"])
        some_columns(path.name, tuple(names) if len(names) > MAX_COLUMNS else ())


def _of_others(path: Path, content: Any) -> bool:
    """Whether this is a collection of ArcGIS's or TopoJSON's, which GDAL reads too; its system has to be a number."""
    if not isinstance(content, dict):
        return False
    if content.get("type") == "FeatureCollection" or "crs" in content:
        return False
    if content.get("type") == "Topology" and isinstance(content.get("objects"), dict):
        return True
    features, system = content.get("features"), content.get("spatialReference", {})
    if not str(content.get("geometryType", "")).startswith("esriGeometry") or not isinstance(features, list):
        return False
    if not isinstance(system, dict) or not all(isinstance(value, int) for value in system.values()):
        raise DataError("error.crs_link", path=path.name)
    if not features:
        raise DataError("error.empty_file", path=path.name)
    told = [one.get("attributes") for one in features if isinstance(one, dict)]
    names = {name for one in told if isinstance(one, dict) for name in one}
    if len(told) < len(features):
        raise DataError("error.feature_collection", path=path.name)
    some_columns(path.name, tuple(names))
    return True


def _known_crs(path: Path, crs: Any) -> None:
    """A system that is named; a link is refused, and so is whatever is neither."""
    if crs is None:
        return
    if not isinstance(crs, dict) or crs.get("type", "name") != "name":
        raise DataError("error.crs_link", path=path.name)
    said = crs.get("properties")
    name = said.get("name") if isinstance(said, dict) else None
    if name is not None and (not isinstance(name, str) or not _CRS.fullmatch(name)):
        raise DataError("error.crs_link", path=path.name)


def read_geojson(path: Path, options: dict[str, Any]) -> RawTable:
    """Read GeoJSON: a FeatureCollection whose `crs`, if any, names its system instead of linking to it.

    Features line by line or in a list are one, too; a list of records, as a form's server has them, is a plain table.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        content, as_it_is = json_of(text)
    except RecursionError as error:
        raise DataError("error.nested", path=path.name) from error
    except ValueError as error:
        raise DataError("error.json", path=path.name, detail=str(error)[:120]) from error
    records = records_of(content)
    if records is not None:
        some_columns(path.name, list({name: None for one in records for name in one}))
        return RawTable(path.name, pd.DataFrame(records, index=range(1, len(records) + 1), dtype=object))
    _whole_collection(path, content)
    if as_it_is and "\\ud" not in text.lower():
        return _with_ids(read_layer(path, str(path), options), content)
    # GDAL reads a letter beyond the basic plane as "�" where it is written as two escapes
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.geojson"
        plain.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8", errors="replace")
        return read_layer(path, str(plain), {"layer": "plain"} if options.get("layer") == path.stem else options)


def _with_ids(raw: RawTable, content: Any) -> RawTable:
    """The table with the ids of GeoJSON's features themselves, where all have one and no property is called so."""
    features = content.get("features") or ()
    ids = [cell_text(one.get("id")) for one in features if isinstance(one.get("id"), (str, int))]
    if "id" in raw.cells or len(ids) != len(raw.cells) or len(set(ids)) < len(ids):
        return raw
    return replace(raw, cells=raw.cells.assign(id=ids))


def read_shapefile_zip(path: Path, options: dict[str, Any]) -> RawTable:
    """Read the shapefile in a zip (`layer`, else the only one); of several, those that fit the table as layers do."""
    entries = check_zip(path)
    shapes = [name for name in entries if name.lower().endswith(".shp") and "__MACOSX" not in name]
    wanted = options.get("layer")
    shapes = [name for name in shapes if wanted is None or PurePosixPath(name).stem == wanted] or shapes
    names = [PurePosixPath(name).stem for name in shapes]
    several = len(shapes) > 1
    same = len({name.lower() for name in names}) < len(names) or len(names) > _LAYERS
    if not shapes or (several and (options.get("fits") is None or wanted is not None or same)):
        raise DataError("error.shapefile_zip", path=path.name, count=len(shapes), known=", ".join(names))
    with tempfile.TemporaryDirectory() as folder:
        for shape, stem in zip(shapes, names, strict=True):
            for name in entries:
                if name[:-4] == shape[:-4] and name[-4:].lower() in _SHAPE_PARTS:
                    unpack(path, name, Path(folder) / f"{stem}{name[-4:].lower()}")
            _must_hold(path, Path(folder) / f"{stem}.shp")
        raw = _with_index(path, Path(folder) if several else Path(folder) / f"{names[0]}.shp", options)
    there = {name.lower() for name in entries}
    bare = [name for name, shape in zip(names, shapes, strict=True) if f"{shape[:-4]}.dbf".lower() not in there]
    told = [Fault("no_attributes", "note", values={"names": ", ".join(bare)})] if bare else []
    return replace(raw, notes=(*raw.notes, *told))


def _must_hold(path: Path, shape: Path) -> None:
    """Refuse a zip of which a shapefile was cut: a head of 100 bytes says how many words of two bytes there are."""
    head = shape.read_bytes()[:100] if shape.is_file() else b""
    if len(head) < 100 or int.from_bytes(head[24:28], "big") * 2 > shape.stat().st_size:
        raise DataError("error.unreadable", path=f"{path.name}: {shape.stem}")


def _with_index(path: Path, source: Path, options: dict[str, Any]) -> RawTable:
    """Read an unpacked shapefile, or a folder of some; an index that was not in the zip is made anew beside it."""
    import pyogrio

    asked = {name: value for name, value in options.items() if name != "layer"} if source.is_dir() else {}
    shapes = list(source.glob("*.shp")) if source.is_dir() else [source]
    whole = all(one.with_suffix(".shx").is_file() for one in shapes)
    try:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None if whole else True})
        return read_layer(path, str(source), asked)
    finally:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})


def read_zip(path: Path, options: dict[str, Any]) -> RawTable:
    """Read what is in a zip: a GeoPackage (as it comes back from QField), else a shapefile."""
    entries = check_zip(path)
    found = [name for name in entries if name.lower().endswith(".gpkg") and "__MACOSX" not in name]
    if not found:
        return read_shapefile_zip(path, options)
    if len(found) > 1:
        raise DataError("error.gpkg_zip", path=path.name, known=", ".join(found[:10]))
    shapes = [name for name in entries if name.lower().endswith(".shp")]
    return of_several(unpacked(path, found[0], "inner.gpkg", read_gpkg, options), found[0], shapes)


def read_kmz(path: Path, options: dict[str, Any]) -> RawTable:
    """Read the KML in a KMZ."""
    found = [name for name in check_zip(path) if name.lower().endswith(".kml")]
    if not found:
        raise DataError("error.unreadable", path=path.name)
    return of_several(unpacked(path, found[0], "inner.kml", read_kml, options), found[0], found[1:])


def read_kml(path: Path, options: dict[str, Any]) -> RawTable:
    """Read a KML file, all its folders (`layer` for one)."""
    look_through(path, pieces(path))
    text, mended = with_points(path.read_text(encoding="utf-8-sig", errors="surrogateescape"))
    if not mended:
        return _read_kml(path, path, options)
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / path.name
        plain.write_text(text, encoding="utf-8", errors="surrogateescape")
        raw = _read_kml(path, plain, options)
    return replace(raw, notes=(*raw.notes, Fault("kml_points", "note", values={"count": mended})))


def _read_kml(path: Path, source: Path, options: dict[str, Any]) -> RawTable:
    import pyogrio

    if options.get("layer"):
        return read_layer(path, str(source), options)
    try:
        layers = [str(name) for name in pyogrio.list_layers(source)[:, 0]]
        for layer in layers:
            some_columns(path.name, list(pyogrio.read_info(source, layer=layer)["fields"]))
        frames = [
            _of_folder(pyogrio.read_dataframe(source, layer=layer, datetime_as_string=True, on_invalid="ignore"), layer)
            for layer in layers
        ]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeDecodeError) as error:
        raise DataError("error.unreadable", path=path.name) from error
    filled = [frame for frame in frames if len(frame)]
    if not filled:
        raise DataError("error.empty_file", path=path.name)
    whole = with_described(pd.concat([frame.to_wkb() for frame in filled], ignore_index=True))
    shapes = gpd.GeoSeries.from_wkb(whole["geometry"])
    return _from_frame(path, gpd.GeoDataFrame(whole, geometry=shapes, crs="EPSG:4326"))


def _of_folder(frame: gpd.GeoDataFrame, folder: str) -> gpd.GeoDataFrame:
    """A folder's placemarks with the folder's name, their own `id` before the one that the file's XML gives."""
    own = next((name for name in ("id2", "id_2") if name in frame and frame[name].notna().any()), None)
    if own is not None and "id" in frame:
        frame = frame.drop(columns="id").rename(columns={own: "id"})
    return frame if "folder" in frame else frame.assign(folder=folder)


#: Rows, cells and bytes of a Parquet file: a few bytes may stand for a million rows of the same.
MAX_ROWS, MAX_CELLS, MAX_BYTES = 5_000_000, 60_000_000, 500_000_000
_BATCH = 500


def read_parquet(path: Path, options: dict[str, Any]) -> RawTable:
    """Read Parquet, or GeoParquet with its points; the covering column `bbox` is left out."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyproj.exceptions import CRSError
    from shapely.errors import ShapelyError

    try:
        with pq.ParquetFile(path) as file:
            names, rows = list(file.schema_arrow.names), file.metadata.num_rows
            some_columns(path.name, names)
            if rows > MAX_ROWS or rows * len(names) > MAX_CELLS:
                raise DataError("error.too_much", path=path.name, rows=rows, columns=len(names))
            table = _in_batches(path, file)
        shaped = b"geo" in (table.schema.metadata or {})
        frame = gpd.GeoDataFrame.from_arrow(table) if shaped else table.to_pandas()
    except DataError:
        raise
    except (pa.ArrowMemoryError, MemoryError) as error:
        raise MemoryError from error
    except (pa.ArrowException, CRSError, ShapelyError, OSError, ValueError, TypeError, LookupError) as error:
        raise DataError("error.unreadable", path=path.name) from error
    return _from_frame(path, frame.drop(columns="bbox", errors="ignore"))


def _in_batches(path: Path, file: Any) -> Any:
    """The table of a file, taken in pieces that are counted: a word of a dictionary may stand in every row.

    One after the other: what several threads hold at once depends on how busy the machine is.
    """
    import pyarrow as pa

    held, batches = 0, []
    for batch in file.iter_batches(batch_size=_BATCH, use_threads=False):
        held += batch.nbytes + sum(_shared(column) for column in batch.columns)
        if held > MAX_BYTES:
            raise DataError("error.too_much", path=path.name, rows=file.metadata.num_rows, columns=batch.num_columns)
        batches.append(batch)
    return pa.Table.from_batches(batches, schema=file.schema_arrow)


def _shared(column: Any) -> int:
    """Bytes that a column of words from a list takes once every row has its own."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(column.type) or not len(column.dictionary):
        return 0
    words = column.dictionary
    plain = pa.types.is_string(words.type) or pa.types.is_large_string(words.type) or pa.types.is_binary(words.type)
    longest = pc.max(pc.binary_length(words)).as_py() or 0 if plain else words.nbytes
    return len(column) * int(longest)
