"""`fetch`: from an area's code to files, from the files to a plan; what it says is what came."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import overpass
from tests.geo.fetching.test_fetch import buildings, people
from tests.open_data import Store, serving

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, str, Path]]:
    """A store with people, buildings and heights of the shipped kecamatan, an Overpass, and an office's entries."""
    folder = tmp_path_factory.mktemp("net")
    (folder / "store").mkdir()
    people(folder / "store" / "p.tif")
    buildings(folder / "store" / "b.parquet")
    town = overpass.Town()
    town.node(107.15, -7.15, man_made="water_well", pump="manual", name="Sumur RW 03")
    town.way([(107.14, -7.15), (107.16, -7.15)], highway="path")
    with serving(folder / "store") as store, overpass.serving(town) as server:
        own = folder / "own.toml"
        own.write_text(
            f'[population-worldpop]\naddress = "{store.address}/p.tif"\n'
            f'[buildings-overture]\nindex = ""\naddress = "{store.address}/b.parquet"\n'
            f'[heights-copernicus]\naddress = "{store.address}/p.tif"\n'
        )
        yield store, server, own


def run(*words: str, server: str = "", exit_code: int = 0) -> tuple[dict[str, Any], str]:
    env = os.environ | ({"MATA_AIR_OVERPASS": server} if server else {})
    done = subprocess.run(
        [sys.executable, "-m", "geo", *words, "--json"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == exit_code, done.stderr
    return json.loads(done.stdout), done.stderr


def test_from_a_code_to_coverage(net: tuple[Store, str, Path], tmp_path: Path) -> None:
    store, server, own = net
    out, where = tmp_path / "out", tmp_path / "ws"
    run("demo", "--workspace", str(where))
    told, said = run("fetch", "320318", "--out", str(out), "--sources", str(own), "--progress", server=server)
    assert told["area"] == "32.03.18"
    assert told["failed"] == {}
    assert '{"step": "fetch"' in said
    people_said = told["sources"]["population-worldpop"]
    assert "perkiraan" in people_said["what"]
    assert people_said["licence"] == "CC BY 4.0"
    assert told["sources"]["toilets-osm"]["file"] is None
    note = json.loads((out / "fetched.json").read_text())
    assert set(note["sources"]) == set(told["sources"])
    for one in told["sources"].values():
        assert one["file"] is None or (out / one["file"]).is_file()

    store.asked.clear()
    again, said = run("--lang", "en", "fetch", "32.03.18", "--out", str(out), "--sources", str(own), server=server)
    assert not store.asked
    assert "there since" in said
    assert all(one["kept"] for one in again["sources"].values())

    words = shlex.split(told["import"])[2:]
    words[words.index("…")] = str(where)
    counts = run("import", *words, "--add")[0]["tables"]
    assert {name: one["rejected"] for name, one in counts.items()} == dict.fromkeys(
        ("water_points", "roads", "buildings", "settlements"), 0
    )
    cover = run("coverage", "--workspace", str(where), "--area", "32.03.18", "--out", str(tmp_path / "c.csv"))[0]
    assert cover["total"]["population"] > 0


def test_one_that_fails_ends_with_one_and_keeps_the_rest(net: tuple[Store, str, Path], tmp_path: Path) -> None:
    _, server, own = net
    broken = tmp_path / "own.toml"
    broken.write_text(own.read_text().replace("/b.parquet", "/gone.parquet"))
    words = ("fetch", "32.03.18", "--out", str(tmp_path / "out"), "--sources", str(broken))
    told, said = run(*words, server=server, exit_code=1)
    assert list(told["failed"]) == ["buildings-overture"]
    assert "GAGAL" in said
    assert (tmp_path / "out" / told["sources"]["population-worldpop"]["file"]).is_file()
    told, _ = run("fetch", "32.03.18", "--out", str(tmp_path / "out"), "--sources", str(own), server=server)
    assert told["failed"] == {}
    assert told["sources"]["population-worldpop"]["kept"]


@pytest.mark.parametrize(
    "words",
    [("fetch",), ("fetch", "32.03.18"), ("fetch", "nowhere", "--out", "x"),
     ("fetch", "99.99.99", "--out", "x"), ("fetch", "32.03.18", "--out", "x", "--source", "gold"),
     ("fetch", "32.03.18", "--out", "x", "--country", "Indonesia"), ("fetch", "--bbox", "90,-10,120,10", "--out", "x"),
     ("fetch", "32.03.18", "--out", "x", "--sources", "/nowhere.toml")],
)  # fmt: skip
def test_a_wrong_call_is_told(words: tuple[str, ...], tmp_path: Path) -> None:
    words = tuple(str(tmp_path / "x") if word == "x" else word for word in words)
    told, _ = run(*words, exit_code=2)
    assert told["message"]
    assert not (tmp_path / "x").exists()


def test_the_sources_are_listed() -> None:
    told = run("fetch", "--list")[0]["sources"]
    assert {"gives", "licence", "attribution", "address", "checked"} <= set(told["population-worldpop"])
