"""Writers, one per format. Each file is read back before it is handed out."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from exports.gps import to_gpx, to_kml, to_kmz
from exports.others import to_hxl, to_shp
from exports.sheet import Sheet, expect, guarded, plain_table
from exports.site_sheets import to_pdf
from geo.errors import CallError


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


def to_gpkg(sheet: Sheet) -> bytes:
    """GeoPackage with the rows and a table `about`."""
    import pyogrio

    rows = sheet.rows.copy()
    for name in rows.columns.drop(rows.geometry.name):
        if rows[name].dtype == object:
            kinds = {type(value) for value in rows[name].dropna()}
            rows[name] = rows[name].astype("boolean" if kinds == {bool} else "str")
    about = pd.DataFrame({"label": list(sheet.about), "text": list(sheet.about.values())})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.gpkg"
        pyogrio.write_dataframe(rows, path, layer="mata_air", driver="GPKG", geometry_type="Unknown")
        pyogrio.write_dataframe(about, path, layer="about", driver="GPKG", append=True)
        expect(len(pyogrio.read_dataframe(path, layer="mata_air")), len(rows), "gpkg")
        return path.read_bytes()


def to_parquet(sheet: Sheet) -> bytes:
    """GeoParquet."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.parquet"
        sheet.rows.to_parquet(path, index=False)
        expect(len(pd.read_parquet(path, columns=["data_version"])), len(sheet.rows), "parquet")
        return path.read_bytes()


def to_xlsx(sheet: Sheet) -> bytes:
    """XLSX: the rows (frozen header, filter), and a sheet `about`; no formulas and no links come from data."""
    import xlsxwriter
    from python_calamine import CalamineWorkbook

    buffer = io.BytesIO()
    plain = plain_table(sheet)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(buffer, options) as book:
        bold = book.add_format({"bold": True, "bg_color": "#01497C", "font_color": "white"})
        page = book.add_worksheet("mata_air")
        page.write_row(0, 0, [str(name) for name in plain.columns], bold)
        for number, row in enumerate(plain.itertuples(index=False), start=1):
            for column, value in enumerate(row):
                _write_cell(page, number, column, value)
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, max(len(plain), 1), max(len(plain.columns) - 1, 0))
        page.autofit()
        info = book.add_worksheet("about")
        for number, (label, text) in enumerate(sheet.about.items()):
            info.write_string(number, 0, label, bold)
            info.write_string(number, 1, text)
        info.autofit()
    data = buffer.getvalue()
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name("mata_air").to_python()
    expect(len(rows) - 1, len(plain), "xlsx")
    return data


def _write_cell(page: Any, row: int, column: int, value: Any) -> None:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return
    if isinstance(value, bool) or type(value).__name__ == "bool":
        page.write_boolean(row, column, bool(value))
    elif isinstance(value, (int, float)) or hasattr(value, "dtype"):
        number = float(value)
        if abs(number) != float("inf"):
            page.write_number(row, column, number)
    else:
        page.write_string(row, column, str(value)[:32767])


EXPORTS: dict[str, Callable[[Sheet], bytes]] = {
    "xlsx": to_xlsx,
    "csv": to_csv,
    "geojson": to_geojson,
    "gpkg": to_gpkg,
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
ENDINGS = {"shp": "shp.zip", "hxl": "hxl.csv"}


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
        If the file, read back, does not hold every row.
    """
    if name not in EXPORTS:
        raise CallError("error.option", name="format", value=name, known=", ".join(EXPORTS))
    return EXPORTS[name](sheet)
