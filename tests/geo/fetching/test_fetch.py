"""Open data over the net, from servers that answer as the real ones do: a window of it, its licence, and every break."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from geo.fetching.fetch import NOTE, Haul, fetch
from geo.fetching.grids import _degrees
from geo.fetching.ranges import BLOCK, Asker, RangeFile
from geo.fetching.sources import Source, chosen, sources
from geo.fetching.vectors import _names
from geo.fetching.where import ground_of
from geo.model.errors import CallError, DataError
from geo.workspace.shipped import shipped_tables
from tests import overpass
from tests.open_data import Store, own_certificate, serving

WEST, NORTH, CELL = 106.0, -6.0, 1 / 1200
GROUND = shapely.Polygon([(107.10, -7.20), (107.20, -7.22), (107.22, -7.12), (107.12, -7.10)])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "store").mkdir()
    with serving(tmp_path / "store") as running:
        yield running


ASKERS: list[Asker] = []


def asker() -> Asker:
    ASKERS.append(Asker(pause_s=0.01))
    return ASKERS[-1]


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while ASKERS:
        ASKERS.pop().client.close()


def people(path: Path, *, size: int = 2400, tiled: bool = True, crs: str = "EPSG:4326") -> np.ndarray:
    """A grid of made-up people, most of it empty, as an office of statistics would publish it."""
    rng = np.random.default_rng(320318)
    values = np.where(rng.random((size, size)) < 0.7, -99999.0, rng.gamma(2.0, 3.0, (size, size))).astype("float32")
    shape = {"tiled": True, "blockxsize": 256, "blockysize": 256} if tiled else {"blockysize": 1}
    place = from_origin(WEST, NORTH, CELL, CELL)
    with rasterio.open(
        path, "w", driver="GTiff", width=size, height=size, count=1, dtype="float32", crs=crs, transform=place,
        nodata=-99999.0, compress="deflate", **shape,
    ) as file:  # fmt: skip
        file.write(values, 1)
    return values


def source(address: str, **given: Any) -> Source:
    told = {"key": "people", "gives": "population", "reader": "grid", "file": "people.tif", "licence": "CC BY 4.0",
            "attribution": "nobody", "address": address}  # fmt: skip
    return Source(**{**told, **given})


def brought(folder: Path, *wanted: Source, villages: gpd.GeoDataFrame | None = None) -> Haul:
    return fetch(GROUND, folder, wanted, "http://127.0.0.1:9/api", villages, asker())


@pytest.mark.parametrize("tiled", [True, False])
def test_a_window_holds_the_cells_as_they_are(store: Store, tmp_path: Path, *, tiled: bool) -> None:
    values = people(store.root / "p.tif", tiled=tiled)
    haul = brought(tmp_path / "out", source(f"{store.address}/p.tif"))
    assert not haul.failed
    with rasterio.open(tmp_path / "out" / "people.tif") as file:
        got, place = file.read(1), file.transform
    left, top = round((place.c - WEST) / CELL), round((NORTH - place.f) / CELL)
    assert abs((place.c - WEST) / CELL - left) < 1e-6
    cut = values[top : top + got.shape[0], left : left + got.shape[1]].astype(float)
    np.testing.assert_array_equal(got, np.where(cut == -99999, np.nan, cut).astype("float32"))
    west, south, east, north = GROUND.bounds
    assert place.c <= west < place.c + CELL
    assert place.f - CELL < north <= place.f
    assert got.shape == (
        round(np.ceil((place.f - south) / CELL - 1e-6)),
        round(np.ceil((east - place.c) / CELL - 1e-6)),
    )
    rows, columns = np.nonzero(~np.isnan(got))
    x, y = place.c + (columns + 0.5) * CELL, place.f - (rows + 0.5) * CELL
    inside = shapely.contains_xy(GROUND, x, y)
    found = haul.fetched["people"].found
    assert found == {"cells": inside.sum(), "people": round(float(got[rows, columns][inside].sum()))}


def test_only_the_window_comes_over_the_net(store: Store, tmp_path: Path) -> None:
    people(store.root / "p.tif")
    size = (store.root / "p.tif").stat().st_size
    one = brought(tmp_path / "out", source(f"{store.address}/p.tif")).fetched["people"]
    assert one.received == store.sent
    assert one.received < size / 8
    assert {name for name, _ in store.asked} == {"/p.tif"}  # no neighbour of the file is looked for


def test_degrees_are_joined_and_the_sea_is_missing(store: Store, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    whole = rng.normal(500, 50, (200, 200)).astype("float32")
    for n, lon in enumerate((107, 108)):
        name = f"S08_{lon}.tif"
        with rasterio.open(
            store.root / name, "w", driver="GTiff", width=100, height=100, count=1, dtype="float32", crs="EPSG:4326",
            transform=from_origin(lon, -7, 0.01, 0.01),
        ) as file:  # fmt: skip
            file.write(whole[:100, n * 100 : n * 100 + 100], 1)
    ground = shapely.box(107.9, -7.3, 108.1, -6.9)  # the files north of -7 are not there
    one = source(f"{store.address}/{{ns}}{{lat}}_{{lon}}.tif", gives="elevation", file="h.tif")
    haul = fetch(ground, tmp_path / "out", [one], "", None, asker())
    with rasterio.open(tmp_path / "out" / "h.tif") as file:
        got = file.read(1)
        assert (round(file.bounds.left, 6), round(file.bounds.top, 6)) == (107.9, -7.0)
    np.testing.assert_array_equal(got, whole[:30, 90:110])
    assert haul.fetched["people"].found == {
        "cells": 600, "lowest_m": round(float(got.min())), "highest_m": round(float(got.max())),
    }  # fmt: skip


def test_what_came_before_a_break_is_not_asked_for_again(store: Store, tmp_path: Path) -> None:
    people(store.root / "p.tif", tiled=False)
    wanted = source(f"{store.address}/p.tif")
    whole = brought(tmp_path / "whole", wanted).fetched["people"]
    asked = len(store.asked)
    assert asked > 2
    store.asked.clear()
    store.dies_after = asked - 1
    haul = brought(tmp_path / "out", wanted)
    assert haul.failed["people"].key == "error.fetch.broken"
    assert not (tmp_path / "out" / "people.tif").exists()
    store.asked.clear()
    store.dies_after = None
    rest = brought(tmp_path / "out", wanted).fetched["people"]
    assert 0 < rest.received < whole.received
    assert rest.sha256 == whole.sha256
    assert not (tmp_path / "out" / ".parts").exists()


def test_a_second_call_keeps_what_is_there(store: Store, tmp_path: Path) -> None:
    people(store.root / "p.tif")
    wanted = source(f"{store.address}/p.tif")
    brought(tmp_path, wanted)
    store.asked.clear()
    again = brought(tmp_path, wanted).fetched["people"]
    assert again.kept
    assert not store.asked
    (tmp_path / "people.tif").write_bytes(b"spoilt")
    assert not brought(tmp_path, wanted).fetched["people"].kept
    elsewhere = fetch(GROUND.buffer(0.01), tmp_path, [wanted], "", None, asker())
    assert not elsewhere.fetched["people"].kept
    note = json.loads((tmp_path / NOTE).read_text())["sources"]["people"]
    assert (note["licence"], note["attribution"], note["address"]) == ("CC BY 4.0", "nobody", wanted.address)


def test_a_file_that_changed_is_begun_anew(store: Store, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4096
    (store.root / "a.bin").write_bytes(content)
    first = RangeFile(f"{store.address}/a.bin", asker(), tmp_path / "parts")
    first.seek(3 * BLOCK)
    first.read(10)
    store.tag = '"two"'
    first.seek(5 * BLOCK)
    with pytest.raises(DataError) as caught:
        first.read(10)
    assert caught.value.key == "error.fetch.changed"
    (store.root / "a.bin").write_bytes(content[::-1])
    anew = RangeFile(f"{store.address}/a.bin", asker(), tmp_path / "parts")
    anew.seek(3 * BLOCK)
    assert anew.read(10) == content[::-1][3 * BLOCK : 3 * BLOCK + 10]


def test_reading_by_range_is_reading(store: Store, tmp_path: Path) -> None:
    content = np.random.default_rng(2).integers(0, 256, 5 * BLOCK + 77, dtype=np.uint8).tobytes()
    (store.root / "a.bin").write_bytes(content)
    file = RangeFile(f"{store.address}/a.bin", asker(), tmp_path / "parts")
    rng = np.random.default_rng(3)
    for _ in range(100):
        at, size = int(rng.integers(0, len(content) + 10)), int(rng.integers(0, 2 * BLOCK))
        file.seek(at)
        assert file.read(size) == content[at : at + size]
    file.seek(-5, 2)
    assert file.read() == content[-5:]
    assert file.copied(tmp_path / "whole").read_bytes() == content


@pytest.mark.parametrize(("halves", "busy"), [(2, 0), (0, 2), (1, 1)])
def test_a_server_that_stumbles_is_asked_again(store: Store, tmp_path: Path, halves: int, busy: int) -> None:
    people(store.root / "p.tif")
    store.halves, store.busy = halves, busy
    assert not brought(tmp_path, source(f"{store.address}/p.tif")).failed


def test_a_server_without_ranges_sends_all_of_it(store: Store, tmp_path: Path) -> None:
    people(store.root / "p.tif", size=1700)
    store.ranges = False
    one = brought(tmp_path, source(f"{store.address}/p.tif")).fetched["people"]
    assert one.received == (store.root / "p.tif").stat().st_size


def test_every_break_has_its_words(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people(store.root / "p.tif")
    people(store.root / "metres.tif", size=64, crs="EPSG:32748")
    (store.root / "page.tif").write_text("<html>sign in</html>")
    (store.root / "empty.tif").write_bytes(b"")
    cut = (store.root / "p.tif").read_bytes()
    (store.root / "cut.tif").write_bytes(cut[: len(cut) // 2])

    def fault(address: str, **given: Any) -> str:
        haul = brought(tmp_path / "out", source(address, **given))
        return haul.failed["people"].key

    assert fault("http://127.0.0.1:9/p.tif") == "error.fetch.offline"
    assert fault(f"{store.address}/nothing.tif") == "error.fetch.missing"
    assert fault(f"{store.address}/page.tif") == "error.fetch.format"
    assert fault(f"{store.address}/metres.tif") == "error.fetch.format"
    assert fault(f"{store.address}/empty.tif") in ("error.fetch.format", "error.fetch.broken")
    assert fault(f"{store.address}/cut.tif") in ("error.fetch.format", "error.fetch.nothing")
    store.busy = 99
    assert fault(f"{store.address}/p.tif") == "error.fetch.status"
    store.busy, store.halves = 0, 99
    assert fault(f"{store.address}/p.tif") == "error.fetch.broken"
    store.halves, store.slow_s = 0, 0.6
    quick = asker()
    quick.client.timeout = 0.2
    assert fetch(GROUND, tmp_path, [source(f"{store.address}/p.tif")], "", None, quick).failed["people"].key == (
        "error.fetch.slow"
    )
    store.slow_s = 0
    monkeypatch.setattr("geo.fetching.ranges.MOST_BYTES", 100_000)
    assert fault(f"{store.address}/p.tif") == "error.fetch.much"


def test_a_wrong_certificate_is_told_as_such(tmp_path: Path) -> None:
    people(tmp_path / "p.tif", size=64)
    with serving(tmp_path, certificate=own_certificate(tmp_path)) as store:
        failed = brought(tmp_path / "out", source(f"{store.address}/p.tif")).failed
        assert failed["people"].key == "error.fetch.certificate"
        assert not store.asked


def test_one_that_fails_leaves_the_others_alone(store: Store, tmp_path: Path) -> None:
    people(store.root / "p.tif")
    haul = brought(tmp_path, source(f"{store.address}/x.tif", key="gone"), source(f"{store.address}/p.tif"))
    assert list(haul.failed) == ["gone"]
    assert list(haul.fetched) == ["people"]


def buildings(path: Path, *, rows: int = 40_000, box: bool = True) -> gpd.GeoDataFrame:
    """Made-up buildings over a degree, sorted west to east, in groups of rows with their boxes."""
    rng = np.random.default_rng(5)
    x, y = np.sort(rng.uniform(106.5, 107.5, rows)), rng.uniform(-7.5, -6.9, rows)
    shapes = shapely.box(x, y, x + 1e-4, y + 1e-4)
    table = gpd.GeoDataFrame({"id": [f"b{n}" for n in range(rows)], "height": 3.0}, geometry=shapes, crs="EPSG:4326")
    table.to_parquet(path, write_covering_bbox=box, row_group_size=2_000)
    return table


def test_buildings_are_read_by_the_group(store: Store, tmp_path: Path) -> None:
    table = buildings(store.root / "b.parquet")
    wanted = source(f"{store.address}/b.parquet", key="b", gives="buildings", reader="geoparquet", file="b.geojson")
    one = brought(tmp_path, wanted).fetched["b"]
    right = table[table.intersects(GROUND)]
    got = gpd.read_file(tmp_path / "b.geojson")
    assert set(got["building_id"]) == set(right["id"])
    assert one.found == {"rows": len(right)}
    assert set(got.columns) == {"building_id", "data_source", "geometry"}
    assert "CC BY 4.0" in got["data_source"].iloc[0]
    assert one.received < (store.root / "b.parquet").stat().st_size / 2
    buildings(store.root / "c.parquet", rows=3_000, box=False)
    wanted = source(f"{store.address}/c.parquet", key="c", gives="buildings", reader="geoparquet", file="c.geojson")
    assert brought(tmp_path, wanted).fetched["c"].found["rows"] > 0


def test_the_catalogue_leads_to_the_files(store: Store, tmp_path: Path) -> None:
    """As Overture's: its column `collection` may be empty, and most files lie elsewhere."""
    folder = store.root / "release" / "theme=buildings" / "type=building"
    folder.mkdir(parents=True)
    buildings(folder / "one.parquet", rows=4_000)
    (store.root / "2026-11-18.0").mkdir()
    here = f"{store.address}/release/theme=buildings/type=building/one.parquet"
    rows = [
        (None, (106.5, -7.5, 107.5, -6.9), here),
        (None, (0.0, 0.0, 1.0, 1.0), f"{store.address}/release/theme=buildings/type=building/two.parquet"),
        (None, (106.5, -7.5, 107.5, -6.9), f"{store.address}/release/theme=places/type=place/three.parquet"),
    ]
    index = pd.DataFrame(
        {
            "collection": pd.Series([row[0] for row in rows], dtype="string"),
            "bbox": [dict(zip(("xmin", "ymin", "xmax", "ymax"), row[1], strict=True)) for row in rows],
            "assets": [{"aws-https": {"href": row[2]}} for row in rows],
        }
    )
    index.to_parquet(store.root / "2026-11-18.0" / "collections.parquet")
    (store.root / "catalog.json").write_text(json.dumps({"latest": "2026-11-18.0"}))
    wanted = source(f"{store.address}/catalog.json", key="b", gives="buildings", reader="geoparquet", index="stac",
                    theme="building", file="b.geojson")  # fmt: skip
    assert brought(tmp_path, wanted).fetched["b"].found["rows"] > 0
    assert [name for name, _ in store.asked if name.endswith(("two.parquet", "three.parquet"))] == []
    for content in ("[]", "{", '{"latest": "../.."}'):
        (store.root / "catalog.json").write_text(content)
        assert brought(tmp_path / "bad", wanted).failed["b"].key == "error.fetch.format"


