"""The plain table formats: CSV, JSON, GeoJSON, GeoParquet. Each file is read back before it is handed out."""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path

import pandas as pd
import shapely

from exports.tables.sheet import Sheet, expect, guarded, plain_table


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
    """GeoParquet 1.1: shapes with their CRS, and their bounds in a column, by which a reader skips what it need not."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.parquet"
        sheet.rows.to_parquet(path, index=False, write_covering_bbox=True, schema_version="1.1.0")
        expect(len(pd.read_parquet(path, columns=["data_version"])), len(sheet.rows), "parquet")
        return path.read_bytes()
