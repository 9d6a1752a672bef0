"""Base maps: files of tiles of both formats, well made and not; what the tools on the map say."""

from __future__ import annotations

import gzip
import io
import re
import sqlite3
import time
from pathlib import Path

import pytest
from offlinefolium.elements import _res
from PIL import Image
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from geo.model.errors import DataError
from layers.tile_files import ground_of, tile_of
from layers.tools import draw_words
from texts import LANGUAGES


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
def test_what_holds_no_pictures_is_refused_by_name(tmp_path: Path, maker: object) -> None:
    vector = gzip.compress(b"\x1a\x05water")
    path = tmp_path / "v.tiles"
    made = mbtiles(path, vector) if maker is mbtiles else pmtiles(path, vector, TileType.MVT)
    with pytest.raises(DataError, match=r"tiles_vector.*v\.tiles"):
        ground_of(made)


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
