"""The same table from every format, and files that try to do harm."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import gpxpy.gpx
import pandas as pd
import pytest
from shapely.geometry import Point

from geo.gdal_guard import ALLOWED
from geo.model.errors import DataError
from geo.reading.readers import READERS, read_any
from geo.workspace.importing import check_file

ROWS = pd.DataFrame(
    {
        "point_id": ["a", "b", "c"],
        "name": ['Sumur "Bor", timur', "Mata\nair; dua", None],
        "status": ["functional", "non_functional", "unknown"],
        "technology": ["tap", "hand_pump", "unknown"],
        "capacity_people": [250.0, None, 12.5],
        "installed_year": [2012.0, None, 1999.0],
        "lat": [-7.19, -7.2, -7.3],
        "lon": [107.16, 107.1, 107.0],
    }
)


def _gpx(path: Path, frame: gpd.GeoDataFrame) -> None:
    receiver = gpxpy.gpx.GPX()
    receiver.waypoints = [
        gpxpy.gpx.GPXWaypoint(
            row.lat,
            row.lon,
            name=row.name if isinstance(row.name, str) else None,
            comment=row.point_id,
            type=row.status,
            symbol=row.technology,
        )
        for row in ROWS.itertuples(index=False)
    ]
    path.write_text(receiver.to_xml(), encoding="utf-8")


def _kml(path: Path, frame: gpd.GeoDataFrame) -> None:
    frame.rename(columns={"name": "label"}).to_file(path, driver="LIBKML", engine="pyogrio")


def _kmz(path: Path, frame: gpd.GeoDataFrame) -> None:
    _kml(path.with_name("doc.kml"), frame)
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(path.with_name("doc.kml"), "doc.kml")


def _zip(path: Path, frame: gpd.GeoDataFrame) -> None:
    short = frame.rename(columns={"capacity_people": "capacity_p", "installed_year": "installed_"})
    short.to_file(path.with_name("titik.shp"), engine="pyogrio", encoding="utf-8")
    with zipfile.ZipFile(path, "w") as archive:
        for part in path.parent.glob("titik.*"):
            if part.suffix != ".zip":
                archive.write(part, f"sub/{part.name}")


def _new_excel(path: Path, _: gpd.GeoDataFrame) -> None:
    """A file that is called XLS and is Excel's newer format, as programs on the web write it."""
    made = io.BytesIO()
    ROWS.to_excel(made, index=False, engine="xlsxwriter")
    path.write_bytes(made.getvalue())


def _ods(path: Path, _: gpd.GeoDataFrame) -> None:
    from tests.geo.reading.test_other_sheets import lines, ods

    ods(path, lines([list(ROWS.columns), *ROWS.astype(str).to_numpy().tolist()]))


def _lines(path: Path, frame: gpd.GeoDataFrame) -> None:
    path.write_text("".join(f"{json.dumps(one)}\n" for one in json.loads(frame.to_json())["features"]))


#: How a file of each ending is made of `ROWS` (or of the same with points): one for each of `READERS`.
WRITERS: dict[str, Callable[[Path, gpd.GeoDataFrame], object]] = {
    ".csv": lambda path, frame: ROWS.to_csv(path, index=False),
    ".txt": lambda path, frame: ROWS.to_csv(path, index=False),
    ".tsv": lambda path, frame: ROWS.to_csv(path, index=False, sep="\t", encoding="utf-16"),
    ".xlsx": lambda path, frame: ROWS.to_excel(path, index=False, engine="xlsxwriter"),
    ".xls": _new_excel,
    ".ods": _ods,
    ".geojson": lambda path, frame: path.write_text(frame.to_json()),
    ".json": lambda path, frame: path.write_text(frame.to_json()),
    **dict.fromkeys((".geojsonl", ".jsonl", ".ndjson"), _lines),
    ".gpkg": lambda path, frame: frame.to_file(path, driver="GPKG", engine="pyogrio"),
    ".gpx": _gpx,
    ".parquet": lambda path, frame: frame.to_parquet(path, write_covering_bbox=True),
    ".kml": _kml,
    ".kmz": _kmz,
    ".zip": _zip,
}


def write(folder: Path, ending: str) -> Path:
    assert ending in WRITERS, f"tests/geo/reading/test_readers.py: WRITERS does not say how a {ending} file is made"
    path = folder / f"titik{ending}"
    places = gpd.points_from_xy(ROWS["lon"], ROWS["lat"])
    WRITERS[ending](path, gpd.GeoDataFrame(ROWS.drop(columns=["lat", "lon"]), geometry=places, crs="EPSG:4326"))
    return path


