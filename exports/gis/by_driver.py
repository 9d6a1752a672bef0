"""FlatGeobuf and vector tiles, by GDAL's drivers in a process of its own: this one has no driver it need not have."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from exports.tables.sheet import Sheet, expect
from geo.model.errors import DataError
from geo.model.sites import STATUSES
from texts.looks import share_classes, share_colour, status_look

LAYER = "mata_air"
#: Reads what stands beside it (written here, never by a user), writes it, and says how many rows are in the result:
#: tiles hold a place in each tile that it touches, so there its number in the table tells it apart.
_WRITER = """
import json, sys
import geopandas, pyogrio
source, target, driver, options = sys.argv[1:]
frame = geopandas.read_parquet(source)
pyogrio.write_dataframe(frame, target, driver=driver, layer="mata_air", **json.loads(options))
columns = ["row"] if driver == "PMTiles" else None
back = pyogrio.read_dataframe(target, columns=columns, read_geometry=columns is None)
print(back["row"].nunique() if columns else len(back))
"""
#: Tiles of a few thousand rows tell places to a metre; of a nation's villages to some, in minutes instead of hours.
_FINE, _COARSE, _MANY = 14, 11, 20_000
#: Web maps end at this latitude.
_EDGE = 85.0
#: What is drawn at each zoom is whole: no tile leaves rows out because there are many (bytes, rows).
_TILE_BYTES, _TILE_ROWS = 20_000_000, 1_000_000
_PMTILES_README = (
    "mata_air.pmtiles: petak vektor (PMTiles 3), layer mata_air. Buka di pmtiles.io, QGIS 3.32+ atau MapLibre.\n"
    "style.json: gaya MapLibre 8. Ganti alamat di sources bila berkas ditaruh di tempat lain.\n"
    "mata_air.pmtiles: vector tiles (PMTiles 3), layer mata_air. Open in pmtiles.io, QGIS 3.32+ or MapLibre.\n"
    "style.json: a MapLibre style, version 8. Change the address in sources where the file lies elsewhere.\n"
)


def to_fgb(sheet: Sheet) -> bytes:
    """FlatGeobuf: every row with a place, with an index of places; what it was made from stands in its description."""
    return _written(_worded(sheet), "FlatGeobuf", "fgb", {"TITLE": sheet.title, "DESCRIPTION": _about(sheet)})


def to_pmtiles(sheet: Sheet) -> bytes:
    """A zip with vector tiles of every row with a place (one file for a web server, no program behind it) and a style.

    Each row has its number in `row`; lists and dates are text. The style colours sites by `status` and villages by
    `share`, as the map does.
    """
    rows = _drawable(_worded(sheet))
    rows.insert(0, "row", range(1, len(rows) + 1))
    finest = _FINE if len(rows) <= _MANY else _COARSE
    options = {
        "NAME": sheet.title, "DESCRIPTION": _about(sheet), "MINZOOM": 0, "MAXZOOM": finest,
        "MAX_SIZE": _TILE_BYTES, "MAX_FEATURES": _TILE_ROWS,
    }  # fmt: skip
    # the driver takes no layer without a place: a title alone is what such a file can hold
    data = _written(rows, "PMTiles", "pmtiles", options) if len(rows) else None
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        if data is not None:
            archive.writestr("mata_air.pmtiles", data, zipfile.ZIP_STORED)
        archive.writestr("style.json", json.dumps(tile_style(rows, sheet.title, _about(sheet)), ensure_ascii=False))
        told = "\n".join(f"{label}: {text}" for label, text in sheet.about.items())
        archive.writestr("BACA-README.txt", f"{sheet.title}\n{told}\n\n{_PMTILES_README}")
    return buffer.getvalue()


def tile_style(rows: gpd.GeoDataFrame, title: str, credit: str) -> dict[str, Any]:
    """A style after MapLibre's specification 8: areas, then points, each by the colours of the map.

    Examples
    --------
    >>> style = tile_style(gpd.GeoDataFrame({"status": []}, geometry=[]), "Titik", "")
    >>> style["version"], [layer["type"] for layer in style["layers"]]
    (8, ['background', 'fill', 'line', 'circle'])
    """
    fill: Any = share_colour(None)
    if "status" in rows:
        pairs = [part for name in STATUSES for part in (name, status_look(name)["colour"])]
        fill = ["match", ["coalesce", ["get", "status"], ""], *pairs, fill]
    elif "share" in rows:
        first, *classes = share_classes()
        steps = [part for least, _, colour in classes for part in (least, colour)]
        shares = ["step", ["get", "share"], first[2], *steps]
        fill = ["case", ["has", "share"], shares, fill]
    drawn = {"source": LAYER, "source-layer": LAYER}
    areas, points = (drawn | {"filter": ["==", ["geometry-type"], kind]} for kind in ("Polygon", "Point"))
    edge = {"line-color": "#444444", "line-width": 0.6}
    size = ["interpolate", ["linear"], ["zoom"], 4, 1.5, 14, 7]
    mark = {"circle-color": fill, "circle-radius": size, "circle-stroke-color": "#333333", "circle-stroke-width": 0.8}
    return {
        "version": 8,
        "name": title,
        "sources": {LAYER: {"type": "vector", "url": "pmtiles://mata_air.pmtiles", "attribution": credit}},
        "layers": [
            {"id": "background", "type": "background", "paint": {"background-color": "#f4f1ea"}},
            {"id": "areas", "type": "fill", **areas, "paint": {"fill-color": fill, "fill-opacity": 0.7}},
            {"id": "outlines", "type": "line", **areas, "paint": edge},
            {"id": "points", "type": "circle", **points, "paint": mark},
        ],
    }


def _drawable(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rows that tiles of the web can hold: shapes repaired, none that is empty or beyond the edge (85 degrees)."""
    shapes = rows.geometry.where(rows.geometry.is_valid, rows.geometry.make_valid())
    rows = rows.set_geometry(shapes)
    south, north = rows.geometry.bounds["miny"], rows.geometry.bounds["maxy"]
    inside = ~rows.geometry.is_empty & (south >= -_EDGE) & (north <= _EDGE)
    return rows[inside].reset_index(drop=True)


