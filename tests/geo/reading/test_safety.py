"""What an upload can do (DESIGN.md 8), each with the defence that stops it: without it the test fails."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import geopandas as gpd
import pytest
import xlsxwriter
from shapely.geometry import Point

from geo.model.errors import DataError
from geo.reading import archives, vector
from geo.reading.limits import Limits
from geo.reading.pool import Pool
from geo.reading.readers import read_any
from geo.workspace.importing import import_files
from geo.workspace.versions import load
from views.session import worker as _worker

ROOT = Path(__file__).resolve().parents[3]


def gpkg(path: Path) -> Path:
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[Point(107.1, -7.2)], crs="EPSG:4326")
    frame.to_file(path, layer="titik", driver="GPKG", engine="pyogrio")
    return path


def test_a_link_to_a_coordinate_system_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    point = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [107, -7]}}
    link = {"type": "link", "properties": {"href": "http://127.0.0.1:9/crs", "type": "proj4"}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": link, "features": [point]}))
    with pytest.raises(DataError, match="crs_link"):
        read_any(path)


def test_gdal_asks_nobody_over_the_net() -> None:
    """GDAL in a process of its own is told to read an address of ours: nobody may come."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        came: list[object] = []
        done = threading.Event()

        def listen() -> None:
            while not done.is_set():
                try:
                    came.append(server.accept()[1])
                except TimeoutError:
                    continue

        thread = threading.Thread(target=listen)
        thread.start()
        address = f"/vsicurl/http://localhost:{server.getsockname()[1]}/a.geojson"
        code = f"import geo, pyogrio\ntry:\n    pyogrio.read_info({address!r})\nexcept Exception:\n    pass\n"
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
        done.set()
        thread.join()
    assert came == []


def test_a_zip_of_very_many_or_very_large_parts_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = tmp_path / "banyak.zip"
    with zipfile.ZipFile(many, "w") as archive:
        for n in range(archives.MAX_ENTRIES + 1):
            archive.writestr(f"{n}.txt", b"")
    with pytest.raises(DataError, match="zip_bomb"):
        read_any(many)
    monkeypatch.setattr(archives, "MAX_UNPACKED", 1000)
    large = tmp_path / "besar.zip"
    with zipfile.ZipFile(large, "w") as archive:
        archive.writestr("a.shp", os.urandom(2000))
    with pytest.raises(DataError, match="zip_bomb"):
        read_any(large)


@pytest.mark.parametrize("content", [b"<OGRVRTDataSource/>", b"GDALG", b'{"type": "FeatureCollection"}'])
def test_the_content_must_be_what_the_ending_says(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("GDAL was given a file that is no GeoPackage")

    monkeypatch.setattr(vector, "read_layer", never)
    path = tmp_path / "a.gpkg"
    path.write_bytes(content)
    with pytest.raises(DataError, match="unreadable"):
        read_any(path)


def test_a_text_that_goes_on_after_its_quote_is_told(tmp_path: Path) -> None:
    """Without the strict mode csv reads `"a"b` as `ab`."""
    path = tmp_path / "a.csv"
    path.write_text('id,name\n1,"a"b\n2,c\n')
    raw = read_any(path)
    assert (raw.cells["name"].tolist(), len(raw.broken)) == (["c"], 1)


def test_a_cell_at_the_far_end_of_a_sheet_is_refused(tmp_path: Path) -> None:
    for cell, bad in (("XFD1048576", True), ("ZZ200000", True), ("CV1000", False)):
        path = tmp_path / f"{cell}.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["id", "lat", "lon"])
            sheet.write_row(1, 0, ["a", -7.2, 107.1])
            sheet.write(cell, "x")
        if bad:
            with pytest.raises(DataError, match="far_cell"):
                read_any(path)
        else:
            assert read_any(path).cells["id"].iloc[0] == "a"


def test_a_view_without_end_is_refused(tmp_path: Path) -> None:
    path = gpkg(tmp_path / "a.gpkg")
    with sqlite3.connect(path) as book:
        book.execute(
            "create view v as with recursive n(x) as (select 1 union all select x + 1 from n) select x, x as geom from n"
        )
        book.execute("insert into gpkg_contents (table_name, data_type, identifier) values ('v', 'attributes', 'v')")
    book.close()
    started = time.monotonic()
    with pytest.raises(DataError, match="gpkg_view"):
        read_any(path, {"layer": "v"})
    assert time.monotonic() - started < 10


def test_nothing_is_written_into_an_upload(tmp_path: Path) -> None:
    """A trigger in a GeoPackage would act on the rows there are, were anything appended to it."""
    path = tmp_path / "a.gpkg"
    frame = gpd.GeoDataFrame(
        {"point_id": ["a", "b"], "status": ["functional"] * 2},
        geometry=[Point(107.1, -7.2), Point(107.2, -7.2)],
        crs="EPSG:4326",
    )
    frame.to_file(path, layer="titik", driver="GPKG", engine="pyogrio")
    with sqlite3.connect(path) as book:
        book.execute("create trigger gone after insert on titik begin delete from titik where fid < 3; end")
    book.close()
    before = path.read_bytes()
    import_files(tmp_path / "ws", {"water_points": path})
    import_files(tmp_path / "ws", {"water_points": path}, add=True)
    assert path.read_bytes() == before
    assert len(load(tmp_path / "ws").water_points) == 2


def pool(memory_mb: int = 1500, seconds: float = 60) -> Pool:
    return Pool(2, 4 * 1024**3, Limits(memory_mb * 1024**2, seconds, 10**9))


def test_a_worker_that_takes_too_much_memory_or_time_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("point_id,status,lat,lon\n" + "".join(f"p{n},baik,-7.2,107.{n}\n" for n in range(60_000)))
    call = ["check", str(path), "--as", "water_points"]
    for bounds, told in ((pool(memory_mb=150), "worker_memory"), (pool(seconds=1), "worker_time")):
        running = _worker.Running.start(call, "id", pool=bounds)
        assert running.wait(60)
        with pytest.raises(DataError, match=told):
            running.result()
    whole = _worker.Running.start([*call, "--most", "100"], "id", pool=pool())
    assert whole.wait(60)
    assert whole.result()["read"] == 60_000


def test_two_imports_at_once_lose_nothing(tmp_path: Path) -> None:
    """The second ends while the first is still reading: what it brought stays."""
    folder = tmp_path / "ws"
    first, second = tmp_path / "air.csv", tmp_path / "sanitasi.csv"
    first.write_text("point_id,status,lat,lon\na,baik,-7.2,107.1\n")
    second.write_text("facility_id,kind,status,lat,lon\ns,public_toilet,baik,-7.2,107.1\n")

    def meanwhile(_: object) -> None:
        import_files(folder, {"sanitation": second})

    import_files(folder, {"water_points": first})
    import_files(folder, {"water_points": first}, seen=meanwhile)
    data = load(folder)
    assert (len(data.water_points), len(data.sanitation)) == (1, 1)
