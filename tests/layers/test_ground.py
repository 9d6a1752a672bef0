"""Base maps: files of tiles of both formats, well made and not; what the tools on the map say."""

from __future__ import annotations

import gzip
import io
import json
import math
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import folium
import pytest
from offlinefolium.elements import _res
from PIL import Image
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from geo.model.errors import DataError
from layers.ground import add_tiles, vector_options
from layers.tile_files import ground_of, tile_of
from layers.tools import draw_words
from texts import LANGUAGES
from views.onmap.ground import tile_address
from views.onmap.tile_process import TileProcess


def picture(kind: str = "PNG") -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (256, 256), "green").save(data, kind)
    return data.getvalue()


def mbtiles(
    path: Path,
    tile: bytes,
    bounds: str = "107,-7.5,107.4,-7",
    table: str = "CREATE TABLE tiles (zoom_level, tile_column, tile_row, tile_data)",
) -> Path:
    made = sqlite3.connect(path)
    made.execute("CREATE TABLE metadata (name, value)")
    made.executemany(
        "INSERT INTO metadata VALUES (?, ?)", [("bounds", bounds), ("attribution", "<a href='x'>Dinas</a> & PUPR")]
    )
    made.execute(table)
    if "VIEW" not in table:
        made.execute("INSERT INTO tiles VALUES (3, 6, 4, ?)", (tile,))
        made.execute("INSERT INTO tiles VALUES (5, 25, 15, ?)", (tile,))
    made.commit()
    made.close()
    return path


def pmtiles(path: Path, tile: bytes, kind: TileType = TileType.PNG) -> Path:
    with path.open("wb") as file:
        writer = Writer(file)
        writer.write_tile(zxy_to_tileid(3, 6, 3), tile)
        head = {"tile_type": kind, "tile_compression": Compression.NONE, "min_zoom": 3, "max_zoom": 3}
        head |= {"min_lon_e7": 1070000000, "min_lat_e7": -75000000, "max_lon_e7": 1074000000, "max_lat_e7": -70000000}
        head |= {"center_zoom": 3, "center_lon_e7": 1072000000, "center_lat_e7": -72000000}
        writer.finalize(head, {"attribution": "<b>Dinas</b> & PUPR"})
    return path