def test_boundaries_become_those_of_known_villages(store: Store, tmp_path: Path) -> None:
    villages = shipped_tables()[0]["villages"]
    mine = villages[villages["village_code"].str.startswith("32.03.18")].iloc[:3]
    shapes = [shapely.box(x - 0.01, y - 0.01, x + 0.01, y + 0.01) for x, y in
              zip(mine.geometry.representative_point().x, mine.geometry.representative_point().y, strict=True)]  # fmt: skip
    rows = gpd.GeoDataFrame({"shapeName": [name.upper() for name in mine["name"]]}, geometry=shapes, crs="EPSG:4326")
    (store.root / "adm4.geojson").write_text(rows.to_json())
    (store.root / "api.json").write_text(json.dumps({"gjDownloadURL": f"{store.address}/adm4.geojson"}))
    wanted = source(f"{store.address}/api.json", key="v", gives="villages", reader="geojson", index="geoboundaries",
                    file="v.geojson")  # fmt: skip
    ground = shapely.union_all(shapes)
    haul = fetch(ground, tmp_path, [wanted], "", villages, asker())
    got = gpd.read_file(tmp_path / "v.geojson")
    assert sorted(got["village_code"]) == sorted(mine["village_code"])
    assert haul.fetched["v"].unnamed == ()
    assert all("CC BY 4.0" in told for told in got["data_source"])


