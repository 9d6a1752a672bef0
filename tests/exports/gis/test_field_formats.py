"""What engineers take along, read back by other programs than those that wrote it."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import gpxpy
import pandas as pd
import pyogrio
import pypdf
import pypdfium2
import pytest
import zxingcpp

from exports.formats import EXPORTS, export, file_name
from exports.gis.gps import NAME, short_names
from exports.gis.others import field_names
from exports.paper.site_sheets import pages_of
from exports.tables.sheet import Sheet, sheet_of, with_why
from geo.analysis.analyse import analyse
from geo.field.route import Tour, visiting_order
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.reading.readers import READERS, read_any
from tests.exports.test_formats import HOSTILE
from tests.exports.test_formats import sheet as sheet  # the hostile one
from texts import t


@pytest.fixture(scope="module")
def shipped_sheet(shipped: Inputs) -> Sheet:
    analysis = analyse(shipped, Params(area="32.03.18"))
    rows = with_why(analysis.priorities.head(12), "id")
    order = visiting_order(rows["lon"].to_numpy(), rows["lat"].to_numpy(), Tour(effort=20_000))
    rows = rows.assign(**{name: order[name].to_numpy() for name in order})
    return sheet_of(analysis, rows, "Prioritas", "id", date(2026, 11, 24))


def read(data: bytes, path: Path, **more: str) -> pd.DataFrame:
    path.write_bytes(data)
    return pyogrio.read_dataframe(path, **more)


def test_gpx_by_gpxpy_and_gdal(sheet: Sheet, shipped_sheet: Sheet, tmp_path: Path) -> None:
    book = gpxpy.parse(export(sheet, "gpx").decode())
    assert len(book.waypoints) == len(HOSTILE)
    assert {point.name for point in book.waypoints} == {f"p{n}" for n in range(len(HOSTILE))}
    assert all("DATA CONTOH" in point.description for point in book.waypoints)
    assert {point.symbol for point in book.waypoints} == {"Drinking Water"}
    told = gpxpy.parse(export(shipped_sheet, "gpx").decode())
    assert [len(route.points) for route in told.routes] == shipped_sheet.rows.groupby("day").size().tolist()
    first = shipped_sheet.rows[(shipped_sheet.rows["day"] == 1) & (shipped_sheet.rows["visit"] == 1)].iloc[0]
    assert told.routes[0].points[0].latitude == pytest.approx(first["lat"])
    back = read(export(shipped_sheet, "gpx"), tmp_path / "a.gpx", layer="waypoints")
    assert back["name"].str.len().max() <= NAME
    by_id = shipped_sheet.rows.set_index("site_id").geometry
    for row in back.itertuples():
        assert row.geometry.distance(by_id[row.desc.split(" · ")[0]]) < 1e-9


def test_names_are_short_and_all_different() -> None:
    ids = [f"kampung-panjang-{n:05d}" for n in range(40)] + ["x" * 30] * 15
    names = short_names(ids)
    assert len(set(names)) == len(ids)
    assert max(map(len, names)) <= NAME
    columns = [f"cost_per_person_{n}" for n in range(120)]
    assert len({name.lower() for name in field_names(columns).values()}) == 120
    assert max(map(len, field_names(columns).values())) <= 10


def test_kml_and_kmz_by_gdal(sheet: Sheet, shipped_sheet: Sheet, tmp_path: Path) -> None:
    folders = pyogrio.list_layers(_saved(export(shipped_sheet, "kml"), tmp_path / "a.kml"))[:, 0]
    assert set(folders) == {t(f"status.{name}", shipped_sheet.lang) for name in set(shipped_sheet.rows["status"])}
    back = pd.concat([pyogrio.read_dataframe(tmp_path / "a.kml", layer=name) for name in folders])
    assert set(back["Name"]) == set(shipped_sheet.rows["site_id"])
    hostile = export(sheet, "kml")
    back = read(hostile, tmp_path / "b.kml")
    for text in HOSTILE:
        assert any(text.strip() in (told or "") for told in back["description"]), text
    with zipfile.ZipFile(io.BytesIO(export(sheet, "kmz"))) as archive:
        assert archive.read("doc.kml") == hostile


def _saved(data: bytes, path: Path) -> Path:
    path.write_bytes(data)
    return path


def test_shapefile_by_gdal_with_its_warning(sheet: Sheet, tmp_path: Path) -> None:
    path = _saved(export(sheet, "shp"), tmp_path / "a.shp.zip")
    back = pyogrio.read_dataframe(f"/vsizip/{path}/mata_air.shp", encoding="UTF-8")
    assert set(back["site_id"]) == {f"p{n}" for n in range(len(HOSTILE))}
    assert "Ünïcode 水" in set(back["name"])
    assert back.crs.to_epsg() == 4326
    with zipfile.ZipFile(path) as archive:
        told = archive.read("BACA-README.txt").decode()
    assert "GeoPackage" in told
    assert "DATA CONTOH" in told
    assert "cost_per_p = cost_per_person_idr" in told


def test_hxl_has_a_tag_for_every_column(sheet: Sheet) -> None:
    rows = list(csv.reader(io.StringIO(export(sheet, "hxl").decode("utf-8-sig"), newline="")))
    header, tags = rows[0], rows[1]
    assert len(header) == len(tags)
    assert all(tag.startswith("#") for tag in tags)
    assert (tags[header.index("lat")], tags[header.index("site_id")]) == ("#geo+lat", "#loc+code")
    assert len(rows) - 2 == len(HOSTILE)
    names = {row[header.index("name")] for row in rows[2:]}
    assert "'=HYPERLINK" in "".join(names)


def test_site_sheets_one_page_each_by_another_program(sheet: Sheet, shipped_sheet: Sheet, tmp_path: Path) -> None:
    data = export(shipped_sheet, "pdf")
    assert pages_of(data) == len(shipped_sheet.rows)
    assert pages_of(data[: len(data) // 2]) == 0, "half a file is no file"
    hostile = export(sheet, "pdf")
    assert pages_of(hostile) >= len(HOSTILE)
    pages = pypdf.PdfReader(io.BytesIO(data)).pages
    for page, row in zip(pages, shipped_sheet.rows.itertuples(), strict=True):
        told = page.extract_text()
        assert row.site_id in told
        assert f"{row.lat:.6f}" in told
        assert " LS " in told
        assert "48S" in told
        assert f"kunjungan ke-{row.visit}" in told
        assert "DATA CONTOH" in told
    words = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(hostile)).pages)
    assert "=HYPERLINK" in words
    assert "${x}" in words


def test_a_sheet_with_everything_on_it_stays_on_its_page(shipped_sheet: Sheet) -> None:
    """Two codes, a long name, a long reason: what is too long is set smaller, nothing runs over to a second page."""
    rows = shipped_sheet.rows.head(2).assign(why="Alasan panjang sekali. " * 60, name="Sumur bor di belakang " * 6)
    pages = pypdf.PdfReader(
        io.BytesIO(export(replace(shipped_sheet, rows=rows, report_at="https://air.desa.id/lapor"), "pdf"))
    ).pages
    assert len(pages) == 2
    for page in pages:
        told = page.extract_text()
        assert t("sheet.sign.surveyor", "id") in told, "the last line of the sheet is on the page"
        assert t("sheet.report", "id").split()[0] in told


def test_nobody_is_named_and_no_number_leaves(shipped: Inputs) -> None:
    analysis = analyse(shipped, Params(area="32.03.18"))
    points = analysis.water_points.assign(manager="Pak Budi", name="Sumur Bu Siti, telp. 0812 3456 7890")
    made = sheet_of(analysis, points, "Titik", "id")
    assert "manager" not in made.rows
    for name in ("csv", "geojson", "kml", "gpx", "json"):
        data = export(made, name)
        assert b"3456" not in data, name
        assert b"Pak Budi" not in data, name


def test_ids_and_keys_leave_as_they_are(shipped: Inputs) -> None:
    """A made id may look like a telephone number; others find the site by it."""
    analysis = analyse(shipped, Params(area="32.03.18"))
    rows = analysis.priorities.head(2).assign(site_id=["w-a08123456789", "08123456789"], rival_id="w-8123456789f")
    made = sheet_of(analysis, rows, "Titik", "id")
    assert made.rows["site_id"].tolist() == ["w-a08123456789", "08123456789"]
    assert set(made.rows["rival_id"]) == {"w-8123456789f"}


def test_every_one_of_many_sites_is_in_every_file(sheet: Sheet, tmp_path: Path) -> None:
    many = pd.concat([sheet.rows] * 40, ignore_index=True)
    many["site_id"] = [f"site-{n:06d}" for n in range(len(many))]
    large = Sheet(many, sheet.title, sheet.about)
    read = {name for name in EXPORTS if Path(file_name("x", name)).suffix in READERS}
    for name in sorted(
        read - {"parquet", "json", "kmz", "hxl", "odk", "pmtiles"}
    ):  # those are no tables of sites that are read back
        path = tmp_path / file_name("banyak", name)
        path.write_bytes(export(large, name))
        assert read_any(path).read == len(many), name
    assert file_name("x", "hxl") == "x.hxl.csv"


def test_on_a_full_disk_a_file_is_whole_or_an_error(shipped_sheet: Sheet, tmp_path: Path) -> None:
    """No file may grow beyond 20 kB in a process of its own: what comes out then reads back whole, or is refused."""
    parts = {"rows": shipped_sheet.rows.to_json(), "about": shipped_sheet.about}
    (tmp_path / "in.json").write_text(json.dumps(parts))
    code = """
