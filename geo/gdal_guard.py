"""GDAL reduced to the drivers Mata Air reads and writes, and cut off from the network."""

from __future__ import annotations

import os

#: Drivers that stay. Everything else GDAL 3.12 brings in the pyogrio and rasterio wheels is skipped.
ALLOWED = ("ESRI Shapefile", "GPKG", "GeoJSON", "ESRIJSON", "TopoJSON", "KML", "LIBKML", "GPX", "MEM")

_SKIPPED = (
    "VRT PCIDSK PDS4 VICAR PDF MBTiles EEDA OGCAPI GDALG LVBAG S57 DGN OGR_VRT CSV GML GeoJSONSeq "
    "OGR_GMT SQLite WAsP OpenFileGDB DXF FlatGeobuf GeoRSS VFK PGDUMP OSM GPSBabel OGR_PDS WFS OAPIF "
    "EDIGEO Idrisi ODS XLSX Elasticsearch Carto AmigoCloud SXF Selafin JML PLSCENES CSW VDV MVT NGW MapML GTFS "
    "PMTiles JSONFG MiraMonVector ADBC AVCBin AVCE00 AIVector HTTP "
)


def harden() -> None:
    """Set the environment GDAL reads when it is first imported.

    Setting it later does nothing (measured, DESIGN.md 8), so `geo/__init__.py` calls this before any other import.

    Examples
    --------
    >>> harden()
    >>> os.environ["GDAL_HTTP_PROXY"]
    '127.0.0.1:1'
    """
    os.environ["GDAL_SKIP"] = _SKIPPED.strip()
    os.environ["OGR_SKIP"] = "MapInfo File"  # comma-separated, so the only one that takes a name of two words
    os.environ["GDAL_HTTP_PROXY"] = "127.0.0.1:1"
    os.environ["GDAL_HTTPS_PROXY"] = "127.0.0.1:1"
    os.environ["CPL_VSIL_CURL_ALLOWED_EXTENSIONS"] = ".none"
