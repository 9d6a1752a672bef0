"""GeoPackage and project for QGIS and QField: labels, value lists, styles, a form; opens ready to edit offline."""

from __future__ import annotations

import io
import sqlite3
import tempfile
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd

from exports.gis.qgis_xml import LayerLook, project_xml, style_xml
from exports.tables.columns import describe
from exports.tables.field import photo_file, with_field
from exports.tables.sheet import Sheet, expect, public
from texts import t

MAIN = "mata_air"
_GPKG, _PROJECT = "mata-air.gpkg", "mata-air.qgz"
_SCHEMA = "http://www.geopackage.org/spec/#extension_schema"
_COLUMNS_SQL = """
CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT,
  description TEXT, mime_type TEXT, constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name));
CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT,
  min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
  definition TEXT NOT NULL, scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
"""

_WORD_SQL = """INSERT INTO gpkg_data_column_constraints (constraint_name, constraint_type, value, description)
  VALUES (?, ?, ?, ?)"""


def to_gpkg(sheet: Sheet) -> bytes:
    """GeoPackage with the rows, labels of the columns, value lists, a style, and a table `about`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _GPKG
        _write(path, sheet, {MAIN: with_field(sheet)})
        return path.read_bytes()


def to_qfield(sheet: Sheet) -> bytes:
    """A zip to unpack on a phone or laptop: GeoPackage, QGIS project, and the folder DCIM with the photos there are."""
    layers = {MAIN: with_field(sheet)}
    if sheet.analysis is not None:
        settlements = sheet.analysis.places[sheet.analysis.places["kind"] == "settlement"]
        behind = {"settlements": settlements, "villages": sheet.analysis.villages}
        layers |= {name: public(table) for name, table in behind.items() if len(table) and "site_id" in sheet.rows}
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        path = Path(folder) / _GPKG
        looks = _write(path, sheet, layers)
        archive.write(path, _GPKG)
        project = io.BytesIO()
        with zipfile.ZipFile(project, "w", zipfile.ZIP_DEFLATED) as inner:
            inner.writestr(_PROJECT.replace(".qgz", ".qgs"), project_xml(sheet.title, _GPKG, looks))
        archive.writestr(_PROJECT, project.getvalue())
        told = "\n".join(f"{label}: {text}" for label, text in sheet.about.items())
        archive.writestr("BACA-README.txt", f"{sheet.title}\n{told}\n\n{t('qfield.readme', sheet.lang)}\n")
        archive.writestr("DCIM/.simpan", "")
        for url in sheet.rows["photo_url"].dropna().unique() if "photo_url" in sheet.rows else ():
            found = photo_file(sheet, url)
            if found is not None:
                archive.write(found, f"DCIM/{found.name}")
    with zipfile.ZipFile(io.BytesIO(buffer.getvalue())) as archive:
        expect(0 if archive.testzip() is None else 1, 0, "qfield")
    return buffer.getvalue()


def _write(path: Path, sheet: Sheet, layers: dict[str, gpd.GeoDataFrame]) -> list[LayerLook]:
    import pyogrio

    looks = []
    for name, rows in layers.items():
        plain = _storable(rows)
        options = {"driver": "GPKG", "geometry_type": "Unknown", "append": path.exists()}
        # version 1.3: QGIS 3.22, in Debian 12, knows no later one
        pyogrio.write_dataframe(plain, path, layer=name, dataset_options={"VERSION": "1.3"}, **options)
        expect(int(pyogrio.read_info(path, layer=name)["features"]), len(rows), "gpkg")
        looks.append(_look(name, plain, sheet))
    about = pd.DataFrame({"label": list(sheet.about), "text": list(sheet.about.values())})
    pyogrio.write_dataframe(about, path, layer="about", driver="GPKG", append=True)
    styles = pd.DataFrame([_style_row(look) for look in looks])
    pyogrio.write_dataframe(styles, path, layer="layer_styles", driver="GPKG", append=True)
    _describe(path, looks)
    return looks


def _storable(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Text, yes/no and day columns in types that GDAL writes; what the field fills in keeps its type when empty."""
    rows = rows.copy()
    for name in rows.columns.drop(rows.geometry.name):
        if rows[name].dtype == object:
            kinds = {type(value) for value in rows[name].dropna()}
            rows[name] = rows[name].astype("boolean" if kinds == {bool} else "str")
        elif pd.api.types.is_datetime64_any_dtype(rows[name]):
            rows[name] = rows[name].dt.strftime("%Y-%m-%d").astype("str")
    return rows


def _look(name: str, rows: gpd.GeoDataFrame, sheet: Sheet) -> LayerLook:
    columns = [describe(str(column), sheet.lang) for column in rows.columns.drop(rows.geometry.name)]
    shapes = rows.geometry.dropna()
    points = bool(len(shapes) == 0 or (shapes.geom_type == "Point").all())
    bounds = tuple(float(value) for value in shapes.total_bounds) if len(shapes) else (95.0, -11.0, 141.0, 6.0)
    title = sheet.title if name == MAIN else t(f"table.{name}", sheet.lang)
    statuses = next((column.choices for column in columns if column.name == "status"), ()) if points else ()
    return LayerLook(name, title, tuple(columns), points, bounds, statuses, name == MAIN and "site_id" in rows)


def _style_row(look: LayerLook) -> dict[str, object]:
    return {
        "f_table_catalog": "",
        "f_table_schema": "",
        "f_table_name": look.name,
        "f_geometry_column": "geom",
        "styleName": look.name,
        "styleQML": style_xml(look),
        "styleSLD": "",
        "useAsDefault": True,
        "description": look.title,
        "owner": "",
        "ui": None,
        "update_time": pd.Timestamp.now("UTC").strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _describe(path: Path, looks: list[LayerLook]) -> None:
    """Labels and value lists after the schema extension of GeoPackage 1.3 (OGC 12-128r17, annex F.9)."""
    connection = sqlite3.connect(path)
    try:
        with connection:
            connection.executescript(_COLUMNS_SQL)
            words = {column.name: column.choices for look in looks for column in look.columns if column.choices}
            for name, choices in words.items():
                for value, word in choices:
                    row = (f"{name}_words", "enum", value, word)
                    connection.execute(_WORD_SQL, row)
            for look in looks:
                for column in look.columns:
                    limited = f"{column.name}_words" if column.choices and column.name != "technology" else None
                    told = (look.name, column.name, None, column.label, column.means or None, None, limited)
                    connection.execute("INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, ?, ?)", told)
            for table in ("gpkg_data_columns", "gpkg_data_column_constraints"):
                connection.execute(
                    "INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_schema', ?, 'read-write')", (table, _SCHEMA)
                )
    finally:
        connection.close()