import json, resource, signal, sys
import geo
import geopandas as gpd
from exports.formats import EXPORTS, export
from exports.tables.sheet import Sheet
from geo.model.errors import DataError
told = json.load(open(sys.argv[1] + "/in.json"))
rows = gpd.GeoDataFrame.from_features(json.loads(told["rows"]), crs="EPSG:4326")
sheet = Sheet(rows, "Penuh", told["about"])
whole = {name: len(export(sheet, name)) for name in EXPORTS if name != "pdf"}
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
seen = {}
for name in whole:
    try:
        seen[name] = len(export(sheet, name)) - whole[name]
    except DataError as error:
        seen[name] = error.key
print(json.dumps(seen))
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    refused = {name for name, told in seen.items() if isinstance(told, str)}
    assert refused >= {"gpkg", "qfield", "kml", "kmz", "shp"}, seen
    assert all(abs(told) < 200 for told in seen.values() if not isinstance(told, str)), seen


def test_each_team_has_a_route_of_its_own(sheet: Sheet) -> None:
    count = len(sheet.rows)
    order = {
        "day": 1,
        "team": [1 + n % 2 for n in range(count)],
        "visit": [1 + n // 2 for n in range(count)],
        "leg_km": 1.0,
    }
    made = Sheet(sheet.rows.assign(**order), sheet.title, sheet.about)
    routes = gpxpy.parse(export(made, "gpx").decode()).routes
    assert [route.name for route in routes] == ["Hari 1 tim 1", "Hari 1 tim 2"]
    ids = sheet.rows["site_id"].tolist()
    assert [[point.name for point in route.points] for route in routes] == [ids[::2], ids[1::2]]


def test_a_sheet_has_a_code_by_which_the_site_is_reported(shipped_sheet: Sheet) -> None:
    """Read back from the printed page by another program; a site that is only planned has none."""
    sheet = replace(shipped_sheet, rows=shipped_sheet.rows.head(2), report_at="https://air.desa.id/report")
    sheet.rows.loc[sheet.rows.index[1], "status"] = None
    pages = pypdfium2.PdfDocument(export(sheet, "pdf"))
    codes = [sorted(code.text for code in zxingcpp.read_barcodes(page.render(scale=3).to_numpy())) for page in pages]
    pages.close()
    row = sheet.rows.iloc[0]
    told = f"https://air.desa.id/report?site={row['site_id']}&service={row['service']}&lang=id"
    assert codes[0][1] == told
    assert codes[0][0].startswith("geo:")
    assert [len(found) for found in codes] == [2, 1]
