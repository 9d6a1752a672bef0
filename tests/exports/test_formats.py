"""Each export read back by another program than the one that wrote it."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import TileType

from exports.formats import EXPORTS, export
from exports.tables.sheet import Sheet, sheet_of, with_why
from geo.analysis.analyse import analyse
from geo.model.errors import CallError
from geo.model.inputs import Inputs
from geo.model.params import Params
from tests.builders import inputs, offset, point, settlement

HOSTILE = [
    '=HYPERLINK("http://x")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "http://example.org",
    "<b>\"'`${x}\\",
    "baris\nbaru",
    "Ünïcode 水",
]


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    points = [
        point(f"p{n}", offset(100 * n), "non_functional", name=name, data_source="sample", reported_on="2024-05-03")
        for n, name in enumerate(HOSTILE)
    ]
    analysis = analyse(inputs([settlement("a", offset(0), 100)], points), Params(standard="wpdx"))
    return sheet_of(analysis, with_why(analysis.priorities, "id"), "Judul", "id", date(2026, 11, 24))


def test_xlsx_by_openpyxl(sheet: Sheet) -> None:
    book = openpyxl.load_workbook(io.BytesIO(export(sheet, "xlsx")))
    page = book["mata_air"]
    header = [cell.value for cell in page[1]]
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref
    names = {row[header.index("site_id")].value: row[header.index("name")] for row in page.iter_rows(min_row=2)}
    for n, text in enumerate(HOSTILE):
        assert names[f"p{n}"].value == text
        assert names[f"p{n}"].data_type == "s", "a text is a text: no formula"
        assert names[f"p{n}"].hyperlink is None
    gain = page.cell(2, header.index("gain_people") + 1)
    assert gain.data_type == "n"
    about = {row[0].value: row[1].value for row in book["about"].iter_rows()}
    assert "DATA CONTOH" in about["Peringatan"]
    assert about["Tanggal"] == "2026-11-24"


def test_csv_by_the_standard_library(sheet: Sheet) -> None:
    rows = list(csv.DictReader(io.StringIO(export(sheet, "csv").decode("utf-8-sig"))))
    names = {row["site_id"]: row["name"] for row in rows}
    for n, text in enumerate(HOSTILE):
        assert names[f"p{n}"] == ("'" + text if text[0] in "=+-@\t" else text)
    assert float(rows[0]["lat"]) == pytest.approx(-7.2, abs=0.1)
    assert all(row["data_version"] and row["standard"] == "wpdx" and "DATA CONTOH" in row["marks"] for row in rows)


def test_geojson_by_json(sheet: Sheet) -> None:
    content = json.loads(export(sheet, "geojson"))
    assert content["type"] == "FeatureCollection"
    assert "crs" not in content
    assert len(content["features"]) == len(HOSTILE)
    lon, lat = content["features"][0]["geometry"]["coordinates"]
    assert (lon, lat) == pytest.approx((107.15, -7.2), abs=0.02)
    assert content["about"]["Tanggal"] == "2026-11-24"
    assert {feature["properties"]["name"] for feature in content["features"]} == set(HOSTILE)


def test_gpkg_by_sqlite(sheet: Sheet, tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    path.write_bytes(export(sheet, "gpkg"))
    connection = sqlite3.connect(path)
    assert {name for (name,) in connection.execute("SELECT name FROM mata_air")} == set(HOSTILE)
    assert connection.execute("SELECT count(*) FROM about").fetchone()[0] == len(sheet.about)
    assert connection.execute("SELECT srs_id FROM gpkg_contents WHERE table_name = 'mata_air'").fetchone() == (4326,)
    connection.close()


@pytest.mark.parametrize("whole", [True, False])
def test_flatgeobuf_by_gdal(sheet: Sheet, tmp_path: Path, *, whole: bool) -> None:
    """Read by a GDAL that has its driver, as anybody else's does; where that cannot write, no half file comes out."""
    rows = sheet.rows if whole else sheet.rows.iloc[:0]
    path = tmp_path / "a.fgb"
    path.write_bytes(export(Sheet(rows, sheet.title, sheet.about), "fgb"))
    code = "import pyogrio, json, sys; f = pyogrio.read_dataframe(sys.argv[1]); print(json.dumps([len(f), f.crs.to_epsg(), f['name'].tolist()]))"
    bare = {name: value for name, value in os.environ.items() if not name.endswith("_SKIP")}
    done = subprocess.run([sys.executable, "-c", code, str(path)], env=bare, capture_output=True, text=True, check=True)
    count, epsg, names = json.loads(done.stdout)
    assert (count, epsg, set(names)) == (len(rows), 4326, set(HOSTILE) if whole else set())
    assert path.read_bytes().startswith(b"fgb")
    assert b"DATA CONTOH" in path.read_bytes(), "what it was made from goes along"


