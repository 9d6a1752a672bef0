"""Versions: immutable, named by content, never half written."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sqlite3
import time
from datetime import date
from pathlib import Path

import pytest

from geo.analysis.analyse import sample_tables
from geo.checking.proposals import likeliest
from geo.model.errors import CallError, DataError
from geo.model.inputs import Inputs
from geo.reading.readers import read_any
from geo.workspace import versions as ws
from geo.workspace.importing import import_files
from tests.builders import inputs, offset, point, settlement


def some(population: float = 10) -> Inputs:
    return inputs(
        [settlement("a", offset(0), population)], [point("p", offset(1), reported_on="2024-05-03", improved=True)]
    )


def test_what_is_saved_reads_back_the_same(tmp_path: Path, shipped: Inputs) -> None:
    for data in (some(), shipped):
        name = ws.save(tmp_path, data.tables(), {"settlements": "a.csv"})
        back = ws.load(tmp_path)
        assert ws.content_hash(back.tables()) == name == ws.content_hash(data.tables()) == back.version
        for table, rows in data.tables().items():
            assert back.tables()[table].geometry.geom_equals(rows.geometry).all(), table
        assert back.sources == {"settlements": "a.csv"}


def test_versions_stay_and_can_be_opened_again(tmp_path: Path) -> None:
    first = ws.save(tmp_path, some(10).tables(), {})
    bytes_before = (tmp_path / "versions" / f"{first}.gpkg").read_bytes()
    second = ws.save(tmp_path, some(20).tables(), {})
    assert ws.current(tmp_path) == second != first
    assert ws.load(tmp_path, first).settlements["population"].tolist() == [10.0]
    assert (tmp_path / "versions" / f"{first}.gpkg").read_bytes() == bytes_before
    ws.use(tmp_path, first)
    assert ws.load(tmp_path).version == first
    assert set(ws.versions(tmp_path)) == {first, second}
    with pytest.raises(CallError):
        ws.use(tmp_path, "nosuch")
    with pytest.raises(CallError):
        ws.load(tmp_path / "empty")


def _import_forever(folder: str, source: str) -> None:
    number = os.getpid() % 10_000 * 10  # no two workers bring the same
    while True:
        number += 1
        path = Path(source) / f"{os.getpid()}.csv"
        path.write_text("settlement_id,population,lat,lon\n" + "".join(f"s{i},{number},-7,107\n" for i in range(300)))
        import_files(Path(folder), {"settlements": path})


def test_50_killed_imports_lose_nothing_and_leave_no_half_version(tmp_path: Path) -> None:
    folder = tmp_path / "ws"
    ws.save(folder, some().tables(), {})
    dice = random.Random(3)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.geo.workspace.test_versions", "pyogrio", "pyogrio.geopandas"])
    whole: set[Path] = set()
    moved = 0
    (tmp_path / "one.csv").write_text(
        "settlement_id,population,lat,lon\n" + "".join(f"s{i},1,-7,107\n" for i in range(300))
    )
    import_files(folder, {"settlements": tmp_path / "one.csv"})
    began = time.perf_counter()
    import_files(folder, {"settlements": tmp_path / "one.csv"})
    one_import = time.perf_counter() - began
    for _ in range(50):
        before = ws.current(folder)
        worker = context.Process(target=_import_forever, args=(str(folder), str(tmp_path)))
        worker.start()
        while not (tmp_path / f"{worker.pid}.csv").exists():  # a busy machine starts late
            worker.join(0.01)
        worker.join(dice.uniform(0.0, max(1.2, 10 * one_import)))
        assert worker.pid is not None
        assert worker.is_alive()
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
        moved += ws.current(folder) != before
        data = ws.load(folder)
        assert ws.content_hash(data.tables()) == data.version
        assert data.settlements["population"].nunique() == 1, "rows of two imports"
        for path in set((folder / "versions").iterdir()) - whole:
            with sqlite3.connect(path) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            connection.close()
            whole.add(path)
    assert moved > 10, "the kills came before anything was imported"
    assert len(list(folder.glob(".part-*"))) > 5, "the kills came while nothing was being written"
    for left in folder.glob(".part-*"):
        os.utime(left, (0, 0))
    ws.save(folder, some(77).tables(), {})
    assert not list(folder.glob(".part-*")), "what killed imports left is cleared"


def csv(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_import_keeps_other_tables_and_new_villages_drop_the_sample(tmp_path: Path, shipped: Inputs) -> None:
    folder = tmp_path / "ws"
    ws.save(folder, shipped.tables(), dict(shipped.sources), shipped.elevation)
    assert "elevation" in sample_tables(ws.load(folder))
    water = csv(tmp_path / "air.csv", "point_id,lat,lon,status\nx,-7.2,107.15,functional\n")
    done = import_files(folder, {"water_points": water})
    assert set(done.kept) == {"villages", "settlements", "sanitation", "institutions", "roads", "rivers"}
    assert ws.load(folder).sample_heights
    villages = csv(
        tmp_path / "desa.csv", "village_code,name,population,lat,lon\n32.03.18.2001,Pagelaran,5000,-7.21,107.15\n"
    )
    done = import_files(folder, {"villages": villages}, surveyed_on=date(2026, 1, 2))
    assert set(done.dropped) == {"settlements", "sanitation", "institutions", "roads", "rivers", "elevation"}
    assert done.kept == ("water_points",)
    data = ws.load(folder)
    assert data.villages["surveyed_on"].dt.date.tolist() == [date(2026, 1, 2)]
    assert len(data.settlements) == 0
    assert data.elevation is None, "made-up heights go with the made-up tables"
    assert sample_tables(data) == ()


def test_nothing_good_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "ws"
    before = ws.save(folder, some().tables(), {})
    with pytest.raises(DataError):
        import_files(
            folder, {"water_points": csv(tmp_path / "a.csv", "point_id,lat,lon,status\nx,95,200,functional\n")}
        )
    assert ws.current(folder) == before


def test_rivers_and_roads_come_in_beside_villages(tmp_path: Path, shipped: Inputs) -> None:
    folder = tmp_path / "ws"
    ws.save(folder, shipped.tables(), dict(shipped.sources), shipped.elevation)
    for table, name in (("rivers", "Sungai Cibuni"), ("roads", "Jalan Desa")):
        path = tmp_path / f"{table}.geojson"
        shape = {"type": "LineString", "coordinates": [[107.1, -7.2], [107.12, -7.19]]}
        feature = {"type": "Feature", "geometry": shape, "properties": {"name": name}}
        path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
        assert likeliest(read_any(path)) == table
        done = import_files(folder, {table: path})
        assert done.tables[table].accepted == 1
        assert getattr(ws.load(folder), table)["name"].tolist() == [name]
    assert "rivers" not in sample_tables(ws.load(folder))
