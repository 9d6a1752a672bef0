"""`EXPORTS`: the formats a sheet can be written in. A line there is all that a new format needs beside its writer.

Writers are named, not imported: a command that writes a CSV does not load what draws a PDF.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from geo.model.errors import CallError, DataError

if TYPE_CHECKING:
    from exports.tables.sheet import Sheet

#: Tables that the page Ekspor offers as files.
SITES, COVERAGE = "sites", "coverage"
_BOTH = (SITES, COVERAGE)


@dataclass(frozen=True)
class Export:
    """A format: its writer, its media type, where the page offers it, and how its files end.

    `writer` takes a `Sheet` and returns bytes that it has read back; it is a function, or ``module:function`` to be
    loaded when it is asked for. `offered` names the tables (`SITES`, `COVERAGE`) that the page offers in this format;
    the command line takes all. `ending` is the format's name unless told. Its button's text is ``format.<name>``.
    """

    writer: str | Callable[[Sheet], bytes]
    media: str
    offered: tuple[str, ...] = ()
    ending: str | None = None

    def write(self, sheet: Sheet) -> bytes:
        """The sheet in this format."""
        writer = resolve_name(self.writer) if isinstance(self.writer, str) else self.writer
        written: bytes = writer(sheet)
        return written


EXPORTS: dict[str, Export] = {
    "xlsx": Export(
        "exports.tables.excel:to_xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _BOTH
    ),
    "pdf": Export("exports.paper.site_sheets:to_pdf", "application/pdf", (SITES,)),
    "gpx": Export("exports.gis.gps:to_gpx", "application/gpx+xml", (SITES,)),
    "qfield": Export("exports.gis.qgis:to_qfield", "application/zip", (SITES,), "qfield.zip"),
    "odk": Export("exports.tables.followup:to_followup", "application/zip", (SITES,), "odk.zip"),
    "gpkg": Export("exports.gis.qgis:to_gpkg", "application/geopackage+sqlite3", _BOTH),
    "kml": Export("exports.gis.gps:to_kml", "application/vnd.google-earth.kml+xml", _BOTH),
    "kmz": Export("exports.gis.gps:to_kmz", "application/vnd.google-earth.kmz", (SITES,)),
    "geojson": Export("exports.tables.plain:to_geojson", "application/geo+json", _BOTH),
    "csv": Export("exports.tables.plain:to_csv", "text/csv", _BOTH),
    "hxl": Export("exports.gis.others:to_hxl", "text/csv", _BOTH, "hxl.csv"),
    "fgb": Export("exports.gis.by_driver:to_fgb", "application/vnd.flatgeobuf", _BOTH),
    "pmtiles": Export("exports.gis.by_driver:to_pmtiles", "application/zip", _BOTH, "pmtiles.zip"),
    "shp": Export("exports.gis.others:to_shp", "application/zip", _BOTH, "shp.zip"),
    "json": Export("exports.tables.plain:to_json", "application/json"),
    "parquet": Export("exports.tables.plain:to_parquet", "application/vnd.apache.parquet"),
}


def offered(table: str) -> tuple[str, ...]:
    """Names of the formats that the page offers a table in, in the order of `EXPORTS`.

    Examples
    --------
    >>> "gpx" in offered(SITES), "gpx" in offered(COVERAGE)
    (True, False)
    """
    return tuple(name for name, one in EXPORTS.items() if table in one.offered)


def endings(table: str) -> list[str]:
    """Names of the formats that a table may be written in by its file's ending, in the order of the alphabet.

    A format that the page offers for other tables alone is left out, and one whose ending is not its name.

    Examples
    --------
    >>> endings(COVERAGE)
    ['csv', 'fgb', 'geojson', 'gpkg', 'json', 'kml', 'parquet', 'xlsx']
    """
    return sorted(name for name, one in EXPORTS.items() if one.ending is None and table in (one.offered or _BOTH))


def file_name(stem: str, name: str) -> str:
    """Name of a file in some format.

    Examples
    --------
    >>> file_name("sites", "shp"), file_name("sites", "gpx")
    ('sites.shp.zip', 'sites.gpx')
    """
    return f"{stem}.{EXPORTS[name].ending or name}"


def export(sheet: Sheet, name: str) -> bytes:
    """Write a sheet in one format.

    Raises
    ------
    CallError
        If there is no such format.
    DataError
        If the file, read back, does not hold every row, or the disk does not take it.
    """
    if name not in EXPORTS:
        raise CallError("error.option", name="format", value=name, known=", ".join(EXPORTS))
    try:
        return EXPORTS[name].write(sheet)
    except (OSError, RuntimeError) as error:
        from pyogrio.errors import DataSourceError, FeatureError  # not loaded for a CSV that goes well

        if not isinstance(error, (OSError, DataSourceError, FeatureError)):
            raise
        raise DataError("error.export_disk", format=name, reason=str(error)[:200]) from error