@pytest.mark.parametrize(("kind", "mime"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
def test_both_formats_give_their_pictures(tmp_path: Path, kind: str, mime: str) -> None:
    tile = picture(kind)
    types = {"PNG": TileType.PNG, "JPEG": TileType.JPEG, "WEBP": TileType.WEBP}
    for path in (mbtiles(tmp_path / "a.mbtiles", tile), pmtiles(tmp_path / "a.pmtiles", tile, types[kind])):
        found = ground_of(path)
        assert found.bounds == (107.0, -7.5, 107.4, -7.0)
        assert found.attribution == "Dinas & PUPR"
        assert found.zooms[0] == 3
        assert tile_of(path, 3, 6, 3) == (tile, mime)
        for place in ((3, 6, 4), (3, 7, 3), (4, 0, 0), (3, 9, 0), (-1, 0, 0), (99, 0, 0)):
            assert tile_of(path, *place) is None


@pytest.mark.parametrize("maker", [mbtiles, pmtiles])
def test_what_holds_neither_pictures_nor_known_layers_is_refused_by_name(tmp_path: Path, maker: object) -> None:
    vector = gzip.compress(b"\x1a\x05water")
    path = tmp_path / "v.tiles"
    made = mbtiles(path, vector) if maker is mbtiles else pmtiles(path, vector, TileType.MVT)
    with pytest.raises(DataError, match=r"tiles_kind.*v\.tiles"):
        ground_of(made)


def written_by_gdal(path: Path, driver: str) -> Path:
    """A road as GDAL writes vector tiles, in a process that has its drivers."""
    bare = {name: value for name, value in os.environ.items() if not name.endswith("_SKIP")}
    one = (
        "import sys, geopandas as gpd, pyogrio; from shapely.geometry import LineString; "
        "frame = gpd.GeoDataFrame({'kind': ['jalan']}, geometry=[LineString([(107.1, -7.2), (107.2, -7.1)])], crs=4326); "
        "pyogrio.write_dataframe(frame, sys.argv[1], driver=sys.argv[2], layer='transportation', "
        "MINZOOM=0, MAXZOOM=10, NAME='Peta uji <b>', **({'FORMAT': 'MBTILES'} if sys.argv[2] == 'MVT' else {}))"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", one, str(path), driver], env=bare, check=True)
    return path


@pytest.mark.parametrize(("name", "driver"), [("v.pmtiles", "PMTiles"), ("v.mbtiles", "MVT")])
def test_vector_tiles_are_read_and_drawn_plainly(tmp_path: Path, name: str, driver: str) -> None:
    path = written_by_gdal(tmp_path / name, driver)
    apart = TileProcess()
    try:
        found = apart.about(path)
        assert found == ground_of(path)
        assert found.layers == ("transportation",)
        assert found.zooms == (0, 10)
        side = 2**10
        column, row = (
            int((107.15 + 180) / 360 * side),
            int((0.5 - math.log(math.tan(math.radians(45 - 7.15 / 2))) / math.tau) * side),
        )
        data, kind = apart.tile(path, 10, column, row) or (b"", "")
        assert kind == "application/vnd.mapbox-vector-tile"
        assert data.startswith(b"\x1a")
        assert b"transportation" in data
        assert apart.tile(path, 10, 0, 0) is None
    finally:
        apart.end()
    options = vector_options(found)
    assert options["vectorTileLayerStyles"]["transportation"]["color"] == "#8a8f94"
    assert "<" not in options["attribution"]
    named = replace(found, layers=("water", "place_name", "building", "something"))
    styles = vector_options(named)["vectorTileLayerStyles"]
    assert styles["place_name"] == []
    assert styles["water"]["fill"] is True
    assert styles["something"]["fill"] is False


def test_names_of_layers_and_files_stay_what_they_are_in_the_map_s_script(tmp_path: Path) -> None:
    """Layers with "_" keep their style; a quote in a file's name ends nothing."""
    path = written_by_gdal(tmp_path / "v.pmtiles", "PMTiles")
    found = replace(
        ground_of(path), layers=("water_polygons", "street_labels"), path=tmp_path / "it's'+alert(1)+'.pmtiles"
    )
    bare = folium.Map()
    add_tiles(bare, found, tile_address(found))
    script = bare.get_root().render()
    assert '"water_polygons"' in script
    assert '"street_labels": []' in script
    assert "alert(1)+'" not in script
    assert "unpkg" not in script.partition("L.vectorGrid")[2]


def test_a_vector_tile_that_unpacks_to_too_much_is_none(tmp_path: Path) -> None:
    path = mbtiles(tmp_path / "v.mbtiles", gzip.compress(b"\x1a" + bytes(50_000_000)))
    with sqlite3.connect(path) as found:
        found.execute("INSERT INTO metadata VALUES ('json', ?)", (json.dumps({"vector_layers": [{"id": "water"}]}),))
    with pytest.raises(DataError, match="tiles_kind"):
        ground_of(path)
    assert tile_of(path, 3, 6, 3) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"PMTiles", b"PMTiles\x03" + b"\xff" * 200, b"SQLite format 3\x00" + b"\x00" * 100, b"GIF89a", b"PK\x03\x04"],
)
def test_a_broken_file_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rusak.mbtiles"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"error\.tiles.*rusak\.mbtiles"):
        ground_of(path)


def test_bounds_that_are_none(tmp_path: Path) -> None:
    for number, bounds in enumerate(("x", "1,2,3", "107,-7,107,-7", "nan,0,1,1", "0,0,900,1")):
        with pytest.raises(DataError):
            ground_of(mbtiles(tmp_path / f"{number}.mbtiles", picture(), bounds))


def test_a_view_that_never_ends_is_stopped(tmp_path: Path) -> None:
    trap = "CREATE VIEW tiles AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS zoom_level, i AS tile_column, i AS tile_row, x'00' AS tile_data FROM n"
    path = mbtiles(tmp_path / "trap.mbtiles", b"", table=trap)
    began = time.monotonic()
    with pytest.raises(DataError, match="trap"):
        ground_of(path)
    with pytest.raises(DataError, match="trap"):
        tile_of(path, 0, 0, 0)
    assert time.monotonic() - began < 10


def swollen(path: Path, part: str, plain: bytes) -> Path:
    """A PMTiles file whose first directory or description unpacks to `plain`."""
    whole = bytearray(pmtiles(path, picture()).read_bytes())
    packed = gzip.compress(plain, 9)
    at = {"directory": 8, "description": 24}[part]
    whole[at : at + 16] = len(whole).to_bytes(8, "little") + len(packed).to_bytes(8, "little")
    path.write_bytes(bytes(whole) + packed)
    return path


def hostile_tiles(folder: Path) -> dict[str, Path]:
    """Files of tiles of some kilobytes that would take gigabytes, or never end."""
    count = b"\xff\xff\xff\xff\x0f"
    nested = json.dumps({"attribution": "x"})[:-1].encode() + b', "a": ' + b"[" * 90_000 + b"]" * 90_000 + b"}"
    made = {
        "zeros.pmtiles": ("directory", count + bytes(200_000_000)),
        "endless.pmtiles": ("directory", count + b"\x80" * 900_000),
        "wide.pmtiles": ("description", b" " * 200_000_000 + b"{}"),
        "nested.pmtiles": ("description", nested),
        "list.pmtiles": ("description", b"[1, 2]"),
    }
    found = {name: swollen(folder / name, *parts) for name, parts in made.items()}
    views = {
        "zeroblob": "SELECT 1 AS zoom_level, 0 AS tile_column, 0 AS tile_row, zeroblob(1000000000) AS tile_data",
        "hex": "SELECT 1 AS zoom_level, 0 AS tile_column, 0 AS tile_row, hex(randomblob(400000000)) AS tile_data",
        "number": "SELECT 1 AS zoom_level, 0 AS tile_column, 0 AS tile_row, 20000000000 AS tile_data",
        "zoom": "SELECT 1e300 AS zoom_level, 0 AS tile_column, 0 AS tile_row, x'89504e47' AS tile_data",
    }
    for name, view in views.items():
        path = folder / f"{name}.mbtiles"
        found[path.name] = mbtiles(path, b"", table=f"CREATE VIEW tiles AS {view}")
    return found


@pytest.fixture
def apart() -> Iterator[TileProcess]:
    process = TileProcess()
    yield process
    process.end()


def most_filled(process: TileProcess) -> float:
    """The most memory that the process has filled so far, MB."""
    assert process._process is not None
    words = Path(f"/proc/{process._process.pid}/status").read_text().split()
    return int(words[words.index("VmHWM:") + 1]) / 1024


def test_a_hostile_file_of_tiles_is_refused_in_little_memory(tmp_path: Path, apart: TileProcess) -> None:
    whole = pmtiles(tmp_path / "a.pmtiles", picture())
    for name, path in hostile_tiles(tmp_path).items():
        began = time.monotonic()
        with pytest.raises(DataError, match=name):
            apart.about(path)
        assert time.monotonic() - began < 10, name
        try:
            assert apart.tile(path, 3, 6, 3) is None or name in ("wide.pmtiles", "nested.pmtiles", "list.pmtiles"), name
        except DataError:
            assert name not in ("wide.pmtiles", "nested.pmtiles", "list.pmtiles"), name
        assert apart.tile(whole, 3, 6, 3) is not None, name
        assert most_filled(apart) < 200, name


def test_directories_that_lie_in_themselves_end(tmp_path: Path) -> None:
    path = swollen(tmp_path / "loop.pmtiles", "directory", bytes([1, 0, 0, 1, 1]))
    whole = bytearray(path.read_bytes())
    root = whole[8:24]
    whole[8 + 32 : 8 + 48] = root  # leaf directories begin where the root does
    at, length = (int.from_bytes(root[n : n + 8], "little") for n in (0, 8))
    packed = gzip.compress(bytes([1, 0, 0, length, 1]), 9)
    assert len(packed) == length
    whole[at : at + length] = packed
    path.write_bytes(bytes(whole))
    with pytest.raises(DataError, match="loop"):
        tile_of(path, 3, 6, 3)


def test_a_picture_larger_than_tiles_are_is_not_given_to_a_browser(tmp_path: Path) -> None:
    data = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(data, "PNG")
    assert tile_of(mbtiles(tmp_path / "a.mbtiles", data.getvalue()), 3, 6, 3) is None


_OPENED: list[str] = []


def test_the_server_opens_no_file_of_tiles(tmp_path: Path, apart: TileProcess) -> None:
    sys.addaudithook(
        lambda event, values: _OPENED.append(str(values[0])) if event in ("open", "sqlite3.connect") else None
    )
    paths = [mbtiles(tmp_path / "a.mbtiles", picture()), pmtiles(tmp_path / "a.pmtiles", picture())]
    _OPENED.clear()
    for path in paths:
        assert apart.about(path).attribution == "Dinas & PUPR"
        assert apart.tile(path, 3, 6, 3) == (picture(), "image/png")
        assert apart.tile(path, 3, 7, 3) is None
    seen = [name for name in _OPENED if str(tmp_path) in name]
    assert seen == []


def test_a_process_of_tiles_that_hangs_or_dies_is_started_anew(
    tmp_path: Path, apart: TileProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pmtiles(tmp_path / "a.pmtiles", picture())
    apart.about(path)
    assert apart._process is not None
    os.kill(apart._process.pid, signal.SIGSTOP)
    monkeypatch.setattr("views.onmap.tile_process._SECONDS", 0.3)
    with pytest.raises(DataError, match="tiles"):
        apart.about(path)
    assert apart.tile(path, 3, 6, 3) is not None
    assert apart._process is not None
    os.kill(apart._process.pid, signal.SIGKILL)
    apart._process.wait()
    assert apart.tile(path, 3, 6, 3) is not None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_drawing_tool_has_the_words_we_replace(lang: str) -> None:
    """Each of our words stands in a place that the plugin itself has: else it would go on in English."""
    script = next(content for url, content in _res.items() if url.endswith("leaflet.draw.js"))
    words = re.search(r"L\.drawLocal=\{.*?\}\}\}\}", script)
    assert words is not None

    def names(told: dict[str, object]) -> set[str]:
        return set(told) | {name for part in told.values() if isinstance(part, dict) for name in names(part)}

    told = draw_words(lang)
    assert set(told) == {"draw", "format"}
    assert "L.drawLocal.format.numeric" in script
    for name in names({"draw": told["draw"]}):
        assert re.search(rf"\b{name}:", words[0]), name