def test_an_area_is_found_by_its_name(tmp_path: Path) -> None:
    town = overpass.Town()
    box = {"minlon": 107.0, "minlat": -7.3, "maxlon": 107.2, "maxlat": -7.0}
    known = {
        ("6", "Cikalongkulon", "Cianjur"): [box],
        ("6", "Sukanagara", "Cianjur"): [],
        ("5", "Cianjur", "Jawa Barat"): [box],
    }
    town.named = lambda level, name, outer: known.get((level, name, outer), [])
    with overpass.serving(town) as server:
        assert ground_of("32.03.12", None, server).bounds == (107.0, -7.3, 107.2, -7.0)
        assert ground_of("32.03", None, server).bounds == (107.0, -7.3, 107.2, -7.0)
        some = shipped_tables()[0]["villages"]  # one kecamatan of the regency: not the whole of it
        assert ground_of("32.03", some, server).bounds == (107.0, -7.3, 107.2, -7.0)
        assert ground_of("32.03.18", some, server).bounds != (107.0, -7.3, 107.2, -7.0)
        with pytest.raises(DataError) as caught:
            ground_of("32.03.14", None, server)
        assert caught.value.key == "error.fetch.name"
    with pytest.raises(CallError):
        ground_of("99.99.99", None, server)


def test_rivers_and_tables_of_openstreetmap(tmp_path: Path) -> None:
    town = overpass.Town()
    town.node(107.15, -7.15, man_made="water_well", pump="manual", name="Sumur RW 03")
    town.way([(107.14, -7.15), (107.16, -7.15)], waterway="river", name="Cibuni")
    known = sources()
    with overpass.serving(town) as server:
        haul = fetch(GROUND, tmp_path, chosen(known, ["rivers-osm", "water-osm", "toilets-osm"]), server, None, asker())
    assert not haul.failed
    assert gpd.read_file(tmp_path / "rivers-osm.geojson")["name"].tolist() == ["Cibuni"]
    assert haul.fetched["water-osm"].found == {"rows": 1}
    assert haul.fetched["toilets-osm"].file is None
    down = fetch(
        GROUND, tmp_path / "down", chosen(known, ["rivers-osm", "water-osm"]), "http://127.0.0.1:9", None, asker()
    )
    assert {error.key for error in down.failed.values()} == {"error.osm_offline"}


