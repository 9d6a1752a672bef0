"""Places beyond Indonesia: villages by another country's codes, from their files to a plan."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.cli.test_geo import answer, call

#: Country, head and two codes as its public lists write them, where it lies, and words of its registers.
COUNTRIES = {
    "Malawi": ("ADM3_PCODE", ("MW10203", "MW10204"), (-13.9, 33.7), ("Functional", "Non functional", "Borehole")),
    "Uganda": ("GID_3", ("UGA.3.1.2_1", "UGA.3.1.3_1"), (1.3, 32.6), ("Working", "Not working", "Borehole")),
    "Haiti": ("code", ("HT0111-01", "HT0111-02"), (18.5, -72.3), ("Fonctionnel", "En panne", "Forage")),
    "Tanzania": (
        "Ward code",
        ("TZ0101021", "TZ0101031"),
        (-3.4, 36.7),
        ("Inafanya kazi", "Haifanyi kazi", "Kisima kirefu"),
    ),
}


def files(folder: Path, country: str) -> tuple[Path, Path]:
    """Two villages beside each other with 1,000 people each, and in each a point; that of the second is broken."""
    head, codes, (lat, lon), (works, broken, kind) = COUNTRIES[country]
    features, rows = [], []
    for n, code in enumerate(codes):
        west, east = lon + 0.006 * n, lon + 0.006 * (n + 1)
        ring = [[west, lat], [east, lat], [east, lat + 0.006], [west, lat + 0.006], [west, lat]]
        shape = {"type": "Polygon", "coordinates": [ring]}
        told = {head: code, "name": f"Village {n}", "population": 1000}
        features.append({"type": "Feature", "properties": told, "geometry": shape})
        rows.append(f"P{n},{lat + 0.003},{west + 0.003},{broken if n else works},{kind}")
    villages, points = folder / "villages.geojson", folder / "points.csv"
    villages.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    points.write_text("id,lat,lon,status,type\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return villages, points


@pytest.mark.parametrize("country", COUNTRIES)
def test_another_country_end_to_end(country: str, tmp_path: Path) -> None:
    villages, points = files(tmp_path, country)
    codes, workspace = COUNTRIES[country][1], tmp_path / "ws"
    refused = call("check", villages, "--as", "villages", "--json")
    assert json.loads(refused.stdout)["rejected"] == 2, "the ministry's codes unless somebody says otherwise"
    given = ("--villages", villages, "--water", points, "--surveyed-on", "2026-01-01")
    told = answer("import", "--workspace", workspace, "--codes", "free", *given)
    assert {name: one["accepted"] for name, one in told["tables"].items()} == {"villages": 2, "water_points": 2}
    assert 'codes = "free"' in (workspace / "workspace.toml").read_text(encoding="utf-8")

    asked = ("--workspace", workspace, "--standard", "wpdx", "--draws", "20")
    answer("coverage", *asked, "--out", tmp_path / "c.csv")
    rows = pd.read_csv(tmp_path / "c.csv", dtype={"village_code": str}).set_index("village_code")
    assert set(codes) <= set(rows.index)
    assert rows["population"].sum() == pytest.approx(2000)
    one = answer("coverage", *asked, "--area", codes[1], "--out", tmp_path / "one.csv")
    assert one["total"]["population"] == pytest.approx(1000)
    listed = answer("priorities", *asked, "--out", tmp_path / "p.csv")
    assert listed["sites"] == 1
    plan = answer("plan", *asked, "--budget", "1000000000", "--out", tmp_path / "plan.json")
    assert 0 < plan["people_gained"] <= listed["total"]["gap"]

    again = answer("import", "--workspace", workspace, "--villages", villages, "--add")
    assert again["tables"]["villages"]["accepted"] == 2, "the workspace remembers what its codes are"
    answer("profile", *asked, "--village", codes[0], "--out", tmp_path / "profile.pdf")
    assert (tmp_path / "profile.pdf").read_bytes().startswith(b"%PDF")


def test_a_mapping_goes_before_what_the_workspace_says(tmp_path: Path) -> None:
    """In a check as in an import."""
    villages, _ = files(tmp_path, "Haiti")
    answer("demo", "--workspace", tmp_path / "ws")
    mapping = tmp_path / "m.toml"
    mapping.write_text('codes = "free"\n', encoding="utf-8")
    given = (villages, "--as", "villages", "--workspace", tmp_path / "ws", "--mapping", mapping)
    assert answer("check", *given)["accepted"] == 2


def test_villages_without_codes_are_known_by_their_names(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text("ward,lat,lon,population\nKibera,-1.31,36.78,900\nLindi,-1.32,36.79,800\n", encoding="utf-8")
    told = answer("check", path, "--as", "villages", "--codes", "free")
    assert [row["village_code"] for row in told["preview"]] == ["Kibera", "Lindi"]


@pytest.mark.parametrize("code", ["../../etc", "a" * 80, "-1"])
def test_a_code_that_can_name_no_file_is_refused(code: str, tmp_path: Path) -> None:
    """Codes stand in the names of files and in addresses."""
    path = tmp_path / "v.csv"
    path.write_text(f"code,name,lat,lon,population\n{code},A,-1.31,36.78,900\n", encoding="utf-8")
    told = json.loads(call("check", path, "--as", "villages", "--codes", "free", "--json").stdout)
    assert [(fault["key"], fault["row"]) for fault in told["faults"] if fault["severity"] == "rejected"] == [
        ("bad_code", 2)
    ]


def test_codes_that_are_neither(tmp_path: Path) -> None:
    villages, _ = files(tmp_path, "Haiti")
    assert call("check", villages, "--as", "villages", "--codes", "pcode").returncode == 2
    (tmp_path / "ws").mkdir()
    (tmp_path / "ws" / "workspace.toml").write_text('codes = "mine"', encoding="utf-8")
    assert call("import", "--workspace", tmp_path / "ws", "--villages", villages).returncode == 1
