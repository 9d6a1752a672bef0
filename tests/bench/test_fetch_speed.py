"""A kecamatan's window of a grid of 2 GB on a server: what comes over the net, against all of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
import shapely
from rasterio.transform import from_origin
from rasterio.windows import Window

from geo.fetching.fetch import fetch
from tests.geo.fetching.test_fetch import source
from tests.open_data import serving

SIDE, TILE = 24_000, 512


def test_a_window_of_two_gigabytes(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    path = tmp_path / "store" / "country.tif"
    row = np.random.default_rng(1).random((TILE, SIDE)).astype("float32")
    with rasterio.open(
        path, "w", driver="GTiff", width=SIDE, height=SIDE, count=1, dtype="float32", crs="EPSG:4326",
        transform=from_origin(95, 6, 1 / 1200, 1 / 1200), tiled=True, blockxsize=TILE, blockysize=TILE, BIGTIFF="YES",
    ) as file:  # fmt: skip
        for top in range(0, SIDE, TILE):
            high = min(TILE, SIDE - top)
            file.write(row[:high], 1, window=Window(0, top, SIDE, high))
    kecamatan = shapely.box(107.04, -7.24, 107.29, -7.07)
    with serving(path.parent) as store:
        haul = fetch(kecamatan, tmp_path / "out", [source(f"{store.address}/country.tif")], "")
    assert path.stat().st_size > 2e9
    assert not haul.failed
    assert store.sent <= 20e6, f"{store.sent / 1e6:.1f} MB"
    print(f"{store.sent / 1e6:.1f} MB of {path.stat().st_size / 1e6:,.0f} MB")
    path.unlink()
