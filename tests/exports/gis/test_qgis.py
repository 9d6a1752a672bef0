"""The package for QGIS and QField opens in QGIS as it is, is edited there, and comes back as differences."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pyogrio
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from exports.formats import export
from exports.tables.sheet import sheet_of, with_why
from geo.analysis.analyse import analyse
from geo.analysis.replay import apply_changes
from geo.field.photos import SIDE, keep_photo, keep_photos, photos_in
from geo.field.returned import differences
from geo.model.changes import Change, NewSite, Note, Photo
from geo.model.errors import DataError
from geo.model.inputs import Inputs
from geo.model.params import Params
from geo.reading.readers import read_any

TODAY = date(2026, 11, 24)
QGIS_PYTHON = os.environ.get("MATA_AIR_QGIS_PYTHON", "/usr/bin/python3")
SITE = "CJ005A14"


def picture(colour: str = "red", size: tuple[int, int] = (2400, 1200)) -> bytes:
    """A photo as a telephone takes it: large, turned, with the place it was taken at."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif.get_ifd(0x8825)[1] = "S"
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def packed(data: Inputs, photos: Path | None = None) -> bytes:
    analysis = analyse(data, Params(area="32.03.18"))
    rows = with_why(analysis.priorities.head(12), "id")
    return export(sheet_of(analysis, rows, "Daftar <&> prioritas", "id", photos=photos), "qfield")