def _about(sheet: Sheet) -> str:
    return " · ".join(f"{label}: {text}" for label, text in sheet.about.items() if text)


def _worded(sheet: Sheet) -> gpd.GeoDataFrame:
    """Rows with a place; what is no number is text."""
    rows = sheet.rows[sheet.rows.geometry.notna()].reset_index(drop=True)
    for name in rows.columns.drop("geometry"):
        if not pd.api.types.is_numeric_dtype(rows[name]):
            texts = [None if value is None or value != value else str(value) for value in rows[name]]
            rows[name] = pd.Series(texts, index=rows.index, dtype="str")
    return rows


def _written(rows: gpd.GeoDataFrame, driver: str, form: str, options: dict[str, Any]) -> bytes:
    """Rows as a driver writes them, once they were read back.

    Raises
    ------
    DataError
        If the disk does not take them, or the file holds fewer.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "rows.parquet", Path(folder) / f"{LAYER}.{form}"
        call = [sys.executable, "-c", _WRITER, str(source), str(target), driver, json.dumps(options)]
        # what the driver keeps while it writes lies beside the file, not where the system has its temporary files
        around = _with_drivers() | {"CPL_TMPDIR": folder}
        try:
            rows.to_parquet(source)
            done = subprocess.run(call, env=around, capture_output=True, text=True, check=False, timeout=600)
            written = done.stdout.split() if done.returncode == 0 else []
            data = target.read_bytes() if written else b""
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DataError("error.export_disk", format=form, reason=str(error)[:200]) from error
    if not data:
        raise DataError("error.export_disk", format=form, reason=(done.stderr.strip().splitlines() or ["–"])[-1][:200])
    expect(int(written[-1]), len(rows), form)
    return data


def _with_drivers() -> dict[str, str]:
    """The environment without what takes drivers away; still without any way to the network."""
    return {name: value for name, value in os.environ.items() if name not in ("GDAL_SKIP", "OGR_SKIP")}