@pytest.mark.parametrize(
    "entry",
    ['reader = "ftp"', 'gives = "gold"', 'file = "../x.tif"', 'address = "file:///etc/passwd"', "usual = 1", 'asks = "x"',
     'licence = ""', "= broken"],
)  # fmt: skip
def test_an_entry_that_cannot_be_is_refused(tmp_path: Path, entry: str) -> None:
    own = tmp_path / "own.toml"
    own.write_text(f"[population-worldpop]\n{entry}\n")
    with pytest.raises(DataError) as caught:
        sources(own)
    assert caught.value.key == "error.fetch.entry"


def test_an_office_points_at_its_mirror(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[population-worldpop]\naddress = "https://mirror.example/{iso3}-{year}.tif"\n')
    one = sources(own)["population-worldpop"].filled("IDN", 2024)
    assert one.address == "https://mirror.example/idn-2024.tif"
    assert one.licence == "CC BY 4.0"
    with pytest.raises(CallError):
        chosen(sources(own), ["nobody"])


def test_no_key_and_no_file_leads_out_of_the_folder(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    for key in ("..", "../x", "a/b", "", "x" * 80):
        own.write_text(f'["{key}"]\ngives = "population"\nreader = "grid"\nfile = "a.tif"\nlicence = "x"\n'
                       'attribution = "x"\naddress = "http://127.0.0.1:9/a.tif"\n')  # fmt: skip
        with pytest.raises(DataError):
            sources(own)
    for file in ("..", ".parts", "fetched.json", "a/b.tif", "x" * 200 + ".tif", "a.geojson"):
        own.write_text(f'[population-worldpop]\nfile = "{file}"\n')
        with pytest.raises(DataError):
            sources(own)
    own.write_text('[roads-osm]\nfile = "rivers-osm.geojson"\n')
    with pytest.raises(DataError):
        chosen(sources(own), None)


def test_what_somebody_changed_is_kept_beside(store: Store, tmp_path: Path) -> None:
    people(store.root / "p.tif")
    wanted = source(f"{store.address}/p.tif")
    (tmp_path / "people.tif").write_bytes(b"of somebody else")
    first = brought(tmp_path, wanted).fetched["people"]
    assert (tmp_path / first.moved).read_bytes() == b"of somebody else"
    (tmp_path / "people.tif").write_bytes(b"edited")
    again = brought(tmp_path, wanted).fetched["people"]
    assert again.moved != first.moved
    assert (tmp_path / again.moved).read_bytes() == b"edited"
    assert again.sha256 == first.sha256
    store.asked.clear()
    fresh = fetch(GROUND, tmp_path, [wanted], "", None, asker(), fresh=True).fetched["people"]
    assert (fresh.moved, fresh.kept) == ("", False)
    assert store.asked


def test_a_failed_try_leaves_the_good_file(store: Store, tmp_path: Path) -> None:
    people(store.root / "p.tif")
    brought(tmp_path, source(f"{store.address}/p.tif"))
    before = (tmp_path / "people.tif").read_bytes()
    store.halves = 99
    elsewhere = fetch(GROUND.buffer(0.02), tmp_path, [source(f"{store.address}/p.tif")], "", None, asker())
    assert elsewhere.failed
    assert (tmp_path / "people.tif").read_bytes() == before


@pytest.mark.parametrize("note", ["{", '{"sources": 3}', '{"sources": {"people": {"mark": 1}}}', "[]"])
def test_a_broken_note_is_kept_beside_and_begun_anew(store: Store, tmp_path: Path, note: str) -> None:
    people(store.root / "p.tif")
    (tmp_path / NOTE).write_text(note)
    assert not brought(tmp_path, source(f"{store.address}/p.tif")).failed
    assert (tmp_path / "fetched-rusak.json").read_text() == note
    assert set(json.loads((tmp_path / NOTE).read_text())["sources"]) == {"people"}


def test_a_broken_part_is_begun_anew(store: Store, tmp_path: Path) -> None:
    people(store.root / "p.tif")
    parts = tmp_path / ".parts" / "people" / "0"
    parts.mkdir(parents=True)
    (parts / "head.json").write_text("")
    assert not brought(tmp_path, source(f"{store.address}/p.tif")).failed


def test_two_calls_at_once_do_not_spoil_each_other(store: Store, tmp_path: Path) -> None:
    from filelock import FileLock

    with FileLock(tmp_path / ".lock"), pytest.raises(DataError) as caught:
        brought(tmp_path, source(f"{store.address}/p.tif"))
    assert caught.value.key == "error.fetch.busy"


def test_what_a_library_cannot_read_leaves_the_others_alone(store: Store, tmp_path: Path) -> None:
    people(store.root / "p.tif")
    (store.root / "b.parquet").write_bytes(b"PAR1" + bytes(40) + b"PAR1")
    pd.DataFrame({"geometry": [1, 2], "bbox": ["a", "b"]}).to_parquet(store.root / "c.parquet")
    (store.root / "catalog.json").write_text(json.dumps({"latest": "x"}))
    (store.root / "x").mkdir()
    pd.DataFrame({"collection": ["building"], "bbox": [[1, 2]], "assets": [3]}).to_parquet(
        store.root / "x" / "collections.parquet"
    )
    form = {"gives": "buildings", "reader": "geoparquet"}
    bad = [source(f"{store.address}/{name}.parquet", key=name, file=f"{name}.geojson", **form) for name in "bc"]
    bad.append(
        source(f"{store.address}/catalog.json", key="s", file="s.geojson", index="stac", theme="building", **form)
    )
    haul = brought(tmp_path, *bad, source(f"{store.address}/p.tif"))
    assert set(haul.failed) == {"b", "c", "s"}
    assert set(haul.fetched) == {"people"}


def test_scale_and_offset_of_a_grid_count(store: Store, tmp_path: Path) -> None:
    values = np.arange(400, dtype="int16").reshape(20, 20)
    with rasterio.open(
        store.root / "h.tif", "w", driver="GTiff", width=20, height=20, count=1, dtype="int16", crs="EPSG:4326",
        transform=from_origin(107.1, -7.1, 0.01, 0.01),
    ) as file:  # fmt: skip
        file.write(values, 1)
        file.scales, file.offsets = (0.1,), (-100.0,)
    one = source(f"{store.address}/h.tif", gives="elevation", file="h.tif")
    fetch(shapely.box(107.1, -7.3, 107.3, -7.1), tmp_path, [one], "", None, asker())
    with rasterio.open(tmp_path / "h.tif") as file:
        np.testing.assert_allclose(file.read(1), values * 0.1 - 100, atol=1e-4)


def test_a_server_that_never_comes_to_an_end_is_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import socket
    import threading
    import time

    monkeypatch.setattr("geo.fetching.ranges._ANSWER_S", 1.0)
    listening = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def drip() -> None:
        with listening, listening.accept()[0] as one:
            one.recv(4096)
            while not stop.wait(0.1):
                one.sendall(b"H")

    threading.Thread(target=drip, daemon=True).start()
    began = time.monotonic()
    haul = brought(tmp_path, source(f"http://127.0.0.1:{listening.getsockname()[1]}/p.tif"))
    stop.set()
    assert haul.failed["people"].key == "error.fetch.slow"
    assert time.monotonic() - began < 10


def test_passwords_of_a_mirror_are_told_to_nobody(store: Store, tmp_path: Path) -> None:
    people(store.root / "p.tif")
    secret = store.address.replace("://", "://me:S3CRET@")
    haul = brought(tmp_path, source(f"{secret}/p.tif"), source(f"{secret}/no.tif", key="no", file="no.tif"))
    assert "S3CRET" not in (tmp_path / NOTE).read_text()
    assert "S3CRET" not in str(haul.failed["no"].values)


def test_names_of_other_publishers_and_cells_at_the_edge_of_a_degree() -> None:
    here = [shapely.Point(0, 0)] * 2
    both = gpd.GeoDataFrame({"name": [None, "A"], "shapeName": ["X", "Y"]}, geometry=here)
    assert _names(both).tolist() == ["X", "A"]
    assert _names(gpd.GeoDataFrame({"WADMKD": ["Desa A", "Desa B"]}, geometry=here)).tolist() == ["Desa A", "Desa B"]
    edge = shapely.box(106.9995, -7.3, 107, -7.1)  # files of a degree begin half a cell beside it
    assert _degrees("{ns}{lat}{ew}{lon}", edge) == ["S08E106", "S08E107"]