def test_vector_tiles_by_pmtiles_and_gdal(shipped: Inputs, tmp_path: Path) -> None:
    """One file for a web server: the format's own library reads its head, GDAL every row, in the finest tiles a metre."""
    analysis = analyse(shipped, Params())
    for table, finest, column in ((analysis.villages, 14, "share"), (analysis.priorities, 14, "status")):
        sheet = sheet_of(analysis, table, "Petak <b>", "id")
        with zipfile.ZipFile(io.BytesIO(export(sheet, "pmtiles"))) as archive:
            archive.extractall(tmp_path)
            style = json.loads(archive.read("style.json"))
            assert "DATA CONTOH" in archive.read("BACA-README.txt").decode()
        path = tmp_path / "mata_air.pmtiles"
        with path.open("rb") as file:
            reader = Reader(MmapSource(file))
            head, about = reader.header(), reader.metadata()
        assert (head["tile_type"], head["min_zoom"], head["max_zoom"]) == (TileType.MVT, 0, finest)
        assert [layer["id"] for layer in about["vector_layers"]] == ["mata_air"]
        assert "DATA CONTOH" in about["description"]
        code = (
            "import pyogrio, json, sys; f = pyogrio.read_dataframe(sys.argv[1]).drop_duplicates('row').sort_values('row')"
            "; print(json.dumps([len(f), f.to_crs(4326).geometry.representative_point().x.tolist(), f[sys.argv[2]].tolist()]))"
        )
        bare = {name: value for name, value in os.environ.items() if not name.endswith("_SKIP")}
        call = [sys.executable, "-c", code, str(path), column]
        done = subprocess.run(call, env=bare, capture_output=True, text=True, check=True)
        count, lon, told = json.loads(done.stdout)
        placed = sheet.rows[sheet.rows.geometry.notna()]
        assert count == len(placed) > 0
        if column == "status":
            assert lon == pytest.approx(placed.geometry.x.tolist(), abs=2e-5)
            assert told == placed["status"].tolist()
        else:
            assert told == pytest.approx(placed[column].tolist(), nan_ok=True)
        drawn = json.dumps(style["layers"])
        assert f'["get", "{column}"]' in drawn
        assert style["sources"]["mata_air"]["url"] == "pmtiles://mata_air.pmtiles"


def test_villages_with_polygons_and_without(shipped: Inputs) -> None:
    analysis = analyse(shipped, Params())
    sheet = sheet_of(analysis, analysis.villages, "Cakupan", "en")
    for name in EXPORTS:
        assert len(export(sheet, name)) > 1000, name


def test_unknown_format_is_refused(sheet: Sheet) -> None:
    with pytest.raises(CallError):
        export(sheet, "docx")


def test_no_rows_is_an_empty_file_not_an_error(sheet: Sheet) -> None:
    empty = Sheet(sheet.rows.iloc[:0], "Kosong", sheet.about)
    for name in EXPORTS:
        assert export(empty, name)
