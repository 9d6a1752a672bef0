"""Writers, one per format. Each file is read back before it is handed out."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import shapely

from exports.gis.gps import to_gpx, to_kml, to_kmz
from exports.gis.others import to_hxl, to_shp
from exports.gis.qgis import to_gpkg, to_qfield
from exports.paper.site_sheets import to_pdf
from exports.tables.excel import to_xlsx
from exports.tables.sheet import Sheet, expect, guarded, plain_table
from geo.model.errors import CallError, DataError


def to_csv(sheet: Sheet) -> bytes:
    """CSV, UTF-8 with mark (Excel opens it right), text cells guarded."""
    plain = guarded(plain_table(sheet))
    data: bytes = plain.to_csv(index=False).encode("utf-8-sig")
    expect(len(pd.read_csv(io.BytesIO(data), dtype=str)), len(plain), "csv")
    return data


def to_json(sheet: Sheet) -> bytes:
    """One JSON object: `about` and `rows`."""
    rows = json.loads(plain_table(sheet).to_json(orient="records", double_precision=15))
    data = json.dumps({"title": sheet.title, "about": sheet.about, "rows": rows}, ensure_ascii=False, indent=1)
    expect(len(json.loads(data)["rows"]), len(sheet.rows), "json")
    return data.encode()


def to_geojson(sheet: Sheet) -> bytes:
    """GeoJSON (RFC 7946): longitude first, seven decimals, `about` as a foreign member."""
    rows = json.loads(
        pd.DataFrame(sheet.rows.drop(columns=sheet.rows.geometry.name)).to_json(orient="records", double_precision=15)
    )
    shapes = shapely.set_precision(sheet.rows.geometry.to_numpy(), 1e-7, mode="pointwise")
    features = [
        {
            "type": "Feature",
            "geometry": None if shape is None else json.loads(shapely.to_geojson(shapely.orient_polygons(shape))),
            "properties": row,
        }
        for row, shape in zip(rows, shapes, strict=True)
    ]
    content = {"type": "FeatureCollection", "title": sheet.title, "about": sheet.about, "features": features}
    data = json.dumps(content, ensure_ascii=False)
    expect(len(json.loads(data)["features"]), len(rows), "geojson")
    return data.encode()


def to_parquet(sheet: Sheet) -> bytes:
    """GeoParquet."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.parquet"
        sheet.rows.to_parquet(path, index=False)
        expect(len(pd.read_parquet(path, columns=["data_version"])), len(sheet.rows), "parquet")
        return path.read_bytes()


EXPORTS: dict[str, Callable[[Sheet], bytes]] = {
    "xlsx": to_xlsx,
    "csv": to_csv,
    "geojson": to_geojson,
    "gpkg": to_gpkg,
    "qfield": to_qfield,
    "gpx": to_gpx,
    "kml": to_kml,
    "kmz": to_kmz,
    "pdf": to_pdf,
    "shp": to_shp,
    "hxl": to_hxl,
    "json": to_json,
    "parquet": to_parquet,
}

#: How a format's files end, where that is not its name.
ENDINGS = {"shp": "shp.zip", "hxl": "hxl.csv", "qfield": "qfield.zip"}


def file_name(stem: str, name: str) -> str:
    """Name of a file in some format.

    Examples
    --------
    >>> file_name("sites", "shp"), file_name("sites", "gpx")
    ('sites.shp.zip', 'sites.gpx')
    """
    return f"{stem}.{ENDINGS.get(name, name)}"


def export(sheet: Sheet, name: str) -> bytes:
    """Write a sheet in one format.

    Raises
    ------
    CallError
        If there is no such format.
    DataError
        If the file, read back, does not hold every row, or the disk does not take it.
    """
    import pyogrio

    if name not in EXPORTS:
        raise CallError("error.option", name="format", value=name, known=", ".join(EXPORTS))
    try:
        return EXPORTS[name](sheet)
    except (OSError, pyogrio.errors.DataSourceError, pyogrio.errors.FeatureError) as error:
        raise DataError("error.export_disk", format=name, reason=str(error)[:200]) from error