def visit(folder: Path, *more: str) -> dict[str, Any]:
    script = Path(__file__).with_name("qgis_visit.py")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    done = subprocess.run(
        [QGIS_PYTHON, str(script), str(folder), *more], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"no QGIS? `make test` installs python3-qgis.\n{done.stderr[-2000:]}"
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.qgis
def test_opened_edited_and_brought_back_by_qgis(shipped: Inputs, tmp_path: Path) -> None:
    folder = tmp_path / "paket"
    zipfile.ZipFile(io.BytesIO(packed(shipped))).extractall(folder)
    seen = visit(folder, SITE)
    assert seen["opened"]
    assert seen["crs"] == "EPSG:4326"
    layers = seen["layers"]
    assert set(layers) == {"mata_air_layer", "settlements_layer", "villages_layer"}
    assert all(one["valid"] and one["crs"] == "EPSG:4326" and one["local"] for one in layers.values()), layers
    assert (layers["mata_air_layer"]["count"], layers["mata_air_layer"]["renderer"]) == (
        12, "QgsCategorizedSymbolRenderer",
    )  # fmt: skip
    assert [one["readonly"] for one in layers.values()].count(False) == 1
    assert seen["labels"]["status_new"] == "Status baru"
    assert all(label for name, label in seen["labels"].items() if name != "fid"), "every column has a label"
    assert seen["widgets"]["photo"] == "ExternalResource"
    assert (seen["photo"]["RelativeStorage"], seen["photo"]["DefaultRoot"]) == (1, "DCIM")
    assert len(seen["words"]) == 7
    assert set(seen["words"].values()) <= set(seen["categories"])
    assert seen["alone"] == {"style": "QgsCategorizedSymbolRenderer", "label": "Status baru"}
    assert (seen["added"], seen["saved"]) == (True, True), seen["errors"]

    (folder / "DCIM" / "kunjungan.jpg").write_bytes(picture())
    back = Path(shutil.make_archive(str(tmp_path / "kembali"), "zip", folder))
    store = tmp_path / "photos"
    kept, unread = keep_photos(store, photos_in(back))
    assert unread == []
    found, faults = differences(shipped, read_any(back), on=TODAY, photos=kept)
    assert [fault for fault in faults if fault.severity == "rejected"] == []
    assert [(d.kind, d.site_id) for d in found[:3]] == [("status", SITE), ("photo", SITE), ("note", SITE)]
    assert found[0].changes == (Change("water", SITE, "functional", date(2026, 11, 20)),)
    assert found[1].changes == (Photo("water", SITE, kept["kunjungan.jpg"]),)
    assert found[2].changes == (Note("water", SITE, "Klep diganti warga"),)
    (new,) = found[3:]
    assert (new.kind, new.site_id) == ("new", f"baru-{seen['new_uuid'].strip('{}')[:8]}")
    site = new.changes[0]
    assert isinstance(site, NewSite)
    assert (site.technology, site.lon, site.lat) == ("tap", pytest.approx(107.1612), pytest.approx(-7.1934))
    after = apply_changes(shipped, tuple(change for one in found for change in one.changes))
    assert differences(after, read_any(back), on=TODAY, photos=kept)[0] == [], "twice changes nothing"


def test_the_package_is_a_valid_geopackage_by_sqlite_and_gdal(shipped: Inputs, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(packed(shipped))) as archive:
        assert {"mata-air.gpkg", "mata-air.qgz", "BACA-README.txt", "DCIM/.simpan"} == set(archive.namelist())
        archive.extract("mata-air.gpkg", tmp_path)
    path = tmp_path / "mata-air.gpkg"
    assert set(pyogrio.list_layers(path)[:, 0]) == {"mata_air", "settlements", "villages", "about", "layer_styles"}
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    labels = dict(connection.execute("SELECT column_name, title FROM gpkg_data_columns WHERE table_name = 'mata_air'"))
    columns = {row[1] for row in connection.execute("PRAGMA table_info(mata_air)")} - {"fid", "geom"}
    assert set(labels) == columns
    keys = [key for (key,) in connection.execute("SELECT uuid FROM mata_air")]
    assert len(set(keys)) == 12
    connection.close()


def test_untouched_it_differs_in_nothing(shipped: Inputs, tmp_path: Path) -> None:
    path = tmp_path / "paket.zip"
    path.write_bytes(packed(shipped))
    assert differences(shipped, read_any(path), on=TODAY) == ([], [])


def test_a_photo_goes_round(shipped: Inputs, tmp_path: Path) -> None:
    """Kept small and without its place; in the package, in the workbook, on the sheet; and back without a difference."""
    store = tmp_path / "photos"
    name = keep_photo(store, picture(), "a.jpg")
    assert keep_photo(store, picture(), "b.jpg") == name
    with Image.open(store / Path(name).name) as kept:
        assert kept.size == (SIDE // 2, SIDE)
        assert not kept.getexif()
    data = apply_changes(shipped, (Photo("water", SITE, name),))
    analysis = analyse(data, Params(area="32.03.18"))
    rows = with_why(analysis.priorities[analysis.priorities["site_id"] == SITE], "id")
    sheet = sheet_of(analysis, rows, "Titik", "id", photos=store)
    path = tmp_path / "paket.zip"
    path.write_bytes(export(sheet, "qfield"))
    assert [photo for photo, _ in photos_in(path)] == [Path(name).name]
    kept_again, unread = keep_photos(store, photos_in(path))
    assert (kept_again, unread) == ({Path(name).name: name}, [])
    assert differences(data, read_any(path), on=TODAY, photos=kept_again)[0] == [], "our own picture is no new one"
    book_path = tmp_path / "daftar.xlsx"
    book_path.write_bytes(export(sheet, "xlsx"))
    assert differences(data, read_any(book_path), on=TODAY)[0] == [], "a workbook with a picture comes back"
    with zipfile.ZipFile(io.BytesIO(export(sheet, "xlsx"))) as book:
        assert [entry for entry in book.namelist() if entry.startswith("xl/media/")]
    plain = sheet_of(analysis, rows, "Titik", "id")
    assert len(export(sheet, "pdf")) > len(export(plain, "pdf")) + 1000


def test_what_a_camera_wrote_beside_the_picture_is_not_kept_and_damaged_camera_data_lose_none(tmp_path: Path) -> None:
    image = Image.new("RGB", (40, 30), "green")
    told = io.BytesIO()
    image.save(told, "JPEG", comment=b"rumah Ibu Rahasia", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\xff\xff\x01\x12")
    name = keep_photo(tmp_path, told.getvalue(), "a.jpg")
    assert b"Rahasia" not in (tmp_path / Path(name).name).read_bytes()
    with Image.open(tmp_path / Path(name).name) as kept:
        assert kept.size == (40, 30)
    written = PngInfo()
    written.add_text("Comment", "rumah Ibu Rahasia")
    told = io.BytesIO()
    image.save(told, "PNG", pnginfo=written)
    name = keep_photo(tmp_path, told.getvalue(), "b.png")
    assert b"Rahasia" not in (tmp_path / Path(name).name).read_bytes()


@pytest.mark.parametrize("content", [b"", b"no picture", picture()[:200], b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_what_is_no_photo_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="photo"):
        keep_photo(tmp_path, content, "x.jpg")
    assert list(tmp_path.iterdir()) == []


def test_the_workbook_explains_itself(shipped: Inputs) -> None:
    analysis = analyse(shipped, Params(area="32.03.18"))
    rows = with_why(analysis.priorities.head(5), "id")
    book = openpyxl.load_workbook(io.BytesIO(export(sheet_of(analysis, rows, "Titik", "id"), "xlsx")))
    assert book.sheetnames == [
        "mata_air", "villages", "settlements", "water_points", "sanitation", "dictionary", "about",
    ]  # fmt: skip
    page = book["mata_air"]
    header = [cell.value for cell in page[1]]
    explained = {row[0].value for row in book["dictionary"].iter_rows(min_row=2)}
    for name in book.sheetnames[:5]:
        assert {cell.value for cell in book[name][1]} <= explained
    (rule,) = page.data_validations.dataValidation
    assert "Berfungsi" in rule.formula1
    formats = {name: page.cell(2, header.index(name) + 1).number_format for name in ("cost_idr", "lat", "reported_on")}
    assert formats == {"cost_idr": '"Rp"#,##0', "lat": "0.000000", "reported_on": "d mmmm yyyy"}
    assert page.cell(2, header.index("reported_on") + 1).is_date
    assert len(list(book["water_points"].iter_rows(min_row=2))) == len(analysis.water_points)
    assert "manager" not in [cell.value for cell in book["water_points"][1]]


def test_one_bad_photo_holds_nothing_else_up(tmp_path: Path) -> None:
    kept, faults = keep_photos(tmp_path, [("a.jpg", picture()), ("b.jpg", b"none"), ("c.jpg", None)])
    assert kept["a.jpg"] is not None
    assert kept["b.jpg"] is None
    assert [(fault.key, fault.value) for fault in faults] == [("photo", "b.jpg"), ("photo", "c.jpg")]