@pytest.mark.parametrize("ending", sorted(READERS))
@pytest.mark.filterwarnings("ignore:Normalized/laundered field name", "ignore:Column names longer")
def test_the_same_table_from_every_format(tmp_path: Path, ending: str) -> None:
    mapping = tmp_path / "m.toml"
    theirs = {
        ".zip": 'capacity_people = "capacity_p"\ninstalled_year = "installed_"',
        ".kml": 'name = "label"',
        ".kmz": 'name = "label"',
        ".gpx": 'point_id = "cmt"\nstatus = "type"\ntechnology = "sym"',
    }
    mapping.write_text(f"[water_points.columns]\n{theirs.get(ending, '')}\n")
    done = check_file(write(tmp_path, ending), "water_points", mapping)
    assert (done.read, done.accepted, done.rejected) == (3, 3, 0), done.faults
    rows = done.rows
    assert rows["point_id"].tolist() == ["a", "b", "c"]
    assert rows["name"].tolist() == ['Sumur "Bor", timur', "Mata\nair; dua", None]
    assert rows["status"].tolist() == ROWS["status"].tolist()
    if ending != ".gpx":  # a waypoint has no place for them
        assert rows["capacity_people"].equals(ROWS["capacity_people"])
        assert rows["installed_year"].equals(ROWS["installed_year"])
    assert [(p.x, p.y) for p in rows.geometry] == list(zip(ROWS["lon"], ROWS["lat"], strict=True))


def test_cells_stay_text_until_the_schema_says_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("kode,nama\n35.10,NA\n007,1e5\n")
    assert read_any(path).cells.to_numpy().tolist() == [["35.10", "NA"], ["007", "1e5"]]


def test_after_an_unclosed_quote_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = ["id,teks", '1,"utuh"', '2,"tidak ditutup', *[f"{n},baris" for n in range(3, 400)], '400,"dua\nbaris"']
    path.write_text("\n".join(lines))
    raw = read_any(path)
    assert raw.read == 400
    assert [line for _, line in raw.broken] == ['2,"tidak ditutup']
    assert raw.cells["teks"].iloc[-1] == "dua\nbaris"


def test_a_zip_bomb_and_a_path_outside_are_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "bom.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.shp", b"\0" * 50_000_000)
    with pytest.raises(DataError, match="zip_bomb"):
        read_any(bomb)
    outside = tmp_path / "luar.zip"
    with zipfile.ZipFile(outside, "w") as archive:
        archive.writestr("../a.shp", b"x")
    with pytest.raises(DataError, match="zip_names"):
        read_any(outside)


def test_gdal_has_only_what_is_needed_and_reads_no_other_file() -> None:
    """In a process of its own, as the dashboard starts: geo first."""
    code = """
import geo, pyogrio, sys, tempfile, pathlib
assert set(pyogrio.list_drivers()) <= set(sys.argv[1:]), pyogrio.list_drivers()
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "secret.csv").write_text("a,lat,lon\\n1,2,3\\n")
(folder / "x.geojson").write_text('<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>%s</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>' % (folder / "secret.csv"))
try:
    pyogrio.read_dataframe(folder / "x.geojson")
except pyogrio.errors.DataSourceError:
    sys.exit(0)
sys.exit("a VRT under another name was read")
"""
    done = subprocess.run([sys.executable, "-c", code, *ALLOWED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr, "GDAL does not know one of the drivers to skip"


def test_points_only(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(gpd.GeoDataFrame({"point_id": ["a"]}, geometry=[Point(1, 2)], crs="EPSG:4326").to_json())
    assert check_file(path, "water_points").accepted == 1


PLAIN = "id,nama,lat,lon\na,Sumur,-7.2,107.1\nb,Mata air,-7.3,107.2\n"


@pytest.mark.parametrize(
    ("content", "first"),
    [
        (PLAIN.encode("utf-16-le"), 2),
        (PLAIN.encode("utf-16-be"), 2),
        (("sep=;\n" + PLAIN.replace(",", ";")).encode(), 3),
        (("DATA SARANA AIR,,,\nKecamatan Pagelaran,,,\n,,,\n" + PLAIN).encode(), 5),
        (("DATA SARANA AIR BERSIH\n\n" + PLAIN.replace(",", ";")).encode(), 4),
        (PLAIN.replace("\n", ",\n").encode(), 2),
        (PLAIN.replace("1\n", "1;\n").replace("2\n", "2;\n").replace(",", ";").encode(), 2),
    ],
    ids=["utf-16-le", "utf-16-be", "sep=", "titles", "title with other separator", "trailing", "trailing in rows"],
)
def test_what_offices_make_of_csv(tmp_path: Path, content: bytes, first: int) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    raw = read_any(path)
    assert raw.cells[["id", "nama", "lat", "lon"]].to_numpy().tolist() == [
        ["a", "Sumur", "-7.2", "107.1"], ["b", "Mata air", "-7.3", "107.2"],
    ]  # fmt: skip
    assert list(raw.cells.columns) == ["id", "nama", "lat", "lon"]
    assert raw.cells.index.tolist() == [first, first + 1]
    assert raw.broken == ()


def test_a_shapefile_without_its_index_is_read(tmp_path: Path) -> None:
    whole = write(tmp_path, ".zip")
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(tmp_path / "bare.zip", "w") as bare:
        for name in old.namelist():
            if not name.endswith(".shx"):
                bare.writestr(name, old.read(name))
    again = check_file(tmp_path / "bare.zip", "water_points").rows
    assert again.geometry.geom_equals(check_file(whole, "water_points").rows.geometry).all()
