"""A hundred hostile files and more: refused with a message, in bounded memory, by the reader and on the command line."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from geo.model.errors import DataError, PlanningError
from geo.reading import geopackage
from geo.reading.readers import read_any
from tests import hostile

ROOT = Path(__file__).resolve().parents[3]
#: The reader itself takes some 150 MB before it opens anything.
MOST_MB = 500

#: Checks every file of a folder, and says what came of each, in how many seconds, and the most memory so far.
_CHILD = """
import json, sys, time
from pathlib import Path
from geo.model.errors import DataError
from geo.workspace.importing import check_file
from texts import error_text
for path in sorted(Path(sys.argv[1]).iterdir()):
    began = time.monotonic()
    try:
        found = check_file(path, "settlements" if path.suffix == ".tif" else "water_points")
        told = "" if found.accepted else "nothing accepted"
    except DataError as error:
        told = error_text(error, "en")
    words = Path("/proc/self/status").read_text().split()
    most = int(words[words.index("VmHWM:") + 1]) // 1024
    print(json.dumps([path.name, told, time.monotonic() - began, most]), flush=True)
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return hostile.write_hostile(tmp_path_factory.mktemp("hostile") / "files")


def test_every_hostile_file_is_refused_in_bounded_memory(files: list[Path]) -> None:
    assert len(files) > 130
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(files[0].parent)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, (told[-1:], done.stderr[-1500:])
    assert [name for name, *_ in told] == [path.name for path in files]
    assert [name for name, said, *_ in told if not said] == []
    assert [(name, seconds) for name, _, seconds, _ in told if seconds > 20] == []
    assert max(most for *_, most in told) < MOST_MB + 800, "Parquet's pieces are held while they are counted"
    calm = [(name, most) for name, *_, most in told if name < "parquet-p"]
    assert max(most for _, most in calm) < MOST_MB, calm


#: Runs a command and tells its exit code, what it said, and the most memory (MB) of any process of it: a process begins
#: with the figure of whoever started it, so a small one has to.
_WALK = """
import json, resource, subprocess, sys
done = subprocess.run([sys.executable, "-m", "geo", "--lang", "en", *sys.argv[1:], "--json"], capture_output=True, text=True)
most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
print(json.dumps([done.returncode, done.stdout, done.stderr, most]))
"""


def refused(*call: str) -> None:
    """The command ends with 1, a message, and bounded memory."""
    walked = subprocess.run([sys.executable, "-c", _WALK, *call], cwd=ROOT, capture_output=True, text=True, check=True)
    code, out, err, most = json.loads(walked.stdout)
    assert code == 1, (call, err[-500:])
    found = json.loads(out)
    assert "Traceback" not in err
    assert found.get("message") or found["rejected"], call
    assert found.get("message", "") in err
    assert most < MOST_MB, call


def test_a_sample_of_them_on_the_command_line(files: list[Path]) -> None:
    for path in files[3::13]:
        refused("check", str(path), "--as", "settlements" if path.suffix == ".tif" else "water_points")


@pytest.mark.parametrize("name", hostile.mappings())
def test_a_hostile_mapping_is_refused(tmp_path: Path, name: str) -> None:
    from geo.checking.column_mapping import mapping_for

    path = tmp_path / name
    path.write_bytes(hostile.mappings()[name])
    with pytest.raises(DataError, match=name):
        mapping_for("water_points", path)


def test_what_gdal_makes_is_no_hostile_geopackage(tmp_path: Path) -> None:
    """Its indexes, triggers and the views of the standard stay allowed: by what they are."""
    import geopandas as gpd
    from shapely.geometry import Point

    path = tmp_path / "a b.gpkg"
    frame = gpd.GeoDataFrame({"point_id": ["a"]}, geometry=[Point(107.1, -7.2)], crs="EPSG:4326")
    frame.to_file(path, layer="titik air", driver="GPKG", engine="pyogrio", SPATIAL_INDEX="YES")
    plain = path.read_bytes()
    columns = geopackage._VIEWS["st_spatial_ref_sys"].removeprefix("select ")
    hostile._changed(path, plain, f"CREATE VIEW st_spatial_ref_sys AS\n  SELECT {columns}")
    assert read_any(path).read == 1
    hostile._changed(path, plain, f"CREATE VIEW st_spatial_ref_sys AS SELECT {columns}, zeroblob(9)")
    with pytest.raises(DataError, match="gpkg_view"):
        read_any(path)


def test_photos_take_little_memory_whatever_their_size(tmp_path: Path) -> None:
    large = io.BytesIO()
    Image.new("RGB", (9000, 6600), "green").save(large, "JPEG", quality=30)
    passes = io.BytesIO()
    Image.new("RGB", (7000, 7000), "red").save(passes, "JPEG", quality=10, progressive=True)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for n in range(6):
            archive.writestr(f"DCIM/{n}.jpg", large.getvalue() + bytes([n]))
        archive.writestr("DCIM/wide.png", hostile.png(8000, 7400))
        archive.writestr("DCIM/passes.jpg", passes.getvalue())
        archive.writestr("DCIM/text.jpg", b"GIF89a")
    code = """
import sys
from pathlib import Path
from geo.field.photos import keep_photos, photos_in
kept, faults = keep_photos(Path(sys.argv[1]) / "photos", photos_in(Path(sys.argv[1]) / "a.zip"))
words = Path("/proc/self/status").read_text().split()
print(sum(name is not None for name in kept.values()), len(faults), int(words[words.index("VmHWM:") + 1]) // 1024)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    kept, faults, most = map(int, done.stdout.split())
    assert (kept, faults) == (6, 3)
    assert most < 350
    for path in (tmp_path / "photos").iterdir():
        with Image.open(path) as picture:
            assert picture.size == (1600, 1173)


def test_heights_in_the_workspace_are_written_anew(tmp_path: Path) -> None:
    """The server opens what we wrote: the numbers are those of the file, whatever else was in it is not."""
    import numpy as np
    import rasterio

    from geo.reach.elevation import read_elevation
    from geo.workspace.importing import import_files
    from geo.workspace.versions import load

    given, folder = tmp_path / "a.tif", tmp_path / "ws"
    values = np.arange(600.0).reshape(20, 30) + 0.125
    where = rasterio.transform.from_origin(107, -7, 0.001, 0.001)
    how = {"driver": "GTiff", "width": 30, "height": 20, "count": 1, "dtype": "float64", "crs": "EPSG:4326"}
    with rasterio.open(given, "w", transform=where, **how) as file:
        file.write(values, 1)
        file.update_tags(secret="of the user's machine")
    given.write_bytes(given.read_bytes() + b"hidden behind it")
    water = tmp_path / "a.csv"
    water.write_text("point_id,status,lat,lon\na,baik,-7.01,107.01\n")
    first = import_files(folder, {"water_points": water}, elevation=given).version
    kept = load(folder).elevation
    assert kept is not None
    assert b"hidden" not in kept.read_bytes()
    assert b"secret" not in kept.read_bytes()
    mine, theirs = read_elevation(kept), read_elevation(given)
    assert np.array_equal(mine.heights, theirs.heights)
    assert (mine.west, mine.north, mine.width, mine.height) == (theirs.west, theirs.north, theirs.width, theirs.height)
    assert import_files(folder, {"water_points": water}).version == first, "kept heights keep their name"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "crs", "name", "properties", "geometry", "coordinates", "features"]), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
_TRIED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def tried(path: Path, data: bytes) -> None:
    """Reading gives a table or a message, never anything else."""
    path.write_bytes(data)
    with suppress(PlanningError):
        assert read_any(path).read > 0


@_TRIED
@given(features=_JSON | st.lists(_JSON, max_size=3), crs=_JSON)
def test_any_json_is_read_or_refused(tmp_path: Path, features: object, crs: object) -> None:
    tried(tmp_path / "a.geojson", hostile.collection(features, crs=crs))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # GDAL says which shapes it leaves out
@_TRIED
@given(geometry=_JSON, properties=_JSON)
def test_any_feature_is_read_or_refused(tmp_path: Path, geometry: object, properties: object) -> None:
    tried(tmp_path / "a.geojson", hostile.collection([hostile.feature(geometry, properties)]))


@_TRIED
@given(place=st.text(max_size=8), row=st.text(alphabet="0123456789-x ", max_size=9), kind=st.sampled_from("sbnestr"))
def test_any_place_of_a_cell_is_read_or_refused(tmp_path: Path, place: str, row: str, kind: str) -> None:
    from xml.sax.saxutils import quoteattr

    cell = f'<row r={quoteattr(row)}><c t="{kind}" r={quoteattr(place)}><v>1</v></c></row>'
    tried(tmp_path / "a.xlsx", hostile.workbook(hostile.sheet(cell)))


@_TRIED
@given(
    ending=st.sampled_from([".csv", ".kml", ".gpx", ".zip", ".xlsx", ".gpkg", ".parquet"]), data=st.binary(max_size=300)
)
def test_any_bytes_are_read_or_refused(tmp_path: Path, ending: str, data: bytes) -> None:
    marks = {".zip": b"PK\x03\x04", ".xlsx": b"PK\x03\x04", ".gpkg": b"SQLite format 3\x00", ".parquet": b"PAR1"}
    tried(tmp_path / f"a{ending}", marks.get(ending, b"") + data)
